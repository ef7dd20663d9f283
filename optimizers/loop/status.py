"""How a run ended: one rule each, read off the path and never off the optimizer, on the surface's own scale.

It is the verdict at sight. What a run would do if it went on is looked at in `optimizers.explain.ending`.

*diverged* at n: from n to the end the position is not finite, or farther from the window's centre than a thousand times
the window's size (without a window: beyond a million times 1 + |start|).
*converged* at n: from n to the end the run is within half a hundredth of the window of a minimum, and that is the lowest.
It is one of the surface's `minima`, or where Newton's method leads from the end, if the Hessian there is positive definite
and its loss is the surface's `lowest`. A stranger's surface, with neither window nor lowest value, has its minima from
Newton's method alone.
*local_minimum* at n: the same of a minimum that is not the lowest.
*as_good* at n: where a lowest value is known but no minimum (it lies at infinity), from n to the end the gap loss - lowest
is at most a thousandth of the window's largest.
*stalled* at n: from n to the end, the last quarter of the run at least, the position stays within a hundredth of the window
from where it ends, and the slope there would not close a twentieth of the gap on a way as long as the window.
*running*: none of these.

A minimum, or a value as good as the lowest, must have lasted for a twentieth of the run: at the last step nothing has. Of a
model's many weights only *diverged* is said.
"""

from typing import Any, NamedTuple

import numpy as np

from optimizers.bases.hessian import H, hessian
from optimizers.bases.lengths import lengths
from optimizers.bases.optimizer import gradient, loss_at
from optimizers.loop.window import pictured

CHECK_EVERY = 10
SMALL = 1e-3
# As shares of the window: who is so near a minimum sits in it, and who stays so near a place rests there.
SITS, RESTS = 0.005, 0.01
# The share of a run for which a minimum must have lasted, and a rest.
LASTED, RESTED = 0.05, 0.25
# So little of the gap is closed along the window by a slope that is none.
CLOSES = 0.05
# Newton's steps from where a run ends to the minimum's very point.
STEPS = 6
# What the minima of one loss may differ by, beside the window's middling gap.
SAME = 1e-6

STATUSES = ("diverged", "converged", "local_minimum", "as_good", "stalled", "running")


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

    window = getattr(surface, "window", None)
    with np.errstate(all="ignore"):
        if window is None:
            centre, far = np.zeros(theta.shape[-1]), 1e6 * (1 + lengths(theta[0]))
        else:
            low, high = np.array(window, dtype=float).T
            centre, far = (low + high) / 2, 1000 * np.max(high - low)
        found = {"diverged": holds_from(~(lengths(theta - centre) <= far), at)}
        if theta.shape[-1] == 2:
            here = np.flatnonzero(found["diverged"] < 0)
            rows = {word: np.full(theta.shape[1], -1) for word in STATUSES[1:-1]}
            if len(here):
                some = slice(None) if len(here) == theta.shape[1] else here
                for word, steps in _at_rest(surface, theta[:, some], loss[:, some], grad[-1, some], at).items():
                    rows[word][here] = steps
            found |= rows
    status, stop_step = np.full(theta.shape[1], "running", dtype="<U13"), np.full(theta.shape[1], -1)
    # The first in the order of the rules is written last.
    for word, steps in reversed(found.items()):
        held = steps >= 0
        status[held], stop_step[held] = word, steps[held]
    return Verdict(status, stop_step)


def _at_rest(surface: Any, theta: np.ndarray, loss: np.ndarray, slope: np.ndarray, at: np.ndarray) -> dict[str, Any]:
    """From which step on each rule but *diverged* holds, (B,) each, -1 where it does not."""
    size = size_of(surface, theta[-1])
    pit, lowest = pits(surface, theta[-1], slope)
    sits = holds_from(lengths(theta - pit) <= SITS * size, at)
    sits = np.where(at[-1] - sits >= _lasting(at, LASTED), sits, -1)
    found = {"converged": np.where(lowest, sits, -1), "local_minimum": np.where(lowest, -1, sits)}
    if getattr(surface, "window", None) is None:
        return found
    picture, known = pictured(surface), getattr(surface, "lowest", None)
    if known is not None and not len(getattr(surface, "minima", ())):
        good = holds_from(loss - known <= SMALL * (picture.highest - known), at)
        found["as_good"] = np.where((at[-1] - good >= _lasting(at, LASTED)) & (loss[-1] >= known), good, -1)
    flat = lengths(slope) * size <= CLOSES * (loss[-1] - picture.lowest)
    if np.any(flat & (sits < 0)):
        rests = holds_from(flat & (lengths(theta - theta[-1]) <= RESTS * size), at)
        found["stalled"] = np.where(at[-1] - rests >= _lasting(at, RESTED), rests, -1)
    return found


