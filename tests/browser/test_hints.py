"""Four notes for the first minute: they point at what one can do first, cover no path, and go once it was done."""

import re
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from .conftest import Browse
from .driver import CONTOUR, count_near, last_step, open_app, picture, place, run_colours, seek, set_rate

LESSONS = "Lessons: guess, run, see why"
RING = "Drag the ring: all runs start there"
RATE = "Drag a rate: its path follows"
PLAY = "Space: play, pause. ← →: one step"


def seen(page: Page) -> list[str]:
    # What a note stands beside is drawn first.
    expect(page.locator(CONTOUR).first).to_have_attribute("data-step", re.compile(r"\d"))
    page.wait_for_timeout(700)
    return [note.inner_text() for note in page.locator(".rv-note").all() if note.is_visible()]


@pytest.fixture
def newcomer(browse: Browse) -> Page:
    page = browse(newcomer=True, viewport={"width": 1366, "height": 650})
    open_app(page)
    page.wait_for_function(
        """[...document.querySelectorAll('.rv-note')]
            .filter((note) => note.checkVisibility({ visibilityProperty: true })).length === 4"""
    )
    return page


def test_each_goes_for_good_once_it_was_followed(newcomer: Page) -> None:
    assert seen(newcomer) == [LESSONS, RING, RATE, PLAY]
    newcomer.keyboard.press(" ")
    assert seen(newcomer) == [LESSONS, RING, RATE]
    set_rate(newcomer, "Adam", "0.1")
    assert seen(newcomer) == [LESSONS, RING]
    newcomer.reload()
    newcomer.wait_for_selector(".ravine[data-painted]")
    assert seen(newcomer) == []
    open_app(newcomer)
    assert seen(newcomer) == [LESSONS, RING]
    newcomer.mouse.click(*place(newcomer, 0.5, 2.5))
    newcomer.wait_for_function("document.querySelectorAll('.rv-note').length === 1")
    newcomer.get_by_role("link", name="Lessons").click()
    newcomer.wait_for_selector(".rv-card")
    assert "lessons" in newcomer.evaluate("JSON.parse(localStorage.getItem('ravine.hints')).done")


def test_escape_sends_all_away_and_nobody_sees_them_a_third_time(browse: Browse) -> None:
    page = browse(newcomer=True)
    for visit in range(3):
        open_app(page)
        assert len(seen(page)) == (4 if visit < 2 else 0), visit
    other = browse(newcomer=True)
    open_app(other)
    assert len(seen(other)) == 4
    other.keyboard.press("Escape")
    assert seen(other) == []
    open_app(other)
    assert seen(other) == []


def test_an_experiment_of_somebody_s_another_page_and_a_phone_have_none(browse: Browse) -> None:
    page = browse(newcomer=True, viewport={"width": 1366, "height": 650})
    open_app(page, "surface=bowl&steps=20")
    assert seen(page) == []
    open_app(page, path="/compare")
    assert seen(page) == []
    # Nor does what a browser keeps break the page.
    page.evaluate("localStorage.setItem('ravine.hints', '{\"visits\": [], \"done\": 7}')")
    open_app(page)
    assert len(seen(page)) == 4
    page.evaluate("localStorage.setItem('ravine.hints', 'no JSON')")
    open_app(page)
    assert len(seen(page)) == 4
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_function("document.querySelector('.ravine').dataset.layout === 'phone'")
    page.wait_for_timeout(800)
    assert seen(page) == []


@pytest.mark.parametrize("size", [(1366, 650), (1280, 720), (1600, 900), (1920, 1080)])
def test_they_cover_no_path_no_ring_and_not_one_another(newcomer: Page, size: tuple[int, int]) -> None:
    newcomer.set_viewport_size({"width": size[0], "height": size[1]})
    newcomer.wait_for_timeout(1200)
    seek(newcomer, last_step(newcomer))
    newcomer.mouse.move(1, 1)
    boxes = [note.bounding_box() for note in newcomer.locator(".rv-note").all()]
    assert len(seen(newcomer)) == 4
    for a, b in combinations(boxes, 2):
        assert a is not None
        assert b is not None
        apart = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
        assert apart or a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
    expect(newcomer.locator(".rv-note").first).to_be_visible()
    with_notes = [count_near(picture(newcomer, CONTOUR), colour) for colour in run_colours("light")[:4]]
    newcomer.add_style_tag(content=".rv-note { visibility: hidden !important; }")
    newcomer.wait_for_timeout(200)
    without = [count_near(picture(newcomer, CONTOUR), colour) for colour in run_colours("light")[:4]]
    # Letters and edges have a few pixels of a like colour.
    for shown, bare in zip(with_notes, without, strict=True):
        assert shown >= bare - 2
