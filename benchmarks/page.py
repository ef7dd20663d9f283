"""Six runs x 300 steps, one learning rate changed, in headless Chromium: bytes, time to the painted picture, server CPU."""

import base64
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
QUERY = {
    "surface": "rosenbrock",
    "schedule": "cosine",
    "r1": "sgd~lr~0.0008",
    "r2": "momentum~lr~0.0005",
    "r3": "rmsprop~lr~0.02",
    "r4": "adam~lr~0.05",
    "r5": "adagrad~lr~0.5",
    "r6": "nesterov~lr~0.0005",
    "steps": "300",
}
CHANGES = 12
WARM = 3
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]


@contextmanager
def served(script: str, root: Path = ROOT, log: Path = Path(os.devnull)) -> Iterator[tuple[str, int]]:
    """A Streamlit server of our own on the loopback address: its URL and process id. What it says goes into `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", script, *options],
            cwd=root,
            # The code there, wherever this one is installed.
            env=os.environ | {"PYTHONPATH": str(root)},
            stdout=said,
            stderr=said,
        )
    try:
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{port}/_stcore/health").close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Traffic:
    """Bytes that the page receives, over the socket and over HTTP."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        # Of these by the socket.
        self.messages = 0
        self.requests: list[str] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._frame)
        session.on("Network.loadingFinished", self._loaded)
        session.on("Network.requestWillBeSent", lambda event: self.requests.append(event["request"]["url"]))

    def _frame(self, event: dict) -> None:
        payload = event["response"]["payloadData"]
        size = len(base64.b64decode(payload)) if event["response"]["opcode"] == 2 else len(payload)
        self.bytes += size
        self.messages += size

    def _loaded(self, event: dict) -> None:
        self.bytes += int(event["encodedDataLength"])


# Two frames after the page says that it has drawn, the picture is on the screen.
PAINTED = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
OURS = f"""async () => {{
  const root = document.querySelector(".ravine");
  const before = root.dataset.painted;
  while (root.dataset.painted === before) await new Promise((next) => requestAnimationFrame(next));
  {PAINTED}
}}"""
# The title is drawn before the 3-D scene, so this is to the rival's advantage.
THEIRS = f"""async () => {{
  const title = () => document.querySelector(".js-plotly-plot .gtitle")?.textContent;
  const before = title();
  while (!title() || title() === before) await new Promise((next) => requestAnimationFrame(next));
  {PAINTED}
}}"""


def change(page: Page, act: Callable[[], object], until: str, traffic: Traffic) -> tuple[float, int, list[str]]:
    """One change of a control: seconds to the painted picture, bytes received, and requests made."""
    traffic.bytes, traffic.requests = 0, []
    page.evaluate(f"() => {{ window.done = ({until})().then(() => performance.now()); }}")
    start = page.evaluate("() => performance.now()")
    act()
    end = page.evaluate("() => window.done")
    page.wait_for_timeout(300)
    return (end - start) / 1000, traffic.bytes, traffic.requests


def nudge(page: Page, slider: str) -> Callable[[], None]:
    """One key press on a slider; our own is let go by Enter, the rival's has no need of that."""

    def act() -> None:
        page.locator(slider).focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")

    return act


def server_time(pid: int, page: Page, acts: Sequence[Callable[[], object]], traffic: Traffic) -> float:
    """Seconds of the server's processor that one of our page's changes takes, what it takes at rest subtracted."""
    idle, at = cpu_seconds(pid), time.perf_counter()
    page.wait_for_timeout(4000)
    idle = (cpu_seconds(pid) - idle) / (time.perf_counter() - at)
    busy, at = cpu_seconds(pid), time.perf_counter()
    for act in acts:
        change(page, act, OURS, traffic)
    return (cpu_seconds(pid) - busy - idle * (time.perf_counter() - at)) / len(acts)


