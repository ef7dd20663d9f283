"""The gallery: what textbooks draw, a file each in `demonstrations/`, with source, link and the numbers that are printed there.

A file has one paragraph that says what is to be seen, an ```experiment, and where the source prints numbers a ```printed
block: claims like `x of gd at 20 = -0.943467`, a label and a colon before them if need be, each compared with our run to the
digits that are written. A line `but: …` beneath one says in words why our run does not meet it.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.experiment import Experiment
from lessons.claims import check, claim, value
from lessons.files import Fence, Problem, Read, read_parts
from lessons.library import read_all
from lessons.model import ComparedClaim, Complaint, Stage, Words
from lessons.quantities import Known
from lessons.runs import racers
from lessons.stages import SIDES, stage_of
from lessons.text import plain

FOLDER = Path(__file__).parent / "demonstrations"
HEAD = ("title", "topic", "source", "lesson", "side")
NEEDED = ("title", "topic", "source")
# Topics in the order in which the page shows them.
TOPICS = ("The rate", "Momentum", "σ", "Loss and data", "Surfaces", "Schedules", "Line search and Newton")
LONGEST = 30
BUT = "but:"


@dataclass(frozen=True)
class Printed:
    """A number that a source prints and the quantity of our run that it is compared with; `but` says why it is not met."""

    claim: ComparedClaim
    label: str
    but: str = ""


@dataclass(frozen=True)
class Compared:
    """A printed number beside ours: both as they are shown, and whether they agree to the digits that are printed."""

    label: str
    printed: str
    ours: str
    met: bool
    but: str


@dataclass(frozen=True)
class Demonstration:
    """One entry; `side` says which scene of a comparison the picture shows, "" the one that tells more."""

    slug: str
    title: str
    topic: str
    source: str
    seen: Words
    stage: Stage
    printed: tuple[Printed, ...]
    lesson: str
    side: str
    file: str = ""

    @property
    def scene(self) -> Experiment | None:
        """The scene that its picture shows, where the entry says which."""
        return self.stage.scenes[SIDES.index(self.side)] if self.side else None


@lru_cache(maxsize=1)
def gallery() -> tuple[tuple[Demonstration, ...], tuple[Complaint, ...]]:
    """All entries, by topic and the names of their files, and what is wrong with those that could not be taken."""
    found, complaints = read_all(FOLDER, demonstration)
    return tuple(sorted(found, key=lambda one: TOPICS.index(one.topic))), complaints


def demonstration(path: Path) -> tuple[Demonstration | None, list[Complaint]]:
    """The entry of a file, or None and what is wrong with it."""
    read = read_parts(path, {0: ("experiment", "printed")}, HEAD, NEEDED)
    made = None if read.complaints else read.tried(lambda: _demonstration(read))
    return (None, read.complaints) if read.complaints else (made, [])


def _demonstration(read: Read) -> Demonstration:
    (part,) = read.parts

    def given(name: str) -> tuple[int, str]:
        return read.head.get(name, (1, ""))

    experiment, numbers = part.fence("experiment"), part.fence("printed")
    if experiment is None:
        raise Problem(1, "an entry of the gallery has an ```experiment block")
    if len(part.text) != 1 or part.text[0].kind != "paragraph":
        raise Problem(1, "an entry has one paragraph that says what is to be seen")
    seen = part.text[0].items[0]
    if len(plain(seen).split()) > LONGEST:
        raise Problem(1, f"what is to be seen is said in at most {LONGEST} words; got {len(plain(seen).split())}")
    line, topic = given("topic")
    if topic not in TOPICS:
        raise Problem(line, f"topic is one of {', '.join(TOPICS)}; got {topic[:40]!r}")
    stage = stage_of(experiment)
    line, side = given("side")
    if side and (side not in SIDES or len(stage.pair) < 2):
        raise Problem(line, f"side is {' or '.join(SIDES)}, on Compare; got {side[:20]!r}")
    printed = _printed(numbers, Known.of(stage)) if numbers else ()
    title, source, lesson = (given(name)[1] for name in ("title", "source", "lesson"))
    return Demonstration(read.slug, title, topic, source, seen, stage, printed, lesson, side, read.file)


def _printed(fence: Fence, known: Known) -> tuple[Printed, ...]:
    found: list[Printed] = []
    for line, row in fence.rows:
        if row.startswith(BUT) and found and not found[-1].but:
            found[-1] = Printed(found[-1].claim, found[-1].label, row.removeprefix(BUT).strip())
            continue
        label, _, text = row.rpartition(":")
        try:
            made = claim(text, known, line)
        except ValueError as error:
            raise Problem(line, f"printed {row.strip()[:60]!r}: {error}") from None
        if not isinstance(made, ComparedClaim) or made.sign != "=" or not made.right.typed or made.seeds:
            raise Problem(line, f"a printed number is like `x of gd at 20 = -0.943467`; got {row.strip()[:60]!r}")
        found.append(Printed(made, label.strip() or _label(made, row, known)))
    return tuple(found)


def _label(made: ComparedClaim, row: str, known: Known) -> str:
    """What a printed number is, where the entry does not say: `x at step 20`, of several runs `x of good at step 10`."""
    asked = made.left.asked
    if asked is None or asked.at is None or made.left.over is not None:
        return row.partition("=")[0].strip()
    whose = f" of {asked.run}" if len(known.names) > 1 else ""
    return f"{asked.head}{whose} at step {asked.at}"


def compared(one: Demonstration) -> tuple[Compared, ...]:
    """The printed numbers of an entry beside those of its own runs, with as many digits."""
    found = []
    for printed in one.printed:
        typed = printed.claim.right.typed
        ours = value(printed.claim.left, racers(one.stage))
        shown = f"{ours:.{len(typed.partition('.')[2])}f}" if math.isfinite(ours) else "none"
        met = check(printed.claim, one.stage).holds
        found.append(Compared(printed.label, signed(typed), signed(shown), met, printed.but))
    return tuple(found)


def signed(number: str) -> str:
    """A number with a true minus, and none before a zero."""
    return number.replace("-", "−" if float(number if number != "none" else 0) else "")
