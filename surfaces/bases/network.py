"""A small real network: one hidden layer of tanh, softmax over its scores, and its gradient by all of its weights."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from core.either import Number, softplus
from surfaces.bases.data import EPS, MOMENTUM, TILE, batch_rows, initial_weights
from surfaces.bases.surface import Sees


class Layers(NamedTuple):
    """The weights of B networks: w1 (B, H, d), b1 (B, H), then gamma and beta (B, H) or None, w2 (B, K, H), b2 (B, K)."""

    w1: np.ndarray
    b1: np.ndarray
    gamma: np.ndarray | None
    beta: np.ndarray | None
    w2: np.ndarray
    b2: np.ndarray


class Statistics(NamedTuple):
    """Mean and variance of each hidden unit over a batch, (B, H, 1)."""

    mean: np.ndarray
    var: np.ndarray


@dataclass(frozen=True, eq=False)
class Network:
    """The loss of a network over all of its weights, D of them: a surface like any other, over D coordinates.

    `inputs` (n, d) and `labels` (n,) of whole numbers; `train` and `held_rows` say which points are which. value and grad
    take D coordinates of one shape and answer for all training points, without dropout. The penalties act on w1 and w2.
    With `normalized` each hidden unit is batch-normalized before its tanh, with gamma and beta of its own.
    """

    inputs: np.ndarray
    labels: np.ndarray
    train: np.ndarray
    held_rows: np.ndarray
    hidden: int
    classes: int
    loss: str
    normalized: bool = False
    dropout: float = 0.0
    batch_size: int = 0
    l1: float = 0.0
    l2: float = 0.0
    # Neither squared errors nor cross-entropies can be negative.
    lowest: float = field(default=0.0, init=False)

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the blocks of weights, in their order."""
        d, h, k = self.inputs.shape[1], self.hidden, self.classes
        extra = ((h,), (h,)) if self.normalized else ()
        return ((h, d), (h,), *extra, (k, h), (k,))

    @cached_property
    def dimension(self) -> int:
        """How many weights there are: D."""
        return int(sum(np.prod(shape) for shape in self.shapes))

    @cached_property
    def penalised(self) -> np.ndarray:
        """1 for each weight that a penalty acts on, 0 for biases, gamma and beta: (D,)."""
        return np.concatenate([np.full(int(np.prod(shape)), float(len(shape) == 2)) for shape in self.shapes])

    def layers(self, theta: np.ndarray) -> Layers:
        """The blocks of weights (B, D)."""
        blocks, at = [], 0
        for shape in self.shapes:
            size = int(np.prod(shape))
            blocks.append(theta[:, at : at + size].reshape(-1, *shape))
            at += size
        return Layers(*blocks) if self.normalized else Layers(blocks[0], blocks[1], None, None, blocks[2], blocks[3])

    def initial(self, kind: str, draw: int) -> np.ndarray:
        """Initial weights (D,): both layers as `kind` says, biases and beta 0, gamma 1."""
        rng, blocks = np.random.default_rng(draw), []
        for i, shape in enumerate(self.shapes):
            if len(shape) == 2:
                blocks.append(initial_weights(kind, (shape[0], shape[1]), int(rng.integers(2**31))).ravel())
            else:
                blocks.append(np.full(shape, float(self.normalized and i == 2)))
        return np.concatenate(blocks)

    @cached_property
    def _all(self) -> "Batch":
        return Batch(self, self.train)

    def value(self, *weights: Number) -> Number:
        """The loss on the training points, of the shape of the coordinates."""
        return self._all.value(*weights)

    def grad(self, *weights: Number) -> np.ndarray:
        """The partial derivatives, (D, ...)."""
        return self._all.grad(*weights)

    @property
    def sees(self) -> Sees:
        """What a step sees, where that is less than the whole: a mini-batch, or a network with units dropped."""
        part = 0 < self.batch_size < len(self.train)
        return ("both" if part else "dropout") if self.dropout > 0 else "batch" if part else ""

    @property
    def sampled(self) -> bool:
        """Whether a step sees less than the whole."""
        return bool(self.sees)

    def batch(self, t: int, seed: int) -> np.ndarray:
        """The rows of the mini-batch of step `t` (from 1)."""
        if not 0 < self.batch_size < len(self.train):
            return self.train
        return self.train[batch_rows(len(self.train), self.batch_size, t, seed, 2 if self.normalized else 1)]

    def sample(self, t: int, seed: int) -> "Batch":
        """The loss that step `t` sees: its mini-batch, normalized by itself, each hidden unit dropped with the chance given."""
        rows = self.batch(t, seed)
        if not self.dropout:
            return Batch(self, rows)
        kept = np.random.default_rng((seed, t, 7)).random((self.hidden, len(rows))) >= self.dropout
        return Batch(self, rows, kept / (1 - self.dropout))

    def tested(self, seed: int) -> "Tested | None":
        """What follows the loss on the held-out points along one run; None where nothing is held out."""
        return Tested(self, seed) if len(self.held_rows) else None


