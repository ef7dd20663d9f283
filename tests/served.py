"""`python -m app.serve` and pages of its for tests: started, asked, spoken to as Streamlit's page does, and stopped."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets import Origin, Subprotocol
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parent.parent
# Seconds that a slow machine may take for what is asserted without a time of its own.
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def fetch(address: str) -> tuple[int, str]:
    """What is answered at an address, whatever it is."""
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@dataclass
class Served:
    """A server that runs: where its pages and its metrics are."""

    process: subprocess.Popen[bytes]
    port: int
    metrics_port: int
    base: str
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.base}"

    def ready(self) -> tuple[int, str]:
        return fetch(f"http://127.0.0.1:{self.metrics_port}/readyz")

    def metric(self, name: str) -> list[float]:
        """What a metric is in each process."""
        _, text = fetch(f"http://127.0.0.1:{self.metrics_port}/metrics")
        return [float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"ravine_{name}{{")]

    def children(self) -> list[int]:
        """The processes that it has started, the one for metrics first."""
        pid = self.process.pid
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ready()[0] == 200:
                    return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"The server did not start:\n{self.log.read_text()}")

    @contextmanager
    def session(self, origin: str | None = None) -> Iterator[ClientConnection]:
        """A session as Streamlit's page opens one, as long as the block lasts; browsers say of what origin their page is."""
        stream = f"{self.address.replace('http', 'ws', 1)}/_stcore/stream"
        kind = [Subprotocol("streamlit")]
        whose = None if origin is None else Origin(origin)
        with connect(stream, subprotocols=kind, origin=whose, max_size=None, open_timeout=PATIENCE) as session:
            yield session


@contextmanager
def serving(log: Path, base: str = "", module: Sequence[str] = ("-m", "app.serve"), **more: str) -> Iterator[Served]:
    """A server of two processes, beneath `base`, while the block lasts; `more` are variables of its environment."""
    port, metrics_port = free_port(), free_port()
    env = {**os.environ, "OMP_NUM_THREADS": "1", "RAVINE_PROCESSES": "2", "RAVINE_METRICS_PORT": str(metrics_port)}
    env |= {"STREAMLIT_SERVER_PORT": str(port), "STREAMLIT_SERVER_ADDRESS": "127.0.0.1"}
    env |= {"STREAMLIT_SERVER_BASE_URL_PATH": base.strip("/")} if base else {}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, *module], cwd=ROOT, env=env | more, stdout=out, stderr=out)
        served = Served(process, port, metrics_port, base, log)
        try:
            served.wait_until_ready()
            yield served
        finally:
            process.terminate()
            process.wait(PATIENCE)


def run_script(
    session: ClientConnection, query: str = "", page: str = "", until_finished: bool = True
) -> list[ForwardMsg]:
    """Have the session run the script for a page's address, and what it sends until the run has ended."""
    ask = BackMsg()
    ask.rerun_script.query_string = query
    ask.rerun_script.page_name = page
    session.send(ask.SerializeToString())
    got: list[ForwardMsg] = []
    while until_finished and not (got and got[-1].WhichOneof("type") == "script_finished"):
        got.append(ForwardMsg.FromString(bytes(session.recv(timeout=PATIENCE))))
    return got


def records(log: Path) -> list[dict[str, object]]:
    """A structured log, line by line."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
