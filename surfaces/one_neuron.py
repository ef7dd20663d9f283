from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from surfaces.base import Point, Surface
from surfaces.logistic import best_weights, mean_loss, slopes
from surfaces.lowest import lowest_places

# Six points on a line; the third and the fourth lie on each other's side, so that a best answer exists.
POINTS = np.array([-2.0, -1.2, 0.4, -0.3, 1.1, 2.3])
LABELS = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])


@final
@dataclass(frozen=True, eq=False)
class OneNeuron(Surface):
    """One neuron with a sigmoid on six points, over its weight and its bias: the smallest network there is.

    Mean squared error has one minimum and wide plateaus around it, where the surface is not convex; cross-entropy curves
    up everywhere.
    """

    name = "One neuron"
    family = "From data"
    tex = r"p_i = \sigma(w x_i + b),\quad f = \tfrac16\textstyle\sum_i (p_i - y_i)^2 \ \text{or}\ -\tfrac16\sum_i \ln p_i(y_i)"
    source = "Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0; six points of our own"
    axes = ("w", "b")
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-6.0, 5.0)

    loss: str = param("mse", choices=("mse", "cross_entropy"), label="loss", help="How wrong an answer is.")

    @property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """The inputs (6, 1) and the labels 0 and 1, (6,)."""
        return POINTS[:, None], LABELS

    @cached_property
    def _lowest(self) -> tuple[tuple[Point, ...], float | None]:
        if self.loss == "cross_entropy":
            w, b = best_weights(np.column_stack([POINTS, np.ones(6)]), LABELS).tolist()
            return ((w, b),), float(self.value(w, b))
        return lowest_places(self)

    @property
    def minima(self) -> tuple[Point, ...]:
        return self._lowest[0]

    @property
    def lowest(self) -> float | None:
        return self._lowest[1]

    def scores(self, x: Number, y: Number) -> np.ndarray:
        """The score of every point at weight x and bias y: (..., 6)."""
        return np.multiply.outer(x, POINTS) + np.asarray(y)[..., None]

    def value(self, x: Number, y: Number) -> Number:
        x, y = np.broadcast_arrays(x, y)
        return mean_loss(self.loss, self.scores(x, y), LABELS)[()]

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        x, y = np.broadcast_arrays(x, y)
        slope = slopes(self.loss, self.scores(x, y), LABELS)
        return slope @ POINTS, slope.sum(axis=-1)
