from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Step(Schedule):
    """Multiply the rate by a factor every so many steps."""

    name = "Step"
    family = "Decay"
    tex = r"\eta_t = \eta\,\gamma^{\lfloor t/s \rfloor}"
    source = "torch.optim.lr_scheduler.StepLR"

    step_size: int = param(50, 1, 10_000, shown=(1, 300), tex="s", label="every", help="Steps between two drops.")
    gamma: float = param(0.5, 0.0, 1.0, r"\gamma", label="factor", help="What the rate is multiplied by.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.lr * self.gamma ** (t // self.step_size)
