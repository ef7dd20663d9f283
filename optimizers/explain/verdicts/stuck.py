"""That a run stays at a place without slope that is no minimum: a saddle or a plateau."""

from functools import lru_cache

import numpy as np

from optimizers.bases.hessian import eigen, hessian
from optimizers.bases.optimizer import gradient, loss_at
from optimizers.explain.curvature import curvature
from optimizers.explain.finding import Finding
from optimizers.explain.numbers import number
from optimizers.explain.picture import awake, picture_of
from optimizers.explain.rows import QUIET, mean, stretches
from optimizers.loop.run import Path
from optimizers.loop.status import SMALL


@lru_cache(maxsize=64)
@QUIET
def stuck(path: Path) -> tuple[Finding, ...]:
    """Where a run stays for ten steps or more at a place without slope that is no minimum."""
    window = getattr(path.surface, "window", None)
    if path.theta.ndim != 2 or path.full is not None or window is None:
        return ()
    size = max(high - low for low, high in window)
    end = awake(path)
    if path.status == "diverged":
        end = min(end, int(path.stop_step))
    theta = path.theta[: end + 1]
    if len(theta) <= 10:
        return ()
    norm = np.hypot.reduce(path.grad[: end + 1], axis=-1)
    flat = norm < SMALL * picture_of(path).steepest
    if not flat.any():
        return ()
    moved = np.hypot.reduce(np.diff(theta, axis=0), axis=-1)
    still = flat[:-1] & flat[1:] & (moved < SMALL * size)
    rests = mean(still.astype(float), 10) == 1
    rests &= np.hypot.reduce(theta[10:] - theta[:-10], axis=-1) < 2 * SMALL * size
    found = []
    for first, last in stretches(rests, 10):
        here = first + int(np.argmin(norm[first : last + 1]))
        kind_words = _saddle(path, here, size) or _plateau(path, here, size)
        if kind_words is None:
            continue
        kind, chip, words = kind_words
        verb = "is stuck" if last == len(path.theta) - 1 else f"hangs until step {last}"
        found.append(Finding(kind, first, last, chip, f"{verb} on a {kind}: {words}"))
    return tuple(found)


def _saddle(path: Path, t: int, size: float) -> tuple[str, str, str] | None:
    """The kind, the chip and the words, if Newton's method finds a saddle's very point within a hundredth of the window."""
    place = begun = path.theta[t : t + 1]
    norm = float(np.hypot.reduce(path.grad[t]))
    for _ in range(4):
        g, h = gradient(path.surface, place), hessian(path.surface, place)
        values, vectors = eigen(h)
        slopes = (g[:, None] @ vectors)[:, 0]
        # A slope of nothing leads nowhere, whatever the curvature.
        lengths = np.where(slopes == 0, 0.0, slopes / values)
        place = place - (vectors @ lengths[..., None])[..., 0]
        if not np.hypot.reduce(place - begun, axis=-1)[0] <= 0.01 * size:
            return None
    down, up = (float(v) for v in eigen(hessian(path.surface, place))[0][0])
    there = float(np.hypot.reduce(gradient(path.surface, place)[0]))
    most = max(abs(down), up)
    # What is that much smaller than elsewhere is a plateau, or rounding.
    if most < 1e-6 * picture_of(path).stiffest:
        return None
    # Exactly on the point: no slope worth the name, measured by how far the curvature would let one move.
    if not (down < -0.01 * most < 0 < 0.01 * most < up and there <= 1e-3 * norm + 1e-6 * most * size):
        return None
    words = f"the curvature is {number(up)} one way and {number(down)} the other, and the gradient {number(norm)} long"
    return "saddle", "stuck on a saddle", words


def _plateau(path: Path, t: int, size: float) -> tuple[str, str, str] | None:
    """The same, if slope and curvature are nothing beside those of the window, and all around is flat beside what is open."""
    picture = picture_of(path)
    norm = float(np.hypot.reduce(path.grad[t]))
    most = float(np.abs(curvature(path)[0][t]).max())
    if not (norm < SMALL * picture.steepest and most < SMALL * picture.stiffest):
        return None
    # Where one corner of the window is very steep all else passes that; so look around, too.
    angle = np.linspace(0, 2 * np.pi, 17)[:-1]
    ring = path.theta[t] + 0.05 * size * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    change = np.abs(loss_at(path.surface, np.concatenate([ring, (ring + path.theta[t]) / 2])) - path.loss[t])
    if not np.all(change <= 0.01 * (path.loss[t] - picture.lowest)):
        return None
    words = f"no slope ({number(norm)}) and no curvature (at most {number(most)}) to push it"
    return "plateau", "stuck: no slope here", words
