from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class AdEMAMix(Optimizer):
    """Adam with two memories: a short one for the turns and a very long one for the general direction.

    Pagliardini, Ablin & Grangier 2024. The long average is not debiased, so it grows slowly; it pays on runs of thousands of
    steps, and with α = 0 this is Adam.
    """

    name = "AdEMAMix"
    family = "Adaptive"
    tex = (
        r"\theta \leftarrow \theta - \eta_t\,(\hat m + \alpha\, m_2) / (\sqrt{\hat v} + \epsilon),\quad "
        r"m_2 \leftarrow \beta_3 m_2 + (1-\beta_3) g"
    )
    source = "Pagliardini, Ablin & Grangier 2024, arXiv:2409.03137"
    matched = "optax.contrib.ademamix"
    rate = 0.1
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2()
    beta3: float = param(0.9999, 0.0, 0.99999, r"\beta_3", label="long memory", help="Memory of the slow average.")
    alpha: float = param(
        5.0, 0.0, 100.0, r"\alpha", shown=(0.0, 20.0), label="slow share", help="Weight of the slow average."
    )
    eps: float = epsilon()

    def init(self) -> State:
        return 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, slow, v = state
        m = self.beta1 * m + (1 - self.beta1) * g
        slow = self.beta3 * slow + (1 - self.beta3) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = m / (1 - self.beta1**t)
        v_hat = v / (1 - self.beta2**t)
        return m_hat + self.alpha * slow, sqrt(v_hat) + self.eps, 0.0, (m, slow, v)
