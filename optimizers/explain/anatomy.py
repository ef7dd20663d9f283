"""A step taken apart: the lines of an optimizer's own `step` as formulas, with the numbers that each of them had.

The code of `step` reads like the equation, so the equation is read off the code: a copy of it notes the value of every
name that it assigns and which branch it took, and each assignment is written as LaTeX, once in symbols and once with a
slot for every number. What cannot be written so (a call of SciPy, a loop) still shows what came out of it. Nothing here
knows a method by name.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from core.formula import Assignments
from core.syntax import parsed
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step
from optimizers.bases.rule import Rule
from optimizers.bases.schedule import Schedule
from optimizers.explain.latex import Writer, condition_of, names_in, place_of, symbol
from optimizers.explain.terms import Terms, assigned, at_work, fields_in
from optimizers.explain.typed import statements, told
from optimizers.loop.run import Path, run

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

    `left_out` are the fields that the method's code names and nothing shown has, because what they stand for is switched off.
    `values` is (quantities, steps, 2), NaN where a step has no such quantity; a single number stands twice. `coordinates` are
    the indices of the two coordinates that are shown: 0 and 1, or of a model's many weights the two that travel farthest.
    """

    quantities: tuple[Quantity, ...]
    lines: tuple[Line, ...]
    shapes: tuple[Shape, ...]
    shape: np.ndarray
    values: np.ndarray
    coordinates: tuple[int, int]
    left_out: frozenset[str] = frozenset()


def dissect(
    path: Path, optimizer: Optimizer, schedule: Schedule | float, rules: Sequence[Rule] = (), seed: int = 0
) -> Anatomy:
    """The anatomy of each step of a path that `run` made of these, from one start (2,).

    ValueError for many starts, and where not even the first step was taken.
    """
    whole = path.full or path
    if whole.theta.ndim != 2 or whole.lr is None:
        raise ValueError("only the path of one start, with all its steps, can be taken apart")
    steps = len(whole.lr)
    # The two weights that travel farthest, in their own order; of two coordinates both.
    travelled = np.nansum(np.abs(np.diff(whole.theta, axis=0)), axis=0)
    coordinates = tuple(sorted(np.argsort(-travelled, kind="stable")[:2].tolist()))
    replay = _Replay(optimizer, whole.theta, [])
    asked = whole.asked or steps
    run(path.surface, replay, schedule, path.theta[0], asked, rules, seed, evaluations=whole.evaluations)
    if not replay.records:
        raise ValueError("the run ended in its first step, which cannot be taken apart")
    return _assembled(optimizer, replay.records, steps, coordinates)


def as_written(m: np.ndarray, sigma: np.ndarray, scaled: np.ndarray | bool) -> tuple[np.ndarray, np.ndarray]:
    """Direction and scale as a rule writes them: where it has no scale the direction is already divided by it."""
    with np.errstate(all="ignore"):
        return np.where(scaled, m, m / sigma), np.where(scaled, sigma, 1.0)


def usual_shape(optimizer: Optimizer) -> Shape:
    """What a step of an optimizer is once it is under way: that of the twelfth, on a bowl."""
    anatomy = _under_way(optimizer)
    return anatomy.shapes[int(anatomy.shape[-1])]


@lru_cache(maxsize=256)
def _under_way(optimizer: Optimizer) -> Anatomy:
    return dissect(run(_Bowl(), optimizer, 0.1, (1.0, 2.0), 12), optimizer, 0.1)


def formula_of(optimizer: Optimizer) -> str:
    """The formula of an optimizer as its fields stand, without colours.

    It is the one that it declares where these do not change what a step does; else what its code comes to, line by line.
    """
    usual = type(optimizer)()
    as_usual = optimizer.typed is None and _rule(optimizer) == _rule(usual)
    return optimizer.tex if optimizer.holds() or as_usual else _rule(optimizer) or optimizer.tex


def _rule(optimizer: Optimizer) -> str:
    """A step under way, line by line; empty where a line cannot be written."""
    shape = usual_shape(optimizer)
    lines = [_under_way(optimizer).lines[k] for k in shape.lines]
    made = [line for line in lines if line.role != "before"]
    if not shape.direction or not all(line.formula for line in made):
        return ""
    step = shape.direction
    loose = " + " in step or " - " in step or step.startswith("-")
    if optimizer.factors and shape.scale:
        step = rf"\eta_t\, \frac{{{shape.direction}}}{{{shape.scale}}}"
    elif optimizer.factors:
        step = rf"\eta_t \left({step}\right)" if loose else rf"\eta_t\, {step}"
    elif loose:
        step = rf"\left({step}\right)"
    decay = f" - {shape.decay}" if shape.decay else ""
    rows = [
        *(rf"{line.symbol} \leftarrow {line.formula}" for line in made),
        rf"\theta \leftarrow \theta{decay} - {step}",
    ]
    whole = r"\begin{gathered}" + r"\\ ".join(rows) + r"\end{gathered}"
    return re.sub(COLOUR, "", whole)


