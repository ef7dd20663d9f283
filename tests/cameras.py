"""How a surface looks from a camera, worked out apart from the browser: which places of it the surface itself does not hide."""

from dataclasses import replace
from typing import Any

import numpy as np

from app.experiment import FIRST, Pick, default_runs, simulate
from app.player import GRID, height
from surfaces import SURFACES

# The scene is one wide and one deep and half as high, as the player draws it.
HIGH = 0.5
DISTANCE = 2.0
LIFT = 0.012
STRIDE = 0.7


def scene(slug: str, **fields: Any) -> tuple[np.ndarray, tuple[float, float, float, float], list[np.ndarray]]:
    """The heights as drawn (GRID, GRID), the window, and the paths of the first picture's runs on the surface."""
    surface = SURFACES[slug](**fields)
    x, y, loss = surface.grid(GRID)
    z = height(surface, loss)
    z = HIGH * (z - z.min()) / np.ptp(z)
    experiment = replace(FIRST, surface=Pick(slug, tuple(fields.items())), runs=default_runs(surface, surface.start))
    return z, (x[0], x[-1], y[0], y[-1]), [path.theta for path in simulate(experiment)]


def seen(z: np.ndarray, places: np.ndarray, azimuth: float, elevation: float) -> np.ndarray:
    """Whether each of `places` (N, 2), in cells of the grid, is in sight of an eye at two angles, in degrees."""
    n = z.shape[0]
    a, e = np.radians(azimuth), np.radians(elevation)
    eye = DISTANCE * np.array([np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)]) + [0.5, 0.5, HIGH / 2]
    at = np.column_stack([places / (n - 1), _heights(z, places) + LIFT * HIGH])
    way = (eye - at) / np.hypot(*(eye[:2, None] - at[:, :2].T))[:, None]
    free = np.ones(len(at), dtype=bool)
    for k in range(1, int(1.5 * n / STRIDE)):
        here = at + way * (k * STRIDE / (n - 1))
        cells = here[:, :2] * (n - 1)
        inside = ((cells >= 0) & (cells <= n - 1)).all(axis=1)
        free &= ~inside | (_heights(z, np.clip(cells, 0, n - 1)) <= here[:, 2])
    return free


def _heights(z: np.ndarray, cells: np.ndarray) -> np.ndarray:
    n = z.shape[0]
    i, j = (np.minimum(cells[:, k].astype(int), n - 2) for k in (0, 1))
    a, b = cells[:, 0] - i, cells[:, 1] - j
    low = (1 - a) * z[j, i] + a * z[j, i + 1]
    return (1 - b) * low + b * ((1 - a) * z[j + 1, i] + a * z[j + 1, i + 1])


def share_seen(slug: str, azimuth: float, elevation: float, **fields: Any) -> tuple[float, bool]:
    """How much of the run that is hidden most is in sight, by the length of its way and by its steps; is the start?"""
    z, (x0, x1, y0, y1), paths = scene(slug, **fields)
    n = z.shape[0]
    least, start = 1.0, True
    for theta in paths:
        cells = (theta - [x0, y0]) / [x1 - x0, y1 - y0] * (n - 1)
        a, b = cells[:-1], cells[1:]
        fine = np.linspace(0, 1, 12)[:, None, None]
        way = (a + fine * (b - a)).reshape(-1, 2)
        length = np.broadcast_to(np.hypot(*(b - a).T), (12, len(a))).ravel()
        for places, weight in ((way, length), (cells, np.ones(len(cells)))):
            inside = np.isfinite(places).all(axis=1) & ((places >= 0) & (places <= n - 1)).all(axis=1) & (weight > 0)
            if inside.any():
                sight = seen(z, places[inside], azimuth, elevation)
                least = min(least, float(weight[inside][sight].sum() / weight[inside].sum()))
        start = bool(seen(z, cells[:1], azimuth, elevation)[0])
    return least, start
