"""The playground: a surface, runs that race on it, and everything that decides how."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from app import controls
from app.experiment import (
    FIRST,
    LR,
    MAX_COORDINATE,
    MAX_STEPS,
    SHARED,
    SLOTS,
    Experiment,
    Pick,
    Run,
    Value,
    changed,
    checked_start,
    parse,
    start_of,
    suggested_rate,
    surface_of,
)
from app.player import Scene, player
from optimizers import OPTIMIZERS, SCHEDULES, Schedule
from surfaces import SURFACES

PLAYER = "player"
# Whom the + button brings in, the first that does not race yet.
NEWCOMERS = ("sgd", "momentum", "rmsprop", "adam", "adagrad", "nesterov", "adamw", "composed")


def page() -> None:
    """The whole page."""
    state = st.session_state
    _load()
    experiment: Experiment = state.experiment
    with st.sidebar:
        _scene_controls(experiment)
        _run_controls(experiment, next(run for run in experiment.runs if run.slot == state.selected))
        _more_controls(experiment)
    if state.complaints:
        first, *others = state.complaints
        more = f" {len(others)} more parts were not understood." if len(others) > 1 else ""
        more = f" {others[0]}" if len(others) == 1 else more
        st.warning(controls.plain(first + more), icon=":material/link_off:")
    player([Scene(experiment)], key=PLAYER, selected=state.selected, on_ask=_asked)


def _load() -> None:
    """Take the experiment from the link, unless it is the one that this page itself has written there."""
    state = st.session_state
    query = {key: st.query_params.get_all(key) for key in st.query_params}
    if "experiment" in state and {key: values[-1] for key, values in query.items()} == state.link:
        return
    state.link = {key: values[-1] for key, values in query.items()}
    state.experiment, state.complaints = parse(query)
    state.selected = state.experiment.runs[0].slot


def _set(experiment: Experiment, words: str = "") -> None:
    """Make this the experiment, and the link say so."""
    state = st.session_state
    state.experiment, too_long = experiment.bounded()
    state.complaints = [w for w in (words, too_long) if w]
    if all(run.slot != state.get("selected") for run in experiment.runs):
        state.selected = experiment.runs[0].slot
    state.link = state.experiment.query()
    st.query_params.from_dict(state.link)


def _scene_controls(experiment: Experiment) -> None:
    surface = SURFACES[experiment.surface.slug]
    st.subheader("Scene", anchor=False)

    def picked(slug: str) -> None:
        built = surface_of(Pick(slug))
        runs = [
            replace(run, lr=suggested_rate(OPTIMIZERS[run.optimizer.slug], built, built.start))
            for run in experiment.runs
        ]
        if slug == FIRST.surface.slug and [run.optimizer for run in runs] == [run.optimizer for run in FIRST.runs]:
            runs = list(FIRST.runs)
        _set(replace(experiment, surface=Pick(slug), start=None, runs=tuple(runs)))

    def set_field(name: str, value: Value) -> None:
        new = changed(experiment.surface, surface, name, value)
        # Normalized weights are other weights: a start given in the old ones means nothing in the new.
        start = None if name == "normalization" else experiment.start
        _set(replace(experiment, surface=new, start=start))

    controls.pick("Surface", SURFACES, experiment.surface.slug, "surface", picked)
    own = {p.name: p for p in surface.params()}
    normalization = own.pop("normalization", None)
    controls.fields(list(own.values()), experiment.surface.__getitem__, f"surface.{surface.slug}", set_field)
    controls.switch(
        "Normalize features",
        on=normalization is not None and experiment.surface[normalization] == "standardize",
        key="normalization",
        why_not="" if normalization else "This surface has no features",
        on_change=lambda on: set_field("normalization", "standardize" if on else "none"),
    )

    schedule = SCHEDULES[experiment.schedule.slug]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.pick(
            "Learning-rate schedule",
            SCHEDULES,
            schedule.slug,
            "schedule",
            lambda slug: _set(replace(experiment, schedule=Pick(slug, _kept_warmup(experiment.schedule)))),
        )
        with controls.menu(":material/tune:", "The schedule's settings, and warm-up", "schedule.menu") as opened:
            if opened:
                _schedule_menu(experiment, schedule)


def _schedule_menu(experiment: Experiment, schedule: type[Schedule]) -> None:
    st.latex(schedule.tex)
    controls.fields(
        sorted((p for p in schedule.params() if p.name not in SHARED), key=lambda p: p.name == "warmup"),
        experiment.schedule.__getitem__,
        f"schedule.{schedule.slug}",
        lambda name, value: _set(replace(experiment, schedule=changed(experiment.schedule, schedule, name, value))),
    )


def _kept_warmup(schedule: Pick) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value) for name, value in schedule.fields if name == "warmup")


def _run_controls(experiment: Experiment, run: Run) -> None:
    optimizer = OPTIMIZERS[run.optimizer.slug]
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = f'<span class="ravine-key" data-slot="{run.slot}"></span>'
        st.html(f'<div class="ravine-run">{key}{optimizer.name}</div>')
        with controls.menu(":material/more_horiz:", "Duplicate, remove, exact rate", f"r{run.slot}.menu") as opened:
            if opened:
                _run_menu(experiment, run)

    def picked(slug: str) -> None:
        lr = suggested_rate(OPTIMIZERS[slug], surface_of(experiment.surface), start_of(experiment))
        _set(experiment.with_run(Run(run.slot, Pick(slug), lr)))

    def set_field(name: str, value: Value) -> None:
        _set(experiment.with_run(replace(run, optimizer=changed(run.optimizer, optimizer, name, value))))

    prefix = f"r{run.slot}.{optimizer.slug}"
    controls.pick("Optimizer", OPTIMIZERS, optimizer.slug, f"r{run.slot}.optimizer", picked)
    controls.fields([LR], lambda _: run.lr, prefix, lambda _, lr: _set(experiment.with_run(replace(run, lr=float(lr)))))
    controls.fields(optimizer.params(), run.optimizer.__getitem__, prefix, set_field)


def _run_menu(experiment: Experiment, run: Run) -> None:
    only = len(experiment.runs) == 1
    controls.exact(LR, run.lr, f"r{run.slot}.exact", lambda lr: _set(experiment.with_run(replace(run, lr=float(lr)))))
    st.button("Duplicate", icon=":material/content_copy:", on_click=_add, args=(run,), width="stretch")
    why = "One run stays, so that there is something to see." if only else None
    st.button(
        "Remove", icon=":material/delete:", on_click=_remove, args=(run,), disabled=only, help=why, width="stretch"
    )


def _more_controls(experiment: Experiment) -> None:
    x, y = start_of(experiment)
    bounds: dict[str, Any] = {"min_value": -MAX_COORDINATE, "max_value": MAX_COORDINATE, "format": "%.4g"}
    with controls.fold("Start, steps, seed", "more") as opened:
        if not opened:
            return
        left, right = st.columns(2)
        with left:
            controls.number(
                "Start x", x, "start.x", lambda v: _set(replace(experiment, start=(v, y))), step=0.1, **bounds
            )
            steps: Callable[[float], None] = lambda n: _set(replace(experiment, steps=int(n)))  # noqa: E731
            controls.number("Steps", experiment.steps, "steps", steps, min_value=1, max_value=MAX_STEPS, step=10)
        with right:
            controls.number(
                "Start y", y, "start.y", lambda v: _set(replace(experiment, start=(x, v))), step=0.1, **bounds
            )
            seed: Callable[[float], None] = lambda n: _set(replace(experiment, seed=int(n)))  # noqa: E731
            controls.number("Seed", experiment.seed, "seed", seed, min_value=0, max_value=2**31 - 1, step=1)


def _add(like: Run | None = None) -> None:
    """One more run in the lowest free slot: like another, or the first method that does not race yet."""
    experiment: Experiment = st.session_state.experiment
    slot = experiment.free_slot()
    if slot is None:
        st.session_state.complaints = [f"{len(SLOTS)} runs at most. Remove one first."]
        return
    if like is None:
        racing = {run.optimizer.slug for run in experiment.runs}
        slug = next((s for s in NEWCOMERS if s not in racing), "sgd")
        rate = suggested_rate(OPTIMIZERS[slug], surface_of(experiment.surface), start_of(experiment))
        like = Run(slot, Pick(slug), rate)
    st.session_state.selected = slot
    _set(experiment.with_run(replace(like, slot=slot)))


def _remove(run: Run) -> None:
    experiment: Experiment = st.session_state.experiment
    _set(replace(experiment, runs=tuple(other for other in experiment.runs if other.slot != run.slot)))


def _asked() -> None:
    """What the viewer asked for in the picture. It comes from a browser, so nothing in it is taken on trust."""
    state = st.session_state
    ask = state[PLAYER].ask
    experiment: Experiment = state.experiment
    match ask:
        case {"what": "start", "x": int() | float() as x, "y": int() | float() as y}:
            try:
                _set(replace(experiment, start=checked_start(x, y)))
            except ValueError as error:
                state.complaints = [str(error)]
        case {"what": "select", "slot": int() as slot} if slot in {run.slot for run in experiment.runs}:
            state.selected = slot
        case {"what": "add"}:
            _add()
