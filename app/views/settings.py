"""What decides how an experiment runs, as widgets: surface, schedule, runs, rules, penalties, start, steps and seed.

Each section is handed the experiment and `put`, which is told the one that the viewer made of it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
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
    from_point,
    optimizer_of,
    start_of,
    suggested_rate,
    surface_of,
)
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Rule, Schedule
from surfaces import PENALTIES, SURFACES

# The fields of a surface that say how a model is trained, not what it is.
TRAINING = ("batch_size", "held_out", "dropout", "initialization", "draw")
Put = Callable[[Experiment], None]
# Whom the + button brings in, the first that does not race yet.
NEWCOMERS = ("sgd", "momentum", "rmsprop", "adam", "adagrad", "nesterov", "adamw", "composed")


def scene(experiment: Experiment, put: Put) -> None:
    """The surface and its fields, normalization, and the schedule."""
    surface = SURFACES[experiment.surface.slug]
    st.subheader("Scene", anchor=False)

    def picked(slug: str) -> None:
        built = surface_of(Pick(slug))
        runs = [
            replace(run, lr=suggested_rate(optimizer_of(run.optimizer), built, built.start)) for run in experiment.runs
        ]
        if slug == FIRST.surface.slug and [run.optimizer for run in runs] == [run.optimizer for run in FIRST.runs]:
            runs = list(FIRST.runs)
        put(replace(experiment, surface=Pick(slug), start=None, runs=tuple(runs)))

    def set_field(name: str, value: Value) -> None:
        new = changed(experiment.surface, surface, name, value)
        start = experiment.start
        if name == "normalization" and start is not None:
            # Normalized weights are other weights: the start is the same model, unless that lies out of the picture.
            old, other = surface_of(experiment.surface), surface_of(new)
            u, v = other.from_raw_weights(old.raw_weights(np.array(start))).tolist()
            (x0, x1), (y0, y1) = other.window
            start = (u, v) if x0 < u < x1 and y0 < v < y1 else None
        put(replace(experiment, surface=new, start=start))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.pick("Surface", SURFACES, experiment.surface.slug, "surface", picked)
        with controls.menu(":material/info:", "The formula, and where it comes from", "surface.menu") as opened:
            if opened:
                controls.about(surface)
    controls.sentence(surface)
    own = {p.name: p for p in surface.params() if p.name not in TRAINING}
    bent = [
        f"{name.upper()} {controls.compact(value)}" for name, value in experiment.surface.fields if name in PENALTIES
    ]
    if bent:
        st.caption(f"With a penalty: {', '.join(bent)}")
    normalization = own.pop("normalization", None)
    after = [own.pop(name) for name in ("gamma", "beta") if name in own]
    for name in PENALTIES:
        del own[name]
    prefix = f"surface.{surface.slug}"
    controls.fields(list(own.values()), experiment.surface.__getitem__, prefix, set_field)
    kind = experiment.surface[normalization] if normalization else "none"
    controls.switch(
        "Normalize features",
        on=kind != "none",
        key="normalization",
        why_not="" if normalization else "This surface has no features",
        on_change=lambda on: set_field("normalization", "standardize" if on else "none"),
    )
    if normalization and kind != "none":
        ways = replace(normalization, label="How", choices=normalization.choices[1:])
        controls.fields([ways, *after], experiment.surface.__getitem__, prefix, set_field)

    schedule = SCHEDULES[experiment.schedule.slug]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        controls.pick(
            "Learning-rate schedule",
            SCHEDULES,
            schedule.slug,
            "schedule",
            lambda slug: put(replace(experiment, schedule=Pick(slug, _kept_warmup(experiment.schedule)))),
        )
        with controls.menu(":material/tune:", "The schedule's settings, and warm-up", "schedule.menu") as opened:
            if opened:
                _schedule_menu(experiment, schedule, put)
    controls.sentence(schedule)


def _schedule_menu(experiment: Experiment, schedule: type[Schedule], put: Put) -> None:
    controls.fields(
        sorted((p for p in schedule.params() if p.name not in SHARED), key=lambda p: p.name == "warmup"),
        experiment.schedule.__getitem__,
        f"schedule.{schedule.slug}",
        lambda name, value: put(replace(experiment, schedule=changed(experiment.schedule, schedule, name, value))),
    )
    controls.about(schedule)


def _kept_warmup(schedule: Pick) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value) for name, value in schedule.fields if name == "warmup")


def run_settings(experiment: Experiment, run: Run, put: Put) -> None:
    """The selected run: its method, rate, fields and rules."""
    optimizer = OPTIMIZERS[run.optimizer.slug]
    st.divider()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = f'<span class="ravine-key" data-slot="{run.slot}"></span>'
        st.html(f'<div class="ravine-run">{key}{name_of(run)}</div>')
        with controls.menu(
            ":material/more_horiz:", "Formula, exact rate, duplicate, remove", f"r{run.slot}.menu"
        ) as opened:
            if opened:
                _run_menu(experiment, run, put)

    def picked(slug: str) -> None:
        put(experiment.with_run(replace(run, optimizer=Pick(slug), lr=_suggested(experiment, Pick(slug)))))

    def set_field(name: str, value: Value) -> None:
        new = changed(run.optimizer, optimizer, name, value)
        if name in held:
            # Another method inside: its own fields, and a rate that suits it.
            new = changed(run.optimizer.without(name), optimizer, name, value)
            put(experiment.with_run(replace(run, optimizer=new, lr=_suggested(experiment, new))))
        else:
            put(experiment.with_run(replace(run, optimizer=new)))

    prefix = f"r{run.slot}.{optimizer.slug}"
    held = {p.name for p in optimizer.holds()}
    controls.pick("Optimizer", OPTIMIZERS, optimizer.slug, f"r{run.slot}.optimizer", picked)
    controls.sentence(optimizer)
    set_rate: Callable[[str, Value], None] = lambda _, lr: put(  # noqa: E731
        experiment.with_run(replace(run, lr=controls.number_of(lr)))
    )
    controls.fields([LR], lambda _: run.lr, prefix, set_rate)
    note = optimizer_of(run.optimizer).rate_note
    if note:
        st.caption(note)
    controls.fields(optimizer.params_with(dict(run.optimizer.fields)), run.optimizer.__getitem__, prefix, set_field)
    _rules(experiment, run, put)


def _rules(experiment: Experiment, run: Run, put: Put) -> None:
    """What acts on the run's gradients, places and clock, in the order in which it was chosen."""
    known = {rule.slug: rule for rule in run.rules}

    def picked(slugs: list[str]) -> None:
        rules = tuple(known.get(slug, Pick(slug)) for slug in slugs)
        put(experiment.with_run(replace(run, rules=rules)))

    controls.several("Rules", RULES, list(known), f"r{run.slot}.rules", MAX_RULES, picked)
    for rule in known.values():
        kind = RULES[rule.slug]

        def set_field(name: str, value: Value, rule: Pick = rule, kind: type[Rule] = kind) -> None:
            new = changed(rule, kind, name, value)
            rules = tuple(new if one is rule else one for one in run.rules)
            put(experiment.with_run(replace(run, rules=rules)))

        with st.container(border=True):
            st.markdown(f"**{kind.name}**")
            st.caption(kind.sentence())
            controls.fields(kind.params(), rule.__getitem__, f"r{run.slot}.{rule.slug}", set_field)


