"""Looks along a run: stretches in which something holds, means and spreads of a few numbers in a row."""

import numpy as np

# A run may overflow; what then is not finite says nothing.
QUIET = np.errstate(all="ignore")
# So many steps in a row make a habit, and a change of the gradient by that factor a step is none.
HABIT, STEADY = 12, 0.03


def ahead(condition: np.ndarray) -> np.ndarray:
    """The share of the steps from each to the end at which a condition holds."""
    return np.cumsum(condition[::-1])[::-1] / np.arange(len(condition), 0, -1)


def mean(row: np.ndarray, n: int = HABIT) -> np.ndarray:
    """The means of n numbers in a row, from each on."""
    return np.lib.stride_tricks.sliding_window_view(row, n).mean(axis=-1)


def least(row: np.ndarray, n: int = HABIT) -> np.ndarray:
    """The smallest of n numbers in a row, from each on."""
    return np.lib.stride_tricks.sliding_window_view(row, n).min(axis=-1)


def spread(row: np.ndarray, n: int = HABIT) -> np.ndarray:
    """The largest less the smallest of n numbers in a row, from each on."""
    some = np.lib.stride_tricks.sliding_window_view(row, n)
    return some.max(axis=-1) - some.min(axis=-1)


def drift(row: np.ndarray) -> np.ndarray:
    """By how much the second half of a habit's numbers lies above the first, a step, from each position on.

    Both halves hold as many of the one wall as of the other.
    """
    half = mean(row, HABIT // 2)
    return (half[HABIT // 2 :] - half[: -(HABIT // 2)]) / (HABIT // 2)


def stretches(holds: np.ndarray, n: int, gap: int = 0) -> list[tuple[int, int]]:
    """The spans, first and last, that are covered by stretches of n steps behind where a condition holds; close ones as one."""
    spans: list[tuple[int, int]] = []
    edges = np.flatnonzero(np.diff(np.concatenate([[0], holds.astype(int), [0]])))
    for first, behind in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        last = behind - 1 + n
        if spans and first <= spans[-1][1] + gap:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans
