"""A small TCP relay before the server, that cuts, refuses and stalls what passes through it, as a school's Wi-Fi does."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Relay:
    """Passes on what comes to `address`; `target` is the port behind it and may change."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.open: set[socket.socket] = set()
        self.refuses = False
        self.flows = threading.Event()
        self.flows.set()
        self.ears = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.ears.getsockname()[1]}"
        self.lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """Break all connections off, and take no new ones until `mend`."""
        self.refuses = True
        with self.lock:
            for end in self.open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def stall(self) -> None:
        """Hold back whatever passes until `mend`, with all connections open."""
        self.flows.clear()

    def mend(self) -> None:
        """Let everything pass again."""
        self.refuses = False
        self.flows.set()

    def close(self) -> None:
        """Stop listening, and end what is open."""
        self.cut()
        self.flows.set()
        self.ears.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.ears.accept()
                if self.refuses:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    near.close()
                    continue
                with self.lock:
                    self.open |= {near, far}
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.flows.wait()
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with self.lock:
                self.open.discard(end)
            end.close()


@contextmanager
def relaying(server: str) -> Iterator[Relay]:
    """A relay before a server, while the block lasts."""
    relay = Relay(int(urlsplit(server).port or 0))
    try:
        yield relay
    finally:
        relay.close()
