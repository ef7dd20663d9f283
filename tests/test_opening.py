"""Streamlit's own answers pass through with other bytes: packed, and a page with links; what they say stays true."""

import asyncio
import gzip
import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.starlette.starlette_app import create_streamlit_middleware
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from app.opening import KeptFiles, PackedAssets, PreloadedPage, modules
from app.player import FILES, PREFIX

STREAMLIT = Path(st.__file__).parent / "static"
INDEX = (STREAMLIT / "index.html").read_bytes()
SCRIPTS = re.findall(r'src="\./(static/js/[^"]+)"|href="\./(static/(?:js|css)/[^"]+)"', INDEX.decode())
ASSETS = ["".join(pair) for pair in SCRIPTS]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes

    @property
    def text(self) -> bytes:
        return gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body


def ask(app: ASGIApp, path: str, method: str = "GET", **headers: str) -> Answer:
    """One request by ASGI; a header's name has underscores for dashes."""
    sent: list[Message] = []

    async def receive() -> Message:
        """Nothing but what the address and the headers say, and nobody hangs up."""
        return await asyncio.Event().wait() and {}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"root_path": "", "scheme": "http", "http_version": "1.1", "server": ("127.0.0.1", 80), "headers": raw}
    asyncio.run(app(scope, receive, send))
    start, *rest = sent
    assert start["type"] == "http.response.start"
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], Headers(raw=start["headers"]), body)


def streamlit_behind(*middleware: Middleware, base: str = "") -> Starlette:
    """Streamlit's own files behind its own middleware and what is given."""
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", base)
    routes = [Route(f"{base}/health", lambda _: PlainTextResponse("ok")), *create_streamlit_static_assets_routes(base)]
    app = Starlette(routes=routes, middleware=[*middleware, *create_streamlit_middleware()])
    config.set_option("server.baseUrlPath", before)
    return app


@pytest.fixture(scope="module", params=["", "/school"])
def base(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def ours(base: str) -> Starlette:
    return streamlit_behind(Middleware(PackedAssets, base=base), Middleware(PreloadedPage, base=base), base=base)


@pytest.fixture(scope="module")
def own(base: str) -> Starlette:
    return streamlit_behind(base=base)


def kept(answer: Answer) -> dict[str, str]:
    """What an answer says beside the bytes that it has."""
    change = {"content-length", "content-encoding", "etag", "vary", "accept-ranges", "last-modified"}
    return {name: value for name, value in answer.headers.items() if name not in change}


# Scripts and style sheets.


def test_streamlit_s_files_are_packed_and_the_same_when_unpacked(ours: Starlette, own: Starlette, base: str) -> None:
    assert len(ASSETS) > 40
    saved = 0
    for name in ASSETS:
        plain, packed = (ask(app, f"{base}/{name}", accept_encoding="gzip, br") for app in (own, ours))
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.text == plain.body == (STREAMLIT / name).read_bytes()
        assert packed.status == plain.status == 200
        assert kept(packed) == kept(plain)
        assert "immutable" in packed.headers["cache-control"]
        assert packed.headers["content-length"] == str(len(packed.body))
        assert packed.headers["vary"] == "Accept-Encoding"
        assert packed.headers["etag"] == f"W/{plain.headers['etag']}"
        saved += len(plain.body) - len(packed.body)
    assert saved > 1_000_000


def test_who_takes_no_gzip_or_asks_for_a_part_has_streamlit_s_answer(
    ours: Starlette, own: Starlette, base: str
) -> None:
    name = f"{base}/{ASSETS[0]}"
    for headers in ({}, {"accept_encoding": "br"}, {"accept_encoding": "gzip", "range": "bytes=5-9"}):
        mine, theirs = (ask(app, name, **headers) for app in (ours, own))
        assert (mine.status, mine.body) == (theirs.status, theirs.body)
        # But whoever keeps it knows that it may be otherwise.
        assert dict(mine.headers) == dict(theirs.headers) | {"vary": "Accept-Encoding"}


def test_an_asset_s_head_is_that_of_its_bytes_and_a_known_one_is_not_sent_again(ours: Starlette, base: str) -> None:
    name = f"{base}/{ASSETS[0]}"
    whole = ask(ours, name, accept_encoding="gzip")
    head = ask(ours, name, "HEAD", accept_encoding="gzip")
    assert dict(head.headers) == dict(whole.headers)
    assert head.body == b""
    known = ask(ours, name, accept_encoding="gzip", if_none_match=whole.headers["etag"])
    assert (known.status, known.body) == (304, b"")
    assert known.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path",
    [
        "/static/js/nothing.js",
        "/static/../app.py",
        "/static/js/../../../../__init__.py",
        "/static/js/..%2f..%2findex.js",
        "//static/js/x.js",
        "/static/js/",
        "/static/",
        "/static/media/nothing.woff2",
        "/_stcore/health",
        "/favicon.png",
        "/health",
        "/a/b.js",
    ],
)
def test_what_is_not_there_and_all_else_is_streamlit_s_own_answer(
    ours: Starlette, own: Starlette, base: str, path: str
) -> None:
    for method in ("GET", "HEAD", "POST"):
        mine, theirs = (ask(app, base + path, method, accept_encoding="gzip") for app in (ours, own))
        assert mine.status == theirs.status
        # Some answer a HEAD with a body, which the server leaves out.
        assert method == "HEAD" or mine.text == theirs.text
        assert kept(mine) == kept(theirs)


