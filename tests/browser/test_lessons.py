"""Lessons as a student walks them, by keyboard alone, on a laptop and in the hand, light and dark; and all around them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from app import telling
from app.comparison import parse_comparison
from app.experiment import parse
from lessons.challenge import challenges
from lessons.library import at_start
from lessons.model import Choose, Click, Lesson, SetRate
from lessons.telling import told
from lessons.text import plain

from .conftest import ROOT, Browse, browsing, serving
from .driver import (
    CONTOUR,
    count_near,
    panel_steps,
    picture,
    place,
    query_of,
    run_colours,
    save_picture,
    step,
    wait_until,
)

LESSONS = at_start()[0]
LAPTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 650}}
HAND: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
HEADING = ".rv-lesson-top h2"
# What of the words and of the page has no room: sideways nothing may, and on a laptop the page is whole.
OVER = """() => {
    const over = (e) => e && [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight];
    return [over(document.querySelector("[data-testid=stMain]")), over(document.querySelector(".rv-lesson-body"))];
}"""
CUT = """() => [...document.querySelectorAll(
        ".rv-lesson-body :is(button, td, th, p, b, .rv-lesson-table), .rv-lesson-top :is(h2, b)")]
    .filter((e) => e.clientWidth && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow !== "visible")
    .map((e) => e.textContent)"""


def open_lesson(page: Page, query: str) -> None:
    page.goto(f"/lessons?{query}")
    page.wait_for_selector(".ravine[data-painted]")


def at(page: Page, lesson: Lesson, number: int) -> None:
    """Wait until a step is on the page."""
    page.wait_for_function(
        """([slug, far]) => new URL(location).searchParams.get("lesson") === slug
            && document.querySelector(".rv-far")?.textContent === far""",
        arg=[lesson.slug, f"{number} of {len(lesson.steps)}"],
    )
    wait_until(page, "d.asked === 'true'")


def walk(page: Page, lesson: Lesson, phone: bool) -> None:
    """A lesson from where it begins to its end, with keys; every word and number is that of its own runs."""
    for number, taught in enumerate(lesson.steps, 1):
        at(page, lesson, number)
        said, question = told(taught), taught.question
        expect(page.locator(HEADING)).to_have_text(plain(said.heading))
        assert step(page) == 0
        # No picture of a step before stays.
        expect(page.locator(".rv-scene")).to_have_count(len(taught.stage.scenes))
        judged = ""
        if isinstance(question, Choose):
            # The right answer to every other question.
            right = next(i for i, choice in enumerate(question.choices) if choice.right)
            pressed = right if number % 2 else (right + 1) % len(question.choices)
            page.keyboard.press(str(pressed + 1))
            expect(page.locator(".rv-lesson-choice").nth(pressed)).to_have_attribute("aria-checked", "true")
            judged = "right" if number % 2 else "not quite"
        elif isinstance(question, Click):
            page.locator(f"{CONTOUR} .rv-over").focus()
            page.keyboard.press("Shift+ArrowRight")
            expect(page.locator(".rv-lesson-how")).to_contain_text("Your guess is the ring")
            judged = "not quite"
        fits(page, phone)
        # With reduced motion all of a run is seen at once.
        page.keyboard.press("Enter")
        page.wait_for_selector(".rv-lesson-ways a")
        expect(page.locator(HEADING)).to_have_text(plain(said.reveal))
        if judged:
            expect(page.locator(".rv-lesson-chip")).to_have_text(re.compile(f"^You said .*: {judged}$"))
        cells = [[cell.shown for cell in row.cells] for row in said.rows]
        found = page.locator(".rv-lesson-table tbody tr").evaluate_all(
            "rows => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent))"
        )
        assert found == cells
        assert step(page) == max(scene.steps for scene in taught.stage.scenes)
        fits(page, phone)
        page.keyboard.press("PageDown")


def fits(page: Page, phone: bool) -> None:
    assert page.evaluate(CUT) == []
    page_over, words_over = page.evaluate(OVER)
    assert page_over[0] <= 0, page.url
    assert words_over[0] <= 0, page.url
    assert phone or (page_over[1] <= 0 and words_over[1] <= 0), f"{page.url}: {page_over}, {words_over}"


@pytest.mark.parametrize(
    ("look", "first"),
    [((LAPTOP, "light"), 0), ((HAND, "dark"), 4), ((LAPTOP, "dark"), 8), ((HAND, "light"), 12)],
    ids=["laptop", "hand-dark", "laptop-dark", "hand"],
)
def test_every_lesson_is_walked_by_keyboard_alone(browse: Browse, look: tuple[dict[str, Any], str], first: int) -> None:
    size, scheme = look
    page = browse(**size, color_scheme=scheme, reduced_motion="reduce")
    page.set_default_timeout(20_000)
    four = LESSONS[first : first + 4]
    assert len(four) == 4
    open_lesson(page, f"lesson={four[0].slug}")
    # From each last step a lesson leads on to the next.
    for lesson in four:
        walk(page, lesson, size is HAND)
    kept = json.loads(page.evaluate("localStorage.getItem('ravine.lessons')"))
    assert all(kept[lesson.slug]["done"] for lesson in four)


@pytest.fixture(scope="module")
def _laptop(browser: Browser, server: str) -> Iterator[Page]:
    with browsing(browser, server) as browse:
        yield browse(**LAPTOP)


@pytest.fixture
def laptop(_laptop: Page) -> Page:
    return _laptop


def listed(page: Page) -> list[str]:
    """What the header's menu offers, once it is open."""
    page.get_by_role("button", name="Open a lesson").click()
    page.wait_for_selector(".st-key-lessons-list a")
    return page.locator(".st-key-lessons-list a").all_inner_texts()


