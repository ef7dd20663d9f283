"""What the player does beside time: runs are hidden, pointed at, listened to; it is steered by keys and by fingers."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from app.experiment import FIRST, simulate, start_of, surface_of
from app.news import events
from app.player import PREFIX
from optimizers import Path
from surfaces import SURFACES

from .conftest import NOTHING, Browse
from .driver import (
    COMING,
    CONTOUR,
    PHONE,
    SURFACE,
    assert_shown,
    choose,
    count_near,
    experiment_of,
    from_menu,
    last_step,
    lines,
    link_to,
    open_app,
    pick,
    picture,
    place,
    playing,
    rate_of,
    repainted,
    run_colours,
    seek,
    set_rate,
    step,
    times_painted,
    too_wide,
    visible_boxes,
    wait_until,
)

NAMES = ["Gradient descent", "Momentum", "RMSProp", "Adam"]
PATHS = simulate(FIRST)
(FIRST_MINIMUM,) = surface_of(FIRST.surface).minima
CURVES = [f".rv-chart:nth-child({i}) .rv-plot" for i in (1, 2, 3)]
ADAM = 3


def eye(page: Page, does: str) -> Locator:
    """What hides or shows a run, which is in its line while that is pointed at."""
    button = page.locator(f".rv-tool[aria-label='{does}']")
    lines(page).filter(has=button).locator(".rv-name").hover()
    return button


def deed(page: Page, name: str, does: str) -> None:
    """Choose from a run's own menu."""
    lines(page).filter(has=page.get_by_role("button", name=name, exact=True)).locator(".rv-name").hover()
    page.get_by_role("button", name=f"More for {name}", exact=True).click()
    page.get_by_role("menuitem", name=does, exact=True).click()


def converged(path: Path) -> str | None:
    """What the page says of a run that has converged."""
    told = events(path, surface_of(FIRST.surface))
    return next((item["sentence"] for item in told if item["kind"] == "converged"), None)


