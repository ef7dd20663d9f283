"""What a lesson is: frozen values that `lessons.reading` makes of a Markdown file and `lessons.telling` fills with numbers.

A step is read once, at start, and runs nothing. Its words hold spans of the kind "named", the text of a pair of braces;
`lessons.telling.told` runs the step's experiment and gives the same words with spans of the kind "quantity" instead.
"""

from dataclasses import dataclass
from typing import Literal

from app.comparison import Comparison
from app.experiment import Experiment

PageName = Literal["playground", "compare", "dissect"]
Panel = Literal["contour", "surface", "data", "loss", "gradient", "rate", "x", "y", "sigma", "range", "runs"]
SpanKind = Literal["text", "strong", "emphasis", "code", "link", "named", "quantity"]
BlockKind = Literal["paragraph", "bullets", "numbers"]
Sign = Literal["<", "<=", "=", ">=", ">"]
Who = Literal["", "all", "any", "none", "only"]
When = Literal["", "before", "after", "at", "end"]


@dataclass(frozen=True)
class Complaint:
    """What is wrong in which line of which file, and what is allowed there."""

    file: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.words}"


@dataclass(frozen=True)
class RunName:
    """What a step calls a run: `side` is 0 for the left picture (or the only one) and 1 for the right, `slot` is 1 to 8."""

    name: str
    side: int
    slot: int


# Quantities and claims, as written.


@dataclass(frozen=True)
class Asked:
    """A quantity by its name: "loss" of the run "good" at step 60. `run` is "" where the run of the other side is meant.

    Of the surface `run` is "surface" or "right surface", of the step "steps" itself it is "". `at` is None where the quantity
    has a step of its own: the last one, the longest, that of an event. `digits` is how many are shown.
    """

    head: str
    run: str = ""
    at: int | None = None
    digits: int | None = None


@dataclass(frozen=True)
class Amount:
    """One side of a comparison: `times` a quantity, over another where there is one; or the number `typed`."""

    times: float = 1.0
    asked: Asked | None = None
    over: Asked | None = None
    typed: str = ""


@dataclass(frozen=True)
class EventClaim:
    """That something happened to runs, or did not, before, after or at a step.

    `who` is "all", "any", "none", "only" or "" for the one run that `names` has; "only" is followed by its names.
    """

    who: Who
    names: tuple[str, ...]
    negated: bool
    event: str
    when: When
    step: int
    text: str
    line: int


@dataclass(frozen=True)
class ComparedClaim:
    """That one amount is above, below or equal to another; `seeds` is (at least so many, of so many seeds) or None."""

    left: Amount
    sign: Sign
    right: Amount
    exactly: bool
    seeds: tuple[int, int] | None
    text: str
    line: int


Claim = EventClaim | ComparedClaim


# Words.


@dataclass(frozen=True)
class Quantity:
    """A number of a run: its value, how it is shown, and where it belongs.

    `at` is the step to which a click on it moves the clock, None where it belongs to none; `run` is the name, side and slot
    of its run, None where it is the surface's or the step's own. What is a verdict and no number has the value NaN.
    """

    value: float
    shown: str
    run: RunName | None = None
    at: int | None = None


@dataclass(frozen=True)
class Span:
    """A piece of a sentence. `inside` is what stands within strong, emphasis and link; all else has its `text` alone."""

    kind: SpanKind
    text: str = ""
    inside: tuple["Span", ...] = ()
    href: str = ""
    line: int = 0
    asked: "Asked | Amount | int | None" = None
    quantity: Quantity | None = None


Words = tuple[Span, ...]


@dataclass(frozen=True)
class Block:
    """A paragraph, of one item, or a list, of several."""

    kind: BlockKind
    items: tuple[Words, ...]


# Steps.