@pytest.mark.parametrize("path", ["", "compare", "dissect", "lessons?lesson=cliff", "lessons?challenge=adam-diverges"])
def test_every_page_s_header_opens_each_lesson(laptop: Page, path: str) -> None:
    laptop.goto(f"/{path}")
    laptop.wait_for_selector(".ravine[data-painted]")
    top = laptop.locator(".ravine").bounding_box()
    assert top is not None
    # The menu takes no room of the pictures.
    assert top["y"] == 58
    assert listed(laptop) == [lesson.title for lesson in LESSONS]
    laptop.locator(".st-key-lessons-list a", has_text="Decay is not L2").click()
    at(laptop, next(one for one in LESSONS if one.slug == "decay"), 1)


def test_in_the_hand_the_menu_is_a_sign_with_a_name(browse: Browse) -> None:
    page = browse(**HAND)
    page.goto("/")
    page.wait_for_selector(".ravine[data-painted]")
    assert listed(page) == [lesson.title for lesson in LESSONS]
    sign = page.get_by_role("button", name="Open a lesson").bounding_box()
    assert sign is not None
    assert sign["width"] < 60
    page.locator(".st-key-lessons-list a").last.click()
    at(page, LESSONS[-1], 1)


def test_a_step_taken_apart_shows_its_numbers_after_the_guess(laptop: Page) -> None:
    lesson = next(one for one in LESSONS if one.slug == "sigma")
    number = next(k for k, one in enumerate(lesson.steps, 1) if one.stage.page == "dissect")
    open_lesson(laptop, f"lesson=sigma&at={number}")
    hidden = ".rv-remark, .rv-numbers, .rv-table .rv-value"
    seen = f"[...document.querySelectorAll('{hidden}')].filter((e) => e.checkVisibility({{ visibilityProperty: true }})).length"
    laptop.wait_for_selector(".rv-symbols .katex")
    assert laptop.evaluate(seen) == 0
    close_up = laptop.locator(".rv-micro .rv-plot")
    assert "arrows: −gradient" in str(close_up.get_attribute("aria-label"))
    assert "step" not in str(close_up.get_attribute("aria-label")).partition("arrows: ")[2]
    laptop.keyboard.press("2")
    laptop.keyboard.press("Enter")
    laptop.wait_for_function(f"{seen} > 10")
    expect(close_up).to_have_attribute("aria-label", re.compile("arrows: .*−direction.*step"))


