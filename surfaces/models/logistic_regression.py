from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from surfaces.bases.data import FeatureSurface
from surfaces.bases.logistic import best_weights
from surfaces.bases.surface import Cost, Point, Window

# Half the window's width, the same for both weights, so that the picture shows their scales as they are.
REACH = 6.0


@final
@dataclass(frozen=True, eq=False)
class LogisticRegression(FeatureSurface):
    """Two classes of 200 points told apart by a sigmoid, over its two weights; x₂ is on a larger scale than x₁.

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
    camera = (305.0, 60.0)
    cost = Cost(18.0, 60.0, 6.0)
    model = (
        "200 points of two classes. A sigmoid of w₁x₁ + w₂x₂ + b says how likely a point is filled; the line is where it "
        "says one half."
    )

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(11)
        z = rng.standard_normal((200, 2))
        y = (rng.random(200) < 1 / (1 + np.exp(-(1.6 * z[:, 0] - 1.2 * z[:, 1])))).astype(float)
        return np.column_stack([1.0 + 0.8 * z[:, 0], 4.0 + 3.0 * z[:, 1]]), y

    @cached_property
    def _best(self) -> tuple[float, float, float]:
        """w1, w2 and the bias at which cross-entropy is lowest."""
        x, y = self.data
        u, v, b = best_weights(np.column_stack([x, np.ones(len(y))]), y).tolist()
        return u, v, b

    @property
    def best(self) -> Point:
        return self._best[:2]

    @property
    def bias(self) -> float:
        return self._best[2]

    @property
    def window(self) -> Window:
        u, v = self.best
        return (u - REACH, u + REACH), (v - REACH, v + REACH)

    @property
    def point(self) -> Point:
        u, v = self.best
        return u - 4.5, v + 3.5

    def picture(self) -> dict[str, Any]:
        first, second, constant = self.matrix
        none = [0.0, 0.0, 0.0]
        return {
            "kind": "regions",
            # As a softmax over two scores of which the first is always 0.
            "sizes": [2, 2],
            "names": ["x1", "x2"],
            "classes": ["class 0", "class 1"],
            "extent": self.extent(),
            "points": self.points,
            "held": self.split[1].tolist(),
            "matrix": [none, none, first, second, none, constant],
        }

    @cached_property
    def _lowest(self) -> tuple[tuple[Point, ...], float | None]:
        if self.loss == "cross_entropy":
            return (self.best,), float(self.value(*self.best))
        return super()._lowest
