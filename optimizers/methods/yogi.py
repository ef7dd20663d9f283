from dataclasses import dataclass
from typing import final

from core.either import Number, sign, sqrt
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Yogi(Optimizer):
    """Adam whose scale changes by a share of the newest squared gradient alone, so a large one is forgotten slowly.

    Zaheer et al. 2018. As in optax: m and v both start at 10⁻⁶, so it creeps a little even where there is no gradient.
    """

    name = "Yogi"
    family = "Adaptive"
    tex = (
        r"v \leftarrow v - (1-\beta_2)\,\mathrm{sign}(v - g^2)\, g^2,\quad "
        r"\theta \leftarrow \theta - \eta_t\,\hat m_t / (\sqrt{\hat v_t} + \epsilon)"
    )
    source = "Zaheer et al. 2018, Adaptive methods for nonconvex optimization"
    matched = "optax.yogi"
    rate = 0.2
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon(1e-3)

    def init(self) -> State:
        return 1e-6, 1e-6

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v = state
        m = self.beta1 * m + (1 - self.beta1) * g
        v = v - (1 - self.beta2) * sign(v - g * g) * g * g
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return m_hat, sqrt(v_hat) + self.eps, 0.0, (m, v)
