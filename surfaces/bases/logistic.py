"""What the surfaces of a sigmoid over data share: its two losses, their slopes, and the minimum of the convex one."""

import numpy as np

from core.either import Number, absolute, softplus


def sigmoid(z: Number) -> Number:
    """1 / (1 + exp(-z)), which a tanh gives without an overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def share(z: Number) -> Number:
    """The sigmoid with all digits where it is nearly 0 as well."""
    e = np.exp(-absolute(z))
    return np.where(np.real(z) > 0, 1.0, e) / (1 + e)


def each_loss(loss: str, z: Number, y: np.ndarray) -> Number:
    """The loss of each score (..., n) for labels `y` (n,) of 0 and 1."""
    # The score of the wrong answer: -ln of the right one's share is its softplus, and no digit of a small loss is lost.
    wrong = (1 - 2 * y) * z
    return softplus(wrong) if loss == "cross_entropy" else share(wrong) ** 2


def squared_slope(z: Number, y: np.ndarray) -> Number:
    """The derivative of each point's squared error by its score: (..., n). Of cross-entropy it is sigmoid(z) - y."""
    sign = 1 - 2 * y
    wrong = share(sign * z)
    return 2 * sign * wrong * wrong * share(-sign * z)


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
