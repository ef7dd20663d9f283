from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class ThreeHumpCamel(Surface):
    """Three dips in a row: the outer two hold a slow run back from the lowest one in the middle.

    The outer minimisers are (−1.747552, 0.873776) and its opposite, of the value 0.298638.
    """

    name = "Three-hump camel"
    family = "Many minima"
    tex = r"f = 2x^2 - 1.05x^4 + \tfrac16 x^6 + xy + y^2"
    source = "Branin 1972, doi:10.1147/rd.165.0504; Jamil & Yang 2013, arXiv:1308.4008"
    window = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.8, -1.8)
    minima = ((0.0, 0.0),)
    lowest = 0.0
    height = "sqrt"

    def value(self, x: Number, y: Number) -> Number:
        x2 = x * x
        return 2.0 * x2 - 1.05 * x2 * x2 + x2 * x2 * x2 / 6.0 + x * y + y * y

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        x2 = x * x
        return x * (4.0 - 4.2 * x2 + x2 * x2) + y, x + 2.0 * y
