"""Elementary functions that take a Python float or an array and answer in kind.

A formula written with these runs on floats for one start, where numpy's call overhead would be all the cost, and on
arrays for many, with the same bits: sqrt is correctly rounded in both. Like numpy under errstate(ignore), nothing raises.
"""

import math
from typing import Any

import numpy as np

# What a formula is written over: a float, or an array of any shape.
Number = Any


def sqrt(v: Number) -> Number:
    """Square root; NaN below zero."""
    if type(v) is float:
        return math.sqrt(v) if v >= 0.0 else math.nan
    return np.sqrt(v)


def exp(v: Number) -> Number:
    """Exponential; infinity above the range of floats."""
    if type(v) is float:
        return math.exp(v) if v < 709.0 else float(np.exp(v))
    return np.exp(v)


def log(v: Number) -> Number:
    """Natural logarithm; minus infinity at zero, NaN below."""
    if type(v) is float:
        return math.log(v) if v > 0.0 else float(np.log(v))
    return np.log(v)


def log1p(v: Number) -> Number:
    """ln(1 + v), with all digits of a small v; minus infinity at -1, NaN below."""
    if type(v) is float:
        return math.log1p(v) if v > -1.0 else float(np.log1p(v))
    return np.log1p(v)


def softplus(v: Number) -> Number:
    """ln(1 + exp(v)) without an overflow, and with all digits where it is nearly 0."""
    return maximum(v, 0.0) + log1p(exp(-absolute(v)))


def sin(v: Number) -> Number:
    """Sine; NaN at the infinities. Floats and arrays may differ in the last place: numpy has its own."""
    if type(v) is float:
        return math.sin(v) if math.isfinite(v) else math.nan
    return np.sin(v)


def cos(v: Number) -> Number:
    """Cosine; NaN at the infinities. Floats and arrays may differ in the last place: numpy has its own."""
    if type(v) is float:
        return math.cos(v) if math.isfinite(v) else math.nan
    return np.cos(v)


def tanh(v: Number) -> Number:
    """Hyperbolic tangent. Floats and arrays may differ in the last place: numpy has its own."""
    return math.tanh(v) if type(v) is float else np.tanh(v)


def arctan(v: Number) -> Number:
    """The angle between -pi/2 and pi/2 whose tangent it is. Floats and arrays may differ in the last place."""
    return math.atan(v) if type(v) is float else np.arctan(v)


def divide(a: Number, b: Number) -> Number:
    """a / b; infinite or NaN where b is 0."""
    if type(a) is float and type(b) is float:
        return a / b if b else a * math.copysign(math.inf, b)
    return a / b


def power(a: Number, b: Number) -> Number:
    """a to the b, as `**` has it of numbers; infinite or NaN where that raises, and NaN where it would be complex."""
    if type(a) is float and type(b) is float:
        try:
            return math.pow(a, b)
        except (OverflowError, ValueError):
            return float(np.float64(a) ** np.float64(b))
    return a**b


def remainder(a: Number, b: Number) -> Number:
    """a - b floor(a / b), exact, with the sign of b; NaN where b is 0. Of complex numbers by their real parts."""
    if np.iscomplexobj(a) or np.iscomplexobj(b):
        return a - b * np.floor(a.real / b.real)
    if type(a) is float and type(b) is float:
        return a % b if b else math.nan
    return a % b


def maximum(a: Number, b: Number) -> Number:
    """The larger of the two, elementwise; NaN where either is."""
    if type(a) is float and type(b) is float:
        return a if a >= b or a != a else b
    return np.maximum(a, b)


def minimum(a: Number, b: Number) -> Number:
    """The smaller of the two, elementwise; NaN where either is."""
    if type(a) is float and type(b) is float:
        return a if a <= b or a != a else b
    return np.minimum(a, b)


def absolute(v: Number) -> Number:
    """The size without the sign; of a complex number, the sign of its real part, as a complex step needs it."""
    return np.where(v.real < 0, -v, v) if np.iscomplexobj(v) else abs(v)


def sign(v: Number) -> Number:
    """-1, 0 or 1 by the sign; NaN of NaN."""
    if type(v) is float:
        return 1.0 if v > 0.0 else -1.0 if v < 0.0 else v * 0.0
    return np.sign(v)


def where(condition: Any, a: Number, b: Number) -> Number:
    """`a` where the condition holds, `b` elsewhere."""
    if type(condition) is bool:
        return a if condition else b
    return np.where(condition, a, b)
