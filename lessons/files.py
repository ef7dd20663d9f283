"""A file of a lesson, a challenge or a word: a head between two lines of dashes, then Markdown with fenced blocks.

Whatever is wrong is named with its line and with what is allowed. Files are bounded, and nothing in them is evaluated.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from lessons.model import Block, Complaint, Words
from lessons.text import ALLOWED, inlines, tokens

# Bounds on what anyone may hand in.
LARGEST = 64 * 1024
MOST_LINES = 40
LONGEST_SLUG, LONGEST_VALUE = 40, 300
# What is told of one file; who has mended that much may ask again.
MOST_COMPLAINTS = 20
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LISTS = {"bullet_list": "bullets", "ordered_list": "numbers"}


class Problem(ValueError):  # noqa: N818
    """What is wrong, in words, in a line of a file."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line = line


@dataclass(frozen=True)
class Fence:
    """A fenced block: what it is, its lines with their numbers, and the line in which it begins."""

    kind: str
    rows: tuple[tuple[int, str], ...]
    line: int

    def fields(self, *allowed: str) -> dict[str, tuple[int, str]]:
        """Its lines as names and values; Problem, with what is allowed."""
        found: dict[str, tuple[int, str]] = {}
        for line, row in self.rows:
            name, colon, value = row.partition(":")
            name = name.strip()
            if not colon or name not in allowed:
                words = (
                    f"in ```{self.kind} a line is a name and a value; names are {', '.join(allowed)}; got {row[:40]!r}"
                )
                raise Problem(line, words)
            if name in found:
                raise Problem(line, f"{name} stands twice")
            found[name] = line, value.strip()
        return found


@dataclass
class Part:
    """What stands under one heading: its words, its blocks of text and its fenced blocks, in their order."""

    level: int
    heading: Words
    line: int
    body: list[Block | Fence] = field(default_factory=list)

    def fence(self, kind: str) -> Fence | None:
        """The only fenced block of a kind; Problem if there are two."""
        found = [one for one in self.body if isinstance(one, Fence) and one.kind == kind]
        if len(found) > 1:
            raise Problem(found[1].line, f"a second ```{kind} block; one is allowed there")
        return found[0] if found else None

    @property
    def text(self) -> tuple[Block, ...]:
        """Its blocks of text."""
        return tuple(one for one in self.body if isinstance(one, Block))


# Files.


@dataclass(frozen=True)
class Read:
    """A file as text: its name, its slug, what stands in its head and its parts; with all that is wrong so far."""

    file: str
    slug: str
    head: Mapping[str, tuple[int, str]]
    parts: tuple[Part, ...]
    complaints: list[Complaint]

    def complain(self, line: int, words: str) -> None:
        """Keep what is wrong in a line."""
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(Complaint(self.file, line, words))

    def tried(self, made: Callable[[], Any]) -> Any:
        """What a function makes, or None with its Problem kept."""
        try:
            return made()
        except Problem as problem:
            self.complain(problem.line, str(problem))
            return None


def slug_of(path: Path) -> str:
    """The slug of a file: its name without a number in front, which orders it."""
    return re.sub(r"^\d+-", "", path.stem)


def content(path: Path) -> str:
    """The text of a file; Problem where it is too long or no text."""
    if path.stat().st_size > LARGEST:
        raise Problem(1, f"the file is {path.stat().st_size} bytes long; at most {LARGEST} are read")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(1, "the file is no text in UTF-8") from None


def read_parts(path: Path, kinds: Mapping[int, Sequence[str]], head: Sequence[str], needed: Sequence[str]) -> Read:
    """The file's head and parts. `kinds` are the fenced blocks allowed under a heading of each level; 0 is before any."""
    read = Read(path.name, slug_of(path), {}, (), [])
    if not SLUG.fullmatch(read.slug) or len(read.slug) > LONGEST_SLUG:
        read.complain(
            1, f"a file is named in small letters, digits and hyphens, like one-rate.md; got {path.name[:60]!r}"
        )
    try:
        known, body = _head(content(path), head, needed)
        parts = tuple(_parts(body, kinds, read.complain))
    except (Problem, OSError) as problem:
        line = problem.line if isinstance(problem, Problem) else 1
        read.complain(line, str(problem) if isinstance(problem, Problem) else "the file cannot be read")
        return read
    return replace(read, head=known, parts=parts)


