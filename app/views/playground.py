"""The playground: a surface, runs that race on it, and everything that decides how."""

import streamlit as st

from app.experiment import Experiment, parse
from app.player import Scene, player
from app.views import settings

PLAYER = "player"


def page() -> None:
    """The whole page."""
    experiment: Experiment = settings.load("experiment", parse)
    run = settings.selected(experiment)
    with st.sidebar:
        settings.scene(experiment, settings.keep)
        settings.run_settings(experiment, run, settings.keep)
        settings.training(experiment, settings.keep)
        settings.penalties(experiment, settings.keep)
        settings.more(experiment, settings.keep)
    settings.complaints()
    player([Scene(experiment)], key=PLAYER, selected=run.slot, on_ask=_asked)


def _asked() -> None:
    settings.asked(st.session_state[PLAYER].ask, st.session_state.experiment, settings.keep)
