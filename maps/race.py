"""The fair race: each method at its own best rate for this surface, this start and these steps, and how it was found.

A link is that of an experiment, whose runs are the methods and whose rates do not count, with `goal`, `rates` (the ends of
the range that is searched) and `spread` (how far the starts lie apart, as a share of the window), where these are not as
they are by default.

**What is tried.** Nine starts about the one that is shown, each with an x and a y of its own; 81 rates, evenly spaced on a
logarithmic scale, then 33 more from one below the best of these to one above it. Where steps see mini-batches or rules draw,
three of the nine runs are drawn with each of three seeds.

**What is best.** A rate needs as many steps as the median of nine runs, and a run that never reaches the goal counts as more
than any number. One rate alone may be lucky: of gradient descent on Rosenbrock's surface, from one start, the fewest steps
are those of a leap that happens to land. So a rate is judged by the runs of the rates beside it too, 27 in all: by their
median, where that is none or alike by how many of them arrive, then by the median of the final loss, and of equals
the one in the middle. A rate between two that
fail has 18 of 27 against it; one at an edge, as that of gradient descent on a long valley is, has 9, and may win.
"""

import csv
import io
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from app.comparison import noisy
from app.experiment import (
    LR,
    Experiment,
    Pick,
    Run,
    as_text,
    optimizer_of,
    parse,
    placed,
    seen,
    shown,
    surface_of,
    with_rate,
)
from core.entry import Param
from core.words import written
from maps.axes import Axis, batch, ends_of
from maps.computing import BUDGET, Cancel, counted, dear, tile_of
from maps.goal import NEVER, THOUSANDTH, Goal, step_of
from optimizers import run
from surfaces import Surface

# The rates of the whole range, and those of the closer look.
RATES, CLOSER = 81, 33
# Of the nine starts three are drawn with each seed.
STARTS, SEEDS = 9, 3
# How closely rates are searched, the best first: every so manieth of them, and how many closer ones. What time allows is
# counted; where the best is too much the last is tried, and what it took says what more there may be.
Plan = tuple[int, int]
PLANS: tuple[Plan, ...] = ((1, CLOSER), (2, CLOSER), (4, CLOSER), (4, 17), (8, 17), (8, 9), (16, 9), (16, 0))
SPREAD = Param("spread", 0.05, 0.0, 0.5)
KEYS = ("goal", "rates", "spread")
# A median of nine, and the middle half.
LOWER, MIDDLE, UPPER = 2, 4, 6


@dataclass(frozen=True)
class Race:
    """All that decides how a fair race ends. The rates of the experiment's runs do not."""

    experiment: Experiment
    goal: Goal = THOUSANDTH
    rates: tuple[float, float] | None = None
    spread: float = SPREAD.default  # type: ignore[assignment]

    @property
    def axis(self) -> Axis:
        """The rates that are searched: what a slider offers, unless `rates` says otherwise."""
        whole = Axis.of("lr", LR)
        return whole if self.rates is None else replace(whole, low=self.rates[0], high=self.rates[1])

    @property
    def surface(self) -> Surface:
        """What is raced on; of a network the plane that its own reference lays, for the runs' rates do not count."""
        scene = self.experiment
        return surface_of(scene.surface) if scene.start is None else seen(scene)

    @property
    def starts(self) -> np.ndarray:
        """The nine starts (9, 2), the one shown in the middle: a square lattice, turned until no two share an x or a y."""
        i, j = np.mgrid[-1:2, -1:2].reshape(2, -1)
        reach = self.spread * np.array([high - low for low, high in self.surface.window])
        around = np.stack([3 * i + j, 3 * j - i], axis=-1) / 4 * reach
        return placed(self.surface, np.array(self.experiment.start or self.surface.start) + around)

    @property
    def drawn(self) -> bool:
        """Whether a seed decides anything: mini-batches, dropout, a rule that draws."""
        surface: Any = surface_of(self.experiment.surface)
        rules = {rule for racer in self.experiment.runs for rule in racer.rules}
        return bool(getattr(getattr(surface, "full", surface), "sampled", False)) or any(map(noisy, rules))

    def query(self) -> dict[str, str]:
        """The link's parameters; `parse_race` gives the race back."""
        query = self.experiment.query()
        query |= {} if self.goal == THOUSANDTH else {"goal": self.goal.text}
        query |= {} if self.rates is None else {"rates": "~".join(map(as_text, self.rates))}
        return query | ({} if self.spread == SPREAD.default else {"spread": as_text(self.spread)})

    def suited(self, experiment: Experiment) -> Self:
        """The same race of another experiment; a goal that its surface has not is as it is by default."""
        try:
            Goal.parse(self.goal.text, surface_of(experiment.surface))
        except ValueError:
            return replace(self, experiment=experiment, goal=THOUSANDTH)
        return replace(self, experiment=experiment)

    def chosen(self, rates: Mapping[int, float]) -> Experiment:
        """The experiment with the methods of these slots alone, each at its rate: what goes to the Playground.

        ValueError, in words, where one is no rate.
        """
        found = tuple(racer for racer in self.experiment.runs if racer.slot in rates)
        experiment = replace(self.experiment, runs=found)
        for racer in found:
            experiment = with_rate(experiment, racer.slot, rates[racer.slot])
        return experiment


