"""Where a surface is lowest within its window, found by looking: for losses whose minimum no formula gives."""

from typing import Any

import numpy as np

# Points along each side of the first look, and of each closer one.
COARSE, FINE = 201, 11


def lowest_places(surface: Any) -> tuple[tuple[tuple[float, float], ...], float | None]:
    """The places (x, y) of the lowest value in the window, and the value; none where that is on the window's border.

    Where the value has a tip (|x|), the place is exactly 0; elsewhere Newton's steps make it exact to about 1e-12.
    """
    x, y, z = surface.grid(COARSE)
    z = _finite(z)
    if not np.isfinite(z).any():
        return (), None
    padded = np.pad(z, 1, constant_values=np.inf)
    n = COARSE
    around = np.min([padded[i : i + n, j : j + n] for i in range(3) for j in range(3) if (i, j) != (1, 1)], axis=0)
    # A pit between two points of the grid may be a little deeper than the deepest point.
    rows, columns = np.nonzero((z <= around) & (z <= z.min() + 0.01 * np.ptp(z[np.isfinite(z)])))
    order = np.argsort(z[rows, columns])[:12]
    cell = np.array([x[1] - x[0], y[1] - y[0]])
    places = [_refined(surface, np.array([x[columns[k]], y[rows[k]]]), cell) for k in order]
    values = np.array([float(surface.value(*p)) for p in places])
    lowest = float(values.min())
    close = 1e-9 * (1 + abs(lowest))
    low, high = np.array(surface.window).T
    kept: list[np.ndarray] = []
    leaves = False
    for place, value in zip(places, values, strict=True):
        if value > lowest + close:
            continue
        if np.any(place < low + cell / 10) or np.any(place > high - cell / 10):
            leaves = True
        elif all(np.max(np.abs(place - other)) > 1e-6 for other in kept):
            kept.append(place)
    if leaves:
        # The floor of a valley that leaves the window is lowest at no place, and nothing is where it is lowest on the border.
        return (), lowest if kept else None
    return tuple((float(a), float(b)) for a, b in kept), lowest


def _finite(z: np.ndarray) -> np.ndarray:
    """Infinity where there is no number."""
    return np.where(np.isfinite(z), z, np.inf)


def _refined(surface: Any, place: np.ndarray, width: np.ndarray) -> np.ndarray:
    """The lowest place near one of the grid."""
    offsets = np.linspace(-1, 1, FINE)
    best, w = place, width.copy()
    while np.max(w) > 1e-11 * (1 + np.max(np.abs(best))):
        a, b = best[0] + w[0] * offsets[None, :], best[1] + w[1] * offsets[:, None]
        j, i = np.unravel_index(np.argmin(_finite(surface.value(a, b))), (FINE, FINE))
        best = np.array([a[0, i], b[j, 0]])
        # Wider than the spacing, so that a long valley's end is not cut off.
        w = w * 0.4
    for k in range(2):
        snapped = best.copy()
        snapped[k] = 0.0
        if abs(best[k]) < 1e-5 and surface.value(*snapped) <= surface.value(*best):
            best = snapped
    return _polished(surface, best, width / 1000)


def _polished(surface: Any, place: np.ndarray, most: np.ndarray) -> np.ndarray:
    """A few Newton steps on the coordinates that are not at a tip, kept only while they are small and the slope falls."""
    free = place != 0.0
    if not free.any():
        return place
    slope = np.array(surface.grad(*place))[free]
    for _ in range(5):
        curvature = hessian_at(surface, place)[np.ix_(free, free)]
        try:
            move = np.linalg.solve(curvature, slope)
        except np.linalg.LinAlgError:
            break
        ahead = place.copy()
        ahead[free] -= move
        new = np.array(surface.grad(*ahead))[free]
        # A long step leads to another place: from a window's border, to a saddle.
        if not np.all(np.abs(ahead - place) <= most) or np.hypot.reduce(new) >= np.hypot.reduce(slope):
            break
        place, slope = ahead, new
    return place


# Half the width of a central difference, relative to 1 + |place|.
H = 1e-5


def at_tip(surface: Any, place: np.ndarray) -> bool:
    """Whether a place (2,) is where |x| or |y| has its tip, or so near that a difference of gradients reaches across."""
    return bool(getattr(surface, "l1", 0.0)) and bool(np.any(np.abs(place) <= 2 * H * (1 + np.abs(place))))


def hessian_at(surface: Any, place: np.ndarray) -> np.ndarray:
    """The second derivatives (2, 2) at a place (2,), by central differences of the gradient."""
    columns = []
    for k in range(2):
        step = np.zeros(2)
        step[k] = H * (1 + abs(place[k]))
        change = np.subtract(surface.grad(*(place + step)), surface.grad(*(place - step)))
        columns.append(change / (2 * step[k]))
    both = np.array(columns)
    return (both + both.T) / 2