def _suggested(experiment: Experiment, optimizer: Pick) -> float:
    """A rate that suits an optimizer on the surface that is shown."""
    return suggested_rate(optimizer_of(optimizer), surface_of(experiment.surface), start_of(experiment))


def _run_menu(experiment: Experiment, run: Run, put: Put) -> None:
    only = len(experiment.runs) == 1
    set_rate: Callable[[Value], None] = lambda lr: put(  # noqa: E731
        experiment.with_run(replace(run, lr=controls.number_of(lr)))
    )
    controls.exact(LR, run.lr, f"r{run.slot}.exact", set_rate)
    st.button("Duplicate", icon=":material/content_copy:", on_click=add, args=(experiment, put, run), width="stretch")
    why = "One run stays, so that there is something to see." if only else None
    st.button(
        "Remove",
        icon=":material/delete:",
        on_click=_remove,
        args=(experiment, put, run),
        disabled=only,
        help=why,
        width="stretch",
    )
    controls.about(OPTIMIZERS[run.optimizer.slug])


def training(experiment: Experiment, put: Put) -> None:
    """Mini-batches, held-out data and initial weights, where the surface is that of a model on data."""
    surface = SURFACES[experiment.surface.slug]
    own = [p for p in surface.params() if p.name in TRAINING]
    if not own:
        return

    def set_field(name: str, value: Value) -> None:
        new = changed(experiment.surface, surface, name, value)
        # What says how weights begin takes the place of a start that was given.
        start = None if name in ("initialization", "draw") else experiment.start
        put(replace(experiment, surface=new, start=start))

    with controls.fold("Batches, held-out data, first weights", "training") as opened:
        if opened:
            controls.fields(own, experiment.surface.__getitem__, f"surface.{surface.slug}", set_field)


def penalties(experiment: Experiment, put: Put) -> None:
    """Penalties on the weights, which every surface takes."""
    surface = SURFACES[experiment.surface.slug]

    def set_field(name: str, value: Value) -> None:
        put(replace(experiment, surface=changed(experiment.surface, surface, name, value)))

    with controls.fold("Penalties on the weights", "penalties") as opened:
        if opened:
            st.caption("The surface bends and its minimum moves; the one without penalties stays marked.")
            penalties = [p for p in surface.params() if p.name in PENALTIES]
            controls.fields(penalties, experiment.surface.__getitem__, f"surface.{surface.slug}", set_field)