def test_before_the_run_nothing_of_it_is_seen_and_nothing_can_be_changed(laptop: Page) -> None:
    open_lesson(laptop, "lesson=one-rate")
    colours = run_colours("light")[:3]
    assert [count_near(picture(laptop, CONTOUR), colour) for colour in colours] == [0, 0, 0]
    labels = json.loads(laptop.locator(CONTOUR).get_attribute("data-labels") or "")
    assert {words for words, _ in labels} == {"start", "−gradient", "minimum"}
    before = laptop.url
    laptop.mouse.click(*place(laptop, 1, 1))
    laptop.locator(f"{CONTOUR} .rv-over").focus()
    laptop.keyboard.press("Shift+ArrowRight")
    laptop.wait_for_timeout(900)
    assert laptop.url == before
    assert laptop.locator(".rv-runs").is_hidden()
    assert laptop.locator('[data-testid="stSidebarUserContent"] input').count() == 0
    assert set(panel_steps(laptop)) == {0}
    # Play is the same as the button and the key.
    laptop.locator(".rv-play").click()
    wait_until(laptop, "d.asked === 'false'")
    laptop.keyboard.press("End")
    expect(laptop.locator(HEADING)).to_contain_text("arrives at step")
    assert all(count_near(picture(laptop, CONTOUR), colour) > 50 for colour in colours)
    # A run without a guess is neither right nor wrong.
    expect(laptop.locator(HEADING)).not_to_contain_text("quite")
    assert laptop.locator(".rv-lesson-chip").count() == 0


def test_a_quoted_number_leads_to_its_step_and_digits_select_runs_by_then(laptop: Page) -> None:
    open_lesson(laptop, "lesson=one-rate")
    laptop.keyboard.press("2")
    laptop.keyboard.press("Enter")
    laptop.keyboard.press("Enter")
    expect(laptop.locator(".rv-lesson-chip")).to_have_text("You said good: right")
    save_picture(laptop, "lesson")
    number = laptop.locator(f"{HEADING} button.ravine-quantity")
    to = int(number.inner_text())
    number.click()
    wait_until(laptop, "d.step === value", str(to))
    laptop.keyboard.press("ArrowRight")
    wait_until(laptop, "d.step === value", str(to + 1))
    laptop.keyboard.press("3")
    expect(laptop.locator(".rv-contour .rv-hint")).to_contain_text("left", timeout=10_000)


def test_the_experiment_is_taken_along_and_the_way_back_remembers_the_place(laptop: Page) -> None:
    lesson = next(one for one in LESSONS if one.slug == "one-rate")
    open_lesson(laptop, "lesson=one-rate&at=2")
    laptop.keyboard.press("Enter")
    laptop.keyboard.press("Enter")
    laptop.locator(".rv-lesson-ways a").click()
    laptop.wait_for_url(re.compile(r"surface=bowl"))
    assert parse(query_of(laptop))[0] == lesson.steps[1].stage.asked
    expect(laptop.locator(".rv-run")).to_have_count(2)
    laptop.get_by_role("link", name="Lessons").click()
    card = laptop.locator(".rv-card[data-slug=one-rate]")
    expect(card.locator("em")).to_have_text("Go on: 2 of 3")
    card.click()
    at(laptop, lesson, 2)
    open_lesson(laptop, "lesson=cross-entropy")
    laptop.keyboard.press("Enter")
    laptop.keyboard.press("Enter")
    laptop.locator(".rv-lesson-ways a").click()
    laptop.wait_for_url(re.compile(r"/compare\?"))
    asked = next(one for one in LESSONS if one.slug == "cross-entropy").steps[0].stage.asked
    assert parse_comparison(query_of(laptop))[0] == asked


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("lesson=nothing", "There is no lesson"),
        ("lesson=one-rate&at=99", "has steps 1 to 3"),
        ("lesson=one-rate&at=-1~%3Cb%3E", "has steps 1 to 3"),
        ("challenge=nothing", "There is no challenge"),
    ],
)
def test_a_broken_link_is_said_in_words(laptop: Page, query: str, words: str) -> None:
    laptop.goto(f"/lessons?{query}")
    expect(laptop.get_by_test_id("stToast")).to_contain_text(words)
    laptop.wait_for_selector(".ravine[data-painted]" if "one-rate" in query else ".rv-card")


def test_a_rate_is_set_where_the_step_asks_for_it(laptop: Page) -> None:
    lesson = next(one for one in LESSONS if isinstance(one.steps[-1].question, SetRate))
    open_lesson(laptop, f"lesson={lesson.slug}&at={len(lesson.steps)}")
    expect(laptop.locator(".rv-run:visible")).to_have_count(1)
    field = laptop.locator(".rv-run .rv-rate").first
    field.fill("0.15")
    field.press("Enter")
    wait_until(laptop, "d.previews >= 1")
    assert step(laptop) == 0
    field.press("Enter")
    wait_until(laptop, "d.asked === 'false'")
    field.press("Enter")
    expect(laptop.locator(".rv-lesson-chip")).to_have_text("You set 0.15: right")
    # The others' rates are only to be read.
    assert laptop.locator(".rv-run .rv-rate").evaluate_all("all => all.map((one) => one.readOnly)") == [False, True]


