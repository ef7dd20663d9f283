"""A fair race as the page is told of it, method by method: see `app.piecemeal` for how the pieces travel.

The first piece, `begun`, says what is drawn: the title, the goal and the losses from which the runs begin. Then comes a
`standing` for each method, as soon as it is found, and beside it a row of the table as CSV; at the end `over`: who needs the
fewest steps, what "fair" means, and what the search cost. Losses are told as what they lie above the lowest, so that they
have a logarithm; one that is infinite is null.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import numpy as np

from app.experiment import optimizer_of, start_of
from app.piecemeal import Piece, Turn
from core.words import written
from maps.race import STARTS, Race, Standing, cost, csv_text, fair, parse_race, raced, verdict
from optimizers.bases.optimizer import loss_at
from optimizers.loop.window import pictured

# A curve is 600 pixels wide and tells four digits apart.
DIGITS = 4


def asked_race(query: Mapping[str, str]) -> Race:
    """The race that an address names; ValueError, in words, if it is none."""
    race, complaints = parse_race({key: [value] for key, value in query.items()})
    if complaints:
        raise ValueError(" ".join(complaints))
    return race


def key_of(race: Race) -> str:
    """What decides a race, as text: neither its rates nor what is seen of the plane."""
    runs = tuple(replace(racer, lr=1.0) for racer in race.experiment.runs)
    return urlencode(replace(race, experiment=replace(race.experiment, runs=runs, view=None)).query())


def race_told(race: Race) -> dict[str, Any]:
    """What the page's component is told beforehand: who races, over which rates, and where the pieces are asked for."""
    names = [optimizer_of(racer.optimizer).called for racer in race.experiment.runs]
    methods = [
        # Two of one name are told apart by their fields.
        {"slot": racer.slot, "name": name if names.count(name) == 1 else racer.optimizer.text.replace("~", " ")}
        for racer, name in zip(race.experiment.runs, names, strict=True)
    ]
    return {
        "asked": f"race?{key_of(race)}",
        "methods": methods,
        "rates": [race.axis.low, race.axis.high],
        "starts": STARTS,
        "from": f"({', '.join(written(v, 3) for v in start_of(race.experiment))})",
        "final": race.goal.kind == "final",
        "most": race.experiment.steps,
    }


def race_pieces(race: Race, turn: Turn) -> Iterator[Piece]:
    """All that is told of a race."""
    lowest = pictured(race.surface).lowest
    yield {"begun": _begun(race, lowest)}
    standings: list[Standing] = []
    for one in raced(race, cancel=turn):
        standings.append(one)
        yield {"standing": _told(one, lowest), "csv": csv_text([one]).splitlines()[1]}
    words = {"verdict": verdict(race, standings), "fair": fair(race, standings), "cost": cost(race, standings)}
    yield {"over": words}


def _begun(race: Race, lowest: float) -> dict[str, Any]:
    surface = race.surface
    first = float(np.median(loss_at(surface, race.starts))) - lowest
    steps = f"after {race.experiment.steps} steps"
    named = "its lowest" if getattr(surface, "lowest", None) is not None else "the lowest in the window"
    return {
        "title": f"Loss {steps}, for every rate"
        if lowest == 0
        else f"Loss above {named}, {written(lowest, 3)}, {steps}",
        "goal": _number(race.goal.loss(surface) - lowest),
        "first": _number(first),
        "csv": csv_text([]).strip(),
    }


def _told(one: Standing, lowest: float) -> dict[str, Any]:
    """A standing in plain numbers."""
    return {
        "slot": one.slot,
        "rate": one.rate,
        "steps": one.steps,
        "got": one.got,
        "loss": _number(one.loss),
        "low": one.low,
        "high": one.high,
        "factor": one.factor,
        "rates": one.rates.tolist(),
        "median": _gaps(one.median, lowest),
        "lower": _gaps(one.lower, lowest),
        "upper": _gaps(one.upper, lowest),
        "runs": one.runs,
        "seconds": round(one.seconds, 3),
        "complete": one.complete,
    }


def _gaps(losses: np.ndarray, lowest: float) -> list[float | None]:
    return [_number(loss - lowest) for loss in losses.tolist()]


def _number(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
