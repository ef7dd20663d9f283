"""Six runs x 300 steps, playing and dragging, in headless Chromium: frames drawn, longest blocks of the page, previews."""

import math
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from benchmarks.page import FLAGS, QUERY, cpu_seconds, served

# What Chromium chooses by itself where there is no GPU: WebGL in software, and the page put together without it. To put
# the page together through software GL as well, as FLAGS would have it, is several times slower, and nobody's browser does.
NO_GPU = [flag for flag in FLAGS if not flag.startswith(("--use-gl=", "--use-angle="))]
ROUNDS = 3
REST = 4
PLAY = 10
DRAG = 5
# What a page does in its first moments, such as compiling what is called often, is not counted.
WARM = 1
WIDE = (1600, 900)
PHONE = (390, 844)
# Moves of the mouse a second, and turns a second of the circle that it goes round, each a little wider than the last.
MOVES = 60
TURNS = 0.4
# The browser names no task shorter than this, in milliseconds.
LONG = 50

# Each makes a function that tells what every moving picture shows, and which step that is.
OURS = """() => {
  const plots = [...document.querySelectorAll(".rv-contour .rv-plot, .rv-chart .rv-plot")].filter((plot) => plot.clientWidth);
  return () => [plots.map((plot) => plot.dataset.step), plots[0].dataset.step];
}"""
# A frame of Plotly's is one when it begins, whatever it has drawn by then, and so is each in which it moves a marker
# on the way to the next: to the rival's advantage.
THEIRS = """() => {
  const plot = document.querySelector(".js-plotly-plot");
  let begun = 0;
  plot.on("plotly_animatingframe", () => { begun++; });
  const places = () => [...plot.querySelectorAll(".scatterlayer .point")].map((one) => one.getAttribute("transform"));
  return () => [[`${begun} ${places()}`], begun];
}"""
# Looked at once in each animation frame. A frame is drawn where every picture shows something else than in the last one.
WATCH = """async (seconds) => {
  const look = (%s)();
  const tasks = [];
  const observer = new PerformanceObserver((list) => { tasks.push(...list.getEntries()); });
  observer.observe({ type: "longtask" });
  const frame = () => new Promise((next, fail) => {
    const late = setTimeout(() => fail(new Error("No animation frame in half a minute.")), 30_000);
    requestAnimationFrame(() => { clearTimeout(late); next(); });
  });
  await frame();
  const start = performance.now();
  let [pictures, step] = look();
  let now = start, gap = 0, frames = 0, drawn = 0, steps = 0;
  while (now < start + 1000 * seconds) {
    await frame();
    const then = now;
    now = performance.now();
    gap = Math.max(gap, now - then);
    frames++;
    const before = pictures, last = step;
    [pictures, step] = look();
    if (pictures.every((one, i) => one !== before[i])) drawn++;
    if (step !== last) steps++;
  }
  // The browser tells of a task some time after its end.
  await new Promise((done) => setTimeout(done, 500));
  const blocks = tasks.filter((task) => task.startTime >= start && task.startTime < now).map((task) => task.duration);
  observer.disconnect();
  return {
    seconds: (now - start) / 1000, pictures: pictures.length, frames, drawn, steps, gap, longest: Math.max(0, ...blocks),
    blocked: blocks.reduce((sum, one) => sum + one, 0) / (now - start),
  };
}"""


@dataclass(frozen=True)
class Span:
    """What a page did in some seconds: gap and longest in milliseconds, blocked a share, busy the main thread's seconds."""

    seconds: float
    pictures: int
    frames: int
    drawn: int
    steps: int
    gap: float
    longest: float
    blocked: float
    busy: float

    @property
    def rate(self) -> float:
        """Animation frames a second."""
        return self.frames / self.seconds


@dataclass(frozen=True)
class Drag:
    """Some seconds of dragging: previews a second, and what one takes of the server's processor; in milliseconds."""

    rate: float
    cpu: float
    longest: float


def busy_seconds(session: CDPSession) -> float:
    """Processor time that a page's main thread has taken in its tasks."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def watch(page: Page, look: str, seconds: float) -> Span:
    """Count a page's frames for some seconds."""
    session = page.context.new_cdp_session(page)
    # Processor time, not time that passes: what else runs on the machine is not in it.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before, at = busy_seconds(session), time.perf_counter()
    counted = page.evaluate(WATCH % look, seconds)
    share = (busy_seconds(session) - before) / (time.perf_counter() - at)
    session.detach()
    # The page goes on playing while the last tasks are waited for.
    return Span(**counted, busy=share * counted["seconds"])


def opened(browser: Browser, size: tuple[int, int]) -> Page:
    """An empty page of its own."""
    page = browser.new_context(bypass_csp=True, viewport={"width": size[0], "height": size[1]}).new_page()
    page.set_default_timeout(120_000)
    return page


def press(page: Page, button: str) -> None:
    """A click on one of the player's buttons, which a phone may fold away."""
    page.locator(f".ravine {button}").evaluate("(button) => button.click()")


