"""Why a run that diverged did."""

from functools import lru_cache

import numpy as np

from optimizers.explain.again import at_a_tenth, at_rate, stays
from optimizers.explain.curvature import curvature, hessians, swings
from optimizers.explain.finding import Finding
from optimizers.explain.law import MOST, above_limit, limit
from optimizers.explain.numbers import number
from optimizers.explain.rows import QUIET, ahead
from optimizers.loop.run import Path
from optimizers.loop.status import SMALL


@lru_cache(maxsize=64)
@QUIET
def diverges(path: Path) -> tuple[Finding, ...]:
    """Why a run that diverged did.

    That the rate is the cause is said only if one more run, at a lower rate, does not diverge.
    """
    if path.theta.ndim != 2 or path.full is not None or path.m is None or path.status != "diverged":
        return ()
    end = _end_of(path)
    return _unstable(path, end) or _runs_off(path, end) or _too_fast(path)


def _end_of(path: Path) -> int:
    """The last position of a run that diverged that is looked at."""
    finite = int(np.isfinite(path.theta).all(axis=-1).sum()) - 1
    # Where all is lost within a few steps, what comes behind the verdict is looked at too.
    return min(finite, max(int(path.stop_step), 10))


def _unstable(path: Path, end: int) -> tuple[Finding, ...]:
    """The rate is above the limit from the step on at which the steps across begin to grow for good.

    At half the limit the run would stay, from there on and from the start.
    """
    limits = limit(path)
    if limits is None or end < 3:
        return ()
    assert path.lr is not None
    size, share, turned = (row[:end] for row in swings(path))
    above = path.lr[:end] > limits[:end]
    lowest_ahead = np.minimum.accumulate(np.where(np.isnan(size), np.inf, size)[::-1])[::-1]
    begins = above & (size <= lowest_ahead) & (ahead(above) >= MOST)
    # The first step of a growth may still come from the other side; those behind it turn.
    begins &= np.append(ahead(turned)[1:], 0.0) >= MOST
    begins[max(min(int(path.stop_step), end - 2), 0) :] = False
    if not begins.any():
        return ()
    first = int(np.argmax(begins))
    across = np.mean(share[-5:] ** 2) >= 0.5
    if not (across and path.loss[end] > path.loss[first] and size[-1] > size[first]):
        return ()
    # From there, and from the start, which is what somebody does who lowers the rate.
    if not all(stays(at_rate(path, at, float(limits[first]) / 2)) for at in dict.fromkeys((first, 0))):
        return ()
    words = f"diverges because {above_limit(path, first, here=True)}"
    return (Finding("diverges", first, int(path.stop_step), words),)


def _runs_off(path: Path, end: int) -> tuple[Finding, ...]:
    """The loss falls at every step of a way along which the surface curves down."""
    if getattr(path.surface, "lowest", None) is not None or end < 3:
        return ()
    moves = np.diff(path.theta[: end + 1], axis=0)
    squared = (moves**2).sum(axis=-1)
    curved = (moves[:, None] @ hessians(path)[:end] @ moves[:, :, None])[:, 0, 0] / squared
    values = curvature(path)[0][:end]
    down = (curved < -SMALL * np.abs(values).max(axis=-1)) & (np.diff(path.loss[: end + 1]) < 0)
    first = end - int(np.logical_and.accumulate(down[::-1]).sum())
    if end - first < 3 or first >= path.stop_step or path.loss[end] >= np.min(path.loss[: first + 1]):
        return ()
    way = path.theta[end] - path.theta[first]
    bend = float(way @ hessians(path)[first] @ way / (way @ way))
    if not bend < 0:
        return ()
    words = f"runs off: the surface falls without end that way (curvature {number(bend)} here)"
    return (Finding("diverges", first, int(path.stop_step), words),)


def _too_fast(path: Path) -> tuple[Finding, ...]:
    """The run diverges at its rates and does not at a tenth of them, wherever its growth begins; or there it runs off."""
    assert path.lr is not None
    slower = at_a_tenth(path)
    if slower is None:
        return ()
    first = min(_last_inside(path), int(path.stop_step) - 1)
    if first < 0:
        return ()
    if slower.status == "diverged" and _runs_off(slower, _end_of(slower)):
        tenth = number(float(np.max(path.lr)) / 10)
        words = f"runs off: at a tenth of the rate, {tenth}, as well, since the surface falls without end"
        return (Finding("diverges", first, int(path.stop_step), words),)
    if not stays(slower):
        return ()
    highest = number(float(np.max(path.lr)))
    if np.all(path.lr == path.lr[0]):
        words = f"the rate {highest} is too high: at a tenth of it the run does not diverge"
    else:
        words = f"the rate, {highest} at most, is too high: at a tenth of it the run does not diverge"
    return (Finding("diverges", first, int(path.stop_step), f"diverges because {words}"),)


def _last_inside(path: Path) -> int:
    """The last position within the window, 0 where there is none."""
    window = getattr(path.surface, "window", None)
    if window is None:
        return 0
    low, high = np.array(window, dtype=float).T
    inside = np.all((low <= path.theta) & (path.theta <= high), axis=-1)
    return int(np.flatnonzero(inside)[-1]) if inside.any() else 0
