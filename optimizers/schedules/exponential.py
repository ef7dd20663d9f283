from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Exponential(Schedule):
    """Fall by the same factor in every equal stretch of steps."""

    name = "Exponential"
    family = "Decay"
    tex = r"\eta_t = \eta\, r^{t/s}"
    source = "keras.optimizers.schedules.ExponentialDecay; Geron, Hands-On Machine Learning, ch. 11"

    decay_rate: float = param(0.5, 1e-6, 1.0, "r", label="factor", help="What remains of the rate after one stretch.")
    decay_steps: int = param(50, 1, 10_000, shown=(1, 300), tex="s", label="every", help="Steps in one stretch.")
    staircase: bool = param(False, help="Fall at the end of each stretch instead of all along it.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        stretches = t / self.decay_steps
        return self.lr * self.decay_rate ** (np.floor(stretches) if self.staircase else stretches)
