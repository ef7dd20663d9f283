"""How a run ends, and whether that would still hold if it went on.

`Path.status` is the verdict at sight. Here a run that seems to have come to rest is continued, so that none is called
converged that is still on its way, or will burst; one that rests elsewhere is asked whether slope or rate is what it lacks;
and one of which nothing better can be said says at least that it got nowhere. The kinds are those of
`optimizers.explain.table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from core.words import written
from optimizers.bases.lengths import lengths
from optimizers.explain.numbers import number
from optimizers.explain.onward import QUICKER, can_go_on, continued, forgets, goes_on, helps, on_a_bowl, own_length
from optimizers.explain.picture import axes, picture_of
from optimizers.explain.rows import QUIET
from optimizers.loop.run import Path
from optimizers.loop.status import CLOSES, RESTED, RESTS, SITS, SMALL, holds_from, pits, size_of

# A schedule that has come down to such a share of its largest rate has run out.
SPENT = 0.01
# Beyond a thousandth of the window a gap that grows tenfold is one.
GROWS, CLOSE = 9.0, 0.001
# Where rules leave so little of the slope, what keeps a run at its place is they.
BALANCED = 0.05
# A rate is too small if one of these multiples closes what is open.
TRIED = (QUICKER, QUICKER**2, QUICKER**3)
# What counts as a way down, and as progress in a half of a run.
LITTLE, PROGRESS = 0.1, 0.01


@dataclass(frozen=True)
class Ending:
    """A kind of `optimizers.explain.table` ("" where there is nothing to say), since when, and what its words measure."""

    kind: str = ""
    at: int = -1
    measured: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=256)
@QUIET
def ending(path: Path) -> Ending:
    """How a run of one start ends, its way beyond its last step looked at."""
    return _ending(path, ahead=True)


@QUIET
def sighted(path: Path) -> Ending:
    """The same at sight, for a path that is there for a moment."""
    return _ending(path, ahead=False)


def _ending(path: Path, ahead: bool) -> Ending:
    if path.theta.ndim != 2:
        return Ending()
    status, n = str(path.status), int(path.stop_step)
    if status == "diverged":
        return _undefined(path) or _escaped(path) or Ending("diverged", n)
    escaped = _escaped(path)
    if escaped:
        return escaped
    if status in ("converged", "local_minimum"):
        found = _at_a_minimum(path, status, n, ahead)
        if found:
            return found
    if status == "as_good" and path.loss[-1] <= path.loss[n]:
        on = continued(path) if ahead else None
        if on is None or on.loss[-1] <= path.loss[-1]:
            # What goes to and fro by a little may be lower by chance.
            falls = on is not None and bool(on.loss[-1] < path.loss[-1] == on.loss[len(path.loss) - 1 :].max())
            return _as_good(path, n, falls)
    if path.halt_step != -1:
        # What a rule has stopped goes nowhere, and that is no news.
        return Ending()
    return _at_rest(path, ahead) or _nowhere(path)


def _as_good(path: Path, n: int, falls: bool) -> Ending:
    """That no place is better by much; where no float is left between a loss and the lowest, it falls no more."""
    surface: Any = path.surface
    words = {"falls": f", and falls on{surface.bottom and f'; {surface.bottom}'}", "falling": ", and falling on"}
    lowest = float(surface.lowest)
    gap = float(path.loss[n:].max()) - lowest
    measured = {"lowest": written(lowest, 3), "within": f", within {number(gap, 2)}" if gap > 0 else ""}
    return Ending("as_good", n, measured | (words if falls else dict.fromkeys(words, "")))


def _undefined(path: Path) -> Ending | None:
    """The step at which nothing was divided by nothing, from a place within reach."""
    k = int(np.isfinite(path.theta).all(axis=-1).sum()) - 1
    if not 0 <= k < len(path.theta) - 1 or path.sigma is None or path.m is None or path.full is not None:
        return None
    zero = path.sigma[k] == 0
    if not zero.any() or not np.isfinite(path.m[k]).all():
        return None
    axis = int(np.argmax(zero))
    division = "0/0" if path.m[k, axis] == 0 else "a division by 0"
    return Ending("undefined", k + 1, {"division": division, "axis": axes(path)[axis]})


def _escaped(path: Path) -> Ending | None:
    """Since when a run on a surface without a bottom is below all of its window; it must be far below."""
    surface: Any = path.surface
    if path.full is not None or getattr(surface, "window", None) is None or surface.lowest is not None:
        return None
    picture = picture_of(path)
    finite = np.flatnonzero(np.isfinite(path.loss))
    if not len(finite) or not path.loss[finite[-1]] < picture.lowest - (picture.highest - picture.lowest):
        return None
    below = (path.loss < picture.lowest) | (np.arange(len(path.loss)) > finite[-1])
    return Ending("escaped", int(holds_from(below[:, None], np.arange(len(below)))[0]))


def _at_a_minimum(path: Path, status: str, n: int, ahead: bool) -> Ending | None:
    """The minimum that a run is in, if it stays there; or since when it is there, if it was there for long."""
    surface: Any = path.surface
    (pit,), _ = pits(surface, path.theta[-1:], path.grad[-1:])
    size = float(size_of(surface, path.theta[-1]))
    where = f"({written(float(pit[0]), 3)}, {written(float(pit[1]), 3)})"
    leaves = _leaves(path, pit, size) if ahead else None
    which = f"{'the' if status == 'converged' else 'a local'} minimum at {where}"
    if leaves is not None:
        return Ending("at_minimum", n, {"which": which, "leaves": str(leaves)})
    if ahead and own_length(path) and forgets(path):
        # It takes arrays, on which nobody looks far enough to see the burst of a method that sets its own rate.
        return Ending("so_far", n, {"which": which})
    known = getattr(surface, "lowest", None)
    below = status == "local_minimum" and known is not None and surface.value(*pit.tolist()) < known
    if status == "converged":
        return Ending("converged", n, {"place": f" to the minimum at {where}"})
    return Ending("outside_minimum" if below else status, n, {"place": f", ({where[1:-1]})"})


def _leaves(path: Path, pit: np.ndarray, size: float) -> int | None:
    """The step at which a run that goes on leaves the minimum that it is in; None where it stays."""
    patient, warned = forgets(path), False
    if patient and getattr(path.surface, "model", False):
        # Around its minimum a model's loss is a bowl, and that is cheaper to ask; what it answers is confirmed.
        on = on_a_bowl(path, pit)
        warned = on is not None and _gone(path, on, pit, size) is not None
        patient = on is None or warned
    on = continued(path, patient=patient, warned=warned)
    return None if on is None else _gone(path, on, pit, size)


def _gone(path: Path, on: Path, pit: np.ndarray, size: float) -> int | None:
    """The same, of a run that went on."""
    surface: Any = path.surface
    n = len(path.theta) - 1
    away = lengths(on.theta[n:] - pit)
    gap = on.loss[n:] - float(surface.value(*pit.tolist()))
    gone, risen = ~(away <= SITS * size), (away > CLOSE * size) & (gap > GROWS * gap[0])
    if getattr(surface, "window", None) is not None:
        # In a window that is longer one way than the other, a coordinate goes by its own side.
        low, high = np.array(surface.window, dtype=float).T
        gone |= (np.abs(on.theta[n:] - on.theta[n]) > RESTS * (high - low)).any(axis=-1)
    which = gone if gone.any() else risen
    return n + int(np.argmax(which)) if which.any() else None


def _at_rest(path: Path, ahead: bool) -> Ending | None:
    """Why a run hardly moves where no minimum is: it has no slope, or its rate is too small, or is spent."""
    surface: Any = path.surface
    steps = len(path.theta) - 1
    if path.full is not None or getattr(surface, "window", None) is None or path.lr is None:
        return None
    size = size_of(surface, path.theta[-1])
    rests = holds_from(lengths(path.theta - path.theta[-1])[:, None] <= RESTS * size, np.arange(steps + 1))[0]
    picture = picture_of(path)
    gap = float(path.loss[-1]) - picture.lowest
    # Of a gap that is as good as closed nothing is to blame.
    if steps - rests < max(1.0, RESTED * steps) or not gap > SMALL * (picture.middle - picture.lowest):
        return None
    slope = float(lengths(path.grad[-1]))
    rate, largest = float(path.lr[-1]), float(np.max(path.lr))
    measured = {"slope": number(slope), "rate": number(rate)}
    flat = slope * size <= CLOSES * gap
    if not ahead:
        return Ending("rests", int(rests), measured) if flat else None
    moved = lengths(np.diff(path.theta[-1 - steps // 4 :], axis=0)).sum() if steps >= 4 else 0.0
    here = Ending("rests", int(rests), measured)
    if not can_go_on(path):
        # Nobody knows what another rate would do.
        return here if flat or moved <= 2 * RESTS * size else None
    if rate <= SPENT * largest and (helps(path, largest, gap) or goes_on(path, largest, RESTS * size)):
        times = f", {number(largest / rate, 2)} times less than its largest" if rate else ""
        return Ending("rate_spent", int(rests), measured | {"times": times})
    if path.used is not None and float(lengths(path.used[-1])) < BALANCED * slope:
        # A rule takes the slope away, as a penalty's pull does where it balances it: no rate is to blame.
        return here if flat or moved <= 2 * RESTS * size else None
    if not own_length(path) and any(helps(path, times * rate, gap) for times in TRIED):
        return Ending("rate_small", int(rests), measured)
    if not flat:
        return here if moved <= 2 * RESTS * size else None
    on = continued(path)
    slides = on is not None and lengths(on.theta[-1] - path.theta[-1]) > RESTS * size
    helped = own_length(path) and helps(path, QUICKER * rate, gap)
    return None if slides else here if helped else Ending("stuck", int(rests), measured)


def _nowhere(path: Path) -> Ending:
    """That a run ends above where it began, or goes up and down, or gets no farther, or hardly far."""
    steps, loss = len(path.theta) - 1, path.loss
    surface: Any = path.surface
    if not np.isfinite(loss).all() or getattr(surface, "window", None) is None or steps < 4:
        return Ending()
    known = getattr(surface, "lowest", None)
    gap = loss - (picture_of(path).lowest if known is None and path.full is None else known or 0.0)
    half = steps // 2
    first, middle, last = (float(row) for row in (loss[0], loss[half], loss[-1]))
    words = {"first": number(first), "middle": number(middle), "last": number(last)}
    if last > first and gap[-1] > (1 + SMALL) * gap[0]:
        return Ending("higher", steps, words)
    if gap[-1] <= SMALL * abs(gap[0]):
        return Ending()
    changes = np.diff(loss[half:])
    rose, fell = float(changes[changes > 0].sum()), float(-changes[changes < 0].sum())
    if rose >= 0.5 * fell and rose > LITTLE * gap[-1]:
        low, high = number(float(loss[half:].min())), number(float(loss[half:].max()))
        return Ending("swings", half, words | {"rises": str(int((changes > 0).sum())), "low": low, "high": high})
    if gap[-1] > (1 - PROGRESS) * gap[half]:
        return Ending("no_progress", half, words)
    if gap[-1] > (1 - LITTLE) * gap[0]:
        return Ending("little", steps, words | {"share": number(100 * float(1 - gap[-1] / gap[0]), 2)})
    return Ending()
