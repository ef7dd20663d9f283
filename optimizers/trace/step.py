"""One step of a method on a surface, traced: the optimizer's own `step` and `moved`, and the surface's own `grad`.

This is what an emitter is given. It knows neither numpy nor any language.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any, NamedTuple

from core.either import Number
from core.entry import Entry
from optimizers.bases.goal import Condition
from optimizers.bases.optimizer import Optimizer, Step
from optimizers.trace.tape import (
    OPERATIONS,
    PIXEL,
    STEP,
    TRUTHS,
    Tape,
    UntraceableError,
    Value,
    is_exactly,
    number,
    recording,
)

Pair = tuple[Number, Number]
# The fields of the optimizer that are swept, each with its level, and "lr", which is the rate's.
Sweeps = Mapping[str, int]
UNSWEPT: Sweeps = {}


class Same:
    """An entry as a key: equal to every other of its class with the same fields, whichever object it is.

    Fields in `swept` do not count, because a trace holds them as leaves. UntraceableError where more than declared fields
    decides what an entry does.
    """

    def __init__(self, entry: Any, swept: Iterable[str] = ()) -> None:
        if not isinstance(entry, Entry) or len(entry.params()) != len(fields(entry)):
            raise UntraceableError(f"{type(entry).__name__} is more than its fields")
        self.entry: Any = entry
        if swept:
            # Not with its arrays, which a key would keep for long.
            self.entry = copy.copy(entry)
            for p in entry.params():
                if p.name in swept:
                    object.__setattr__(self.entry, p.name, p.default)
        # As they are written, because 0 and -0 are equal, 1 and True too.
        own = tuple([None if p.name in swept else repr(getattr(entry, p.name)) for p in entry.params()])
        self.key = (type(entry), own)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class Memory(NamedTuple):
    """A method's state as a trace holds it: the level of each of its numbers, and its first value.

    A number that differs from pixel to pixel is two leaves, s0_x and s0_y; one that a step changes for all of them alike,
    or for a whole row, is one, s0; one that keeps its first value (level 0) is a float.
    """

    levels: tuple[int, ...]
    first: tuple[Any, ...]

    @property
    def leaves(self) -> dict[str, int]:
        """The names of the leaves, in order, and their levels."""
        pairs = [(f"s{k}_x", f"s{k}_y") if level & PIXEL else (f"s{k}",) for k, level in enumerate(self.levels)]
        return {name: level for level, pair in zip(self.levels, pairs, strict=True) if level for name in pair}

    def spread(self, pairs: Iterable[Any]) -> list[Any]:
        """Of a pair for each number of the state, what the leaves stand for."""
        together = zip(self.levels, pairs, strict=True)
        return [own for level, pair in together if level for own in pair[: 2 if level & PIXEL else 1]]

    def shared(self, numbers: Iterable[Any]) -> list[Any]:
        """The other way round, one for each number of the state, of the leaves' numbers: None where they are a pair."""
        known = dict(zip(self.leaves, numbers, strict=True))
        return [known.get(f"s{k}") for k in range(len(self.levels))]


class Trace(NamedTuple):
    """One step, made of leaves: x, y, the memory's names, t, eta, and f_ before the name of a field that is swept.

    place, gradient, m, sigma, decay and position (behind the step) are pairs, for x and y, of values and floats; `after` is
    the memory behind it. `inlined` says whether the gradient is a part of it; else that is two leaves more, g_x and g_y.
    `there` says whether the place, before the step, meets a goal, where one is asked for.
    `guards` are the conditions, on t, eta and what of the memory all pixels share, under which the step is this one, with
    their answers.
    """

    tape: Tape
    memory: Memory
    place: Pair
    gradient: Pair
    m: Pair
    sigma: Pair
    decay: Pair
    position: Pair
    after: list[Number]
    inlined: bool
    guards: list[tuple[Value, bool]]
    there: Value | None = None

    def needed(self, *wanted: Number) -> list[Value]:
        """What the wanted values are made of, leaves and these themselves too, in an order in which it can be worked out."""
        todo, names = [value for value in wanted if type(value) is Value], set()
        while todo:
            value = todo.pop()
            if value.name not in names:
                names.add(value.name)
                todo += [a for a in value.args if type(a) is Value]
        return [value for value in self.tape.values if value.name in names]


