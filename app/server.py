"""The entry: Streamlit's page script, and the routes that serve the player's files, plotly.js's, the loss fields, fair races
and what is printed: gallery, worksheets and plan.

`streamlit run app/server.py` finds `app` here. Every file lies under a version that changes with its content, so that
browsers may keep it for ever; a field's bytes depend on nothing but its address.
"""

import asyncio
import gc
import gzip
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.atlas import asked_map, map_desk, map_pieces
from app.dissection import dissection_bytes
from app.handouts.gallery import gallery_page
from app.handouts.origin import origin
from app.handouts.plan import plan_page
from app.handouts.sheet import GALLERY, PLAN, WORKSHEET
from app.handouts.worksheet import lesson_of, worksheet
from app.live import begun_bytes
from app.opening import KeptFiles, PackedAssets, PreloadedPage
from app.piecemeal import desk
from app.player import BASE, FILES, PREFIX, field_bytes
from app.racing import asked_race, key_of, race_pieces
from app.security import SecurityHeaders
from app.thrift import install
from app.watch import watch
from app.ways import way_module
from maps.model import parse_map
from maps.script import script
from optimizers.trace.tape import UntraceableError
from surfaces.bases.table import PACKED_MOST

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
# Eight runs with rules, some room, and a table of data.
LONGEST_QUERY = 6000 + PACKED_MOST
FOREVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
}


def _answer(request: Request, body: bytes, packed: bytes, media_type: str) -> Response:
    """The body, packed where the browser takes it."""
    headers = dict(FOREVER)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = packed, "gzip"
    return Response(body, media_type=media_type, headers=headers)


@cache
def _read(parts: tuple[Path, ...]) -> tuple[bytes, bytes]:
    """What files hold, one after the other, and the same packed: once, not at each request."""
    if parts[0].suffix == ".gz":
        packed = parts[0].read_bytes()
        return gzip.decompress(packed), packed
    body = b"\n".join(path.read_bytes() for path in parts)
    return body, gzip.compress(body, 9)


def _field(query: tuple[tuple[str, str], ...]) -> tuple[bytes, bytes]:
    body = field_bytes(dict(query))
    return body, gzip.compress(body, 5)


_kept_field = lru_cache(maxsize=128)(_field)


def file(request: Request) -> Response:
    """One of the player's own files or of plotly.js's; nothing else can be asked for."""
    name = request.path_params["name"]
    if name not in FILES:
        return PlainTextResponse("There is no such file.", status_code=404)
    return _answer(request, *_read(FILES[name]), TYPES[Path(name).suffix])


def field(request: Request) -> Response:
    """The heights of the surface that `?surface=` names, as a link names it; of some a link's other parts decide too."""
    # A close view is one viewer's; it must not push out the surfaces that a whole class looks at.
    heights = _field if "view" in request.query_params else _kept_field
    return _asked(request, lambda query: heights(tuple(query or [("surface", "")])))


Query = list[tuple[str, str]]
Made = TypeVar("Made")


def _asked(
    request: Request,
    answer: Callable[[Query], tuple[bytes, bytes]],
    media_type: str = "application/octet-stream",
) -> Response:
    """What `answer` makes of an address's query; its ValueError is the viewer's, in words."""
    try:
        body, small = _computed(request, answer)
    except ValueError as error:
        return PlainTextResponse(str(error), status_code=400)
    return _answer(request, body, small, media_type)


def _computed(request: Request, answer: Callable[[Query], Made]) -> Made:
    """What `answer` makes of an address's query, in its turn; ValueError, in words, where that cannot be."""
    if len(request.url.query) > LONGEST_QUERY:
        raise ValueError(f"An address has at most {LONGEST_QUERY} characters.")
    with watch.running("answer"):
        return answer(request.query_params.multi_items())


@lru_cache(maxsize=64)
def _dissection(query: tuple[tuple[str, str], ...]) -> tuple[bytes, bytes]:
    body = dissection_bytes(dict(query))
    return body, gzip.compress(body, 5)


def dissection(request: Request) -> Response:
    """One run taken apart, as a link names its experiment and `run` its slot."""
    return _asked(request, lambda query: _dissection(tuple(query)))


def begun(request: Request) -> Response:
    """The runs from another start, for as long as a viewer drags it."""
    # Packed lightly and kept by nobody: the next one is due in a moment.
    answer = _asked(request, lambda query: (body := begun_bytes(dict(query)), gzip.compress(body, 1)))
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def race(request: Request) -> Response:
    """A fair race, method by method as each is found, for as long as somebody listens."""
    try:
        asked = await run_in_threadpool(_computed, request, lambda query: asked_race(dict(query)))
    except ValueError as error:
        return PlainTextResponse(str(error), status_code=400)
    return desk.answer(request, key_of(asked), partial(race_pieces, asked))


