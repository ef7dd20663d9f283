"""The loop for one start, on Python floats, written out from the trace.

Numpy's call overhead is nearly all of the time that arrays of two numbers take, and a call of `step` for each coordinate
half of what floats take. The source holds names of this module's own and the templates below, nothing of what was
traced: its floats are arguments. So whoever changes a parameter finds the code compiled.
"""

import math
import struct
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from core import either
from core.either import Number
from optimizers.bases.optimizer import Optimizer
from optimizers.trace.step import Same, Trace, memory_of, traced
from optimizers.trace.tape import PIXEL, STEP, UntraceableError, Value, recording

# Ten numbers a step: x, y, both gradients, directions, scales and decays.
WIDTH = 10
# How often a run looks whether it has left the floats.
LOOK_EVERY = 10
# A gradient of more operations is called, not inlined: its code would take longer to compile than many runs save.
INLINED = 200
# Ways to answer its conditions that a method may have.
MOST_LOOPS = 16
# Brackets within brackets.
DEEP = 20

# Every operation on floats. Where a float raises, arrays take the run over, so that the plain root will do.
EXPRESSIONS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "remainder": "{} % {}",
    "power": "pow({}, {})",
    "negative": "-{}",
    "absolute": "abs({})",
    "sign": "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0} * 0.0",
    "sqrt": "sqrt({})",
    "exp": "exp({})",
    "log": "log({})",
    "log1p": "log1p({})",
    "sin": "sin({})",
    "cos": "cos({})",
    "tanh": "tanh({})",
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "equal": "{} == {}",
    "not_equal": "{} != {}",
    "logical_and": "{} and {}",
    "logical_or": "{} or {}",
    "logical_not": "not {}",
    "where": "{1} if {0} else {2}",
}
# Of what all pixels share powers are taken as the step takes them, which is quicker.
STEPWISE = {"power": "{} ** {}"}
# What says an argument twice, which must be a name then.
TWICE = frozenset({"sign", "maximum", "minimum"})
FUNCTIONS: dict[str, Any] = {
    "__builtins__": {function.__name__: function for function in (abs, iter, len, range, zip)},
    **{name: getattr(math, name) for name in ("sqrt", "pow", "tanh")},
    **{name: getattr(either, name) for name in ("exp", "log", "log1p", "sin", "cos")},
}

SOURCE = """\
def ticking(literals, first, last):
    ({own}) = literals
    ticks = []
    for t in range(first, last + 1):
{ticking}
        ticks += (({ticks}),)
    return ticks

def loop(literals, ticks, rates, t, written, gradient, {leaves}):
    ({literals}) = literals
    ticks = iter(ticks)
    for first in range(t, len(rates), {every}):
        for {each} in {steps}:
            t += 1
{step}
            written += ({written})
            {leaves} = {after}
        if (x - x) + (y - y) != 0.0:
            break
    return t, {leaves}
"""


class Code(NamedTuple):
    """A compiled loop, for all traces that differ in floats alone.

    `literals` are the places of these floats among a shape's numbers; `columns` pairs slices of the ten numbers of a step
    with slices of what it writes, or of the ten themselves where they are floats. `ticking` works out for many steps what
    depends on the number of a step alone, if anything does (`ticks`); it needs the first `own` floats.
    """

    loop: Callable[..., Any]
    ticking: Callable[..., Any]
    ticks: bool
    own: int
    literals: list[int]
    columns: list[tuple[slice, slice | None]]


class Loop(NamedTuple):
    """The loop of one trace: its code, its floats, and the ten numbers of a step as far as they are floats."""

    code: Code
    literals: tuple[float, ...]
    ten: tuple[float, ...]

    def run(self, rates: list[float], t: int, *place: Any) -> tuple[list[float], Any]:
        """Steps from behind step `t` on: what they wrote, and where it ends, as (t, x, y, *memory)."""
        written: list[float] = []
        ticks: Sequence[tuple[float, ...]] = ()
        if self.code.ticks:
            own = struct.pack(f"{self.code.own}d", *self.literals[: self.code.own])
            ticks = _ticks(self.code.ticking, own, t + 1, len(rates))
        return written, self.code.loop(self.literals, ticks, rates, t, written, *place)

    def fill(self, table: np.ndarray, written: list[float]) -> None:
        """Put what some steps wrote into their rows of a table (steps, WIDTH)."""
        # Packing is a third of the time that numpy takes to look at each float of a list.
        rows = np.frombuffer(struct.pack(f"{len(written)}d", *written)).reshape(len(table), -1)
        for part, places in self.code.columns:
            table[:, part] = self.ten[part] if places is None else rows[:, places]


