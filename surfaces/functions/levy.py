import math
from dataclasses import dataclass
from typing import final

from core.either import Number, cos, sin
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Levy(Surface):
    """Wide, shallow dips on a bowl: a run with momentum can roll through several of them.

    Of several functions of this name the one with w = 1 + (x − 1)/4, in two dimensions.
    """

    name = "Levy"
    family = "Many minima"
    tex = (
        r"f = \sin^2 \pi w + (w - 1)^2\,(1 + 10\sin^2(\pi w + 1)) + (v - 1)^2\,(1 + \sin^2 2\pi v),"
        r"\quad w = 1 + \tfrac{x - 1}{4},\ v = 1 + \tfrac{y - 1}{4}"
    )
    source = "Surjanovic & Bingham, Virtual Library of Simulation Experiments; after Levy & Montalvo 1985, doi:10.1137/0906002"
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (6.0, 4.0)
    minima = ((1.0, 1.0),)
    lowest = 0.0
    height = "sqrt"

    def value(self, x: Number, y: Number) -> Number:
        # w - 1 and v - 1.
        p, q = (x - 1.0) / 4.0, (y - 1.0) / 4.0
        a, b, c = sin(math.pi * (1.0 + p)), sin(math.pi * (1.0 + p) + 1.0), sin(2.0 * math.pi * (1.0 + q))
        return a * a + p * p * (1.0 + 10.0 * b * b) + q * q * (1.0 + c * c)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        p, q = (x - 1.0) / 4.0, (y - 1.0) / 4.0
        s, t = math.pi * (1.0 + p), 2.0 * math.pi * (1.0 + q)
        a, b, c = sin(s), sin(s + 1.0), sin(t)
        dw = 2.0 * math.pi * a * cos(s) + 2.0 * p * (1.0 + 10.0 * b * b) + 20.0 * math.pi * p * p * b * cos(s + 1.0)
        dv = 2.0 * q * (1.0 + c * c) + 4.0 * math.pi * q * q * c * cos(t)
        # Nothing times the other coordinate: both derivatives get the shape that x and y have together.
        return dw / 4.0 + 0.0 * y, dv / 4.0 + 0.0 * x
