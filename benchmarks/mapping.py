"""What docs/decisions.md and docs/benchmarks.md say of maps and races in figures: `python -m benchmarks.mapping`, or one part
of it, `python -m benchmarks.mapping followed`.
"""

import sys
import time
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import parse_qs

import numpy as np

from maps.axes import Batch, batch
from maps.computing import refined
from maps.goal import Goal, step_of
from maps.model import Map, parse_map
from maps.race import FIRST_RACE, RATES, STARTS, cost, parse_race, raced
from optimizers import run
from optimizers.loop.window import pictured
from surfaces import SURFACES

SIDE = 128
# Rate and momentum, 200 steps, the gap to the lowest loss.
GOALS, PAIRS = ("bowl", "rosenbrock~b~20"), 5
# Basins whose verdicts are looked at: whole paths against each tenth step.
BASINS = ("surface=himmelblau&r2=momentum~lr~0.01&steps=200", "surface=rosenbrock&r4=adam~lr~0.1&steps=200")
MAPS = (
    "surface=himmelblau&r2=momentum~lr~0.01&steps=200",
    "surface=bowl&start=-4~2.6&r2=momentum~lr~0.1&steps=200&map=rate~momentum&across=0.01~1",
    "surface=rosenbrock~b~20&r4=adam~lr~0.1&steps=600&map=rate~beta1",
    "surface=rosenbrock~b~20&r4=adamw~lr~0.1&steps=200&map=two~lr~weight_decay&goal=final",
    "surface=recurrent_cliff&r4=adam~lr~0.1&steps=300",
    "surface=rosenbrock&r1=lbfgs~lr~1&steps=100",
    "surface=two_layer&r4=adam~lr~0.1&steps=100",
)
EIGHT = "r1=sgd&r2=momentum&r3=rmsprop&r4=adam&r5=nesterov&r6=adagrad&r7=nadam&r8=lion"
RACES = (
    f"surface=rosenbrock~b~20&steps=600&{EIGHT}",
    f"surface=linear_regression~batch_size~4&steps=300&{EIGHT}",
    "surface=softmax&steps=200&r1=sgd&r2=momentum&r3=rmsprop&r4=adam",
    "surface=two_layer&steps=200&r1=sgd&r2=momentum&r3=rmsprop&r4=adam",
    "surface=rosenbrock~b~20&steps=100&r1=lbfgs&r2=bfgs",
)


def goals() -> str:
    """The share of each window that is within a thousandth of the lowest, by the highest loss and by the middling one."""
    lines = ["| surface | by the highest | by the middle |", "|---|--:|--:|"]
    for kind in SURFACES.values():
        surface = kind()
        picture, heights = pictured(surface), surface.grid(201)[2]
        finite = heights[np.isfinite(heights)] - picture.lowest
        high, middle = (
            100 * np.mean(finite <= 1e-3 * (top - picture.lowest)) for top in (picture.highest, picture.middle)
        )
        lines.append(f"| {surface.name} | {high:.2f} % | {middle:.2f} % |")
    return "\n".join(lines)


def looks() -> str:
    """Verdicts at each tenth step against those of whole paths: the time, the labels, the steps."""
    lines = ["| map | whole paths / each tenth step | other labels | within ten | most |", "|---|--:|--:|--:|--:|"]
    for text in BASINS:
        asked = _map(f"{text}&size={SIDE}")
        made = batch(asked.scene(), {})
        starts = np.stack(np.meshgrid(asked.columns, asked.rows), axis=-1).reshape(-1, 2)
        asked_of = (made.surface, made.optimizer, made.schedule)
        steps = asked.experiment.steps
        began = time.thread_time()
        quick = run(*asked_of, starts, steps, keep="last")
        after = time.thread_time()
        whole = [run(*asked_of, starts[k : k + 1024], steps) for k in range(0, len(starts), 1024)]
        status = np.concatenate([path.status for path in whole])
        times = (time.thread_time() - after) / (after - began)
        late = np.concatenate([path.stop_step for path in whole]) - quick.stop_step
        late = late[(status == quick.status) & (status != "running")]
        within = 100 * np.mean((late <= 0) & (late > -10))
        lines.append(f"| {text} | {times:.1f} | {np.sum(status != quick.status)} | {within:.0f} % | {late.max()} |")
    return "\n".join(lines)


