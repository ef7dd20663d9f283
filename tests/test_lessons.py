"""Every step of every lesson is run: its claims hold, its numbers are those of its runs, its words keep to the rules."""

import math
import re
from dataclasses import replace

import pytest

from lessons.claims import check
from lessons.glossary import glossary, meaning
from lessons.library import library
from lessons.model import Amount, Asked, Choose, ComparedClaim, EventClaim, Lesson, SetRate, Span, Step
from lessons.quantities import SET, STEP_HEADS, SURFACES_NAMED
from lessons.runs import racers
from lessons.telling import reached, right_choice, right_rate, sentences_of, told, typed_numbers
from lessons.text import lines_of, plain, spans

LESSONS, COMPLAINTS = library()
STEPS = [pytest.param(step, id=f"{lesson.slug}-{i}") for lesson in LESSONS for i, step in enumerate(lesson.steps, 1)]
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
MOST_WORDS, MOST_REVEALED = 12, 60
FORBIDDEN = re.compile(r"\b(simply|obviously|of course|clearly)\b", re.IGNORECASE)


def test_all_lessons_are_there_and_none_is_broken() -> None:
    assert not COMPLAINTS
    assert len(LESSONS) == 16
    groups = [lesson.group for lesson in LESSONS]
    assert sorted({groups.count(group) for group in groups}) == [4]
    assert groups == sorted(groups, key=groups.index)
    assert all(1 <= len(lesson.steps) <= 6 and lesson.source and lesson.words and lesson.ours for lesson in LESSONS)


@pytest.mark.parametrize("step", STEPS)
def test_every_claim_of_a_step_holds(step: Step) -> None:
    assert step.claims
    for claim in step.claims:
        found = check(claim, step.stage)
        assert found.holds, f"line {claim.line}: {claim.text}: {found.words}"


@pytest.mark.parametrize("step", STEPS)
def test_the_contrary_of_every_claim_is_false(step: Step) -> None:
    turned = {"<": ">=", "<=": ">", ">=": "<", ">": "<="}
    for claim in step.claims:
        if isinstance(claim, EventClaim) and not claim.who:
            assert not check(replace(claim, negated=not claim.negated), step.stage).holds, claim.text
        elif isinstance(claim, ComparedClaim) and claim.sign != "=" and not claim.seeds:
            assert not check(replace(claim, sign=turned[claim.sign]), step.stage).holds, claim.text


@pytest.mark.parametrize("step", STEPS)
def test_every_number_of_a_step_is_there(step: Step) -> None:
    said = told(step)
    words = [said.heading, said.reveal, *(choice.words for choice in said.choices)]
    words += [*lines_of(said.text), *lines_of(said.after), *lines_of(said.consequence)]
    quantities = [span.quantity for line in words for span in spans(line) if span.kind == "quantity"]
    for quantity in [*quantities, *(cell for row in said.rows for cell in row.cells)]:
        assert quantity is not None
        assert quantity.shown not in ("none", "overflow", "")
        assert quantity.at is None or 0 <= quantity.at <= step.stage.scenes[0].steps
        assert quantity.run is None or quantity.run in step.stage.names
        # A verdict is no number.
        assert math.isfinite(quantity.value) or not re.fullmatch(r"[-−\d.]+", quantity.shown)
    assert not [span for line in words for span in spans(line) if span.kind == "named"]


@EACH
def test_no_number_of_a_lesson_is_typed_by_hand(lesson: Lesson) -> None:
    assert not [str(one) for one in typed_numbers(lesson)]


def test_a_number_that_is_typed_by_hand_is_found_with_its_line() -> None:
    lesson = LESSONS[0]
    first = lesson.steps[0]
    wrong = replace(first, reveal=(Span("text", "It arrives at 29, by L2, in 3-D, at rate 0.155, in 1986.", line=7),))
    found = typed_numbers(replace(lesson, steps=(wrong,)))
    assert [(one.line, one.words.split()[0]) for one in found] == [(7, "29")]


