"""The page script: page config and navigation, nothing else."""

import streamlit as st

from app.player import FILES
from app.views import playground

st.set_page_config(page_title="Ravine", page_icon=FILES["mark.svg"], layout="wide")
st.logo(FILES[f"logo-{st.context.theme.type or 'light'}.svg"], size="large", icon_image=FILES["mark.svg"])
st.navigation([st.Page(playground.page, title="Playground", url_path="playground", default=True)], position="top").run()
