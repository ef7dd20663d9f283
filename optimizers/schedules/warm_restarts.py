from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class WarmRestarts(Schedule):
    """Fall along a cosine, jump back up and fall again, as long as before or longer.

    Loshchilov & Hutter 2016. A jump can throw a run out of a narrow minimum; the end of each fall is a good place to stop.
    """

    name = "Warm restarts"
    family = "Cycles"
    tex = r"\eta_t = \eta_{min} + \tfrac12(\eta - \eta_{min})(1 + \cos(\pi\, T_{cur}/T_i)),\quad T_{i+1} = m\, T_i"
    source = "Loshchilov & Hutter 2016, arXiv:1608.03983; torch CosineAnnealingWarmRestarts"

    T_0: int = param(30, 1, 10_000, "T_0", shown=(1, 300), label="first fall", help="Steps until the first jump.")
    T_mult: int = param(
        2, 1, 10, "m", shown=(1, 4), label="longer by", help="How many times as long as the last each fall is."
    )
    eta_min: float = param(
        0.0, 0.0, 1000.0, r"\eta_{min}", shown=(0.0, 0.1), label="last rate", help="The lowest rate."
    )

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        first, m = np.asarray(self.T_0), np.asarray(self.T_mult)
        # The fall that t lies in: whole numbers, because a logarithm may round to the wrong side of a jump.
        begin, length = np.zeros_like(t) + 0 * first * m, first + np.zeros_like(t) * m
        alike = t // length
        begin, length = np.where(m == 1, alike * first, begin), np.broadcast_to(length, begin.shape)
        while np.any(over := t >= begin + length):
            begin, length = np.where(over, begin + length, begin), np.where(over, length * m, length)
        return self.eta_min + (self.lr - self.eta_min) * (1 + np.cos(np.pi * (t - begin) / length)) / 2
