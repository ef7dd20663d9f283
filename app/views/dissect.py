"""Dissect: one step under the microscope."""

from typing import Any

import streamlit as st

from app.experiment import Experiment, parse
from app.player import Scene, player
from app.views import settings

PLAYER = "dissect"


def page() -> None:
    """The whole page: the experiment of the playground, one run of it, one step of that."""
    experiment: Experiment = settings.load("experiment", parse, page=PLAYER)
    run = settings.selected(experiment)
    # The playground goes on with all of its steps.
    shown, words = experiment.bounded("dissect")
    state = st.session_state
    if words and words != state.get("dissect.told"):
        state.complaints = [*state.complaints, words]
    state["dissect.told"] = words
    settings.complaints()
    heard = lambda: _heard(st.session_state[PLAYER].ask)  # noqa: E731
    ask = player([Scene(shown)], key=PLAYER, page="dissect", selected=run.slot, on_ask=heard)
    settings.unheard(ask, _heard)


def _heard(ask: Any) -> None:
    settings.heard(ask, "experiment", parse, _answer)


def _answer(ask: Any) -> None:
    settings.asked(ask, st.session_state.experiment, settings.keep)
