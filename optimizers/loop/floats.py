"""The loop for one start, on Python floats: the optimizer's own `step`, written out for x and again for y.

Numpy's call overhead is nearly all of the time that arrays of two numbers take, and a call of `step` for each coordinate
half of what floats take. So the body of `step` is copied into the loop below, every name of its own ending in _x or _y,
the fields of `self` read once before the loop, and what depends on neither coordinate (1 - beta1**t) worked out once a
step. The formula itself stands in the optimizer's file and nowhere else.
"""

import ast
import inspect
import math
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any

from core.syntax import parsed
from optimizers.bases.optimizer import Optimizer
from optimizers.loop.status import CHECK_EVERY

# Ten numbers a step: x, y, both gradients, directions, scales and decays.
WIDTH = 10

LOOP = """
def loop(optimizer, surface, gradient, rates, x, y, written):
    FIELDS
    state_x = state_y = optimizer.init()
    t = 0
    for first in range(0, len(rates), CHECK_EVERY):
        for eta in rates[first : first + CHECK_EVERY]:
            t += 1
            g_x, g_y = gradient(x, y)
            theta_x, theta_y = x, y
            SHARED
            STEP_X
            STEP_Y
            written += (x, y, g_x, g_y, m__x, m__y, sigma__x, sigma__y, decay__x, decay__y)
            MOVE
        # Only infinities and NaN differ from themselves.
        if (x - x) + (y - y) != 0.0:
            break
    return t, x, y
"""

# `moved` of the optimizer, written out.
MOVES = {
    True: "x, y = x - decay__x - eta * m__x / sigma__x, y - decay__y - eta * m__y / sigma__y",
    False: "x, y = x - decay__x - m__x, y - decay__y - m__y",
}

# What a body may be made of. A loop's or a function's own names, and a return inside one, would not survive the copying.
STATEMENTS = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.If | ast.Return | ast.Pass
FOREIGN = (
    ast.Lambda | ast.NamedExpr | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp | ast.Await | ast.Yield
)
ARGUMENTS = ["self", "g", "state", "theta", "eta", "t", "surface"]
LOOP_S_OWN = {"optimizer", "gradient", "rates", "x", "y", "written", "first", "self"}


class NotWrittenOutError(Exception):
    """A step that is more than assignments, conditions and returns; arrays run it as it stands."""


Loop = Callable[[Optimizer, Any, Any, list[float], float, float, list[float]], tuple[int, float, float]]


