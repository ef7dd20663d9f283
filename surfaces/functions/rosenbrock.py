from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from surfaces.bases.surface import Point, Surface


@final
@dataclass(frozen=True, eq=False)
class Rosenbrock(Surface):
    """A curved valley whose floor is easy to find and slow to follow to its end.

    Rosenbrock 1960, where b is 100. With a = 1 the curvature at the minimum is 25 b + 8 + 1/b times as large across
    the floor as along it, near enough: 508 at the default, 2508 in the paper.
    """

    name = "Rosenbrock valley"
    family = "Valleys"
    tex = r"f = (a - x)^2 + b\,(y - x^2)^2"
    source = "Rosenbrock 1960, doi:10.1093/comjnl/3.3.175"
    window = ((-2.0, 2.0), (-1.0, 3.0))
    start = (-1.5, 2.0)
    lowest = 0.0
    height = "log"

    a: float = param(1.0, -1.4, 1.4, "a", label="minimum at x =", help="The minimum lies at (a, a²).")
    b: float = param(20.0, 0.01, 1000.0, "b", scale="log", label="steepness", help="How steep the valley's walls are.")

    @property
    def minima(self) -> tuple[Point, ...]:
        return ((self.a, self.a * self.a),)

    def value(self, x: Number, y: Number) -> Number:
        u, v = self.a - x, y - x * x
        return u * u + self.b * v * v

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        v = y - x * x
        return -2.0 * (self.a - x) - 4.0 * self.b * x * v, 2.0 * self.b * v
