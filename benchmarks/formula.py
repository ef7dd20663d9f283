"""What a typed formula takes: to its gradient, to its minima, in a run and a map beside the built-in surface, and from a key to
the contour in headless Chromium."""

import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.page import FLAGS, served
from core.formula import read
from optimizers import OPTIMIZERS, run
from surfaces import SURFACES, Formula, Surface
from surfaces.bases.gallery import GALLERY
from surfaces.functions.formula import parts_of

ROUNDS, MAPS = 15, 8
TEXTS = {
    "x^2 + 3y^2": "x^2 + 3y^2",
    "Rosenbrock": "(1 - x)^2 + 20(y - x^2)^2",
    "peaks": next(sample.text for sample in GALLERY if sample.name.startswith("Peaks")),
    "200 characters, refused at the last": "(x+y)*" * 33 + "(",
}


# What is typed in the browser, a key every so many milliseconds; from each to the contour of what stands there then.
KEYS, EVERY = "(1 - x)^2 + 20(y - x^2)^2", 1200
PAINTED = """() => {
  const plot = document.querySelector(".rv-contour .rv-plot");
  let pressed = 0;
  window.took = [];
  document.addEventListener("keydown", (event) => { if (event.isTrusted) pressed = performance.now(); }, true);
  new MutationObserver(() => {
    if (pressed) window.took.push(performance.now() - pressed);
    pressed = 0;
  }).observe(plot, { attributeFilter: ["data-painted"] });
}"""


def timed(task: Callable[[], object]) -> float:
    """Milliseconds of processor time, the middle of several rounds, each of which knows no text."""
    took = []
    for _ in range(ROUNDS):
        read.cache_clear()
        parts_of.cache_clear()
        begun = time.process_time_ns()
        task()
        took.append((time.process_time_ns() - begun) / 1e6)
    return median(took)


def refused(text: str) -> None:
    """Try to read it."""
    try:
        Formula(text)
    except ValueError:
        return


def mapped(*surfaces: Surface) -> str:
    """A map of 256 x 256 starts on each, 200 steps of Adam, as the server computes it: interleaved, verdicts counted."""
    x, y = (np.linspace(-1.9, 1.9, 256) for _ in "xy")
    starts = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    took: list[list[float]] = [[] for _ in surfaces]
    for _ in range(MAPS):
        for surface, own in zip(surfaces, took, strict=True):
            begun = time.process_time_ns()
            run(surface, OPTIMIZERS["adam"](), 0.05, starts, 200, keep="last")
            own.append((time.process_time_ns() - begun) / 1e6)
    one, other = (median(own[1:]) for own in took)
    times = f"{other / one:.2f} times as long"
    return f"256 x 256 starts, 200 steps of Adam: built in {one:.0f} ms, typed {other:.0f} ms, {times}."


def painted() -> str:
    """From a key to the contour that it makes, where what stands there is a formula; the pause that is waited counts."""
    with sync_playwright() as playwright, served("app/server.py") as (address, _):
        browser = playwright.chromium.launch(executable_path=os.environ.get("RAVINE_CHROMIUM"), args=FLAGS)
        page = browser.new_page(viewport={"width": 1366, "height": 650})
        page.goto(f"{address}/?surface=formula~text~x&r1=sgd~lr~0.001&steps=60")
        page.locator(".rv-contour .rv-plot[data-painted]").wait_for(timeout=60_000)
        page.wait_for_timeout(3000)
        field = page.get_by_role("textbox", name="Loss f(x, y)")
        field.fill("")
        page.evaluate(PAINTED)
        for key in KEYS:
            page.wait_for_timeout(EVERY)
            page.keyboard.type(key)
        page.wait_for_timeout(EVERY)
        took = page.evaluate("window.took")
        browser.close()
    return f"From a key to the painted contour: {median(took):.0f} ms, the middle of {len(took)} keys; {max(took):.0f} at most."


def table() -> str:
    """The table of docs/benchmarks.md, as Markdown."""
    rows = ["| formula | text to gradient, ms | window, start and minima, ms |", "|---|---|---|"]
    for name, text in TEXTS.items():
        if "refused" in name:
            rows.append(f"| {name} | {timed(lambda text=text: refused(text)):.2f} | |")  # type: ignore[misc]
            continue
        ready = timed(lambda text=text: Formula(text).grad(0.3, 0.2))  # type: ignore[misc]
        found = timed(lambda text=text: (f := Formula(text), f.start, f.minima))  # type: ignore[misc]
        rows.append(f"| {name} | {ready:.2f} | {found:.0f} |")
    built_in, typed = SURFACES["rosenbrock"](), Formula(TEXTS["Rosenbrock"])
    ratios, adam = [], OPTIMIZERS["adam"]()
    for surface in (built_in, typed):
        run(surface, adam, 0.05, (-1.5, 2.0), 300)
        ratios.append(timed(lambda surface=surface: run(surface, adam, 0.05, (-1.5, 2.0), 300)))  # type: ignore[misc]
    one, other = ratios
    rows += [
        "",
        mapped(built_in, typed),
        "",
        painted(),
        "",
        f"300 steps of Adam on Rosenbrock: built in {one:.2f} ms, typed {other:.2f} ms, {other / one:.2f} times as long.",
    ]
    return "\n".join(rows)
