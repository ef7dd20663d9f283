"""The rate above which a method runs away, where that is one number for the whole plane: on a surface that is a quadratic.

There the law by which a method makes its steps, as `optimizers.explain.law` reads it off a path, gives the same limit at
every place; it is read off one run of our own, so that it depends on neither the rate nor the start of a run on the page.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from app.experiment import Pick, Run, optimizer_of
from optimizers import RULES, Rule, run
from optimizers.bases.hessian import eigen, hessian
from optimizers.explain.law import limit, limit_name
from surfaces import Surface

# Numbers that should be one, and how far they may be apart: a Hessian by differences has about ten digits.
ALIKE = 1e-5
# The run that shows the law: so many steps, at so small a share of 1/curvature that no method runs away.
STEPS, SHARE = 200, 0.05
# What the memory of the direction is called, by its LaTeX.
MEMORY = {r"\mu": "μ", r"\beta": "β", r"\beta_1": "β₁"}


def bound(racer: Run, surface: Surface) -> dict[str, Any] | None:
    """The largest stable rate of a run and what it is called; None where it is not one number, or none is known."""
    rules = [RULES[rule.slug] for rule in racer.rules]
    acts = any(
        kind.gradient is not Rule.gradient or kind.touches is not Rule.touches or kind.position is not Rule.position
        for kind in rules
    )
    return None if acts or getattr(surface, "sampled", False) else _bound(racer.optimizer, surface)


@lru_cache(maxsize=1024)
def stiffness(surface: Surface) -> float | None:
    """The largest curvature of a quadratic that has a bottom, None for every other surface: down a saddle no rate holds."""
    if hasattr(surface, "full") or surface.l1:
        return None
    low, high = np.array(surface.window, dtype=float).T
    # Places without any order among them, a few of them outside.
    shares = np.array([(0.13, 0.71), (0.83, 0.29), (0.47, 0.59), (-0.9, 1.6), (1.7, -0.6), (0.31, 0.07), (2.3, 3.1)])
    with np.errstate(all="ignore"):
        h = hessian(surface, low + shares * (high - low))
    size = np.abs(h).max()
    if not (np.isfinite(size) and size > 0 and np.all(np.abs(h - h[0]) <= ALIKE * size)):
        return None
    least, most = eigen(h.mean(axis=0, keepdims=True))[0][0]
    return float(most) if least >= -ALIKE * most else None


@lru_cache(maxsize=1024)
def _bound(optimizer: Pick, surface: Surface) -> dict[str, Any] | None:
    stiffest = stiffness(surface)
    # What measures its own steps has no limit, and would search long for none.
    # Nor has what changes with the step one limit.
    made = optimizer_of(optimizer)
    if made.own_length or not made.steady or stiffest is None or stiffest <= 0:
        return None
    known = _limit(optimizer, surface, SHARE / stiffest)
    if known is None:
        return None
    value, name = known
    return {"value": value, "name": _name(optimizer, value * stiffest) if name == "limit" else name}


def _limit(optimizer: Pick, surface: Surface, rate: float) -> tuple[float, str] | None:
    """The limit that a run of our own has at every step, and its name; None where it has none, or more than one."""
    (x0, x1), (y0, y1) = surface.window
    begun = x0 + 0.81 * (x1 - x0), y0 + 0.77 * (y1 - y0)
    path = run(surface, optimizer_of(optimizer), rate, begun, STEPS)
    known = limit(path)
    # A scale of its own makes the limit another one at every step.
    if known is None or path.sigma is None or np.any(path.sigma != 1.0):
        return None
    known = known[np.isfinite(known)]
    if not len(known) or np.ptp(known) > ALIKE * known.mean():
        return None
    return float(f"{np.median(known):.6g}"), limit_name(path)


def _name(optimizer: Pick, times: float) -> str:
    """What the limit is called that is so many times 1/λmax."""
    for p in type(optimizer_of(optimizer)).params():
        memory = optimizer[p]
        if p.tex in MEMORY and isinstance(memory, float) and math.isclose(times, 2 * (1 + memory), rel_tol=ALIKE):
            return f"2(1+{MEMORY[p.tex]})/λmax"
    return "limit"
