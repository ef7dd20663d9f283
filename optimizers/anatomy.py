"""A step taken apart: the lines of an optimizer's own `step` as formulas, with the numbers that each of them had.

The code of `step` reads like the equation, so the equation is read off the code: a copy of it notes the value of every
name that it assigns and which branch it took, and each assignment is written as LaTeX, once in symbols and once with a
slot for every number. What cannot be written so (a call of SciPy, a loop) still shows what came out of it. Nothing here
knows a method by name.
"""

import ast
import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal

import numpy as np

from optimizers.base import Differentiable, Optimizer, State, Step
from optimizers.latex import Writer, adds_nothing, is_constant, names_in, place_of, symbol
from optimizers.rules.base import Rule
from optimizers.run import Path, run
from optimizers.schedules import Schedule

# What a quantity is to the step: what comes in, what is remembered, what goes out, or something on the way.
Role = Literal["gradient", "position", "rate", "count", "before", "memory", "direction", "scale", "decay", "between"]


@dataclass(frozen=True)
class Line:
    """One assignment of a step: `symbol` becomes `formula`, LaTeX both; "" where that cannot be written.

    `filled` is the formula with a slot «k» for the k-th quantity. `defines` is the quantity that the line makes.
    `rows` are the first and the last of its lines in the source file. `inside` names the method within whose step it stands.
    """

    symbol: str
    formula: str
    filled: str
    defines: int
    role: Role
    rows: tuple[int, int]
    inside: str = ""


@dataclass(frozen=True)
class Shape:
    """What a step did, in order: indices of lines, and its result in symbols, theta <- theta - decay - eta / scale * direction.

    An empty text is a factor that is not there: a scale of 1, a decay of 0. `filled` are the three with slots for numbers,
    `rows` the lines of the return.
    """

    lines: tuple[int, ...]
    direction: str
    scale: str
    decay: str
    filled: tuple[str, str, str]
    rows: tuple[int, int]
    inside: str = ""


@dataclass(frozen=True)
class Quantity:
    """What a step has: its symbol, and whether that is one number for each coordinate, one for both, or yes or no."""

    symbol: str
    role: Role
    kind: Literal["vector", "number", "flag"]


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Every step of one run: what was computed (`shapes[shape[t]]`) and with what numbers.

    `values` is (quantities, steps, 2), NaN where a step has no such quantity; a single number stands twice. `coordinates` are
    the indices of the two coordinates that are shown: 0 and 1, or of a model's many weights the two that travel farthest.
    """

    quantities: tuple[Quantity, ...]
    lines: tuple[Line, ...]
    shapes: tuple[Shape, ...]
    shape: np.ndarray
    values: np.ndarray
    coordinates: tuple[int, int]


def dissect(
    path: Path, optimizer: Optimizer, schedule: Schedule | float, rules: Sequence[Rule] = (), seed: int = 0
) -> Anatomy:
    """The anatomy of each step of a path that `run` made of these, from one start (2,)."""
    whole = path.full or path
    if whole.theta.ndim != 2 or whole.lr is None:
        raise ValueError("only the path of one start, with all its steps, can be taken apart")
    steps = len(whole.lr)
    # The two weights that travel farthest, in their own order; of two coordinates both.
    travelled = np.nansum(np.abs(np.diff(whole.theta, axis=0)), axis=0)
    coordinates = tuple(sorted(np.argsort(-travelled, kind="stable")[:2].tolist()))
    replay = _Replay(optimizer, whole.theta, [])
    run(path.surface, replay, schedule, path.theta[0], steps, rules, seed)
    return _assembled(optimizer, replay.records, steps, coordinates)


@lru_cache(maxsize=256)
def usual_shape(optimizer: Optimizer) -> Shape:
    """What a step of an optimizer is once it is under way: that of the third, on a bowl."""
    anatomy = dissect(run(_Bowl(), optimizer, 0.1, (1.0, 2.0), 3), optimizer, 0.1)
    return anatomy.shapes[int(anatomy.shape[-1])]


class _Bowl:
    """Something to step on."""

    def value(self, *coordinates: Any) -> Any:
        return sum(c * c for c in coordinates) / 2

    def grad(self, *coordinates: Any) -> Any:
        return coordinates


@dataclass(frozen=True, eq=False)
class _Replay(Optimizer, listed=False):
    """An optimizer that does what another one does and keeps a record of each step.

    It goes where the path went, so that rounding, which differs between floats and arrays, cannot lead it elsewhere.
    """

    slug = "replay"

    optimizer: Optimizer
    places: np.ndarray
    records: list["Record"]

    @property
    def factors(self) -> bool:
        return self.optimizer.factors

    @property
    def coordinatewise(self) -> bool:  # type: ignore[override]
        return self.optimizer.coordinatewise

    @property
    def row_by_row(self) -> bool:  # type: ignore[override]
        return self.optimizer.row_by_row

    def init(self) -> State:
        return self.optimizer.init()

    # Not the arguments of other steps, so that no loop over floats is written out of it.
    def step(self, *given: Any) -> Step:
        record = Record()
        self.records.append(record)
        return recorded(self.optimizer, record)(*given)

    def moved(self, theta: Any, step: Step, eta: Any) -> Any:
        return self.places[len(self.records)][None]


@dataclass
class Record:
    """What one step did: (class, row of the statement, values of its names) in order, and the branches it chose."""

    notes: list[tuple[type[Optimizer], int, dict[str, Any]]] = field(default_factory=list)
    chosen: dict[tuple[type[Optimizer], int], bool] = field(default_factory=dict)


# The note of what comes in, which no row of a step has.
ENTRY = 0


def recorded(optimizer: Optimizer, record: Record) -> Any:
    """`optimizer.step` which writes into `record`."""
    kind = type(optimizer)
    copied = _written(kind).function  # type: ignore[arg-type]

    def note(row: int, **values: Any) -> None:
        record.notes.append((kind, row, values))

    def chose(place: int, test: Any) -> Any:
        record.chosen[kind, place] = bool(test)
        return test

    def inner(other: Optimizer) -> Any:
        return recorded(other, record)

    def step(g: Any, state: State, theta: Any, eta: Any, t: int, surface: Differentiable) -> Step:
        note(ENTRY, g=g, theta=theta, eta=eta, t=t)
        return copied(optimizer, g, state, theta, eta, t, surface, note, chose, inner)

    return step


@dataclass(frozen=True, eq=False)
class _Written:
    """The recording copy of a class's step, its statements by their row in it, and its first row in the file."""

    function: Any
    statements: dict[int, ast.stmt]
    first_row: int


