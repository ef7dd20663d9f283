from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.base import Differentiable, Optimizer, State, Step
from optimizers.hessian import eigenvalues, hessian


@final
@dataclass(frozen=True, eq=False)
class Newton(Optimizer):
    """Divide the gradient by the curvature: at rate 1 one step finds the minimum of any bowl.

    Where the surface curves down Newton's step goes uphill, to the saddle: it looks for a place without slope, whatever
    that is. Damping adds lambda to the curvature; "saddle_free" takes its size without the sign (Dauphin et al. 2014).
    The Hessian is made of differences of the gradient.
    """

    name = "Newton"
    family = "Classical"
    tex = r"\theta \leftarrow \theta - \eta_t\,(H + \lambda I)^{-1} g"
    source = "Nocedal & Wright 2006, Numerical Optimization, ch. 3; Dauphin et al. 2014, arXiv:1406.2572"
    rate = 1.0
    rate_unit = "one"
    coordinatewise = False

    damping: float = param(
        0.0, 0.0, 1e4, r"\lambda", shown=(0.0, 10.0), help="Added to the curvature in every direction."
    )
    saddle_free: bool = param(False, help="Use the size of each curvature: downhill everywhere.")

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        a, b, c = hessian(surface, theta)
        least, most = eigenvalues(a, b, c)
        # The unit vector along the direction of the largest eigenvalue.
        angle = 0.5 * np.arctan2(2 * b, a - c)
        # Exact along the axes, where a held coordinate has neither slope nor curvature.
        cos = np.where(b == 0, np.where(a >= c, 1.0, 0.0), np.cos(angle))
        sin = np.where(b == 0, np.where(a >= c, 0.0, 1.0), np.sin(angle))
        along, across = np.stack([cos, sin], axis=-1), np.stack([-sin, cos], axis=-1)
        m = np.zeros_like(g)
        for direction, curvature in ((along, most), (across, least)):
            size = np.abs(curvature) if self.saddle_free else curvature
            slope = (g * direction).sum(axis=-1, keepdims=True)
            # Without a slope there is nowhere to go, whatever the curvature.
            m = m + np.where(slope == 0, 0.0, slope / (size[..., None] + self.damping)) * direction
        return m, 1.0, 0.0, ()
