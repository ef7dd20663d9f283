"""Derivatives of a formula, forwards from its letters: of each part the part itself and its slope, both nodes.

What is typeset is what is worked out. Where a part has no derivative its slope is stated here: at the tip of |u| it is 0,
of relu 0 as in PyTorch, where the arguments of min and max are equal the mean of theirs, of sign and floor 0 everywhere; at
0 a root's slope is bounded, so that at the tip of sqrt(x^2 + y^2) it is 0.
"""

from collections.abc import Callable
from typing import Any

from core.formula.nodes import ONE, ZERO, Node, listed, number


def _chain(of: Callable[[Node], Node]) -> Callable[..., Node]:
    """The slope of a function of one argument, from its derivative."""
    return lambda u, du: du * of(u)


def _call(op: str, *args: Node) -> Node:
    return Node(op, args)


def _raised(u: Node, v: Node, du: Node, dv: Node) -> Node:
    # Its logarithm is v ln u.
    return _call("raised", u, v) * (dv * _call("log", u) + v * du / u)


def _mean(u: Node, v: Node) -> Node:
    return (u + v) / number(2.0)


# The slope of each operation: of its arguments, then of their slopes.
SLOPES: dict[str, Callable[..., Node]] = {
    "add": lambda u, v, du, dv: du + dv,
    "subtract": lambda u, v, du, dv: du - dv,
    "multiply": lambda u, v, du, dv: du * v + u * dv,
    "divide": lambda u, v, du, dv: du / v if dv.is_number(0.0) else (du - u / v * dv) / v,
    "power": lambda u, v, du, dv: v * du * u ** (v - ONE),
    "raised": _raised,
    "negative": lambda u, du: -du,
    "sin": _chain(lambda u: _call("cos", u)),
    "cos": _chain(lambda u: -_call("sin", u)),
    "tan": _chain(lambda u: ONE / _call("cos", u) ** number(2.0)),
    "exp": _chain(lambda u: _call("exp", u)),
    "log": lambda u, du: du / u,
    "sqrt": lambda u, du: du / (number(2.0) * _call("tip", u)),
    "abs": _chain(lambda u: _call("sign", u)),
    "tanh": _chain(lambda u: ONE - _call("tanh", u) ** number(2.0)),
    "cosh": _chain(lambda u: _call("sinh", u)),
    "sinh": _chain(lambda u: _call("cosh", u)),
    "atan": lambda u, du: du / (ONE + u ** number(2.0)),
    # Not s (1 - s), which loses the digits of 1 - s.
    "sigmoid": _chain(lambda u: _call("sigmoid", u) * _call("sigmoid", -u)),
    "softplus": _chain(lambda u: _call("sigmoid", u)),
    "relu": lambda u, du: _call("choose", u, ZERO, du, ZERO, ZERO),
    "min": lambda u, v, du, dv: _call("choose", v, u, du, _mean(du, dv), dv),
    "max": lambda u, v, du, dv: _call("choose", u, v, du, _mean(du, dv), dv),
    "sign": lambda u, du: ZERO,
    "floor": lambda u, du: ZERO,
    "mod": lambda u, v, du, dv: du - _call("floor", u / v) * dv,
}


def derivative(tree: Node, letter: str) -> Node:
    """The derivative of a formula by one of its letters."""
    slopes: dict[int, Any] = {}
    for node in listed(tree):
        if letter not in node.letters:
            slopes[id(node)] = ZERO
        elif node.op == "letter":
            slopes[id(node)] = ONE
        else:
            slopes[id(node)] = SLOPES[node.op](*node.args, *(slopes[id(a)] for a in node.args))
    return slopes[id(tree)]
