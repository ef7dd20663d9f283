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

    Smith & Topin 2017, in the form of torch's OneCycleLR: two phases along half cosine waves, or along straight lines. With
    three the rate comes down as it rose, and falls to almost nothing in what is left: Géron's, and the paper's own. The
    momentum that goes the other way is the method's, see Momentum.
    """

    name = "One cycle"
    family = "Cycles"
    tex = r"\eta/d \ \to\ \eta \ \to\ \eta/(d\,d')\quad\text{along half cosine waves, or straight}"
    source = "Smith & Topin 2017, arXiv:1708.07120; torch OneCycleLR; Geron, Hands-On Machine Learning, ch. 11"

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
    anneal_strategy: str = param(
        "cos", choices=("cos", "linear"), label="along", help="Half cosine waves, or straight lines."
    )
    three_phase: bool = param(False, help="Down to the first rate as quickly as it rose, and from there to the last.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        length = np.where(self.total_steps == 0, steps, self.total_steps)
        top, end = self.pct_start * length - 1, length - 1
        first = self.lr / self.div_factor
        last = first / self.final_div_factor
        up = self._between(first, self.lr, 0 * top, top, t)
        if not self.three_phase:
            return np.where((t <= top) & (top > 0), up, self._between(self.lr, last, top, end, t))
        back = np.minimum(2 * top, end)
        down = self._between(self.lr, first, top, back, t)
        out = self._between(first, last, back, end, t)
        return np.where((t <= top) & (top > 0), up, np.where((t <= back) & (back > top), down, out))

    def _between(self, one: Number, other: Number, begin: Number, end: Number, t: Number) -> Number:
        """From one rate at `begin` to another at `end`; where that is no length the share is that of its end."""
        share = np.clip((t - begin) / np.where(end > begin, end - begin, 1.0), 0, 1)
        if self.anneal_strategy == "linear":
            return one + (other - one) * share
        return other + (one - other) * (1 + np.cos(np.pi * share)) / 2
