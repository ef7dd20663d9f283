"""What a student does after an absence takes effect: a lid closed, the Wi-Fi gone, the server restarted or replaced.

Streamlit keeps a session for two minutes after its connection has gone; here for a second, so that an absence is short.
`make sweep` waits as long as it takes.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import PATIENCE, ROOT, serving
from .driver import (
    choose,
    experiment_of,
    line_losses,
    lines,
    open_app,
    pick,
    place,
    query_of,
    rate_of,
    repainted,
    seek,
    sidebar,
    wait_for_losses,
    wait_until,
)
from .relay import Relay, relaying

BOWL = "surface=bowl~condition~12&schedule=constant&r1=sgd~lr~0.1&r2=adam~lr~0.3&steps=60"
# How many seconds a session is kept, and after how many it is gone.
KEPT, GONE = (120, 135.0) if os.environ.get("RAVINE_SWEEP") else (1, 3.0)
PAGES = {"playground": "/", "compare": "/compare", "dissect": "/dissect"}


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that soon forgets who is away."""
    log = tmp_path_factory.mktemp("forgetful") / "log.txt"
    with serving(ROOT / "app" / "server.py", log, disconnectedSessionTTL=str(KEPT)) as address:
        yield address


@pytest.fixture(scope="module")
def relay(forgetful: str) -> Iterator[Relay]:
    with relaying(forgetful) as relay:
        yield relay


