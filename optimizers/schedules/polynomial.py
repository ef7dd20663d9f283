from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Polynomial(Schedule):
    """Fall to nothing along a power of what remains: the higher the power, the longer the flat end.

    torch's PolynomialLR; its default power is 1, the straight line.
    """

    name = "Polynomial"
    family = "Decay"
    tex = r"\eta_t = \eta\,(1 - t/T)^p"
    source = "torch.optim.lr_scheduler.PolynomialLR; keras.optimizers.schedules.PolynomialDecay"

    total_iters: int = param(
        0, 0, 10_000, shown=(0, 300), tex="T", label="length", help="Steps until the end; 0 means the whole run."
    )
    power: float = param(2.0, 0.0, 20.0, "p", shown=(0.0, 5.0), help="How the fall is bent.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        length = np.where(self.total_iters == 0, steps, self.total_iters)
        return self.lr * (1 - np.minimum(t / length, 1)) ** self.power
