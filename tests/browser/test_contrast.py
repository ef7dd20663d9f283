"""Every word on every page stands out from what is behind it: 4.5 to 1 at least, in both themes, asleep or at work."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import browsing
from .driver import last_step, open_app, seek, sidebar

LEAST = 4.5
# By WCAG 2.2's relative luminance; colours of any notation are read off a canvas, layers are laid over one another.
CONTRASTS = """() => {
  const ctx = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = new Map();
  const rgba = (colour) => {
    if (!read.has(colour)) {
      ctx.clearRect(0, 0, 1, 1);
      ctx.fillStyle = colour;
      ctx.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = ctx.getImageData(0, 0, 1, 1).data;
      read.set(colour, [r, g, b, a / 255]);
    }
    return read.get(colour);
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((v, i) => a * v + (1 - a) * under[i]);
  const ancestors = (e) => { const all = []; for (; e; e = e.parentElement) all.push(e); return all; };
  // What hangs out of an element does not lie on it.
  const behind = (e) => {
    const box = e.getBoundingClientRect(), [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const under = ancestors(e).filter((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return one === document.body || (left <= x && x <= right && top <= y && y <= bottom);
    });
    return under.reduceRight((colour, one) => over(rgba(getComputedStyle(one).backgroundColor), colour), [255, 255, 255]);
  };
  const luminance = (colour) => colour.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + [0.2126, 0.7152, 0.0722][i] * v, 0);
  const faults = [];
  let count = 0;
  const judge = (e, colour, words) => {
    if (!e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
    const box = e.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || e.closest(".rv-unseen, .katex-mathml")) return;
    const back = behind(e), [r, g, b, a] = rgba(colour);
    const clear = ancestors(e).reduce((product, one) => product * Number(getComputedStyle(one).opacity), 1);
    const [high, low] = [luminance(over([r, g, b, a * clear], back)), luminance(back)].sort((p, q) => q - p);
    const ratio = (high + 0.05) / (low + 0.05);
    count++;
    const name = `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className}`;
    // Of a drawn sign, whose letters are its name, less is asked.
    const least = /Material/.test(getComputedStyle(e).fontFamily) ? 3 : LEAST;
    if (ratio < least) faults.push(`${ratio.toFixed(2)}: "${words.trim().slice(0, 40)}" in ${name}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const e = node.parentElement;
    if (!node.textContent.trim() || e.closest("script, style, noscript")) continue;
    judge(e, e instanceof SVGElement ? getComputedStyle(e).fill : getComputedStyle(e).color, node.textContent);
  }
  for (const e of document.querySelectorAll("input")) {
    if (e.value && e.type !== "range") judge(e, getComputedStyle(e).color, e.value);
  }
  return [count, [...new Set(faults)]];
}""".replace("LEAST", str(LEAST))

RACE = {"r1": "sgd~lr~0.155", "r2": "momentum~lr~0.2", "r4": "adam~lr~0.3", "steps": "60", "start": "-4~2.6"}
PAGES = {
    "the playground": ("/", {"surface": "bowl", **RACE}),
    "data": ("/", {"surface": "linear_regression", "steps": "40"}),
    "a network": ("/", {"surface": "two_layer", "steps": "20", "schedule": "one_cycle"}),
    "Compare": ("/compare", {}),
    "Dissect": ("/dissect", {"surface": "bowl", **RACE}),
}
SIZES = [(1366, 650), (390, 844)]


@pytest.fixture(scope="module", params=["light", "dark"])
def screen(request: pytest.FixtureRequest, browser: Browser, server: str) -> Iterator[Page]:
    with browsing(browser, server) as browse:
        yield browse(color_scheme=request.param, viewport={"width": 1366, "height": 650})


def weak(page: Page, least: int = 10) -> list[str]:
    """What stands out too little."""
    # Colours fade in and out, and what was pointed at has its words for a moment.
    page.mouse.move(1, 1)
    expect(page.get_by_test_id("stTooltipContent")).to_have_count(0)
    page.wait_for_timeout(400)
    count, faults = page.evaluate(CONTRASTS)
    assert count >= least, "hardly anything was looked at"
    return faults


@pytest.mark.parametrize("name", PAGES)
def test_every_word_stands_out(screen: Page, name: str) -> None:
    path, query = PAGES[name]
    faults: list[str] = []
    for width, height in SIZES:
        screen.set_viewport_size({"width": width, "height": height})
        open_app(screen, urlencode(query), path)
        for at in (0, last_step(screen)):
            seek(screen, at)
            faults += weak(screen, 20)
    screen.set_viewport_size({"width": 1366, "height": 650})
    assert not faults, "\n".join(sorted(set(faults)))


def test_menus_help_and_folds_do_too(screen: Page) -> None:
    open_app(screen, urlencode({"surface": "linear_regression", "steps": "40"}))
    faults: list[str] = []
    for opener in (".rv-add", ".rv-speed", ".rv-chart-title"):
        screen.locator(opener).first.click()
        faults += weak(screen)
        screen.keyboard.press("Escape")
    screen.locator("[data-do=help]").click()
    faults += weak(screen)
    screen.keyboard.press("Escape")
    for fold in ("Rules", "Penalties on the weights", "Start, steps, warm-up, seed"):
        sidebar(screen).get_by_text(fold, exact=True).first.click()
        faults += weak(screen)
    sidebar(screen).get_by_test_id("stPopover").last.get_by_role("button").first.click()
    faults += weak(screen)
    assert not faults, "\n".join(sorted(set(faults)))
