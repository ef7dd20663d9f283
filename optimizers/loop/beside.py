"""The second line beside a path: what a method keeps besides the place where it stands."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from optimizers.bases.optimizer import Optimizer
from optimizers.bases.rule import Rule
from optimizers.loop.ruled import Ruled
from optimizers.loop.run import Path


def second_line(path: Path, optimizer: Optimizer, rules: Sequence[Rule] = (), seed: int = 0) -> np.ndarray | None:
    """What `beside` names along a path that `run` made of these from one start, (steps+1, D); None where there is none.

    Where a rule empties the memory the line begins anew; where one has stopped the run, it stays.
    """
    if not optimizer.beside or path.lr is None:
        return None
    steps = len(path.lr)
    held = np.array([_held(path.surface, rules, t, seed) for t in range(1, steps + 1)])
    begins = [t - 1 for t in range(2, steps + 1) if any(rule.forgets(t) for rule in rules)]
    line = path.theta.copy()
    for first, last in pairwise([0, *begins, steps]):
        part = optimizer.companion(path.theta[first : last + 1], path.lr[first:last], held[first:last])
        assert part is not None
        line[first + 1 : last + 1] = part[1:]
    halt = int(path.halt_step)
    if halt >= 0:
        line[halt:] = line[halt]
    return line


def _held(surface: Any, rules: Sequence[Rule], t: int, seed: int) -> np.ndarray:
    """Which coordinates a step leaves alone, with the method's memory of them: (1,) or (2,) of bool."""
    part = surface.sample(t, seed) if getattr(surface, "sampled", False) else surface
    if not rules and getattr(part, "touched", None) is None:
        return np.zeros(1, dtype=bool)
    return Ruled(part, rules, t, seed).still
