from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Himmelblau(Surface):
    """Four equal minima: which one a run ends in depends on the start and on the method.

    Himmelblau 1972. The minimisers other than (3, 2) are the real roots of a quartic, given to 12 digits.
    """

    name = "Himmelblau"
    family = "Many minima"
    tex = r"f = (x^2 + y - 11)^2 + (x + y^2 - 7)^2"
    source = "Himmelblau 1972, Applied Nonlinear Programming"
    camera = (225.0, 60.0)
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-0.5, -1.0)
    minima = (
        (3.0, 2.0),
        (-2.805118086953, 3.131312518251),
        (-3.779310253378, -3.283185991286),
        (3.584428340330, -1.848126526964),
    )
    lowest = 0.0
    height = "log"

    def value(self, x: Number, y: Number) -> Number:
        u, v = x * x + y - 11.0, x + y * y - 7.0
        return u * u + v * v

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        u, v = x * x + y - 11.0, x + y * y - 7.0
        return 4.0 * x * u + 2.0 * v, 2.0 * u + 4.0 * y * v
