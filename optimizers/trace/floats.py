"""The loop for one start, on Python floats, written out from the trace.

Numpy's call overhead is nearly all of the time that arrays of two numbers take, and a call of `step` for each coordinate
half of what floats take. The source holds names of the emitter's own and its templates, nothing of what was traced: its
floats are arguments. So whoever changes a parameter finds the code compiled.
"""

import struct
import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from optimizers.bases.optimizer import Optimizer
from optimizers.trace.source import FUNCTIONS, Shape, Writer, names
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
        t, memory = 0, self.memory.spread((float(first),) * 2 for first in self.memory.first)
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
        with self._lock:
            # Another thread may have made one meanwhile.
            if self.loops is there:
                if len(there) == MOST_LOOPS:
                    raise UntraceableError(f"{self.optimizer.slug}: more than {MOST_LOOPS} ways to take a step")
                trace = traced(self.optimizer, self.surface, self.memory, t + 1, eta, self.memory.shared(memory))
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


class _LoopWriter(Writer):
    """The source of a loop; `places` says where each of the ten numbers of a step is in what it writes."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        ten = self.results[:WIDTH]
        first = {v.name: k for k, v in reversed(list(enumerate(ten))) if type(v) is Value}
        written = sorted(first.values())
        self.places = [written.index(first[v.name]) if type(v) is Value else None for v in ten]
        # What is written twice is written once.
        self.uses.subtract(v.name for k, v in enumerate(ten) if type(v) is Value and first[v.name] != k)

        clocked = {"t"}
        for value in self.values:
            if value.args and all(a.name in clocked for a in value.args if type(a) is Value):
                clocked.add(value.name)
        asked = {a.name for v in self.values if v.name not in clocked for a in v.args if type(a) is Value}
        asked |= {v.name for v in (*self.results, *self.conditions) if type(v) is Value}
        self.ticks = [v.name for v in self.values if v.args and v.name in clocked & asked]
        self.uses.update(self.ticks)
        self.write(v for v in self.values if v.name in clocked)
        ticking, self.own = self.taken(), len(self.literals)

        leaves = ", ".join(["x", "y", *self.trace.memory.leaves])
        self.write(v for v in self.values if v.level <= STEP and v.name not in clocked)
        self.guard(f"return t - 1, {leaves}")
        if not self.trace.inlined:
            self.lines.append("g_x, g_y = gradient(x, y)")
        self.write(v for v in self.values if v.level > STEP)
        some, ticks = f"rates[first:first + {LOOK_EVERY}]", "".join(f"{name}, " for name in self.ticks)
        self.source = SOURCE.format(
            ticking=textwrap.indent("\n".join(ticking), " " * 8),
            ticks=ticks,
            every=LOOK_EVERY,
            each=f"eta, ({ticks})" if self.ticks else "eta",
            steps=f"zip({some}, ticks)" if self.ticks else some,
            step=textwrap.indent("\n".join(self.taken()), " " * 12),
            written="".join(f"{self.result(k)}, " for k in written),
            after=", ".join(self.result(k) for k in range(WIDTH, len(self.results))),
            own=names("k", self.own),
            literals=names("k", len(self.literals)),
            leaves=leaves,
        )


@lru_cache(maxsize=512)
def _code(shape: Shape) -> Code:
    writer = _LoopWriter(shape)
    space = dict(FUNCTIONS)
    exec(compile(writer.source, "<a loop on floats>", "exec"), space)
    columns: list[tuple[slice, slice | None]] = []
    first = 0
    for k in range(1, WIDTH + 1):
        # Neighbours that are neighbours in what is written too, or are floats, go together.
        place = writer.places[k - 1]
        if k == WIDTH or writer.places[k] != (None if place is None else place + 1):
            place = writer.places[first]
            columns.append((slice(first, k), None if place is None else slice(place, place + k - first)))
            first = k
    return Code(space["loop"], space["ticking"], bool(writer.ticks), writer.own, writer.literals, columns)


def emitted(trace: Trace) -> Loop:
    """The loop of a trace."""
    ten = [*trace.place, *trace.gradient, *trace.m, *trace.sigma, *trace.decay]
    shape = Shape(trace, [*ten, *trace.position, *trace.after])
    code = _code(shape)
    floats = tuple([0.0 if type(number) is Value else number for number in ten])
    return Loop(code, tuple([shape.numbers[k] for k in code.literals]), floats)
