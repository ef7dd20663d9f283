"""The steps of one run as a module, with which a browser follows a start or a rate while a viewer drags it.

It is the script of a method on a surface (`optimizers.trace.script`) whose start and rate are still open, and behind it `way`,
in plain numbers: the rates, how an end is judged, and what is said of it.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from app.experiment import Experiment, Run, optimizer_of, parse, seen, surface_of
from maps.axes import batch
from maps.script import trimmed
from optimizers import SCHEDULES, Schedule
from optimizers.explain.table import KINDS
from optimizers.loop.status import table
from optimizers.trace.script import scripted
from optimizers.trace.tape import COLUMN, ROW, UntraceableError

# Rates at which a schedule is asked whether each of its steps is a share of the rate that is set, and a fixed part.
ASKED = (1e-5, 0.003, 0.7, 9.0)
# Of what a run may come to, what is seen of a path without a closer look.
SAID = ("converged", "local_minimum", "diverged")


def way_query(experiment: Experiment, run: Run) -> dict[str, str]:
    """What names a run's steps, whatever its start and rate are; empty where they are plainly more than a formula's."""
    surface: Any = seen(experiment)
    schedule = SCHEDULES[experiment.schedule.slug]
    ours = surface is surface_of(experiment.surface) and not hasattr(surface, "full")
    if run.rules or schedule.watches_loss or optimizer_of(run.optimizer).beside or not ours:
        return {}
    if getattr(surface, "sampled", False):
        return {}
    alone = replace(run, slot=1, lr=1.0)
    return replace(experiment, runs=(alone,), start=None, view=None, seed=0).query()


def way_module(query: Mapping[str, str]) -> str:
    """The module of a run's steps; ValueError where the query names none, UntraceableError where the server has to run it."""
    experiment, complaints = parse({key: [value] for key, value in query.items()})
    if complaints or len(experiment.runs) != 1:
        raise ValueError(" ".join(complaints) or "The steps of one run are asked for.")
    if not way_query(experiment, experiment.runs[0]):
        raise UntraceableError("a step that more decides than the method and the gradient")
    made = batch(experiment, {})
    fixed, share = _rates(made.schedule, experiment.steps)
    made_of = scripted(
        made.optimizer,
        made.surface,
        {"x": COLUMN, "y": ROW, "lr": ROW},
        [a + b for a, b in zip(fixed, share, strict=True)],
    )
    bottom = made.surface.lowest is not None
    told = {
        "steps": experiment.steps,
        "ways": made_of.ways,
        "fixed": trimmed(fixed),
        "share": trimmed(share),
        "judged": table(made.surface),
        # Where there is no bottom, to run off is what it is for, and takes a closer look.
        "said": {kind: _said(kind) for kind in SAID if bottom or kind != "diverged"},
    }
    # Infinity and NaN, which are no JSON, are JavaScript.
    return f"{made_of.source}\nexport const way = {json.dumps(told, separators=(',', ':'))};\n"


def _rates(schedule: Schedule, steps: int) -> tuple[list[float], list[float]]:
    """What each step's rate is: a fixed part, and by how much it grows with the rate that is set."""
    low, high = (replace(schedule, lr=lr).rates(steps) for lr in (1.0, 2.0))
    share = high - low
    fixed = low - share
    for lr in ASKED:
        rates = replace(schedule, lr=lr).rates(steps)
        if not np.allclose(fixed + share * lr, rates, rtol=1e-9, atol=1e-12 * float(np.abs(rates).max())):
            raise UntraceableError("a schedule whose rates are no shares of the one that is set")
    # What is left of rounding is none.
    return np.where(np.abs(fixed) <= 1e-12 * np.abs(low), 0.0, fixed).tolist(), share.tolist()


def _said(kind: str) -> dict[str, Any]:
    """The words for a kind of ending, `{at}` still open."""
    known = KINDS[kind]
    return {"kind": kind, "text": known.chip, "tone": known.tone, "mark": known.mark, "brief": known.brief}
