"""Second derivatives along a path, as they are and as a method that divides by sigma feels them."""

from functools import lru_cache

import numpy as np

from optimizers.bases.hessian import H, eigen, hessian
from optimizers.bases.lengths import lengths
from optimizers.explain.rows import QUIET
from optimizers.loop.run import Path


@lru_cache(maxsize=64)
@QUIET
def hessians(path: Path) -> np.ndarray:
    """The second derivatives of the surface (steps+1, 2, 2) along the path, NaN where it is not smooth."""
    h = hessian(path.surface, path.theta)
    if getattr(path.surface, "l1", 0.0):
        # Across the tip of |x| a difference is no derivative.
        tip = np.any(np.abs(path.theta) <= 2 * H * (1 + np.abs(path.theta)), axis=-1)
        h[tip] = np.nan
    return h


@lru_cache(maxsize=64)
@QUIET
def curvature(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (steps+1, 2), rising, and unit eigenvectors (steps+1, 2, 2), one a column, of the Hessian along the path."""
    return eigen(hessians(path))


@lru_cache(maxsize=64)
@QUIET
def stiffest(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalue (steps,) and its direction (steps, 2) of D^(-1/2) H D^(-1/2), D = diag(sigma), at each step.

    Curvature as a method that divides by sigma feels it: the preconditioned sharpness of Cohen et al. 2022,
    arXiv:2207.14484.
    """
    assert path.sigma is not None
    values, vectors = eigen(scaled(hessians(path)[:-1], path.sigma))
    return values[:, 1], vectors[:, :, 1]


def scaled(h: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """D^(-1/2) H D^(-1/2) (steps, 2, 2), D = diag(sigma)."""
    root = np.sqrt(sigma)
    return h / (root[:, :, None] * root[:, None, :])


@lru_cache(maxsize=64)
@QUIET
def swings(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each step's part along the stiffest direction, in units of sigma: its size (steps,), its share of the whole step
    (steps,), and whether it points the other way than the step before it did (steps,).
    """
    assert path.sigma is not None
    _, direction = stiffest(path)
    root = np.sqrt(path.sigma)
    moves = np.diff(path.theta, axis=0)
    along = (direction * root * moves).sum(axis=-1)
    before = (direction[1:] * root[1:] * moves[:-1]).sum(axis=-1)
    share = np.abs(along) / lengths(root * moves)
    turned = np.append(False, along[1:] * np.sign(before) < 0)
    return np.abs(along), share, turned
