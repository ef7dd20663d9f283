"""What every surface is: a loss over the plane, its gradient, and what is known about its minima."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core.either import Number
from core.entry import Entry

SURFACES: dict[str, type["Surface"]] = {}

Point = tuple[float, float]
Window = tuple[tuple[float, float], tuple[float, float]]
Height = Literal["loss", "sqrt", "log"]


@dataclass(frozen=True, eq=False)
class Surface(Entry, registry=SURFACES):
    """Base of all surfaces. A final subclass gives `value` and `grad`, both broadcasting over any shape and over floats.

    `window` is what is drawn, `start` a good place to begin, `minima` the known minimisers inside the window, `lowest` the
    value that the loss cannot go below, reached or not (None where unknown or unbounded). `height` names the scale that
    the picture is drawn on; `axes` what the two coordinates are.
    """

    height: ClassVar[Height] = "loss"
    axes: ClassVar[tuple[str, str]] = ("x", "y")

    # Properties, because a surface from data computes them; a formula's file simply assigns them.
    @property
    def window(self) -> Window:
        raise NotImplementedError

    @property
    def start(self) -> Point:
        raise NotImplementedError

    @property
    def minima(self) -> tuple[Point, ...]:
        return ()

    @property
    def lowest(self) -> float | None:
        return None

    def value(self, x: Number, y: Number) -> Number:
        """The loss at (x, y)."""
        raise NotImplementedError

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        """The partial derivatives of the loss at (x, y)."""
        raise NotImplementedError

    def grid(self, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The window's abscissae (n,), ordinates (n,) and the loss over them (n, n), row by row from the lowest y."""
        (x0, x1), (y0, y1) = self.window
        x, y = np.linspace(x0, x1, n), np.linspace(y0, y1, n)
        return x, y, self.value(x[None, :], y[:, None])