@dataclass(frozen=True, eq=False)
class Standing:
    """How a method does, and at which rate. `steps` is the median of nine runs, None where most never reach the goal.

    `got` of `STARTS` runs reach it at that rate. `low` to `high` are the rates about it at which most do, without a gap, None
    where the chosen one is none of them. The sensitivity: `rates` (n,),
    rising, beside them the final losses' `median` and quartiles `lower` and `upper` (infinite where a run is lost), the
    `median_steps` (NEVER) and how many `arrived`. `runs` and `seconds` (of one core) are what the search cost; `complete`
    whether all rates were tried that are tried where time allows.
    """

    slot: int
    optimizer: Pick
    name: str
    rate: float
    steps: int | None
    got: int
    loss: float
    low: float | None
    high: float | None
    rates: np.ndarray
    median: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    median_steps: np.ndarray
    arrived: np.ndarray
    runs: int
    seconds: float
    complete: bool

    @property
    def factor(self) -> float | None:
        """How many times as high as the lowest of the good rates the highest is."""
        return None if self.low is None or self.high is None else self.high / self.low

    @property
    def at_the_end(self) -> bool:
        """Whether the good rates reach to an end of what was searched, so that there may be more beyond."""
        return self.low is not None and (self.low == self.rates[0] or self.high == self.rates[-1])


