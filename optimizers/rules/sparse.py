from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class Sparse(Rule):
    """Each coordinate's gradient arrives only now and then, as an embedding row's does when its word occurs.

    What does not occur is not regularized either: its L2 and its decay wait with it. "hold" also keeps its place and the
    optimizer's memory of it, as sparse optimizers do; without, momentum moves it on. Of methods that need both coordinates
    at once only the place is held: their memory goes on, with a gradient of 0. Drawn from the seed, the same for every run.
    """

    name = "Sparse gradients"
    family = "On the gradient"
    tex = r"g_i \leftarrow z_i\,(g_i + \lambda\theta_i),\quad z_i \sim \mathrm{Bernoulli}(p_i)"
    source = "torch.optim.SparseAdam"
    bends = True
    plane_only = True

    p_x: float = param(1.0, 0.0, 1.0, "p_x", label="how often x", help="The probability that x gets its gradient.")
    p_y: float = param(0.2, 0.0, 1.0, "p_y", label="how often y", help="The probability that y gets its gradient.")
    l2: float = param(0.0, 0.0, 100.0, r"\lambda", shown=(0.0, 2.0), label="L2", help="Only on what was touched.")
    hold: bool = param(
        True, help="What is not touched keeps its place, and its memory where each coordinate has its own."
    )

    @property
    def lazy(self) -> bool:
        return self.hold

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        return g + self.l2 * theta

    @property
    def coupled(self) -> Number:
        return self.l2

    def touches(self, t: int, key: Key) -> np.ndarray:
        x, y = np.random.default_rng(key).random(2)
        return np.concatenate(np.broadcast_arrays(np.atleast_1d(x < self.p_x), np.atleast_1d(y < self.p_y)), axis=-1)
