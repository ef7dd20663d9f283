from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Booth(Surface):
    """A plain bowl that lies askew, nine times steeper along one diagonal than along the other.

    A quadratic with the Hessian ((10, 8), (8, 10)): plain gradient descent is stable below 1/9.
    """

    name = "Booth"
    family = "Bowls and saddles"
    tex = r"f = (x + 2y - 7)^2 + (2x + y - 5)^2"
    source = "Jamil & Yang 2013, arXiv:1308.4008; Surjanovic & Bingham, Virtual Library of Simulation Experiments"
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-8.0, -4.0)
    minima = ((1.0, 3.0),)
    lowest = 0.0
    height = "sqrt"

    def value(self, x: Number, y: Number) -> Number:
        u, v = x + 2.0 * y - 7.0, 2.0 * x + y - 5.0
        return u * u + v * v

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        u, v = x + 2.0 * y - 7.0, 2.0 * x + y - 5.0
        return 2.0 * u + 4.0 * v, 4.0 * u + 2.0 * v
