"""The page of a fair race: what its route tells, to whom and how long, what it bears, and what the page makes of it."""

import asyncio
import json
import threading
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, cast
from urllib.parse import parse_qs

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from streamlit.testing.v1 import AppTest

from app import server
from app.experiment import Pick
from app.piecemeal import Desk, Piece, Turn
from app.racing import asked_race, key_of, race_told
from app.watch import watch
from maps.race import COLUMNS, FIRST_RACE, Race, csv_text, parse_race, raced
from optimizers.loop.window import pictured

LINK = "surface=bowl&schedule=constant&r1=sgd&r3=adam&steps=30&rates=0.01~1"


def of(text: str) -> Race:
    race, complaints = parse_race(parse_qs(text))
    assert not complaints
    return race


def request(query: str = "", packed: bool = False) -> Request:
    headers = [(b"accept-encoding", b"gzip, br")] if packed else []
    scope = {"type": "http", "method": "GET", "path": "/race", "headers": headers, "query_string": query.encode()}
    return Request(scope)


def chunks(response: Any) -> AsyncIterator[bytes]:
    assert isinstance(response, StreamingResponse)
    return cast("AsyncIterator[bytes]", response.body_iterator)


async def pieces(response: Any) -> list[Piece]:
    body = b"".join([chunk async for chunk in chunks(response)])
    if response.headers.get("content-encoding") == "gzip":
        body = zlib.decompress(body, 31)
    return [json.loads(line) for line in body.splitlines() if line]


def answered(query: str, packed: bool = False) -> tuple[Any, list[Piece]]:
    async def ask() -> tuple[Any, list[Piece]]:
        response = await server.race(request(query, packed))
        return response, await pieces(response)

    return asyncio.run(ask())


# What is told.


@pytest.mark.parametrize("packed", [False, True])
def test_a_race_is_told_method_by_method_and_is_the_one_that_the_engine_runs(packed: bool) -> None:
    response, (begun, *found, over) = answered(LINK, packed)
    assert response.headers["cache-control"] == "no-store"
    assert ("content-encoding" in response.headers) == packed
    race = of(LINK)
    lowest = pictured(race.surface).lowest
    assert begun["begun"]["goal"] == pytest.approx(race.goal.loss(race.surface) - lowest, rel=1e-3)
    head, *rows = csv_text(standings := list(raced(race))).splitlines()
    assert begun["begun"]["csv"] == head == ",".join(COLUMNS.values())
    for piece, one, row in zip(found, standings, rows, strict=True):
        told = piece["standing"]
        assert (told["slot"], told["rate"], told["steps"], told["got"]) == (one.slot, one.rate, one.steps, one.got)
        assert (told["low"], told["high"], told["rates"]) == (one.low, one.high, one.rates.tolist())
        assert told["median"] == pytest.approx((one.median - lowest).tolist(), rel=1e-3)
        # All but the seconds that it took.
        assert piece["csv"].split(",")[:10] == row.split(",")[:10]
    assert set(over["over"]) == {"verdict", "fair", "cost"}
    assert over["over"]["verdict"].startswith("Gradient descent needs the fewest steps, ")


def test_losses_lie_above_the_lowest_and_what_is_lost_is_null() -> None:
    _, (begun, found, _) = answered("surface=linear_regression&schedule=constant&r1=sgd&steps=80&rates=0.01~100")
    assert begun["begun"]["title"].startswith("Loss above its lowest, 0.129")
    assert found["standing"]["median"][-1] is None
    assert min(loss for loss in found["standing"]["median"] if loss is not None) < 0.1


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("surface=volcano", b"unknown"),
        (f"{LINK}&goal=fame", b"goal must be"),
        (f"{LINK}&rates=2~1", b"must rise"),
        (f"{LINK}&spread=9", b"spread"),
        (f"{LINK}&cake=1", b"not a parameter"),
        ("a" * (server.LONGEST_QUERY + 1), b"at most"),
    ],
)
def test_what_is_no_race_is_refused_in_words(query: str, words: bytes) -> None:
    response = asyncio.run(server.race(request(query)))
    assert response.status_code == 400
    assert words in response.body


def test_rates_and_view_do_not_decide_a_race_and_all_else_does() -> None:
    key = key_of(of(LINK))
    assert key == key_of(of(LINK.replace("r1=sgd", "r1=sgd~lr~0.3") + "&view=0~1~0~1"))
    others = ("&goal=final", "&spread=0.1", "&seed=2", "&start=1~1")
    assert len({key, *(key_of(of(LINK + other)) for other in others)}) == 5
    assert key_of(asked_race({name: values[-1] for name, values in parse_qs(key).items()})) == key


def test_two_of_one_method_are_told_apart() -> None:
    told = race_told(of("surface=bowl&schedule=constant&r1=adam&r2=adam~beta1~0.8&r3=sgd"))
    assert [one["name"] for one in told["methods"]] == ["adam", "adam beta1 0.8", "Gradient descent"]


# To whom, how long and how many.


