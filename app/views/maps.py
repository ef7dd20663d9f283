"""Maps: all starts, or all values of two numbers, at once, and the run of the pixel that was chosen beside them."""

import json
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import asks, controls
from app.atlas import described, symbol_of
from app.bounds import bound
from app.experiment import (
    LR,
    MAX_COORDINATE,
    MAX_STEPS,
    SLOTS,
    Experiment,
    Pick,
    Run,
    from_point,
    on_surface,
    start_of,
    suggested,
    surface_of,
)
from app.labels import label_of, within
from app.player import Scene, player
from app.views import settings
from app.watch import watch
from core.entry import Param
from maps.axes import Axis, put, taken
from maps.goal import THOUSANDTH, Goal
from maps.model import FIRST_MAP, SIZES, Kind, Map, first_names, parse_map
from maps.race import FIRST_RACE
from optimizers import OPTIMIZERS
from surfaces import SURFACES

PLAYER = "maps"
MENUS = ("map.more", "map.methods")
KINDS: dict[Kind, str] = {"basins": "Basins", "rate": "Rate × one", "methods": "Rate × method", "two": "Any two"}
GOALS = {
    "gap": "steps until the loss is a thousandth",
    "distance": "steps until a minimum is near",
    "final": "the loss at the end",
}
# A map of rates goes over two decades. Three quarters along lies the limit; a rate that suits is a tenth of one, or less.
BELOW, ABOVE, UNKNOWN = 10**-1.5, 10**0.5, 4.0


def page(playground: StreamlitPage) -> None:
    """The whole page; `playground` is where a pixel's run can be taken along."""
    asked: Map = settings.load("map", parse_map)
    st.session_state.selected = asked.slot
    tools = st.container(key="maptools", horizontal=True, vertical_alignment="center", gap="small")
    # The picture comes first, as in the playground.
    settings.listen(PLAYER, _heard)
    if st.session_state.pop("map.left", False):
        settings.keep(asked.scene())
        st.switch_page(playground)
    _pictures()
    with tools:
        _tools(asked)
    settings.complaints()


@st.fragment
@watch.running("script")
def _pictures() -> None:
    asked = _now()
    player(
        [Scene(asked.scene())],
        key=PLAYER,
        page="maps",
        selected=asked.slot,
        link=asked.query(),
        chart=json.dumps(described(asked)),
        on_ask=settings.alone(PLAYER, _heard, _beside),
    )


def _now() -> Map:
    asked: Map = st.session_state.map
    return asked


def _experiment() -> Experiment:
    return _now().experiment


def _beside() -> Any:
    """What is seen of a map beside its pictures: all of it where a menu is open, else all but the place and the view."""
    asked = _now()
    experiment = asked.experiment
    return (
        asked
        if any(map(controls.is_open, MENUS))
        else replace(asked, experiment=replace(experiment, start=None, view=None))
    )


def _keep(asked: Map, words: str = "") -> None:
    """Make this what the page shows, as far as the bound on work allows."""
    bounded, more = asked.experiment.bounded()
    settings.store("map", asked.suited(bounded), f"{words} {more}".strip())


def _put(experiment: Experiment) -> None:
    """The same map of another experiment."""
    asked = _now()
    new = asked.suited(experiment)
    _keep(_ranged(new) if new.ranges != asked.ranges else new)


def _ranged(asked: Map) -> Map:
    """The map with rates about the one that suits, where they vary and no others are asked for; methods have one each."""
    if "lr" not in asked.names or asked.kind == "methods":
        return asked
    scene, ranges, k = asked.scene(), list(asked.ranges), asked.names.index("lr")
    racer, surface = scene.runs[0], surface_of(scene.surface)
    known = bound(racer, surface)
    middle = known["value"] if known else UNKNOWN * suggested(racer.optimizer, surface, scene.start)
    low, high = (float(f"{middle * share:.1g}") for share in (BELOW, ABOVE))
    ranges[k] = ranges[k] or (max(low, LR.low), min(high, LR.high))
    return replace(asked, ranges=(ranges[0], ranges[1]))


def _heard(ask: Any) -> None:
    settings.heard(ask, "map", parse_map, _answer)


def _answer(ask: Any) -> None:
    """Do what the viewer asked for in the map or in the picture beside it."""
    asked, state = _now(), st.session_state
    try:
        match asks.name_of(ask):
            case "pixel":
                new = asked.chosen(*asks.pixel_from(str(ask.get("at")), asked.shape))
            case "goal":
                new = replace(asked, goal=Goal.parse(str(ask.get("goal")), surface_of(asked.experiment.surface)))
            case "play":
                state["map.left"] = True
                return
            case _:
                settings.asked(ask, _experiment, _put, FIRST_MAP.experiment)
                return
    except ValueError as error:
        state.complaints = [str(error)]
    else:
        _keep(new)


