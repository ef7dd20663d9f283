"""What is handed out, as a printer and a phone show it."""

import re

import pytest
from playwright.sync_api import Page

from lessons.library import at_start
from lessons.telling import told
from lessons.text import plain

from .conftest import Browse

LESSONS = at_start()[0]
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def phone(browse: Browse) -> Page:
    return browse(viewport={"width": 390, "height": 844}, is_mobile=True)


def sheets(page: Page, paper: str) -> int:
    """How many sheets of paper a page is."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", page.pdf(format=paper, print_background=True)))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_plan_is_one_sheet_and_a_worksheet_has_its_answers_on_another(phone: Page, paper: str) -> None:
    phone.goto("/plan")
    assert phone.evaluate(OVER) <= 0
    assert sheets(phone, paper) == 1
    lesson = LESSONS[0]
    phone.goto(f"/worksheet?lesson={lesson.slug}")
    assert phone.evaluate(OVER) <= 0
    assert sheets(phone, paper) == 2
    questions, answers = (one.inner_text() for one in phone.locator(".sheet").all())
    for one in lesson.steps:
        said = told(one)
        assert plain(said.heading) in questions
        assert plain(said.reveal) in answers
        assert plain(said.reveal) not in questions
    assert phone.locator(".qr svg").count() == 1
    # On paper nothing leads anywhere.
    phone.emulate_media(media="print")
    assert not phone.locator(".screen").first.is_visible()


def test_the_gallery_s_pictures_are_there_and_each_leads_to_its_experiment(phone: Page) -> None:
    phone.goto("/gallery")
    assert phone.evaluate(OVER) <= 0
    pictures = phone.locator("main img, article img, figure img")
    assert pictures.count() >= 40
    pictures.evaluate_all("(all) => { for (const one of all) one.loading = 'eager'; }")
    phone.wait_for_function("[...document.images].every((one) => one.complete && one.naturalWidth > 0)")
    first = phone.locator("a[href*='surface=']").first
    first.click()
    phone.wait_for_selector(".ravine[data-painted]")
    assert "surface=" in phone.url
