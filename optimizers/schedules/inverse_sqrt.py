from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class InverseSqrt(Schedule):
    """Fall like one over the root of time, quickly at first and never to nothing.

    With a warm-up of as many steps as the timescale it is the schedule of the first Transformer, to the step: the warm-up's
    last step is the peak, which is not taken again.
    """

    name = "Inverse square root"
    family = "Decay"
    tex = r"\eta_t = \eta\,\sqrt{s/(s + t)}"
    source = "Vaswani et al. 2017, arXiv:1706.03762, section 5.3"
    peak_once: ClassVar[bool] = True

    timescale: int = param(20, 1, 10_000, "s", shown=(1, 300), help="Steps until the rate is 0.71 of the first.")

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.lr * np.sqrt(self.timescale / (self.timescale + t))
