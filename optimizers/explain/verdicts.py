"""Why a run went as it did, in words with numbers: read off the path and its surface, never off the optimizer.

*diverges*: the rate is above the limit of stability of the local quadratic from the step on at which the growth begins
that never ends, and the steps along the stiffest direction turn round each time; or the loss falls without end.
*bounces*: the gradient turns round at (nearly) every step and neither it nor the loss gets smaller.
*crawls*: at the end of a run the gradient is small, the minimum far, and the pace would need many times the run.
*saddle*, *plateau*: the run hardly moves at a place without slope that is no minimum.
*burst*: the scale sigma has shrunk until the rate is above the limit; the loss leaps up, sigma grows, and the run is back.

A verdict that cannot be established says nothing. For a network seen on a plane only bouncing is spoken of: the plane's
curvature is not the model's.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from optimizers.bases.hessian import H, eigen, hessian
from optimizers.bases.optimizer import gradient, loss_at
from optimizers.loop.run import Path
from optimizers.loop.status import SMALL

# A run may overflow; what then is not finite says nothing.
QUIET = np.errstate(all="ignore")
# Of two numbers that should be one, how far they may be apart, relatively; below TINY floats lose their digits.
EXACT, TINY = 1e-9, 1e-290
# Of steps that should all do the same, the share that must.
MOST = 0.9
# So many steps in a row make a habit, and a change of the gradient by that factor a step is none.
HABIT, STEADY = 12, 0.03
# A gap that has grown by that much has leapt.
LEAP = 3.0


@dataclass(frozen=True)
class Finding:
    """One thing that a run does, from position `first` to `last`; `sentence` goes on after the run's name."""

    kind: str
    first: int
    last: int
    chip: str
    sentence: str


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


@QUIET
def findings(path: Path) -> tuple[Finding, ...]:
    """All that is found, in the order in which it begins; for one start with its whole path kept."""
    found = [*diverges(path), *bounces(path), *crawls(path), *stuck(path), *bursts(path)]
    return tuple(sorted(found, key=lambda finding: finding.first))


@lru_cache(maxsize=64)
@QUIET
def _hessians(path: Path) -> np.ndarray:
    """The second derivatives of the surface (steps+1, 2, 2) along the path, NaN where it is not smooth."""
    h = hessian(path.surface, path.theta)
    if getattr(path.surface, "l1", 0.0):
        # Across the tip of |x| a difference is no derivative.
        tip = np.any(np.abs(path.theta) <= 2 * H * (1 + np.abs(path.theta)), axis=-1)
        h[tip] = np.nan
    return h


