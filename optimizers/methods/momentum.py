from dataclasses import dataclass
from typing import final

from core.either import Number, where
from core.entry import param
from optimizers.bases.declared import momentum
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Momentum(Optimizer):
    """A heavy ball: old gradients keep pushing, so the path carries through flat places and small bumps.

    Polyak 1964. torch starts the buffer at the first gradient, undamped. Keras keeps the rate inside the buffer (and has no
    dampening), which is the same path only while the rate does not change: under a schedule old steps keep their old rate.
    """

    name = "Momentum"
    family = "Descent and momentum"
    tex = r"b \leftarrow \mu b + g,\quad \theta \leftarrow \theta - \eta_t\, b"
    source = "Polyak 1964, doi:10.1016/0041-5553(64)90137-5"
    matched = "torch.optim.SGD(momentum=0.9); keras.optimizers.SGD(momentum=0.9)"
    rate = 0.1

    momentum: float = momentum()
    dampening: float = param(0.0, 0.0, 1.0, r"\tau", help="Weakens each new gradient; the first one enters whole.")

    flavour: str = param(
        "torch",
        choices=("torch", "keras"),
        help="Where the rate stands: outside the buffer (torch) or inside it (Keras).",
    )

    @property
    def factors(self) -> bool:
        return self.flavour == "torch"

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        b, begun = state
        if self.flavour == "keras":
            b = self.momentum * b + eta * g
            return b, 1.0, 0.0, (b, begun)
        b = where(begun == 0, g, self.momentum * b + (1 - self.dampening) * g)
        return b, 1.0, 0.0, (b, 1.0)
