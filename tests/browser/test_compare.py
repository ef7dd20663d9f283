"""Compare shows two scenes that differ in one thing: side by side, in step, and with a link of their own."""

from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from app.comparison import EXAMPLES, Comparison, parse_comparison
from app.experiment import Experiment, simulate, start_of, surface_of

from .conftest import Browse
from .driver import (
    CONTOUR,
    PHONE,
    assert_shown,
    choose,
    count_near,
    from_menu,
    hear,
    heard,
    last_step,
    line_losses,
    lines,
    on_a_laptop,
    open_app,
    panel_steps,
    picture,
    place,
    playing,
    query_of,
    repainted,
    run_colours,
    save_at,
    seek,
    step,
    too_wide,
    visible_boxes,
    wait_until,
)

LOSS, NORMALIZATION, SCHEDULE = EXAMPLES.items()
VALLEY = "surface=linear_regression&r1=sgd~lr~0.2&steps=30&vs=normalization~standardize"


def open_compare(page: Page, query: str = "") -> None:
    open_app(page, query, "/compare")


def comparison_of(page: Page) -> Comparison:
    """The comparison that the page's address names; it must be a clean one."""
    comparison, complaints = parse_comparison(query_of(page))
    assert not complaints
    return comparison


def toolbar(page: Page, half: int | None = None) -> Locator:
    whole = page.locator(".st-key-toolbar")
    return whole if half is None else whole.get_by_test_id("stColumn").nth(half)


def titles(page: Page) -> list[str]:
    return page.locator(".rv-title h2").all_inner_texts()


def curves(page: Page, half: int) -> list[str]:
    """The name of the chart that half the page has, and its limits."""
    return [page.locator(".rv-chart-title").nth(half).inner_text()]


def differ(page: Page, option: str) -> None:
    from_menu(page, page.locator(".rv-differ"), option)


def value(page: Page, half: int, option: str) -> None:
    from_menu(page, page.locator(".rv-option").nth(half), option)


def example(page: Page, name: str) -> None:
    """Begin from one of the examples, which stand in the scene's menu."""
    page.locator(".st-key-toolbar").get_by_role("button").first.click()
    with repainted(page):
        choose(page, "Begin from", name, page.get_by_test_id("stPopoverBody"))
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


def assert_in_step(page: Page, comparison: Comparison, at: int) -> None:
    """All panels stand at a step, and each card has what the engine computes on either side."""
    steps = panel_steps(page)
    assert len(steps) == 4
    assert set(steps) == {at}
    both = zip(*(simulate(scene) for scene in comparison.scenes), strict=True)
    texts = iter(line_losses(page))
    for pair in both:
        for path in pair:
            assert_shown(next(texts), path.loss[at])
    assert next(texts, None) is None


def raw_start(scene: Experiment) -> np.ndarray:
    """Where a scene starts, as weights of the features as they were measured."""
    return surface_of(scene.surface).raw_weights(np.array(start_of(scene)))


def test_it_opens_with_the_lecture_s_picture_and_plays_both_in_step(tab: Page) -> None:
    open_compare(tab)
    wait_until(tab, "d.playing === 'true' && Number(d.step) > 2")
    assert titles(tab) == ["MSE", "Cross-entropy"]
    expect(tab.locator(".rv-player")).to_have_count(1)
    _, comparison = LOSS
    for remark, scene in zip(tab.locator(".rv-title p").all_inner_texts(), comparison.scenes, strict=True):
        norm = float(np.hypot(*surface_of(scene.surface).grad(*start_of(scene))))
        assert_shown(remark.partition("slope ")[2].removesuffix(" at the start."), norm)

    for at in (0, 41, 100):
        seek(tab, at)
        assert_in_step(tab, comparison, at)
    stuck, arrived = lines(tab).first.locator(".rv-chip").all()
    path = simulate(comparison.scenes[1])[0]
    stopped = path.stop_step
    assert path.status == "as_good"
    assert stuck.get_attribute("data-kind") == "plateau"
    assert f"is as good as its lowest, 0, since step {stopped}" in (arrived.get_attribute("aria-label") or "")
    expect(arrived.locator(".rv-chip-text")).to_have_text(str(stopped))
    assert [*curves(tab, 0), *curves(tab, 1)] == ["Loss, MSE", "Loss, Cross-entropy"]
    with on_a_laptop(tab):
        save_at(tab, 60, "compare-loss")

    seek(tab, 10)
    tab.locator(".rv-play").click()
    wait_until(tab, "Number(d.step) > 12")
    tab.locator(".rv-play").click()
    assert not playing(tab)
    assert_in_step(tab, comparison, step(tab))


