import math
from dataclasses import dataclass
from typing import final

from core.either import Number, cos, sin
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Branin(Surface):
    """Three equal minima along one bent valley: the start and the method choose among them.

    The minimisers are exact: there cos x = −1 and the parabola's term is 0. Some collections misprint the
    third's y as 2.425.
    """

    name = "Branin"
    family = "Many minima"
    tex = (
        r"f = \left(y - \tfrac{5.1}{4\pi^2}x^2 + \tfrac5\pi x - 6\right)^2"
        r" + 10\left(1 - \tfrac1{8\pi}\right)\cos x + 10"
    )
    source = "Branin 1972, doi:10.1147/rd.165.0504; constants of Dixon & Szego 1978, Towards Global Optimisation 2"
    camera = (245.0, 60.0)
    window = ((-5.0, 10.0), (0.0, 15.0))
    start = (4.8, 13.5)
    minima = ((-math.pi, 12.275), (math.pi, 2.275), (3 * math.pi, 2.475))
    lowest = 5 / (4 * math.pi)
    height = "log"

    def value(self, x: Number, y: Number) -> Number:
        b, c, t = 5.1 / (4.0 * math.pi * math.pi), 5.0 / math.pi, 1.0 / (8.0 * math.pi)
        u = y - b * x * x + c * x - 6.0
        return u * u + 10.0 * (1.0 - t) * cos(x) + 10.0

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        b, c, t = 5.1 / (4.0 * math.pi * math.pi), 5.0 / math.pi, 1.0 / (8.0 * math.pi)
        u = y - b * x * x + c * x - 6.0
        return 2.0 * u * (c - 2.0 * b * x) - 10.0 * (1.0 - t) * sin(x), 2.0 * u
