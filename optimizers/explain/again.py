"""The same run made otherwise: what would have come of another rate, so that a cause is one only if without it all is well."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from optimizers.bases.schedule import SCHEDULES, Schedule
from optimizers.explain.onward import cheap
from optimizers.explain.rows import QUIET
from optimizers.loop.counted import looked
from optimizers.loop.run import Path, run

# As many steps at least and at most as show whether a run stays: a slow growth needs time.
LEAST, MOST_STEPS = 300, 3000
# Microseconds that a gradient may take, where so many more are a matter of milliseconds.
DEAR = 5.0
LR = next(p for p in SCHEDULES["constant"].params() if p.name == "lr")


def repeatable(path: Path) -> bool:
    """Whether one more run is cheap: not where SciPy takes the steps, nor where a model is trained."""
    made = path.recipe
    if made is None or path.full is not None or path.theta.ndim != 2:
        return False
    cost = getattr(made.surface, "cost", None)
    return not made.optimizer.row_by_row and (cost is None or cost.floats <= DEAR)


def again(path: Path, start: Sequence[float] | np.ndarray, schedule: Schedule | float, steps: int) -> Path | None:
    """The run with another start (2,), schedule and number of steps, all else alike and the method's memory begun anew.

    None where one more run is dear.
    """
    made = path.recipe
    if made is None or not repeatable(path):
        return None
    return run(made.surface, made.optimizer, schedule, start, steps, made.rules, made.seed)


def at_rate(path: Path, position: int, rate: float) -> Path | None:
    """The run from one of its positions at a constant rate, for as many steps as it had left at least."""
    if path.recipe is None or not LR.low <= rate <= LR.high:
        return None
    left = len(path.theta) - 1 - position
    return again(path, path.theta[position], rate, min(max(left, LEAST), _most(path)))


def _most(path: Path) -> int:
    """The most steps that one more run may have: fewer where they are taken on arrays."""
    made = path.recipe
    assert made is not None
    return min(MOST_STEPS, 2 * looked(made.surface, cheap(path)))


def at_a_tenth(path: Path) -> Path | None:
    """The run at a tenth of its rates, None where it is dear or the schedule has rates of its own that do not follow.

    Under a constant rate it has ten times the steps, so that it gets as far: what is only slower has not stayed.
    """
    made = path.recipe
    if made is None:
        return None
    steps = len(path.theta) - 1
    tenth = made.schedule.lr / 10
    if not LR.low <= tenth:
        return None
    slower = replace(made.schedule, lr=tenth)
    if not np.allclose(10 * slower.rates(steps), made.schedule.rates(steps), rtol=1e-6, atol=0):
        return None
    constant = isinstance(made.schedule, SCHEDULES["constant"]) and not made.schedule.warmup
    longer = min(max(10 * steps, LEAST), _most(path)) if constant else steps
    return again(path, path.theta[0], slower, max(longer, steps))


@QUIET
def stays(path: Path | None) -> bool:
    """Whether a run, in its second half, is within a window of twice the size, and not on a way down without end.

    Without a lowest value that is known, or below it, only what rests has stayed.
    """
    if path is None or not np.isfinite(path.theta).all() or path.status == "diverged":
        return False
    surface: Any = path.surface
    window, lowest = getattr(surface, "window", None), getattr(surface, "lowest", None)
    if window is None:
        return False
    low, high = np.array(window, dtype=float).T
    later = path.theta[len(path.theta) // 2 :]
    if not np.all(np.abs(later - (low + high) / 2) <= high - low):
        return False
    floored = lowest is not None and bool(np.all(path.loss >= lowest - 1e-6 * (1 + abs(lowest))))
    return floored or bool(np.all(np.ptp(later, axis=0) <= 0.01 * (high - low)))