@lru_cache(maxsize=32)
def _ticks(ticking: Callable[..., Any], own: bytes, first: int, last: int) -> list[tuple[float, ...]]:
    """1 - beta**t and the like, of all steps: the same for every start, rate and surface.

    The floats come as bytes, because 0 and -0 are equal.
    """
    return ticking(struct.unpack(f"{len(own) // 8}d", own), first, last)


class Loops:
    """The loops of one method on one surface: one for each way in which the conditions of its steps are answered."""

    def __init__(self, optimizer: Optimizer, surface: Any) -> None:
        self.optimizer, self.surface = optimizer, surface
        self.memory = memory_of(optimizer)
        self.loops: tuple[Loop, ...] = ()
        self._lock = Lock()

    def run(self, gradient: Callable[..., Any], rates: list[float], x: float, y: float, table: np.ndarray) -> int:
        """Take the steps from x and y, write them into a table (steps + 1, WIDTH), and return how many were taken.

        They end where a position is not finite. The row behind the last has its place and the gradient there.
        An operation on floats may raise OverflowError, ZeroDivisionError or ValueError, and a step be untraceable after all.
        """
        t, memory = 0, [float(first) for first in self.memory.begin]
        while t < len(rates) and (x - x) + (y - y) == 0.0:
            for loop in self._candidates(t, rates[t], memory):
                written, (after, x, y, *memory) = loop.run(rates, t, gradient, x, y, *memory)
                if after > t:
                    loop.fill(table[t:after], written)
                    t = after
                    break
        table[t, :4] = (x, y, *gradient(x, y))
        return t

    def _candidates(self, t: int, eta: float, memory: list[float]) -> Iterator[Loop]:
        """The loops that may take the step after `t`: those that are there, then a new one."""
        there = self.loops
        yield from there
        known = dict(zip(self.memory.names, memory, strict=True))
        shared = [known.get(f"s{k}") for k in range(len(self.memory.levels))]
        with self._lock:
            # Another thread may have made one meanwhile.
            if self.loops is there:
                if len(there) == MOST_LOOPS:
                    raise UntraceableError(f"{self.optimizer.slug}: more than {MOST_LOOPS} ways to take a step")
                trace = traced(self.optimizer, self.surface, self.memory, t + 1, eta, shared)
                self.loops = (*there, emitted(trace))
        yield from self.loops[len(there) :]


@lru_cache(maxsize=512)
def _loops(optimizer: Same, surface: Same | None) -> Loops:
    inlined = surface is not None and is_short(surface.entry)
    return Loops(optimizer.entry, surface.entry if surface is not None and inlined else None)


def loops_of(optimizer: Optimizer, surface: Any) -> Loops:
    """The loops of a method on a surface, one object for all that have the same fields; UntraceableError if there are none.

    The gradient of a surface that is more than its fields, or is no formula, is called at every step.
    """
    try:
        known = Same(surface)
    except UntraceableError:
        known = None
    return _loops(Same(optimizer), known)


def is_short(surface: Any) -> bool:
    """Whether a surface's gradient is a formula that is worth inlining."""
    try:
        with recording() as tape:
            surface.grad(tape.leaf("x", PIXEL), tape.leaf("y", PIXEL))
    except UntraceableError:
        return False
    return len(tape.values) <= INLINED


