from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step
from optimizers.bases.plan import displaced, row_of


@final
@dataclass(frozen=True, eq=False)
class BFGS(Optimizer):
    """Learns the curvature from the gradients it meets; close to a minimum its steps come close to Newton's.

    Broyden, Fletcher, Goldfarb & Shanno 1970, with SciPy's line search; a step is one iteration.
    """

    name = "BFGS"
    family = "Classical"
    tex = r"\theta \leftarrow \theta - \alpha B\, g,\quad B \approx H^{-1}\ \text{ from } \Delta\theta, \Delta g"
    source = "Broyden 1970; Fletcher 1970; Goldfarb 1970; Shanno 1970; SciPy"
    matched = 'scipy.optimize.minimize(method="BFGS")'
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
        m, state = displaced("BFGS", lambda i: {"gtol": row_of(self.gtol, i)}, surface, theta, state)
        return m, 1.0, 0.0, state
