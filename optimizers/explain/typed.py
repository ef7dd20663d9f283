"""The lines that somebody typed as Python's syntax, which the formulas of a step are read off: never compiled, never run."""

import ast
from collections.abc import Mapping, Sequence

from core.either import Number
from core.formula import Assignments, Node, listed
from core.formula.assignments import BEFORE

BINARY: Mapping[str, ast.operator] = {
    "add": ast.Add(),
    "subtract": ast.Sub(),
    "multiply": ast.Mult(),
    "divide": ast.Div(),
    "power": ast.Pow(),
    "mod": ast.Mod(),
}
# What a function is called in a step's own code.
CALLED = {"min": "minimum", "max": "maximum"}


def statements(parts: Assignments) -> list[ast.stmt]:
    """A rule's statements as a method's code has them: what is remembered, a line each, and what is returned.

    Each has the row of its line in the text.
    """
    names, early = [*parts.remembered], _early(parts)
    found: list[ast.stmt] = []
    if names:
        found.append(_placed(ast.Assign([_tuple(names, ast.Store())], ast.Name("state", ast.Load())), 1))
    for name in early:
        found.append(_placed(ast.Assign([ast.Name(name + BEFORE, ast.Store())], ast.Name(name, ast.Load())), 1))
    for line in parts.lines:
        target = ast.Name(line.name, ast.Store())
        found.append(_placed(ast.Assign([target], _expression(line.tree, parts.constants)), line.row))
    given = [_expression(tree, parts.constants) for tree in parts.results]
    found.append(_placed(ast.Return(ast.Tuple([*given, _tuple(names, ast.Load())], ast.Load())), parts.theta.row))
    return found


def told(parts: Assignments, place: Mapping[str, Number]) -> list[dict[str, Number]]:
    """What the names of each statement become, where the letters are what `place` says."""
    before = {name: place[name] for name in parts.remembered}
    lines, _, _ = parts.worth(place)
    own = [{line.name: value} for line, value in zip(parts.lines, lines, strict=True)]
    early = [{name + BEFORE: place[name]} for name in _early(parts)]
    return [*([before] if before else []), *early, *own, {}]


def _early(parts: Assignments) -> list[str]:
    """The names whose former value some line asks for by itself."""
    asked = frozenset().union(*(line.tree.letters for line in (*parts.lines, parts.theta)))
    return [name for name in parts.remembered if name + BEFORE in asked]


def _tuple(names: list[str], context: ast.expr_context) -> ast.Tuple:
    return ast.Tuple([ast.Name(name, context) for name in names], context)


def _placed(statement: ast.stmt, row: int) -> ast.stmt:
    statement.lineno = statement.end_lineno = row
    for node in ast.walk(statement):
        if isinstance(node, ast.expr):
            node.lineno, node.col_offset = row, 0
    return statement


def _expression(tree: Node, constants: Sequence[str]) -> ast.expr:
    """A formula as an expression; the square of a letter is a product, as code writes it."""
    made: dict[int, ast.expr] = {}
    for node in listed(tree):
        args = [made[id(a)] for a in node.args]
        if node.op == "number":
            # One that has a name stands under it.
            made[id(node)] = ast.Name(node.name, ast.Load()) if node.name else _number(node.value)
        elif node.op == "letter":
            of_self = ast.Attribute(ast.Name("self", ast.Load()), node.name, ast.Load())
            made[id(node)] = of_self if node.name in constants else ast.Name(node.name, ast.Load())
        elif node.op == "power" and node.args[0].op == "letter" and node.args[1].is_number(2.0):
            made[id(node)] = ast.BinOp(args[0], ast.Mult(), args[0])
        elif node.op in BINARY:
            made[id(node)] = ast.BinOp(args[0], BINARY[node.op], args[1])
        elif node.op == "negative":
            made[id(node)] = ast.UnaryOp(ast.USub(), args[0])
        else:
            made[id(node)] = ast.Call(ast.Name(CALLED.get(node.op, node.op), ast.Load()), args, [])
    return made[id(tree)]


def _number(value: float) -> ast.expr:
    constant = ast.Constant(abs(value))
    return ast.UnaryOp(ast.USub(), constant) if value < 0 else constant
