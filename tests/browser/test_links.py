"""A start is a click away, and what is on the screen is in the address: it can be sent, opened, and gone back to."""

import re
from urllib.parse import quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.experiment import FIRST, simulate, surface_of

from .conftest import Browse
from .driver import (
    CONTOUR,
    PLAYER,
    assert_losses,
    chips,
    experiment_of,
    last_step,
    line_losses,
    lines,
    open_app,
    panel_steps,
    place,
    playing,
    repainted,
    said_of,
    seek,
    step,
    times_painted,
    wait_until,
)


def test_a_click_on_the_contour_is_a_new_start_and_a_new_race(page: Page) -> None:
    open_app(page)
    end = last_step(page)
    seek(page, end)
    with repainted(page):
        page.mouse.click(*place(page, -1.0, 0.5))
    experiment = experiment_of(page)
    assert experiment.start is not None
    (x0, x1), (y0, y1) = surface_of(FIRST.surface).window
    assert experiment.start[0] == pytest.approx(-1.0, abs=0.01 * (x1 - x0))
    assert experiment.start[1] == pytest.approx(0.5, abs=0.01 * (y1 - y0))
    # Nothing else has changed.
    assert experiment.runs == FIRST.runs
    wait_until(page, "d.playing === 'true' && Number(d.step) < value", end)
    seek(page, 0)
    assert_losses(page, experiment, 0)
    seek(page, end)
    assert_losses(page, experiment, end)


def test_the_start_can_be_dragged(page: Page) -> None:
    open_app(page)
    seek(page, last_step(page))
    page.mouse.move(*place(page, *surface_of(FIRST.surface).start))
    page.mouse.down()
    page.mouse.move(*place(page, 0.0, 1.0), steps=5)
    assert "start" not in page.url
    page.mouse.move(*place(page, 1.0, 2.0), steps=5)
    with repainted(page):
        page.mouse.up()
    assert experiment_of(page).start == pytest.approx((1.0, 2.0), abs=0.04)
    wait_until(page, "d.playing === 'true'")


def test_a_link_opens_the_same_experiment_elsewhere(page: Page, browse: Browse) -> None:
    open_app(page)
    with repainted(page):
        page.mouse.click(*place(page, 0.5, 2.5))
    end = last_step(page)
    seek(page, end)
    other = browse()
    open_app(other, urlsplit(page.url).query)
    seek(other, end)
    assert experiment_of(other) == experiment_of(page)
    for what in (".rv-name", ".rv-loss", ".rv-chip"):
        words = [one.locator(f".rv-run {what}").all_inner_texts() for one in (page, other)]
        assert words[0] == words[1]
        assert len(words[0]) == 4
    rates = [
        one.locator(".rv-rate").evaluate_all("fields => fields.map((field) => field.value)") for one in (page, other)
    ]
    assert rates[0] == rates[1]
    assert [float(rate) for rate in rates[0]] == [run.lr for run in FIRST.runs]
    seek(page, 0)
    seek(other, 0)
    assert line_losses(other) == line_losses(page)


def test_back_is_the_experiment_before_and_forward_the_one_after(page: Page) -> None:
    open_app(page)
    with repainted(page):
        page.mouse.click(*place(page, 0.5, 2.5))
    moved = experiment_of(page)
    with repainted(page):
        page.go_back()
    seek(page, FIRST.steps)
    assert_losses(page, FIRST, FIRST.steps)
    with repainted(page):
        page.go_forward()
    assert experiment_of(page) == moved
    seek(page, FIRST.steps)
    assert_losses(page, moved, FIRST.steps)


