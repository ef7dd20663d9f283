"""The pixels of a map, coarse first and then finer, each the verdict of the very run that `Map.at` gives.

Only the ends of runs are kept (`run(..., keep="last")`). A verdict is looked at at every tenth step: its step is one of these,
from which on *at each tenth step* it holds, and may differ from the step of the whole path (a ball that circles in a pit can be
inside at every look). A goal is followed at each step, and its step is exact. `Result.every` says which of the two the steps
are, and `answer` gives any pixel's whole path. A browser looks at every step of either.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from app import work
from app.experiment import placed, seen, start_of
from maps.axes import Batch, batch, put
from maps.goal import NEVER, step_of
from maps.model import Map
from optimizers import Path, run
from optimizers.bases.optimizer import gradient
from optimizers.loop.status import CHECK_EVERY, SITS, STATUSES, pits, size_of
from surfaces.bases.surface import Point

# Seconds of one core that a map may take before it is refined no further.
BUDGET = 5.0
# What was foreseen may take so much longer.
GRACE = 1.25
# The pixels along a side of the first picture, of one that would take too long, and of the last one of what is dear.
FIRST, FIRST_SLOW, LAST_DEAR = 32, 4, 32
# A tile: at most so many runs, of at most so many steps together, and of about so many microseconds, so that a cancelled map
# ends soon.
TILE, FEWEST = 8192, 8
TILE_STEPS = 1 << 21
TILE_TIME = 200_000.0
# What one step of one run of many takes beside its surface's part, in microseconds.
ROW = 0.1
# Minima that are told apart by letters, and the most that are told apart at all.
LETTERS, MOST_PLACES = "ABCD", 250
NO_PLACE = -1

# Runs that reach a minimum have a place.
SETTLED = ("converged", "local_minimum")
# Those that get where they should.
ARRIVED = (*SETTLED, "as_good")
# What is said of the classes without a letter.
WORDS = {
    "diverged": "diverged",
    "converged": "converged",
    "local_minimum": "local minimum",
    "as_good": "as good as the lowest",
    "stalled": "stalled",
    "running": "still on the way",
}


class Cancel(Protocol):
    """Whether nobody waits any more; a `threading.Event` is one."""

    def is_set(self) -> bool:
        """True from when on it was cancelled."""
        ...


@dataclass(frozen=True)
class Class:
    """What pixels have in common: a verdict, and of the four minima with most starts the letter, the place and its loss.

    `others` says that there are such with letters beside it.
    """

    status: str
    letter: str = ""
    place: Point | None = None
    loss: float | None = None
    others: bool = False

    @property
    def words(self) -> str:
        """What it is, in words."""
        if self.letter:
            return f"{'local minimum' if self.status == 'local_minimum' else 'minimum'} {self.letter}"
        if self.others and self.status in SETTLED:
            return "other local minimum" if self.status == "local_minimum" else "other minimum"
        return WORDS[self.status]


@dataclass(frozen=True, eq=False)
class Result:
    """A map as far as it is computed. Arrays have shape (rows, columns), the lowest value of the axis up in row 0.

    `row_of` and `column_of` are the whole map's rows and columns that these are. `label` (uint8) is an index into `classes`,
    `step` (uint16) the step from which the verdict, or the goal, holds (NEVER: it does not), `loss` (float32) the final one.
    `every` is 1 where every step was looked at, else how many steps lie between two looks. `seconds` of one core were spent.
    `stopped` says why it is refined no further: "" (it is, or it is whole) or "budget". `whole` is the finest there may be.
    """

    map: Map
    row_of: np.ndarray
    column_of: np.ndarray
    label: np.ndarray
    step: np.ndarray
    loss: np.ndarray
    classes: tuple[Class, ...]
    every: int
    seconds: float
    whole: bool
    stopped: Literal["", "budget"] = ""

    @property
    def runs(self) -> int:
        """How many runs it shows."""
        return self.label.size

    @cached_property
    def shares(self) -> tuple[float, ...]:
        """The share of each class, in percent."""
        counts = np.bincount(self.label.ravel(), minlength=len(self.classes))
        return tuple((100 * counts / self.label.size).tolist())

    @cached_property
    def arrived(self) -> np.ndarray:
        """Which runs reach the goal; where a verdict is what is shown, a minimum or what is as good as the lowest."""
        if not by_verdict(self.map):
            return self.step != NEVER
        good = [one.status in ARRIVED for one in self.classes]
        return np.array(good)[self.label]

    @property
    def reached(self) -> float:
        """The share of runs that arrive, in percent."""
        return float(100 * np.mean(self.arrived))

    def quantiles(self, *shares: float) -> tuple[float, ...]:
        """The quantiles (0 to 1) of the steps of those that arrive; NaN where none does."""
        steps = self.step[self.arrived]
        return tuple(np.quantile(steps, shares).tolist()) if len(steps) else (np.nan,) * len(shares)

    @cached_property
    def best(self) -> tuple[int, int] | None:
        """Row and column, in these arrays, of the fewest steps, and of several of the lowest loss; None: no run arrives."""
        if not self.arrived.any():
            return None
        fewest = self.arrived & (self.step == self.step[self.arrived].min())
        row, column = np.unravel_index(np.argmin(np.where(fewest, self.loss, np.inf)), self.step.shape)
        return int(row), int(column)

    @property
    def words(self) -> str:
        """How fine it is and what it cost, in a sentence."""
        rows, columns = self.label.shape
        size = f"{columns} x {rows}, {self.runs:,} runs in {self.seconds:.1f} s"
        return (
            f"{size}; finer would take more than a map may, so it is refined no further."
            if self.stopped
            else f"{size}."
        )


@dataclass(frozen=True)
class Answer:
    """One pixel's run, its whole path looked at: the verdict, the step from which it (or the goal) holds, the final loss."""

    status: str
    step: int
    loss: float
    path: Path


