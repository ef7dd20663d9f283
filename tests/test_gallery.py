"""The gallery: every entry can be run, every printed number is met or it is said why not, and the page shows all of it."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from app.comparison import parse_comparison
from app.experiment import parse
from app.handouts.gallery import gallery_page
from app.handouts.sheet import link
from app.player import FILES, PREFIX
from lessons.gallery import FOLDER, LONGEST, TOPICS, Demonstration, compared, demonstration, gallery, signed
from lessons.library import library
from lessons.telling import TYPED
from lessons.text import plain, spans

SHOWN, COMPLAINTS = gallery()
LESSONS = {lesson.slug for lesson in library()[0]}
every = pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.slug)


def test_all_entries_are_read() -> None:
    assert not COMPLAINTS
    assert len(SHOWN) == len(list(FOLDER.iterdir())) >= 40
    assert len({one.slug for one in SHOWN}) == len(SHOWN)
    assert {one.topic for one in SHOWN} == set(TOPICS)
    assert sum(len(one.printed) for one in SHOWN) >= 30


@every
def test_an_entry_says_where_it_is_from_and_what_is_seen(one: Demonstration) -> None:
    assert re.search(r"\d", one.source) or "Wikipedia" in one.source or "Library" in one.source
    assert 5 <= len(plain(one.seen).split()) <= LONGEST
    typed = [number for span in spans(one.seen) if span.kind == "text" for number in TYPED.findall(span.text)]
    assert not typed, "numbers stand in the block of printed ones"
    assert one.lesson in LESSONS | {""}


@every
def test_its_link_is_understood_in_full(one: Demonstration) -> None:
    way, _, query = link(one.stage.page, one.stage.link).partition("?")
    assert way == ("./compare" if one.stage.page == "compare" else "./")
    asked, complaints = (parse_comparison if one.stage.page == "compare" else parse)(parse_qs(query))
    assert not complaints
    assert asked == one.stage.asked


@every
def test_printed_numbers_are_met_or_it_is_said_why_not(one: Demonstration) -> None:
    for row in compared(one):
        assert row.met != bool(row.but), f"{row.label}: printed {row.printed}, here {row.ours}"
        if row.met:
            assert row.printed == row.ours
        else:
            assert len(row.but.split()) > 5


def test_the_page_shows_every_entry_with_its_numbers_and_runs_nothing() -> None:
    page = gallery_page()
    assert "<script" not in page
    assert " on" + "click" not in page
    for one in SHOWN:
        (card,) = re.findall(rf'<article class="card" id="{one.slug}">.*?</article>', page, re.DOTALL)
        text = unescape(re.sub("<[^>]+>", " ", card))
        for words in (one.title, one.source, plain(one.seen)):
            assert words in text
        for row in compared(one):
            assert row.printed in text
            assert row.ours in text
    for name in re.findall(rf'{PREFIX}/(images/[^" ]+)', page):
        assert name in FILES


@pytest.mark.parametrize(
    ("typed", "shown"), [("-0.5", "−0.5"), ("-0.000000", "0.000000"), ("10", "10"), ("none", "none")]
)
def test_a_minus_is_a_true_one(typed: str, shown: str) -> None:
    assert signed(typed) == shown


GOOD = """---
title: One
topic: The rate
source: A book 2000, 1.1
---
It goes down the hill.
```experiment
link: surface=bowl&steps=20&seed=0&r1=sgd~lr~0.1
```
```printed
x of r1 at 20 = 0.1
```
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("topic: The rate", "topic: Cooking", 3, "topic is one of"),
        ("source: A book 2000, 1.1\n", "", 1, "source"),
        ("It goes down the hill.", "word " * 31, 1, "at most 30 words"),
        ("It goes down the hill.", "One.\n\nTwo.", 1, "one paragraph"),
        ("x of r1 at 20 = 0.1", "x of r1 at 20 < 0.1", 11, "a printed number is like"),
        ("x of r1 at 20 = 0.1", "x of r2 at 20 = 0.1", 11, "no run here"),
        ("x of r1 at 20 = 0.1", "but: why", 11, "printed"),
        ("surface=bowl&", "surface=hill&", 8, "the link"),
        ("title: One", "title: One\nside: left", 3, "on Compare"),
        ("```experiment", "```claims", 7, "cannot stand there"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in GOOD
    file = tmp_path / "one.md"
    file.write_text(GOOD, encoding="utf-8")
    assert demonstration(file)[0] is not None
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    made, complaints = demonstration(file)
    assert made is None
    assert any(one.line == line and words in one.words for one in complaints), complaints