def unfocus(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")


# Whether each of the pictures is just so pale, all that lies around it taken together.
PALENESS = """([selector, wanted]) => {
  const opacity = (e) => (e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1);
  const plots = [...document.querySelectorAll(selector)];
  return plots.length > 0 && plots.every((plot) => Math.abs(opacity(plot) - wanted) < 0.001);
}"""


def held_back(page: Page, pattern: str) -> list[Route]:
    """Requests that wait until the test lets them go on."""
    waiting: list[Route] = []
    page.route(pattern, lambda route: waiting.append(route))
    return waiting


def wait_for(waiting: list[Route], page: Page) -> None:
    """Until one request at least is held back."""
    while not waiting:
        page.wait_for_timeout(50)


def release(page: Page, pattern: str, waiting: list[Route]) -> None:
    for route in waiting:
        route.continue_()
    page.unroute(pattern)


# Hidden and shown


def shown_in(page: Page, slot: int, theme: str = "light") -> list[bool]:
    """Whether a run's colour is on the surface, the contour and each of the curves."""
    colour = run_colours(theme)[slot - 1]
    return [count_near(picture(page, panel), colour) > 5 for panel in (SURFACE, CONTOUR, *CURVES)]


def assert_shown_in(page: Page, slot: int, wanted: list[bool]) -> None:
    """A run is drawn, or not, wherever it should be, as soon as the pictures have followed."""
    for _ in range(100):
        seen = shown_in(page, slot)
        if seen == wanted:
            return
        page.wait_for_timeout(100)
    assert seen == wanted


def test_a_hidden_run_is_in_no_picture_and_stays_hidden_until_it_is_shown(page: Page) -> None:
    # Two that converge, so that the track has a mark that stays.
    quicker = tuple(replace(run, lr=0.004) if run.slot == 2 else run for run in FIRST.runs)
    open_app(page, link_to(replace(FIRST, runs=quicker)))
    seek(page, 60)
    mark = page.locator(".rv-marks canvas[data-slot='4']")
    assert_shown_in(page, 4, [True] * 5)
    expect(mark).to_be_visible()
    eye(page, "Hide Adam").click()
    assert_shown_in(page, 4, [False] * 5)
    expect(mark).not_to_be_visible()
    assert_shown_in(page, 3, [True] * 5)
    expect(page.locator(".rv-marks canvas[data-slot='2']")).to_be_visible()
    # The line stays, paler, and not by that alone.
    for line, opacity, struck in ((lines(page).nth(ADAM), "0.45", "line-through"), (lines(page).first, "1", "none")):
        for part in (".rv-key", ".rv-loss", ".rv-chip"):
            expect(line.locator(part)).to_have_css("opacity", opacity)
        expect(line.locator(".rv-name")).to_have_css("text-decoration-line", struck)
    expect(eye(page, "Show Adam")).to_have_attribute("title", "Show this run")

    # New data are no reason to show it.
    set_rate(page, NAMES[0], "0.004")
    seek(page, 60)
    assert_shown_in(page, 4, [False] * 5)
    eye(page, "Show Adam").click()
    assert_shown_in(page, 4, [True] * 5)
    expect(mark).to_be_visible()


def test_a_run_that_is_gone_is_not_remembered_as_hidden(page: Page) -> None:
    open_app(page)
    eye(page, "Hide Gradient descent").click()
    with repainted(page):
        deed(page, NAMES[0], "Remove")
    expect(lines(page)).to_have_count(3)
    with repainted(page):
        page.locator(".rv-add").click()
        page.get_by_role("menuitem").first.click()
    # It has the place of the one that is gone.
    expect(lines(page).and_(page.locator("[data-slot='1']"))).to_have_count(1)
    expect(page.locator(".rv-run[data-hidden='true']")).to_have_count(0)
    assert hidden_names(page) == []


def hidden_names(page: Page) -> list[str]:
    return [name.removeprefix("Show ") for name in eye_names(page) if name.startswith("Show ")]


def eye_names(page: Page) -> list[str]:
    return page.locator(".rv-tool:not(.rv-more)").evaluate_all(
        "eyes => eyes.map((eye) => eye.getAttribute('aria-label'))"
    )


def test_a_double_click_leaves_one_run_and_the_next_brings_all_back(page: Page) -> None:
    open_app(page)
    seek(page, 60)
    eye(page, "Hide Momentum").click()
    # It is the selected one, so that no message comes between the two clicks.
    lines(page).first.locator(".rv-name").dblclick()
    assert hidden_names(page) == NAMES[1:]
    assert_shown_in(page, 1, [True] * 5)
    assert_shown_in(page, 3, [False] * 5)
    # One of the others joins it, and then it is no longer alone.
    eye(page, "Show RMSProp").click()
    assert_shown_in(page, 3, [True] * 5)
    lines(page).first.locator(".rv-name").dblclick()
    assert hidden_names(page) == NAMES[1:]
    lines(page).first.locator(".rv-name").dblclick()
    assert hidden_names(page) == []
    assert_shown_in(page, 3, [True] * 5)


def test_digits_select_a_run_and_h_hides_it(page: Page) -> None:
    open_app(page)
    seek(page, 60)
    unfocus(page)
    with repainted(page):
        page.keyboard.press("3")
    expect(pick(page, "RMSProp")).to_have_attribute("aria-pressed", "true")
    expect(pick(page, "Gradient descent")).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".rv-who")).to_have_text("RMSProp, 60")
    page.keyboard.press("h")
    assert hidden_names(page) == ["RMSProp"]
    assert_shown_in(page, 3, [False] * 5)
    # There is no run in this place.
    page.keyboard.press("7")
    expect(pick(page, "RMSProp")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("h")
    assert hidden_names(page) == []
    # Letters typed into a field are the field's.
    rate_of(page, "RMSProp").click()
    page.keyboard.press("h")
    page.keyboard.press("2")
    assert hidden_names(page) == []
    expect(pick(page, "RMSProp")).to_have_attribute("aria-pressed", "true")


def test_the_data_lose_a_hidden_run_s_line(page: Page) -> None:
    open_app(page, "surface=linear_regression&r1=sgd~lr~0.09&r4=adam~lr~0.2&steps=60")
    seek(page, 20)
    colour = run_colours("light")[3]
    assert count_near(picture(page, ".rv-data .rv-plot"), colour) > 50
    eye(page, "Hide Adam").click()
    assert count_near(picture(page, ".rv-data .rv-plot"), colour) == 0


@pytest.mark.parametrize("count", [1, 5, 8])
def test_eyes_cover_nothing_of_their_lines(page: Page, count: int) -> None:
    runs = "&".join(f"r{slot}=sgd~lr~0.003" for slot in range(1, count + 1))
    open_app(page, f"{runs}&steps=20")
    seek(page, 20)
    expect(lines(page)).to_have_count(count)
    for line in lines(page).all():
        line.locator(".rv-name").hover()
        outer = line.bounding_box()
        tools = visible_boxes(line.locator(".rv-tool"))
        assert outer is not None
        assert len(tools) == 2
        for box in tools:
            # A line's frame stands out of it by nine pixels.
            assert outer["x"] - 9 <= box["x"]
            assert outer["y"] <= box["y"]
            assert box["y"] + box["height"] <= outer["y"] + outer["height"] + 1
            # They take the place of the key; all that is read stays in sight.
            for other in visible_boxes(line.locator(".rv-name, .rv-rate, .rv-dial, .rv-loss, .rv-chip")):
                assert box["x"] + box["width"] <= other["x"] + 1, other


# Pointed at


def tip(page: Page, panel: str) -> Locator:
    return page.locator(f"{panel} .rv-tip")


def facts(page: Page, panel: str) -> tuple[str, int, dict[str, str]]:
    """Name, step and numbers of a label."""
    label = tip(page, panel)
    lines = label.locator("div").inner_text().split("\n")
    at = int(label.locator(".rv-when").inner_text().removeprefix("step "))
    pairs = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("at "))
    return label.locator("b").inner_text(), at, pairs