@cache
def _written(kind: type[Optimizer]) -> _Written:
    lines, first_row = inspect.getsourcelines(kind.step)
    source = textwrap.dedent("".join(lines))
    (original,) = ast.parse(source).body
    (copied,) = ast.parse(source).body
    assert isinstance(copied, ast.FunctionDef)
    copied.body = _Recording().block(copied.body)
    copied.args.args += [ast.arg("note_"), ast.arg("chose_"), ast.arg("inner_")]
    copied.returns = None
    for argument in copied.args.args:
        argument.annotation = None
    space = dict(kind.step.__globals__)
    exec(compile(ast.fix_missing_locations(ast.Module([copied], [])), f"<{kind.slug}, recorded>", "exec"), space)
    statements = {node.lineno: node for node in ast.walk(original) if isinstance(node, ast.stmt)}
    return _Written(space["step"], statements, first_row)


class _Recording(ast.NodeTransformer):
    """Puts a note behind each assignment and before each return, and a record around what a conditional expression tests."""

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements with notes between them."""
        new: list[ast.stmt] = []
        for statement in body:
            names = _assigned(statement)
            told = ast.parse(f"note_({statement.lineno}, {', '.join(f'{name}={name}' for name in names)})").body
            if isinstance(statement, ast.If):
                statement.test = self.visit(statement.test)
                statement.body = self.block(statement.body)
                statement.orelse = self.block(statement.orelse)
                new.append(statement)
            elif isinstance(statement, ast.Return):
                result = self.visit(statement.value) if statement.value else ast.Constant(None)
                # What is inside the result comes before the note that ends the step.
                new += [ast.Assign([ast.Name("result_", ast.Store())], result), *told]
                new.append(ast.Return(ast.Name("result_", ast.Load())))
            elif isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign):
                new += [self.visit(statement), *told]
            elif names:
                # A loop may have come to none of its names.
                missing = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [ast.Pass()])
                new += [statement, ast.Try(told, [missing], [], [])]
            else:
                new.append(statement)
        return new

    def visit_IfExp(self, node: ast.IfExp) -> ast.IfExp:
        place = place_of(node)
        self.generic_visit(node)
        node.test = ast.Call(ast.Name("chose_", ast.Load()), [ast.Constant(place), node.test], [])
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if _is_inner_step(node) and isinstance(node.func, ast.Attribute):
            node.func = ast.Call(ast.Name("inner_", ast.Load()), [node.func.value], [])
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        # A function's own names are not the step's.
        return node


def _is_inner_step(node: ast.AST | None) -> bool:
    """Whether an expression is the call of the step of the method inside: `self.inner.step(...)`."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "self.inner.step"


