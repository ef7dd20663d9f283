"""A loss that somebody types: it is drawn and raced, stands in the link, and what is none is said and harms nothing."""

import re
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Locator, Page, expect

from app.experiment import Pick, surface_of
from core.formula import FormulaError, read
from surfaces.bases.gallery import GALLERY
from tests.test_formula import HOSTILE

from .driver import (
    CONTOUR,
    assert_losses,
    choose,
    experiment_of,
    last_step,
    open_app,
    repainted,
    save_picture,
    seek,
    sidebar,
    times_painted,
)

BOYD = "e^(x + a y - k) + e^(x - a y - k) + e^(-x - k)"
LINK = {
    "surface": f"formula~text~{BOYD}~within~-2_1.5_-1_1~a~3~k~0.1",
    "schedule": "constant",
    "start": "-1.6~0.75",
    "r1": "sgd~lr~0.1",
    "r2": "momentum~lr~0.03",
    "r4": "adam~lr~0.15",
    "steps": "60",
}


def field(page: Page) -> Locator:
    return sidebar(page).get_by_role("textbox", name="Loss f(x, y)")


def is_formula(text: str) -> bool:
    try:
        read(text)
    except FormulaError:
        return False
    return True


def typed(page: Page, text: str) -> None:
    field(page).fill(text)
    field(page).press("Enter")


def test_a_formula_is_typed_drawn_and_raced(page: Page) -> None:
    open_app(page)
    with repainted(page):
        choose(page, "Surface", "Your formula")
    painted = times_painted(page, CONTOUR)
    with repainted(page):
        typed(page, "(1 - x)^2 + b (y - x^2)^2")
    experiment = experiment_of(page)
    assert experiment.surface == Pick("formula", (("text", "(1 - x)^2 + b (y - x^2)^2"),))
    assert times_painted(page, CONTOUR) == painted + 1
    seek(page, last_step(page))
    assert_losses(page, experiment, last_step(page))
    # Its other letters are sliders.
    expect(sidebar(page).get_by_role("slider", name="Constant b")).to_be_visible()
    # What is wrong is said beneath, with its place; it stays, and so does the picture.
    typed(page, "(1 - x)^2 + b (y - x^^2)^2")
    said = sidebar(page).get_by_text(re.compile(r"is missing before \^ \(at character \d+\)"))
    expect(said).to_be_visible()
    expect(field(page)).to_have_value("(1 - x)^2 + b (y - x^^2)^2")
    assert experiment_of(page) == experiment
    assert times_painted(page, CONTOUR) == painted + 1
    with repainted(page):
        typed(page, "x^4 + y^2")
    expect(said).to_have_count(0)
    # It is read while it is typed, and a blank waits for what comes after it.
    field(page).click()
    field(page).press("End")
    for written, text in ((" + 2 x ", "x^4 + y^2 + 2 x"), ("y", "x^4 + y^2 + 2 x y")):
        with repainted(page):
            page.keyboard.type(written)
        assert dict(experiment_of(page).surface.fields)["text"] == text
        expect(field(page)).to_have_value("x^4 + y^2" + " + 2 x " + "y" * text.endswith("y"))
    # What is wrong is marked, and the picture of what was right pales.
    page.keyboard.type(" + z/2")
    expect(sidebar(page).locator(".ravine-wrong mark")).to_have_text("z")
    expect(page.locator(".rv-ground").first).to_have_css("opacity", "0.45")
    # One of the gallery's.
    with repainted(page):
        choose(page, "Begin from", "Distill's banana")
    sample = next(one for one in GALLERY if one.name == "Distill's banana")
    assert dict(experiment_of(page).surface.fields)["text"] == sample.text
    expect(field(page)).to_have_value(sample.text)
    expect(page.locator(".ravine-wrong")).to_have_count(0)
    expect(page.locator(".rv-ground").first).to_have_css("opacity", "1")


def test_a_formula_comes_by_its_link_to_every_page(tab: Page) -> None:
    open_app(tab, urlencode(LINK))
    experiment = experiment_of(tab)
    assert dict(experiment.surface.fields) == {"text": BOYD, "within": (-2.0, 1.5, -1.0, 1.0), "a": 3.0, "k": 0.1}
    seek(tab, 24)
    assert_losses(tab, experiment, 24)
    # Boyd & Vandenberghe 2004, Convex Optimization, 9.3.2.
    assert surface_of(experiment.surface).lowest == pytest.approx(2.55927, abs=5e-6)
    save_picture(tab, "formula")
    tab.goto("/maps?" + urlencode(LINK | {"map": "basins", "size": "64"}))
    tab.wait_for_selector(".rv-map[data-state='whole']")
    expect(tab.locator(".rv-legend")).to_contain_text("of starts")


def test_a_formula_of_x_alone_is_a_curve(tab: Page) -> None:
    open_app(tab, urlencode({"surface": "formula~text~x^2", "r1": "sgd~lr~0.2", "start": "1.5~0.3", "steps": "10"}))
    contour = tab.locator(".rv-contour")
    expect(contour.get_by_role("heading")).to_have_text("Loss over x")
    expect(contour.locator(".rv-axis")).to_have_text(["x", "loss"])
    expect(contour.locator("canvas.rv-over")).to_have_attribute(
        "aria-label", re.compile(r"^Curve of .*start at \(1\.50?, 0\)")
    )
    expect(tab.get_by_role("button", name="x. What this chart shows.")).to_be_visible()
    seek(tab, 10)
    assert_losses(tab, experiment_of(tab), 10)


@pytest.mark.parametrize("first", [0, 1])
def test_what_is_no_formula_leaves_a_running_page(tab: Page, first: int) -> None:
    # A part of the list, of which nothing but its texts differs: the same door refuses all of them in tests/test_formula.py.
    some = HOSTILE[first::4]
    named = next(text for text in some if 0 < len(text) < 300)
    open_app(tab, f"surface={quote(f'formula~text~{named}')}&r1=sgd~lr~0.05&steps=20")
    expect(tab.get_by_test_id("stToast").first).to_be_visible()
    # It is a formula all the same, the first one.
    expect(field(tab)).to_be_visible()
    before = tab.url
    for text in some:
        # A field holds no line breaks or null bytes, and no more than a formula may have; what is left may be one.
        plain = "".join(letter for letter in text if letter.isprintable())[:200].strip()
        if not plain or is_formula(plain):
            continue
        typed(tab, plain)
        expect(sidebar(tab).get_by_text("(at ").first).to_be_visible()
    assert tab.url == before
    with repainted(tab):
        typed(tab, "x^2 + 2 y^2")
    assert dict(experiment_of(tab).surface.fields) == {"text": "x^2 + 2 y^2"}
