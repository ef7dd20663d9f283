"""Where a surface is that of a model on data, the data are seen, and what each run's model makes of them."""

import re
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from app.experiment import seen, simulate, start_of, surface_of

from .conftest import Browse
from .driver import (
    PHONE,
    assert_losses,
    assert_shown,
    choose,
    count_near,
    experiment_of,
    hear,
    heard,
    last_step,
    open_app,
    pick,
    picture,
    place,
    query_of,
    repainted,
    run_colours,
    save_at,
    seek,
    sidebar,
    times_painted,
    visible_boxes,
)

DATA = ".rv-data .rv-plot"
BATCHES = "surface=logistic_regression~batch_size~10~held_out~0.2&r1=sgd~lr~0.16&r4=adam~lr~0.24&steps=60"
NETWORK = "surface=two_layer&r1=sgd~lr~0.24&r4=adam~lr~0.1&steps=60"


def reading(page: Page) -> str:
    return page.locator(".rv-data .rv-hint").inner_text()


def of_this_step(page: Page, name: str) -> Locator:
    """A number of this step, on the page that takes it apart."""
    row = page.locator(".rv-table tbody tr", has=page.locator(".rv-what", has_text=re.compile(f"^{name}$")))
    return row.locator(".rv-value")


def facts(page: Page) -> str:
    """What there is to know of the landscape, behind the contour's title."""
    return page.locator(".rv-contour > header").get_attribute("title") or ""


def condition(page: Page) -> float:
    found = re.search(r"condition number (\d+(?:\.\d+)?)", facts(page))
    assert found
    return float(found[1])


def fold(page: Page) -> Locator:
    """The section on batches and first weights, unfolded."""
    section = sidebar(page).get_by_test_id("stExpander").filter(has_text="Batches, held-out data, first weights")
    section.locator("summary").click()
    return section


def test_a_classifier_says_how_many_are_right_and_what_batches_and_held_out_points_lose(tab: Page) -> None:
    open_app(tab, BATCHES)
    experiment = experiment_of(tab)
    path = simulate(experiment)[0]
    right = surface_of(experiment.surface).right(path.theta)
    assert path.batch_loss is not None
    assert path.validation is not None
    for at in (0, 7, 33, 60):
        seek(tab, at)
        train, held = right[at]
        assert reading(tab) == f"{train} of 160 right, {held} of 40 held out"
    assert len({tuple(pair) for pair in right[[0, 7, 33, 60]].tolist()}) > 2
    expect(tab.locator(".rv-chart[data-what=loss] .rv-hint")).to_have_text("thin: batch · dots: held out")
    # What the batch and the held-out points lose at each step stands where the step is taken apart.
    open_app(tab, BATCHES, "/dissect")
    tab.wait_for_selector(".rv-dissect[data-shown] .katex")
    for at in (0, 7, 33, 60):
        seek(tab, at)
        expect(tab.locator(".rv-dissect")).to_have_attribute("data-step", str(at))
        # At the end the last step is taken apart.
        last = min(at, 59)
        assert_shown(of_this_step(tab, "held-out loss").inner_text(), path.validation[last])
        assert_shown(of_this_step(tab, "batch loss").inner_text(), path.batch_loss[last])


@pytest.mark.parametrize("options", [{"viewport": {"width": 1366, "height": 650}}, PHONE], ids=["laptop", "phone"])
def test_what_the_data_are_is_a_question_mark_away(browse: Browse, options: dict[str, Any]) -> None:
    page = browse(**options)
    open_app(page, BATCHES)
    if page.get_by_role("tab", name="Data", exact=True).is_visible():
        page.get_by_role("tab", name="Data", exact=True).tap()
    seek(page, 40)
    ask, words = page.locator(".rv-ask"), page.locator(".rv-about")
    expect(words).to_be_hidden()
    before = page.locator(DATA).bounding_box()
    ask.click()
    expect(words).to_contain_text("200 points of two classes")
    experiment = experiment_of(page)
    right, held = surface_of(experiment.surface).right(simulate(experiment)[0].theta)[40]
    expect(words).to_contain_text(f"Gradient descent: {right} of 160 right, {held} of 40 held out.")
    expect(ask).to_have_attribute("aria-expanded", "true")
    # All of it is there, within the panel, which did not change places or lose room for it.
    (box,), (panel,) = visible_boxes(words), visible_boxes(page.locator(".rv-data"))
    assert words.evaluate("words => words.scrollHeight <= words.clientHeight + 1")
    assert panel["x"] <= box["x"]
    assert box["x"] + box["width"] <= panel["x"] + panel["width"]
    assert box["y"] + box["height"] <= panel["y"] + panel["height"]
    assert page.locator(DATA).bounding_box() == before
    page.keyboard.press("Escape")
    expect(words).to_be_hidden()
    ask.click()
    ask.click()
    expect(words).to_be_hidden()
    # Another surface has other data.
    ask.click()
    open_app(page, NETWORK)
    expect(page.locator(".rv-about")).to_be_hidden()
    assert "200 points" not in (page.locator(".rv-about").text_content() or "")


