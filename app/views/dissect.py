"""Dissect: one step under the microscope."""

from typing import Any

import streamlit as st

from app.experiment import Experiment, parse
from app.player import Scene, player
from app.views import settings
from app.watch import watch

PLAYER = "dissect"


def page() -> None:
    """The whole page: the experiment of the playground, one run of it, one step of that."""
    settings.selected(settings.load("experiment", parse, page=PLAYER))
    _, words = _bounded()
    state = st.session_state
    if words and words != state.get("dissect.told"):
        state.complaints = [*state.complaints, words]
    state["dissect.told"] = words
    settings.complaints()
    settings.listen(PLAYER, _heard)
    _pictures()


@st.fragment
@watch.running("script")
def _pictures() -> None:
    shown, _ = _bounded()
    heard = settings.alone(PLAYER, _heard, lambda: _bounded()[1])
    player([Scene(shown)], key=PLAYER, page="dissect", selected=st.session_state.selected, on_ask=heard)


def _bounded() -> tuple[Experiment, str]:
    """The experiment with as many steps as can be taken apart; the playground goes on with all of them."""
    return _now().bounded("dissect")


def _now() -> Experiment:
    experiment: Experiment = st.session_state.experiment
    return experiment


def _heard(ask: Any) -> None:
    settings.heard(ask, "experiment", parse, _answer)


def _answer(ask: Any) -> None:
    settings.asked(ask, _now, settings.keep)