async def chart(request: Request) -> Response:
    """The pixels of the map that a link names, coarse first and then finer, for as long as somebody listens."""
    try:
        asked = await run_in_threadpool(_computed, request, lambda query: asked_map(dict(query)))
    except ValueError as error:
        return PlainTextResponse(str(error), status_code=400)
    return map_desk.answer(request, urlencode(asked.query()), partial(map_pieces, asked))


@lru_cache(maxsize=64)
def _script(query: tuple[tuple[str, str], ...]) -> tuple[bytes, bytes]:
    asked, complaints = parse_map({key: [value] for key, value in query})
    if complaints:
        raise ValueError(" ".join(complaints))
    body = script(asked).encode()
    return body, gzip.compress(body, 5)


@lru_cache(maxsize=256)
def _way(query: tuple[tuple[str, str], ...]) -> tuple[bytes, bytes]:
    body = way_module(dict(query)).encode()
    return body, gzip.compress(body, 5)


def way(request: Request) -> Response:
    """The module with which a browser follows a run while its start or rate is dragged; none (204) where the server has to."""
    return _module(request, _way)


def map_script(request: Request) -> Response:
    """The module with which a browser computes the map that a link names; none (204) where the server has to.

    A browser's console would complain of an error, and this is none.
    """
    return _module(request, _script)


def _module(request: Request, made: Callable[[tuple[tuple[str, str], ...]], tuple[bytes, bytes]]) -> Response:
    try:
        return _asked(request, lambda query: made(tuple(query)), TYPES[".js"])
    except UntraceableError:
        return Response(status_code=204, headers={"Cache-Control": "private, no-cache"})


def _page(request: Request, made: Callable[[], str]) -> Response:
    """A page of plain HTML, which is asked for anew each time: lessons may be others after a restart."""
    with watch.running("answer"):
        body = made().encode()
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    return HTMLResponse(body, headers=headers)


def gallery(request: Request) -> Response:
    """What textbooks draw."""
    return _page(request, gallery_page)


def plan(request: Request) -> Response:
    """A class as one page of links."""
    return _page(request, plan_page)


def handout(request: Request) -> Response:
    """The worksheet of the lesson that `?lesson=` names."""
    lesson = lesson_of(request.query_params.get("lesson", ""))
    if lesson is None:
        return PlainTextResponse("There is no lesson of that name.", status_code=404)
    try:
        under = origin(request)
    except ValueError as error:
        return PlainTextResponse(str(error), status_code=400)
    return _page(request, lambda: worksheet(lesson, under))


def outdated(request: Request) -> Response:
    """To a page of another version nothing is answered that it could misunderstand."""
    return PlainTextResponse("This page is of another version of Ravine. Reload it.", status_code=410)


def ready(request: Request) -> Response:
    """Whether visitors may be sent here: every process serves, and nothing hangs in any of them."""
    why = watch.board.not_ready()
    return PlainTextResponse(why or "ready", status_code=503 if why else 200, headers={"Cache-Control": "no-store"})


def load() -> None:
    """Read what is served; Streamlit collects garbage after every script run, and what is there by now never is any."""
    for parts in FILES.values():
        _read(parts)
    install()
    gc.collect()
    gc.freeze()
    # The event loop lets go of the interpreter at every read and write, and would wait five milliseconds for it each time.
    sys.setswitchinterval(0.001)


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """Say how it is going for as long as this process serves."""
    load()
    beating = asyncio.create_task(watch.beat())
    yield
    beating.cancel()


routes = [
    Route(f"{BASE}/readyz", ready),
    Route(f"{BASE}/{GALLERY}", gallery),
    Route(f"{BASE}/{PLAN}", plan),
    Route(f"{BASE}/{WORKSHEET}", handout),
    Route(f"{PREFIX}/field", field),
    Route(f"{PREFIX}/dissection", dissection),
    Route(f"{PREFIX}/begun", begun),
    Route(f"{PREFIX}/race", race),
    Route(f"{PREFIX}/map", chart),
    Route(f"{PREFIX}/script", map_script),
    Route(f"{PREFIX}/way", way),
    Route(f"{PREFIX}/{{name:path}}", file),
    # Beneath another version lie the questions of a page that was opened before this server was there.
    Route(f"{PREFIX.rpartition('/')[0]}/{{name:path}}", outdated),
]

app = st.App(
    Path(__file__).with_name("main.py"),
    routes=routes,
    lifespan=lifespan,
    on_script_error=watch.failed,
    middleware=[
        Middleware(SecurityHeaders, base=BASE),
        Middleware(KeptFiles, base=BASE),
        Middleware(PackedAssets, base=BASE),
        Middleware(PreloadedPage, base=BASE, plain=(GALLERY, PLAN, WORKSHEET)),
    ],
)
