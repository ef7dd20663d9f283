"""A rate is changed on its run's line, by hand, by key or by typing, and the paths follow while it changes."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.experiment import Experiment, parse, simulate
from optimizers.explain.law import limit

from .conftest import Browse
from .driver import (
    CONTOUR,
    PHONE,
    assert_losses,
    assert_shown,
    experiment_of,
    line_losses,
    open_app,
    picture,
    query_of,
    rate_of,
    repainted,
    seek,
    set_rate,
    step,
    times_painted,
    wait_until,
)

BOWL = (
    "surface=bowl~condition~12&schedule=constant&start=-4~2.6&steps=60&seed=0"
    "&r1=sgd~lr~0.1&r2=momentum~lr~0.02&r3=adam~lr~0.3&r4=line_search~lr~1"
)
GD, NAMES = "Gradient descent", ["Gradient descent", "Momentum", "Adam", "Line search"]


def track_of(page: Page, name: str) -> Locator:
    return page.get_by_role("slider", name=f"Learning rate of {name}, on a track")


def at_rate(lr: float, slot: int = 1) -> Experiment:
    query = dict(part.split("=") for part in BOWL.split("&"))
    slug = query[f"r{slot}"].split("~")[0]
    experiment, complaints = parse({key: [value] for key, value in (query | {f"r{slot}": f"{slug}~lr~{lr}"}).items()})
    assert not complaints
    return experiment


def drag(page: Page, part: Locator, by: float, *, keep: bool = True) -> None:
    """Press on a part of a line and move sideways by so many pixels."""
    box = part.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.locator(".ravine").get_attribute("data-previews") or "0"
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by, y, steps=6)
    wait_until(page, "Number(d.previews || 0) > Number(value)", before)
    if keep:
        page.mouse.up()


@pytest.fixture
def bowl(tab: Page) -> Page:
    tab.set_viewport_size({"width": 1366, "height": 650})
    open_app(tab, BOWL)
    seek(tab, 60)
    return tab


def test_the_paths_follow_a_rate_that_is_dragged(bowl: Page) -> None:
    before, address, painted = picture(bowl, CONTOUR), bowl.url, times_painted(bowl, CONTOUR)
    field = rate_of(bowl, GD)
    # A decade is a hundred pixels.
    drag(bowl, field, -30, keep=False)
    expect(field).to_have_value("0.0501")
    bowl.wait_for_function("document.querySelector('.rv-run .rv-loss').textContent !== ''")
    bowl.wait_for_timeout(150)
    for text, path in zip(line_losses(bowl), simulate(at_rate(0.0501)), strict=True):
        assert_shown(text, path.loss[60])
    # It is looked at, and not yet taken: the address is as it was, the clock too.
    assert bowl.url == address
    assert step(bowl) == 60
    assert (picture(bowl, CONTOUR) != before).any()
    with repainted(bowl):
        bowl.mouse.up()
    assert experiment_of(bowl).runs[0].lr == 0.0501
    assert_losses(bowl, experiment_of(bowl), 60)
    assert times_painted(bowl, CONTOUR) == painted
    assert step(bowl) == 60


def test_escape_goes_back_to_what_the_page_has_though_it_came_late(bowl: Page) -> None:
    """Two rates one after the other: the first's picture may come while the second is on its way already."""
    field = rate_of(bowl, GD)
    field.focus()
    for key in ("ArrowUp", "ArrowUp"):
        field.press(key)
        field.press("Enter")
    # Whatever has come by now, the next change is given up, before the field would take it of its own accord.
    field.evaluate(
        """(field) => {
            const press = (key) => field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            press("ArrowUp");
            setTimeout(() => press("Escape"), 250);
        }"""
    )
    bowl.wait_for_function("decodeURIComponent(location.search).includes('r1=sgd~lr~0.104&')")
    expect(field).to_have_value("0.104")


def test_shift_is_ten_times_finer_and_escape_gives_up(bowl: Page) -> None:
    field, losses = rate_of(bowl, GD), line_losses(bowl)
    bowl.keyboard.down("Shift")
    drag(bowl, field, -30, keep=False)
    expect(field).to_have_value("0.09333")
    bowl.keyboard.up("Shift")
    bowl.mouse.up()
    expect(field).to_have_value("0.09333")
    # By keys: two per cent, a fifth of one with Shift; Escape is the way back.
    bowl.wait_for_function("location.search.includes('0.09333')")
    set_rate(bowl, GD, "0.1")
    field.focus()
    for key, value in (("ArrowUp", "0.102"), ("ArrowDown", "0.1"), ("Shift+ArrowUp", "0.1002")):
        bowl.keyboard.press(key)
        expect(field).to_have_value(value)
    # What rests is taken.
    bowl.wait_for_function("location.search.includes('0.1002')")
    set_rate(bowl, GD, "0.1")
    bowl.wait_for_function("location.search.includes('sgd~lr~0.1&')")
    bowl.keyboard.press("ArrowUp")
    bowl.keyboard.press("Escape")
    expect(field).to_have_value("0.1")
    bowl.wait_for_function(
        "(losses) => document.querySelector('.rv-run .rv-loss').textContent === losses[0]", arg=losses
    )
    assert query_of(bowl)["r1"] == ["sgd~lr~0.1"]


