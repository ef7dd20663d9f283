"""The component that owns time: it is sent positions once, and play, pause, scrub and speed never come back to the server.

A message is one run of bytes: the length of a JSON head as uint32, the head, and float32 numbers. For each scene and each
of its runs these are x and y by turns (2 (steps+1)), the loss (steps+1), the gradient norm (steps+1) and the rate (steps);
where the head says "beside", the second line (2 (steps+1)); where it says "ruled", the gradient and what its rules made of
it (2 steps each).
The surface is not among them: the head names an address from which the browser fetches its heights once and keeps them.
"""

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as File
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import plotly
import streamlit as st

import core
import surfaces
from app.experiment import Experiment, Run, optimizer_of, parse_surface, rule_of, simulate, start_of, surface_of
from optimizers import RULES, SCHEDULES, Path, Rule
from surfaces import Surface

STATIC = File(__file__).parent / "static"
# Plotly refines a coarser grid by itself, which costs more than it shows; 121 stays as it is.
GRID = 121
FLOAT32_MAX = float(np.finfo(np.float32).max)

FILES = {path.name: path for path in STATIC.iterdir()}
FILES["plotly.min.js"] = File(plotly.__file__).parent / "package_data" / "plotly.min.js"


def _version() -> str:
    """Changes with anything that could change the bytes behind an address."""
    digest = hashlib.sha256(importlib.metadata.version("plotly").encode())
    sources = [
        STATIC.iterdir(),
        *(File(room.__file__).parent.glob("*.py") for room in (core, surfaces) if room.__file__),
    ]
    for path in sorted(p for source in sources for p in source):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


PREFIX = "/".join(["", *str(st.get_option("server.baseUrlPath")).strip("/").split("/"), "ravine", _version()]).replace(
    "//", "/"
)

# A module in a blob has no address of its own, so the player's is made from the page's.
_BOOT = f"""
export default async (component) => {{
  const player = await import(new URL("{PREFIX}/player.js", document.baseURI).href);
  return player.default(component);
}};
"""
_component = st.components.v2.component(
    "ravine_player", js=_BOOT, html='<div class="ravine"></div>', isolate_styles=False
)


@dataclass(frozen=True)
class Scene:
    """What one mounted picture shows: an experiment under a title. Several scenes share one clock."""

    experiment: Experiment
    title: str = ""


def player(
    scenes: Sequence[Scene],
    *,
    key: str,
    selected: int | None = None,
    on_ask: Callable[[], None] | None = None,
) -> None:
    """Mount `scenes` on one clock. `selected` is the slot of the run whose numbers are shown.

    What the viewer asks for (a new start, another run) arrives as `st.session_state[key].ask`, a dict, before `on_ask`.
    """
    _component(key=key, data=message(tuple(scenes), selected), on_ask_change=on_ask or (lambda: None))


@lru_cache(maxsize=128)
def message(scenes: tuple[Scene, ...], selected: int | None) -> bytes:
    """The bytes that the player is sent."""
    heads, numbers = [], []
    for scene in scenes:
        paths = simulate(scene.experiment)
        heads.append(_head(scene, paths))
        for run, path in zip(scene.experiment.runs, paths, strict=True):
            assert path.lr is not None
            norm = np.hypot(path.grad[:, 0], path.grad[:, 1])
            numbers += [path.theta.ravel(), path.loss, norm, path.lr]
            optimizer = optimizer_of(run.optimizer)
            if optimizer.beside:
                beside = optimizer.companion(path.theta, path.lr)
                assert beside is not None
                numbers.append(beside.ravel())
            if _ruled(run):
                assert path.used is not None
                numbers += [path.grad[:-1].ravel(), path.used.ravel()]
    link = urlencode(scenes[0].experiment.query())
    head = json.dumps({"scenes": heads, "selected": selected, "link": link}, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 4)
    with np.errstate(over="ignore"):
        body = np.clip(np.concatenate(numbers), -FLOAT32_MAX, FLOAT32_MAX).astype("<f4").tobytes()
    return len(head).to_bytes(4, "little") + head + body


def field_bytes(text: str) -> bytes:
    """The heights of the surface that a link names so, as drawn, float32, row by row; ValueError if it names none."""
    pick, complaints = parse_surface(text)
    if complaints:
        raise ValueError(" ".join(complaints))
    surface = surface_of(pick)
    _, _, z = surface.grid(GRID)
    return height(surface, z).astype("<f4").tobytes()


