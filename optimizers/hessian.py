"""The curvature of a surface, by central differences of its gradient: about ten correct digits."""

import numpy as np

from optimizers.base import Differentiable

# Relative to 1 + |theta|: where the error of the difference and that of rounding are alike small.
H = 1e-5


def hessian(surface: Differentiable, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """f_xx, f_xy and f_yy, each (B,), at positions (B, 2)."""
    surface = getattr(surface, "smooth", surface)
    columns = []
    for i in range(2):
        h = H * (1 + np.abs(theta[:, i]))
        ahead, behind = theta.copy(), theta.copy()
        ahead[:, i] += h
        behind[:, i] -= h
        # The step that was taken, after rounding.
        width = ahead[:, i] - behind[:, i]
        pairs = zip(surface.grad(*ahead.T), surface.grad(*behind.T), strict=True)
        columns.append([(p - q) / width for p, q in pairs])
    (a, b), (other, c) = columns
    # A rule that holds a coordinate leaves one of the two mixed derivatives out, and then there is none.
    return a, np.where((b == 0) | (other == 0), 0.0, (b + other) / 2), c


def eigenvalues(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The smaller and the larger eigenvalue of [[a, b], [b, c]]."""
    mean, spread = (a + c) / 2, np.hypot((a - c) / 2, b)
    return mean - spread, mean + spread