def table() -> str:
    """The table: both pages in one browser, by turns, and then the server's time."""
    with (
        served("app/server.py") as (ours, pid),
        served("benchmarks/rival.py") as (theirs, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=os.environ.get("RAVINE_CHROMIUM"), args=FLAGS)
        pages: dict[str, Page] = {}
        traffic: dict[str, Traffic] = {}
        for name, url in {
            "ravine": f"{ours}/?{urlencode(QUERY)}",
            "frames": theirs,
            "trails": f"{theirs}/?trail=growing",
        }.items():
            pages[name] = browser.new_context(bypass_csp=True, viewport={"width": 1600, "height": 900}).new_page()
            traffic[name] = Traffic(pages[name])
            pages[name].goto(url)
            ready = ".rv-surface .rv-plot[data-painted]" if name == "ravine" else ".js-plotly-plot .gl-container canvas"
            pages[name].wait_for_selector(ready, timeout=120_000)
            pages[name].wait_for_timeout(3000)
        pages["ravine"].locator(".rv-run[data-slot='4'] .rv-pick").click()
        pages["ravine"].keyboard.press("End")
        pages["ravine"].wait_for_timeout(1000)

        sliders = {
            "ravine": ".rv-run[data-slot='4'] .rv-dial",
            "frames": "input[type=range]",
            "trails": "input[type=range]",
        }
        plots = "document.querySelectorAll('.rv-surface .rv-plot, .rv-contour .rv-plot')"
        drawn = f"() => [...{plots}].map((plot) => plot.dataset.painted)"
        before = pages["ravine"].evaluate(drawn)
        rows: dict[str, list[tuple[float, int]]] = {name: [] for name in pages}
        asked: set[str] = set()
        for i in range(WARM + CHANGES):
            for name, page in pages.items():
                # The growing trails take so long that one change shows what they cost.
                if name == "trails" and i != WARM:
                    continue
                print(f"change {i + 1} of {WARM + CHANGES}: {name}", file=sys.stderr)
                until = OURS if name == "ravine" else THEIRS
                page.bring_to_front()
                seconds, received, requests = change(page, nudge(page, sliders[name]), until, traffic[name])
                if i >= WARM:
                    rows[name].append((seconds, received))
                    if name == "ravine":
                        asked |= set(requests)
        redrawn = pages["ravine"].evaluate(drawn) != before

        pages["frames"].close()
        pages["trails"].close()
        page = pages["ravine"]
        page.bring_to_front()
        # Each rate and each start is new, so nothing is answered from a cache.
        rate = server_time(pid, page, [nudge(page, sliders["ravine"])] * 40, traffic["ravine"])
        box = page.locator(".rv-contour .rv-over").bounding_box()
        assert box
        places = [(box["x"] + box["width"] * (0.3 + 0.01 * i), box["y"] + box["height"] * 0.5) for i in range(40)]
        starts = [lambda place=place: page.mouse.click(*place) for place in places]
        start = server_time(pid, page, starts, traffic["ravine"])
        browser.close()

    time_of = {name: median(seconds for seconds, _ in row) for name, row in rows.items()}
    bytes_of = {name: median(received for _, received in row) for name, row in rows.items()}
    pairs = [theirs[0] / own[0] for own, theirs in zip(rows["ravine"], rows["frames"], strict=True)]
    lines = [
        "| six runs x 300 steps, one rate changed | Ravine | frames, moving markers | frames, growing trails "
        "| Ravine / moving markers |",
        "|---|---|---|---|---|",
        f"| bytes to the browser | {bytes_of['ravine'] / 1e3:.0f} kB | {bytes_of['frames'] / 1e3:.0f} kB "
        f"| {bytes_of['trails'] / 1e6:.1f} MB | 1 / {bytes_of['frames'] / bytes_of['ravine']:.1f} |",
        f"| change to painted picture | {1e3 * time_of['ravine']:.0f} ms | {1e3 * time_of['frames']:.0f} ms "
        f"| {1e3 * time_of['trails']:.0f} ms | 1 / {median(pairs):.1f} ({min(pairs):.1f} to {max(pairs):.1f}) |",
        f"| surface or contour redrawn | {'yes' if redrawn else 'no'} | yes | yes | |",
        f"| requests for a change | {len(asked)} | 0 | 0 | |",
        f"| server CPU, one rate changed | {1e3 * rate:.1f} ms | | | |",
        f"| server CPU, start moved, so that all six run again | {1e3 * start:.1f} ms | | | |",
        "",
        f"Medians of {CHANGES} changes by turns in one browser (of the growing trails one). Left out: {WARM} changes "
        "before, the first load of either page, and playing. The rival has one slider, Ravine's page all its controls, "
        "whose messages count. The rival's trajectories come from Ravine's engine, uncounted. CPU is the whole server "
        "process over 40 changes, its idle time subtracted. Each rate and start is new; of a rate's six runs the five "
        "that it does not touch are remembered.",
    ]
    return "\n".join(lines)
