from dataclasses import dataclass
from typing import final

from core.either import Number, maximum, sqrt, where
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class RAdam(Optimizer):
    """Adam that waits: until its scale has seen enough gradients it is plain momentum.

    Liu et al. 2019. At first Adam's scale rests on few gradients, and 1/√v̂ varies widely; rₜ says how far it can be
    trusted, and ε′ is ε/√(1 − β₂ᵗ). At β₂ = .999 the first five steps are momentum's, which depend on the gradient's size.
    """

    name = "RAdam"
    family = "Adaptive"
    tex = (
        r"\rho_t = \rho_\infty - \tfrac{2t\beta_2^t}{1-\beta_2^t},\quad \theta \leftarrow \theta - \eta_t\,\hat m_t\, "
        r"\begin{cases} r_t / (\sqrt{\hat v_t} + \epsilon') & \rho_t > 5 \\ 1 & \text{else} \end{cases}"
    )
    source = "Liu et al. 2019, arXiv:1908.03265"
    matched = "torch.optim.RAdam"
    rate = 0.02
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
        left = 1 - self.beta2**t
        rho_inf = 2 / (1 - self.beta2) - 1
        rho = rho_inf - 2 * t * (1 - left) / left
        trusted = rho > 5
        # Where it is not yet trusted r is not used, and any value will do: that of 5, where nothing divides by 0.
        rho, most = maximum(rho, 5.0), maximum(rho_inf, 5.0)
        r = sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))
        sigma = where(trusted, (sqrt(v) + self.eps) / (r * sqrt(left)), 1.0)
        return m_hat, sigma + 0.0 * m_hat, 0.0, (m, v)
