"""What acts on a gradient before the step, on a position after it, or on the clock."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.either import Number
from core.entry import Entry

RULES: dict[str, type["Rule"]] = {}

# What noise is drawn from: the run's seed, the step, and the rule's place among the run's rules.
Key = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Rule(Entry, registry=RULES):
    """Base of all rules. A final subclass overrides what it acts with; the rest changes nothing.

    Gradients and positions have shape (B, 2) or (2,), a value a row (B, 1); `t` counts from 1. Noise is a function of
    `key` (`np.random.default_rng(key)`), so that a step looks the same however often, and for however many rows, it is
    taken.
    """

    # Whether `halts` is to be asked after each step.
    watches_loss: ClassVar[bool] = False

    # Whether the gradient after it is that of another loss, whose curvature a method may ask for; clipping's is not.
    bends: ClassVar[bool] = False

    # What a gradient is after it, in a sentence: clipped, or changed in some other way.
    verb: ClassVar[str] = "changed"

    # Whether it speaks of the coordinates x and y, so that it has no meaning for a model's many weights.
    plane_only: ClassVar[bool] = False

    @property
    def lazy(self) -> bool:
        """Whether a coordinate that was not touched also stays where it is, and the optimizer's memory of it with it."""
        return True

    @property
    def coupled(self) -> Number:
        """The strength of the L2 penalty whose slope `gradient` adds: its loss is coupled/2 |theta|^2 higher."""
        return 0.0

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        """The gradient that the optimizer is handed instead of `g`."""
        return g

    def touches(self, t: int, key: Key) -> np.ndarray | bool:
        """Which coordinates this step's gradient reaches, (2,) or (B, 2) of bool; the others have none, and no decay."""
        return True

    def position(self, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        """Where the step ends instead of at `theta`."""
        return theta

    def halts(self, loss: np.ndarray, validation: np.ndarray, memory: Any) -> tuple[np.ndarray | bool, Any]:
        """After a step: the losses (B,), those on held-out data and the memory in (None at first); out: who stops here.

        Where there is no held-out data `validation` is the loss again. The memory goes out second.
        """
        return False, memory

    def reason(self, memory: Any, whose: str) -> str:
        """Why it stopped the first row, going on after "was stopped": what it measured, of whose loss, in words."""
        return ""

    def clock(self, t: np.ndarray) -> np.ndarray:
        """What the schedule takes the steps `t` (from 0) for; where that is 0 it begins anew."""
        return t

    def forgets(self, t: int) -> bool:
        """Whether the optimizer's memory is empty before step `t`."""
        return False

    def figure(self) -> dict[str, Any] | None:
        """What a contour shows of it: {"kind": "circle", "radius": r} or {"kind": "box", "half": h}."""
        return None
