"""The page of lessons: what an address names, what the browser is told, and what it may ask for."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import telling
from app.experiment import parse
from app.views.lessons import Attempted, Place, parsed_attempt, place_in
from lessons.challenge import attempt, challenges
from lessons.library import at_start
from lessons.model import Choose
from lessons.telling import told
from lessons.text import plain

LESSONS = at_start()[0]
FIRST = LESSONS[0]


def said(lesson: Any, at: int) -> Any:
    return json.loads(telling.step_told(lesson, at))


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        ({}, None, ""),
        ({"lesson": [FIRST.slug]}, Place(FIRST, 1), ""),
        ({"lesson": [FIRST.slug], "at": ["2"]}, Place(FIRST, 2), ""),
        ({"lesson": ["x", FIRST.slug], "at": ["1", "3"]}, Place(FIRST, 3), ""),
        ({"lesson": ["<b>"]}, None, "There is no lesson '<b>'."),
        ({"challenge": ["x"]}, None, "There is no challenge 'x'."),
        *(
            ({"lesson": [FIRST.slug], "at": [at]}, Place(FIRST, 1), f"has steps 1 to {len(FIRST.steps)}")
            for at in ("0", "4", "-1", "1.0", "", "²", "1" * 5000, "one")
        ),
    ],
)
def test_an_address_names_a_place_or_says_why_not(given: Any, place: Place | None, words: str) -> None:
    found, complaints = place_in(given)
    assert found == place
    assert words in " ".join(complaints)
    assert bool(complaints) == bool(words)
    assert all(len(one) < 200 for one in complaints)
    if place is not None:
        assert place_in({name: [value] for name, value in place.query().items()}) == (place, [])


@pytest.mark.parametrize("lesson", LESSONS[:2] + LESSONS[8:9], ids=lambda lesson: lesson.slug)
def test_the_browser_is_told_what_a_step_says_and_which_run_is_meant(lesson: Any) -> None:
    for at, step in enumerate(lesson.steps, 1):
        head = said(lesson, at)
        assert (head["slug"], head["at"], head["of"]) == (lesson.slug, at, len(lesson.steps))
        assert unescape(re.sub("<[^>]+>", "", head["heading"])) == plain(told(step).heading)
        slots = [{run.slot for run in scene.runs} for scene in step.stage.scenes]
        for run in head["runs"]:
            assert run["slot"] in slots[run["side"]]
        assert len(head["downhill"]) == len(slots)
        if isinstance(step.question, Choose):
            assert [one["right"] for one in head["question"]["choices"]] == [c.right for c in step.question.choices]
    assert head["then"] == {
        "slug": LESSONS[LESSONS.index(lesson) + 1].slug,
        "title": LESSONS[LESSONS.index(lesson) + 1].title,
    }


def test_runs_of_one_method_are_told_apart_by_what_differs() -> None:
    (pit,) = (one for one in LESSONS if one.slug == "pit")
    words = [run["words"] for run in said(pit, 3)["runs"]]
    assert words == ["Momentum 0.05, momentum 0.5", "Momentum 0.05, momentum 0.9", "Momentum 0.05, momentum 0.98"]
    (cliff,) = (one for one in LESSONS if one.slug == "cliff")
    assert any("clip" in run["words"].lower() for at in (1, 2) for run in said(cliff, at)["runs"])


def test_a_step_about_sigma_begins_with_a_run_that_has_one() -> None:
    (sigma,) = (one for one in LESSONS if one.slug == "sigma")
    stage = sigma.steps[0].stage
    first = telling.first_selected(stage)
    assert next(run for run in stage.pair[0].runs if run.slot == first).optimizer.slug != "sgd"


def test_words_in_bold_lead_to_their_entries() -> None:
    words = said(FIRST, 1)["words"]
    assert words["learning rate"]["lesson"] == FIRST.slug
    assert "slope" in words["learning rate"]["meaning"]


def test_the_shelf_has_every_lesson_challenge_and_word_and_tells_no_place_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.md").write_text("nothing", encoding="utf-8")
    monkeypatch.setenv("RAVINE_LESSONS", str(tmp_path))
    at_start.cache_clear()
    telling.shelf_told.cache_clear()
    try:
        shelf = telling.shelf_told()
    finally:
        monkeypatch.delenv("RAVINE_LESSONS")
        at_start.cache_clear()
        telling.shelf_told.cache_clear()
    cards = [card["slug"] for group in shelf["groups"] for card in group["cards"]]
    assert cards == [lesson.slug for lesson in LESSONS]
    assert [len(group["cards"]) for group in shelf["groups"]] == [4, 4, 4, 4]
    assert len(shelf["challenges"]) == len(challenges()[0])
    assert len(shelf["words"]) > 40
    assert shelf["complaints"]
    assert all(line.startswith("a.md, line ") for line in shelf["complaints"])
    json.dumps(shelf)


# Challenges.


def test_an_attempt_has_its_challenge_in_its_link() -> None:
    challenge = next(one for one in challenges()[0] if one.slug == "bounce-for-ever")
    begun, complaints = parsed_attempt({"challenge": [challenge.slug]})
    assert not complaints
    assert begun == Attempted(challenge, challenge.stage.pair[0])
    query = begun.query()
    assert parsed_attempt({name: [value] for name, value in query.items()}) == (begun, [])
    _, complaints = parsed_attempt({"challenge": [challenge.slug], "steps": ["-3"]})
    assert complaints


def test_what_is_told_of_an_attempt_says_passed_or_what_is_missing() -> None:
    challenge = next(one for one in challenges()[0] if one.slug == "bounce-for-ever")
    (given,) = challenge.stage.pair
    missing = json.loads(telling.attempt_told(challenge, attempt(challenge, given), given))
    assert not missing["passed"]
    assert [part["met"] for part in missing["parts"]].count(False) == 1
    done, _ = parse({name: [value] for name, value in given.query().items()} | {"r1": ["sgd~lr~0.1666"]})
    passed = json.loads(telling.attempt_told(challenge, attempt(challenge, done), done))
    assert passed["passed"]
    assert passed["lesson"]["slug"] == challenge.lesson
    assert len(passed["hints"]) == len(challenge.hints)


# The page itself.


def page() -> None:
    """What a script of Streamlit's runs here."""
    from app.views import lessons

    lessons.page({})


