"""Quantities: what a pair of braces, a table's column or a claim may name, how that is measured, and how it is shown.

In claims a quantity reads `distance of high at 60`, in braces `high.distance at 60`, in a table `distance at 60`. Of a
surface it reads `surface.condition` or `right surface.condition`, and `steps` is the number of steps.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.bounds import bound
from app.experiment import Experiment, seen
from core.words import written as in_full
from lessons.model import Amount, Asked, Quantity, Span, Stage
from lessons.runs import Racer, Racers, racers
from optimizers.bases.hessian import eigen, hessian
from optimizers.explain.law import limit
from optimizers.explain.numbers import SUPER
from optimizers.explain.table import KINDS
from surfaces import Surface

# What a claim or a text may say happened: the verdicts' own names and words, and what several of them have in common.
EVENTS: dict[str, frozenset[str]] = {}
for _key, _kind in KINDS.items():
    for _word in filter(re.compile("[a-z ]+").fullmatch, (_key.replace("_", " "), _kind.word)):
        EVENTS[_word] = EVENTS.get(_word, frozenset()) | {_key}
EVENTS["stuck"] = frozenset(key for key, kind in KINDS.items() if kind.chip.startswith("stuck"))
EVENTS["left"] = frozenset({"left", "in_and_out"})
# A rate is shown as its link has it, up to so many digits.
FULL = 5
MOST_DIGITS = 7


@dataclass(frozen=True)
class Head:
    """How a quantity is measured at a step, what step it has by itself ("" for none), and from which one on there is one."""

    measure: Callable[[Racer, int], float]
    own: Callable[[Racer], int] | None = None
    first: int = 0


def _last(racer: Racer) -> int:
    return len(racer.path.theta) - 1


def _norm(racer: Racer, t: int) -> float:
    return float(np.linalg.norm((racer.path.full or racer.path).grad[t]))


def _distance(racer: Racer, t: int) -> float:
    """The way to the nearest known minimum."""
    minima = np.array(racer.surface.minima, dtype=float).reshape(-1, 2)
    return float(np.linalg.norm(minima - racer.path.theta[t], axis=-1).min()) if len(minima) else math.nan


def _moved(racer: Racer) -> np.ndarray:
    return np.linalg.norm(np.diff(racer.path.theta, axis=0), axis=-1)


def _way(racer: Racer, t: int) -> float:
    """How far a run is from where it began."""
    return float(np.linalg.norm(racer.path.theta[t] - racer.path.theta[0]))


def _longest(racer: Racer) -> int:
    return int(np.nanargmax(_moved(racer))) + 1


def _row(racer: Racer, name: str) -> np.ndarray:
    """An array that not every path has; empty where it is not there."""
    row = getattr(racer.path, name)
    return np.zeros(0) if row is None else np.asarray(row)


def _of(name: str, before: bool = False) -> Callable[[Racer, int], float]:
    """A number of each position, or of each step, which stands one place before the position that it leads to."""

    def measure(racer: Racer, t: int) -> float:
        row = _row(racer, name)
        return float(row[t - before]) if len(row) else math.nan

    return measure


def _coordinate(name: str, axis: int, before: bool = False) -> Callable[[Racer, int], float]:
    def measure(racer: Racer, t: int) -> float:
        row = _row(racer, name)
        return float(row[t - before, axis]) if len(row) else math.nan

    return measure


def _factor(axis: int) -> Callable[[Racer, int], float]:
    """A coordinate at a step over that one step before."""

    def measure(racer: Racer, t: int) -> float:
        before, now = racer.path.theta[t - 1 : t + 1, axis].tolist()
        return now / before if before else math.nan

    return measure


def _limit(racer: Racer, t: int) -> float:
    """The rate above which the run is unstable: on a quadratic one number, else that of the step."""
    known = bound(racer.run, racer.surface)
    if known is not None:
        return float(known["value"])
    limits = limit(racer.path)
    return math.nan if limits is None else float(limits[max(t - 1, 0)])


def _right(racer: Racer, t: int, held: int) -> float:
    """The share of points, in percent, that a classifier gets right; of those held out with `held` 1."""
    surface: Any = racer.surface
    if not hasattr(surface, "right"):
        return math.nan
    rows = len(surface.split[held])
    place = (racer.path.full or racer.path).theta[t : t + 1]
    return float(100 * surface.right(place)[0, held] / rows) if rows else math.nan


HEADS = {
    "loss": Head(_of("loss"), _last),
    "gradient": Head(_norm, _last),
    "x": Head(_coordinate("theta", 0), _last),
    "y": Head(_coordinate("theta", 1), _last),
    "distance": Head(_distance, _last),
    "way": Head(_way, _last),
    "step": Head(lambda racer, t: float(_moved(racer)[t - 1]), first=1),
    "longest step": Head(lambda racer, t: float(_moved(racer)[t - 1]), _longest, first=1),
    "highest loss": Head(_of("loss"), lambda racer: int(np.nanargmax(racer.path.loss))),
    "lowest loss": Head(_of("loss"), lambda racer: int(np.nanargmin(racer.path.loss))),
    "rate": Head(_of("lr", before=True), first=1),
    "factor x": Head(_factor(0), first=1),
    "factor y": Head(_factor(1), first=1),
    "slope x": Head(_coordinate("grad", 0), _last),
    "slope y": Head(_coordinate("grad", 1), _last),
    "direction x": Head(_coordinate("m", 0, before=True), first=1),
    "direction y": Head(_coordinate("m", 1, before=True), first=1),
    "sigma x": Head(_coordinate("sigma", 0, before=True), first=1),
    "sigma y": Head(_coordinate("sigma", 1, before=True), first=1),
    "validation": Head(_of("validation"), _last),
    "lowest validation": Head(_of("validation"), lambda racer: int(np.nanargmin(_row(racer, "validation")))),
    "right": Head(lambda racer, t: _right(racer, t, 0), _last),
    "right held out": Head(lambda racer, t: _right(racer, t, 1), _last),
    "limit": Head(_limit),
}
# What a run has but once, and no step with it.
SET = {"rate": lambda racer: racer.run.lr, "limit": lambda racer: _limit(racer, 1)}
# The verdict on a run, as its chip has it.
VERDICT = "verdict"
RUN_HEADS = (*HEADS, VERDICT, *EVENTS)


def _curvatures(surface: Surface) -> np.ndarray:
    """The curvatures at the first known minimum, or at the start, the smaller first."""
    place = np.array([surface.minima[0] if surface.minima else surface.start], dtype=float)
    return np.asarray(eigen(hessian(surface, place))[0][0])


def _condition(surface: Surface) -> float:
    known = getattr(surface, "condition_number", None)
    least, most = _curvatures(surface).tolist()
    return float(known) if known else most / least if least > 0 else math.nan


SURFACE_HEADS: dict[str, Callable[[Surface], float]] = {
    "condition": _condition,
    "curvature": lambda surface: float(_curvatures(surface)[1]),
    "limit": lambda surface: 2 / float(_curvatures(surface)[1]),
    "lowest": lambda surface: math.nan if surface.lowest is None else float(surface.lowest),
    "minimum x": lambda surface: float(surface.minima[0][0]) if surface.minima else math.nan,
    "minimum y": lambda surface: float(surface.minima[0][1]) if surface.minima else math.nan,
}
STEP_HEADS: dict[str, Callable[[Experiment], float]] = {
    "steps": lambda scene: float(scene.steps),
    "seed": lambda scene: float(scene.seed),
}

SURFACES_NAMED = ("surface", "left surface", "right surface")

# Reading.

TOKEN = re.compile(r"\s*(?:([-−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)(?![\w.])|([A-Za-z][\w-]*)|(<=|>=|[<>=:/,.]))")


class Tokens:
    """The words, numbers and signs of one line, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.rest: list[str] = []
        text, at = text.strip(), 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"{text[at:].strip()[:20]!r} is no word, number or sign of a claim")
            self.rest.append(match[0].strip().replace("−", "-"))
            at = match.end()

    @property
    def next(self) -> str:
        """The next token, "" at the end."""
        return self.rest[0] if self.rest else ""

    def take(self, *allowed: str) -> bool:
        """Take the next tokens if they are these."""
        if tuple(self.rest[: len(allowed)]) != allowed:
            return False
        del self.rest[: len(allowed)]
        return True

    def longest(self, known: Mapping[str, object] | tuple[str, ...] | frozenset[str]) -> str:
        """Take the longest of the known phrases that stands next, "" where none does."""
        for count in range(min(5, len(self.rest)), 0, -1):
            phrase = " ".join(self.rest[:count])
            if phrase in known:
                del self.rest[:count]
                return phrase
        return ""

    def whole(self, what: str) -> int:
        """Take a whole number of at least 0."""
        if not self.next.isdecimal():
            raise ValueError(f"{what} must be a whole number; got {self.next!r}")
        return int(self.rest.pop(0))

    def end(self) -> None:
        """ValueError unless all is taken."""
        if self.rest:
            raise ValueError(f"{' '.join(self.rest)[:40]!r} is too much; nothing may follow there")


