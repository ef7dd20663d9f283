"""On a phone there is one picture at a time, and everything that is tapped is wide enough for a finger."""

from playwright.sync_api import expect

from .conftest import Browse
from .driver import CONTOUR, PHONE, SURFACE, open_app, seek, sidebar, visible_boxes

FINGER = 44


def test_a_phone_shows_one_picture_and_keeps_the_bar_in_reach(browse: Browse) -> None:
    page = browse(**PHONE)
    open_app(page)
    expect(page.locator(".ravine")).to_have_attribute("data-layout", "phone")
    seek(page, 50)

    # Nothing is wider than the screen, and nothing is small to a finger.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    overflowing = page.locator(".ravine *").evaluate_all(
        "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().right > 391).map(e => e.className)"
    )
    assert not overflowing
    bar = page.locator(".rv-player").bounding_box()
    assert bar is not None
    assert bar["y"] >= 0
    assert bar["y"] + bar["height"] <= 844
    targets = page.locator(
        ".rv-player button, .rv-player input, .rv-tabs button, .rv-pick, .rv-more, .rv-rate, .rv-add, .rv-edit"
    )
    boxes = visible_boxes(targets)
    assert len(boxes) >= 20
    for box in boxes:
        assert box["height"] >= FINGER, box
        assert box["width"] >= FINGER, box
    # Fingers do not meet two targets at once.
    boxes = visible_boxes(page.locator(".rv-player button, .rv-player input"))
    for box in boxes:
        assert not any(_overlap(box, other) for other in boxes if other is not box), box

    # One picture at a time, and what is not seen is not drawn.
    plots = {"Contour": CONTOUR, "3-D": SURFACE, "Curves": ".rv-chart .rv-plot >> nth=1"}
    at = 50
    for tab in ("3-D", "Curves", "Contour", "3-D"):
        page.get_by_role("tab", name=tab, exact=True).tap()
        for name, plot in plots.items():
            expect(page.locator(plot)).to_be_visible(visible=name == tab)
        expect(page.locator(plots[tab])).to_have_attribute("data-step", str(at))
        at += 7
        seek(page, at)
        for name, plot in plots.items():
            assert (page.locator(plot).get_attribute("data-step") == str(at)) == (name == tab), name

    # The one button for speed goes round, and the settings open.
    cycle = page.locator(".rv-speed")
    for words in ("2×", "4×", "1/s", "¼×"):
        cycle.tap()
        expect(cycle).to_have_text(words)
    expect(sidebar(page)).to_have_attribute("data-collapsed", "true")
    page.locator(".rv-edit").tap()
    expect(sidebar(page)).to_have_attribute("data-collapsed", "false")
    expect(sidebar(page).get_by_role("combobox", name="Surface")).to_be_visible()


def _overlap(a: dict[str, float], b: dict[str, float]) -> bool:
    across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    along = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    return across > 1 and along > 1
