"""SciPy's minimizers, one iterate a step: they run from where the path stands, and each step is handed the next place."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from optimizers.bases.optimizer import Differentiable, SpentError, State

# Linear algebra on two numbers is 65 times slower when it is shared among threads.
THREADS = ThreadpoolController()
# How many iterations are computed at first; where a run asks for more it is computed again, twice as far.
FIRST = 8


class Plan(NamedTuple):
    """The iterates of one row (n, 2), where it stands among them, how many were asked for, and SciPy's options.

    `spent`: the evaluations that the run has were gone before so many were found.
    """

    iterates: np.ndarray
    at: int
    asked: int
    options: dict[str, Any]
    spent: bool = False


def displaced(
    method: str,
    options: Callable[[int], dict[str, Any]],
    surface: Differentiable,
    theta: np.ndarray,
    state: State,
) -> tuple[np.ndarray, State]:
    """The displacement to the next iterate of each row (B, 2), and the state out (empty at first).

    Where a rule has moved a row since, its minimizer begins anew there. At the end of the iterates a row stays.
    `options` are SciPy's, by the row's number. SpentError where there are no evaluations left to find the next iterate.
    """
    plans = state or (None,) * len(theta)
    moves, after = np.zeros_like(theta), []
    for i, place in enumerate(theta):
        plan = plans[i]
        # Further off than rounding: a rule was here.
        if plan is None or not np.allclose(plan.iterates[plan.at], place, rtol=1e-12, atol=1e-12, equal_nan=True):
            plan = Plan(place[None], 0, 0, options(i))
        if plan.at + 1 >= len(plan.iterates) >= plan.asked and np.isfinite(place).all():
            one = surface.row(i) if hasattr(surface, "row") else surface
            asked = max(FIRST, 2 * plan.asked)
            found, spent = _iterates(method, plan.options, one, plan.iterates[0], asked)
            # What was found before stays.
            plan = plan._replace(iterates=max(found, plan.iterates, key=len), asked=asked, spent=spent)
        if plan.spent and plan.at + 1 >= len(plan.iterates):
            raise SpentError
        plan = plan._replace(at=min(plan.at + 1, len(plan.iterates) - 1))
        moves[i] = place - plan.iterates[plan.at]
        after.append(plan)
    return moves, tuple(after)


def row_of(value: Any, i: int) -> Any:
    """What one row has of a value that may be a column (B, 1)."""
    return float(value[min(i, len(value) - 1), 0]) if isinstance(value, np.ndarray) and value.ndim else value


def _iterates(
    method: str, options: dict[str, Any], surface: Differentiable, start: np.ndarray, most: int
) -> tuple[np.ndarray, bool]:
    """The start and SciPy's iterates after it, at most so many, and whether evaluations were spent before that."""
    places, spent = [start], False

    def value(p: np.ndarray) -> float:
        return float(np.ravel(surface.value(*p[:, None]))[0])

    def slope(p: np.ndarray) -> np.ndarray:
        return np.ravel(surface.grad(*p[:, None]))

    jac = {} if method == "Nelder-Mead" else {"jac": slope}
    with THREADS.limit(limits=1), suppress(SpentError):
        spent = True
        minimize(
            value,
            start,
            method=method,
            options={**options, "maxiter": most},
            callback=lambda p: places.append(p.copy()),
            **jac,
        )
        spent = False
    return np.array(places), spent
