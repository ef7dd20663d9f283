from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step
from optimizers.bases.plan import displaced, row_of


@final
@dataclass(frozen=True, eq=False)
class ConjugateGradient(Optimizer):
    """Each direction is made conjugate to the one before it: along a straight valley a few do what takes descent dozens.

    Polak & Ribiere 1969, with SciPy's line search: a step is one iteration, however many losses it took. On a
    quadratic of two weights two steps would do if the line search were exact.
    """

    name = "Conjugate gradient"
    short = "CG"
    family = "Classical"
    tex = (
        r"d \leftarrow -g + \beta d,\quad \beta = \max(0,\, g^\top(g - g_{t-1}) / \|g_{t-1}\|^2),\quad "
        r"\theta \leftarrow \theta + \alpha d"
    )
    source = "Polak & Ribiere 1969; Nocedal & Wright 2006, ch. 5; SciPy"
    matched = 'scipy.optimize.minimize(method="CG")'
    rate = 1.0
    rate_unit = "one"
    rate_note = "Not used: the method finds the length of its steps itself."
    factors = False
    coordinatewise = False
    own_length = True
    row_by_row = True
    asks = 8.0

    gtol: float = param(
        1e-5, 1e-12, 1.0, scale="log", label="slope to stop at", help="It rests where the gradient is smaller."
    )

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, state = displaced("CG", lambda i: {"gtol": row_of(self.gtol, i)}, surface, theta, state)
        return m, 1.0, 0.0, state
