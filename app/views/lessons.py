"""Lessons: the page of all of them, a lesson's steps in the player of the other pages, and challenges."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import asks, controls, telling
from app.comparison import Comparison
from app.experiment import Experiment, parse, shown
from app.player import Scene, player, shelf
from app.views import compare, settings
from app.watch import watch
from lessons.challenge import attempt
from lessons.model import Challenge, Lesson, Stage

PageName = Literal["playground", "compare", "dissect"]
Given = Mapping[str, list[str]]
LESSON, CHALLENGE, SHELF = "lesson", "challenge", "shelf"


@dataclass(frozen=True)
class Place:
    """Where in a lesson somebody is: its step, from 1."""

    lesson: Lesson
    at: int

    @property
    def stage(self) -> Stage:
        """The experiment there."""
        return self.lesson.steps[self.at - 1].stage

    def query(self) -> dict[str, str]:
        """The link."""
        return {"lesson": self.lesson.slug, "at": str(self.at)}


@dataclass(frozen=True)
class Attempted:
    """An experiment that is an attempt at a challenge."""

    challenge: Challenge
    left: Experiment

    def query(self) -> dict[str, str]:
        """The link: that of the experiment, and which challenge it is for."""
        return {"challenge": self.challenge.slug, **self.left.query()}


def page(pages: Mapping[PageName, StreamlitPage]) -> None:
    """The whole page: what its address names, and all lessons where that is nothing."""
    state = st.session_state
    given = settings.given()
    # A link to the page where one is already says so to the server alone: the browser's address would stay behind.
    moved = "lessons.given" in state and state["lessons.given"] != given
    state["lessons.given"] = given
    if "challenge" in given and telling.challenge_of(given["challenge"][-1]):
        _challenge_page()
        return
    if state.get("page") != "lessons":
        state.complaints = []
    state.page = "lessons"
    if (way := state.pop("lessons.way", None)) is not None:
        _walk(way, pages)
    place, complaints = place_in(given)
    if complaints:
        state.complaints = complaints
        # It is said once; what the page shows is what its address names.
        st.query_params.from_dict(place.query() if place else {})
    elif moved and place is not None:
        st.query_params.from_dict(place.query())
    # Whoever comes back after a cut asks the page that is there.
    settings.listen(LESSON, _heard)
    if place is None:
        _shelf()
    else:
        _pictures()
    settings.complaints()


def menu(to_lessons: StreamlitPage) -> None:
    """In the header of every page: each lesson, one click away."""
    with st.container(key="to-lessons"):
        _menu(to_lessons)


@st.fragment
def _menu(to_lessons: StreamlitPage) -> None:
    with controls.menu(":material/menu_book:", "", "lessons.menu", "Open a lesson") as opened:
        if not opened:
            return
        with st.container(key="lessons-list"):
            for group, some in telling.grouped().items():
                with st.container(gap=None):
                    st.caption(f"**{controls.plain(group)}**")
                    for one in some:
                        st.page_link(to_lessons, label=controls.plain(one.title), query_params=Place(one, 1).query())


def place_in(given: Given) -> tuple[Place | None, list[str]]:
    """The place that an address names, None for none, and what is wrong with it."""
    if "challenge" in given:
        return None, [f"There is no challenge {shown(given['challenge'][-1])}."]
    if "lesson" not in given:
        return None, []
    slug, at = given["lesson"][-1], given.get("at", ["1"])[-1]
    lesson = telling.lesson_of(slug)
    if lesson is None:
        return None, [f"There is no lesson {shown(slug)}."]
    step = int(at) if at.isascii() and at.isdecimal() and len(at) < 4 else 0
    if not 1 <= step <= len(lesson.steps):
        return Place(lesson, 1), [f"{lesson.title} has steps 1 to {len(lesson.steps)}, and none is {shown(at)}."]
    return Place(lesson, step), []


# All lessons.


@watch.running("script")
def _shelf() -> None:
    """All lessons, challenges and words; what is chosen there becomes the address."""

    def heard() -> None:
        _heard(getattr(st.session_state[SHELF], "ask", None))

    shelf(telling.shelf_told(), key=SHELF, on_ask=heard)


# A lesson.


@st.fragment
@watch.running("script")
def _pictures() -> None:
    place, _ = place_in(settings.given())
    if place is None:
        st.rerun()
    assert place is not None
    asked = place.stage.asked
    both = compare.scenes(asked) if isinstance(asked, Comparison) else [Scene(asked)]
    player(
        both,
        key=LESSON,
        page=place.stage.page,
        selected=_selected(place),
        link=place.stage.query,
        lesson=telling.step_told(place.lesson, place.at),
        on_ask=lambda: _heard(getattr(st.session_state[LESSON], "ask", None)),
    )


def _selected(place: Place) -> int:
    """The run whose numbers are shown: what is picked in a step holds for that step."""
    state, here = st.session_state, place.query()
    if state.get("lesson.here") != here:
        state["lesson.here"], state["lesson.selected"] = here, telling.first_selected(place.stage)
    slot: int = state["lesson.selected"]
    return slot


def _heard(ask: Any) -> None:
    """Do what the viewer asked for; it comes from a browser, so nothing is trusted."""
    state = st.session_state
    place, _ = place_in(settings.given())
    try:
        match asks.name_of(ask):
            case "again":
                scene = place.stage.pair[0] if place else parse({})[0]
                for wish in asks.again_in(ask, scene)[1]:
                    _heard(wish)
            case "at" if place:
                _go({"lesson": [place.lesson.slug], "at": [str(ask.get("at"))]})
            case "lesson":
                _go({"lesson": [str(ask.get("lesson"))], "at": [str(ask.get("at", 1))]})
            case "challenge":
                _begin(str(ask.get("challenge")))
            case "shelf":
                st.query_params.clear()
            case "select" if place:
                slots = {run.slot for scene in place.stage.pair for run in scene.runs}
                if type(slot := ask.get("slot")) is int and slot in slots:
                    state["lesson.here"], state["lesson.selected"] = place.query(), slot
            case "take" if place:
                state["lessons.way"] = place
            case other:
                raise ValueError(f"{shown(other)} is nothing that can be done here.")
    except ValueError as error:
        state.complaints = [str(error)]


def _go(given: Given) -> None:
    """Walk to a place in a lesson, if there is such a place."""
    place, complaints = place_in(given)
    if place is None or complaints:
        raise ValueError(complaints[0])
    st.query_params.from_dict(place.query())


def _walk(place: Place, pages: Mapping[PageName, StreamlitPage]) -> None:
    """Take a step's experiment along to the page on which it can be changed."""
    state, asked = st.session_state, place.stage.asked
    key = "comparison" if isinstance(asked, Comparison) else "experiment"
    state[key], state[f"{key}.link"] = asked, asked.query()
    state.selected = telling.first_selected(place.stage)
    st.switch_page(pages[place.stage.page])


