from dataclasses import dataclass
from typing import final

from core.either import Number
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class SGD(Optimizer):
    """Step straight down the gradient; one rate for every direction.

    On a quadratic it is stable below 2/λmax. Cauchy 1847; Robbins & Monro 1951 for the stochastic form.
    """

    name = "Gradient descent"
    short = "GD"
    family = "Descent and momentum"
    tex = r"\theta \leftarrow \theta - \eta_t\, g"
    source = "Cauchy 1847; Robbins & Monro 1951, doi:10.1214/aoms/1177729586"
    matched = "torch.optim.SGD"
    rate = 0.6

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        return g, 1.0, 0.0, ()
