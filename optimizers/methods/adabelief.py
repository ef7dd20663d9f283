from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class AdaBelief(Optimizer):
    """Adam that trusts a gradient it expected: the scale is its distance from the average, not its size.

    Zhuang et al. 2020. As in optax: the average m is updated first, epsilon stands inside the average as well. Where the
    gradient hardly changes the scale shrinks and the steps grow.
    """

    name = "AdaBelief"
    family = "Adaptive"
    tex = (
        r"s \leftarrow \beta_2 s + (1-\beta_2)(g - m)^2 + \epsilon_0,\quad "
        r"\theta \leftarrow \theta - \eta_t\,\hat m_t / (\sqrt{\hat s_t} + \epsilon)"
    )
    source = "Zhuang et al. 2020, arXiv:2010.07468"
    matched = "optax.adabelief"
    rate = 0.1
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon(1e-16)
    eps_root: float = param(
        1e-16,
        0.0,
        1.0,
        r"\epsilon_0",
        scale="log",
        shown=(1e-16, 0.1),
        help="Added to the average of squares each step.",
    )

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, s = state
        m = self.beta1 * m + (1 - self.beta1) * g
        s = self.beta2 * s + (1 - self.beta2) * (g - m) * (g - m) + self.eps_root
        m_hat = m / (1 - self.beta1**t)
        s_hat = s / (1 - self.beta2**t)
        return m_hat, sqrt(s_hat) + self.eps, 0.0, (m, s)
