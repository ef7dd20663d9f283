"""The playground: a surface, runs that race on it, and everything that decides how."""

import streamlit as st

from app.experiment import Experiment, parse
from app.player import Scene, player
from app.views import settings

PLAYER = "player"


def page() -> None:
    """The whole page."""
    state = st.session_state
    _load()
    experiment: Experiment = state.experiment
    with st.sidebar:
        settings.scene(experiment, _set)
        settings.run_settings(experiment, next(run for run in experiment.runs if run.slot == state.selected), _set)
        settings.training(experiment, _set)
        settings.penalties(experiment, _set)
        settings.more(experiment, _set)
    settings.complaints()
    player([Scene(experiment)], key=PLAYER, selected=state.selected, on_ask=_asked)


def _load() -> None:
    """Take the experiment from the link, unless it is the one that this page itself has written there."""
    state = st.session_state
    given = {key: st.query_params.get_all(key) for key in st.query_params}
    link = {key: values[-1] for key, values in given.items()}
    came, state.page = state.get("page") != PLAYER, PLAYER
    if came:
        state.complaints = []
    if "experiment" in state and came and not link:
        # Streamlit empties the address when one walks to another page.
        st.query_params.from_dict(state.link)
    elif "experiment" not in state or link != state.link:
        state.link = link
        state.experiment, state.complaints = parse(given)
    if all(run.slot != state.get("selected") for run in state.experiment.runs):
        state.selected = state.experiment.runs[0].slot


def _set(experiment: Experiment) -> None:
    """Make this the experiment, and the link say so."""
    state = st.session_state
    state.experiment, words = experiment.bounded()
    state.complaints = [words] if words else []
    state.link = state.experiment.query()
    st.query_params.from_dict(state.link)


def _asked() -> None:
    settings.asked(st.session_state[PLAYER].ask, st.session_state.experiment, _set)
