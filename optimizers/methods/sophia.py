from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.declared import beta1, epsilon, weight_decay
from optimizers.bases.hessian import hessian
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Sophia(Optimizer):
    """Divide by the curvature of each coordinate; where that is small or negative the step is a sign step.

    Liu et al. 2023, in optax's form: a refresh of the curvature counts from the next step on, so the first step is plain
    sign descent. No coordinate moves farther than ρ rates, beside the decay. Large networks estimate the Hessian's diagonal
    with random vectors; here it is computed.
    """

    name = "Sophia"
    family = "Adaptive"
    tex = (
        r"\theta \leftarrow \theta - \eta_t\,\mathrm{clip}\!\left(\hat m / \max(\gamma h, \epsilon),\, \rho\right)"
        r" - \eta_t\lambda\theta,\quad h \leftarrow \beta_2 h + (1-\beta_2)\,\mathrm{diag}\, H"
    )
    source = "Liu et al. 2023, arXiv:2305.14342"
    matched = "optax.contrib.sophia"
    rate = 0.05
    rate_unit = "window"
    coordinatewise = False
    asks = 1.5
    asks_by_weights = True

    beta1: float = beta1(0.965)
    beta2: float = param(
        0.99, 0.0, 0.99999, r"\beta_2", label="curvature memory", help="Memory of the Hessian's diagonal."
    )
    eps: float = epsilon()
    weight_decay: float = weight_decay(1e-4)
    gamma: float = param(
        0.01, 1e-6, 100.0, r"\gamma", scale="log", label="curvature share", help="Factor on the curvature."
    )
    clip_threshold: float = param(
        1.0, 1e-3, 100.0, r"\rho", scale="log", label="longest", help="No step is longer, in rates."
    )
    update_interval: int = param(
        10, 1, 1000, "k", shown=(1, 50), label="look every", help="Steps between two Hessians."
    )

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, h = state
        m = self.beta1 * m + (1 - self.beta1) * g
        m_hat = m / (1 - self.beta1**t)
        # As a scale, so that m / sigma is what clipping would leave.
        sigma = np.maximum(np.maximum(self.gamma * h, self.eps), np.abs(m_hat) / self.clip_threshold)
        sigma = np.where(sigma > 0, sigma, 1.0)
        curvature = np.diagonal(hessian(surface, theta), axis1=1, axis2=2)
        h = np.where((t - 1) % self.update_interval == 0, self.beta2 * h + (1 - self.beta2) * curvature, h)
        return m_hat, sigma, eta * self.weight_decay * theta, (m, h)
