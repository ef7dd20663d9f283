from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt, where
from core.entry import param
from optimizers.bases.declared import beta1, epsilon, weight_decay
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Adan(Optimizer):
    """Adam with a Nesterov term of its own: an average of how the gradient has just changed.

    Xie et al. 2022. m averages g, v the change of g, n the squares of what Nesterov's method would use. The betas are
    memories, as in optax: 1 minus the paper's. In the paper, and in its authors' code, the change then counts β₂ (0.92);
    optax writes 1 − β₂ (0.08), which leaves little of the Nesterov term.
    """

    name = "Adan"
    family = "Adaptive"
    tex = (
        r"d = g - g_{t-1},\quad n \leftarrow \beta_3 n + (1-\beta_3)(g + c\, d)^2,\quad "
        r"\theta \leftarrow \theta - \eta_t \frac{\hat m + c\,\hat v}{\sqrt{\hat n + \epsilon_0} + \epsilon},\quad "
        r"c = 1-\beta_2 \text{ (optax) or } \beta_2 \text{ (paper)}"
    )
    source = "Xie et al. 2022, arXiv:2208.06677"
    matched = "optax.adan"
    rate = 0.1
    rate_unit = "window"

    beta1: float = beta1(0.98)
    beta2: float = param(0.92, 0.0, 0.99999, r"\beta_2", label="change memory", help="Memory of the gradient's change.")
    beta3: float = param(0.99, 0.0, 0.99999, r"\beta_3", label="RMS memory", help="Memory of the squares.")
    eps: float = epsilon()
    eps_root: float = param(
        1e-8, 0.0, 1.0, r"\epsilon_0", scale="log", shown=(1e-16, 0.1), help="Added to the average of squares."
    )
    weight_decay: float = weight_decay()
    flavour: str = param("optax", choices=("optax", "paper"), help="What the change of g counts: 1 − β₂, or β₂.")

    def init(self) -> State:
        return 0.0, 0.0, 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v, n, before, begun = state
        d = where(begun == 0, 0.0, g - before)
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * d
        c = self.beta2 if self.flavour == "paper" else 1 - self.beta2
        ahead = g + c * d
        n = self.beta3 * n + (1 - self.beta3) * ahead * ahead
        m_hat = m / (1 - self.beta1**t) + c * v / (1 - self.beta2**t)
        n_hat = n / (1 - self.beta3**t)
        sigma = sqrt(n_hat + self.eps_root) + self.eps
        return m_hat, sigma, eta * self.weight_decay * theta, (m, v, n, g, 1.0)