class Slow:
    """Work in tiles that takes as long as nobody lets it go on."""

    def __init__(self, tiles: int = 3) -> None:
        self.tiles, self.begun, self.done = tiles, 0, 0
        self.go, self.ended = threading.Semaphore(0), threading.Event()

    def __call__(self, turn: Turn) -> Iterator[Piece]:
        self.begun += 1
        try:
            for k in range(self.tiles):
                self.go.acquire()
                if turn.is_set():
                    return
                self.done += 1
                yield {"tile": k}
        finally:
            self.ended.set()


async def line(lines: AsyncIterator[bytes]) -> Any:
    return json.loads(await asyncio.wait_for(anext(lines), 20))


async def close(lines: AsyncIterator[bytes]) -> None:
    await cast(Any, lines).aclose()


def test_who_asks_for_the_same_hears_the_same_work_and_what_is_whole_is_kept() -> None:
    async def ask() -> None:
        desk, work = Desk(), Slow()
        first, second = (chunks(desk.answer(request(), "a", work)) for _ in range(2))
        work.go.release()
        assert await line(first) == await line(second) == {"tile": 0}
        work.go.release(2)
        assert [await line(one) for one in (first, first, second, second)] == [{"tile": 1}, {"tile": 2}] * 2
        assert [one async for one in first] == [one async for one in second] == []
        assert len(await pieces(desk.answer(request(), "a", work))) == 3
        assert (work.begun, desk.going) == (1, {})

    asyncio.run(ask())


def test_work_ends_at_its_next_tile_when_nobody_listens_any_more_and_not_before() -> None:
    async def ask() -> None:
        desk, work = Desk(), Slow()
        first, second = (chunks(desk.answer(request(), "a", work)) for _ in range(2))
        work.go.release()
        await line(first), await line(second)
        await close(first)
        work.go.release()
        assert await line(second) == {"tile": 1}
        await close(second)
        assert desk.going == {}
        work.go.release()
        assert await asyncio.to_thread(work.ended.wait, 20)
        await asyncio.sleep(0.05)
        assert (work.done, len(desk.whole)) == (2, 0)

    asyncio.run(ask())


def test_a_browser_that_goes_away_is_noticed() -> None:
    async def ask() -> None:
        desk, work = Desk(), Slow()
        gone = asyncio.Event()
        sent: list[Any] = []

        async def receive() -> Any:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        answer = asyncio.create_task(desk.answer(request(), "a", work)(request().scope, receive, send))
        work.go.release()
        while len(sent) < 2:
            await asyncio.sleep(0.01)
        gone.set()
        await asyncio.wait_for(answer, 20)
        work.go.release()
        assert await asyncio.to_thread(work.ended.wait, 20)
        assert (work.done, desk.going) == (1, {})

    asyncio.run(ask())


def test_only_so_many_are_worked_on_only_so_many_wait_and_only_so_much_is_kept() -> None:
    async def ask() -> None:
        desk = Desk(at_once=1, waiting=1, kept=40)
        works = [Slow(1) for _ in range(3)]
        one, other = (chunks(desk.answer(request(), str(k), works[k])) for k in range(2))
        heard = [asyncio.create_task(line(lines)) for lines in (one, other)]
        await asyncio.sleep(0.1)
        assert [work.begun for work in works] == [1, 0, 0]
        refused = desk.answer(request(), "2", works[2])
        assert (refused.status_code, refused.body[:8]) == (429, b"Too many")
        for work in works:
            work.go.release()
        assert await asyncio.gather(*heard) == [{"tile": 0}] * 2
        for lines in (one, other):
            assert [left async for left in lines] == []
        assert len(await pieces(desk.answer(request(), "2", works[2]))) == 1
        assert list(desk.whole) == ["0", "1", "2"]
        big = Slow(3)
        big.go.release(3)
        await pieces(desk.answer(request(), "3", big))
        assert list(desk.whole) == ["3"]

    asyncio.run(ask())


def test_what_fails_says_so_and_is_not_kept() -> None:
    def failing(_: Turn) -> Iterator[Piece]:
        yield {"tile": 0}
        raise ZeroDivisionError

    async def ask() -> None:
        desk = Desk()
        assert list((await pieces(desk.answer(request(), "a", failing)))[-1]) == ["failed"]
        assert (len(desk.whole), len(desk.going)) == (0, 0)

    asyncio.run(ask())


def test_between_two_tiles_others_have_their_turn() -> None:
    order: list[str] = []

    def other() -> None:
        with watch.running("script"):
            order.append("other")

    with Turn(threading.Event()) as turn:
        waiting = threading.Thread(target=other)
        waiting.start()
        while not watch._turns._waiting:
            time.sleep(0.001)
        order.append("first tile")
        assert not turn.is_set()
        order.append("second tile")
    waiting.join(20)
    assert order == ["first tile", "other", "second tile"]


# The page.


