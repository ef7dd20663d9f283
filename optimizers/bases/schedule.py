"""What every schedule is: the learning rate eta_t of each step, with a linear warm-up in front of any."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from core.either import Number
from core.entry import Entry, param

SCHEDULES: dict[str, type["Schedule"]] = {}


@dataclass(frozen=True, eq=False)
class Schedule(Entry, registry=SCHEDULES):
    """Base of all schedules. A final subclass gives `rate`; one that watches the loss gives `react` too.

    `lr` is the peak or first value and may have shape (B, 1). `warmup` is in steps: the rate rises as (t+1)/warmup of the
    first value, and the schedule begins after it, unless `peak_once`. With `from_zero` it rises as t/warmup, so that the first
    step has no length, and the first value is the schedule's own first step.
    """

    watches_loss: ClassVar[bool] = False
    # Whether the last step of a warm-up, which has the first rate in full, already is the schedule's first step.
    peak_once: ClassVar[bool] = False

    lr: float = param(
        0.1,
        1e-7,
        1000.0,
        r"\eta",
        scale="log",
        shown=(1e-4, 10.0),
        label="learning rate",
        help="The factor on each step: of gradient descent, on the gradient itself.",
    )
    warmup: int = param(
        0,
        0,
        10_000,
        shown=(0, 100),
        label="warm-up",
        help="Steps over which the rate rises before the schedule begins.",
    )
    from_zero: bool = param(
        False,
        label="warm-up from 0",
        help="The warm-up's first rate is 0, or its first share of the rate: 0 or 1/5, then 1/5 or 2/5, and so on.",
        kw_only=True,
    )

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        """The rate at each step of `t` (from 0) of `steps`, warm-up left out; both broadcast against `lr`."""
        raise NotImplementedError

    def react(self, loss: Number, memory: tuple[Number, ...]) -> tuple[Number, tuple[Number, ...]]:
        """After a step: its loss and the memory in (empty at first), the rate of the next step and the memory out.

        A loss of NaN does not count: that row is still warming up, or lost.
        """
        raise NotImplementedError

    def rates(self, steps: int) -> np.ndarray:
        """The rate of every step, (steps,), or (steps, B, 1) for a sweep; a schedule that watches the loss starts from it."""
        wide = any(a.ndim for a in self.arrays().values())
        t = np.arange(steps).reshape(-1, 1, 1) if wide else np.arange(steps)
        warmup = self.warmup
        if type(warmup) is int and not warmup:
            return self.rate(t, steps) + np.zeros(t.shape)
        length = np.maximum(steps - np.asarray(warmup), 1)
        # From 0 the warm-up ends one step below the peak.
        gone = np.asarray(warmup) > 0 if self.peak_once and not self.from_zero else 0
        after = self.rate(np.maximum(t - warmup + gone, 0), length)
        if np.any(warmup):
            rising = self.rate(0 * t, length) * (t + (not self.from_zero)) / np.maximum(warmup, 1)
            after = np.where(t < warmup, rising, after)
        return after + np.zeros(t.shape)
