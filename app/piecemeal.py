"""Long work, told piece by piece while it goes on: one line of JSON for each piece, to all who ask for the same.

A hundred students may ask at once, and one of them for what takes seconds. So a process does only a few at a time, and each
gives up its turn between two tiles (`app.watch`), so that pages are answered meanwhile. Who asks for what is under way already
listens to it; when nobody listens any more it ends, at its next tile. What is whole is kept, the latest few megabytes of it.
"""

import asyncio
import json
import logging
import threading
import zlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from app.watch import watch

logger = logging.getLogger("ravine")

# Of each process: how many are worked on at once, how many more may wait, and the bytes of what is kept.
AT_ONCE, WAITING, KEPT = 2, 60, 4 << 20
# So often somebody who waits hears that the connection is there; a proxy would else take it for dead.
BREATH = 15.0
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Encoding",
    # nginx would wait until it had gathered some kilobytes.
    "X-Accel-Buffering": "no",
}

Piece = dict[str, Any]


class Turn:
    """A turn to compute, which is given up for the next one whenever somebody asks whether to go on: between two tiles.

    `tell` is for what there is to tell before the next piece.
    """

    def __init__(self, cancelled: threading.Event, tell: Callable[[Piece], None] = lambda _: None) -> None:
        self.cancelled, self.tell = cancelled, tell
        self._held = ExitStack()

    def __enter__(self) -> "Turn":
        self._take()
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def is_set(self) -> bool:
        """Whether nobody waits any more. Whoever waits for a turn has one before this is answered."""
        self._held.close()
        self._take()
        return self.cancelled.is_set()

    def _take(self) -> None:
        self._held.enter_context(watch.running("answer"))


Work = Callable[[Turn], Iterator[Piece]]


class Told:
    """What was told of some work, and to how many. Only the event loop touches it; `cancelled` alone is the worker's too."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.whole = self.over = False
        self.listeners = 0
        self.cancelled = threading.Event()
        self._news = asyncio.Event()

    def tell(self, line: bytes) -> None:
        """One line more."""
        self.lines.append(line)
        self._wake()

    def end(self, whole: bool) -> None:
        """There will be no other line; `whole` if that is all there is to tell."""
        self.over, self.whole = True, whole
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def heard(self) -> AsyncIterator[bytes]:
        """All lines, those that were told already first; an empty one now and then while there is none."""
        at = 0
        while True:
            news = self._news
            for line in self.lines[at:]:
                yield line
                at += 1
            if self.over and at == len(self.lines):
                return
            try:
                await asyncio.wait_for(news.wait(), BREATH)
            except TimeoutError:
                yield b"\n"


class Desk:
    """What this process is at work on, what waits, and what it has kept, by what was asked."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, kept: int = KEPT) -> None:
        self.most, self.kept = at_once + waiting, kept
        self.going: dict[str, Told] = {}
        self.whole: OrderedDict[str, Told] = OrderedDict()
        # Its threads begin with the first work, when the processes have parted.
        self._workers = ThreadPoolExecutor(at_once, "piecemeal")

    def answer(self, request: Request, key: str, work: Work) -> Response:
        """The lines of some work as an answer; what has the same `key` is the same work."""
        if key not in self.going and key not in self.whole and len(self.going) >= self.most:
            return PlainTextResponse("Too many are waiting already. Try it again in a minute.", status_code=429)
        lines, headers = self._lines(key, work), dict(HEADERS)
        if "gzip" in request.headers.get("accept-encoding", ""):
            lines, headers["Content-Encoding"] = _packed(lines), "gzip"
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

    async def _lines(self, key: str, work: Work) -> AsyncIterator[bytes]:
        told = self._told(key, work)
        told.listeners += 1
        try:
            async for line in told.heard():
                yield line
        finally:
            told.listeners -= 1
            if not told.listeners and not told.over:
                told.cancelled.set()
                self._drop(key, told)

    def _told(self, key: str, work: Work) -> Told:
        """What is told of this work, which begins now if it is neither going on nor kept."""
        if key in self.whole:
            self.whole.move_to_end(key)
            return self.whole[key]
        if key not in self.going:
            told = self.going[key] = Told()
            loop = asyncio.get_running_loop()

            def done() -> None:
                whole = _worked(work, told.cancelled, lambda line: loop.call_soon_threadsafe(told.tell, line))
                loop.call_soon_threadsafe(self._ended, key, told, whole)

            self._workers.submit(done)
        return self.going[key]

    def _ended(self, key: str, told: Told, whole: bool) -> None:
        told.end(whole)
        self._drop(key, told)
        if whole:
            self.whole[key] = told
            while (
                len(self.whole) > 1 and sum(len(line) for one in self.whole.values() for line in one.lines) > self.kept
            ):
                self.whole.popitem(last=False)

    def _drop(self, key: str, told: Told) -> None:
        """It goes on no longer; by the same name there may be another by now."""
        if self.going.get(key) is told:
            del self.going[key]


def _worked(work: Work, cancelled: threading.Event, tell: Callable[[bytes], object]) -> bool:
    """Do some work, and tell each piece; whether it came to its end. What fails is said in words, and is no page's end."""

    def told(piece: Piece) -> None:
        tell(json.dumps(piece, separators=(",", ":"), allow_nan=False).encode() + b"\n")

    try:
        if cancelled.is_set():
            return False
        with Turn(cancelled, told) as turn:
            for piece in work(turn):
                told(piece)
        return not cancelled.is_set()
    except Exception:
        logger.exception("Work that is told piece by piece failed.")
        tell(b'{"failed":"The server could not compute this."}\n')
        return False


async def _packed(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The lines packed, each whole as soon as it is sent."""
    packer = zlib.compressobj(5, wbits=31)
    try:
        async for line in lines:
            yield packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH)
        yield packer.flush()
    finally:
        # An iteration that is broken off leaves what it goes through open.
        await lines.aclose()  # type: ignore[attr-defined]


desk = Desk()
