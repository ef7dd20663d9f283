"""What a declaration promises holds for every entry of every registry, and a new file is all that a new entry takes."""

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.entry import Entry, Param
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Optimizer, run
from surfaces import SURFACES, Surface

REGISTRIES: dict[str, dict[str, Any]] = {
    "surfaces": SURFACES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "rules": RULES,
}
ENTRIES: dict[str, type[Entry]] = {f"{kind}-{slug}": r[slug] for kind, r in REGISTRIES.items() for slug in sorted(r)}
FIELDS = {f"{name}-{p.name}": (entry, p) for name, entry in ENTRIES.items() for p in entry.params()}

Adder = Callable[[str, str], type[Optimizer]]

every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
every_field = pytest.mark.parametrize(("entry", "p"), FIELDS.values(), ids=FIELDS.keys())


def test_there_is_something_to_pick() -> None:
    assert SURFACES.keys() >= {"bowl", "saddle", "rosenbrock", "linear_regression", "three_class"}
    assert OPTIMIZERS.keys() >= {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "composed"}
    assert SCHEDULES.keys() >= {"constant", "step", "exponential", "power", "cosine", "plateau"}


@every_entry
def test_an_entry_is_one_final_frozen_dataclass_in_its_own_file(entry: type[Entry]) -> None:
    assert getattr(entry, "__final__", False), "typing.final is missing"
    assert dataclasses.is_dataclass(entry)
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry().name = "another"  # type: ignore[misc]
    assert re.fullmatch(r"[a-z][a-z0-9_]*", entry.slug)
    assert entry.__module__.rpartition(".")[2] == entry.slug
    assert entry.registry[entry.slug] is entry
    # What carries arrays can be neither compared nor hashed by value.
    assert entry() != entry()


@every_entry
def test_an_entry_says_what_it_is(entry: type[Entry]) -> None:
    sentence = entry.sentence()
    assert 10 <= len(sentence) <= 140
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    assert ". " not in sentence, "one sentence"
    for text in (entry.name, entry.family, entry.tex, entry.source):
        assert text.strip() == text != ""


def test_no_two_entries_of_a_registry_have_the_same_name() -> None:
    for registry in REGISTRIES.values():
        names = [entry.name for entry in registry.values()]
        assert len(set(names)) == len(names)


@every_entry
def test_every_field_is_declared(entry: type[Entry]) -> None:
    assert [p.name for p in entry.params()] == [f.name for f in dataclasses.fields(entry)]


@every_field
def test_a_range_is_sane_and_holds_the_default(entry: type[Entry], p: Param) -> None:
    p.check(p.default)
    if p.choices:
        assert p.kind is str
        assert len(set(p.choices)) == len(p.choices) >= 1
        # Links part their fields with it.
        assert not any("~" in choice for choice in p.choices)
    elif p.kind is not bool:
        assert -math.inf < p.low < p.high < math.inf
        low, high = p.shown or (p.low, p.high)
        assert p.low <= low < high <= p.high
        if p.scale == "log":
            assert low > 0, "a logarithmic slider cannot start at 0"


def refused(p: Param) -> list[Any]:
    """Values that the field must not take."""
    if p.choices:
        return ["nonsense", "", p.choices[0].upper(), 1, None, True, list(p.choices)]
    if p.kind is bool:
        return ["true", 1, 0, 0.5, None]
    nothing: list[Any] = [math.nan, math.inf, -math.inf, "0.5", "", True, False, None, [], {}, 1j]
    numbers: list[Any] = [p.low - 1, p.high + 1, np.array([[p.low], [p.high + 1]]), np.array([[math.nan]])]
    return nothing + numbers + ([(p.low + p.high) // 2 + 0.5] if p.kind is int else [])


@every_field
def test_what_is_out_of_range_is_refused_by_name_value_and_range(entry: type[Entry], p: Param) -> None:
    for value in refused(p):
        with pytest.raises(ValueError, match=re.escape(p.name)) as caught:
            entry(**{p.name: value})
        message = str(caught.value)
        assert repr(value) in message
        assert p.allowed in message or (isinstance(value, list) and "shape (B, 1)" in message)


@every_field
def test_the_ends_of_a_range_belong_to_it(entry: type[Entry], p: Param) -> None:
    inside = p.choices or (False, True) if p.choices or p.kind is bool else (p.kind(p.low), p.kind(p.high))
    for value in inside:
        assert getattr(entry(**{p.name: value}), p.name) == value


@every_field
def test_a_sweep_is_a_column_and_nothing_else(entry: type[Entry], p: Param) -> None:
    if p.kind not in (float, int) or issubclass(entry, Surface):
        return
    column = np.full((3, 1), p.default)
    assert entry(**{p.name: column}).arrays().keys() == {p.name}
    assert getattr(entry(**{p.name: column}).rows(slice(1)), p.name).shape == (1, 1)
    for wrong in (column[:, 0], column.T, column[None], np.array(column[0, 0]), column[:, 0].tolist()):
        with pytest.raises(ValueError, match=rf"{p.name} must be one number, or an array of shape \(B, 1\)"):
            entry(**{p.name: wrong})


@every_field
def test_a_value_survives_a_link(entry: type[Entry], p: Param) -> None:
    rng = np.random.default_rng(3)
    values: list[Any] = [p.default, *p.choices]
    if p.kind is bool:
        values = [False, True]
    elif p.kind is int:
        values += [int(v) for v in rng.integers(int(p.low), int(p.high), 20)]
    elif p.kind is float:
        values += [float(v) for v in rng.uniform(p.low, p.high, 20)] + [p.low, p.high]
    for value in values:
        back = p.parse(str(value).lower() if p.kind is bool else str(value))
        assert back == value
        assert type(back) is p.kind
    for text in ("", " ", "nan", "inf", "nonsense", "1e999", "None", "[1]", "0x10", "True " * 50):
        with pytest.raises(ValueError, match=re.escape(p.name)):
            p.parse(text)


HALF = '''
from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from optimizers.base import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Half(Optimizer):
    """Gradient descent that goes a share of the way."""

    name = "Half"
    tex = r"\\theta"
    share: float = param(0.5, 0.0, 1.0)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        return self.share * g, 1.0, 0.0, ()
'''


def test_a_new_optimizer_takes_one_file(add_optimizer: Adder) -> None:
    assert "half_way" not in OPTIMIZERS
    half = add_optimizer("half_way", HALF)
    assert OPTIMIZERS["half_way"] is half
    assert half.slug == "half_way"
    path = run(SURFACES["bowl"](), half(share=0.25), 0.1, (-4.0, 3.0), 20)
    same = run(SURFACES["bowl"](), OPTIMIZERS["sgd"](), 0.025, (-4.0, 3.0), 20)
    np.testing.assert_allclose(path.theta, same.theta, rtol=1e-12)
    with pytest.raises(ValueError, match=r"share must be between 0 and 1; got 2"):
        half(share=2.0)


def test_a_file_is_one_entry(add_optimizer: Adder) -> None:
    with pytest.raises(TypeError, match="one file, one entry"):
        add_optimizer("two_in_one", HALF + HALF.partition("\n\n\n")[2].replace("class Half(", "class Other("))


def test_what_a_test_added_is_gone_after_it() -> None:
    assert not {"half_way", "two_in_one"} & OPTIMIZERS.keys()
