from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, final

import numpy as np
from scipy.optimize import minimize

from core.either import Number
from core.entry import param
from surfaces.bases.classics import classics
from surfaces.bases.data import FeatureSurface, Part, Scaling, extent
from surfaces.bases.logistic import best_weights, each_loss, sigmoid
from surfaces.bases.lowest import lowest_places
from surfaces.bases.quadratic import Quadratic, least_squares
from surfaces.bases.surface import Cost, Height, Point, Window
from surfaces.bases.table import PACKED_MOST, DataError, Points, points_in, read

# Half the window's width, in best weights and in what moves the answers by as much as they vary; by so many scores.
REACH, SCORES = 1.5, 6.0
# Both halves are one where they are nearly: then the picture shows the weights' scales as they are.
NEARLY = 4.0
# The penalty on the squares of standardized weights that holds those of classes which can be parted without a mistake.
RIDGE = 0.01
# How large a weight may be in a picture, and how small a window.
FARTHEST, NARROWEST = 1e6, 1e-5
# The least share of the largest curvature that is one.
FLAT = 1e-12


def points_of(table: str) -> Points:
    """The points of a table: those of a classic set by its name, of a text of CSV, or of one that a link has packed."""
    known = classics().get(table)
    return points_in(known.text if known else table)


def check_table(table: Any) -> None:
    """Raise DataError unless this is a table whose best weights can be drawn."""
    if not isinstance(table, str):
        raise DataError(f"a table is a text of CSV, or one of {', '.join(classics())}; Data.of takes arrays")
    points = points_of(table)
    x = np.column_stack([points.x, np.ones(len(points.y))])
    weights = np.abs(np.linalg.lstsq(x, points.y, rcond=None)[0])
    if weights.max() * (1 + REACH) > FARTHEST:
        raise DataError(
            "the best weights would be more than a million; take other units, such as thousands for the target"
        )
    spread = np.ptp(points.y) / np.abs(points.x).max(axis=0)
    if spread.min() < NARROWEST:
        raise DataError(
            "the best weights would be too small to be drawn; take other units, such as millions for a feature"
        )


