import math
from dataclasses import dataclass
from functools import cached_property
from typing import final

from core.either import Number
from core.entry import param
from core.words import written
from surfaces.bases.surface import Point, Surface


@final
@dataclass(frozen=True, eq=False)
class Bowl(Surface):
    """A long valley: steep across, gentle along, so no single learning rate suits both directions.

    The curvatures are s along and sκ across: plain gradient descent is stable below 2/(sκ). Turned, no coordinate is the
    valley's own, and what scales each coordinate by itself loses what it gained. With a level floor the curvature along is 0,
    as where there are fewer data than weights: gradients have no part along the floor, so that gradient descent and momentum
    stay on the line across it through their start, and Adam leaves it (Wilson et al. 2017, arXiv:1705.08292).
    """

    name = "Elongated bowl"
    family = "Bowls and saddles"
    tex = (
        r"f = \tfrac s2\,(u^2 + \kappa\, v^2),\quad "
        r"u = x\cos\varphi + y\sin\varphi,\ v = y\cos\varphi - x\sin\varphi"
    )
    source = "H.-y. Lee, Machine Learning 2021: When training gets stuck; Goh 2017, doi:10.23915/distill.00006"
    window = ((-5.0, 5.0), (-5.0, 5.0))
    start = (-4.0, 3.0)
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
    scale: float = param(
        1.0, 0.001, 1000.0, "s", scale="log", help="A factor on the loss: the curvature along the valley."
    )
    angle: float = param(
        0.0,
        -90.0,
        90.0,
        r"\varphi",
        help="Degrees by which the valley is turned from the x axis, counterclockwise.",
        sweeps=False,
    )
    level: bool = param(
        False, label="level floor", help="No curvature along the valley: its whole floor is lowest, κ is infinite."
    )

    @cached_property
    def _turn(self) -> tuple[float, float]:
        """The cosine and sine of the angle."""
        return math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))

    @property
    def minima(self) -> tuple[Point, ...]:
        return () if self.level else ((0.0, 0.0),)

    @property
    def bottom(self) -> str:  # type: ignore[override]
        return "its lowest places are a whole line" if self.level else ""

    def facts(self) -> str:
        """The curvatures along and across, where they are not 1 and the condition number."""
        if self.scale == 1 and not self.level:
            return ""
        along, across = 0.0 if self.level else self.scale, self.scale * self.condition
        return f"curvature {written(along, 4)} along the valley, {written(across, 4)} across"

    def _along(self, u: Number) -> Number:
        """The slope along the valley at u, where s is 1."""
        return 0.0 * u if self.level else u

    def value(self, x: Number, y: Number) -> Number:
        if self.angle:
            cos, sin = self._turn
            x, y = cos * x + sin * y, cos * y - sin * x
        return self.scale * (self._along(x) * x + self.condition * y * y) / 2

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        if not self.angle:
            # Nothing times the other coordinate: both derivatives get the shape that x and y have together.
            return self.scale * self._along(x) + 0.0 * y, self.scale * self.condition * y + 0.0 * x
        cos, sin = self._turn
        u, v = self._along(cos * x + sin * y), self.condition * (cos * y - sin * x)
        return self.scale * (cos * u - sin * v), self.scale * (sin * u + cos * v)