@dataclass(frozen=True)
class Stage:
    """The experiment of a step: on which page it stands, its link as written, and what its runs are called here."""

    page: PageName
    link: str
    asked: Experiment | Comparison
    names: tuple[RunName, ...]
    show: tuple[Panel, ...]
    line: int

    @property
    def scenes(self) -> tuple[Experiment, ...]:
        """The experiment, or both of a comparison."""
        return self.asked.scenes if isinstance(self.asked, Comparison) else (self.asked,)

    @property
    def pair(self) -> tuple[Experiment, ...]:
        """The same as asked for: runs and steps, without the common start and the views, for which networks would run."""
        return self.asked.asked if isinstance(self.asked, Comparison) else (self.asked,)

    @property
    def query(self) -> dict[str, str]:
        """The link's parameters, as the page of the experiment itself takes them."""
        return self.asked.query()

    def named(self, name: str) -> RunName | None:
        """The run that is called so."""
        return next((one for one in self.names if one.name == name), None)


@dataclass(frozen=True)
class Choice:
    """One answer: its words, the run that it names where it is the name of one, and whether it is right."""

    words: Words
    run: RunName | None
    right: bool


@dataclass(frozen=True)
class Choose:
    """Choose one of two to four answers."""

    choices: tuple[Choice, ...]
    line: int


@dataclass(frozen=True)
class Click:
    """Click where a run will end: right within 5 % of the window of `place`, or of where `run` ends; one of them is there."""

    place: tuple[float, float] | None
    run: RunName | None
    line: int


@dataclass(frozen=True)
class SetRate:
    """Set the rate of a run: right from `low` to `high`; `goal` is the event that these rates bring about, if one is named."""

    run: RunName
    low: float
    high: float
    goal: EventClaim | None
    line: int


Question = Choose | Click | SetRate


@dataclass(frozen=True)
class Column:
    """A column of a step's table: its label and the quantity that each run has there."""

    label: str
    asked: Asked


@dataclass(frozen=True)
class Table:
    """A row for each named run."""

    columns: tuple[Column, ...]
    line: int


@dataclass(frozen=True)
class Step:
    """One step of a lesson, as read. `heading` and `text` stand before the run, `reveal` and what follows it afterwards."""

    heading: Words
    text: tuple[Block, ...]
    stage: Stage
    question: Question | None
    reveal: Words
    after: tuple[Block, ...]
    table: Table | None
    consequence: tuple[Block, ...]
    claims: tuple[Claim, ...]
    line: int


@dataclass(frozen=True)
class Lesson:
    """A lesson of one to sixty steps; `words` are the entries of the glossary that it teaches."""

    slug: str
    title: str
    group: str
    question: str
    source: str
    words: tuple[str, ...]
    steps: tuple[Step, ...]
    file: str = ""
    ours: bool = True


# A step with its numbers.


@dataclass(frozen=True)
class Row:
    """A run's row: its name and a number for each column."""

    run: RunName
    cells: tuple[Quantity, ...]


@dataclass(frozen=True)
class ToldChoice:
    """An answer with its numbers."""

    words: Words
    run: RunName | None
    right: bool


@dataclass(frozen=True)
class ToldStep:
    """What a step says once its experiment has run; the words before the run hold numbers of the link and the start only."""

    heading: Words
    text: tuple[Block, ...]
    choices: tuple[ToldChoice, ...]
    reveal: Words
    after: tuple[Block, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    consequence: tuple[Block, ...]


# Challenges and the glossary.


@dataclass(frozen=True)
class Condition:
    """A restriction on the student's own experiment: which `field` of it, and what is allowed there."""

    field: str
    allowed: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True)
class Challenge:
    """Something to bring about in an experiment of one's own, begun at `stage`; `lesson` is the slug of one that helps."""

    slug: str
    title: str
    task: tuple[Block, ...]
    stage: Stage
    goals: tuple[Claim, ...]
    conditions: tuple[Condition, ...]
    hints: tuple[Words, ...]
    lesson: str
    file: str = ""
    ours: bool = True


@dataclass(frozen=True)
class Word:
    """An entry of the glossary: what it is called, also by other names, what it means, and the lesson that shows it."""

    slug: str
    name: str
    also: tuple[str, ...]
    meaning: Words
    lesson: str
