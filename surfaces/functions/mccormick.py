import math
from dataclasses import dataclass
from typing import final

from core.either import Number, cos, sin
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class McCormick(Surface):
    """A valley along the diagonal whose floor goes up and down: the run from above meets the higher dip first.

    `lowest` is that of the window: along x − y = 1 every further dip to the lower left is deeper by π, without end, so a
    run that leaves the window there falls below it.
    """

    name = "McCormick"
    family = "Valleys"
    tex = r"f = \sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1"
    source = "Jamil & Yang 2013, arXiv:1308.4008; Surjanovic & Bingham, Virtual Library of Simulation Experiments"
    window = ((-1.5, 4.0), (-3.0, 4.0))
    start = (3.0, 0.0)
    minima = ((0.5 - math.pi / 3, -0.5 - math.pi / 3),)
    lowest = -math.sqrt(3) / 2 - math.pi / 3
    height = "sqrt"

    def value(self, x: Number, y: Number) -> Number:
        return sin(x + y) + (x - y) * (x - y) - 1.5 * x + 2.5 * y + 1.0

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        wave, across = cos(x + y), 2.0 * (x - y)
        return wave + across - 1.5, wave - across + 2.5
