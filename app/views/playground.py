"""The playground: a surface, runs that race on it, and everything that decides how."""

from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app.experiment import Experiment, parse
from app.player import Scene, player
from app.views import settings
from app.watch import watch

PLAYER = "player"


def page(compare: StreamlitPage) -> None:
    """The whole page; `compare` is the page to which what is built here can be taken along."""
    experiment: Experiment = settings.load("experiment", parse)
    run = settings.selected(experiment)
    # The picture comes first: it need not wait for the settings, and what it asks for may make them others.
    settings.listen(PLAYER, _heard)
    _pictures()
    with st.sidebar:
        settings.run_settings(_now, run, settings.keep)
        st.divider()
        settings.scene(_now, settings.keep)
        settings.training(_now, settings.keep)
        settings.penalties(_now, settings.keep)
        settings.more(_now, settings.keep)
        taken = st.button("Compare this", icon=":material/compare:", width="stretch")
        settings.begin_again(_now, settings.keep)
    if taken:
        settings.take_along(experiment)
        st.switch_page(compare)
    settings.complaints()


@st.fragment
@watch.running("script")
def _pictures() -> None:
    heard = settings.alone(PLAYER, _heard, lambda: settings.controlled(_now()))
    player([Scene(_now())], key=PLAYER, selected=st.session_state.selected, on_ask=heard)


def _now() -> Experiment:
    experiment: Experiment = st.session_state.experiment
    return experiment


def _heard(ask: Any) -> None:
    settings.heard(ask, "experiment", parse, _answer)


def _answer(ask: Any) -> None:
    settings.asked(ask, _now, settings.keep)
