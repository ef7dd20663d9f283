"""What a surface has in its window, beside which a slope, a curvature or a gap is large or small."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from optimizers.bases.hessian import eigen, hessian
from optimizers.bases.lengths import lengths
from optimizers.bases.optimizer import gradient, loss_at


@dataclass(frozen=True)
class Picture:
    """What a surface has in its window: its middling and its steepest slope, its stiffest curvature, its lowest loss (the
    known one where one is known), and its middling and highest.
    """

    slope: float
    steepest: float
    stiffest: float
    lowest: float
    middle: float
    highest: float


@lru_cache(maxsize=64)
def pictured(surface: Any) -> Picture:
    """What is finite on a grid of 21 x 21 points over the window."""
    low, high = np.array(surface.window, dtype=float).T
    places = np.stack(np.meshgrid(*np.linspace(low, high, 21).T), axis=-1).reshape(-1, 2)
    with np.errstate(all="ignore"):
        slopes = lengths(gradient(surface, places))
        bends = np.abs(eigen(hessian(surface, places))[0]).max(axis=-1)
        heights = np.asarray(loss_at(surface, places))
        known = getattr(surface, "lowest", None)
        lowest = np.min(heights, where=np.isfinite(heights), initial=math.inf) if known is None else known
        steepest, stiffest = (float(np.max(row, where=np.isfinite(row), initial=0.0)) for row in (slopes, bends))
        finite = heights[np.isfinite(heights)]
        middle, highest = (float(np.median(finite)), float(finite.max())) if len(finite) else (math.nan, math.nan)
        some = slopes[~np.isnan(slopes)]
        return Picture(
            float(np.median(some)) if len(some) else math.nan, steepest, stiffest, float(lowest), middle, highest
        )
