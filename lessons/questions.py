"""A question before a run: choose an answer, click where a run will end, or set a rate."""

import re
from collections.abc import Callable

from lessons.claims import claim
from lessons.files import Fence, Problem
from lessons.model import Choice, Choose, Click, EventClaim, Question, SetRate, Stage
from lessons.quantities import Known, understood
from lessons.text import mapped, plain, words_of

CHOICES = (2, 4)


def question_of(fence: Fence, stage: Stage, known: Known, complain: Callable[[int, str], None]) -> Question:
    """The question of a block: `choose: a | b* | c`, `click: minimum (3, 2)`, or `rate: r1 in 0.1..0.16`."""
    given = fence.fields("choose", "click", "rate", "goal")
    kinds = [name for name in given if name != "goal"]
    if len(kinds) != 1 or ("goal" in given and kinds != ["rate"]):
        raise Problem(fence.line, "a question is one of choose, click and rate; a goal goes with rate")
    line, text = given[kinds[0]]
    if kinds == ["choose"]:
        return _choose(line, text, stage, known, complain)
    if kinds == ["click"]:
        return _click(line, text, stage)
    return _rate(line, text, given.get("goal"), stage, known)


def _choose(line: int, text: str, stage: Stage, known: Known, complain: Callable[[int, str], None]) -> Choose:
    parts = [part.strip() for part in text.split("|")]
    right = [part.endswith("*") and not part.endswith("**") for part in parts]
    low, high = CHOICES
    if not low <= len(parts) <= high or sum(right) != 1 or not all(part.strip("* ") for part in parts):
        raise Problem(
            line, f"choose has {low} to {high} answers parted by |, one of them right, marked by *: `slow | good*`"
        )
    choices = []
    for part, is_right in zip(parts, right, strict=True):
        words = words_of(part[:-1].strip() if is_right else part, line, complain)
        words = mapped(words, lambda span: understood(span, known, complain))
        choices.append(Choice(words, stage.named(plain(words)), is_right))
    return Choose(tuple(choices), line)


def _click(line: int, text: str, stage: Stage) -> Click:
    match = re.fullmatch(r"minimum \(\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*\)|end of (\S+)", text)
    run = stage.named(match[3]) if match and match[3] else None
    if match is None or (match[3] and run is None):
        names = ", ".join(one.name for one in stage.names)
        raise Problem(line, f"click is `minimum (3, 2)`, or `end of` one of {names}; got {text[:40]!r}")
    return Click(None if run else (float(match[1]), float(match[2])), run, line)


def _rate(line: int, text: str, goal: tuple[int, str] | None, stage: Stage, known: Known) -> SetRate:
    match = re.fullmatch(r"(\S+) in (\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)", text)
    run = stage.named(match[1]) if match else None
    if match is None or run is None or not 0 < float(match[2]) < float(match[3]):
        names = ", ".join(one.name for one in stage.names)
        raise Problem(line, f"rate is like `good in 0.1..0.16`, rising, of one of {names}; got {text[:40]!r}")
    event = None
    if goal is not None:
        try:
            event = claim(f"{run.name}: {goal[1]}", known, goal[0])
        except ValueError as error:
            raise Problem(goal[0], f"goal: {error}") from None
    assert event is None or isinstance(event, EventClaim)
    return SetRate(run, float(match[2]), float(match[3]), event, line)