def test_each_half_shows_its_surface_or_its_data(tab: Page) -> None:
    open_compare(tab)
    seek(tab, 30)
    halves = tab.locator(".rv-scene")

    def seen() -> list[str]:
        kinds = ("contour", "surface", "data")
        return [what for half in halves.all() for what in kinds if half.locator(f".rv-{what}").is_visible()]

    # One switch moves both, whichever half it is in.
    assert seen() == ["contour", "contour"]
    halves.nth(1).locator(".rv-title").get_by_role("button", name="3-D", exact=True).click()
    assert seen() == ["surface", "surface"]
    halves.nth(0).locator(".rv-title").get_by_role("button", name="Data", exact=True).click()
    assert seen() == ["data", "data"]
    assert panel_steps(tab) == [30] * 4
    # What is chosen is drawn.
    blank = picture(tab, ".rv-data .rv-plot")
    assert count_near(blank, run_colours("light")[0]) > 50
    halves.nth(0).locator(".rv-title").get_by_role("button", name="Contour", exact=True).click()
    assert seen() == ["contour", "contour"]


def test_an_example_is_a_link_that_shows_the_same_elsewhere(tab: Page, browse: Browse) -> None:
    open_compare(tab)
    for name, comparison, file in ((*NORMALIZATION, "compare-normalization"), (*SCHEDULE, "compare-schedule")):
        example(tab, name)
        assert comparison_of(tab) == comparison
        assert query_of(tab)["vs"] == [comparison.query()["vs"]]
        save_at(tab, last_step(tab) // 2, file)
    assert titles(tab) == ["Constant", "Inverse square root"]
    assert_in_step(tab, comparison, 125)

    other = browse(color_scheme="dark")
    open_compare(other, urlsplit(tab.url).query)
    seek(other, 125)
    assert titles(other) == titles(tab)
    assert line_losses(other) == line_losses(tab)
    tab.reload()
    tab.wait_for_selector(".ravine[data-painted]")
    assert titles(tab) == titles(other)
    seek(tab, 125)
    assert_in_step(tab, comparison, 125)
    # While a dark page is there, the lecture's picture in it.
    example(other, LOSS[0])
    save_at(other, 60, "compare-dark")


def test_what_differs_changes_the_right_scene_alone(tab: Page) -> None:
    hear(tab)
    open_compare(tab, VALLEY)

    def picked(half: int | None, option: str) -> tuple[Comparison, list[str]]:
        old = [scene["field"] for scene in heard(tab)]
        with repainted(tab):
            if half is None:
                differ(tab, option)
            else:
                value(tab, half, option)
        comparison = comparison_of(tab)
        left, right = heard(tab)
        assert left["field"] == old[0]
        assert left["title"] != right["title"]
        return comparison, [old[1], right["field"]]

    left = comparison_of(tab).left
    comparison, fields = picked(1, "min–max")
    assert query_of(tab)["vs"] == ["normalization~minmax"]
    assert titles(tab) == ["As measured", "Min–max"]
    assert fields[0] != fields[1]
    comparison, _ = picked(None, "Schedule")
    assert query_of(tab)["vs"] == ["schedule~cosine"]
    assert titles(tab) == ["Constant", "Cosine"]
    comparison, fields = picked(1, "Exponential")
    assert query_of(tab)["vs"] == ["schedule~exponential"]
    assert fields[0] == fields[1]
    assert comparison.left == left
    seek(tab, 30)
    assert_in_step(tab, comparison, 30)


def test_a_click_in_either_contour_moves_the_start_of_both(tab: Page) -> None:
    hear(tab)
    _, example = NORMALIZATION
    open_compare(tab, urlencode(example.query()))
    (x0, x1), _ = surface_of(example.scenes[1].surface).window
    pixel = (x1 - x0) / 200

    def clicked(half: int, x: float, y: float) -> np.ndarray:
        """The raw weights at which both scenes start after a click."""
        with repainted(tab):
            tab.mouse.click(*place(tab, x, y, half))
        comparison = comparison_of(tab)
        starts = [raw_start(scene) for scene in comparison.scenes]
        np.testing.assert_allclose(starts[0], starts[1])
        # So do the rings.
        for scene, drawn in zip(comparison.scenes, heard(tab), strict=True):
            assert drawn["start"] == pytest.approx(start_of(scene))
        return starts[0]

    assert clicked(0, 4.0, 3.0) == pytest.approx((4.0, 3.0), abs=pixel)
    right = surface_of(example.scenes[1].surface)
    asked = right.raw_weights(np.array((3.0, 4.0)))
    np.testing.assert_allclose(clicked(1, 3.0, 4.0), asked, atol=float((pixel / right.scaling.scale).max()))
    assert comparison_of(tab).left.start != pytest.approx((3.0, 4.0), abs=0.1)


def test_the_normalized_path_is_drawn_among_the_raw_weights_and_norms_have_one_scale(tab: Page) -> None:
    hear(tab)
    _, example = NORMALIZATION
    open_compare(tab, urlencode(example.query()))
    raw, normalized = example.scenes
    ours, theirs = (simulate(scene)[0] for scene in (raw, normalized))
    mapped = surface_of(raw.surface).from_raw_weights(surface_of(normalized.surface).raw_weights(theirs.theta))
    left, right = heard(tab)
    assert [run["lines"] for run in left["runs"]] == [["standardized"]] * 2
    assert [run["lines"] for run in right["runs"]] == [[]] * 2
    np.testing.assert_allclose(np.reshape(left["runs"][0]["beside"][0], (-1, 2)), mapped, rtol=1e-5)
    for remark, scene in zip(tab.locator(".rv-title p").all_inner_texts(), (raw, normalized), strict=True):
        assert f"Condition number {surface_of(scene.surface).condition_number:.3g}:" in remark

    # It is seen where the run itself is not, from the step on at which it gets there.
    away = np.hypot(*(mapped[:, None] - ours.theta[None]).transpose(2, 0, 1)).min(axis=1)
    at = int(away.argmax())
    lines(tab).first.locator(".rv-name").dblclick()

    def found() -> int:
        x, y = place(tab, *mapped[at])
        box = tab.locator(CONTOUR).first.bounding_box()
        assert box is not None
        u, v = round(x - box["x"]), round(y - box["y"])
        return count_near(picture(tab, CONTOUR)[v - 3 : v + 4, u - 3 : u + 4], run_colours("light")[0])

    seek(tab, 0)
    assert found() == 0
    seek(tab, last_step(tab))
    assert found() >= 3

    # One line through all gradient norms: a decade is as high on the left as on the right.
    from_menu(tab, tab.locator(".rv-chart-title").first, "Gradient norm")
    expect(tab.locator(".rv-chart .rv-hint").first).to_have_text("same scale")
    heights, norms = [], []
    for half, scene in enumerate(example.scenes):
        path = simulate(scene)[0]
        for at in (0, 20, 55):
            seek(tab, at)
            pixels = picture(tab, ".rv-chart .rv-plot", half)
            # The line through all charts is where most is dark.
            now = int((pixels.max(axis=-1) < 90).sum(axis=0).argmax())
            wanted = [int(run_colours("light")[0][i : i + 2], 16) for i in (1, 3, 5)]
            rows = np.nonzero((np.abs(pixels[:, now - 4 : now + 5] - wanted) <= 24).all(axis=-1))[0]
            # From the top of its own plot; the lower one has room for the numbers of the steps beneath it.
            heights.append(rows.mean() / (pixels.shape[0] - (30 if half else 10)))
            norms.append(np.log10(np.hypot(*path.grad[at])))
    slope, offset = np.polyfit(norms, heights, 1)
    np.testing.assert_allclose(np.polyval((slope, offset), norms), heights, atol=0.06)
    from_menu(tab, tab.locator(".rv-chart-title").first, "Loss")
    assert max(norms) - min(norms) > 4


def test_playground_and_compare_keep_their_own_experiments(tab: Page) -> None:
    open_app(tab, "surface=bowl&r1=sgd~lr~0.05&steps=20")

    def walk(to: str) -> None:
        before = tab.locator(".rv-scene").count()
        tab.get_by_role("link", name=to).click()
        expect(tab.locator(".rv-scene")).not_to_have_count(before)
        tab.wait_for_selector(".ravine[data-painted]")

    with repainted(tab):
        tab.mouse.click(*place(tab, 1.0, 2.0))
    ours = query_of(tab)
    assert "start" in ours
    walk("Compare")
    assert comparison_of(tab) == LOSS[1]
    with repainted(tab):
        differ(tab, "Learning rates")
    theirs = query_of(tab)
    assert theirs["vs"] == ["lr~3"]
    walk("Playground")
    assert query_of(tab) == ours
    expect(lines(tab)).to_have_count(1)
    walk("Compare")
    assert query_of(tab) == theirs
    assert titles(tab) == ["Rates as set", "Rates times 3"]


@pytest.mark.parametrize("vs", ["loss~mse", "<img src=http://example.org/x>~1"])
def test_a_broken_difference_is_one_notice_and_a_page(tab: Page, vs: str) -> None:
    open_compare(tab, urlencode({"surface": "bowl", "steps": "20", "vs": vs}))
    notice = tab.get_by_test_id("stToast")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("Another difference is shown instead")
    expect(notice.locator("img, script, a")).to_have_count(0)
    expect(tab.get_by_test_id("stException")).to_have_count(0)
    assert titles(tab) == ["Rates as set", "Rates times 2"]
    seek(tab, 20)
    assert panel_steps(tab) == [20] * 4


def test_runs_on_the_right_have_cards_of_their_own(tab: Page) -> None:
    open_compare(tab, "surface=bowl&steps=20&vs=optimizers~3~4")
    seek(tab, 20)
    paths = [path for scene in comparison_of(tab).scenes for path in simulate(scene)]
    for text, path in zip(line_losses(tab), paths, strict=True):
        assert_shown(text, path.loss[20])


def test_the_copied_link_has_the_difference(browse: Browse) -> None:
    page = browse(permissions=["clipboard-read", "clipboard-write"])
    open_compare(page, VALLEY.replace("standardize", "minmax"))
    page.locator("[data-do=link]").click()
    expect(page.locator(".rv-toast")).to_have_text("Link copied")
    copied = urlsplit(page.evaluate("navigator.clipboard.readText()")).query
    assert parse_comparison(parse_qs(copied))[0] == comparison_of(page)


def test_a_phone_has_both_halves_in_one_look(browse: Browse) -> None:
    page = browse(**PHONE)
    open_compare(page)
    save_at(page, 60, "compare-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert not too_wide(page, 390)
    left, right = visible_boxes(page.locator(CONTOUR))
    assert left["x"] + left["width"] < right["x"]
    assert left["y"] == right["y"]
    for box in (left, right):
        assert box["y"] + box["height"] < 844 - 106
    bar = page.locator(".rv-player")
    expect(bar).to_be_in_viewport(ratio=1)
    seek(page, 70)
    assert panel_steps(page) == [70] * 4
    expect(toolbar(page)).not_to_be_visible()
    page.locator(".rv-edit").tap()
    expect(toolbar(page).get_by_role("button", name="Settings")).to_be_visible()
    assert not too_wide(page, 390)

    # A small screen has them side by side as well, and the bar over everything.
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(page.locator(".ravine")).to_have_attribute("data-layout", "halves")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024
    assert not too_wide(page, 1024)
    left, right = visible_boxes(page.locator(CONTOUR))
    assert left["y"] == right["y"]
    expect(bar).to_be_in_viewport(ratio=1)
    # Nothing that lies beneath the bar shines through.
    page.locator(".rv-curves").scroll_into_view_if_needed()
    seen = picture(page, ".rv-player")
    page.locator(".rv-stage").evaluate("stage => stage.style.visibility = 'hidden'")
    assert (picture(page, ".rv-player") == seen).all()
