"""That a run stays at a place without slope that is no minimum: a saddle or a plateau."""

from functools import lru_cache

import numpy as np

from optimizers.bases.hessian import eigen, hessian
from optimizers.bases.lengths import lengths
from optimizers.bases.optimizer import gradient, loss_at
from optimizers.explain.curvature import curvature
from optimizers.explain.finding import Finding
from optimizers.explain.numbers import number
from optimizers.explain.onward import QUICKER, continued, helps
from optimizers.explain.picture import awake, picture_of
from optimizers.explain.rows import QUIET, mean, stretches
from optimizers.loop.run import Path
from optimizers.loop.status import SITS, SMALL


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
    norm = lengths(path.grad[: end + 1])
    flat = norm < SMALL * picture_of(path).steepest
    if not flat.any():
        return ()
    moved = lengths(np.diff(theta, axis=0))
    still = flat[:-1] & flat[1:] & (moved < SMALL * size)
    if not still.any():
        return ()
    rests = mean(still.astype(float), 10) == 1
    rests &= lengths(theta[10:] - theta[:-10]) < 2 * SMALL * size
    found = []
    for first, last in stretches(rests, 10):
        finding = _on_a_saddle(path, norm, first, last, size) or _on_a_plateau(path, norm, first, last, size)
        found += [finding] if finding else []
    return tuple(found)


def _on_a_saddle(path: Path, norm: np.ndarray, first: int, last: int, size: float) -> Finding | None:
    """The finding for the part of a stretch that is within half a hundredth of the window of a saddle's very point."""
    found = _saddle(path, first + int(np.argmin(norm[first : last + 1])), size)
    if found is None:
        return None
    place, down, up = found
    # A slope that is small beside the window's corners may still be a slope: near is what is near the point itself.
    near = first + np.flatnonzero(lengths(path.theta[first : last + 1] - place) <= SITS * size)
    if len(near) < 10:
        return None
    first, last = int(near[0]), int(near[-1])
    steps = len(path.theta) - 1
    here = (
        f"the curvature is {number(up)} one way and {number(down)} the other, and the gradient "
        f"{number(float(norm[last]))} long"
    )
    if last < steps:
        return Finding("leaving", first, last, f"hangs until step {last} on a saddle: {here}")
    if _gets_away(path, place, size):
        return Finding("leaving", first, last, f"hangs on a saddle, but is leaving it: {here}")
    return Finding("saddle", first, last, f"is stuck on a saddle: {here}")


def _gets_away(path: Path, place: np.ndarray, size: float) -> bool:
    """Whether a run that goes on leaves the saddle's surroundings; where that is dear, whether it is on its way."""
    on = continued(path, patient=True)
    if on is not None:
        return bool(np.any(~(lengths(on.theta - place)[len(path.theta) :] <= SITS * size)))
    away = lengths(path.theta[-10:] - place)
    return bool(away[-1] > 1.01 * away[0])


def _saddle(path: Path, t: int, size: float) -> tuple[np.ndarray, float, float] | None:
    """The saddle's very point (2,) and its curvatures down and up, if Newton's method finds one near a position."""
    if not curvature(path)[0][t, 0] < 0:
        return None
    place = begun = path.theta[t : t + 1]
    for _ in range(4):
        g, h = gradient(path.surface, place), hessian(path.surface, place)
        values, vectors = eigen(h)
        slopes = (g[:, None] @ vectors)[:, 0]
        # A slope of nothing leads nowhere, whatever the curvature.
        parts = np.where(slopes == 0, 0.0, slopes / values)
        place = place - (vectors @ parts[..., None])[..., 0]
        if not lengths(place - begun)[0] <= 2 * SITS * size:
            return None
    down, up = (float(v) for v in eigen(hessian(path.surface, place))[0][0])
    there = float(lengths(gradient(path.surface, place)[0]))
    most = max(abs(down), up)
    # What is that much smaller than elsewhere is a plateau, or rounding.
    if most < 1e-6 * picture_of(path).stiffest:
        return None
    # Exactly on the point: no slope worth the name, measured by how far the curvature would let one move.
    norm = float(lengths(path.grad[t]))
    if not (down < -0.01 * most < 0 < 0.01 * most < up and there <= 1e-3 * norm + 1e-6 * most * size):
        return None
    return place[0], down, up


def _on_a_plateau(path: Path, norm: np.ndarray, first: int, last: int, size: float) -> Finding | None:
    """The finding, if slope and curvature are nothing beside the window's, and all around is flat beside what is open."""
    picture = picture_of(path)
    t = first + int(np.argmin(norm[first : last + 1]))
    slope, most = float(norm[t]), float(np.abs(curvature(path)[0][t]).max())
    if not (slope < SMALL * picture.steepest and most < SMALL * picture.stiffest):
        return None
    # Where one corner of the window is very steep all else passes that; so look around, too.
    angle = np.linspace(0, 2 * np.pi, 17)[:-1]
    ring = path.theta[t] + 0.05 * size * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    change = np.abs(loss_at(path.surface, np.concatenate([ring, (ring + path.theta[t]) / 2])) - path.loss[t])
    gap = float(path.loss[t] - picture.lowest)
    if not np.all(change <= 0.01 * gap):
        return None
    words = f"no slope ({number(slope)}) and no curvature (at most {number(most)}) to push it"
    if last < len(path.theta) - 1:
        return Finding("waits", first, last, f"hangs until step {last} on a plateau: {words}")
    if path.lr is not None and helps(path, QUICKER * float(path.lr[-1]), gap):
        # Then it is the rate that it lacks.
        return None
    return Finding("plateau", first, last, f"is stuck on a plateau: {words}")
