"""What lets the page open quickly: Streamlit's own scripts packed, and links in its page to what the player will ask for.

Streamlit decides what is answered, to whom and for how long it may be kept; only the bytes are changed on their way out.
"""

import asyncio
import gzip
import hashlib
import posixpath
import re
from collections.abc import Collection
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.player import FILES, PREFIX, STATIC

PACKABLE = ("text/javascript", "application/javascript", "text/css")
FILES_END = (".js", ".css", ".svg", ".png", ".woff2")
# To these Streamlit would answer otherwise than with the whole page.
CONDITIONS = (b"if-none-match", b"if-modified-since", b"range", b"if-range")
IMPORT = re.compile(r"""^import\s(?:[^;"']*\sfrom\s+)?["']([^"']+)["']""", re.MULTILINE)


def modules(name: str = "player.js", known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A module of the player's and all that it imports, each once."""
    known = (*known, name)
    for to in IMPORT.findall((STATIC / name).read_text(encoding="utf-8")):
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), to))
        if path not in known:
            known = modules(path, known)
    return known


def links() -> str:
    """The links of a page's head to all that its first picture needs; the bytes of a surface have an address of their own."""
    assert "player.css" in FILES
    style = f'<link rel="preload" as="style" href="{PREFIX}/player.css">'
    return "".join([style, *(f'<link rel="modulepreload" href="{PREFIX}/{name}">' for name in modules())])


async def _answered(
    app: ASGIApp, scope: Scope, receive: Receive, without: tuple[bytes, ...] = ()
) -> tuple[Message, bytes]:
    """How an app's answer to a GET begins, and its whole body, not packed; it does not see the headers `without`."""
    start: Message = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    headers = [(name, value) for name, value in scope["headers"] if name not in {b"accept-encoding", *without}]
    # Without extensions: a server that sends files by itself would be given a path and no bytes.
    await app({**scope, "method": "GET", "extensions": {}, "headers": headers}, receive, keep)
    return start, bytes(body)


async def _send(scope: Scope, send: Send, start: Message, body: bytes) -> None:
    """Say how long the body is, and send it unless only that was asked."""
    MutableHeaders(scope=start)["content-length"] = str(len(body))
    await send(start)
    await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})


def _takes_gzip(headers: Headers) -> bool:
    return "gzip" in headers.get("accept-encoding", "")


class PackedAssets:
    """Streamlit's own scripts and style sheets, packed once each and kept: it sends them as they are, or packs each time."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self.app = app
        self.folder = f"{base}/static/"
        self.packed: dict[tuple[str, str], asyncio.Task[bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not self._is_asset(scope["path"]):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)

        async def varied(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
            await send(message)

        if not _takes_gzip(asked) or "range" in asked:
            await self.app(scope, receive, varied)
            return
        start, body = await _answered(self.app, scope, receive)
        headers = MutableHeaders(scope=start)
        # Where there is no such file Streamlit answers with its page.
        if start["status"] == 200 and headers.get("content-type", "").startswith(PACKABLE):
            body = await self._pack(scope["path"], headers["etag"], body)
            headers["content-encoding"] = "gzip"
            # The same file in other bytes; a part of these is nothing that could be asked for.
            headers["etag"] = f"W/{headers['etag']}"
            del headers["accept-ranges"]
        await _send(scope, varied, start, body)

    def _is_asset(self, path: str) -> bool:
        return path.startswith(self.folder) and path.endswith((".js", ".css"))

    async def _pack(self, path: str, etag: str, body: bytes) -> bytes:
        """The bytes packed; a class that opens the page at once waits for one packing."""
        # One name for a file, however it was written, so that no more is kept than there are files.
        key = posixpath.normpath(path), etag
        if key not in self.packed:
            self.packed[key] = asyncio.create_task(asyncio.to_thread(gzip.compress, body, 9))
        return await asyncio.shield(self.packed[key])


class KeptFiles:
    """What was once answered about a file that never changes, answered again from memory.

    An opening page asks for more than a hundred files, and each way through Streamlit's layers takes longer than all that it
    is told then.
    """

    def __init__(self, app: ASGIApp, base: str) -> None:
        self.app = app
        self.folders = (f"{base}/static/", f"{PREFIX}/")
        self.kept: dict[str, tuple[Message, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if self._is_plain(scope) else ""
        if path in self.kept:
            start, body = self.kept[path]
            # Who is further out writes headers of its own among these.
            await send({**start, "headers": list(start["headers"])})
            await send({"type": "http.response.body", "body": body})
            return
        start, parts = {}, list[bytes]()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message, headers=list(message["headers"]))
            else:
                parts.append(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, noted if path else send)
        if path and start["status"] == 200 and "immutable" in Headers(raw=start["headers"]).get("cache-control", ""):
            self.kept[path] = start, b"".join(parts)

    def _is_plain(self, scope: Scope) -> bool:
        """Whether this is what a page asks for the first time: a whole file, by its one name, packed if need be."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(self.folders):
            return False
        asked = Headers(scope=scope)
        return (
            scope["path"].endswith(FILES_END)
            and scope["path"] == posixpath.normpath(scope["path"])
            and _takes_gzip(asked)
            and not any(name.decode() in asked for name in CONDITIONS)
        )


@lru_cache(maxsize=4)
def _with_links(page: bytes, links: str) -> tuple[bytes, bytes, str]:
    """A page with links at the end of its head, the same packed, and what it is known by."""
    body = page.replace(b"</head>", f"{links}</head>".encode(), 1)
    return body, gzip.compress(body, 9), f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'


class PreloadedPage:
    """Streamlit's page with links to the player's files, so that they are on their way before Streamlit asks for them.

    Pages by the names `plain` are no pages of Streamlit's, and stay as they are.
    """

    def __init__(self, app: ASGIApp, base: str, plain: Collection[str] = ()) -> None:
        self.app = app
        self.plain = {f"{base}/{name}" for name in plain}
        self.page = re.compile(rf"{re.escape(base)}/[^/.]*")
        self.links = links()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] not in ("GET", "HEAD")
            or scope["path"] in self.plain
            or not self.page.fullmatch(scope["path"])
        ):
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        start, body = await _answered(self.app, scope, receive, CONDITIONS)
        headers = MutableHeaders(scope=start)
        if start["status"] == 200 and headers.get("content-type", "").startswith("text/html"):
            body, packed, headers["etag"] = _with_links(body, self.links)
            headers.add_vary_header("Accept-Encoding")
            # Both are the file's, which the links are no part of.
            for name in ("last-modified", "accept-ranges"):
                del headers[name]
            if headers["etag"] in [tag.strip() for tag in asked.get("if-none-match", "").split(",")]:
                for name in ("content-type", "content-length"):
                    del headers[name]
                await send({**start, "status": 304})
                await send({"type": "http.response.body", "body": b""})
                return
            if _takes_gzip(asked):
                body, headers["content-encoding"] = packed, "gzip"
        await _send(scope, send, start, body)
