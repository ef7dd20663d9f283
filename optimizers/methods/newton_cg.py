from dataclasses import dataclass
from typing import final

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step
from optimizers.bases.plan import displaced, row_of


@final
@dataclass(frozen=True, eq=False)
class NewtonCG(Optimizer):
    """Newton's step found by conjugate gradients, which stop where the surface curves down: it never climbs to a saddle.

    Dembo & Steihaug 1983, with SciPy's line search: a step is one iteration. The Hessian is never made, only its product with
    a direction, by a difference of two gradients; far from a minimum the system is solved no better than it is worth.
    """

    name = "Newton-CG"
    family = "Classical"
    tex = r"\theta \leftarrow \theta + \alpha d,\quad H d \approx -g,\ \text{ up to } p^\top H p \le 0"
    source = "Dembo & Steihaug 1983, doi:10.1007/BF02592055; Nocedal & Wright 2006, ch. 7.1; SciPy"
    matched = 'scipy.optimize.minimize(method="Newton-CG")'
    rate = 1.0
    rate_unit = "one"
    rate_note = "Not used: the method finds the length of its steps itself."
    factors = False
    coordinatewise = False
    own_length = True
    row_by_row = True
    asks = 12.0

    xtol: float = param(
        1e-8, 1e-14, 1.0, scale="log", label="step to stop at", help="It rests where its steps are shorter, on average."
    )

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, state = displaced("Newton-CG", lambda i: {"xtol": row_of(self.xtol, i)}, surface, theta, state)
        return m, 1.0, 0.0, state
