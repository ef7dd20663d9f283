"""What a surface has in its window, beside which a slope or a curvature is large or small."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from optimizers.bases.hessian import eigen, hessian
from optimizers.bases.optimizer import gradient, loss_at
from optimizers.explain.rows import QUIET
from optimizers.loop.run import Path


@dataclass(frozen=True)
class Picture:
    """What a surface has in its window: its middling and its steepest slope, its stiffest curvature, its lowest loss."""

    slope: float
    steepest: float
    stiffest: float
    lowest: float


def picture_of(path: Path) -> Picture:
    """The picture of the path's surface; without a window nothing is steep."""
    surface: Any = path.surface
    return _pictured(surface) if getattr(surface, "window", None) is not None else Picture(0.0, 0.0, 0.0, math.inf)


@lru_cache(maxsize=32)
@QUIET
def _pictured(surface: Any) -> Picture:
    """What is finite on a grid of 21 x 21 points over the window."""
    low, high = np.array(surface.window, dtype=float).T
    places = np.stack(np.meshgrid(*np.linspace(low, high, 21).T), axis=-1).reshape(-1, 2)
    slopes = np.hypot.reduce(gradient(surface, places), axis=-1)
    bends = np.abs(eigen(hessian(surface, places))[0]).max(axis=-1)
    heights = loss_at(surface, places)
    known = getattr(surface, "lowest", None)
    lowest = np.min(heights, where=np.isfinite(heights), initial=math.inf) if known is None else known
    steepest, stiffest = (float(np.max(row, where=np.isfinite(row), initial=0.0)) for row in (slopes, bends))
    return Picture(float(np.nanmedian(slopes)), steepest, stiffest, float(lowest))


def awake(path: Path) -> int:
    """The last position before a run is at a minimum, or is stopped: what it does there is no news."""
    end = len(path.theta) - 1
    if path.status in ("converged", "local_minimum"):
        end = min(end, int(path.stop_step))
    return end if path.halt_step == -1 else min(end, int(path.halt_step))


def axes(path: Path) -> tuple[str, str]:
    """What a surface calls its two coordinates."""
    return getattr(path.surface, "axes", ("x", "y"))