def test_a_class_that_opens_the_page_at_once_waits_for_one_packing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    compress = gzip.compress

    def counted(body: bytes, level: int) -> bytes:
        calls.append(len(body))
        return compress(body, level)

    monkeypatch.setattr(gzip, "compress", counted)
    packer = PackedAssets(streamlit_behind(), "")

    async def opened() -> list[bytes]:
        etag, body = "e", b"x" * 1000
        return await asyncio.gather(*(packer._pack(f"/static/{dots}js/a.js", etag, body) for dots in ["", "./"] * 9))

    assert {gzip.decompress(body) for body in asyncio.run(opened())} == {b"x" * 1000}
    assert calls == [1000]
    assert len(packer.packed) == 1


# The page.


@pytest.mark.parametrize("page", ["/", "/compare", "/dissect", "/race", "/lessons"])
def test_the_page_is_streamlit_s_with_links_to_what_the_first_picture_needs(
    ours: Starlette, own: Starlette, base: str, page: str
) -> None:
    theirs = ask(own, base + page)
    assert theirs.body == INDEX
    for headers in ({}, {"accept_encoding": "gzip"}):
        mine = ask(ours, base + page, **headers)
        assert mine.headers.get("content-encoding") == headers.get("accept_encoding")
        # What stands between Streamlit's own two parts, with nothing between.
        parts = re.fullmatch(rb'(.*?)((?:<link rel="(?:module)?preload"[^>]*>)+)(</head>.*)', mine.text, re.DOTALL)
        assert parts is not None
        assert parts[1] + parts[3] == INDEX
        links = re.findall(r'<link rel="\w+" (?:as="\w+" )?href="([^"]+)">', parts[2].decode())
        assert kept(mine) == kept(theirs)
        assert "Accept-Encoding" in mine.headers["vary"]
        assert mine.headers["content-length"] == str(len(mine.body))
        names = [to.removeprefix(f"{PREFIX}/") for to in links]
        assert set(names) <= set(FILES)
        assert len(set(names)) == len(names) > 40
        assert {"player.css", "player.js"} <= set(names)
        assert not {"plotly-gl3d.min.js", "katex.js", "panels/panel.js"} & set(names)


