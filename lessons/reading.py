"""A lesson's file, read: `#` begins a step and `##` its reveal; fenced blocks hold experiment, question, table and claims.

A file with a complaint gives no lesson. docs/lessons.md describes the format for a teacher.
"""

from pathlib import Path

from lessons import quantities
from lessons.claims import claim, over_seeds
from lessons.files import Fence, Part, Problem, Read, read_parts
from lessons.model import Block, Claim, Column, Complaint, Lesson, Step, Table, Words
from lessons.quantities import Known, understood
from lessons.questions import question_of
from lessons.stages import stage_of
from lessons.text import mapped, mapped_blocks

MOST_STEPS, MOST_COLUMNS = 60, 6
HEAD = ("title", "group", "question", "source", "words")
NEEDED = ("title", "question")
KINDS = {0: (), 1: ("experiment", "question"), 2: ("table", "claims")}


def lesson(path: Path, ours: bool = True) -> tuple[Lesson | None, list[Complaint]]:
    """The lesson of a file, or None and what is wrong with it."""
    read = read_parts(path, KINDS, HEAD, NEEDED)
    if read.complaints:
        return None, read.complaints
    steps = _steps(read)
    if read.complaints:
        return None, read.complaints

    def given(name: str) -> str:
        return read.head.get(name, (0, ""))[1]

    words = tuple(word.strip() for word in given("words").split(",") if word.strip())
    group = given("group") or "Lessons of your own"
    made = Lesson(read.slug, given("title"), group, given("question"), given("source"), words, steps, read.file, ours)
    return made, []


def _steps(read: Read) -> tuple[Step, ...]:
    opening, *parts = read.parts
    if opening.body:
        read.complain(opening.line, "before the first heading (#) stands nothing")
    pairs: list[tuple[Part, Part | None]] = []
    for part in parts:
        if part.level == 1:
            pairs.append((part, None))
        elif not pairs or pairs[-1][1] is not None:
            read.complain(part.line, "a reveal (##) follows the heading of its step (#), one each")
        else:
            pairs[-1] = pairs[-1][0], part
    if not 1 <= len(pairs) <= MOST_STEPS:
        read.complain(1, f"a lesson has 1 to {MOST_STEPS} steps, each begun by a heading (#); got {len(pairs)}")
        return ()
    return tuple(step for pair in pairs if (step := read.tried(lambda pair=pair: _step(read, *pair))) is not None)  # type: ignore[misc]


def _step(read: Read, before: Part, after: Part | None) -> Step:
    fence = before.fence("experiment")
    if fence is None:
        raise Problem(before.line, "a step has an ```experiment block")
    if after is None:
        raise Problem(before.line, "a step has a reveal, a heading with ##, behind its question")
    stage = stage_of(fence)
    told = after.fence("claims")
    claims = claims_of(told, Known.of(stage)) if told else ()
    known = Known.of(stage, len(over_seeds(claims)))
    table = after.fence("table")
    at = after.body.index(table) if table else len(after.body)
    beyond = tuple(one for one in after.body[at:] if isinstance(one, Block))
    asked = before.fence("question")

    def words(read_words: Words) -> Words:
        return mapped(read_words, lambda span: understood(span, known, read.complain))

    def blocks(some: tuple[Block, ...]) -> tuple[Block, ...]:
        return mapped_blocks(some, lambda span: understood(span, known, read.complain))

    return Step(
        heading=words(before.heading),
        text=blocks(before.text),
        stage=stage,
        question=question_of(asked, stage, known, read.complain) if asked else None,
        reveal=words(after.heading),
        after=blocks(tuple(one for one in after.body[:at] if isinstance(one, Block))),
        table=table_of(table) if table else None,
        consequence=blocks(beyond),
        claims=claims,
        line=before.line,
    )


def claims_of(fence: Fence, known: Known, what: str = "claim") -> tuple[Claim, ...]:
    """The claims of a block, a line each; `what` is what its reader calls one."""
    found = []
    for line, row in fence.rows:
        try:
            found.append(claim(row, known, line))
        except ValueError as error:
            raise Problem(line, f"{what} {row.strip()[:60]!r}: {error}") from None
    return tuple(found)


def table_of(fence: Fence) -> Table:
    """The columns of a table: `rate | label: distance at 60`."""
    (line, row), *more = fence.rows
    if more:
        raise Problem(more[0][0], "a table is one line of quantities, parted by |; its rows are the named runs")
    parts = [part.strip() for part in row.split("|")]
    if len(parts) > MOST_COLUMNS:
        raise Problem(line, f"a table has at most {MOST_COLUMNS} columns; got {len(parts)}")
    columns = []
    for part in parts:
        label, _, text = part.rpartition(":")
        try:
            columns.append(Column(label.strip() or part, quantities.column(text)))
        except ValueError as error:
            raise Problem(line, f"column {part[:40]!r}: {error}") from None
    return Table(tuple(columns), line)
