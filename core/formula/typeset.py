"""A formula in LaTeX, as KaTeX sets it."""

from core.formula.nodes import Node

# How tightly a part holds together: a sum, a product, a signed one, a power, and what needs no brackets at all.
SUM, PRODUCT, SIGNED, POWER, ATOM = range(5)
NAMED = {"pi": r"\pi", "e": "e"}
CALLED = {
    **{name: rf"\{name}" for name in ("sin", "cos", "tan", "tanh", "cosh", "sinh", "min", "max")},
    "log": r"\ln",
    "atan": r"\arctan",
    "sigmoid": r"\sigma",
    **{name: rf"\operatorname{{{name}}}" for name in ("softplus", "relu", "sign", "mod")},
}
AROUND = {
    "sqrt": r"\sqrt{%s}",
    "tip": r"\sqrt{%s}",
    "abs": r"\left|%s\right|",
    "floor": r"\left\lfloor %s\right\rfloor",
}


def typeset(node: Node) -> str:
    """The LaTeX of a formula. Made of names that are known and of numbers: nothing of a text passes through."""
    return _set(node)[0]


def _in(node: Node, least: int) -> str:
    """A part, in brackets unless it holds together at least so tightly."""
    words, level = _set(node)
    return words if level >= least else rf"\left({words}\right)"


def _set(node: Node) -> tuple[str, int]:
    """LaTeX, and how tightly it holds together."""
    op, args = node.op, node.args
    if op == "number":
        return _number(node)
    if op == "letter":
        return node.name, ATOM
    if op in ("add", "subtract"):
        sign = "+" if op == "add" else "-"
        return f"{_in(args[0], SUM)} {sign} {_in(args[1], PRODUCT)}", SUM
    if op == "multiply":
        return _product(*args), PRODUCT
    if op == "negative":
        return f"-{_in(args[0], PRODUCT)}", SUM
    if op == "divide":
        return rf"\frac{{{typeset(args[0])}}}{{{typeset(args[1])}}}", POWER
    if op in ("power", "raised"):
        return f"{_in(args[0], ATOM)}^{{{typeset(args[1])}}}", POWER
    if op == "exp":
        return f"e^{{{typeset(args[0])}}}", POWER
    if op in AROUND:
        return AROUND[op] % typeset(args[0]), ATOM
    if op == "choose":
        return _cases(*args), ATOM
    inner = ", ".join(map(typeset, args))
    return rf"{CALLED[op]}\left({inner}\right)", ATOM


def _number(node: Node) -> tuple[str, int]:
    if node.name:
        return NAMED[node.name], ATOM
    mantissa, _, exponent = f"{node.value:.10g}".partition("e")
    level = SUM if node.value < 0 else ATOM
    return (rf"{mantissa} \cdot 10^{{{int(exponent)}}}", min(level, PRODUCT)) if exponent else (mantissa, level)


def _product(left: Node, right: Node) -> str:
    # A sign or a digit in front of the second factor would be read with the first.
    one = _in(left, SUM if left.op == "number" else PRODUCT)
    two = _in(right, POWER if right.op == "divide" else PRODUCT)
    return rf"{one} \cdot {two}" if two[0].isdigit() or two[0] == "-" else rf"{one}\,{two}"


def _cases(u: Node, v: Node, above: Node, equal: Node, below: Node) -> str:
    one, two = typeset(u), typeset(v)
    rows = [rf"{typeset(above)} & {one} > {two}"]
    rows += [] if equal is below else [rf"{typeset(equal)} & {one} = {two}"]
    rows.append(rf"{typeset(below)} & \text{{else}}")
    return r" \\ ".join(rows).join((r"\begin{cases} ", r" \end{cases}"))
