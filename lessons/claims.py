"""Claims: small sentences about the runs of a step, each of which is true or false once they have run.

    good: converged before 30           the verdict on a run, as its chip has it, and from which step on
    gd: bounces to the end              at the last step too
    all: converged                      of all runs, any of them, none of them, or only those that are named
    loss of a at 60 > 100 x loss of b at 60
    y of ftrl at 120 = exactly 0        equal to the bit; without "exactly" to the digits that are written
    loss of right at 200 < loss of left at 200 in 18 of 20 seeds

They are read here by hand, and nothing in them is ever evaluated as Python.
"""

import math
import re
from dataclasses import dataclass, replace
from typing import cast

from lessons.model import Amount, Claim, ComparedClaim, EventClaim, Sign, Stage, When, Who
from lessons.quantities import EVENTS, Known, Tokens, first, happened, measured, quantity, verdict, written
from lessons.runs import Racer, Racers, racers

MOST_SEEDS = 20
# Two quantities are equal if they are so to three digits.
EQUAL = 5e-4
SIGNS = ("<", "<=", "=", ">=", ">")
FORMS = "a claim is `run: event before 30`, `all: event`, or `quantity of run at 60 < quantity of run at 60`"


@dataclass(frozen=True)
class Checked:
    """A claim, whether it holds, and what was measured."""

    claim: Claim
    holds: bool
    words: str


# Reading.


def claim(text: str, known: Known, line: int = 0) -> Claim:
    """The claim that a line makes; ValueError, in words, with what is allowed."""
    if not text.strip():
        raise ValueError(FORMS)
    return _event(text, known, line) if ":" in text else _compared(text, known, line)


def _event(text: str, known: Known, line: int) -> EventClaim:
    subject, _, rest = text.partition(":")
    who, names = _who(subject, known)
    tokens = Tokens(rest)
    negated = tokens.take("not")
    event = tokens.longest(EVENTS)
    if not event:
        raise ValueError(f"{rest.strip()[:40]!r} is no verdict; allowed are {', '.join(sorted(EVENTS))}")
    when, step = _when(tokens, known)
    tokens.end()
    return EventClaim(who, names, negated, event, when, step, text.strip(), line)


def _who(text: str, known: Known) -> tuple[Who, tuple[str, ...]]:
    """Of whom an event is claimed."""
    words = text.replace(",", " ").split()
    if words in (["all"], ["any"], ["none"]):
        return cast(Who, words[0]), ()
    only = words[:1] == ["only"]
    names = tuple(words[1:] if only else words)
    if not names or (len(names) > 1 and not only):
        raise ValueError(
            f"before a colon stands a run, all, any, none, or only and some runs; got {text.strip()[:40]!r}"
        )
    for name in names:
        known.check(name)
    return "only" if only else "", names


def _when(tokens: Tokens, known: Known) -> tuple[When, int]:
    if tokens.take("to", "the", "end"):
        return "end", known.steps
    whens: tuple[When, ...] = ("before", "after", "at")
    for when in whens:
        if tokens.take(when):
            step = tokens.whole("a step")
            if step > known.steps + 1:
                raise ValueError(f"there are {known.steps} steps; got {when} {step}")
            return when, step
    return "", 0


def _compared(text: str, known: Known, line: int) -> ComparedClaim:
    tokens = Tokens(text)
    left = _amount(tokens, known, "")
    sign = tokens.longest(SIGNS) or ("=" if tokens.next == "exactly" else "")
    if not sign:
        raise ValueError(f"one of {', '.join(SIGNS)} must stand between two amounts; got {tokens.next!r}. {FORMS}")
    exactly = tokens.take("exactly")
    if exactly and sign != "=":
        raise ValueError(f"exactly goes with =; got {sign} exactly")
    run = left.asked.run if left.asked else ""
    right = _amount(tokens, known, run)
    seeds = _seeds(tokens)
    tokens.end()
    if left.asked is None and right.asked is None:
        raise ValueError(f"one side must be a quantity of a run; got {text.strip()[:60]!r}")
    return ComparedClaim(left, cast(Sign, sign), right, exactly, seeds, text.strip(), line)


NUMBER = re.compile(r"-?\d")


def _amount(tokens: Tokens, known: Known, run: str) -> Amount:
    """Take a number, a quantity, so many times a quantity, or a quantity over another."""
    typed = tokens.rest.pop(0) if NUMBER.match(tokens.next) else ""
    if typed and not tokens.take("x"):
        return Amount(typed=typed)
    # `3 x x of gd at 5`: the second x is a coordinate.
    asked = quantity(tokens, known, run)
    over = quantity(tokens, known, asked.run) if tokens.take("/") else None
    return Amount(float(typed or 1), asked, over)


