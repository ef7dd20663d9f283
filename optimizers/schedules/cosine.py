from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Cosine(Schedule):
    """Half a cosine wave from the first rate down to the last.

    Loshchilov & Hutter 2016. torch's CosineAnnealingLR rises again after T_max; here the last rate is kept.
    """

    name = "Cosine"
    family = "Decay"
    tex = r"\eta_t = \eta_{min} + \tfrac12(\eta - \eta_{min})(1 + \cos(\pi t/T))"
    source = "Loshchilov & Hutter 2016, arXiv:1608.03983; torch CosineAnnealingLR"

    T_max: int = param(
        0, 0, 10_000, shown=(0, 300), tex="T", label="length", help="Steps until the last rate; 0 means the whole run."
    )
    eta_min: float = param(
        0.0, 0.0, 1000.0, shown=(0.0, 0.1), tex=r"\eta_{min}", label="last rate", help="Where the rate ends."
    )

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        length = np.where(self.T_max == 0, steps, self.T_max)
        return self.eta_min + (self.lr - self.eta_min) * (1 + np.cos(np.pi * np.minimum(t / length, 1))) / 2
