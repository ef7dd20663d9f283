"""Values that record: a formula that is called with them becomes the list of its operations.

Nothing is read from source and no formula is written twice: the classes are called as they are, and numpy's functions come
by `__array_ufunc__`. What an operation depends on is its level, so that whoever emits code from a tape can work out once a
step, or once a row of a map, what no pixel changes. A condition on what all pixels share is answered, and the answer noted
as a guard: another tape is made for the other one. A condition on more is an operation.

A tape holds floats, values and the names of `OPERATIONS`, and nothing else.
"""

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from core import either
from core.either import Number

# What a value changes with, as bits: the step (t, the rate, memory that all pixels share), one or another field that is
# swept over a map, and each pixel's position and memory. Without any it is the same for the whole run.
STEP, ROW, COLUMN, PIXEL = 1, 2, 4, 8

# More operations than that are no step for a pixel.
MOST = 4000

# Every operation, by its name in numpy, and what it is on floats.
OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "remainder": operator.mod,
    # No complex number, where the base is negative: an error.
    "power": math.pow,
    "negative": operator.neg,
    "absolute": abs,
    "sign": either.sign,
    "sqrt": either.sqrt,
    "exp": either.exp,
    "log": either.log,
    "log1p": either.log1p,
    "sin": either.sin,
    "cos": either.cos,
    "tanh": math.tanh,
    "arctan": math.atan,
    "maximum": either.maximum,
    "minimum": either.minimum,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "logical_and": lambda a, b: bool(a and b),
    "logical_or": lambda a, b: bool(a or b),
    "logical_not": operator.not_,
    "where": lambda condition, a, b: a if condition else b,
}
COMPARISONS = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"})
TRUTHS = COMPARISONS | {"logical_and", "logical_or", "logical_not"}

UFUNCS = {getattr(np, name): name for name in OPERATIONS if name != "where"} | {
    np.bitwise_and: "logical_and",
    np.bitwise_or: "logical_or",
    np.invert: "logical_not",
}


class UntraceableError(Exception):
    """A step that is more than operations on numbers; arrays run it as it stands."""


class Value:
    """A number that records what is done to it.

    `name` is its own on its tape; `op` an operation's name, with `args` its values and floats, or "leaf"; `level` says what
    it changes with. `now` is what it is at the step that is traced, where its level is no more than STEP; else None.
    """

    __slots__ = ("args", "level", "name", "now", "op", "tape")
    __hash__ = object.__hash__

    def __init__(self, tape: "Tape", name: str, op: str, args: tuple[Any, ...], level: int, now: Any) -> None:
        self.tape, self.name, self.op, self.args, self.level, self.now = tape, name, op, args, level, now

    def __repr__(self) -> str:
        return self.name

    @staticmethod
    def _forward(op: str) -> Any:
        return lambda self, other: self.tape.record(op, self, other)

    @staticmethod
    def _backward(op: str) -> Any:
        return lambda self, other: self.tape.record(op, other, self)

    __add__, __radd__ = _forward("add"), _backward("add")
    __sub__, __rsub__ = _forward("subtract"), _backward("subtract")
    __mul__, __rmul__ = _forward("multiply"), _backward("multiply")
    __truediv__, __rtruediv__ = _forward("divide"), _backward("divide")
    __mod__, __rmod__ = _forward("remainder"), _backward("remainder")
    __pow__, __rpow__ = _forward("power"), _backward("power")
    __and__, __rand__ = _forward("logical_and"), _backward("logical_and")
    __or__, __ror__ = _forward("logical_or"), _backward("logical_or")
    __lt__, __le__, __gt__, __ge__ = map(_forward, ("less", "less_equal", "greater", "greater_equal"))
    __eq__, __ne__ = _forward("equal"), _forward("not_equal")

    def __neg__(self) -> Any:
        return self.tape.record("negative", self)

    def __pos__(self) -> "Value":
        return self

    def __abs__(self) -> Any:
        return self.tape.record("absolute", self)

    def __invert__(self) -> Any:
        return self.tape.record("logical_not", self)

    @property
    def real(self) -> "Value":
        """Itself: no trace is of complex numbers."""
        return self

    def __bool__(self) -> bool:
        return self.tape.answer(self if self.op in TRUTHS else self != 0.0)

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc not in UFUNCS:
            raise UntraceableError(f"numpy's {ufunc.__name__}")
        return self.tape.record(UFUNCS[ufunc], *args)

    def __array_function__(self, function: Any, _: Any, args: tuple[Any, ...], options: Any) -> Any:
        if function is np.where and len(args) == 3:
            return self.tape.record("where", *args)
        if function is np.iscomplexobj:
            return False
        if function is np.real:
            return self
        raise UntraceableError(f"numpy's {function.__name__}")

    def _no_number(self, *_: Any) -> Any:
        raise UntraceableError("a number itself is asked for")

    __float__ = __int__ = __index__ = __complex__ = __iter__ = __len__ = _no_number


