"""The contour: paths and steps told apart, words off the paths, a run that leaves, and looking closer."""

import base64
import io
import json
import math
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.experiment import parse, seen, simulate
from app.player import GRID, height
from surfaces import SURFACES

from .conftest import Browse, browsing
from .driver import (
    CONTOUR,
    PHONE,
    count_near,
    hear,
    heard,
    last_step,
    open_app,
    place,
    playing,
    query_of,
    run_colours,
    seek,
    step,
)

COLOURS = run_colours("light")
THREE = "surface=three_class&steps=60&start=-2~2&seed=0&r1=sgd~lr~1&r2=sgd~lr~1&r3=sgd~lr~1&r4=sgd~lr~1"
EQUAL = "surface=bowl~condition~12&steps=60&start=-4~2.6&r1=sgd~lr~0.1&r2=sgd~lr~0.1&r3=sgd~lr~0.1"
LEAVES = "surface=bowl~condition~12&steps=120&start=-3.4~2.6&r1=sgd~lr~0.155&r2=sgd~lr~0.2"
PATHS = (
    "",
    "surface=ackley&steps=100",
    "surface=rastrigin&steps=60",
    "surface=recurrent_cliff&steps=100",
    "surface=himmelblau&steps=100",
    "surface=bowl&start=12~6&steps=60",
    LEAVES,
)
OVER = ".rv-contour .rv-over"


@pytest.fixture(scope="module")
def tab(browser: Browser, server: str) -> Iterator[Page]:
    """One page at the size of a school's laptop, that hears what it is sent."""
    with browsing(browser, server) as browse:
        page = browse(viewport={"width": 1366, "height": 650})
        hear(page)
        yield page


def shown(page: Page, query: str, at: int | None = None) -> None:
    """Open a page and rest at a step, the last one if none is given; nothing is pointed at."""
    open_app(page, query)
    page.mouse.move(1, 1)
    seek(page, last_step(page) if at is None else at)
    page.locator(".rv-scrub input").blur()


def pixels(page: Page) -> np.ndarray:
    """The canvas over the contour, without what Plotly drew, as red, green, blue and opacity."""
    # As a string: numbers one by one would take Playwright two seconds.
    address: str = page.locator(OVER).first.evaluate("canvas => canvas.toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGBA")).astype(int)


def ink(page: Page, slot: int) -> int:
    """How many pixels a run's colour has at full strength."""
    drawn = pixels(page)
    return count_near(np.where(drawn[..., 3:] > 250, drawn[..., :3], -1000), COLOURS[slot - 1])


def frame(page: Page) -> dict[str, float]:
    """The picture within its axes, in pixels of its panel, and what part of the plane it shows."""
    return page.locator(f"{CONTOUR} .rv-ground").first.evaluate(
        """ground => {
            const { x: [x0, x1], y: [y0, y1], ...box } = JSON.parse(ground.dataset.frame);
            return { ...box, x0, x1, y0, y1 };
        }"""
    )


def labels(page: Page) -> list[tuple[str, dict[str, float]]]:
    return [(words, box) for words, box in json.loads(page.locator(CONTOUR).first.get_attribute("data-labels") or "[]")]


def view(page: Page) -> list[float]:
    """The view that the link names, none where it is the whole."""
    return [float(part) for part in query_of(page).get("view", [""])[0].split("~") if part]


def wait_for_view(page: Page, before: list[float]) -> list[float]:
    """The view in the link once it is another, and once the picture shows it."""
    page.wait_for_function(
        "before => (new URL(location).searchParams.get('view') || '') !== before",
        arg="~".join(f"{v:g}" for v in before),
    )
    # While a drag goes on the link may change once more.
    page.wait_for_function(
        """(selector) => {
            const named = new URL(location).searchParams.get('view');
            if (!named) return true;
            const [x0, x1] = named.split('~').map(Number), { x } = JSON.parse(document.querySelector(selector).dataset.frame);
            return Math.abs(x[0] - x0) + Math.abs(x[1] - x1) < 1e-6 * (x1 - x0);
        }""",
        arg=f"{CONTOUR} .rv-ground",
    )
    return view(page)


# Lanes and dots


