"""Lengths of vectors: fast, or of any size that floats have."""

import numpy as np


def lengths(vectors: np.ndarray) -> np.ndarray:
    """The lengths (...) of vectors (..., D); infinite from about 1e154 on, where the squares are.

    `np.hypot.reduce` over an axis of two takes twenty times as long.
    """
    if vectors.shape[-1] == 2:
        x, y = vectors[..., 0], vectors[..., 1]
        return np.sqrt(x * x + y * y)
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))


def unit_and_length(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (..., D) at length 1, a vector of 0 as it is, and their lengths (..., 1); one beyond the floats is infinite."""
    size = np.abs(v).max(axis=-1, keepdims=True)
    # In units of the largest coordinate, so that no square overflows or is lost.
    v = v / np.where(size > 0, size, 1.0)
    length = np.hypot.reduce(v, axis=-1, keepdims=True)
    return v / np.where(length > 0, length, 1.0), size * length
