"""What a run may be asked to reach, and from which step on it has reached it: from there to the end, as every verdict is."""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Protocol

import numpy as np

from core.either import Number, sqrt
from optimizers.bases.optimizer import Differentiable


class Condition(Hashable, Protocol):
    """Whether a place with a loss (...) and coordinates (...) will do, (...) of bool; of a trace's values, one of them."""

    def __call__(self, loss: Number, *coordinates: Number) -> Any:
        """It is made of operations on numbers, as a step is."""
        ...


@dataclass(frozen=True)
class AsLow:
    """A loss of at most `bound`."""

    bound: float

    def __call__(self, loss: Number, *_: Number) -> Any:
        return loss <= self.bound


@dataclass(frozen=True)
class Near:
    """At most `radius` away from one of some `places`."""

    places: tuple[tuple[float, float], ...]
    radius: float

    def __call__(self, loss: Number, *coordinates: Number) -> Any:
        x, y = coordinates
        away = (sqrt((x - a) * (x - a) + (y - b) * (y - b)) for a, b in self.places)
        return reduce(or_, (length <= self.radius for length in away))


class Kept:
    """For how many looks in a row, until now, each of many rows on a surface has kept to a condition.

    A row that was beyond the floats once is lost, as it is in a path, wherever it is later.
    """

    def __init__(self, goal: Condition, surface: Differentiable, rows: int) -> None:
        self.goal, self.surface = goal, surface
        self.looks, self.alive = np.zeros(rows, dtype=np.int32), np.ones(rows, dtype=bool)

    def look(self, *coordinates: np.ndarray) -> None:
        """Look at where the rows are, (B,) each."""
        self.pass_by(*coordinates)
        self.count(self.goal(self.surface.value(*coordinates), *coordinates))

    def pass_by(self, *coordinates: np.ndarray) -> None:
        """Note which rows are lost at these coordinates, before `count` is told of them."""
        for one in coordinates:
            self.alive &= np.isfinite(one)

    def count(self, there: np.ndarray) -> None:
        """Count a look, at which rows keep to the condition (B,) or not."""
        self.looks += 1
        self.looks *= there & self.alive

    def since(self, steps: int) -> np.ndarray:
        """The step from which on they do (B,), after a look at each of so many steps and at the start; -1 where they do not."""
        return np.where(self.looks > 0, steps + 1 - self.looks, -1)