class _Shape:
    """A trace as a key: equal to every other that differs from it in floats alone.

    `numbers` are all that it holds: the arguments of its values, the ten of a step, and what comes behind it.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.ten = [*trace.place, *trace.gradient, *trace.m, *trace.sigma, *trace.decay]
        values = trace.tape.values
        self.numbers = [a for v in values for a in v.args] + self.ten + [*trace.position, *trace.after]
        self.key = (
            *[v.op if v.args else v.name for v in values],
            *[a.name if type(a) is Value else None for a in self.numbers],
            *[(condition.name, answer) for condition, answer in trace.guards],
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shape) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class _Writer:
    """The source of a shape's loop: what is used once stands where it is used, and a float is an argument.

    `literals` says which of the shape's numbers these are, in order, and `places` where each of the ten is in what a step
    writes.
    """

    def __init__(self, shape: _Shape) -> None:
        trace, ten = shape.trace, shape.ten
        after = [*trace.position, *trace.after]
        conditions = [condition for condition, _ in trace.guards]
        values = trace.needed(*ten, *after, *conditions)
        written = list(dict.fromkeys(v.name for v in ten if type(v) is Value))
        self.uses = Counter(a.name for v in values for a in v.args * (1 + (v.op in TWICE)) if type(a) is Value)
        self.uses.update([*written, *(v.name for v in (*after, *conditions) if type(v) is Value)])
        starts = accumulate((len(v.args) for v in trace.tape.values), initial=0)
        self.starts = {v.name: start for v, start in zip(trace.tape.values, starts, strict=False)}
        self.lines: list[str] = []
        self.literals: list[int] = []
        # The expressions that wait for their place, and how deep their brackets are.
        self.waiting: dict[str, tuple[str, int]] = {}

        clocked = {"t"}
        for value in values:
            if value.args and all(a.name in clocked for a in value.args if type(a) is Value):
                clocked.add(value.name)
        asked = {a.name for v in values if v.name not in clocked for a in v.args if type(a) is Value}
        asked |= {v.name for v in (*ten, *after, *conditions) if type(v) is Value}
        self.ticks = [v.name for v in values if v.args and v.name in clocked & asked]
        self.uses.update(self.ticks)
        for value in values:
            if value.name in clocked:
                self.write(value)
        ticking, self.own = self.lines, len(self.literals)
        self.lines = []

        leaves = ", ".join(["x", "y", *trace.memory.names])
        for value in values:
            if value.level <= STEP and value.name not in clocked:
                self.write(value)
        for condition, answer in trace.guards:
            self.lines += [f"if {'not ' * answer}{self.text(condition)}:", f"    return t - 1, {leaves}"]
        if not trace.inlined:
            self.lines.append("g_x, g_y = gradient(x, y)")
        for value in values:
            if value.level > STEP:
                self.write(value)
        self.places = [written.index(v.name) if type(v) is Value else None for v in ten]
        some, names = f"rates[first:first + {LOOK_EVERY}]", "".join(f"{name}, " for name in self.ticks)
        self.source = SOURCE.format(
            ticking=textwrap.indent("\n".join(ticking), " " * 8),
            ticks=names,
            every=LOOK_EVERY,
            each=f"eta, ({names})" if self.ticks else "eta",
            steps=f"zip({some}, ticks)" if self.ticks else some,
            step=textwrap.indent("\n".join(self.lines), " " * 12),
            written="".join(f"{self.named(name)}, " for name in written),
            after=", ".join(self.text(number, k) for k, number in enumerate(after, len(shape.numbers) - len(after))),
            own="".join(f"k{k}, " for k in range(self.own)),
            literals="".join(f"k{k}, " for k in range(len(self.literals))),
            leaves=leaves,
        )

    def named(self, name: str) -> str:
        """What stands for a value."""
        return self.waiting[name][0] if name in self.waiting else name

    def text(self, number: Number, k: int = 0) -> str:
        """What stands for a value, or for a float, which is the shape's number `k`."""
        if type(number) is Value:
            return self.named(number.name)
        self.literals.append(k)
        return f"k{len(self.literals) - 1}"

    def write(self, value: Value) -> None:
        """Give a value its line, unless its expression can wait."""
        if not value.args:
            return
        expression = STEPWISE.get(value.op) if value.level <= STEP else None
        texts = [self.text(a, k) for k, a in enumerate(value.args, self.starts[value.name])]
        words = (expression or EXPRESSIONS[value.op]).format(*texts)
        deep = 1 + max(self.waiting.get(a.name, ("", 0))[1] if type(a) is Value else 0 for a in value.args)
        if self.uses[value.name] == 1 and deep < DEEP:
            self.waiting[value.name] = f"({words})", deep
        else:
            self.lines.append(f"{value.name} = {words}")


@lru_cache(maxsize=512)
def _code(shape: _Shape) -> Code:
    writer = _Writer(shape)
    space = dict(FUNCTIONS)
    exec(compile(writer.source, "<a loop on floats>", "exec"), space)
    columns: list[tuple[slice, slice | None]] = []
    first = 0
    for k in range(1, WIDTH + 1):
        # Neighbours that are neighbours in what is written too, or are floats, go together.
        ends = k == WIDTH or writer.places[k] != (None if (place := writer.places[k - 1]) is None else place + 1)
        if ends:
            place = writer.places[first]
            columns.append((slice(first, k), None if place is None else slice(place, place + k - first)))
            first = k
    return Code(space["loop"], space["ticking"], bool(writer.ticks), writer.own, writer.literals, columns)


def emitted(trace: Trace) -> Loop:
    """The loop of a trace."""
    shape = _Shape(trace)
    code = _code(shape)
    ten = tuple([0.0 if type(number) is Value else number for number in shape.ten])
    return Loop(code, tuple([shape.numbers[k] for k in code.literals]), ten)
