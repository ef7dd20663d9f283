"""The page script: page config and navigation, nothing else."""

from functools import partial

import streamlit as st

from app.player import STATIC
from app.views import compare, dissect, lessons, maps, playground, race
from app.watch import watch

IMAGES = STATIC / "images"

with watch.running("script"):
    st.set_page_config(page_title="Ravine", page_icon=IMAGES / "mark.svg", layout="wide", initial_sidebar_state=232)
    to_compare = st.Page(compare.page, title="Compare", url_path="compare")
    playing = partial(playground.page, to_compare)
    to_playground = st.Page(playing, title="Playground", url_path="playground", default=True)
    to_dissect = st.Page(dissect.page, title="Dissect", url_path="dissect")
    to_maps = st.Page(partial(maps.page, to_playground), title="Maps", url_path="maps")
    teaching = partial(lessons.page, {"playground": to_playground, "compare": to_compare, "dissect": to_dissect})
    to_lessons = st.Page(teaching, title="Lessons", url_path="lessons")
    to_race = st.Page(partial(race.page, to_playground), title="Fair race", url_path="race")
    page = st.navigation([to_playground, to_compare, to_dissect, to_maps, to_race, to_lessons], position="top")
    st.logo(IMAGES / f"logo-{st.context.theme.type or 'light'}.svg", size="large")
    lessons.menu(to_lessons)
    page.run()