# A challenge.


def _begin(slug: str) -> None:
    challenge = telling.challenge_of(slug)
    if challenge is None:
        raise ValueError(f"There is no challenge {shown(slug)}.")
    st.query_params.from_dict(Attempted(challenge, _given(challenge)).query())


def _given(challenge: Challenge) -> Experiment:
    """What a challenge begins from."""
    (experiment,) = challenge.stage.pair
    return experiment


def parsed_attempt(given: Given) -> tuple[Attempted, list[str]]:
    """The challenge and the experiment that an address names; with none of its own that from which it begins."""
    challenge = telling.challenge_of(given["challenge"][-1])
    assert challenge is not None
    own = {name: values for name, values in given.items() if name != "challenge"}
    if not own:
        return Attempted(challenge, _given(challenge)), []
    experiment, complaints = parse(own)
    return Attempted(challenge, experiment), complaints


def _challenge_page() -> None:
    """The playground with a task in it, which looks at the experiment by itself."""
    tried: Attempted = settings.load("attempted", parsed_attempt)
    run = settings.selected(tried.left)
    settings.listen(CHALLENGE, _heard_attempt)
    _attempt_pictures()
    with st.sidebar:
        settings.run_settings(_now, run, _keep)
        st.divider()
        settings.scene(_now, _keep)
        settings.training(_now, _keep)
        settings.penalties(_now, _keep)
        settings.more(_now, _keep)
        settings.begin_again(_now, _keep, _given(tried.challenge))
    settings.complaints()


@st.fragment
@watch.running("script")
def _attempt_pictures() -> None:
    tried: Attempted = st.session_state.attempted
    made = telling.attempt_told(tried.challenge, attempt(tried.challenge, tried.left), tried.left)
    heard = settings.alone(CHALLENGE, _heard_attempt, lambda: settings.controlled(_now()))
    scenes = [Scene(tried.left)]
    selected = st.session_state.selected
    player(scenes, key=CHALLENGE, selected=selected, link=tried.left.query(), lesson=made, on_ask=heard)


def _now() -> Experiment:
    tried: Attempted = st.session_state.attempted
    return tried.left


def _keep(experiment: Experiment) -> None:
    bounded, words = experiment.bounded()
    settings.store("attempted", Attempted(st.session_state.attempted.challenge, bounded), words)


def _heard_attempt(ask: Any) -> None:
    if isinstance(ask, Mapping) and ask.get("what") in ("lesson", "shelf", "challenge"):
        _heard(ask)
        return
    settings.heard(ask, "attempted", parsed_attempt, _answer)


def _answer(ask: Any) -> None:
    settings.asked(ask, _now, _keep, _given(st.session_state.attempted.challenge))
