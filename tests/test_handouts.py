"""Gallery, plan and worksheets as the server hands them out: plain pages, whose links hold wherever the server stands."""

import gzip
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
import segno
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from app import server
from app.handouts import worksheet as sheets
from app.handouts.origin import origin
from app.handouts.sheet import GALLERY, MEDIA, PLAN, STYLE, WORKSHEET, page, small
from app.opening import KeptFiles, PackedAssets, PreloadedPage
from app.player import FILES, PREFIX
from app.security import SecurityHeaders
from lessons.library import library
from lessons.model import Choose, Lesson
from lessons.plan import PlanPart, plan, plans
from lessons.telling import TYPED, told
from lessons.text import plain
from tests.test_opening import ask

ROOT = Path(__file__).parent.parent
LESSONS = library()[0]


def asked(query: str = "", scheme: str = "http", **headers: str) -> Request:
    given = {"host": "ravine.school.example:8501"} | {name.replace("_", "-"): value for name, value in headers.items()}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    scope = {"type": "http", "method": "GET", "path": "/worksheet", "scheme": scheme, "query_string": query.encode()}
    return Request(scope | {"server": ("127.0.0.1", 8501), "headers": raw})


def text_of(response: Response) -> str:
    body = bytes(response.body)
    return (gzip.decompress(body) if "content-encoding" in response.headers else body).decode()


def words(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())


# The server.


@pytest.mark.parametrize("path", [GALLERY, PLAN])
def test_a_page_of_ours_passes_as_it_is_and_under_the_policy(path: str) -> None:
    layers = [
        Middleware(SecurityHeaders, base=""),
        Middleware(KeptFiles, base=""),
        Middleware(PackedAssets, base=""),
        Middleware(PreloadedPage, base="", plain=(GALLERY, PLAN, WORKSHEET)),
    ]
    app = Starlette(routes=server.routes, middleware=layers)
    answer = ask(app, f"/{path}", accept_encoding="gzip")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "no-cache" in answer.headers["cache-control"]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    html = answer.text.decode()
    # Nothing of the player's is fetched, and nothing runs.
    assert "preload" not in html
    assert "<script" not in html
    assert ask(app, f"/{path}").body.decode() == html
    assert ask(app, f"/{path}", method="HEAD").status == 200


def test_the_server_s_own_pages_are_left_without_preload_links() -> None:
    (layer,) = [layer for layer in server.app._user_middleware if layer.cls is PreloadedPage]
    assert set(layer.kwargs["plain"]) == {GALLERY, PLAN, WORKSHEET}
    paths = {route.path for route in server.routes}
    assert {f"/{name}" for name in (GALLERY, PLAN, WORKSHEET)} <= paths


@pytest.mark.parametrize("slug", ["", "no-such", "../plan", "<b>", "one-rate' or 1"])
def test_a_lesson_that_is_not_there_is_said_in_words_that_repeat_nothing(slug: str) -> None:
    answer = server.handout(asked(f"lesson={quote(slug)}"))
    assert answer.status_code == 404
    assert text_of(answer) == "There is no lesson of that name."


# Where it is reached.


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8501", "ravine.school.example", "[::1]:8501", "ravine_app:80", "xn--schle-kva.de"]
)
def test_the_link_on_paper_is_the_host_s_that_was_asked(host: str) -> None:
    assert origin(asked(host=host)) == f"http://{host}"
    assert origin(asked(host=host, scheme="https")) == f"https://{host}"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "a/b",
        'a"><script>',
        "user@host",
        "host:123456",
        "javascript:alert(1)",
        "a" * 300,
        "host\\x",
        "h?x",
        "h#x",
        "a..b",
    ],
)
def test_a_host_that_is_none_is_refused(host: str) -> None:
    answer = server.handout(asked("lesson=one-rate", host=host))
    assert answer.status_code == 400
    assert host not in text_of(answer) or not host