def more(experiment: Experiment, put: Put) -> None:
    """Start, steps and seed, as exact numbers."""
    x, y = start_of(experiment)
    bounds: dict[str, Any] = {"min_value": -MAX_COORDINATE, "max_value": MAX_COORDINATE, "format": "%.4g"}
    with controls.fold("Start, steps, seed", "more") as opened:
        if not opened:
            return
        left, right = st.columns(2)
        with left:
            controls.number(
                "Start x", x, "start.x", lambda v: put(replace(experiment, start=(v, y))), step=0.1, **bounds
            )
            steps: Callable[[float], None] = lambda n: put(replace(experiment, steps=int(n)))  # noqa: E731
            controls.number("Steps", experiment.steps, "steps", steps, min_value=1, max_value=MAX_STEPS, step=10)
        with right:
            controls.number(
                "Start y", y, "start.y", lambda v: put(replace(experiment, start=(x, v))), step=0.1, **bounds
            )
            seed: Callable[[float], None] = lambda n: put(replace(experiment, seed=int(n)))  # noqa: E731
            controls.number("Seed", experiment.seed, "seed", seed, min_value=0, max_value=2**31 - 1, step=1)


def add(experiment: Experiment, put: Put, like: Run | None = None) -> None:
    """One more run in the lowest free slot: like another, or the first method that does not race yet."""
    slot = experiment.free_slot()
    if slot is None:
        st.session_state.complaints = [f"{len(SLOTS)} runs at most. Remove one first."]
        return
    if like is None:
        racing = {run.optimizer.slug for run in experiment.runs}
        slug = next((s for s in NEWCOMERS if s not in racing), "sgd")
        like = Run(slot, Pick(slug), _suggested(experiment, Pick(slug)))
    st.session_state.selected = slot
    put(experiment.with_run(replace(like, slot=slot)))


def _remove(experiment: Experiment, put: Put, run: Run) -> None:
    put(replace(experiment, runs=tuple(other for other in experiment.runs if other.slot != run.slot)))


def asked(ask: Any, experiment: Experiment, put: Put) -> None:
    """What the viewer asked for in the picture. It comes from a browser, so nothing in it is taken on trust."""
    state = st.session_state
    match ask:
        case {"what": "start", "x": int() | float() as x, "y": int() | float() as y}:
            try:
                put(from_point(experiment, checked_start(x, y)))
            except ValueError as error:
                state.complaints = [str(error)]
        case {"what": "select", "slot": int() as slot} if slot in {run.slot for run in experiment.runs}:
            state.selected = slot
        case {"what": "add"}:
            add(experiment, put)


def name_of(run: Run) -> str:
    """A run's method, with those inside it."""
    return optimizer_of(run.optimizer).called


def load(key: str, parse: Callable[[dict[str, list[str]]], tuple[Any, list[str]]], page: str = "") -> Any:
    """What a page shows, from its link, unless that is the one that `store` has written there itself.

    Pages of the same `key` show the same thing; `page` tells them apart.
    """
    state = st.session_state
    given = {name: st.query_params.get_all(name) for name in st.query_params}
    link = {name: values[-1] for name, values in given.items()}
    came, state.page = state.get("page") != (page or key), page or key
    if came:
        state.complaints = []
    if key in state and came and not link:
        # Streamlit empties the address when one walks to another page.
        st.query_params.from_dict(state[f"{key}.link"])
    elif key not in state or link != state[f"{key}.link"]:
        state[f"{key}.link"] = link
        state[key], state.complaints = parse(given)
    return state[key]


def store(key: str, shown: Any, words: str = "") -> None:
    """Make this what the page shows, and its link say so."""
    state = st.session_state
    state[key], state[f"{key}.link"] = shown, shown.query()
    state.complaints = [words] if words else []
    st.query_params.from_dict(state[f"{key}.link"])


def keep(experiment: Experiment) -> None:
    """Make this the experiment that the playground and Dissect show, as far as the cap on work allows."""
    store("experiment", *experiment.bounded())


def selected(experiment: Experiment) -> Run:
    """The run whose settings are shown: the one that was picked, or the first."""
    state = st.session_state
    run = next((run for run in experiment.runs if run.slot == state.get("selected")), experiment.runs[0])
    state.selected = run.slot
    return run


def complaints() -> None:
    """What could not be taken of a link or of a wish, in one notice."""
    if st.session_state.complaints:
        first, *others = st.session_state.complaints
        some = f" {len(others)} more parts were not understood." if len(others) > 1 else ""
        some = f" {others[0]}" if len(others) == 1 else some
        st.warning(controls.plain(first + some), icon=":material/link_off:")
