"""A class as one page of links: a file each in `plans/`, whose parts say minutes, lesson, what to ask and what to look for.

`#` begins a part, with a ```part block (minutes, and the lesson if it has one) and two paragraphs: what to ask the class, and
what to look for in the pictures and the answers.
"""

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from lessons.files import Part, Problem, read_parts
from lessons.library import read_all
from lessons.model import Complaint, Words

FOLDER = Path(__file__).parent / "plans"
HEAD = ("title", "about")
MOST_MINUTES = 180


@dataclass(frozen=True)
class PlanPart:
    """A part of a class; `lesson` is a slug, "" where there is only talk."""

    heading: Words
    minutes: int
    lesson: str
    ask: Words
    look: Words


@dataclass(frozen=True)
class Plan:
    """A class from its beginning to its end."""

    slug: str
    title: str
    about: str
    parts: tuple[PlanPart, ...]

    @property
    def minutes(self) -> int:
        """How long all of it takes."""
        return sum(part.minutes for part in self.parts)

    @property
    def lessons(self) -> tuple[str, ...]:
        """The slugs of its lessons, each once, in their order."""
        return tuple(dict.fromkeys(part.lesson for part in self.parts if part.lesson))


def plan(path: Path) -> tuple[Plan | None, list[Complaint]]:
    """The plan of a file, or None and what is wrong with it."""
    read = read_parts(path, {0: (), 1: ("part",)}, HEAD, HEAD)
    if read.parts and (read.parts[0].body or len(read.parts) < 2):
        read.complain(1, "a plan has parts, each begun by a heading (#), and nothing before them")
    if read.complaints:
        return None, read.complaints
    parts = tuple(read.tried(partial(_part, part)) for part in read.parts[1:])
    made = Plan(read.slug, read.head["title"][1], read.head["about"][1], parts)
    return (None, read.complaints) if read.complaints else (made, [])


def _part(part: Part) -> PlanPart:
    fence = part.fence("part")
    if fence is None:
        raise Problem(part.line, "a part has a ```part block with its minutes")
    given = fence.fields("minutes", "lesson")
    line, minutes = given.get("minutes", (fence.line, ""))
    if not minutes.isdecimal() or not 1 <= int(minutes) <= MOST_MINUTES:
        raise Problem(line, f"minutes are a whole number from 1 to {MOST_MINUTES}; got {minutes[:20]!r}")
    if [block.kind for block in part.text] != ["paragraph", "paragraph"]:
        raise Problem(part.line, "a part has two paragraphs: what to ask, and what to look for")
    ask, look = (block.items[0] for block in part.text)
    return PlanPart(part.heading, int(minutes), given.get("lesson", (0, ""))[1], ask, look)


@lru_cache(maxsize=1)
def plans() -> tuple[tuple[Plan, ...], tuple[Complaint, ...]]:
    """All plans in the order of their files, and what is wrong with those that could not be taken."""
    found, complaints = read_all(FOLDER, plan)
    return tuple(found), complaints
