"""The mean squared error of a model that is linear in two weights: an exact quadratic."""

from typing import NamedTuple

import numpy as np

from core.either import Number


class Quadratic(NamedTuple):
    """The loss d + a (w1-u)^2 + 2 b (w1-u)(w2-v) + c (w2-v)^2 of two weights."""

    u: float
    v: float
    a: float
    b: float
    c: float
    d: float

    def value(self, x: Number, y: Number) -> Number:
        """The loss at (x, y)."""
        p, q = x - self.u, y - self.v
        return self.d + self.a * p * p + 2.0 * self.b * p * q + self.c * q * q

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        """The partial derivatives of the loss at (x, y)."""
        p, q = x - self.u, y - self.v
        return 2.0 * (self.a * p + self.b * q), 2.0 * (self.b * p + self.c * q)


def least_squares(x: np.ndarray, y: np.ndarray) -> Quadratic:
    """The loss of inputs (n, 2) and targets (n,). Where many weights are best it is laid around the shortest of them."""
    cov = x.T @ x / len(y)
    try:
        u, v = np.linalg.solve(cov, x.T @ y / len(y))
    except np.linalg.LinAlgError:
        u, v = np.linalg.lstsq(x, y, rcond=None)[0]
    d = np.mean((x @ np.array([u, v]) - y) ** 2)
    return Quadratic(*(float(q) for q in (u, v, cov[0, 0], cov[0, 1], cov[1, 1], d)))
