"""The component that owns time: it is sent positions once, and play, pause, scrub and speed never come back to the server.

A message is a JSON head and float32 numbers; see `app.packing`. For each scene and each of its runs these are x and y by
turns (2 (steps+1)), the loss (steps+1), the gradient norm (steps+1) and the rate (steps);
then, where the head names them: each of its "lines" beside the path (2 (steps+1)); "ruled", the gradient and what its rules
made of it (2 steps each); "batch", the loss of each step's mini-batch (steps); "held", the loss on held-out points
(steps+1); "right", how many points a classifier gets right, of those that train and of those held out, by turns
(2 (steps+1)); "weights", so many of a network for each position; "factors", direction, scale and decay of each step (2 steps
each), and "limit", the rate above which it is unstable (steps), NaN where there is none: both for the selected run alone.
The rows of a run that took fewer steps than its scene has, as its "steps" in the head says, stay as they ended.
Behind a scene's runs stand the rows of each step's mini-batch, where its data says "batch" (that many a step, -1 for none).
The surface is not among them: the head names an address from which the browser fetches its heights once and keeps them.
"""

import hashlib
import importlib.metadata
import json
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path as File
from typing import Any, Literal
from urllib.parse import quote, urlencode

import numpy as np
import streamlit as st

import core
import maps
import optimizers
import surfaces
from app.bounds import bound
from app.experiment import (
    SLOTS,
    Experiment,
    Run,
    offers,
    optimizer_of,
    parse,
    parse_pick,
    rule_of,
    seen,
    simulate,
    start_of,
    suggested,
    surface_of,
    view_from,
    view_of,
)
from app.news import brief, events
from app.packing import packed
from app.ways import way_query
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, Rule
from optimizers.explain.anatomy import as_written, usual_shape
from optimizers.explain.law import limit, limit_name
from optimizers.loop.beside import second_line
from surfaces import SURFACES, Surface
from surfaces.bases.surface import Window

STATIC = File(__file__).parent / "static"
VENDOR = File(__file__).parent / "vendor"
# Plotly refines a coarser grid by itself, which costs more than it shows; 121 stays as it is.
GRID = 121
OWN = sorted(path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".svg", ".png"))
# What is served under which name, and the files that it is made of, one after the other.
FILES: dict[str, tuple[File, ...]] = {
    path.relative_to(STATIC).as_posix(): (path,) for path in OWN if path.suffix != ".css"
}
FILES["player.css"] = tuple(path for path in OWN if path.suffix == ".css")
# Packed as they are served; the README beside them says what they are.
FILES |= {path.name.removesuffix(".gz"): (path,) for path in sorted(VENDOR.glob("*.gz"))}
# Streamlit brings KaTeX for its own formulas, its styles and fonts are on every page of its; here it sets ours as well.
FILES["katex.js"] = tuple((File(st.__file__).parent / "static" / "static" / "js").glob("katex.*.js"))
assert len(FILES["katex.js"]) == 1


def sources() -> list[File]:
    """All files of ours on which the bytes behind an address depend: the player's, and whatever computes heights and maps."""
    rooms = [File(room.__file__).parent for room in (core, surfaces, optimizers, maps) if room.__file__]
    computing = [path for room in rooms for path in room.rglob("*") if path.suffix in (".py", ".csv")]
    return sorted([*OWN, *VENDOR.glob("*.gz"), *computing])


def _version() -> str:
    """Changes with anything that could change the bytes behind an address."""
    digest = hashlib.sha256(importlib.metadata.version("streamlit").encode())
    for path in sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


# Beneath what path of its host Streamlit serves: "/school", or nothing.
BASE = f"/{str(st.get_option('server.baseUrlPath') or '').strip('/')}".rstrip("/")
PREFIX = f"{BASE}/ravine/{_version()}"

