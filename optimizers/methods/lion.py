from dataclasses import dataclass
from typing import final

from core.either import Number, sign
from core.entry import param
from optimizers.bases.declared import weight_decay
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Lion(Optimizer):
    """Only the sign of a mix of old and new gradients counts, so every coordinate moves by the rate.

    Chen et al. 2023, found by a program that searched for optimizers. The rate wants to be 3 to 10 times smaller than Adam's.
    """

    name = "Lion"
    family = "Sign-based"
    tex = (
        r"\theta \leftarrow \theta - \eta_t\,\mathrm{sign}(\beta_1 m + (1-\beta_1) g),\quad "
        r"m \leftarrow \beta_2 m + (1-\beta_2) g"
    )
    source = "Chen et al. 2023, arXiv:2302.06675"
    matched = "optax.lion"
    rate = 0.05
    rate_unit = "window"

    beta1: float = param(0.9, 0.0, 0.9999, r"\beta_1", label="mix", help="The old gradients' share in the sign.")
    beta2: float = param(0.99, 0.0, 0.99999, r"\beta_2", label="memory", help="Memory of the direction.")
    weight_decay: float = weight_decay()

    def init(self) -> State:
        return (0.0,)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        (m,) = state
        direction = sign(self.beta1 * m + (1 - self.beta1) * g)
        m = self.beta2 * m + (1 - self.beta2) * g
        return direction, 1.0, eta * self.weight_decay * theta, (m,)
