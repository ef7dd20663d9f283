from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.declared import beta1, beta2, epsilon, weight_decay
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Prodigy(Optimizer):
    """Adam that finds its own rate, from how far the gradients have carried it from the start.

    Mishchenko & Defazio 2023. d is a low estimate of the distance from the start to the minimum and only grows; it begins
    at 10⁻⁶, so the first steps are not seen. The rate is a factor on d and is left at 1. m averages d g, v its square; both
    coordinates share one d.
    """

    name = "Prodigy"
    family = "No rate to tune"
    tex = (
        r"d \leftarrow \max\!\left(d, \frac{\sum_k w_k\, g_k^\top(\theta_0 - \theta_k)}{\|s\|_1}\right),\quad "
        r"\theta \leftarrow \theta - \eta_t\, d\, \hat m / (\sqrt{\hat v} + d\epsilon)"
    )
    source = "Mishchenko & Defazio 2023, arXiv:2306.06101"
    matched = "optax.contrib.prodigy"
    rate = 1.0
    rate_unit = "one"
    rate_note = "The rate is a factor on the step that the method finds; 1 leaves it as it is."
    coordinatewise = False
    own_length = True

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon()
    estim_lr0: float = param(
        1e-6, 1e-12, 10.0, "d_0", scale="log", label="first guess", help="The distance to begin with."
    )
    estim_lr_coef: float = param(
        1.0, 0.01, 100.0, "c", scale="log", label="factor", help="On every estimate of the distance."
    )
    weight_decay: float = weight_decay()
    safeguard_warmup: bool = param(False, help="Keep a rate that warms up out of the estimate.")

    def init(self) -> State:
        return 0.0, 0.0, 0.0, 0.0, self.estim_lr0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v, s, numerator, d, start = state
        if t == 1:
            start = theta
        beta3 = self.beta2**0.5
        corrected = (1 - self.beta2**t) ** 0.5 / (1 - self.beta1**t)
        rate = d * eta * corrected
        # In units of the estimate, so that the gradient's own units fall out.
        m = self.beta1 * m + (1 - self.beta1) * d * g
        v = self.beta2 * v + (1 - self.beta2) * d * d * g * g
        s = beta3 * s + (d if self.safeguard_warmup else rate) / self.estim_lr0 * d * g
        along = (g * (start - theta)).sum(axis=-1, keepdims=True)
        numerator = beta3 * numerator + d / self.estim_lr0 * rate * along
        size = np.abs(s).sum(axis=-1, keepdims=True)
        estimate = np.where(size > 0, self.estim_lr_coef * numerator / np.where(size > 0, size, 1.0), 0.0)
        d_new = np.maximum(d, estimate)
        return (
            d * corrected * m,
            np.sqrt(v) + d_new * self.eps,
            self.weight_decay * rate * theta,
            (m, v, s, numerator, d_new, start),
        )