# A module in a blob has no address of its own, so the player's is made from the page's. It is asked for once: of two
# imports of a module that is on its way, a browser may end the younger one first, and the older call would be the last word.
_BOOT = f"""
let player;
export default async (component) => {{
  try {{
    player ||= import(new URL("{PREFIX}/player.js", document.baseURI).href);
    return (await player).default(component);
  }} catch {{
    player = undefined;
    component.parentElement.querySelector(".ravine").textContent =
      "The pictures could not be loaded, because the connection to the server broke off. Reload the page to try again.";
  }}
}};
"""
_EAR = f"""
export default async ({{ setTriggerValue }}) => {{
  const {{ hear }} = await import(new URL("{PREFIX}/player.js", document.baseURI).href);
  hear((ask) => setTriggerValue("ask", ask));
}};
"""
_SHELF = f"""
export default async (component) => {{
  try {{
    return (await import(new URL("{PREFIX}/lesson/shelf.js", document.baseURI).href)).default(component);
  }} catch {{
    component.parentElement.querySelector(".ravine-shelf").textContent =
      "The lessons could not be loaded, because the connection to the server broke off. Reload the page to try again.";
  }}
}};
"""
_RACE = f"""
export default async (component) => {{
  try {{
    return (await import(new URL("{PREFIX}/race/race.js", document.baseURI).href)).default(component);
  }} catch {{
    component.parentElement.querySelector(".ravine-race").textContent =
      "The race could not be loaded, because the connection to the server broke off. Reload the page to try again.";
  }}
}};
"""
_INTAKE = f"""
export default async (component) => {{
  try {{
    return (await import(new URL("{PREFIX}/intake/intake.js", document.baseURI).href)).default(component);
  }} catch {{
    component.parentElement.querySelector(".ravine-intake").textContent =
      "The field could not be loaded, because the connection to the server broke off. Reload the page to try again.";
  }}
}};
"""
_component = st.components.v2.component(
    "ravine_player",
    js=_BOOT,
    html='<div class="ravine"><p role="status">Loading the pictures…</p></div>',
    isolate_styles=False,
)
_ear = st.components.v2.component("ravine_ear", js=_EAR, isolate_styles=False)
_shelf = st.components.v2.component(
    "ravine_shelf",
    js=_SHELF,
    html='<div class="ravine-shelf"><p role="status">Loading…</p></div>',
    isolate_styles=False,
)
_race = st.components.v2.component(
    "ravine_race",
    js=_RACE,
    html='<div class="ravine-race"><p role="status">Loading…</p></div>',
    isolate_styles=False,
)
_intake = st.components.v2.component(
    "ravine_intake",
    js=_INTAKE,
    html='<div class="ravine-intake"><p role="status">Loading…</p></div>',
    isolate_styles=False,
)


@dataclass(frozen=True)
class Scene:
    """What one mounted picture shows: an experiment under a title. Several scenes share one clock.

    `short` is a sentence beneath the title. The runs of `mapped`, of the same model under another normalization, are drawn
    here too, as thin lines: their weights as weights of this scene, under the name `mapped_as`. Scenes with `same_loss`
    have one axis for their losses. With `own_start` the runs begin where the scene says by itself, not where one clicks. Of
    scenes that are `alike` each run begins at one place and has one rate in all of them, and does so at another place and rate.
    """

    experiment: Experiment
    title: str = ""
    short: str = ""
    mapped: Experiment | None = None
    mapped_as: str = ""
    same_loss: bool = False
    own_start: bool = False
    alike: bool = True


PageName = Literal["playground", "compare", "dissect", "maps"]


@dataclass(frozen=True)
class Side:
    """What one of two scenes has of that in which they differ, and what else it could have.

    Its `kind` is none (it is not chosen here), menu (one of `options`), runs (any of them) or number; `name` says what is
    chosen here to those who cannot see where it stands.
    """

    kind: Literal["none", "menu", "runs", "number"] = "none"
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Differs:
    """What two scenes differ in, by its name, what they could differ in, by key and name, and both sides."""

    name: str
    options: tuple[tuple[str, str], ...]
    sides: tuple[Side, Side]


def player(
    scenes: Sequence[Scene],
    *,
    key: str,
    page: PageName = "playground",
    selected: int | None = None,
    link: Mapping[str, str] | None = None,
    differs: Differs | None = None,
    lesson: str = "",
    chart: str = "",
    on_ask: Callable[[], None] | None = None,
) -> None:
    """Mount `scenes` on one clock. `selected` is the slot of the run whose numbers are shown, `link` what brings the page back.

    `lesson` is what is said beside them, the JSON of `app.telling`; in a step of a lesson nothing of them is changed.
    `chart` is what is said of the map beside them, the JSON of `app.atlas`.
    On the page "dissect" the selected run is shown taken apart instead of the scenes' pictures.
    What the viewer asks for and concerns the pictures alone (a start, a rate) arrives as `st.session_state[key].ask`, a dict,
    before `on_ask`; the rest at the `ear`.
    """
    query = urlencode(scenes[0].experiment.query() if link is None else link)
    data = message(tuple(scenes), selected, query, page, differs, lesson, chart)
    _component(key=key, data=data, on_ask_change=on_ask or (lambda: None))


def intake(data: Mapping[str, Any], *, key: str, on_ask: Callable[[], None]) -> None:
    """Mount the field in which data come in. `st.session_state[key].ask` is what came: a `text`, or a `file` in base64."""
    _intake(key=key, data=data, on_ask_change=on_ask)


