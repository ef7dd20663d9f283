"""Every control changes the experiment, says what it cannot do, and keeps what was there."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.experiment import simulate
from optimizers import OPTIMIZERS

from .driver import (
    CONTOUR,
    assert_losses,
    assert_shown,
    choose,
    experiment_of,
    last_step,
    lines,
    open_app,
    repainted,
    run_menu,
    seek,
    sidebar,
    times_painted,
)


def test_surface_schedule_and_optimizer_are_picked(page: Page) -> None:
    open_app(page)
    painted = times_painted(page, CONTOUR)
    with repainted(page):
        choose(page, "Surface", "Himmelblau")
    assert experiment_of(page).surface.slug == "himmelblau"
    assert times_painted(page, CONTOUR) == painted + 1
    with repainted(page):
        choose(page, "Learning-rate schedule", "Cosine")
    assert experiment_of(page).schedule.slug == "cosine"
    with repainted(page):
        choose(page, "Optimizer", "Adagrad")
    experiment = experiment_of(page)
    assert [run.optimizer.slug for run in experiment.runs] == ["adagrad", "momentum", "rmsprop", "adam"]
    assert lines(page).locator(".rv-name").all_inner_texts()[0] == OPTIMIZERS["adagrad"].name
    half = last_step(page) // 2
    seek(page, half)
    assert_losses(page, experiment, half)
    # The schedule has come down halfway.
    path = simulate(experiment)[0]
    assert path.lr is not None
    assert path.lr[half] < 0.6 * path.lr[0]
    assert_shown(page.locator(".rv-sum .rv-is-rate [role=cell]").last.inner_text(), path.lr[half])
    # Neither schedule nor optimizer is a reason to draw the loss again.
    assert times_painted(page, CONTOUR) == painted + 1


def test_normalization_changes_the_landscape_where_there_are_features(page: Page) -> None:
    open_app(page, "surface=linear_regression")
    switch = sidebar(page).get_by_role("switch", name="Normalize features")
    label = sidebar(page).get_by_text("Normalize features")
    expect(switch).to_be_enabled()
    painted = times_painted(page, CONTOUR)
    with repainted(page):
        label.click()
    assert times_painted(page, CONTOUR) == painted + 1
    assert dict(experiment_of(page).surface.fields) == {"normalization": "standardize"}
    expect(switch).to_be_checked()
    with repainted(page):
        label.click()
    assert times_painted(page, CONTOUR) == painted + 2
    assert not experiment_of(page).surface.fields


def test_what_cannot_act_is_not_there(page: Page) -> None:
    open_app(page, "surface=bowl")
    expect(sidebar(page).get_by_role("combobox", name="Surface")).to_be_visible()
    expect(sidebar(page).get_by_role("switch", name="Normalize features")).to_have_count(0)
    expect(sidebar(page).locator(":disabled")).to_have_count(0)


@pytest.mark.parametrize(
    ("picker", "typed", "first"),
    [
        ("Surface", "bowl", "Elongated bowl"),
        ("Surface", "valley", "Rosenbrock valley"),
        ("Optimizer", "momentum", "Momentum"),
        ("Optimizer", "adam", "Adam"),
        ("Learning-rate schedule", "cos", "Cosine"),
    ],
)
def test_a_word_of_a_name_finds_it_first(tab: Page, picker: str, typed: str, first: str) -> None:
    open_app(tab)
    box = sidebar(tab).get_by_role("combobox", name=picker, exact=True)
    box.click()
    box.fill(typed)
    expect(tab.get_by_role("option").first).to_have_text(first)
    tab.keyboard.press("Escape")


def test_runs_are_added_up_to_eight_and_removed(page: Page) -> None:
    open_app(page)
    add = page.locator(".rv-add")
    for count in (5, 6, 7, 8):
        expect(add).to_have_attribute("aria-label", "Add run")
        with repainted(page):
            add.click()
            # The selected run once more stands first.
            page.locator(".rv-menu-item").first.click()
        expect(lines(page)).to_have_count(count)
        assert [run.slot for run in experiment_of(page).runs] == list(range(1, count + 1))
    expect(add).to_be_disabled()
    expect(add).to_have_attribute("title", re.compile("Eight runs at most"))
    expect(add).to_have_attribute("aria-label", re.compile("Eight runs at most"))
    seek(page, last_step(page))
    assert_losses(page, experiment_of(page), last_step(page))
    # All eight fit, and their names can be read.
    for card in lines(page).all():
        name = card.locator(".rv-name")
        assert name.evaluate("n => n.scrollWidth <= n.clientWidth"), name.inner_text()

    # The newest is selected, and its menu can remove it. The others keep their slots.
    expect(page.locator(".rv-run[data-selected=true]")).to_have_attribute("data-slot", "8")
    assert {run.optimizer.slug for run in experiment_of(page).runs[4:]} == {"sgd"}
    with repainted(page):
        lines(page).nth(2).locator(".rv-pick").click()
    with repainted(page):
        run_menu(page).get_by_role("button", name="Remove").click()
    assert [run.slot for run in experiment_of(page).runs] == [1, 2, 4, 5, 6, 7, 8]
    expect(add).to_be_enabled()
