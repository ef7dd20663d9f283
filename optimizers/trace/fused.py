"""The steps of many starts in numpy without a temporary, written out from the trace.

Each coordinate is an array of its own, and each operation writes into one at hand. The arrays of a tile are handed round:
those that hold the memory before a step are free for others behind it. It takes the very steps that arrays of shape (B, 2)
take, to the bit, because it calls the same functions.
"""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from optimizers.bases.goal import Condition, Kept
from optimizers.bases.optimizer import Optimizer, State
from optimizers.trace.source import FUNCTIONS, Shape, Writer, names
from optimizers.trace.step import Same, Sweeps, Trace, memory_of, met, traced
from optimizers.trace.tape import OPERATIONS, PIXEL, ROW, STEP, TRUTHS, UntraceableError, Value, recording

# Ways to answer its conditions that a method may have.
MOST_STEPS = 16

# These make an array of their own: np.where into one at hand takes twice as long, and numpy's ** chooses by the exponent.
MAKING = {"where": "np_where({}, {}, {})", "power": "{} ** {}"}

# Under names that are not those of the same operations on floats.
UFUNCS: dict[str, Any] = {f"np_{name}": getattr(np, name) for name in (*OPERATIONS, "copyto")}

SOURCE = """\
def step(literals, t, eta, swept, shared, moving, spare, truths):
    ({literals}) = literals
    ({swept}) = swept
    ({shared}) = shared
{scalars}
    {moving} = moving
    ({works}*spare,) = spare
    ({truths}*_,) = truths
{lines}
    return ({shared_after}), ({moving_after}), [{spare_after}*spare], {there}
"""


class Code(NamedTuple):
    """A compiled step, for all traces that differ in floats alone; it needs so many arrays beside those of its memory."""

    step: Callable[..., Any]
    literals: list[int]
    works: int
    truths: int


