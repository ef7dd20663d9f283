from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number, maximum, where
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class ScheduleFree(Optimizer):
    """No schedule needed: gradients are taken at a blend of newest point and average, and the average is the answer.

    Defazio et al. 2024, over gradient descent. z takes the steps, x is the average of all z, and the gradient is asked at
    y = (1 − β₁) z + β₁ x, which is the path; x, which one would use, is drawn beside it. Under a warm-up early steps
    weigh less, by the largest rate so far to the power weight_lr_power.
    """

    name = "Schedule-free"
    family = "Averaging"
    tex = (
        r"z \leftarrow z - \eta_t\, g(y),\quad x \leftarrow (1-c_t)\, x + c_t z,\quad "
        r"y = (1-\beta_1) z + \beta_1 x,\quad c_t = w_t / \textstyle\sum w"
    )
    source = "Defazio et al. 2024, arXiv:2405.15682"
    matched = "optax.contrib.schedule_free_sgd"
    rate = 0.8
    factors = False
    # The sum of the weights and the largest rate count every step, as t does.
    common = (2, 3)
    beside = "average"

    beta1: float = param(
        0.9, 0.0, 0.9999, r"\beta_1", label="blend", help="The average's share in where gradients are asked."
    )
    weight_lr_power: float = param(
        2.0, 0.0, 10.0, "r", label="weight power", help="How much a small rate lowers a step's weight."
    )

    def init(self) -> State:
        return 0.0, 0.0, 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        z, x, total, largest, begun = state
        z, x = where(begun == 0, theta, z), where(begun == 0, theta, x)
        largest = maximum(largest, eta)
        weight = largest**self.weight_lr_power
        total = total + weight
        # No step was taken yet where every rate was 0.
        c = weight / maximum(total, 1e-300)
        z = z - eta * g
        x = (1 - c) * x + c * z
        y = (1 - self.beta1) * z + self.beta1 * x
        return theta - y, 1.0, 0.0, (z, x, total, largest, 1.0)

    def companion(self, theta: np.ndarray, lr: np.ndarray, held: np.ndarray | bool = False) -> np.ndarray:
        weight = np.maximum.accumulate(lr) ** self.weight_lr_power
        c = weight / np.maximum(np.cumsum(weight), 1e-300)
        x = theta.copy()
        held = np.broadcast_to(held, theta[1:].shape)
        # y says where z is, once x is known: y = (1-beta1) z + beta1 ((1-c) x + c z).
        for t, c_t in enumerate(c, 1):
            z = (theta[t] - self.beta1 * (1 - c_t) * x[t - 1]) / (1 - self.beta1 + self.beta1 * c_t)
            x[t] = np.where(held[t - 1], x[t - 1], (1 - c_t) * x[t - 1] + c_t * z)
        return x
