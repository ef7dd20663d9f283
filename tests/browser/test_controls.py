"""Every control changes the experiment, says what it cannot do, and keeps what was there."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.experiment import FIRST, simulate
from optimizers import OPTIMIZERS

from .driver import (
    CONTOUR,
    assert_losses,
    assert_shown,
    cards,
    choose,
    experiment_of,
    last_step,
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
    assert cards(page).locator(".rv-name").all_inner_texts()[0] == OPTIMIZERS["adagrad"].name
    half = last_step(page) // 2
    seek(page, half)
    assert_losses(page, experiment, half)
    # The schedule has come down halfway.
    path = simulate(experiment)[0]
    assert path.lr is not None
    assert path.lr[half] < 0.6 * path.lr[0]
    page.wait_for_selector(".rv-equation .rv-is-rate")
    assert_shown(page.locator(".rv-equation > span").nth(1).locator(".rv-is-rate").first.inner_text(), path.lr[half])
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


def test_normalization_says_why_it_cannot_be_had(page: Page) -> None:
    open_app(page, "surface=bowl")
    expect(sidebar(page).get_by_role("switch", name="Normalize features")).to_be_disabled()
    expect(sidebar(page).get_by_text("This surface has no features")).to_be_visible()


def test_runs_are_added_up_to_eight_and_removed(page: Page) -> None:
    open_app(page)
    add = page.locator(".rv-add")
    for count in (5, 6, 7, 8):
        expect(add).to_have_attribute("aria-label", "Add a run")
        with repainted(page):
            add.click()
        expect(cards(page)).to_have_count(count)
        assert [run.slot for run in experiment_of(page).runs] == list(range(1, count + 1))
    expect(add).to_be_disabled()
    expect(add).to_have_attribute("title", re.compile("Eight runs at most"))
    expect(add).to_have_attribute("aria-label", re.compile("Eight runs at most"))
    seek(page, last_step(page))
    assert_losses(page, experiment_of(page), last_step(page))
    # All eight fit, and their names can be read.
    for card in cards(page).all():
        name = card.locator(".rv-name")
        assert name.evaluate("n => n.scrollWidth <= n.clientWidth"), name.inner_text()

    # The newest is selected, and its menu can remove it. The others keep their slots.
    expect(page.locator(".rv-card-face[aria-pressed=true]")).to_have_attribute("data-slot", "8")
    with repainted(page):
        cards(page).nth(2).click()
    with repainted(page):
        run_menu(page).get_by_role("button", name="Remove").click()
    assert [run.slot for run in experiment_of(page).runs] == [1, 2, 4, 5, 6, 7, 8]
    expect(add).to_be_enabled()


@pytest.mark.parametrize("typed", ["abc", "nan", "1e99"])
def test_an_exact_rate_that_cannot_be_is_refused_in_a_sentence(page: Page, typed: str) -> None:
    open_app(page)
    field = run_menu(page).get_by_role("textbox")
    field.fill(typed)
    field.press("Enter")
    expect(run_menu(page)).to_contain_text(re.compile(r"lr must be between \S+ and \S+; got"))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.locator(".rv-rate").first.inner_text() == f"lr {FIRST.runs[0].lr}"
    assert not page.url.partition("?")[2]
    with repainted(page):
        field.fill("0.00123")
        field.press("Enter")
    assert experiment_of(page).runs[0].lr == 0.00123
    expect(run_menu(page)).not_to_contain_text("lr must be between")
