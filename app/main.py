"""The page script: page config and navigation, nothing else."""

from functools import partial

import streamlit as st

from app.player import STATIC
from app.views import compare, dissect, playground
from app.watch import watch

IMAGES = STATIC / "images"

with watch.running("script"):
    st.set_page_config(page_title="Ravine", page_icon=IMAGES / "mark.svg", layout="wide", initial_sidebar_state=232)
    to_compare = st.Page(compare.page, title="Compare", url_path="compare")
    pages = [
        st.Page(partial(playground.page, to_compare), title="Playground", url_path="playground", default=True),
        to_compare,
        st.Page(dissect.page, title="Dissect", url_path="dissect"),
    ]
    page = st.navigation(pages, position="top")
    st.logo(IMAGES / f"logo-{st.context.theme.type or 'light'}.svg", size="large")
    page.run()