def test_a_word_says_what_it_means_and_leads_to_its_lesson(laptop: Page) -> None:
    open_lesson(laptop, "lesson=too-high")
    known = json.loads(telling.step_told(telling.lesson_of("one-rate"), 1))["words"]
    open_lesson(laptop, "lesson=one-rate")
    laptop.locator(".rv-word-known").first.click()
    note = laptop.locator(".rv-meaning")
    expect(note).to_contain_text(known["learning rate"]["meaning"])
    laptop.keyboard.press("Escape")
    expect(note).to_have_count(0)
    laptop.goto("/lessons")
    laptop.locator("#glossary dd a").last.click()
    laptop.wait_for_selector(".ravine[data-painted]")


def test_a_challenge_looks_by_itself_and_gives_one_hint_after_the_other(laptop: Page) -> None:
    laptop.goto("/lessons")
    laptop.get_by_role("link", name="Challenges").click()
    laptop.locator("[data-challenge=bounce-for-ever]").click()
    laptop.wait_for_selector(".ravine[data-painted]")
    card = laptop.locator(".rv-task-card")
    expect(card).to_contain_text("Not yet")
    challenge = next(one for one in challenges()[0] if one.slug == "bounce-for-ever")
    for number, hint in enumerate(challenge.hints, 1):
        card.locator("[data-deed=hint]").click()
        expect(card.locator(".rv-hints li")).to_have_count(number)
        expect(card.locator(".rv-hints li").last).to_have_text(plain(hint))
    rate = laptop.locator(".rv-run .rv-rate")
    rate.fill("0.1666")
    rate.press("Enter")
    expect(card.locator(".rv-passed")).to_be_visible()
    assert query_of(laptop)["challenge"] == ["bounce-for-ever"]
    laptop.reload()
    laptop.wait_for_selector(".ravine[data-painted]")
    expect(card.locator(".rv-passed")).to_be_visible()


def test_before_a_class_one_panel_stands_alone_or_nothing_is_seen(laptop: Page) -> None:
    open_lesson(laptop, "lesson=one-rate")
    root = laptop.locator(".ravine")
    for spot in ("words", "main", "curves", ""):
        laptop.keyboard.press("s")
        expect(root).to_have_attribute("data-spot", spot)
    laptop.keyboard.press("b")
    assert picture(laptop, ".ravine").max() < 10
    # Whatever the clicker says, the picture comes back first.
    laptop.keyboard.press("PageDown")
    expect(root).to_have_attribute("data-blank", "false")
    expect(root).to_have_attribute("data-asked", "true")
    laptop.keyboard.press("p")
    wait_until(laptop, "d.full === 'true'")
    assert laptop.locator(".rv-lesson-text p").first.evaluate("p => parseFloat(getComputedStyle(p).fontSize)") > 20
    laptop.keyboard.press("p")
    wait_until(laptop, "d.full === 'false'")


OWN = """---
title: Mine
question: Where does it end?
---
# Where does slow end?
It is **slow**, <b>.
```experiment
link: surface=bowl~condition~12&schedule=constant&start=-4~2.6&steps=60&seed=0&r1=sgd~lr~0.02
names: slow r1
```
```question
click: end of slow
```
## It ends at {slow.x at 60}.
There it is.
"""


def test_a_teacher_s_own_folder_a_click_for_a_guess_and_a_broken_file(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "01-mine.md").write_text(OWN.replace(", <b>", ""), encoding="utf-8")
    (tmp_path / "02-broken.md").write_text(OWN, encoding="utf-8")
    monkeypatch.setenv("RAVINE_LESSONS", str(tmp_path))
    with serving(ROOT / "app" / "server.py", tmp_path / "log.txt") as address, browsing(browser, address) as browse:
        page = browse(**LAPTOP)
        page.goto("/lessons")
        expect(page.locator(".rv-wrong li")).to_contain_text("02-broken.md, line 6")
        assert str(tmp_path) not in page.content()
        page.locator(".rv-card[data-slug=mine]").click()
        page.wait_for_selector(".ravine[data-painted]")
        page.mouse.click(*place(page, 4, 4))
        expect(page.locator(".rv-lesson-how")).to_contain_text("Your guess is the ring")
        page.mouse.click(*place(page, -1.19, 0))
        page.mouse.move(1, 1)
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.locator(HEADING)).to_have_text("It ends at −1.19.")