def size_of(surface: Any, theta: np.ndarray) -> Any:
    """The longer side of the surface's window; without one, 1 + |theta| for positions (..., D)."""
    window = getattr(surface, "window", None)
    return 1 + lengths(theta) if window is None else max(high - low for low, high in window)


def pits(surface: Any, theta: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The minimum (B, 2) that each position (B, 2), where the gradient is `slope`, lies in, and whether it is the lowest.

    NaN where none lies near: a known one, or that to which Newton's method leads.
    """
    size = size_of(surface, theta)
    pit, lowest = np.full(theta.shape, np.nan), np.zeros(len(theta), dtype=bool)
    for place in getattr(surface, "minima", ()):
        near = lengths(theta - place) <= SITS * size
        pit[near], lowest[near] = place, True
    open_ = ~lowest
    if not open_.any():
        return pit, lowest
    if not open_.all():
        pit[open_], lowest[open_] = _by_newton(surface, theta[open_], slope[open_])
        return pit, lowest
    return _by_newton(surface, theta, slope)


def _by_newton(surface: Any, theta: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`pits`, where no known minimum is near."""
    size = np.broadcast_to(size_of(surface, theta), len(theta))
    pit, lowest = np.full(theta.shape, np.nan), np.zeros(len(theta), dtype=bool)
    rows, place, g = np.arange(len(theta)), theta, slope
    for _ in range(STEPS):
        h = hessian(surface, place)
        a, b, c = h[:, 0, 0], h[:, 0, 1], h[:, 1, 1]
        middle, half = (a + c) / 2, np.hypot((a - c) / 2, b)
        # A valley whose floor is that much flatter than its walls ends nowhere that a difference could tell.
        bowl = middle - half > 1e-6 * (middle + half)
        if getattr(surface, "l1", 0.0):
            # Across the tip of |x| a difference is no derivative.
            bowl &= ~np.any(np.abs(place) <= 2 * H * (1 + np.abs(place)), axis=-1)
        move = np.empty_like(g)
        move[:, 0], move[:, 1] = c * g[:, 0] - b * g[:, 1], a * g[:, 1] - b * g[:, 0]
        move /= (a * c - b * b)[:, None]
        ahead = place - move
        on = bowl & (lengths(ahead - theta[rows]) <= SITS * size[rows])
        home = on & (lengths(move) <= SMALL * SITS * size[rows])
        pit[rows[home]] = ahead[home]
        on &= ~home
        if not on.any():
            break
        rows, place = rows[on], ahead[on]
        g = gradient(surface, place)
    found = np.flatnonzero(np.isfinite(pit[:, 0]))
    if len(found):
        lowest[found] = _as_low(surface, loss_at(surface, pit[found]))
    return pit, lowest


def _as_low(surface: Any, loss: np.ndarray) -> np.ndarray | bool:
    """Whether the losses (B,) of minima are the surface's lowest."""
    known = getattr(surface, "lowest", None)
    if getattr(surface, "window", None) is None:
        return True if known is None else np.abs(loss - known) <= SAME * (1 + abs(known))
    return False if known is None else np.abs(loss - known) <= SAME * (pictured(surface).middle - known)


def _lasting(at: np.ndarray, share: float) -> float:
    """How many steps a share of the run is, one at least."""
    return max(1.0, share * at[-1])


def holds_from(condition: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The step from which a condition (T, B) holds to the end, -1 where it does not hold at the end."""
    broken = ~condition[::-1]
    count = np.where(broken.any(axis=0), broken.argmax(axis=0), len(condition))
    return np.where(count > 0, at[np.minimum(len(at) - count, len(at) - 1)], -1)
