"""The same scene the usual way: Plotly frames in one figure, shown by st.plotly_chart. Six runs, 300 steps, one slider.

`?trail=growing` redraws each path up to the step in every frame; otherwise only the markers move. The trajectories come
from Ravine's engine, which is to the rival's advantage.
"""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from plotly.subplots import make_subplots

from app.experiment import parse, simulate, surface_of
from app.player import GRID, height
from benchmarks.page import QUERY

st.set_page_config(layout="wide")
rate = st.slider("Learning rate", 0.001, 0.2, 0.05, 0.001, format="%.3f", key="rate")
growing = st.query_params.get("trail") == "growing"

experiment, _ = parse({**{key: [value] for key, value in QUERY.items()}, "r4": [f"adam~lr~{rate}"]})
paths = simulate(experiment)
surface = surface_of(experiment.surface)
x, y, loss = surface.grid(GRID)
z = height(surface, loss)

figure = make_subplots(
    rows=3, cols=3, specs=[[{"type": "scene", "rowspan": 3}, {"rowspan": 3}, {}], [None, None, {}], [None, None, {}]]
)
figure.add_trace(go.Surface(x=x, y=y, z=z, showscale=False), 1, 1)
figure.add_trace(go.Contour(x=x, y=y, z=z, showscale=False), 1, 2)
still = 2
times = np.arange(experiment.steps + 1)
for path in paths:
    norm = np.hypot(*path.grad.T)
    for row, values in enumerate((path.loss, norm, path.lr), start=1):
        figure.add_trace(go.Scatter(x=times, y=values, mode="lines"), row, 3)
        still += 1


def moving(step: int) -> list[go.Scatter3d | go.Scatter]:
    """What a frame draws anew: each run's head, or its whole trail, in both pictures."""
    first = 0 if growing else step
    mode = "lines+markers" if growing else "markers"
    traces: list[go.Scatter3d | go.Scatter] = []
    for path in paths:
        part = path.theta[first : step + 1]
        lifted = height(surface, path.loss[first : step + 1])
        traces.append(go.Scatter3d(x=part[:, 0], y=part[:, 1], z=lifted, mode=mode))
        traces.append(go.Scatter(x=part[:, 0], y=part[:, 1], mode=mode))
    return traces


for k, trace in enumerate(moving(0)):
    figure.add_trace(trace, 1, 1 + k % 2)
which = list(range(still, still + 2 * len(paths)))
figure.frames = [go.Frame(data=moving(int(t)), traces=which, name=str(t)) for t in times]
play = {"method": "animate", "label": "Play", "args": [None, {"frame": {"duration": 40}}]}
figure.update_layout(
    height=700, title=f"rate {rate:.3f}", showlegend=False, updatemenus=[{"type": "buttons", "buttons": [play]}]
)
st.plotly_chart(figure, key="figure")