@dataclass(frozen=True, eq=False)
class Tried:
    """What the nine runs at each of some rates came to: `rates` (n,), the goal's `steps` (n, 9), the final `loss` (n, 9)."""

    rates: np.ndarray
    steps: np.ndarray
    loss: np.ndarray

    def __add__(self, other: "Tried") -> "Tried":
        """All of both, each rate once, in rising order."""
        rates, first = np.unique(np.concatenate([self.rates, other.rates]), return_index=True)
        both = [np.concatenate(pair)[first] for pair in ((self.steps, other.steps), (self.loss, other.loss))]
        return Tried(rates, *both)

    @property
    def best(self) -> int:
        """The place of the rate that needs the fewest steps, neighbours' runs counted with its own; of equals the middle."""
        costs = [self._cost(k) for k in range(len(self.rates))]
        equals = [k for k, cost in enumerate(costs) if cost == min(costs)]
        return equals[len(equals) // 2]

    def _cost(self, k: int) -> tuple[float, float, float]:
        """A rate by the runs at it and beside it: median of steps, share that does not arrive, median loss. Less is better."""
        about = slice(max(k - 1, 0), k + 2)
        steps, loss = np.sort(self.steps[about], axis=None), np.sort(self.loss[about], axis=None)
        middle = len(steps) // 2
        return float(steps[middle]), float(np.mean(steps == NEVER)), float(loss[middle])


def raced(
    race: Race,
    budget: float = BUDGET,
    cancel: Cancel | None = None,
    tell: Callable[[float], None] | None = None,
) -> Iterator[Standing]:
    """The standing of each method as soon as it is found.

    Methods are searched alike, with as many rates each; those of SciPy, a thousand times dearer, come after the others and
    are alike among themselves. `budget` seconds of this thread's time are shared out by the number of methods. What a search
    takes is counted beforehand (`app.work`); where that is too much the first few rates of each are tried, and what these took
    says how closely all of them can be searched, which their standings tell. Once the budget is spent those that are left are
    not searched: they have no standing, and `cost` names them. `cancel` is asked between two tiles of runs; `tell` is told
    after each method which share of them is done.
    """
    searches = [_Search(race, racer, cancel) for racer in race.experiment.runs]
    groups = [[one for one in searches if dear(one.made) == late] for late in (False, True)]
    told = 0
    try:
        for k, group in enumerate(groups):
            left = budget - sum(one.seconds for one in searches)
            share = left * len(group) / max(sum(map(len, groups[k:])), 1)
            for one, plan in _planned(group, share, first=not told):
                standing, told = one.standing(plan), told + 1
                if tell is not None:
                    tell(told / len(searches))
                yield standing
    except _Cancelled:
        return


class _Cancelled(Exception):  # noqa: N818
    """Nobody waits any more."""


def _planned(group: "list[_Search]", seconds: float, first: bool) -> "Iterator[tuple[_Search, Plan]]":
    """Methods that are searched alike within so many seconds, and how; the `first` of all is searched whatever it takes."""
    if sum(one.counted(PLANS[0]) for one in group) <= seconds:
        yield from ((one, PLANS[0]) for one in group)
        return
    probed: list[_Search] = []
    for one in group:
        if sum(each.seconds for each in probed) < seconds or (first and not probed):
            one.probe()
            probed.append(one)
    spent = sum(one.seconds for one in probed)
    slower = spent / max(sum(one.counted(PLANS[-1], anew=True) for one in probed), 1e-9)
    plans = (plan for plan in PLANS if slower * sum(one.counted(plan) for one in probed) <= seconds - spent)
    chosen = next(plans, PLANS[-1])
    yield from ((one, chosen) for one in probed)


def _scene(race: Race, racer: Run) -> Experiment:
    """The race with one method alone."""
    return replace(race.experiment, runs=(racer,))


class _Search:
    """The search for one method's rate, and what was found so far."""

    def __init__(self, race: Race, racer: Run, cancel: Cancel | None) -> None:
        self.race, self.racer, self.cancel = race, racer, cancel
        self.scene, self.surface, self.starts = _scene(race, racer), race.surface, race.starts
        self.made = batch(self.scene, {})
        self.tile = tile_of(self.made, self.scene.steps)
        self.whole = _spaced(race.axis.low, race.axis.high, RATES)
        self.found = Tried(np.empty(0), np.empty((0, STARTS)), np.empty((0, STARTS)))
        self.runs, self.seconds = 0, 0.0

    def counted(self, plan: Plan, anew: bool = False) -> float:
        """The seconds that a plan takes, or what is left of it, counted from what surface and method say of themselves."""
        stride, closer = plan
        seeds = SEEDS if self.race.drawn else 1
        rates = (len(self.whole[::stride]) - (0 if anew else len(self.found.rates)), closer)
        runs = (STARTS * count // seeds for count in rates if count > 0)
        return seeds * sum(counted(self.made, count, self.scene.steps, self.tile) for count in runs)

    def probe(self) -> None:
        """Try the fewest rates."""
        self.found = self.tried(self.whole[:: PLANS[-1][0]])

    def standing(self, plan: Plan) -> Standing:
        """How the method does."""
        stride, closer = plan
        self.found += self.tried(np.setdiff1d(self.whole[::stride], self.found.rates))
        k, last = self.found.best, len(self.found.rates) - 1
        near = self.found.rates[max(k - 1, 0)], self.found.rates[min(k + 1, last)]
        self.found += self.tried(_spaced(*near, closer))
        return self._stands(complete=plan == PLANS[0])

    def tried(self, rates: np.ndarray) -> Tried:
        """Nine runs at each of these rates; _Cancelled where nobody waits for them."""
        began = time.thread_time()
        steps, loss = np.empty((len(rates), STARTS), dtype=int), np.empty((len(rates), STARTS))
        seeds = SEEDS if self.race.drawn else 1
        size = max(1, self.tile * seeds // STARTS)
        for draw in range(seeds):
            own = np.arange(draw, STARTS, seeds)
            for first in range(0, len(rates), size):
                if self.cancel is not None and self.cancel.is_set():
                    raise _Cancelled
                some = slice(first, min(first + size, len(rates)))
                count = some.stop - some.start
                made = batch(self.scene, {"lr": np.repeat(rates[some], len(own))})
                starts = np.tile(self.starts[own], (count, 1))
                seed = (self.scene.seed + draw) % 2**31
                asked = (self.surface, made.optimizer, made.schedule, starts, self.scene.steps, made.rules, seed)
                path = run(*asked, keep="last", goal=self.race.goal.on(self.surface))
                steps[some, own] = step_of(path.reached).reshape(count, -1)
                loss[some, own] = path.loss.reshape(count, -1)
                self.runs += len(starts)
        self.seconds += time.thread_time() - began
        return Tried(rates, steps, np.where(np.isnan(loss), np.inf, loss))

    def _stands(self, complete: bool) -> Standing:
        """What is said of a search."""
        found, k = self.found, self.found.best
        steps, loss = np.sort(found.steps, axis=1), np.sort(found.loss, axis=1)
        reaches = steps[:, MIDDLE] != NEVER
        low = high = None
        if reaches[k]:
            gaps = np.flatnonzero(~reaches)
            low = float(found.rates[max(gaps[gaps < k], default=-1) + 1])
            high = float(found.rates[min(gaps[gaps > k], default=len(reaches)) - 1])
        return Standing(
            slot=self.racer.slot,
            optimizer=self.racer.optimizer,
            name=optimizer_of(self.racer.optimizer).called,
            rate=float(found.rates[k]),
            steps=int(steps[k, MIDDLE]) if reaches[k] else None,
            got=int(np.count_nonzero(steps[k] != NEVER)),
            loss=float(loss[k, MIDDLE]),
            low=low,
            high=high,
            rates=found.rates,
            median=loss[:, MIDDLE],
            lower=loss[:, LOWER],
            upper=loss[:, UPPER],
            median_steps=steps[:, MIDDLE],
            arrived=np.count_nonzero(found.steps != NEVER, axis=1),
            runs=self.runs,
            seconds=self.seconds,
            complete=complete,
        )


def _spaced(low: float, high: float, n: int) -> np.ndarray:
    """Rates from one to another, evenly on a logarithmic scale, in as few digits as tell them apart: they stand in links."""
    return np.unique([float(f"{rate:.5g}") for rate in np.exp(np.linspace(math.log(low), math.log(high), n))])


def fair(race: Race, standings: Sequence[Standing]) -> str:
    """What "fair" means here."""
    seeds = f", drawn with {SEEDS} seeds" if race.drawn else ""
    most = "" if all(one.complete for one in standings) else "up to "
    return (
        f"Same surface, starts and steps: {STARTS} starts within {written(100 * race.spread, 3)} % of the window of "
        f"the one shown{seeds}, {race.experiment.steps} steps, and {most}{RATES + CLOSER} rates tried for each method."
    )


def verdict(race: Race, standings: Sequence[Standing]) -> str:
    """Who needs the fewest steps, and who the least care with the rate; where the loss is the goal, who ends lowest."""
    if not standings:
        return ""
    if race.goal.kind == "final":
        lowest = min(one.loss for one in standings)
        if not math.isfinite(lowest):
            return "At no rate that was tried do most runs stay finite."
        return f"{_who([one for one in standings if one.loss == lowest], 'end', 'lowest')}, at {written(lowest, 3)}."
    there = [one for one in standings if one.steps is not None]
    if not there:
        return f"At no rate that was tried do most runs get there within {race.experiment.steps} steps."
    fewest, widest = min(one.steps or 0 for one in there), max(one.factor or 1.0 for one in there)
    quick = [one for one in there if one.steps == fewest]
    easy = [one for one in there if one.factor == widest]
    words = _who(quick, "need", "the fewest steps") + f", {fewest}"
    if widest == 1.0:
        return f"{words}. Whoever gets there does so at one rate alone."
    care = "the least care" if quick == easy else _who(easy, "need", "the least care")
    words = f"{words}, and {care}" if quick == easy else f"{words}; {care}"
    if len(easy) > 1:
        return f"{words}."
    (one,) = easy
    if (one.low, one.high) == (one.rates[0], one.rates[-1]):
        return f"{words}: any rate tried gets most runs there."
    end = ", where the search ends," if one.at_the_end else ""
    good = f"{written(one.low or 0.0, 2)} to {written(one.high or 0.0, 2)}{end}"
    return f"{words}: any rate tried from {good} gets most runs there."


def _who(some: Sequence[Standing], does: str, what: str) -> str:
    names = [one.name for one in some]
    if len(names) == 1:
        return f"{names[0]} {does}s {what}"
    return f"{', '.join(names[:-1])} and {names[-1]} {does} {what}"


def cost(race: Race, standings: Sequence[Standing]) -> str:
    """What the search cost, how coarse it had to be, and who was left out, in a sentence or three."""
    runs, seconds = sum(one.runs for one in standings), sum(one.seconds for one in standings)
    words = [f"{runs:,} runs in {seconds:.1f} s."]
    for count in sorted({one.rates.size for one in standings if not one.complete}):
        names = ", ".join(one.name for one in standings if not one.complete and one.rates.size == count)
        words.append(f"Searched at {count} rates, because they are dear: {names}.")
    there = {one.slot for one in standings}
    if left := [optimizer_of(racer.optimizer).called for racer in race.experiment.runs if racer.slot not in there]:
        words.append(f"Not searched: {', '.join(left)}.")
    return " ".join(words)


# The columns of the table, and how a page heads them.
COLUMNS = {
    "method": "method",
    "fields": "fields",
    "rate": "best rate",
    "steps": "steps (median)",
    "got": f"got there (of {STARTS})",
    "loss": "final loss (median)",
    "low": "good rates from",
    "high": "good rates to",
    "factor": "factor",
    "runs": "runs",
    "seconds": "seconds",
    "complete": "all rates tried",
}
Cell = str | int | float | bool | None


def table(standings: Sequence[Standing]) -> list[dict[str, Cell]]:
    """A row of plain values for each standing, under the names of COLUMNS; None where there is no such number."""
    return [
        {
            name: one.optimizer.text if name == "fields" else getattr(one, "name" if name == "method" else name)
            for name in COLUMNS
        }
        for one in standings
    ]


def ordered(standings: Sequence[Standing], by: str = "steps", falling: bool = False) -> list[Standing]:
    """The standings by a column of the table, alike ones by their final loss; those without such a number stand last."""
    if by not in COLUMNS:
        raise ValueError(f"the table is ordered by one of {', '.join(COLUMNS)}; got {shown(by)}")
    pairs = sorted(zip(standings, table(standings), strict=True), key=lambda pair: pair[0].loss)
    known = [pair for pair in pairs if pair[1][by] is not None]
    known.sort(key=lambda pair: pair[1][by], reverse=falling)  # type: ignore[arg-type, return-value]
    return [one for one, _ in known] + [one for one, row in pairs if row[by] is None]


def csv_text(standings: Sequence[Standing]) -> str:
    """The table as CSV, every digit kept: numbers, and names of ours, which no spreadsheet takes for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS.values())
    writer.writerows(row.values() for row in table(standings))
    return text.getvalue()


# What a newcomer sees: eight methods in a curved ravine.
FIRST_RACE = Race(
    Experiment(
        Pick("rosenbrock"),
        Pick("constant"),
        tuple(
            Run(slot, Pick(slug), 0.01)
            for slot, slug in enumerate(
                ("sgd", "momentum", "rmsprop", "adam", "nesterov", "adagrad", "nadam", "lion"), 1
            )
        ),
        steps=600,
    )
)


def parse_race(query: Mapping[str, Sequence[str]]) -> tuple[Race, list[str]]:
    """The race that a link's parameters ask for, and a sentence for each part that could not be taken as it stands."""
    if not query:
        return FIRST_RACE, []
    given = {key: values[-1] for key, values in query.items() if values}
    rest = {key: values for key, values in query.items() if key not in KEYS}
    experiment, complaints = parse(rest) if rest else (FIRST_RACE.experiment, [])
    race = Race(experiment)
    try:
        goal = Goal.parse(given["goal"], surface_of(experiment.surface)) if "goal" in given else THOUSANDTH
        race = replace(race, goal=goal)
    except ValueError as error:
        complaints.append(f"{error}; {THOUSANDTH.text} is used.")
    if "rates" in given:
        try:
            wanted = replace(race, rates=ends_of("rates", given["rates"]))
            race = race if wanted.axis.whole else wanted
        except ValueError as error:
            complaints.append(f"{error}; all are searched that a slider offers.")
    if "spread" in given:
        try:
            race = replace(race, spread=float(SPREAD.parse(given["spread"][:40])))  # type: ignore[arg-type]
        except ValueError as error:
            complaints.append(f"{error}; {SPREAD.default} is used.")
    return race, complaints