class Batch:
    """The loss of a network on some of its points, with a mask (H, m) on the hidden units where some are dropped."""

    def __init__(
        self, network: Network, rows: np.ndarray, mask: np.ndarray | None = None, stats: Statistics | None = None
    ) -> None:
        self.network, self.mask, self.stats = network, mask, stats
        self.x = network.inputs[rows]
        # A class a row, a point a column: sums over the classes then run along the points.
        self.wanted = np.eye(network.classes)[network.labels[rows]].T

    def hidden(self, w: Layers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The hidden units (B, H, m); those before their tanh, normalized; and the root of the variance they had."""
        z = w.w1 @ self.x.T + w.b1[..., None]
        if w.gamma is None or w.beta is None:
            return np.tanh(z), z, np.ones(1)
        mean, var = self.stats or self.statistics(z)
        root = np.sqrt(var + EPS)
        z = (z - mean) / root
        return np.tanh(w.gamma[..., None] * z + w.beta[..., None]), z, root

    @staticmethod
    def statistics(z: np.ndarray) -> Statistics:
        """Mean and (biased) variance of the hidden units (B, H, m) of a batch, as they are before normalization."""
        mean = z.mean(axis=-1, keepdims=True)
        return Statistics(mean, ((z - mean) ** 2).mean(axis=-1, keepdims=True))

    def _answers(self, h: np.ndarray, w: Layers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The hidden units with dropout, the scores less their largest, and the softmax: (B, H, m), (B, K, m) twice."""
        out = h if self.mask is None else h * self.mask
        s = w.w2 @ out + w.b2[..., None]
        s = s - s.real.max(axis=1, keepdims=True)
        e = np.exp(s)
        return out, s, e / e.sum(axis=1, keepdims=True)

    def answers(self, theta: np.ndarray) -> np.ndarray:
        """The classes (B, m) that networks (B, D) say the points are of."""
        w = self.network.layers(theta)
        return self._answers(self.hidden(w)[0], w)[1].argmax(axis=1)

    def value(self, *weights: Number) -> Number:
        theta = np.stack(np.broadcast_arrays(*weights), axis=-1)
        flat = theta.reshape(-1, theta.shape[-1])
        tile = max(1, TILE // (len(self.x) * self.network.hidden))
        each = [self._value(flat[i : i + tile]) for i in range(0, len(flat), tile)]
        return np.concatenate(each).reshape(theta.shape[:-1])[()]

    def grad(self, *weights: Number) -> np.ndarray:
        theta = np.stack(np.broadcast_arrays(*weights), axis=-1)
        flat = theta.reshape(-1, theta.shape[-1])
        tile = max(1, TILE // (len(self.x) * self.network.hidden))
        each = [self._grad(flat[i : i + tile]) for i in range(0, len(flat), tile)]
        return np.moveaxis(np.concatenate(each).reshape(theta.shape), -1, 0)

    def _wrong(self, p: np.ndarray) -> np.ndarray:
        """Shares less what they should be, (B, K, m): the right one lacks what the others have, to the last digit."""
        others = p * (1 - self.wanted)
        return others - self.wanted * others.sum(axis=1, keepdims=True)

    def _value(self, theta: np.ndarray) -> np.ndarray:
        """The loss at weights (B, D): (B,)."""
        net = self.network
        w = net.layers(theta)
        _, s, p = self._answers(self.hidden(w)[0], w)
        if net.loss == "cross_entropy":
            # By how far the wrong scores together lie above the right one, so that a small loss keeps its digits.
            above = s - (s * self.wanted).sum(axis=1, keepdims=True)
            top = np.where(self.wanted == 1, -np.inf, above.real).max(axis=1, keepdims=True)
            others = np.where(self.wanted == 1, 0.0, np.exp(above - top)).sum(axis=1)
            each = softplus(top[:, 0] + np.log(others))
        else:
            each = (self._wrong(p) ** 2).sum(axis=1)
        loss = each.mean(axis=-1)
        if net.l1:
            loss = loss + net.l1 * (np.where(theta.real < 0, -theta, theta) * net.penalised).sum(axis=-1)
        return loss + net.l2 / 2 * (theta * theta * net.penalised).sum(axis=-1) if net.l2 else loss

    def _grad(self, theta: np.ndarray) -> np.ndarray:
        """The derivatives at weights (B, D): (B, D). Backpropagation, layer by layer from the last."""
        net = self.network
        w = net.layers(theta)
        h, z, root = self.hidden(w)
        out, _, p = self._answers(h, w)
        wrong = self._wrong(p)
        ds = wrong if net.loss == "cross_entropy" else 2 * p * (wrong - (p * wrong).sum(axis=1, keepdims=True))
        ds = ds / len(self.x)
        dw2, db2 = ds @ out.swapaxes(1, 2), ds.sum(axis=-1)
        dh = w.w2.swapaxes(1, 2) @ ds
        if self.mask is not None:
            dh = dh * self.mask
        dz = dh * (1 - h * h)
        extra = []
        if w.gamma is not None:
            extra = [(dz * z).sum(axis=-1), dz.sum(axis=-1)]
            dz = dz * w.gamma[..., None]
            # The batch's mean and variance move with the weights too.
            dz = (dz - dz.mean(axis=-1, keepdims=True) - z * (dz * z).mean(axis=-1, keepdims=True)) / root
        blocks = [dz @ self.x, dz.sum(axis=-1), *extra, dw2, db2]
        g = np.concatenate([block.reshape(len(theta), -1) for block in blocks], axis=1)
        if net.l1:
            g = g + net.l1 * np.sign(theta) * net.penalised
        return g + net.l2 * theta * net.penalised if net.l2 else g


class Tested:
    """The loss on held-out points along one run. Where units are batch-normalized, moving averages of the batches stand in."""

    def __init__(self, network: Network, seed: int) -> None:
        # Penalties are a means of training; what is tested is the answers.
        self.network, self.seed = replace(network, l1=0.0, l2=0.0), seed
        self.moving: Statistics | None = None

    def statistics(self, t: int, before: np.ndarray) -> Statistics:
        """The moving averages after step `t`, which was taken at weights `before` (B, D); before step 1 they are 0 and 1."""
        w, network = self.network.layers(before), self.network
        if self.moving is None:
            still = np.zeros((len(before), network.hidden, 1))
            self.moving = Statistics(still, still + 1)
        if t:
            rows = network.batch(t, self.seed)
            z = w.w1 @ network.inputs[rows].T + w.b1[..., None]
            mean, var = Batch.statistics(z)
            # The averages are of the unbiased variance, as torch keeps them.
            var = var * len(rows) / (len(rows) - 1)
            pairs = zip(self.moving, (mean, var), strict=True)
            self.moving = Statistics(*((1 - MOMENTUM) * old + MOMENTUM * new for old, new in pairs))
        return self.moving

    def after(self, t: int, before: np.ndarray, now: np.ndarray) -> np.ndarray:
        """The loss (B,) at weights `now` (B, D), where step `t` has led from `before`; to be asked for t = 0, 1, 2..."""
        stats = self.statistics(t, before) if self.network.normalized else None
        return Batch(self.network, self.network.held_rows, stats=stats)._value(now)
