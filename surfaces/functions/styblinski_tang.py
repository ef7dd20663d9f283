from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class StyblinskiTang(Surface):
    """Four wells, one far deeper and two alike: a run ends in the one on its side, unless it swings over.

    The lower well of each coordinate lies at a root of 4t³ − 32t + 5, the other at 2.746803.
    """

    name = "Styblinski-Tang"
    family = "Many minima"
    tex = r"f = \tfrac12\,(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y)"
    source = "Styblinski & Tang 1990, doi:10.1016/0893-6080(90)90029-K"
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (0.3, 4.5)
    minima = ((-2.903534027771177, -2.903534027771177),)
    lowest = -78.33233140754283
    height = "sqrt"

    def value(self, x: Number, y: Number) -> Number:
        x2, y2 = x * x, y * y
        return (x2 * x2 - 16.0 * x2 + 5.0 * x + y2 * y2 - 16.0 * y2 + 5.0 * y) / 2.0

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        # Nothing times the other coordinate: both derivatives get the shape that x and y have together.
        dx = 2.0 * x * x * x - 16.0 * x + 2.5 + 0.0 * y
        return dx, 2.0 * y * y * y - 16.0 * y + 2.5 + 0.0 * x
