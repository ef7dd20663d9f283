"""A lesson on paper: its questions with the pictures before the run on one sheet, the answers on another."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from html import escape

import segno

from app.comparison import Comparison, words_of
from app.experiment import Pick, Run
from app.handouts.picture import Look, png
from app.handouts.sheet import GALLERY, PLAN, lesson_link, page, top
from app.labels import compact, label_of, value_words
from app.player import BASE
from core.entry import Entry
from lessons.library import at_start
from lessons.model import Block, Choose, Click, Lesson, RunName, SetRate, Span, Stage, Step, ToldStep, Words
from lessons.quantities import written
from lessons.telling import goal_of, told
from lessons.text import as_html, blocks_as_html
from optimizers import OPTIMIZERS, RULES

# Before the run there is the start and the minimum; after it the paths, smaller.
BEFORE = Look(216, path=3, marker=13, ring=5, cross=6, paths=False, bands=12, times=2)
AFTER = Look(168, path=2.6, marker=10, ring=3.5, cross=5, bands=10, times=3)


def lesson_of(slug: str) -> Lesson | None:
    """The lesson of a slug, ours or a teacher's own."""
    return next((lesson for lesson in at_start()[0] if lesson.slug == slug), None)


def address(lesson: Lesson, origin: str) -> str:
    """Where a lesson is in the app, in full."""
    return f"{origin}{BASE}{lesson_link(lesson.slug).removeprefix('.')}"


def worksheet(lesson: Lesson, origin: str) -> str:
    """The page of a lesson that is reached under `origin`."""
    at = address(lesson, origin)
    questions, answers = _sheets(lesson)
    code = segno.make(at, micro=False, error="m").svg_inline(border=2, dark="#000", light="#fff", omitsize=True)
    ways = (
        ("Ravine", "./"),
        ("Lessons", "./lessons"),
        ("Gallery", f"./{GALLERY}"),
        ("A class of 45 minutes", f"./{PLAN}"),
    )
    return page(
        f"{lesson.title}: worksheet",
        '<section class="sheet">'
        + top(lesson.title, *ways)
        + '<div class="lead"><div class="words">'
        + '<p class="screen muted">Printed, this is one sheet or more with the questions, and the answers behind them.</p>'
        + f'<p>{escape(lesson.question)}</p><p>Guess first, then run it: <a href="{escape(at)}">{escape(_read(at))}</a></p>'
        + '<p style="margin-top:18px">Name <span class="blank" style="display:inline-block;width:60%"></span></p></div>'
        + f'<div class="qr" role="img" aria-label="QR code of this lesson\'s address">{code}</div></div>{questions}</section>'
        + f'<section class="sheet"><h1>{escape(lesson.title)}: the answers</h1>{_source(lesson)}{answers}</section>',
    )


def _read(at: str) -> str:
    """An address as one types it."""
    return at.removeprefix("http://").removeprefix("https://")


def _source(lesson: Lesson) -> str:
    return f'<p class="muted">After {escape(lesson.source)}.</p>' if lesson.source else ""


@lru_cache(maxsize=32)
def _sheets(lesson: Lesson) -> tuple[str, str]:
    """Questions and answers, which are the same under whatever address."""
    steps = [(number, step, told(step)) for number, step in enumerate(lesson.steps, 1)]
    return (
        "".join(_task(number, step, said) for number, step, said in steps),
        "".join(_answer(number, step, said) for number, step, said in steps),
    )


def _task(number: int, step: Step, said: ToldStep) -> str:
    words = f"{_runs(step)}{_blocks(said.text)}{_asked(step, said)}"
    return _part(number, said.heading, words, list(_pictures(step.stage, BEFORE)))


def _answer(number: int, step: Step, said: ToldStep) -> str:
    words = (
        f"<h3>{_html(said.reveal)}</h3>{_chosen(step, said)}{_blocks(said.after)}{_table(said, step.stage)}"
        f"{_blocks(said.consequence)}"
    )
    return _part(number, said.heading, words, list(_pictures(step.stage, AFTER)))


def _part(number: int, heading: Words, words: str, pictures: list[str]) -> str:
    pair = " pair" if len(pictures) > 1 else ""
    return (
        f'<article class="task{pair}"><h2 style="margin:0 0 8px">{number}. {_html(heading)}</h2>'
        f'<div class="both"><div class="words">{words}</div><div class="pictures">{"".join(pictures)}</div></div></article>'
    )


# Pictures.


