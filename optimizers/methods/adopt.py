from dataclasses import dataclass
from typing import final

from core.either import Number, maximum, minimum, sqrt, where
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class ADOPT(Optimizer):
    """Adam that divides each gradient by a scale without it and averages then: at fitting rates it converges for any β₂.

    Taniguchi et al. 2024. The first step only sets the scale and moves nothing; after it each scaled gradient is clipped to
    the fourth root of t − 1 before it enters the direction.
    """

    name = "ADOPT"
    family = "Adaptive"
    tex = (
        r"m \leftarrow \beta_1 m + (1-\beta_1)\,\mathrm{clip}\!\left(g / \max(\sqrt{v},\epsilon),\,\sqrt[4]{t-1}\right),\quad "
        r"\theta \leftarrow \theta - \eta_t\, m,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2"
    )
    source = "Taniguchi et al. 2024, arXiv:2411.02853"
    matched = "optax.contrib.adopt"
    rate = 0.1
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2(0.9999)
    eps: float = epsilon(1e-6)

    def init(self) -> State:
        return 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v, begun = state
        most = (t - 1) ** 0.25
        scale = where(begun == 0, 1.0, maximum(sqrt(v), self.eps))
        scaled = minimum(maximum(g / scale, -most), most)
        m = where(begun == 0, 0.0 * g, self.beta1 * m + (1 - self.beta1) * scaled)
        v = where(begun == 0, g * g, self.beta2 * v + (1 - self.beta2) * g * g)
        return m, 1.0, 0.0, (m, v, 1.0)
