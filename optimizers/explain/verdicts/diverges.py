"""Why a run that diverged did."""

from functools import lru_cache

import numpy as np

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
    """Why a run that diverged did."""
    if path.theta.ndim != 2 or path.full is not None or path.m is None or path.status != "diverged":
        return ()
    finite = int(np.isfinite(path.theta).all(axis=-1).sum()) - 1
    # Where all is lost within a few steps, what comes behind the verdict is looked at too.
    end = min(finite, max(int(path.stop_step), 10))
    return _overshoots(path, end) or _runs_off(path, end)


def _overshoots(path: Path, end: int) -> tuple[Finding, ...]:
    """The rate is above the limit from the step on at which the steps across begin to grow for good."""
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
    words = f"diverges because {above_limit(path, first, here=True)}"
    return (Finding("diverges", first, int(path.stop_step), "", words),)


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
    return (Finding("diverges", first, int(path.stop_step), "", words),)