def inside(page: Page, panel: str, room: str = "") -> bool:
    inner, outer = tip(page, panel).bounding_box(), page.locator(room or panel).bounding_box()
    assert inner is not None
    assert outer is not None
    across = outer["x"] <= inner["x"] and inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    return across and outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_a_curve_says_what_is_under_the_pointer_in_the_engine_s_numbers(page: Page) -> None:
    open_app(page)
    seek(page, 100)
    for panel, quantity in zip(CURVES, ("loss", "gradient norm", "learning rate"), strict=True):
        box = page.locator(panel).bounding_box()
        assert box is not None
        named = set()
        left, right = box["x"] + 50, box["x"] + box["width"] - 16
        for share in (0.02, 0.5, 0.85, 1.0):
            for down in (0.05, 0.5, 0.8):
                page.mouse.move(left + share * (right - left), box["y"] + down * box["height"])
                name, at, numbers = facts(page, panel)
                path = PATHS[NAMES.index(name)]
                named.add(name)
                assert abs(at - share * FIRST.steps) <= 2
                assert path.lr is not None
                norm = np.hypot(*path.grad.T)
                row = {"loss": path.loss, "gradient norm": norm, "learning rate": path.lr}[quantity]
                assert_shown(numbers[quantity], float(row[at]))
                assert_shown(numbers["loss"], float(path.loss[at]))
                # A chart may be lower than the label, which then reaches beyond it, and is still seen whole.
                assert inside(page, panel, ".ravine")
                # The line stands at that step.
                line = page.locator(f"{panel} .rv-hair").bounding_box()
                assert line is not None
                assert abs(line["x"] - (left + at / FIRST.steps * (right - left))) < 1.5
        assert len(named) >= 2
        assert step(page) == 100
        page.mouse.move(box["x"] + 60, box["y"] - 12)
        expect(tip(page, panel)).not_to_be_visible()
        expect(page.locator(f"{panel} .rv-hair")).not_to_be_visible()

    # The highest loss near the end is gradient descent's, until it is hidden.
    def top() -> str:
        page.mouse.move(right - 10, highest["y"] + 12)
        page.mouse.move(right - 9, highest["y"] + 12)
        return facts(page, CURVES[0])[0]

    highest = page.locator(CURVES[0]).bounding_box()
    assert highest is not None
    assert top() == "Gradient descent"
    eye(page, "Hide Gradient descent").click()
    assert top() == "RMSProp"
    # A press is the start of something else.
    page.mouse.down()
    expect(tip(page, CURVES[0])).not_to_be_visible()
    page.mouse.up()


def test_a_curve_names_the_losses_of_batches_and_of_held_out_points(page: Page) -> None:
    link = "surface=logistic_regression~batch_size~10~held_out~0.2&r1=sgd~lr~0.16&steps=40"
    open_app(page, link)
    (path,) = simulate(experiment_of(page))
    assert path.batch_loss is not None
    assert path.validation is not None
    seek(page, 40)
    box = page.locator(CURVES[0]).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    _, at, numbers = facts(page, CURVES[0])
    assert_shown(numbers["loss"], float(path.loss[at]))
    assert_shown(numbers["batch"], float(path.batch_loss[at]))
    assert_shown(numbers["held out"], float(path.validation[at]))
    assert inside(page, CURVES[0], ".ravine")


def test_a_path_on_the_contour_says_which_run_and_step_it_is(page: Page) -> None:
    experiment = replace(FIRST, runs=(FIRST.runs[ADAM],))
    (path,) = simulate(experiment)
    open_app(page, link_to(experiment))
    seek(page, 100)
    for wanted in (30, 60, 100):
        page.mouse.move(*place(page, *path.theta[wanted]))
        name, at, numbers = facts(page, CONTOUR)
        assert name == "Adam"
        assert abs(at - wanted) <= 1
        assert_shown(numbers["loss"], float(path.loss[at]))
        x, y = tip(page, CONTOUR).inner_text().partition("(")[2].rstrip(")").split(", ")
        assert_shown(x, path.theta[at, 0])
        assert_shown(y, path.theta[at, 1])
        assert inside(page, CONTOUR)
        ring = page.locator(f"{CONTOUR} .rv-spot").bounding_box()
        assert ring is not None
        px, py = place(page, *path.theta[at])
        assert abs(ring["x"] + 8 - px) < 2
        assert abs(ring["y"] + 8 - py) < 2
    assert step(page) == 100
    page.mouse.down()
    expect(tip(page, CONTOUR)).not_to_be_visible()
    page.keyboard.press("Escape")
    page.mouse.move(*place(page, -1.9, -0.9))
    page.mouse.up()
    expect(tip(page, CONTOUR)).not_to_be_visible()


