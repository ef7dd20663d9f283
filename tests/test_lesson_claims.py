"""Claims and quantities: read by hand, true where the runs say so, and never anything but a ValueError for nonsense."""

import math
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiment import parse
from lessons.claims import SIGNS, checked, claim
from lessons.model import Amount, Asked, ComparedClaim, EventClaim, RunName, Stage
from lessons.quantities import EVENTS, HEADS, SURFACE_HEADS, Known, Tokens, braces, column, told, written
from lessons.runs import racers
from optimizers.explain.table import KINDS

KNOWN = Known(("good", "slow-one", "x1"), 60, 2, 1)
LINK = {
    "surface": ["bowl~condition~12"],
    "schedule": ["constant"],
    "start": ["-4~2.6"],
    "steps": ["60"],
    "r1": ["sgd~lr~0.02"],
    "r2": ["sgd~lr~0.155"],
    "r3": ["sgd~lr~0.172"],
}
STAGE = Stage(
    "playground",
    "",
    parse(LINK)[0],
    (RunName("slow", 0, 1), RunName("good", 0, 2), RunName("high", 0, 3)),
    ("loss",),
    1,
)
RUNS = racers(STAGE)
HERE = Known.of(STAGE)


def holds(text: str) -> bool:
    return checked(claim(text, HERE), RUNS).holds


# Reading.

RUN = st.sampled_from(KNOWN.names)
STEP = st.integers(1, 60)
MEASURED = st.sampled_from([head for head in HEADS if not head.startswith(("longest", "lowest", "highest"))])


@given(
    RUN,
    st.booleans(),
    st.sampled_from(sorted(EVENTS)),
    st.sampled_from(["", "before", "after", "at", "to the end"]),
    STEP,
)
def test_whatever_claims_an_event_is_read_as_written(
    name: str, negated: bool, event: str, when: str, step: int
) -> None:
    tail = f" {when} {step}" if when in ("before", "after", "at") else f" {when}" if when else ""
    read = claim(f"{name}: {'not ' * negated}{event}{tail}", KNOWN, 3)
    assert isinstance(read, EventClaim)
    assert (read.who, read.names, read.negated, read.event, read.line) == ("", (name,), negated, event, 3)
    assert read.when == {"to the end": "end"}.get(when, when)
    assert read.step == (0 if not when else 60 if when == "to the end" else step)


@given(
    MEASURED,
    RUN,
    STEP,
    st.sampled_from(SIGNS),
    MEASURED,
    st.none() | RUN,
    st.none() | st.floats(0, 1e9, width=32),
    st.booleans(),
)
def test_whatever_compares_is_read_as_written(
    head: str, name: str, step: int, sign: Any, other: str, whose: str | None, times: float | None, over: bool
) -> None:
    # Powers of ten are typed as Python writes them.
    factor = "" if times is None else f"{times:g} x "
    of = "" if whose is None else f" of {whose}"
    divided = " / loss at 0" if over else ""
    read = claim(f"{head} of {name} at {step} {sign} {factor}{other}{of} at {step}{divided}", KNOWN)
    assert isinstance(read, ComparedClaim)
    assert read.left == Amount(1.0, Asked(head, name, step))
    run = whose or name
    under = Asked("loss", run, 0) if over else None
    assert read.right == Amount(1.0 if times is None else float(f"{times:g}"), Asked(other, run, step), under)
    assert (read.sign, read.seeds, read.exactly) == (sign, None, False)


@settings(max_examples=300)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                *KNOWN.names,
                *HEADS,
                *list(EVENTS)[:20],
                *SIGNS,
                "of",
                "at",
                "x",
                "/",
                ":",
                "3",
                "60",
                "not",
                "only",
                "all",
                "in",
                "seeds",
                "exactly",
                ".",
            ]
        ),
        max_size=9,
    ).map(" ".join)
)
def test_nonsense_raises_nothing_but_a_value_error(text: str) -> None:
    for read in (lambda: claim(text, KNOWN), lambda: braces(text, KNOWN), lambda: column(text)):
        with suppress(ValueError):
            read()


def test_tokens_are_words_numbers_and_signs() -> None:
    tokens = Tokens(" loss of good at 60 > -1.5e-3 x y−z: ".replace("y−z", "−2"))
    assert tokens.rest == ["loss", "of", "good", "at", "60", ">", "-1.5e-3", "x", "-2", ":"]
    with pytest.raises(ValueError, match="is no word, number or sign"):
        Tokens("loss; drop")


def test_events_are_those_of_the_table_of_verdicts() -> None:
    assert set().union(*EVENTS.values()) == set(KINDS)
    for key in KINDS:
        assert key in EVENTS[key.replace("_", " ")]
    for word in (
        "converged",
        "diverged",
        "left",
        "stuck",
        "local minimum",
        "bounces",
        "burst",
        "stopped",
        "rate spent",
    ):
        assert word in EVENTS
    assert {"stuck", "plateau", "saddle"} <= EVENTS["stuck"]


# Truth.


