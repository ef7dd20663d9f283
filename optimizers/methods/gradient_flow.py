from dataclasses import dataclass
from typing import final

import numpy as np
from scipy.integrate import LSODA

from core.either import Number
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step
from optimizers.bases.plan import row_of

# The solver's steps within one of ours. It needs more only where the flow reaches infinity in a finite time, or a wall
# that it can slide along but not cross; there it rests.
MOST = 500


@final
@dataclass(frozen=True, eq=False)
class GradientFlow(Optimizer):
    """What gradient descent would do in infinitely small steps: the curve that flows straight downhill.

    The equation θ′ = −∇f, solved by SciPy (LSODA, which copes with stiff valleys) with a tolerance of 10⁻¹⁰ for each of its
    steps; the rate is the time that passes in one of ours. Gradient descent follows it the closer the smaller its rate.
    Where the solver cannot go on, at a wall or on the way to infinity, the path rests.
    """

    name = "Gradient flow"
    family = "Classical"
    tex = r"\frac{d\theta}{d\tau} = -\nabla f(\theta),\quad \tau_{t+1} = \tau_t + \eta_t"
    source = "scipy.integrate.LSODA; Santambrogio 2017, doi:10.1007/s13373-017-0101-1"
    rate = 1.0
    rate_note = "The rate is the time that passes in one step: it changes how far, not where to, unless a rule draws."
    factors = False
    coordinatewise = False
    own_length = True
    row_by_row = True
    asks = 60.0

    def init(self) -> State:
        return (0.0,)

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        rests = np.broadcast_to(state[0], len(theta)).astype(float)
        m = np.zeros_like(theta)
        for i, place in enumerate(theta):
            slope = surface.row(i).grad if hasattr(surface, "row") else surface.grad
            time = float(row_of(eta, i))
            if rests[i] or time == 0.0 or not np.isfinite(place).all():
                continue
            flow = lambda _, p, slope=slope: -np.ravel(slope(*p[:, None]))  # noqa: E731
            solver = LSODA(flow, 0.0, place, time, rtol=1e-10, atol=1e-12)
            for _ in range(MOST):
                solver.step()
                if solver.status != "running":
                    break
            m[i] = place - solver.y
            rests[i] = solver.status != "finished"
        return m, 1.0, 0.0, (rests,)
