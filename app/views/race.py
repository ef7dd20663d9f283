"""The fair race, each method at its own best rate: what decides it. The search goes on beside Streamlit (`app.racing`)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import asks, controls
from app.experiment import LR, SLOTS, Experiment, Pick, Run, shown, start_of, suggested, surface_of
from app.labels import label_of, number_of, value_words
from app.player import fair_race
from app.racing import race_told
from app.views import settings
from core.entry import Param
from core.words import written
from maps.goal import SHARES, THOUSANDTH, Goal, Kind
from maps.race import FIRST_RACE, SPREAD, STARTS, Race, parse_race
from optimizers import OPTIMIZERS
from surfaces import SURFACES

# What the session keeps: the race, what is to be taken along, and under which key its picture stands.
RACE, WAY, PICTURE = "race", "race.way", "fair-race"
GOAL = Param("goal", "gap", choices=get_args(Kind), help="What a run must reach, and keep to until its last step.")


def page(playground: StreamlitPage) -> None:
    """The whole page; `playground` is where the rates that were found can be taken along."""
    state = st.session_state
    if (way := state.pop(WAY, None)) is not None:
        _walk(way, playground)
    race: Race = settings.load(RACE, parse_race)
    with st.container(key="race-tools", horizontal=True, vertical_alignment="center", gap="small"):
        _tools(race)
    fair_race(race_told(race), key=PICTURE, on_ask=lambda: _heard(getattr(state[PICTURE], "ask", None)))
    settings.complaints()


def _now() -> Experiment:
    return _race().experiment


def _race() -> Race:
    race: Race = st.session_state[RACE]
    return race


def _keep(race: Race) -> None:
    """Make this what the page shows, as far as the bound on work allows."""
    experiment, words = race.experiment.bounded()
    settings.store(RACE, race.suited(experiment), words)


def _put(experiment: Experiment) -> None:
    _keep(replace(_race(), experiment=experiment))


def _tried(change: Callable[[], Race]) -> None:
    """Make a change, or say in words why it cannot be."""
    try:
        _keep(change())
    except ValueError as error:
        st.session_state.complaints = [f"{error}."]


# What decides the race.


def _tools(race: Race) -> None:
    """A menu for each thing: its label says what is chosen, so that a closed one is read."""
    experiment = race.experiment
    tools: dict[str, tuple[str, str, Callable[[Race], None]]] = {
        "surface": ("Surface", _surface_words(experiment), _surface),
        "methods": ("Methods", f"{len(experiment.runs)} of {len(OPTIMIZERS)}", _methods),
        "steps": ("Steps", str(experiment.steps), _steps),
        "starts": ("Starts", f"{STARTS} near ({', '.join(written(v, 3) for v in start_of(experiment))})", _starts),
        "goal": ("Goal", _goal_words(race.goal), _goal),
    }
    for key, (what, chosen, fields) in tools.items():
        label = f":gray[{what}] {controls.plain(chosen)}"
        with controls.menu("", "", f"race.menu.{key}", label) as opened:
            if opened:
                fields(race)


def _surface_words(experiment: Experiment) -> str:
    """The surface, and two of its fields that are not as they are by default."""
    kind = SURFACES[experiment.surface.slug]
    own = [p for p in kind.params() if p.name in dict(experiment.surface.fields)]
    return ", ".join([kind.name, *(f"{label_of(p)} {value_words(p, experiment.surface[p])}" for p in own[:2])])


def _goal_words(goal: Goal) -> str:
    if goal.kind == "final":
        return "the loss at the end"
    share = "a thousandth" if goal == THOUSANDTH else f"{written(100 * goal.share, 3)} %"
    return f"{share} of the middling loss" if goal.kind == "gap" else f"a minimum within {share} of the window"


def _surface(_: Race) -> None:
    settings.scene(_now, _put)
    settings.training(_now, _put)
    settings.penalties(_now, _put)
    st.button("Reset", icon=":material/replay:", on_click=_keep, args=(FIRST_RACE,), width="stretch")


def _methods(race: Race) -> None:
    runs = race.experiment.runs
    slugs = list(dict.fromkeys(run.optimizer.slug for run in runs))
    controls.several("Methods", OPTIMIZERS, slugs, "race.several", len(SLOTS), _raced)
    low, high = race.axis.low, race.axis.high
    for k, (label, value) in enumerate((("Rates from", low), ("Rates to", high))):
        p = replace(LR, name=label, label=label, tex="", help="The ends of the range in which rates are tried.")
        ends = [low, high]

        def take(new: Any, k: int = k, ends: list[float] = ends) -> None:
            ends[k] = number_of(new)
            _tried(lambda: _within((ends[0], ends[1])))

        controls.exact(p, value, f"race.rate{k}", take)


def _within(rates: tuple[float, float]) -> Race:
    race = replace(_race(), rates=rates)
    return replace(race, rates=None) if race.axis.whole else race


def _raced(slugs: list[str]) -> None:
    """Have these methods race; who raced before keeps slot and fields, and with it colour and marker."""
    experiment = _now()
    runs = [run for run in experiment.runs if run.optimizer.slug in slugs]
    free = [slot for slot in SLOTS if slot not in {run.slot for run in runs}]
    new = [Pick(slug) for slug in slugs if slug in OPTIMIZERS and slug not in {run.optimizer.slug for run in runs}]
    surface = surface_of(experiment.surface)
    runs += [Run(slot, pick, suggested(pick, surface, experiment.start)) for slot, pick in zip(free, new, strict=False)]
    if runs:
        _put(replace(experiment, runs=tuple(sorted(runs, key=lambda run: run.slot))))
    else:
        st.session_state.complaints = ["At least one method must race."]


def _steps(_: Race) -> None:
    settings.lengths(_now, _put)


def _starts(race: Race) -> None:
    settings.begins(_now, _put)
    p = replace(SPREAD, label="spread", help="How far the starts lie apart, as a share of the window.")
    controls.exact(p, race.spread, "race.spread", lambda new: _keep(replace(_race(), spread=number_of(new))))


def _goal(race: Race) -> None:
    goal = race.goal

    def picked(_: str, kind: Any) -> None:
        share = SHARES[kind].default if kind in SHARES else ""
        if kind != _race().goal.kind:
            _tried(lambda: replace(_race(), goal=Goal.parse(f"{kind}~{share}".rstrip("~"), surface_of(_now().surface))))

    controls.fields([GOAL], lambda _: goal.kind, "race", picked)
    if goal.kind in SHARES:
        p = replace(SHARES[goal.kind], label="share")
        controls.exact(
            p,
            goal.share,
            f"race.{goal.kind}",
            lambda new: _keep(replace(_race(), goal=Goal(goal.kind, number_of(new)))),
        )
    st.caption(controls.plain(f"To be reached: {goal.words(surface_of(race.experiment.surface))}."))


# What comes of it.


def _heard(ask: Any) -> None:
    """Take the rates along that the viewer was shown; they come from a browser, so nothing is trusted."""
    try:
        if asks.name_of(ask) != "rates":
            raise ValueError(f"{shown(asks.name_of(ask))} is nothing that can be done here.")
        st.session_state[WAY] = _race().chosen(rates_in(ask))
    except ValueError as error:
        st.session_state.complaints = [str(error)]


def rates_in(ask: Any) -> Mapping[int, float]:
    """The rates that an ask names, by slot; ValueError if they are none."""
    given, slots = ask.get("rates"), {run.slot for run in _now().runs}
    if not isinstance(given, Mapping) or not given:
        raise ValueError("There are no rates to take along yet.")
    rates = {int(slot) if str(slot).isdecimal() else 0: rate for slot, rate in given.items()}
    if not rates.keys() <= slots or not all(type(rate) in (int, float) for rate in rates.values()):
        raise ValueError("These are no rates of the methods that race here.")
    return rates


def _walk(experiment: Experiment, playground: StreamlitPage) -> None:
    state = st.session_state
    state.experiment, state["experiment.link"] = experiment, settings.address(experiment)
    state.selected = experiment.runs[0].slot
    st.switch_page(playground)