def test_runs_on_one_line_have_a_lane_each(tab: Page) -> None:
    """On three classes four equal runs, on a bowl three: none hides another, and each has about as much to see."""
    for query, slots in ((THREE, (1, 2, 3, 4)), (EQUAL, (1, 2, 3))):
        shown(tab, query)
        counts = [ink(tab, slot) for slot in slots]
        assert min(counts) > 150, counts
        assert max(counts) < 4 * min(counts), counts


def test_a_run_that_nobody_covers_keeps_its_place(tab: Page) -> None:
    """Its line passes through its very positions."""
    shown(tab, "surface=bowl~condition~4&steps=20&start=-4~2.6&r1=sgd~lr~0.1", 20)
    drawn, box = pixels(tab), frame(tab)
    colour = [int(COLOURS[0][i : i + 2], 16) for i in (1, 3, 5)]
    xy = np.array(heard(tab)[0]["runs"][0]["xy"]).reshape(-1, 2)
    for x, y in xy[1:8]:
        px = box["left"] + (x - box["x0"]) / (box["x1"] - box["x0"]) * box["width"]
        py = box["top"] + (box["y1"] - y) / (box["y1"] - box["y0"]) * box["height"]
        assert np.abs(drawn[round(py), round(px), :3] - colour).max() < 16, (x, y)


def test_lanes_rest_while_time_flows(tab: Page) -> None:
    """A pixel of a path that is drawn at a step is that of the same path at a later one."""
    shown(tab, EQUAL, 6)
    before = pixels(tab)
    seek(tab, 9)
    after = pixels(tab)
    # Around the first legs, where no marker is: the first quarter of the width.
    box = frame(tab)
    part = slice(round(box["left"] + 4), round(box["left"] + 0.14 * box["width"]))
    rows = slice(round(box["top"] + 0.35 * box["height"]), round(box["top"] + box["height"] - 4))
    assert (before[rows, part, 3] > 250).sum() > 100
    assert (before[rows, part] == after[rows, part]).all()


def test_a_step_is_a_dot_where_steps_are_far_apart(tab: Page) -> None:
    """Long steps have dots, wider than the line; steps of a few pixels have none."""

    def widths(query: str) -> list[int]:
        shown(tab, query, 8)
        drawn, box = pixels(tab), frame(tab)
        colour = [int(COLOURS[0][i : i + 2], 16) for i in (1, 3, 5)]
        near = (np.abs(drawn[..., :3] - colour) <= 16).all(axis=-1)
        xy = np.array(heard(tab)[0]["runs"][0]["xy"]).reshape(-1, 2)
        out = []
        for x in xy[1:4, 0]:
            column = round(box["left"] + (x - box["x0"]) / (box["x1"] - box["x0"]) * box["width"])
            out.append(int(near[:, column].sum()))
        return out

    line = "surface=bowl~condition~4&steps=20&start=-4~0&r1=sgd~lr~"
    assert min(widths(line + "0.2")) >= 6
    # Five pixels apart, with the marker ahead of them.
    assert max(widths(line + "0.03")) <= 4


# Words


