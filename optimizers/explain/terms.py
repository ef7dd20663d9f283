"""A step without the terms that its fields switch off, read off its own statements.

With a momentum of 0, `momentum * b + g / sigma` is g / sigma, and that times sigma is g. A name that becomes another name
is no line of its own, a memory that stays at 0 is none, and what neither the step nor a later one asks for is left out.
Only what the fields alone decide counts: what a step found on its way stays.
"""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from optimizers.bases.optimizer import Optimizer
from optimizers.explain.latex import Writer, condition_of, names_in, place_of, worked_out


@dataclass(frozen=True)
class Equation:
    """What a name becomes in a statement; `value` is None where that is more than an expression.

    `before` marks a name that the state comes in by.
    """

    row: int
    statement: ast.stmt
    name: str
    value: ast.expr | None
    before: bool = False


class Terms:
    """The equations of one step, in order, and its results. `idle` are the places of the state that are always 0."""

    def __init__(
        self,
        optimizer: Optimizer,
        chosen: dict[int, bool],
        rows: Iterable[tuple[int, ast.stmt]],
        idle: Iterable[int] = (),
    ) -> None:
        self.writer = Writer(optimizer, chosen, {})
        self.chosen, self.idle = chosen, frozenset(idle)
        self.equations: list[Equation] = []
        self.slots: dict[str, int] = {}
        # How often a name was given a value, so that what was made of an older one is told from what it is now.
        self.version: dict[str, int] = {}
        self.same: dict[str, tuple[str, int]] = {}
        self.made: dict[str, tuple[ast.expr, dict[str, int]]] = {}
        self.results: list[ast.expr] | None = None
        # As it is returned, also where the direction is a multiple of it and neither is left.
        self.scale: ast.expr | None = None
        self.state: list[ast.expr] | None = None
        for row, statement in rows:
            if isinstance(statement, ast.Return):
                self._returned(statement)
            else:
                self._taken(row, statement)

    def _taken(self, row: int, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign) and names_in(statement.value) == ["state"]:
            (target,) = statement.targets
            for slot, part in enumerate(target.elts if isinstance(target, ast.Tuple) else [target]):
                if isinstance(part, ast.Name):
                    self.slots[part.id] = slot
                    nought = _at(ast.Constant(0.0), statement) if slot in self.idle else None
                    self._assigned(Equation(row, statement, part.id, nought, before=True))
            return
        pairs: Iterable[tuple[str, ast.expr | None]] = equations(statement)
        known = ((name, self._written(value)) for name, value in pairs)
        # On the right of a statement with several names each still is what it was, but of a = b = c b is what a is now.
        for name, value in known if isinstance(statement, ast.Assign) and len(statement.targets) > 1 else list(known):
            self._assigned(Equation(row, statement, name, value))

    def _written(self, value: ast.expr | None) -> ast.expr | None:
        return value if value is None else self.plain(value)

    def _assigned(self, equation: Equation) -> None:
        name, value = equation.name, equation.value
        if isinstance(value, ast.Name) and value.id == name:
            return
        self.equations.append(equation)
        self.version[name] = self.version.get(name, 0) + 1
        for known in (self.same, self.made, self.writer.fixed):
            known.pop(name, None)
        if value is None:
            return
        constant = self.writer.constant(value)
        if isinstance(value, ast.Constant) or constant is not None:
            self.writer.fixed[name] = value, constant or 0.0
        elif isinstance(value, ast.Name):
            self.same[name] = value.id, self.version.get(value.id, 0)
        else:
            self.made[name] = value, {other: self.version.get(other, 0) for other in names_in(value)}

    def _returned(self, statement: ast.Return) -> None:
        if not isinstance(statement.value, ast.Tuple):
            return
        *results, state = statement.value.elts
        self.results = [self.plain(part) for part in results]
        direction, self.scale, _ = self.results
        match direction:
            # What is multiplied and then divided by the scale is neither.
            case ast.BinOp(rest, ast.Mult(), by) if _alike(by, self.scale) and self.writer.constant(by) is None:
                self.results[:2] = [rest, _at(ast.Constant(1.0), by)]
        state = self._origin(self.plain(state))
        if isinstance(state, ast.Tuple):
            self.state = [self.plain(part) for part in state.elts]

    def _origin(self, node: ast.expr) -> ast.expr:
        """What a name was made of in this step, where that still is what it was."""
        if isinstance(node, ast.Name) and node.id in self.made:
            value, versions = self.made[node.id]
            if all(self.version.get(name, 0) == version for name, version in versions.items()):
                return value
        return node

    def plain(self, node: ast.expr) -> ast.expr:
        """The expression without what is switched off."""
        match node:
            case ast.Name(name):
                if name in self.writer.fixed and isinstance(self.writer.fixed[name][0], ast.Constant):
                    return self.writer.fixed[name][0]
                root, version = self.same.get(name, (name, -1))
                return _at(ast.Name(root, ast.Load()), node) if self.version.get(root, 0) == version else node
            case ast.UnaryOp(ast.USub(), operand):
                inner = self.plain(operand)
                return _at(ast.Constant(0.0) if self.is_number(inner, 0.0) else ast.UnaryOp(ast.USub(), inner), node)
            case ast.BinOp(left, op, right):
                return self._binary(node, self.plain(left), op, self.plain(right))
            case ast.IfExp(test, yes, no):
                # A name is a step's own, but for those that fields decide.
                if set(names_in(test)) <= {"self"} and place_of(node) in self.chosen:
                    return self.plain(yes if self.chosen[place_of(node)] else no)
                yes, no = self.plain(yes), self.plain(no)
                return yes if _alike(yes, no) else _at(ast.IfExp(test, yes, no), node)
            case ast.Compare(left, ops, others):
                new = _at(ast.Compare(self.plain(left), ops, [self.plain(other) for other in others]), node)
                if all(isinstance(side, ast.Constant) for side in (new.left, *new.comparators)):
                    return _at(ast.Constant(bool(worked_out(new, {}))), node)
                return new
            case ast.Subscript(value, part, context):
                return _at(ast.Subscript(self.plain(value), part, context), node)
            case ast.Tuple(parts, context):
                return _at(ast.Tuple([self.plain(part) for part in parts], context), node)
            case ast.Call():
                return self._call(node)
        return node

    def is_number(self, node: ast.expr, value: float) -> bool:
        """Whether an expression is this number, whatever the step meets."""
        return self.writer.constant(node) == value

    def _binary(self, node: ast.BinOp, left: ast.expr, op: ast.operator, right: ast.expr) -> ast.expr:
        nought, one = ([self.is_number(side, value) for side in (left, right)] for value in (0.0, 1.0))
        new = _at(ast.BinOp(left, op, right), node)
        match op:
            case ast.Add() if nought[0]:
                return right
            case ast.Add() | ast.Sub() if nought[1]:
                return left
            case ast.Sub() if _alike(left, right):
                return _at(ast.Constant(0.0), node)
            case ast.Sub() if nought[0]:
                return _at(ast.UnaryOp(ast.USub(), right), node)
            case ast.Mult() if any(nought):
                return _at(ast.Constant(0.0), node)
            case ast.Div() if nought[0]:
                return left
            case ast.Mult() if one[0]:
                return right
            case ast.Mult() | ast.Div() | ast.Pow() if one[1]:
                return left
            case ast.Pow() if nought[1] or one[0]:
                return _at(ast.Constant(1.0), node)
            # Its exponents count from 1.
            case ast.Pow() if nought[0]:
                return _at(ast.Constant(0.0), node)
            case ast.Mult():
                for factor, by in ((left, right), (right, left)):
                    match self._origin(factor):
                        case ast.BinOp(above, ast.Div(), below) if _alike(below, by):
                            return above
        value = self.writer.constant(new)
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and value is not None:
            return _at(ast.Constant(value), node) if (left, right) != (node.left, node.right) else new
        return new

    def _call(self, node: ast.Call) -> ast.expr:
        taken = self.chosen.get(condition_of(node))
        if taken is not None:
            return self.plain(node.args[1 if taken else 2])
        args = [self.plain(argument) for argument in node.args]
        func = node.func
        if isinstance(func, ast.Attribute):
            func = _at(ast.Attribute(self.plain(func.value), func.attr, func.ctx), func)
        match node.func:
            case ast.Name(called) | ast.Attribute(_, called):
                if called == "where" and len(args) == 3:
                    if _alike(args[1], args[2]):
                        return args[1]
                    if isinstance(args[0], ast.Constant):
                        return args[1 if args[0].value else 2]
                if called in ("maximum", "minimum"):
                    for bound, other in (args, args[::-1]):
                        if self.is_number(bound, 0.0) and self._is_size(other):
                            return other if called == "maximum" else bound
                if called == "sqrt" and any(self.is_number(args[0], value) for value in (0.0, 1.0)):
                    return args[0]
                if called == "sum" and isinstance(func, ast.Attribute) and self.is_number(func.value, 0.0):
                    return func.value
        return _at(ast.Call(func, args, node.keywords), node)

    def _is_size(self, node: ast.expr) -> bool:
        """Whether an expression is never below 0, as it is written."""
        match node:
            case ast.BinOp(left, ast.Add(), right):
                return self._is_size(left) and self._is_size(right)
            case ast.BinOp(left, ast.Mult(), right):
                return _alike(left, right) or (self._is_size(left) and self._is_size(right))
            case ast.Call(ast.Name("maximum") | ast.Attribute(_, "maximum"), args):
                return any(self.is_number(part, 0.0) or self._is_size(part) for part in args)
            case ast.Call(ast.Name("abs" | "absolute" | "sqrt") | ast.Attribute(_, "abs" | "absolute" | "sqrt")):
                return True
        return (self.writer.constant(node) or -1.0) > 0

    def names(self, node: ast.AST) -> set[str]:
        """The names in an expression, of its branches only those that were taken."""
        match node:
            case ast.Subscript(ast.Name("state"), ast.Constant(int(slot))):
                self.slots[ast.unparse(node)] = slot
                return {ast.unparse(node)}
        if isinstance(node, ast.IfExp) and place_of(node) in self.chosen:
            return self.names(node.body if self.chosen[place_of(node)] else node.orelse)
        if isinstance(node, ast.Name):
            return {node.id}
        return set().union(*(self.names(child) for child in ast.iter_child_nodes(node)))

    def asked(self, live: Iterable[int]) -> tuple[list[Equation], set[str]]:
        """The equations that the step needs, or a later one for the places `live` of its state, and the names that it reads
        of the state.
        """
        if self.results is None or self.state is None:
            return self.equations, set(self.slots)
        names = set().union(*(self.names(part) for part in [*self.results, *(self.state[slot] for slot in live)]))
        asked: list[Equation] = []
        read: set[str] = set()
        groups: list[list[Equation]] = []
        for equation in self.equations:
            if groups and groups[-1][0].statement is equation.statement:
                groups[-1].append(equation)
            else:
                groups.append([equation])
        for group in reversed(groups):
            wanted = [equation for equation in group if equation.name in names]
            asked[:0] = wanted
            for equation in wanted:
                # A loop may read what it makes.
                if not isinstance(equation.statement, ast.For | ast.While):
                    names.discard(equation.name)
                if equation.before and equation.value is None:
                    read.add(equation.name)
            for equation in wanted:
                if not equation.before:
                    statement = equation.statement
                    opaque = statement.value if isinstance(statement, ast.Assign) else statement
                    names |= self.names(opaque if equation.value is None else equation.value)
        if "state" in names:
            return asked, set(self.slots)
        return asked, read | {name for name in names if name.startswith("state[")}

    def read(self, asked: Iterable[Equation]) -> set[str]:
        """The names that these equations and the results read."""
        parts = [
            *(self.results or []),
            *(equation.value or equation.statement for equation in asked if not equation.before),
        ]
        return set().union(*(self.names(part) for part in parts))

    def fields(self, asked: Iterable[Equation]) -> set[str]:
        """The fields that are left in these equations and in the results."""
        parts: list[ast.AST] = [*(self.results or []), *([] if self.scale is None else [self.scale])]
        parts += [equation.value or equation.statement for equation in asked if not equation.before]
        return set().union(*(fields_in(part) for part in parts))


