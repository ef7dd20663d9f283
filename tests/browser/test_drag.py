"""Paths follow a start while it is dragged, and why a run goes as it does stands beside it."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from app.comparison import EXAMPLES
from app.experiment import FIRST, Experiment, parse, simulate, start_of
from optimizers.explain.law import limit

from .conftest import Browse
from .driver import (
    CONTOUR,
    PHONE,
    SURFACE,
    assert_shown,
    chips,
    experiment_of,
    hear,
    last_step,
    line_losses,
    link_to,
    open_app,
    picture,
    place,
    query_of,
    questions,
    said_of,
    seek,
    step,
    times_painted,
    wait_until,
)

BEGUN = """([x, y]) => {
  const [start] = JSON.parse(document.querySelector('.ravine').dataset.starts);
  return Math.hypot(start[0] - x, start[1] - y) < 0.02;
}"""


def starts(page: Page) -> list[tuple[float, float]]:
    """Where the runs of each scene begin that are shown."""
    shown: list[tuple[float, float]] = json.loads(page.locator(".ravine").get_attribute("data-starts") or "[]")
    return shown


def drag(page: Page, *places: tuple[float, float]) -> list[list[str]]:
    """Press at the first place and move to the others, waiting each time for paths; the cards' losses at each."""
    seen = []
    page.mouse.move(*place(page, *places[0]))
    page.mouse.down()
    for to in places[1:]:
        before = page.locator(".ravine").get_attribute("data-previews") or "0"
        page.mouse.move(*place(page, *to), steps=3)
        wait_until(page, "Number(d.previews || 0) > Number(value)", before)
        # The newest place is the last to be asked for.
        page.wait_for_function(
            BEGUN,
            arg=list(to),
        )
        page.wait_for_timeout(100)
        seen.append(line_losses(page))
    return seen


@pytest.fixture
def hearing(browse: Browse) -> Page:
    page = browse()
    hear(page)
    return page


def begun(x: float, y: float) -> Experiment:
    query = {key: [value] for key, value in FIRST.query().items()} | {"start": [f"{x}~{y}"]}
    experiment, complaints = parse(query)
    assert not complaints
    return experiment


def test_the_paths_follow_a_start_that_is_dragged(hearing: Page) -> None:
    page = hearing
    open_app(page)
    seek(page, 20)
    painted = [times_painted(page, panel) for panel in (SURFACE, CONTOUR)]
    address = page.url
    before = picture(page, CONTOUR)
    losses = drag(page, start_of(FIRST), (-1.0, 0.5), (0.5, -0.5))
    # The whole of every path is shown while the start is held, and its numbers are the engine's.
    assert step(page) == last_step(page)
    x, y = starts(page)[0]
    for text, path in zip(losses[-1], simulate(begun(x, y)), strict=True):
        assert_shown(text, path.loss[-1])
    assert losses[0] != losses[1]
    assert (picture(page, CONTOUR) != before).any(axis=-1).sum() > 500
    # Neither the surface nor the contour was drawn again, and the link waits for the end.
    assert [times_painted(page, panel) for panel in (SURFACE, CONTOUR)] == painted
    assert page.url == address
    page.mouse.up()
    page.wait_for_url("**start=**")
    where = [float(part) for part in query_of(page)["start"][0].split("~")]
    assert where == pytest.approx([0.5, -0.5], abs=0.02)
    # What was let go begins to run.
    wait_until(page, "d.playing === 'true'")
    assert experiment_of(page).start == tuple(where)


def test_a_drag_is_followed_on_the_page_and_the_server_hears_of_where_it_rests(hearing: Page) -> None:
    page = hearing
    open_app(page)
    asked = questions(page, "way", "begun")
    # The first moves are the server's, while the modules come: each is asked for once, and run from the browser's store.
    drag(page, start_of(FIRST), (-1.2, 1.0))
    page.wait_for_function(
        "count => performance.getEntriesByType('resource').filter((one) => one.name.includes('/way?')).length >= count",
        arg=2 * len(FIRST.runs),
    )
    assert asked.count("way") == len(FIRST.runs)
    page.wait_for_timeout(300)
    asked.clear()
    # From here on the server is silent, and the paths follow all the same.
    held: list[Route] = []
    page.route("**/begun?*", lambda route: held.append(route))
    for to in ((-1.0, 0.8), (-0.5, 0.6), (0.1, 0.35)):
        page.mouse.move(*place(page, *to), steps=3)
        page.wait_for_function(
            BEGUN,
            arg=list(to),
        )
    x, y = starts(page)[0]
    paths = simulate(begun(x, y))
    for text, chip, path in zip(line_losses(page), chips(page), paths, strict=True):
        assert_shown(text, path.loss[-1])
        assert path.status not in ("converged", "diverged") or chip == f"{path.status} at {path.stop_step}"
    # Where the hand rests it is asked for what takes a closer look.
    page.wait_for_timeout(1000)
    assert held
    page.unroute("**/begun?*")
    page.mouse.up()
    page.wait_for_url("**start=**")
    # The next drag, from another start, needs no other modules.
    seek(page, 20)
    drag(page, (x, y), (0.2, 0.2))
    page.mouse.up()
    assert "way" not in asked


