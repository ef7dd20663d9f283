from dataclasses import dataclass
from typing import final

from core.either import Number, maximum
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class AdaMax(Optimizer):
    """Adam with the largest recent gradient as its scale instead of the root mean square.

    Kingma & Ba 2014, section 7. The scale needs no debiasing: a maximum does not start too low.
    """

    name = "AdaMax"
    family = "Adaptive"
    tex = r"u \leftarrow \max(\beta_2 u, |g| + \epsilon),\quad \theta \leftarrow \theta - \eta_t\,\hat m_t / u"
    source = "Kingma & Ba 2014, arXiv:1412.6980, section 7"
    matched = "torch.optim.Adamax"
    rate = 0.2
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon()

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, u = state
        m = self.beta1 * m + (1 - self.beta1) * g
        u = maximum(self.beta2 * u, abs(g) + self.eps)
        return m / (1 - self.beta1**t), u, 0.0, (m, u)
