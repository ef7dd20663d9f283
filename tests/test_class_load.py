"""What a page says to the server and is answered, message by message, as `benchmarks.class_load` does."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from urllib.parse import parse_qs

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.experiment import FIRST, Experiment, parse
from benchmarks.class_load import Server, Student, Tally, fuzzed, kind_of, malformed, share
from benchmarks.page import served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("class") / "log.txt"
    with served("app/server.py", log=log) as (address, pid):
        yield Server(int(address.rpartition(":")[2]), pid, log)


class Listener(Student):
    """A student who keeps what was sent."""

    heard: list[ForwardMsg]

    async def answer(self, first: bool = False) -> None:
        self.heard = []
        await super().answer(first=True)

    def learn(self, message: ForwardMsg) -> None:
        super().learn(message)
        self.heard.append(message)

    @property
    def elements(self) -> set[str]:
        """The kinds of elements that were sent."""
        return {str(one.delta.new_element.WhichOneof("type")) for one in self.heard if one.HasField("delta")} - {"None"}

    @property
    def shown(self) -> Experiment:
        """What the address says."""
        experiment, complaints = parse(parse_qs(self.query))
        assert not complaints
        return experiment


def visited(server: Server, page: str, deeds: Callable[[Listener], Awaitable[None]]) -> None:
    """Do something on a page."""

    async def visit() -> None:
        one = Listener(server.port, random.Random(1), page)
        try:
            await one.visit()
            await deeds(one)
        finally:
            await one.leave()

    asyncio.run(visit())
    assert server.tracebacks() == "0"


def test_a_rate_and_a_start_are_answered_by_the_pictures_alone(server: Server) -> None:
    async def deeds(one: Listener) -> None:
        assert "selectbox" in one.elements
        await one.ask({"what": "rate", "slot": 2, "lr": 0.00123})
        assert one.elements == {"bidi_component"}
        await one.ask({"what": "start", "x": 1.0, "y": 0.5})
        assert one.elements == {"bidi_component"}
        assert (one.shown.start, one.shown.runs[1].lr) == ((1.0, 0.5), 0.00123)

    visited(server, "", deeds)


def test_a_control_changes_the_experiment_as_it_is_then(server: Server) -> None:
    """Not as it was when the control was built: pictures have changed it since."""

    async def deeds(one: Listener) -> None:
        await one.ask({"what": "rate", "slot": 2, "lr": 0.00123})
        await one.ask({"what": "start", "x": 1.0, "y": 0.5})
        await one.choose("schedule", "Cosine")
        assert "selectbox" in one.elements
        shown = one.shown
        assert (shown.schedule.slug, shown.start, shown.runs[1].lr) == ("cosine", (1.0, 0.5), 0.00123)
        await one.ask({"what": "rate", "slot": 1, "lr": 0.00321})
        await one.choose("r1.optimizer", "Momentum")
        assert one.shown.runs[0].optimizer.slug == "momentum"
        assert one.shown.runs[1].lr == 0.00123
        await one.ask({"what": "reset"})
        assert one.shown == FIRST
        assert "selectbox" in one.elements

    visited(server, "", deeds)


def test_what_controls_show_too_is_built_whole(server: Server) -> None:
    async def deeds(one: Listener) -> None:
        await one.ask({"what": "select", "slot": 3})
        assert "selectbox" in one.elements
        # What is refused is said, and a toast is no picture.
        await one.ask({"what": "rate", "slot": 2, "lr": -1})
        assert "toast" in one.elements
        # The weights of a model say in the settings how they begin.
        one.query = "surface=two_layer&steps=20"
        await one.again()
        await one.ask({"what": "start", "x": 1.0, "y": 0.5})
        assert ("initialization", "point") in one.shown.surface.fields
        assert "selectbox" in one.elements

    visited(server, "", deeds)


@pytest.mark.parametrize("page", ["compare", "dissect"])
def test_other_pages_answer_with_their_pictures_too(server: Server, page: str) -> None:
    async def deeds(one: Listener) -> None:
        await one.ask({"what": "rate", "slot": 1, "lr": 0.00123})
        assert one.elements == {"bidi_component"}
        assert "0.00123" in one.query
        await one.preview()

    visited(server, page, deeds)


def test_a_kind_is_read_without_decoding() -> None:
    for message in (
        ForwardMsg(hash="x" * 300, script_finished=ForwardMsg.FINISHED_EARLY_FOR_RERUN),
        ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY),
        ForwardMsg(),
    ):
        kind = message.WhichOneof("type")
        assert kind_of(message.SerializeToString()) == ((kind, message.script_finished) if kind else ("", 0))
    delta = ForwardMsg()
    delta.metadata.delta_path.extend([0, 300])
    delta.delta.new_element.text.body = "x" * 1000
    assert kind_of(delta.SerializeToString())[0] == "delta"


def test_what_makes_no_sense_is_drawn_from_a_seed() -> None:
    one = Student(0, random.Random(1), widgets={str(k): (f"$$ID-{k}-key", "") for k in range(5)})
    drawn: list[list[str | bytes]] = []
    for draw in map(random.Random, (1, 1, 2)):
        drawn.append([*(fuzzed(draw) for _ in range(50)), *(malformed(draw, one) for _ in range(50))])
    assert drawn[0] == drawn[1] != drawn[2]


def test_failures_are_counted_and_told() -> None:
    tally = Tally()

    async def fails() -> None:
        raise OSError("gone")

    async def works() -> None:
        pass

    asyncio.run(tally.time("a rate", fails))
    asyncio.run(tally.time("a rate", works))
    assert tally.failed == ["a rate: OSError gone"]
    assert len(tally.seconds["a rate"]) == 1
    assert [share([3.0, 1.0, 2.0], part) for part in (0.0, 0.5, 0.95)] == [1.0, 2.0, 3.0]