def set_playing(page: Page, playing: bool) -> None:
    """Play or pause our page, whatever it does now."""
    root = page.locator(".ravine")
    if (root.get_attribute("data-playing") == "true") != playing:
        press(page, "[data-do=play]")
    page.wait_for_selector(f".ravine[data-playing={str(playing).lower()}]")


def open_ours(page: Page, url: str, panels: int) -> None:
    """Load our page with so many 2-D panels; let it rest, set to the highest speed and to begin again at the end."""
    page.goto(f"{url}/?{urlencode(QUERY)}")
    page.wait_for_selector(".ravine[data-painted]")
    set_playing(page, False)
    press(page, ".rv-speed")
    press(page, ".rv-menu:not([hidden]) button:last-child")
    press(page, "[data-do=loop]")
    seen = watch(page, OURS, 0.1).pictures
    if seen != panels:
        raise RuntimeError(f"{seen} panels are on the page, not {panels}.")


def watch_play(page: Page, look: str) -> Span:
    """Count the frames of a page that has just begun to play."""
    page.wait_for_timeout(1000 * WARM)
    playing = watch(page, look, PLAY)
    if not playing.drawn:
        raise RuntimeError("Nothing was drawn while it should have played.")
    return playing


def play_ours(page: Page) -> tuple[Span, Span]:
    """Our page at rest, and then playing."""
    page.bring_to_front()
    page.wait_for_timeout(1000 * WARM)
    at_rest = watch(page, OURS, REST)
    set_playing(page, True)
    playing = watch_play(page, OURS)
    set_playing(page, False)
    return at_rest, playing


def play_theirs(page: Page, url: str) -> tuple[Span, Span]:
    """The rival at rest and then playing: loaded anew, because it goes on for as long as it has frames."""
    page.bring_to_front()
    page.goto(url)
    page.wait_for_selector(".js-plotly-plot .gl-container canvas")
    page.wait_for_timeout(3000)
    at_rest = watch(page, THEIRS, REST)
    page.locator(".updatemenu-button").first.click()
    playing = watch_play(page, THEIRS)
    page.goto("about:blank")
    return at_rest, playing


def previews(page: Page) -> int:
    """How many starts our page has shown while they were dragged."""
    return int(page.locator(".ravine").get_attribute("data-previews") or 0)


def drag(page: Page, pid: int, lap: int) -> Drag:
    """Hold the start and move it along a circle that never meets itself, so that each place is new."""
    page.bring_to_front()
    box = page.locator(".rv-contour .rv-over").bounding_box()
    assert box
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    began = time.perf_counter()

    def move() -> None:
        elapsed = time.perf_counter() - began
        turn = 2 * math.pi * TURNS * elapsed
        radius = (0.12 + 0.02 * lap + 0.005 * elapsed) * min(box["width"], box["height"])
        page.mouse.move(middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn))
        time.sleep(max(0.0, 1 / MOVES - (time.perf_counter() - began - elapsed)))

    idle, at = cpu_seconds(pid), time.perf_counter()
    page.wait_for_timeout(1000 * REST)
    idle = (cpu_seconds(pid) - idle) / (time.perf_counter() - at)

    began = time.perf_counter()
    before = previews(page)
    move()
    page.mouse.down()
    while previews(page) < before + 3:
        if time.perf_counter() - began > 60:
            raise RuntimeError("No preview came in a minute of dragging.")
        move()
    # It looks by itself while the mouse moves, and the two end at about the same time.
    page.evaluate(f"() => {{ window.watched = ({WATCH % OURS})({DRAG}); }}")
    busy, at, before = cpu_seconds(pid), time.perf_counter(), previews(page)
    while time.perf_counter() - at < DRAG:
        move()
    count, seconds = previews(page) - before, time.perf_counter() - at
    busy = cpu_seconds(pid) - busy - idle * seconds
    longest = page.evaluate("() => window.watched")["longest"]
    page.mouse.up()
    # Released, the runs play from there.
    page.wait_for_selector(".ravine[data-playing=true]")
    set_playing(page, False)
    page.mouse.move(0, 0)
    return Drag(count / seconds, 1000 * busy / max(count, 1), longest)


