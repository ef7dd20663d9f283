from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from core.either import Number
from core.entry import param
from surfaces.bases.data import FeatureSurface, Part, Scaling, extent
from surfaces.bases.quadratic import Quadratic, least_squares
from surfaces.bases.surface import Point, Window


@final
@dataclass(frozen=True, eq=False)
class LinearRegression(FeatureSurface):
    """Mean squared error of y = b + w₁x₁ + w₂x₂ on 60 points, over the two weights; x₂ is on a larger scale than x₁.

    The bias is fitted at every point of the plane, so the surface is an exact quadratic. Raw features make it a long
    valley, of condition number 35; standardized ones, (x − mean) / std, leave only their correlation, and it is 2.4.
    """

    name = "Linear regression"
    family = "From data"
    tex = r"f = \tfrac1n \sum_i (b + w_1 x_{i1} + w_2 x_{i2} - y_i)^2"
    source = "H.-y. Lee, Machine Learning 2021: When training gets stuck; synthetic data, seed 7"
    height = "sqrt"
    axes = ("w1", "w2")
    model = (
        "60 points with two features and a number y to be predicted. The plane is what the model says: y = b + w₁x₁ + w₂x₂; "
        "the loss is the mean of the squared sticks, and any penalty."
    )

    loss: str = param("mse", choices=("mse",), label="loss", help="What is summed over the points.", kw_only=True)

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(7)
        z = rng.standard_normal((60, 2))
        x1 = 1.0 + 0.4 * z[:, 0]
        x2 = 5.0 + 2.0 * (0.3 * z[:, 0] + np.sqrt(1 - 0.3**2) * z[:, 1])
        y = 0.5 + 1.5 * x1 + 0.8 * x2 + 0.4 * rng.standard_normal(60)
        return np.column_stack([x1, x2]), y

    @cached_property
    def features(self) -> np.ndarray:
        """The features as the model sees them, less their mean over the training points: the bias takes care of that."""
        x = self.scaling(self.raw[0])
        return x - x[self.split[0]].mean(axis=0)

    def scaled(self, rows: np.ndarray, scaling: Scaling) -> Part:
        # Normalized by themselves points have the mean beta, which the bias takes care of too.
        return Part(self, rows, scaling(self.raw[0][rows]) - scaling.beta)

    @property
    def bias(self) -> float:
        return float(self.raw[1][self.split[0]].mean())

    def losses(self, s: Number, rows: Any) -> Number:
        wrong = s - self.raw[1][rows]
        return wrong * wrong

    def sigmoid(self, rows: np.ndarray) -> None:
        return None

    def slopes(self, s: Number, rows: Any) -> Number:
        return 2 * (s - self.raw[1][rows])

    def lowest_of(self, rows: np.ndarray, features: np.ndarray) -> float:
        wanted = self.raw[1][rows] - self.bias
        weights = np.linalg.lstsq(features, wanted, rcond=None)[0]
        return float(np.mean((features @ weights - wanted) ** 2))

    def picture(self) -> dict[str, Any]:
        ranges = [*self.extent(), extent(self.raw[1])]
        held = self.split[1].tolist()
        names = ["x1", "x2", "y"]
        return {
            "kind": "plane",
            "names": names,
            "extent": ranges,
            "points": self.points,
            "held": held,
            "matrix": self.matrix,
        }

    @cached_property
    def _quadratic(self) -> Quadratic:
        x, y = self.data
        return least_squares(x, y - y.mean())

    @property
    def best(self) -> Point:
        return self._quadratic.u, self._quadratic.v

    @property
    def window(self) -> Window:
        u, v = self.best
        return (u - 5.0, u + 5.0), (v - 5.0, v + 5.0)

    @property
    def minima(self) -> tuple[Point, ...]:
        return (self.best,)

    @property
    def lowest(self) -> float:
        return self._quadratic.d

    def value(self, x: Number, y: Number) -> Number:
        return self._quadratic.value(x, y)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        return self._quadratic.grad(x, y)
