"""The steps of a map's pixels as a module that a browser runs, written out from the traces.

Two pixels are stepped at once, neighbours in a row, their state in local variables, which a compiler keeps in registers: of
one alone each operation would wait for the one before it. What they share with others is worked out before: what depends on
the step alone once a block of pixels, what depends on a swept field too once a row or a column of it; those are tables of a
number for each step.

The source holds operations of `EXPRESSIONS`, floats, and names of this module's own: nothing that someone typed. A condition
on what all pixels share is not decided in the browser, whose powers have other last bits: which of the traces each step is
comes in a table.
"""

import math
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from core.either import Number
from optimizers.bases.optimizer import Optimizer
from optimizers.loop.status import newton
from optimizers.trace.step import Sweeps, Trace, spans, whole, with_leaves
from optimizers.trace.tape import COLUMN, OPERATIONS, PIXEL, ROW, STEP, TRUTHS, Tape, UntraceableError, Value, recording

# Every operation on doubles. Math.max and Math.min are NaN where either is, as numpy's are.
EXPRESSIONS = {
    "add": "{} + {}",
    "subtract": "{} - {}",
    "multiply": "{} * {}",
    "divide": "{} / {}",
    "remainder": "remainder({}, {})",
    "power": "Math.pow({}, {})",
    "negative": "-{}",
    "absolute": "Math.abs({})",
    "sign": "Math.sign({})",
    "sqrt": "Math.sqrt({})",
    "exp": "Math.exp({})",
    "log": "Math.log({})",
    "log1p": "Math.log1p({})",
    "sin": "Math.sin({})",
    "cos": "Math.cos({})",
    "tanh": "Math.tanh({})",
    "arctan": "Math.atan({})",
    "maximum": "Math.max({}, {})",
    "minimum": "Math.min({}, {})",
    "less": "{} < {}",
    "less_equal": "{} <= {}",
    "greater": "{} > {}",
    "greater_equal": "{} >= {}",
    "equal": "{} === {}",
    "not_equal": "{} !== {}",
    "logical_and": "{} && {}",
    "logical_or": "{} || {}",
    "logical_not": "!{}",
    "where": "{} ? {} : {}",
}
assert EXPRESSIONS.keys() == OPERATIONS.keys()
# The arguments that are truths; all others are numbers.
TRUE = {"logical_and": (0, 1), "logical_or": (0, 1), "logical_not": (0,), "where": (0,)}

# The pixels that are stepped at once: what stands behind the names of their own values.
LANES = ("a", "b")
# For each loop but the pixels' own its tables' letter, the place of a number in one, and over what it goes.
TABLES = {0: ("S", "n", ""), ROW: ("R", "row + n", "rows"), COLUMN: ("C", "column + n", "columns")}

SOURCE = """\
function remainder(a, b) {{
  const left = a % b;
  return left !== 0.0 && left < 0.0 !== b < 0.0 ? left + b : left;
}}

export function value(x, y) {{
{value}
}}

export function slope(x, y, out) {{
{slope}
}}

export function newton(x, y, out) {{
{newton}
}}

function pixels({arguments}) {{
  const steps = ways.length;
  const size = steps + 1;
{begin}
{kept}
  for (let n = 0; n < steps;) {{
    const first = n;
    for (const stop = Math.min(n + 16, steps); n < stop;) {{
{step}
      n++;
{kept_after}
    }}
{lost}
  }}
}}

export const lanes = {lanes};

export function block(x, y, rows, columns, rates, ways, kept, done) {{
  const steps = ways.length;
{tables}
  for (let r = 0; r < rows.length; r++) {{
    for (let c = 0; c < columns.length; c += lanes) {{
      const other = Math.min(c + 1, columns.length - 1);
      pixels({given});
      done(r, c, 0);
      if (other > c) done(r, other, 1);
    }}
  }}
}}
"""
KEPT = """\
kept[{x}{at}] = x{lane};
kept[{y}{at}] = y{lane};"""
# A place that is lost stays so, and so does what comes of it: that is looked at after a few steps.
LOST = """\
if (!(x{lane} - x{lane} + (y{lane} - y{lane}) === 0.0)) {{
  let from = n;
  for (let k = n; k > first && !(kept[{x} + k] - kept[{x} + k] + (kept[{y} + k] - kept[{y} + k]) === 0.0); k--) from = k;
  kept.fill(NaN, {x} + from, {x} + size);
  kept.fill(NaN, {y} + from, {y} + size);
  x{lane} = y{lane} = NaN;
}}"""
# What fills the tables of a group of values: once, or for each row or column.
ALONE = """\
{{
{begin}
  for (let n = 0; n < steps; n++) {{
{step}
  }}
}}"""
EACH = """\
for (let {i} = 0; {i} < {values}.length; {i}++) {{
  const {place} = {i} * steps;
{begin}
  for (let n = 0; n < steps; n++) {{
{step}
  }}
}}"""


