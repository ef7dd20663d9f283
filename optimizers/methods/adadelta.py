from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.bases.declared import epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Adadelta(Optimizer):
    """RMSProp without a rate: the step is measured against the steps that were taken before.

    Zeiler 2012. A rate of 1 is the paper's method. It starts slowly, because no steps have been taken yet: at rate 1 the
    first one is about √(ε / (1 − ρ)) in each coordinate, unless the slope is smaller than that.
    """

    name = "Adadelta"
    family = "Adaptive"
    tex = (
        r"v \leftarrow \rho v + (1-\rho)\, g^2,\quad d = \frac{\sqrt{u+\epsilon}}{\sqrt{v+\epsilon}}\, g,\quad "
        r"u \leftarrow \rho u + (1-\rho)\, d^2,\quad \theta \leftarrow \theta - \eta_t\, d"
    )
    source = "Zeiler 2012, arXiv:1212.5701"
    matched = "torch.optim.Adadelta"
    rate = 10.0
    rate_unit = "window"

    rho: float = param(
        0.9, 0.0, 0.99999, r"\rho", label="memory", help="Memory of squared gradients and squared steps."
    )
    eps: float = epsilon(1e-6)

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        v, u = state
        v = self.rho * v + (1 - self.rho) * g * g
        m, sigma = sqrt(u + self.eps) * g, sqrt(v + self.eps)
        d = m / sigma
        u = self.rho * u + (1 - self.rho) * d * d
        return m, sigma, 0.0, (v, u)
