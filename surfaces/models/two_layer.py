from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, final

import numpy as np

from core.either import Number
from core.entry import Entry, param
from surfaces.bases.data import EPS, INITIALIZATIONS, NORMALIZATIONS, Scaling, extent, fitted, split_rows
from surfaces.bases.iris import MEASURES, SPECIES, iris
from surfaces.bases.network import Batch, Network
from surfaces.bases.surface import Cost, Point, Surface, Window

HIDDEN = 6
# Weights larger than this belong to a run that diverges, by which no plane is laid.
FAR = 100.0
# The reference run: plain gradient descent on all points.
STEPS, RATES = 600, {"cross_entropy": 0.5, "mse": 1.0}


class Plane(NamedTuple):
    """A plane through the weights: those at its origin (D,), its two directions (2, D), and the reference run's share in it.

    The share is that of the variance of the reference run's positions which the two directions hold.
    """

    origin: np.ndarray
    directions: np.ndarray
    share: float

    def project(self, weights: np.ndarray) -> np.ndarray:
        """The coordinates (..., 2) of the point of the plane that lies nearest to weights (..., D)."""
        return (weights - self.origin) @ np.linalg.pinv(self.directions)

    def weights(self, place: np.ndarray) -> np.ndarray:
        """The weights (..., D) at coordinates (..., 2)."""
        return self.origin + place @ self.directions