@dataclass(frozen=True)
class Known:
    """What can be named in a step: its runs, how many steps they have, how many scenes there are and how many claims."""

    names: tuple[str, ...]
    steps: int
    scenes: int = 1
    claims: int = 0

    @classmethod
    def of(cls, stage: Stage, claims: int = 0) -> "Known":
        """What can be named on a stage."""
        scenes = stage.pair
        return cls(tuple(one.name for one in stage.names), scenes[0].steps, len(scenes), claims)

    def check(self, name: str) -> None:
        """ValueError unless a run is called so."""
        if name not in self.names:
            raise ValueError(f"{name or 'nothing'!r} is no run here; runs are {', '.join(self.names)}")

    def surface(self, side: str) -> str:
        """The surface of a side; ValueError where there is none."""
        if side == "right surface" and self.scenes < 2:
            raise ValueError("there is no right surface on this page")
        return side


def quantity(tokens: Tokens, known: Known, run: str = "") -> Asked:
    """Take `loss of good at 60`; without "of" it is of `run`, or of the only one there is. ValueError, in words."""
    head = tokens.longest((*RUN_HEADS, *SURFACE_HEADS))
    if not head:
        raise ValueError(f"{tokens.next!r} is no quantity; allowed are {', '.join((*HEADS, VERDICT))} and verdicts")
    side = tokens.longest(tuple(f"of {name}" for name in SURFACES_NAMED)) if head in SURFACE_HEADS else ""
    if side:
        return Asked(head, known.surface(side.removeprefix("of ")))
    if head not in RUN_HEADS:
        raise ValueError(f"{head} is the surface's own, like {head} of surface")
    if tokens.take("of"):
        run = tokens.rest.pop(0) if tokens.rest else ""
    elif not run and len(known.names) == 1:
        (run,) = known.names
    known.check(run)
    return Asked(head, run, place(tokens, known, head))


