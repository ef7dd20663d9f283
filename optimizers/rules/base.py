"""What acts on a gradient before the step, or on a position after it."""

from dataclasses import dataclass

import numpy as np

from core.entry import Entry

RULES: dict[str, type["Rule"]] = {}


@dataclass(frozen=True, eq=False)
class Rule(Entry, registry=RULES):
    """Base of all rules. A final subclass overrides one of the two; arrays have shape (B, 2), `t` counts from 1."""

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, rng: np.random.Generator) -> np.ndarray:
        """The gradient that the optimizer is handed instead of `g`."""
        return g

    def position(self, theta: np.ndarray, t: int, rng: np.random.Generator) -> np.ndarray:
        """Where the step ends instead of at `theta`."""
        return theta
