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
    MAX_RULES,
    MAX_STEPS,
    SHARED,
    SLOTS,
    Experiment,
    Pick,
    Run,
    Value,
    changed,
    checked_start,
    optimizer_of,
    parse,
    start_of,
    suggested_rate,
    surface_of,
)
from app.player import Scene, player
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Rule, Schedule
from surfaces import PENALTIES, SURFACES

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
        _penalty_controls(experiment)
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
            replace(run, lr=suggested_rate(optimizer_of(run.optimizer), built, built.start)) for run in experiment.runs
        ]
        if slug == FIRST.surface.slug and [run.optimizer for run in runs] == [run.optimizer for run in FIRST.runs]:
            runs = list(FIRST.runs)
        _set(replace(experiment, surface=Pick(slug), start=None, runs=tuple(runs)))

    def set_field(name: str, value: Value) -> None:
        new = changed(experiment.surface, surface, name, value)
        # Normalized weights are other weights: a start given in the old ones means nothing in the new.
        start = None if name == "normalization" else experiment.start
        _set(replace(experiment, surface=new, start=start))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.pick("Surface", SURFACES, experiment.surface.slug, "surface", picked)
        with controls.menu(":material/info:", "The formula, and where it comes from", "surface.menu") as opened:
            if opened:
                controls.about(surface)
    controls.sentence(surface)
    own = {p.name: p for p in surface.params()}
    bent = [
        f"{name.upper()} {controls.compact(value)}" for name, value in experiment.surface.fields if name in PENALTIES
    ]
    if bent:
        st.caption(f"With a penalty: {', '.join(bent)}")
    normalization = own.pop("normalization", None)
    for name in PENALTIES:
        del own[name]
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
    controls.sentence(schedule)


def _schedule_menu(experiment: Experiment, schedule: type[Schedule]) -> None:
    controls.fields(
        sorted((p for p in schedule.params() if p.name not in SHARED), key=lambda p: p.name == "warmup"),
        experiment.schedule.__getitem__,
        f"schedule.{schedule.slug}",
        lambda name, value: _set(replace(experiment, schedule=changed(experiment.schedule, schedule, name, value))),
    )
    controls.about(schedule)


def _kept_warmup(schedule: Pick) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value) for name, value in schedule.fields if name == "warmup")


def _run_controls(experiment: Experiment, run: Run) -> None:
    optimizer = OPTIMIZERS[run.optimizer.slug]
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = f'<span class="ravine-key" data-slot="{run.slot}"></span>'
        st.html(f'<div class="ravine-run">{key}{optimizer_of(run.optimizer).called}</div>')
        with controls.menu(
            ":material/more_horiz:", "Formula, exact rate, duplicate, remove", f"r{run.slot}.menu"
        ) as opened:
            if opened:
                _run_menu(experiment, run)

    def picked(slug: str) -> None:
        _set(experiment.with_run(replace(run, optimizer=Pick(slug), lr=_suggested(experiment, Pick(slug)))))

    def set_field(name: str, value: Value) -> None:
        new = changed(run.optimizer, optimizer, name, value)
        if name in held:
            # Another method inside: its own fields, and a rate that suits it.
            new = changed(run.optimizer.without(name), optimizer, name, value)
            _set(experiment.with_run(replace(run, optimizer=new, lr=_suggested(experiment, new))))
        else:
            _set(experiment.with_run(replace(run, optimizer=new)))

    prefix = f"r{run.slot}.{optimizer.slug}"
    held = {p.name for p in optimizer.holds()}
    controls.pick("Optimizer", OPTIMIZERS, optimizer.slug, f"r{run.slot}.optimizer", picked)
    controls.sentence(optimizer)
    set_rate: Callable[[str, Value], None] = lambda _, lr: _set(  # noqa: E731
        experiment.with_run(replace(run, lr=controls.number_of(lr)))
    )
    controls.fields([LR], lambda _: run.lr, prefix, set_rate)
    note = optimizer_of(run.optimizer).rate_note
    if note:
        st.caption(note)
    controls.fields(optimizer.params_with(dict(run.optimizer.fields)), run.optimizer.__getitem__, prefix, set_field)
    _rule_controls(experiment, run)


def _rule_controls(experiment: Experiment, run: Run) -> None:
    """What acts on the run's gradients, places and clock, in the order in which it was chosen."""
    known = {rule.slug: rule for rule in run.rules}

    def picked(slugs: list[str]) -> None:
        rules = tuple(known.get(slug, Pick(slug)) for slug in slugs)
        _set(experiment.with_run(replace(run, rules=rules)))

    controls.several("Rules", RULES, list(known), f"r{run.slot}.rules", MAX_RULES, picked)
    for rule in known.values():
        kind = RULES[rule.slug]

        def set_field(name: str, value: Value, rule: Pick = rule, kind: type[Rule] = kind) -> None:
            new = changed(rule, kind, name, value)
            rules = tuple(new if one is rule else one for one in run.rules)
            _set(experiment.with_run(replace(run, rules=rules)))

        with st.container(border=True):
            st.markdown(f"**{kind.name}**")
            st.caption(kind.sentence())
            controls.fields(kind.params(), rule.__getitem__, f"r{run.slot}.{rule.slug}", set_field)


def _suggested(experiment: Experiment, optimizer: Pick) -> float:
    """A rate that suits an optimizer on the surface that is shown."""
    return suggested_rate(optimizer_of(optimizer), surface_of(experiment.surface), start_of(experiment))


def _run_menu(experiment: Experiment, run: Run) -> None:
    only = len(experiment.runs) == 1
    set_rate: Callable[[Value], None] = lambda lr: _set(  # noqa: E731
        experiment.with_run(replace(run, lr=controls.number_of(lr)))
    )
    controls.exact(LR, run.lr, f"r{run.slot}.exact", set_rate)
    st.button("Duplicate", icon=":material/content_copy:", on_click=_add, args=(run,), width="stretch")
    why = "One run stays, so that there is something to see." if only else None
    st.button(
        "Remove", icon=":material/delete:", on_click=_remove, args=(run,), disabled=only, help=why, width="stretch"
    )
    controls.about(OPTIMIZERS[run.optimizer.slug])


def _penalty_controls(experiment: Experiment) -> None:
    surface = SURFACES[experiment.surface.slug]

    def set_field(name: str, value: Value) -> None:
        _set(replace(experiment, surface=changed(experiment.surface, surface, name, value)))

    with controls.fold("Penalties on the weights", "penalties") as opened:
        if opened:
            st.caption("The surface bends and its minimum moves; the one without penalties stays marked.")
            penalties = [p for p in surface.params() if p.name in PENALTIES]
            controls.fields(penalties, experiment.surface.__getitem__, f"surface.{surface.slug}", set_field)


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
        like = Run(slot, Pick(slug), _suggested(experiment, Pick(slug)))
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