def place(tokens: Tokens, known: Known, head: str) -> int | None:
    """Take `at 60` or `at end`, if that stands next; ValueError where a quantity has no such step."""
    if not tokens.take("at"):
        if head in HEADS and HEADS[head].own is None and head not in SET:
            raise ValueError(f"{head} needs a step, like {head} at 1")
        return None
    at = known.steps if tokens.take("end") else tokens.whole("a step")
    if head not in HEADS or head.startswith(("longest", "lowest", "highest")):
        raise ValueError(f"{head} has a step of its own, and takes none")
    if not HEADS[head].first <= at <= known.steps:
        raise ValueError(f"{head} has steps {HEADS[head].first} to {known.steps}; got {at}")
    return at


def column(text: str) -> Asked:
    """`distance at 60`, as the head of a table's column, of no run yet; ValueError, in words."""
    tokens = Tokens(text)
    asked = quantity(tokens, Known(("it",), 10**9), "it")
    tokens.end()
    return Asked(asked.head, "", asked.at)


def braces(text: str, known: Known) -> Asked | Amount | int:
    """What a pair of braces names: a quantity, one over another, or the number of a claim over seeds; ValueError, in words."""
    tokens = Tokens(text)
    if tokens.take("claim"):
        number = tokens.whole("a claim")
        tokens.end()
        if not 1 <= number <= known.claims:
            raise ValueError(f"there are {known.claims} claims over seeds in this step; got claim {number}")
        return number
    asked = _dotted(tokens, known)
    over = _dotted(tokens, known) if tokens.take("/") else None
    digits = None
    if tokens.take(","):
        digits = tokens.whole("digits")
        if not 1 <= digits <= MOST_DIGITS or not (tokens.take("digits") or tokens.take("digit")):
            raise ValueError(
                f"after a comma stands how many digits are shown, like {{good.rate, 4 digits}}; got {text!r}"
            )
    tokens.end()
    one = Asked(asked.head, asked.run, asked.at, digits)
    return one if over is None else Amount(1.0, one, over)


def _dotted(tokens: Tokens, known: Known) -> Asked:
    """Take `good.distance at 60`, `surface.condition`, `right surface.condition` or `steps`."""
    if tokens.next in STEP_HEADS:
        return Asked(tokens.rest.pop(0))
    side = tokens.longest(SURFACES_NAMED)
    if side:
        known.surface(side)
        head = tokens.longest(SURFACE_HEADS) if tokens.take(".") else ""
        if not head:
            raise ValueError(f"of a surface there are {', '.join(SURFACE_HEADS)}; got {tokens.next!r}")
        return Asked(head, side)
    name = tokens.rest.pop(0) if tokens.rest else ""
    if not tokens.take("."):
        allowed = ", ".join((*STEP_HEADS, "surface.condition", "a run and its quantity, like good.rate"))
        raise ValueError(f"{name or 'nothing'!r} is no quantity; allowed are {allowed}")
    known.check(name)
    return quantity(tokens, known, name)


