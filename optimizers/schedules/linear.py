from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Linear(Schedule):
    """Change the rate by the same amount every step.

    torch's LinearLR, which by default rises from a third in five steps: there it is a warm-up, here a way down.
    """

    name = "Linear"
    family = "Decay"
    tex = r"\eta_t = \eta\,(a + (b - a)\, t/T)"
    source = "torch.optim.lr_scheduler.LinearLR"

    start_factor: float = param(1.0, 0.0, 1.0, "a", label="first factor", help="Share of the rate at the beginning.")
    end_factor: float = param(0.0, 0.0, 1.0, "b", label="last factor", help="Share of the rate at the end.")
    total_iters: int = param(
        0, 0, 10_000, shown=(0, 300), tex="T", label="length", help="Steps until the end; 0 means the whole run."
    )

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        length = np.where(self.total_iters == 0, steps, self.total_iters)
        return self.lr * (self.start_factor + (self.end_factor - self.start_factor) * np.minimum(t / length, 1))
