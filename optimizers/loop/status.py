"""How a run ended: one rule each, read off the path and never off the optimizer, on the surface's own scale.

It is the verdict at sight. What a run would do if it went on is looked at in `optimizers.explain.ending`.

*diverged* at n: from n to the end the position is not finite, or farther from the window's centre than a thousand times
the window's size (without a window: beyond a million times 1 + |start|).
*converged* at n: from n to the end the run is within half a hundredth of the window of a minimum, and that is the lowest.
It is one of the surface's `minima`, or where Newton's method leads from the end, if the Hessian there is positive definite
and its loss is the surface's `lowest`. A stranger's surface, with neither window nor lowest value, has its minima from
Newton's method alone.
*local_minimum* at n: the same of a minimum that is not the lowest.
*as_good* at n: where a lowest value is known but no minimum (it lies at infinity), from n to the end the gap loss - lowest
is at most a thousandth of the window's largest.
*stalled* at n: from n to the end, the last quarter of the run at least, the position stays within a hundredth of the window
from where it ends, and the slope there would not close a twentieth of the gap on a way as long as the window.
*running*: none of these.

A minimum, or a value as good as the lowest, must have lasted for a twentieth of the run: at the last step nothing has. Of a
model's many weights only *diverged* is said.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from core.either import Number, sqrt
from optimizers.bases.hessian import H, bends
from optimizers.bases.lengths import lengths
from optimizers.bases.optimizer import gradient, loss_at
from optimizers.loop.window import pictured

CHECK_EVERY = 10
SMALL = 1e-3
# As shares of the window: who is so near a minimum sits in it, and who stays so near a place rests there.
SITS, RESTS = 0.005, 0.01
# The share of a run for which a minimum must have lasted, and a rest.
LASTED, RESTED = 0.05, 0.25
# So little of the gap is closed along the window by a slope that is none.
CLOSES = 0.05
# Newton's steps from where a run ends to the minimum's very point.
STEPS = 6
# So many rows times times are looked at together.
ASKED = 1 << 16
# What the minima of one loss may differ by, beside the window's middling gap.
SAME = 1e-6


class Rule(NamedTuple):
    """One row of the table by which a run is judged, here and in a browser.

    It holds from the step n from which on `measure` is at most `bound` to the end (or, if not `within`, is not), if that is
    the run's share `lasts`, a step at least, and its end is as `ends` says. The first rule that holds is the verdict.

    Measures are distances of the position, "from_centre" of the window, "from_pit", the minimum that the end lies in, and
    "from_end"; and "gap", the loss less the lowest. Ends: "lowest" and "local", where the pit is the lowest or is not;
    "above", where the loss is not less than the lowest; "flat", where the slope is none beside the gap.
    """

    word: str
    measure: str
    bound: str
    within: bool = True
    lasts: float = 0.0
    ends: str = ""


RULES = (
    Rule("diverged", "from_centre", "far", within=False),
    Rule("converged", "from_pit", "sits", lasts=LASTED, ends="lowest"),
    Rule("local_minimum", "from_pit", "sits", lasts=LASTED, ends="local"),
    Rule("as_good", "gap", "good", lasts=LASTED, ends="above"),
    Rule("stalled", "from_end", "rests", lasts=RESTED, ends="flat"),
)
STATUSES = (*(rule.word for rule in RULES), "running")


class Verdict(NamedTuple):
    """`status` words and the steps they hold from (-1 where there is none); both () for one start, (B,) for B."""

    status: np.ndarray
    stop_step: np.ndarray


def kept_steps(steps: int, every: int, closely: bool = False) -> np.ndarray:
    """The steps that are looked at: each `every`-th, and the last; `closely`: all for which a rule may ask that it lasts.

    The verdict's word is then the whole path's, and only its step one of those that are looked at.
    """
    at = np.append(np.arange(0, steps + 1, every), steps)
    return np.union1d(at, np.arange(int((1 - RESTED) * steps), steps) if closely else [])


def judge(surface: Any, theta: np.ndarray, loss: np.ndarray, grad: np.ndarray, at: np.ndarray | None = None) -> Verdict:
    """The verdict on positions (T, D) or (T, B, D), losses and gradients beside them; `at` names their steps.

    Of the gradients only the last is looked at, of the losses too unless `asks_for_losses`: there may be fewer of them.
    """
    at = np.arange(len(theta)) if at is None else at
    if theta.ndim == 2:
        verdict = judge(surface, theta[:, None], loss[:, None], grad[:, None], at)
        return Verdict(verdict.status[0], verdict.stop_step[0])
    status, stop_step = np.full(theta.shape[1], "running", dtype="<U13"), np.full(theta.shape[1], -1)
    with np.errstate(all="ignore"):
        run = _Run(surface, theta, loss, grad[-1])
        rows = np.arange(theta.shape[1])
        for rule in RULES if theta.shape[-1] == 2 else RULES[:1]:
            if rule.bound not in run.bounds:
                continue
            # Only of rows that no rule before it has judged.
            asked = rows[run.ends(rule.ends, rows)]
            steps = _held_since(partial(run.held, rule, asked), at, len(asked))
            steps = np.where(at[-1] - steps >= _lasting(at, rule.lasts), steps, -1)
            held = steps >= 0
            status[asked[held]], stop_step[asked[held]] = rule.word, steps[held]
            rows = rows[stop_step[rows] < 0]
            if not len(rows):
                break
    return Verdict(status, stop_step)


def bounds(surface: Any, theta: np.ndarray) -> dict[str, Any]:
    """What measures are compared with, for runs along positions (T, B, D): numbers, or (B,) without a window.

    A rule whose bound is missing does not apply to the surface.
    """
    size = size_of(surface, theta[-1])
    if getattr(surface, "window", None) is None:
        return {"far": 1e6 * (1 + lengths(theta[0])), "sits": SITS * size}
    found = {"far": 1000 * size, "sits": SITS * size, "rests": RESTS * size}
    if asks_for_losses(surface):
        found["good"] = SMALL * (pictured(surface).highest - surface.lowest)
    return found


def asks_for_losses(surface: Any) -> bool:
    """Whether a verdict needs the loss along the way: where a lowest value is known, but no place of it."""
    known = getattr(surface, "window", None) is not None and getattr(surface, "lowest", None) is not None
    return known and not len(getattr(surface, "minima", ()))


def table(surface: Any) -> dict[str, Any]:
    """What decides over a run on a surface with a window, in plain numbers, as a browser reads it.

    `rules` and `bounds` as in `Rule`; `every` so many steps positions are looked at; `centre`; the known `minima`, each of
    which is a pit for an end that lies within "sits" of it; `lowest`, `floor` (what a gap is measured from, of an end that
    is "flat") and `closes`: flat is a slope of at most closes * (loss - floor) / size.

    `search` is how a pit is looked for at any other end: so many of `newton`'s steps, until one is as short as "home", and a
    pit is the lowest where its loss differs by at most "same" from `lowest`.
    """
    low, high = np.array(surface.window, dtype=float).T
    numbers = bounds(surface, np.zeros((1, 1, 2)))
    return {
        "rules": [rule._asdict() for rule in RULES if rule.bound in numbers],
        "bounds": {name: float(number) for name, number in numbers.items()},
        "every": CHECK_EVERY,
        "size": float(size_of(surface, low)),
        "centre": ((low + high) / 2).tolist(),
        "minima": [[float(x), float(y)] for x, y in surface.minima],
        "lowest": surface.lowest,
        "floor": pictured(surface).lowest,
        "closes": CLOSES,
        "search": {
            "steps": STEPS,
            "home": SMALL * numbers["sits"],
            "same": None if surface.lowest is None else _same(surface),
        },
    }


class _Run:
    """What the rules ask of many runs: positions (T, B, 2), losses, and the slope (B, 2) at the end."""

    def __init__(self, surface: Any, theta: np.ndarray, loss: np.ndarray, slope: np.ndarray) -> None:
        self.surface, self.theta, self.loss, self.slope = surface, theta, loss, slope
        self.bounds = bounds(surface, theta)
        self.pit, self.lowest = np.full(theta[-1].shape, np.nan), np.zeros(theta.shape[1], dtype=bool)
        self.searched = False

    def ends(self, kind: str, rows: np.ndarray) -> np.ndarray:
        """Whether the rows end as a rule asks for."""
        some = self.some(rows)
        if kind in ("lowest", "local"):
            if not self.searched:
                self.pit[some], self.lowest[some] = pits(self.surface, self.theta[-1, some], self.slope[some])
                self.searched = True
            return np.isfinite(self.pit[some, 0]) & (self.lowest[some] == (kind == "lowest"))
        if kind == "above":
            return self.loss[-1, some] >= self.surface.lowest
        if kind == "flat":
            gap = self.loss[-1, some] - pictured(self.surface).lowest
            return lengths(self.slope[some]) * size_of(self.surface, self.theta[-1]) <= CLOSES * gap
        return np.ones(len(rows), dtype=bool)

    def held(self, rule: Rule, rows: np.ndarray, part: slice) -> np.ndarray:
        """Whether some rows keep to a rule's bound at some of the times, (t, B)."""
        bound = self.bounds[rule.bound]
        bound = bound[rows] if np.ndim(bound) else bound
        some = self.some(rows)
        if rule.measure == "gap":
            return (self.loss[part, some] - self.surface.lowest <= bound) == rule.within
        place = {"from_centre": self.centre, "from_pit": self.pit[some], "from_end": self.theta[-1, some]}[rule.measure]
        return (lengths(self.theta[part, some] - place) <= bound) == rule.within

    def some(self, rows: np.ndarray) -> Any:
        """An index of the rows, by which all of them are a view."""
        return slice(None) if len(rows) == self.theta.shape[1] else rows

    @property
    def centre(self) -> np.ndarray:
        """The middle of the window; without one, the origin."""
        window = getattr(self.surface, "window", None)
        return np.zeros(self.theta.shape[-1]) if window is None else np.mean(np.array(window, dtype=float), axis=1)