def test_the_data_panel_follows_the_step_in_the_runs_colours(tab: Page) -> None:
    for theme in ("light", "dark"):
        tab.emulate_media(color_scheme=theme)
        open_app(tab, BATCHES)
        colours = run_colours(theme)
        save_at(tab, 40, f"data-logistic-{theme}")
        shots = []
        for at in (0, last_step(tab)):
            seek(tab, at)
            shots.append(picture(tab, DATA))
            assert tab.locator(DATA).get_attribute("data-step") == str(at)
        assert (shots[0] != shots[1]).any(axis=-1).sum() > 500
        for slot in (1, 4):
            assert count_near(shots[1], colours[slot - 1]) > 100, slot
        # Who does not race has drawn nothing.
        assert count_near(shots[1], colours[1]) < 10
        open_app(tab, NETWORK)
        save_at(tab, 60, f"data-network-{theme}")
        assert count_near(picture(tab, DATA), colours[3]) > 100
    tab.emulate_media(color_scheme="light")


def test_a_regression_says_its_mean_error_and_a_formula_has_no_data(tab: Page) -> None:
    open_app(tab, "surface=linear_regression~held_out~0.25&r1=sgd~lr~0.05&steps=30")
    surface, path = surface_of(experiment_of(tab).surface), simulate(experiment_of(tab))[0]
    x, y = surface.data
    for at in (0, 3, 30):
        seek(tab, at)
        residuals = x @ path.theta[at] + surface.bias - y
        assert reading(tab).startswith("RMS error ")
        error = float(np.sqrt(np.mean(residuals**2)))
        assert_shown(reading(tab).removeprefix("RMS error "), error)
        # Of a sum of squares the loss is the mean.
        assert error**2 == pytest.approx(path.loss[at])
    assert count_near(picture(tab, DATA), run_colours("light")[0]) > 50
    with repainted(tab):
        choose(tab, "Surface", "Elongated bowl")
    expect(tab.locator(".rv-data")).not_to_be_visible()
    expect(sidebar(tab).get_by_text("Batches, held-out data, first weights")).to_have_count(0)