def _assigned(statement: ast.stmt) -> list[str]:
    """The names that a statement gives a value, in their order."""
    if isinstance(statement, ast.FunctionDef | ast.If | ast.Return):
        return []
    found = (n for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    return list(dict.fromkeys(n.id for n in found if n.id != "_"))


def _assembled(optimizer: Optimizer, records: list[Record], steps: int, coordinates: tuple[int, int]) -> Anatomy:
    """The anatomy from what was recorded. Steps that did the same have one shape; what overflowed has none."""
    book = _Book(optimizer)
    kinds: dict[Any, int] = {}
    shape = np.zeros(steps, dtype=int)
    for t, record in enumerate(records):
        key = (tuple(note[:2] for note in record.notes), tuple(sorted(record.chosen.items(), key=str)))
        if key not in kinds:
            kinds[key] = len(book.shapes)
            book.write(record)
        shape[t] = kinds[key]
    if len(records) < steps and len(records):
        shape[len(records) :] = shape[len(records) - 1]
    values = np.full((len(book.quantities), steps, 2), np.nan)
    vector, flag = np.zeros((2, len(book.quantities)), dtype=bool)
    for t, record in enumerate(records):
        for k, value in _numbers(record, book):
            row, is_vector = _pair(value, coordinates)
            values[k, t] = row
            vector[k] |= is_vector
            flag[k] |= np.asarray(value).dtype == bool
    quantities = tuple(
        Quantity(symbol, role, "flag" if flag[k] else "vector" if vector[k] else "number")
        for k, (symbol, role) in enumerate(book.quantities)
    )
    return Anatomy(quantities, tuple(book.lines), tuple(book.shapes), shape, values, coordinates)


def _numbers(record: Record, book: "_Book") -> Any:
    """(quantity, value) of all that was noted in a step and is a number."""
    depth = 0
    for kind, row, noted in record.notes:
        depth += row == ENTRY
        for name, value in noted.items():
            k = book.index.get((depth, kind, row, name))
            if k is not None and _is_number(value):
                yield k, value
        if isinstance(_written(kind).statements.get(row), ast.Return):  # type: ignore[arg-type]
            depth -= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, bool | int | float | np.number) or (
        isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.shape[:-1] in ((), (1,))
    )


def _pair(value: Any, coordinates: tuple[int, int]) -> tuple[np.ndarray, bool]:
    """A quantity's two numbers, and whether they are two."""
    array = np.asarray(value, dtype=float)
    array = array[0] if array.ndim == 2 else array
    if array.ndim == 1 and len(array) > 1:
        return array[list(coordinates)], True
    return np.full(2, array.ravel()[0]), False


