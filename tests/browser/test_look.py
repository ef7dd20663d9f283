"""Runs have their colours in every panel and both themes, and nothing is drawn twice that has not changed."""

import pytest
from playwright.sync_api import Page, expect

from app.experiment import FIRST

from .conftest import Browse
from .driver import (
    CONTOUR,
    SURFACE,
    assert_losses,
    count_near,
    experiment_of,
    last_step,
    lines,
    open_app,
    picture,
    repainted,
    run_colours,
    seek,
    set_rate,
    times_painted,
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_trails_have_their_runs_colours(browse: Browse, theme: str) -> None:
    page = browse(color_scheme=theme)
    open_app(page)
    for slot, colour in enumerate(run_colours(theme)[:4], 1):
        # The selected run is drawn on top of the others.
        if slot > 1:
            with repainted(page):
                lines(page).nth(slot - 1).locator(".rv-pick").click()
        counts = []
        for at in (0, last_step(page)):
            seek(page, at)
            counts.append([count_near(picture(page, panel), colour) for panel in (SURFACE, CONTOUR)])
        for panel, marker, with_trail in zip((SURFACE, CONTOUR), *counts, strict=True):
            assert marker > 50, f"run {slot} has no marker in {panel}"
            assert with_trail > marker + 50, f"run {slot} has no trail in {panel}"


def test_a_learning_rate_redraws_no_surface_and_fetches_nothing(page: Page) -> None:
    open_app(page)
    seek(page, last_step(page))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    painted = [times_painted(page, panel) for panel in (SURFACE, CONTOUR)]
    shots = picture(page, CONTOUR), picture(page, SURFACE)
    for text in ("0.004", "0.0045", "0,005"):
        set_rate(page, "Gradient descent", text)
    experiment = experiment_of(page)
    assert experiment.runs[0].lr == 0.005
    assert experiment.runs[1:] == FIRST.runs[1:]
    assert_losses(page, experiment, FIRST.steps)
    assert [times_painted(page, panel) for panel in (SURFACE, CONTOUR)] == painted
    assert not asked
    # The paths have changed all the same.
    for before, panel in zip(shots, (CONTOUR, SURFACE), strict=True):
        assert (picture(page, panel) != before).any(axis=-1).sum() > 50


def test_the_dark_theme_is_followed_and_so_is_the_way_back(browse: Browse) -> None:
    page = browse(color_scheme="dark")
    open_app(page)
    seek(page, 60)
    background = "getComputedStyle(document.querySelector('.stApp')).backgroundColor"
    assert page.evaluate(background) == "rgb(18, 23, 27)"
    assert picture(page, ".rv-step").mean() < 80
    assert picture(page, CONTOUR).mean() < 100
    assert times_painted(page, CONTOUR) == 1
    with repainted(page):
        page.emulate_media(color_scheme="light")
    assert page.evaluate(background) == "rgb(251, 250, 247)"
    expect(page.locator(CONTOUR)).to_have_attribute("data-painted", "2")
    expect(page.locator(SURFACE)).to_have_attribute("data-painted", "2")
    assert picture(page, CONTOUR).mean() > 170
    assert picture(page, SURFACE).mean() > 170
    # A theme is no reason to lose one's place.
    assert page.locator(".ravine").get_attribute("data-step") == "60"