@pytest.fixture(scope="module")
def student(browser: Browser, relay: Relay) -> Iterator[Page]:
    """A page that reaches its server through the relay; what a cut breaks off is no fault of the page's."""
    with browser.new_context(base_url=relay.address, viewport={"width": 1600, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        context.add_init_script("localStorage.setItem('ravine.hints', '{\"visits\": 9}')")
        yield context.new_page()


@pytest.fixture(autouse=True)
def _mended(relay: Relay) -> None:
    """Whatever a test left cut."""
    relay.mend()


def opened(page: Page, where: str, query: str = BOWL) -> None:
    open_app(page, f"{query}&vs=schedule~cosine" if where == "compare" else query, PAGES[where])
    seek(page, 20)


def connected(page: Page) -> None:
    """Until the page has heard of the server again, and the server of it."""
    page.wait_for_function(
        """() => {
            const { testConnectionState, testScriptState } = document.querySelector('[data-testid=stApp]').dataset;
            const shut = document.querySelector(':is([data-testid=stSidebarUserContent], .st-key-toolbar)[inert]');
            return testConnectionState === 'CONNECTED' && testScriptState === 'notRunning' && !shut;
        }"""
    )


def away(page: Page, relay: Relay, seconds: float = GONE) -> None:
    """The lid is closed, and opened again."""
    relay.cut()
    page.wait_for_function("document.querySelector('[data-testid=stApp]').dataset.testConnectionState !== 'CONNECTED'")
    page.wait_for_timeout(1000 * seconds)
    relay.mend()
    connected(page)


def start(page: Page) -> None:
    page.mouse.click(*place(page, 2.0, 2.0))
    page.wait_for_function("location.search.includes('start=2')")


def rate(page: Page) -> None:
    rate_of(page, "Gradient descent").fill("0.05")
    rate_of(page, "Gradient descent").press("Enter")
    page.wait_for_function("location.search.includes('sgd~lr~0.05')")


def select(page: Page) -> None:
    pick(page, "Adam").first.click()
    expect(page.locator(".rv-run[data-selected=true]").first).to_have_attribute("data-slot", "2")
    expect(sidebar(page).locator(".ravine-run")).to_contain_text("Adam")


def surface(page: Page) -> None:
    choose(page, "Surface", "Himmelblau")
    page.wait_for_function("location.search.includes('himmelblau')")


def add(page: Page) -> None:
    page.locator(".rv-add").click()
    page.locator(".rv-menu-item").first.click()
    page.wait_for_function("location.search.includes('r3=')")


def slide(page: Page) -> None:
    thumb = sidebar(page).get_by_role("slider").first
    thumb.focus()
    thumb.press("ArrowRight")
    page.wait_for_function("!location.search.includes('condition~12')")


def dragged(page: Page) -> None:
    page.mouse.move(*place(page, -4.0, 3.0))
    page.mouse.down()
    page.mouse.move(*place(page, 1.0, 3.0), steps=5)
    page.mouse.up()
    page.wait_for_function("/start=(1|0\\\\.9)/.test(location.search)")


FIRST_DEEDS: dict[str, Callable[[Page], None]] = {
    "start": start, "rate": rate, "select": select, "surface": surface, "add": add, "slide": slide, "drag": dragged,
}  # fmt: skip


@pytest.mark.parametrize("deed", FIRST_DEEDS)
def test_the_first_thing_done_after_an_absence_takes_effect(student: Page, relay: Relay, deed: str) -> None:
    opened(student, "playground")
    pick(student, "Adam").click()
    expect(sidebar(student).locator(".ravine-run")).to_contain_text("Adam")
    away(student, relay)
    # The selection is the one that it was, on the line and in the sidebar.
    expect(student.locator(".rv-run[data-selected=true]")).to_have_attribute("data-slot", "2")
    expect(sidebar(student).locator(".ravine-run")).to_contain_text("Adam")
    FIRST_DEEDS[deed](student)
    wait_until(student, "!d.busy")
    wait_for_losses(student)


@pytest.mark.parametrize("deed", ["start", "rate", "add"])
def test_on_compare_too(student: Page, relay: Relay, deed: str) -> None:
    opened(student, "compare")
    away(student, relay)
    FIRST_DEEDS[deed](student)


def test_on_dissect_too(student: Page, relay: Relay) -> None:
    opened(student, "dissect")
    away(student, relay)
    student.locator(".rv-run-tab[data-slot='2']").click()
    expect(student.locator(".rv-dissect")).to_have_attribute("data-shown", re.compile("run=2$"))
    wait_until(student, "!d.busy")


@pytest.mark.parametrize("deed", ["start", "select", "rate"])
def test_what_is_asked_for_during_a_short_cut_is_asked_again(student: Page, relay: Relay, deed: str) -> None:
    opened(student, "playground")
    at = place(student, -2.0, 1.0)
    relay.cut()
    student.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testConnectionState !== 'CONNECTED'"
    )
    if deed == "start":
        student.mouse.click(*at)
    elif deed == "select":
        pick(student, "Adam").click()
    else:
        rate_of(student, "Gradient descent").fill("0.05")
        rate_of(student, "Gradient descent").press("Enter")
    student.wait_for_timeout(800)
    relay.mend()
    connected(student)
    wait_until(student, "!d.busy")
    if deed == "start":
        assert query_of(student)["start"] == ["-2~1"]
    elif deed == "select":
        expect(sidebar(student).locator(".ravine-run")).to_contain_text("Adam")
        expect(student.locator(".rv-run[data-selected=true]")).to_have_attribute("data-slot", "2")
    else:
        assert "sgd~lr~0.05" in student.url
    wait_for_losses(student)


def test_what_is_asked_for_during_a_long_cut_is_given_up_in_words(student: Page, relay: Relay) -> None:
    opened(student, "playground")
    pick(student, "Gradient descent").click()
    wait_until(student, "!d.busy")
    losses, address = line_losses(student), student.url
    at = place(student, -2.0, 1.0)
    relay.cut()
    student.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testConnectionState !== 'CONNECTED'"
    )
    student.mouse.click(*at)
    pick(student, "Adam").click()
    expect(student.locator(".rv-toast")).to_contain_text(
        "no connection to the server, so nothing was changed", timeout=30_000
    )
    # One state: the one that the server knows.
    wait_until(student, "!d.busy")
    expect(student.locator(".rv-run[data-selected=true]")).to_have_attribute("data-slot", "1")
    # Streamlit says so as well, once; behind that playing goes on all the while.
    dialog = student.get_by_role("dialog")
    expect(dialog).to_contain_text("Connection error")
    student.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    seek(student, 20)
    assert line_losses(student) == losses
    seek(student, 40)
    relay.mend()
    connected(student)
    assert student.url == address
    start(student)


def test_two_new_runs_asked_for_in_a_cut_are_two(student: Page, relay: Relay) -> None:
    opened(student, "playground")
    relay.stall()
    for _ in range(2):
        student.locator(".rv-add").click()
        student.locator(".rv-menu-item").first.click()
    student.wait_for_timeout(300)
    relay.cut()
    relay.mend()
    connected(student)
    wait_until(student, "!d.busy")
    expect(lines(student)).to_have_count(4)
    assert [run.slot for run in experiment_of(student).runs] == [1, 2, 3, 4]