def test_a_network_s_paths_are_projections_of_all_its_weights(tab: Page) -> None:
    hear(tab)
    open_app(tab, NETWORK)
    experiment = experiment_of(tab)
    surface, paths = seen(experiment), simulate(experiment)
    assert f"{surface.full.dimension} weights, {100 * surface.laid.share:.3g}% of the paths' variance" in facts(tab)
    (scene,) = heard(tab)
    for run, path in zip(scene["runs"], paths, strict=True):
        np.testing.assert_allclose(np.reshape(run["xy"], (-1, 2)), path.theta, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(path.theta, surface.project(path.full.theta))
    right = surface.right(paths[0].full.theta)
    for at in (0, 20, 60):
        seek(tab, at)
        assert reading(tab) == f"{right[at, 0]} of 90 right"
        assert_losses(tab, experiment, at)
    share = round(100 * scene["runs"][0]["share"])
    assert 0 < share < 100
    expect(tab.locator(".rv-step .rv-aside")).to_have_text(
        f"This plane shows {share} % of its movement, by squared distances."
    )


def test_normalization_is_chosen_and_makes_the_valley_round(tab: Page) -> None:
    open_app(tab, BATCHES)
    way = sidebar(tab).get_by_role("combobox", name="How")
    expect(way).to_have_count(0)
    before, painted = condition(tab), times_painted(tab, ".rv-contour .rv-plot")
    label = sidebar(tab).get_by_text("Normalize features")
    with repainted(tab):
        label.click()
    after = surface_of(experiment_of(tab).surface).condition_number
    assert condition(tab) == pytest.approx(after, rel=0.01)
    assert after < before / 5
    assert f"raw {before:g}" in facts(tab)
    way.click()
    ways = tab.get_by_role("option").all_inner_texts()
    tab.keyboard.press("Escape")
    assert ways == ["standardized", "min–max", "batch normalization"]
    with repainted(tab):
        choose(tab, "How", "batch normalization")
    assert dict(experiment_of(tab).surface.fields)["normalization"] == "batch"
    with repainted(tab):
        label.click()
    expect(way).to_have_count(0)
    assert condition(tab) == before
    assert "normalization" not in query_of(tab)["surface"][0]
    assert times_painted(tab, ".rv-contour .rv-plot") == painted + 3


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_contour_turns_from_stretched_to_round(browse: Browse, motion: Literal["no-preference", "reduce"]) -> None:
    page = browse(reduced_motion=motion)
    open_app(page, "surface=linear_regression&r1=sgd~lr~0.2&steps=20")
    turned = page.locator(".rv-contour .rv-plot")
    assert turned.get_attribute("data-turned") is None
    with repainted(page):
        sidebar(page).get_by_text("Normalize features").click()
    # Between the two there are pictures on the way, unless the viewer has asked for little motion.
    assert int(turned.get_attribute("data-turned") or 0) == (19 if motion == "no-preference" else 0)
    with repainted(page):
        pick(page, "Gradient descent").hover()
        page.get_by_role("button", name="More for Gradient descent").click()
        page.get_by_role("menuitem", name="Once more, at another rate").click()
    assert int(turned.get_attribute("data-turned") or 0) in (0, 19)


def test_first_weights_are_drawn_or_are_a_point_in_the_picture(tab: Page) -> None:
    open_app(tab, "surface=logistic_regression~initialization~xavier&r1=sgd~lr~0.16&steps=20")
    section = fold(tab)
    for name in ("Batch size", "Held out", "Draw"):
        expect(section.get_by_role("slider", name=name)).to_have_count(1)
    first = start_of(experiment_of(tab))
    with repainted(tab):
        section.get_by_role("slider", name="Draw").press("ArrowRight")
    assert query_of(tab)["surface"] == ["logistic_regression~initialization~xavier~draw~1"]
    assert start_of(experiment_of(tab)) != first
    with repainted(tab):
        section.get_by_role("slider", name="Batch size").press("ArrowRight")
    assert dict(experiment_of(tab).surface.fields)["batch_size"] == 1
    with repainted(tab):
        section.get_by_role("slider", name="Held out").press("ArrowRight")
    assert "held_out" in dict(experiment_of(tab).surface.fields)

    with repainted(tab):
        tab.mouse.click(*place(tab, -2.0, 1.0))
    experiment = experiment_of(tab)
    assert experiment.start == pytest.approx((-2.0, 1.0), abs=0.05)
    assert dict(experiment.surface.fields).get("initialization", "point") == "point"
    expect(section.get_by_role("combobox", name="Initialization")).to_have_value("a point")
    # And back: what says how weights begin takes the place of the point.
    with repainted(tab):
        choose(tab, "Initialization", "zeros")
    assert "start" not in query_of(tab)
    assert start_of(experiment_of(tab)) == (0.0, 0.0)


def test_a_phone_has_a_tab_for_data_where_there_are_some(browse: Browse) -> None:
    page = browse(**PHONE)
    open_app(page, "surface=logistic_regression&r1=sgd~lr~0.16&steps=20")
    tab = page.get_by_role("tab", name="Data", exact=True)
    expect(page.locator(DATA)).not_to_be_visible()
    tab.tap()
    seek(page, 20)
    expect(page.locator(DATA)).to_be_visible()
    assert reading(page).endswith(" of 200 right")
    assert count_near(picture(page, DATA), run_colours("light")[0]) > 100
    (box,) = visible_boxes(page.locator(".rv-data"))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    save_at(page, 20, "data-phone")
    open_app(page, "surface=bowl&steps=20")
    expect(page.get_by_role("tab", name="Curves", exact=True)).to_be_visible()
    expect(tab).not_to_be_visible()
