from dataclasses import dataclass
from typing import final

from core.either import Number, sign
from optimizers.bases.declared import beta1
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Signum(Optimizer):
    """Sign descent with momentum: the sign of the average gradient.

    Bernstein et al. 2018. Averaging first keeps a single contrary gradient of ordinary size from turning the step round.
    """

    name = "Signum"
    family = "Sign-based"
    tex = r"m \leftarrow \beta_1 m + (1-\beta_1) g,\quad \theta \leftarrow \theta - \eta_t\,\mathrm{sign}(m)"
    source = "Bernstein et al. 2018, arXiv:1802.04434"
    matched = "optax.signum"
    rate = 0.05
    rate_unit = "window"

    beta1: float = beta1()

    def init(self) -> State:
        return (0.0,)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        (m,) = state
        m = self.beta1 * m + (1 - self.beta1) * g
        return sign(m), 1.0, 0.0, (m,)