def test_a_path_speaks_only_as_far_as_it_is_shown(page: Page) -> None:
    open_app(page)
    path = PATHS[ADAM]
    spot = place(page, *path.theta[110])
    seek(page, 110)
    page.mouse.move(*spot)
    expect(tip(page, CONTOUR)).to_be_visible()
    # The clock goes back, and there is nothing under the pointer any more.
    seek(page, 20)
    expect(tip(page, CONTOUR)).not_to_contain_text("Adam")
    page.mouse.move(spot[0] + 1, spot[1])
    expect(tip(page, CONTOUR)).not_to_contain_text("Adam")
    seek(page, 110)
    page.mouse.move(*spot)
    named = facts(page, CONTOUR)[0]
    eye(page, f"Hide {named}").click()
    page.mouse.move(*spot)
    assert not tip(page, CONTOUR).is_visible() or facts(page, CONTOUR)[0] != named


# How fast

TICKS = """([speed, seconds]) => {
  return import("CLOCK").then(({ Clock, SPEEDS }) => {
    const clock = new Clock(() => {});
    Object.assign(clock, { steps: 240, speed: SPEEDS[speed], playing: true });
    for (let now = 0; now <= 1000 * seconds; now += 100) {
      clock.tick(now);
      cancelAnimationFrame(clock.frame);
    }
    return clock.step;
  });
}""".replace("CLOCK", f"{PREFIX}/time/clock.js")


def test_the_slowest_speed_is_one_step_a_second_with_and_without_motion(browse: Browse) -> None:
    # Seconds are those that the clock is told, not those of this machine; it asks nothing of the page but its motion.
    page = browse()
    page.goto(NOTHING)
    assert page.evaluate(TICKS, [0, 10]) == 10
    assert page.evaluate(TICKS, [3, 6]) == 120
    assert page.evaluate(TICKS, [1, 4]) == 20
    calm = browse(reduced_motion="reduce")
    calm.goto(NOTHING)
    assert calm.evaluate(TICKS, [0, 10]) == 10
    assert calm.evaluate(TICKS, [3, 10]) == 100
    # The page may change its mind while it is open.
    calm.emulate_media(reduced_motion="no-preference")
    assert calm.evaluate(TICKS, [3, 6]) == 120


# In words


def test_every_run_is_there_in_words_at_any_step(page: Page) -> None:
    open_app(page)
    words = page.get_by_role("region", name="The runs in words")
    for at in (0, 34, 240):
        seek(page, at)
        lines = words.get_by_role("listitem").all_inner_texts()
        assert [line.partition(",")[0] for line in lines] == NAMES
        for line, path in zip(lines, PATHS, strict=True):
            parts = re.fullmatch(
                r".+, step (\d+) of 240: at \((.+), (.+)\), loss (.+), gradient norm (.+?)\.( [A-Z].+\.)?", line
            )
            assert parts, line
            plain = [
                re.sub(r" times 10 to the (−?\d+)", r"×10\1", part).replace("−", "-") for part in parts.groups()[1:5]
            ]
            assert int(parts[1]) == at
            expected = [*path.theta[at], path.loss[at], np.hypot(*path.grad[at])]
            for text, value in zip(plain, expected, strict=True):
                assert_shown(text, float(value))
            news = converged(path) is not None and path.stop_step <= at
            x, y = FIRST_MINIMUM
            where = f" to the minimum at ({x:.3g}, {y:.3g})"
            assert (parts[6] == f" Converged at step {path.stop_step}{where}.") == news
    # To be heard it must be in the tree that screen readers read, and to be out of sight it must be small.
    tree = page.locator(".ravine").aria_snapshot()
    assert 'region "Player"' in tree
    assert "Adam, step 240 of 240: at (" in tree
    for part in (words, page.locator(".rv-live")):
        box = part.bounding_box()
        assert box is not None
        assert box["width"] <= 1
        assert box["height"] <= 1
    eye(page, "Hide Adam").click()
    expect(words.get_by_role("listitem").nth(ADAM)).to_contain_text("Hidden in the pictures.")


def test_pictures_have_names_that_say_what_they_show(page: Page) -> None:
    open_app(page)
    seek(page, 34)
    for kind, quantity in (("loss", "loss"), ("gradient norm", "norm"), ("learning rate", "lr")):
        label = page.get_by_role("img", name=f"Chart of the {kind} by step").get_attribute("aria-label") or ""
        for name, path in zip(NAMES, PATHS, strict=True):
            value = {"loss": path.loss, "norm": np.hypot(*path.grad.T), "lr": path.lr}[quantity]
            assert value is not None
            said = re.search(rf"{name} ([^,]+?)(,|\.$|\. )", label)
            assert said, label
            assert_shown(re.sub(r" times 10 to the (−?\d+)", r"×10\1", said[1]).replace("−", "-"), float(value[34]))
    expect(page.get_by_role("application", name="Contour of Rosenbrock")).to_be_visible()
    expect(page.get_by_role("application", name="Surface of Rosenbrock")).to_be_visible()