@QUIET
def curvature(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (steps+1, 2), rising, and unit eigenvectors (steps+1, 2, 2), one a column, of the Hessian along the path."""
    return eigen(_hessians(path))


@lru_cache(maxsize=64)
@QUIET
def _stiffest(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The largest eigenvalue (steps,) and its direction (steps, 2) of D^(-1/2) H D^(-1/2), D = diag(sigma), at each step.

    Curvature as a method that divides by sigma feels it: the preconditioned sharpness of Cohen et al. 2022,
    arXiv:2207.14484.
    """
    assert path.sigma is not None
    values, vectors = eigen(_scaled(_hessians(path)[:-1], path.sigma))
    return values[:, 1], vectors[:, :, 1]


def _scaled(h: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    root = np.sqrt(sigma)
    return h / (root[:, :, None] * root[:, None, :])


@lru_cache(maxsize=64)
@QUIET
def _law(path: Path) -> Law | None:
    """The law by which the method makes its steps, None where the path shows none that is certain."""
    if path.full is not None or path.theta.ndim != 2 or path.m is None or path.used is None:
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
    """The rate (steps,) above which this method overshoots on the surface's quadratic at each position.

    NaN where there is none (nothing curves up, or a rule stands between the surface's gradient and the step); None for a
    method of which no such limit is known.
    """
    law = _law(path)
    if law is None:
        return None
    assert path.used is not None
    stiffness, direction = _stiffest(path)
    limits = law.limit(stiffness)
    limits[: law.since] = np.nan
    # What is left of a difference of two gradients that are alike is rounding.
    theta, g = path.theta[:-1], path.grad[:-1]
    rounding = 1e-9 * np.hypot.reduce(g, axis=-1) / (1 + np.hypot.reduce(theta, axis=-1))
    limits[np.abs(curvature(path)[0][:-1]).max(axis=-1) < rounding] = np.nan
    # A coordinate that never had a slope has shown no law.
    limits[np.any((np.abs(direction) > 1e-6) & ~np.array(law.known), axis=-1)] = np.nan
    if path.batch_loss is None:
        limits[np.any(path.used != path.grad[:-1], axis=-1)] = np.nan
    return np.where(np.isfinite(limits), limits, np.nan)


def limit_name(path: Path) -> str:
    """What to call the limit: "2/λmax" for gradient descent, "limit" for every other method."""
    law = _law(path)
    return "2/λmax" if law is not None and law.plain else "limit"


@lru_cache(maxsize=64)
@QUIET
def _swings(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each step's part along the stiffest direction, in units of sigma: its size (steps,), its share of the whole step
    (steps,), and whether it points the other way than the step before it did (steps,).
    """
    assert path.sigma is not None
    _, direction = _stiffest(path)
    root = np.sqrt(path.sigma)
    moves = np.diff(path.theta, axis=0)
    along = (direction * root * moves).sum(axis=-1)
    before = (direction[1:] * root[1:] * moves[:-1]).sum(axis=-1)
    share = np.abs(along) / np.hypot.reduce(root * moves, axis=-1)
    turned = np.append(False, along[1:] * np.sign(before) < 0)
    return np.abs(along), share, turned


@lru_cache(maxsize=64)
@QUIET
def diverges(path: Path) -> tuple[Finding, ...]:
    """Why a run that diverged did."""
    if path.theta.ndim != 2 or path.full is not None or path.m is None or path.status != "diverged":
        return ()
    finite = int(np.isfinite(path.theta).all(axis=-1).sum()) - 1
    # Where all is lost within a few steps, what comes behind the verdict is looked at too.
    end = min(finite, max(int(path.stop_step), 10))
    return _overshoots(path, end) or _runs_off(path, end)


def _overshoots(path: Path, end: int) -> tuple[Finding, ...]:
    """The rate is above the limit from the step on at which the steps across begin to grow for good."""
    limits = limit(path)
    if limits is None or end < 3:
        return ()
    assert path.lr is not None
    size, share, turned = (row[:end] for row in _swings(path))
    above = path.lr[:end] > limits[:end]
    lowest_ahead = np.minimum.accumulate(np.where(np.isnan(size), np.inf, size)[::-1])[::-1]
    begins = above & (size <= lowest_ahead) & (_ahead(above) >= MOST)
    # The first step of a growth may still come from the other side; those behind it turn.
    begins &= np.append(_ahead(turned)[1:], 0.0) >= MOST
    begins[max(min(int(path.stop_step), end - 2), 0) :] = False
    if not begins.any():
        return ()
    first = int(np.argmax(begins))
    across = np.mean(share[-5:] ** 2) >= 0.5
    if not (across and path.loss[end] > path.loss[first] and size[-1] > size[first]):
        return ()
    words = f"diverges because {_above(path, first, here=True)}"
    return (Finding("diverges", first, int(path.stop_step), "", words),)


def _above(path: Path, t: int, here: bool = False) -> str:
    """That the rate of a step is above the limit there, or just under it."""
    limits, law = limit(path), _law(path)
    assert limits is not None
    assert law is not None
    assert path.lr is not None
    rate, bound = float(path.lr[t]), float(limits[t])
    how = "at" if abs(rate - bound) < 1e-6 * bound else "above" if rate > bound else "just under"
    r, b = apart(rate, bound)
    place = " here" if here else ""
    if law.plain:
        return f"the rate {r} is {how} 2/λmax = {b}{place}"
    stiffness = _number(float(_stiffest(path)[0][t]))
    after = " after dividing by σ" if law.scaled else ""
    return f"the rate {r} is {how} this method's limit {b}{place} (λmax = {stiffness}{after})"


def _runs_off(path: Path, end: int) -> tuple[Finding, ...]:
    """The loss falls at every step of a way along which the surface curves down."""
    if getattr(path.surface, "lowest", None) is not None or end < 3:
        return ()
    moves = np.diff(path.theta[: end + 1], axis=0)
    squared = (moves**2).sum(axis=-1)
    curved = (moves[:, None] @ _hessians(path)[:end] @ moves[:, :, None])[:, 0, 0] / squared
    values = curvature(path)[0][:end]
    down = (curved < -SMALL * np.abs(values).max(axis=-1)) & (np.diff(path.loss[: end + 1]) < 0)
    first = end - int(np.logical_and.accumulate(down[::-1]).sum())
    if end - first < 3 or first >= path.stop_step or path.loss[end] >= np.min(path.loss[: first + 1]):
        return ()
    way = path.theta[end] - path.theta[first]
    bend = float(way @ _hessians(path)[first] @ way / (way @ way))
    if not bend < 0:
        return ()
    words = f"runs off: the surface falls without end that way (curvature {_number(bend)} here)"
    return (Finding("diverges", first, int(path.stop_step), "", words),)


@lru_cache(maxsize=64)
@QUIET
def bounces(path: Path) -> tuple[Finding, ...]:
    """Where a run goes to and fro between two walls and gets no lower.

    The gradient is that of the whole loss, of a network's that in the space of all its weights.
    """
    if path.theta.ndim != 2:
        return ()
    end = _awake(path)
    if path.status == "diverged":
        # What grows without end is no bouncing, and where its growth begins only `diverges` knows.
        end = min((finding.first for finding in diverges(path)), default=0)
    whole = path.full or path
    if end <= HABIT:
        return ()
    g, loss = whole.grad[: end + 1], path.loss[: end + 1]
    norm = np.hypot.reduce(g, axis=-1)
    turned = (g[1:] * g[:-1]).sum(axis=-1) < -0.5 * norm[1:] * norm[:-1]
    sums = np.concatenate([[0], np.cumsum(turned)])
    # Of a window's positions; of turns and pairs there is one fewer.
    often = sums[HABIT - 1 :] - sums[: 1 - HABIT] >= MOST * (HABIT - 1)
    if not often.any():
        # As it is with most runs.
        return ()
    least = 0.01 * np.nanmax(np.hypot.reduce(whole.grad, axis=-1), initial=0.0)
    if path.full is None:
        least = max(least, SMALL * _picture(path).steepest)
    lowest = getattr(whole.surface, "lowest", None)
    gap = np.abs(loss - (np.nanmin(path.loss) if lowest is None else lowest))
    changes = np.abs(_drift(gap)) <= 2 * STEADY * _mean(gap)
    if lowest is None:
        changes |= np.abs(_drift(gap)) <= SMALL * np.ptp(loss[np.isfinite(loss)])
    # Of each two neighbours, one at either wall.
    pairs = (np.log(norm[1:]) + np.log(norm[:-1])) / 2
    level = _spread(pairs, HABIT - 1) <= STEADY * HABIT
    holds = often & level & changes & (_least(norm) > least)
    spans = _spans(holds, HABIT - 1, gap=2 * HABIT)
    # The swing of a burst is told there.
    burst = [(finding.first - HABIT, finding.last + HABIT) for finding in bursts(path)] if spans else []
    # Where close spans became one, it may be that what lies between them is no bouncing.
    spans = [(first, last) for first, last in spans if abs(math.log(_rate_of(norm[first : last + 1]))) < 0.05]
    return tuple(
        _bouncing(path, g, norm, loss, first, last)
        for first, last in spans
        if not any(begin <= first and last <= end for begin, end in burst)
    )


def _bouncing(path: Path, g: np.ndarray, norm: np.ndarray, loss: np.ndarray, first: int, last: int) -> Finding:
    """The finding for one span of positions."""
    some = slice(first, last + 1)
    turns = np.diff(g[some], axis=0)
    turns /= np.hypot.reduce(turns, axis=-1, keepdims=True)
    walls = "between the walls"
    if path.full is None:
        share = np.sqrt(np.mean(turns**2, axis=0))
        k = int(np.argmax(share))
        if share[k] > 0.97:
            walls = f"between walls in {_axes(path)[k]}"
    words = f"bounces {walls}: its gradient turns at every step and {_course(norm[some], loss[some])}"
    return Finding("bounces", first, last, "bouncing", words + _near_the_limit(path, first, last))


def _course(norm: np.ndarray, loss: np.ndarray) -> str:
    """What becomes of the gradient's length and of the loss while a run bounces."""
    factor = _rate_of(norm)
    if abs(math.log(factor)) * len(norm) <= 0.2:
        middle = [_number(float(np.mean(row[-HABIT:]))) for row in (norm, loss)]
        return f"stays about {middle[0]} long while the loss stays at {middle[1]}"
    how = "shrinks by only" if factor < 1 else "grows by"
    return f"{how} {_number(100 * abs(factor - 1), 2)}% a step; the loss is {_number(float(loss[-1]))} then"


def _rate_of(norm: np.ndarray) -> float:
    """The factor by which numbers that swing between two walls change in a step, from their first to their last few."""
    n = HABIT // 2
    logs = np.log(norm)
    return math.exp((np.mean(logs[-n:]) - np.mean(logs[:n])) / (len(norm) - n))


def _near_the_limit(path: Path, first: int, last: int) -> str:
    """That the rate is close to the limit while a run bounces; nothing where it is not, or not all the time."""
    limits = limit(path)
    if limits is None:
        return ""
    assert path.lr is not None
    last = min(last, len(path.lr) - 1)
    share = path.lr[first : last + 1] / limits[first : last + 1]
    if not np.all(np.isfinite(share)):
        return ""
    middle = float(np.median(share))
    # Where the walls bend, the limit differs from place to place, and no one number is true of all.
    if not (0.9 < middle < 1.5 and np.all(np.abs(share - middle) <= 0.1) and np.all((share > 1) == (middle > 1))):
        return ""
    return f"; {_above(path, first + int(np.argmin(np.abs(share - middle))))}"


@QUIET
def crawls(path: Path) -> tuple[Finding, ...]:
    """Whether a run ends far from the minimum on a slope so small that it would need many times its steps to get there."""
    if path.theta.ndim != 2 or path.full is not None or path.status not in ("running", "stalled"):
        return ()
    steps = len(path.theta) - 1
    away, which = _remaining(path)
    norm = np.hypot.reduce(path.grad, axis=-1)
    moved = np.hypot.reduce(np.diff(path.theta, axis=0), axis=-1)
    picture = _picture(path)
    gentle = norm[:-1] < 0.01 * max(min(np.nanmax(norm), picture.steepest), picture.slope)
    slow = gentle & (moved * 5 * steps < away[:-1])
    lasted = int(np.logical_and.accumulate(slow[::-1]).sum())
    if lasted < max(20, steps / 4):
        return ()
    first = steps - lasted
    n = max(20, steps // 4)
    pace = float(np.hypot.reduce(path.theta[-1] - path.theta[-1 - n])) / n
    left = float(away[-1])
    if not (pace > 0 and left > 5 * steps * pace and math.isfinite(left / pace)):
        return ()
    # A run that goes to and fro, as noise makes it, has no pace; one that goes elsewhere, or comes to rest, is on no way to
    # that minimum.
    before, lately = np.mean(moved[-n : -n // 2]), np.mean(moved[-n // 2 :])
    closer = float(away[-1 - n]) - left
    falls = path.loss[-1] < path.loss[-1 - n] and _inside(path)
    if not falls or pace < 0.5 * np.mean(moved[-n:]) or closer < 0.3 * n * pace or lately < 0.75 * before:
        return ()
    if any(finding.last >= first for finding in (*bounces(path), *stuck(path))):
        return ()
    words = (
        f"crawls: the gradient is {_number(float(norm[-1]))} long, a step {_number(pace)}, and {which} still "
        f"{_number(left)} away: {_number(left / pace)} more steps at this pace"
    )
    return (Finding("crawls", first, steps, "crawling", words),)


def _inside(path: Path) -> bool:
    """Whether a run ends within its window, or not half its size outside."""
    window = getattr(path.surface, "window", None)
    if window is None:
        return True
    low, high = np.array(window, dtype=float).T
    return bool(np.all(np.abs(path.theta[-1] - (low + high) / 2) <= high - low))


def _remaining(path: Path) -> tuple[np.ndarray, str]:
    """How far it is from each position (steps+1,) to the nearest minimum that is known, or by Newton's step where that is
    less far; NaN where neither is to be had.
    """
    values, vectors = curvature(path)
    newton = np.hypot.reduce((path.grad[:, None] @ vectors)[:, 0] / values, axis=-1)
    valley = values[:, 0] > SMALL * values[:, 1]
    minima, by_curvature = getattr(path.surface, "minima", ()), "the minimum, by the curvature,"
    if not minima:
        return np.where(valley, newton, np.nan), by_curvature
    away = np.hypot.reduce(path.theta[:, None] - np.array(minima), axis=-1).min(axis=-1)
    # Where the valley that a run is in ends sooner, it may be the valley of another minimum.
    sooner = valley & (newton < away)
    which = by_curvature if sooner[-1] else "the minimum" if len(minima) == 1 else "the nearest minimum"
    return np.where(sooner, newton, away), which


@lru_cache(maxsize=64)
@QUIET
def stuck(path: Path) -> tuple[Finding, ...]:
    """Where a run stays for ten steps or more at a place without slope that is no minimum."""
    window = getattr(path.surface, "window", None)
    if path.theta.ndim != 2 or path.full is not None or window is None:
        return ()
    size = max(high - low for low, high in window)
    end = _awake(path)
    if path.status == "diverged":
        end = min(end, int(path.stop_step))
    theta = path.theta[: end + 1]
    if len(theta) <= 10:
        return ()
    norm = np.hypot.reduce(path.grad[: end + 1], axis=-1)
    flat = norm < SMALL * _picture(path).steepest
    if not flat.any():
        return ()
    moved = np.hypot.reduce(np.diff(theta, axis=0), axis=-1)
    still = flat[:-1] & flat[1:] & (moved < SMALL * size)
    rests = _mean(still.astype(float), 10) == 1
    rests &= np.hypot.reduce(theta[10:] - theta[:-10], axis=-1) < 2 * SMALL * size
    found = []
    for first, last in _spans(rests, 10):
        here = first + int(np.argmin(norm[first : last + 1]))
        kind_words = _saddle(path, here, size) or _plateau(path, here, size)
        if kind_words is None:
            continue
        kind, chip, words = kind_words
        verb = "is stuck" if last == len(path.theta) - 1 else f"hangs until step {last}"
        found.append(Finding(kind, first, last, chip, f"{verb} on a {kind}: {words}"))
    return tuple(found)


def _saddle(path: Path, t: int, size: float) -> tuple[str, str, str] | None:
    """The kind, the chip and the words, if Newton's method finds a saddle's very point within a hundredth of the window."""
    place = begun = path.theta[t : t + 1]
    norm = float(np.hypot.reduce(path.grad[t]))
    for _ in range(4):
        g, h = gradient(path.surface, place), hessian(path.surface, place)
        values, vectors = eigen(h)
        slopes = (g[:, None] @ vectors)[:, 0]
        # A slope of nothing leads nowhere, whatever the curvature.
        lengths = np.where(slopes == 0, 0.0, slopes / values)
        place = place - (vectors @ lengths[..., None])[..., 0]
        if not np.hypot.reduce(place - begun, axis=-1)[0] <= 0.01 * size:
            return None
    down, up = (float(v) for v in eigen(hessian(path.surface, place))[0][0])
    there = float(np.hypot.reduce(gradient(path.surface, place)[0]))
    most = max(abs(down), up)
    # What is that much smaller than elsewhere is a plateau, or rounding.
    if most < 1e-6 * _picture(path).stiffest:
        return None
    # Exactly on the point: no slope worth the name, measured by how far the curvature would let one move.
    if not (down < -0.01 * most < 0 < 0.01 * most < up and there <= 1e-3 * norm + 1e-6 * most * size):
        return None
    words = (
        f"the curvature is {_number(up)} one way and {_number(down)} the other, and the gradient {_number(norm)} long"
    )
    return "saddle", "stuck on a saddle", words


def _plateau(path: Path, t: int, size: float) -> tuple[str, str, str] | None:
    """The same, if slope and curvature are nothing beside those of the window, and all around is flat beside what is open."""
    picture = _picture(path)
    norm = float(np.hypot.reduce(path.grad[t]))
    most = float(np.abs(curvature(path)[0][t]).max())
    if not (norm < SMALL * picture.steepest and most < SMALL * picture.stiffest):
        return None
    # Where one corner of the window is very steep all else passes that; so look around, too.
    angle = np.linspace(0, 2 * np.pi, 17)[:-1]
    ring = path.theta[t] + 0.05 * size * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    change = np.abs(loss_at(path.surface, np.concatenate([ring, (ring + path.theta[t]) / 2])) - path.loss[t])
    if not np.all(change <= 0.01 * (path.loss[t] - picture.lowest)):
        return None
    words = f"no slope ({_number(norm)}) and no curvature (at most {_number(most)}) to push it"
    return "plateau", "stuck: no slope here", words


@lru_cache(maxsize=64)
@QUIET
def bursts(path: Path) -> tuple[Finding, ...]:
    """Where a scale has shrunk so far that the rate is above the limit, so that the loss leaps up, and comes back."""
    if path.sigma is None or np.all(path.sigma[:1] == path.sigma) or path.status == "diverged":
        return ()
    law, limits = _law(path), limit(path)
    if law is None or limits is None or not law.scaled:
        return ()
    assert path.lr is not None
    if np.array_equal(path.sigma[:, 0], path.sigma[:, 1], equal_nan=True):
        # One scale for both is no memory of slopes, but a search for the length of a step.
        return ()
    lowest = getattr(path.surface, "lowest", None)
    floor = float(np.nanmin(path.loss) if lowest is None else lowest)
    gap = path.loss - floor
    open_ = float(gap[0] if lowest is not None else np.nanmax(gap))
    above = path.lr > limits
    if not above.any():
        return ()
    # Once the limit is passed, sigma grows: what it was before that decides.
    widest = np.maximum.accumulate(path.sigma, axis=0)
    allowed = law.limit(eigen(_scaled(_hessians(path)[:-1], widest))[0][:, 1])
    culprit = above & ~(path.lr > allowed)
    _, _, turned = _swings(path)
    found: list[Finding] = []
    for first, last in _spans(culprit, 1, gap=2):
        if found and first <= found[-1].last:
            continue
        finding = _burst(path, first, last, gap, open_, turned, widest, culprit)
        found += [finding] if finding else []
    return tuple(found)


def _burst(
    path: Path,
    first: int,
    last: int,
    gap: np.ndarray,
    open_: float,
    turned: np.ndarray,
    widest: np.ndarray,
    culprit: np.ndarray,
) -> Finding | None:
    """The finding for one span of steps above the limit, if the loss leaps there and is back behind it."""
    limits = limit(path)
    assert limits is not None
    assert path.sigma is not None
    assert path.lr is not None
    some = gap[first : last + 2]
    top = first + int(np.argmax(some))
    low = first + int(np.argmin(gap[first : top + 1]))
    if not (gap[top] >= LEAP * gap[low] and gap[top] >= SMALL * open_):
        return None
    rose = max(LEAP * gap[low], gap[top] / 10)
    at = low + int(np.argmax(gap[low : top + 1] >= rose))
    back = gap[top:] <= gap[top] / LEAP
    if top - low < 3 or not back.any() or np.mean(turned[low + 1 : top]) < MOST:
        return None
    home = top + int(np.argmax(back))
    # The smallest scale on the way: where it is smallest beside what it was, along the direction that is overshot.
    guilty = low + np.flatnonzero(culprit[low:at])
    if not len(guilty):
        return None
    t = int(guilty[np.argmin(limits[guilty] / path.lr[guilty])])
    k = int(np.argmax(np.abs(_stiffest(path)[1][t])))
    was, now = float(widest[t, k]), float(path.sigma[t, k])
    if was < 1.2 * now:
        return None
    words = (
        f"bursts at step {at}: σ in {_axes(path)[k]} has fallen from {_number(was)} to {_number(now)}, so "
        f"{_above(path, t)}; the loss jumps from {_number(float(path.loss[low]))} to {_number(float(path.loss[top]))}"
    )
    return Finding("burst", at, home, f"burst at {at}", words)


@dataclass(frozen=True)
class Picture:
    """What a surface has in its window: its middling and its steepest slope, its stiffest curvature, its lowest loss."""

    slope: float
    steepest: float
    stiffest: float
    lowest: float


def _picture(path: Path) -> Picture:
    """The picture of the path's surface; without a window nothing is steep."""
    surface: Any = path.surface
    return _pictured(surface) if getattr(surface, "window", None) is not None else Picture(0.0, 0.0, 0.0, math.inf)


@lru_cache(maxsize=32)
@QUIET
def _pictured(surface: Any) -> Picture:
    """What is finite on a grid of 21 x 21 points over the window."""
    low, high = np.array(surface.window, dtype=float).T
    places = np.stack(np.meshgrid(*np.linspace(low, high, 21).T), axis=-1).reshape(-1, 2)
    slopes = np.hypot.reduce(gradient(surface, places), axis=-1)
    bends = np.abs(eigen(hessian(surface, places))[0]).max(axis=-1)
    heights = loss_at(surface, places)
    known = getattr(surface, "lowest", None)
    lowest = np.min(heights, where=np.isfinite(heights), initial=math.inf) if known is None else known
    steepest, stiffest = (float(np.max(row, where=np.isfinite(row), initial=0.0)) for row in (slopes, bends))
    return Picture(float(np.nanmedian(slopes)), steepest, stiffest, float(lowest))


def _awake(path: Path) -> int:
    """The last position before a run is at a minimum, or is stopped: what it does there is no news."""
    end = len(path.theta) - 1
    if path.status in ("converged", "local_minimum"):
        end = min(end, int(path.stop_step))
    return end if path.halt_step == -1 else min(end, int(path.halt_step))


def _axes(path: Path) -> tuple[str, str]:
    return getattr(path.surface, "axes", ("x", "y"))


def _ahead(condition: np.ndarray) -> np.ndarray:
    """The share of the steps from each to the end at which a condition holds."""
    return np.cumsum(condition[::-1])[::-1] / np.arange(len(condition), 0, -1)


def _mean(row: np.ndarray, n: int = HABIT) -> np.ndarray:
    """The means of n numbers in a row, from each on."""
    return np.lib.stride_tricks.sliding_window_view(row, n).mean(axis=-1)


def _least(row: np.ndarray, n: int = HABIT) -> np.ndarray:
    """The smallest of n numbers in a row, from each on."""
    return np.lib.stride_tricks.sliding_window_view(row, n).min(axis=-1)


def _spread(row: np.ndarray, n: int = HABIT) -> np.ndarray:
    """The largest less the smallest of n numbers in a row, from each on."""
    some = np.lib.stride_tricks.sliding_window_view(row, n)
    return some.max(axis=-1) - some.min(axis=-1)


def _drift(row: np.ndarray) -> np.ndarray:
    """By how much the second half of a habit's numbers lies above the first, a step, from each position on.

    Both halves hold as many of the one wall as of the other.
    """
    half = _mean(row, HABIT // 2)
    return (half[HABIT // 2 :] - half[: -(HABIT // 2)]) / (HABIT // 2)


def _spans(holds: np.ndarray, n: int, gap: int = 0) -> list[tuple[int, int]]:
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


def _number(value: float, digits: int = 3) -> str:
    """So many digits, the way a person writes them: 0.303, 12.4, 1.30×10⁻⁵."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    power = int(exponent)
    if -4 <= power < 5:
        return f"{float(f'{mantissa}e{power}'):.{max(0, digits - 1 - power)}f}".replace("-", "−")
    return f"{mantissa}×10{str(power).translate(SUPER)}".replace("-", "−")


SUPER = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def apart(one: float, other: float) -> tuple[str, str]:
    """Two numbers with three digits, or with as many as tell them apart."""
    pairs = [(_number(one, digits), _number(other, digits)) for digits in range(3, 8)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])
