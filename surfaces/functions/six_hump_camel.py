from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class SixHumpCamel(Surface):
    """Six dips in three pairs, the lowest pair in the middle: every point has its opposite of the same height.

    The minimisers are roots of the gradient, two polynomials, found by Newton's method with 60 digits.
    """

    name = "Six-hump camel"
    family = "Many minima"
    tex = r"f = (4 - 2.1x^2 + \tfrac13 x^4)\,x^2 + xy + (4y^2 - 4)\,y^2"
    source = "Dixon & Szego 1978, Towards Global Optimisation 2; Jamil & Yang 2013, arXiv:1308.4008"
    window = ((-3.0, 3.0), (-2.0, 2.0))
    start = (-2.7, -1.4)
    minima = ((0.08984201310031806, -0.7126564030207396), (-0.08984201310031806, 0.7126564030207396))
    lowest = -1.0316284534898774
    height = "log"

    def value(self, x: Number, y: Number) -> Number:
        x2, y2 = x * x, y * y
        return (4.0 - 2.1 * x2 + x2 * x2 / 3.0) * x2 + x * y + (4.0 * y2 - 4.0) * y2

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        x2, y2 = x * x, y * y
        return x * (8.0 - 8.4 * x2 + 2.0 * x2 * x2) + y, x + y * (16.0 * y2 - 8.0)
