from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.base import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Adam(Optimizer):
    """Momentum gives the direction, the root mean square of past gradients the scale; both are debiased.

    Kingma & Ba 2014. Keras adds epsilon before the debiasing ("epsilon-hat"): 3e-10 apart at the default.
    """

    name = "Adam"
    family = "Adaptive"
    tex = r"\theta \leftarrow \theta - \eta_t\,\hat m_t / (\sqrt{\hat v_t} + \epsilon)"
    source = "Kingma & Ba 2014, arXiv:1412.6980"
    matched = "torch.optim.Adam"
    rate = 0.2
    relative = True

    beta1: float = param(0.9, 0.0, 0.9999, r"\beta_1", label="momentum", help="Memory of the direction.")
    beta2: float = param(0.999, 0.0, 0.99999, r"\beta_2", label="RMS memory", help="Memory of the squared gradients.")
    eps: float = param(
        1e-8, 0.0, 1.0, r"\epsilon", label="epsilon", scale="log", shown=(1e-12, 0.1), help="Keeps the division finite."
    )

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v = state
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return m_hat, sqrt(v_hat) + self.eps, 0.0, (m, v)