def test_the_voice_says_little_and_never_while_nothing_happens(page: Page) -> None:
    open_app(page)
    seek(page, 0)
    live = page.locator(".rv-live")
    expect(live).to_have_attribute("aria-live", "polite")
    unfocus(page)
    expect(live).to_have_text("Paused at step 0.")
    page.keyboard.press("ArrowRight")
    expect(live).to_have_text("Step 1.")
    seek(page, 0)
    from_menu(page, page.locator(".rv-speed"), "4×")
    unfocus(page)
    page.evaluate("""() => {
      window.said = [];
      const live = document.querySelector(".rv-live");
      live.textContent = "";
      const changes = { childList: true, characterData: true, subtree: true };
      new MutationObserver(() => live.textContent && window.said.push(live.textContent)).observe(live, changes);
    }""")
    page.keyboard.press(" ")
    wait_until(page, "d.playing === 'false' && d.step === '240'")
    expect(live).to_have_text("Paused at step 240, the last.")
    ends = sorted(
        (path.stop_step, name) for name, path in zip(NAMES, PATHS, strict=True) if converged(path) is not None
    )
    assert ends
    said = " ".join(page.evaluate("window.said"))
    assert said == " ".join([*(f"{name}: converged at {at}." for at, name in ends), "Paused at step 240, the last."])
    page.keyboard.press(" ")
    wait_until(page, "Number(d.step) > 0 && Number(d.step) < 240")
    page.keyboard.press(" ")
    expect(live).to_have_text(f"Paused at step {step(page)}.")


# By keyboard

FOCUS = """() => {
  const at = document.activeElement;
  const style = getComputedStyle(at);
  const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return { inside: Boolean(at.closest(".ravine")), outline };
}"""


def walk(page: Page) -> list[str]:
    """Tab from the first line to the end of the player: what has the focus, in the words of the accessibility tree."""
    page.locator(".rv-pick").first.focus()
    page.keyboard.press("Shift+Tab")
    stops: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUS)
        if not at["inside"]:
            break
        assert at["outline"], f"nothing shows that the focus is here, after {stops}"
        # Whoever reaches a rate selects its run, and what the page answers is taken in first.
        wait_until(page, "d.busy !== 'true'")
        stops.append(page.locator(":focus").aria_snapshot().splitlines()[0].removeprefix("- ").strip("'"))
    return stops


def test_everything_is_reached_with_tab_in_order_and_has_a_name(page: Page) -> None:
    open_app(page)
    seek(page, 20)
    stops = walk(page)
    for stop in stops:
        assert re.match(r'\w+ "[^"]{3,}"', stop), f"{stop} has no name"
    joined = "\n".join(stops)
    order = [
        'button "Gradient descent',
        'textbox "Learning rate of Gradient descent"',
        'button "Hide Gradient descent"',
        'button "Adam',
        'textbox "Learning rate of Adam"',
        'button "Hide Adam"',
        'application "Contour of',
        'application "Surface of',
        'button "Play"',
        'slider "Step"',
        'button "Speed',
        'button "Loop"',
        'button "Copy the link',
        'button "Help"',
        'button "Full screen"',
    ]
    places = [joined.find(part) for part in order]
    assert -1 not in places, f"{order[places.index(-1)]} is missing in {stops}"
    assert places == sorted(places)
    # What is pressed by key keeps the focus.
    page.locator(".rv-pick").nth(1).focus()
    with repainted(page):
        page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('.rv-run')?.dataset.slot === '2'")


def test_a_data_surface_is_walked_too(page: Page) -> None:
    open_app(page, "surface=linear_regression&r1=sgd~lr~0.05&steps=20")
    assert all(re.match(r'\w+ "[^"]{3,}"', stop) for stop in walk(page))
    expect(page.get_by_role("img", name="Data of")).to_be_visible()


PRESS = """keys => {
  const canvas = document.querySelector(".rv-contour .rv-over");
  for (const key of keys) {
    const way = { key, shiftKey: key.startsWith("Arrow"), bubbles: true, cancelable: true };
    canvas.dispatchEvent(new KeyboardEvent("keydown", way));
  }
}"""


def test_shift_and_arrows_move_the_start(page: Page) -> None:
    open_app(page)
    seek(page, 30)
    x, y = start_of(FIRST)
    contour = page.locator(".rv-contour .rv-over")
    contour.focus()
    # Plain arrows are time's here too.
    page.keyboard.press("ArrowRight")
    assert step(page) == 31
    # Given up: in one go, so that the rest after which a start is taken cannot come between.
    page.evaluate(PRESS, ["ArrowRight", "ArrowRight", "Escape"])
    expect(page.locator(".rv-live")).to_have_text("The start stays where it was.")
    assert step(page) == 31
    with repainted(page):
        page.evaluate(PRESS, ["ArrowRight", "ArrowRight", "ArrowUp", "Enter"])
    moved = start_of(experiment_of(page))
    # A fortieth of the window, which is four wide and four high, to a pixel.
    assert moved == pytest.approx((x + 0.2, y + 0.1), abs=0.025)
    assert page.evaluate("document.activeElement.className") == "rv-over"
    # And without Enter after a rest.
    with repainted(page):
        page.keyboard.press("Shift+ArrowDown")
    assert start_of(experiment_of(page)) == pytest.approx((moved[0], moved[1] - 0.1), abs=0.025)


