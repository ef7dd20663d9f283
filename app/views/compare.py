"""Compare: two scenes on one clock that differ in one named thing."""

from dataclasses import replace
from functools import lru_cache
from typing import Any

import streamlit as st

from app import asks, controls, sides
from app.comparison import (
    EXAMPLES,
    FIRST_COMPARISON,
    OWN_START,
    Comparison,
    parse_comparison,
    words_of,
)
from app.experiment import Experiment, Value, changed, from_point, parse_pick, start_of, surface_of
from app.player import Scene, player
from app.views import settings
from app.watch import watch
from optimizers import RULES, SCHEDULES
from surfaces import SURFACES

PLAYER = "compare"
MENUS = ("compare.scene", "compare.run")


def page() -> None:
    """The whole page."""
    comparison: Comparison = settings.load("comparison", parse_comparison)
    left = comparison.left
    run = settings.selected(left)
    toolbar = st.container(key="toolbar", horizontal=True, gap="small")
    # The picture comes first, as in the playground.
    settings.listen(PLAYER, _heard)
    _pictures()
    with toolbar:
        with controls.menu("", "", MENUS[0], SURFACES[left.surface.slug].name) as opened:
            if opened:
                _examples()
                settings.scene(_left, _set_left)
                settings.training(_left, _set_left)
                settings.penalties(_left, _set_left)
                settings.more(_left, _set_left)
                st.button("Reset", icon=":material/replay:", on_click=_begin_again, width="stretch")
        with controls.menu(":material/tune:", "", MENUS[1], "Settings") as opened:
            if opened:
                settings.run_settings(_left, run, _set_left)
                _right_settings(comparison)
    settings.complaints()


@st.fragment
@watch.running("script")
def _pictures() -> None:
    comparison: Comparison = st.session_state.comparison
    player(
        scenes(comparison),
        key=PLAYER,
        page="compare",
        selected=st.session_state.selected,
        link=comparison.query(),
        differs=sides.differs(comparison),
        on_ask=settings.alone(PLAYER, _heard, _beside),
    )


def _beside() -> Any:
    """What is seen of a comparison beside its pictures: all of it where a menu is open, its surface's name where none is."""
    comparison = st.session_state.comparison
    return comparison if any(map(controls.is_open, MENUS)) else comparison.left.surface.slug


def _left() -> Experiment:
    left: Experiment = st.session_state.comparison.left
    return left


def scenes(comparison: Comparison) -> list[Scene]:
    """The two scenes with their titles. Paths under a normalization are drawn on the other side too, as raw weights."""
    left, right = comparison.scenes
    (ours, our_words), (theirs, their_words) = words_of(comparison)
    same = comparison.name not in ("loss", "surface", "data_set")
    alike = _alike(comparison)
    pair = [
        Scene(left, ours, our_words, same_loss=same, alike=alike),
        Scene(right, theirs, their_words, same_loss=same, alike=alike),
    ]
    if comparison.name in OWN_START - {"start"}:
        pair[1] = replace(pair[1], own_start=True)
    # In the plane of a network's path its weights are no weights of another's.
    if comparison.name == "normalization" and not hasattr(surface_of(left.surface), "full"):
        raw = 1 if dict(right.surface.fields).get("normalization", "none") == "none" else 0
        other = pair[1 - raw]
        pair[raw] = replace(pair[raw], mapped=other.experiment, mapped_as=other.title.lower())
    return pair


@lru_cache(maxsize=256)
def _alike(comparison: Comparison) -> bool:
    """Whether the runs of both sides begin at one place and at one rate each, as they do from elsewhere at others."""

    def one(asked: Comparison) -> bool:
        left, right = asked.scenes
        rates = {run.slot: run.lr for run in left.runs}
        return start_of(left) == start_of(right) and all(rates.get(run.slot, run.lr) == run.lr for run in right.runs)

    left = comparison.left
    (x0, x1), (y0, y1) = surface_of(left.surface).window
    there = from_point(left, (x0 + 0.37 * (x1 - x0), y0 + 0.41 * (y1 - y0)))
    there = replace(there, runs=tuple(replace(run, lr=0.7 * run.lr) for run in there.runs))
    return one(comparison) and one(comparison.with_left(there))


def _set_left(experiment: Experiment) -> None:
    suited, words = experiment.suited()
    _keep(st.session_state.comparison.with_left(suited), words)


def _keep(comparison: Comparison, words: str = "") -> None:
    """Make this what the page shows, as far as the bound on work allows; `words` say what has changed already."""
    bounded, more = comparison.bounded()
    settings.store("comparison", bounded, f"{words} {more}".strip())


def _set_value(value: str) -> None:
    """Another value on the right; where it makes no sense that is said, and nothing changes."""
    new = replace(st.session_state.comparison, value=value)
    try:
        new.check()
    except ValueError as error:
        st.session_state.complaints = [str(error)]
    else:
        _keep(new)


def _examples() -> None:
    """The claims of a lecture, to begin from."""

    def chosen() -> None:
        name = st.session_state["compare.example"]
        if name in EXAMPLES:
            _keep(EXAMPLES[name])
            st.session_state.selected = EXAMPLES[name].left.runs[0].slot

    current = next((name for name, one in EXAMPLES.items() if one == st.session_state.comparison), None)
    controls.held("compare.example", current)
    names = list(EXAMPLES)
    at = None if current is None else names.index(current)
    st.selectbox("Begin from", names, at, key="compare.example", placeholder="An example", on_change=chosen)


def _right_settings(comparison: Comparison) -> None:
    """The fields of what the right scene has and the left one has not."""
    registry: Any = {"surface": SURFACES, "schedule": SCHEDULES, "rule": RULES}.get(comparison.name)
    if registry is None:
        return
    pick, _ = parse_pick(comparison.value, registry)
    assert pick is not None
    entry = registry[pick.slug]

    def set_field(field: str, new: Value) -> None:
        _set_value(changed(pick, entry, field, new).text)

    st.divider()
    st.markdown(f"**{controls.plain(entry.name)}**, on the right")
    declared = [p for p in entry.params() if p.name != "lr"]
    controls.fields(declared, pick.__getitem__, f"compare.right.{pick.slug}", set_field)
    controls.about(entry)


def _begin_again() -> None:
    _keep(FIRST_COMPARISON)
    st.session_state.selected = FIRST_COMPARISON.left.runs[0].slot


def _heard(ask: Any) -> None:
    settings.heard(ask, "comparison", parse_comparison, _answer)


def _answer(ask: Any) -> None:
    """Do what the viewer asked for in a picture; what it means for two scenes is decided here, the rest is the left one's."""
    comparison, state = st.session_state.comparison, st.session_state
    try:
        match asks.name_of(ask):
            case "start":
                new = comparison.begun_at(asks.scene_in(ask), asks.place_in(ask))
                new.check()
            case "view":
                new = comparison.viewed(asks.scene_in(ask), asks.view_in(ask))
            case "side":
                new = sides.with_side(comparison, asks.scene_in(ask), str(ask.get("value")))
            case "differ":
                new = sides.with_difference(comparison, str(ask.get("name")))
            case "reset":
                return _begin_again()
            case _:
                settings.asked(ask, _left, _set_left)
                return
    except ValueError as error:
        state.complaints = [str(error)]
    else:
        _keep(new)
