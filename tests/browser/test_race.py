"""A fair race as a student has it: curves and rows come from a link, and are sorted, pointed at, kept and taken along."""

import csv
import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from app.experiment import parse
from maps.race import COLUMNS, Standing, ordered, parse_race, raced

from .conftest import Browse, browsing
from .driver import PHONE, count_near, picture, query_of, run_colours

LINK = "surface=rosenbrock&schedule=constant&r1=sgd&r3=momentum&r6=adam&steps=200"
# The first few rates of a network's methods take seconds.
DEAR = "surface=two_layer&schedule=constant&r1=sgd&r2=adam&r3=momentum&r4=rmsprop&steps=390"
ROOT, PLOT, ROWS = ".ravine-race", ".rv-race-plot", ".ravine-race tbody tr"
NAMES = f"{ROWS} th span"


@pytest.fixture(scope="module")
def page(browser: Browser, server: str) -> Iterator[Page]:
    with browsing(browser, server) as browse:
        page = browse(viewport={"width": 1366, "height": 650})
        opened(page, LINK)
        yield page


@pytest.fixture(scope="module")
def standings() -> list[Standing]:
    race, _ = parse_race(parse_qs(LINK))
    return ordered(list(raced(race, budget=1e9)))


def opened(page: Page, link: str) -> None:
    page.goto(f"/race?{link}")
    page.wait_for_selector(f"{ROOT}[data-state=over]")


def thickness(page: Page, slot: int) -> int:
    """How many pixels of the plot have a run's colour."""
    return count_near(picture(page, PLOT), run_colours("light")[slot - 1])


def test_curves_and_rows_come_from_the_link(page: Page, standings: list[Standing]) -> None:
    assert page.locator(NAMES).all_inner_texts() == [one.name for one in standings]
    for row, one in enumerate(standings):
        words = page.locator(ROWS).nth(row).locator("td").all_inner_texts()
        steps = "over 200" if one.steps is None else str(one.steps)
        assert words[1:3] == [steps, f"{one.got} of 9"]
        assert float(words[0]) == pytest.approx(one.rate, rel=0.06)
        assert thickness(page, one.slot) > 60
    assert re.fullmatch(r"3,078 runs in \d+\.\d s", page.inner_text(".rv-race-count"))
    assert f"{standings[0].name} needs the fewest steps" in page.inner_text(".rv-race-words")
    # Nothing scrolls on a school's laptop, and nothing hangs out.
    over = "e => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]"
    assert page.locator("[data-testid=stMain]").evaluate(over) == [0, 0]
    assert page.locator(".rv-race-rows").evaluate(over) == [0, 0]


def test_a_heading_sorts_by_the_keyboard(page: Page, standings: list[Standing]) -> None:
    heading = page.locator("th[data-column=rate]")
    heading.locator("button").focus()
    for key, falling, sort in (("Enter", False, "ascending"), ("Space", True, "descending")):
        page.keyboard.press(key)
        expect(heading).to_have_attribute("aria-sort", sort)
        assert page.locator(NAMES).all_inner_texts() == [one.name for one in ordered(standings, "rate", falling)]
        expect(heading.locator("button")).to_be_focused()
    page.locator("th[data-column=steps] button").click()
    assert page.locator(NAMES).all_inner_texts() == [one.name for one in standings]


def test_a_row_that_is_pointed_at_or_has_the_focus_brings_its_curve_forward(page: Page) -> None:
    thin = thickness(page, 6)
    row = page.locator(f"{ROWS}[data-slot='6']")
    row.hover()
    expect(row).to_have_attribute("data-active", "true")
    assert thickness(page, 6) > 1.4 * thin
    expect(page.locator("[data-part=plot] header p")).to_have_text("median of 9 starts; band: the middle half")
    page.mouse.move(5, 300)
    expect(row).to_have_attribute("data-active", "false")
    row.locator("button").focus()
    expect(row).to_have_attribute("data-active", "true")
    page.keyboard.press("Enter")
    page.locator(".rv-race-ways [data-do=link]").focus()
    # It was chosen, and stays.
    expect(row).to_have_attribute("data-active", "true")
    row.locator("button").click()
    page.mouse.move(5, 300)
    page.locator(".rv-race-ways [data-do=link]").focus()
    expect(row).to_have_attribute("data-active", "false")


def test_the_csv_holds_the_rows_as_they_stand(page: Page, standings: list[Standing]) -> None:
    with page.expect_download() as got:
        page.locator("[data-do=csv]").click()
    assert got.value.suggested_filename == "ravine-fair-race.csv"
    head, *rows = csv.reader(io.StringIO(got.value.path().read_text(encoding="utf-8")))
    assert head == list(COLUMNS.values())
    assert [row[0] for row in rows] == [one.name for one in standings]
    assert [float(row[head.index("best rate")]) for row in rows] == [one.rate for one in standings]


def test_the_chosen_rates_go_to_the_playground_and_run_there(page: Page, standings: list[Standing]) -> None:
    page.locator(".rv-race-bar [data-do=take]").click()
    page.wait_for_selector(".ravine[data-painted]")
    page.wait_for_url("**/?surface=rosenbrock*")
    experiment, complaints = parse(query_of(page))
    assert not complaints
    assert {run.slot: run.lr for run in experiment.runs} == {one.slot: one.rate for one in standings}
    page.wait_for_function("document.querySelector('.ravine').dataset.step > 3")


def test_a_race_that_is_under_way_says_so_and_is_cancelled(browse: Browse) -> None:
    page = browse(viewport={"width": 1280, "height": 720})
    page.goto(f"/race?{DEAR}")
    button = page.locator(".rv-race-count button")
    expect(button).to_have_text("Cancel")
    expect(page.locator(".rv-race-not").first).to_have_text("searching…")
    button.click()
    expect(page.locator(".rv-race-count")).to_contain_text(re.compile(r"Stopped after \d of 4"))
    expect(page.locator(".rv-race-not").first).to_have_text("not searched")
    # Another race takes the place of the one that was called off.
    button.click()
    expect(button).to_have_text("Cancel")
    opened(page, LINK)
    assert page.locator(ROWS).count() == 3


def test_a_phone_has_all_of_it_beneath_one_another(browse: Browse) -> None:
    page = browse(**PHONE, color_scheme="dark")
    opened(page, LINK)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    boxes = [page.locator(part).bounding_box() for part in ("[data-part=plot]", "[data-part=table]", ".rv-race-bar")]
    plot, table, bar = (box for box in boxes if box)
    assert plot["y"] + plot["height"] <= table["y"]
    assert bar["y"] + bar["height"] == pytest.approx(844, abs=1)
    cut = """() => [...document.querySelectorAll(".ravine-race :is(th, td, button, span, p, h2)")]
        .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1)
        .map((e) => e.textContent)"""
    assert page.evaluate(cut) == []
    small = """() => [...document.querySelectorAll(".ravine-race *")].filter((e) => e.childNodes.length
        && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(e).fontSize) < 14)
        .map((e) => e.textContent)"""
    assert page.evaluate(small) == []
