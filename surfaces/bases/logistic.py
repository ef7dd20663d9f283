"""What the surfaces of a sigmoid over data share: its two losses, their slopes, and the minimum of the convex one."""

import numpy as np

from core.either import Number


def sigmoid(z: Number) -> Number:
    """1 / (1 + exp(-z)), which a tanh gives without an overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def softplus(z: Number) -> Number:
    """ln(1 + exp(z)) without an overflow; for complex z too, as a complex step needs it."""
    if np.iscomplexobj(z):
        above = z.real > 0
        return np.where(above, z, 0.0) + np.log1p(np.exp(np.where(above, -z, z)))
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def each_loss(loss: str, z: Number, y: np.ndarray) -> Number:
    """The loss of each score (..., n) for labels `y` (n,) of 0 and 1."""
    if loss == "cross_entropy":
        # -y ln p - (1-y) ln(1-p)
        return softplus(z) - y * z
    wrong = sigmoid(z) - y
    return wrong * wrong


def squared_slope(z: Number, y: np.ndarray) -> Number:
    """The derivative of each point's squared error by its score: (..., n). Of cross-entropy it is sigmoid(z) - y."""
    p = sigmoid(z)
    return 2 * (p - y) * p * (1 - p)


def best_weights(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The weights (d,) at which the cross-entropy of inputs (n, d) is lowest, by Newton's method (it is convex)."""
    w = np.zeros(x.shape[1])
    for _ in range(50):
        p = sigmoid(x @ w)
        step = np.linalg.solve(x.T * (p * (1 - p)) @ x, x.T @ (p - y))
        w = w - step
        if np.abs(step).max() < 1e-14 * (1 + np.abs(w).max()):
            break
    return w
