from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Around, Differentiable, State, Step


@final
@dataclass(frozen=True, eq=False)
class Averaging(Around):
    """Let another method run as it would, and keep the average of its places: noise and zigzag cancel out.

    Polyak & Juditsky 1992 (the mean of all), and the moving mean that trained models are often used with. The path is the
    other method's own (of rules that hold a coordinate: see Sparse gradients); the average is drawn beside it. As in torch
    it begins at the place after the first step.
    """

    name = "Weight averaging"
    short = "Averaging"
    tex = r"\bar\theta \leftarrow \beta\bar\theta + (1-\beta)\theta\ \text{ or }\ \bar\theta = \tfrac1t\sum_i \theta_i"
    source = "Polyak & Juditsky 1992, doi:10.1137/0330046; Izmailov et al. 2018, arXiv:1803.05407"
    matched = "torch.optim.swa_utils.AveragedModel"
    beside = "average"

    kind: str = param("ema", choices=("ema", "polyak"), help="A moving mean, or the mean of all places.")
    decay: float = param(0.9, 0.0, 0.9999, r"\beta", label="memory", help="Memory of the moving mean.")

    def init(self) -> State:
        return self.inner.init()

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        return self.inner.step(g, state, theta, eta, t, surface)

    def companion(self, theta: np.ndarray, lr: np.ndarray, held: np.ndarray | bool = False) -> np.ndarray:
        average = theta.copy()
        for t in range(2, len(theta)):
            weight = 1 - self.decay if self.kind == "ema" else 1 / t
            average[t] = average[t - 1] + weight * (theta[t] - average[t - 1])
        return average
