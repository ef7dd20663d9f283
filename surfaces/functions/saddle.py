from dataclasses import dataclass
from typing import final

from core.either import Number
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Saddle(Surface):
    """Downhill to both sides, uphill before and behind: the gradient vanishes at a point that is no minimum.

    The loss falls without end along y, so a run that escapes leaves the window, and should.
    """

    name = "Saddle"
    family = "Bowls and saddles"
    tex = r"f = x^2 - y^2"
    source = "Dauphin et al. 2014, arXiv:1406.2572, on saddles in training"
    window = ((-2.0, 2.0), (-2.0, 2.0))
    start = (-1.6, 0.01)

    def value(self, x: Number, y: Number) -> Number:
        return x * x - y * y

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        # Nothing times the other coordinate: both derivatives get the shape that x and y have together.
        return 2.0 * x + 0.0 * y, -2.0 * y + 0.0 * x
