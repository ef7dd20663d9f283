from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Cyclic(Schedule):
    """Go up and down between two rates, so that no single one has to be chosen.

    Smith 2015. In torch's CyclicLR the peak is max_lr; here it is lr, as everywhere. torch also cycles momentum against the
    rate by default, which is left out here.
    """

    name = "Cyclic"
    family = "Cycles"
    tex = r"\eta_t = \eta_{min} + (\eta - \eta_{min})\,\Lambda(t/s)\cdot(1,\ 2^{-k} \text{ or } \gamma^t)"
    source = "Smith 2015, arXiv:1506.01186; torch CyclicLR"

    base_lr: float = param(
        0.0, 0.0, 1000.0, r"\eta_{min}", shown=(0.0, 0.1), label="lowest rate", help="Between peaks."
    )
    step_size_up: int = param(
        20, 1, 10_000, "s", shown=(1, 300), label="half a cycle", help="Steps from valley to peak."
    )
    mode: str = param(
        "triangular",
        choices=("triangular", "triangular2", "exp_range"),
        help="Peaks stay, or their height over the lowest rate halves each cycle, or shrinks every step.",
    )
    gamma: float = param(0.99, 0.0, 1.0, r"\gamma", label="shrink", help="For exp_range: the factor of every step.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        cycle, within = np.divmod(t, 2 * self.step_size_up)
        height = 1 - np.abs(within / self.step_size_up - 1)
        if self.mode == "triangular2":
            height = height / 2.0**cycle
        if self.mode == "exp_range":
            height = height * self.gamma**t
        return self.base_lr + (self.lr - self.base_lr) * height
