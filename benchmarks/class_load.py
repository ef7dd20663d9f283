"""A class on one server, without browsers: students who open the page within a minute, and change something every few seconds.

python -m benchmarks.class_load                     a server of our own, 100 students, a minute to come and a minute more
python -m benchmarks.class_load --hostile           the same beside one who asks for the dearest there is, without a pause
python -m benchmarks.class_load --reconnect         all connections cut at once, and all back at once
python -m benchmarks.class_load --fuzz              addresses and messages that make no sense
python -m benchmarks.class_load --killed            all processes that serve are killed; of a server that fills their places
python -m benchmarks.class_load --maps              on maps: another rate, whose map the browser computes, or a pixel's run
python -m benchmarks.class_load --port 8501 --pid 7 one that runs already

Each student speaks Streamlit's protocol as the page does, over the loopback address alone. Four of ten changes are rates and
two are starts that nobody had before, three choose a surface or a schedule, and one drags a start for two seconds.
"""

import argparse
import asyncio
import gzip
import json
import os
import random
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from benchmarks.page import cpu_seconds, served
from optimizers import SCHEDULES
from surfaces import SURFACES

HOST = "127.0.0.1"
STUDENTS, SECONDS, ARRIVE = 100, 60.0, 60.0
MOST_STUDENTS, MOST_SECONDS = 400, 1200.0
# Seconds from one change to the next, and those after which an answer has not come.
LEAST, MOST, PATIENCE = 2.0, 5.0, 30.0
# As the player asks while something is dragged: at most so often, for so long.
PAUSE, DRAG = 0.05, 2.0
CHOICES = {
    "surface": [SURFACES[slug].name for slug in ("rosenbrock", "himmelblau", "bowl", "rastrigin")],
    "schedule": [SCHEDULES[slug].name for slug in ("constant", "cosine", "step")],
}
# What `pictures` answer by themselves; the rest is heard by the page's ear.
ALONE = ("start", "rate")
# A map that all open, of so many pixels a side.
MAP, PIXELS = {"map": "basins", "surface": "himmelblau", "r1": "momentum~lr~0.01", "steps": "200"}, 256
# Of the links in docs/benchmarks.md the one that takes longest to answer.
DEAREST = {
    "surface": "softmax~l1~0.1~l2~0.1",
    "schedule": "constant",
    "r1": "adam~lr~0.1",
    "steps": "999999",
    "vs": "loss~mse",
}
FUZZED, MALFORMED = 1000, 200

KINDS = {one.number: one.name for one in ForwardMsg.DESCRIPTOR.oneofs_by_name["type"].fields}


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """The number that begins there, and where the next thing begins."""
    value = shift = 0
    while True:
        byte = raw[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at


def kind_of(raw: bytes) -> tuple[str, int]:
    """What kind of message Streamlit sent, and its number if it is one: nothing that is within another field is decoded."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        number, wire = key >> 3, key & 7
        value, behind = _varint(raw, at) if wire in (0, 2) else (0, at + (8 if wire == 1 else 4))
        if number in KINDS:
            return KINDS[number], value
        at = behind + (value if wire == 2 else 0)
    return "", 0


async def get(port: int, path: str) -> tuple[int, bytes]:
    """The status and the bytes that the server answers a GET with, as they come."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n".encode()
    )
    try:
        async with asyncio.timeout(PATIENCE):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    if not head:
        raise ConnectionResetError("nothing was answered")
    return int(head.split(None, 2)[1]), body


class WrongAnswerError(Exception):
    """What came is not what a page would have."""


