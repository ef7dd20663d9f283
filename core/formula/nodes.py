"""The tree of a formula, and what it is worth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import either
from core.either import (
    Number,
    absolute,
    arctan,
    cos,
    divide,
    exp,
    log,
    maximum,
    minimum,
    remainder,
    sign,
    sin,
    softplus,
    sqrt,
    tanh,
    where,
)

# Up to this size a whole constant exponent is a product, which is exact where a product is, and real below zero.
MOST_PRODUCTS = 64
# The root below which its slope does not grow: so that 0 / 0 at the tip of sqrt(x^2 + y^2) is 0.
TIP = 1e-150


def power(u: Number, v: Number) -> Number:
    """u to a v that depends on no coordinate. Of a whole float a product, whatever u; else NaN below zero."""
    if type(v) is not float:
        # A sweep's.
        return u**v
    if not v.is_integer() or abs(v) > MOST_PRODUCTS:
        return raised(u, v)
    left, product = int(abs(v)), None
    while left:
        if left % 2:
            product = u if product is None else product * u
        left //= 2
        u = u * u if left else u
    whole = 1.0 if product is None else product
    return divide(1.0, whole) if v < 0 else whole


def raised(u: Number, v: Number) -> Number:
    """exp(v ln u), NaN below zero: by an exponent that differs from place to place there is no real power there."""
    return exp(v * log(u))


def floor(u: Number) -> Number:
    """The next whole number below."""
    return u.real - remainder(u.real, 1.0)


def sigmoid(u: Number) -> Number:
    """1 / (1 + exp(-u)), with all digits where it is nearly 0, and without an overflow."""
    e = exp(-absolute(u))
    return where(u > 0.0, 1.0, e) / (1.0 + e)


def choose(u: Number, v: Number, above: Number, equal: Number, below: Number) -> Number:
    """One of three numbers, as u lies above v, is equal to it or lies below."""
    return where(u > v, above, where(u < v, below, equal))


# Every operation of a tree on numbers. "counted" is of rules alone, the last two are of derivatives.
OPERATIONS: dict[str, Callable[..., Number]] = {
    "add": lambda u, v: u + v,
    "subtract": lambda u, v: u - v,
    "multiply": lambda u, v: u * v,
    "divide": divide,
    "power": power,
    "raised": raised,
    "counted": either.power,
    "negative": lambda u: -u,
    "sin": sin,
    "cos": cos,
    "tan": lambda u: divide(sin(u), cos(u)),
    "exp": exp,
    "log": log,
    "sqrt": sqrt,
    "abs": absolute,
    "tanh": tanh,
    "cosh": lambda u: (exp(u) + exp(-u)) / 2.0,
    # Not half of exp(u) - exp(-u), which loses all digits of a small u.
    "sinh": lambda u: tanh(u) * (exp(u) + exp(-u)) / 2.0,
    "atan": arctan,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "relu": lambda u: maximum(u, 0.0),
    "min": minimum,
    "max": maximum,
    "sign": lambda u: sign(u.real),
    "floor": floor,
    "mod": remainder,
    "tip": lambda u: maximum(sqrt(u), TIP),
    "choose": choose,
}


@dataclass(frozen=True, eq=False)
class Node:
    """A part of a formula: an operation of `OPERATIONS` on others, a "number", or a "letter".

    `value` is the number, `name` the letter, or what a number is called (e, pi). `+ - * /` make nodes and leave out what
    is nothing: zeros, ones and signs before signs. They serve derivatives; a formula itself stays as it was typed.
    """

    op: str
    args: tuple["Node", ...] = ()
    value: float = 0.0
    name: str = ""
    # The letters below.
    letters: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        own = frozenset((self.name,) if self.op == "letter" else ())
        object.__setattr__(self, "letters", own.union(*(a.letters for a in self.args)))

    def is_number(self, value: float) -> bool:
        """Whether it is this very number."""
        return self.op == "number" and self.value == value

    @property
    def plain(self) -> bool:
        """Whether it is a number without a name."""
        return self.op == "number" and not self.name

    def split(self) -> tuple[float, "Node"]:
        """Its plain factor and the rest: 6 and x of 6 x."""
        if self.plain:
            return self.value, ONE
        if self.op == "multiply" and self.args[0].plain:
            return self.args[0].value, self.args[1]
        return 1.0, self

    def __add__(self, other: "Node") -> "Node":
        if self.is_number(0.0) or other.is_number(0.0):
            return other if self.is_number(0.0) else self
        if self.plain and other.plain:
            return number(self.value + other.value)
        if other.op == "negative":
            return self - other.args[0]
        return Node("add", (self, other))

    def __sub__(self, other: "Node") -> "Node":
        if self.is_number(0.0) or other.is_number(0.0):
            return -other if self.is_number(0.0) else self
        if self.plain and other.plain:
            return number(self.value - other.value)
        if other.op == "negative":
            return self + other.args[0]
        return Node("subtract", (self, other))

    def __mul__(self, other: "Node") -> "Node":
        if self.is_number(0.0) or other.is_number(0.0):
            return ZERO
        if self.op == "negative" or other.op == "negative":
            signs = (self.op == "negative") != (other.op == "negative")
            one, two = (node.args[0] if node.op == "negative" else node for node in (self, other))
            return -(one * two) if signs else one * two
        (a, u), (b, v) = self.split(), other.split()
        if u.op == "divide":
            return number(a * b) * u.args[0] * v / u.args[1]
        if v.op == "divide":
            return number(a * b) * u * v.args[0] / v.args[1]
        rest = v if u is ONE else u if v is ONE else Node("multiply", (u, v))
        factor = a * b
        if rest is ONE or factor == 1.0:
            return rest if factor == 1.0 else number(factor)
        return -rest if factor == -1.0 else Node("multiply", (number(factor), rest))

    def __truediv__(self, other: "Node") -> "Node":
        if self.is_number(0.0) or other.is_number(1.0):
            return self
        if self.op == "negative":
            return -(self.args[0] / other)
        (a, u), (b, v) = self.split(), other.split()
        if b not in (0.0, 1.0) and (a / b).is_integer():
            return (number(a / b) * u) / v
        return Node("divide", (self, other))

    def __neg__(self) -> "Node":
        if self.plain:
            return number(-self.value)
        return self.args[0] if self.op == "negative" else Node("negative", (self,))

    def __pow__(self, other: "Node") -> "Node":
        if other.is_number(0.0) or other.is_number(1.0):
            return ONE if other.is_number(0.0) else self
        return Node("power", (self, other))


def number(value: float, name: str = "") -> Node:
    """A number, which may have a name."""
    return Node("number", value=value, name=name)


ZERO, ONE = number(0.0), number(1.0)


def listed(*wanted: Node) -> list[Node]:
    """The wanted nodes and all that they are made of, each once, in an order in which they can be worked out."""
    order: dict[int, Node] = {}
    todo = list(reversed(wanted))
    while todo:
        node = todo[-1]
        missing = [a for a in node.args if id(a) not in order]
        if missing:
            todo += missing
        else:
            order.setdefault(id(todo.pop()), node)
    return list(order.values())


def worth(order: Sequence[Node], place: Mapping[str, Number], *wanted: Node) -> list[Any]:
    """What the wanted nodes are worth where the letters are what `place` says: floats, arrays, complex numbers, or values
    that record. `order` is `listed(*wanted)`.

    Nothing raises on floats: where there is no number it is NaN, as numpy has it (which warns, unless it is told not to).
    """
    known: dict[int, Any] = {}
    for node in order:
        if node.args:
            known[id(node)] = OPERATIONS[node.op](*[known[id(a)] for a in node.args])
        else:
            known[id(node)] = place[node.name] if node.op == "letter" else node.value
    return [known[id(node)] for node in wanted]
