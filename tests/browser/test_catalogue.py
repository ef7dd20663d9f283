"""The whole catalogue is on offer: found by name or family, with its sentence, and what a rule does is drawn."""

import re

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.experiment import optimizer_of, simulate
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from surfaces import SURFACES

from .driver import (
    CONTOUR,
    assert_losses,
    cards,
    chips,
    choose,
    count_near,
    experiment_of,
    last_step,
    open_app,
    picture,
    repainted,
    run_colours,
    save_picture,
    seek,
    sidebar,
    times_painted,
)


@pytest.mark.parametrize(
    ("picker", "registry"), [("Surface", SURFACES), ("Optimizer", OPTIMIZERS), ("Learning-rate schedule", SCHEDULES)]
)
def test_every_entry_is_in_its_picker_beside_its_family(page: Page, picker: str, registry: dict) -> None:
    open_app(page)
    sidebar(page).get_by_role("combobox", name=picker).click()
    seen: list[str] = []
    # The list holds only what is in sight; scrolling brings the rest.
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    options.first.hover()
    # It opens where the choice is.
    page.mouse.wheel(0, -5000)
    page.wait_for_timeout(200)
    for _ in range(80):
        seen += [text for text in options.all_inner_texts() if text not in seen]
        if len(seen) == len(registry):
            break
        page.mouse.wheel(0, 100)
        page.wait_for_timeout(60)
    assert sorted(seen) == sorted(f"{entry.name} · {entry.family}" for entry in registry.values())


def test_a_picker_is_searched_by_name_and_by_family_and_says_what_was_picked(page: Page) -> None:
    open_app(page)
    combobox = sidebar(page).get_by_role("combobox", name="Optimizer")
    combobox.click()
    combobox.fill("lookah")
    expect(page.get_by_role("option").first).to_have_text("Lookahead · Around another")
    combobox.fill("sign-based")
    expect(page.get_by_role("option").first).to_have_text(re.compile("Sign-based"))
    combobox.press("Escape")
    with repainted(page):
        choose(page, "Optimizer", "Lion")
    expect(sidebar(page)).to_contain_text(OPTIMIZERS["lion"].sentence())
    with repainted(page):
        choose(page, "Surface", "Rastrigin")
    expect(sidebar(page)).to_contain_text(SURFACES["rastrigin"].sentence())


def test_a_wrapper_takes_another_method_and_shows_its_fields(page: Page) -> None:
    open_app(page, "surface=himmelblau&r1=lookahead~lr~0.01")
    with repainted(page):
        choose(page, "Around", "Adam")
    (run,) = experiment_of(page).runs
    assert dict(run.optimizer.fields) == {"base": "adam"}
    assert run.lr > 0.01, "a rate that suits Adam"
    expect(sidebar(page)).to_contain_text("RMS memory (inside)")
    assert cards(page).locator(".rv-name").all_inner_texts()[0].startswith("Lookahead")
    seek(page, last_step(page))
    assert_losses(page, experiment_of(page), last_step(page))


def test_a_rule_is_picked_and_both_gradients_are_drawn(page: Page) -> None:
    open_app(page, "surface=himmelblau&r1=sgd~lr~0.005&start=-4~0&steps=40")
    seek(page, 0)
    colour = run_colours("light")[0]
    before = count_near(picture(page, CONTOUR), colour)
    painted = times_painted(page, CONTOUR)
    with repainted(page):
        rules = sidebar(page).get_by_role("combobox", name="Rules")
        rules.click()
        page.get_by_role("option", name="Clip by norm").click()
        rules.press("Escape")
    (run,) = experiment_of(page).runs
    assert [rule.slug for rule in run.rules] == ["clip_norm"]
    expect(sidebar(page)).to_contain_text(RULES["clip_norm"].sentence())
    expect(page.locator(".rv-rate").first).to_have_text("lr 0.005 · Clip by norm")
    # The loss is not drawn again for it.
    assert times_painted(page, CONTOUR) == painted
    seek(page, 0)
    (path,) = simulate(experiment_of(page))
    assert np.hypot(*path.used[0]) < 0.1 * np.hypot(*path.grad[0])
    save_picture(page, "clipped")
    # Noise makes the arrow that is used as long as the other, in the run's colour.
    clipped = count_near(picture(page, CONTOUR), colour)
    open_app(page, "surface=himmelblau&r1=sgd~lr~0.005&start=-4~0&steps=40&r1.1=noise~std~0.001")
    seek(page, 0)
    noisy = count_near(picture(page, CONTOUR), colour)
    assert noisy > clipped + 150 > before


def test_a_ball_is_a_circle_on_the_contour(page: Page) -> None:
    # At step 0 there is no path yet: whatever has the run's colour is its head and the circle.
    query = "surface=himmelblau&r1=sgd~lr~0.005&start=0~0&steps=40"
    open_app(page, query)
    seek(page, 0)
    colour = run_colours("light")[0]
    bare = count_near(picture(page, CONTOUR), colour)
    open_app(page, query + "&r1.1=max_norm~radius~3")
    seek(page, 0)
    assert count_near(picture(page, CONTOUR), colour) > bare + 300


def test_early_stopping_says_so_and_the_run_rests(page: Page) -> None:
    query = "surface=bowl&r1=sgd~lr~0.1666&r1.1=early_stopping~criterion~UP~strip~1~rises~2&r1.2=noise~std~5&steps=60"
    open_app(page, query)
    (path,) = simulate(experiment_of(page))
    assert 0 < path.halt_step < 60
    seek(page, last_step(page))
    assert f"stopped at {path.halt_step}" in chips(page)
    assert_losses(page, experiment_of(page), last_step(page))


def test_a_penalty_bends_the_surface_and_the_old_minimum_stays_marked(page: Page) -> None:
    open_app(page, "surface=booth&r1=sgd~lr~0.02")
    painted = times_painted(page, CONTOUR)
    sidebar(page).get_by_text("Penalties on the weights").click()
    slider = sidebar(page).get_by_role("slider", name=re.compile("L2 penalty"))
    expect(slider).to_be_visible()
    with repainted(page):
        slider.focus()
        slider.press("End")
    assert dict(experiment_of(page).surface.fields) == {"l2": 5.0}
    assert times_painted(page, CONTOUR) == painted + 1
    surface = SURFACES["booth"](l2=5.0)
    assert np.hypot(*np.subtract(surface.minima[0], surface.plain.minima[0])) > 0.5
    save_picture(page, "penalty")
    # It stays open for the next drag.
    expect(slider).to_be_visible()
    expect(sidebar(page)).to_contain_text("With a penalty: L2 5")


def test_a_rate_that_is_no_step_length_is_said_to_be_none(page: Page) -> None:
    open_app(page, "surface=bowl&r1=bfgs")
    (run,) = experiment_of(page).runs
    expect(sidebar(page)).to_contain_text(optimizer_of(run.optimizer).rate_note)
