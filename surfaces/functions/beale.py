from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Beale(Surface):
    """A flat plain between steep corners; the way to the minimum is nearly level.

    Beale 1958; the window is the usual one of test-function collections.
    """

    name = "Beale"
    family = "Valleys"
    tex = r"f = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2"
    source = "Beale 1958; More, Garbow & Hillstrom 1981, doi:10.1145/355934.355936, no. 5"
    window = ((-4.5, 4.5), (-4.5, 4.5))
    start = (1.0, 1.5)
    minima = ((3.0, 0.5),)
    lowest = 0.0
    height = "log"

    def value(self, x: Number, y: Number) -> Number:
        y2 = y * y
        u, v, w = 1.5 - x + x * y, 2.25 - x + x * y2, 2.625 - x + x * y2 * y
        return u * u + v * v + w * w

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        y2 = y * y
        u, v, w = 1.5 - x + x * y, 2.25 - x + x * y2, 2.625 - x + x * y2 * y
        dx = 2.0 * (u * (y - 1) + v * (y2 - 1) + w * (y2 * y - 1))
        return dx, 2.0 * x * (u + 2.0 * v * y + 3.0 * w * y2)
