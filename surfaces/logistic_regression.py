from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from surfaces.base import Point, Surface, Window
from surfaces.logistic import best_weights, mean_loss, slopes
from surfaces.lowest import lowest_places

# Half the window's width, the same for both weights, so that the picture shows their scales as they are.
REACH = 6.0


@final
@dataclass(frozen=True, eq=False)
class LogisticRegression(Surface):
    """Two classes of 200 points told apart by a sigmoid, over its two weights; x2 is on a larger scale than x1.

    The bias is held where cross-entropy is lowest. Cross-entropy is convex: one minimum, a slope everywhere else. The mean
    squared error of the same sigmoid flattens out on both sides, because a point that is very wrong has no slope left.
    """

    name = "Logistic regression"
    family = "From data"
    tex = (
        r"p_i = \sigma(w_1 x_{i1} + w_2 x_{i2} + b),\quad f = -\tfrac1n\textstyle\sum_i "
        r"[y_i \ln p_i + (1-y_i)\ln(1-p_i)] \ \text{or}\ \tfrac1n\sum_i (p_i - y_i)^2"
    )
    source = "Cox 1958; H.-y. Lee, Machine Learning 2021: Classification; synthetic data, seed 11"
    axes = ("w1", "w2")

    loss: str = param("cross_entropy", choices=("cross_entropy", "mse"), label="loss", help="How wrong an answer is.")
    normalization: str = param(
        "none",
        choices=("none", "standardize"),
        help="Subtract each feature's mean and divide by its standard deviation.",
    )

    @cached_property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """The features as this surface sees them, (200, 2), and the labels 0 and 1, (200,)."""
        rng = np.random.default_rng(11)
        z = rng.standard_normal((200, 2))
        y = (rng.random(200) < 1 / (1 + np.exp(-(1.6 * z[:, 0] - 1.2 * z[:, 1])))).astype(float)
        x = np.column_stack([1.0 + 0.8 * z[:, 0], 4.0 + 3.0 * z[:, 1]])
        if self.normalization == "standardize":
            x = (x - x.mean(axis=0)) / x.std(axis=0)
        return x, y

    @cached_property
    def _best(self) -> np.ndarray:
        """w1, w2 and the bias at which cross-entropy is lowest."""
        x, y = self.data
        return best_weights(np.column_stack([x, np.ones(len(y))]), y)

    @property
    def window(self) -> Window:
        u, v, _ = self._best.tolist()
        return (u - REACH, u + REACH), (v - REACH, v + REACH)

    @property
    def start(self) -> Point:
        u, v, _ = self._best.tolist()
        return u - 4.5, v + 3.5

    @cached_property
    def _lowest(self) -> tuple[tuple[Point, ...], float | None]:
        if self.loss == "cross_entropy":
            u, v, _ = self._best.tolist()
            return ((u, v),), float(self.value(u, v))
        return lowest_places(self)

    @property
    def minima(self) -> tuple[Point, ...]:
        return self._lowest[0]

    @property
    def lowest(self) -> float | None:
        return self._lowest[1]

    def scores(self, x: Number, y: Number) -> np.ndarray:
        """The score of every point at weights (x, y): (..., 200)."""
        features, _ = self.data
        return np.multiply.outer(x, features[:, 0]) + np.multiply.outer(y, features[:, 1]) + self._best[2]

    def value(self, x: Number, y: Number) -> Number:
        x, y = np.broadcast_arrays(x, y)
        return mean_loss(self.loss, self.scores(x, y), self.data[1])[()]

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        x, y = np.broadcast_arrays(x, y)
        features, labels = self.data
        both = slopes(self.loss, self.scores(x, y), labels) @ features
        return both[..., 0][()], both[..., 1][()]