class Tape:
    """The values of one trace, in the order in which they were made, and what was answered on the way.

    `guards` are the conditions, each with its answer, under which the same values would be made again.
    """

    def __init__(self) -> None:
        self.values: list[Value] = []
        self.guards: dict[str, tuple[Value, bool]] = {}
        self._known: dict[tuple[Any, ...], Value] = {}

    def leaf(self, name: str, level: int, now: float | None = None) -> Value:
        """A value that comes from outside, under a name of the caller's that does not begin with v."""
        value = Value(self, name, "leaf", (), level, now)
        self.values.append(value)
        return value

    def record(self, op: str, *args: Any) -> Any:
        """The result of an operation: a value, a float where that is exact, or the answer to a condition on what is known."""
        if any(type(a) is not Value for a in args):
            args = tuple([a if type(a) is Value else number(a) for a in args])
            simple = folded(op, args)
            if simple is not None:
                return self.record(*simple) if type(simple) is tuple else simple
        # A value is known by its name, a number by itself, 0 and -0 by how they are written.
        key = (op, *[a.name if type(a) is Value else a or repr(a) for a in args])
        value = self._known.get(key)
        if value is None:
            value = self._known[key] = self._made(op, args)
        return self.answer(value) if value.now is not None and op in COMPARISONS else value

    def answer(self, condition: Any) -> bool:
        """Whether a condition holds at the step that is traced, noted as a guard."""
        if isinstance(condition, bool):
            return condition
        if condition.now is None:
            raise UntraceableError("a condition on what differs from pixel to pixel")
        self.guards[condition.name] = condition, condition.now
        return condition.now

    def _made(self, op: str, args: tuple[Any, ...]) -> Value:
        if len(self.values) >= MOST:
            raise UntraceableError(f"more than {MOST} operations")
        level = 0
        for a in args:
            level |= a.level if type(a) is Value else 0
        now = None
        if level <= STEP:
            now = OPERATIONS[op](*[a.now if type(a) is Value else a for a in args])
        value = Value(self, f"v{len(self.values)}", op, args, level, now)
        self.values.append(value)
        return value


@contextmanager
def recording() -> Iterator[Tape]:
    """A tape for formulas; whatever they raise is an UntraceableError, because arrays can show what it is worth."""
    try:
        yield Tape()
    except UntraceableError:
        raise
    except Exception as error:
        raise UntraceableError(str(error)) from error


def number(given: Any) -> float:
    """A number as a float; UntraceableError for what is none."""
    if type(given) is float:
        return given
    if isinstance(given, int | float | np.number | np.bool) or (isinstance(given, np.ndarray) and given.ndim == 0):
        return float(given)
    raise UntraceableError(f"{type(given).__name__} beside a value")


def is_exactly(given: Number, number: float) -> bool:
    """Whether an argument is this very float, its sign too."""
    return type(given) is float and given == number and math.copysign(1.0, given) == math.copysign(1.0, number)


def folded(op: str, args: tuple[Any, ...]) -> Any:
    """What an operation comes to without being one: a value or a float; other operations as (op, *args); None if neither.

    These alone are exact: x / 1, x * 1, x - 0 and the powers that numpy takes of arrays by other means.
    """
    last = args[-1]
    if type(last) is float:
        if (op in ("divide", "multiply") and last == 1.0) or (op == "subtract" and is_exactly(last, 0.0)):
            return args[0]
        if op == "power" and args[0].level > STEP:
            return _power(args[0], last)
    if type(args[0]) is float:
        if op == "multiply" and args[0] == 1.0:
            return last
        if op == "where":
            return args[1] if args[0] else args[2]
    return None


def _power(base: Value, exponent: float) -> Any:
    """A power of an array as numpy takes it, where that is not the general one."""
    simple = {0.5: ("sqrt", base), 1.0: base, 2.0: ("multiply", base, base), -1.0: ("divide", 1.0, base), 0.0: 1.0}
    return simple.get(exponent)
