from dataclasses import dataclass
from typing import Any, final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step
from optimizers.bases.plan import displaced, row_of


@final
@dataclass(frozen=True, eq=False)
class NelderMead(Optimizer):
    """A triangle that tumbles downhill by flipping its highest corner over: it needs no gradient at all.

    Nelder & Mead 1965, in SciPy's version; the path is the best corner, which may rest while the triangle shrinks. x̄ is the
    middle of the other corners; where flipping (ρ = 1) does not help, the triangle stretches, contracts or shrinks.
    """

    name = "Nelder-Mead"
    family = "Classical"
    tex = r"x_{worst} \leftarrow \bar x + \rho\,(\bar x - x_{worst})"
    source = "Nelder & Mead 1965, doi:10.1093/comjnl/7.4.308; SciPy"
    matched = 'scipy.optimize.minimize(method="Nelder-Mead")'
    rate = 0.5
    rate_unit = "window"
    rate_note = "The rate is only the size of the first triangle."
    factors = False
    coordinatewise = False
    own_length = True
    row_by_row = True
    gradient_free = True
    asks = 8.0

    xatol: float = param(
        1e-8, 1e-12, 1.0, scale="log", label="size to stop at", help="It rests when the triangle is smaller."
    )

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        def options(i: int) -> dict[str, Any]:
            edge = float(row_of(eta, i)) or 1e-12
            corners = theta[i] + edge * np.vstack([np.zeros(theta.shape[1]), np.eye(theta.shape[1])])
            return {"initial_simplex": corners, "xatol": row_of(self.xatol, i), "fatol": np.inf}

        m, state = displaced("Nelder-Mead", options, surface, theta, state)
        return m, 1.0, 0.0, state