def fields_in(node: ast.AST) -> set[str]:
    """The fields that are named: `self.momentum`."""
    found = (n for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name))
    return {n.attr for n in found if isinstance(n.value, ast.Name) and n.value.id == "self"}


# The branches that a step took, and its statements by their rows.
Way = tuple[dict[int, bool], Sequence[tuple[int, ast.stmt]]]


def at_work(optimizer: Optimizer, ways: Sequence[Way]) -> tuple[set[int], set[int]]:
    """The places of the state that are always 0, and those that some step asks for, of all ways in which steps went."""
    idle = {i for i, value in enumerate(optimizer.init()) if isinstance(value, float) and value == 0.0}
    while True:
        steps = [Terms(optimizer, chosen, rows, idle) for chosen, rows in ways]
        wrong = {i for terms in steps for i in idle if terms.state is None or not terms.is_number(terms.state[i], 0.0)}
        if not wrong:
            break
        idle -= wrong
    live: set[int] = set()
    while True:
        read = {terms.slots[name] for terms in steps for name in terms.asked(live)[1]}
        if read <= live:
            return idle, live
        live |= read


def equations(statement: ast.stmt) -> list[tuple[str, ast.expr | None]]:
    """The names of a statement with what each of them becomes; None where that is more than an expression."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        return [
            (name, _at(ast.BinOp(_at(ast.Name(name, ast.Load()), statement), statement.op, statement.value), statement))
        ]
    if isinstance(statement, ast.Assign):
        pairs: list[tuple[str, ast.expr | None]] = []
        first: ast.expr = statement.value
        for target in statement.targets:
            if isinstance(target, ast.Name):
                # Of a = b = c, b is what a has become.
                pairs.append((target.id, first))
                first = _at(ast.Name(target.id, ast.Load()), statement)
            elif isinstance(target, ast.Tuple):
                parts: list[ast.expr | None] = [None] * len(target.elts)
                if isinstance(statement.value, ast.Tuple):
                    parts = list(statement.value.elts)
                pairs += [(t.id, part) for t, part in zip(target.elts, parts, strict=True) if isinstance(t, ast.Name)]
        return pairs
    return [(name, None) for name in assigned(statement)]


def assigned(statement: ast.stmt) -> list[str]:
    """The names that a statement gives a value, in their order."""
    if isinstance(statement, ast.FunctionDef | ast.If | ast.Return):
        return []
    found = (n for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return list(dict.fromkeys(n.id for n in found if n.id != "_"))


def _alike(a: ast.expr, b: ast.expr) -> bool:
    return ast.dump(a) == ast.dump(b)


Node = TypeVar("Node", bound=ast.expr)


def _at(new: Node, old: ast.AST) -> Node:
    """A new expression in the place of an old one, by which its branch is known."""
    return ast.copy_location(new, old)
