"""A map as a module for a browser, which steps its pixels and judges them by what stands in it.

It is the script of a method on a surface (`optimizers.trace.script`), and behind it `map`, in plain numbers: the axes' values
and where a run begins, the rates, how its ends are judged, and its goal.
"""

import json
from typing import Any

import numpy as np

from maps.axes import Axis, Values, batch
from maps.computing import ARRIVED, LETTERS, MOST_PLACES, by_verdict
from maps.model import Map
from optimizers.loop.status import STATUSES, size_of, table
from optimizers.trace.script import scripted
from optimizers.trace.tape import COLUMN, ROW, UntraceableError
from surfaces import Surface


def script(asked: Map) -> str:
    """The module of a map; UntraceableError, in words, for one that the server alone computes.

    That is one of methods, with rules, of a surface's field, of what is no formula, or whose rate depends on both axes.
    """
    across, up = asked.axes
    if up is None:
        raise UntraceableError("a row for each method")
    scene = asked.scene()
    axes: list[tuple[Axis, int, np.ndarray]] = [(up, ROW, asked.rows), (across, COLUMN, asked.columns)]
    made = batch(scene, {})
    if made.rules or made.schedule.watches_loss or getattr(made.surface, "sampled", False):
        raise UntraceableError("a step that more decides than the method and the gradient")
    if hasattr(made.surface, "full"):
        raise UntraceableError("a model of many weights")
    sweeps: dict[str, int] = {}
    timed: Values = {}
    for axis, level, values in axes:
        if not axis.param.sweeps:
            raise UntraceableError(f"{axis.name}: each value makes another surface or method")
        of_rate = axis.name == "lr" or axis.name.startswith("schedule.")
        if of_rate and "lr" in sweeps:
            raise UntraceableError("a rate that both axes decide")
        sweeps["lr" if of_rate else axis.name] = level
        timed = {**timed, axis.name: values} if of_rate else timed
    rates = batch(scene, timed).schedule.rates(scene.steps) if timed else made.schedule.rates(scene.steps)
    rates = np.reshape(rates, (scene.steps, -1)).T
    made_of = scripted(made.optimizer, made.surface, sweeps, rates[0].tolist())
    x, y = made.start[0].tolist()
    # Of a curve all rows of starts are one.
    rows = asked.rows * 0.0 if up.name == "y" and made.surface.line else asked.rows
    told = {
        "x": x,
        "y": y,
        "rows": rows.tolist(),
        "columns": asked.columns.tolist(),
        # Of each row of them what the last number does not say.
        "rates": [trimmed(row.tolist()) for row in rates],
        "rateBy": {ROW: "rows", COLUMN: "columns"}.get(sweeps.get("lr", 0)),
        "steps": scene.steps,
        "ways": made_of.ways,
        "statuses": STATUSES,
        "arrived": ARRIVED,
        "letters": LETTERS,
        "most": MOST_PLACES,
        "judged": table(made.surface),
        "goal": _goal(asked, made.surface),
    }
    # Infinity and NaN, which are no JSON, are JavaScript.
    return f"{made_of.source}\nexport const map = {json.dumps(told, separators=(',', ':'))};\n"


def trimmed(numbers: list[float]) -> list[float]:
    """Without those at the end that are as the one before them."""
    count = len(numbers)
    while count > 1 and numbers[count - 2] == numbers[-1]:
        count -= 1
    return numbers[:count]


def _goal(asked: Map, surface: Surface) -> dict[str, Any] | None:
    """What is to be reached; None where the verdict is shown, or the loss at the end."""
    if by_verdict(asked):
        return None
    goal = asked.goal
    bound = goal.loss(surface) if goal.kind == "gap" else goal.share * size_of(surface, np.zeros(2))
    return {"kind": goal.kind, "bound": float(bound)}
