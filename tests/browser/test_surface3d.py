"""The surface in three dimensions: it fills its card, is turned by its viewer, and survives the loss of its graphics."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from surfaces import SURFACES
from tests.browser.conftest import browsing
from tests.browser.driver import (
    PHONE,
    SURFACE,
    choose,
    count_near,
    last_step,
    open_app,
    picture,
    run_colours,
    seek,
    set_rate,
    times_painted,
)

# Contexts of WebGL that stay open, and what was written where on the canvas over the surface.
SPY = """{
  const get = HTMLCanvasElement.prototype.getContext;
  window.contexts = 0;
  HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
    if (/webgl/.test(kind) && this.isConnected) window.contexts++;
    return get.call(this, kind, ...more);
  };
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = new Map();
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    if (this.canvas.closest(".rv-surface")) {
      const size = this.measureText(text);
      window.written.set(text, {
        left: x - size.actualBoundingBoxLeft, right: x + size.actualBoundingBoxRight,
        top: y - size.actualBoundingBoxAscent, bottom: y + size.actualBoundingBoxDescent,
      });
    }
    return write.apply(this, arguments);
  };
  window.kept = [];
  addEventListener("wheel", (event) => setTimeout(() => window.kept.push(event.defaultPrevented)), true);
}"""

# Where every point of the surface's grid is in its card, by Plotly's own matrices, and what else is in the card.
SEEN = """(host) => {
  const plot = host.querySelector(".js-plotly-plot"), scene = plot._fullLayout.scene._scene;
  const { model, view, projection } = scene.glplot.cameraParams, { x, y, z } = plot.data[0], at = host.getBoundingClientRect();
  const times = (m, p) => [0, 1, 2, 3].map((r) => p.reduce((sum, v, k) => sum + m[4 * k + r] * v, 0));
  const points = z.flatMap((row, j) => [...row].map((h, i) => {
    const point = [x[i], y[j], h].map((v, k) => v * scene.dataScale[k]);
    const [a, b, , w] = times(projection, times(view, times(model, [...point, 1])));
    return [at.width * (0.5 + a / w / 2), at.height * (0.5 - b / w / 2)];
  }));
  const from = ({ left, right, top, bottom }) =>
    ({ left: left - at.left, right: right - at.left, top: top - at.top, bottom: bottom - at.top });
  const boxes = [...host.parentElement.querySelectorAll("header > *")].map((e) => e.getBoundingClientRect());
  const others = boxes.filter((box) => box.width).map(from);
  return { width: at.width, height: at.height, points, others, written: Object.fromEntries(window.written) };
}"""

CAMERA = f"() => document.querySelector('{SURFACE} .js-plotly-plot')._fullLayout.scene._scene.getCamera().eye"
LOSE = f"""() => {{
  const {{ gl }} = document.querySelector('{SURFACE} .js-plotly-plot')._fullLayout.scene._scene.glplot;
  window.lost = gl.getExtension("WEBGL_lose_context");
  window.lost.loseContext();
}}"""
LOST = f"() => document.querySelector('{SURFACE} .js-plotly-plot')._fullLayout.scene._scene.glplot.gl.isContextLost()"


@pytest.fixture(scope="module")
def spied(browser: Browser, server: str) -> Iterator[Page]:
    with browsing(browser, server) as browse:
        page = browse(viewport={"width": 1366, "height": 650})
        page.add_init_script(SPY)
        yield page


def shown(page: Page, query: str, large: bool = False) -> None:
    """Open a scene with its surface in three dimensions in view, in the place of the smaller picture or of the larger."""
    open_app(page, query)
    chosen(page)
    settled(page)
    if large:
        page.locator(".rv-surface .rv-swap").click()
        settled(page)


def chosen(page: Page) -> None:
    """Where the place shows another picture, choose the surface."""
    if not page.locator(SURFACE).is_visible():
        narrow = page.locator(".ravine").get_attribute("data-layout") == "phone"
        tab = page.get_by_role("tab", name="3-D")
        (tab if narrow else page.locator(".rv-data .rv-choice button[data-kind=surface]")).click()


def settled(page: Page) -> None:
    """Wait until the surface is drawn at the size of its card."""
    page.wait_for_selector(f"{SURFACE}[data-painted]")
    page.wait_for_function(
        f"""() => {{
            const host = document.querySelector('{SURFACE}'), layout = host.querySelector('.js-plotly-plot')._fullLayout;
            return layout.width === host.clientWidth && layout.height === host.clientHeight;
        }}"""
    )
    page.wait_for_timeout(300)


def assert_fills(page: Page) -> None:
    """All of the surface is in its card, which it fills, under no button, and the names of its axes are beside it."""
    seen = page.locator(SURFACE).first.evaluate(SEEN)
    width, height, points = seen["width"], seen["height"], np.array(seen["points"])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    assert min(left, top, width - right, height - bottom) >= 2, "it is cut"
    # What stands in the corners takes a part of the height.
    above = max((box["bottom"] for box in seen["others"]), default=0.0)
    free = height - max(above, 0.0)
    assert max((right - left) / width, (bottom - top) / free) >= 0.75, "it is small"
    for box in [*seen["others"], *seen["written"].values()]:
        x, y = points.T
        under = (x > box["left"]) & (x < box["right"]) & (y > box["top"]) & (y < box["bottom"])
        assert not under.any(), f"{box} is over it"
    for text, box in seen["written"].items():
        inside = min(box["left"], box["top"], width - box["right"], height - box["bottom"])
        assert inside >= 0, f"{text} is cut"


def eye(page: Page) -> np.ndarray:
    found = page.evaluate(CAMERA)
    return np.array([found["x"], found["y"], found["z"]])


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(SURFACE).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, dx: float, dy: float) -> None:
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()
    page.wait_for_timeout(400)


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_every_surface_fills_the_smaller_card(spied: Page, slug: str) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, f"surface={slug}&steps=20")
    assert_fills(spied)
    assert len(spied.evaluate("[...window.written.keys()]")) == 2


@pytest.mark.parametrize("slug", ["bowl", "rastrigin", "three_class", "recurrent_cliff"])
def test_it_fills_its_card_at_every_size(spied: Page, slug: str) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, f"surface={slug}&steps=20", large=True)
    for width, height in ((1366, 650), (1366, 768), (1024, 768), (1920, 1080), (1600, 900)):
        spied.set_viewport_size({"width": width, "height": height})
        spied.wait_for_timeout(500)
        chosen(spied)
        spied.evaluate("window.written.clear()")
        settled(spied)
        assert_fills(spied)


def test_what_the_viewer_turns_stays_until_it_is_given_back(spied: Page) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, "surface=bowl&steps=20", large=True)
    home = eye(spied)
    drag(spied, 90, 0)
    turned = eye(spied)
    assert np.linalg.norm(turned - home) > 0.3
    # Another size, and another shape of the same surface, leave it alone.
    spied.set_viewport_size({"width": 1600, "height": 900})
    spied.wait_for_timeout(500)
    settled(spied)
    assert eye(spied) == pytest.approx(turned, abs=1e-6)
    spied.mouse.dblclick(*middle(spied))
    spied.wait_for_timeout(400)
    assert_fills(spied)
    spied.locator(SURFACE).first.press("Shift+ArrowLeft")
    spied.wait_for_timeout(300)
    assert np.linalg.norm(eye(spied) - turned) > 0.1
    spied.locator(SURFACE).first.press("0")
    spied.wait_for_timeout(300)
    assert_fills(spied)
    spied.set_viewport_size({"width": 1366, "height": 650})
    spied.wait_for_timeout(500)
    settled(spied)
    assert eye(spied) == pytest.approx(home, abs=1e-3)


def wheel(page: Page, ctrl: bool = False) -> tuple[bool, float]:
    """Whether the surface keeps a turn of the wheel from the page, and by what factor its eye has moved away."""
    before = float(np.linalg.norm(eye(page)))
    page.mouse.move(*middle(page))
    page.evaluate("window.kept.length = 0")
    if ctrl:
        page.keyboard.down("Control")
    page.mouse.wheel(0, 120)
    if ctrl:
        page.keyboard.up("Control")
    page.wait_for_function("window.kept.length > 0")
    page.wait_for_timeout(400)
    return page.evaluate("window.kept.at(-1)"), float(np.linalg.norm(eye(page))) / before


def test_the_wheel_is_the_pages_until_the_surface_is_touched(spied: Page) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, "surface=bowl&steps=20", large=True)
    spied.mouse.click(5, 300)
    assert wheel(spied) == (False, 1.0)
    kept, factor = wheel(spied, ctrl=True)
    assert kept
    assert factor > 1.03
    spied.mouse.click(*middle(spied))
    kept, factor = wheel(spied)
    assert kept
    assert factor > 1.03
    spied.keyboard.press("Escape")
    assert wheel(spied) == (False, 1.0)
    spied.mouse.click(*middle(spied))
    assert wheel(spied)[0]
    # A click elsewhere gives it back as well.
    spied.locator(".rv-surface h3").click()
    assert wheel(spied) == (False, 1.0)


def test_a_click_changes_places_and_a_drag_does_not(spied: Page) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, "surface=bowl&steps=20")
    main = "document.querySelector('.ravine').dataset.main"
    drag(spied, 40, 0)
    assert spied.evaluate(main) == "contour"
    spied.mouse.click(*middle(spied))
    spied.wait_for_function(f"{main} === 'surface'")


def test_markers_that_the_surface_hides_have_their_full_colour(spied: Page) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, "surface=recurrent_cliff&steps=20&r1=sgd~lr~0.0001&r4=adam~lr~0.01", large=True)
    seek(spied, last_step(spied))
    spied.locator(".rv-scrub input").blur()
    for _ in range(24):
        spied.locator(SURFACE).first.press("Shift+ArrowLeft")
    for _ in range(5):
        spied.locator(SURFACE).first.press("Shift+ArrowDown")
    spied.wait_for_timeout(800)
    colours = run_colours("light")
    for slot in (1, 4):
        assert count_near(picture(spied, SURFACE), colours[slot - 1]) > 60


def lost_words(page: Page) -> Any:
    return page.locator(f"{SURFACE} .rv-lost")


def test_a_loss_of_the_graphics_is_said_and_mended(spied: Page) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, "surface=bowl&steps=20&r1=sgd~lr~0.1", large=True)
    spied.evaluate(LOSE)
    expect(lost_words(spied)).to_contain_text("comes back by itself")
    expect(lost_words(spied).get_by_role("button")).to_have_count(0)
    # The clock goes on meanwhile, and another scene can be chosen.
    seek(spied, 3)
    set_rate(spied, "Gradient descent", "0.2")
    choose(spied, "Surface", "Booth")
    spied.evaluate("window.lost.restoreContext()")
    expect(lost_words(spied)).to_have_count(0)
    seek(spied, 0)
    spied.wait_for_timeout(800)
    assert not spied.evaluate(LOST)
    again = picture(spied, SURFACE)
    # It is what the page shows that is opened there.
    shown(spied, urlsplit(spied.url).query, large=True)
    seek(spied, 0)
    spied.wait_for_timeout(800)
    assert np.mean(np.abs(again - picture(spied, SURFACE)).max(axis=-1) > 24) < 0.05


def test_what_is_not_given_back_is_drawn_again_on_demand(spied: Page) -> None:
    spied.set_viewport_size({"width": 1366, "height": 650})
    shown(spied, "surface=bowl&steps=20&r1=sgd~lr~0.1", large=True)
    before, painted = picture(spied, SURFACE), times_painted(spied, SURFACE)
    spied.evaluate(LOSE)
    again = lost_words(spied).get_by_role("button", name="Draw it again")
    again.click()
    expect(lost_words(spied)).to_have_count(0)
    spied.wait_for_function(f"Number(document.querySelector('{SURFACE}').dataset.painted) > {painted}")
    spied.wait_for_timeout(500)
    assert not spied.evaluate(LOST)
    assert np.mean(np.abs(picture(spied, SURFACE) - before).max(axis=-1) > 24) < 0.05
    # A viewer turns it as before.
    home = eye(spied)
    drag(spied, 60, 0)
    assert np.linalg.norm(eye(spied) - home) > 0.2


def test_a_start_outside_the_window_is_in_the_picture_a_closer_look_at_the_contour_is_not(spied: Page) -> None:
    ends = f"() => {{ const {{ x }} = document.querySelector('{SURFACE} .js-plotly-plot').data[0]; return [x[0], x.at(-1)]; }}"
    (x0, x1), _ = SURFACES["bowl"]().window
    shown(spied, "surface=bowl&steps=20&view=-1~1~-1~1")
    assert spied.evaluate(ends) == pytest.approx([x0, x1])
    shown(spied, "surface=bowl&steps=20&start=12~6")
    assert spied.evaluate(ends)[1] > 12


def test_a_phone_that_shows_another_picture_has_no_graphics_to_pay_for(browser: Browser, server: str) -> None:
    with browsing(browser, server) as browse:
        page = browse(**PHONE)
        page.add_init_script(SPY)
        open_app(page, "surface=bowl&steps=20")
        page.wait_for_timeout(1500)
        assert page.evaluate("window.contexts") == 0
        chosen(page)
        settled(page)
        assert page.evaluate("window.contexts") > 0
        assert_fills(page)
        # A finger scrolls the page upwards, and turns the surface sideways.
        assert (
            page.locator(f"{SURFACE} .js-plotly-plot").evaluate("plot => getComputedStyle(plot).touchAction") == "pan-y"
        )
