"""Lengths of vectors whose squares may leave the floats."""

import numpy as np


def unit_and_length(v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (..., D) at length 1, a vector of 0 as it is, and their lengths (..., 1); one beyond the floats is infinite."""
    size = np.abs(v).max(axis=-1, keepdims=True)
    # In units of the largest coordinate, so that no square overflows or is lost.
    v = v / np.where(size > 0, size, 1.0)
    length = np.hypot.reduce(v, axis=-1, keepdims=True)
    return v / np.where(length > 0, length, 1.0), size * length