class Script(NamedTuple):
    """The module, and which of the ways to take a step each is: (way, the last step of a row of them), by turns."""

    source: str
    ways: list[tuple[int, int]]


def literal(number: float) -> str:
    """A float as a browser reads it back, to the bit."""
    if number != number:
        return "NaN"
    words = repr(abs(number)).replace("inf", "Infinity")
    return f"(-{words})" if math.copysign(1.0, number) < 0 else words


def _named(value: Value, lane: str) -> str:
    """A value's name: in the pixels' own loop one for each of them, unless they share it."""
    return value.name + lane if value.level & (PIXEL | COLUMN) else value.name


def _number(given: Number, lane: str = "") -> str:
    if type(given) is not Value:
        return literal(float(given))
    name = _named(given, lane)
    return f"({name} ? 1.0 : 0.0)" if given.op in TRUTHS else name


def _truth(given: Number, lane: str) -> str:
    if type(given) is not Value:
        return "true" if given else "false"
    name = _named(given, lane)
    return name if given.op in TRUTHS else f"({name} !== 0.0)"


def _lines(value: Value, lanes: Sequence[str]) -> list[str]:
    """The statements that work a value out, one for each pixel that has its own."""
    true = TRUE.get(value.op, ())
    made = []
    for lane in lanes if _named(value, "a") != value.name else lanes[:1]:
        texts = [_truth(a, lane) if k in true else _number(a, lane) for k, a in enumerate(value.args)]
        made.append(f"const {_named(value, lane)} = {EXPRESSIONS[value.op].format(*texts)};")
    return made


def _group(level: int) -> int:
    """The loop that belongs to a level: PIXEL's own, or that of one of the tables."""
    fields = level & (ROW | COLUMN)
    return PIXEL if level & PIXEL or fields == ROW | COLUMN else fields


def _indented(lines: Sequence[str], depth: int) -> str:
    return textwrap.indent("\n".join(lines), "  " * depth)


class _Body:
    """Statements that work `wanted` out in a loop. `leaves` are those that they need, `asked` the values of tables."""

    def __init__(self, tape: Tape, wanted: Sequence[Number], group: int, lanes: Sequence[str] = ("",)) -> None:
        todo, names, asked = [value for value in wanted if type(value) is Value], set(), set()
        while todo:
            value = todo.pop()
            if value.level & STEP and _group(value.level) != group:
                asked.add(value.name)
            elif value.name not in names:
                names.add(value.name)
                todo += [a for a in value.args if type(a) is Value]
        self.asked = [value for value in tape.values if value.name in asked]
        self.leaves = {value.name for value in tape.values if value.name in names and not value.args}
        self.lines = [
            words for value in tape.values if value.name in names and value.args for words in _lines(value, lanes)
        ]