def page() -> None:
    """What a script of Streamlit's runs here: the page, after a browser has asked for what `ask` holds."""
    import streamlit as st

    from app.views import race

    if "ask" in st.session_state:
        race._heard(st.session_state.pop("ask"))
        # What was heard is taken along at the next run, which would lead to a page that this script has not.
        st.session_state.taken = st.session_state.pop(race.WAY, None)
    race.page(None)


MENUS = ("surface", "methods", "steps", "starts", "goal")


def opened(query: str = "") -> AppTest:
    at = AppTest.from_function(page, default_timeout=60)
    for key, values in parse_qs(query).items():
        at.query_params[key] = values[-1]
    for key in MENUS:
        at.session_state[f"race.menu.{key}"] = True
    at.run()
    assert not at.exception
    return at


def link(at: AppTest) -> Race:
    """The race that the page's address names, which is a clean one."""
    query = {key: [value] if isinstance(value, str) else list(value) for key, value in at.query_params.items()}
    race, complaints = parse_race(query)
    assert not complaints
    return race


def sent(at: AppTest) -> dict[str, Any]:
    (component,) = at.get("bidi_component")
    assert component.proto.component_name == "ravine_race"
    told: dict[str, Any] = json.loads(component.proto.json)
    return told


def test_a_session_that_is_told_of_every_widget_changes_nothing(all_told: None) -> None:
    at = opened(f"{LINK}&goal=distance~0.02&start=1~2&spread=0.2")
    before = link(at)
    at.run()
    assert link(at) == before
    assert not at.toast


def test_the_page_asks_for_the_race_of_its_address() -> None:
    assert sent(opened()) == race_told(FIRST_RACE)
    at = opened(f"{LINK}&goal=distance~0.01")
    assert sent(at) == race_told(of(f"{LINK}&goal=distance~0.01"))
    assert [one["name"] for one in sent(at)["methods"]] == ["Gradient descent", "Adam"]


def test_what_an_address_holds_that_is_none_is_said() -> None:
    at = opened("surface=volcano&r1=sgd&goal=fame")
    assert "volcano" in at.toast[0].value
    assert sent(at)["methods"] == [{"slot": 1, "name": "Gradient descent"}]


def test_each_control_changes_the_race_and_its_link() -> None:
    at = opened(LINK)
    at.text_input(key="steps").set_value("40").run()
    at.text_input(key="race.spread").set_value("0,1").run()
    at.text_input(key="race.rate1").set_value("2").run()
    at.selectbox(key="race.goal").set_value("final").run()
    assert not at.exception
    race = link(at)
    assert (race.experiment.steps, race.spread, race.rates, race.goal.kind) == (40, 0.1, (0.01, 2.0), "final")
    at.multiselect(key="race.several").set_value(["adam", "lion", "bfgs"]).run()
    # Who raced before keeps its slot, and with it its colour.
    assert [(run.slot, run.optimizer) for run in link(at).experiment.runs] == [
        (1, Pick("lion")),
        (2, Pick("bfgs")),
        (3, Pick("adam")),
    ]
    before = link(at)
    at.multiselect(key="race.several").set_value([]).run()
    assert at.toast[0].value.startswith("At least one method")
    at.text_input(key="race.rate0").set_value("5").run()
    assert "must rise" in at.toast[0].value
    assert link(at) == before
    at.selectbox(key="surface").set_value("beale").run()
    assert link(at).experiment.surface == Pick("beale")
    assert not at.exception


def test_the_rates_that_were_found_go_to_the_playground_and_no_others() -> None:
    at = opened(LINK)
    at.session_state["ask"] = {"what": "rates", "rates": {"1": 0.15, "3": 0.5}}
    at.run()
    taken = at.session_state["taken"]
    assert [(run.slot, run.lr) for run in taken.runs] == [(1, 0.15), (3, 0.5)]
    assert replace(taken, runs=of(LINK).experiment.runs) == of(LINK).experiment
    at.session_state["ask"] = {"what": "rates", "rates": {"3": 0.5}}
    at.run()
    assert [run.slot for run in at.session_state["taken"].runs] == [3]


@pytest.mark.parametrize(
    "ask",
    [
        None,
        7,
        {"what": "cake"},
        {"what": "rates"},
        {"what": "rates", "rates": {}},
        {"what": "rates", "rates": [0.1]},
        {"what": "rates", "rates": {"2": 0.1}},
        {"what": "rates", "rates": {"1": "0.1"}},
        {"what": "rates", "rates": {"1": -1}},
        {"what": "rates", "rates": {"1": 1e99}},
        {"what": "rates", "rates": {"x" * 9000: 0.1}},
        {"what": "rates", "rates": {"9" * 9000: 0.1}},
        {"what": "rates", "rates": {"1": True}},
    ],
)
def test_an_ask_that_no_page_sends_is_refused_in_words(ask: Any) -> None:
    at = opened(LINK)
    at.session_state["ask"] = ask
    at.run()
    assert not at.exception
    assert at.session_state["taken"] is None
    assert at.toast
    assert link(at) == of(LINK)