# The row of tools.


def _tools(asked: Map) -> None:
    """Which map, of what, with which numbers; all else behind a button."""
    experiment = asked.scene()
    run = experiment.runs[0]

    def kind_chosen() -> None:
        kind = st.session_state["map.kind"]
        if kind in KINDS and kind != _now().kind:
            _keep(_of_kind(_now(), kind))

    controls.held("map.kind", asked.kind)
    st.segmented_control(
        "Map",
        list(KINDS),
        default=asked.kind,
        format_func=KINDS.__getitem__,
        key="map.kind",
        required=True,
        on_change=kind_chosen,
        label_visibility="collapsed",
    )
    controls.pick("Surface", SURFACES, experiment.surface.slug, "map.surface", _surface)
    if asked.kind == "methods":
        _methods(asked)
    else:
        controls.pick(
            "Method", OPTIMIZERS, run.optimizer.slug, f"map.method{run.slot}", lambda slug: _method(run, slug)
        )
    if asked.kind in ("rate", "two"):
        _axes(asked)
    fields = asked.fields
    if asked.kind == "basins":
        _number(replace(LR, label="rate"), run.lr, "map.lr", lambda v: _one("lr", v))
        own = next((name for name in fields if name not in ("lr", "x", "y") and "." not in name), None)
        if own is not None:
            p = replace(fields[own], label=symbol_of(fields[own].tex) or within(label_of(fields[own])))
            _number(p, taken(experiment, own), f"map.{run.optimizer.slug}.{own}", lambda v: _one(own, v))
    if asked.kind != "two":
        _steps(experiment)
    with controls.menu(":material/tune:", "All settings", MENUS[0]) as opened:
        if opened:
            _more(asked, run)


def _surface(slug: str) -> None:
    if slug != _experiment().surface.slug:
        _put(on_surface(_experiment(), Pick(slug), None))


def _steps(experiment: Experiment) -> None:
    p = Param("steps", experiment.steps, 1, MAX_STEPS, label="steps")
    _number(p, experiment.steps, "map.steps", lambda v: _put(replace(_experiment(), steps=int(v))))


def _one(name: str, value: float) -> None:
    """Set one field of the mapped run, if it has it still."""
    if name in _now().fields:
        _put(put_one(_now(), name, value))


def put_one(asked: Map, name: str, value: float) -> Experiment:
    """The map's experiment with one field of the mapped run, or of all runs, set."""
    one = put(asked.scene(), name, asked.fields[name].kind(value))
    return replace(one, runs=asked.experiment.runs).with_run(one.runs[0])


def _number(p: Param, value: float, key: str, take: Any) -> None:
    """A number as text; what is not allowed is said in a notice, and nothing changes."""
    shown = f"{value:.4g}"
    controls.shows(key, shown)

    def changed() -> None:
        text = controls.typed_in(key)
        if text is None:
            return
        try:
            take(replace(p, name=p.label).parse(text.replace(",", ".").replace("−", "-")))
        except ValueError as error:
            st.session_state.complaints = [str(error)]

    st.text_input(p.label, shown, key=key, on_change=changed, max_chars=24)


def _method(run: Run, slug: str) -> None:
    """Another method in the mapped run's place, at a rate that suits it."""
    experiment = _experiment()
    if any(one.slot == run.slot and one.optimizer.slug == slug for one in experiment.runs):
        return
    rate = suggested(Pick(slug), surface_of(experiment.surface), experiment.start)
    _put(experiment.with_run(replace(run, optimizer=Pick(slug), lr=rate)))


def _of_kind(asked: Map, kind: Kind) -> Map:
    """The same experiment under another kind of map."""
    if kind == "methods" and len(asked.experiment.runs) == 1:
        # One row is no map: beside the one method stand those of the fair race.
        there = {run.slot: run for run in (*FIRST_RACE.experiment.runs, *asked.experiment.runs)}
        runs = tuple(there[slot] for slot in sorted(there))
        asked = replace(asked, experiment=replace(asked.experiment, runs=runs), of=asked.slot)
    names = first_names(kind, asked.fields)
    if kind == "two":
        # Rate and steps of the schedule, or of the method: what is not the map beside.
        names = "x", "lr"
    return _ranged(replace(asked, names=names, ranges=(None, None)))


