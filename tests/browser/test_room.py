"""On every screen the picture comes first, and nothing is cut, covered or out of reach.

`make test` walks a covering set: each pair of a size, a page, a number of runs and a kind of surface is met once, and the
window is resized instead of reloaded. `make sweep` walks the whole product.
"""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from .conftest import browsing
from .driver import open_app, seek, wait_until

SWEEP = bool(os.environ.get("RAVINE_SWEEP"))
SIZES = [
    (1366, 650),
    (1024, 768),
    (390, 844),
    (1280, 720),
    (1600, 900),
    (1280, 600),
    (1366, 768),
    (1920, 1080),
    (1536, 730),
]
# The side of a contour within its axes, at least; ten pixels less are allowed.
LEAST = {
    "playground": {
        (1366, 600): 396, (1366, 650): 446, (1280, 720): 406, (1366, 768): 492, (1536, 730): 526, (1600, 900): 636,
        (1920, 1080): 809, (1024, 768): 452, (1280, 600): 360, (390, 844): 260,
    },
    "compare": {
        (1366, 600): 354, (1366, 650): 386, (1280, 720): 343, (1366, 768): 386, (1536, 730): 450, (1600, 900): 472,
        (1920, 1080): 584, (1024, 768): 430, (1280, 600): 343, (390, 844): 168,
    },
    "dissect": {
        (1366, 600): 360, (1366, 650): 410, (1280, 720): 480, (1366, 768): 528, (1536, 730): 490, (1600, 900): 660,
        (1920, 1080): 720, (1024, 768): 360, (1280, 600): 360, (390, 844): 260,
    },
}  # fmt: skip
ALLOWED = 10
PAGES = ("playground", "compare", "dissect")
RUNS = (4, 2, 8)
# One that converges, one that leaves and diverges; long names and short ones; numbers of all sizes.
RACERS = (
    "sgd~lr~0.155", "adam~lr~0.3", "sgd~lr~0.172", "momentum~lr~0.02", "rmsprop~lr~0.00001", "composed~lr~0.2",
    "schedule_free~lr~0.05", "sgd~lr~3",
)  # fmt: skip
RULED = "&r2.1=clip_norm~limit~2&r2.2=noise"
SURFACES = {
    "formula": "surface=bowl~condition~12&schedule=constant&start=-4~2.6&steps=60",
    "data": "surface=linear_regression&schedule=cosine&steps=90",
    "network": "surface=two_layer~held_out~0.3~batch_size~20&schedule=one_cycle~warmup~10&steps=60",
}
KINDS = tuple(SURFACES)
STATES = ("after", "playing")
# What differs where two scenes stand side by side.
VERSUS = {"formula": "schedule~inverse_sqrt", "data": "normalization~standardize", "network": "loss~mse"}


def link(page: str, runs: int, kind: str) -> tuple[str, str]:
    """The path and the query of a page with so many runs on a kind of surface."""
    racers = "&".join(f"r{k}={text}" for k, text in enumerate(RACERS[:runs], 1))
    query = f"{SURFACES[kind]}&seed=0&{racers}{RULED if kind != 'network' else ''}"
    if page == "compare":
        query += f"&vs={VERSUS[kind]}"
    return ("/" if page == "playground" else f"/{page}"), query


def covering() -> Iterator[tuple[str, int, str, list[tuple[int, int]]]]:
    """Nine links and three sizes for each, so that every pair of values is met: a Latin square of links, another of sizes."""
    for p, r in product(range(3), repeat=2):
        group = (p + r) % 3
        yield PAGES[p], RUNS[r], KINDS[(p + 2 * r) % 3], SIZES[3 * group : 3 * group + 3]


def whole() -> Iterator[tuple[str, int, str, list[tuple[int, int]]]]:
    for page, runs, kind in product(PAGES, RUNS, KINDS):
        yield page, runs, kind, SIZES


CASES = list(whole() if SWEEP else covering())
THEMES = ("light", "dark") if SWEEP else ("light",)

# What is wrong with what is seen, in words.
FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")

SIDES = """() => [...document.querySelectorAll(".rv-ground")]
    .filter((ground) => ground.checkVisibility() && ground.clientWidth)
    .map((ground) => JSON.parse(ground.dataset.frame))
    .map(({ width, height }) => Math.max(width, height))"""


@pytest.fixture(scope="module", params=THEMES)
def screen(request: pytest.FixtureRequest, browser: Browser, server: str) -> Iterator[Page]:
    """One page for all sizes."""
    with browsing(browser, server) as browse:
        yield browse(color_scheme=request.param)


def settled(page: Page) -> None:
    """Wait until what was resized is painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.js-plotly-plot, .rv-ground')].every((plot) => {
            const { clientWidth } = plot.parentElement, { frame } = plot.dataset;
            const width = frame ? JSON.parse(frame).of[0] : plot._fullLayout?.width;
            return width === undefined || !clientWidth || Math.abs(width - clientWidth) < 2;
        })"""
    )


@pytest.mark.parametrize(("name", "runs", "kind", "sizes"), CASES, ids=[f"{p}-{r}-{k}" for p, r, k, _ in CASES])
def test_the_picture_comes_first_and_nothing_is_cut(
    screen: Page, name: str, runs: int, kind: str, sizes: list[tuple[int, int]]
) -> None:
    path, query = link(name, runs, kind)
    screen.set_viewport_size({"width": sizes[0][0], "height": sizes[0][1]})
    open_app(screen, query, path)
    wrong: list[str] = []
    for width, height in sizes:
        screen.set_viewport_size({"width": width, "height": height})
        for state in STATES:
            if state == "after":
                screen.locator(".rv-scrub input").press("End")
            else:
                seek(screen, 3)
                screen.locator(".rv-play").click()
                wait_until(screen, "Number(d.step) > 12 || d.playing !== 'true'")
            settled(screen)
            sides: list[Any] = screen.evaluate(SIDES)
            where = f"{width}x{height} {state}"
            least = LEAST[name][width, height] - ALLOWED
            if len(sides) != (2 if name == "compare" else 1) or min(sides, default=0) < least:
                wrong.append(f"{where}: contours of {sides}, not {least}")
            wrong += [f"{where}: {fault}" for fault in screen.evaluate(FAULTS)]
    assert not wrong, "\n".join(wrong)
