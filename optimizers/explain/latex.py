"""Expressions of Python as LaTeX, once in symbols and once with slots for numbers."""

import ast
import operator
from collections.abc import Mapping
from typing import Any

from core.formula.typeset import AROUND, CALLED, NAMED
from optimizers.bases.optimizer import Optimizer

# Smaller constants guard against a division by nought, and are no part of the equation.
GUARD = 1e-100


def place_of(node: ast.expr) -> int:
    """Where an expression stands, as one number."""
    return node.lineno * 1000 + node.col_offset


def condition_of(node: ast.Call) -> int:
    """Where a call of `where` stands, as a number below 0, because an expression may begin there too; 0 for other calls."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return -place_of(node) if called == "where" and len(node.args) == 3 else 0


def is_nothing(node: ast.expr) -> bool:
    """Whether a term is there for the machine alone: nought times something, or a guard against a division by nought."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return is_constant(node.left, 0.0)
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value < GUARD


def is_constant(node: ast.expr, value: float) -> bool:
    """Whether an expression is this number."""
    return isinstance(node, ast.Constant) and node.value == value


def names_in(node: ast.expr) -> list[str]:
    """The names in an expression."""
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]


GREEK = frozenset(
    {"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu"}
    | {"xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"}
)
ENDINGS = {"t": "t", "next": "t+1", "before": "t-1", "inf": r"\infty"}


def symbol(name: str) -> str:
    """A name of the code as LaTeX: `m_hat` with a hat, `rho_inf` with infinity, a word as a word."""
    if name == "eta":
        return r"\eta_t"
    base, _, ending = name.partition("_")
    stem, digits = base.rstrip("0123456789"), base[len(base.rstrip("0123456789")) :]
    if len(stem) > 1 and stem not in GREEK:
        return rf"\text{{{name.replace('_', ' ')}}}"
    letter = rf"\{stem}" if stem in GREEK else stem
    if ending == "hat":
        return rf"\hat {letter}" + (f"_{digits}" if digits else "")
    below = digits + ENDINGS.get(ending, rf"\text{{{ending.replace('_', ' ')}}}" if ending else "")
    return f"{letter}_{{{below}}}" if len(below) > 1 else f"{letter}_{below}" if below else letter


OPERATORS: dict[type[ast.AST], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.GtE: operator.ge,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def worked_out(node: ast.expr, known: Mapping[str, Any]) -> Any:
    """What an expression of numbers and known names comes to; TypeError where it is more than that."""
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name) if name in known:
            return known[name]
        case ast.Attribute(of, name):
            return getattr(worked_out(of, known), name)
        case ast.UnaryOp(op, operand) if type(op) in OPERATORS:
            return OPERATORS[type(op)](worked_out(operand, known))
        case ast.BinOp(left, op, right) | ast.Compare(left, [op], [right]) if type(op) in OPERATORS:
            return OPERATORS[type(op)](worked_out(left, known), worked_out(right, known))
    raise TypeError(f"{type(node).__name__} is no operation on numbers")


class UnwritableError(Exception):
    """An expression that has no formula."""


# How tightly an expression holds together: a sum, a product, a sign, a power, a thing of its own.
SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
COMPARES = {ast.Gt: ">", ast.Lt: "<", ast.GtE: r"\ge", ast.LtE: r"\le", ast.Eq: "=", ast.NotEq: r"\ne"}
# What the engine's own helpers are called in mathematics.
WORDS = {"loss_at": r"f(\theta)", "hessian": "H", "gradient": r"\nabla f"}