def test_a_stall_is_waited_for(student: Page, relay: Relay) -> None:
    opened(student, "playground")
    relay.stall()
    student.mouse.click(*place(student, 2.0, 2.0))
    wait_until(student, "d.busy === 'true'")
    student.wait_for_timeout(5500)
    wait_until(student, "d.busy === 'true'")
    relay.mend()
    student.wait_for_function("location.search.includes('start=2')")
    wait_until(student, "!d.busy")


def failing(page: Page, pattern: str, times: int) -> None:
    """The next requests of a kind break off."""
    left = [times]

    def handle(route: object) -> None:
        left[0] -= 1
        (route.abort if left[0] >= 0 else route.continue_)()

    page.route(pattern, handle)


def test_heights_that_fail_once_are_asked_for_again_and_else_the_old_picture_stays(
    browser: Browser, server: str
) -> None:
    with browser.new_context(base_url=server, viewport={"width": 1600, "height": 900}) as context:
        page = context.new_page()
        opened(page, "playground")
        failing(page, "**/field?*", 1)
        with repainted(page):
            choose(page, "Surface", "Himmelblau")
        expect(page.locator(".rv-fault")).to_be_hidden()
        # For good: the old picture stays, with a word and a way.
        page.unroute("**/field?*")
        failing(page, "**/field?*", 6)
        seek(page, 20)
        losses, said = line_losses(page), page.locator(".rv-head").inner_text()
        choose(page, "Surface", "Beale")
        fault = page.locator(".rv-fault")
        expect(fault).to_contain_text(
            "The surface could not be loaded, because the connection to the server broke off."
        )
        assert (line_losses(page), page.locator(".rv-head").inner_text()) == (losses, said)
        assert page.locator(".rv-contour .rv-ground").first.is_visible()
        page.unroute("**/field?*")
        with repainted(page):
            fault.get_by_role("button", name="Try again").click()
        expect(fault).to_be_hidden()
        expect(page.locator(".rv-head b")).to_have_text("Beale")


def test_a_new_version_says_reload_and_nothing_else(browser: Browser, server: str) -> None:
    with browser.new_context(base_url=server, viewport={"width": 1600, "height": 900}) as context:
        page = context.new_page()
        opened(page, "playground")
        page.route(
            "**/begun?*",
            lambda route: route.continue_(url=re.sub(r"/ravine/\w+/", "/ravine/0123456789ab/", route.request.url)),
        )
        page.mouse.move(*place(page, -4.0, 3.0))
        page.mouse.down()
        page.mouse.move(*place(page, 1.0, 3.0), steps=5)
        fault = page.locator(".rv-fault")
        expect(fault).to_have_text("There is a new version of Ravine. Reload the page to go on with it. Reload")
        expect(page.locator(".rv-toast")).to_have_text("")
        page.mouse.up()


def test_a_drag_that_cannot_be_followed_says_so_in_a_sentence(student: Page, relay: Relay) -> None:
    opened(student, "playground")
    student.mouse.move(*place(student, -4.0, 3.0))
    student.mouse.down()
    relay.cut()
    student.mouse.move(*place(student, 1.0, 3.0), steps=5)
    expect(student.locator(".rv-toast")).to_contain_text(
        "The paths could not follow, because the connection to the server broke off."
    )
    student.keyboard.press("Escape")
    student.mouse.up()
    relay.mend()
    connected(student)


def test_another_process_takes_over_without_loss(browser: Browser, tmp_path: Path) -> None:
    """The server is restarted, or another one stands in its place: all that it must know is in the link and on the page."""
    script = ROOT / "app" / "server.py"
    with (
        serving(script, tmp_path / "other.txt") as other,
        serving(script, tmp_path / "one.txt") as one,
        relaying(one) as relay,
        browser.new_context(base_url=relay.address, viewport={"width": 1600, "height": 900}) as context,
    ):
        page = context.new_page()
        opened(page, "playground")
        for deed in ("start", "select", "surface", "add"):
            target = other if relay.target == urlsplit(one).port else one
            relay.cut()
            relay.target = int(urlsplit(target).port or 0)
            page.wait_for_timeout(500)
            relay.mend()
            connected(page)
            FIRST_DEEDS[deed](page)
        wait_for_losses(page)