def test_what_does_not_trace_is_the_servers(hearing: Page) -> None:
    page = hearing
    open_app(page, "surface=rosenbrock&schedule=constant&r1=sgd~lr~0.001&r8=lbfgs~lr~1&start=-1.5~2&steps=40&seed=0")
    asked = questions(page, "way", "begun")
    drag(page, (-1.5, 2.0), (-1.2, 1.0), (-1.0, 0.5))
    assert asked.count("begun") >= 2
    page.mouse.move(5, 5)
    page.mouse.up()


def test_a_click_is_no_drag(hearing: Page) -> None:
    page = hearing
    open_app(page)
    page.mouse.click(*place(page, 0.5, 1.5))
    page.wait_for_url("**start=**")
    assert page.locator(".ravine").get_attribute("data-previews") is None


def test_a_drag_that_ends_outside_leaves_the_page_as_it_was(hearing: Page) -> None:
    page = hearing
    open_app(page)
    seek(page, 20)
    address = page.url
    drag(page, start_of(FIRST), (-1.0, 0.5))
    box = page.locator(SURFACE).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.up()
    # The runs are those of the link again.
    page.wait_for_function("(s) => document.querySelector('.ravine').dataset.starts === s", arg="[[-1.5,2]]")
    seek(page, last_step(page))
    for text, path in zip(line_losses(page), simulate(FIRST), strict=True):
        assert_shown(text, path.loss[-1])
    assert page.url == address


def test_a_finger_drags_too(browse: Browse) -> None:
    page = browse(**PHONE)
    hear(page)
    open_app(page)
    seek(page, 20)
    session = page.context.new_cdp_session(page)
    points = [place(page, *at) for at in ((-1.5, 2.0), (-1.0, 1.0), (0.5, 0.0))]

    def touch(kind: str, at: tuple[float, float] | None = None) -> None:
        touches = [{"x": at[0], "y": at[1]}] if at else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", points[0])
    for at in points[1:]:
        touch("touchMove", at)
    wait_until(page, "Number(d.previews || 0) > 0")
    touch("touchEnd")
    page.wait_for_url("**start=**")
    where = [float(part) for part in query_of(page)["start"][0].split("~")]
    assert where == pytest.approx([0.5, 0.0], abs=0.05)


def test_in_compare_both_pictures_follow(hearing: Page) -> None:
    page = hearing
    comparison = next(one for one in EXAMPLES.values() if one.name == "loss")
    open_app(page, "&".join(f"{key}={value}" for key, value in comparison.query().items()), "/compare")
    seek(page, 20)
    before = starts(page)
    ((x0, x1), (y0, y1)) = page.evaluate("window.heard.scenes[0].window")
    to = (x0 + 0.4 * (x1 - x0), y0 + 0.3 * (y1 - y0))
    page.mouse.move(*place(page, *before[0]))
    page.mouse.down()
    page.mouse.move(*place(page, *to), steps=4)
    wait_until(page, "Number(d.previews || 0) > 0")
    page.wait_for_function(
        "(b) => JSON.parse(document.querySelector('.ravine').dataset.starts).every((s, i) => String(s) !== String(b[i]))",
        arg=before,
    )
    page.mouse.up()
    page.wait_for_url("**start=**")


def test_why_a_run_diverges_stands_beside_it(tab: Page) -> None:
    query = "surface=bowl~condition~12&schedule=constant&r1=sgd~lr~0.17&r2=sgd~lr~0.165&r3=sgd~lr~0.05&steps=300&seed=0"
    open_app(tab, query)
    seek(tab, 10)
    assert chips(tab)[:2] == ["diverging", "zigzagging"]
    assert said_of(tab, 1) == "Gradient descent diverges because the rate 0.170 is above 2/λmax = 0.167 here."
    # The limit is on the chart of rates, in words and as a line.
    expect(tab.locator(".rv-limit")).to_have_text("2/λmax = 0.167")
    assert "zigzags between walls in y" in said_of(tab, 2)
    assert "just under 2/λmax = 0.167" in said_of(tab, 2)
    assert said_of(tab, 3) == ""
    path = simulate(experiment_of(tab))[0]
    seek(tab, 300)
    assert path.status == "diverged"
    assert chips(tab)[0] == f"diverged at {path.stop_step}"


def test_the_limit_is_that_along_the_path(tab: Page) -> None:
    open_app(tab, link_to(FIRST))
    path = simulate(FIRST)[0]
    known = limit(path)
    assert known is not None
    for at in (0, 40, 200):
        seek(tab, at)
        shown = re.fullmatch(r"2/λmax = (\S+)", tab.locator(".rv-limit").inner_text())
        assert shown
        assert_shown(shown[1], float(known[at]))
    # It is no constant: the valley bends.
    assert np.ptp(known[np.isfinite(known)]) > 0