# What gives a term its colour; the braces behind it do no harm.
COLOUR = r"\\htmlClass\{[a-z-]+\}"


def asks_for(optimizer: Optimizer) -> frozenset[str]:
    """The helpers that a method's step calls by name, with those of the method inside: "hessian", "loss_at"."""
    code = _written(optimizer).statements.values()
    calls = (node for statement in code for node in ast.walk(statement) if isinstance(node, ast.Call))
    own = frozenset(call.func.id for call in calls if isinstance(call.func, ast.Name))
    return own | asks_for(optimizer.inner) if type(optimizer).holds() else own  # type: ignore[attr-defined]


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

    def step(self, *given: Any) -> Step:
        record = Record()
        taken = recorded(self.optimizer, record)(*given)
        # Noted once it is whole: a run ends in the step for which it has no evaluations left.
        self.records.append(record)
        return taken

    def moved(self, theta: Any, step: Step, eta: Any) -> Any:
        # Where the first step was too dear the run rests.
        return self.places[max(len(self.records), 1)][None]


@dataclass
class Record:
    """What one step did: (code, row of the statement, values of its names) in order, and the branches it chose."""

    notes: list[tuple["_Written", int, dict[str, Any]]] = field(default_factory=list)
    chosen: dict[tuple["_Written", int], bool] = field(default_factory=dict)


# The note of what comes in, which no row of a step has.
ENTRY = 0


def recorded(optimizer: Optimizer, record: Record) -> Any:
    """`optimizer.step` which writes into `record`."""
    written = _written(optimizer)

    def note(row: int, **values: Any) -> None:
        record.notes.append((written, row, values))

    def chose(place: int, test: Any) -> Any:
        record.chosen[written, place] = bool(test)
        return test

    def held(place: int, test: Any) -> Any:
        # What holds for one coordinate and not for the other is no branch of the step.
        if np.size(test) == 1:
            record.chosen[written, place] = bool(np.ravel(test)[0])
        return test

    def inner(other: Optimizer) -> Any:
        return recorded(other, record)

    def step(g: Any, state: State, theta: Any, eta: Any, t: int, surface: Differentiable) -> Step:
        note(ENTRY, g=g, theta=theta, eta=eta, t=t)
        if optimizer.typed is None:
            return written.function(optimizer, g, state, theta, eta, t, surface, note, chose, held, inner)
        for row, values in enumerate(told(optimizer.typed, optimizer.place(g, state, theta, eta, t)), ENTRY + 1):
            note(row, **values)
        return optimizer.step(g, state, theta, eta, t, surface)

    return step


@dataclass(frozen=True, eq=False, repr=False)
class _Written:
    """The recording copy of a class's step, its statements by their row in it, and its first row in the file.

    Lines that somebody typed have no function.
    """

    function: Any
    statements: dict[int, ast.stmt]
    first_row: int


def _written(optimizer: Optimizer) -> _Written:
    """The code of an optimizer's step, or the lines that somebody typed."""
    return _lines_of(optimizer.typed) if optimizer.typed is not None else _code_of(type(optimizer))  # type: ignore[arg-type]


@lru_cache(maxsize=256)
def _lines_of(parts: Assignments) -> _Written:
    return _Written(None, dict(enumerate(statements(parts), ENTRY + 1)), 1)


@cache
def _code_of(kind: type[Optimizer]) -> _Written:
    lines, first_row = inspect.getsourcelines(kind.step)
    source = textwrap.dedent("".join(lines))
    (original,) = parsed(source).body
    (copied,) = parsed(source).body
    assert isinstance(copied, ast.FunctionDef)
    copied.body = _Recording().block(copied.body)
    copied.args.args += [ast.arg("note_"), ast.arg("chose_"), ast.arg("held_"), ast.arg("inner_")]
    copied.returns = None
    for argument in copied.args.args:
        argument.annotation = None
    space = dict(kind.step.__globals__)
    exec(compile(ast.fix_missing_locations(ast.Module([copied], [])), f"<{kind.slug}, recorded>", "exec"), space)
    rows = {node.lineno: node for node in ast.walk(original) if isinstance(node, ast.stmt)}
    return _Written(space["step"], rows, first_row)


