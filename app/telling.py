"""What the browser is told of a lesson's step, of a challenge and of the page of all lessons: words as safe HTML.

All of it is plain data. What a step says after its run comes with the step, and the player shows it once the run was seen.
"""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path as File
from typing import Any

import numpy as np

from app.comparison import Comparison
from app.experiment import Experiment, Run, optimizer_of, seen, simulate
from app.labels import label_of, value_words
from app.player import FILES, PREFIX
from app.views.compare import scenes
from core.entry import Param
from core.words import written
from lessons.challenge import Attempt, challenges
from lessons.glossary import glossary, meaning
from lessons.library import at_start
from lessons.model import (
    Block,
    Challenge,
    Choose,
    Click,
    Lesson,
    Quantity,
    RunName,
    SetRate,
    Span,
    Stage,
    Step,
    ToldStep,
    Word,
    Words,
)
from lessons.telling import goal_of, told
from lessons.text import as_html, blocks_as_html, lines_of, plain, spans
from optimizers import RULES
from optimizers.explain.anatomy import usual_shape

SIDES = ("left", "right")
PAGES = {"playground": "Playground", "compare": "Compare", "dissect": "Dissect"}


def lesson_of(slug: str) -> Lesson | None:
    """The lesson of this slug, None if there is none."""
    return next((one for one in at_start()[0] if one.slug == slug), None)


def challenge_of(slug: str) -> Challenge | None:
    """The challenge of this slug, None if there is none."""
    return next((one for one in challenges()[0] if one.slug == slug), None)


def picture_of(slug: str) -> dict[str, str] | None:
    """The addresses of a lesson's small picture, "light" and "dark"; None for a teacher's own lesson."""
    named = {mode: f"images/lessons/{slug}-{mode}.png" for mode in ("light", "dark")}
    return {mode: f"{PREFIX}/{name}" for mode, name in named.items()} if named["light"] in FILES else None


# A step.


@lru_cache(maxsize=64)
def step_told(lesson: Lesson, at: int) -> str:
    """What the player is told of step `at`, from 1, of a lesson, as JSON."""
    step = lesson.steps[at - 1]
    said = told(step)
    return json.dumps(
        {
            "kind": "step",
            "slug": lesson.slug,
            "title": lesson.title,
            "at": at,
            "of": len(lesson.steps),
            "show": step.stage.show,
            "heading": as_html(said.heading),
            "text": blocks_as_html(said.text),
            "question": _question(step, said),
            "reveal": as_html(said.reveal),
            "after": blocks_as_html(said.after),
            "table": _table(said),
            "consequence": blocks_as_html(said.consequence),
            "runs": [_named(one, step.stage) for one in step.stage.names],
            "downhill": _downhill(step.stage),
            "then": _after(lesson),
            "page": PAGES[step.stage.page],
            "words": _words_in(said),
        }
    )


def first_selected(stage: Stage) -> int:
    """The slot of the run that is selected at first: one that has a σ where the step is about σ, else the first."""
    own = {run.slot: run for run in stage.pair[0].runs}
    slots = [one.slot for one in stage.names if one.slot in own] or list(own)
    if "sigma" in stage.show:
        slots.sort(key=lambda slot: not usual_shape(optimizer_of(own[slot].optimizer)).scale)
    return slots[0]


def _question(step: Step, said: ToldStep) -> dict[str, Any] | None:
    """What is asked before the run, and what is right."""
    question = step.question
    if isinstance(question, Choose):
        choices = [
            {"words": as_html(one.words), "run": _named(one.run, step.stage) if one.run else None, "right": one.right}
            for one in said.choices
        ]
        return {"kind": "choose", "choices": choices}
    if isinstance(question, Click):
        side = question.run.side if question.run else 0
        goal, window = goal_of(question, step.stage), seen(step.stage.scenes[side]).window
        return {"kind": "click", "side": side, "goal": goal, "window": window}
    if isinstance(question, SetRate):
        run = _named(question.run, step.stage)
        return {"kind": "rate", "run": run, "low": question.low, "high": question.high}
    return None


def _named(name: RunName, stage: Stage) -> dict[str, Any]:
    """A run as a step calls it: its key's slot, and its method, rate and side in words."""
    run = next(one for one in stage.scenes[name.side].runs if one.slot == name.slot)
    optimizer = optimizer_of(run.optimizer)
    words = f"{optimizer.short or optimizer.name} {written(run.lr)}"
    words += "".join(f", {label_of(p).lower()} {value_words(p, run.optimizer[p])}" for p in _set(run, stage))
    words += "".join(f", {RULES[rule.slug].name.lower()}" for rule in run.rules)
    side = f", {_titles(stage)[name.side]}" if len(stage.pair) > 1 else ""
    return {"name": name.name, "side": name.side, "slot": name.slot, "words": words + side}


