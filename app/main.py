"""The page script: page config and navigation, nothing else."""

import streamlit as st

from app.player import FILES
from app.views import compare, dissect, playground

st.set_page_config(page_title="Ravine", page_icon=FILES["mark.svg"], layout="wide")
pages = [
    st.Page(playground.page, title="Playground", url_path="playground", default=True),
    st.Page(compare.page, title="Compare", url_path="compare"),
    st.Page(dissect.page, title="Dissect", url_path="dissect"),
]
page = st.navigation(pages, position="top")
# Where a sidebar can be folded away the mark stays; a page without one has room for the name.
mark = FILES["mark.svg"] if page.url_path not in ("compare", "dissect") else None
st.logo(FILES[f"logo-{st.context.theme.type or 'light'}.svg"], size="large", icon_image=mark)
page.run()
