from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Power(Schedule):
    """Fall quickly at first, then ever more slowly."""

    name = "Power"
    family = "Decay"
    tex = r"\eta_t = \eta / (1 + t/s)^c"
    source = "Geron, Hands-On Machine Learning, ch. 11; c = 1 is keras InverseTimeDecay"

    decay_steps: int = param(
        50, 1, 10_000, shown=(1, 300), tex="s", label="every", help="Steps until the rate is at 1/2 to the power c."
    )
    power: float = param(1.0, 0.0, 5.0, "c", help="1 falls like 1/t, 0.5 like 1/√t.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.lr / (1 + t / self.decay_steps) ** self.power
