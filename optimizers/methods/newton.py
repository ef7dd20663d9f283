from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.hessian import FLAT, eigen, hessian
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Newton(Optimizer):
    """Divide the gradient by the curvature: at rate 1 one step finds the minimum of any quadratic bowl.

    Along a direction in which the surface curves down Newton's step goes uphill, towards a saddle or a peak: it looks for a
    place without slope, whatever that is. Damping adds λ to the curvature; "saddle_free" takes its size without the sign
    (Dauphin et al. 2014). The Hessian is made of differences of the gradient.
    """

    name = "Newton"
    family = "Classical"
    tex = r"\theta \leftarrow \theta - \eta_t\,(H + \lambda I)^{-1} g"
    source = "Nocedal & Wright 2006, Numerical Optimization, ch. 3; Dauphin et al. 2014, arXiv:1406.2572"
    rate = 1.0
    rate_unit = "one"
    coordinatewise = False
    asks = 1.5
    asks_by_weights = True

    damping: float = param(
        0.0, 0.0, 1e4, r"\lambda", shown=(0.0, 10.0), help="Added to the curvature in every direction."
    )
    saddle_free: bool = param(False, help="Use the size of each curvature: the direction is downhill everywhere.")

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        curvatures, directions = eigen(hessian(surface, theta))
        size = np.abs(curvatures) if self.saddle_free else curvatures
        slopes = (g[:, None] @ directions)[:, 0]
        # Without a slope there is nowhere to go, whatever the curvature.
        lengths = np.where(slopes == 0, 0.0, slopes / (size + self.damping))
        # Along a level floor, or where a network's answers do not change at all, what is found is rounding.
        most = np.abs(curvatures).max(axis=-1, keepdims=True)
        lengths = np.where(np.abs(curvatures) + self.damping < FLAT * most, 0.0, lengths)
        return (directions @ lengths[..., None])[..., 0], 1.0, 0.0, ()
