"""How a run ended: one rule each, read off the path and never off the optimizer.

*diverged* at n: from n to the end the position is not finite, or farther from the window's centre than a thousand times
the window's size (without a window: beyond a million times 1 + |start|).
*converged* at n: where the surface's `lowest` is known, from n to the end the gap loss - lowest is at most a thousandth
of the gap at the start; where it is not, the gradient norm is at most a thousandth of the largest one met, and the
Hessian at the end has no negative eigenvalue.
*local_minimum* at n: the gradient is that small to the end, the Hessian there positive definite and its Newton step
shorter than a hundredth of the window (a slow run along a valley's floor passes the first two), but the gap is open.
*stalled* at n: from n to the end the gradient norm is below a thousandth of the largest on a coarse grid over the window,
and that for the last quarter of the run at least, the position stays within a hundredth of the window from where it ends
(where a corner of the window is a million times steeper than its floor, the first alone would call every run stalled).
*running*: none of these.
"""

from typing import Any, NamedTuple

import numpy as np

from optimizers.bases.hessian import eigen, hessian
from optimizers.bases.optimizer import gradient

CHECK_EVERY = 10
SMALL = 1e-3


class Verdict(NamedTuple):
    """`status` words and the steps they hold from (-1 where there is none); both () for one start, (B,) for B."""

    status: np.ndarray
    stop_step: np.ndarray


def kept_steps(steps: int, every: int) -> np.ndarray:
    """The steps that are looked at: each `every`-th, and the last."""
    return np.unique(np.append(np.arange(0, steps + 1, every), steps))


def judge(surface: Any, theta: np.ndarray, loss: np.ndarray, grad: np.ndarray, at: np.ndarray | None = None) -> Verdict:
    """The verdict on positions (T, D) or (T, B, D), losses and gradients beside them; `at` names their steps."""
    at = np.arange(len(theta)) if at is None else at
    if theta.ndim == 2:
        verdict = judge(surface, theta[:, None], loss[:, None], grad[:, None], at)
        return Verdict(verdict.status[0], verdict.stop_step[0])

    with np.errstate(all="ignore"):
        norm = np.hypot.reduce(grad, axis=-1)
        window = getattr(surface, "window", None)
        lowest = getattr(surface, "lowest", None)
        if window is None:
            centre, far = np.zeros(theta.shape[-1]), 1e6 * (1 + np.hypot.reduce(theta[0], axis=-1))
            size = 1 + np.hypot.reduce(theta[-1], axis=-1)
        else:
            low, high = np.array(window, dtype=float).T
            centre, size = (low + high) / 2, np.max(high - low)
            far = 1000 * size
        away = np.hypot.reduce(theta - centre, axis=-1)
        diverged = _holds_from(~(away <= far), at)

        flat = _holds_from(norm <= SMALL * np.nanmax(norm, axis=0, initial=0.0), at)
        curved, newton = _curvature(surface, theta[-1], grad[-1], needed=bool(np.any((flat >= 0) & (diverged < 0))))
        if lowest is None:
            converged = np.where(curved >= -1e-6, flat, -1)
            local = np.full_like(flat, -1)
        else:
            gap = loss - lowest
            converged = _holds_from(gap <= SMALL * gap[0], at)
            local = np.where((curved > 1e-6) & (newton <= 0.01 * size), flat, -1)
        stalled = np.full_like(flat, -1)
        undecided = (diverged < 0) & (converged < 0) & (local < 0)
        if window is not None and np.any(undecided):
            resting = np.hypot.reduce(theta - theta[-1], axis=-1) <= 0.01 * size
            stalled = _holds_from(resting & (norm < SMALL * _steepest(surface, low, high)), at)
            stalled = np.where(stalled <= 0.75 * at[-1], stalled, -1)

    rules = {"diverged": diverged, "converged": converged, "local_minimum": local, "stalled": stalled}
    held = [n >= 0 for n in rules.values()]
    return Verdict(np.select(held, list(rules), "running"), np.select(held, list(rules.values()), -1))


def _holds_from(condition: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The step from which a condition (T, B) holds to the end, -1 where it does not hold at the end."""
    count = np.logical_and.accumulate(condition[::-1]).sum(axis=0)
    return np.where(count > 0, at[np.minimum(len(at) - count, len(at) - 1)], -1)


def _curvature(surface: Any, theta: np.ndarray, grad: np.ndarray, needed: bool) -> tuple[np.ndarray, np.ndarray]:
    """At positions (B, D): the smallest eigenvalue of the Hessian over its largest size, and the Newton step's length."""
    if not needed:
        return np.full(len(theta), np.nan), np.full(len(theta), np.nan)
    values, vectors = eigen(hessian(surface, theta))
    largest = np.abs(values).max(axis=-1)
    newton = np.hypot.reduce((grad[:, None] @ vectors)[:, 0] / values, axis=-1)
    return values[:, 0] / np.where(largest > 0, largest, 1.0), newton


def _steepest(surface: Any, low: np.ndarray, high: np.ndarray) -> float:
    """The largest finite gradient norm on a 21 x 21 grid over the window."""
    x, y = np.meshgrid(*np.linspace(low, high, 21).T)
    norms = np.hypot.reduce(gradient(surface, np.stack([x, y], axis=-1)), axis=-1)
    return float(np.max(norms, where=np.isfinite(norms), initial=0.0))
