"""Challenges: a right attempt passes, a wrong one is told in words what is missing, and so is who changed what is given."""

from pathlib import Path
from urllib.parse import parse_qs

import pytest

from app.experiment import Experiment, parse
from lessons.challenge import attempt, challenge, challenges
from lessons.library import library
from lessons.model import Challenge
from lessons.telling import typed_numbers

CHALLENGES, COMPLAINTS = challenges()
KNOWN = {one.slug: one for one in CHALLENGES}
EACH = pytest.mark.parametrize("asked", CHALLENGES, ids=lambda one: one.slug)


def linked(asked: Challenge, **changed: str) -> Experiment:
    """The experiment from which a challenge begins, with some parts of its link changed."""
    query = {key: [value] for key, value in asked.stage.query.items()} | {
        key.replace("_", "."): [value] for key, value in changed.items() if value
    }
    experiment, complaints = parse({key: value for key, value in query.items() if changed.get(key) != ""})
    assert not complaints
    return experiment


RIGHT = {
    "forty-steps": {"r2": "momentum~lr~0.0331~momentum~0.67"},
    "adam-diverges": {"r4": "adam~lr~1000"},
    "bounce-for-ever": {"r1": "sgd~lr~0.1666"},
    "the-fourth-valley": {"start": "4~-2"},
    "off-the-ridge": {"r1_1": "noise"},
    "tame-the-cliff": {"r1_1": "clip_norm"},
    "drop-the-word": {"r1": "ftrl~lr~1~l1~5"},
    "quiet-batches": {"schedule": "cosine~T_max~200"},
}
# What does the same by what is not allowed, or not all of it, and what is then said.
WRONG = [
    ("forty-steps", {"r2": "", "r1": "lbfgs~lr~1"}, "only Momentum counts; this is L-BFGS"),
    ("forty-steps", {"r2": "momentum~lr~0.0331~momentum~0.67", "start": "0.1~0"}, "the start stays as it is given"),
    ("forty-steps", {"r2": "momentum~lr~0.0331~momentum~0.67", "surface": "bowl"}, "the surface stays as it is given"),
    ("forty-steps", {"r2": "momentum~lr~0.02~momentum~0.9"}, "Momentum: converged before 41; here"),
    ("adam-diverges", {"r4": "sgd~lr~10"}, "only Adam counts; this is Gradient descent"),
    ("bounce-for-ever", {"r1": "sgd~lr~0.172"}, "not left; here left at"),
    ("bounce-for-ever", {"r1": "sgd~lr~0.1666", "steps": "60"}, "steps: at least 120; here 60"),
    ("the-fourth-valley", {"start": "3~2"}, "y of Gradient descent at end < -1; here"),
    ("the-fourth-valley", {"start": "4~-2", "r1": "sgd~lr~0.02"}, "the rate: at most 0.01; here 0.02"),
    ("off-the-ridge", {"start": "-1.6~0.1"}, "the start stays as it is given"),
    ("tame-the-cliff", {"r1": "sgd~lr~0.05", "r1_1": "clip_norm"}, "the rate: at least 0.1; here 0.05"),
    ("drop-the-word", {"r1": "ftrl~lr~1~l1~0"}, "= exactly 0; here"),
    ("quiet-batches", {"surface": "linear_regression~normalization~standardize"}, "the surface stays as it is given"),
    ("quiet-batches", {"r1_1": "early_stopping"}, "the rules of the run stay as they are given"),
]


def test_none_is_broken_and_each_leads_to_a_lesson() -> None:
    assert not COMPLAINTS
    assert set(RIGHT) == set(KNOWN)
    slugs = {lesson.slug for lesson in library()[0]}
    for asked in CHALLENGES:
        assert asked.lesson in slugs
        assert asked.hints
        assert asked.conditions
        assert not typed_numbers(asked)


@EACH
def test_what_a_challenge_begins_with_does_not_pass(asked: Challenge) -> None:
    found = attempt(asked, linked(asked))
    assert not found.passed
    assert found.missing


@EACH
def test_a_right_attempt_passes(asked: Challenge) -> None:
    found = attempt(asked, linked(asked, **RIGHT[asked.slug]))
    assert found.passed, found.missing
    assert not found.missing


@pytest.mark.parametrize(("slug", "changed", "words"), WRONG)
def test_a_wrong_attempt_is_told_what_is_missing(slug: str, changed: dict[str, str], words: str) -> None:
    asked = KNOWN[slug]
    found = attempt(asked, linked(asked, **changed))
    assert not found.passed
    assert any(words in said for said in found.missing), found.missing


def test_of_several_runs_the_one_that_comes_nearest_counts() -> None:
    asked = KNOWN["forty-steps"]
    found = attempt(asked, linked(asked, r1="sgd~lr~0.0198", r3="momentum~lr~0.0331~momentum~0.67"))
    assert found.passed
    assert found.run.slot == 3


GOOD = """---
title: My own
---
Bring it down.
```experiment
link: surface=bowl&schedule=constant&steps=60&seed=0&r1=sgd~lr~0.01
```
```goal
run: converged
any: converged
loss of r1 at end < 1
```
```conditions
methods: sgd, momentum
steps: at most 60
rules: none
```
```hints
Try.
```
"""


def read(folder: Path, text: str) -> tuple[Challenge | None, list[str]]:
    path = folder / "own.md"
    path.write_text(text, encoding="utf-8")
    asked, complaints = challenge(path, ours=False)
    return asked, [str(one) for one in complaints]


def test_a_challenge_of_ones_own(tmp_path: Path) -> None:
    asked, complaints = read(tmp_path, GOOD)
    assert asked is not None, complaints
    assert parse(parse_qs(asked.stage.link))[0] == asked.stage.asked
    assert attempt(asked, linked(asked, r1="sgd~lr~0.1")).passed
    missing = attempt(asked, linked(asked, r1="", r2="sgd~lr~0.1")).missing
    assert missing == ("loss of r1 at end < 1: there is no run r1",)


@pytest.mark.parametrize(
    ("found", "put", "line", "words"),
    [
        ("Bring it down.\n", "", 1, "a challenge has a text"),
        ("```goal", "```goals", 8, "```goals cannot stand there"),
        ("run: converged", "run: happy", 9, "'happy' is no verdict"),
        ("run: converged", "walk: converged", 9, "runs are run, r1"),
        ("sgd, momentum", "sgd, speed", 14, "methods are named as in a link"),
        ("at most 60", "few", 15, "`at most 40` or `at least 40`"),
        ("rules: none", "rules: all", 16, "`as given` or `none`"),
        ("rules: none", "colour: red", 16, "names are methods, surface, schedule"),
        ("link: surface=bowl", "link: surface=bowl&vs=lr~2", 5, "not on compare"),
    ],
)
def test_a_broken_challenge_is_told_its_line(tmp_path: Path, found: str, put: str, line: int, words: str) -> None:
    asked, complaints = read(tmp_path, GOOD.replace(found, put, 1))
    assert asked is None
    assert any(one.startswith(f"own.md, line {line}:") and words in one for one in complaints), complaints
