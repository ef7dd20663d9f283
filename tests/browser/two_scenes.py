"""A page of two scenes that differ in the loss and share one clock; `two_scenes_server.py` serves it."""

import streamlit as st

from app.experiment import parse
from app.player import Scene, player

st.set_page_config(layout="wide")
rest = {"schedule": ["constant"], "r1": ["sgd~lr~0.5"], "r2": ["adam~lr~0.3"], "steps": ["80"]}
scenes = []
for loss, title in (("mse", "MSE"), ("cross_entropy", "Cross-entropy")):
    experiment, _ = parse({"surface": [f"three_class~loss~{loss}"], **rest})
    scenes.append(Scene(experiment, title))
player(scenes, key="two", page="compare")
