"""The whole catalogue is on offer: found by name or family, with its sentence, and what a rule does is drawn."""

import re
from itertools import groupby

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.experiment import optimizer_of, simulate
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from surfaces import SURFACES

from .driver import (
    CONTOUR,
    assert_losses,
    chips,
    choose,
    count_near,
    experiment_of,
    hear,
    heard,
    last_step,
    lines,
    open_app,
    pick,
    picture,
    rate_of,
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
    """Under its name alone, in one row with the others of its family."""
    open_app(page)
    sidebar(page).get_by_role("combobox", name=picker).click()
    seen: dict[int, str] = {}
    # The list holds only what is in sight; scrolling brings the rest.
    options = page.get_by_role("option")
    expect(options.first).to_be_visible()
    options.first.hover()
    # It opens where the choice is.
    page.mouse.wheel(0, -5000)
    page.wait_for_timeout(200)
    for _ in range(80):
        # Elements are used again for what comes into sight, so that their own order is not the list's.
        seen |= dict(options.evaluate_all("all => all.map((one) => [Number(one.dataset.key), one.innerText.trim()])"))
        if len(seen) == len(registry):
            break
        page.mouse.wheel(0, 100)
        page.wait_for_timeout(60)
    names = [seen[key] for key in sorted(seen)]
    assert sorted(names) == sorted(entry.name for entry in registry.values())
    family = {entry.name: entry.family for entry in registry.values()}
    rows = [name for name, _ in groupby(family[name] for name in names)]
    assert rows == sorted(set(family.values()))


def behind(page: Page, picker: str) -> str:
    """What the question mark beside a picker says."""
    picked = sidebar(page).get_by_test_id("stSelectbox").filter(has=page.get_by_role("combobox", name=picker))
    picked.get_by_test_id("stTooltipIcon").hover()
    words = page.get_by_test_id("stTooltipContent")
    expect(words).to_be_visible()
    said = words.inner_text()
    page.mouse.move(1, 1)
    expect(words).to_have_count(0)
    return said


def test_a_picker_is_searched_by_name_and_says_what_was_picked_and_of_which_family(page: Page) -> None:
    open_app(page)
    combobox = sidebar(page).get_by_role("combobox", name="Optimizer")
    combobox.click()
    combobox.fill("lookah")
    expect(page.get_by_role("option").first).to_have_text("Lookahead")
    combobox.press("Escape")
    for picker, entry in (("Optimizer", OPTIMIZERS["lion"]), ("Surface", SURFACES["rastrigin"])):
        with repainted(page):
            choose(page, picker, entry.name)
        assert behind(page, picker) == f"{entry.family}. {entry.sentence()}"


def test_a_wrapper_takes_another_method_and_shows_its_fields(page: Page) -> None:
    open_app(page, "surface=himmelblau&r1=lookahead~lr~0.01")
    with repainted(page):
        choose(page, "Around", "Adam")
    (run,) = experiment_of(page).runs
    assert dict(run.optimizer.fields) == {"base": "adam"}
    assert run.lr > 0.01, "a rate that suits Adam"
    expect(sidebar(page)).to_contain_text("RMS memory (inside)")
    assert lines(page).locator(".rv-name").all_inner_texts()[0].startswith("Lookahead")
    seek(page, last_step(page))
    assert_losses(page, experiment_of(page), last_step(page))


def open_rules(page: Page) -> None:
    sidebar(page).get_by_text("Rules", exact=True).first.click()
    expect(sidebar(page).get_by_role("combobox", name="Rules")).to_be_visible()
    # A list that is opened while the page is still being made closes again: nobody is as fast as this test.
    page.wait_for_timeout(600)
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")


def pick_rule(page: Page, name: str) -> None:
    rules = sidebar(page).get_by_role("combobox", name="Rules")
    rules.click()
    rules.fill(name)
    page.get_by_role("option", name=name).click()
    # The list stays open for another, over what is beneath it.
    page.mouse.click(5, 5)
    expect(page.get_by_role("option")).to_have_count(0)


def test_a_rule_is_picked_and_both_gradients_are_drawn(page: Page) -> None:
    open_app(page, "surface=himmelblau&r1=sgd~lr~0.005&start=-4~0&steps=40")
    seek(page, 0)
    colour = run_colours("light")[0]
    before = count_near(picture(page, CONTOUR), colour)
    painted = times_painted(page, CONTOUR)
    open_rules(page)
    with repainted(page):
        pick_rule(page, "Clip by norm")
    (run,) = experiment_of(page).runs
    assert [rule.slug for rule in run.rules] == ["clip_norm"]
    expect(sidebar(page)).to_contain_text("Clip by norm")
    # Its run's line says that there is one.
    expect(pick(page, "Gradient descent under Clip by norm").locator(".rv-ruled")).to_have_text("+1")
    expect(rate_of(page, "Gradient descent")).to_have_value("0.005")
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


def test_rules_are_picked_one_after_another_and_say_what_they_do(page: Page) -> None:
    open_app(page, "surface=himmelblau&r1=sgd~lr~0.005&steps=40")
    open_rules(page)
    for slug in ("clip_norm", "noise"):
        with repainted(page):
            pick_rule(page, RULES[slug].name)
        # It stays open, for the rule's own fields and for the next one.
        rule = sidebar(page).get_by_test_id("stMarkdown").filter(has_text=RULES[slug].name)
        rule.get_by_test_id("stTooltipIcon").hover()
        expect(page.get_by_test_id("stTooltipContent")).to_have_text(RULES[slug].sentence())
        page.mouse.move(1, 1)
    assert [rule.slug for rule in experiment_of(page).runs[0].rules] == ["clip_norm", "noise"]


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
    hear(page)
    open_app(page, "surface=booth&r1=sgd~lr~0.02")
    painted = times_painted(page, CONTOUR)
    sidebar(page).get_by_text("Penalties on the weights").click()
    slider = sidebar(page).get_by_role("slider", name=re.compile("L2 penalty"))
    expect(slider).to_be_visible()
    with repainted(page):
        slider.focus()
        slider.press("End")
    assert dict(experiment_of(page).surface.fields) == {"l2": 10.0}
    assert times_painted(page, CONTOUR) == painted + 1
    surface = SURFACES["booth"](l2=10.0)
    assert np.hypot(*np.subtract(surface.minima[0], surface.plain.minima[0])) > 0.5
    (scene,) = heard(page)
    assert scene["without"] == [pytest.approx(minimum) for minimum in surface.plain.minima]
    assert scene["minima"] == [pytest.approx(minimum, abs=1e-4) for minimum in surface.minima]
    save_picture(page, "penalty")
    # It stays open for the next drag.
    expect(slider).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "10")


def test_a_rate_that_is_no_step_length_is_said_to_be_none(page: Page) -> None:
    open_app(page, "surface=bowl&r1=bfgs")
    (run,) = experiment_of(page).runs
    note = optimizer_of(run.optimizer).rate_note
    assert note
    track = page.get_by_role("slider", name=re.compile("Learning rate of BFGS"))
    said = track.get_attribute("title") or ""
    assert note in said
    assert ".." not in said
