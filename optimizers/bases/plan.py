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
# Methods that ask for losses alone.
BLIND = {"Nelder-Mead"}


class Plan(NamedTuple):
    """The iterates of one row (n, 2), where it stands among them, how many were asked for, SciPy's options.

    `free` are the coordinates (2,) that move; `spent`: the evaluations that the run has were gone before so many were found.
    """

    iterates: np.ndarray
    at: int
    asked: int
    options: dict[str, Any]
    free: np.ndarray
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
    `options` are SciPy's, by the row's number. A method that asks for no gradient is told of the rules by the loss: what is
    held does not move, and where a rule would put a place elsewhere the loss is that of there.
    SpentError where there are no evaluations left to find the next iterate.
    """
    plans = state or (None,) * len(theta)
    moves, after = np.zeros_like(theta), []
    blind, everywhere = method in BLIND, np.ones(theta.shape[-1], dtype=bool)
    for i, place in enumerate(theta):
        plan, one = plans[i], surface.row(i) if hasattr(surface, "row") else surface
        free = _free(one, place) if blind else everywhere
        # Further off than rounding: a rule was here.
        moved = plan is None or not _stands(plan.iterates[plan.at], place)
        if plan is None or moved or (blind and (plan.free != free).any()):
            plan = Plan(place[None], 0, 0, options(i), free)
        if plan.at + 1 >= len(plan.iterates) >= plan.asked and np.isfinite(place).all():
            asked = max(FIRST, 2 * plan.asked)
            found, spent = _iterates(method, plan, one, asked)
            # What was found before stays.
            plan = plan._replace(iterates=max(found, plan.iterates, key=len), asked=asked, spent=spent)
        if plan.spent and plan.at + 1 >= len(plan.iterates):
            raise SpentError
        plan = plan._replace(at=min(plan.at + 1, len(plan.iterates) - 1))
        moves[i] = place - plan.iterates[plan.at]
        after.append(plan)
    return moves, tuple(after)


def _stands(iterate: np.ndarray, place: np.ndarray) -> bool:
    """Whether a place (D,) is an iterate, but for rounding: `np.allclose`, which takes thirty times as long for two numbers."""
    return all(
        a == b or abs(a - b) <= 1e-12 + 1e-12 * abs(b) < np.inf or (a != a and b != b)
        for a, b in zip(iterate.tolist(), place.tolist(), strict=True)
    )


def row_of(value: Any, i: int) -> Any:
    """What one row has of a value that may be a column (B, 1)."""
    return float(value[min(i, len(value) - 1), 0]) if isinstance(value, np.ndarray) and value.ndim else value


def _free(surface: Any, place: np.ndarray) -> np.ndarray:
    """Which coordinates (2,) of a place nothing holds."""
    return ~np.broadcast_to(getattr(surface, "still", False), (1, len(place)))[0]


def _iterates(method: str, plan: Plan, surface: Any, most: int) -> tuple[np.ndarray, bool]:
    """A plan's start and SciPy's iterates after it, at most so many, and whether evaluations were spent before that."""
    start, free = plan.iterates[0], plan.free
    places, options = [start], dict(plan.options)
    put = surface.placed if method in BLIND and hasattr(surface, "placed") else None
    if not free.any():
        return np.array(places), False

    def whole(p: np.ndarray) -> np.ndarray:
        place = start.copy()
        place[free] = p
        return place if put is None else put(place[None])[0]

    def value(p: np.ndarray) -> float:
        return float(np.ravel(surface.value(*whole(p)[:, None]))[0])

    def slope(p: np.ndarray) -> np.ndarray:
        return np.ravel(surface.grad(*p[:, None]))

    jac = {} if method in BLIND else {"jac": slope}
    spent = True
    with suppress(SpentError):
        while len(places) <= most:
            begin = places[-1]
            options["maxiter"] = most + 1 - len(places)
            if method in BLIND:
                options["initial_simplex"] = _corners(plan.options["initial_simplex"] - start + begin, free, put)
            with THREADS.limit(limits=1):
                minimize(
                    value,
                    begin[free],
                    method=method,
                    options=options,
                    callback=lambda p: places.append(whole(p)),
                    **jac,
                )
            # Beyond a wall the loss does not change across it, and a triangle may be caught there, flat: it looks once more.
            if put is None or not value(places[-1][free]) < value(begin[free]):
                break
        spent = False
    return np.array(places), spent


def _corners(simplex: np.ndarray, free: np.ndarray, put: Any) -> np.ndarray:
    """A first simplex (D+1, D) in the coordinates that are free, each edge turned round where a rule would undo it."""
    if put is not None:
        first = put(simplex[:1])
        edges = simplex[1:] - simplex[0]
        undone = (put(first + edges) == first).all(axis=-1, keepdims=True)
        simplex = np.concatenate([first, first + np.where(undone, -edges, edges)])
    return simplex[np.append(True, free)][:, free]