class _Writer:
    """The source of a module, of the traces of all ways to take a step and what the memory begins with."""

    def __init__(
        self, traces: Sequence[Trace], begin: Sequence[Number], begun: Tape, sweeps: Sweeps, surface: Any
    ) -> None:
        self.traces, self.begun, self.sweeps = traces, begun, sweeps
        self.memory = dict(zip(traces[0].memory.leaves, begin, strict=True))
        self.homes = {name: _group(level) for name, level in traces[0].memory.leaves.items()}
        self.fields = {name: g for name, g in sweeps.items() if name not in ("x", "y", "lr")}
        # For each group and way what its tables hold, in the order of their numbers.
        self.held: dict[int, list[list[Value]]] = {group: [[] for _ in traces] for group in TABLES}
        begin_pixel, step = self.loop(PIXEL)
        tables: list[str] = []
        # The later tables are read by those before them.
        for group in (COLUMN, ROW, 0):
            letter, place, over = TABLES[group]
            count = max(map(len, self.held[group]))
            if count:
                begin_group, ticks = self.loop(group)
                size = f"{over}.length * steps" if over else "steps"
                made = [f"const {letter}{k} = new Float64Array({size});" for k in range(count)]
                filled = (EACH if over else ALONE).format(
                    i=over[:1],
                    values=over,
                    place=place.split()[0],
                    begin=_indented(begin_group, 1),
                    step=_indented(ticks, 2),
                )
                tables = [*made, *filled.split("\n"), *tables]
        letters = [f"{TABLES[g][0]}{k}" for g in TABLES for k in range(max(map(len, self.held[g])))]
        of_row = {f"f_{name}": "rows[r]" for name, g in self.fields.items() if g == ROW}
        arguments = ["ways", "kept", *letters, *of_row, "row"]
        given = ["ways", "kept", *letters, *of_row.values(), "r * steps"]
        for lane, column in zip(LANES, ("c", "other"), strict=True):
            across = f"columns[{column}]"
            fields = {f"f_{name}{lane}": across for name, g in self.fields.items() if g == COLUMN}
            places = {name: {0: name, ROW: "rows[r]", COLUMN: across}[sweeps.get(name, 0)] for name in "xy"}
            arguments += [f"x{lane}", f"y{lane}", *fields, f"column{lane}"]
            given += [*places.values(), *fields.values(), f"{column} * steps"]
        kept, kept_after, lost = (
            [
                words
                for k, lane in enumerate(LANES)
                for words in text.format(lane=lane, x=f"{2 * k} * size", y=f"{2 * k + 1} * size", at=at).split("\n")
            ]
            for text, at in ((KEPT, ""), (KEPT, " + n"), (LOST, ""))
        )
        lost.append(f"if ({' && '.join(f'x{lane} !== x{lane}' for lane in LANES)}) return;")
        value, slope, search = _formulas(surface)
        self.source = SOURCE.format(
            value=_indented(value, 1),
            slope=_indented(slope, 1),
            newton=_indented(search, 1),
            arguments=", ".join(arguments),
            begin=_indented(begin_pixel, 1),
            step=_indented(step, 3),
            kept=_indented(kept, 1),
            kept_after=_indented(kept_after, 3),
            lost=_indented(lost, 2),
            lanes=len(LANES),
            tables=_indented(tables, 1),
            given=", ".join(given),
        )

    def loop(self, group: int) -> tuple[list[str], list[str]]:
        """What a group's loop begins with, and a step of it."""
        lanes = LANES if group == PIXEL else ("",)
        behind = [
            dict(zip([*"xy", *self.memory], [*trace.position, *trace.after], strict=True)) for trace in self.traces
        ]
        carried = {"x", "y", *(name for name, home in self.homes.items() if home == PIXEL)} if group == PIXEL else set()
        while True:
            wanted = [
                [*self.held.get(group, [[]] * len(behind))[k], *(after[name] for name in after if name in carried)]
                for k, after in enumerate(behind)
            ]
            bodies = [_Body(trace.tape, some, group, lanes) for trace, some in zip(self.traces, wanted, strict=True)]
            more = {name for body in bodies for name in body.leaves if self.homes.get(name) == group} - carried
            if not more:
                break
            carried |= more
        ways = []
        for k, (body, after) in enumerate(zip(bodies, behind, strict=True)):
            lines = [words for value in body.asked for words in self.read(k, value, lanes)]
            lines += [text for name, text in self.clock(group).items() if name in body.leaves]
            lines += body.lines
            if group != PIXEL:
                letter, place, _ = TABLES[group]
                lines += [f"{letter}{j}[{place}] = {_number(value)};" for j, value in enumerate(self.held[group][k])]
            names = [name for name in after if name in carried]
            # A leaf that becomes another is read before any is written.
            moved = {name for name in names if type(after[name]) is Value and not after[name].args}
            for lane in lanes:
                lines += [f"const {name}{lane}_ = {_number(after[name], lane)};" for name in names if name in moved]
            for lane in lanes:
                texts = [f"{name}{lane}_" if name in moved else _number(after[name], lane) for name in names]
                lines += [f"{name}{lane} = {text};" for name, text in zip(names, texts, strict=True)]
            ways.append(lines)
        firsts = {name: first for name, first in self.memory.items() if name in carried}
        begin = [
            f"const f_{name} = {TABLES[g][2]}[{TABLES[g][2][:1]}];" for name, g in self.fields.items() if g == group
        ]
        begin += _Body(self.begun, list(firsts.values()), group, lanes).lines
        begin += [f"let {name}{lane} = {_number(first, lane)};" for lane in lanes for name, first in firsts.items()]
        return begin, _by_turns(ways)

    def clock(self, group: int) -> dict[str, str]:
        """The leaves that a group's tables are made of."""
        of_rate = self.sweeps.get("lr", 0)
        rate = TABLES[of_rate][2][:1] or "0"
        return ({"t": "const t = n + 1.0;"} if group == 0 else {}) | (
            {"eta": f"const eta = rates[{rate}][n];"} if group == of_rate else {}
        )

    def read(self, way: int, value: Value, lanes: Sequence[str]) -> list[str]:
        """The statements that read a value from its table, which it is given a place in."""
        letter, place, over = TABLES[_group(value.level)]
        held = self.held[_group(value.level)][way]
        # Not as a list looks for it, because to compare values is to record.
        names = [other.name for other in held]
        if value.name not in names:
            held.append(value)
            names.append(value.name)
        truth = " !== 0.0" if value.op in TRUTHS else ""
        table, own = f"{letter}{names.index(value.name)}", lanes if over == "columns" else lanes[:1]
        places = [place.replace("column", f"column{lane}") for lane in own]
        together = zip(own, places, strict=True)
        return [f"const {_named(value, lane)} = {table}[{at}]{truth};" for lane, at in together]