CAMERA = """() => {
  const { eye } = document.querySelector(".rv-surface .js-plotly-plot")._fullLayout.scene._scene.getCamera();
  return [eye.x, eye.y, eye.z];
}"""


def camera(page: Page) -> list[float]:
    return page.evaluate(CAMERA)


def turned(page: Page, how: Callable[[], None]) -> list[float]:
    """The camera after it has moved."""
    before = camera(page)
    how()
    page.wait_for_function(f"before => ({CAMERA})().some((value, i) => Math.abs(value - before[i]) > 0.01)", arg=before)
    return camera(page)


def test_shift_and_arrows_turn_the_surface(page: Page) -> None:
    open_app(page)
    seek(page, 30)
    page.locator(SURFACE).focus()
    first = camera(page)
    left = turned(page, lambda: page.keyboard.press("Shift+ArrowLeft"))
    assert left[2] == pytest.approx(first[2], abs=1e-3)
    higher = turned(page, lambda: page.keyboard.press("Shift+ArrowUp"))
    assert higher[2] > left[2]
    assert step(page) == 30


def test_the_camera_is_kept_when_a_rate_or_the_theme_changes(page: Page) -> None:
    open_app(page)
    seek(page, 30)
    box = page.locator(SURFACE).bounding_box()
    assert box is not None

    def drag() -> None:
        page.mouse.move(box["x"] + 100, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + 220, box["y"] + 240, steps=4)
        page.mouse.up()

    turned(page, drag)
    # The last of its events is taken up with the next frame.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    mine = camera(page)
    set_rate(page, NAMES[0], "0.004")
    assert camera(page) == pytest.approx(mine, abs=1e-4)
    painted = times_painted(page, SURFACE)
    with repainted(page):
        choose(page, "Surface", "Himmelblau")
    assert times_painted(page, SURFACE) == painted + 1
    # Another surface has a camera of its own, from which its start is in front.
    assert camera(page) != pytest.approx(mine, abs=0.1)
    turned(page, drag)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    mine = camera(page)
    with repainted(page):
        page.emulate_media(color_scheme="dark")
    assert camera(page) == pytest.approx(mine, abs=1e-4)


# Full screen

SIZES = """() => [
  "h3", ".rv-name", ".rv-rate", ".rv-loss", ".rv-count", ".rv-chart-title",
].map((selector) => parseFloat(getComputedStyle(document.querySelector(`.ravine ${selector}`)).fontSize))"""
TICK_SIZE = "parseFloat(getComputedStyle(document.querySelector('.rv-contour .rv-x')).fontSize)"


@pytest.mark.parametrize("size", [(1600, 900), (1920, 1080)])
@pytest.mark.parametrize("path", ["/", "/compare"])
def test_text_is_larger_in_full_screen_and_all_fits(browse: Browse, size: tuple[int, int], path: str) -> None:
    page = browse(viewport={"width": size[0], "height": size[1]})
    open_app(page, path=path)
    seek(page, 30)
    small, tick = page.evaluate(SIZES), page.evaluate(TICK_SIZE)
    page.locator("[data-do=full]").click()
    page.wait_for_function("document.fullscreenElement?.classList.contains('ravine')")
    page.wait_for_function(f"{TICK_SIZE} > {tick}")
    for selector, (before, after) in enumerate(zip(small, page.evaluate(SIZES), strict=True)):
        # In Compare all runs share one row: names grow less, rates and losses do not.
        least = {1: 1.05, 2: 0.95, 3: 0.95}.get(selector, 1.19) if path == "/compare" else 1.19
        assert least * before <= after <= 1.21 * before, selector
    root = "document.querySelector('.ravine')"
    assert page.evaluate(f"{root}.scrollHeight <= {root}.clientHeight && {root}.scrollWidth <= {root}.clientWidth")
    assert not too_wide(page, size[0])
    for panel in page.locator(".rv-panel").all():
        if panel.is_visible():
            assert panel.evaluate("e => e.scrollHeight <= e.clientHeight + 1 && e.scrollWidth <= e.clientWidth + 1")
    page.locator("[data-do=full]").click()
    page.wait_for_function("document.fullscreenElement === null")
    page.wait_for_function(f"{TICK_SIZE} === {tick}")
    assert page.evaluate(SIZES) == small


# At rest, and at work


def test_nothing_moves_by_itself_where_motion_is_unwelcome(browse: Browse) -> None:
    page = browse(reduced_motion="reduce")
    open_app(page)
    moving = """[...document.querySelectorAll(".ravine *")].filter((e) =>
      getComputedStyle(e).transitionDuration.split(", ").some((time) => parseFloat(time) > 0)).map((e) => e.className)"""
    assert page.evaluate(moving) == []
    waiting = held_back(page, "**/field?*")
    choose(page, "Surface", "Himmelblau")
    wait_until(page, "d.busy === 'true'")
    expect(page.locator(".rv-work")).to_be_visible()
    assert page.evaluate("document.querySelector('.ravine').getAnimations({ subtree: true }).length") == 0
    with repainted(page):
        release(page, "**/field?*", waiting)


