from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class GoldsteinPrice(Surface):
    """Walls of a million around four pits: a rate that is safe on the walls hardly moves in the pits.

    The other three pits are (−0.6, −0.4) at 30, (1.8, 0.2) at 84 and (1.2, 0.8) at 840. The paper's two quadratics
    are functions of x + y and of 2x − 3y alone, and are written so here.
    """

    name = "Goldstein-Price"
    family = "Steep and flat"
    tex = (
        r"f = [1 + (x + y + 1)^2 (19 - 14x + 3x^2 - 14y + 6xy + 3y^2)]"
        r"\,[30 + (2x - 3y)^2 (18 - 32x + 12x^2 + 48y - 36xy + 27y^2)]"
    )
    source = "Goldstein & Price 1971, doi:10.1090/S0025-5718-1971-0312365-X; window of Dixon & Szego 1978"
    camera = (265.0, 66.0)
    window = ((-2.0, 2.0), (-2.0, 2.0))
    start = (1.0, -1.0)
    minima = ((0.0, -1.0),)
    lowest = 3.0
    height = "log"

    def value(self, x: Number, y: Number) -> Number:
        s, t = x + y, 2.0 * x - 3.0 * y
        p, q = 19.0 - 14.0 * s + 3.0 * s * s, 18.0 - 16.0 * t + 3.0 * t * t
        return (1.0 + (s + 1.0) * (s + 1.0) * p) * (30.0 + t * t * q)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        s, t = x + y, 2.0 * x - 3.0 * y
        p, q = 19.0 - 14.0 * s + 3.0 * s * s, 18.0 - 16.0 * t + 3.0 * t * t
        a, b = 1.0 + (s + 1.0) * (s + 1.0) * p, 30.0 + t * t * q
        # The derivatives of a by s and of b by t.
        da = (s + 1.0) * (2.0 * p + (s + 1.0) * (6.0 * s - 14.0))
        db = t * (2.0 * q + t * (6.0 * t - 16.0))
        return da * b + 2.0 * a * db, da * b - 3.0 * a * db
