"""That a run ends far from the minimum and would need many times its steps to get there."""

import math

import numpy as np

from optimizers.bases.lengths import lengths
from optimizers.explain.curvature import curvature
from optimizers.explain.finding import Finding
from optimizers.explain.numbers import number
from optimizers.explain.picture import picture_of
from optimizers.explain.rows import QUIET
from optimizers.explain.verdicts.bounces import bounces
from optimizers.explain.verdicts.stuck import stuck
from optimizers.loop.run import Path
from optimizers.loop.status import SMALL


@QUIET
def crawls(path: Path) -> tuple[Finding, ...]:
    """Whether a run ends far from the minimum on a slope so small that it would need many times its steps to get there."""
    if path.theta.ndim != 2 or path.full is not None or path.status not in ("running", "stalled"):
        return ()
    steps = len(path.theta) - 1
    norm = lengths(path.grad)
    picture = picture_of(path)
    gentle = norm[:-1] < 0.01 * max(min(np.nanmax(norm), picture.steepest), picture.slope)
    if not gentle[-max(20, steps // 4) :].all():
        # As it is with most runs.
        return ()
    moved = lengths(np.diff(path.theta, axis=0))
    away, which = _remaining(path)
    slow = gentle & (moved * 5 * steps < away[:-1])
    lasted = int(np.logical_and.accumulate(slow[::-1]).sum())
    if lasted < max(20, steps / 4):
        return ()
    first = steps - lasted
    n = max(20, steps // 4)
    pace = float(np.hypot.reduce(path.theta[-1] - path.theta[-1 - n])) / n
    left = float(away[-1])
    if not (pace > 0 and left > 5 * steps * pace and math.isfinite(left / pace)):
        return ()
    # A run that goes to and fro, as noise makes it, has no pace; one that goes elsewhere, or comes to rest, is on no way to
    # that minimum.
    before, lately = np.mean(moved[-n : -n // 2]), np.mean(moved[-n // 2 :])
    closer = float(away[-1 - n]) - left
    falls = path.loss[-1] < path.loss[-1 - n] and _inside(path)
    if not falls or pace < 0.5 * np.mean(moved[-n:]) or closer < 0.3 * n * pace or lately < 0.75 * before:
        return ()
    if any(finding.last >= first for finding in (*bounces(path), *stuck(path))):
        return ()
    words = (
        f"crawls: the gradient is {number(float(norm[-1]))} long, a step {number(pace)}, and {which} still "
        f"{number(left)} away: {number(left / pace)} more steps at this pace"
    )
    return (Finding("crawls", first, steps, words),)


def _inside(path: Path) -> bool:
    """Whether a run ends within its window, or not half its size outside."""
    window = getattr(path.surface, "window", None)
    if window is None:
        return True
    low, high = np.array(window, dtype=float).T
    return bool(np.all(np.abs(path.theta[-1] - (low + high) / 2) <= high - low))


def _remaining(path: Path) -> tuple[np.ndarray, str]:
    """How far it is from each position (steps+1,) to the nearest minimum that is known, or by Newton's step where that is
    less far; NaN where neither is to be had.
    """
    values, vectors = curvature(path)
    newton = lengths((path.grad[:, None] @ vectors)[:, 0] / values)
    valley = values[:, 0] > SMALL * values[:, 1]
    minima, by_curvature = getattr(path.surface, "minima", ()), "the minimum, by the curvature,"
    if not minima:
        return np.where(valley, newton, np.nan), by_curvature
    away = lengths(path.theta[:, None] - np.array(minima)).min(axis=-1)
    # Where the valley that a run is in ends sooner, it may be the valley of another minimum.
    sooner = valley & (newton < away)
    which = by_curvature if sooner[-1] else "the minimum" if len(minima) == 1 else "the nearest minimum"
    return np.where(sooner, newton, away), which
