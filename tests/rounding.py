"""How far two results may lie apart that only kernels keep from being equal to the bit.

BLAS and numpy's vector code add in an order of their own and round exp, log and tanh by a few units in the last place,
each kernel in its way: another for each kind of processor, and on one processor for one row, for many, and for an array's
end. What all of them promise is a bound. A sum of n terms is off by at most n roundings of the sum of the terms' sizes
(Higham 2002, Accuracy and Stability of Numerical Algorithms, section 4.2), however small the sum itself has become.
"""

from typing import Any

import numpy as np

EPS = float(np.finfo(float).eps)
# The most units in the last place by which numpy says that a vector function is off.
ULPS = 4


def rounding(terms: int, size: Any) -> Any:
    """How far apart two sums of `terms` terms may lie, computed by any two kernels, if the terms' sizes add up to `size`."""
    return (terms + ULPS) * EPS * 2 * size


def points_of(surface: Any) -> int:
    """The terms behind one number of a surface: its data's points, and all weights of a network; 0 of a formula."""
    model = getattr(surface, "full", surface)
    return (len(surface.raw[1]) if hasattr(surface, "raw") else 0) + getattr(model, "dimension", 0)


def assert_close(actual: Any, desired: Any, terms: int, size: Any = None, words: str = "") -> None:
    """The same but for rounding; `size` is the largest of what is desired unless it is said."""
    size = np.nanmax(np.abs(desired)) if size is None else size
    np.testing.assert_allclose(actual, desired, rtol=0, atol=rounding(terms, size), err_msg=words)


def assert_same_path(actual: Any, desired: Any, terms: int, words: str = "") -> None:
    """Positions (T, ...) or losses of two runs, the same but for rounding.

    Every step adds the rounding of its gradient, which a descent makes no larger and momentum (0.9) carries ten steps on.
    """
    assert_close(actual, desired, terms, 10 * len(desired) * np.nanmax(np.abs(desired)), words)