@final
@dataclass(frozen=True, eq=False)
class Data(FeatureSurface):
    """Linear or logistic regression on data of yours, over two weights: of two features, or of one and the bias.

    `table` is a text of CSV whose last column is the target and whose first one or two are the features, the name of a classic
    set (line, pokemon, orings, petals), or the text that a link holds; `Data.of` takes bytes and arrays (n, 2) or (n, 3) too,
    and chooses columns. Up to 1,000 rows are read. DataError, a ValueError, says what is wrong, in which row and column.
    docs/data.md has the rest.

    With one feature the surface is over its weight w and the bias b. With two it is over their weights: in linear regression
    the bias is fitted at every point, in logistic regression it is held where cross-entropy is lowest. A target of more than
    two values is two classes, above its median and not. Classes that can be parted without a mistake have no best weights:
    cross-entropy falls for ever, and the window lies around those with a small penalty.
    """

    name = "Your data"
    family = "Your own"
    tex = (
        r"f = \tfrac1n \sum_i (w_1 x_{i1} + w_2 x_{i2} + b - y_i)^2 \ \text{or}\ -\tfrac1n\textstyle\sum_i "
        r"\ln p_i(y_i),\ p_i = \sigma(w_1 x_{i1} + w_2 x_{i2} + b)"
    )
    source = "you"
    model = (
        "Your points. In linear regression the line or plane is what the model says, and the loss is the mean of the squared "
        "distances; in logistic regression the curve or line says where a class is likely."
    )

    table: str = param(
        "line",
        label="table",
        sweeps=False,
        checks=check_table,
        longest=PACKED_MOST + 1,
        help="A text of CSV, the target in its last column.",
    )
    regression: str = param(
        "linear", choices=("linear", "logistic"), help="A number is predicted, or one of two classes."
    )
    loss: str = param(
        "cross_entropy",
        choices=("cross_entropy", "mse"),
        label="loss",
        help="How wrong a class is. Of a number it is the squared error.",
        kw_only=True,
        when=("regression", "logistic"),
    )

    @classmethod
    def of(
        cls,
        given: str | bytes | np.ndarray | Sequence[Sequence[float]],
        columns: Sequence[str] = (),
        **fields: Any,
    ) -> Self:
        """The surface of a text or a file's bytes of CSV, or of an array (n, 2) or (n, 3), the target last.

        `columns` names one or two features and the target, in this order; DataError where there is none of that name.
        `fields` are the surface's other fields.
        """
        if not isinstance(given, str | bytes):
            rows = np.asarray(given, dtype=float)
            if rows.ndim != 2:
                raise DataError(f"an array of points has the shape (n, 2) or (n, 3), not {rows.shape}")
            given = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
        table = read(given)
        unknown = [name for name in columns if name not in table.names]
        if unknown:
            raise DataError(f"there is no column {unknown[0]!r}; there are {', '.join(table.names)}")
        chosen = [table.names.index(name) for name in columns]
        points = table.points(chosen[:-1], chosen[-1]) if chosen else table.points()
        return cls(table=points.csv(), **fields)

    @cached_property
    def points_given(self) -> Points:
        """The points as they were given."""
        return points_of(self.table)

    @property
    def one(self) -> bool:
        """Whether there is one feature, so that the second weight is the bias."""
        return self.points_given.x.shape[1] == 1

    @property
    def linear(self) -> bool:
        """Whether a number is predicted."""
        return self.regression == "linear"

    @property
    def classes(self) -> tuple[str, str]:
        """What the classes 0 and 1 of logistic regression are called."""
        return self._parted[1]

    @property
    def found(self) -> bool:
        """Whether there are best weights."""
        return self._fit[3]

    @property
    def axes(self) -> tuple[str, str]:  # type: ignore[override]
        return ("w", "b") if self.one else ("w1", "w2")

    @property
    def fans(self) -> tuple[int, int]:  # type: ignore[override]
        return (1, 1) if self.one else (2, 1)

    @property
    def height(self) -> Height:  # type: ignore[override]
        return "sqrt" if self.linear else "loss"

    @property
    def cost(self) -> Cost:  # type: ignore[override]
        n = len(self.raw[1])
        return (
            Cost(1.5, 35.0, 0.2) if self.linear and not self.sampled else Cost(12 + 0.03 * n, 55 + 0.05 * n, 0.03 * n)
        )

    # The points as the model sees them.

    @cached_property
    def _parted(self) -> tuple[np.ndarray, tuple[str, str]]:
        """The target as classes 0 and 1 (n,), and what these are called."""
        given, name = self.points_given, self.points_given.names[-1]
        if given.classes is not None:
            return given.y, given.classes
        if given.two_valued:
            low, high = np.unique(given.y).tolist()
            return (given.y == high).astype(float), (f"{name} {low:.6g}", f"{name} {high:.6g}")
        middle = float(np.median(given.y))
        # Where most have the largest value, that alone is above.
        above = given.y > middle if (given.y > middle).any() else given.y >= middle
        sign = ("≤", ">") if (given.y > middle).any() else ("<", "≥")
        return above.astype(float), (f"{name} {sign[0]} {middle:.4g}", f"{name} {sign[1]} {middle:.4g}")

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        given = self.points_given
        # The bias is the weight of an input that is always 1.
        x = np.column_stack([given.x, np.ones(len(given.y))]) if self.one else given.x
        return x, given.y if self.linear else self._parted[0]

    def suited(self, scaling: Scaling) -> Scaling:
        # Of a few points a feature may have no spread; the input that is always 1 stays as it is.
        scale = np.where(np.asarray(scaling.scale) > 0, scaling.scale, 1.0)
        if not self.one:
            return Scaling(scaling.shift, scale, scaling.gamma, scaling.beta)
        own = lambda number, of_one: np.array([np.ravel(number)[0], of_one])  # noqa: E731
        return Scaling(own(scaling.shift, 0.0), own(scale, 1.0), own(scaling.gamma, 1.0), own(scaling.beta, 0.0))

    @cached_property
    def middle(self) -> np.ndarray:
        """What is taken off the features, because a bias that is fitted everywhere takes care of it: (2,)."""
        if self.one or not self.linear:
            return np.zeros(2)
        mean: np.ndarray = self.scaling(self.raw[0])[self.split[0]].mean(axis=0)
        return mean

    @cached_property
    def features(self) -> np.ndarray:
        return self.scaling(self.raw[0]) - self.middle

    def scaled(self, rows: np.ndarray, scaling: Scaling) -> Part:
        # Normalized by themselves points have the mean beta, which the fitted bias takes care of too.
        taken = scaling.beta if self.linear and not self.one else 0.0
        return Part(self, rows, scaling(self.raw[0][rows]) - taken)

    @property
    def _affine(self) -> tuple[np.ndarray, np.ndarray]:
        """The factor and the constant with which each feature is normalized: (2,) each."""
        factor = np.ones(2) * self.scaling.gamma / self.scaling.scale
        return factor, self.scaling.beta - self.scaling.shift * factor

    def raw_weights(self, theta: np.ndarray) -> np.ndarray:
        if not self.one:
            return super().raw_weights(theta)
        theta, (factor, constant) = np.asarray(theta, dtype=float), self._affine
        return np.stack([theta[..., 0] * factor[0], theta[..., 1] + theta[..., 0] * constant[0]], axis=-1)

    def from_raw_weights(self, theta: np.ndarray) -> np.ndarray:
        if not self.one:
            return super().from_raw_weights(theta)
        theta, (factor, constant) = np.asarray(theta, dtype=float), self._affine
        w = theta[..., 0] / factor[0]
        return np.stack([w, theta[..., 1] - w * constant[0]], axis=-1)

    def seen(self, weights: np.ndarray) -> Point:
        # Biases begin at 0.
        return (float(np.ravel(weights)[0]), 0.0) if self.one else super().seen(weights)

    # The model.

    @cached_property
    def _fit(self) -> tuple[float, float, float, bool]:
        """The best two weights, the bias beside them, and whether they are; else those that a small penalty holds."""
        if self.linear:
            q = self._quadratic
            return q.u, q.v, 0.0 if self.one else float(self.data[1].mean()), True
        train = self.split[0]
        x, y = self.features[train], self.raw[1][train]
        inputs = x if self.one else np.column_stack([x, np.ones(len(y))])
        weights, found = fitted_weights(inputs, y)
        u, v, b = [*weights.tolist(), 0.0][:3]
        return u, v, b, found

    @property
    def best(self) -> Point:
        u, v, *_ = self._fit
        return u, v

    @property
    def bias(self) -> float:
        return self._fit[2]

    @cached_property
    def _quadratic(self) -> Quadratic:
        x, y = self.data
        return least_squares(x, y if self.one else y - y.mean())

    def losses(self, s: Number, rows: Any) -> Number:
        if not self.linear:
            return super().losses(s, rows)
        wrong = s - self.raw[1][rows]
        return wrong * wrong

    def slopes(self, s: Number, rows: Any) -> Number:
        return 2 * (s - self.raw[1][rows]) if self.linear else super().slopes(s, rows)

    def sigmoid(self, rows: np.ndarray) -> tuple[Any, np.ndarray] | None:
        return None if self.linear else super().sigmoid(rows)

    def lowest_of(self, rows: np.ndarray, features: np.ndarray) -> float | None:
        if not self.linear:
            return super().lowest_of(rows, features)
        wanted = self.raw[1][rows] - self.bias
        weights = np.linalg.lstsq(features, wanted, rcond=None)[0]
        return float(np.mean((features @ weights - wanted) ** 2))

    def value(self, x: Number, y: Number) -> Number:
        return self._quadratic.value(x, y) if self.linear else super().value(x, y)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        return self._quadratic.grad(x, y) if self.linear else super().grad(x, y)

    @cached_property
    def _lowest(self) -> tuple[tuple[Point, ...], float | None]:
        if self.linear:
            q = self._quadratic
            least, most = np.linalg.eigvalsh([[q.a, q.b], [q.b, q.c]])
            # A floor of best weights is lowest at no place.
            return ((self.best,) if least > FLAT * most else ()), q.d
        if self.loss == "cross_entropy" and self._fit[3]:
            return (self.best,), float(self.value(*self.best))
        return lowest_places(self)

    @property
    def searched(self) -> bool:
        return not self.linear and not (self.loss == "cross_entropy" and self._fit[3])

    @cached_property
    def _halves(self) -> tuple[float, float]:
        """Half the window's width and height."""
        x, y = self.data
        if self.linear:
            halves = REACH * np.maximum(np.abs(self.best), y.std() / np.sqrt((x * x).mean(axis=0) + 1e-300))
        else:
            spread = x.std(axis=0)
            halves = np.maximum(SCORES / np.where(spread > 0, spread, 1.0), REACH * np.abs(self.best))
        halves = np.clip(halves, NARROWEST, FARTHEST)
        if halves.max() <= NEARLY * halves.min():
            halves[:] = halves.max()
        a, b = halves.tolist()
        return a, b

    @property
    def window(self) -> Window:
        (u, v), (a, b) = self.best, self._halves
        return (u - a, u + a), (v - b, v + b)

    @property
    def point(self) -> Point:
        (u, v), (a, b) = self.best, self._halves
        return u - 0.8 * a, v + 0.5 * b

    # What is shown of it.

    @property
    def matrix(self) -> list[list[float]]:
        factor, constant = self._affine
        if self.one:
            return [[float(factor[0]), 0.0, 0.0], [float(constant[0]), 1.0, 0.0]]
        (a, b), (c, d) = factor.tolist(), (constant - self.middle).tolist()
        return [[a, 0.0, 0.0], [0.0, b, 0.0], [c, d, self.bias]]

    @property
    def points(self) -> list[list[float]]:
        columns = [self.points_given.x, self.raw[1]]
        return [[float(f"{v:.8g}") for v in row] for row in np.column_stack(columns).tolist()]

    def picture(self) -> dict[str, Any]:
        given, common = self.points_given, {"points": self.points, "held": self.split[1].tolist()}
        ranges = [extent(column) for column in given.x.T]
        if self.linear:
            kind = "line" if self.one else "plane"
            own = {
                "kind": kind,
                "names": list(given.names),
                "extent": [*ranges, extent(given.y)],
                "matrix": self.matrix,
            }
            return own | common
        classes = self._parted[1]
        if self.one:
            names = [given.names[0], f"probability of {classes[1]}"]
            return {"kind": "curve", "names": names, "extent": [*ranges, [0.0, 1.0]], "matrix": self.matrix} | common
        first, second, constant = self.matrix
        none = [0.0, 0.0, 0.0]
        return common | {
            "kind": "regions",
            # As a softmax over two scores of which the first is always 0.
            "sizes": [2, 2],
            "names": list(given.names[:2]),
            "classes": list(classes),
            "extent": ranges,
            "matrix": [none, none, first, second, none, constant],
        }