@pytest.mark.parametrize("step", STEPS)
def test_before_the_run_nothing_is_told_that_only_the_run_can_say(step: Step) -> None:
    choices = [choice.words for choice in step.question.choices] if isinstance(step.question, Choose) else []
    for line in [step.heading, *lines_of(step.text), *choices]:
        for span in spans(line):
            if span.kind == "named":
                assert isinstance(span.asked, Asked)
                asked = span.asked
                known = asked.head in STEP_HEADS or asked.run in SURFACES_NAMED or asked.at == 0
                assert known or (asked.head in SET and asked.at is None), span.text


@pytest.mark.parametrize("step", STEPS)
def test_a_question_is_short_and_so_is_what_follows(step: Step) -> None:
    said = told(step)
    question = plain(said.heading)
    assert question.endswith("?")
    assert len(question.split()) <= MOST_WORDS, question
    assert len(re.findall(r"[.?!](?:\s|$)", question)) <= 2, question
    after = [*lines_of(said.after), *lines_of(said.consequence)]
    assert sum(len(plain(line).split()) for line in after) <= MOST_REVEALED
    assert said.reveal
    assert step.question is not None


@EACH
def test_the_words_of_a_lesson(lesson: Lesson) -> None:
    assert lesson.question.endswith("?")
    assert len(lesson.question.split()) <= MOST_WORDS
    for step in lesson.steps:
        for line in sentences_of(step):
            assert not FORBIDDEN.search(plain(line)), plain(line)
    for word in lesson.words:
        assert meaning(word), word


@pytest.mark.parametrize("step", STEPS)
def test_an_answer_is_right_or_not(step: Step) -> None:
    question = step.question
    if isinstance(question, Choose):
        right = [right_choice(question, i) for i in range(-1, len(question.choices) + 1)]
        assert sum(right) == 1
    elif isinstance(question, SetRate):
        assert not right_rate(question, 0.99 * question.low)
        assert not right_rate(question, 1.01 * question.high)
        for rate in (question.low, (question.low + question.high) / 2, question.high):
            assert right_rate(question, rate)
            assert reached(question, step.stage, rate)
        # A tenth beyond what is called right does not do it.
        assert not reached(question, step.stage, 0.9 * question.low)
        assert not reached(question, step.stage, 1.1 * question.high)


def test_one_lesson_asks_for_a_rate() -> None:
    assert any(isinstance(step.question, SetRate) for lesson in LESSONS for step in lesson.steps)


def test_a_ratio_belongs_to_no_step_and_a_number_to_its_own() -> None:
    (step,) = (
        step
        for lesson in LESSONS
        for step in lesson.steps
        if "rmsprop" in plain(step.reveal) and "step at 1" in plain(step.reveal)
    )
    quantities = [span.quantity for line in lines_of(told(step).after) for span in spans(line) if span.quantity]
    ratio = next(span.asked for line in lines_of(step.after) for span in spans(line) if isinstance(span.asked, Amount))
    assert ratio.over is not None
    assert [one.at for one in quantities] == [None]
    revealed = [span.quantity for span in spans(told(step).reveal) if span.quantity]
    assert [one.at for one in revealed] == [1, 1]
    assert quantities[0].value == revealed[0].value / revealed[1].value


def test_a_step_is_told_once() -> None:
    step = LESSONS[0].steps[0]
    assert told(step) is told(step)
    assert racers(step.stage) is racers(step.stage)


# The glossary.


def test_every_word_is_explained_in_a_sentence_or_two_and_leads_to_a_lesson_there_is() -> None:
    words, complaints = glossary()
    assert not complaints
    assert len(words) >= 35
    slugs = {lesson.slug for lesson in LESSONS}
    for word in words:
        assert word.lesson in slugs | {""}, word.slug
        text = plain(word.meaning)
        assert 1 <= len(re.findall(r"[.:](?:\s|$)", text)) <= 4, text
        assert len(text.split()) <= 40
    names = [name.lower() for word in words for name in {word.name, *word.also}]
    assert len(names) == len(set(names))


def test_a_word_is_found_by_any_of_its_names() -> None:
    assert meaning("σ") is meaning("Sigma") is not None
    assert meaning("no such word") is None
