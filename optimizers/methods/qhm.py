from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from optimizers.bases.declared import beta1
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class QHM(Optimizer):
    """A blend of the plain gradient and of a long momentum.

    Ma & Yarats 2018. ν = 0 is gradient descent, ν = 1 averaged momentum; the defaults are the paper's advice.
    """

    name = "Quasi-hyperbolic momentum"
    short = "QHM"
    family = "Descent and momentum"
    tex = r"b \leftarrow \beta_1 b + (1-\beta_1) g,\quad \theta \leftarrow \theta - \eta_t\,[(1-\nu)\, g + \nu\, b]"
    source = "Ma & Yarats 2018, arXiv:1810.06801"
    matched = "qhoptim.pyt.QHM"
    rate = 0.8

    nu: float = param(0.7, 0.0, 1.0, r"\nu", label="blend", help="The momentum's share in the step.")
    beta1: float = beta1(0.999)

    def init(self) -> State:
        return (0.0,)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        (b,) = state
        b = self.beta1 * b + (1 - self.beta1) * g
        return (1 - self.nu) * g + self.nu * b, 1.0, 0.0, (b,)