class _Nowhere:
    """The surface of a step that looks at no other place."""

    def __getattr__(self, name: str) -> Any:
        raise UntraceableError("a step that looks elsewhere")


def traced(
    optimizer: Optimizer,
    surface: Any,
    memory: Memory,
    t: int,
    eta: float,
    shared: Sequence[Any] = (),
    sweeps: Sweeps = UNSWEPT,
    goal: Condition | None = None,
) -> Trace:
    """The trace of step `t` at rate `eta`, where the numbers that the memory's levels say all pixels share are `shared`.

    `shared` has a place for each number of the state; the first values where it is empty. Without a surface (None) the
    gradient comes from outside.
    UntraceableError where the step, or the surface's gradient, is more than operations on numbers.
    """
    with recording() as tape:
        places = tape.leaf("x", PIXEL), tape.leaf("y", PIXEL)
        if surface is None:
            gradient: Pair = tape.leaf("g_x", PIXEL), tape.leaf("g_y", PIXEL)
        else:
            gx, gy = surface.grad(*places)
            gradient = whole(gx), whole(gy)
        state = [
            _state(tape, f"s{k}", level, shared[k] if shared and level else first)
            for k, (level, first) in enumerate(zip(*memory, strict=True))
        ]
        method, now, rate = with_leaves(tape, optimizer, t, eta, sweeps)
        each = []
        for g, place, own in zip(gradient, places, zip(*state, strict=True) if state else ((), ()), strict=True):
            step = method.step(g, own, place, rate, now, _Nowhere())
            each.append((*map(whole, step[:3]), tuple(map(whole, step[3])), whole(method.moved(place, step, rate))))
        m, sigma, decay, after, position = zip(*each, strict=True)
        if any(tuple(map(_wider, *memory, own)) != memory.levels for own in after):
            raise UntraceableError("a memory that only a later step changes, or sets apart from pixel to pixel")
        there = None if goal is None else met(goal, surface, *places)
        guards, behind = list(tape.guards.values()), memory.spread(zip(*after, strict=True))
        inlined = surface is not None
        return Trace(tape, memory, places, gradient, m, sigma, decay, position, behind, inlined, guards, there)


def met(goal: Condition, surface: Any, x: Value, y: Value) -> Value:
    """Whether a place meets a goal; UntraceableError where that is more than operations on the two coordinates."""
    there = goal(surface.value(x, y), x, y)
    if type(there) is not Value or there.op not in TRUTHS or not there.level & PIXEL:
        raise UntraceableError("a goal that asks for no place")
    return there


class Span(NamedTuple):
    """Steps in a row, from `first` to `last`, that one trace takes."""

    trace: Trace
    first: int
    last: int


def spans(optimizer: Optimizer, surface: Any, rates: Sequence[float], sweeps: Sweeps = UNSWEPT) -> list[Span]:
    """The traces of a whole run under `rates`, for an emitter that knows its steps beforehand.

    What all pixels share is worked out step by step, and nothing else. UntraceableError as `traced` has it; what a float
    raises there is raised. Rates that are swept have any value here: no condition can ask for them.
    """
    memory = memory_of(optimizer, sweeps)
    shared: list[Any] = [number(first) if level == STEP else None for level, first in zip(*memory, strict=True)]
    made: list[tuple[Trace, list[Value]]] = []
    found: list[Span] = []
    for t, eta in enumerate(rates, 1):
        for trace, common in made:
            after = _shared_after(trace, common, t, eta, shared)
            if after is not None:
                break
        else:
            trace = traced(optimizer, surface, memory, t, eta, shared, sweeps)
            behind = trace.memory.shared(trace.after)
            common = trace.needed(*(condition for condition, _ in trace.guards), *_of_all(memory, behind))
            made.append((trace, common))
            after = _shared_after(trace, common, t, eta, shared)
            assert after is not None
        if found and found[-1].trace is trace:
            found[-1] = found[-1]._replace(last=t)
        else:
            found.append(Span(trace, t, t))
        if after == shared and not any(value.name in ("t", "eta") for value in common):
            # Nothing will be answered otherwise any more.
            return [*found[:-1], found[-1]._replace(last=len(rates))]
        shared = after
    return found