@dataclass
class Student:
    """One who has the page open: what the page's widgets are called, and what its address says."""

    port: int
    draw: random.Random
    page: str = ""
    query: str = ""
    script: str = ""
    session: str = ""
    folder: str = ""
    # By its key: a widget's id, and the fragment that it is in.
    widgets: dict[str, tuple[str, str]] = field(default_factory=dict)
    socket: ClientConnection | None = None

    async def visit(self) -> None:
        """Open the page as a browser does: the page, what it names, the script's first run."""
        status, body = await get(self.port, f"/{self.page}?{self.query}")
        text = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
        named = sorted(set(re.findall(r'(?:href|src)="(?:\./|(?=/))([^"]+)"', text)))
        self.folder = next(re.sub(r"[^/]*$", "", name) for name in named if "/player.css" in name)
        answers = await asyncio.gather(*(get(self.port, f"/{name.lstrip('/')}") for name in named))
        if {status, *(status for status, _ in answers)} != {200}:
            raise WrongAnswerError(f"{status} {[status for status, _ in answers]}")
        await self.enter()

    async def enter(self) -> None:
        """Connect, as who one was if one was there, and run the page's script."""
        names = ["streamlit", "none", self.session] if self.session else ["streamlit"]
        self.socket = await connect(
            f"ws://{HOST}:{self.port}/_stcore/stream",
            subprotocols=names,  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            ping_interval=None,
        )
        await self.send(BackMsg())
        await self.answer(first=True)

    async def send(self, message: BackMsg, fragment: str = "") -> None:
        """Have the page's script run with what the message says of widgets, or a fragment of it."""
        run = message.rerun_script
        run.query_string, run.fragment_id = self.query, fragment
        run.page_script_hash, run.page_name = self.script, "" if self.script else self.page
        assert self.socket
        await self.socket.send(message.SerializeToString())

    async def answer(self, first: bool = False) -> None:
        """Wait until the script has run, and has sent pictures."""
        assert self.socket
        pictures = False
        async with asyncio.timeout(PATIENCE):
            while True:
                raw = await self.socket.recv(decode=False)
                kind, value = kind_of(raw)
                pictures = pictures or (kind == "delta" and b"ravine_player" in raw)
                if kind == "page_info_changed":
                    self.query = ForwardMsg.FromString(raw).page_info_changed.query_string
                elif kind == "script_finished" and value != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    break
                elif first:
                    self.learn(ForwardMsg.FromString(raw))
        if not pictures:
            raise WrongAnswerError("the script has run, and sent no pictures")

    def learn(self, message: ForwardMsg) -> None:
        """Keep what the page's first run says of its widgets and of itself."""
        if message.HasField("new_session"):
            self.script, self.session = message.new_session.page_script_hash, message.new_session.initialize.session_id
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        name = getattr(getattr(element, kind), "id", "") if kind else ""
        if name:
            self.widgets[name.split("-", 2)[-1]] = name, message.delta.fragment_id

    async def ask(self, what: dict[str, Any]) -> None:
        """Ask for something in the pictures."""
        player = next(key for key in ("player", "compare", "dissect", "maps") if key in self.widgets)
        name, fragment = self.widgets[player if what["what"] in ALONE else f"{player}-ear"]
        message = BackMsg()
        states = message.rerun_script.widget_states.widgets
        # As Streamlit's page does: that the component keeps nothing, and what happened in it.
        states.add(id=name, json_value="{}")
        events = json.dumps([{"event": "ask", "value": what}])
        states.add(id=f"$$STREAMLIT_INTERNAL_KEY_{name}__events", json_trigger_value=events)
        await self.send(message, fragment)
        await self.answer()

    async def choose(self, key: str, value: str) -> None:
        """Choose something in the settings."""
        name, fragment = self.widgets[key]
        message = BackMsg()
        message.rerun_script.widget_states.widgets.add(id=name, string_value=value)
        await self.send(message, fragment)
        await self.answer()

    async def again(self) -> None:
        """Have the script run with nothing changed but, perhaps, the address."""
        await self.send(BackMsg())
        await self.answer()

    async def preview(self) -> None:
        """Ask what the runs would be from another start."""
        at = urlencode({"at": "~".join(map(str, self.place())), "selected": 1, "scene": 0})
        status, _ = await get(self.port, f"/{self.folder.lstrip('/')}begun?{self.query}&{at}")
        if status != 200:
            raise WrongAnswerError(f"{status} for a preview")

    async def map(self) -> None:
        """Set another rate, and fetch what its map is computed with."""
        await self.choose("map.lr", f"{10 ** self.draw.uniform(-3, -1.5):.4g}")
        status, _ = await get(self.port, f"/{self.folder.lstrip('/')}script?{self.query}")
        if status != 200:
            raise WrongAnswerError(f"{status} for a map")

    def place(self) -> tuple[float, float]:
        """A place that nobody has begun at."""
        return self.draw.uniform(-1.5, 1.5), self.draw.uniform(-1.5, 1.5)

    def change(self) -> tuple[str, Callable[[], Awaitable[None]]]:
        """Something to do, and what it is called."""
        lot = self.draw.random()
        if self.page == "maps":
            at = f"{self.draw.randrange(PIXELS)}~{self.draw.randrange(PIXELS)}"
            return ("a map", self.map) if lot < 0.5 else ("a pixel", lambda: self.ask({"what": "pixel", "at": at}))
        if lot < 0.4:
            rate = 10 ** self.draw.uniform(-4, -1)
            return "a rate", lambda: self.ask({"what": "rate", "slot": self.draw.randint(1, 4), "lr": rate})
        if lot < 0.7:
            x, y = self.place()
            return "a start" if lot < 0.6 else "a drag", lambda: self.ask({"what": "start", "x": x, "y": y})
        key = self.draw.choice(list(CHOICES))
        return f"a {key}", lambda: self.choose(key, self.draw.choice(CHOICES[key]))

    async def insist(self, doing: Callable[[], Awaitable[None]]) -> None:
        """Do something; if the connection breaks off, come back as the page does, and do it again."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await doing()
                except (ConnectionClosed, OSError):
                    with suppress(ConnectionClosed, OSError, InvalidHandshake):
                        await self.enter()
                        continue
                    await asyncio.sleep(LEAST / 2)

    async def leave(self) -> None:
        """Break the connection off."""
        if self.socket:
            await self.socket.close()


@dataclass
class Tally:
    """Seconds that each kind of thing took, and what failed."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    async def time(self, name: str, doing: Callable[[], Awaitable[None]], counts: bool = True) -> None:
        """Do something, and note how long it took or that it failed."""
        at = time.perf_counter()
        try:
            await doing()
        except Exception as error:
            self.failed.append(f"{name}: {type(error).__name__} {error}")
        else:
            if counts:
                self.seconds.setdefault(name, []).append(time.perf_counter() - at)

    def rows(self) -> Iterator[str]:
        """A line of a table for each kind."""
        for name, seconds in sorted(self.seconds.items()):
            middle, late = share(seconds, 0.5), share(seconds, 0.95)
            yield f"| {name} | {len(seconds)} | {middle:.2f} s | {late:.2f} s | {max(seconds):.2f} s |"


