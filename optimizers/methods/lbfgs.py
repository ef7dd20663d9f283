from dataclasses import dataclass
from typing import Any, final

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step
from optimizers.bases.plan import displaced, row_of


@final
@dataclass(frozen=True, eq=False)
class LBFGS(Optimizer):
    """BFGS that remembers only its last few steps, for problems with millions of weights.

    Liu & Nocedal 1989, in SciPy's version; a step is one iteration. With two weights a memory beyond two steps is seldom
    faster, but may lead elsewhere.
    """

    name = "L-BFGS"
    family = "Classical"
    tex = r"\theta \leftarrow \theta - \alpha B\, g,\quad B \text{ from the last } k\ (\Delta\theta, \Delta g)"
    source = "Liu & Nocedal 1989, doi:10.1007/BF01589116; SciPy"
    matched = 'scipy.optimize.minimize(method="L-BFGS-B")'
    rate = 1.0
    rate_unit = "one"
    rate_note = "Not used: the method finds the length of its steps itself."
    factors = False
    coordinatewise = False
    own_length = True
    row_by_row = True
    asks = 8.0

    memory: int = param(10, 1, 50, "k", help="Steps that are remembered.")
    gtol: float = param(
        1e-5, 1e-12, 1.0, scale="log", label="slope to stop at", help="It rests where the gradient is smaller."
    )

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        def options(i: int) -> dict[str, Any]:
            return {"maxcor": int(row_of(self.memory, i)), "gtol": row_of(self.gtol, i), "ftol": 0.0}

        m, state = displaced("L-BFGS-B", options, surface, theta, state)
        return m, 1.0, 0.0, state