def answer(asked: Map, row: int, column: int) -> Answer:
    """The run of one pixel of the whole map alone, to the step."""
    one = asked.at(row, column)
    made, scene = batch(one, {}), asked.scene(one.runs[0].slot)
    surface, start = made.surface, made.start[0]
    if one.surface == scene.surface:
        # The plane through a network's weights, and a start on it, are those of the map.
        surface, start = seen(scene), placed(seen(scene), np.array(one.start or start_of(scene)))
    path = run(surface, made.optimizer, made.schedule, start, one.steps, made.rules, one.seed)
    step = step_of(path.stop_step) if by_verdict(asked) else asked.goal.steps(_as_many(path))[0]
    return Answer(str(path.status), int(step), float(path.loss[-1]), path)


def _as_many(path: Path) -> Path:
    """The path of one start as that of a batch of one."""
    return replace(path, theta=path.theta[:, None], loss=path.loss[:, None], full=None)


def by_verdict(asked: Map) -> bool:
    """Whether the step of a pixel is its verdict's, and not the goal's."""
    return asked.kind == "basins" or asked.goal.kind == "final"


def refined(
    asked: Map,
    budget: float = BUDGET,
    cancel: Cancel | None = None,
    tell: Callable[[float], None] | None = None,
) -> Iterator[Result]:
    """The map at each resolution, the coarse one first, computed pixels used again.

    Ends when the map is whole; or when the next resolution would, by what the last one took, not be there within `budget`
    seconds of this thread's time, or is not there a quarter later (the last result then says so; the first picture is always
    computed); or, without another result, when `cancel` is set: it is asked between two tiles. `tell` is told after each tile
    which share of the finest map is done.
    """
    canvas = _Canvas(asked)
    last: Result | None = None
    # Counted tile by tile: whoever asks for the next result may do so in another thread.
    spent = each = 0.0
    for rows, columns in canvas.levels:
        new, before = len(rows) * len(columns) - canvas.done.sum(), spent
        foreseen = spent + each * new
        for tile in canvas.tiles(rows, columns):
            if cancel is not None and cancel.is_set():
                return
            if last is not None and (foreseen > budget or spent > GRACE * budget):
                yield replace(last, stopped="budget", seconds=spent)
                return
            began = time.thread_time()
            canvas.compute(*tile)
            spent += time.thread_time() - began
            if tell is not None:
                tell(canvas.done.sum() / canvas.finest)
        each = (spent - before) / new
        last = canvas.result(rows, columns, spent)
        yield last