def share(numbers: list[float], part: float) -> float:
    """The number below which such a part of all lies."""
    return sorted(numbers)[min(len(numbers) - 1, int(part * len(numbers)))]


@dataclass
class Server:
    """The server's processes: what they take of processor and memory."""

    port: int
    pid: int
    log: Path | None = None

    def pids(self) -> list[int]:
        """The process and those that it has begun."""
        found = [self.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(OSError):
                    found += map(int, children.read_text().split())
        return found

    def cpu(self) -> float:
        """Seconds of processor so far."""
        return sum(cpu_seconds(pid) for pid in self.pids())

    def memory(self) -> float:
        """Megabytes in memory."""
        sizes = [re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()) for pid in self.pids()]
        return sum(int(size[1]) for size in sizes if size) / 1024

    def tracebacks(self) -> str:
        """How many the log has."""
        return (
            "not known"
            if self.log is None
            else str(self.log.read_text(errors="replace").count("Traceback (most recent"))
        )


@dataclass
class Lesson:
    """A class on a server, for as long as it lasts."""

    server: Server
    students: int = STUDENTS
    seconds: float = SECONDS
    arrive: float = ARRIVE
    tally: Tally = field(default_factory=Tally)
    # Students of another lesson on the same server draw other numbers, so that theirs too are new to it.
    draws: int = 0
    # What they open.
    page: str = ""
    query: str = ""
    together: bool = False
    over: bool = False

    def student(self, seed: int, page: str = "", query: str = "") -> Student:
        return Student(self.server.port, random.Random(self.draws + seed), page, query)

    async def attend(self, seed: int) -> None:
        """Come, do something every few seconds until it is over, and leave."""
        one = self.student(seed, self.page, self.query)
        await asyncio.sleep(self.arrive * seed / self.students)
        await self.tally.time("first load", one.visit)
        while one.socket and not self.over:
            await asyncio.sleep(one.draw.uniform(LEAST, MOST))
            name, doing = one.change()
            counts = self.together
            if name == "a drag":
                end = time.perf_counter() + DRAG
                while time.perf_counter() < end:
                    await asyncio.gather(self.tally.time("a preview", one.preview, counts), asyncio.sleep(PAUSE))
            await self.tally.time(name, partial(one.insist, doing), counts)
        await one.leave()

    async def hold(self, *beside: Coroutine[Any, Any, None]) -> list[str]:
        """The whole lesson, and `beside` it what else goes on once all are there; the lines of its table."""
        everyone = [asyncio.create_task(self.attend(seed)) for seed in range(self.students)]
        await asyncio.sleep(self.arrive + 1)
        self.together = True
        others = [asyncio.create_task(one) for one in beside]
        busy, own, begun, memory = self.server.cpu(), time.process_time(), time.perf_counter(), [self.server.memory()]
        while time.perf_counter() < begun + self.seconds:
            await asyncio.sleep(1)
            memory.append(self.server.memory())
        lasted = time.perf_counter() - begun
        busy, own = self.server.cpu() - busy, time.process_time() - own
        self.over = True
        for other in others:
            other.cancel()
        await asyncio.gather(*everyone, *others, return_exceptions=True)
        changes = [second for name, row in self.tally.seconds.items() if name.startswith("a ") for second in row]
        self.tally.seconds["all changes and previews"] = changes
        return [
            f"| {self.students} students, {self.seconds:.0f} s | number | p50 | p95 | most |",
            "|---|---|---|---|---|",
            *self.tally.rows(),
            f"| failed | {len(self.tally.failed)} | | | |",
            f"| server, share of one core | {100 * busy / lasted:.0f} % | | | |",
            f"| generator, share of one core | {100 * own / lasted:.0f} % | | | |",
            f"| server's memory, MB: at first, half-way, at last, most | {memory[0]:.0f} | {memory[len(memory) // 2]:.0f} "
            f"| {memory[-1]:.0f} | {max(memory):.0f} |",
            *(f"failed: {words}" for words in sorted(set(self.tally.failed))[:5]),
        ]