def test_a_known_page_is_not_sent_again_and_another_version_s_is(ours: Starlette, base: str) -> None:
    whole = ask(ours, f"{base}/", accept_encoding="gzip")
    etag = whole.headers["etag"]
    for known in (etag, f'"x", {etag}'):
        again = ask(ours, f"{base}/", accept_encoding="gzip", if_none_match=known)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == "no-cache"
    plain = ask(streamlit_behind(base=base), f"{base}/").headers
    old = {"if_none_match": plain["etag"], "if_modified_since": plain["last-modified"]}
    assert ask(ours, f"{base}/", accept_encoding="gzip", **old).body == whole.body
    head = ask(ours, f"{base}/", "HEAD", accept_encoding="gzip")
    assert dict(head.headers) == dict(whole.headers)
    assert head.body == b""


def test_what_is_linked_is_what_the_player_imports() -> None:
    names = modules()
    assert names[0] == "player.js"
    # All but what holds types alone, which no module asks for.
    assert {name for name in FILES if name.endswith(".js")} - set(names) == {
        "plotly-gl3d.min.js",
        "katex.js",
        "panels/panel.js",
        # The page of all lessons has a script of its own, and so has that of a fair race.
        "lesson/shelf.js",
        *(name for name in modules("race/race.js") if name.startswith("race/")),
        # So has the field in which data come in.
        "intake/intake.js",
        # What these two pages ask and save files with, and what a map's page alone fetches.
        "wire/pieces.js",
        "page/file.js",
        *(name for name in FILES if name.startswith("map/") and name.endswith(".js")),
        "panels/map.js",
        "panels/there.js",
    }
    assert all(posixpath.normpath(name) == name for name in names)


# What was answered once.


def behind(counted: list[str], base: str = "") -> KeptFiles:
    """Files kept from Streamlit's own packed ones; `counted` hears of each request that goes on to them."""
    packed = PackedAssets(streamlit_behind(base=base), base)

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        counted.append(scope["path"])
        await packed(scope, receive, send)

    return KeptFiles(counting, base)


def test_a_file_is_answered_once_and_the_same_ever_after(base: str) -> None:
    counted: list[str] = []
    app = behind(counted, base)
    names = [f"{base}/{name}" for name in ASSETS[:5]]
    first, second, third = ([ask(app, name, accept_encoding="gzip") for name in names] for _ in range(3))
    assert counted == names
    assert first == second == third
    assert [answer.text for answer in first] == [(STREAMLIT / name).read_bytes() for name in ASSETS[:5]]


def test_who_is_further_out_writes_headers_into_a_copy() -> None:
    app, name = behind([]), f"/{ASSETS[0]}"

    async def marking(scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("x-mark", "1")
            await send(message)

        await app(scope, receive, marked)

    for _ in range(3):
        assert ask(marking, name, accept_encoding="gzip").headers.getlist("x-mark") == ["1"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/js/nothing.js", {"accept_encoding": "gzip"}),
        (f"/static/../{ASSETS[0]}", {"accept_encoding": "gzip"}),
        (f"/static//{ASSETS[0].removeprefix('static/')}", {"accept_encoding": "gzip"}),
        ("/health", {"accept_encoding": "gzip"}),
        ("/", {"accept_encoding": "gzip"}),
        (f"/{ASSETS[0]}", {}),
        (f"/{ASSETS[0]}", {"accept_encoding": "gzip", "range": "bytes=5-9"}),
        (f"/{ASSETS[0]}", {"accept_encoding": "gzip", "if_none_match": '"x"'}),
    ],
)
def test_whatever_else_is_asked_for_goes_on_each_time(path: str, headers: dict[str, str]) -> None:
    counted: list[str] = []
    app = behind(counted)
    for _ in range(2):
        ask(app, path, **headers)
    assert counted == [path, path]
    assert not app.kept


def test_a_head_goes_on_too_and_spoils_nothing() -> None:
    counted: list[str] = []
    app, name = behind(counted), f"/{ASSETS[0]}"
    head = ask(app, name, "HEAD", accept_encoding="gzip")
    whole = ask(app, name, accept_encoding="gzip")
    assert (len(counted), head.body) == (2, b"")
    assert int(head.headers["content-length"]) == len(whole.body)