class _Book:
    """Quantities, lines and shapes, written down as records come in."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        self.quantities: list[tuple[str, Role]] = []
        self.index: dict[tuple[int, type[Optimizer], int, str], int] = {}
        self.lines: list[Line] = []
        self.shapes: list[Shape] = []

    def quantity(self, key: tuple[int, type[Optimizer], int, str], role: Role) -> int:
        """The number of the quantity of a name that a row gives a value, at some depth of methods inside methods."""
        if key not in self.index:
            self.index[key] = len(self.quantities)
            self.quantities.append((symbol(key[3]), role))
        return self.index[key]

    def write(self, record: Record) -> None:
        """Write down what a record did: its lines, and the shape that they make."""
        notes = iter(record.notes)
        *_, entry = next(notes)
        written: list[int] = []
        self.shapes.append(self.block(self.optimizer, notes, record, 1, written, entry["g"]))

    def line(self, line: Line) -> int:
        """The number of a line."""
        if line not in self.lines:
            self.lines.append(line)
        return self.lines.index(line)

    def block(
        self,
        optimizer: Optimizer,
        notes: Any,
        record: Record,
        depth: int,
        written: list[int],
        g: Any,
        outer: Any = None,
    ) -> Shape:
        """One step, from behind its entry to its return; `g` is its gradient, `outer` that of the step around it."""
        kind = type(optimizer)
        statements, first_row = _written(kind).statements, _written(kind).first_row  # type: ignore[arg-type]
        roles: dict[str, Role] = {"g": "gradient", "theta": "position", "eta": "rate", "t": "count"}
        now = {name: self.quantity((depth, kind, ENTRY, name), role) for name, role in roles.items()}
        writer = Writer(optimizer, {p: c for (k, p), c in record.chosen.items() if k is kind}, now)
        inside = "" if depth == 1 else optimizer.name
        if depth > 1 and outer is not g:
            # The method around this one hands it a gradient of its own, which needs a name of its own.
            writer.renamed = {"g": "g'"}
            written.append(
                self.line(Line(writer.coloured("g"), "", "", now["g"], "gradient", (first_row, first_row), inside))
            )
        own: list[tuple[int, ast.stmt, dict[str, Any]]] = []
        within: Shape | None = None
        for _, row, noted in notes:
            if row == ENTRY:
                inner: Optimizer = optimizer.inner  # type: ignore[attr-defined]
                within = self.block(inner, notes, record, depth + 1, written, noted["g"], g)
                continue
            own.append((row, statements[row], noted))
            if isinstance(statements[row], ast.Return):
                break
        returned = own[-1][1]
        assert isinstance(returned, ast.Return)
        rows = (first_row + returned.lineno - 1, first_row + int(returned.end_lineno or returned.lineno) - 1)
        result = returned.value.elts if isinstance(returned.value, ast.Tuple) else None
        last = names_in(result[3]) if result else []
        writer.colours = _colours(result)
        for row, statement, noted in own[:-1]:
            at = (first_row + row - 1, first_row + int(statement.end_lineno or row) - 1)
            # On the right of a statement with several names each still is what it was.
            texts = [(name, expression, writer.both(expression)) for name, expression in _equations(statement)]
            for name, expression, (formula, filled) in texts:
                if not _is_number(noted.get(name)):
                    continue
                if isinstance(statement, ast.For | ast.While) and name not in now:
                    # A loop's own.
                    continue
                role: Role = writer.colours.get(name) or ("memory" if name in last else "between")  # type: ignore[assignment]
                if expression is not None and "state" in names_in(expression):
                    now[name] = self.quantity((depth, kind, row, name), "before")
                    continue
                constant = None if expression is None else writer.constant(expression)
                if expression is not None and constant is not None:
                    writer.fixed[name] = expression, constant
                    if not isinstance(expression, ast.BinOp):
                        # Another name of a field.
                        continue
                if (
                    isinstance(expression, ast.Name)
                    and isinstance(statement, ast.Assign)
                    and len(statement.targets) > 1
                ):
                    formula, filled = writer.both(expression)
                if not formula and np.asarray(noted[name]).dtype == bool:
                    continue
                now[name] = self.quantity((depth, kind, row, name), role)
                if formula != writer.coloured(name):
                    # Otherwise a guard, and nothing else, stood here.
                    line = Line(writer.coloured(name), formula, filled, now[name], role, at, inside)
                    written.append(self.line(line))
        if result is None:
            # The step of the method inside, as it is.
            assert within is not None
            return within
        # A coloured name within the whole it makes would be coloured twice.
        writer.colours = {}
        (direction, m), (scale, sigma), (decay, shrunk) = (writer.both(part) for part in result[:3])
        return Shape(
            tuple(dict.fromkeys(written)),
            direction,
            "" if is_constant(result[1], 1.0) else scale,
            "" if is_constant(result[2], 0.0) else decay,
            (m, sigma, shrunk),
            rows,
            inside,
        )


def _colours(result: list[ast.expr] | None) -> dict[str, str]:
    """The names that are as they stand what a step gives."""
    if result is None:
        return {}
    wanted = zip(("direction", "scale", "decay"), result, strict=False)
    # What is added for the sake of its shape, 0 times something, leaves a name what it is.
    plain = [(role, node.left if isinstance(node, ast.BinOp) and adds_nothing(node) else node) for role, node in wanted]
    return {node.id: role for role, node in plain if isinstance(node, ast.Name) and node.id != "g"}


def _equations(statement: ast.stmt) -> list[tuple[str, ast.expr | None]]:
    """The names of a statement with what each of them becomes; None where that is more than an expression."""
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        name = statement.target.id
        return [(name, ast.BinOp(ast.Name(name, ast.Load()), statement.op, statement.value))]
    if isinstance(statement, ast.Assign):
        pairs: list[tuple[str, ast.expr | None]] = []
        first: ast.expr = statement.value
        for target in statement.targets:
            if isinstance(target, ast.Name):
                # Of a = b = c, b is what a has become.
                pairs.append((target.id, first))
                first = ast.Name(target.id, ast.Load())
            elif isinstance(target, ast.Tuple):
                parts: list[ast.expr | None] = [None] * len(target.elts)
                if isinstance(statement.value, ast.Tuple):
                    parts = list(statement.value.elts)
                elif names_in(statement.value) == ["state"]:
                    parts = [statement.value] * len(target.elts)
                pairs += [(t.id, part) for t, part in zip(target.elts, parts, strict=True) if isinstance(t, ast.Name)]
        return pairs
    return [(name, None) for name in _assigned(statement)]
