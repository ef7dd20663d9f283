import math
from dataclasses import dataclass
from typing import final

from core.either import Number, cos, exp, maximum, sin, sqrt
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Ackley(Surface):
    """A dimpled funnel with a sharp tip: around it the slope keeps its size, so a constant rate hops about there.

    There is no derivative at the tip, where the gradient is taken to be 0; all around it has the size 4/√2.
    """

    name = "Ackley"
    family = "Many minima"
    tex = (
        r"f = 20 - 20\exp\!\left(-\tfrac15\sqrt{\tfrac12(x^2 + y^2)}\right)"
        r" + e - \exp\!\left(\tfrac12(\cos 2\pi x + \cos 2\pi y)\right)"
    )
    source = "Ackley 1987, A Connectionist Machine for Genetic Hillclimbing, doi:10.1007/978-1-4613-1997-9"
    camera = (285.0, 66.0)
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-2.7, -0.6)
    minima = ((0.0, 0.0),)
    lowest = 0.0

    def value(self, x: Number, y: Number) -> Number:
        r, k = sqrt((x * x + y * y) / 2.0), 2.0 * math.pi
        return 20.0 - 20.0 * exp(-0.2 * r) + math.e - exp((cos(k * x) + cos(k * y)) / 2.0)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        # The bound makes 0/0 at the tip 0; it lies where the squares still have all their digits.
        r, k = maximum(sqrt((x * x + y * y) / 2.0), 1e-150), 2.0 * math.pi
        funnel, dimples = 2.0 * exp(-0.2 * r), math.pi * exp((cos(k * x) + cos(k * y)) / 2.0)
        return funnel * (x / r) + dimples * sin(k * x), funnel * (y / r) + dimples * sin(k * y)