def _set(run: Run, stage: Stage) -> list[Param]:
    """The fields in which a run differs from others of its method in a step."""
    others = [one.optimizer for scene in stage.scenes for one in scene.runs if one.optimizer.slug == run.optimizer.slug]
    fields = optimizer_of(run.optimizer).params_with(dict(run.optimizer.fields))
    return [p for p in fields if any(one[p] != run.optimizer[p] for one in others)]


def _titles(stage: Stage) -> list[str]:
    """What the pictures are called."""
    return [scene.title for scene in scenes(stage.asked)] if isinstance(stage.asked, Comparison) else [""]


def _table(said: ToldStep) -> dict[str, Any] | None:
    if not said.rows:
        return None
    rows = [
        {
            "name": row.run.name,
            "side": row.run.side,
            "slot": row.run.slot,
            "cells": [_cell(one) for one in row.cells],
        }
        for row in said.rows
    ]
    return {"columns": said.columns, "rows": rows}


def _cell(quantity: Quantity) -> str:
    return as_html((Span("quantity", quantity=quantity),))


def _downhill(stage: Stage) -> list[list[float] | None]:
    """Minus the gradient at each picture's start, None where there is none to be drawn."""
    found: list[list[float] | None] = []
    for scene in stage.scenes:
        (path, *_) = simulate(scene)
        first = -np.asarray(path.grad[0], float)
        found.append(first.tolist() if first.shape == (2,) and np.isfinite(first).all() and first.any() else None)
    return found


def _after(lesson: Lesson) -> dict[str, str] | None:
    """The lesson that comes next."""
    lessons, _ = at_start()
    at = lessons.index(lesson) + 1
    return {"slug": lessons[at].slug, "title": lessons[at].title} if at < len(lessons) else None


def _words_in(said: ToldStep) -> dict[str, dict[str, str]]:
    """The entries of the glossary whose words a step prints bold, by these words."""
    blocks: Sequence[Block] = (*said.text, *said.after, *said.consequence)
    strong = {plain(span.inside) for words in lines_of(blocks) for span in spans(words) if span.kind == "strong"}
    return {words: _word(known) for words in sorted(strong) if (known := meaning(words))}


def _word(word: Word) -> dict[str, str]:
    lesson = lesson_of(word.lesson)
    return {
        "slug": word.slug,
        "name": word.name,
        "also": ", ".join(word.also),
        "meaning": as_html(word.meaning),
        "lesson": lesson.slug if lesson else "",
        "title": lesson.title if lesson else "",
    }


# A challenge.


def attempt_told(challenge: Challenge, attempt: Attempt, experiment: Experiment) -> str:
    """What the player is told of a challenge and of how the experiment does at it, as JSON."""
    lesson = lesson_of(challenge.lesson)
    by = optimizer_of(attempt.run.optimizer)
    return json.dumps(
        {
            "kind": "challenge",
            "slug": challenge.slug,
            "title": challenge.title,
            "text": blocks_as_html(challenge.task),
            "passed": attempt.passed,
            "by": f"{by.name} at {written(attempt.run.lr)}" if len(experiment.runs) > 1 else "",
            "parts": [{"met": part.met, "words": part.words} for part in attempt.parts],
            "hints": [as_html(words) for words in challenge.hints],
            "lesson": {"slug": lesson.slug, "title": lesson.title} if lesson else None,
        }
    )


# All of them.


@lru_cache(maxsize=1)
def shelf_told() -> dict[str, Any]:
    """All that the page of all lessons shows."""
    _, complaints = at_start()
    return {
        "groups": [{"name": name, "cards": [_card(one) for one in some]} for name, some in grouped().items()],
        "challenges": [_listed(one) for one in challenges()[0]],
        "words": [_word(one) for one in glossary()[0]],
        # Where a folder lies is nobody's business.
        "complaints": [f"{File(one.file).name}, line {one.line}: {one.words}" for one in complaints],
    }


def _card(lesson: Lesson) -> dict[str, Any]:
    named = {"slug": lesson.slug, "title": lesson.title, "question": lesson.question}
    return {**named, "of": len(lesson.steps), "picture": picture_of(lesson.slug)}


def grouped() -> dict[str, list[Lesson]]:
    """All lessons by the name of their group; a teacher's own without one stand together."""
    groups: dict[str, list[Lesson]] = {}
    for one in at_start()[0]:
        groups.setdefault(one.group or "More lessons", []).append(one)
    return groups


def _listed(challenge: Challenge) -> dict[str, str]:
    return {"slug": challenge.slug, "title": challenge.title, "text": _together(challenge.task)}


def _together(blocks: Iterable[Block]) -> str:
    """Paragraphs in one."""
    words: list[Words] = lines_of(blocks)
    return " ".join(as_html(one) for one in words)
