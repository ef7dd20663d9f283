from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from optimizers.base import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Momentum(Optimizer):
    """A heavy ball: old gradients keep pushing, so the path carries through flat places and small bumps.

    Polyak 1964. torch starts the buffer at the first gradient, undamped. Keras keeps the rate inside the buffer instead,
    which is the same path only while the rate does not change.
    """

    name = "Momentum"
    family = "Plain and momentum"
    tex = r"b \leftarrow \mu b + (1-\tau)\, g,\quad \theta \leftarrow \theta - \eta_t\, b"
    source = "Polyak 1964, doi:10.1016/0041-5553(64)90137-5"
    matched = "torch.optim.SGD(momentum=0.9)"
    rate = 0.1

    momentum: float = param(0.9, 0.0, 0.9999, r"\mu", help="How much of the old direction is kept each step.")
    dampening: float = param(0.0, 0.0, 1.0, r"\tau", help="Weakens each new gradient; the first one enters whole.")

    def init(self) -> State:
        return (0.0,)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        (b,) = state
        b = g if t == 1 else self.momentum * b + (1 - self.dampening) * g
        return b, 1.0, 0.0, (b,)