@pytest.mark.parametrize(
    ("typed", "lr"),
    [("0.05", 0.05), ("0,05", 0.05), ("5e-2", 0.05), ("1×10⁻³", 0.001), (" .2 ", 0.2), ("3*10^-4", 0.0003)],
)
def test_a_rate_is_typed_as_people_write_numbers(bowl: Page, typed: str, lr: float) -> None:
    set_rate(bowl, GD, typed)
    assert experiment_of(bowl).runs[0].lr == lr


@pytest.mark.parametrize("typed", ["", "abc", "0", "-1", "1001", "1e-9", "1,000,000", "0.1;drop", "９", "nan"])
def test_what_is_no_rate_is_said_and_changes_nothing(bowl: Page, typed: str) -> None:
    field = rate_of(bowl, GD)
    field.fill(typed)
    field.press("Enter")
    expect(bowl.locator(".rv-toast")).to_contain_text("from 0.0000001 to 1000")
    expect(field).to_have_value("0.1")
    assert query_of(bowl)["r1"] == ["sgd~lr~0.1"]


def test_the_track_is_moved_by_keys_and_by_a_click(bowl: Page) -> None:
    track = track_of(bowl, GD)
    track.focus()
    with repainted(bowl):
        bowl.keyboard.press("ArrowLeft")
    assert experiment_of(bowl).runs[0].lr == pytest.approx(0.1 / 1.02, rel=1e-3)
    assert not bowl.locator(".ravine[data-playing='true']").count()
    box = track.bounding_box()
    assert box is not None
    with repainted(bowl):
        bowl.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2)
    # Three quarters along lies the limit.
    assert experiment_of(bowl).runs[0].lr == pytest.approx(2 / 12, rel=0.03)


def test_the_limit_is_marked_where_there_is_one_and_nowhere_else(bowl: Page) -> None:
    """On a bowl with curvatures 1 and 12: 2/λmax for gradient descent, 2(1+μ)/λmax for heavy ball; none for the others."""
    values = {GD: 2 / 12, "Momentum": 2 * 1.9 / 12}
    for name in NAMES:
        mark = bowl.locator(".rv-run").filter(has=rate_of(bowl, name)).locator(".rv-bound")
        words = track_of(bowl, name).get_attribute("title") or ""
        expect(mark).to_be_visible(visible=name in values)
        if name in values:
            shown = re.search(r"= (\S+); this is (\S+) % of it", words)
            assert shown, words
            assert_shown(shown[1], values[name])
        else:
            assert "limit" not in words
    paths = simulate(experiment_of(bowl))
    known = limit(paths[0])
    assert known is not None
    assert known[0] == pytest.approx(values[GD], rel=1e-6)
    # Where the plane bends there is no one number.
    open_app(bowl, "surface=rosenbrock&r1=sgd~lr~0.003")
    expect(bowl.locator(".rv-bound")).to_be_hidden()


def test_each_run_s_rate_is_in_view_on_every_page_but_dissect(tab: Page) -> None:
    racers = "&".join(f"r{k}=adam~lr~0.0{k}" for k in range(1, 9))
    for size in ((1366, 650), (1280, 600), (1024, 768), (390, 844)):
        tab.set_viewport_size({"width": size[0], "height": size[1]})
        for path in ("/", "/compare"):
            query = f"surface=bowl&{racers}" + ("&vs=lr~3" if path == "/compare" else "")
            open_app(tab, query, path)
            fields = tab.locator(".rv-rate")
            expect(fields).to_have_count(8)
            for field in fields.all():
                expect(field).to_be_visible()
                assert field.evaluate("f => f.scrollWidth <= f.clientWidth + 1")


def test_a_finger_drags_a_rate(browse: Browse) -> None:
    page = browse(**PHONE)
    open_app(page, BOWL)
    field = rate_of(page, GD)
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    touch = lambda kind, *points: session.send(  # noqa: E731
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": y} for px in points]}
    )
    touch("touchStart", x)
    for by in (10, 20, 30):
        touch("touchMove", x + by)
    wait_until(page, "Number(d.previews || 0) > 0")
    with repainted(page):
        touch("touchEnd")
    assert experiment_of(page).runs[0].lr == pytest.approx(0.1 * 10**0.3, rel=0.01)
