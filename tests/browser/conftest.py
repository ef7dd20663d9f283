"""One server and one browser for all tests here, a context of its own for each, and what no page may do."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

ROOT = Path(__file__).parents[2]
# Software WebGL on a shared machine takes its time; nothing here asserts how much.
PATIENCE = 60_000
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Only WebGL is drawn by SwiftShader, which the page's own layers do not need.
    "--disable-gpu-compositing",
    # Windows of the browser's own that wait behind its address bar: each is a page at work.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
)

# Streamlit's own page looks for its server beneath the address of each page first, in vain.
PROBES = re.compile(r"/(compare|dissect|race|lessons|maps)/_stcore/(health|host-config)$")

Browse = Callable[..., Page]


@contextmanager
def serving(script: Path, log: Path, **more: str) -> Iterator[str]:
    """The address at which `script` is served while the block lasts; what it logged must hold no traceback.

    `more` are further options of Streamlit's server.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = f"http://127.0.0.1:{port}"
    options = {"port": port, "address": "127.0.0.1", "headless": "true"} | more
    command = [sys.executable, "-m", "streamlit", "run", str(script.relative_to(ROOT))]
    command += [word for name, value in options.items() for word in (f"--server.{name}", str(value))]
    with log.open("w") as out, subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT) as process:
        try:
            _wait_until_healthy(host + (f"/{more['baseUrlPath']}" if "baseUrlPath" in more else ""), process, log)
            yield host
        finally:
            process.terminate()
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said, said


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"The server did not start:\n{log.read_text(encoding='utf-8')}")


# Both last as long as this package, not the session: Playwright keeps an event loop running in the tests' own thread,
# and tests that come after these may want one of theirs.
@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(ROOT / "app" / "server.py", tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = os.environ.get("RAVINE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        # Playwright waits by evaluating strings in the page, which the pages' policy forbids: test_policy.py tests the policy,
        # with pages of `new_page`.
        browser.new_context = partial(browser.new_context, bypass_csp=True)  # type: ignore[method-assign]
        yield browser
        _resting.clear()
        _contexts.clear()
        browser.close()


class Witness:
    """Sees all that a page asks for and complains about."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.host = urlsplit(origin).netloc
        self.asked: list[str] = []
        self.wrong: list[str] = []
        self.ears: dict[Any, Callable[[Any], None]] = {
            "console": self.on_console,
            "pageerror": lambda error: self.wrong.append(f"page error: {error}"),
            "request": lambda request: self.on_request(request.url),
            "websocket": lambda socket: self.on_request(socket.url),
            "requestfailed": lambda request: self.on_failure(request.url, request.failure or ""),
        }
        for event, ear in self.ears.items():
            page.on(event, ear)

    def leave(self) -> None:
        for event, ear in self.ears.items():
            self.page.remove_listener(event, ear)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not PROBES.search(message.location.get("url", "")):
            self.wrong.append(f"console: {message.text} ({message.location.get('url')})")

    def on_request(self, url: str) -> None:
        self.asked.append(url)
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.wrong.append(f"a request left the server: {url}")

    def on_failure(self, url: str, why: str) -> None:
        # What a page still waits for when the next one opens is called off, which is no failure.
        if why != "net::ERR_ABORTED":
            self.wrong.append(f"a request failed: {url} {why}")


# By browser, address and settings. Who opens the page again has its files and their compiled code already; first visits,
# which are dear, are a class's few.
_contexts: dict[tuple[Any, ...], BrowserContext] = {}


def _context(browser: Browser, base_url: str, newcomer: bool, settings: dict[str, Any]) -> BrowserContext:
    key = (browser, base_url, repr(sorted(settings.items())))
    if newcomer or key not in _contexts:
        context = browser.new_context(base_url=base_url, **settings)
        context.set_default_timeout(PATIENCE)
        if newcomer:
            # Who comes for the first time has been nowhere.
            return context
        # An empty page has no storage.
        context.add_init_script("origin === 'null' || localStorage.setItem('ravine.hints', '{\"visits\": 9}')")
        _contexts[key] = context
    return _contexts[key]


# Pages that rest until a test wants one of their context, the one that rested last at the end. A page that goes on to
# another address has Streamlit's and Plotly's scripts in its memory, compiled, which is half of what opening costs.
_resting: list[Page] = []
MOST_RESTING = 4
# What is done to a page by these stays with it wherever it goes: no other test may have it.
LASTING = ("add_init_script", "emulate_media", "expose_function", "set_default_timeout")
_marked: set[Page] = set()
# A page of the server's with nothing on it, so that the process stays: it would go with `about:blank`.
NOTHING = "/_stcore/health"


def _page(context: BrowserContext, size: ViewportSize) -> Page:
    page = next((page for page in reversed(_resting) if page.context is context), None)
    if page is None:
        page = context.new_page()
        for name in LASTING:
            setattr(page, name, partial(_lasting, page, getattr(page, name)))
    else:
        _resting.remove(page)
    if page.viewport_size != size:
        page.set_viewport_size(size)
    return page


def _lasting(page: Page, do: Callable[..., None], *args: Any, **options: Any) -> None:
    _marked.add(page)
    do(*args, **options)


def _rest(page: Page) -> None:
    """Leave what the page shows, which would take a core from the test that comes next, and empty what it has kept."""
    page.goto(NOTHING)
    page.evaluate("localStorage.clear(), sessionStorage.clear()")


def _put_back(page: Page) -> None:
    """Let a page rest for the next test, as if it were new, or close it."""
    with suppress(PlaywrightError):
        page.unroute_all()
        page.mouse.up()
        page.mouse.move(0, 0)
        _rest(page)
        if page not in _marked and page.context in _contexts.values():
            _resting.append(page)
            if len(_resting) <= MOST_RESTING:
                return
            page = _resting.pop(0)
    _marked.discard(page)
    page.close()
    if page.context not in _contexts.values():
        page.context.close()


@contextmanager
def browsing(browser: Browser, server: str) -> Iterator[Browse]:
    """A function that gives a page, 1600 x 900 and light unless its options say otherwise, on which nothing was done before.

    Who looks at it has been here before, unless `newcomer`: the notes for the first minute are gone.
    """
    witnesses: list[Witness] = []

    def page(base_url: str = server, newcomer: bool = False, **options: Any) -> Page:
        settings: dict[str, Any] = {"viewport": {"width": 1600, "height": 900}, "color_scheme": "light"} | options
        page = _page(_context(browser, base_url, newcomer, settings), settings["viewport"])
        witnesses.append(Witness(page, base_url))
        return page

    yield page
    # Before the pages go elsewhere, which calls things off.
    for witness in witnesses:
        witness.leave()
    for witness in witnesses:
        _put_back(witness.page)
    assert all(witness.asked for witness in witnesses)
    wrong = [words for witness in witnesses for words in witness.wrong]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def browse(browser: Browser, server: str) -> Iterator[Browse]:
    with browsing(browser, server) as browse:
        yield browse


@pytest.fixture
def page(browse: Browse) -> Page:
    return browse()


@pytest.fixture(scope="module")
def _tab(browser: Browser, server: str) -> Iterator[Page]:
    with browsing(browser, server) as browse:
        yield browse()


@pytest.fixture
def tab(_tab: Page) -> Iterator[Page]:
    """One page for all tests of a file that open an address of their own in it: the browser has the files already."""
    yield _tab
    _rest(_tab)
