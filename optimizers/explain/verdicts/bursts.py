"""That a scale has shrunk until the rate is above the limit, so that the loss leaps up, and comes back."""

from functools import lru_cache

import numpy as np

from optimizers.bases.hessian import eigen
from optimizers.explain.curvature import hessians, scaled, stiffest, swings
from optimizers.explain.finding import Finding
from optimizers.explain.law import MOST, above_limit, law_of, limit
from optimizers.explain.numbers import number
from optimizers.explain.picture import axes
from optimizers.explain.rows import QUIET, stretches
from optimizers.loop.run import Path
from optimizers.loop.status import SMALL

# A gap that has grown by that much has leapt.
LEAP = 3.0


@lru_cache(maxsize=64)
@QUIET
def bursts(path: Path) -> tuple[Finding, ...]:
    """Where a scale has shrunk so far that the rate is above the limit, so that the loss leaps up, and comes back."""
    if path.sigma is None or np.all(path.sigma[:1] == path.sigma) or path.status == "diverged":
        return ()
    law, limits = law_of(path), limit(path)
    if law is None or limits is None or not law.scaled:
        return ()
    assert path.lr is not None
    if np.array_equal(path.sigma[:, 0], path.sigma[:, 1], equal_nan=True):
        # One scale for both is no memory of slopes, but a search for the length of a step.
        return ()
    lowest = getattr(path.surface, "lowest", None)
    floor = float(np.nanmin(path.loss) if lowest is None else lowest)
    gap = path.loss - floor
    open_ = float(gap[0] if lowest is not None else np.nanmax(gap))
    above = path.lr > limits
    if not above.any():
        return ()
    # Once the limit is passed, sigma grows: what it was before that decides.
    widest = np.maximum.accumulate(path.sigma, axis=0)
    allowed = law.limit(eigen(scaled(hessians(path)[:-1], widest))[0][:, 1])
    culprit = above & ~(path.lr > allowed)
    _, _, turned = swings(path)
    found: list[Finding] = []
    for first, last in stretches(culprit, 1, gap=2):
        if found and first <= found[-1].last:
            continue
        finding = _burst(path, first, last, gap, open_, turned, widest, culprit)
        found += [finding] if finding else []
    return tuple(found)


def _burst(
    path: Path,
    first: int,
    last: int,
    gap: np.ndarray,
    open_: float,
    turned: np.ndarray,
    widest: np.ndarray,
    culprit: np.ndarray,
) -> Finding | None:
    """The finding for one span of steps above the limit, if the loss leaps there and is back behind it."""
    limits = limit(path)
    assert limits is not None
    assert path.sigma is not None
    assert path.lr is not None
    some = gap[first : last + 2]
    top = first + int(np.argmax(some))
    low = first + int(np.argmin(gap[first : top + 1]))
    if not (gap[top] >= LEAP * gap[low] and gap[top] >= SMALL * open_):
        return None
    rose = max(LEAP * gap[low], gap[top] / 10)
    at = low + int(np.argmax(gap[low : top + 1] >= rose))
    back = gap[top:] <= gap[top] / LEAP
    if top - low < 3 or not back.any() or np.mean(turned[low + 1 : top]) < MOST:
        return None
    home = top + int(np.argmax(back))
    # The smallest scale on the way: where it is smallest beside what it was, along the direction in which the swings grow.
    guilty = low + np.flatnonzero(culprit[low:at])
    if not len(guilty):
        return None
    t = int(guilty[np.argmin(limits[guilty] / path.lr[guilty])])
    k = int(np.argmax(np.abs(stiffest(path)[1][t])))
    was, now = float(widest[t, k]), float(path.sigma[t, k])
    if was < 1.2 * now:
        return None
    words = (
        f"bursts at step {at}: σ in {axes(path)[k]} has fallen from {number(was)} to {number(now)}, so "
        f"{above_limit(path, t)}; the loss jumps from {number(float(path.loss[low]))} to {number(float(path.loss[top]))}"
    )
    return Finding("burst", at, home, words)