class Writer:
    """Expressions of one step as LaTeX, in symbols or with slots for numbers."""

    def __init__(self, optimizer: Optimizer, chosen: dict[int, bool], now: dict[str, int]) -> None:
        self.optimizer, self.chosen, self.now = optimizer, chosen, now
        self.fields = {p.name: p for p in optimizer.params()}
        self.colours: dict[str, str] = {}
        self.fixed: dict[str, tuple[ast.expr, float]] = {}
        self.renamed: dict[str, str] = {}
        # Other names of quantities.
        self.alias: dict[str, str] = {}
        self.filling = False

    def both(self, node: ast.expr | None) -> tuple[str, str]:
        """In symbols, and with slots; empty where it cannot be written."""
        if node is None:
            return "", ""
        try:
            self.filling = False
            plain = self.tex(node)
            self.filling = True
            return plain, self.tex(node)
        except UnwritableError:
            return "", ""

    def coloured(self, name: str) -> str:
        """The symbol of a name, in the colour of what it is."""
        name = self.alias.get(name, name)
        kind = self.kind(name)
        shown = self.renamed.get(name) or symbol(name)
        return rf"\htmlClass{{rv-is-{kind}}}{{{shown}}}" if kind else shown

    def kind(self, name: str) -> str | None:
        """What a name is to the step, by which it has its colour."""
        return {"g": "gradient", "eta": "rate"}.get(name) or self.colours.get(name)

    def tex(self, node: ast.expr, within: int = SUM) -> str:
        """The expression, in parentheses where it is looser than what it stands within."""
        text, holds = self.parts(node)
        return rf"\left({text}\right)" if holds < within else text

    def parts(self, node: ast.expr) -> tuple[str, int]:
        """The expression, and how tightly it holds together."""
        constant = self.constant(node)
        if constant is not None and (self.filling or isinstance(node, ast.Constant)):
            return number(constant), SIGN if constant < 0 else ATOM
        method = getattr(self, type(node).__name__.lower(), None)
        if method is None:
            raise UnwritableError
        return method(node)

    def constant(self, node: ast.expr) -> float | None:
        """The value of an expression that only fields and numbers decide."""
        if isinstance(node, ast.IfExp) and place_of(node) in self.chosen:
            return self.constant(node.body if self.chosen[place_of(node)] else node.orelse)
        open_ = any(isinstance(n, ast.Call | ast.IfExp | ast.Compare) for n in ast.walk(node))
        if open_ or not set(names_in(node)) - set(self.fixed) <= {"self"}:
            return None
        try:
            known = {name: value for name, (_, value) in self.fixed.items()}
            value = worked_out(node, {"self": self.optimizer, **known})
        except (AttributeError, TypeError, ArithmeticError):
            return None
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def name(self, node: ast.Name) -> tuple[str, int]:
        if node.id in self.fixed and not isinstance(self.fixed[node.id][0], ast.BinOp):
            return self.parts(self.fixed[node.id][0])
        if node.id not in self.now and node.id in NAMED:
            return NAMED[node.id], ATOM
        if node.id not in self.now:
            raise UnwritableError
        if not self.filling:
            return self.coloured(node.id), ATOM
        kind = self.kind(self.alias.get(node.id, node.id))
        slot = f"«{self.now[node.id]}»"
        return (rf"\htmlClass{{rv-is-{kind}}}{{{slot}}}" if kind else slot), ATOM

    def attribute(self, node: ast.Attribute) -> tuple[str, int]:
        if isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in self.fields:
            p = self.fields[node.attr]
            return p.tex or rf"\text{{{(p.label or p.name).replace('_', ' ')}}}", ATOM
        raise UnwritableError

    def unaryop(self, node: ast.UnaryOp) -> tuple[str, int]:
        if isinstance(node.op, ast.USub):
            return f"-{self.tex(node.operand, SIGN)}", SIGN
        raise UnwritableError

    def binop(self, node: ast.BinOp) -> tuple[str, int]:
        match node.op:
            case ast.Add() | ast.Sub():
                sign = "+" if isinstance(node.op, ast.Add) else "-"
                first, second = is_nothing(node.left), is_nothing(node.right)
                if second or (first and sign == "+"):
                    return self.parts(node.left if second else node.right)
                loose = self.tex(node.right, PRODUCT if sign == "-" else SUM)
                return f"{self.tex(node.left)} {sign} {loose}", SUM
            case ast.Mult():
                if is_nothing(node):
                    return "0", ATOM
                if ast.dump(node.left) == ast.dump(node.right):
                    return f"{self.tex(node.left, ATOM)}^2", POWER
                # (a * b) * b is a * b^2.
                if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult):
                    rest, last = node.left.left, node.left.right
                    if ast.dump(last) == ast.dump(node.right):
                        return self.parts(ast.BinOp(rest, ast.Mult(), ast.BinOp(last, ast.Mult(), last)))
                if self.filling and self.constant(node.left) == 1.0:
                    return self.parts(node.right)
                right = self.tex(node.right, SIGN)
                between = r" \cdot " if self.filling or right[0].isdigit() else r"\,"
                return f"{self.tex(node.left, PRODUCT)}{between}{right}", PRODUCT
            case ast.Div():
                return rf"\frac{{{self.tex(node.left)}}}{{{self.tex(node.right)}}}", PRODUCT
            case ast.Mod():
                return rf"{self.tex(node.left, SIGN)} \bmod {self.tex(node.right, SIGN)}", PRODUCT
            case ast.Pow():
                if is_constant(node.right, 0.5):
                    return rf"\sqrt{{{self.tex(node.left)}}}", ATOM
                return f"{self.tex(node.left, ATOM)}^{{{self.tex(node.right)}}}", POWER
        raise UnwritableError

    def ifexp(self, node: ast.IfExp) -> tuple[str, int]:
        if place_of(node) not in self.chosen:
            raise UnwritableError
        return self.parts(node.body if self.chosen[place_of(node)] else node.orelse)

    def compare(self, node: ast.Compare) -> tuple[str, int]:
        if len(node.ops) != 1 or type(node.ops[0]) not in COMPARES:
            raise UnwritableError
        return f"{self.tex(node.left)} {COMPARES[type(node.ops[0])]} {self.tex(node.comparators[0])}", SUM

    def subscript(self, node: ast.Subscript) -> tuple[str, int]:
        # [:, None] and the like only put numbers beside each other.
        shaping = (ast.Slice, ast.Constant, ast.Tuple)
        if all(isinstance(n, shaping) for n in getattr(node.slice, "elts", [node.slice])) and "int" not in {
            type(n.value).__name__ for n in ast.walk(node.slice) if isinstance(n, ast.Constant)
        }:
            return self.parts(node.value)
        raise UnwritableError

    def call(self, node: ast.Call) -> tuple[str, int]:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        args = node.args
        if isinstance(node.func, ast.Attribute) and called == "sum":
            return rf"\textstyle\sum {self.tex(node.func.value, PRODUCT)}", PRODUCT
        if called in WORDS and not self.filling:
            return WORDS[called], ATOM
        match called, len(args):
            case "sqrt", 1:
                return rf"\sqrt{{{self.tex(args[0])}}}", ATOM
            case (("absolute" | "abs"), 1):
                return rf"\left|{self.tex(args[0])}\right|", ATOM
            case "sign", 1:
                return rf"\operatorname{{sign}}\left({self.tex(args[0])}\right)", ATOM
            case (("exp" | "log"), 1):
                return rf"\{'exp' if called == 'exp' else 'ln'}\left({self.tex(args[0])}\right)", ATOM
            case (("maximum" | "minimum"), 2):
                if is_nothing(args[1]):
                    return self.parts(args[0])
                return rf"\{called[:3]}\left({self.tex(args[0])},\, {self.tex(args[1])}\right)", ATOM
            case "where", 3:
                return self.cases(*args)
            case "diagonal", 1:
                return rf"\operatorname{{diag}} {self.tex(args[0], ATOM)}", PRODUCT
            # What somebody typed may call more.
            case "sigmoid", 1:
                return rf"\operatorname{{sigmoid}}\left({self.tex(args[0])}\right)", ATOM
            case called, 1 if called in CALLED:
                return rf"{CALLED[called]}\left({self.tex(args[0])}\right)", ATOM
            case called, 1 if called in AROUND:
                return AROUND[called] % self.tex(args[0]), ATOM
        raise UnwritableError

    def cases(self, test: ast.expr, yes: ast.expr, no: ast.expr) -> tuple[str, int]:
        """What holds under conditions, one row each."""
        if isinstance(test, ast.Compare) and ast.dump(test.left) == ast.dump(yes) and isinstance(no, ast.Constant):
            # A guard against a division by nought: where(x > 0, x, 1).
            return self.parts(yes)
        rows = f"{self.tex(yes)} & {self.tex(test)}"
        text, _ = self.parts(no)
        begin, end = r"\begin{cases}", r"\end{cases}"
        others = rf"{text} & \text{{else}}"
        if text.startswith(begin) and text.count(begin) == 1:
            others = text[len(begin) : -len(end)]
        return rf"{begin}{rows}\\ {others}{end}", ATOM


def number(value: float) -> str:
    """A number as LaTeX, four digits of it."""
    text = f"{value + 0.0:.4g}"
    mantissa, e, exponent = text.partition("e")
    if not e:
        return text
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa}\cdot {power}"