async def maps(lesson: Lesson) -> list[str]:
    """The lesson on maps."""
    lesson.page, lesson.query = "maps", urlencode(MAP)
    return await lesson.hold()


async def hostile(lesson: Lesson) -> list[str]:
    """The lesson twice: alone, and beside one who changes the dearest link there is as soon as it is answered."""

    async def insist() -> None:
        one = lesson.student(-1, "compare", urlencode(DEAREST))
        await one.enter()
        while True:
            with suppress(WrongAnswerError):
                await one.ask({"what": "rate", "slot": 1, "lr": one.draw.uniform(0.05, 0.2)})

    alone = await lesson.hold()
    beside = Lesson(lesson.server, lesson.students, lesson.seconds, lesson.arrive, draws=MOST_STUDENTS + 1)
    return [*alone, "", "Beside a hostile session:", "", *await beside.hold(insist())]


async def reconnected(lesson: Lesson) -> list[str]:
    """All come, are cut off at once, are back at once, and change something."""
    everyone = [lesson.student(seed) for seed in range(lesson.students)]
    for one in everyone:
        await lesson.tally.time("first load, one by one", one.visit)
    await asyncio.gather(*(one.leave() for one in everyone))

    async def back(one: Student) -> None:
        await lesson.tally.time("back", one.enter)
        await lesson.tally.time(
            "and a rate", lambda: one.ask({"what": "rate", "slot": 1, "lr": one.draw.uniform(1e-4, 1e-2)})
        )
        await one.leave()

    await asyncio.gather(*map(back, everyone))
    return [
        f"| {lesson.students} reconnect at once | number | p50 | p95 | most |",
        "|---|---|---|---|---|",
        *lesson.tally.rows(),
        f"| failed | {len(lesson.tally.failed)} | | | |",
        f"| tracebacks in the log | {lesson.server.tracebacks()} | | | |",
        *(f"failed: {words}" for words in sorted(set(lesson.tally.failed))[:5]),
    ]


def fuzzed(draw: random.Random) -> str:
    """A query that makes no sense, or nearly some."""
    names = [
        "surface",
        "schedule",
        "r1",
        "r2.1",
        "start",
        "steps",
        "seed",
        "view",
        "vs",
        "at",
        "rate",
        "run",
        "selected",
        "x",
    ]
    slugs = [*SURFACES, *SCHEDULES, "adam", "sgd", "", "nan", "1e999", "-1", "../..", "<b>", "💥", "\0", "%"]
    pairs = []
    for _ in range(draw.randint(0, 6)):
        parts = [
            draw.choice([*slugs, "lr", "l1", "condition", str(draw.uniform(-1e9, 1e9))])
            for _ in range(draw.randint(1, 5))
        ]
        pairs.append(f"{quote(draw.choice(names))}={quote('~'.join(parts))}")
    return "&".join(pairs)


def malformed(draw: random.Random, one: Student) -> bytes | str:
    """A message that no page sends: noise, a torn one, or one that says of widgets what they cannot be."""
    message = BackMsg()
    run = message.rerun_script
    run.query_string, run.page_script_hash, run.fragment_id = (
        fuzzed(draw),
        draw.choice([one.script, "none"]),
        draw.choice(["", "x"]),
    )
    for name, _ in draw.sample(sorted(one.widgets.values()), 3):
        widget = run.widget_states.widgets.add()
        widget.id = draw.choice([name, f"$$STREAMLIT_INTERNAL_KEY_{name}__events", "x"])
        way = draw.choice(
            ["string_value", "int_value", "json_value", "json_trigger_value", "bytes_value", "trigger_value"]
        )
        wrong = {"int_value": -(2**40), "bytes_value": b"\xff" * 9, "trigger_value": True}
        words = draw.choice(
            ["[", '[{"event": "ask", "value": {"what": 7}}]', '[{"event": "ask"}]', "{}", "x" * 9999, "null"]
        )
        setattr(widget, way, wrong.get(way, words))
    raw = message.SerializeToString()
    return draw.choice([raw, raw[: draw.randint(1, len(raw))], draw.randbytes(draw.randint(1, 200)), "words"])