def _pictures(stage: Stage, look: Look) -> Iterator[str]:
    """A picture of each scene; two that look alike are one."""
    files = [png(scene, look) for scene in stage.scenes]
    titles = [""]
    if isinstance(stage.asked, Comparison):
        titles = [f"{side}: {title}" for side, (title, _) in zip(("Left", "Right"), words_of(stage.asked), strict=True)]
    if len(set(files)) == 1:
        files, titles = files[:1], ["Left and right alike"] if len(titles) > 1 else titles
    for file, title in zip(files, titles, strict=True):
        caption = f"<figcaption>{escape(title)}</figcaption>" if title else ""
        shows = "the runs" if look.paths else "the start and the minimum"
        data = base64.b64encode(file).decode()
        size = look.size
        yield (
            f'<figure>{caption}<img src="data:image/png;base64,{data}" width="{size}" height="{size}" '
            f'alt="The loss from above, with {shows}"></figure>'
        )


# Runs, questions and answers.


def _run(stage: Stage, name: RunName) -> Run:
    return next(run for run in stage.scenes[name.side].runs if run.slot == name.slot)


def _runs(step: Step) -> str:
    """What each run is: its method, its rate and its rules; where a rate is to be set that run alone, as on the page."""
    rows, stage = [], step.stage
    asked = step.question.run if isinstance(step.question, SetRate) else None
    for name in stage.names if asked is None else (asked,):
        run = _run(stage, name)
        what = ", ".join([OPTIMIZERS[run.optimizer.slug].name, f"rate {compact(run.lr)}", *_more(run)])
        rows.append(
            f"<tr><td>{_key(name)}<strong>{escape(_said(name, stage))}</strong></td><td>{escape(what)}</td></tr>"
        )
    return f"<table>{''.join(rows)}</table>"


def _more(run: Run) -> Iterator[str]:
    """What a run has beside its rate: fields that are off their defaults, and rules with theirs."""
    yield from _fields(run.optimizer, OPTIMIZERS[run.optimizer.slug])
    for rule in run.rules:
        own = ", ".join(_fields(rule, RULES[rule.slug]))
        yield _small(RULES[rule.slug].name) + (f" ({own})" if own else "")


def _fields(pick: Pick, entry: type[Entry]) -> Iterator[str]:
    declared = {p.name: p for p in entry.params_with(dict(pick.fields))}
    for name, value in pick.fields:
        yield f"{_small(label_of(declared[name]))} {value_words(declared[name], value)}"


def _small(words: str) -> str:
    """Words within a sentence; L1 stays L1."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def _said(name: RunName, stage: Stage) -> str:
    side = (" (left)", " (right)")[name.side] if len(stage.pair) > 1 else ""
    return f"{name.name.replace('_', ' ')}{side}"


def _key(name: RunName) -> str:
    return f'<span class="key" style="background:var(--run-{name.slot})"></span>'


def _asked(step: Step, said: ToldStep) -> str:
    match step.question:
        case Choose():
            return f'<ul class="choices">{"".join(f"<li>{_html(one.words)}</li>" for one in said.choices)}</ul>'
        case Click(run=run):
            whose = f" of {run.name}" if run else ""
            return f"<p>Mark in the picture where you expect the end{escape(whose)}.</p>"
        case SetRate(run=run):
            return f'<p>A rate for {escape(run.name)}:</p><div class="blank"></div>'
    return '<div class="blank"></div>'


def _chosen(step: Step, said: ToldStep) -> str:
    """The right answer."""
    match step.question:
        case Choose():
            items = "".join(f"<li{' class=right' if one.right else ''}>{_html(one.words)}</li>" for one in said.choices)
            return f'<ul class="choices">{items}</ul>'
        case Click() as question:
            x, y = goal_of(question, step.stage)
            return f"<p>It ends at ({written(x)}, {written(y)}).</p>"
        case SetRate(low=low, high=high):
            return f"<p>Any rate from {compact(low)} to {compact(high)}.</p>"
    return ""


def _table(said: ToldStep, stage: Stage) -> str:
    if not said.rows:
        return ""
    head = "".join(f'<th class="number">{escape(label)}</th>' for label in said.columns)
    rows = "".join(
        f"<tr><td>{_key(row.run)}{escape(_said(row.run, stage))}</td>"
        + "".join(f'<td class="number">{escape(cell.shown)}</td>' for cell in row.cells)
        + "</tr>"
        for row in said.rows
    )
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>"


# Words without buttons.


def _still(words: Words) -> Words:
    """The same words on paper, where no number can be clicked."""
    return tuple(
        Span("text", one.quantity.shown) if one.quantity else replace(one, inside=_still(one.inside)) for one in words
    )


def _html(words: Words) -> str:
    return as_html(_still(words))


def _blocks(blocks: tuple[Block, ...]) -> str:
    return blocks_as_html([replace(block, items=tuple(map(_still, block.items))) for block in blocks])
