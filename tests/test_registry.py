"""What a declaration promises holds for every entry of every registry, and a new file is all that a new entry takes."""

import dataclasses
import math
import re
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import experiment
from core.entry import MOST_NUMBERS, Entry, Param
from docs import catalogue
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Optimizer, run
from surfaces import SURFACES, Surface

REGISTRIES: dict[str, dict[str, Any]] = {
    "surfaces": SURFACES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "rules": RULES,
}
ENTRIES: dict[str, type[Entry]] = {f"{kind}-{slug}": r[slug] for kind, r in REGISTRIES.items() for slug in sorted(r)}
# What has checks of its own, a text that is typed, is tested beside them.
FIELDS = {f"{name}-{p.name}": (entry, p) for name, entry in ENTRIES.items() for p in entry.params() if p.checks is None}
TUPLES = {name: (entry, p) for name, (entry, p) in FIELDS.items() if p.kind is tuple}
HOLDERS = {name: (entry, p) for name, (entry, p) in FIELDS.items() if p.inside is not None}

Adder = Callable[[str, str], type[Optimizer]]
EntryAdder = Callable[[str, str, str], Any]

every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES.keys())
every_field = pytest.mark.parametrize(("entry", "p"), FIELDS.values(), ids=FIELDS.keys())
every_tuple = pytest.mark.parametrize(("entry", "p"), TUPLES.values(), ids=TUPLES.keys())
every_holder = pytest.mark.parametrize(("entry", "p"), HOLDERS.values(), ids=HOLDERS.keys())


def test_there_is_something_to_pick() -> None:
    assert SURFACES.keys() >= {"bowl", "saddle", "rosenbrock", "linear_regression", "three_class"}
    assert OPTIMIZERS.keys() >= {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "composed"}
    assert SCHEDULES.keys() >= {"constant", "step", "exponential", "power", "cosine", "plateau"}
    assert TUPLES.keys() >= {"schedules-multi_step-milestones"}
    assert HOLDERS.keys() >= {"optimizers-lookahead-base", "optimizers-sam-base", "optimizers-averaging-base"}


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
    if p.options:
        assert p.kind is str
        assert len(set(p.options)) == len(p.options) >= 1
        # Links part their fields with it.
        assert not any("~" in choice for choice in p.options)
    elif p.kind is not bool:
        assert -math.inf < p.low < p.high < math.inf
        low, high = p.shown or (p.low, p.high)
        assert p.low <= low < high <= p.high
        if p.scale == "log":
            assert low > 0, "a logarithmic slider cannot start at 0"


