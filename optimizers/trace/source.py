"""What is written out of a trace in Python: a shape that many traces share, and the text for its values."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from core import either
from core.either import Number
from optimizers.trace.step import Trace
from optimizers.trace.tape import STEP, Value

# Brackets within brackets.
DEEP = 20

# Every operation on floats. Where a float raises, arrays take the run over, so that the plain root will do.
EXPRESSIONS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "remainder": "{} % {}",
    "power": "pow({}, {})",
    "negative": "-{}",
    "absolute": "abs({})",
    "sign": "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0} * 0.0",
    "sqrt": "sqrt({})",
    "exp": "exp({})",
    "log": "log({})",
    "log1p": "log1p({})",
    "sin": "sin({})",
    "cos": "cos({})",
    "tanh": "tanh({})",
    "arctan": "atan({})",
    "maximum": "{0} if {0} >= {1} or {0} != {0} else {1}",
    "minimum": "{0} if {0} <= {1} or {0} != {0} else {1}",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "equal": "{} == {}",
    "not_equal": "{} != {}",
    "logical_and": "{} and {}",
    "logical_or": "{} or {}",
    "logical_not": "not {}",
    "where": "{1} if {0} else {2}",
}
# Of what all pixels share powers are taken as the step takes them, which is quicker.
STEPWISE = {"power": "{} ** {}"}
# What says an argument twice, which must be a name then.
TWICE = frozenset({"sign", "maximum", "minimum"})
FUNCTIONS: dict[str, Any] = {
    "__builtins__": {function.__name__: function for function in (abs, iter, len, range, zip)},
    **{name: getattr(math, name) for name in ("sqrt", "pow", "tanh", "atan")},
    **{name: getattr(either, name) for name in ("exp", "log", "log1p", "sin", "cos")},
}


class Shape:
    """A trace, and what is wanted of it, as a key: equal to every other that differs in floats alone.

    `numbers` are all that it holds: the arguments of its values, and the results.
    """

    def __init__(self, trace: Trace, results: Sequence[Number]) -> None:
        self.trace, self.results = trace, results
        values = trace.tape.values
        self.numbers = [a for v in values for a in v.args] + list(results)
        self.key = (
            *[v.op if v.args else v.name for v in values],
            *[a.name if type(a) is Value else None for a in self.numbers],
            *[(condition.name, answer) for condition, answer in trace.guards],
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shape) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


class Writer:
    """Lines for the values of a shape: what is used once stands where it is used, and a float is an argument.

    `literals` says which of the shape's numbers these are, in the order of their names k0, k1...
    """

    def __init__(self, shape: Shape) -> None:
        self.trace, self.results = shape.trace, shape.results
        self.conditions = [condition for condition, _ in self.trace.guards]
        self.values = self.trace.needed(*self.results, *self.conditions)
        self.uses = Counter(a.name for v in self.values for a in v.args * (1 + (v.op in TWICE)) if type(a) is Value)
        self.uses.update(v.name for v in (*self.results, *self.conditions) if type(v) is Value)
        self.starts = dict(
            zip(
                [*[v.name for v in self.trace.tape.values], "results"],
                accumulate((len(v.args) for v in self.trace.tape.values), initial=0),
                strict=True,
            )
        )
        self.lines: list[str] = []
        self.literals: list[int] = []
        # The expressions that wait for their place, and how deep their brackets are.
        self.waiting: dict[str, tuple[str, int]] = {}

    def text(self, number: Number, k: int) -> str:
        """What stands for a value, or for a float, which is the shape's number `k`."""
        if type(number) is Value:
            return self.waiting[number.name][0] if number.name in self.waiting else number.name
        self.literals.append(k)
        return f"k{len(self.literals) - 1}"

    def texts(self, value: Value) -> list[str]:
        """What stands for the arguments of a value."""
        return [self.text(a, k) for k, a in enumerate(value.args, self.starts[value.name])]

    def result(self, k: int) -> str:
        """What stands for one of the results."""
        return self.text(self.results[k], self.starts["results"] + k)

    def write(self, values: Iterable[Value]) -> None:
        """Give values their lines, unless an expression can wait."""
        for value in values:
            if not value.args:
                continue
            expression = STEPWISE.get(value.op) if value.level <= STEP else None
            words = (expression or EXPRESSIONS[value.op]).format(*self.texts(value))
            deep = 1 + max(self.waiting.get(a.name, ("", 0))[1] if type(a) is Value else 0 for a in value.args)
            if self.uses[value.name] == 1 and deep < DEEP:
                self.waiting[value.name] = f"({words})", deep
            else:
                self.lines.append(f"{value.name} = {words}")

    def guard(self, leave: str) -> None:
        """Lines that leave where a condition is answered otherwise."""
        for condition, answer in self.trace.guards:
            self.lines += [f"if {'not ' * answer}{self.text(condition, 0)}:", f"    {leave}"]

    def taken(self) -> list[str]:
        """The lines so far, which are not handed out again."""
        lines, self.lines = self.lines, []
        return lines


def names(prefix: str, count: int) -> str:
    """k0, k1, ... with a comma behind each."""
    return "".join(f"{prefix}{k}, " for k in range(count))