def _of_all(memory: Memory, numbers: Iterable[Any]) -> list[Any]:
    """Of the state's numbers those that all pixels share; None in the places of the others."""
    return [own if level == STEP else None for level, own in zip(memory.levels, numbers, strict=True)]


def _shared_after(trace: Trace, common: list[Value], t: int, eta: float, shared: list[Any]) -> list[Any] | None:
    """What all pixels share behind step `t`; None where a condition of the trace is answered otherwise."""
    now = {"t": float(t), "eta": eta, **{f"s{k}": own for k, own in enumerate(shared)}}
    for value in common:
        if value.args:
            now[value.name] = OPERATIONS[value.op](*[now[a.name] if type(a) is Value else a for a in value.args])
    if any(now[condition.name] is not answer for condition, answer in trace.guards):
        return None
    behind = _of_all(trace.memory, trace.memory.shared(trace.after))
    return [now[own.name] if type(own) is Value else own for own in behind]


def memory_of(optimizer: Optimizer, sweeps: Sweeps = UNSWEPT) -> Memory:
    """How a trace holds a method's state, by what the first two steps make of it; UntraceableError if they cannot be traced.

    The steps are tried at a rate of 1, whatever it will be, so that the answer depends on the method alone.
    """
    return _memory_of(Same(optimizer, sweeps), tuple(sorted(sweeps.items())))


@lru_cache(maxsize=512)
def _memory_of(known: Same, swept: tuple[tuple[str, int], ...]) -> Memory:
    optimizer, sweeps = known.entry, dict(swept)
    if not optimizer.coordinatewise:
        raise UntraceableError(f"{optimizer.slug}: a step that needs both coordinates")
    with recording() as tape:
        first = optimizer.init()
        levels = tuple(_level(own) for own in with_leaves(tape, optimizer, 1, 1.0, sweeps)[0].init())
    shared, t = first, 1
    while t <= 2:
        with recording() as tape:
            method, now, rate = with_leaves(tape, optimizer, t, 1.0, sweeps)
            state = [_state(tape, f"s{k}", *known)[0] for k, known in enumerate(zip(levels, shared, strict=True))]
            g, theta = tape.leaf("g", PIXEL), tape.leaf("theta", PIXEL)
            step: Step = method.step(g, tuple(state), theta, rate, now, _Nowhere())
            wider = tuple(map(_wider, levels, first, step[3]))
            if wider == levels:
                shared, t = tuple(own.now if type(own) is Value else number(own) for own in step[3]), t + 1
            levels = wider
    return Memory(levels, first)


def _state(tape: Tape, name: str, level: int, now: Any) -> Pair:
    """A number of the state for either coordinate."""
    if level & PIXEL:
        return tape.leaf(f"{name}_x", level), tape.leaf(f"{name}_y", level)
    one = tape.leaf(name, level, now if level <= STEP else None) if level else number(now)
    return one, one


def _wider(level: int, first: Any, after: Number) -> int:
    """The level of a number of the state that a step has made `after` of."""
    if type(after) is Value:
        return level | STEP | after.level
    return level if level or is_exactly(number(after), number(first)) else STEP


def with_leaves(tape: Tape, optimizer: Optimizer, t: int, eta: float, sweeps: Sweeps) -> tuple[Optimizer, Any, Value]:
    """The optimizer with leaves in the places of the fields that are swept, and leaves for t and the rate."""
    method = optimizer
    if any(name != "lr" for name in sweeps):
        # Not by the constructor, which asks whether each is a number.
        method = copy.copy(optimizer)
        for name, level in sweeps.items():
            if name != "lr":
                object.__setattr__(method, name, tape.leaf(f"f_{name}", level))
    level = STEP | sweeps.get("lr", 0)
    return method, tape.leaf("t", STEP, float(t)), tape.leaf("eta", level, eta if level <= STEP else None)


def whole(result: Any) -> Number:
    """A value, or a number as a float."""
    return result if type(result) is Value else number(result)


def _level(result: Any) -> int:
    return result.level if type(result) is Value else 0
