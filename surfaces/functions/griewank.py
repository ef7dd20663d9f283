import math
from dataclasses import dataclass
from typing import final

from core.either import Number, cos, sin
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Griewank(Surface):
    """Waves on a bowl so shallow that from close by only the waves are seen: each pit is nearly as deep as the lowest.

    Customary is a window of 600 each way, where the waves look like noise on the bowl; this is its middle.
    """

    name = "Griewank"
    family = "Many minima"
    tex = r"f = 1 + \tfrac1{4000}(x^2 + y^2) - \cos x\,\cos\tfrac{y}{\sqrt2}"
    source = "Griewank 1981, doi:10.1007/BF00933356; Surjanovic & Bingham, Virtual Library of Simulation Experiments"
    camera = (245.0, 72.0)
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (2.7, -1.0)
    minima = ((0.0, 0.0),)
    lowest = 0.0

    def value(self, x: Number, y: Number) -> Number:
        return 1.0 + (x * x + y * y) / 4000.0 - cos(x) * cos(y / math.sqrt(2))

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        z = y / math.sqrt(2)
        return x / 2000.0 + sin(x) * cos(z), y / 2000.0 + cos(x) * sin(z) / math.sqrt(2)
