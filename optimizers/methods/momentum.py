from dataclasses import dataclass
from typing import final

from core.either import Number, where
from core.entry import param
from optimizers.bases.declared import course, cycle, fall_share, lowest_momentum, momentum
from optimizers.bases.momenta import momentum_at
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Momentum(Optimizer):
    """A heavy ball: old gradients keep pushing, so the path carries through flat places and small bumps.

    Polyak 1964. torch starts the buffer at the first gradient, undamped. Keras keeps the rate inside the buffer (and has no
    dampening), which is the same path only while the rate does not change: under a schedule old steps keep their old rate.

    μ may change along the run: rising in stairs of 250 steps (Sutskever et al. 2013), as (k−1)/(k+2) (Su, Boyd & Candès 2014),
    or falling and rising again while the rate of one cycle goes the other way (torch's OneCycleLR).
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
    course: str = course()
    lowest_momentum: float = lowest_momentum()
    cycle: int = cycle()
    fall_share: float = fall_share()

    @property
    def factors(self) -> bool:
        return self.flavour == "torch"

    @property
    def steady(self) -> bool:  # type: ignore[override]
        return self.course == "constant"

    def init(self) -> State:
        return 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        b, begun = state
        mu = self.momentum
        if not self.steady:
            mu = momentum_at(self, t - 1)
        if self.flavour == "keras":
            b = mu * b + eta * g
            return b, 1.0, 0.0, (b, begun)
        b = where(begun == 0, g, mu * b + (1 - self.dampening) * g)
        return b, 1.0, 0.0, (b, 1.0)