def shelf(data: Mapping[str, Any], *, key: str, on_ask: Callable[[], None]) -> None:
    """Mount the page of all lessons; `data` is that of `app.telling`. What is chosen arrives as `st.session_state[key].ask`."""
    _shelf(key=key, data=data, on_ask_change=on_ask)


def fair_race(data: Mapping[str, Any], *, key: str, on_ask: Callable[[], None]) -> None:
    """Mount a fair race; `data` is that of `app.racing`. The rates to take along arrive as `st.session_state[key].ask`."""
    _race(key=key, data=data, on_ask_change=on_ask)


def ear(*, key: str, on_ask: Callable[[], None]) -> Any:
    """Mount what hears the asks that concern the whole page, among them all that are asked again after a cut.

    An ask that comes from within a fragment is answered by that fragment, and dropped in a session that has never built it.
    It is returned as well as told, because Streamlit calls nobody in a session that the ask itself has begun.
    """
    return _ear(key=key, on_ask_change=on_ask).ask


@lru_cache(maxsize=128)
def message(
    scenes: tuple[Scene, ...],
    selected: int | None,
    link: str = "",
    page: PageName = "playground",
    differs: Differs | None = None,
    lesson: str = "",
    chart: str = "",
) -> bytes:
    """The bytes that the player is sent."""
    return passing_message(scenes, selected, link, page, differs, lesson, chart, passing=())


def passing_message(
    scenes: tuple[Scene, ...],
    selected: int | None,
    link: str = "",
    page: PageName = "playground",
    differs: Differs | None = None,
    lesson: str = "",
    chart: str = "",
    *,
    passing: Container[int] = SLOTS,
) -> bytes:
    """The same where some runs, those in the slots `passing`, are looked at for a moment only: nothing of them is kept."""
    heads: list[dict[str, Any]] = []
    numbers: list[np.ndarray] = []
    for scene in scenes:
        paths = simulate(scene.experiment, passing=passing)
        surface: Any = seen(scene.experiment)
        head = _head(scene, paths, selected, passing)
        for run, path, own in zip(scene.experiment.runs, paths, head["runs"], strict=True):
            assert path.lr is not None
            norm = np.hypot.reduce((path.full or path).grad, axis=-1)
            rows: list[np.ndarray | None] = [path.theta, path.loss, norm, rates_shown(path, run)]
            lines = _lines(scene, run, path, passing)
            own["lines"] = list(lines)
            rows += lines.values()
            if own["ruled"]:
                assert path.used is not None
                rows += [path.grad[:-1], path.used]
            rows += [path.batch_loss, path.validation]
            if own["right"]:
                rows.append(surface.right((path.full or path).theta))
            if path.full is not None:
                rows.append(surface.drawn(path.full.theta))
            if own["factors"] is not None:
                assert path.m is not None and path.sigma is not None and path.decay is not None  # noqa: PT018
                scaled = bool(own["factors"]["scale"])
                # What chose a length has it for its rate, and no scale beside it.
                chosen = optimizer_of(run.optimizer).chooses
                both = (path.m, np.ones_like(path.m)) if chosen else as_written(path.m, path.sigma, scaled)
                rows += [*both, path.decay]
            if own["limit"]:
                rows.append(limit(path))
            missing = scene.experiment.steps - own["steps"]
            numbers += [_stretched(row, missing).ravel() for row in rows if row is not None]
        if head["data"] and head["data"]["batch"]:
            numbers.append(_batches(scene.experiment).ravel())
        heads.append(head)
    racing = replace(scenes[0].experiment, runs=_racing(scenes))
    head = {
        "scenes": heads,
        "selected": selected,
        "link": link,
        "page": page,
        "offers": [[slug, OPTIMIZERS[slug].name] for slug in offers(racing)],
        "differs": asdict(differs) if differs else None,
        "lesson": json.loads(lesson) if lesson else None,
        "chart": json.loads(chart) if chart else None,
    }
    return packed(head, numbers)


def rates_shown(path: Path, run: Run) -> np.ndarray:
    """The rate of each step (steps,), or the length that a method chose along its direction."""
    whole = path.full or path
    assert path.lr is not None
    assert whole.sigma is not None
    return path.lr / whole.sigma[:, 0] if optimizer_of(run.optimizer).chooses else path.lr


def _stretched(row: np.ndarray, missing: int) -> np.ndarray:
    """A row (T, ...) of a run that ended so many steps before the others; it stays where it ended."""
    return np.concatenate([row, np.repeat(row[-1:], missing, axis=0)]) if missing else row


