from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Constant(Schedule):
    """The same rate at every step."""

    name = "Constant"
    family = "Fixed"
    tex = r"\eta_t = \eta"
    source = "Robbins & Monro 1951 ask for decay; a constant rate is what most demonstrations use"

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.lr
