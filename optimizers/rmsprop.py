from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.base import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class RMSProp(Optimizer):
    """Divide by the root mean square of recent gradients, so steep and flat directions move alike.

    Hinton 2012. Epsilon stands outside the root as in torch; TensorFlow and optax put it inside. The average starts at 0
    and is not debiased, so the first steps are about 1/sqrt(1-alpha) times the rate.
    """

    name = "RMSProp"
    family = "Adaptive"
    tex = (
        r"v \leftarrow \alpha v + (1-\alpha)\, g^2,\quad \theta \leftarrow \theta - \eta_t\, g / (\sqrt{v} + \epsilon)"
    )
    source = "Hinton 2012, Neural Networks for Machine Learning, lecture 6e"
    matched = "torch.optim.RMSprop"
    rate = 0.05
    relative = True

    alpha: float = param(0.99, 0.0, 0.99999, r"\alpha", label="RMS memory", help="Memory of the squared gradients.")
    eps: float = param(
        1e-8, 0.0, 1.0, r"\epsilon", label="epsilon", scale="log", shown=(1e-12, 0.1), help="Keeps the division finite."
    )
    momentum: float = param(0.0, 0.0, 0.9999, r"\mu", help="Heavy-ball momentum on the scaled step.")
    centered: bool = param(False, help="Subtract the squared mean gradient: the scale is the standard deviation.")

    def init(self) -> State:
        return 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        v, mean, b = state
        v = self.alpha * v + (1 - self.alpha) * g * g
        if self.centered:
            mean = self.alpha * mean + (1 - self.alpha) * g
        sigma = sqrt(v - mean * mean) + self.eps
        b = self.momentum * b + g / sigma
        # The buffer holds scaled steps; times sigma it is the direction, and without momentum the gradient again.
        return b * sigma, sigma, 0.0, (v, mean, b)