@pytest.mark.parametrize("path", ["/", "/compare"])
def test_slow_work_is_seen_and_the_old_picture_stays(page: Page, path: str) -> None:
    query = "surface=linear_regression&steps=80&vs=normalization~standardize" if path == "/compare" else ""
    open_app(page, query, path)
    seek(page, 60)
    status = page.get_by_role("status").filter(has_text="Working…")
    expect(status).to_have_count(0)
    before = picture(page, CONTOUR).astype(float)
    waiting = held_back(page, "**/field?*")
    if query:
        from_menu(page, page.locator(".rv-option").last, "min–max")
    else:
        choose(page, "Surface", "Himmelblau")
    wait_until(page, "d.busy === 'true'")
    expect(status).to_be_visible()
    expect(page.locator(".rv-work")).to_be_visible()
    page.wait_for_function(PALENESS, arg=[CONTOUR, 0.6])
    # The server has answered, the heights are on their way: the contour is the old one, only paler.
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'")
    assert waiting
    paler = picture(page, CONTOUR).astype(float)
    assert np.corrcoef(before.ravel(), paler.ravel())[0, 1] > 0.9
    assert paler.std() > 0.4 * before.std()
    page.wait_for_function(PALENESS, arg=[CONTOUR, 0.6])
    # And time goes on in it.
    seek(page, 61)
    expect(page.locator(CONTOUR).first).to_have_attribute("data-step", "61")
    with repainted(page):
        release(page, "**/field?*", waiting)
    expect(status).to_have_count(0)
    page.wait_for_function(PALENESS, arg=[CONTOUR, 1])
    expect(page.locator(".rv-work")).not_to_be_visible()


def test_the_page_says_that_the_pictures_are_loading(page: Page) -> None:
    waiting = held_back(page, "**/player.css")
    page.goto("/")
    expect(page.get_by_role("status").filter(has_text="Loading the pictures…")).to_be_visible()
    expect(page.locator(".rv-runs")).to_have_count(0)
    page.wait_for_function("() => document.querySelector('link[rel=stylesheet][href$=\"player.css\"]')")
    release(page, "**/player.css", waiting)
    page.wait_for_selector(".ravine[data-painted]")
    expect(page.get_by_text("Loading the pictures…")).to_have_count(0)


def test_a_change_while_the_player_loads_makes_no_second_one(page: Page) -> None:
    """Streamlit takes back a call that a newer one overtook, though the place is still there: nothing must be lost by it."""
    waiting = held_back(page, "**/player.js")
    page.goto("/")
    wait_for(waiting, page)
    choose(page, "Surface", "Himmelblau")
    page.wait_for_url(lambda url: "himmelblau" in url)
    release(page, "**/player.js", waiting)
    page.wait_for_selector(".ravine[data-painted]")
    expect(page.locator(".rv-head b")).to_have_text("Himmelblau")
    page.evaluate("window.stage = document.querySelector('.rv-stage')")
    eye(page, "Hide Adam").click()
    set_rate(page, NAMES[0], "0.004")
    page.wait_for_url(lambda url: "sgd~lr~0.004" in url)
    expect(eye(page, "Show Adam")).to_have_count(1)
    assert page.evaluate("window.stage === document.querySelector('.rv-stage')")


@pytest.mark.parametrize("what", ["player.css", "player.js", "field?*"])
def test_what_cannot_be_loaded_is_said_with_what_to_do(browser: Browser, server: str, what: str) -> None:
    # In a context of its own, where a failed request is no failure of the test.
    with browser.new_context(base_url=server) as context:
        page = context.new_page()
        page.route(f"**/{what}", lambda route: route.abort())
        page.goto("/")
        expect(page.locator(".ravine")).to_have_text(
            re.compile(r"could not be loaded, because the connection to the server broke off\. Reload the page")
        )


def test_the_contour_plays_while_the_surface_is_on_its_way(page: Page) -> None:
    waiting = held_back(page, "**/plotly-gl3d.min.js")
    page.goto("/")
    page.wait_for_selector(".ravine[data-painted]")
    assert times_painted(page, CONTOUR) == 1
    expect(page.locator(SURFACE)).to_have_text("Loading…")
    wait_for(waiting, page)
    seen = step(page)
    wait_until(page, "Number(d.step) > value && d.playing === 'true'", seen)
    # Another surface is shown meanwhile, and the newest is what comes in the end.
    with repainted(page):
        choose(page, "Surface", "Himmelblau")
    assert (times_painted(page, CONTOUR), times_painted(page, SURFACE)) == (2, 0)
    expect(page.locator(COMING)).to_be_visible()
    release(page, "**/plotly-gl3d.min.js", waiting)
    expect(page.locator(COMING)).to_have_count(0)
    assert times_painted(page, SURFACE) == 1
    ends = f"() => {{ const {{ x }} = document.querySelector('{SURFACE} .js-plotly-plot').data[0]; return [x[0], x.at(-1)]; }}"
    assert page.evaluate(ends) == pytest.approx(SURFACES["himmelblau"]().window[0])
    # It is the player's own, and no name of the page's.
    assert page.evaluate("typeof Plotly") == "undefined"


