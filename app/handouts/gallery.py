"""The gallery as a page: what textbooks draw, each with picture, source, link and the printed numbers beside ours."""

from functools import cache
from html import escape
from itertools import groupby

from app.handouts.sheet import PLAN, lesson_link, link, page, small, top
from lessons.gallery import Compared, Demonstration, compared, gallery
from lessons.library import at_start
from lessons.text import as_html

TITLE = "What textbooks draw"


@cache
def gallery_page() -> str:
    """The whole page; of every entry whose source prints a number the runs are run once for it."""
    shown, _ = gallery()
    parts = [top(TITLE, ("Ravine", "./"), ("Lessons", "./lessons"), ("A class of 45 minutes", f"./{PLAN}"))]
    parts.append(
        f"<p>{len(shown)} demonstrations from books, papers and courses, each as a link to run it here. Where the source "
        "prints a number, ours stands beside it: computed, to as many digits.</p>"
    )
    for topic, entries in groupby(shown, key=lambda one: one.topic):
        cards = "".join(_card(one) for one in entries)
        parts.append(f'<section><h2>{escape(topic)}</h2><div class="cards">{cards}</div></section>')
    return page("Gallery", "".join(parts))


def _card(one: Demonstration) -> str:
    run = escape(link(one.stage.page, one.stage.link))
    titles = {lesson.slug: lesson.title for lesson in at_start()[0]}
    links = [f'<a href="{run}">Run it</a>']
    if one.lesson in titles:
        links.append(f'<a href="{lesson_link(one.lesson)}">Lesson: {escape(titles[one.lesson])}</a>')
    return (
        f'<article class="card" id="{one.slug}"><a href="{run}" tabindex="-1" aria-hidden="true">'
        f"{small(f'gallery/{one.slug}', size=96)}</a>"
        f'<div><h3>{escape(one.title)}</h3><p class="muted">{escape(one.source)}</p><p>{as_html(one.seen)}</p>'
        f'{_table(compared(one))}<p class="links">{"".join(links)}</p></div></article>'
    )


def _table(rows: tuple[Compared, ...]) -> str:
    if not rows:
        return ""
    body = "".join(
        f'<tr{" class=told" if row.but else ""}><td>{escape(row.label)}</td><td class="number">{escape(row.printed)}</td>'
        f'<td class="number">{escape(row.ours)}</td></tr>'
        + (f'<tr class="reason"><td colspan="3">{escape(_sentence(row.but))}</td></tr>' if row.but else "")
        for row in rows
    )
    head = '<tr><th></th><th class="number">printed</th><th class="number">here</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _sentence(words: str) -> str:
    return f"Not met: {words}."