def refused(p: Param) -> list[Any]:
    """Values that the field must not take."""
    if p.inside is not None:
        others = [registry for registry in REGISTRIES.values() if registry is not p.inside]
        holders = [entry for entry in p.inside.values() if entry.holds()]
        built = [next(iter(others[0].values()))(), *(entry() for entry in holders)]
        return ["nonsense", "", *built, *(entry.slug for entry in holders), p.inside[p.options[0]], 1, None, True, []]
    if p.options:
        return ["nonsense", "", p.options[0].swapcase(), 1, None, True, list(p.options)]
    if p.kind is bool:
        return ["true", 1, 0, 0.5, None]
    low, high = p.low, p.high
    if p.kind is tuple:
        low, high = int(low), int(high)
        numbers: list[Any] = [(low - 1,), (high + 1,), (low, high + 1), (high, low), (low, low), (low, low + 0.5)]
        numbers += [tuple(range(low, low + MOST_NUMBERS + 1)), (True,), ("1",), (math.nan,), ((low, high),)]
        return [*numbers, low, float(high), str(low), "", True, None, {}, np.array([low, high])]
    nothing: list[Any] = [math.nan, math.inf, -math.inf, "0.5", "", True, False, None, [], {}, 1j]
    numbers = [low - 1, high + 1, np.array([[low], [high + 1]]), np.array([[math.nan]])]
    return nothing + numbers + ([(low + high) // 2 + 0.5] if p.kind is int else [])


@every_field
def test_what_is_out_of_range_is_refused_by_name_value_and_range(entry: type[Entry], p: Param) -> None:
    for value in refused(p):
        with pytest.raises(ValueError, match=re.escape(p.name)) as caught:
            entry(**{p.name: value})
        message = str(caught.value)
        assert repr(value) in message
        assert p.allowed in message or (isinstance(value, list) and "shape (B, 1)" in message)


def allowed(p: Param) -> list[Any]:
    """Every value of a field that takes only some, else those at the ends of its range."""
    if p.options or p.kind is bool:
        return list(p.options) or [False, True]
    if p.kind is tuple:
        low, high = int(p.low), int(p.high)
        return [(), (low,), (high,), (low, high), tuple(range(high - MOST_NUMBERS + 1, high + 1))]
    return [p.kind(p.low), p.kind(p.high)]


@every_field
def test_the_ends_of_a_range_belong_to_it(entry: type[Entry], p: Param) -> None:
    for value in allowed(p):
        assert getattr(entry(**{p.name: value}), p.name) == value


@every_field
def test_a_sweep_is_a_column_and_nothing_else(entry: type[Entry], p: Param) -> None:
    if p.kind not in (float, int):
        with pytest.raises(ValueError, match=re.escape(p.name)):
            entry(**{p.name: np.full((3, 1), 1 if p.kind is tuple else p.default)})
        return
    column = np.full((3, 1), p.default)
    if not p.sweeps:
        with pytest.raises(ValueError, match=f"{p.name} must be {re.escape(p.allowed)}, the same for every row; got"):
            entry(**{p.name: column})
        return
    if issubclass(entry, Surface):
        return
    assert entry(**{p.name: column}).arrays().keys() == {p.name}
    assert getattr(entry(**{p.name: column}).rows(slice(1)), p.name).shape == (1, 1)
    for wrong in (column[:, 0], column.T, column[None], np.array(column[0, 0]), column[:, 0].tolist()):
        with pytest.raises(ValueError, match=rf"{p.name} must be one number, or an array of shape \(B, 1\)"):
            entry(**{p.name: wrong})


@every_field
def test_a_value_survives_a_link(entry: type[Entry], p: Param) -> None:
    rng = np.random.default_rng(3)
    values: list[Any] = [p.default, *allowed(p)]
    if p.kind is int:
        values += [int(v) for v in rng.integers(int(p.low), int(p.high), 20)]
    elif p.kind is float:
        values += [float(v) for v in rng.uniform(p.low, p.high, 20)]
    elif p.kind is tuple:
        values += [tuple(sorted(rng.choice(int(p.high), n, replace=False).tolist())) for n in range(1, MOST_NUMBERS)]
    for value in values:
        text = experiment.as_text(value)
        back = p.parse(text)
        assert back == value
        assert type(back) is p.kind
        assert "~" not in text
        assert len(text) <= experiment.LONGEST
    nothing = [] if p.kind is tuple else ["", " "]
    for text in (*nothing, "nan", "inf", "nonsense", "1e999", "None", "[1]", "0x10", "True " * 50):
        with pytest.raises(ValueError, match=re.escape(p.name)):
            p.parse(text)


# Fields of several numbers.


@every_tuple
def test_several_numbers_are_read_as_a_link_or_a_person_writes_them(entry: type[Entry], p: Param) -> None:
    for text in ("10-25-40", "10, 25 40", "10,25,40", " 10  25 , 40 "):
        assert p.parse(text) == (10, 25, 40), text
    assert p.parse("7") == (7,)
    # None at all is a value, too: a link that says so is not taken for the default.
    assert p.parse("") == p.parse(" ") == ()
    wrong = (
        "40-25-10",
        "10-10",
        "10;25",
        "10.5",
        "1e1",
        "(10, 25)",
        "10-x",
        "-5",
        "5-",
        f"{int(p.high) + 1}",
        "9" * 30,
    )
    for text in (*wrong, "-".join(str(n) for n in range(MOST_NUMBERS + 1))):
        with pytest.raises(ValueError, match=re.escape(p.name)) as caught:
            p.parse(text)
        assert p.allowed in str(caught.value)


@every_tuple
def test_several_numbers_rise_within_their_range(entry: type[Entry], p: Param) -> None:
    assert isinstance(p.default, tuple)
    assert all(a < b for a, b in pairwise(p.default))
    assert all(type(v) is int and p.low <= v <= p.high for v in p.default)
    assert p.low == int(p.low) >= 0, "a minus would be read as what parts the numbers of a link"
    assert entry(**{p.name: [10, 25]}).arrays() == {}


# Fields that hold another entry.


@every_holder
def test_a_field_holds_every_entry_that_holds_none_by_slug_or_built(entry: type[Entry], p: Param) -> None:
    assert p.inside is not None
    assert set(p.options) == {slug for slug, kind in p.inside.items() if not kind.holds()}
    assert p.inside.keys() - set(p.options) >= {entry.slug}
    for slug in p.options:
        built = p.inside[slug]()
        assert getattr(entry(**{p.name: built}), p.name) is built
        assert entry(**{p.name: built}).called == entry(**{p.name: slug}).called == f"{entry.name} · {built.name}"


@every_holder
def test_the_fields_of_what_is_held_are_fields_too(entry: type[Entry], p: Param) -> None:
    assert p.inside is not None
    for slug in p.options:
        kind = p.inside[slug]
        own = [q.name for q in entry.params()]
        there = [q.name for q in entry.params_with({p.name: slug})]
        inner = kind.params_with({})
        # What makes one matter is among them.
        assert {q.when[0] for q in entry.params_with({p.name: slug}) if q.when} <= set(there)
        assert there == [*own[:1], *(f"{p.name}.{q.name}" for q in inner), *own[1:]]
        for q in (q for q in inner if q.checks is None):
            value = allowed(q)[0]
            held = getattr(entry.built({p.name: slug, f"{p.name}.{q.name}": value}), p.name)
            assert type(held) is kind
            assert getattr(held, q.name) == value
            if q.kind in (float, int) and q.sweeps:
                swept = entry(**{p.name: kind(**{q.name: np.full((3, 1), q.default)})})
                assert swept.arrays().keys() == {f"{p.name}.{q.name}"}
                assert getattr(getattr(swept.rows(slice(2)), p.name), q.name).shape == (2, 1)


@every_holder
def test_what_is_held_is_refused_in_its_own_words(entry: type[Entry], p: Param) -> None:
    assert p.inside is not None
    with pytest.raises(ValueError, match="beta1 must be between"):
        entry.built({p.name: "adam", f"{p.name}.beta1": 2.0})
    with pytest.raises(ValueError, match=f"{p.name} must be one of") as caught:
        entry(**{p.name: entry()})
    assert entry.slug not in caught.value.args[0].partition("; got")[0].replace(",", " ").split()


# One more takes one file.

HALF = '''
from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Half(Optimizer):
    """Gradient descent that goes a share of the way."""

    name = "Half"
    family = "Build your own"
    tex = r"\\theta \\leftarrow \\theta - s\\,\\eta_t\\, g"
    source = "a test"

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


QUARTER_BOWL = '''
from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class QuarterBowl(Surface):
    """The elongated bowl, of which only a share is left."""

    name = "Flattened bowl"
    family = "Bowls and saddles"
    tex = r"f = \\tfrac{s}{2}\\,(x^2 + 12 y^2)"
    source = "a test"
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-4.0, 3.0)
    minima = ((0.0, 0.0),)
    lowest = 0.0

    share: float = param(0.5, 0.0, 1.0)

    def value(self, x: Number, y: Number) -> Number:
        return self.share * (x * x + 12 * y * y) / 2

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        return self.share * x, self.share * 12 * y
'''

SHARED_RATE = '''
from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class SharedRate(Schedule):
    """Always a share of the rate that was asked for."""

    name = "Share of the rate"
    family = "Fixed"
    tex = r"\\eta_t = s\\,\\eta"
    source = "a test"

    share: float = param(0.5, 0.0, 1.0)

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.share * self.lr
'''

WEAKENED = '''
from dataclasses import dataclass
from typing import final

import numpy as np

from core.entry import param
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class Weakened(Rule):
    """Only a share of the gradient is passed on."""

    name = "Weakened gradient"
    family = "On the gradient"
    tex = r"g \\leftarrow s\\, g"
    source = "a test"

    share: float = param(0.5, 0.0, 1.0)

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        return self.share * g
'''

# Of each registry: the package of its files, one more file, what names it in a link, and the picker that must offer it.
NEW = {
    "surfaces": ("surfaces.functions", QUARTER_BOWL, {"surface": "one_more~share~0.25"}, "surface"),
    "optimizers": ("optimizers.methods", HALF, {"r1": "one_more~lr~0.1~share~0.25"}, "r1.optimizer"),
    "schedules": ("optimizers.schedules", SHARED_RATE, {"schedule": "one_more~share~0.25"}, "schedule"),
    "rules": ("optimizers.rules", WEAKENED, {"r1.1": "one_more~share~0.25"}, "r1.rules"),
}
PLAIN = {"surface": "bowl", "schedule": "constant", "r1": "sgd~lr~0.1", "start": "-4~3", "steps": "20", "seed": "0"}
MAIN = Path(__file__).parent.parent / "app" / "main.py"
New = tuple[str, Any, dict[str, str], str]


@pytest.fixture(params=list(NEW))
def new(request: pytest.FixtureRequest, add_entry: EntryAdder) -> New:
    """One more entry of each registry in turn: the registry's name, the entry, a link that names it, its picker's key."""
    package, source, link, picker = NEW[request.param]
    assert "one_more" not in REGISTRIES[request.param]
    return request.param, add_entry(package, "one_more", source), PLAIN | link, picker


def test_one_more_file_is_one_more_entry_that_runs(new: New) -> None:
    kind, entry, _, _ = new
    assert REGISTRIES[kind]["one_more"] is entry
    assert entry.slug == "one_more"
    with pytest.raises(ValueError, match=r"share must be between 0 and 1; got 2"):
        entry(share=2.0)
    taken: dict[str, Any] = {"surfaces": SURFACES["bowl"](), "optimizers": OPTIMIZERS["sgd"](), "schedules": 0.1}
    taken[kind] = entry(share=0.25, lr=0.1) if kind == "schedules" else entry(share=0.25)
    rules = [taken["rules"]] if kind == "rules" else []
    path = run(taken["surfaces"], taken["optimizers"], taken["schedules"], (-4.0, 3.0), 20, rules)
    np.testing.assert_allclose(path.theta, quarter_rate(), rtol=1e-12)


def quarter_rate() -> np.ndarray:
    """Gradient descent on the bowl at a quarter of the rate 0.1: what a share of 0.25 makes, wherever it stands."""
    return run(SURFACES["bowl"](), OPTIMIZERS["sgd"](), 0.025, (-4.0, 3.0), 20).theta


def test_one_more_file_is_understood_in_a_link(new: New) -> None:
    _, _, link, _ = new
    asked, complaints = experiment.parse({key: [value] for key, value in link.items()})
    assert not complaints
    assert asked.query() == link
    (path,) = experiment.simulate(asked)
    np.testing.assert_allclose(path.theta, quarter_rate(), rtol=1e-12)
    _, complaints = experiment.parse({key: [value.replace("0.25", "25")] for key, value in link.items()})
    assert [c for c in complaints if "share must be between 0 and 1; got 25" in c] == complaints != []


def test_one_more_file_is_offered_by_the_app(new: New) -> None:
    kind, entry, _, picker = new
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    # A part that is folded is empty, and AppTest cannot unfold it.
    at.session_state["r1.rules.fold"] = True
    at.run()
    assert not at.exception
    widget = at.multiselect(key=picker) if kind == "rules" else at.selectbox(key=picker)
    assert entry.name in widget.options
    (widget.set_value(["one_more"]) if kind == "rules" else widget.set_value("one_more")).run()
    assert not at.exception
    # What it does is said where it is picked, to those who ask.
    helps = [str(part.help) for part in (*at.selectbox, *at.markdown) if part.help]
    assert any(entry.sentence() in words.replace("\\", "") for words in helps)
    assert any(slider.label == "Share" for slider in at.slider)


def test_one_more_file_is_in_the_catalogue(new: New) -> None:
    _, entry, _, _ = new
    page = catalogue.page()
    said = page.partition(f"\n#### {entry.name} (`one_more`)\n")[2].partition("\n#")[0]
    for text in (entry.sentence(), entry.tex, "`share = 0.5`: between 0 and 1.", "Source: a test"):
        assert text in said
    assert entry.name in page.partition("\n## ")[0], "the overview"


def test_a_file_is_one_entry(add_optimizer: Adder) -> None:
    with pytest.raises(TypeError, match="one file, one entry"):
        add_optimizer("two_in_one", HALF + HALF.partition("\n\n\n")[2].replace("class Half(", "class Other("))


def test_what_a_test_added_is_gone_after_it() -> None:
    names = {"one_more", "half_way", "two_in_one"}
    for package, _, _, _ in NEW.values():
        assert not names & vars(sys.modules[package]).keys()
        assert len(sys.modules[package].__path__) == 1
    assert not any(names & registry.keys() for registry in REGISTRIES.values())
    assert not any(name.rpartition(".")[2] in names for name in sys.modules)
    _, complaints = experiment.parse({"surface": ["one_more"], "schedule": ["one_more"], "r1": ["one_more"]})
    assert len(complaints) == 3
    assert catalogue.page().count("one_more") == 0