class _Recording(ast.NodeTransformer):
    """Puts a note behind each assignment and before each return, and a record around what a condition tests."""

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The statements with notes between them."""
        new: list[ast.stmt] = []
        for statement in body:
            names = assigned(statement)
            told = parsed(f"note_({statement.lineno}, {', '.join(f'{name}={name}' for name in names)})").body
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
        place = condition_of(node)
        self.generic_visit(node)
        if place:
            node.args[0] = ast.Call(ast.Name("held_", ast.Load()), [ast.Constant(place), node.args[0]], [])
        if _is_inner_step(node) and isinstance(node.func, ast.Attribute):
            node.func = ast.Call(ast.Name("inner_", ast.Load()), [node.func.value], [])
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        # A function's own names are not the step's.
        return node


def _is_inner_step(node: ast.AST | None) -> bool:
    """Whether an expression is the call of the step of the method inside: `self.inner.step(...)`."""
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "self.inner.step"


def _assembled(optimizer: Optimizer, records: list[Record], steps: int, coordinates: tuple[int, int]) -> Anatomy:
    """The anatomy from what was recorded. Steps that did the same have one shape; what overflowed has none."""
    kinds: dict[Any, int] = {}
    first: list[Record] = []
    shape = np.zeros(steps, dtype=int)
    for t, record in enumerate(records):
        key = (tuple(note[:2] for note in record.notes), tuple(sorted(record.chosen.items(), key=str)))
        if key not in kinds:
            kinds[key] = len(first)
            first.append(record)
        shape[t] = kinds[key]
    book = _Book(optimizer, first, _handed_on(records))
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
    left_out = frozenset(book.mentioned - book.used)
    return Anatomy(quantities, tuple(book.lines), tuple(book.shapes), shape, values, coordinates, left_out)


def _own_rows(record: Record) -> dict[int, list[tuple[int, ast.stmt]]]:
    """The statements that ran in a step, by the depth of methods inside methods."""
    rows: dict[int, list[tuple[int, ast.stmt]]] = {}
    depth = 0
    for written, row, _ in record.notes:
        if row == ENTRY:
            depth += 1
            rows[depth] = []
            continue
        statement = written.statements[row]
        rows[depth].append((row, statement))
        depth -= isinstance(statement, ast.Return)
    return rows


def _handed_on(records: Sequence[Record]) -> set[int]:
    """The depths of methods that are handed another gradient than the method around them, at some step."""
    handed: set[int] = set()
    for record in records:
        entries = [noted["g"] for _, row, noted in record.notes if row == ENTRY]
        for depth, (outer, inner) in enumerate(pairwise(entries), 2):
            if inner is not outer and not np.array_equal(outer, inner, equal_nan=True):
                handed.add(depth)
    return handed


def _numbers(record: Record, book: "_Book") -> Any:
    """(quantity, value) of all that was noted in a step and is a number."""
    depth = 0
    for written, row, noted in record.notes:
        depth += row == ENTRY
        for name, value in noted.items():
            k = book.index.get((depth, written, row, name))
            if k is not None and _is_number(value):
                yield k, value
        if isinstance(written.statements.get(row), ast.Return):
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
    """Quantities, lines and shapes, written down from records of all the ways in which steps went."""

    def __init__(self, optimizer: Optimizer, records: Sequence[Record], handed: set[int]) -> None:
        self.handed = handed
        self.quantities: list[tuple[str, Role]] = []
        self.index: dict[tuple[int, _Written, int, str], int] = {}
        self.lines: list[Line] = []
        self.shapes: list[Shape] = []
        # Fields that statements name, and those that are left in what is written of them.
        self.mentioned: set[str] = set()
        self.used: set[str] = set()
        self.work: dict[int, tuple[set[int], set[int]]] = {}
        ways = [(record.chosen, _own_rows(record)) for record in records]
        one = optimizer
        for depth in range(1, 1 + max((len(rows) for _, rows in ways), default=0)):
            one = one if depth == 1 else one.inner  # type: ignore[attr-defined]
            own = [(_chosen_by(_written(one), chosen), rows[depth]) for chosen, rows in ways if depth in rows]
            self.work[depth] = at_work(one, own)
        for record in records:
            notes = iter(record.notes)
            *_, entry = next(notes)
            written: list[int] = []
            self.shapes.append(self.block(optimizer, notes, record, 1, "", written, entry["g"]))

    def quantity(self, key: tuple[int, _Written, int, str], role: Role) -> int:
        """The number of the quantity of a name that a row gives a value, at some depth of methods inside methods."""
        if key not in self.index:
            self.index[key] = len(self.quantities)
            self.quantities.append((symbol(key[3]), role))
        return self.index[key]

    def line(self, line: Line) -> int:
        """The number of a line."""
        if line not in self.lines:
            self.lines.append(line)
        return self.lines.index(line)

    def block(
        self, optimizer: Optimizer, notes: Any, record: Record, depth: int, prefix: str, written: list[int], g: Any
    ) -> Shape:
        """One step, from behind its entry to its return; `prefix` is what its fields' names begin with."""
        code = _written(optimizer)
        first_row = code.first_row
        roles: dict[str, Role] = {"g": "gradient", "theta": "position", "eta": "rate", "t": "count"}
        now = {name: self.quantity((depth, code, ENTRY, name), role) for name, role in roles.items()}
        chosen = _chosen_by(code, record.chosen)
        writer = Writer(optimizer, chosen, now)
        inside = "" if depth == 1 else optimizer.name
        if depth in self.handed:
            # The method around this one hands it a gradient of its own, which needs a name of its own.
            writer.renamed = {"g": "g'"}
            written.append(
                self.line(Line(writer.coloured("g"), "", "", now["g"], "gradient", (first_row, first_row), inside))
            )
        own: list[tuple[int, ast.stmt]] = []
        noted: dict[tuple[int, str], Any] = {}
        within: Shape | None = None
        for _, row, values in notes:
            if row == ENTRY:
                inner: Optimizer = optimizer.inner  # type: ignore[attr-defined]
                (holder,) = optimizer.holds()
                deeper = f"{prefix}{holder.name}."
                within = self.block(inner, notes, record, depth + 1, deeper, written, values["g"])
                continue
            own.append((row, code.statements[row]))
            noted |= {(row, name): value for name, value in values.items()}
            if isinstance(code.statements[row], ast.Return):
                break
        returned = own[-1][1]

        def placed(statement: ast.stmt) -> tuple[int, int]:
            last = statement.end_lineno or statement.lineno
            return first_row + statement.lineno - 1, first_row + last - 1

        idle, live = self.work[depth]
        terms = Terms(optimizer, chosen, own, idle)
        asked, _ = terms.asked(live)
        read = terms.read(asked)
        self.used |= {prefix + name for name in terms.fields(asked)}
        self.mentioned |= {prefix + name for _, statement in own for name in fields_in(statement)}
        writer.fixed = terms.writer.fixed
        writer.colours = _colours(terms)
        last = set() if terms.state is None else {name for part in terms.state for name in names_in(part)}
        begin = len(written)
        remembered: dict[str, tuple[str, int, ast.stmt]] = {}
        for equation in asked:
            name, value, statement = equation.name, equation.value, equation.statement
            number = noted.get((equation.row, name))
            if equation.before:
                if _is_number(number):
                    now[name] = self.quantity((depth, code, equation.row, name), "before")
                    remembered[name] = writer.coloured(name), now[name], statement
                continue
            if not _is_number(number) or (isinstance(statement, ast.For | ast.While) and name not in now):
                # The latter is a loop's own.
                continue
            writer.alias.pop(name, None)
            if isinstance(value, ast.Name) and value.id in now:
                # Another name of a quantity is no line of its own.
                now[name], writer.alias[name] = now[value.id], writer.alias.get(value.id, value.id)
                continue
            if name in writer.fixed and not isinstance(value, ast.BinOp):
                # Another name of a field.
                continue
            formula, filled = writer.both(value)
            if not formula and np.asarray(number).dtype == bool:
                continue
            role: Role = writer.colours.get(name) or ("memory" if name in last else "between")  # type: ignore[assignment]
            now[name] = self.quantity((depth, code, equation.row, name), role)
            if formula != writer.coloured(name):
                # Otherwise a guard, and nothing else, stood here.
                line = Line(writer.coloured(name), formula, filled, now[name], role, placed(statement), inside)
                written.append(self.line(line))
        # What is remembered and read, but not made anew, has no other line that says what it is.
        made = {self.lines[k].symbol for k in written[begin:]}
        for name in sorted(read, reverse=True):
            if name in remembered and remembered[name][0] not in made:
                sign, quantity, statement = remembered[name]
                line = Line(sign, "", "", quantity, "before", placed(statement), inside)
                written.insert(begin, self.line(line))
        if terms.results is None:
            # The step of the method inside, as it is.
            assert within is not None
            return within
        # A coloured name within the whole it makes would be coloured twice.
        writer.colours = {}
        (direction, m), (scale, sigma), (decay, shrunk) = (writer.both(part) for part in terms.results)
        return Shape(
            tuple(dict.fromkeys(written)),
            direction,
            "" if terms.is_number(terms.results[1], 1.0) else scale,
            "" if terms.is_number(terms.results[2], 0.0) else decay,
            (m, sigma, shrunk),
            placed(returned),
            inside,
        )


def _chosen_by(written: _Written, chosen: dict[tuple[_Written, int], bool]) -> dict[int, bool]:
    """The branches that a step's own code chose."""
    return {place: choice for (of, place), choice in chosen.items() if of is written}


def _colours(terms: Terms) -> dict[str, str]:
    """The names that are as they stand what a step gives."""
    if terms.results is None:
        return {}
    given = (terms.results[0], terms.scale, terms.results[2])
    wanted = zip(("direction", "scale", "decay"), given, strict=True)
    return {node.id: role for role, node in wanted if isinstance(node, ast.Name) and node.id != "g"}
