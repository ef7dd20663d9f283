from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class MultiStep(Schedule):
    """Multiply the rate by a factor at steps that are chosen beforehand: piecewise constant."""

    name = "Multi-step"
    family = "Decay"
    tex = r"\eta_t = \eta\,\gamma^{\,\#\{s_i \le t\}}"
    source = "torch.optim.lr_scheduler.MultiStepLR; Geron, Hands-On Machine Learning, ch. 11"

    milestones: tuple[int, ...] = param((50, 100), 0, 10_000, tex="s_i", help="The steps at which the rate drops.")
    gamma: float = param(0.3, 0.0, 1.0, r"\gamma", label="factor", help="What the rate is multiplied by.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.lr * self.gamma ** np.searchsorted(np.array(self.milestones), t, side="right")
