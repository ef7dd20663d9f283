"""An update rule that somebody types: it is raced and taken apart, stands in the link, and what is none harms nothing."""

import re

from playwright.sync_api import Locator, Page, expect

from app.experiment import Pick
from core.formula import FormulaError
from optimizers import UpdateRule
from optimizers.bases.examples import EXAMPLES
from tests.test_formula import HOSTILE

from .driver import assert_losses, choose, experiment_of, last_step, lines, open_app, repainted, run_menu, seek, sidebar

RULE = "m = c m + g\ntheta = theta - eta sign(m)"


def field(page: Page) -> Locator:
    return sidebar(page).get_by_role("textbox", name="Rule")


def own(page: Page) -> Pick:
    return experiment_of(page).runs[0].optimizer


def is_rule(text: str) -> bool:
    try:
        UpdateRule(text)
    except FormulaError:
        return False
    return True


def test_a_rule_is_copied_typed_raced_taken_apart_and_linked(page: Page) -> None:
    open_app(page, "surface=himmelblau&r1=adam~lr~0.2~beta1~0.5&r2=sgd~lr~0.01&steps=60")
    # A copy of a run's method, with its fields and its rate, takes the same steps.
    before = experiment_of(page).runs[0]
    run_menu(page).get_by_role("button", name="Edit a copy of its rule").click()
    expect(field(page)).to_have_value(UpdateRule.text)
    copied = experiment_of(page).runs[0]
    assert copied.optimizer == Pick("update_rule", (("beta1", 0.5),))
    assert copied.lr == before.lr
    seek(page, last_step(page))
    assert_losses(page, experiment_of(page), last_step(page))
    # Another to begin from, at a rate that suits it.
    with repainted(page):
        choose(page, "Begin from", "Lion")
    assert dict(own(page).fields)["text"] == next(one.text for one in EXAMPLES if one.slug == "lion")
    # It is read while it is typed; its constant is a slider.
    with repainted(page):
        field(page).fill(RULE)
    assert own(page) == Pick("update_rule", (("text", RULE),))
    slider = sidebar(page).get_by_role("slider", name="Constant c")
    with repainted(page):
        slider.press("ArrowLeft")
    assert dict(own(page).fields)["c"] == 0.99
    seek(page, last_step(page))
    assert_losses(page, experiment_of(page), last_step(page))
    # What is wrong is said with its line and marked in it; it stays, and so does the last rule.
    experiment = experiment_of(page)
    field(page).fill(RULE.replace("(m)", "(q_hat)"))
    wrong = sidebar(page).locator(".ravine-wrong")
    expect(wrong).to_contain_text(re.compile(r"q_hat is unknown: .* \(in line 2 at character 26\)"))
    expect(wrong.locator("mark")).to_have_text("q")
    assert experiment_of(page) == experiment
    for text in HOSTILE[::25]:
        plain = "".join(letter for letter in text if letter.isprintable())[:400].strip()
        if plain and not is_rule(plain):
            field(page).fill(plain)
            expect(wrong).to_contain_text("(")
    assert experiment_of(page) == experiment
    with repainted(page):
        field(page).fill("theta = theta - eta g/(|g| + 0.1)")
    expect(wrong).to_have_count(0)
    # Its link brings it back, and it is taken apart; its source is what was typed.
    link = page.url.partition("?")[2]
    open_app(page, link, "/dissect")
    expect(page.locator(".rv-symbols .katex")).to_be_visible()
    expect(page.locator(".rv-symbols")).to_contain_text("0.1")
    page.get_by_role("button", name="Source").click()
    expect(page.locator(".rv-source pre")).to_contain_text("theta = theta - eta g/(|g| + 0.1)")
    # Maps of it are computed in the browser.
    open_app(page, link + "&map=basins&size=64", "/maps")
    page.wait_for_selector(".rv-map[data-state='whole']")
    expect(page.locator(".rv-legend")).to_contain_text("of starts")
    # What is no rule in a link is one remark, and the page goes on.
    open_app(page, "surface=bowl&r1=update_rule~text~theta%20=%20__import__('os')~lr~0.1&steps=20")
    expect(page.get_by_test_id("stToast").first).to_contain_text("the default is used")
    expect(field(page)).to_have_value(UpdateRule.text)
    expect(lines(page)).to_have_count(1)