@pytest.mark.parametrize(
    ("told_of", "scheme"),
    [
        ("https", "https"),
        ("HTTPS, http", "https"),
        ("http", "http"),
        ("javascript", "http"),
        ("", "http"),
        ("https://x", "http"),
    ],
)
def test_a_proxy_says_that_the_way_was_a_safe_one(told_of: str, scheme: str) -> None:
    assert origin(asked(x_forwarded_proto=told_of)) == f"{scheme}://ravine.school.example:8501"


def test_under_a_path_of_its_host_all_addresses_have_that_path() -> None:
    code = (
        "from streamlit import config; config.set_option('server.baseUrlPath', 'school');"
        "from app.handouts.worksheet import lesson_of, worksheet; from app.handouts.plan import plan_page;"
        "print(worksheet(lesson_of('one-rate'), 'https://h.example')); print(plan_page())"
    )
    env = os.environ | {"PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert "https://h.example/school/lessons?lesson=one-rate" in done.stdout
    assert 'src="/school/ravine/' in done.stdout
    assert 'url("/school/static/media/' in done.stdout
    assert not re.findall(r'(?:src|href)="/(?!school/)', done.stdout)


# The frame.


def test_type_and_pictures_are_files_that_are_there() -> None:
    faces = re.findall(r'url\("/static/media/([^"]+)"\)', STYLE)
    assert len(faces) == 3
    for face in faces:
        assert (MEDIA / face).exists()
    names = re.findall(rf"{PREFIX}/(images/[^\"]+)", small("lessons/one-rate"))
    assert sorted(names) == ["images/lessons/one-rate-dark.png", "images/lessons/one-rate-light.png"]
    assert set(names) <= set(FILES)
    assert "{light}" not in STYLE
    assert "{dark}" not in STYLE


def test_titles_and_texts_are_no_markup() -> None:
    assert "<title>&lt;b&gt; · Ravine</title>" in page("<b>", "")


# Worksheets.


# One of each kind: one scene and two, tables and none, pictures that are alike and not, runs with rules, a plateau.
SHEETS = [one for one in LESSONS if one.slug in ("one-rate", "cross-entropy", "mini-batches", "cliff", "exactly-zero")]


@pytest.mark.parametrize("lesson", SHEETS, ids=lambda one: one.slug)
def test_a_worksheet_asks_on_one_sheet_and_answers_on_the_next(lesson: Lesson) -> None:
    answer = server.handout(asked(f"lesson={lesson.slug}", accept_encoding="gzip"))
    assert answer.status_code == 200
    html = text_of(answer)
    assert "<script" not in html
    assert "<button" not in html
    first, second = re.findall(r'<section class="sheet">(.*?)</section>', html, re.DOTALL)
    at = f"http://ravine.school.example:8501/lessons?lesson={lesson.slug}"
    assert f'href="{at}"' in first
    assert (
        segno.make(at, micro=False, error="m").svg_inline(border=2, dark="#000", light="#fff", omitsize=True) in first
    )
    assert lesson.title in unescape(first)
    asks, answers = (re.findall(r"<article.*?</article>", part, re.DOTALL) for part in (first, second))
    assert len(asks) == len(answers) == len(lesson.steps)
    for step, ask_part, answer_part in zip(lesson.steps, asks, answers, strict=True):
        said = told(step)
        asked_words, told_words = words(ask_part), words(answer_part)
        assert plain(said.heading) in asked_words
        assert plain(said.reveal) in told_words
        assert plain(said.reveal) not in asked_words
        for row in said.rows:
            for cell in row.cells:
                assert cell.shown in told_words
        if isinstance(step.question, Choose):
            assert ask_part.count("class=right") == 0
            assert answer_part.count("class=right") == 1
            for choice in said.choices:
                assert plain(choice.words) in asked_words
        pictures = [set(re.findall(r"base64,([^\"]+)", part)) for part in (ask_part, answer_part)]
        assert 1 <= len(pictures[0]) <= len(step.stage.pair)
        assert pictures[1]
        assert not pictures[0] & pictures[1]


def test_a_question_with_a_click_and_one_with_a_rate_are_asked_on_paper_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.md").write_text(
        """---
title: <Own> & more
question: Where?
---
# Where does it end?
```experiment
link: surface=bowl~condition~4&start=-4~2&steps=60&seed=0&r1=sgd~lr~0.1
names: gd r1
```
```question
click: minimum (0, 0)
```
## In the middle.
# Which rate?
```experiment
link: surface=bowl~condition~4&start=-4~2&steps=60&seed=0&r1=sgd~lr~0.1
names: gd r1
```
```question
rate: gd in 0.2..0.4
goal: converged before 40
```
## One in between.
""",
        encoding="utf-8",
    )
    lessons, complaints = library(tmp_path)
    assert not complaints
    monkeypatch.setattr(sheets, "at_start", lambda: (lessons, ()))
    html = text_of(server.handout(asked("lesson=own")))
    assert "<Own>" not in html
    said = words(html)
    for sentence in (
        "Mark in the picture where you expect the end.",
        "It ends at (0, 0).",
        "A rate for gd:",
        "Any rate from 0.2 to 0.4.",
        "<Own> & more",
    ):
        assert sentence in said


