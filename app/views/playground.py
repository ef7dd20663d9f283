"""The playground: a surface, runs that race on it, and everything that decides how."""

from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.experiment import Experiment, parse
from app.player import Scene, player
from app.views import settings

PLAYER = "player"


def page(compare: StreamlitPage) -> None:
    """The whole page; `compare` is the page to which what is built here can be taken along."""
    experiment: Experiment = settings.load("experiment", parse)
    run = settings.selected(experiment)
    # The picture comes first: it need not wait for the settings, and what it asks for may make them others.
    ask = player(
        [Scene(experiment)], key=PLAYER, selected=run.slot, on_ask=lambda: _heard(st.session_state[PLAYER].ask)
    )
    settings.unheard(ask, _heard)
    with st.sidebar:
        settings.run_settings(experiment, run, settings.keep)
        st.divider()
        settings.scene(experiment, settings.keep)
        settings.training(experiment, settings.keep)
        settings.penalties(experiment, settings.keep)
        settings.more(experiment, settings.keep)
        taken = st.button("Compare this", icon=":material/compare:", width="stretch")
        settings.begin_again(experiment, settings.keep)
    if taken:
        settings.take_along(experiment)
        st.switch_page(compare)
    settings.complaints()


def _heard(ask: Any) -> None:
    settings.heard(ask, "experiment", parse, _answer)


def _answer(ask: Any) -> None:
    settings.asked(ask, st.session_state.experiment, settings.keep)
