from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Matyas(Surface):
    """A long valley along the diagonal: a rate of its own for each coordinate does not make it round.

    A quadratic with the Hessian ((0.52, −0.48), (−0.48, 0.52)), 25 times steeper across than along. Both coordinates
    have the same curvature, so there is nothing that scaling them could even out.
    """

    name = "Matyas"
    family = "Bowls and saddles"
    tex = r"f = 0.26\,(x^2 + y^2) - 0.48\,xy"
    source = "Jamil & Yang 2013, arXiv:1308.4008; Surjanovic & Bingham, Virtual Library of Simulation Experiments"
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-9.0, -4.0)
    minima = ((0.0, 0.0),)
    lowest = 0.0
    height = "sqrt"

    def value(self, x: Number, y: Number) -> Number:
        return 0.26 * (x * x + y * y) - 0.48 * x * y

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        return 0.52 * x - 0.48 * y, 0.52 * y - 0.48 * x