@pytest.mark.parametrize("query", PATHS)
def test_no_word_stands_on_a_path(tab: Page, query: str) -> None:
    """Nor on another word, nor beyond the axes, at any of some steps."""
    open_app(tab, query)
    steps = last_step(tab)
    for at in sorted({1, steps // 8, steps // 3, steps}):
        seek(tab, at)
        box, words = frame(tab), labels(tab)
        drawn = pixels(tab)
        scene = heard(tab)[0]
        for words_of, spot in words:
            assert box["left"] <= spot["left"] < spot["right"] <= box["left"] + box["width"], words_of
            assert box["top"] <= spot["top"] < spot["bottom"] <= box["top"] + box["height"], words_of
            part = drawn[math.ceil(spot["top"]) : int(spot["bottom"]), math.ceil(spot["left"]) : int(spot["right"]), :3]
            # Whoever lay there would shine through the page's colour, or lie over it.
            for run in scene["runs"]:
                assert count_near(part, COLOURS[run["slot"] - 1]) == 0, (words_of, at)
            inside = [p for k, run in enumerate(scene["runs"]) for p in crossings(run, at, box, spot)]
            assert not inside, (words_of, at, inside[:2])
        for (one, a), (other, b) in ((p, q) for i, p in enumerate(words) for q in words[i + 1 :]):
            apart = (
                a["right"] <= b["left"] or b["right"] <= a["left"] or a["bottom"] <= b["top"] or b["bottom"] <= a["top"]
            )
            assert apart, (one, other)


def crossings(run: dict[str, Any], at: int, box: dict[str, float], spot: dict[str, float]) -> list[tuple[float, float]]:
    """Where a run's positions up to a step lie within a box on the screen; lanes are a little beside them."""
    xy = np.array(run["xy"][: 2 * at + 2], dtype=object).reshape(-1, 2)
    out = []
    for x, y in xy:
        if x is None or y is None or not (math.isfinite(x) and math.isfinite(y)):
            continue
        px = box["left"] + (x - box["x0"]) / (box["x1"] - box["x0"]) * box["width"]
        py = box["top"] + (box["y1"] - y) / (box["y1"] - box["y0"]) * box["height"]
        if spot["left"] < px < spot["right"] and spot["top"] < py < spot["bottom"]:
            out.append((px, py))
    return out


def test_minimum_is_not_said_once_a_run_is_there(tab: Page) -> None:
    query = "surface=bowl~condition~4&steps=120&start=-4~2.6&r1=sgd~lr~0.1"
    shown(tab, query, 0)
    assert [words for words, _ in labels(tab)] == ["minimum"]
    seek(tab, 120)
    assert [words for words, _ in labels(tab)] == ["start"]


# A run that leaves


@pytest.mark.parametrize("query", [LEAVES, "steps=100&r1=adam~lr~0.3&r2=sgd~lr~1"])
def test_a_run_that_leaves_does_not_flood(tab: Page, query: str) -> None:
    """It is drawn beneath the other, and once it has left none of its ink is added at full strength."""
    shown(tab, query)
    box, good, at_the_end = frame(tab), ink(tab, 1), ink(tab, 2)
    xy = np.array(heard(tab)[0]["runs"][1]["xy"], dtype=float).reshape(-1, 2)
    within = (box["x0"] <= xy[:, 0]) & (xy[:, 0] <= box["x1"]) & (box["y0"] <= xy[:, 1]) & (xy[:, 1] <= box["y1"])
    seek(tab, int(np.argmin(within)))
    assert at_the_end < 1.05 * ink(tab, 2) + 60
    shown(tab, "&".join(part for part in query.split("&") if not part.startswith("r2=")))
    # What the other hides of it is next to nothing.
    assert good > 0.9 * ink(tab, 1)


def test_a_run_that_has_left_has_its_loss_at_the_edge(tab: Page) -> None:
    shown(tab, LEAVES, 34)
    said = dict(labels(tab))
    path = simulate(parse(parse_qs(LEAVES))[0])[1]
    texts = [words for words in said if "×10" in words]
    assert texts, said
    power = math.floor(math.log10(path.loss[34]))
    assert f"{path.loss[34] / 10**power:.1f}×10" in texts[0].replace("−", "-")
    spot, box = said[texts[0]], frame(tab)
    edge = min(
        spot["left"] - box["left"],
        box["left"] + box["width"] - spot["right"],
        spot["top"] - box["top"],
        box["top"] + box["height"] - spot["bottom"],
    )
    assert edge < 50


# Axes


TICKS = """plots => plots.flatMap((plot) => {
  const frame = plot.closest(".rv-plot").getBoundingClientRect();
  const faults = [];
  for (const side of ["rv-x", "rv-y"]) {
    const all = [...plot.querySelectorAll(`.${side}`)];
    const boxes = all.map((e) => e.getBoundingClientRect());
    if (all.length > 5 || all.length < 1) faults.push(`${all.length} on ${side}`);
    if (new Set(all.map((e) => e.textContent)).size < all.length) faults.push(`twice: ${all.map((e) => e.textContent)}`);
    all.forEach((e, i) => {
      const b = boxes[i];
      if (parseFloat(getComputedStyle(e).fontSize) < 15) faults.push("small");
      if (/rotate\\((?!0[,)])/.test(e.getAttribute("transform") || "")) faults.push("turned");
      const across = b.left > frame.left - 1 && b.right < frame.right + 1;
      if (!across || b.top < frame.top - 1 || b.bottom > frame.bottom + 1) faults.push(`cut: ${e.textContent}`);
      const over = (o) => o.left < b.right && b.left < o.right && o.top < b.bottom && b.top < o.bottom;
      if (boxes.some((o, j) => j > i && over(o))) faults.push(`over: ${e.textContent}`);
    });
  }
  return faults;
})"""


@pytest.mark.parametrize(
    "seen_as",
    [
        (-1000, 1000, -1000, 1000),
        (-2.4e-5, 2.6e-5, -2.5e-5, 2.5e-5),
        (0.123456, 0.123556, -0.98774, -0.98764),
        (99990, 100010, 5, 25),
        (-1e6, 1e6, -1e6, 1e6),
    ],
)
def test_numbers_on_the_axes_are_whole_at_any_closeness(tab: Page, seen_as: tuple[float, ...]) -> None:
    open_app(tab, "surface=bowl&view=" + "~".join(f"{v:.10g}" for v in seen_as))
    assert view(tab) == pytest.approx(list(seen_as))
    box = frame(tab)
    assert [box["x0"], box["x1"], box["y0"], box["y1"]] == pytest.approx(list(seen_as), rel=1e-6)
    assert tab.locator(f"{CONTOUR} .rv-ground").evaluate_all(TICKS) == []
    # In the place of the smaller picture there are none: its title stands there, and corners say how large it is.
    tab.locator(".rv-surface .rv-swap").click()
    tab.wait_for_function(f"width => document.querySelector('{CONTOUR}').clientWidth < width", arg=box["width"])
    expect(tab.locator(f"{CONTOUR} :is(.rv-x, .rv-y)")).to_have_count(0)


def test_the_axes_are_named(tab: Page) -> None:
    shown(tab, "surface=bowl")
    assert sorted(tab.locator(f"{CONTOUR} .rv-axis").all_text_contents()) == ["x", "y"]


# The surface itself


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_every_surface_shows_what_there_is(tab: Page, slug: str) -> None:
    """The shades keep the order of the heights, and no plain takes all of them."""
    experiment, _ = parse({"surface": [slug], "r1": ["sgd"]})
    surface = seen(experiment)
    z = height(surface, surface.grid(GRID)[2]).astype("f4").ravel()
    if not tab.url.startswith("http"):
        open_app(tab)
    found = tab.evaluate(
        """async (z) => {
          // As a string each way: Playwright takes its time over each number.
          const home = [...document.querySelectorAll("link")].map((e) => e.href).find((href) => href.includes("/ravine/"));
          const { BANDS, relief } = await import(new URL("drawing/relief.js", home).href);
          return JSON.stringify([BANDS, [...relief(Float32Array.from(JSON.parse(z)))]]);
        }""",
        json.dumps(z.tolist()),
    )
    bands, shades = json.loads(found)
    shades = np.array(shades)
    order = np.argsort(z, kind="stable")
    assert (np.diff(shades[order]) >= 0).all()
    assert shades[order[0]] == 0
    assert shades[order[-1]] == pytest.approx(1)
    share = np.bincount(np.minimum((shades * bands).astype(int), bands - 1), minlength=bands) / len(z)
    even = np.bincount(np.minimum(((z - z.min()) / np.ptp(z) * bands).astype(int), bands - 1), minlength=bands) / len(z)
    # At least as many bands are seen as there would be evenly, and at least seven of twelve.
    assert (share > 0.001).sum() >= max(7, (even > 0.001).sum())
    # A plain is not the wall: more than one colour lies beyond it, or it is a part of the picture alone.
    assert share.max() < 0.5 or shades[order[len(z) // 2]] < 0.7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bands_beside_one_another_differ(browse: Browse, theme: str) -> None:
    """By two steps of lightness at least, which is what an eye tells apart; more where it is shown to a class."""
    page = browse(color_scheme=theme)
    open_app(page)
    ramps = page.evaluate(
        """async () => {
          const home = [...document.querySelectorAll("link")].map((e) => e.href).find((href) => href.includes("/ravine/"));
          const { themeOf } = await import(new URL("drawing/theme.js", home).href);
          const { BANDS } = await import(new URL("drawing/relief.js", home).href);
          const theme = themeOf(document.querySelector(".ravine"));
          return [BANDS, theme.ramp, theme.walls];
        }"""
    )
    spans = []
    for ramp in ramps[1:]:
        light = [lightness(colour) for colour in ramp]
        middles = np.interp((np.arange(ramps[0]) + 0.5) / ramps[0] * (len(ramp) - 1), range(len(ramp)), light)
        assert np.abs(np.diff(middles)).min() > 2.0
        spans.append(abs(light[-1] - light[0]))
    assert spans[1] > 1.3 * spans[0]


def lightness(colour: str) -> float:
    """L* of CIE 1976."""
    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16 if y > 216 / 24389 else y * 24389 / 27


# Looking closer


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(OVER).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_wheel_is_the_pages_until_the_picture_is_asked_for(browse: Browse) -> None:
    """Without focus it scrolls the page; with Ctrl, or once the picture has the focus, it looks closer, about the pointer."""
    page = browse(viewport={"width": 1280, "height": 520})
    open_app(page, EQUAL)
    seek(page, 10)
    page.mouse.move(*middle(page))
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    page.mouse.wheel(0, 60)
    page.wait_for_function(f"{scrolled} > 0")
    assert not view(page)
    page.mouse.wheel(0, -500)
    page.wait_for_function(f"{scrolled} === 0")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    first = wait_for_view(page, [])
    page.locator(OVER).focus()
    at = page.evaluate(scrolled)
    page.mouse.wheel(0, -200)
    second = wait_for_view(page, first)
    assert page.evaluate(scrolled) == at
    assert second[1] - second[0] < first[1] - first[0] < 10


def test_keys_and_buttons_look_closer_farther_and_at_the_whole(tab: Page) -> None:
    shown(tab, EQUAL, 10)
    whole = frame(tab)
    tab.locator(OVER).focus()
    tab.keyboard.press("z")
    closer = wait_for_view(tab, [])
    assert closer[1] - closer[0] == pytest.approx((whole["x1"] - whole["x0"]) / 1.5, rel=1e-2)
    tab.keyboard.press("Alt+ArrowRight")
    moved = wait_for_view(tab, closer)
    assert moved[0] - closer[0] == pytest.approx(0.1 * (closer[1] - closer[0]), rel=2e-2)
    assert moved[2:] == closer[2:]
    tab.keyboard.press("Shift+Z")
    tab.keyboard.press("Shift+Z")
    farther = wait_for_view(tab, moved)
    assert farther[1] - farther[0] == pytest.approx((whole["x1"] - whole["x0"]) * 1.5, rel=1e-2)
    tab.keyboard.press("0")
    assert wait_for_view(tab, farther) == []
    tab.get_by_role("button", name="Look closer").click()
    button = wait_for_view(tab, [])
    assert button[1] - button[0] == pytest.approx(closer[1] - closer[0], rel=1e-2)
    # What they lead back to is the whole, of the step that is shown, which has not moved.
    tab.get_by_role("button", name="See the whole").click()
    assert wait_for_view(tab, button) == []
    assert step(tab) == 10
    assert not playing(tab)


def test_a_view_is_dragged_with_shift_and_the_start_without(tab: Page) -> None:
    shown(tab, EQUAL, 10)
    x, y = middle(tab)
    tab.keyboard.down("Shift")
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 60, y, steps=4)
    tab.mouse.up()
    tab.keyboard.up("Shift")
    moved = wait_for_view(tab, [])
    assert moved[0] < -5
    assert "start" in query_of(tab)
    assert query_of(tab)["start"] == ["-4~2.6"]
    tab.mouse.click(*place(tab, -2, -2))
    tab.wait_for_url(lambda url: "start=-4~2.6" not in url)
    assert [float(v) for v in query_of(tab)["start"][0].split("~")] == pytest.approx([-2, -2], abs=0.03)
    # The view stays where it is.
    assert view(tab) == moved


def test_a_view_has_ends(tab: Page) -> None:
    """However long one looks closer or farther, the picture is one, and the link can be opened again."""
    for key in ("z", "Shift+Z"):
        shown(tab, EQUAL, 10)
        tab.locator(OVER).focus()
        before: list[float] = []
        for _ in range(5):
            for _ in range(9):
                tab.keyboard.press(key)
            tab.wait_for_timeout(900)
            before = view(tab)
        width = before[1] - before[0]
        assert 1e-6 <= width <= 64 * 10 + 1
        open_app(tab, tab.url.split("?", 1)[1])
        assert view(tab) == before
        box = frame(tab)
        assert box["x1"] - box["x0"] == pytest.approx(width, rel=1e-3)
        assert tab.locator(f"{CONTOUR} .rv-ground").evaluate_all(TICKS) == []


def test_two_fingers_look_closer(browse: Browse) -> None:
    page = browse(**PHONE)
    open_app(page, EQUAL)
    seek(page, 10)
    # The fingers come once the page rests.
    page.wait_for_function(f"document.querySelector('{CONTOUR}').dataset.step === '10'")
    page.wait_for_timeout(1000)
    x, y = middle(page)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": x + dx, "y": y + 5 * dx / abs(dx or 1), "id": i} for i, dx in enumerate(at)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -30, 30)
    for by in range(30, 91, 10):
        touch("touchMove", -by, by)
    touch("touchEnd")
    now = wait_for_view(page, [])
    assert (now[1] - now[0]) == pytest.approx(10 / 3, rel=0.15)
    # Nothing was started there.
    assert query_of(page)["start"] == ["-4~2.6"]
    for button in page.locator(".rv-look").all():
        box = button.bounding_box()
        assert box is not None
        assert box["width"] >= 44
        assert box["height"] >= 44


def test_a_start_beyond_the_window_is_in_the_picture(tab: Page) -> None:
    shown(tab, "surface=bowl&start=12~6&steps=60&r1=sgd~lr~0.1", 5)
    box = frame(tab)
    assert box["x0"] <= -5
    assert box["x1"] >= 12
    assert box["y1"] >= 6
    assert not view(tab)


# Under the pointer


def test_any_place_says_what_it_is_like(tab: Page) -> None:
    """Where it is, the loss where the heights are the loss itself, and which way is down."""
    shown(tab, "surface=saddle&steps=20&r1=sgd~lr~0.05", 3)
    tab.mouse.move(*place(tab, 0.8, -1.2))
    tip = tab.locator(f"{CONTOUR} .rv-tip")
    tip.wait_for()
    assert "at (0.8" in tip.inner_text()
    assert "loss" in tip.inner_text()
    loss = float(tip.inner_text().split("≈ ")[1].replace("−", "-"))
    surface = SURFACES["saddle"]()
    assert loss == pytest.approx(surface.value(0.8, -1.2), abs=0.06)
    gx, gy = surface.grad(0.8, -1.2)
    turn = tab.locator(f"{CONTOUR} .rv-fall").evaluate("e => Number(/rotate\\((.*)rad/.exec(e.style.transform)[1])")
    assert math.cos(turn - math.atan2(gy, -gx)) > 0.99
    # On a path it is the step that counts.
    x, y = heard(tab)[0]["runs"][0]["xy"][2:4]
    tab.mouse.move(*place(tab, x, y))
    assert "step 1" in tip.inner_text()
    assert tab.locator(f"{CONTOUR} .rv-fall").is_hidden()
    # Elsewhere nothing is said of a loss that is drawn on another scale.
    shown(tab, "surface=bowl&steps=20&r1=sgd~lr~0.05", 3)
    tab.mouse.move(*place(tab, 2, -3))
    assert "at (2.0" in tip.inner_text()
    assert "loss" not in tip.inner_text()


def test_the_title_says_the_selected_runs_news(tab: Page) -> None:
    """What does not fit is not said, nothing is cut; what is known of the surface stands behind the title."""
    shown(tab, LEAVES, 0)
    hint, header = tab.locator(".rv-contour .rv-hint"), tab.locator(".rv-contour header")
    assert hint.inner_text() == "drag the ring, or click to start there"
    seek(tab, 120)
    assert "converged" in hint.inner_text()
    for width in (1366, 1000, 1366):
        tab.set_viewport_size({"width": width, "height": 650})
        tab.wait_for_timeout(500)
        assert hint.evaluate("e => e.scrollWidth <= e.clientWidth")
    shown(tab, "surface=linear_regression", 0)
    assert "condition number" in (header.get_attribute("title") or "")


def test_steps_follow_one_another(tab: Page) -> None:
    """Whatever is cached between steps, a step looks the same from before as from behind."""
    shown(tab, PATHS[0], 30)
    there = pixels(tab)
    seek(tab, 90)
    seek(tab, 30)
    assert (pixels(tab) == there).all()
