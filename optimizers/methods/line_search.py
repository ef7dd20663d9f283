from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step, loss_at

# Lengths that are tried one by one, and how many at once after them: each at a time costs little where the first will do.
ALONE, TOGETHER = 24, 64


@final
@dataclass(frozen=True, eq=False)
class LineSearch(Optimizer):
    """Gradient descent that tries the whole rate and shortens it until the loss that it sees falls enough.

    Armijo 1966. Enough is a share c of what the slope promises. On a long valley it still zigzags: the direction is the
    gradient's, only the length is chosen. Each step costs several losses. The loss that it sees cannot rise; with
    mini-batches that is the batch's, and a rule on the position may lift it.
    """

    name = "Line search"
    family = "Classical"
    tex = r"\theta \leftarrow \theta - \alpha g,\quad \alpha = \eta_t\,\tau^k:\ f(\theta - \alpha g) \le f - c\,\alpha\|g\|^2"
    source = "Armijo 1966, doi:10.2140/pjm.1966.16.1; Nocedal & Wright 2006, ch. 3"
    rate = 4.0
    rate_note = "The rate is only the first length that each step tries."
    coordinatewise = False
    own_length = True
    asks = 8.0

    c: float = param(
        1e-4, 1e-8, 0.5, "c", scale="log", label="enough", help="Share of the promised fall that is enough."
    )
    shrink: float = param(0.5, 0.05, 0.95, r"\tau", help="Factor on the length after each failed trial.")

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        f = loss_at(surface, theta)[:, None]
        alpha, too_high = self._searched(surface, theta, g, f, eta)
        # Where no length will do, as at a wall, it rests.
        direction = np.where(too_high, 0.0, g)
        # As a direction and a scale, so that eta / sigma is the length that was chosen.
        return direction, np.where(alpha > 0, eta / np.where(alpha > 0, alpha, 1.0), 1.0), 0.0, ()

    def _searched(
        self, surface: Differentiable, theta: np.ndarray, g: np.ndarray, f: np.ndarray, eta: Number
    ) -> tuple[np.ndarray, np.ndarray]:
        """The first lengths (B, 1) that will do, from the rate down, and where none does that is not lost in rounding."""
        norm = np.hypot.reduce(g, axis=-1, keepdims=True)
        alpha, tried = eta + 0.0 * norm, 0
        while True:
            count = 1 if tried < ALONE else TOGETHER
            lengths = alpha * self.shrink ** np.arange(count)[:, None, None]
            ahead = theta - lengths * g
            # The slope along the step; squared first, a large one would leave the floats.
            fall = lengths * norm * norm
            enough = loss_at(surface, ahead)[..., None] <= f - self.c * fall
            # A fall beyond the last digit of the loss cannot be seen.
            enough |= fall <= 1e-16 * (1 + np.abs(f))
            # A step beyond the last digit of the place is none; so is one along what is not a number.
            ends = enough | (ahead == theta).all(axis=-1, keepdims=True) | ~np.isfinite(norm)
            at = ends.argmax(axis=0)[None]
            chosen, tried = np.take_along_axis(lengths, at, axis=0)[0], tried + count
            if np.all(ends.any(axis=0)):
                return chosen, ~np.take_along_axis(enough, at, axis=0)[0]
            alpha = np.where(ends.any(axis=0), chosen, lengths[-1] * self.shrink)