def _methods(asked: Map) -> None:
    """Which methods have a row each."""
    experiment = asked.experiment

    def chosen(slugs: list[str]) -> None:
        now = _experiment()
        kept = [run for run in now.runs if run.optimizer.slug in slugs]
        free = [slot for slot in SLOTS if slot not in {run.slot for run in kept}]
        new = [slug for slug in slugs if slug not in {run.optimizer.slug for run in kept}]
        surface = surface_of(now.surface)
        added = [
            Run(slot, Pick(slug), suggested(Pick(slug), surface, now.start))
            for slot, slug in zip(free, new, strict=False)
        ]
        if kept or added:
            _put(replace(now, runs=tuple(sorted([*kept, *added], key=lambda run: run.slot))))

    count = len(experiment.runs)
    with controls.menu("", "", MENUS[1], f"{count} method{'s' * (count > 1)}") as opened:
        if opened:
            slugs = list(dict.fromkeys(run.optimizer.slug for run in experiment.runs))
            controls.several("Methods", OPTIMIZERS, slugs, "map.rows", len(SLOTS), chosen)


def _axes(asked: Map) -> None:
    """The field that varies beside the rate, or both."""
    fields = asked.fields
    for k, label in ((1, "with"),) if asked.kind == "rate" else ((0, "across"), (1, "up")):
        options = [name for name in fields if name != asked.names[1 - k]]
        key = f"map.axis{k}"

        def chosen(k: int = k, key: str = key) -> None:
            now, name = _now(), st.session_state[key]
            if name not in now.fields or name in now.names:
                return
            names, ranges = list(now.names), list(now.ranges)
            names[k], ranges[k] = name, None
            _keep(_ranged(replace(now, names=(names[0], names[1]), ranges=(ranges[0], ranges[1]))))

        controls.held(key, asked.names[k])
        st.selectbox(
            label,
            options,
            options.index(asked.names[k]),
            key=key,
            format_func=lambda name: _called(name, fields[name]),
            filter_mode="contains",
            on_change=chosen,
        )


def _called(name: str, p: Param) -> str:
    """What a field is called in a list of all of them."""
    whose = name.partition(".")[0].rstrip("0123456789") if "." in name else ""
    words = {"schedule": " of the schedule", "surface": " of the surface", "rule": " of a rule"}
    return within(label_of(p)) + words.get(whose, "")


def _more(asked: Map, run: Run) -> None:
    """What the row has no room for."""

    def goal_chosen() -> None:
        if st.session_state["map.goal"] in GOALS:
            _answer({"what": "goal", "goal": st.session_state["map.goal"]})

    def size_chosen() -> None:
        if st.session_state["map.size"] in SIZES:
            _keep(replace(_now(), size=st.session_state["map.size"]))

    if asked.kind != "basins":
        there = [kind for kind in GOALS if kind != "distance" or surface_of(asked.experiment.surface).minima]
        controls.held("map.goal", asked.goal.kind)
        st.selectbox(
            "Colour",
            there,
            there.index(asked.goal.kind),
            format_func=GOALS.__getitem__,
            key="map.goal",
            on_change=goal_chosen,
        )
    controls.held("map.size", asked.size)
    st.selectbox(
        "Finest",
        SIZES,
        SIZES.index(asked.size),
        format_func=lambda n: f"{n} × {n}",
        key="map.size",
        on_change=size_chosen,
    )
    for k, axis in enumerate(asked.axes):
        if axis is not None:
            _range(k, axis)
    if asked.kind == "two":
        _steps(asked.experiment)
    st.divider()
    if asked.kind != "basins":
        x, y = start_of(asked.scene())
        for name, value in (("x", x), ("y", y)):
            p = Param(f"start {name}", 0.0, -MAX_COORDINATE, MAX_COORDINATE, label=f"Start {name}")
            _number(p, value, f"map.start.{name}", lambda v, name=name: _start(name, v))
    settings.run_settings(_experiment, run, _put)
    settings.scene(_experiment, _put)
    settings.training(_experiment, _put)
    settings.penalties(_experiment, _put)
    st.button("Reset", icon=":material/replay:", on_click=lambda: settings.store("map", FIRST_MAP), width="stretch")


def _start(name: str, value: float) -> None:
    x, y = start_of(_now().scene())
    _put(from_point(_experiment(), (value, y) if name == "x" else (x, value)))


def _range(k: int, axis: Axis) -> None:
    """From where to where a map goes along a side."""
    for end, words in ((0, "from"), (1, "to")):
        p = replace(axis.param, label=f"{axis.label} {words}")

        def take(value: Any, end: int = end) -> None:
            now = _now()
            there = now.axes[k]
            assert there is not None
            ends, ranges = [there.low, there.high], list(now.ranges)
            ends[end] = float(value)
            replace(there, low=ends[0], high=ends[1])
            ranges[k] = ends[0], ends[1]
            _keep(replace(now, ranges=(ranges[0], ranges[1])))

        _number(p, (axis.low, axis.high)[end], f"map.{axis.name}.{words}", take)


assert THOUSANDTH.kind in GOALS
