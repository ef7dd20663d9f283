import math
from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class DixonPrice(Surface):
    """A valley bent like a horseshoe with a minimum in each arm; from its bend the floor falls both ways.

    The two-dimensional case. The valley is the parabola x = 2y²; on the axis y = 0 a run goes to the saddle (1/3, 0).
    """

    name = "Dixon-Price"
    family = "Valleys"
    tex = r"f = (x - 1)^2 + 2\,(2y^2 - x)^2"
    source = (
        "Dixon & Price 1989, doi:10.1007/BF00940007; Surjanovic & Bingham, Virtual Library of Simulation Experiments"
    )
    camera = (245.0, 60.0)
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-8.0, 1.0)
    minima = ((1.0, 1 / math.sqrt(2)), (1.0, -1 / math.sqrt(2)))
    lowest = 0.0
    height = "log"

    def value(self, x: Number, y: Number) -> Number:
        u, v = x - 1.0, 2.0 * y * y - x
        return u * u + 2.0 * v * v

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        u, v = x - 1.0, 2.0 * y * y - x
        return 2.0 * u - 4.0 * v, 16.0 * y * v
