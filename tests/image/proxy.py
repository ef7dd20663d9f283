"""Debian's nginx with deploy/nginx.conf.template before two containers: they share the work, and one may go."""

import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.image.engine import ROOT, Engine, fetch
from tests.served import Served, free_port, run_script

ADDRESSES = ("127.0.0.1", "127.0.0.2")


def answer(question: bytes, addresses: tuple[str, ...]) -> bytes:
    """What a name server says to a question for the addresses of whatever name, each good for a second."""
    end = question.index(b"\0", 12) + 5
    wants_four = question[end - 4 : end - 2] == b"\0\1"
    found = (
        [b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + socket.inet_aton(one) for one in addresses]
        if wants_four
        else []
    )
    return question[:2] + struct.pack("!HHHHH", 0x8180, 1, len(found), 0, 0) + question[12:end] + b"".join(found)


@contextmanager
def names() -> Iterator[int]:
    """The port of a name server for which every name is that of both containers, as an engine's own would say."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                try:
                    question, whose = server.recvfrom(512)
                except OSError:
                    return
                server.sendto(answer(question, ADDRESSES), whose)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def configuration(values: dict[str, str]) -> str:
    """deploy/nginx.conf.template with its variables put in, as the nginx image does it."""
    template = (ROOT / "deploy" / "nginx.conf.template").read_text(encoding="utf-8")
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], template)


@contextmanager
def nginx(values: dict[str, str]) -> Iterator[None]:
    """Debian's nginx with that configuration, as whoever runs this."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = " ".join(
            f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = f"daemon off; pid {folder}/pid; events {{}} http {{ {temporary}\n{configuration(values)}\n}}"
        file = Path(folder) / "nginx.conf"
        file.write_text(whole, encoding="utf-8")
        os.chmod(folder, 0o755)
        process = subprocess.Popen(["nginx", "-c", file, "-p", folder, "-e", "stderr"])
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)


def rows(engine: Engine) -> Iterator[tuple[str, str, bool]]:
    """What was seen through the proxy, in words, and whether it is as promised."""
    if not shutil.which("nginx"):
        yield "nginx before two containers", "not tried: no nginx here (Debian: apt-get install nginx-light)", False
        return
    port, own = free_port(), free_port()
    metrics = [free_port() for _ in ADDRESSES]
    containers = [f"ravine-proxied-{k}" for k in metrics]
    with ExitStack() as stack:
        for name, address, metrics_port in zip(containers, ADDRESSES, metrics, strict=True):
            stack.callback(engine, "rm", "--force", name, check=False)
            said = {"STREAMLIT_SERVER_ADDRESS": address, "STREAMLIT_SERVER_PORT": str(own), "RAVINE_PROCESSES": "1"}
            said |= {"RAVINE_METRICS_PORT": str(metrics_port)}
            words = [word for pair in said.items() for word in ("--env", "=".join(pair))]
            engine("run", "--detach", "--name", name, "--network", "host", *words, *engine.run_more, "ravine")
        resolver = f"127.0.0.1:{stack.enter_context(names())}"
        upstream = f"ravine.example:{own}"
        stack.enter_context(
            nginx({"NGINX_LOCAL_RESOLVERS": resolver, "RAVINE_LISTEN": str(port), "RAVINE_UPSTREAM": upstream})
        )
        nothing = subprocess.Popen(["true"])
        served = [Served(nothing, port, one, "", Path(os.devnull)) for one in metrics]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if all(one.ready()[0] == 200 for one in served) and fetch(f"{served[0].address}/readyz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        with ExitStack() as open_for_now:
            for _ in range(16):
                # With an origin, as browsers say it: the host must reach the container with its port.
                session = open_for_now.enter_context(served[0].session(origin=f"http://127.0.0.1:{port}"))
                run_script(session)
            time.sleep(1.5)
            counts = [int(sum(one.metric("sessions"))) for one in served]
        yield (
            "nginx before two containers: sessions in each",
            f"{counts[0]} and {counts[1]}",
            sum(counts) == 16 and min(counts) > 0,
        )
        engine("kill", containers[0])
        codes = [fetch(f"{served[0].address}/")[0] for _ in range(20)]
        with served[0].session(origin=f"http://127.0.0.1:{port}") as session:
            run_script(session)
        yield (
            "with one of them gone, pages that answer",
            f"{codes.count(200)} of 20, and a new session runs",
            codes.count(200) == 20,
        )
