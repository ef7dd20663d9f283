"""The law by which a method makes its steps, read off the path, and the rate above which that is unstable."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from optimizers.explain.curvature import curvature, stiffest
from optimizers.explain.numbers import apart, number
from optimizers.explain.rows import QUIET
from optimizers.loop.run import Path

# Of two numbers that should be one, how far they may be apart, relatively; below TINY floats lose their digits.
EXACT, TINY = 1e-9, 1e-290
# Of steps that should all do the same, the share that must.
MOST = 0.9


@dataclass(frozen=True)
class Law:
    """How a method makes its direction of its gradients: m_t = a m_(t-1) + c g_t + d g_(t-1), and decay = lr pull theta.

    On a quadratic of curvature h the positions then obey, with b = 1 - lr pull,
    theta_(t+1) = (b + a - lr h c) theta_t - (a b + lr h d) theta_(t-1): stable while the last factor is below 1 in size
    and the first below the last plus 1. `scaled` says that there is a sigma, `known` on which coordinates the law was seen,
    `since` from which step on it holds.
    """

    a: float
    c: float
    d: float
    pull: float
    scaled: bool
    known: tuple[bool, bool]
    since: int

    @property
    def plain(self) -> bool:
        """Whether this is gradient descent, whose limit is 2 over the curvature."""
        return self.a == self.d == self.pull == 0.0 and self.c == 1.0 and not self.scaled

    @QUIET
    def limit(self, stiffness: np.ndarray) -> np.ndarray:
        """The rate at which the recursion is no longer stable for curvatures above 0; NaN for others."""
        a, c, d = self.a, self.c, self.d
        swings = 2 * (1 + a) / (stiffness * (c - d) + self.pull * (1 + a))
        turns = (1 - a if d > 0 else 1 + a) / (stiffness * abs(d)) if d else math.inf
        return np.where(stiffness > 0, np.minimum(swings, turns), np.nan)


@lru_cache(maxsize=64)
@QUIET
def law_of(path: Path) -> Law | None:
    """The law by which the method makes its steps, None where the path shows none that is certain."""
    if path.full is not None or path.theta.ndim != 2 or path.m is None or path.used is None:
        return None
    if path.recipe is not None and path.recipe.optimizer.own_length:
        # Its steps may look like descent's at some rate, and that is not the one that is set.
        return None
    assert path.lr is not None
    assert path.sigma is not None
    assert path.decay is not None
    lr, theta, decay, m, g = path.lr[:, None], path.theta, path.decay, path.m, path.used
    there = theta[:-1] - decay - lr / path.sigma * m
    size = np.abs(theta[:-1]) + np.abs(theta[1:]) + np.abs(lr / path.sigma * m)
    fine = np.isfinite(size) & np.isfinite(g)
    if np.any(fine & ~(np.abs(theta[1:] - there) <= EXACT * size + TINY)):
        return None
    pull = _ratio(decay, lr * theta[:-1], fine)
    if pull is None or not 0 <= pull < 1 / max(np.max(path.lr, initial=0.0), 1e-300):
        return None
    steps = _fitted(m, g, fine)
    if steps is None:
        return None
    a, c, d, since = steps
    # Of a direction that never changes, as of signs, nothing can be said.
    if not (abs(a) < 0.99995 and c + d > 0 and c > d):
        return None
    scaled = bool(np.any(fine & (path.sigma != 1.0)))
    known = np.any(fine & (g != 0), axis=0)
    return Law(a, c, d, pull, scaled, (bool(known[0]), bool(known[1])), since)


def _ratio(y: np.ndarray, x: np.ndarray, where: np.ndarray) -> float | None:
    """The number k for which y = k x wherever asked, None where there is none."""
    if not np.any(y[where]):
        return 0.0
    k = float(y[where] @ x[where] / (x[where] @ x[where]))
    return k if np.all(np.abs(y - k * x)[where] <= EXACT * np.abs(y)[where] + TINY) else None


def _fitted(m: np.ndarray, g: np.ndarray, fine: np.ndarray) -> tuple[float, float, float, int] | None:
    """The simplest a, c, d with m_t = a m_(t-1) + c g_t + d g_(t-1), and the step since when; None where none is certain."""
    sizes = np.abs(g)[fine & (np.abs(g) > TINY)]
    # Gradients that are all of one size fit everything, signs too.
    if len(sizes) < 8 or sizes.max() < 1.01 * sizes.min():
        return None
    return _multiple(m, g, fine) or _running(m, g, fine) or _debiased(m, g, fine)


def _multiple(m: np.ndarray, g: np.ndarray, fine: np.ndarray) -> tuple[float, float, float, int] | None:
    """m = c g."""
    c = float(np.median((m / g)[fine & (np.abs(g) > TINY)]))
    c = 1.0 if abs(c - 1) < EXACT else c
    exact = c > 0 and np.all(np.abs(m - c * g)[fine] <= EXACT * np.abs(m)[fine] + TINY)
    return (0.0, c, 0.0, 0) if exact else None


def _running(m: np.ndarray, g: np.ndarray, fine: np.ndarray) -> tuple[float, float, float, int] | None:
    """A running sum or mean, by least squares, in which each step counts alike however large it is."""
    columns = np.stack([m[:-1], g[1:], g[:-1]], axis=-1)
    sizes = np.hypot.reduce(columns, axis=-1) + np.abs(m[1:])
    usable = fine[1:] & fine[:-1] & (sizes > TINY)
    if usable.sum() < 8:
        return None
    known, asked = (columns / sizes[..., None])[usable], (m[1:] / sizes)[usable]
    for terms in (3, 2):
        found, _, rank, singular = np.linalg.lstsq(known[:, :terms], asked, rcond=None)
        miss = np.sqrt(np.mean((known[:, :terms] @ found - asked) ** 2))
        # Alike columns leave the numbers open: what a miss of that size, or rounding, may do to them.
        doubt = (miss + 1e-14) * singular[0] / singular[-1]
        if rank < terms or miss > 0.01 * EXACT or doubt > 1e-3:
            continue
        a, c, d = (*found.tolist(), 0.0)[:3]
        # Along one straight valley g_(t-1) follows from the others and any d would do; then the first step, which has
        # nothing before it, must say the same.
        if terms == 2 and not np.all(np.abs(m[0] - c * g[0]) <= 1e-6 * np.abs(m[0])):
            continue
        return a, c, 0.0 if abs(d) < 1e-6 * abs(c) else d, 0
    return None


def _debiased(m: np.ndarray, g: np.ndarray, fine: np.ndarray) -> tuple[float, float, float, int] | None:
    """A mean that starts at 0 and is divided by 1 - a^t, as Adam's: it comes to the law only when a^t is small.

    Its second value, (a g_1 + g_2) / (1 + a), says what a is; the others must agree.
    """
    k = int(np.argmax(np.abs(m[1] - m[0])))
    a = float((g[1, k] - m[1, k]) / (m[1, k] - m[0, k]))
    if not 0 < a < 1:
        return None
    left = 1 - a ** np.arange(1, len(m) + 1)[:, None]
    sums = left * m
    miss = np.abs(sums[1:] - a * sums[:-1] - (1 - a) * g[1:])
    sizes = np.abs(sums[1:]) + np.abs(sums[:-1]) + np.abs(g[1:])
    if not np.all(miss[fine[1:]] <= 1e-6 * sizes[fine[1:]] + TINY):
        return None
    return a, 1 - a, 0.0, math.ceil(math.log(0.01) / math.log(a))


@lru_cache(maxsize=64)
@QUIET
def limit(path: Path) -> np.ndarray | None:
    """The rate (steps,) above which this method is unstable on the surface's quadratic at each position: its swings grow.

    It overshoots from a lower rate on, gradient descent from half of it. Where there is a sigma, it is held at what it is at
    that step: as it adapts, the limit moves, and is none of the run. NaN where there is none (nothing curves up, or a rule
    stands between the surface's gradient and the step); None for a method of which no such limit is known, and under
    mini-batches, whose noise and whose own curvatures make a run unstable sooner.
    """
    law = law_of(path)
    if law is None or path.batch_loss is not None:
        return None
    assert path.used is not None
    stiffness, direction = stiffest(path)
    limits = law.limit(stiffness)
    limits[: law.since] = np.nan
    # What is left of a difference of two gradients that are alike is rounding.
    theta, g = path.theta[:-1], path.grad[:-1]
    rounding = 1e-9 * np.hypot.reduce(g, axis=-1) / (1 + np.hypot.reduce(theta, axis=-1))
    limits[np.abs(curvature(path)[0][:-1]).max(axis=-1) < rounding] = np.nan
    # A coordinate that never had a slope has shown no law.
    limits[np.any((np.abs(direction) > 1e-6) & ~np.array(law.known), axis=-1)] = np.nan
    limits[np.any(path.used != path.grad[:-1], axis=-1)] = np.nan
    return np.where(np.isfinite(limits), limits, np.nan)


def limit_name(path: Path) -> str:
    """What to call the limit: "2/λmax" for gradient descent, "limit" for every other method, with the sigma it holds for."""
    law = law_of(path)
    if law is None:
        return "limit"
    return "2/λmax" if law.plain else "limit at this σ" if law.scaled else "limit"


def above_limit(path: Path, t: int, here: bool = False) -> str:
    """That the rate of a step is above the limit there, or just under it."""
    limits, law = limit(path), law_of(path)
    assert limits is not None
    assert law is not None
    assert path.lr is not None
    rate, bound = float(path.lr[t]), float(limits[t])
    how = "at" if abs(rate - bound) < 1e-6 * bound else "above" if rate > bound else "just under"
    r, b = apart(rate, bound)
    place = " here" if here else ""
    if law.plain:
        return f"the rate {r} is {how} 2/λmax = {b}{place}"
    stiffness = number(float(stiffest(path)[0][t]))
    if law.scaled:
        # As sigma adapts the limit moves: it is one of the quadratic that is there now, not one of the run.
        now = f"{b}, the limit of the quadratic here with the present σ"
        return f"the rate {r} is {how} {now} (λmax = {stiffness} after dividing by σ)"
    return f"the rate {r} is {how} this method's limit {b}{place} (λmax = {stiffness})"