def _seeds(tokens: Tokens) -> tuple[int, int] | None:
    if not tokens.take("in"):
        return None
    least = tokens.whole("how many seeds")
    of = tokens.whole("of how many seeds") if tokens.take("of") else 0
    if not tokens.take("seeds") or not 1 <= least <= of <= MOST_SEEDS:
        raise ValueError(f"over seeds a claim ends in `in 18 of 20 seeds`, of at most {MOST_SEEDS}")
    return least, of


# Checking.


def check(claim: Claim, stage: Stage) -> Checked:
    """Whether a claim holds of the runs of a stage."""
    if isinstance(claim, ComparedClaim) and claim.seeds:
        least, of = claim.seeds
        held = sum(_holds(claim, racers(stage, seed))[0] for seed in range(of))
        return Checked(claim, held >= least, f"it holds in {held} of {of} seeds")
    return checked(claim, racers(stage))


def checked(claim: Claim, runs: Racers) -> Checked:
    """The same of runs that are there."""
    if isinstance(claim, ComparedClaim):
        return Checked(claim, *_holds(claim, runs))
    if not claim.who:
        told = said(claim, runs[claim.names[0]])
    else:
        told = "; ".join(f"{name}: {said(claim, racer)}" for name, racer in runs.items())
    return Checked(claim, _event_holds(claim, runs), told)


def said(claim: EventClaim, racer: Racer) -> str:
    """When something that is claimed first happened to a run; if it did not, what its chip says."""
    at = first(racer, claim.event)
    return f"{verdict(racer)}, not {claim.event}" if at is None else f"{claim.event} at {at}"


def _event_holds(claim: EventClaim, runs: Racers) -> bool:
    does = {name: does_so(claim, racer) for name, racer in runs.items()}
    match claim.who:
        case "all":
            return all(does.values())
        case "any":
            return any(does.values())
        case "none":
            return not any(does.values())
        case "only":
            return all(does[name] == (name in claim.names) for name in does)
    return does[claim.names[0]]


def does_so(claim: EventClaim, racer: Racer) -> bool:
    """Whether a run does what an event says, when it says so."""
    spells = happened(racer, claim.event)
    match claim.when:
        case "before":
            does = any(at < claim.step for at, _ in spells[:1])
        case "after":
            does = any(at > claim.step for at, _ in spells[:1])
        case "at":
            does = any(at == claim.step for at, _ in spells)
        case "end":
            does = any(until >= len(racer.path.theta) - 1 for _, until in spells)
        case _:
            does = bool(spells)
    return does != claim.negated


def _holds(claim: ComparedClaim, runs: Racers) -> tuple[bool, str]:
    one, other = value(claim.left, runs), value(claim.right, runs)
    words = f"{written(one, 4)} against {written(other, 4)}"
    if not (math.isfinite(one) and math.isfinite(other)):
        return False, words
    if claim.sign == "=":
        return _equal(claim, one, other), words
    holds = {"<": one < other, "<=": one <= other, ">=": one >= other, ">": one > other}[claim.sign]
    return holds, words


def _equal(claim: ComparedClaim, one: float, other: float) -> bool:
    """Equal to the bit, to the digits that are typed, or to three digits."""
    if claim.exactly:
        return one == other
    typed = claim.right.typed or claim.left.typed
    if not typed:
        return abs(one - other) <= EQUAL * max(abs(one), abs(other))
    mantissa, _, power = typed.partition("e")
    digits = len(mantissa.partition(".")[2])
    return abs(one - other) <= 0.5 * 10.0 ** (int(power or 0) - digits) * (1 + 1e-9)


def value(amount: Amount, runs: Racers) -> float:
    """The number that one side of a comparison stands for; NaN where there is none."""
    if amount.asked is None:
        return float(amount.typed)
    number, _ = measured(amount.asked, runs)
    if amount.over is not None:
        under, _ = measured(amount.over, runs)
        number = number / under if under else math.nan
    return amount.times * number


def over_seeds(claims: tuple[Claim, ...]) -> tuple[tuple[int, int], ...]:
    """Of the claims over seeds, in how many of how many they hold."""
    return tuple(one.seeds for one in claims if isinstance(one, ComparedClaim) and one.seeds)


def of_run(claim: EventClaim, name: str) -> EventClaim:
    """The same claim of another run."""
    return replace(claim, who="", names=(name,))
