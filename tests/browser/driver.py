"""What a viewer does and sees, as functions of a page."""

import io
import json
import re
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Request

from app.experiment import Experiment, parse, simulate

from .conftest import PATIENCE

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "tests" / "output"
PLAYER = ".ravine"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
SURFACE, CONTOUR = ".rv-surface .rv-plot", ".rv-contour .rv-plot"
# What the surface's card says until there is a surface.
COMING = ".rv-coming"
# What is near a colour: a line's core is the colour itself, its edges are blended.
NEAR = 16


# What the player was sent last, as it has decoded it.
HEAR = """{
  const parse = JSON.parse;
  JSON.parse = (text, ...more) => {
    const value = parse(text, ...more);
    if (value?.scenes) window.heard = value;
    return value;
  };
}"""


def open_app(page: Page, query: str = "", path: str = "/") -> None:
    """Open the page and wait until the player has painted for the first time, the surface in three dimensions too."""
    page.goto(f"{path}?{query}" if query else path)
    page.wait_for_selector(f"{PLAYER}[data-painted]")
    # It comes after the contour; where it is not in view nothing of it is to come.
    page.wait_for_selector(COMING, state="detached")


def hear(page: Page) -> None:
    """From the next opening on, let `heard` know what the player is sent."""
    page.add_init_script(HEAR)


def heard(page: Page) -> list[dict[str, Any]]:
    """The scenes of the last message, with their rows of numbers."""
    plain = "JSON.stringify(window.heard.scenes, (_, v) => (v instanceof Float32Array ? [...v] : v))"
    return json.loads(page.evaluate(plain))


def place(page: Page, x: float, y: float, scene: int = 0) -> tuple[float, float]:
    """Where a point of a scene's contour is on the screen, by the picture's own axes."""
    at = (
        page.locator(f"{CONTOUR} .rv-ground")
        .nth(scene)
        .evaluate(
            """(ground, [x, y]) => {
            const frame = JSON.parse(ground.dataset.frame), box = ground.getBoundingClientRect();
            const [[x0, x1], [y0, y1]] = [frame.x, frame.y];
            return [box.left + frame.left + (x - x0) / (x1 - x0) * frame.width,
                box.top + frame.top + (y1 - y) / (y1 - y0) * frame.height];
        }""",
            [x, y],
        )
    )
    return at[0], at[1]


def step(page: Page) -> int:
    return int(page.locator(PLAYER).get_attribute("data-step") or -1)


def playing(page: Page) -> bool:
    return page.locator(PLAYER).get_attribute("data-playing") == "true"


def wait_until(page: Page, condition: str, value: object = None) -> None:
    """Wait until a JavaScript condition on `d`, the player's data, and a given `value` holds."""
    page.wait_for_function(
        f"([selector, value]) => {{ const d = document.querySelector(selector).dataset; return {condition}; }}",
        arg=[PLAYER, value],
    )


def seek(page: Page, to: int) -> None:
    """Pause at a step."""
    page.locator(".rv-scrub input").fill(str(to))


def last_step(page: Page) -> int:
    return int(page.locator(".rv-scrub input").get_attribute("max") or -1)


def panel_steps(page: Page) -> list[int]:
    """The step that each panel has drawn, -1 for one that has drawn nothing."""
    return page.locator(".rv-plot").evaluate_all(
        "plots => plots.filter(plot => plot.clientWidth).map(plot => Number(plot.dataset.step ?? -1))"
    )


def times_painted(page: Page, panel: str) -> int:
    """How often Plotly has drawn the surface or the contour."""
    return int(page.locator(panel).get_attribute("data-painted") or 0)


@contextmanager
def repainted(page: Page) -> Iterator[None]:
    """Wait at the block's end until the player has taken in what the block changed."""
    before = page.locator(PLAYER).get_attribute("data-painted")
    yield
    wait_until(page, "d.painted !== value", before)