def _head(text: str, allowed: Sequence[str], needed: Sequence[str]) -> tuple[dict[str, tuple[int, str]], str]:
    """The head's names and values, and the text with the head's lines left empty, so that lines keep their numbers."""
    rows = text.splitlines()
    end = next((i for i, row in enumerate(rows[1:], 1) if row.strip() == "---"), 0)
    if not rows or rows[0].strip() != "---" or not end:
        raise Problem(1, f"a file begins with a head between two lines of ---, with {', '.join(needed)}")
    fence = Fence("head", tuple((i + 1, row) for i, row in enumerate(rows[1:end], 1) if row.strip()), 1)
    try:
        found = fence.fields(*allowed)
    except Problem as problem:
        raise Problem(problem.line, str(problem).replace("in ```head", "in the head")) from None
    for name in needed:
        if not found.get(name, (0, ""))[1]:
            raise Problem(1, f"the head must say its {name}, like `{name}: …`")
    for name, (line, value) in found.items():
        if len(value) > LONGEST_VALUE:
            raise Problem(line, f"{name} has at most {LONGEST_VALUE} characters; got {len(value)}")
    return found, "\n" * (end + 1) + "\n".join(rows[end + 1 :])


def _parts(text: str, kinds: Mapping[int, Sequence[str]], complain: Callable[[int, str], None]) -> Iterator[Part]:
    """What stands under each heading."""
    part = Part(0, (), 1)
    stream = iter(tokens(text))
    for token in stream:
        line = token.map[0] + 1 if token.map else part.line
        if token.type == "heading_open":
            yield part
            level = int(token.tag[1:])
            if level not in kinds:
                complain(line, f"headings are {' and '.join('#' * n for n in kinds if n)}; got {'#' * level}")
            part = Part(level, inlines(next(stream), line, complain), line)
            next(stream)
        elif token.type == "fence":
            part.body += _fence(token, line, kinds.get(part.level, ()), complain)
        elif token.type == "paragraph_open":
            part.body.append(Block("paragraph", (inlines(next(stream), line, complain),)))
            next(stream)
        elif token.type.removesuffix("_open") in LISTS:
            part.body.append(_list(token, stream, complain))
        else:
            _skip(token, stream)
            complain(line, f"{token.type.removesuffix('_open').replace('_', ' ')} is not taken. {ALLOWED}")
    yield part


def _fence(token: Token, line: int, allowed: Sequence[str], complain: Callable[[int, str], None]) -> list[Fence]:
    kind = token.info.strip()
    if kind not in allowed:
        words = f"there may be {', '.join('```' + one for one in allowed) or 'no fenced block'}"
        complain(line, f"a block ```{kind[:20]} cannot stand there; {words}")
        return []
    assert token.map is not None
    rows = tuple((line + i, row) for i, row in enumerate(token.content.splitlines(), 1) if row.strip())
    if not rows or len(rows) > MOST_LINES:
        complain(line, f"a ```{kind} block has 1 to {MOST_LINES} lines; got {len(rows)}")
        return []
    return [Fence(kind, rows, line)]


def _list(opening: Token, stream: Iterator[Token], complain: Callable[[int, str], None]) -> Block:
    """A list of one level, a paragraph an item."""
    kind = opening.type.removesuffix("_open")
    items: list[Words] = []
    depth = 1
    for token in stream:
        depth += {f"{kind}_open": 1, f"{kind}_close": -1}.get(token.type, 0)
        if not depth:
            break
        line = token.map[0] + 1 if token.map else 1
        if token.type == "inline":
            items.append(inlines(token, line, complain))
        elif token.type.removesuffix("_open").removesuffix("_close") not in ("list_item", "paragraph"):
            complain(line, f"an item of a list is one sentence or more, and holds nothing else. {ALLOWED}")
    return Block(LISTS[kind], tuple(items))  # type: ignore[arg-type]


def _skip(opening: Token, stream: Iterator[Token]) -> None:
    """Pass over all that a token holds."""
    depth: int = opening.nesting
    while depth > 0:
        depth += next(stream).nesting