def test_what_parts_the_runs_is_said_of_each() -> None:
    lessons = {lesson.slug: lesson for lesson in LESSONS}
    html = "".join(sheets._runs(step) for slug in ("pit", "decay", "exactly-zero") for step in lessons[slug].steps)
    for what in (
        "Momentum, rate 0.05, momentum 0.98",
        "Gradient descent, rate 0.1, gradient noise (size 0.1)",
        "Adam, rate 0.3, coupled L2 (decay 1)",
        "FTRL-Proximal, rate 1, L1",
    ):
        assert what in words(html)


def test_where_a_rate_is_to_be_set_no_other_run_tells_it() -> None:
    (step,) = (
        one
        for one in next(lesson for lesson in LESSONS if lesson.slug == "too-high").steps
        if one.stage.names[-1].name == "best"
    )
    said = words(sheets._runs(step))
    assert "Gradient descent, rate 0.05" in said
    assert "0.1538" not in said


# A class.


def test_a_class_has_its_minutes_and_leads_to_its_lessons_and_their_worksheets() -> None:
    shown, complaints = plans()
    assert not complaints
    html = text_of(server.plan(asked()))
    slugs = {lesson.slug for lesson in LESSONS}
    for one in shown:
        assert one.minutes == 45
        assert str(one.minutes) in one.title
        assert one.lessons
        assert set(one.lessons) <= slugs
        for slug in one.lessons:
            assert f'href="./lessons?lesson={slug}"' in html
            assert f'href="./worksheet?lesson={slug}"' in html
        for part in one.parts:
            for sentence in (part.heading, part.ask, part.look):
                assert plain(sentence) in words(html)
                assert not TYPED.findall(plain(sentence))
        assert f"{45 - one.parts[-1].minutes}–45" in html


CLASS = """---
title: A class
about: What it is about.
---
# One
```part
minutes: 5
lesson: one-rate
```
Ask this.

Look there.
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("minutes: 5", "minutes: long", 7, "minutes are"),
        ("minutes: 5", "minutes: 0", 7, "minutes are"),
        ("Look there.", "", 5, "two paragraphs"),
        ("# One", "One", 1, "a plan has parts"),
        ("```part", "```question", 6, "cannot stand there"),
        ("title: A class\n", "", 1, "title"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    file = tmp_path / "class.md"
    file.write_text(CLASS, encoding="utf-8")
    made, complaints = plan(file)
    assert not complaints
    assert made is not None
    assert isinstance(made.parts[0], PlanPart)
    assert made.minutes == 5
    file.write_text(CLASS.replace(old, new, 1), encoding="utf-8")
    made, complaints = plan(file)
    assert made is None
    assert any(one.line == line and said in one.words for one in complaints), complaints
