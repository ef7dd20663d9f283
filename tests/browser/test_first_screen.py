"""Whoever opens the page sees a race, and need not click for it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.player import PREFIX

from .conftest import Browse
from .driver import (
    CONTOUR,
    PHONE,
    SURFACE,
    last_step,
    lines,
    open_app,
    panel_steps,
    playing,
    save_picture,
    seek,
    step,
    times_painted,
    wait_until,
)


def test_the_first_screen_paints_and_plays_without_a_click(page: Page) -> None:
    open_app(page)
    assert times_painted(page, SURFACE) == times_painted(page, CONTOUR) == 1
    expect(page.locator(".rv-chart .rv-plot")).to_have_count(3)
    assert len(panel_steps(page)) == 5
    assert min(panel_steps(page)) >= 0
    expect(lines(page)).to_have_count(4)
    for card in lines(page).all():
        expect(card.locator(".rv-name")).not_to_be_empty()
        expect(card.locator(".rv-loss")).not_to_be_empty()
    seen = step(page)
    wait_until(page, "Number(d.step) > value && d.playing === 'true'", seen)

    # The picture for the README: a click into the scrubber, play, and the pointer out of the way.
    page.set_viewport_size({"width": 1366, "height": 650})
    page.wait_for_timeout(1000)
    box = page.locator(".rv-scrub input").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.55 * box["width"], box["y"] + box["height"] / 2)
    page.locator(".rv-play").click()
    page.mouse.move(1, 1)
    wait_until(page, "Number(d.step) >= value", round(0.6 * last_step(page)))
    save_picture(page, "first-screen")
    assert playing(page)


def test_what_the_page_s_head_asks_for_early_is_used_and_nothing_is_fetched_twice(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_app(page)
    own = [url for url in asked if PREFIX in url]
    assert len(own) == len(set(own)) > 40
    linked = page.locator("link[rel$=preload]").evaluate_all("all => all.map((link) => link.href)")
    linked = [url for url in linked if PREFIX in url]
    # Asked for before anything of the player's was there to ask for it; what was not linked is heights and formulas.
    assert set(own[: len(linked)]) == set(linked)
    late = [url.rpartition("/")[2].partition("?")[0] for url in own[len(linked) :]]
    assert sorted(late) == ["field", "katex.js", "plotly-gl3d.min.js"]
    assert late[-1] == "plotly-gl3d.min.js"


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("first-screen-dark", {"color_scheme": "dark"}),
        ("first-screen-phone", PHONE),
        ("first-screen-phone-dark", {**PHONE, "color_scheme": "dark"}),
    ],
)
def test_the_first_screen_looks_after_dark_and_on_a_phone(browse: Browse, name: str, options: dict[str, Any]) -> None:
    page = browse(**options)
    open_app(page)
    seek(page, round(0.6 * last_step(page)))
    assert not playing(page)
    save_picture(page, name)
