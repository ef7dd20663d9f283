from dataclasses import dataclass
from typing import Any, final

import numpy as np

from core.either import Number
from core.entry import MOST_NUMBERS, param
from optimizers.bases.schedule import Schedule


def check_factors(factors: Any) -> None:
    """Raise ValueError unless these are factors: numbers between 0 and 1, as many as there may be steps."""
    plain = isinstance(factors, tuple | list) and all(type(v) in (float, int) and 0 <= v <= 1 for v in factors)
    if not plain or len(factors) > MOST_NUMBERS:
        raise ValueError(f"factors must be numbers between 0 and 1, at most {MOST_NUMBERS} of them; got {factors!r}")


@final
@dataclass(frozen=True, eq=False)
class MultiStep(Schedule):
    """Multiply the rate by a factor at steps that are chosen beforehand: piecewise constant.

    One factor for all, or one for each in turn: 0.5, 0.2 makes 0.01 of the rate 0.01 first 0.005, then 0.001. Keras has the
    rates themselves, and its boundaries are the last steps of a stretch: one less than the steps here.
    """

    name = "Multi-step"
    family = "Decay"
    tex = r"\eta_t = \eta \prod_{s_i \le t} \gamma_i"
    source = (
        "torch.optim.lr_scheduler.MultiStepLR; keras PiecewiseConstantDecay; Geron, Hands-On Machine Learning, ch. 11"
    )

    milestones: tuple[int, ...] = param((50, 100), 0, 10_000, tex="s_i", help="The steps at which the rate drops.")
    gamma: float = param(0.3, 0.0, 1.0, r"\gamma", label="factor", help="What the rate is multiplied by.")
    factors: tuple[float, ...] = param(
        (),
        tex=r"\gamma_i",
        sweeps=False,
        checks=check_factors,
        help="A factor for each of the steps, in turn; where there are no more of them, the one for all.",
    )

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        passed = np.searchsorted(np.array(self.milestones), t, side="right")
        own = self.factors[: len(self.milestones)]
        product = np.cumprod([1.0, *own])[np.minimum(passed, len(own))]
        return self.lr * product * self.gamma ** np.maximum(passed - len(own), 0)
