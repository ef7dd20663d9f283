from dataclasses import dataclass
from typing import final

from core.either import Number
from optimizers.bases.declared import course, cycle, fall_share, lowest_momentum, momentum
from optimizers.bases.momenta import momentum_ahead, momentum_at
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Nesterov(Optimizer):
    """Momentum that looks ahead: the newest gradient counts a second time, which damps the swinging.

    Nesterov 1983. Sutskever et al. 2013 take the gradient at the place ahead, θ + μv; torch's iterate is that place
    (Bengio et al. 2012, arXiv:1212.0901), so that the gradient is taken at the iterate itself.

    μ may change along the run, as that of Momentum: Su, Boyd & Candès' (k−1)/(k+2) is Nesterov's own for convex losses.
    """

    name = "Nesterov"
    family = "Descent and momentum"
    tex = r"b \leftarrow \mu b + g,\quad \theta \leftarrow \theta - \eta_t\,(g + \mu b)"
    source = "Nesterov 1983; Sutskever et al. 2013, proceedings.mlr.press/v28/sutskever13"
    matched = "torch.optim.SGD(momentum=0.9, nesterov=True)"
    rate = 0.1

    momentum: float = momentum()
    course: str = course()
    lowest_momentum: float = lowest_momentum()
    cycle: int = cycle()
    fall_share: float = fall_share()

    @property
    def steady(self) -> bool:  # type: ignore[override]
        return self.course == "constant"

    def init(self) -> State:
        return (0.0,)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        (b,) = state
        mu = mu_next = self.momentum
        if not self.steady:
            mu, mu_next = momentum_at(self, t - 1), momentum_ahead(self, t - 1)
        b = mu * b + g
        return g + mu_next * b, 1.0, 0.0, (b,)
