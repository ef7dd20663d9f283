from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step, loss_at

# A step a billion billion times shorter than the rate is none.
MOST = 60


@final
@dataclass(frozen=True, eq=False)
class LineSearch(Optimizer):
    """Gradient descent that tries the whole rate and shortens it until the loss falls enough: it cannot diverge.

    Armijo 1966. Enough is a share c of what the slope promises. On a long valley it still zigzags: the direction is the
    gradient's, only the length is chosen. Each step costs several losses.
    """

    name = "Line search"
    family = "Classical"
    tex = r"\theta \leftarrow \theta - \alpha g,\quad \alpha = \eta_t\,\tau^k:\ f(\theta - \alpha g) \le f - c\,\alpha\|g\|^2"
    source = "Armijo 1966, doi:10.2140/pjm.1966.16.1; Nocedal & Wright 2006, ch. 3"
    rate = 4.0
    rate_note = "The rate is only the first length that each step tries."
    coordinatewise = False
    asks = 8.0

    c: float = param(
        1e-4, 1e-8, 0.5, "c", scale="log", label="enough", help="Share of the promised fall that is enough."
    )
    shrink: float = param(0.5, 0.05, 0.95, r"\tau", help="Factor on the length after each failed trial.")

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        f = loss_at(surface, theta)[:, None]
        slope = (g * g).sum(axis=-1, keepdims=True)
        alpha = eta + 0.0 * slope
        for _ in range(MOST):
            ahead = theta - alpha * g
            # Written so that a loss that is not a number is too high as well.
            too_high = ~(loss_at(surface, ahead)[:, None] <= f - self.c * alpha * slope)
            # A fall beyond the last digit of the loss cannot be seen.
            too_high &= alpha * slope > 1e-16 * (1 + np.abs(f))
            if not np.any(too_high):
                break
            alpha = np.where(too_high, alpha * self.shrink, alpha)
        # Where no length will do, as at a wall, it rests.
        direction = np.where(too_high, 0.0, g)
        # As a direction and a scale, so that eta / sigma is the length that was chosen.
        return direction, np.where(alpha > 0, eta / np.where(alpha > 0, alpha, 1.0), 1.0), 0.0, ()
