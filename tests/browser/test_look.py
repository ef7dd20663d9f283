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


@pytest.mark.parametrize("path", ["/", "/compare", "/dissect"])
def test_paper_shows_all_on_one_sheet_with_the_experiment_and_its_link(page: Page, path: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 650})
    open_app(page, path=path)
    seek(page, 40)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    said = page.locator(".rv-printed")
    expect(said).to_be_visible()
    expect(said).to_contain_text("step 40 of")
    expect(said).to_contain_text(f"{page.url.split('?')[0]}?surface=")
    for gone in (".rv-player", "[data-testid=stSidebar]", "[data-testid=stHeader]"):
        expect(page.locator(gone).first).to_be_hidden()
    # What scrolls on the screen is whole.
    scrolled = """() => [...document.querySelectorAll(".ravine .rv-table, .ravine .rv-runs, .stMain")]
        .filter((e) => e.scrollHeight > e.clientHeight + 2 && getComputedStyle(e).overflowY !== "visible")
        .map((e) => e.className)"""
    assert page.evaluate(scrolled) == []
    page.emulate_media(media="screen")
    assert page.pdf(format="A4").replace(b"/Type /Pages", b"").count(b"/Type /Page") == 1


def test_high_contrast_shows_every_control_and_every_letter(browse: Browse) -> None:
    page = browse(forced_colors="active")
    open_app(page, "surface=bowl&steps=60")
    seen = """([selector, property]) => {
      const probe = document.createElement("i");
      probe.style.cssText = "color: Highlight; forced-color-adjust: none";
      document.body.append(probe);
      const wanted = getComputedStyle(probe).color;
      probe.remove();
      return [...document.querySelectorAll(selector)].map((e) => getComputedStyle(e)[property] === wanted);
    }"""
    for selector in (
        ".rv-knob",
        ".rv-fill",
        ".rv-done",
        '[data-testid="stSlider"] [role="group"] > [data-rac] > [data-rac]',
    ):
        found = page.evaluate(seen, [selector, "backgroundColor"])
        assert found, selector
        assert all(found), selector
    # Chromium paints a plate behind each run of letters unless it is told not to: a hat would cover what wears it.
    open_app(page, "surface=bowl&steps=60&r4=adam~lr~0.3", "/dissect")
    assert page.evaluate(
        "[...document.querySelectorAll('.ravine .katex')].every((e) => getComputedStyle(e).forcedColorAdjust === 'none')"
    )
