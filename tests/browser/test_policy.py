"""No page breaks the content-security policy, and a course page may show one in a frame only where it is named."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ROOT, serving
from tests.browser.driver import PLAYER, choose, open_app

BROKEN = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.broken.push([event.effectiveDirective, event.blockedURI, event.sourceFile].join(" ")));
"""


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page under the policy; nothing here may wait for a condition in the page, which would be evaluated from a string."""
    page = browser.new_page(base_url=server, viewport={"width": 1600, "height": 900})
    page.add_init_script(BROKEN)
    yield page
    page.close()


@pytest.mark.parametrize("path", ["/", "/compare", "/dissect", "/lessons"])
def test_no_page_breaks_the_policy(page: Page, path: str) -> None:
    open_app(page, "lesson=one-rate" if path == "/lessons" else "surface=linear_regression", path)
    if path == "/":
        choose(page, "Surface", "Himmelblau")
        page.wait_for_url(re.compile("himmelblau"))
        page.locator(".rv-add").click()
        page.locator(".rv-menu-item").first.click()
        page.wait_for_url(re.compile("r[5-8]="))
    if path == "/lessons":
        page.locator(".rv-way a").click()
        page.wait_for_selector(".rv-card")
    assert page.evaluate("window.broken") == []


def test_a_fair_race_breaks_no_policy(page: Page) -> None:
    page.goto("/race?surface=bowl&r1=sgd&r2=adam")
    page.wait_for_selector(".ravine-race[data-state=over]")
    with page.expect_download():
        page.locator("[data-do=csv]").click()
    assert page.evaluate("window.broken") == []


def test_a_script_from_elsewhere_and_one_in_the_page_are_not_run(page: Page) -> None:
    """The witness of the test above is awake."""
    page.goto("/")
    page.evaluate("""() => new Promise((seen) => {
        document.addEventListener("securitypolicyviolation", () => window.broken.length >= 2 && seen());
        const inline = document.createElement("script");
        inline.textContent = "window.ran = true";
        const other = document.createElement("script");
        other.src = "http://localhost:9/other.js";
        document.head.append(inline, other);
    })""")
    assert page.evaluate("window.ran") is None
    assert {entry.split()[0] for entry in page.evaluate("window.broken")} == {"script-src-elem"}


class Course(BaseHTTPRequestHandler):
    """A page of another host that shows in a frame what its address names."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        frame = unquote(urlsplit(self.path).query)
        self.wfile.write(f'<title>Course</title><iframe src="{frame}" width="1300" height="760">'.encode())

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def course() -> Iterator[str]:
    """The origin of a course page."""
    server = HTTPServer(("127.0.0.1", 0), Course)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_named_course_page_shows_it_in_a_frame_and_beneath_a_path(
    browser: Browser, course: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAVINE_EMBEDDED_IN", f"https://moodle.example.org {course}")
    with serving(ROOT / "app" / "server.py", tmp_path / "log.txt", baseUrlPath="ravine") as address:
        page = browser.new_page(viewport={"width": 1400, "height": 820})
        page.goto(f"{course}?{quote(f'{address}/ravine/?embed=true&surface=himmelblau', safe='')}")
        frame = page.frame_locator("iframe")
        frame.locator(f"{PLAYER}[data-painted]").wait_for()
        # The pages' own controls are there, and lead to pages beneath the path.
        expect(frame.locator(".rv-run").first).to_be_visible()
        frame.get_by_role("link", name="Compare").first.click()
        frame.locator(".rv-contour").nth(1).wait_for()
        assert page.frames[1].url.startswith(f"{address}/ravine/compare?")
        page.close()


def test_no_other_page_may_show_it(browser: Browser, course: str, server: str) -> None:
    page = browser.new_page()
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"{course}?{quote(f'{server}/?embed=true', safe='')}")
    assert not page.frames[1].locator(PLAYER).count()
    page.close()