def _racing(scenes: Sequence[Scene]) -> tuple[Run, ...]:
    """The runs of all scenes, each slot once."""
    return tuple({run.slot: run for scene in scenes for run in scene.experiment.runs}.values())


def field_address(experiment: Experiment) -> str:
    """Where the heights of an experiment's surface are; its runs stand there only where the surface depends on them."""
    surface = seen(experiment)
    query = {"surface": experiment.surface.text}
    if surface is not surface_of(experiment.surface):
        query = replace(experiment, start=None, view=None).query()
    return f"{PREFIX}/field?{urlencode(query, quote_via=quote)}"


def field_bytes(query: Mapping[str, str]) -> bytes:
    """The heights, as drawn, of the surface that an address names, float32, row by row; ValueError if it names none.

    With `view`, "x0~x1~y0~y1", they are those over that part of the plane instead of the surface's window.
    """
    surface: Surface | None
    view = None
    if "view" in query:
        x0, x1, y0, y1 = view_from(query["view"])
        view = (x0, x1), (y0, y1)
    query = {name: value for name, value in query.items() if name != "view"}
    if set(query) == {"surface"}:
        pick, complaints = parse_pick(query["surface"], SURFACES)
        surface = surface_of(pick) if pick else None
    else:
        experiment, complaints = parse({key: [value] for key, value in query.items()})
        surface = seen(experiment)
    if surface is None or complaints:
        raise ValueError(" ".join(complaints))
    _, _, z = surface.grid(GRID, view)
    return height(surface, z).astype("<f4").tobytes()


def height(surface: Surface, loss: np.ndarray) -> np.ndarray:
    """The loss on the scale that the surface is drawn on."""
    if surface.height == "loss":
        return loss
    above = np.maximum(loss - (surface.lowest or 0.0), 0.0)
    return np.sqrt(above) if surface.height == "sqrt" else np.log1p(above)


def _lines(scene: Scene, run: Run, path: Path, passing: Container[int]) -> dict[str, np.ndarray]:
    """The second lines beside a run's path, by name: each (steps+1, 2)."""
    optimizer, lines = optimizer_of(run.optimizer), {}
    surface: Any = path.surface
    if optimizer.beside:
        rules = [rule_of(rule) for rule in run.rules]
        beside = second_line(path.full or path, optimizer, rules, scene.experiment.seed)
        assert beside is not None
        lines[optimizer.beside] = beside if path.full is None else surface.project(beside)
    if scene.mapped is not None:
        here, there = seen(scene.experiment), seen(scene.mapped)
        for other, theirs in zip(scene.mapped.runs, simulate(scene.mapped, passing=passing), strict=True):
            if other.slot == run.slot and scene.mapped.steps == scene.experiment.steps:
                lines[scene.mapped_as] = here.from_raw_weights(there.raw_weights(theirs.theta))
    return lines


# So many rows of mini-batches are worth sending, so that the points of each can be marked.
MOST_ROWS = 20_000


def _batch(experiment: Experiment) -> int:
    """How many points a step of an experiment sees, 0 where it sees all or where they are too many to be sent."""
    surface: Any = surface_of(experiment.surface)
    batch_size = getattr(surface, "batch_size", 0)
    sampled = batch_size and batch_size < len(surface.split[0])
    return batch_size if sampled and batch_size * experiment.steps <= MOST_ROWS else 0


def _batches(experiment: Experiment) -> np.ndarray:
    """The rows of each step's mini-batch, (steps, batch_size), -1 where one is smaller."""
    surface: Any = surface_of(experiment.surface)
    model = getattr(surface, "full", surface)
    rows = np.full((experiment.steps, surface.batch_size), -1.0)
    for t in range(1, experiment.steps + 1):
        batch = model.batch(t, experiment.seed)
        rows[t - 1, : len(batch)] = batch
    return rows


def height_words(surface: Surface, view: Window | None = None) -> str:
    """What the picture's heights are, as `height` makes them; outside its window a surface may be lower than its lowest."""
    floor = ", 0 below it" if view is not None and _below(surface, view) else ""
    if surface.height == "loss":
        return "height = loss"
    if surface.height == "log":
        return f"height = ln(1 + loss − lowest){floor}" if surface.lowest else "height = ln(1 + loss)"
    return f"height = √(loss − lowest){floor}" if surface.lowest else "height = √loss"


@lru_cache(maxsize=256)
def _below(surface: Surface, view: Window) -> bool:
    """Whether a view shows places lower than the window's lowest."""
    lowest = surface.lowest
    if lowest is None or surface.height == "loss" or view == surface.window:
        return False
    return bool(np.nanmin(surface.grid(31, view)[2]) < lowest - 1e-9 * (1 + abs(lowest)))


