from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from core.entry import param
from surfaces.bases.data import DataSurface, extent
from surfaces.bases.logistic import best_weights
from surfaces.bases.surface import Cost, Point, Window

# Six points on a line; the third and the fourth lie on each other's side, so that a best answer exists.
POINTS = np.array([-2.0, -1.2, 0.4, -0.3, 1.1, 2.3])
LABELS = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])


@final
@dataclass(frozen=True, eq=False)
class OneNeuron(DataSurface):
    """One neuron with a sigmoid on six points, over its weight and its bias: the smallest network there is.

    Mean squared error has one minimum and wide plateaus around it, where the surface is not convex; cross-entropy curves
    up everywhere.
    """

    name = "One neuron"
    family = "From data"
    tex = r"p_i = \sigma(w x_i + b),\quad f = \tfrac16\textstyle\sum_i (p_i - y_i)^2 \ \text{or}\ -\tfrac16\sum_i \ln p_i(y_i)"
    source = "Rumelhart, Hinton & Williams 1986, doi:10.1038/323533a0; six points of our own"
    camera = (285.0, 52.0)
    axes = ("w", "b")
    cost = Cost(13.0, 60.0, 0.5)
    model = (
        "Six points on a line, three of each class; two lie on the wrong side. The curve is the neuron's answer, "
        "p = sigmoid(w x + b), for every x."
    )

    fans = (1, 1)

    loss: str = param(
        "mse", choices=("mse", "cross_entropy"), label="loss", help="How wrong an answer is.", kw_only=True
    )

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        # The bias is the weight of an input that is always 1.
        return np.column_stack([POINTS, np.ones(6)]), LABELS

    @cached_property
    def best(self) -> Point:
        u, v = best_weights(self.raw[0], LABELS).tolist()
        return u, v

    @property
    def window(self) -> Window:
        return (-10.0, 10.0), (-10.0, 10.0)

    @property
    def point(self) -> Point:
        return -6.0, 5.0

    def seen(self, weights: np.ndarray) -> Point:
        # Biases begin at 0.
        return float(weights[0, 0]), 0.0

    def picture(self) -> dict[str, Any]:
        return {
            "kind": "curve",
            "names": ["x", "answer"],
            "extent": [extent(POINTS), [0.0, 1.0]],
            "points": np.column_stack([POINTS, LABELS]).tolist(),
            "held": [],
            "matrix": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
        }

    @cached_property
    def _lowest(self) -> tuple[tuple[Point, ...], float | None]:
        if self.loss == "cross_entropy":
            return (self.best,), float(self.value(*self.best))
        return super()._lowest
