"""The curvature of a surface, by central differences of its gradient: about ten correct digits."""

from typing import Any

import numpy as np

from core.either import Number, where
from optimizers.bases.optimizer import Differentiable, gradient

# Relative to 1 + |theta|: where the error of the difference and that of rounding are alike small.
H = 1e-5


def hessian(surface: Differentiable, theta: np.ndarray) -> np.ndarray:
    """The second derivatives (B, D, D) at positions (B, D)."""
    surface = getattr(surface, "smooth", surface)
    d = theta.shape[-1]
    if d == 2:
        return _of_two(surface, theta)
    h = np.eye(d)[:, None] * (H * (1 + np.abs(theta)))
    ahead, behind = theta + h, theta - h
    # The step that was taken, after rounding.
    width = (ahead - behind).sum(axis=-1, keepdims=True)
    # All directions in one call: the axis of the directions stands in front, (D, B, D).
    change = (gradient(surface, ahead) - gradient(surface, behind)) / width
    mixed = np.moveaxis(change, 0, 1)
    other = mixed.swapaxes(1, 2)
    # A rule that holds a coordinate leaves one of the two mixed derivatives out, and then there is none.
    return np.where((mixed == 0) | (other == 0), 0.0, (mixed + other) / 2)


def _of_two(surface: Differentiable, theta: np.ndarray) -> np.ndarray:
    """The same (B, 2, 2) of two coordinates, written out: small arrays cost numpy more than the arithmetic."""
    h = np.empty((len(theta), 2, 2))
    h[:, 0, 0], h[:, 0, 1], h[:, 1, 1] = bends(surface, theta[:, 0], theta[:, 1])
    h[:, 1, 0] = h[:, 0, 1]
    return h


def bends(surface: Differentiable, x: Number, y: Number) -> tuple[Number, Number, Number]:
    """The second derivatives by x twice, by both and by y twice, of coordinates (B,) or of a trace's."""
    surface = getattr(surface, "smooth", surface)
    dx, dy = H * (1 + abs(x)), H * (1 + abs(y))
    slopes: list[Any]
    xs, ys = (x + dx, x - dx, x, x), (y, y, y + dy, y - dy)
    if isinstance(x, np.ndarray):
        # In one call.
        slopes = [np.broadcast_to(part, (4, len(x))) for part in surface.grad(np.stack(xs), np.stack(ys))]
    else:
        slopes = list(zip(*map(surface.grad, xs, ys), strict=True))
    slope_x, slope_y = slopes
    wide, high = xs[0] - xs[1], ys[2] - ys[3]
    one, other = (slope_y[0] - slope_y[1]) / wide, (slope_x[2] - slope_x[3]) / high
    mixed = where((one == 0) | (other == 0), 0.0, (one + other) / 2)
    return (slope_x[0] - slope_x[1]) / wide, mixed, (slope_y[2] - slope_y[3]) / high


# Curvatures smaller than this share of the largest are none: a difference has no digits for them.
FLAT = 1e-8


def downhill(surface: Differentiable, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Newton's direction (B, D) for gradients (B, D), of the curvatures' sizes: without a part along what is level."""
    curvatures, directions = eigen(hessian(surface, theta))
    size = np.abs(curvatures)
    slopes = (g[:, None] @ directions)[:, 0]
    level = (size < FLAT * size.max(axis=-1, keepdims=True)) | (slopes == 0)
    return (directions @ np.where(level, 0.0, slopes / np.where(level, 1.0, size))[..., None])[..., 0]


def eigen(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (B, D), rising, and unit eigenvectors (B, D, D), one a column, of symmetric matrices (B, D, D)."""
    if h.shape[-1] > 2:
        finite = np.isfinite(h).all(axis=(1, 2))
        values, vectors = np.linalg.eigh(np.where(finite[:, None, None], h, 0.0))
        return np.where(finite[:, None], values, np.nan), vectors
    # In closed form, a hundred times quicker than LAPACK where a map asks for many.
    a, b, c = h[:, 0, 0], h[:, 0, 1], h[:, 1, 1]
    mean, spread = (a + c) / 2, np.hypot((a - c) / 2, b)
    angle = 0.5 * np.arctan2(2 * b, a - c)
    # Exact along the axes, where a held coordinate has neither slope nor curvature.
    cos = np.where(b == 0, np.where(a >= c, 1.0, 0.0), np.cos(angle))
    sin = np.where(b == 0, np.where(a >= c, 0.0, 1.0), np.sin(angle))
    values, vectors = np.empty((len(h), 2)), np.empty(h.shape)
    values[:, 0], values[:, 1] = mean - spread, mean + spread
    vectors[:, 0, 0], vectors[:, 1, 0], vectors[:, 0, 1], vectors[:, 1, 1] = -sin, cos, cos, sin
    return values, vectors