async def fuzz(lesson: Lesson) -> list[str]:
    """Addresses and messages that make no sense: what the server made of them, and whether it is the same afterwards."""
    draw, server = random.Random(1), lesson.server
    pids, statuses, shown = server.pids(), dict[int, int](), 0
    one = lesson.student(0)
    await one.visit()
    ways = [
        "",
        "compare",
        "dissect",
        *(f"{one.folder.lstrip('/')}{name}" for name in ("field", "begun", "dissection", "no.js")),
    ]
    for k in range(FUZZED):
        query = fuzzed(draw)
        status, _ = await get(server.port, f"/{ways[k % len(ways)]}?{query}")
        statuses[status // 100] = statuses.get(status // 100, 0) + 1
        one.query = query
        await lesson.tally.time("a script run", one.again)
    for _ in range(MALFORMED):
        # What is no message ends a connection; the next one begins anew.
        other = lesson.student(1)
        await lesson.tally.time("an opening before a malformed message", other.enter)
        with suppress(Exception):
            assert other.socket
            await other.socket.send(malformed(draw, other))
            async with asyncio.timeout(0.5):
                while kind_of(raw := await other.socket.recv(decode=False))[0] != "script_finished":
                    shown += b"Traceback" in raw
        await other.leave()
    await lesson.tally.time("a first load afterwards", lesson.student(2).visit)
    return [
        f"| {FUZZED} fuzzed addresses, {MALFORMED} malformed messages | number | p50 | p95 | most |",
        "|---|---|---|---|---|",
        *lesson.tally.rows(),
        *(f"| answered {kind}xx | {number} | | | |" for kind, number in sorted(statuses.items())),
        f"| failed | {len(lesson.tally.failed)} | | | |",
        f"| tracebacks shown, in the log | {shown}, {server.tracebacks()} | | | |",
        f"| processes lost | {len(set(pids) - set(server.pids()))} | | | |",
        *(f"failed: {words}" for words in sorted(set(lesson.tally.failed))[:5]),
    ]


async def killed(lesson: Lesson) -> list[str]:
    """The lesson, in which after a third of its time all processes that serve are killed at once."""
    begun: list[int] = []

    async def kill() -> None:
        await asyncio.sleep(lesson.seconds / 3)
        # The first is the one that sees to the others, the second tells their numbers.
        begun.extend(lesson.server.pids()[2:])
        for pid in begun:
            os.kill(pid, signal.SIGKILL)

    lines = await lesson.hold(kill())
    return [*lines, f"| processes killed | {len(begun)} | | | |"]


WAYS: dict[str, Callable[[Lesson], Coroutine[Any, Any, list[str]]]] = {
    "maps": maps,
    "hostile": hostile,
    "reconnect": reconnected,
    "fuzz": fuzz,
    "killed": killed,
}


def table(arguments: list[str] | None = None) -> str:
    """The table of a lesson, or of what else is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.class_load", description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=STUDENTS, help=f"at most {MOST_STUDENTS}")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long they stay together")
    parser.add_argument("--arrive", type=float, default=ARRIVE, help="the seconds in which they come")
    parser.add_argument("--port", type=int, help="of a server that runs already")
    parser.add_argument("--pid", type=int, help="its first process")
    for way, held in WAYS.items():
        parser.add_argument(
            f"--{way}", action="store_const", dest="way", const=held, help=(held.__doc__ or "").partition("\n")[0]
        )
    given = parser.parse_args(arguments or [])
    if (given.port is None) != (given.pid is None):
        parser.error("--port and --pid belong together")

    def lines(server: Server) -> str:
        students, seconds = min(given.students, MOST_STUDENTS), min(given.seconds, MOST_SECONDS)
        lesson = Lesson(server, students, seconds, min(given.arrive, MOST_SECONDS))
        return "\n".join(asyncio.run(given.way(lesson) if given.way else lesson.hold()))

    if given.port is not None:
        return lines(Server(given.port, given.pid))
    with TemporaryDirectory() as place:
        log = Path(place) / "log.txt"
        with served("app/server.py", log=log) as (address, pid):
            return lines(Server(int(address.rpartition(":")[2]), pid, log))


if __name__ == "__main__":
    print(table(sys.argv[1:]))
