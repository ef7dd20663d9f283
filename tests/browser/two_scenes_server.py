"""Serves `two_scenes.py` with the app's own routes."""

from pathlib import Path

import streamlit as st

from app.server import lifespan, routes

app = st.App(Path(__file__).with_name("two_scenes.py"), routes=routes, lifespan=lifespan)
