"""Challenges: something to bring about in an experiment of one's own, and whether it was.

A file has the text of its task, an ```experiment to begin from, ```goal with claims about `run`, whichever of the runs comes
nearest, ```conditions that name what may not be changed, and ```hints, a line each.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.experiment import Experiment, Run
from core.words import written
from lessons.claims import checked
from lessons.files import Fence, Problem, Read, read_parts
from lessons.library import read_all
from lessons.model import Challenge, Claim, Complaint, Condition, EventClaim, RunName, Stage, Words
from lessons.quantities import Known
from lessons.reading import claims_of
from lessons.runs import Racers, named
from lessons.stages import stage_of
from lessons.text import words_of
from optimizers import OPTIMIZERS

CHALLENGES = Path(__file__).parent / "challenges"
HEAD = ("title", "lesson")
BLOCKS = ("experiment", "goal", "conditions", "hints")
# What the run that comes nearest is called in a goal.
RUN = "run"
MOST = 10_000
# What may not be changed, and how it is called.
GIVEN = {
    "surface": "the surface",
    "schedule": "the schedule",
    "start": "the start",
    "seed": "the seed",
    "rules": "the rules",
}
BOUNDS = {"steps": "steps", "rate": "the rate", "runs": "runs"}
BOUND = re.compile(r"(at most|at least) (\d+(?:\.\d+)?(?:e-?\d+)?)")


@dataclass(frozen=True)
class Met:
    """A goal or a condition: its text, whether it is met, and what was found, in words."""

    text: str
    met: bool
    words: str


@dataclass(frozen=True)
class Attempt:
    """How an experiment does at a challenge: whether it passes, and each goal and condition, of the run that comes nearest."""

    passed: bool
    run: Run
    parts: tuple[Met, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not met, in words."""
        return tuple(part.words for part in self.parts if not part.met)


# Reading.


def challenge(path: Path, ours: bool = True) -> tuple[Challenge | None, list[Complaint]]:
    """The challenge of a file, or None and what is wrong with it."""
    read = read_parts(path, {0: BLOCKS}, HEAD, ("title",))
    made = None if read.complaints else read.tried(lambda: _challenge(read, ours))
    return (None, read.complaints) if read.complaints else (made, [])


def _challenge(read: Read, ours: bool) -> Challenge:
    (part,) = read.parts
    fences = {kind: part.fence(kind) for kind in BLOCKS}
    experiment, goal = fences["experiment"], fences["goal"]
    if experiment is None or goal is None or not part.text:
        raise Problem(1, "a challenge has a text, an ```experiment to begin from and a ```goal")
    stage = stage_of(experiment)
    if len(stage.pair) > 1:
        raise Problem(experiment.line, "a challenge stands on the playground or on dissect, not on compare")
    return Challenge(
        slug=read.slug,
        title=read.head["title"][1],
        task=part.text,
        stage=stage,
        goals=claims_of(goal, Known((RUN, *(one.name for one in stage.names)), MOST), "goal"),
        conditions=tuple(_conditions(fences["conditions"])) if fences["conditions"] else (),
        hints=_hints(fences["hints"], read) if fences["hints"] else (),
        lesson=read.head.get("lesson", (0, ""))[1],
        file=read.file,
        ours=ours,
    )


def _conditions(fence: Fence) -> list[Condition]:
    given = fence.fields("methods", *GIVEN, *BOUNDS)
    found = []
    for field, (line, text) in given.items():
        if field == "methods":
            allowed = tuple(part.strip() for part in text.split(","))
            unknown = [slug for slug in allowed if slug not in OPTIMIZERS]
            if unknown:
                raise Problem(line, f"methods are named as in a link, like momentum; got {unknown[0][:40]!r}")
        elif field in BOUNDS:
            match = BOUND.fullmatch(text)
            if not match:
                raise Problem(line, f"{field} is `at most 40` or `at least 40`; got {text[:40]!r}")
            allowed = (match[1], match[2])
        else:
            if text not in ("as given", "none")[: 2 if field == "rules" else 1]:
                raise Problem(line, f"{field} is `as given`{' or `none`' * (field == 'rules')}; got {text[:40]!r}")
            allowed = (text,)
        found.append(Condition(field, allowed, f"{field}: {text}", line))
    return found


