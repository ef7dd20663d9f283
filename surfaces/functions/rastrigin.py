import math
from dataclasses import dataclass
from typing import final

from core.either import Number, cos, sin
from core.entry import param
from surfaces.bases.surface import Surface


@final
@dataclass(frozen=True, eq=False)
class Rastrigin(Surface):
    """An egg box in a bowl: many pits, of which plain descent takes one nearby.

    121 pits at the default amplitude, 49 at 1, and from 0.2 down one alone: a bowl. They lie close to the whole numbers, each
    deeper than the next one out.
    """

    name = "Rastrigin"
    family = "Many minima"
    tex = r"f = 2A + x^2 - A\cos 2\pi x + y^2 - A\cos 2\pi y"
    source = (
        "Rastrigin 1974, Systems of Extremal Control; Surjanovic & Bingham, Virtual Library of Simulation Experiments"
    )
    camera = (125.0, 66.0)
    window = ((-5.12, 5.12), (-5.12, 5.12))
    start = (-3.5, 4.0)
    minima = ((0.0, 0.0),)
    lowest = 0.0

    amplitude: float = param(
        10.0, 0.0, 20.0, "A", label="amplitude", help="How deep the pits are; 0 leaves the round bowl."
    )

    def value(self, x: Number, y: Number) -> Number:
        A, k = self.amplitude, 2.0 * math.pi
        return 2.0 * A + (x * x - A * cos(k * x)) + (y * y - A * cos(k * y))

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        A, k = self.amplitude, 2.0 * math.pi
        # Nothing times the other coordinate: both derivatives get the shape that x and y have together.
        return 2.0 * x + k * A * sin(k * x) + 0.0 * y, 2.0 * y + k * A * sin(k * y) + 0.0 * x
