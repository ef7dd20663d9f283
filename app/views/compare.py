"""Compare: two scenes on one clock that differ in one named thing."""

from dataclasses import replace
from typing import Any

import streamlit as st

from app import controls
from app.comparison import (
    BESIDE,
    EXAMPLES,
    FACTOR,
    SEED,
    Comparison,
    differing,
    first_value,
    parse_comparison,
    words_of,
)
from app.experiment import Experiment, Pick, Value, as_text, changed, checked_start, parse_pick
from app.player import Scene, player
from app.views import settings
from core.entry import Param
from optimizers import RULES, SCHEDULES
from surfaces import SURFACES

PLAYER = "compare"


def page() -> None:
    """The whole page."""
    comparison: Comparison = settings.load("comparison", parse_comparison)
    left = comparison.left
    run = settings.selected(left)
    with st.container(key="toolbar"):
        ours, theirs = st.columns(2, gap="small")
        with ours, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with controls.menu(":material/landscape:", "", "compare.scene", SURFACES[left.surface.slug].name) as opened:
                if opened:
                    # On the playground this stands beside the data.
                    st.caption(controls.plain(SURFACES[left.surface.slug].model))
                    settings.scene(comparison.left, _set_left)
                    settings.training(comparison.left, _set_left)
                    settings.penalties(comparison.left, _set_left)
                    settings.more(comparison.left, _set_left)
            _difference(comparison)
            _left_value(comparison)
        with theirs, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _right_value(comparison)
            with controls.menu(":material/tune:", "", "compare.run", settings.name_of(run)) as opened:
                if opened:
                    settings.run_settings(comparison.left, run, _set_left)
            _examples()
    settings.complaints()
    player(scenes(comparison), key=PLAYER, selected=run.slot, link=comparison.query(), on_ask=_asked)


def scenes(comparison: Comparison) -> list[Scene]:
    """The two scenes with their titles. Paths under a normalization are drawn on the other side too, as raw weights."""
    left, right = comparison.scenes
    (ours, our_remark), (theirs, their_remark) = words_of(comparison)
    same = comparison.name not in ("loss", "surface", "data_set")
    pair = [Scene(left, ours, our_remark, same_loss=same), Scene(right, theirs, their_remark, same_loss=same)]
    if comparison.name == "normalization":
        raw = 1 if dict(right.surface.fields).get("normalization", "none") == "none" else 0
        other = pair[1 - raw]
        pair[raw] = replace(pair[raw], mapped=other.experiment, mapped_as=other.title.lower())
    return pair


def _set_left(experiment: Experiment) -> None:
    bounded, words = experiment.bounded()
    settings.store("comparison", st.session_state.comparison.with_left(bounded), words)


def _set_value(value: str) -> None:
    """Another value on the right; where it makes no sense that is said, and nothing changes."""
    new = replace(st.session_state.comparison, value=value)
    try:
        new.check()
    except ValueError as error:
        st.session_state.complaints = [str(error)]
    else:
        settings.store("comparison", new)


def _examples() -> None:
    def chosen() -> None:
        name = st.session_state["compare.example"]
        if name in EXAMPLES:
            settings.store("comparison", EXAMPLES[name])
            st.session_state.selected = EXAMPLES[name].left.runs[0].slot

    current = next((name for name, one in EXAMPLES.items() if one == st.session_state.comparison), None)
    controls.held("compare.example", current)
    st.selectbox(
        "Examples",
        list(EXAMPLES),
        index=None,
        key="compare.example",
        placeholder="Examples",
        label_visibility="collapsed",
        on_change=chosen,
        width=230,
    )


def _difference(comparison: Comparison) -> None:
    """What differs."""
    names = differing(comparison.left)
    controls.held("compare.name", comparison.name)

    def chosen() -> None:
        name = st.session_state["compare.name"]
        left, value = first_value(comparison.left, name)
        settings.store("comparison", Comparison(left, name, value))

    st.selectbox(
        "What differs",
        list(names),
        key="compare.name",
        format_func=lambda name: f"differ in: {names[name]}",
        label_visibility="collapsed",
        on_change=chosen,
        width=220,
    )


