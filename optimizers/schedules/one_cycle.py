from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class OneCycle(Schedule):
    """One rise and one long fall to almost nothing: a long way at high rates, and a fine end.

    Smith & Topin 2017, in the form of torch's OneCycleLR with its two cosine phases. torch also lets the momentum fall from
    .95 to .85 and rise again by default, which is left out here.
    """

    name = "One cycle"
    family = "Cycles"
    tex = r"\eta/d \ \to\ \eta \ \to\ \eta/(d\,d')\quad\text{along two half cosine waves}"
    source = "Smith & Topin 2017, arXiv:1708.07120; torch OneCycleLR"

    total_steps: int = param(
        0, 0, 10_000, shown=(0, 300), tex="T", label="length", help="Steps of the cycle; 0 means the whole run."
    )
    pct_start: float = param(0.3, 0.0, 1.0, label="share of the rise", help="How much of the cycle goes up.")
    div_factor: float = param(
        25.0, 1.0, 1e6, "d", scale="log", label="start divisor", help="The rate that is set over the first one."
    )
    final_div_factor: float = param(
        1e4, 1.0, 1e12, "d'", scale="log", label="end divisor", help="The first rate over the last one."
    )

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        length = np.where(self.total_steps == 0, steps, self.total_steps)
        top, end = self.pct_start * length - 1, length - 1
        first = self.lr / self.div_factor
        last = first / self.final_div_factor
        # Where a phase has no length its share is that of its end.
        rising = np.clip(t / np.where(top > 0, top, 1.0), 0, 1)
        falling = np.clip((t - top) / np.where(end > top, end - top, 1.0), 0, 1)
        up = self.lr + (first - self.lr) * (1 + np.cos(np.pi * rising)) / 2
        down = last + (self.lr - last) * (1 + np.cos(np.pi * falling)) / 2
        return np.where((t <= top) & (top > 0), up, down)