def query_of(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def questions(page: Page, *names: str) -> list[str]:
    """Which of the questions named the page asks the server, as it asks them. A module that was asked for comes after that
    from the browser's store, which is no question."""
    asked: list[str] = []

    def note(request: Request) -> None:
        name = urlsplit(request.url).path.rpartition("/")[2]
        if name in names and request.resource_type == "fetch":
            asked.append(name)

    page.on("request", note)
    return asked


def experiment_of(page: Page) -> Experiment:
    """The experiment that the page's address names; it must be a clean one."""
    experiment, complaints = parse(query_of(page))
    assert not complaints
    return experiment


def link_to(experiment: Experiment) -> str:
    return urlencode(experiment.query())


def lines(page: Page) -> Locator:
    """The runs, a line each."""
    return page.locator(".rv-run")


def pick(page: Page, name: str) -> Locator:
    """What selects a run in its line."""
    return page.locator(".rv-runs").get_by_role("button", name=name, exact=True)


def rate_of(page: Page, name: str) -> Locator:
    """The field in which a run's rate is typed and dragged."""
    return page.get_by_role("textbox", name=f"Learning rate of {name}", exact=True)


def set_rate(page: Page, name: str, text: str) -> None:
    """Type a rate, and wait until its paths are there."""
    with repainted(page):
        rate_of(page, name).fill(text)
        rate_of(page, name).press("Enter")


def line_losses(page: Page) -> list[str]:
    return page.locator(".rv-run .rv-loss").all_inner_texts()


def chips(page: Page) -> list[str]:
    """What the chips show, "" for one that shows nothing: words where there is room, else the step."""
    return page.locator(".rv-run .rv-chip").evaluate_all(
        "chips => chips.map((chip) => chip.querySelector('.rv-chip-text')?.textContent ?? '')"
    )


def said_of(page: Page, slot: int) -> str:
    """The sentence that a run's chip has for those who point at it or listen to it, "" for none."""
    chip = page.locator(f".rv-run[data-slot='{slot}'] .rv-chip").first
    return "" if "rv-none" in (chip.get_attribute("class") or "") else chip.get_attribute("aria-label") or ""


def number(text: str) -> tuple[float, float]:
    """The number that `text` shows, and half a unit of its last digit."""
    plain = text.translate(str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789"))
    match = re.fullmatch(r"(-?\d+(?:\.(\d+))?)(?:×10(-?\d+))?", plain)
    assert match, f"{text!r} is not a number"
    scale = 10.0 ** int(match[3] or 0)
    return float(match[1]) * scale, 0.5 * 10.0 ** -len(match[2] or "") * scale


def assert_shown(text: str, value: float) -> None:
    """`text` is `value`, as far as its digits go; the browser has it in single precision."""
    seen, half = number(text)
    assert seen == pytest.approx(value, rel=1e-6, abs=1.001 * half), f"{text} is shown, {value} is meant"


def assert_losses(page: Page, experiment: Experiment, at: int) -> None:
    """The lines show what the engine computes, run by run."""
    paths = simulate(experiment)
    texts = line_losses(page)
    assert len(texts) == len(paths)
    for text, path in zip(texts, paths, strict=True):
        assert_shown(text, path.loss[at])


def wait_for_losses(page: Page) -> None:
    """Until the lines end as the engine says of the experiment in the address.

    For those who cannot wait for a picture to be painted: the address may be written before the new picture has come,
    and a new picture begins at its first step.
    """
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        end = last_step(page)
        seek(page, end)
        try:
            return assert_losses(page, experiment_of(page), end)
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        page.wait_for_timeout(200)


def sidebar(page: Page) -> Locator:
    return page.get_by_test_id("stSidebar")


def choose(page: Page, picker: str, option: str, within: Locator | None = None) -> None:
    """Choose from one of the sidebar's pickers, or from one elsewhere."""
    combobox = (within or sidebar(page)).get_by_role("combobox", name=picker, exact=True)
    combobox.click()
    # A long list holds only what is in sight.
    combobox.fill(option)
    # Behind the name stands its family.
    page.get_by_role("option", name=re.compile(f"^{re.escape(option)}( ·|$)")).click()


def from_menu(page: Page, opener: Locator, option: str) -> None:
    """Choose from a menu of the player's own."""
    opener.click()
    page.locator(".rv-menu").get_by_text(option, exact=True).click()


def run_menu(page: Page) -> Locator:
    """The open menu of the selected run."""
    menu = page.get_by_test_id("stPopoverBody")
    if not menu.count():
        sidebar(page).get_by_test_id("stPopover").first.get_by_role("button").first.click()
    return menu


def too_wide(page: Page, width: int) -> list[str]:
    """What of the player and the settings above it reaches beyond the screen."""
    return page.locator(".ravine *, .st-key-toolbar *").evaluate_all(
        """(all, width) => all.filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > width + 1)
            .map((e) => e.className || e.tagName)""",
        width,
    )


def visible_boxes(buttons: Locator) -> list[dict[str, float]]:
    boxes = [button.bounding_box() for button in buttons.all() if button.is_visible()]
    return [dict(box) for box in boxes if box is not None]


def picture(page: Page, panel: str, scene: int = 0) -> np.ndarray:
    """A panel's pixels, as they are on the screen."""
    box = page.locator(panel).nth(scene).bounding_box()
    assert box is not None
    data = page.screenshot(clip=box)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def save_picture(page: Page, name: str) -> None:
    """Save what is on the screen, and see that it is not blank."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    path = OUTPUT / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as image:
        assert len(image.convert("RGB").getcolors(maxcolors=1 << 24) or []) > 200


@contextmanager
def on_a_laptop(page: Page) -> Iterator[None]:
    """The page on a school's laptop, as the README shows it, and then as it was."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": 1366, "height": 650})
    page.wait_for_function("document.querySelector('.ravine').getBoundingClientRect().right <= 1366")
    # Its pictures are drawn anew, each in its time.
    page.wait_for_timeout(1000)
    yield
    page.set_viewport_size(size)
    page.wait_for_timeout(1000)


def save_at(page: Page, at: int, name: str) -> None:
    """Save the page as it looks at a step, nothing focused and nothing pointed at."""
    seek(page, at)
    page.locator(".rv-scrub input").blur()
    page.mouse.move(1, 1)
    save_picture(page, name)


def run_colours(theme: str) -> list[str]:
    """The runs' colours by slot, from the one place where they stand."""
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return config["theme"][theme]["chartCategoricalColors"]


def count_near(pixels: np.ndarray, colour: str) -> int:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((np.abs(pixels - wanted) <= NEAR).all(axis=-1).sum())