def maps() -> str:
    """How fine maps become within their budget."""
    lines = ["| map | finest | arrive | steps 5, 50, 95 % |", "|---|---|--:|---|"]
    for text in MAPS:
        *_, shown = refined(_map(text))
        steps = ", ".join(f"{step:.0f}" for step in shown.quantiles(0.05, 0.5, 0.95))
        lines.append(f"| {text} | {shown.words} | {shown.reached:.1f} % | {steps} |")
    return "\n".join(lines)


class Runs(NamedTuple):
    """Many runs of one method, with a rate or more for each, and what they are to reach."""

    goal: Goal
    made: Batch
    starts: np.ndarray
    steps: int

    def by_paths(self) -> np.ndarray:
        """When each reaches its goal, by whole paths, of 1024 runs at a time."""
        found = []
        for first in range(0, len(self.starts), 1024):
            part = slice(first, first + 1024)
            optimizer, schedule = self.made.optimizer.rows(part), self.made.schedule.rows(part)
            found.append(self.goal.steps(run(self.made.surface, optimizer, schedule, self.starts[part], self.steps)))
        return np.concatenate(found)

    def followed(self) -> np.ndarray:
        """The same, looked at as they pass."""
        made, goal = self.made, self.goal.on(self.made.surface)
        path = run(made.surface, made.optimizer, made.schedule, self.starts, self.steps, keep="last", goal=goal)
        return step_of(path.reached)


def _of_map(surface: str) -> list[Runs]:
    asked = _map(f"surface={surface}&r2=momentum~lr~0.1&steps=200&map=rate~momentum&size=256")
    rates, momenta = (values.ravel() for values in np.meshgrid(asked.columns, asked.rows))
    made = batch(asked.scene(), {"lr": rates, "momentum": momenta})
    return [Runs(asked.goal, made, np.broadcast_to(made.start, (len(rates), 2)), 200)]


def _of_race() -> list[Runs]:
    """A search's first rates, of each method."""
    rates = np.geomspace(FIRST_RACE.axis.low, FIRST_RACE.axis.high, RATES)
    starts = np.tile(FIRST_RACE.starts, (RATES, 1))
    scene = FIRST_RACE.experiment
    alone = (replace(scene, runs=(racer,)) for racer in scene.runs)
    return [Runs(FIRST_RACE.goal, batch(one, {"lr": np.repeat(rates, STARTS)}), starts, scene.steps) for one in alone]


def followed() -> str:
    """Goals that are followed while runs step, against whole paths, by turns: processor time of one thread."""
    lines = ["| runs | whole paths, s | followed, s | followed / whole paths |", "|---|--:|--:|--:|"]
    some = {f"rate and momentum, {surface}, 256 x 256, 200 steps": _of_map(surface) for surface in GOALS}
    some["the default race, 81 rates of 8 methods, 600 steps"] = _of_race()
    for name, runs in some.items():
        times = []
        for _ in range(PAIRS):
            began = time.thread_time()
            whole = [one.by_paths() for one in runs]
            between = time.thread_time()
            ends = [one.followed() for one in runs]
            times.append((between - began, time.thread_time() - between))
            assert np.array_equal(whole, ends)
        (before, after), ratios = np.median(times, axis=0), [after / before for before, after in times]
        lines.append(
            f"| {name} | {before:.2f} | {after:.2f} | {np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
        )
    return "\n".join(lines)


def races() -> str:
    """What fair races find within their budget."""
    lines = ["| race | best rate, median of steps | cost |", "|---|---|---|"]
    for text in RACES:
        race, _ = parse_race(parse_qs(f"schedule=constant&{text}"))
        standings = list(raced(race))
        each = "; ".join(f"{one.name} {one.rate:.4g}, {one.steps}" for one in standings)
        lines.append(f"| {text} | {each} | {cost(race, standings)} |")
    return "\n".join(lines)


def _map(text: str) -> Map:
    asked, complaints = parse_map(parse_qs(f"schedule=constant&{text}"))
    assert not complaints
    return asked


if __name__ == "__main__":
    for part in (goals, looks, followed, maps, races):
        if len(sys.argv) < 2 or part.__name__ == sys.argv[1]:
            print(part(), flush=True)
            print()
