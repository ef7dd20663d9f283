"""Momentum that changes along a run: what stands in front of the old direction at each step."""

import math
from typing import Any

from core.either import Number, absolute, cos, maximum, minimum, where

# The steps after which Sutskever's momentum takes its next value.
STAIR = 250


def momentum_at(method: Any, k: Number) -> Number:
    """The momentum of a method with the fields of `declared.course` and those beside it, k steps after the first.

    "sutskever": min(1 - 2^(-1 - log2(floor(k/250) + 1)), mu), of Sutskever et al. 2013, section 3. "su_boyd_candes":
    (k - 1)/(k + 2), of Su, Boyd & Candes 2014, whatever mu. The cycles fall to the lowest momentum and rise again, as torch's
    OneCycleLR has them: along half cosine waves in two phases, or straight in three, of which the last is level.
    """
    if method.course == "sutskever":
        return minimum(1 - 0.5 / ((k - k % STAIR) / STAIR + 1), method.momentum)
    if method.course == "su_boyd_candes":
        return (k - 1) / (k + 2)
    if method.course == "constant":
        return method.momentum
    depth = method.momentum - method.lowest_momentum
    # A fall of no length is one of nearly none.
    bottom, end = maximum(method.fall_share * method.cycle - 1.0, 1e-9), method.cycle - 1.0
    if method.course == "one_cycle_linear":
        return method.momentum - depth * maximum(1 - absolute(k - bottom) / bottom, 0.0)
    falling = minimum(k / bottom, 1.0)
    rising = minimum(maximum((k - bottom) / maximum(end - bottom, 1e-9), 0.0), 1.0)
    return method.lowest_momentum + depth * (1 + cos(math.pi * where(k <= bottom, falling, 1 - rising))) / 2


def momentum_ahead(method: Any, k: Number) -> Number:
    """The same in front of the new direction, for methods that look ahead: of the papers' courses the next step's.

    torch has one momentum for both.
    """
    return momentum_at(method, k if method.course.startswith("one_cycle") else k + 1)