def usual(values: Sequence[float], digits: int = 1, unit: str = "") -> str:
    """The median of the rounds, and the least and the most of them."""
    low, middle, high = (f"{value:.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{middle}{unit} ({low} to {high})" if low != high else f"{middle}{unit}"


def worst(values: Sequence[float], least: float = 0) -> str:
    """The longest of a round, the median of all rounds, and the longest of all."""
    middle, most = (f"{v:.0f} ms" if v >= least else f"under {least} ms" for v in (median(values), max(values)))
    return f"{middle} (most {most})" if middle != most else middle


def shortened(ours: Sequence[float], theirs: Sequence[float], least: float = 0) -> str:
    """How many times shorter ours usually is, where both last so long that they were measured."""
    own, other = median(ours), median(theirs)
    if other < least:
        return ""
    return f"1 / {other / own:.1f}" if own >= least else f"less than 1 / {other / least:.1f}"


def drawn(rounds: Sequence[tuple[Span, Span]]) -> list[float]:
    """Frames drawn a second in each round's play."""
    return [play.drawn / play.seconds for _, play in rounds]


def work(rounds: Sequence[tuple[Span, Span]]) -> list[float]:
    """Milliseconds of the main thread's processor time for each frame drawn."""
    return [1000 * play.busy / play.drawn for _, play in rounds]


def column(rounds: Sequence[tuple[Span, Span]]) -> list[str]:
    """What a page did while it played."""
    rests, plays = zip(*rounds, strict=True)
    return [
        usual(drawn(rounds)),
        usual([span.rate for span in plays]),
        usual([span.rate for span in rests]),
        usual([100 * play.drawn / play.seconds / rest.rate for rest, play in rounds], 0, " %"),
        usual([span.steps / span.seconds for span in plays]),
        worst([span.longest for span in plays], LONG),
        worst([span.gap for span in plays]),
        usual([100 * span.blocked for span in plays], 0, " %"),
        usual(work(rounds), 1, " ms"),
    ]


def table() -> str:
    """The table: both pages in one browser, by turns."""
    load = os.getloadavg()[0]
    ours: list[tuple[Span, Span]] = []
    theirs: list[tuple[Span, Span]] = []
    flat: list[tuple[Span, Span]] = []
    drags: list[Drag] = []
    with (
        served("app/server.py") as (url, pid),
        served("benchmarks/rival.py") as (rival_url, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=os.environ.get("RAVINE_CHROMIUM"), args=NO_GPU)
        wide, rival, phone = opened(browser, WIDE), opened(browser, WIDE), opened(browser, PHONE)
        open_ours(wide, url, panels=4)
        wide.wait_for_selector(".rv-surface .rv-plot[data-painted]")
        # The contour, and the one curve beneath it.
        open_ours(phone, url, panels=2)
        for i in range(ROUNDS):
            print(f"playing, round {i + 1} of {ROUNDS}", file=sys.stderr)
            ours.append(play_ours(wide))
            theirs.append(play_theirs(rival, rival_url))
            flat.append(play_ours(phone))
        rival.close()
        phone.close()
        for i in range(ROUNDS):
            print(f"dragging, round {i + 1} of {ROUNDS}", file=sys.stderr)
            drags.append(drag(wide, pid, i))
        browser.close()

    names = [
        "frames drawn a second, playing",
        "animation frames a second, playing",
        "animation frames a second, at rest",
        "frames drawn playing / animation frames at rest",
        "steps shown a second (100 and 25 are asked for)",
        "longest task while playing",
        "longest gap between two animation frames while playing",
        f"time in tasks of {LONG} ms and more while playing",
        "main thread's processor time for a frame drawn",
    ]
    faster = [own / other for own, other in zip(drawn(ours), drawn(theirs), strict=True)]
    tasks = shortened([play.longest for _, play in ours], [play.longest for _, play in theirs], LONG)
    gaps = shortened([play.gap for _, play in ours], [play.gap for _, play in theirs])
    ratios = [usual(faster), "", "", "", "", tasks, gaps, "", shortened(work(ours), work(theirs))]
    lines = ["| six runs x 300 steps | Ravine | Plotly frames | ratio |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in zip(names, column(ours), column(theirs), ratios, strict=True)]
    lines += [f"| on a phone, no 3-D: {names[i]} | {column(flat)[i]} | | |" for i in (0, 3, 5, 6, 8)]
    lines += [
        f"| previews a second, dragging | {usual([one.rate for one in drags])} | — | |",
        f"| longest task while dragging | {worst([one.longest for one in drags], LONG)} | — | |",
        f"| server CPU for a preview | {usual([one.cpu for one in drags], 1, ' ms')} | — | |",
        "",
        f"Medians of {ROUNDS} rounds by turns in one browser (WebGL in software, the page put "
        "together without it, as Chromium does where it finds no GPU), the least and the most in brackets; of tasks and gaps "
        f"the longest of a round. A round rests for {REST} s and plays for {PLAY} s. A frame is drawn where the contour and "
        "each curve on the page show another step than in the animation frame before; the rival's, where Plotly begins a "
        "frame or has moved a marker on the way to the next. Ravine plays at 4x and begins again at the end, the rival as "
        f"its Play button does, 40 ms a frame. The start is held and moved {MOVES} times a second for {DRAG} s, each "
        f"place new. Left out: the first {WARM} s of each, loading, whether the picture in 3-D, which "
        "both draw, keeps up, and when a frame reaches the screen. Plotly has no dragging of starts. CPU is the whole server "
        f"process, its idle time subtracted. Load of the machine when this began: {load:.1f} on {os.cpu_count()} cores.",
    ]
    return "\n".join(lines)
