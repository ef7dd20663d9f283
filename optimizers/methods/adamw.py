from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from optimizers.bases.declared import beta1, beta2, epsilon, weight_decay
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class AdamW(Optimizer):
    """Adam whose weight decay acts beside the step, not through the averages.

    Loshchilov & Hutter 2017. With Adam, an L2 penalty in the gradient is divided by σ like everything else; here the
    weights lose the share η λ of themselves whatever the gradient was. As in torch η is the rate; in the paper it is the
    schedule's factor alone.
    """

    name = "AdamW"
    family = "Adaptive"
    tex = r"\theta \leftarrow \theta - \eta_t\lambda\theta - \eta_t\,\hat m_t / (\sqrt{\hat v_t} + \epsilon)"
    source = "Loshchilov & Hutter 2017, arXiv:1711.05101"
    matched = "torch.optim.AdamW"
    rate = 0.2
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon()
    weight_decay: float = weight_decay(0.01)

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v = state
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return m_hat, sqrt(v_hat) + self.eps, eta * self.weight_decay * theta, (m, v)