def test_the_link_button_copies_a_link_to_what_is_seen(browse: Browse) -> None:
    page = browse(permissions=["clipboard-read", "clipboard-write"])
    open_app(page)
    assert not urlsplit(page.url).query
    page.locator("[data-do=link]").click()
    expect(page.locator(".rv-toast")).to_have_text("Link copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    open_app(page, urlsplit(copied).query)
    assert experiment_of(page) == FIRST


BAD = {
    "a surface that is none": "surface=nonsense",
    "a rate that is no number": "r1=adam~lr~nan",
    "too few steps": "steps=-5",
    "a start at infinity": "start=1~inf",
    "steps beyond all floats": "steps=1e309",
    "HTML in a key": quote("<img src=http://example.org/x>") + "=1",
    "a picture in a key": quote("![a](http://example.org/b)") + "=1",
    "a script in a value": "surface=" + quote("<script>fetch('http://example.org')</script>"),
    "a very long surface": "surface=" + 4000 * "x",
    "a very long rate": "r1=adam~lr~" + 4000 * "9",
    "a very long key": 4000 * "k" + "=1",
    "many at once": "surface=nonsense&r1=adam~lr~nan&r2=none&steps=-5&start=1~inf&seed=x&a=b",
}


# All in one context, because the browser then has the files already. That no request left the server is seen at the end.
def test_a_bad_link_gives_a_page_and_one_notice(page: Page) -> None:
    open_app(page)
    # Whose height the window decides, so that it is the same for all surfaces.
    bar = page.locator(".rv-player").bounding_box()
    room = page.locator(".ravine").bounding_box()
    for what, query in BAD.items():
        page.goto(f"/?{query}")
        notice = page.get_by_test_id("stToast")
        expect(notice, what).to_have_count(1)
        expect(notice, what).to_be_visible()
        expect(page.get_by_test_id("stException"), what).to_have_count(0)
        expect(notice.locator("img, script, a"), what).to_have_count(0)
        assert len(notice.inner_text()) < 400, what
        page.wait_for_selector(f"{PLAYER}[data-painted]")
        assert lines(page).count() >= 1, what
        wait_until(page, "Number(d.step) > 1")
        # It takes no room, neither from the pictures nor from the bar.
        assert page.locator(".rv-player").bounding_box() == bar, what
        assert page.locator(".ravine").bounding_box() == room, what


def test_a_notice_says_what_it_is_about_and_is_said_once(page: Page) -> None:
    notice = page.get_by_test_id("stToast")
    # It stays for ten seconds, of which the pictures may need some.
    page.goto(f"/?{BAD['HTML in a key']}")
    expect(notice).to_contain_text(re.compile("<img src=http.://example.org/x>"))
    page.wait_for_selector(f"{PLAYER}[data-painted]")
    with repainted(page):
        page.mouse.click(*place(page, 0.5, 2.5))
    expect(notice).to_have_count(0)
    # Nor does it come back with a change after it has gone.
    with repainted(page):
        page.mouse.click(*place(page, -0.5, 2.0))
    expect(notice).to_have_count(0)


def test_chips_and_marks_name_the_engine_s_steps(page: Page) -> None:
    open_app(page, "surface=bowl~condition~12&schedule=constant&r1=sgd~lr~0.2&r2=sgd~lr~0.155")
    lost, found = simulate(experiment_of(page))
    n, m = int(lost.stop_step), int(found.stop_step)
    end = last_step(page)
    seek(page, end)
    assert chips(page) == [f"diverged at {n}", f"converged at {m}"]
    assert said_of(page, 1).startswith(f"Gradient descent diverged at step {n}, because the rate 0.200 was above")
    assert said_of(page, 2) == f"Gradient descent converged at step {m} to the minimum at (0, 0)."
    # Before it is news, it is not told: neither to the eye nor to those who listen.
    seek(page, min(n, m) - 1)
    for told in (*chips(page), said_of(page, 1), said_of(page, 2)):
        assert "diverged" not in told
        assert "converged" not in told
    seek(page, n)
    assert chips(page)[0] == f"diverged at {n}"

    track = page.locator(".rv-marks").bounding_box()
    assert track is not None
    for slot, at, words in ((1, n, "diverged"), (2, m, "converged")):
        mark = page.locator(f".rv-marks [data-slot='{slot}']")
        expect(mark).to_have_attribute("title", f"Gradient descent: {words} at {at}")
        box = mark.bounding_box()
        assert box is not None
        centre = box["x"] + box["width"] / 2
        assert centre == pytest.approx(track["x"] + track["width"] * at / end, abs=2)
    # The run beyond all numbers is drawn as long as there are any, and the other one is not harmed.
    assert panel_steps(page) == [step(page)] * 5
    assert times_painted(page, CONTOUR) == 1
    assert not playing(page)
