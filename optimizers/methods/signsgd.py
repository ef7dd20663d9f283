from dataclasses import dataclass
from typing import final

from core.either import Number, sign
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class SignSGD(Optimizer):
    """Only the gradient's sign counts: every coordinate moves by the rate, steep or flat.

    Bernstein et al. 2018. It cannot settle: with a constant rate it ends hopping over the minimum.
    """

    name = "Sign descent"
    family = "Sign-based"
    tex = r"\theta \leftarrow \theta - \eta_t\,\mathrm{sign}(g)"
    source = "Bernstein et al. 2018, arXiv:1802.04434"
    matched = "optax.sign_sgd"
    rate = 0.05
    rate_unit = "window"

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        return sign(g), 1.0, 0.0, ()