def _by_turns(ways: Sequence[Sequence[str]]) -> list[str]:
    """The statements of the way that a step is taken."""
    if len(ways) == 1:
        return list(ways[0])
    lines = []
    for k, way in enumerate(ways):
        other = f"if (ways[n] === {k}) {{" if k < len(ways) - 1 else "{"
        lines += [f"}} else {other}" if k else other, *(f"  {words}" for words in way)]
    return [*lines, "}"]


def _formulas(surface: Any) -> Iterator[list[str]]:
    """The bodies of a surface's loss, its gradient and Newton's step on it."""
    with recording() as tape:
        places = tape.leaf("x", PIXEL), tape.leaf("y", PIXEL)
        loss, slope = whole(surface.value(*places)), [whole(part) for part in surface.grad(*places)]
        search = newton(surface, *places, *slope)
    yield [*_Body(tape, [loss], PIXEL).lines, f"return {_number(loss)};"]
    for wanted in (slope, search):
        given = [f"out[{k}] = {_number(part)};" for k, part in enumerate(wanted)]
        yield [*_Body(tape, wanted, PIXEL).lines, *given]


def scripted(optimizer: Optimizer, surface: Any, sweeps: Sweeps, rates: Sequence[float]) -> Script:
    """The module that steps pixels on a surface, at `rates` (steps,), where these are not swept.

    `sweeps` names what varies by row (ROW) and column (COLUMN): a field of the method, "lr", or where runs begin, "x" and "y".
    UntraceableError where a step, or the surface, is more than operations on numbers.
    """
    own = {name: level for name, level in sweeps.items() if name not in ("x", "y")}
    try:
        parts = spans(optimizer, surface, rates, own)
    except (OverflowError, ZeroDivisionError, ValueError) as error:
        raise UntraceableError(str(error)) from error
    traces = list({id(part.trace): part.trace for part in parts}.values())
    ways = [(next(k for k, trace in enumerate(traces) if trace is part.trace), part.last) for part in parts]
    with recording() as begun:
        first = [whole(number) for number in with_leaves(begun, optimizer, 1, 1.0, own)[0].init()]
    begin = traces[0].memory.spread((number,) * 2 for number in first)
    return Script(_Writer(traces, begin, begun, sweeps, surface).source, ways)
