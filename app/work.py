"""What an experiment asks of the server, counted before it runs, and the most steps that fit into a second of it.

A count is in microseconds on one core of the machine that `python -m benchmarks work` was last run on (docs/benchmarks.md),
made of what entries say of themselves (`Surface.cost`, `Optimizer.asks`) and of the times below. Nothing here looks at a
clock: a link has the same steps on every machine. What cannot be foreseen, the evaluations of searches, is given out
beforehand, and a run that needs more ends (`optimizers.loop.counted`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from optimizers import Optimizer, Rule, Schedule
from optimizers.loop.counted import ARRAYS, FLOATS, LOOK, SHARE
from surfaces import Surface

# What one answer may take, in microseconds.
SECOND = 1e6
# The steps that all runs of a page may have together, so that a message and a picture stay of a bearable size.
MOST_STEPS = 10_000
# What is left for the runs where the surface alone takes nearly a second.
LEAST_SHARE = 0.25

# What a step takes beside the surface's part where SciPy takes it.
SCIPY = 200.0
# What each operation of a rule that is typed takes on arrays.
OPERATION = 1.5
# What SciPy takes for itself for each evaluation, what a rule and what a schedule that watches the loss takes each step.
SEARCH, RULE, WATCH = 35.0, 50.0, 110.0
# What it takes to draw a mini-batch, and to follow the loss on held-out points, beside their evaluations.
DRAWN, HELD = 100.0, 130.0
# What is said of a step: verdicts, limits, the message; and how many places of the surface are looked at for that.
SAID, LOOKS = 7.0, 8
# What is said of a run as a whole.
RUN = 4000.0
# What taking a step apart takes, beside taking it once more.
APART = 300.0
# Places at which the lowest one of a surface without a formula for it is searched, and what is done but once.
PLACES, LOWEST = 50_000, 15_000.0
# Steps of the run that a network's plane is laid by.
REFERENCE = 600
# Evaluations that the searches of a run have beside those of their steps, as microseconds.
RESERVE = 30_000.0
# What is left of a second is given out in units of so many microseconds.
GRAIN = 50_000.0

PageName = Literal["playground", "compare", "dissect"]


@dataclass(frozen=True)
class Work:
    """Microseconds: what is taken once, and by each step."""

    once: float = 0.0
    step: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.once + other.once, self.step + other.step)

    def __mul__(self, times: float) -> "Work":
        return Work(self.once * times, self.step * times)

    def of(self, steps: int) -> float:
        """What so many steps take."""
        return self.once + self.step * steps


def of_surface(surface: Surface) -> Work:
    """What is computed of a surface before anything runs."""
    if hasattr(surface, "full"):
        return Work(REFERENCE * surface.cost.call)
    penalised = surface.plain is not surface
    looked = penalised or surface.searched
    searched = PLACES * surface.cost.row if surface.model or looked else 0.0
    return Work(searched + (LOWEST if looked else 0.0))


def asked(surface: Surface, optimizer: Optimizer) -> float:
    """The evaluations that each step of a method is given beside its own gradient."""
    weights = surface.full.dimension if hasattr(surface, "full") else 2
    if weights == 2 or not optimizer.asks_by_weights:
        return optimizer.asks
    # A Hessian of two coordinates is one call at four places, of more it is two calls at as many places as there are.
    return optimizer.asks * 2 * (1 + SHARE * (weights - 1)) / (1 + 3 * SHARE)


def evaluations(surface: Surface, optimizer: Optimizer, steps: int, spare: float = 0.0) -> float | None:
    """How many evaluations a run has for what its method asks for beside the gradients of its steps; None: it asks for none.

    `spare` are the microseconds that its page leaves to it beside what was counted; see `spare`.
    """
    each = asked(surface, optimizer)
    return each * steps + (RESERVE + spare) / (surface.cost.call + SEARCH) if each else None


def spare(work: Work, steps: int, searching: int) -> float:
    """The microseconds that each of so many runs that search may have, where the runs of a scene leave some of the second.

    Compare shows two scenes. Rounded down, so that another control that is moved seldom changes it.
    """
    left = (SECOND - work.of(steps)) / 2
    return max(0.0, left / searching // GRAIN * GRAIN) if searching else 0.0


def of_run(surface: Surface, optimizer: Optimizer, schedule: type[Schedule], rules: Sequence[type[Rule]]) -> Work:
    """What a run takes, and what is said of it."""
    cost, model = surface.cost, getattr(surface, "full", surface)
    sampled = getattr(model, "sampled", False) and not optimizer.row_by_row
    watched = schedule.watches_loss or any(rule.watches_loss for rule in rules)
    tested = getattr(surface, "held_out", 0.0) > 0
    floats = optimizer.coordinatewise and not (rules or schedule.watches_loss or sampled or model is not surface)
    step = FLOATS + cost.floats if floats else (SCIPY if optimizer.row_by_row else ARRAYS) + cost.call
    step += asked(surface, optimizer) * (cost.call + SEARCH)
    step += 0.0 if floats or optimizer.typed is None else OPERATION * len(optimizer.typed.order)
    step += RULE * len(rules) + (WATCH + cost.call if watched else 0.0)
    step += (DRAWN if sampled else 0.0) + (HELD + cost.call if tested else 0.0)
    once = RUN + (RESERVE if optimizer.asks else 0.0)
    if model is surface and not optimizer.row_by_row:
        # To say how a run ends it is made again, and gone on with, or made at another rate: few are, of those on arrays.
        once, step = once + LOOK, step * (2 if floats else 1)
    return Work(once, step + SAID + LOOKS * cost.row)


def most_steps(work: Work, runs: int) -> int:
    """The most steps that so many runs may have whose work together is this."""
    left = max(SECOND - work.once, LEAST_SHARE * SECOND)
    return max(1, min(MOST_STEPS // runs, int(left / work.step)))
