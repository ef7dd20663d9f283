"""How long vectors are: a root of a sum of squares, which numpy takes a twentieth of the time for that `hypot.reduce` does."""

import numpy as np


def lengths(vectors: np.ndarray) -> np.ndarray:
    """The lengths (...) of vectors (..., D); infinite from about 1e154 on, where the squares are."""
    if vectors.shape[-1] == 2:
        x, y = vectors[..., 0], vectors[..., 1]
        return np.sqrt(x * x + y * y)
    return np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
