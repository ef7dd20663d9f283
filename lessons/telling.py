"""What a step says: its words with the numbers of its own runs; whether an answer is right; what is typed by hand."""

import re
from dataclasses import replace
from functools import lru_cache
from urllib.parse import unquote

from app.experiment import Experiment, seen
from lessons.claims import does_so, of_run, over_seeds
from lessons.model import (
    Amount,
    Asked,
    Block,
    Challenge,
    Choose,
    Click,
    Complaint,
    Lesson,
    Quantity,
    Row,
    RunName,
    SetRate,
    Span,
    Stage,
    Step,
    ToldChoice,
    ToldStep,
    Words,
)
from lessons.quantities import ratio
from lessons.quantities import told as measured_quantity
from lessons.runs import named, racers
from lessons.text import lines_of, mapped, mapped_blocks, spans

# A click is right within such a share of the window.
NEAR = 0.05


@lru_cache(maxsize=128)
def told(step: Step) -> ToldStep:
    """A step once its experiment has run."""

    def filled(span: Span) -> Span:
        return Span("quantity", span.text, line=span.line, asked=span.asked, quantity=number(span.asked, step))

    def words(read: Words) -> Words:
        return mapped(read, filled)

    def blocks(read: tuple[Block, ...]) -> tuple[Block, ...]:
        return mapped_blocks(read, filled)

    offered = step.question.choices if isinstance(step.question, Choose) else ()
    choices = tuple(ToldChoice(words(one.words), one.run, one.right) for one in offered)
    columns = step.table.columns if step.table else ()
    rows = tuple(
        Row(name, tuple(_cell(column.asked, name, step.stage) for column in columns))
        for name in (step.stage.names if columns else ())
    )
    return ToldStep(
        words(step.heading),
        blocks(step.text),
        choices,
        words(step.reveal),
        blocks(step.after),
        tuple(column.label for column in columns),
        rows,
        blocks(step.consequence),
    )


def number(asked: Asked | Amount | int | None, step: Step) -> Quantity:
    """What a pair of braces names."""
    if isinstance(asked, int):
        least, of = over_seeds(step.claims)[asked - 1]
        return Quantity(float(least), f"{least} of {of}")
    if isinstance(asked, Amount):
        return ratio(asked, step.stage)
    assert asked is not None
    return measured_quantity(asked, step.stage)


def _cell(asked: Asked, name: RunName, stage: Stage) -> Quantity:
    return measured_quantity(Asked(asked.head, name.name, asked.at, asked.digits), stage)


# Answers.


def right_choice(question: Choose, choice: int) -> bool:
    """Whether the answer of this number, from 0, is right."""
    return 0 <= choice < len(question.choices) and question.choices[choice].right


def goal_of(question: Click, stage: Stage) -> tuple[float, float]:
    """The place that is to be clicked."""
    if question.place is not None:
        return question.place
    assert question.run is not None
    x, y = racers(stage)[question.run.name].path.theta[-1].tolist()
    return x, y


def right_click(question: Click, stage: Stage, place: tuple[float, float]) -> bool:
    """Whether a click is near enough to where the run ends: within a twentieth of the window, each coordinate of its own."""
    side = question.run.side if question.run else 0
    window, goal = seen(stage.scenes[side]).window, goal_of(question, stage)
    return all(
        abs(own - there) <= NEAR * (high - low) for own, there, (low, high) in zip(place, goal, window, strict=True)
    )


def right_rate(question: SetRate, rate: float) -> bool:
    """Whether a rate lies where the lesson says."""
    return question.low <= rate <= question.high


def reached(question: SetRate, stage: Stage, rate: float) -> bool:
    """Whether a rate does what the question asks for; the run at that rate is run for it."""
    assert question.goal is not None
    scene = at_rate(stage, question.run, rate)
    (racer,) = named((question.run,), (scene,) * (question.run.side + 1)).values()
    return does_so(of_run(question.goal, question.run.name), racer)


def at_rate(stage: Stage, run: RunName, rate: float) -> Experiment:
    """The scene of a run with another rate for it."""
    scene = stage.scenes[run.side]
    runs = tuple(replace(one, lr=rate) if one.slot == run.slot else one for one in scene.runs)
    return replace(scene, runs=runs)


# Numbers typed by hand.

# A number that is no part of a name, as L1 and 3-D are.
TYPED = re.compile(r"(?<![\w.,⁻/-])\d+(?:[.,]\d+)*(?!-D\b)(?![\w])")
YEARS = range(1800, 2100)


def typed_numbers(lesson: Lesson | Challenge) -> list[Complaint]:
    """The numbers in a lesson's sentences that are no quantity, and stand neither in the link nor for a year."""
    found = []
    for stage, sentences in _sentences(lesson):
        known = {float(text) for text in re.findall(r"\d+(?:\.\d+)?", unquote(stage.link) + _bounds(lesson))}
        for words in sentences:
            for span in spans(words):
                texts = TYPED.findall(span.text) if span.kind == "text" else []
                found += [
                    Complaint(lesson.file, span.line, f"{text} is typed by hand; name the quantity, like {{good.rate}}")
                    for text in texts
                    if not _known(text, known)
                ]
    return found


def _bounds(lesson: Lesson | Challenge) -> str:
    """What a challenge asks for, whose numbers its task names too."""
    asked = (*lesson.goals, *lesson.conditions) if isinstance(lesson, Challenge) else ()
    return " ".join(["", *(one.text for one in asked)])


def _known(text: str, known: set[float]) -> bool:
    value = float(text.replace(",", ".") if text.count(",") < 2 and "." not in text else text.replace(",", ""))
    return value in known or (text.isdecimal() and int(text) in YEARS)


def _sentences(lesson: Lesson | Challenge) -> list[tuple[Stage, list[Words]]]:
    """All words of each stage."""
    if isinstance(lesson, Challenge):
        allowed = [*lines_of(lesson.task), *lesson.hints]
        return [(lesson.stage, allowed)]
    return [(step.stage, sentences_of(step)) for step in lesson.steps]


def sentences_of(step: Step) -> list[Words]:
    """All words of a step."""
    choices = [one.words for one in step.question.choices] if isinstance(step.question, Choose) else []
    return [
        step.heading,
        *lines_of(step.text),
        *choices,
        step.reveal,
        *lines_of(step.after),
        *lines_of(step.consequence),
    ]
