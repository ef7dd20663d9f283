from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.bases.declared import epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class RMSProp(Optimizer):
    """Divide by the root mean square of recent gradients, so steep and flat coordinates move alike.

    Hinton 2012. Epsilon stands outside the root as in torch; TensorFlow and optax put it inside. The average starts at 0
    and is not debiased, so the first step is 1/√(1 − α) times the rate.
    """

    name = "RMSProp"
    family = "Adaptive"
    tex = (
        r"v \leftarrow \alpha v + (1-\alpha)\, g^2,\quad \theta \leftarrow \theta - \eta_t\, g / (\sqrt{v} + \epsilon)"
    )
    source = "Hinton 2012, Neural Networks for Machine Learning, lecture 6e"
    matched = "torch.optim.RMSprop"
    rate = 0.05
    rate_unit = "window"

    alpha: float = param(0.99, 0.0, 0.99999, r"\alpha", label="RMS memory", help="Memory of the squared gradients.")
    eps: float = epsilon()
    momentum: float = param(0.0, 0.0, 0.9999, r"\mu", help="Heavy-ball momentum on the scaled step.")
    flavour: str = param(
        "torch",
        choices=("torch", "optax"),
        help="Where epsilon stands: outside the root (torch) or inside it (optax, Keras).",
    )
    centered: bool = param(False, help="Subtract the squared mean gradient: the scale is the standard deviation.")

    def init(self) -> State:
        return 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        v, mean, b = state
        v = self.alpha * v + (1 - self.alpha) * g * g
        if self.centered:
            mean = self.alpha * mean + (1 - self.alpha) * g
        spread = v - mean * mean
        sigma = sqrt(spread) + self.eps if self.flavour == "torch" else sqrt(spread + self.eps)
        b = self.momentum * b + g / sigma
        # The buffer holds scaled steps; times sigma it is the direction, and without momentum the gradient again.
        return b * sigma, sigma, 0.0, (v, mean, b)