def size_of(surface: Any, theta: np.ndarray) -> Any:
    """The longer side of the surface's window; without one, 1 + |theta| for positions (..., D)."""
    window = getattr(surface, "window", None)
    return 1 + lengths(theta) if window is None else max(high - low for low, high in window)


def pits(surface: Any, theta: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The minimum (B, 2) that each position (B, 2), where the gradient is `slope`, lies in, and whether it is the lowest.

    NaN where none lies near: a known one, or that to which Newton's method leads.
    """
    size = size_of(surface, theta)
    pit, lowest = np.full(theta.shape, np.nan), np.zeros(len(theta), dtype=bool)
    for place in getattr(surface, "minima", ()):
        near = lengths(theta - place) <= SITS * size
        pit[near], lowest[near] = place, True
    open_ = ~lowest
    if not open_.any():
        return pit, lowest
    if not open_.all():
        pit[open_], lowest[open_] = _by_newton(surface, theta[open_], slope[open_])
        return pit, lowest
    return _by_newton(surface, theta, slope)


def _by_newton(surface: Any, theta: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`pits`, where no known minimum is near."""
    size = np.broadcast_to(size_of(surface, theta), len(theta))
    pit, lowest = np.full(theta.shape, np.nan), np.zeros(len(theta), dtype=bool)
    rows, place, g = np.arange(len(theta)), theta, slope
    for _ in range(STEPS):
        bowl, *moves = newton(surface, *place.T, *g.T)
        move = np.stack(moves, axis=-1)
        ahead = place - move
        on = bowl & (lengths(ahead - theta[rows]) <= SITS * size[rows])
        home = on & (lengths(move) <= SMALL * SITS * size[rows])
        pit[rows[home]] = ahead[home]
        on &= ~home
        if not on.any():
            break
        rows, place = rows[on], ahead[on]
        g = gradient(surface, place)
    found = np.flatnonzero(np.isfinite(pit[:, 0]))
    if len(found):
        lowest[found] = _as_low(surface, loss_at(surface, pit[found]))
    return pit, lowest


def newton(surface: Any, x: Number, y: Number, g_x: Number, g_y: Number) -> tuple[Any, Number, Number]:
    """Whether the surface is a bowl at a place, where the gradient is g, and Newton's step from there, which is subtracted.

    Of coordinates (B,), or of a trace's.
    """
    a, b, c = bends(surface, x, y)
    if getattr(surface, "line", False):
        # Along y nothing changes: a bowl is what bends upward along x.
        b, c = 0.0 * b, a
    middle, half = (a + c) / 2, sqrt((a - c) / 2 * ((a - c) / 2) + b * b)
    # A valley whose floor is that much flatter than its walls ends nowhere that a difference could tell.
    bowl = middle - half > 1e-6 * (middle + half)
    if getattr(surface, "l1", 0.0):
        # Across the tip of |x| a difference is no derivative.
        for place in (x, y):
            bowl = bowl & (abs(place) > 2 * H * (1 + abs(place)))
    area = a * c - b * b
    return bowl, (c * g_x - b * g_y) / area, (a * g_y - b * g_x) / area


def _as_low(surface: Any, loss: np.ndarray) -> np.ndarray | bool:
    """Whether the losses (B,) of minima are the surface's lowest."""
    known = getattr(surface, "lowest", None)
    if getattr(surface, "window", None) is None:
        return True if known is None else np.abs(loss - known) <= SAME * (1 + abs(known))
    return False if known is None else np.abs(loss - known) <= _same(surface)


def _same(surface: Any) -> float:
    """What the losses of two lowest minima may differ by."""
    return SAME * (pictured(surface).middle - surface.lowest)


def _lasting(at: np.ndarray, share: float) -> float:
    """How many steps a share of the run is, one at least of any."""
    return max(1.0, share * at[-1]) if share else 0.0


def holds_from(condition: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The step from which a condition (T, B) holds to the end, -1 where it does not hold at the end."""
    return _held_since(lambda part: condition[part], at, condition.shape[1])


def _held_since(condition: Callable[[slice], np.ndarray], at: np.ndarray, rows: int) -> np.ndarray:
    """`holds_from`, where `condition` is worked out for some of the times, (t, B): from the end on, as far back as it holds."""
    some = max(1, ASKED // max(rows, 1))
    count, on = np.zeros(rows, dtype=int), np.ones(rows, dtype=bool)
    for last in range(len(at), 0, -some):
        broken = ~condition(slice(max(last - some, 0), last))[::-1]
        ends = broken.any(axis=0)
        count += np.where(on, np.where(ends, broken.argmax(axis=0), len(broken)), 0)
        on &= ~ends
        if not on.any():
            break
    return np.where(count > 0, at[np.minimum(len(at) - count, len(at) - 1)], -1)
