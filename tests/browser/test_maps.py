"""Maps in a browser: the four kinds paint, a pixel is read and run, keys lead, cancel cancels, and a phone has room."""

import csv
import io
import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from maps.computing import answer
from maps.goal import NEVER
from maps.model import Map, parse_map

from .conftest import PATIENCE, Browse
from .driver import CONTOUR, PHONE, query_of, questions, repainted, seek, wait_until

MOMENTUM = "schedule=constant&r2=momentum~lr~0.01&steps=60&seed=0&size=64"
BASINS = f"surface=himmelblau&{MOMENTUM}&map=basins"
RATE = f"surface=bowl~condition~12&start=-4~2.6&{MOMENTUM}&map=rate~momentum&across=0.01~1"
METHODS = f"surface=bowl&{MOMENTUM}&r1=sgd~lr~0.1&r4=adam~lr~0.3&map=methods"
TWO = f"surface=bowl&{MOMENTUM}&map=two~x~lr&goal=final"


def open_map(page: Page, query: str, *, whole: bool = True) -> None:
    page.goto(f"/maps?{query}")
    page.wait_for_selector(".ravine[data-painted]")
    page.wait_for_selector(".rv-map[data-part]")
    if whole:
        page.wait_for_selector(".rv-map[data-state='whole']")


def over(page: Page) -> Locator:
    return page.locator(".rv-map .rv-over")


def note(page: Page) -> list[str]:
    return [line for line in page.locator(".rv-map-note").inner_text().split("\n") if line]


def place(page: Page, row: int, column: int) -> tuple[float, float]:
    """Where the middle of a pixel is on the screen."""
    at = page.locator(".rv-map-plot").evaluate(
        """(plot, [row, column]) => {
            const box = JSON.parse(plot.dataset.frame), frame = plot.getBoundingClientRect();
            return [frame.left + box.left + (column + 0.5) / box.columns * (box.right - box.left),
                frame.top + box.bottom - (row + 0.5) / box.rows * (box.bottom - box.top)];
        }""",
        [row, column],
    )
    return at[0], at[1]


def asked_of(page: Page) -> Map:
    asked, complaints = parse_map(query_of(page))
    assert not complaints
    return asked


def colours(page: Page) -> int:
    """How many different colours the map's own canvas has."""
    return int(
        page.locator(".rv-map-plot canvas").first.evaluate(
            """canvas => new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
                .data.buffer)).size"""
        )
    )


@pytest.mark.parametrize(
    ("query", "words", "of_server"),
    [
        (BASINS, ["of starts", "diverge"], False),
        (RATE, ["up to 3 steps", "not yet at 60", "diverges", "Best: η"], False),
        (METHODS, ["up to 3 steps", "runs get there"], True),
        (TWO, ["up to", "diverges"], False),
        (BASINS + "&r2.1=clip_norm~limit~5", ["of starts"], True),
    ],
)
def test_the_four_kinds_paint_and_explain_themselves(tab: Page, query: str, words: list[str], of_server: bool) -> None:
    asked = questions(tab, "script", "map")
    open_map(tab, query)
    assert asked == ["script", "map"][: 1 + of_server]
    legend = tab.locator(".rv-legend").inner_text()
    assert all(word in legend for word in words), legend
    if query == BASINS:
        # The contour beside has the map's letters.
        named = [name for name, _ in json.loads(tab.locator(CONTOUR).get_attribute("data-labels") or "")]
        assert {"A", "B", "C", "D"} & {*named}
        assert "minimum" not in named
    assert colours(tab) > 6
    assert "runs" in (count := tab.locator(".rv-map-count").inner_text()) or "starts" in count
    assert tab.evaluate("document.documentElement.scrollHeight <= innerHeight")


@pytest.mark.parametrize(
    "lacking", ["delete window.Worker", "Worker = class { postMessage() { this.onerror() } terminate() {} }"]
)
def test_a_browser_without_workers_has_its_map_from_the_server(browse: Browse, lacking: str) -> None:
    page = browse()
    page.add_init_script(lacking)
    asked = questions(page, "script", "map")
    open_map(page, BASINS)
    assert asked == ["script", "map"]
    # And so has the next one.
    page.get_by_role("radio", name="Rate × one").click()
    wait_until(page, "true")
    page.wait_for_function("() => new URL(location).searchParams.get('map')?.startsWith('rate')")
    page.wait_for_selector(".rv-map[data-state='whole']")
    assert asked == ["script", "map"] * 2


def test_a_pixel_is_read_and_run_and_both_say_the_same(tab: Page) -> None:
    open_map(tab, BASINS)
    asked = asked_of(tab)
    for row, column in ((50, 40), (5, 60), (63, 63)):
        tab.mouse.move(*place(tab, row, column))
        told = note(tab)
        # Its run, alone.
        one = answer(asked, row, column)
        words = {"converged": "ends in", "diverged": "diverges", "running": "still on the way"}[one.status]
        assert told[0].startswith(words), told
        with repainted(tab):
            tab.mouse.click(*place(tab, row, column))
        assert asked_of(tab).scene() == asked.at(row, column)
        seek(tab, 60)
        if one.status != "running":
            expect(tab.locator(".rv-there .rv-chip")).to_contain_text(one.status)
    assert asked_of(tab).bare == asked.bare


