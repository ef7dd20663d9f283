"""One step under the microscope: its numbers are the engine's, and everything on the page moves with the step."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from app.experiment import FIRST, Experiment, optimizer_of, parse, rule_of, schedule_of, simulate
from app.player import PREFIX
from app.remarks import remarks
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from optimizers.explain.anatomy import dissect

from .conftest import Browse
from .driver import (
    PHONE,
    assert_shown,
    count_near,
    link_to,
    on_a_laptop,
    open_app,
    picture,
    run_colours,
    save_at,
    seek,
    step,
    visible_boxes,
)

RACE = (
    "surface=bowl&schedule=cosine&r1=adamw~lr~0.3&r2=sgd~lr~0.1&r2.1=clip_norm~limit~2&r3=rprop~lr~0.1&r4=bfgs~lr~1"
    "&r5=momentum~lr~0.02&r5.1=max_norm~radius~3&steps=100&seed=0"
)
FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8")
# What a term is coloured, light.
COLOURS = {"gradient": "#B44A00", "direction": "#14509E", "scale": "#00735F"}


def experiment(query: str) -> Experiment:
    made, complaints = parse({key: [value] for key, value in (part.split("=", 1) for part in query.split("&"))})
    assert not complaints
    return made


def open_dissect(page: Page, query: str = "") -> None:
    open_app(page, query, "/dissect")
    page.wait_for_selector(".rv-dissect[data-shown] .katex")


def choose_run(page: Page, slot: int) -> None:
    """Pick a run, and wait until it is the one that is taken apart."""
    page.locator(f".rv-run-tab[data-slot='{slot}']").click()
    expect(page.locator(".rv-dissect")).to_have_attribute("data-shown", re.compile(f"run={slot}$"))
    page.wait_for_function("document.querySelector('.ravine').dataset.waiting !== 'true'")


def tex(place: Locator) -> str:
    """What a formula was written as."""
    return place.locator("annotation").first.text_content() or ""


def vectors(text: str) -> list[tuple[str, str]]:
    return re.findall(r"\\begin\{pmatrix\}(.*?)\\\\(.*?)\\end\{pmatrix\}", text)


def plain(text: str) -> str:
    """A number of a formula as a person writes it."""
    mantissa, _, power = text.partition(r"{\cdot}10^{")
    return mantissa.replace("-", "−") + (f"×10{power[:-1]}" if power else "")


def cells(page: Page, kind: str, nth: int = 0) -> list[str]:
    row = page.locator(f".rv-table tbody tr[data-kind='{kind}']").nth(nth)
    return row.locator(".rv-value").all_inner_texts()


def assert_pair(texts: Any, values: Any) -> None:
    for text, value in zip(texts, values, strict=True):
        assert_shown(text, float(value))


@pytest.mark.parametrize("slot", [1, 2, 3, 4, 5])
def test_the_numbers_in_the_formula_are_the_trajectory_s(tab: Page, slot: int) -> None:
    open_dissect(tab, RACE)
    made = experiment(RACE)
    path = simulate(made)[slot - 1]
    factors = optimizer_of(made.runs[slot - 1].optimizer).factors
    choose_run(tab, slot)
    for at in (3, 17, 60):
        seek(tab, at)
        expect(tab.locator(".rv-dissect")).to_have_attribute("data-step", str(at))
        shown = [(plain(a), plain(b)) for a, b in vectors(tex(tab.locator(".rv-numbers")))]
        assert_pair(shown[0], path.theta[at + 1])
        made_by_factors = path.theta[at] - path.decay[at]
        made_by_factors -= path.lr[at] / path.sigma[at] * path.m[at] if factors else path.m[at]
        if not np.allclose(made_by_factors, path.theta[at + 1], rtol=1e-6):
            # A rule has moved the position since, and both are there.
            assert "Max norm" in tex(tab.locator(".rv-numbers"))
            assert_pair(shown.pop(1), made_by_factors)
        assert_pair(shown[1], path.theta[at])
        wanted = [path.decay[at]] if np.any(path.decay) else []
        wanted += [path.m[at]] + ([path.sigma[at]] if np.any(path.sigma != 1) else [])
        assert len(shown) == 2 + len(wanted)
        for pair, value in zip(shown[2:], wanted, strict=True):
            assert_pair(pair, value)
        assert f"\\theta_{{{at + 1}}}" in tex(tab.locator(".rv-symbols")) or not factors
        # The table says the same, and the step is their sum.
        assert_pair(cells(tab, "step"), path.theta[at + 1] - path.theta[at])
        assert_pair(cells(tab, "rate"), [path.lr[at]] * 2)
        assert tex(tab.locator(".rv-constants > span").last) == f"t = {at + 1}"


def test_every_row_of_the_table_is_a_line_of_the_method_s_own_step(tab: Page) -> None:
    query = link_to(FIRST)
    open_dissect(tab, query)
    choose_run(tab, 4)
    seek(tab, 20)
    run = FIRST.runs[3]
    path = simulate(FIRST)[3]
    anatomy = dissect(path, optimizer_of(run.optimizer), schedule_of(FIRST.schedule, run))
    m, v, m_hat, v_hat = (anatomy.values[line.defines, 20] for line in anatomy.lines)
    rows = tab.locator(".rv-table tbody tr")
    words = rows.locator(".rv-what").all_inner_texts()
    # What all comes to first, what is remembered last.
    assert words == [
        "step",
        "scale",
        "direction",
        "rate, constant",
        "gradient",
        "memory of g",
        "memory of g²",
        "corrected",
        "loss",
        "gradient norm",
    ]
    # The method's own numbers and the columns' names stand in the title's line, and say what they are.
    constants = tab.locator(".rv-constants > span")
    assert [tex(one) for one in constants.all()] == [
        r"\beta_1 = 0.9",
        r"\beta_2 = 0.999",
        r"\epsilon = 10^{-8}",
        "t = 21",
    ]
    expect(constants.first).to_have_attribute("title", re.compile("^momentum"))
    assert [tex(one) for one in tab.locator(".rv-column").all()] == ["x", "y"]
    step_made = path.theta[21] - path.theta[20]
    for nth, value in enumerate((step_made, path.sigma[20], m_hat, path.lr[[20, 20]], path.grad[20], m, v, v_hat)):
        assert_pair(rows.nth(nth).locator(".rv-value").all_inner_texts(), value)
    # With numbers in it.
    tab.get_by_role("button", name="with numbers").click()
    filled = tex(rows.nth(5).locator(".rv-formed"))
    before = anatomy.values[anatomy.lines[0].defines, 19]
    (old, new) = vectors(filled)
    assert_pair([plain(part) for part in old], before)
    assert_pair([plain(part) for part in new], path.used[20])
    assert filled.startswith(r"\leftarrow 0.9")
    sigma = tex(rows.nth(1).locator(".rv-formed"))
    assert_pair([plain(part) for part in vectors(sigma)[0]], v_hat)
    moved = vectors(tex(tab.locator(".rv-table tr[data-kind='step'] .rv-formed")))
    for pair, value in zip(moved, (path.m[20], path.sigma[20]), strict=True):
        assert_pair([plain(part) for part in pair], value)


# Eight at a time, so that the page is opened a few times only.
EIGHTS = [tuple(sorted(OPTIMIZERS)[k : k + 8]) for k in range(0, len(OPTIMIZERS), 8)]


@pytest.mark.parametrize("slugs", EIGHTS, ids="-".join)
def test_every_method_is_taken_apart_without_a_fault(tab: Page, slugs: tuple[str, ...]) -> None:
    runs = "&".join(f"r{slot}={slug}~lr~0.01" for slot, slug in enumerate(slugs, 1))
    query = f"surface=himmelblau&{runs}&steps=30&seed=0"
    open_dissect(tab, query)
    seek(tab, 7)
    for slot, path in enumerate(simulate(experiment(query)), 1):
        choose_run(tab, slot)
        expect(tab.locator(".rv-dissect")).to_have_attribute("data-step", "7")
        assert not tab.locator(".rv-dissect .katex-error").count(), slugs[slot - 1]
        assert tab.locator(".rv-table tbody tr").count() >= 3
        assert_pair(cells(tab, "step"), path.theta[8] - path.theta[7])


def test_scrubbing_and_arrow_keys_move_all_of_it(tab: Page) -> None:
    open_dissect(tab, RACE)
    choose_run(tab, 1)
    seek(tab, 30)
    tab.evaluate("document.activeElement.blur()")
    before = tex(tab.locator(".rv-numbers")), cells(tab, "step"), picture(tab, ".rv-micro .rv-plot")
    tab.keyboard.press("ArrowRight")
    assert step(tab) == 31
    expect(tab.locator(".rv-remark b")).to_have_text("From step 31 to 32:")
    after = tex(tab.locator(".rv-numbers")), cells(tab, "step"), picture(tab, ".rv-micro .rv-plot")
    assert before[0] != after[0]
    assert before[1] != after[1]
    assert (before[2] != after[2]).any(axis=-1).sum() > 50
    tab.keyboard.press("ArrowLeft")
    assert tex(tab.locator(".rv-numbers")) == before[0]
    # At the end the last step stays, and says so.
    tab.keyboard.press("End")
    expect(tab.locator(".rv-remark b")).to_have_text("From step 99 to 100, the last:")
    path = simulate(experiment(RACE))[0]
    assert_pair(cells(tab, "step"), path.theta[100] - path.theta[99])


def arrows_named(page: Page) -> list[str]:
    """What the arrows of the picture are called, with their scales."""
    words = page.locator(".rv-micro .rv-plot").get_attribute("aria-label") or ""
    return words.partition("arrows: ")[2].rstrip(".").split(", ")


def test_each_term_has_its_arrow_in_its_colour_and_the_step_is_to_scale(tab: Page) -> None:
    open_dissect(tab, RACE)
    choose_run(tab, 1)
    seek(tab, 12)
    tab.wait_for_timeout(500)
    pixels = picture(tab, ".rv-micro .rv-plot")
    for colour in COLOURS.values():
        assert count_near(pixels, colour) > 60, colour
    named = arrows_named(tab)
    # What is not to scale says by how much, each for itself.
    for name in ("−gradient", "−direction"):
        assert any(re.fullmatch(rf"{name} [×÷] \S+", one) for one in named), named
    assert any(one.startswith("η/σ") for one in named)
    assert "step" in named
    # The same step looks the same, however one came there.
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowLeft")
    seek(tab, 40)
    seek(tab, 12)
    assert arrows_named(tab) == named
    # A clipped gradient is there as it was, too, and the sentence says what cut it.
    choose_run(tab, 2)
    seek(tab, 3)
    expect(tab.locator(".rv-remark")).to_contain_text(re.compile(r"clipped from [\d.]+ to 2 by clip by norm"))
    assert any(one.startswith("−gradient before clip by norm") for one in arrows_named(tab))
    # A rate that is the same along each axis has no ellipse.
    assert not any("η/σ" in one for one in arrows_named(tab))
    words = tab.locator(".rv-table tr[data-kind='gradient'] .rv-what").all_inner_texts()
    assert words == ["gradient", "gradient after clip by norm"]


def test_rmsprop_differs_from_adam_in_the_direction_alone(tab: Page) -> None:
    query = "surface=bowl&r1=rmsprop~lr~0.1&r2=adam~lr~0.1&steps=60&seed=0"
    open_dissect(tab, query)
    seek(tab, 12)
    choose_run(tab, 1)
    rule = re.sub(r"\\htmlClass\{[\w-]+\}", "", tex(tab.locator(".rv-symbols")))
    assert "b" not in re.sub(r"\\[a-zA-Z]+|text\{[a-z ]+\}", "", rule)
    kinds = "rows => rows.map((row) => row.dataset.kind)"
    rows = tab.locator(".rv-table tbody tr")
    assert rows.evaluate_all(kinds) == ["step", "scale", "rate", "gradient", "memory", "reading", "reading"]
    assert r"\mu" not in " ".join(tex(one) for one in tab.locator(".rv-constants > span").all())
    choose_run(tab, 2)
    own = ["step", "scale", "direction", "rate", "gradient", "memory", "memory", "between", "reading", "reading"]
    assert rows.evaluate_all(kinds) == own


def test_a_second_run_s_step_stands_beside_to_one_scale(tab: Page) -> None:
    query = "surface=bowl&r1=rmsprop~lr~0.1&r2=adam~lr~0.3&steps=60&seed=0"
    open_dissect(tab, query)
    choose_run(tab, 1)
    seek(tab, 12)
    tab.wait_for_timeout(500)
    micro = ".rv-micro .rv-plot"
    theirs = run_colours("light")[1]
    assert count_near(picture(tab, micro), theirs) < 20
    tab.locator(".rv-beside").click()
    tab.get_by_role("menuitemradio", name="Adam").click()
    expect(tab.locator(".rv-beside")).to_contain_text("beside Adam, one scale")
    tab.wait_for_timeout(800)
    assert count_near(picture(tab, micro), theirs) > 100
    named = arrows_named(tab)
    assert "Adam’s step" in named
    scale = {one.partition(" ")[2] for one in named if "direction" in one or "gradient" in one}
    # Both directions are drawn alike: what is behind the names is the same.
    assert (
        len({re.sub(r"^(s )?−?(direction|gradient) ?", "", one.replace("−direction", "direction")) for one in scale})
        == 1
    ), named
    # Whoever takes the second one apart sees the first beside it.
    choose_run(tab, 2)
    expect(tab.locator(".rv-beside")).to_contain_text("beside RMSProp")
    # A click with Shift takes it away again, and puts it there.
    tab.locator(".rv-run-tab[data-slot='1']").click(modifiers=["Shift"])
    expect(tab.locator(".rv-beside")).to_have_text("beside")
    expect(tab.locator(".rv-dissect")).to_have_attribute("data-shown", re.compile("run=2$"))
    tab.locator(".rv-run-tab[data-slot='1']").click(modifiers=["Shift"])
    expect(tab.locator(".rv-beside")).to_contain_text("beside RMSProp")


SIZES = [(1366, 600), (1366, 650), (1280, 720), (1600, 900), (1920, 1080), (1024, 768), (390, 844)]
# Long rules, many rows, numbers of all sizes, formulas that cannot be written, a run that overflows.
HARD = (
    "surface=rosenbrock&schedule=one_cycle&r1=prodigy~lr~1&r1.1=clip_norm~limit~1&r1.2=max_norm~radius~2&r2=nadam~lr~0.1"
    "&r3=newton~lr~1&r4=sgd~lr~1&r5=sam~base~adam~lr~0.1&r6=rprop~lr~0.1&r7=bfgs~lr~1&r8=ftrl~lr~1&steps=60&seed=0"
)


@pytest.mark.parametrize("slot", [1, 2, 3, 4, 5, 6, 7, 8])
def test_the_step_and_its_scale_are_in_sight_and_nothing_is_cut_on_any_screen(tab: Page, slot: int) -> None:
    open_dissect(tab, HARD)
    choose_run(tab, slot)
    seek(tab, 12)
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        tab.wait_for_timeout(400)
        assert tab.evaluate(FAULTS) == [], (width, height)
        frames = tab.evaluate(
            """() => Object.fromEntries(["rule", "micro", "state"].map((name) => {
                const { left, top, right, bottom } = document.querySelector(`.rv-${name}`).getBoundingClientRect();
                return [name, [left, top, right, bottom]];
            }))"""
        )
        if width >= 1100:
            # The step and what divides it stand in the table's visible part, also after it is scrolled.
            for scrolled in (0, 10_000):
                tab.evaluate("(top) => document.querySelector('.rv-table').scrollTo(0, top)", scrolled)
                for kind in ("step", "scale"):
                    row = tab.locator(f".rv-table tr[data-kind='{kind}'] th")
                    if row.count():
                        box, table = row.bounding_box(), tab.locator(".rv-table").bounding_box()
                        assert box is not None
                        assert table is not None
                        assert table["y"] - 1 <= box["y"]
                        assert box["y"] + box["height"] <= table["y"] + table["height"] + 1
            tab.evaluate("document.querySelector('.rv-table').scrollTo(0, 0)")
            tall = tab.locator(".rv-table tbody tr").evaluate_all(
                "rows => rows.map((r) => r.getBoundingClientRect().height)"
            )
            assert all(21.5 <= one <= 32 for one in tall), tall
            # The rule has 196 pixels and is not wrapped: its picture stands beside it.
            assert abs(frames["rule"][3] - frames["rule"][1] - 196) <= 1
            assert frames["micro"][0] > frames["rule"][2]
        else:
            # One column: the rule, the picture, the table.
            assert frames["rule"][3] <= frames["micro"][1] + 1
            assert frames["micro"][3] <= frames["state"][1] + 1


def test_rows_that_are_out_of_sight_are_counted_and_can_be_reached(tab: Page) -> None:
    tab.set_viewport_size({"width": 1366, "height": 650})
    open_dissect(tab, HARD)
    choose_run(tab, 1)
    more = tab.locator(".rv-rest")
    expect(more).to_have_text(re.compile(r"^\d+ more$"))
    more.click()
    expect(more).to_be_hidden()
    expect(tab.locator(".rv-table tbody tr").last).to_be_in_viewport()


def test_pointing_at_a_row_lights_its_line_of_the_open_source(tab: Page) -> None:
    open_dissect(tab, "r1=adam~lr~0.1&steps=30")
    tab.get_by_role("button", name="Source", exact=True).click()
    tab.locator(".rv-table tr[data-kind='direction'] .rv-what").hover()
    expect(tab.locator(".rv-source .rv-lit")).to_have_text(re.compile(r"^\s*m_hat = m / "))
    tab.locator(".rv-table tr[data-kind='step'] .rv-what").hover()
    expect(tab.locator(".rv-source .rv-lit")).to_have_count(0)


def test_the_view_is_as_close_as_the_step_asks_for_and_can_be_held(tab: Page) -> None:
    open_dissect(tab, "surface=rosenbrock&r1=sgd~lr~0.001&steps=100&seed=0")
    zoom = tab.locator(".rv-zoom .rv-hint")
    seek(tab, 60)
    expect(zoom).not_to_have_text("zoom × 1")
    auto = tab.get_by_role("button", name="auto")
    expect(auto).to_have_attribute("aria-pressed", "true")
    close = zoom.inner_text()
    tab.get_by_role("button", name="Zoom out").click()
    expect(auto).to_have_attribute("aria-pressed", "false")
    expect(zoom).not_to_have_text(close)
    held = zoom.inner_text()
    seek(tab, 90)
    expect(zoom).to_have_text(held)
    auto.click()
    expect(auto).to_have_attribute("aria-pressed", "true")


def test_the_source_opens_beside_and_marks_what_ran(tab: Page) -> None:
    open_dissect(tab, "r1=momentum~lr~0.002&steps=30")
    seek(tab, 5)
    opener = tab.get_by_role("button", name="Source", exact=True)
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.click()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(tab.locator(".rv-source h3")).to_have_text("optimizers/methods/momentum.py")
    text = (Path(__file__).parents[2] / "optimizers" / "methods" / "momentum.py").read_text(encoding="utf-8")
    assert tab.locator(".rv-source pre").text_content() == text.rstrip() + "\n"
    ran = tab.locator(".rv-source .rv-ran").all_text_contents()
    assert [line.strip() for line in ran] == [
        "b = where(begun == 0, g, mu * b + (1 - self.dampening) * g)",
        "return b, 1.0, 0.0, (b, 1.0)",
    ]
    # It has the picture's place: rule and table, whose rows are its lines, are still there.
    expect(tab.locator(".rv-symbols .katex").first).to_be_visible()
    expect(tab.locator(".rv-table")).to_be_visible()
    tab.get_by_role("button", name="Close the source").click()
    expect(tab.locator(".rv-source")).to_be_hidden()
    expect(tab.locator(".rv-micro")).to_be_visible()


def test_the_table_can_be_copied(browse: Browse) -> None:
    page = browse(permissions=["clipboard-read", "clipboard-write"])
    open_dissect(page, "r1=adam~lr~0.1&steps=30")
    seek(page, 9)
    page.get_by_role("button", name="copy", exact=True).click()
    expect(page.locator(".rv-toast")).to_have_text("Table copied")
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert lines[:2] == ["Adam, from step 9 to 10", "symbol\twhat\tx\ty"]
    path = simulate(experiment("r1=adam~lr~0.1&steps=30"))[0]
    rows = [line.split("\t") for line in lines[2:]]
    moved = next(row for row in rows if row[1] == "step")
    assert [float(v) for v in moved[2:]] == pytest.approx((path.theta[10] - path.theta[9]).tolist(), rel=1e-4)
    gradient = next(row for row in rows if row[1] == "gradient")
    assert [float(v) for v in gradient[2:]] == pytest.approx(path.grad[9].tolist(), rel=1e-5)


def test_the_table_can_be_copied_where_there_is_no_clipboard(browse: Browse) -> None:
    page = browse()
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.add_init_script(
        "document.addEventListener('copy', () => { window.copied = String(document.activeElement.value || getSelection()); })"
    )
    open_dissect(page, "r1=adam~lr~0.1&steps=30")
    seek(page, 9)
    page.get_by_role("button", name="copy", exact=True).click()
    expect(page.locator(".rv-toast")).to_have_text("Table copied")
    assert page.evaluate("window.copied").startswith("Adam, from step 9 to 10\nsymbol\twhat\tx\ty\n")


def test_subscripts_are_smaller_than_what_they_stand_beside(tab: Page) -> None:
    """The styles of formulas come from one KaTeX, the formulas from another; see docs/decisions.md."""
    open_dissect(tab, "r1=adam~lr~0.1&steps=30")
    sizes = tab.locator(".rv-symbols .katex-html").first.evaluate(
        """(formula) => {
            const size = (e) => parseFloat(getComputedStyle(e).fontSize);
            const small = [...formula.querySelectorAll('.mtight')].map(size);
            return [size(formula), Math.min(...small)];
        }"""
    )
    assert sizes[1] < 0.8 * sizes[0]
    assert sizes[0] >= 21


def test_the_playground_leads_here_to_the_same_step_of_the_same_run(page: Page) -> None:
    open_app(page)
    page.locator(".rv-run[data-slot='4'] .rv-pick").click()
    seek(page, 31)
    expect(page.locator(".rv-who")).to_have_text("Adam, 31")
    # Steps are taken apart on a page of their own, and nowhere else.
    expect(page.locator(".rv-dissect")).to_be_hidden()
    page.locator(".rv-to-dissect").click()
    page.wait_for_url("**/dissect*")
    page.wait_for_selector(".rv-dissect[data-shown] .katex")
    expect(page.locator(".rv-remark b")).to_have_text("From step 31 to 32:")
    expect(page.locator(".rv-run-tab[aria-pressed='true']")).to_have_attribute("data-slot", "4")
    path = simulate(FIRST)[3]
    assert_pair(cells(page, "step"), path.theta[32] - path.theta[31])


def test_every_formula_that_is_declared_can_be_set(tab: Page) -> None:
    """Those of schedules, rules and methods stand in the table as they are, a schedule's with its t counted from 1."""
    open_dissect(tab)
    formulas = [kind.tex for kind in (*OPTIMIZERS.values(), *RULES.values())]
    faults = tab.evaluate(
        r"""async ([base, formulas, schedules]) => {
            const katex = (await import(`${base}/katex.js`)).default;
            const { counted } = await import(`${base}/panels/dissect.js`);
            const wrong = (tex) => {
                try { katex.renderToString(tex, { strict: false, trust: true }); return false; } catch { return true; }
            };
            return [...formulas, ...schedules.map(counted)].filter(wrong);
        }""",
        [PREFIX, formulas, [kind.tex for kind in SCHEDULES.values()]],
    )
    assert faults == []
    shown = tab.evaluate(
        f"async (tex) => (await import('{PREFIX}/panels/dissect.js')).counted(tex)", SCHEDULES["cosine"].tex
    )
    assert shown == SCHEDULES["cosine"].tex.removeprefix(r"\eta_t = ").replace(r"\pi t/T", r"\pi (t{-}1)/T")


