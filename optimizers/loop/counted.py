"""What a method asks of a surface beside the gradient of each step, counted, so that a run ends where it asks for too much.

Searches for a step's length, SciPy's minimizers and solvers of equations ask as often as they need, and nobody can say
beforehand how often that is. A count, unlike a clock, ends a run at the same step on every machine.
"""

from typing import Any

import numpy as np

from optimizers.bases.optimizer import Differentiable, SpentError

# Of many places that are asked for at once each one after the first takes about so much of the first one's time.
SHARE = 1 / 6
# Microseconds that the loop takes for a step beside the surface's part, on Python floats and on arrays.
FLOATS, ARRAYS = 6.0, 110.0
# What may be spent on one look at how a run would go on, or would have gone otherwise.
LOOK = 45_000.0


def looked(surface: Differentiable, floats: bool) -> int:
    """The steps that one look has on a surface, from what it says its gradient costs."""
    cost = getattr(surface, "cost", None)
    step = (FLOATS if floats else ARRAYS) + (0.0 if cost is None else cost.floats if floats else cost.call)
    return int(LOOK / step)


class Counter:
    """How many evaluations a run has been asked for: `spent` of `most`."""

    def __init__(self, most: float) -> None:
        self.most, self.spent = most, 0.0

    def count(self, places: int) -> None:
        """One call at so many places; SpentError where that is more than there may be."""
        self.spent += 1 + SHARE * (places - 1)
        if self.spent > self.most:
            raise SpentError


class Counted:
    """A surface that counts what it is asked for; all else is the surface's own."""

    def __init__(self, surface: Differentiable, counter: Counter) -> None:
        self.surface, self.counter = surface, counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self.surface, name)

    def value(self, *coordinates: Any) -> Any:
        self.counter.count(np.size(coordinates[0]))
        return self.surface.value(*coordinates)

    def grad(self, *coordinates: Any) -> Any:
        self.counter.count(np.size(coordinates[0]))
        return self.surface.grad(*coordinates)

    @property
    def smooth(self) -> "Counted":
        """As a Hessian sees it."""
        return Counted(getattr(self.surface, "smooth", self.surface), self.counter)

    def row(self, i: int) -> "Counted":
        """The same for one row of a sweep."""
        return Counted(self.surface.row(i), self.counter) if hasattr(self.surface, "row") else self
