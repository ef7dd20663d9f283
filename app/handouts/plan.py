"""A class as one page: minutes, lesson, what to ask, what to look for, and the worksheets that go with it."""

from functools import cache
from html import escape

from app.handouts.sheet import GALLERY, lesson_link, page, small, top, worksheet_link
from lessons.library import at_start
from lessons.plan import Plan, PlanPart, plans
from lessons.text import as_html, plain


@cache
def plan_page() -> str:
    """All plans, one after the other."""
    shown, _ = plans()
    return page(shown[0].title if shown else "Plans", "".join(map(_plan, shown)))


def _plan(one: Plan) -> str:
    titles = {lesson.slug: lesson.title for lesson in at_start()[0]}
    begun, rows = 0, ""
    for part in one.parts:
        rows += _row(part, begun, titles)
        begun += part.minutes
    head = "<tr><th>Minutes</th><th></th><th>Lesson</th><th>Ask</th><th>Look for</th></tr>"
    sheets = "".join(
        f'<li><a href="{worksheet_link(slug)}">{escape(titles[slug])}</a></li>'
        for slug in one.lessons
        if slug in titles
    )
    ways = (("Ravine", "./"), ("Lessons", "./lessons"), ("Gallery", f"./{GALLERY}"))
    return (
        f'<section class="sheet">{top(one.title, *ways)}<p>{escape(one.about)}</p>'
        f'<table class="plan"><thead>{head}</thead><tbody>{rows}</tbody></table>'
        f"<h2>To hand out</h2><p>A worksheet for each lesson, with the answers on a second sheet:</p>"
        f"<ul class=inline>{sheets}</ul></section>"
    )


def _row(part: PlanPart, begun: int, titles: dict[str, str]) -> str:
    heading = as_html(part.heading)
    picture, way = "", ""
    if part.lesson in titles:
        at = lesson_link(part.lesson)
        picture = f'<a href="{at}" tabindex="-1" aria-hidden="true">{small(f"lessons/{part.lesson}", size=64)}</a>'
        way = f'<br><a href="{at}">{escape(titles[part.lesson])}</a>'
        if plain(part.heading) == titles[part.lesson]:
            heading, way = f'<a href="{at}">{heading}</a>', ""
    return (
        f"<tr><td>{begun}–{begun + part.minutes}</td><td>{picture}</td><td><strong>{heading}</strong>{way}</td>"
        f"<td>{as_html(part.ask)}</td><td>{as_html(part.look)}</td></tr>"
    )