class _StepWriter(Writer):
    """The source of a step on arrays; of a trace with a goal, the last of the results is whether it is met."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)
        memory = self.trace.memory
        self.moving = ["x", "y", *(name for name, level in memory.leaves.items() if level > STEP)]
        shared = [name for name, level in memory.leaves.items() if level <= STEP]
        swept = [v.name for v in self.trace.tape.values if not v.args and v.level > STEP and v.name not in self.moving]
        self.write(v for v in self.values if v.level <= STEP)
        self.guard("return None")
        scalars = self.taken()

        arrays = [v for v in self.values if v.level > STEP and v.args]
        last = {a.name: k for k, v in enumerate(arrays) for a in v.args if type(a) is Value}
        kept = {v.name for v in self.results if type(v) is Value}
        # The array of each value, and those that are free: of floats, and of truths.
        self.place = {name: name for name in (*self.moving, *swept)}
        self.free: dict[bool, list[str]] = {False: [], True: []}
        self.made = {False: 0, True: 0}
        self.free[False] += [name for name in self.moving if name not in last and name not in kept]
        for k, value in enumerate(arrays):
            if value.op == "where" and any(type(a) is Value and a.op in TRUTHS for a in value.args[1:]):
                raise UntraceableError("a choice between truths")
            texts = self.texts(value)
            for a in {a.name: a for a in value.args if type(a) is Value and a.level > STEP}.values():
                if last[a.name] == k and a.name not in kept and a.name not in swept:
                    self.free[a.op in TRUTHS].append(self.place[a.name])
            out = self.place[value.name] = self.buffer(value.op in TRUTHS)
            if value.op in MAKING:
                self.lines.append(f"{out} = {MAKING[value.op].format(*texts)}")
            else:
                # numpy wants these two to say it.
                said = "out=" * (value.op in ("maximum", "minimum"))
                self.lines.append(f"np_{value.op}({', '.join(texts)}, {said}{out})")

        behind: dict[bool, list[str]] = {False: [], True: []}
        for k, level in enumerate((PIXEL, PIXEL, *memory.leaves.values())):
            value = self.results[k]
            if level <= STEP:
                behind[False].append(self.result(k))
            elif type(value) is Value and value.level > STEP and self.place[value.name] not in (*behind[True], *swept):
                behind[True].append(self.place[value.name])
            else:
                behind[True].append(self.buffer(False))
                self.lines.append(f"np_copyto({behind[True][-1]}, {self.result(k)})")
        works = [f"w{k}" for k in range(self.made[False])]
        rest = [name for name in (*self.moving, *works) if name not in behind[True]]
        self.source = SOURCE.format(
            literals=names("k", len(self.literals)),
            swept="".join(f"{name}, " for name in swept),
            shared="".join(f"{name}, " for name in shared),
            scalars=textwrap.indent("\n".join(scalars), "    "),
            moving=", ".join(self.moving),
            works=names("w", self.made[False]),
            truths=names("b", self.made[True]),
            lines=textwrap.indent("\n".join(self.taken()), "    "),
            shared_after="".join(f"{text}, " for text in behind[False]),
            moving_after=", ".join(behind[True]),
            there="None" if self.trace.there is None else self.result(len(self.results) - 1),
            spare_after="".join(f"{name}, " for name in rest),
        )

    def text(self, number: Any, k: int) -> str:
        """As everywhere; of an array, where it lies."""
        if type(number) is Value and number.level > STEP:
            return self.place[number.name]
        return super().text(number, k)

    def buffer(self, truth: bool) -> str:
        """An array that is free, or one more."""
        if self.free[truth]:
            return self.free[truth].pop()
        self.made[truth] += 1
        return f"{'b' if truth else 'w'}{self.made[truth] - 1}"


@lru_cache(maxsize=256)
def _code(shape: Shape) -> Code:
    writer = _StepWriter(shape)
    space = FUNCTIONS | UFUNCS
    exec(compile(writer.source, "<a step on arrays>", "exec"), space)
    return Code(space["step"], writer.literals, writer.made[False], writer.made[True])


class Step(NamedTuple):
    """A step of one trace: its code and its floats."""

    code: Code
    literals: tuple[float, ...]


class Steps:
    """The steps of one method on one surface: one for each way in which their conditions are answered."""

    def __init__(self, optimizer: Optimizer, surface: Any, sweeps: Sweeps, goal: Condition | None = None) -> None:
        self.optimizer, self.surface, self.sweeps, self.goal = optimizer, surface, sweeps, goal
        self.memory = memory_of(optimizer, sweeps)
        with recording() as tape:
            places = tape.leaf("x", PIXEL), tape.leaf("y", PIXEL)
            surface.grad(*places)
            if goal is not None:
                met(goal, surface, *places)
        self.steps: tuple[Step, ...] = ()
        self._lock = Lock()

    def run(
        self, state: State, rates: np.ndarray, fields: Mapping[str, np.ndarray], start: np.ndarray, at: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """The positions (2, T, B) at the steps `at` (T,), the first of which is 0, from `start` (B, 2); and the step from
        which on each row keeps to the goal (B,), None where there is none.

        `state` is what the method begins with, `rates` (steps,) or (steps, B), `fields` the values (B,) of those that are
        swept. They are NaN from where none is finite. What Python's floats raise in what all rows share is raised, and a
        step may be untraceable after all.
        """
        rows, levels = len(start), self.memory.leaves.values()
        kept = np.empty((2, len(at), rows))
        kept[:, 0] = start.T
        begin = list(zip(self.memory.spread((first,) * 2 for first in state), levels, strict=True))
        shared: Sequence[float] = [float(first) for first, level in begin if level <= STEP]
        moving = [*start.T.copy(), *(_filled(first, rows) for first, level in begin if level > STEP)]
        spare: list[np.ndarray] = []
        truths: list[np.ndarray] = []
        kept_to = None if self.goal is None else Kept(self.goal, self.surface, rows)
        step, k = None, 1
        for t, eta in enumerate(rates if rates.ndim > 1 else rates.tolist(), 1):
            swept = [fields.get(name, eta) for name in self.sweeps]
            if kept_to is not None:
                # The step writes over these.
                kept_to.pass_by(*moving[:2])
            behind = step and step.code.step(step.literals, t, eta, swept, shared, moving, spare, truths)
            if behind is None:
                for step in self._candidates(t, eta, shared):
                    spare += [np.empty(rows) for _ in range(step.code.works - len(spare))]
                    truths += [np.empty(rows, dtype=bool) for _ in range(step.code.truths - len(truths))]
                    behind = step.code.step(step.literals, t, eta, swept, shared, moving, spare, truths)
                    if behind is not None:
                        break
            assert behind is not None
            shared, moving, spare, there = behind
            if kept_to is not None:
                kept_to.count(there)
            if t == at[k]:
                kept[:, k] = moving[:2]
                k += 1
                if not np.isfinite(moving[0] + moving[1]).any():
                    kept[:, k:] = np.nan
                    break
        if kept_to is None:
            return kept, None
        kept_to.look(*moving[:2])
        return kept, kept_to.since(len(rates))

    def _candidates(self, t: int, eta: Any, shared: Sequence[float]) -> Iterator[Step]:
        """The steps that may be step `t`: those that are there, then a new one."""
        there = self.steps
        yield from there
        numbers = iter(shared)
        known = self.memory.shared(next(numbers) if level <= STEP else None for level in self.memory.leaves.values())
        with self._lock:
            # Another thread may have made one meanwhile.
            if self.steps is there:
                if len(there) == MOST_STEPS:
                    raise UntraceableError(f"{self.optimizer.slug}: more than {MOST_STEPS} ways to take a step")
                trace = traced(self.optimizer, self.surface, self.memory, t, eta, known, self.sweeps, self.goal)
                self.steps = (*there, emitted(trace))
        yield from self.steps[len(there) :]


def _filled(first: Any, rows: int) -> np.ndarray:
    return np.broadcast_to(np.ravel(first), rows).astype(float)


def emitted(trace: Trace) -> Step:
    """The step of a trace."""
    results = [*trace.position, *trace.after]
    shape = Shape(trace, results if trace.there is None else [*results, trace.there])
    code = _code(shape)
    return Step(code, tuple([shape.numbers[k] for k in code.literals]))


@lru_cache(maxsize=256)
def _steps(optimizer: Same, surface: Same, sweeps: tuple[tuple[str, int], ...], goal: Condition | None) -> Steps:
    return Steps(optimizer.entry, surface.entry, dict(sweeps), goal)


def steps_of(optimizer: Optimizer, surface: Any, swept: Sequence[str] = (), goal: Condition | None = None) -> Steps:
    """The steps of a method on a surface, one object for all that have the same fields; UntraceableError if there are none.

    `swept` names the fields that have a value for each row, among them "lr" where the rate has. A `goal` is followed.
    """
    # The rate's leaf is the last.
    names = sorted(swept, key=lambda name: (name == "lr", name))
    return _steps(Same(optimizer, swept), Same(surface), tuple((name, ROW) for name in names), goal)