def _field(comparison: Comparison) -> Param | None:
    """The surface's field that differs, if it is one."""
    fields = {p.name: p for p in SURFACES[comparison.left.surface.slug].params()}
    return None if comparison.name in BESIDE else fields[comparison.name]


def _left_value(comparison: Comparison) -> None:
    left, p = comparison.left, _field(comparison)
    if p is not None:

        def set_field(name: str, value: Value) -> None:
            start = None if name == "normalization" else left.start
            new = changed(left.surface, SURFACES[left.surface.slug], name, value)
            _set_left(replace(left, surface=new, start=start))

        p = replace(p, label=f"{controls.label_of(p)}, left")
        controls.fields([p], left.surface.__getitem__, f"compare.left.{left.surface.slug}", set_field, bare=True)
    elif comparison.name == "schedule":
        controls.pick(
            "Schedule on the left",
            SCHEDULES,
            left.schedule.slug,
            "compare.left.schedule",
            lambda slug: _set_left(replace(left, schedule=Pick(slug))),
            bare=True,
        )


def _right_value(comparison: Comparison) -> None:
    name, value, p = comparison.name, comparison.value, _field(comparison)
    if p is not None:
        now, p = p.parse(value), replace(p, label=f"{controls.label_of(p)}, right")
        key = f"compare.right.{comparison.left.surface.slug}"
        controls.fields([p], lambda _: now, key, lambda _, new: _set_value(as_text(new)), bare=True)
    elif name in ("surface", "schedule", "rule"):
        registry: Any = {"surface": SURFACES, "schedule": SCHEDULES, "rule": RULES}[name]
        pick, _ = parse_pick(value, registry)
        assert pick is not None
        entry = registry[pick.slug]
        controls.pick(
            f"{BESIDE[name]} on the right",
            registry,
            pick.slug,
            f"compare.right.{name}",
            lambda slug: _set_value(slug),
            bare=True,
        )

        def set_field(field: str, new: Value) -> None:
            _set_value(changed(pick, entry, field, new).text)

        with controls.menu(
            ":material/settings:", f"Settings on the right: {entry.name}", f"compare.right.{name}.menu"
        ) as opened:
            if opened:
                declared = [q for q in entry.params() if q.name != "lr"]
                controls.fields(declared, pick.__getitem__, f"compare.right.{pick.slug}", set_field)
                controls.about(entry)
    elif name == "lr":
        now = FACTOR.parse(value)
        controls.fields([FACTOR], lambda _: now, "compare.right", lambda _, new: _set_value(as_text(new)), bare=True)
        st.caption("times the rates on the left")
    elif name == "seed":
        seed = int(SEED.parse(value))  # type: ignore[arg-type]
        number = lambda new: _set_value(str(int(new)))  # noqa: E731
        controls.number(
            "Seed on the right", seed, "compare.right.seed", number, min_value=0, max_value=2**31 - 1, step=1
        )
    elif name == "start":
        st.caption("Click in the right picture to move its start.")
    else:
        _sides(comparison)


def _sides(comparison: Comparison) -> None:
    """Which runs are on the right."""
    runs = {str(run.slot): settings.name_of(run) for run in comparison.left.runs}
    controls.held("compare.right.optimizers", comparison.value.split("~"))
    st.multiselect(
        "Runs on the right",
        list(runs),
        key="compare.right.optimizers",
        format_func=lambda slot: runs[slot],
        label_visibility="collapsed",
        placeholder="Runs on the right",
        on_change=lambda: _set_value("~".join(sorted(st.session_state["compare.right.optimizers"]))),
    )


def _asked() -> None:
    """What the viewer asked for in a picture. It comes from a browser, so nothing in it is taken on trust."""
    ask, comparison = st.session_state[PLAYER].ask, st.session_state.comparison
    match ask:
        case {"what": "start", "scene": 0 | 1 as scene, "x": int() | float() as x, "y": int() | float() as y}:
            try:
                begun = comparison.begun_at(scene, checked_start(x, y))
            except ValueError as error:
                st.session_state.complaints = [str(error)]
                return
            if begun.left == comparison.left:
                _set_value(begun.value)
            else:
                _set_left(begun.left)
        case _:
            settings.asked(ask, comparison.left, _set_left)
