from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class MonkeySaddle(Surface):
    """Three ways down and three ways up meet at a point where the slope and the curvature both vanish.

    Whatever steps by the gradient's size slows down there, and the Hessian, zero at the point, does not say which way is
    out. The loss falls without end, so a run that escapes leaves the window, and should.
    """

    name = "Monkey saddle"
    family = "Bowls and saddles"
    tex = r"f = x^3 - 3xy^2"
    source = "Hilbert & Cohn-Vossen 1932, Anschauliche Geometrie; Anandkumar & Ge 2016, arXiv:1602.05908"
    window = ((-2.0, 2.0), (-2.0, 2.0))
    start = (1.6, 0.01)

    def value(self, x: Number, y: Number) -> Number:
        return x * x * x - 3.0 * x * y * y

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        return 3.0 * (x * x - y * y), -6.0 * x * y