def test_a_surface_that_cannot_be_loaded_is_said_in_its_card_and_can_be_asked_for_again(
    browser: Browser, server: str
) -> None:
    with browser.new_context(base_url=server) as context:
        page = context.new_page()
        page.route("**/plotly-gl3d.min.js", lambda route: route.abort())
        page.goto("/")
        card = page.locator(SURFACE)
        expect(card.get_by_role("status")).to_contain_text(
            "The 3-D picture could not be loaded, because the connection to the server broke off."
        )
        assert times_painted(page, CONTOUR) == 1
        seek(page, 40)
        expect(page.locator(CONTOUR)).to_have_attribute("data-step", "40")
        page.unroute("**/plotly-gl3d.min.js")
        card.get_by_role("button", name="Try again").click()
        expect(page.locator(COMING)).to_have_count(0)
        assert times_painted(page, SURFACE) == 1


# By finger


def drag_finger(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, Any]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": start[0], "y": start[1]})
    for share in (0.25, 0.5, 0.75, 1.0):
        send("touchMove", {"x": start[0] + share * (end[0] - start[0]), "y": start[1] + share * (end[1] - start[1])})
    send("touchEnd")


def test_a_finger_scrubs_seeks_and_starts_elsewhere(browse: Browse) -> None:
    page = browse(**PHONE)
    open_app(page)
    seek(page, 0)
    end = last_step(page)
    box = page.locator(".rv-scrub input").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    drag_finger(page, (box["x"] + 10, y), (box["x"] + 0.6 * box["width"], y))
    assert abs(step(page) - 0.6 * end) < 0.06 * end
    assert not playing(page)

    curve = page.locator(CURVES[0])
    box = curve.bounding_box()
    assert box is not None
    left, right = box["x"] + 50, box["x"] + box["width"] - 14
    page.touchscreen.tap(left + 0.25 * (right - left), box["y"] + box["height"] / 2)
    assert abs(step(page) - 0.25 * end) <= 3
    expect(tip(page, CURVES[0])).not_to_be_visible()

    spot = place(page, 0.5, 1.5)
    with repainted(page):
        page.touchscreen.tap(*spot)
    assert start_of(experiment_of(page)) == pytest.approx((0.5, 1.5), abs=0.05)
    expect(tip(page, CONTOUR)).not_to_be_visible()


def hide(page: Page, name: str) -> None:
    """Hide a run where there are no eyes: from the menu of its line."""
    more = page.get_by_role("button", name=f"More for {name}")
    (box,) = visible_boxes(more)
    assert min(box["width"], box["height"]) >= 44
    more.tap()
    page.locator(".rv-menu").get_by_text("Hide", exact=False).first.tap()


def test_compare_on_a_phone_has_a_loss_for_each_scene_of_a_run(browse: Browse) -> None:
    page = browse(**PHONE)
    open_app(page, path="/compare")
    seek(page, 60)
    assert not too_wide(page, 390)
    rows = lines(page).all()
    assert len(rows) == 4
    for line in rows:
        row = line.bounding_box()
        assert row is not None
        # One loss for each scene.
        losses = visible_boxes(line.locator(".rv-loss"))
        assert len(losses) == 2
        for part in visible_boxes(line.locator(".rv-loss, .rv-chip")):
            assert row["y"] - 1 <= part["y"]
            assert part["y"] + part["height"] <= row["y"] + row["height"] + 1
    hide(page, "Adam")
    assert hidden_names(page) == ["Adam"]


def test_a_phone_hides_by_finger_and_has_tabs_that_are_tabs(browse: Browse) -> None:
    page = browse(**PHONE)
    open_app(page)
    seek(page, 60)
    assert not too_wide(page, 390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    hide(page, "Adam")
    assert count_near(picture(page, CONTOUR), run_colours("light")[ADAM]) == 0
    # Nothing of the page is lost under the player's help.
    page.locator(".rv-others").tap()
    page.get_by_role("menuitem", name="Help").tap()
    (box,) = visible_boxes(page.locator(".rv-help"))
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")

    tabs = page.get_by_role("tab")
    panel = page.get_by_role("tabpanel")
    page.get_by_role("tab", name="Contour", exact=True).focus()
    for key, name in (
        ("ArrowRight", "3-D"),
        ("ArrowRight", "Curves"),
        ("End", "Formula"),
        ("ArrowRight", "Contour"),
        ("ArrowLeft", "Formula"),
        ("Home", "Contour"),
    ):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_have_text(name)
        expect(page.get_by_role("tab", selected=True)).to_have_text(name)
        expect(panel).to_have_accessible_name(name)
        assert tabs.evaluate_all("all => all.filter((tab) => tab.tabIndex === 0).length") == 1
    assert step(page) == 60
