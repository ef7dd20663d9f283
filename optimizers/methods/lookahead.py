from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Around, Differentiable, State, Step


@final
@dataclass(frozen=True, eq=False)
class Lookahead(Around):
    """Let another method run ahead for a few steps, then go only part of the way to where it got.

    Zhang et al. 2019. The path is the fast weights, which jump back at each meeting; the slow ones are drawn beside it. As
    in optax the inner method keeps its memory over a meeting.
    """

    name = "Lookahead"
    tex = r"\phi \leftarrow \phi + \alpha\,(\theta_k - \phi),\quad \theta \leftarrow \phi \quad\text{every } k \text{ steps}"
    source = "Zhang et al. 2019, arXiv:1907.08610"
    matched = "optax.lookahead"
    factors = False
    beside = "slow weights"

    sync_period: int = param(5, 1, 1000, "k", shown=(1, 30), label="meet every", help="Steps between two meetings.")
    slow_step_size: float = param(0.5, 0.0, 1.0, r"\alpha", label="slow step", help="Share of the way that is gone.")

    def init(self) -> State:
        return self.inner.init(), 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        inner, slow = state
        if t == 1:
            slow = theta
        step = self.inner.step(g, inner, theta, eta, t, surface)
        fast = self.inner.moved(theta, step, eta)
        meet = t % self.sync_period == 0
        slow = np.where(meet, slow + self.slow_step_size * (fast - slow), slow)
        return theta - np.where(meet, slow, fast), 1.0, 0.0, (step[3], slow)

    def apart(self, t: int) -> str:
        share = f"{100 * self.slow_step_size:.3g}%"
        return "" if t % self.sync_period else f"a meeting: it ends {share} of the way from the last one"

    def companion(self, theta: np.ndarray, lr: np.ndarray, held: np.ndarray | bool = False) -> np.ndarray:
        at = np.arange(len(theta))
        return theta[at - at % self.sync_period]
