from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Bowl(Surface):
    """A long valley: steep across, gentle along, so no single learning rate suits both directions.

    The Hessian is diag(1, κ): plain gradient descent is stable below 2/κ.
    """

    name = "Elongated bowl"
    family = "Bowls and saddles"
    tex = r"f = \tfrac12\,(x^2 + \kappa\, y^2)"
    source = "H.-y. Lee, Machine Learning 2021: When training gets stuck; Goh 2017, doi:10.23915/distill.00006"
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-4.0, 3.0)
    minima = ((0.0, 0.0),)
    lowest = 0.0
    height = "sqrt"

    condition: float = param(
        12.0,
        1.0,
        1000.0,
        r"\kappa",
        scale="log",
        label="condition number",
        help="How many times steeper the valley is across than along.",
    )

    def value(self, x: Number, y: Number) -> Number:
        return (x * x + self.condition * y * y) / 2

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        # Nothing times the other coordinate: both derivatives get the shape that x and y have together.
        return x + 0.0 * y, self.condition * y + 0.0 * x
