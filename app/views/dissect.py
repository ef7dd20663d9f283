"""Dissect: one step under the microscope."""

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
    player([Scene(shown)], key=PLAYER, page="dissect", selected=run.slot, on_ask=_asked)


def _asked() -> None:
    settings.asked(st.session_state[PLAYER].ask, st.session_state.experiment, settings.keep)