def understood(span: Span, known: Known, complain: Callable[[int, str], None]) -> Span:
    """A span with what its braces name; where that is nothing, it is complained about."""
    try:
        return replace(span, asked=braces(span.text, known))
    except ValueError as error:
        complain(span.line, f"{{{span.text[:40]}}}: {error}")
        return span


# Measuring.


def first(racer: Racer, event: str) -> int | None:
    """The step at which something first happened to a run, None where it did not."""
    at = [item["at"] for item in racer.events if item["kind"] in EVENTS[event]]
    return min(at, default=None)


def happened(racer: Racer, event: str) -> list[tuple[int, int]]:
    """From which step to which, each time that it happened."""
    return [(item["at"], item["until"]) for item in racer.events if item["kind"] in EVENTS[event]]


def verdict(racer: Racer) -> str:
    """What the run's chip says at its last step."""
    steps = _last(racer)
    over = [item["text"] for item in racer.events if item["at"] <= steps <= item["until"]]
    return over[-1] if over else "still on its way"


def measured(asked: Asked, runs: Racers) -> tuple[float, int | None]:
    """The value of a run's quantity, and the step to which it belongs; NaN where there is none."""
    if asked.run in SURFACES_NAMED:
        side = int(asked.run == "right surface")
        return SURFACE_HEADS[asked.head](next(one.surface for one in runs.values() if one.name.side == side)), None
    racer = runs[asked.run]
    if asked.head in EVENTS:
        at = first(racer, asked.head)
        return (math.nan, None) if at is None else (float(at), at)
    if asked.head == VERDICT:
        return math.nan, _last(racer)
    if asked.at is None and asked.head in SET:
        return float(SET[asked.head](racer)), None
    head = HEADS[asked.head]
    try:
        at = asked.at if asked.at is not None else head.own(racer) if head.own else head.first
        # A run that ended sooner stays where it ended.
        at = min(at, _last(racer))
        return head.measure(racer, at), at
    except ValueError:
        # Of nothing but NaN there is no largest.
        return math.nan, None


def told(asked: Asked, stage: Stage, runs: Racers | None = None) -> Quantity:
    """A quantity with its number, as the page shows it."""
    if asked.head in STEP_HEADS and not asked.run:
        value = STEP_HEADS[asked.head](stage.pair[0])
        return Quantity(value, str(int(value)))
    if asked.run in SURFACES_NAMED:
        value = SURFACE_HEADS[asked.head](seen(stage.scenes[asked.run.startswith("right")]))
        return Quantity(value, _shown(value, asked))
    runs = racers(stage) if runs is None else runs
    value, at = measured(asked, runs)
    shown = verdict(runs[asked.run]) if asked.head == VERDICT else _shown(value, asked)
    return Quantity(value, shown, runs[asked.run].name, at)


def ratio(amount: Amount, stage: Stage) -> Quantity:
    """One quantity over another; it belongs to no step."""
    assert amount.asked is not None
    assert amount.over is not None
    one, other = (told(asked, stage) for asked in (amount.asked, amount.over))
    value = one.value / other.value if other.value else math.nan
    return Quantity(value, written(value, amount.asked.digits or 3))


def _shown(value: float, asked: Asked) -> str:
    if asked.digits is None and math.isfinite(value):
        if asked.head in EVENTS or asked.run == "" or asked.head.startswith("right"):
            return str(round(value))
        if asked.head in SET and asked.at is None and float(f"{value:.{FULL}g}") == value:
            return in_full(value, FULL)
        if asked.run in SURFACES_NAMED and value == int(value):
            return in_full(value)
    return written(value, asked.digits or 3)


def written(value: float, digits: int = 3) -> str:
    """A number as the player shows it, in `app/player/static/words/numbers.js`: 0.303, 12.4, 3.5×10⁻⁴."""
    if math.isnan(value):
        return "none"
    value = float(f"{value:.{digits - 1}e}")
    size = abs(value)
    if size >= 3.4e38:
        return "< −10³⁸" if value < 0 else "> 10³⁸"
    if size < 1e-38:
        return "0"
    power = math.floor(math.log10(size))
    if -3 <= power < 4:
        short = f"{value:.{min(max(digits - 1 - power, 0), 5)}f}"
        return short.replace("-", "−")
    mantissa = value / 10.0**power
    if abs(float(f"{mantissa:.1f}")) >= 10:
        mantissa, power = mantissa / 10, power + 1
    return f"{mantissa:.1f}×10{str(power).translate(SUPER)}".replace("-", "−")