def _head(scene: Scene, paths: Sequence[Path], selected: int | None, passing: Container[int]) -> dict[str, Any]:
    """All of a scene that is not a long row of numbers."""
    experiment = scene.experiment
    surface: Any = seen(experiment)
    plane = surface_of(experiment.surface)
    schedule = SCHEDULES[experiment.schedule.slug]
    data = surface.picture()
    if data is not None:
        data |= {"batch": _batch(experiment), "about": surface.model}
    classifier = data is not None and data["kind"] == "regions"
    runs = []
    for run, path in zip(experiment.runs, paths, strict=True):
        optimizer = optimizer_of(run.optimizer)
        runs.append(
            {
                "slot": run.slot,
                "steps": len(path.theta) - 1,
                "name": optimizer.called,
                "short": optimizer.short or optimizer.name,
                "rules": [RULES[rule.slug].name for rule in run.rules],
                # A ball or a box in the space of all weights is none on a plane through it.
                "figures": [f for rule in run.rules if path.full is None and (f := rule_of(rule).figure())],
                "ruled": _ruled(run),
                "batch": path.batch_loss is not None,
                "held": path.validation is not None,
                "right": classifier,
                "weights": surface.drawn(path.full.theta[:1]).shape[1] if path.full is not None else 0,
                "share": _share(path),
                "factors": _factors(run) if run.slot == selected else None,
                "factored": optimizer.factors,
                "limit": _limit_name(path) if run.slot == selected else "",
                "tex": optimizer.tex,
                "method": run.optimizer.slug,
                "lr": run.lr,
                "suggested": suggested(run.optimizer, plane, experiment.start),
                "bound": bound(run, plane),
                "note": optimizer.rate_note,
                "way": urlencode(way_query(experiment, run)),
                "status": path.status,
                "events": (brief if run.slot in passing else events)(path, surface),
            }
        )
    return {
        "title": scene.title,
        "remark": scene.short,
        "short": scene.short,
        "summary": _summary(experiment),
        "sameLoss": scene.same_loss,
        "name": surface.name,
        "facts": surface.facts(),
        "sentence": surface.sentence(),
        "normalization": getattr(surface, "normalization", ""),
        "data": data,
        "schedule": schedule.name,
        "field": field_address(experiment),
        "grid": GRID,
        "window": surface.window,
        "view": view_of(experiment),
        "viewed": experiment.view is not None,
        "camera": surface.camera,
        "axes": surface.axes,
        "line": surface.line,
        "height": height_words(surface, view_of(experiment)),
        "sees": getattr(plane, "full", plane).sees,
        "penalised": surface.plain is not surface,
        "ownStart": scene.own_start,
        "alike": scene.alike and scene.mapped is None,
        "start": start_of(experiment),
        "minima": surface.minima,
        "without": [] if surface.plain is surface else surface.plain.minima,
        "steps": experiment.steps,
        "runs": runs,
    }


def _summary(experiment: Experiment) -> str:
    """The scene in a few words: its surface, and its schedule where the rate does not stay as it is."""
    names = [SURFACES[experiment.surface.slug].name]
    if experiment.schedule.slug != "constant":
        names.append(SCHEDULES[experiment.schedule.slug].name)
    return ", ".join(names)


def _share(path: Path) -> float | None:
    """How much of a run's way through all weights its plane shows, as a share of squared distances; None for others."""
    if path.full is None:
        return None
    surface: Any = path.surface
    moved = path.full.theta - path.full.theta[0]
    shown = path.theta - path.theta[0]
    seen, whole = float(((shown @ surface.laid.directions) ** 2).sum()), float((moved**2).sum())
    return round(seen / whole, 4) if whole > 0 and np.isfinite(whole) else None


def _limit_name(path: Path) -> str:
    """What the rate above which a run is unstable is called, empty where none is known."""
    known = limit(path)
    return limit_name(path) if known is not None and np.isfinite(known).any() else ""


def _factors(run: Run) -> dict[str, str]:
    """How a run's method writes its direction, scale and decay; see `optimizers.explain.anatomy.Shape`."""
    optimizer = optimizer_of(run.optimizer)
    shape = usual_shape(optimizer)
    return {"direction": shape.direction, "scale": "" if optimizer.chooses else shape.scale, "decay": shape.decay}


def _ruled(run: Run) -> bool:
    """Whether a rule acts on the run's gradients, so that there are two of them to see."""
    kinds = [RULES[rule.slug] for rule in run.rules]
    return any(kind.gradient is not Rule.gradient or kind.touches is not Rule.touches for kind in kinds)