def _hints(fence: Fence, read: Read) -> tuple[Words, ...]:
    return tuple(words_of(row.strip(), line, read.complain) for line, row in fence.rows)


@lru_cache(maxsize=1)
def challenges() -> tuple[tuple[Challenge, ...], tuple[Complaint, ...]]:
    """All challenges, and what is wrong with files that could not be taken."""
    found, complaints = read_all(CHALLENGES, challenge)
    return tuple(found), complaints


# Checking.


def attempt(asked: Challenge, experiment: Experiment) -> Attempt:
    """How an experiment does at a challenge."""
    tries = [_attempt(asked, experiment, run) for run in experiment.runs]
    return max(tries, key=lambda one: sum(part.met for part in one.parts))


def _attempt(asked: Challenge, experiment: Experiment, run: Run) -> Attempt:
    parts = [_met(condition, asked.stage, experiment, run) for condition in asked.conditions]
    own = [RunName(f"r{one.slot}", 0, one.slot) for one in experiment.runs]
    every = named(tuple(own), (experiment,))
    under = {one.name: every[f"r{one.slot}"] for one in asked.stage.names if f"r{one.slot}" in every}
    parts += [_reached(goal, {**every, **under, RUN: every[f"r{run.slot}"]}, every, run) for goal in asked.goals]
    return Attempt(all(part.met for part in parts), run, tuple(parts))


def _reached(goal: Claim, runs: Racers, every: Racers, run: Run) -> Met:
    """A goal, of the run in question or of all runs."""
    whole = isinstance(goal, EventClaim) and goal.who != ""
    needed = {name for name in _names(goal) if name not in runs}
    if needed:
        return Met(goal.text, False, f"{goal.text}: there is no run {', '.join(sorted(needed))}")
    found = checked(goal, every if whole else runs)
    return Met(goal.text, found.holds, f"{_said(goal, run)}; here {found.words}")


def _names(goal: Claim) -> set[str]:
    if isinstance(goal, EventClaim):
        return set(goal.names)
    asked = [one for side in (goal.left, goal.right) for one in (side.asked, side.over) if one is not None]
    return {one.run for one in asked if not one.run.endswith("surface")}


def _said(goal: Claim, run: Run) -> str:
    """A goal with the name of the run's method for `run`."""
    return re.sub(rf"\b{RUN}\b", OPTIMIZERS[run.optimizer.slug].name, goal.text)


def _met(condition: Condition, stage: Stage, experiment: Experiment, run: Run) -> Met:
    """Whether a condition is met by an experiment, for one of its runs."""
    (given,) = stage.pair
    field, allowed = condition.field, condition.allowed
    if field == "methods":
        names = " or ".join(OPTIMIZERS[slug].name for slug in allowed)
        own = OPTIMIZERS[run.optimizer.slug].name
        return Met(condition.text, run.optimizer.slug in allowed, f"only {names} counts; this is {own}")
    if field in BOUNDS:
        value = {"steps": float(experiment.steps), "rate": run.lr, "runs": float(len(experiment.runs))}[field]
        how, bound = allowed[0], float(allowed[1])
        met = value <= bound if how == "at most" else value >= bound
        return Met(condition.text, met, f"{BOUNDS[field]}: {how} {written(bound)}; here {written(value)}")
    if field == "rules":
        wanted = () if allowed == ("none",) else _rules(given, run)
        return Met(condition.text, run.rules == wanted, "the rules of the run stay as they are given")
    own_value, given_value = (_part(field, one) for one in (experiment, given))
    return Met(condition.text, own_value == given_value, f"{GIVEN[field]} stays as it is given")


def _rules(given: Experiment, run: Run) -> tuple[object, ...]:
    return next((one.rules for one in given.runs if one.slot == run.slot), ())


def _part(field: str, experiment: Experiment) -> object:
    parts: Mapping[str, object] = {
        "surface": experiment.surface,
        "schedule": experiment.schedule,
        "start": experiment.start,
        "seed": experiment.seed,
    }
    return parts[field]
