from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Adam(Optimizer):
    """Momentum gives the direction, the root mean square of past gradients the scale; both are debiased.

    Kingma & Ba 2014. Keras adds epsilon before the debiasing ("epsilon-hat"), where it counts as ε/√(1 − β₂ᵗ) would here, and
    its default is 10⁻⁷: where gradients are tiny the two paths part.
    """

    name = "Adam"
    family = "Adaptive"
    tex = r"\theta \leftarrow \theta - \eta_t\,\hat m_t / (\sqrt{\hat v_t} + \epsilon)"
    source = "Kingma & Ba 2014, arXiv:1412.6980"
    matched = "torch.optim.Adam"
    rate = 0.2
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon()

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v = state
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return m_hat, sqrt(v_hat) + self.eps, 0.0, (m, v)
