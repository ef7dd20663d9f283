import math
from dataclasses import dataclass
from typing import final

from core.either import Number, cos, exp, sin
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Easom(Surface):
    """One narrow hole in a wide plain: away from the hole there is no slope to follow.

    At a distance of 6 from the hole the gradient is below 10⁻¹⁴. Along the axes four rims,
    0.009 high, stand around it, and behind them the slope leads away.
    """

    name = "Easom"
    family = "Steep and flat"
    tex = r"f = -\cos x \cos y\, \exp\!\left(-(x - \pi)^2 - (y - \pi)^2\right)"
    source = "Easom 1990, A Survey of Global Optimization Techniques, University of Louisville; Jamil & Yang 2013"
    camera = (45.0, 78.0)
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (4.3, 2.2)
    minima = ((math.pi, math.pi),)
    lowest = -1.0

    def value(self, x: Number, y: Number) -> Number:
        u, v = x - math.pi, y - math.pi
        return -cos(x) * cos(y) * exp(-u * u - v * v)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        u, v = x - math.pi, y - math.pi
        bell = exp(-u * u - v * v)
        return (sin(x) + 2.0 * u * cos(x)) * cos(y) * bell, (sin(y) + 2.0 * v * cos(y)) * cos(x) * bell
