"""What a viewer asks for in the picture does what it says, and nothing that comes from a browser is taken on trust."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.asks import again_in, answered
from app.experiment import FIRST, MAX_COORDINATE, Experiment, Pick, parse, simulate, suggested, surface_of, view_of

TWO = replace(FIRST, runs=FIRST.runs[:2])


def done(ask: Any, experiment: Experiment = FIRST, selected: int = 1) -> tuple[Experiment, int]:
    return answered(ask, experiment, selected, FIRST)


def test_each_ask_does_what_it_says() -> None:
    assert done({"what": "start", "x": 1, "y": -0.5})[0] == replace(FIRST, start=(1.0, -0.5))
    assert done({"what": "select", "slot": 3}) == (FIRST, 3)
    rated, slot = done({"what": "rate", "slot": 4, "lr": 0.25}, selected=2)
    assert (rated.runs[3].lr, rated.runs[:3], slot) == (0.25, FIRST.runs[:3], 2)
    more, slot = done({"what": "add", "like": 4})
    assert (slot, more.runs[4]) == (5, replace(FIRST.runs[3], slot=5))
    more, slot = done({"what": "add"}, TWO, 2)
    assert (slot, more.runs[2]) == (3, replace(FIRST.runs[1], slot=3))
    more, slot = done({"what": "add", "method": "adagrad"}, TWO)
    assert more.runs[2].optimizer == Pick("adagrad")
    assert more.runs[2].lr == suggested(Pick("adagrad"), surface_of(FIRST.surface))
    fewer, _ = done({"what": "remove", "slot": 2}, TWO)
    assert fewer.runs == FIRST.runs[:1]
    assert done({"what": "view", "view": [0, 1, 0, 1]})[0].view == (0.0, 1.0, 0.0, 1.0)
    assert done({"what": "view", "view": None}, replace(FIRST, view=(0.0, 1.0, 0.0, 1.0)))[0] == FIRST
    assert done({"what": "reset"}, replace(TWO, start=(0.0, 0.0)), 2) == (FIRST, 1)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ({"what": "rate", "slot": 1, "lr": 0}, "earning rate must be between 0.0000001 and 1000; got 0"),
        ({"what": "rate", "slot": 1, "lr": 1e9}, "earning rate must be between"),
        ({"what": "rate", "slot": 1, "lr": float("nan")}, "earning rate must be between"),
        ({"what": "rate", "slot": 1, "lr": True}, "must be a number"),
        ({"what": "rate", "slot": 7, "lr": 0.1}, "There is no run 7; there are 1, 2"),
        ({"what": "start", "x": 1e9, "y": 0}, "start must be two numbers"),
        ({"what": "start", "x": "1", "y": 0}, "must be a number"),
        ({"what": "view", "view": [1, 0, 0, 1]}, "must rise"),
        ({"what": "view", "view": [0, 1, 0, float("inf")]}, "at most"),
        ({"what": "view", "view": [0, 1e-12, 0, 1]}, "wide"),
        ({"what": "view", "view": [0, 1]}, "four numbers"),
        ({"what": "remove", "slot": 9}, "There is no run 9"),
        ({"what": "add", "method": "__class__"}, "There is no method"),
        ({"what": "fly"}, "not known here"),
        ("reset", "not known here"),
        (None, "not known here"),
    ],
)
def test_a_wrong_ask_is_said_and_changes_nothing(ask: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        done(ask, TWO)


def test_the_last_run_stays_and_eight_are_the_most() -> None:
    with pytest.raises(ValueError, match="One run stays"):
        done({"what": "remove", "slot": 1}, replace(FIRST, runs=FIRST.runs[:1]))
    full = FIRST
    for _ in range(4):
        full, _ = done({"what": "add"}, full)
    with pytest.raises(ValueError, match="8 runs at most"):
        done({"what": "add"}, full)


FOREIGN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)


@given(
    what=st.sampled_from(["start", "select", "rate", "add", "remove", "reset", "view", "x"]),
    rest=st.dictionaries(
        st.sampled_from(["x", "y", "slot", "lr", "like", "method", "view", "scene"]), FOREIGN, max_size=5
    ),
)
def test_whatever_comes_is_an_experiment_with_a_link_or_a_sentence(what: str, rest: dict[str, Any]) -> None:
    try:
        experiment, slot = done({"what": what, **rest})
    except ValueError as error:
        words = str(error)
    else:
        words = ""
        assert slot in {run.slot for run in experiment.runs}
        assert parse({key: [text] for key, text in experiment.query().items()}) == (experiment, [])
    assert len(words) < 300


# What is seen is a view, and nothing is computed from it.


def test_a_view_changes_no_path_and_takes_in_a_start_outside() -> None:
    seen = replace(FIRST, view=(0.5, 1.5, 0.5, 1.5))
    for one, other in zip(simulate(FIRST), simulate(seen), strict=True):
        assert one is other
    assert view_of(seen) == ((0.5, 1.5), (0.5, 1.5))
    assert view_of(FIRST) == surface_of(FIRST.surface).window
    for start in ((5.0, 0.0), (-9.0, 40.0), (0.0, -1.0001)):
        (x0, x1), (y0, y1) = view_of(replace(FIRST, start=start))
        assert x0 < start[0] < x1
        assert y0 < start[1] < y1
        # In the window's own shape, which it holds.
        assert (x1 - x0) == pytest.approx(y1 - y0)
        assert x0 <= -2
        assert x1 >= 2
    assert view_of(replace(FIRST, start=(MAX_COORDINATE, 0.0))) == surface_of(FIRST.surface).window


@pytest.mark.parametrize("text", ["1~2", "1~0~0~1", "a~b~c~d", "0~nan~0~1", "0~1e7~0~1", "0~1~0~1~2", "0~1e-9~0~1", ""])
def test_a_broken_view_is_said_and_the_window_shown(text: str) -> None:
    experiment, complaints = parse({"view": [text]})
    assert experiment.view is None
    assert len(complaints) == 1
    assert "view" in complaints[0]


def test_what_is_asked_again_after_a_cut_is_a_list_and_a_run() -> None:
    assert again_in({"what": "again", "selected": 4, "asks": [{"what": "reset"}]}, FIRST) == (4, [{"what": "reset"}])
    # A run that is gone, or none: the first.
    for slot in (8, None, "2", True, 2.0):
        assert again_in({"what": "again", "selected": slot, "asks": []}, FIRST) == (1, [])
    wrongs: list[Any] = [None, {}, "asks", [{}] * 101]
    for wrong in wrongs:
        with pytest.raises(ValueError, match="must be a list of 100 at most"):
            again_in({"what": "again", "selected": 1, "asks": wrong}, FIRST)
