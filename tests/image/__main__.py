"""The image, built and run for real: `make image-test`. Prints a table, and ends with 1 if a row is not as promised."""

import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.image import manifests, proxy
from tests.image.engine import ROOT, Engine, fetch, find, see_to_base
from tests.served import free_port

STORE = Path("/var/tmp/ravine-image-test")
LOCKED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
MOST_MEGABYTES, MOST_START, MOST_STOP = 600, 3.0, 5.0
PATIENCE = 60.0


def wait(happens: Callable[[], bool]) -> float:
    """Seconds until something happens; TimeoutError if it does not."""
    begin = time.monotonic()
    while time.monotonic() - begin < PATIENCE:
        try:
            if happens():
                return time.monotonic() - begin
        except OSError:
            pass
        time.sleep(0.02)
    raise TimeoutError


@contextmanager
def container(engine: Engine, *more: str) -> Iterator[tuple[str, str, float]]:
    """A container of the image: its name, its address, and the seconds from the command until it is ready."""
    port = free_port()
    name = f"ravine-test-{port}"
    begin = time.monotonic()
    engine(
        "run",
        "--detach",
        "--name",
        name,
        "--publish",
        f"127.0.0.1:{port}:8501",
        *LOCKED,
        *engine.run_more,
        *more,
        "ravine",
    )
    try:
        address = f"http://127.0.0.1:{port}"
        if "none" not in more:
            wait(lambda: fetch(f"{address}/readyz")[0] == 200)
        yield name, address, time.monotonic() - begin
    finally:
        engine("rm", "--force", name, check=False)


def inside(engine: Engine, name: str, program: str) -> str:
    return engine("exec", name, "python", "-c", program)


def metrics(engine: Engine, name: str) -> str:
    """What the port for metrics says; it is to be had only from within."""
    return inside(
        engine, name, "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8502/metrics').read().decode())"
    )


# The folders of packages that take most, each with the libraries beside it, and their bytes.
PARTS = """
from collections import Counter
from pathlib import Path
sizes = Counter()
for file in Path('/srv/site-packages').rglob('*'):
    sizes[file.relative_to('/srv/site-packages').parts[0].removesuffix('.libs')] += file.is_file() and file.stat().st_size
print(', '.join(f'{name} {size / 1e6:.0f}' for name, size in sizes.most_common(5)), end=', ')
print('all packages', round(sizes.total() / 1e6))
"""


def rows(engine: Engine, base: str) -> Iterator[tuple[str, str, bool]]:
    """What was measured, in words, and whether it is as promised."""
    image = engine.inspect("ravine")
    megabytes = image["Size"] / 1e6
    yield (
        "size",
        f"{megabytes:.0f} MB ({engine.inspect('python:3.11-slim')['Size'] / 1e6:.0f} of it the base, {base})",
        megabytes <= MOST_MEGABYTES,
    )
    health = (image.get("Config") or {}).get("Healthcheck") or image.get("Healthcheck") or {}
    starts = []
    for _ in range(3):
        with container(engine) as (name, _, seconds):
            ticks = inside(engine, name, "print(sum(map(int, open('/proc/1/stat').read().split()[13:15])))")
            starts.append((seconds, int(ticks) / 100))
    said = ", ".join(f"{seconds:.1f} s" for seconds, _ in starts)
    least, spent = min(starts)
    yield "start, until it is ready, three times", f"{said} ({spent:.1f} s of a processor)", least <= MOST_START
    with container(engine) as (name, address, _):
        yield "what it is made of, in MB", inside(engine, name, PARTS), True
        pages = [fetch(f"{address}/{page}") for page in ("", "compare", "dissect", "lessons")]
        yield "pages answer", "4", all(status == 200 and b"/ravine/" in body for status, _, body in pages)
        yield "health", "200", fetch(f"{address}/_stcore/health")[2] == b"ok"
        scripts = re.findall(r'(?:src|href)="\.?/([^"]+\.js)"', pages[0][2].decode())
        packed = [fetch(f"{address}/{script}", accept_encoding="gzip")[1].get("content-encoding") for script in scripts]
        yield (
            "scripts are sent packed",
            f"{packed.count('gzip')} of {len(packed)}",
            len(packed) > 50 and set(packed) == {"gzip"},
        )
        yield "HEALTHCHECK", "passes", engine("exec", name, *health["Test"][1:]) == ""
        who = inside(
            engine,
            name,
            "import os; print(os.getuid(), [l for l in open('/proc/1/status') if l.startswith('CapEff')][0].split()[1])",
        )
        yield "user and capabilities", who, who.split()[0] != "0" and int(who.split()[1], 16) == 0
        written = engine("exec", name, "python", "-c", "open('/srv/ravine/x', 'w')", check=False)
        touched = inside(engine, name, "import os; print(os.access('/srv/ravine', os.W_OK), os.access('/', os.W_OK))")
        yield "its root is read-only", "yes", written == "" and touched == "False False"
        begin = time.monotonic()
        engine("stop", "--time", "20", name)
        seconds = time.monotonic() - begin
        state = engine.inspect(name)["State"]
        yield "stop", f"{seconds:.1f} s, exit code {state['ExitCode']}", seconds <= MOST_STOP and state["ExitCode"] == 0
    with container(engine, "--env", "RAVINE_PROCESSES=3") as (name, address, _):
        said = metrics(engine, name)
        yield (
            "processes that serve, when three are asked for",
            str(said.count("ravine_memory_bytes{")),
            said.count("ravine_memory_bytes{") == 3,
        )
        memory = sum(float(line.split()[-1]) for line in said.splitlines() if line.startswith("ravine_memory_bytes{"))
        yield (
            "memory of the three, nobody there",
            f"{memory / 1e6:.0f} MB, counted three times what they share",
            memory < 1e9,
        )
        children = "print(open('/proc/1/task/1/children').read())"
        before = inside(engine, name, children).split()
        inside(engine, name, f"import os; os.kill({before[1]}, {int(signal.SIGKILL)})")
        seconds = wait(
            lambda: (
                fetch(f"{address}/readyz")[0] == 200
                and len(set(inside(engine, name, children).split()) - set(before)) == 1
            )
        )
        yield "a killed process is replaced", f"within {seconds:.1f} s", True
        failed = sum(fetch(f"{address}/_stcore/health")[0] != 200 for _ in range(50))
        yield "requests after that which fail", f"{failed} of 50", failed == 0
    with container(engine, "--network", "none") as (name, _, _):
        wait(
            lambda: (
                "ravine_ready 1"
                in engine(
                    "exec",
                    name,
                    "python",
                    "-c",
                    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8502/metrics').read().decode())",
                    check=False,
                )
            )
        )
        page = inside(engine, name, "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8501/').status)")
        yield "without any network it answers", page, page == "200"


def main() -> int:
    """Build, run, print; the exit code."""
    STORE.mkdir(exist_ok=True)
    engine = find(STORE)
    base = see_to_base(engine, STORE)
    begin = time.monotonic()
    engine("build", *engine.build_more, "--tag", "ravine", ".")
    print(f"Built with {engine.command[0]} in {time.monotonic() - begin:.0f} s.\n\n| | |\n|---|---|", flush=True)
    wrong = []
    for parts in (rows(engine, base), proxy.rows(engine), manifests.rows(ROOT / "deploy" / "kubernetes.yaml")):
        for what, measured, good in parts:
            print(f"| {what} | {measured}{'' if good else ' — NOT AS PROMISED'} |", flush=True)
            wrong += [] if good else [what]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
