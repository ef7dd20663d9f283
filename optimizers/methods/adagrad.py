from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.bases.declared import epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Adagrad(Optimizer):
    """Each coordinate's rate shrinks with all the squared gradients it has seen.

    Duchi et al. 2011. torch starts the sum at 0, TensorFlow and Keras at 0.1 and put epsilon inside the root. H.-y. Lee's
    lecture divides by the root of the mean, not of the sum, so that its steps are √t times as long: that is "composed" with
    the scale "rms_all".
    """

    name = "Adagrad"
    family = "Adaptive"
    tex = r"s \leftarrow s + g^2,\quad \theta \leftarrow \theta - \eta_t\, g / (\sqrt{s} + \epsilon)"
    source = "Duchi, Hazan & Singer 2011, jmlr.org/papers/v12/duchi11a"
    matched = "torch.optim.Adagrad"
    rate = 0.5
    rate_unit = "window"

    eps: float = epsilon(1e-10)
    initial_accumulator_value: float = param(
        0.0, 0.0, 10.0, r"s_0", label="initial sum", help="The sum of squares before the first step."
    )

    def init(self) -> State:
        return (self.initial_accumulator_value,)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        (s,) = state
        s = s + g * g
        return g, sqrt(s) + self.eps, 0.0, (s,)
