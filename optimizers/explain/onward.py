"""What a run would do if it went on: the same run again, with more steps; or another from where it ended."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from core.either import Number
from optimizers.bases.hessian import hessian
from optimizers.bases.lengths import lengths
from optimizers.bases.optimizer import loss_at
from optimizers.bases.schedule import SCHEDULES, Schedule
from optimizers.explain.rows import QUIET
from optimizers.loop.counted import looked
from optimizers.loop.run import Path, run

# A scale that forgets may let a run burst long after, and a saddle may be left late; where steps are cheap that is waited
# for so many times the run.
PATIENCE = 9
# A rate so many times as large is another rate.
QUICKER = 30.0
# A gap that another rate closes by that share was open for want of it.
HELPS = 0.3


@dataclass(frozen=True, eq=False)
class Onward(Schedule, listed=False):
    """The rates of a schedule that ends, and its last one from there on."""

    begun: np.ndarray = field(default_factory=lambda: np.zeros(1))

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.begun[np.minimum(t, len(self.begun) - 1)]


def _held(schedule: Schedule, steps: int, more: int) -> Schedule:
    """The schedule itself, if with more steps its first are the same; else at its last rate from its end on."""
    own = schedule.rates(steps)
    return schedule if np.array_equal(schedule.rates(more)[:steps], own) else Onward(begun=own)


def cheap(path: Path) -> bool:
    """Whether the run was stepped on floats: one start, no rule, nothing drawn, and a method that acts on each coordinate."""
    if path.recipe is None:
        return False
    surface, optimizer, schedule, rules, _ = path.recipe
    drawn = getattr(surface, "sampled", False)
    return not (rules or schedule.watches_loss or drawn) and optimizer.coordinatewise and path.full is None


def can_go_on(path: Path) -> bool:
    """Whether more steps of a run are to be had: not of SciPy's methods, nor of a model's many weights, which are dear."""
    return path.recipe is not None and path.full is None and not path.recipe.optimizer.row_by_row


def own_length(path: Path) -> bool:
    """Whether the method measures the length of its steps itself, so that no rate is to blame for them."""
    return path.recipe is not None and path.recipe.optimizer.own_length


def forgets(path: Path) -> bool:
    """Whether the method has a scale that changes, so that a run may burst long after it has come to rest.

    Where a search gives the scale, there is no memory in it.
    """
    if path.sigma is None or path.recipe is None or path.recipe.optimizer.init() == ():
        return False
    return bool(np.any(path.sigma != path.sigma[:1]))


@lru_cache(maxsize=64)
@QUIET
def continued(path: Path, patient: bool = False, warned: bool = False) -> Path | None:
    """The same run with as many steps more, ten times as many where one is patient; fewer where steps are dear.

    Where there is a reason to look that far, `warned`, three times as much may be spent. None where steps are dearest, and
    where no recipe is known. A schedule that ends at the last step stays at its last rate.
    """
    if path.recipe is None or not can_go_on(path):
        return None
    n = len(path.theta) - 1
    surface, optimizer, schedule, rules, seed = path.recipe
    floats = cheap(path)
    most = looked(surface, floats) * (1 + 2 * warned)
    plain = floats or not (rules or schedule.watches_loss or getattr(surface, "sampled", False))
    longer = PATIENCE * n if patient and plain else n
    more = min(longer, max(n, most) if floats else most)
    return run(surface, optimizer, _held(schedule, n, n + more), path.theta[0], n + more, rules, seed)


class Replayed:
    """The gradients of a run in the order in which it met them, then those of the quadratic around its minimum."""

    def __init__(self, path: Path, pit: np.ndarray) -> None:
        self.pit, self.met = pit.tolist(), iter(path.grad[:-1].tolist())
        self.left = 1e-16 * (1 + float(np.abs(pit).max()))
        self.lowest = float(loss_at(path.surface, pit))
        ((self.a, self.b), (_, self.c)) = hessian(path.surface, pit[None])[0].tolist()

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        for dx, dy in self.met:
            return dx, dy
        # No float is the very minimum: what is left of a slope there is what a burst grows from.
        u, v = x - self.pit[0] + self.left, y - self.pit[1] + self.left
        return self.a * u + self.b * v, self.b * u + self.c * v

    def value(self, x: Number, y: Number) -> Number:
        u, v = x - self.pit[0], y - self.pit[1]
        return self.lowest + (self.a * u * u + 2 * self.b * u * v + self.c * v * v) / 2


@QUIET
def on_a_bowl(path: Path, pit: np.ndarray) -> Path | None:
    """`continued`, patiently, on the quadratic around the minimum that a run is in: where a surface is dear, a hundredth of it.

    None where the method sees more of the surface than a gradient at each step.
    """
    if path.recipe is None or not cheap(path) or getattr(path.surface, "l1", 0.0) != 0.0:
        return None
    n = len(path.theta) - 1
    _, optimizer, schedule, _, seed = path.recipe
    bowl = Replayed(path, pit)
    more = min(PATIENCE * n, max(n, looked(bowl, True)))
    on = run(bowl, optimizer, _held(schedule, n, n + more), path.theta[0], n + more, (), seed)
    return on if np.array_equal(on.theta[: n + 1], path.theta) else None


@lru_cache(maxsize=64)
@QUIET
def at_another_rate(path: Path, rate: float) -> Path | None:
    """A run of the same method, as long, from where this one ended, at a constant rate; None where that is dear."""
    if path.recipe is None or not can_go_on(path) or not np.isfinite(path.theta[-1]).all():
        return None
    kind = SCHEDULES["constant"]
    (lr,) = (p for p in kind.params() if p.name == "lr")
    steps = len(path.theta) - 1
    surface, optimizer, _, _, seed = path.recipe
    schedule = kind(lr=float(np.clip(rate, lr.low, lr.high)))
    return run(
        surface,
        optimizer,
        schedule,
        path.theta[-1],
        steps if cheap(path) else min(steps, looked(surface, False)),
        (),
        seed,
    )


def goes_on(path: Path, rate: float, far: float) -> bool:
    """Whether another rate leads on from where the run ended: down, and so far away."""
    other = at_another_rate(path, rate)
    return other is not None and bool(
        other.loss[-1] < path.loss[-1] and lengths(other.theta[-1] - path.theta[-1]) > far
    )


def helps(path: Path, rate: float, gap: float) -> bool:
    """Whether another rate, from where the run ended, closes a good part of the gap in as many steps."""
    other = at_another_rate(path, rate)
    return other is not None and bool(other.loss[-1] <= path.loss[-1] - HELPS * gap)