def height(surface: Surface, loss: np.ndarray) -> np.ndarray:
    """The loss on the scale that the surface is drawn on."""
    if surface.height == "loss":
        return loss
    above = np.maximum(loss - (surface.lowest or 0.0), 0.0)
    return np.sqrt(above) if surface.height == "sqrt" else np.log1p(above)


HEIGHTS = {"loss": "height = loss", "sqrt": "height = √loss", "log": "height = ln(1 + loss)"}


def _head(scene: Scene, paths: Sequence[Path]) -> dict[str, Any]:
    """All of a scene that is not a long row of numbers."""
    experiment = scene.experiment
    surface = surface_of(experiment.surface)
    schedule = SCHEDULES[experiment.schedule.slug]
    runs = []
    for run, path in zip(experiment.runs, paths, strict=True):
        optimizer = optimizer_of(run.optimizer)
        runs.append(
            {
                "slot": run.slot,
                "name": optimizer.called,
                "short": optimizer.short or optimizer.name,
                "rules": [RULES[rule.slug].name for rule in run.rules],
                "figures": [figure for rule in run.rules if (figure := rule_of(rule).figure())],
                "beside": optimizer.beside,
                "ruled": _ruled(run),
                "lr": run.lr,
                "status": path.status,
                "events": events(path, surface),
            }
        )
    return {
        "title": scene.title,
        "name": surface.name,
        "schedule": schedule.name,
        "field": f"{PREFIX}/field?surface={quote(experiment.surface.text)}",
        "grid": GRID,
        "window": surface.window,
        "axes": surface.axes,
        "height": HEIGHTS[surface.height],
        "start": start_of(experiment),
        "minima": surface.minima,
        "without": [] if surface.plain is surface else surface.plain.minima,
        "steps": experiment.steps,
        "runs": runs,
    }


def _ruled(run: Run) -> bool:
    """Whether a rule acts on the run's gradients, so that there are two of them to see."""
    kinds = [RULES[rule.slug] for rule in run.rules]
    return any(kind.gradient is not Rule.gradient or kind.touches is not Rule.touches for kind in kinds)


@lru_cache(maxsize=256)
def events(path: Path, surface: Surface) -> tuple[dict[str, Any], ...]:
    """What there is to say of a run, and from which step on: the news that its chip shows.

    Each has the step `at`, the `text` of the chip, a `sentence` for the strip, a `tone` (good, bad) and, where the
    scrubber marks it, `mark`.
    """
    news: list[dict[str, Any]] = []
    (x0, x1), (y0, y1) = surface.window
    x, y = path.theta[:, 0], path.theta[:, 1]
    outside = ~((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1))
    if outside.any():
        left = int(np.argmax(outside))
        news.append(_news(left, f"left at {left}", f"left the picture at step {left}", "bad"))
        back = int(np.argmax(~outside[left:])) + left
        if back > left and not outside[-1]:
            back = len(outside) - int(np.argmax(outside[::-1]))
            news.append(
                _news(
                    back,
                    f"left at {left}, back at {back}",
                    f"left the picture at step {left} and was back at {back}",
                    "bad",
                )
            )
    status, n = str(path.status), int(path.stop_step)
    if status in ("converged", "diverged"):
        # What the run does after that is no news.
        news = [item for item in news if item["at"] < n]
    if status == "converged":
        news.append(_news(n, f"converged at {n}", f"converged at step {n}", "good", mark=True))
    elif status == "diverged":
        news.append(
            _news(
                n,
                f"diverged at {n}",
                f"diverged at step {n}: it is far outside and does not come back",
                "bad",
                mark=True,
            )
        )
    elif status == "local_minimum":
        news.append(
            _news(
                n, f"local minimum at {n}", f"ended in a local minimum at step {n}: lower ones exist", "bad", mark=True
            )
        )
    elif status == "stalled" and path.halt_step == -1:
        words = f"has hardly moved since step {n}: the slope here is under a thousandth of the steepest in the picture"
        news.append(_news(n, f"stalled at {n}", words, "bad", mark=True))
    if path.halt_step != -1:
        n = int(path.halt_step)
        words = f"was stopped at step {n}, because the loss no longer got better"
        news.append(_news(n, f"stopped at {n}", words, "good", mark=True))
    return tuple(sorted(news, key=lambda item: item["at"]))


def _news(at: int, text: str, sentence: str, tone: str, *, mark: bool = False) -> dict[str, Any]:
    return {"at": at, "text": text, "sentence": sentence, "tone": tone, "mark": mark}