def test_an_event_is_true_before_at_and_after_its_step_alone() -> None:
    (at,) = (item["at"] for item in RUNS["good"].events if item["kind"] == "converged")
    assert holds("good: converged")
    assert not holds("good: not converged")
    assert holds(f"good: converged before {at + 1}")
    assert not holds(f"good: converged before {at}")
    assert holds(f"good: not converged before {at}")
    assert holds(f"good: converged at {at}")
    assert not holds(f"good: converged at {at + 1}")
    assert holds(f"good: converged after {at - 1}")
    assert not holds(f"good: converged after {at}")
    assert not holds("slow: converged after 1")
    assert holds("high: bounces to the end") == any(
        item["kind"] == "bounces" and item["until"] >= 60 for item in RUNS["high"].events
    )


def test_all_any_none_and_only() -> None:
    assert holds("only good: converged")
    assert not holds("only good, slow: converged")
    assert not holds("only slow: converged")
    assert holds("any: converged")
    assert not holds("all: converged")
    assert not holds("none: converged")
    assert holds("none: stuck")
    assert holds("all: not stuck")
    assert holds("only high: left")


@pytest.mark.parametrize(("name", "rate"), [("slow", 0.02), ("good", 0.155), ("high", 0.172)])
def test_quantities_are_those_of_the_closed_form(name: str, rate: float) -> None:
    t = 7
    x, y = -4 * (1 - rate) ** t, 2.6 * (1 - 12 * rate) ** t
    before = np.array([-4 * (1 - rate) ** (t - 1), 2.6 * (1 - 12 * rate) ** (t - 1)])
    wanted = {
        "x": x,
        "y": y,
        "loss": (x * x + 12 * y * y) / 2,
        "gradient": math.hypot(x, 12 * y),
        "distance": math.hypot(x, y),
        "way": math.hypot(x + 4, y - 2.6),
        "step": float(np.linalg.norm([x, y] - before)),
        "rate": rate,
        "factor x": 1 - rate,
        "factor y": 1 - 12 * rate,
        "slope x": x,
        "slope y": 12 * y,
        "direction x": before[0],
        "direction y": 12 * before[1],
        "sigma x": 1.0,
    }
    for head, value in wanted.items():
        quantity = told(Asked(head, name, t), STAGE)
        assert quantity.value == pytest.approx(value, rel=1e-9), head
        assert quantity.at == t
        assert quantity.run is not None
        assert quantity.run.name == name
    assert told(Asked("limit", name), STAGE).value == pytest.approx(2 / 12, rel=1e-5)
    assert told(Asked("rate", name), STAGE).at is None
    longest = told(Asked("longest step", name), STAGE)
    assert longest.at is not None
    assert longest.value == told(Asked("step", name, longest.at), STAGE).value


def test_a_surface_has_quantities_of_its_own() -> None:
    assert told(Asked("condition", "surface"), STAGE).shown == "12"
    assert told(Asked("curvature", "surface"), STAGE).value == pytest.approx(12)
    assert told(Asked("limit", "surface"), STAGE).value == pytest.approx(2 / 12)
    assert holds("minimum x of surface = exactly 0")
    assert set(SURFACE_HEADS) == {"condition", "curvature", "limit", "lowest", "minimum x", "minimum y"}


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("factor x of good at 1 = 0.845", True),
        ("factor x of good at 1 = 0.8", True),
        ("factor x of good at 1 = 0.85", True),
        ("factor x of good at 1 = 0.846", False),
        ("factor x of good at 1 = 0.8451", False),
        ("loss of good at 0 = 4.9e1", True),
        ("loss of good at 0 = 4.8e1", False),
        ("x of good at 0 = exactly -4", True),
        ("x of good at 0 exactly -4", True),
        ("x of good at 60 = exactly 0", False),
        ("x of good at 60 = 0.000", True),
        ("x of good at 0 = exactly x of high at 0", True),
        ("x of good at 1 = exactly x of high at 1", False),
        ("rate of high > limit", True),
        ("rate of good > limit", False),
        ("2 x rate of good > limit", True),
        ("distance of high at 60 / distance of slow at 60 > 50", True),
        ("0.5 >= gradient of good at 60", True),
        ("converged of good < 30", True),
        # What did not happen, and what is not there, has no number.
        ("converged of slow < 1000", False),
        ("converged of slow > 0", False),
        ("validation of slow < 1000", False),
    ],
)
def test_amounts_compare(text: str, true: bool) -> None:
    assert holds(text) is true


def test_of_one_run_a_quantity_need_not_say_whose_it_is() -> None:
    alone = replace(STAGE, names=STAGE.names[:1])
    read = claim("rate < limit", Known.of(alone))
    assert isinstance(read, ComparedClaim)
    assert read.left.asked == Asked("rate", "slow")
    with pytest.raises(ValueError, match="runs are slow, good, high"):
        claim("rate < limit", HERE)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (12.4321, "12.4"),
        (-5.1234, "−5.12"),
        (0.001489, "0.00149"),
        (0.00013, "1.3×10⁻⁴"),
        (9.9999, "10.0"),
        (117.34, "117"),
        (48.56, "48.6"),
        (2.2e9, "2.2×10⁹"),
        (1e39, "> 10³⁸"),
        (-1e39, "< −10³⁸"),
        (math.nan, "none"),
    ],
)
def test_numbers_are_shown_as_the_player_shows_them(value: float, text: str) -> None:
    assert written(value) == text