def moons(noise: float = 0.22, n: int = 90) -> tuple[np.ndarray, np.ndarray]:
    """Two interlocking half circles of n / 2 points each, (n, 2), and the labels 0 and 1, (n,)."""
    rng = np.random.default_rng(3)
    angle = np.linspace(0, np.pi, n // 2)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    return np.vstack([upper, lower]) + noise * rng.standard_normal((n, 2)), np.repeat([0, 1], n // 2)


@final
@dataclass(frozen=True, eq=False)
class TwoLayer(Surface):
    """A real network with one hidden layer, seen on a plane through all of its weights; each path is real training, projected.

    Li et al. 2018. Runs train every weight; what is drawn is the nearest point of the plane, and the loss curve is the real
    one, not that of the plane. "path" lays the plane along the two principal directions of the training paths (`through`;
    without any, of a reference run: gradient descent from Xavier weights). "random" takes two random directions through
    where the reference run ended, each neuron's part as long as the trained neuron's weights; in such a plane a run hardly
    seems to move, because most directions miss it.
    """

    name = "Two-layer network"
    family = "From data"
    tex = r"p_i = \mathrm{softmax}(W_2 \tanh(W_1 x_i + b_1) + b_2),\quad f(a, b) = L(\theta_0 + a\,d_1 + b\,d_2)"
    source = (
        "Li et al. 2018, arXiv:1712.09913; Rumelhart, Hinton & Williams 1986; synthetic data, seed 3; "
        "Fisher 1936 (data, in the UCI copy)"
    )
    axes = ("d1", "d2")
    model = (
        "A network of six hidden units, every weight of which is trained. The contour is a plane through the space of its "
        "weights, and each path is the real run, projected onto that plane. With iris, two of four measures are drawn, and "
        "the regions are those of flowers whose other two are average."
    )

    data_set: str = param("moons", choices=("moons", "iris"), label="data", help="Two half moons, or iris flowers.")
    loss: str = param("cross_entropy", choices=("cross_entropy", "mse"), label="loss", help="How wrong an answer is.")
    plane: str = param(
        "path", choices=("path", "random"), help="Principal directions of a training path, or random ones."
    )
    dropout: float = param(
        0.0,
        0.0,
        0.9,
        help="Each hidden unit's chance to be left out, of a point in a step.",
        sweeps=False,
    )
    normalization: str = param(
        "none",
        choices=NORMALIZATIONS,
        help="Of the inputs; batch: of the hidden units, with a scale and shift learned.",
    )
    batch_size: int = param(
        0,
        0,
        1000,
        shown=(0, 60),
        help="Points that one step sees; 0: all of them. At least 2 under batch normalization: one has no variance.",
        sweeps=False,
    )
    held_out: float = param(
        0.0, 0.0, 0.5, label="held out", help="Share of the points kept for validation.", sweeps=False
    )
    initialization: str = param(
        "xavier", choices=INITIALIZATIONS, help="Where the weights begin; a point is one of the plane."
    )
    draw: int = param(
        0, 0, 9999, shown=(0, 50), help="Which random numbers weights and directions are made of.", sweeps=False
    )

    def __post_init__(self) -> None:
        # Penalties act on the network's own weights, not on the plane's two coordinates.
        Entry.__post_init__(self)

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        """The features as they were measured, (n, 2) or (n, 4), and the labels, (n,)."""
        return moons() if self.data_set == "moons" else iris()

    @cached_property
    def split(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows that train and those that are held out."""
        return split_rows(len(self.raw[1]), self.held_out)

    @cached_property
    def scaling(self) -> Scaling:
        """What normalization does to the inputs, by the training points alone."""
        return fitted(self.raw[0][self.split[0]], "none" if self.normalization == "batch" else self.normalization)

    def _network(self, **settings: float) -> Network:
        train, held = self.split
        classes = 2 if self.data_set == "moons" else 3
        normalized = self.normalization == "batch"
        x, y = self.scaling(self.raw[0]), self.raw[1]
        return Network(x, y, train, held, HIDDEN, classes, self.loss, normalized, l1=self.l1, l2=self.l2, **settings)  # type: ignore[arg-type]

    @cached_property
    def full(self) -> Network:
        """The loss over all of the network's weights, which is what runs train."""
        return self._network(dropout=self.dropout, batch_size=self.batch_size)

    @property
    def cost(self) -> Cost:  # type: ignore[override]
        """What a gradient by all weights takes: it grows with the hidden units' answers to all points."""
        answers = len(self.split[0]) * HIDDEN * (2 if self.normalization == "batch" else 1)
        return Cost(90 + 0.2 * answers, 90 + 0.2 * answers, 5 + 0.045 * answers)

    @cached_property
    def reference(self) -> np.ndarray:
        """The weights of the reference run, (STEPS+1, D)."""
        # Without penalties: the plane stays where it is when one is moved, and no penalty is too strong for the rate.
        network, path = replace(self._network(), l1=0.0, l2=0.0), np.empty((STEPS + 1, self.full.dimension))
        path[0] = network.initial("xavier", self.draw)
        for t in range(STEPS):
            path[t + 1] = path[t] - RATES[self.loss] * network.grad(*path[t])
        return path

    @property
    def guides(self) -> tuple[np.ndarray, ...]:
        """The paths (T, D) that the plane along a path is laid by: the reference run's, or those of `through`."""
        return self.__dict__.get("_guides") or (self.reference,)

    def through(self, paths: Sequence[np.ndarray]) -> "TwoLayer":
        """The same network on the plane along the two principal directions of other paths (T, D), all of them together."""
        within = [path[np.abs(path).max(axis=1) < FAR] for path in paths]
        within = [path for path in within if len(path) > 2]
        if self.plane != "path" or not within:
            return self
        other = replace(self)
        other.__dict__["_guides"] = tuple(within)
        return other

    @cached_property
    def laid(self) -> Plane:
        """The plane that is drawn."""
        if self.plane == "path":
            places = np.concatenate(self.guides)
            middle = places.mean(axis=0)
            _, sizes, directions = np.linalg.svd(places - middle, full_matrices=False)
            # The first direction leads from the start to where the paths end, whatever sign the decomposition chose.
            way = np.sum([path[-1] - path[0] for path in self.guides], axis=0)
            along = np.where(directions[:2] @ way < 0, -1.0, 1.0)
            share = float((sizes[:2] ** 2).sum() / (sizes**2).sum())
            return Plane(middle, directions[:2] * along[:, None], share)
        path = self.reference
        spread = path - path.mean(axis=0)
        rng = np.random.default_rng((self.draw, 1))
        drawn = rng.standard_normal((2, path.shape[1]))
        directions = np.array([self._like_filters(direction, path[-1]) for direction in drawn])
        plane = Plane(path[-1], directions, 0.0)
        inside = plane.project(spread + path[-1]) @ directions
        return plane._replace(share=float((inside**2).sum() / (spread**2).sum()))

    def _like_filters(self, direction: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """A direction (D,) whose part for each neuron is as long as that neuron's weights (D,); biases have none."""
        at, scaled = 0, np.zeros_like(direction)
        for shape in self.full.shapes:
            size = int(np.prod(shape))
            if len(shape) == 2:
                d, w = (v[at : at + size].reshape(shape) for v in (direction, weights))
                lengths = np.linalg.norm(w, axis=1, keepdims=True) / np.linalg.norm(d, axis=1, keepdims=True)
                scaled[at : at + size] = (d * lengths).ravel()
            at += size
        return scaled

    @cached_property
    def window(self) -> Window:
        if self.plane == "random":
            return (-1.0, 1.0), (-1.0, 1.0)
        places = self.laid.project(np.concatenate(self.guides))
        low, high = places.min(axis=0), places.max(axis=0)
        middle, half = (low + high) / 2, 0.75 * float((high - low).max())
        (x0, x1), (y0, y1) = np.stack([middle - half, middle + half], axis=-1).tolist()
        return (x0, x1), (y0, y1)

    @cached_property
    def initial(self) -> np.ndarray:
        """The weights that training begins with, (D,)."""
        if self.initialization == "point":
            return self.laid.weights(self.laid.project(self.reference[0]))
        return self.full.initial(self.initialization, self.draw)

    @property
    def start(self) -> Point:
        u, v = self.laid.project(self.initial).tolist()
        return u, v

    def lift(self, place: np.ndarray) -> np.ndarray:
        """The weights (..., D) that a run from `place` (..., 2) begins with: the initial ones, moved along the plane."""
        return self.initial + (place - np.array(self.start)) @ self.laid.directions

    def project(self, weights: np.ndarray) -> np.ndarray:
        """The coordinates (..., 2) of the plane's nearest point."""
        return self.laid.project(weights)

    @property
    def shown(self) -> tuple[int, int]:
        """Which two of the features are drawn."""
        return (0, 1) if self.data_set == "moons" else (2, 3)

    def picture(self) -> dict[str, Any]:
        columns, (x, y) = list(self.shown), self.raw
        moons_too = self.data_set == "moons"
        return {
            "kind": "regions",
            "sizes": [2, HIDDEN, 2 if moons_too else 3],
            "names": ["x1", "x2"] if moons_too else [MEASURES[k].replace("_", " ") for k in columns],
            "classes": ["upper moon", "lower moon"] if moons_too else list(SPECIES),
            "extent": [extent(x[:, k]) for k in columns],
            "points": np.column_stack([x[:, columns], y]).round(6).tolist(),
            "held": self.split[1].tolist(),
            "matrix": None,
        }

    def drawn(self, weights: np.ndarray) -> np.ndarray:
        """The weights (T, P) of networks (T, D) as a network of the two features drawn, as measured, the others average.

        Normalization, that of the inputs and that of the hidden units by all training points, is folded into them.
        """
        w = self.full.layers(weights)
        w1, b1 = w.w1 / self.scaling.scale, w.b1 - w.w1 @ (self.scaling.shift / self.scaling.scale)
        if w.gamma is not None and w.beta is not None:
            x = self.raw[0][self.split[0]]
            mean, var = (part[..., 0] for part in Batch.statistics(w1 @ x.T + b1[..., None]))
            scale = w.gamma / np.sqrt(var + EPS)
            w1, b1 = w1 * scale[..., None], (b1 - mean) * scale + w.beta
        average = self.raw[0][self.split[0]].mean(axis=0)
        average[list(self.shown)] = 0.0
        b1 = b1 + w1 @ average
        blocks = (w1[..., list(self.shown)], b1, w.w2, w.b2)
        return np.concatenate([block.reshape(len(weights), -1) for block in blocks], axis=1)

    def right(self, weights: np.ndarray) -> np.ndarray:
        """How many training points, and how many held out, networks (T, D) get right: (T, 2)."""
        counts = []
        for rows in self.split:
            stats = None
            if self.normalization == "batch":
                w = self.full.layers(weights)
                x = self.full.inputs[self.split[0]]
                stats = Batch.statistics(w.w1 @ x.T + w.b1[..., None])
            answers = Batch(self.full, rows, stats=stats).answers(weights)
            counts.append((answers == self.raw[1][rows]).sum(axis=1))
        return np.stack(counts, axis=-1)

    def facts(self) -> str:
        whose = "a path's" if self.plane == "random" or "_guides" not in self.__dict__ else "the paths'"
        return f"{self.full.dimension} weights, {100 * self.laid.share:.3g}% of {whose} variance"

    def value(self, x: Number, y: Number) -> Number:
        x, y = np.broadcast_arrays(x, y)
        weights = self.laid.weights(np.stack([x, y], axis=-1))
        return self.full.value(*np.moveaxis(weights, -1, 0))

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        x, y = np.broadcast_arrays(x, y)
        weights = self.laid.weights(np.stack([x, y], axis=-1))
        along = np.moveaxis(self.full.grad(*np.moveaxis(weights, -1, 0)), 0, -1) @ self.laid.directions.T
        return along[..., 0][()], along[..., 1][()]

    @property
    def lowest(self) -> float:
        return self.full.lowest
