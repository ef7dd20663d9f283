from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp

from core.either import Number, softplus
from core.entry import param
from surfaces.bases.data import FeatureSurface, fitted
from surfaces.bases.iris import MEASURES, SPECIES, iris
from surfaces.bases.logistic import share, sigmoid
from surfaces.bases.surface import Cost, Point, Window

# The penalty on the other weights' squares where they are fitted: without it setosa's would grow without end.
RIDGE = 0.01
# Half the window's width.
REACH = 8.0
PAIRS = {
    "petal_length_and_width": (2, 3),
    "sepal_length_and_width": (0, 1),
    "petal_length_and_sepal_width": (2, 1),
    "petal_width_and_sepal_length": (3, 0),
}


@final
@dataclass(frozen=True, eq=False)
class Softmax(FeatureSurface):
    """Softmax regression on the iris flowers, over two of its fifteen weights; the other thirteen are held where they fit.

    The two weights lead from two measures to the score of one species. The others are fitted with a penalty of 0.01 on
    half their squares, because one species can be told apart so well that its weights would grow without end. Under
    squared error, Σ (p − y)² over the three answers, the plane has plateaus.
    """

    name = "Softmax on iris"
    family = "From data"
    tex = (
        r"p_i = \mathrm{softmax}(W x_i + b),\quad f = -\tfrac1n\textstyle\sum_i \ln p_i(y_i) \ \text{or}\ "
        r"\tfrac1n\sum_i \|p_i - y_i\|^2"
    )
    source = "Fisher 1936 (data, in the UCI copy); H.-y. Lee, Machine Learning 2021: Classification"
    axes = ("w1", "w2")
    fans = (4, 3)
    camera = (285.0, 60.0)
    cost = Cost(39.0, 130.0, 9.0)
    model = (
        "150 iris flowers. A softmax over three scores names the species; two weights of one score move, thirteen stay. "
        "The lines part its answers where the two other measures are average."
    )

    species: str = param("versicolor", choices=SPECIES, help="Whose score the two weights lead to.")
    measures: str = param(
        "petal_length_and_width", choices=tuple(PAIRS), help="What the two weights are multiplied with."
    )

    @property
    def columns(self) -> tuple[int, int]:
        """Which of the four measures the two weights stand in front of."""
        return PAIRS[self.measures]

    @property
    def names(self) -> tuple[str, str]:
        i, j = self.columns
        return MEASURES[i].replace("_", " "), MEASURES[j].replace("_", " ")

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        x, y = iris()
        return x[:, self.columns], y

    @cached_property
    def inputs(self) -> np.ndarray:
        """The four measures, standardized, and a 1: (150, 5)."""
        x, _ = iris()
        train = self.split[0]
        return np.column_stack([fitted(x[train], "standardize")(x), np.ones(len(x))])

    @cached_property
    def layer(self) -> np.ndarray:
        """All weights as fitted on `inputs`, (3, 5), the bias last; the two that move are among them."""
        train = self.split[0]
        x, wanted = self.inputs[train], np.eye(3)[self.raw[1][train]]

        def penalised(flat: np.ndarray) -> tuple[float, np.ndarray]:
            w = flat.reshape(3, 5)
            z = x @ w.T
            ridge = RIDGE * np.column_stack([w[:, :4], np.zeros(3)])
            loss = np.mean(logsumexp(z, axis=1) - (z * wanted).sum(axis=1)) + (ridge * w).sum() / 2
            return float(loss), ((np.exp(log_softmax(z, axis=1)) - wanted).T @ x / len(x) + ridge).ravel()

        found = minimize(penalised, np.zeros(15), jac=True, method="BFGS", options={"gtol": 1e-10, "maxiter": 2000})
        return found.x.reshape(3, 5)

    @cached_property
    def best(self) -> Point:
        # The fitted weights, which are those of standardized measures, as weights of these.
        i, j = self.columns
        spread = iris()[0][self.split[0]].std(axis=0)
        fitted_weights = self.layer[SPECIES.index(self.species), [i, j]] / spread[[i, j]]
        u, v = self.from_raw_weights(fitted_weights).tolist()
        return u, v

    @property
    def window(self) -> Window:
        u, v = self.best
        return (u - REACH, u + REACH), (v - REACH, v + REACH)

    def seen(self, weights: np.ndarray) -> Point:
        u, v = weights[SPECIES.index(self.species), list(self.columns)].tolist()
        return u, v

    @cached_property
    def _fixed(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of each point: what the held weights add to the score that moves, ln of the sum of the others' exponentials.

        Then whether the species is the one that moves, and its share (n, 2) and target (n, 2) among the two others.
        """
        k = SPECIES.index(self.species)
        scores = self.inputs @ self.layer.T
        others = np.delete(scores, k, axis=1)
        rest = logsumexp(others, axis=1)
        wanted = np.eye(3)[self.raw[1]]
        return (
            # So that at the fitted weights the score is as fitted, whatever the normalization.
            scores[:, k] - self.features @ np.array(self.best),
            rest,
            wanted[:, k],
            np.stack([np.exp(others - rest[:, None]), np.delete(wanted, k, axis=1)]),
        )

    @property
    def bias(self) -> np.ndarray:
        return self._fixed[0]

    def judged(self, s: np.ndarray) -> np.ndarray:
        _, _, mine, (share, wanted) = self._fixed
        k, other = s > self._highest, share[:, 0] > share[:, 1]
        return np.where(k, mine == 1, (mine == 0) & (wanted[:, 0] == other))

    @cached_property
    def _highest(self) -> np.ndarray:
        """The larger of the two scores that do not move, of each point."""
        return np.delete(self.inputs @ self.layer.T, SPECIES.index(self.species), axis=1).max(axis=1)

    def picture(self) -> dict[str, Any]:
        k, columns = SPECIES.index(self.species), list(self.columns)
        measures = iris()[0][self.split[0]]
        # The held scores by the two measures as taken, where the two others are average.
        factors = self.layer[:, columns] / measures.std(axis=0)[columns]
        constants = self.layer[:, 4] - factors @ measures.mean(axis=0)[columns]
        first, second, shift = self.matrix
        shift = [*shift[:2], float(constants[k] - np.array(shift[:2]) @ np.array(self.best))]
        rows: list[list[float]] = []
        for one in range(3):
            rows += [first, second] if one == k else [[0.0, 0.0, factor] for factor in factors[one].tolist()]
        rows += [shift if one == k else [0.0, 0.0, float(constants[one])] for one in range(3)]
        return {
            "kind": "regions",
            "sizes": [2, 3],
            "names": list(self.names),
            "classes": list(SPECIES),
            "extent": self.extent(),
            "points": self.points,
            "held": self.split[1].tolist(),
            "matrix": rows,
        }

    def losses(self, s: Number, rows: Any) -> Number:
        _, others, mine, (parts, wanted) = self._fixed
        z = s - others[rows]
        if self.loss == "cross_entropy":
            # -ln of the right answer: softplus(-z) where it is the score that moves, else softplus(z) less a constant.
            return softplus((1 - 2 * mine[rows]) * z) - np.log(
                np.where(mine[rows] == 1, 1.0, (parts * wanted)[rows].sum(axis=1))
            )
        p, rest = share(z), share(-z)
        # Where an answer is right, what the others have is what it lacks: 1 less a share near 1 would lose its digits.
        total: Number = np.where(mine[rows] == 1, rest, p)
        total = total * total
        for j in range(2):
            lacks = p + rest * parts[rows, 1 - j]
            total = total + np.where(wanted[rows, j] == 1, lacks, rest * parts[rows, j]) ** 2
        return total

    def sigmoid(self, rows: np.ndarray) -> tuple[Any, np.ndarray] | None:
        _, rest, mine, _ = self._fixed
        return (-rest[rows], mine[rows]) if self.loss == "cross_entropy" else None

    def slopes(self, s: Number, rows: Any) -> Number:
        _, rest, mine, (share, wanted) = self._fixed
        p = sigmoid(s - rest[rows])
        total = 2 * (p - mine[rows])
        for j in range(2):
            total = total - 2 * ((1 - p) * share[rows, j] - wanted[rows, j]) * share[rows, j]
        return total * p * (1 - p)