def fitted_weights(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, bool]:
    """The weights (d,) at which the cross-entropy of inputs (n, d) is lowest, the last the bias, and True.

    Where classes can be parted without a mistake there are none, and they are those with a penalty, and False.
    """
    with np.errstate(all="ignore"):
        try:
            weights = best_weights(x, y)
        except np.linalg.LinAlgError:
            weights = np.full(x.shape[1], np.nan)
        slope = x.T @ (sigmoid(x @ weights) - y) / len(y)
    size = np.abs(x).max(axis=0)
    parted = np.all((x @ weights > 0) == (y == 1))
    if np.isfinite(weights).all() and not parted and np.all(np.abs(slope) <= 1e-9 * size):
        return weights, True
    mean, spread = x.mean(axis=0), x.std(axis=0)
    mean[-1], spread = 0.0, np.where(spread > 0, spread, 1.0)
    z = (x - mean) / spread

    def penalised(w: np.ndarray) -> tuple[float, np.ndarray]:
        own = np.append(w[:-1], 0.0)
        s = z @ w
        loss = float(np.mean(each_loss("cross_entropy", s, y)) + RIDGE / 2 * (own * own).sum())
        return loss, z.T @ (sigmoid(s) - y) / len(y) + RIDGE * own

    w = minimize(penalised, np.zeros(x.shape[1]), jac=True, method="BFGS", options={"gtol": 1e-10}).x / spread
    w[-1] -= w[:-1] @ mean[:-1]
    return w, False
