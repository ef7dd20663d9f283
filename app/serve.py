"""Serves on all cores: one port, a process a core, and another one wherever one ends or hangs. `python -m app.serve`.

What is loaded is loaded once, before the processes part, so that they share its memory and a new one is there at once. Each
has a listening socket of its own on the same port, among which the kernel deals out connections; the sockets are this
process's, so that whoever comes while a process is being replaced waits and is not turned away.
"""

import logging
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app import logs

if TYPE_CHECKING:
    from app.watch import Board

logger = logging.getLogger("ravine")

# Seconds. Who stops a container kills it after ten; a class's requests are answered in far less.
GRACE = 3
# So long a process may bring nothing to an end before another takes its place: four times what makes it not ready.
HUNG = 60.0
WAITED_FOR = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


def cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """How many processors there are for us: those that we may run on, or what the container's limit holds, rounded up."""
    mine = len(os.sched_getaffinity(0))
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        return mine
    return mine if quota == "max" else min(mine, max(1, math.ceil(int(quota) / int(period))))


def whole(environment: Mapping[str, str], name: str, default: int, most: int) -> int:
    """A whole number from 1 up that a variable says; ValueError if it says anything else."""
    text = environment.get(name, "") or str(default)
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"{name} must be a whole number from 1 to {most}; got {text!r}.")
    return int(text)


@dataclass
class Place:
    """A place that one process after the other holds: what it does there, and who holds it since when.

    `quiet` says for how many seconds whoever came at a given moment has brought nothing to an end.
    """

    name: str
    work: Callable[[], int]
    quiet: Callable[[float], float] = lambda since: 0.0
    pid: int = 0
    since: float = 0.0

    def fill(self) -> None:
        """Have a new process do the work."""
        self.since = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            _work(self.work)


def _work(work: Callable[[], int]) -> NoReturn:
    """Work as a process of its own, and never come back."""
    code = 1
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED_FOR)
        code = work()
    except KeyboardInterrupt:
        code = 0
    except BaseException:
        logger.exception("A process ended.")
    finally:
        logging.shutdown()
        os._exit(code)


def keep(places: list[Place]) -> int:
    """See to it that every place is held until SIGTERM or SIGINT comes; then end all, and give the exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED_FOR)
    for place in places:
        place.fill()
    while True:
        got = signal.sigtimedwait(WAITED_FOR, 1.0)
        if got is not None and got.si_signo != signal.SIGCHLD:
            return _end(places)
        for place, status in _ended(places):
            code = os.waitstatus_to_exitcode(status)
            logger.warning("%s ended with %d and is replaced.", place.name, code)
            if time.monotonic() - place.since < 1.0:
                # What fails at once will fail again: whoever started us shall know.
                _end(places)
                return code if code > 0 else 1
            place.fill()
        for place in places:
            if place.quiet(place.since) > HUNG:
                logger.error("%s hangs and is ended.", place.name)
                os.kill(place.pid, signal.SIGKILL)


def _ended(places: list[Place]) -> list[tuple[Place, int]]:
    """The places whose process has ended, and how; as a container's first process we bury everybody's."""
    ended: list[tuple[Place, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            pid = 0
        if pid == 0:
            return ended
        for place in places:
            if place.pid == pid:
                place.pid = 0
                ended.append((place, status))


def _end(places: list[Place]) -> int:
    """End all processes, those that take longer than their grace at once."""
    for how, patience in ((signal.SIGTERM, GRACE + 0.5), (signal.SIGKILL, 1.0)):
        for place in places:
            if place.pid:
                os.kill(place.pid, how)
        deadline = time.monotonic() + patience
        while any(place.pid for place in places) and (left := deadline - time.monotonic()) > 0:
            signal.sigtimedwait({signal.SIGCHLD}, left)
            _ended(places)
    return 0


def serve_all(**options: object) -> None:
    """Serve until told to stop; the options are those of `streamlit run`."""
    # Only now: how they log is settled, what they load is shared by all processes, and addresses depend on options.
    import streamlit as st
    from streamlit.web.bootstrap import load_config_options

    load_config_options(options)
    processes = whole(os.environ, "RAVINE_PROCESSES", cores(), 256)
    metrics_port = whole(os.environ, "RAVINE_METRICS_PORT", 8502, 65535)
    address, port = st.get_option("server.address") or "0.0.0.0", int(st.get_option("server.port"))
    sockets = [socket.create_server((address, port), backlog=2048, reuse_port=True) for _ in range(processes)]

    from app import server
    from app.views import compare, dissect, lessons, maps, playground, race  # noqa: F401
    from app.watch import Board

    board = Board(processes)
    places = [Place("The process for metrics", partial(_tell, board, metrics_port))]
    for row, listening in enumerate(sockets):
        places.append(Place(f"Process {row}", partial(_serve, board, row, listening), partial(board.quiet, row)))
    server.load()
    logger.info("Ravine serves %s port %d with %d processes.", address, port, processes)
    sys.exit(keep(places))


def _serve(board: "Board", row: int, listening: socket.socket) -> int:
    """Serve the pages on one socket, and say on one row of the board how it is going."""
    import uvicorn
    from streamlit.web.server.starlette.starlette_server import _get_uvicorn_config_kwargs

    from app import server
    from app.watch import watch

    watch.board, watch.row = board, row
    # The limits of messages and the pings are what Streamlit gives to uvicorn when it starts it itself. Below warnings
    # uvicorn writes down the address of whoever connects.
    settings = {**_get_uvicorn_config_kwargs(), "log_level": "warning", "timeout_graceful_shutdown": GRACE}
    one = uvicorn.Server(uvicorn.Config(server.app, **settings))
    one.run(sockets=[listening])
    return 0 if one.started else 1


def _tell(board: "Board", port: int) -> int:
    """Answer /metrics and /readyz on the loopback address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            why = board.not_ready()
            pages = {"/metrics": (200, board.text()), "/readyz": (503 if why else 200, f"{why or 'ready'}\n")}
            code, text = pages.get(self.path, (404, "There are /metrics and /readyz.\n"))
            self.send_response(code)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Who asks is not written down."""

    HTTPServer(("127.0.0.1", port), Answer).serve_forever()
    return 0


def main() -> None:
    """Serve as the command line, the environment and .streamlit/config.toml say, all read as `streamlit run` reads them."""
    logs.begin(structured=os.environ.get("RAVINE_LOG") == "json")

    import click
    from streamlit.web.cli import configurator_options

    click.command()(configurator_options(serve_all))()


if __name__ == "__main__":
    main()
