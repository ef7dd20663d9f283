from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class ASGD(Optimizer):
    """Gradient descent with a slowly falling rate, and the average of all places beside it.

    Polyak & Juditsky 1992 for the average; the falling rate with its decay lambd is Xu's (2011, arXiv:1107.2490), as in
    torch. The path is the iterate, the average is drawn beside it. torch starts averaging only after t0 = 10⁶ steps, here
    at once. Under a schedule torch steps with the rate of the step before.
    """

    name = "Averaged SGD"
    family = "Averaging"
    tex = (
        r"\theta \leftarrow \theta - \eta'(\lambda\theta + g),\quad \eta' = \eta_t / (1 + \lambda\eta_t (t-1))^{\alpha}"
    )
    source = "Polyak & Juditsky 1992, doi:10.1137/0330046"
    matched = "torch.optim.ASGD"
    rate = 0.6
    beside = "average"

    lambd: float = param(
        1e-4, 0.0, 1.0, r"\lambda", label="decay", scale="log", shown=(1e-6, 1.0), help="Shrinks weights and rate."
    )
    alpha: float = param(0.75, 0.0, 1.0, r"\alpha", label="power", help="How fast the rate falls.")
    t0: int = param(0, 0, 10_000, "t_0", shown=(0, 300), label="average from", help="Steps before the average begins.")

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        falling = (1 + self.lambd * eta * (t - 1)) ** self.alpha
        return g, falling, self.lambd * eta / falling * theta, ()

    def companion(self, theta: np.ndarray, lr: np.ndarray, held: np.ndarray | bool = False) -> np.ndarray:
        average = theta.copy()
        average[self.t0 + 1 :] = np.cumsum(theta[self.t0 + 1 :], axis=0)
        count = np.maximum(np.arange(len(theta)) - self.t0, 1)
        return average / count[:, None]