def table(page: Page) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of the file that CSV hands out."""
    with page.expect_download() as got:
        page.locator(".rv-map-count [data-do=csv]").click()
    assert got.value.suggested_filename == "ravine-map.csv"
    head, *rows = csv.reader(io.StringIO(got.value.path().read_text(encoding="utf-8")))
    return head, rows


@pytest.mark.parametrize("query", [RATE, METHODS])
def test_a_map_is_a_table_of_what_it_shows(tab: Page, query: str) -> None:
    """Whoever computed it: each row is a pixel's own run."""
    open_map(tab, query)
    asked = asked_of(tab)
    head, rows = table(tab)
    by_row = query == METHODS
    # The server tells no losses but where they are what is coloured.
    sides = ["Learning rate", "Method"] if by_row else ["Learning rate", "Momentum"]
    assert head == [*sides, "end", "steps to the goal", *([] if by_row else ["final loss"])]
    assert len(rows) == asked.shape[0] * asked.shape[1]
    names = ["GD", "Momentum", "Adam"]
    for row, column in ((0, 5), (asked.shape[0] - 1, 40), (1, 63)):
        first, second, end, step, *loss = rows[row * asked.shape[1] + column]
        one = answer(asked, row, column)
        assert float(first) == pytest.approx(asked.columns[column], rel=1e-5)
        assert second == names[row] if by_row else float(second) == pytest.approx(asked.rows[row], rel=1e-5)
        assert (
            end == {"converged": "ends in a minimum", "running": "still on the way", "diverged": "diverges"}[one.status]
        )
        assert step == ("" if one.step == NEVER else str(one.step))
        assert not loss or (float(loss[0]) == pytest.approx(one.loss, rel=1e-5) if loss[0] else not one.loss < 1e38)


def test_keys_lead_from_pixel_to_pixel_and_run_one(tab: Page) -> None:
    open_map(tab, RATE)
    asked = asked_of(tab)
    assert asked.pixel is not None
    row, column = asked.pixel
    over(tab).focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowUp")
    values = asked.columns[column + 1], asked.rows[row + 1]
    label = over(tab).get_attribute("aria-label") or ""
    assert f"η {values[0]:.3g}"[:6] in label, label
    assert "Enter runs" in label
    before = tab.locator(".ravine").get_attribute("data-step")
    tab.keyboard.press("Enter")
    tab.wait_for_function("was => new URL(location).searchParams.get('r2') !== was", arg=asked.experiment.runs[0].text)
    assert asked_of(tab).pixel == (row + 1, column + 1)
    assert before is not None
    tab.keyboard.press("Escape")
    expect(tab.locator(".rv-map-note")).to_be_hidden()


def test_dragging_over_the_map_makes_the_player_follow(tab: Page) -> None:
    open_map(tab, BASINS)
    before = query_of(tab)
    tab.mouse.move(*place(tab, 20, 20))
    tab.mouse.down()
    for column in range(20, 40, 4):
        tab.mouse.move(*place(tab, 20, column))
    wait_until(tab, "Number(d.previews) > 0")
    assert query_of(tab) == before
    # Let go beside the map, all is as it was.
    tab.mouse.move(5, 300)
    tab.mouse.up()
    tab.wait_for_timeout(300)
    assert query_of(tab) == before


def test_cancel_cancels_and_a_changed_map_goes_on(page: Page) -> None:
    slow = "surface=rosenbrock&schedule=constant&r4=adam~lr~0.1&steps=2000&seed=0&map=basins&size=512"
    open_map(page, slow, whole=False)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".rv-map")).to_have_attribute("data-state", "cancelled")
    expect(page.locator(".rv-map-count")).to_contain_text("stopped at")
    expect(page.get_by_role("button", name="CSV")).to_be_hidden()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    part = page.locator(".rv-map").get_attribute("data-part")
    page.wait_for_timeout(1500)
    assert page.locator(".rv-map").get_attribute("data-part") == part
    open_map(page, BASINS)


def test_the_link_and_the_colour_and_the_way_to_the_playground(tab: Page) -> None:
    open_map(tab, RATE)
    tab.get_by_role("button", name="final loss").click()
    tab.wait_for_function("() => new URL(location).searchParams.get('goal') === 'final'")
    expect(tab.locator(".rv-legend")).to_contain_text("above")
    run = asked_of(tab).scene()
    tab.get_by_role("button", name="To Playground").click()
    tab.wait_for_function("() => !location.pathname.includes('maps')")
    tab.wait_for_selector(".ravine[data-page='playground']")
    assert urlencode(run.query()) in urlencode({key: values[0] for key, values in query_of(tab).items()})


def test_a_phone_has_the_map_the_legend_and_the_run_beneath(browse: Browse) -> None:
    page = browse(**PHONE)
    open_map(page, BASINS)
    frame = json.loads(page.locator(".rv-map-plot").get_attribute("data-frame") or "{}")
    assert frame["right"] - frame["left"] == pytest.approx(358, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    boxes = [page.locator(part).bounding_box() for part in (".rv-map-plot", ".rv-legend", ".rv-contour", ".rv-there")]
    tops = [box["y"] for box in boxes if box]
    assert len(tops) == 4
    assert tops == sorted(tops)
    x, y = place(page, 30, 30)
    page.touchscreen.tap(x, y)
    page.wait_for_function("() => new URL(location).searchParams.has('start')", timeout=PATIENCE)
