from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class WSD(Schedule):
    """Stay at one rate for most of the run and come down only at the end: warm-up, stable, decay.

    Hu et al. 2024. Put a warm-up in front of it. While it is stable the run can be made longer; in training language models
    the loss falls faster again in the last stretch.
    """

    name = "Warm-up, stable, decay"
    family = "Decay"
    tex = r"\eta_t = \eta \text{ until } (1-q)T, \text{ then to } \eta_{min}"
    source = "Hu et al. 2024, arXiv:2404.06395; Hagele et al. 2024, arXiv:2405.18392"

    decay_share: float = param(0.2, 0.0, 1.0, "q", label="share of the decay", help="How much of the run comes down.")
    shape: str = param("linear", choices=("linear", "sqrt", "cosine"), help="Straight, 1 minus a root, or half a wave.")
    eta_min: float = param(0.0, 0.0, 1000.0, r"\eta_{min}", shown=(0.0, 0.1), label="last rate", help="Where it ends.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        length = self.decay_share * steps
        s = np.clip((t - (steps - length)) / np.where(length > 0, length, 1.0), 0, 1)
        left = {"linear": 1 - s, "sqrt": 1 - np.sqrt(s), "cosine": (1 + np.cos(np.pi * s)) / 2}[self.shape]
        return self.eta_min + (self.lr - self.eta_min) * left