class _Canvas:
    """All pixels of a map, and which are computed. A pixel's place in it is that of the whole map, at every resolution."""

    def __init__(self, asked: Map) -> None:
        self.map, self.by_verdict = asked, by_verdict(asked)
        self.across, self.up = asked.axes
        self.rows, self.columns = asked.rows, asked.columns
        shape = (len(self.rows), len(self.columns))
        self.done = np.zeros(shape, dtype=bool)
        self.status, self.place = np.zeros(shape, dtype=np.uint8), np.full(shape, NO_PLACE, dtype=np.int16)
        self.step, self.loss = np.full(shape, NEVER, dtype=np.uint16), np.full(shape, np.nan, dtype=np.float32)
        slots = self.rows.tolist() if self.up is None else [asked.slot]
        made = [batch(asked.scene(slot), {}) for slot in slots]
        steps = asked.experiment.steps
        self.tile = min(tile_of(one, steps) for one in made)
        # The whole of the first picture must fit into the budget, and leave some of it.
        runs = FIRST * min(FIRST, len(self.rows))
        self.dear, self.slow = (
            any(map(dear, made)),
            max(counted(one, runs, steps, self.tile) for one in made) > BUDGET / 2,
        )
        # The minima that were found, and their losses: those that are known come first.
        self.places: list[Point] = list(made[0].surface.minima) if asked.kind == "basins" else []

    @property
    def levels(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The rows and columns of each resolution, the coarse one first; each holds those before it."""
        first, last = FIRST_SLOW if self.slow else FIRST, LAST_DEAR if self.dear else max(self.done.shape)
        # Each second, fourth, ... pixel along a side, as long as the first picture's are left.
        widest = [max(n // first, 1).bit_length() - 1 for n in self.done.shape]
        found: list[tuple[np.ndarray, np.ndarray]] = []
        for k in range(max(widest), -1, -1):
            rows, columns = (np.arange(0, n, 1 << min(k, w)) for n, w in zip(self.done.shape, widest, strict=True))
            if not found or max(len(rows), len(columns)) <= last:
                found.append((rows, columns))
        return found

    @property
    def finest(self) -> int:
        """The pixels of the last resolution."""
        rows, columns = self.levels[-1]
        return len(rows) * len(columns)

    def tiles(self, rows: np.ndarray, columns: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The rows and columns of pixels that are computed together: those not done yet, and alike in what takes one value."""
        r, c = (index.ravel() for index in np.meshgrid(rows, columns, indexing="ij"))
        new = ~self.done[r, c]
        r, c = r[new], c[new]
        by_row = self.up is None or not self.up.param.sweeps
        group = (r if by_row else 0 * r) * len(self.columns) + (0 * c if self.across.param.sweeps else c)
        order = np.argsort(group, kind="stable")
        for alike in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
            for first in range(0, len(alike), self.tile):
                some = alike[first : first + self.tile]
                yield r[some], c[some]

    def compute(self, r: np.ndarray, c: np.ndarray) -> None:
        """Run the pixels of a tile."""
        scene = self.map.scene(int(self.rows[r[0]]) if self.up is None else None)
        values: dict[str, np.ndarray] = {}
        for axis, all_of_them, at in ((self.up, self.rows, r), (self.across, self.columns, c)):
            if axis is not None and axis.param.sweeps:
                values[axis.name] = all_of_them[at]
            elif axis is not None:
                scene = put(scene, axis.name, axis.param.kind(all_of_them[at[0]]))
        made = batch(scene, values)
        start = np.broadcast_to(made.start, (len(r), 2))
        rest = (scene.steps, made.rules, scene.seed)
        goal = None if self.by_verdict else self.map.goal.on(made.surface)
        path = run(made.surface, made.optimizer, made.schedule, start, *rest, keep="last", goal=goal)
        step = step_of(path.stop_step if goal is None else path.reached)
        words = np.asarray(path.status)
        for k, word in enumerate(STATUSES):
            self.status[r[words == word], c[words == word]] = k
        with np.errstate(over="ignore"):
            self.loss[r, c] = path.loss
        self.step[r, c] = step
        if self.map.kind == "basins":
            settled = np.isin(words, SETTLED)
            self.place[r[settled], c[settled]] = self._placed(made, path.theta[settled])
        self.done[r, c] = True

    def _placed(self, made: Batch, ends: np.ndarray) -> np.ndarray:
        """Which of `places` each end (B, 2) of a run lies at; a minimum that is met for the first time is added."""
        if not len(ends):
            return np.empty(0, dtype=np.int16)
        near, found = SITS * size_of(made.surface, ends), np.full(len(ends), NO_PLACE, dtype=np.int16)
        for k, place in enumerate(self.places):
            found[np.hypot(*(ends - place).T) <= near] = k
        # Those alone that lie at none are looked at closely.
        rest = np.flatnonzero(found == NO_PLACE)
        if len(rest):
            with np.errstate(all="ignore"):
                pit, _ = pits(made.surface, ends[rest], gradient(made.surface, ends[rest]))
            pit = np.where(np.isfinite(pit), pit, ends[rest])
            while len(rest) and len(self.places) < MOST_PLACES:
                x, y = pit[0].tolist()
                here = np.hypot(*(pit - (x, y)).T) <= near
                found[rest[here]], rest, pit = len(self.places), rest[~here], pit[~here]
                self.places.append((x, y))
        return found

    def result(self, rows: np.ndarray, columns: np.ndarray, seconds: float) -> Result:
        """What is computed so far, at one resolution."""
        part = np.ix_(rows, columns)
        status, place = self.status[part], self.place[part]
        lettered = self._lettered(status, place)
        classes = [*lettered, *(Class(word, others=bool(lettered)) for word in STATUSES)]
        label = (status + (len(classes) - len(STATUSES))).astype(np.uint8)
        for k, one in enumerate(classes[: -len(STATUSES)]):
            assert one.place is not None
            label[(place == self.places.index(one.place)) & (status == STATUSES.index(one.status))] = k
        every = CHECK_EVERY if self.by_verdict else 1
        whole = len(rows) * len(columns) == self.finest
        arrays = (label, self.step[part], self.loss[part])
        return Result(self.map, rows, columns, *arrays, tuple(classes), every, seconds, whole)

    def _lettered(self, status: np.ndarray, place: np.ndarray) -> list[Class]:
        """The minima with most starts; their letters go by what is known, then by loss, so that they seldom change."""
        counts = np.bincount(place[place != NO_PLACE], minlength=len(self.places))
        first = [int(k) for k in np.argsort(-counts, kind="stable")[: len(LETTERS)] if counts[k]]
        if not first:
            return []
        surface = seen(self.map.scene())
        known = surface.minima
        at = {k: float(surface.value(*self.places[k])) for k in first}
        first.sort(key=lambda k: (k if self.places[k] in known else len(known), float(f"{at[k]:.6g}"), self.places[k]))
        local = STATUSES.index("local_minimum")
        return [
            Class(
                "local_minimum" if np.mean(status[place == k] == local) > 0.5 else "converged",
                letter,
                self.places[k],
                at[k],
            )
            for letter, k in zip(LETTERS, first, strict=False)
        ]


def dear(made: Batch) -> bool:
    """Whether a run of many costs as much as one alone: SciPy's methods, and a network."""
    return _by_row(made) or hasattr(made.surface, "full")


def _by_row(made: Batch) -> bool:
    return getattr(made.optimizer, "inner", made.optimizer).row_by_row


def row_time(made: Batch) -> float:
    """Microseconds, about, that a step takes for each of many runs: counted, not measured, as `app.work` counts."""
    if _by_row(made):
        return work.SCIPY + work.asked(made.surface, made.optimizer) * (made.surface.cost.call + work.SEARCH)
    return ROW + made.surface.cost.row * (1 + work.asked(made.surface, made.optimizer))


def call_time(made: Batch) -> float:
    """Microseconds, about, that a step takes however few runs there are."""
    sampled = getattr(getattr(made.surface, "full", made.surface), "sampled", False)
    drawn = work.DRAWN if sampled else 0.0
    return work.ARRAYS + made.surface.cost.call + work.RULE * len(made.rules) + drawn


def tile_of(made: Batch, steps: int) -> int:
    """How many runs are computed together: as few as a short wait asks for, yet the calls are not most of the work."""
    some = max(TILE_TIME / steps, call_time(made)) / row_time(made)
    return int(max(FEWEST, min(TILE, TILE_STEPS // (steps + 1), some)))


def counted(made: Batch, runs: int, steps: int, tile: int) -> float:
    """The seconds, about, that so many runs take in tiles: counted, so that it is the same on every machine."""
    return 1e-6 * steps * (-(-runs // tile) * call_time(made) + runs * row_time(made))