@cache
def loop_of(kind: type[Optimizer], factors: bool = True) -> Loop:
    """The loop of one class, for steps of eta / sigma * m or for others.

    OSError where its source is not to be had, NotWrittenOutError where it cannot be copied.
    """
    if not kind.coordinatewise:
        raise NotWrittenOutError(f"{kind.slug}: a step that needs both coordinates")
    (step,) = parsed(textwrap.dedent(inspect.getsource(kind.step))).body
    _check(kind, step)
    assert isinstance(step, ast.FunctionDef)
    shared = _Shared()
    body = [shared.visit(statement) for statement in step.body]
    own = {
        node.id
        for part in body
        for node in ast.walk(part)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    read = {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name)}
    if own & {"g", "theta", "t", "eta", "surface"} or (read - own) & LOOP_S_OWN:
        raise NotWrittenOutError(f"{kind.slug}: a step's names must not be the loop's")
    parts: dict[str, list[ast.stmt]] = {
        "FIELDS": _assignments({f"self_{name}": f"optimizer.{name}" for name in shared.fields})
        + _assignments(shared.constant),
        "SHARED": _assignments(shared.each_step),
        "STEP_X": _Coordinate("x", own | {"g", "theta", "state"}).written_out(body),
        "STEP_Y": _Coordinate("y", own | {"g", "theta", "state"}).written_out(body),
        "MOVE": parsed(MOVES[factors]).body,
    }
    tree = ast.fix_missing_locations(_Fill(parts).visit(parsed(LOOP)))
    # Where a float raises, arrays take the run over, so that the plain functions of math will do.
    space = {**kind.step.__globals__, "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "CHECK_EVERY": CHECK_EVERY}
    exec(compile(tree, f"<{kind.slug}, written out>", "exec"), space)
    return space["loop"]


def _check(kind: type[Optimizer], step: ast.stmt) -> None:
    """Raise NotWrittenOutError unless the step can be copied into a loop without a change of meaning."""
    if not isinstance(step, ast.FunctionDef) or step.decorator_list or [a.arg for a in step.args.args] != ARGUMENTS:
        raise NotWrittenOutError(f"{kind.slug}: not a plain step")
    inside = [node for statement in step.body for node in ast.walk(statement)]
    if any(
        isinstance(node, FOREIGN) or (isinstance(node, ast.stmt) and not isinstance(node, STATEMENTS))
        for node in inside
    ):
        raise NotWrittenOutError(f"{kind.slug}: more than assignments, conditions and returns")


def _assignments(values: dict[str, str]) -> list[ast.stmt]:
    return parsed("\n".join(f"{name} = {value}" for name, value in values.items())).body


class _Shared(ast.NodeTransformer):
    """Takes out what depends on neither coordinate: fields of self, and sums, products and powers of them, t and eta."""

    def __init__(self) -> None:
        self.fields: dict[str, None] = {}
        self.constant: dict[str, str] = {}
        self.each_step: dict[str, str] = {}

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            self.fields[node.attr] = None
            return ast.copy_location(ast.Name(f"self_{node.attr}", ast.Load()), node)
        self.generic_visit(node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        simple = all(
            isinstance(p, ast.BinOp | ast.Name | ast.Constant | ast.operator | ast.Load) for p in ast.walk(node)
        )
        # A division may be guarded by a condition that it must not outrun.
        if not simple or any(isinstance(part, ast.Div | ast.FloorDiv | ast.Mod) for part in ast.walk(node)):
            return node
        if not names or not all(name.startswith(("self_", "once_", "now_")) or name in ("t", "eta") for name in names):
            return node
        changing = any(name.startswith("now_") or name in ("t", "eta") for name in names)
        place, prefix = (self.each_step, "now_") if changing else (self.constant, "once_")
        text = ast.unparse(node)
        name = next((known for known, value in place.items() if value == text), f"{prefix}{len(place)}")
        place[name] = text
        return ast.copy_location(ast.Name(name, ast.Load()), node)


class _Coordinate(ast.NodeTransformer):
    """Copies statements for one coordinate: its own names get an ending, and a return becomes the step's four results."""

    def __init__(self, coordinate: str, own: set[str]) -> None:
        self.coordinate, self.own = coordinate, own

    def written_out(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements in a block that is left where `step` returns."""
        copy = parsed("\n".join(ast.unparse(statement) for statement in body)).body
        inside: list[ast.stmt] = []
        for statement in copy:
            done = self.visit(statement)
            inside += done if isinstance(done, list) else [done]
        if isinstance(copy[-1], ast.Return) and sum(isinstance(n, ast.Return) for s in body for n in ast.walk(s)) == 1:
            return inside[:-1]
        return [ast.While(ast.Constant(True), inside, [])]

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if node.id in self.own:
            node.id = f"{node.id}_{self.coordinate}"
        return node

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        self.generic_visit(node)
        results = ", ".join(f"{name}_{self.coordinate}" for name in ("m_", "sigma_", "decay_", "state"))
        target = parsed(f"{results} = 0").body[0]
        assert isinstance(target, ast.Assign)
        assert node.value is not None
        target.value = node.value
        return [target, ast.Break()]


class _Fill(ast.NodeTransformer):
    """Puts statements where a word stands alone."""

    def __init__(self, parts: dict[str, list[ast.stmt]]) -> None:
        self.parts = parts

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | list[ast.stmt]:
        if isinstance(node.value, ast.Name) and node.value.id in self.parts:
            return self.parts[node.value.id]
        return node
