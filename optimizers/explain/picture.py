"""What a surface has in its window, and what of a run is worth a look."""

import math
from typing import Any

from optimizers.loop.run import Path
from optimizers.loop.window import Picture, pictured


def picture_of(path: Path) -> Picture:
    """The picture of the path's surface; without a window nothing is steep."""
    surface: Any = path.surface
    if getattr(surface, "window", None) is None:
        return Picture(0.0, 0.0, 0.0, math.inf, math.nan, math.nan)
    return pictured(surface)


def awake(path: Path) -> int:
    """The last position before a run is at a minimum, or is stopped: what it does there is no news."""
    end = len(path.theta) - 1
    if path.status in ("converged", "local_minimum"):
        end = min(end, int(path.stop_step))
    return end if path.halt_step == -1 else min(end, int(path.halt_step))


def axes(path: Path) -> tuple[str, str]:
    """What a surface calls its two coordinates."""
    return getattr(path.surface, "axes", ("x", "y"))