def shown(**query: str) -> AppTest:
    at = AppTest.from_function(page, default_timeout=60)
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def components(at: AppTest) -> set[str]:
    return {one.proto.component_name for one in at.get("bidi_component")}


def test_the_page_shows_what_its_address_names() -> None:
    assert components(shown()) == {"ravine_ear", "ravine_shelf"}
    at = shown(lesson=FIRST.slug, at="2")
    assert components(at) == {"ravine_ear", "ravine_player"}
    (player,) = (one for one in at.get("bidi_component") if one.proto.component_name == "ravine_player")
    data = player.proto.bytes
    head = json.loads(data[4 : 4 + int.from_bytes(data[:4], "little")])
    assert (head["lesson"]["slug"], head["lesson"]["at"]) == (FIRST.slug, 2)
    assert head["link"].startswith("surface=bowl")
    assert not at.sidebar.children
    at = shown(challenge="bounce-for-ever")
    assert components(at) == {"ravine_ear", "ravine_player"}
    assert at.sidebar.children


def test_what_is_not_there_is_said_once_and_the_address_is_mended() -> None:
    at = shown(lesson="nothing")
    assert "nothing" in at.toast[0].value
    assert components(at) == {"ravine_ear", "ravine_shelf"}
    assert not at.query_params
    at.run()
    assert not at.toast
    at = shown(lesson=FIRST.slug, at="77")
    assert "has steps 1 to" in at.toast[0].value.replace("\\", "")
    assert components(at) == {"ravine_ear", "ravine_player"}


def asked() -> None:
    """The page after a browser has asked for what `ask` holds."""
    import streamlit as st

    from app.views import lessons

    if "ask" in st.session_state:
        st.session_state.complaints, st.session_state.page = [], "lessons"
        lessons._heard(st.session_state.ask)
        del st.session_state.ask
    lessons.page({})


@pytest.mark.parametrize(
    ("ask", "at", "words"),
    [
        ({"what": "at", "at": 2}, "2", ""),
        # After a cut all that was not answered is asked again.
        ({"what": "again", "selected": 1, "asks": [{"what": "at", "at": 2}, {"what": "at", "at": 3}]}, "3", ""),
        ({"what": "select", "slot": 2}, "1", ""),
        ({"what": "at", "at": 99}, "1", "none is"),
        ({"what": "at", "at": {"a": []}}, "1", "none is"),
        ({"what": "lesson", "lesson": "<b>"}, "1", "There is no lesson"),
        ({"what": "challenge", "challenge": 7}, "1", "There is no challenge"),
        ({"what": "reset"}, "1", "nothing that can be done here"),
        ({"what": "again", "asks": 7}, "1", "must be a list"),
        ("nonsense", "1", "not known here"),
        (None, "1", "not known here"),
    ],
)
def test_what_a_browser_asks_for_is_done_or_said_to_be_nothing(ask: Any, at: str, words: str) -> None:
    app = AppTest.from_function(asked, default_timeout=60)
    app.query_params["lesson"], app.query_params["at"] = FIRST.slug, "1"
    app.session_state["ask"] = ask
    app.run()
    assert not app.exception
    assert list(app.query_params["at"]) == [at]
    assert words in " ".join(toast.value for toast in app.toast).replace("\\", "")
    assert bool(app.toast) == bool(words)
