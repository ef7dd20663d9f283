"""That a run goes to and fro between two walls, and gets no lower or only slowly."""

import math
from functools import lru_cache

import numpy as np

from optimizers.explain.finding import Finding
from optimizers.explain.law import MOST, above_limit, limit
from optimizers.explain.numbers import number
from optimizers.explain.picture import awake, axes, picture_of
from optimizers.explain.rows import HABIT, QUIET, STEADY, drift, least, mean, spread, stretches
from optimizers.explain.verdicts.bursts import bursts
from optimizers.explain.verdicts.diverges import diverges
from optimizers.loop.run import Path
from optimizers.loop.status import SMALL


@lru_cache(maxsize=64)
@QUIET
def bounces(path: Path) -> tuple[Finding, ...]:
    """Where a run goes to and fro between two walls: it *bounces* if it gets no lower, and *zigzags* if it does.

    Lower is where the gap or the gradient's length is less than half at the end of the stretch of what it was at its start.
    The gradient is that of the whole loss, of a network's that in the space of all its weights.
    """
    if path.theta.ndim != 2:
        return ()
    end = awake(path)
    if path.status == "diverged":
        # What grows without end is no bouncing, and where its growth begins only `diverges` knows.
        end = min((finding.first for finding in diverges(path)), default=0)
    whole = path.full or path
    if end <= HABIT:
        return ()
    g, loss = whole.grad[: end + 1], path.loss[: end + 1]
    norm = np.hypot.reduce(g, axis=-1)
    turned = (g[1:] * g[:-1]).sum(axis=-1) < -0.5 * norm[1:] * norm[:-1]
    sums = np.concatenate([[0], np.cumsum(turned)])
    # Of a window's positions; of turns and pairs there is one fewer.
    often = sums[HABIT - 1 :] - sums[: 1 - HABIT] >= MOST * (HABIT - 1)
    if not often.any():
        # As it is with most runs.
        return ()
    floor = 0.01 * np.nanmax(np.hypot.reduce(whole.grad, axis=-1), initial=0.0)
    if path.full is None:
        floor = max(floor, SMALL * picture_of(path).steepest)
    lowest = getattr(whole.surface, "lowest", None)
    gap = np.abs(loss - (np.nanmin(path.loss) if lowest is None else lowest))
    changes = np.abs(drift(gap)) <= 2 * STEADY * mean(gap)
    if lowest is None:
        changes |= np.abs(drift(gap)) <= SMALL * np.ptp(loss[np.isfinite(loss)])
    # Of each two neighbours, one at either wall.
    pairs = (np.log(norm[1:]) + np.log(norm[:-1])) / 2
    level = spread(pairs, HABIT - 1) <= STEADY * HABIT
    holds = often & level & changes & (least(norm) > floor)
    spans = stretches(holds, HABIT - 1, gap=2 * HABIT)
    # The swing of a burst is told there.
    burst = [(finding.first - HABIT, finding.last + HABIT) for finding in bursts(path)] if spans else []
    # Where close spans became one, it may be that what lies between them is no bouncing.
    spans = [(first, last) for first, last in spans if abs(math.log(_rate_of(norm[first : last + 1]))) < 0.05]
    spans = [
        (first, last)
        for first, last in spans
        if np.mean(turned[first:last]) >= MOST and not any(begin <= first and last <= end for begin, end in burst)
    ]
    least_fall = 0.0 if lowest is not None else SMALL * float(np.ptp(loss[np.isfinite(loss)]))
    found = []
    for first, last in spans:
        starts = range(first, max(first + 1, min((first + last) // 2, last + 2 - HABIT)))
        # It may have come down to its walls at first.
        settled = (k for k in starts if not (_halves(gap[k : last + 1], least_fall) or _halves(norm[k : last + 1])))
        begins = next(settled, None)
        lower = begins is None
        found.append(_bouncing(path, g, norm, loss, first if begins is None else begins, last, lower))
    return tuple(found)


def _halves(row: np.ndarray, least_fall: float = 0.0) -> bool:
    """Whether what swings between two walls is less than half at the end of what it is at first, by as much at least."""
    for n in (2, HABIT // 2):
        first, last = np.mean(row[:n]), np.mean(row[-n:])
        if last < first / 2 and first - last > least_fall:
            return True
    return False


def _bouncing(
    path: Path, g: np.ndarray, norm: np.ndarray, loss: np.ndarray, first: int, last: int, lower: bool
) -> Finding:
    """The finding for one span of positions, in which it gets `lower` or not."""
    some = slice(first, last + 1)
    turned = (g[first + 1 : last + 1] * g[first:last]).sum(axis=-1) < -0.5 * norm[first + 1 : last + 1] * norm[
        first:last
    ]
    often = "every" if turned.all() else "nearly every"
    turns = np.diff(g[some], axis=0)
    turns /= np.hypot.reduce(turns, axis=-1, keepdims=True)
    walls = "between the walls"
    if path.full is None:
        share = np.sqrt(np.mean(turns**2, axis=0))
        k = int(np.argmax(share))
        if share[k] > 0.97:
            walls = f"between walls in {axes(path)[k]}"
    near = _near_the_limit(path, first, last)
    if lower:
        factor, n = _rate_of(norm[some]), HABIT // 2
        shorter = f", {number(100 * (1 - factor), 2)}% shorter each time" if factor < 1 else ""
        was, now = (number(float(np.mean(part))) for part in (loss[some][:n], loss[some][-n:]))
        words = f"zigzags {walls}: its gradient turns at {often} step{shorter}, and the loss goes from {was} to {now}"
        return Finding("zigzags", first, last, words + near)
    words = f"bounces {walls}: its gradient turns at {often} step and {_course(norm[some], loss[some])}"
    return Finding("bounces", first, last, words + near)


def _course(norm: np.ndarray, loss: np.ndarray) -> str:
    """What becomes of the gradient's length and of the loss while a run bounces."""
    factor = _rate_of(norm)
    if abs(math.log(factor)) * len(norm) <= 0.2:
        middle = [number(float(np.mean(row[-HABIT:]))) for row in (norm, loss)]
        return f"stays about {middle[0]} long while the loss stays at {middle[1]}"
    how = "shrinks by" if factor < 1 else "grows by"
    return f"{how} {number(100 * abs(factor - 1), 2)}% a step; the loss is {number(float(loss[-1]))} then"


def _rate_of(norm: np.ndarray) -> float:
    """The factor by which numbers that swing between two walls change in a step, from their first to their last few."""
    n = HABIT // 2
    logs = np.log(norm)
    return math.exp((np.mean(logs[-n:]) - np.mean(logs[:n])) / (len(norm) - n))


def _near_the_limit(path: Path, first: int, last: int) -> str:
    """That the rate is close to the limit while a run bounces; nothing where it is not, or not all the time."""
    limits = limit(path)
    if limits is None:
        return ""
    assert path.lr is not None
    last = min(last, len(path.lr) - 1)
    share = path.lr[first : last + 1] / limits[first : last + 1]
    if not np.all(np.isfinite(share)):
        return ""
    middle = float(np.median(share))
    # Where the walls bend, the limit differs from place to place, and no one number is true of all.
    if not (0.9 < middle < 1.5 and np.all(np.abs(share - middle) <= 0.1) and np.all((share > 1) == (middle > 1))):
        return ""
    return f"; {above_limit(path, first + int(np.argmin(np.abs(share - middle))))}"