def test_the_sentence_is_that_of_the_step(tab: Page) -> None:
    open_dissect(tab, link_to(FIRST))
    choose_run(tab, 4)
    said = remarks(simulate(FIRST)[3], optimizer_of(FIRST.runs[3].optimizer))
    for at, words in said[:4]:
        seek(tab, at)
        expect(tab.locator(".rv-remark")).to_have_text(f"From step {at} to {at + 1}: {words}")


def test_a_network_shows_two_of_its_weights(tab: Page) -> None:
    query = "surface=two_layer&r1=adam~lr~0.05&steps=20&seed=0"
    open_dissect(tab, query)
    seek(tab, 5)
    made = experiment(query)
    path = simulate(made)[0]
    run = made.runs[0]
    rules = [rule_of(rule) for rule in run.rules]
    two = list(dissect(path, optimizer_of(run.optimizer), schedule_of(made.schedule, run), rules).coordinates)
    expect(tab.locator(".rv-constants")).to_contain_text(f"of {path.full.theta.shape[1]} weights")
    assert_pair(cells(tab, "step"), (path.full.theta[6] - path.full.theta[5])[two])


@pytest.mark.parametrize(
    ("name", "options", "query"),
    [
        ("dissect", {}, link_to(FIRST)),
        ("dissect-dark", {"color_scheme": "dark"}, RACE),
        ("dissect-phone", PHONE, RACE),
    ],
)
def test_the_page_looks_after_light_dark_and_phone(
    browse: Browse, name: str, options: dict[str, Any], query: str
) -> None:
    page = browse(**options)
    open_dissect(page, query)
    choose_run(page, 4 if name == "dissect" else 1)
    if "viewport" in options:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        inside = (
            "document.querySelector('.rv-table').scrollWidth <= document.querySelector('.rv-table').clientWidth + 1"
        )
        assert page.evaluate(inside)
        for box in visible_boxes(page.locator(".rv-panel, .rv-rule, .rv-micro, .rv-table td, .rv-table th")):
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 391, box
    with on_a_laptop(page) if name == "dissect" else nullcontext():
        save_at(page, 12, name)
