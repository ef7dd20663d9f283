from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.hessian import downhill
from optimizers.bases.optimizer import Differentiable, Optimizer, RateUnit, State, Step, gradient, loss_at

# Lengths that are tried one by one, and how many at once after them: each at a time costs little where the first will do.
ALONE, TOGETHER = 24, 64
# Lengths that a search for a slope tries, doubling, halving or by a secant.
MOST = 120
# A slope along the line that is so small a share of the first one is none.
LEVEL = 1e-13


@final
@dataclass(frozen=True, eq=False)
class LineSearch(Optimizer):
    """Gradient descent that tries the whole rate and shortens it until the loss that it sees falls enough.

    Armijo 1966. Enough is a share c of what the slope promises. On a long valley it still zigzags: the direction is the
    gradient's, only the length is chosen. Each step costs several losses. The loss that it sees cannot rise; with
    mini-batches that is the batch's, and a rule on the position may lift it.

    "wolfe" asks beside it for a slope along the line of at most c₂ of the first, and lengthens the step where it is steeper
    (Nocedal & Wright 2006, 3.1); "exact" goes to where it is level: the first such place that doubling the rate comes to.
    Where the loss falls without end along the line there is none, and the step is as long as was tried. Along Newton's
    direction, in which curvatures count without their signs, so that it is downhill, this is the damped Newton of textbooks.
    The length that was chosen is what is drawn as the rate.
    """

    name = "Line search"
    family = "Classical"
    tex = r"\theta \leftarrow \theta - \alpha g,\quad \alpha = \eta_t\,\tau^k:\ f(\theta - \alpha g) \le f - c\,\alpha\|g\|^2"
    source = "Armijo 1966, doi:10.2140/pjm.1966.16.1; Nocedal & Wright 2006, ch. 3; Boyd & Vandenberghe 2004, ch. 9"
    rate_note = "The rate is only the first length that each step tries."
    coordinatewise = False
    own_length = True
    chooses = True

    c: float = param(
        1e-4, 1e-8, 0.9, "c", scale="log", label="enough", help="Share of the promised fall that is enough."
    )
    shrink: float = param(0.5, 0.05, 0.95, r"\tau", help="Factor on the length after each failed trial.")
    search: str = param(
        "armijo",
        choices=("armijo", "wolfe", "exact"),
        help="Shorten until the loss falls enough; until the slope is smaller, too; or go to where the line is level.",
    )
    c2: float = param(
        0.9,
        0.001,
        0.999,
        "c_2",
        label="level enough",
        help="Share of the slope that is small enough.",
        when=("search", "wolfe"),
    )
    along: str = param("gradient", choices=("gradient", "newton"), help="The direction in which it looks.")

    # What is a class's own elsewhere depends here on the direction: Newton's has a length of its own.
    @property
    def rate(self) -> float:  # type: ignore[override]
        return 4.0 if self.along == "gradient" else 1.0

    @property
    def rate_unit(self) -> RateUnit:  # type: ignore[override]
        return "curvature" if self.along == "gradient" else "one"

    @property
    def asks(self) -> float:  # type: ignore[override]
        return 8.0 if self.search == "armijo" else 30.0

    @property
    def asks_by_weights(self) -> bool:  # type: ignore[override]
        return self.along == "newton"

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        f = loss_at(surface, theta)[:, None]
        d = g if self.along == "gradient" else downhill(surface, theta, g)
        search = self._searched if self.search == "armijo" else self._levelled
        alpha, too_high = search(surface, theta, g, d, f, eta)
        # Where no length will do, as at a wall, it rests.
        direction = np.where(too_high, 0.0, d)
        # As a direction and a scale, so that eta / sigma is the length that was chosen.
        return direction, np.where(alpha > 0, eta / np.where(alpha > 0, alpha, 1.0), 1.0), 0.0, ()

    def _searched(
        self, surface: Differentiable, theta: np.ndarray, g: np.ndarray, d: np.ndarray, f: np.ndarray, eta: Number
    ) -> tuple[np.ndarray, np.ndarray]:
        """The first lengths (B, 1) that will do, from the rate down, and where none does that is not lost in rounding."""
        norm, other = self._steepness(g, d)
        alpha, tried = eta + 0.0 * norm, 0
        while True:
            count = 1 if tried < ALONE else TOGETHER
            lengths = alpha * self.shrink ** np.arange(count)[:, None, None]
            ahead = theta - lengths * d
            # The slope along the step; multiplied first, a large one would leave the floats.
            fall = lengths * norm * other
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

    def _steepness(self, g: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray | float]:
        """Two factors (B, 1) whose product is how steeply the loss falls along d."""
        if self.along == "gradient":
            norm = np.hypot.reduce(g, axis=-1, keepdims=True)
            return norm, norm
        return (g * d).sum(axis=-1, keepdims=True), 1.0

    def _levelled(
        self, surface: Differentiable, theta: np.ndarray, g: np.ndarray, d: np.ndarray, f: np.ndarray, eta: Number
    ) -> tuple[np.ndarray, np.ndarray]:
        """Lengths (B, 1) at which the line is level enough and the loss low enough, and where there are none.

        Between a length at which it still falls steeply and one at which it rises, or is too high, there is one.
        """
        norm, other = self._steepness(g, d)
        first = norm * other
        level = (LEVEL if self.search == "exact" else self.c2) * first
        low, high = np.zeros_like(first), np.full_like(first, np.inf)
        slope_low, slope_high = -first, np.full_like(first, np.nan)
        alpha, open_ = eta + 0.0 * first, np.isfinite(first) & (first > 0)
        found = np.zeros_like(open_)
        for trial in range(MOST):
            ahead = theta - alpha * d
            slope = -(gradient(surface, ahead) * d).sum(axis=-1, keepdims=True)
            # Where a fall cannot be seen in the loss's last digits the slope decides alone.
            fall = self.c * alpha * first
            seen = fall > 1e-15 * (1 + np.abs(f))
            enough = ~seen | (loss_at(surface, ahead)[:, None] <= f - fall)
            falls = enough & (slope < -level)
            found |= open_ & enough & (np.abs(slope) <= level)
            # A step beyond the last digit of the place is none.
            open_ &= ~found & ~(ahead == theta).all(axis=-1, keepdims=True)
            low, slope_low = np.where(open_ & falls, alpha, low), np.where(open_ & falls, slope, slope_low)
            rises = open_ & ~falls
            high = np.where(rises, alpha, high)
            slope_high = np.where(rises, np.where(enough & (slope > 0), slope, np.nan), slope_high)
            # A line that leaves the floats, or two lengths without a third between them.
            middle = np.where(np.isfinite(high), (low + high) / 2, 2 * alpha)
            open_ &= (middle > low) & (middle < high) & np.isfinite(middle)
            if not open_.any():
                break
            secant = low + (high - low) * slope_low / (slope_low - slope_high)
            by_secant = (trial % 3 < 2) & (secant > low) & (secant < high)
            alpha = np.where(open_, np.where(by_secant, secant, middle), alpha)
        # What was not found: the longest length at which it was still falling.
        alpha = np.where(found, alpha, low)
        return alpha, ~(alpha > 0)
