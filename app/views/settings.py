"""What decides how an experiment runs, as widgets: surface, schedule, runs, rules, penalties, start, steps and seed.

Each section is handed `now`, which gives the experiment, and `put`, which is told the one that the viewer made of it. What
a widget changes is the experiment as it is then, not as it was when the widget was built: the pictures change rates and
starts without building any (`pictures`), and two changes may come at once. A choice of what is chosen already changes
nothing: where a session begins anew, Streamlit tells of every widget that the page has.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from app import asks, carried, controls
from app.comparison import Comparison, first_difference
from app.experiment import (
    FIRST,
    MAX_COORDINATE,
    MAX_RULES,
    MAX_STEPS,
    SHARED,
    Experiment,
    Pick,
    Run,
    Value,
    changed,
    on_surface,
    optimizer_of,
    start_of,
    suggested,
    surface_of,
)
from app.labels import number_of
from app.player import ear
from app.views import own_data
from core.entry import Param
from maps.model import Map
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Rule, Schedule, UpdateRule
from optimizers.bases.examples import EXAMPLES
from optimizers.explain.anatomy import formula_of
from surfaces import PENALTIES, SURFACES, Data, Formula, Surface
from surfaces.bases.gallery import GALLERY

# The fields of a surface that say how a model is trained, not what it is.
TRAINING = ("batch_size", "held_out", "dropout", "initialization", "draw")
# The fields that any schedule has in front of it.
WARMUP = ("warmup", "from_zero")
Now = Callable[[], Experiment]
Put = Callable[[Experiment], None]
Parse = Callable[[dict[str, list[str]]], tuple[Any, list[str]]]


def scene(now: Now, put: Put) -> None:
    """The surface and its fields, normalization, and the schedule with its own."""
    experiment = now()
    surface = SURFACES[experiment.surface.slug]
    schedule = SCHEDULES[experiment.schedule.slug]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Scene", anchor=False)
        with controls.menu(":material/more_horiz:", "Formulas, and where they come from", "scene.menu") as opened:
            if opened:
                _about(experiment)
                st.divider()
                controls.about(schedule)

    def set_field(name: str, value: Value) -> None:
        experiment = now()
        new = changed(experiment.surface, surface, name, value)
        if new == experiment.surface:
            return
        # Another formula, window or model is another place to begin.
        start = experiment.start if name not in ("text", "within", "regression") else None
        if name == "normalization" and start is not None:
            # Normalized weights are other weights: the start is the same model, unless that lies out of the picture.
            old, other = surface_of(experiment.surface), surface_of(new)
            u, v = other.from_raw_weights(old.raw_weights(np.array(start))).tolist()
            (x0, x1), (y0, y1) = other.window
            start = (u, v) if x0 < u < x1 and y0 < v < y1 else None
        put(on_surface(experiment, new, start))

    def picked(slug: str) -> None:
        if slug != now().surface.slug:
            put(on_surface(now(), Pick(slug), None))

    def scheduled(slug: str) -> None:
        if slug != now().schedule.slug:
            put(replace(now(), schedule=Pick(slug, _kept_warmup(now().schedule))))

    controls.pick("Surface", SURFACES, experiment.surface.slug, "surface", picked, help=surface.sentence())
    own = {p.name: p for p in surface.params_with(dict(experiment.surface.fields)) if p.name not in TRAINING}
    normalization = own.pop("normalization", None)
    after = [own.pop(name) for name in ("gamma", "beta") if name in own]
    for name in PENALTIES:
        del own[name]
    prefix = f"surface.{surface.slug}"
    if surface is Formula:
        _samples(now, put)
    if surface is Data:
        del own["table"]
        own_data.panel(now, put)
    controls.fields(list(own.values()), experiment.surface.__getitem__, prefix, set_field)
    if surface is Formula:
        st.caption(controls.plain(_found(surface_of(experiment.surface))))
    if normalization:
        kind = experiment.surface[normalization]
        controls.switch(
            "Normalize features",
            on=kind != "none",
            key="normalization",
            on_change=lambda on: set_field("normalization", "standardize" if on else "none"),
        )
        if kind != "none":
            ways = replace(normalization, label="How", choices=normalization.choices[1:])
            controls.fields([ways, *after], experiment.surface.__getitem__, prefix, set_field)
    controls.pick(
        "Learning-rate schedule",
        SCHEDULES,
        schedule.slug,
        "schedule",
        scheduled,
        help=schedule.sentence(),
    )
    _schedule_fields(now, schedule, [p for p in schedule.params() if p.name not in (*SHARED, *WARMUP)], put)


def _about(experiment: Experiment) -> None:
    """All there is to say of the surface; of one that is typed the formula and its gradient."""
    built = surface_of(experiment.surface)
    if not isinstance(built, Formula):
        controls.about(SURFACES[experiment.surface.slug])
        return
    loss, by_x, by_y = built.formulas
    st.latex(rf"f = {loss}")
    st.latex(rf"\frac{{\partial f}}{{\partial x}} = {by_x}")
    st.latex(rf"\frac{{\partial f}}{{\partial y}} = {by_y}")
    st.caption(controls.plain(_found(built)))


def _found(formula: Surface) -> str:
    """What a search for minima has found, in a sentence."""
    facts = formula.facts()
    return f"{facts[:1].upper()}{facts[1:]}: a search, no proof."


def _samples(now: Now, put: Put) -> None:
    """Formulas to begin from, each with its source."""
    made = {sample.name: Pick.of(Formula, sample.fields) for sample in GALLERY}
    current = next((name for name, pick in made.items() if pick == now().surface), None)

    def chosen() -> None:
        pick = made.get(st.session_state["formula.sample"])
        if pick is not None and pick != now().surface:
            put(on_surface(now(), pick, None))

    controls.held("formula.sample", current)
    names = list(made)
    source = next((f"From {sample.source}." for sample in GALLERY if sample.name == current), "")
    st.selectbox(
        "Begin from",
        names,
        None if current is None else names.index(current),
        key="formula.sample",
        placeholder="A formula",
        filter_mode="contains",
        on_change=chosen,
        help=controls.plain(source) or None,
    )


def _schedule_fields(now: Now, schedule: type[Schedule], params: list[Param], put: Put) -> None:
    controls.fields(
        params,
        now().schedule.__getitem__,
        f"schedule.{schedule.slug}",
        lambda name, value: put(replace(now(), schedule=changed(now().schedule, schedule, name, value))),
    )


def _kept_warmup(schedule: Pick) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value) for name, value in schedule.fields if name in WARMUP)


def run_settings(now: Now, run: Run, put: Put) -> None:
    """The selected run: its method, fields and rules. Its rate stands on its line in the player, and nowhere else."""
    optimizer = OPTIMIZERS[run.optimizer.slug]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        key = f'<span class="ravine-key" data-slot="{run.slot}"></span>'
        st.html(f'<div class="ravine-run">{key}<span>{_title(run)}</span></div>')
        with controls.menu(":material/more_horiz:", "Formula, once more, remove", f"r{run.slot}.menu") as opened:
            if opened:
                _run_menu(now, run, put)

    def picked(slug: str) -> None:
        present = _present(now, run)
        if slug != present.optimizer.slug:
            put(now().with_run(replace(present, optimizer=Pick(slug), lr=_suggested(now(), Pick(slug)))))

    def set_field(name: str, value: Value) -> None:
        present = _present(now, run)
        new = changed(present.optimizer, optimizer, name, value)
        if present.optimizer.slug != optimizer.slug or new == present.optimizer:
            return
        if name in held:
            # Another method inside: its own fields, and a rate that suits it.
            new = changed(present.optimizer.without(name), optimizer, name, value)
            put(now().with_run(replace(present, optimizer=new, lr=_suggested(now(), new))))
        else:
            put(now().with_run(replace(present, optimizer=new)))

    prefix = f"r{run.slot}.{optimizer.slug}"
    held = {p.name for p in optimizer.holds()}
    controls.pick("Optimizer", OPTIMIZERS, optimizer.slug, f"r{run.slot}.optimizer", picked, help=optimizer.sentence())
    if optimizer is UpdateRule:
        _examples(now, run, put)
    controls.fields(optimizer.params_with(dict(run.optimizer.fields)), run.optimizer.__getitem__, prefix, set_field)
    # Named alike whatever is in it: Streamlit takes a section of another name for another section, and shuts it.
    with controls.fold("Rules", f"r{run.slot}.rules.fold") as opened:
        if opened:
            _rules(now, run, put)


def _examples(now: Now, run: Run, put: Put) -> None:
    """Methods that are here, as rules to begin from, each at a rate that suits it."""
    made = {example.slug: _as_rule(Pick(example.slug)) for example in EXAMPLES}
    key, current = f"r{run.slot}.example", next((slug for slug, pick in made.items() if pick == run.optimizer), None)

    def chosen() -> None:
        slug, present = st.session_state[key], _present(now, run)
        pick = made.get(slug)
        if pick is not None and pick != present.optimizer:
            put(now().with_run(replace(present, optimizer=pick, lr=_suggested(now(), Pick(slug)))))

    controls.held(key, current)
    slugs = list(made)
    st.selectbox(
        "Begin from",
        slugs,
        None if current is None else slugs.index(current),
        key=key,
        format_func=lambda slug: OPTIMIZERS[slug].name,
        placeholder="A method",
        filter_mode="contains",
        on_change=chosen,
    )


def _as_rule(optimizer: Pick) -> Pick | None:
    """A method with its fields as a rule that does the same; None where it is none of the examples, or has more to it."""
    kind = OPTIMIZERS[optimizer.slug]
    example = next((one for one in EXAMPLES if one.slug == optimizer.slug), None)
    fields = example.fields(kind, dict(optimizer.fields)) if example else None
    return None if fields is None else Pick.of(UpdateRule, fields)


def _present(now: Now, run: Run) -> Run:
    """A run as it is by now: its rate, or anything else of it, may be another since."""
    return next((one for one in now().runs if one.slot == run.slot), run)


def _rules(now: Now, run: Run, put: Put) -> None:
    """What acts on the run's gradients, places and clock, in the order in which it was chosen."""

    def picked(slugs: list[str]) -> None:
        present = _present(now, run)
        known = {rule.slug: rule for rule in present.rules}
        put(now().with_run(replace(present, rules=tuple(known.get(slug, Pick(slug)) for slug in slugs))))

    controls.several("Rules", RULES, [rule.slug for rule in run.rules], f"r{run.slot}.rules", MAX_RULES, picked)
    for rule in run.rules:
        kind = RULES[rule.slug]

        def set_field(name: str, value: Value, kind: type[Rule] = kind) -> None:
            present = _present(now, run)
            rules = tuple(changed(one, kind, name, value) if one.slug == kind.slug else one for one in present.rules)
            put(now().with_run(replace(present, rules=rules)))

        with st.container(border=True):
            st.markdown(f"**{kind.name}**", help=controls.plain(kind.sentence()))
            controls.fields(kind.params(), rule.__getitem__, f"r{run.slot}.{rule.slug}", set_field)


def _suggested(experiment: Experiment, optimizer: Pick) -> float:
    """A rate that suits an optimizer on the surface that is shown."""
    return suggested(optimizer, surface_of(experiment.surface), experiment.start)


def _run_menu(now: Now, run: Run, put: Put) -> None:
    for label, icon, ask in (
        ("Once more", "content_copy", {"what": "add", "like": run.slot}),
        ("Remove", "delete", {"what": "remove", "slot": run.slot}),
    ):
        if label == "Once more" or len(now().runs) > 1:
            st.button(label, icon=f":material/{icon}:", on_click=asked, args=(ask, now, put), width="stretch")
    if _as_rule(run.optimizer):
        st.button(
            "Edit a copy of its rule", icon=":material/edit:", on_click=_copied, args=(now, run, put), width="stretch"
        )
    controls.about(OPTIMIZERS[run.optimizer.slug], formula_of(optimizer_of(run.optimizer)))


def _copied(now: Now, run: Run, put: Put) -> None:
    """Make a run's method a rule that does the same, with the rate and the rules that it has."""
    present = _present(now, run)
    rule = _as_rule(present.optimizer)
    if rule:
        put(now().with_run(replace(present, optimizer=rule)))


def training(now: Now, put: Put) -> None:
    """Mini-batches, held-out data and initial weights, where the surface is that of a model on data."""
    experiment = now()
    surface = SURFACES[experiment.surface.slug]
    own = [p for p in surface.params() if p.name in TRAINING]
    if not own:
        return

    built: Any = surface_of(experiment.surface)

    def set_field(name: str, value: Value) -> None:
        if name == "held_out":
            value = float(f"{number_of(value) / points:.5g}")
        experiment = now()
        new = changed(experiment.surface, surface, name, value)
        if new == experiment.surface:
            return
        # What says how weights begin takes the place of a start that was given.
        put(on_surface(experiment, new, None if name in ("initialization", "draw") else experiment.start))

    # A share of the points is set as so many of them.
    points = sum(map(len, built.split)) if hasattr(built, "split") else 0
    own = [
        Param(p.name, 0, 0, round(p.high * points), label=p.label, help="Points kept for validation.")
        if p.name == "held_out"
        else p
        for p in own
    ]
    value_of = lambda p: len(built.split[1]) if p.name == "held_out" else experiment.surface[p]  # noqa: E731
    with controls.fold("Batches, held-out data, first weights", "training") as opened:
        if opened:
            controls.fields(own, value_of, f"surface.{surface.slug}", set_field)


def penalties(now: Now, put: Put) -> None:
    """Penalties on the weights, which every surface takes."""
    experiment = now()
    surface = SURFACES[experiment.surface.slug]

    def set_field(name: str, value: Value) -> None:
        experiment = now()
        put(on_surface(experiment, changed(experiment.surface, surface, name, value), experiment.start))

    with controls.fold("Penalties on the weights", "penalties") as opened:
        if opened:
            penalties = [p for p in surface.params() if p.name in PENALTIES]
            controls.fields(penalties, experiment.surface.__getitem__, f"surface.{surface.slug}", set_field)


def more(now: Now, put: Put) -> None:
    """Start, steps, warm-up and seed, as exact numbers."""
    with controls.fold("Start, steps, warm-up, seed", "more") as opened:
        if opened:
            begins(now, put)
            lengths(now, put)


def begins(now: Now, put: Put) -> None:
    """Where the runs begin."""
    x, y = start_of(now())
    _number("Start x", x, "start.x", MAX_COORDINATE, lambda v: put(replace(now(), start=(v, start_of(now())[1]))))
    _number("Start y", y, "start.y", MAX_COORDINATE, lambda v: put(replace(now(), start=(start_of(now())[0], v))))


def lengths(now: Now, put: Put) -> None:
    """Steps, seed and warm-up."""
    experiment = now()
    schedule = SCHEDULES[experiment.schedule.slug]
    whole = {"steps": (1, MAX_STEPS, experiment.steps), "seed": (0, 2**31 - 1, experiment.seed)}
    for name, (low, high, value) in whole.items():
        p = Param(name, value, low, high)
        controls.exact(
            p,
            value,
            name,
            lambda v, name=name: put(replace(now(), **{name: v})),  # type: ignore[misc]
        )
    _schedule_fields(now, schedule, [p for p in schedule.params() if p.name in WARMUP], put)


def _number(label: str, value: float, key: str, most: float, take: Callable[[float], None]) -> None:
    p = Param(label, 0.0, -most, most, label=label)
    controls.exact(p, value, key, lambda v: take(number_of(v)))


def begin_again(now: Now, put: Put, first: Experiment = FIRST) -> None:
    """The page's first picture again."""
    ask = {"what": "reset"}
    st.button("Reset", icon=":material/replay:", on_click=asked, args=(ask, now, put, first), width="stretch")


def heard(ask: Any, key: str, parse: Parse, answer: Callable[[Any], None]) -> None:
    """Have a page answer what the viewer asked for in its picture.

    After a cut the picture asks again, for all that was not answered at once. What came of it the first time, if it came,
    did not reach the page: its link is what the viewer saw, and all is made of that anew, so that nothing is done twice.
    """
    state = st.session_state
    try:
        if asks.name_of(ask) != "again":
            answer(ask)
            return
        shown, _ = parse(_whole(given()))
        slot, wishes = asks.again_in(ask, _experiment_of(shown))
    except ValueError as error:
        state.complaints = [str(error)]
        return
    state.selected = slot
    if wishes:
        state[key], state[f"{key}.link"] = shown, address(shown)
    for wish in wishes:
        answer(wish)


def _experiment_of(shown: Any) -> Experiment:
    """The experiment whose runs a page shows: that of a map, the left one of two."""
    if isinstance(shown, Experiment):
        return shown
    experiment: Experiment = shown.experiment if isinstance(shown, Map) else shown.left
    return experiment


def listen(key: str, hear: Callable[[Any], None]) -> None:
    """Hear what is asked for in the pictures of `key` and concerns the whole page, which is built anew for it."""
    state = st.session_state

    def heard() -> None:
        state.heard = True
        hear(_asked(f"{key}-ear"))

    ask = ear(key=f"{key}-ear", on_ask=heard)
    # What was asked of a session that did not exist yet when it came: Streamlit calls nobody then.
    if not state.pop("heard", False) and ask is not None:
        hear(ask)
        st.rerun()


def alone(key: str, hear: Callable[[Any], None], beside: Callable[[], Any]) -> Callable[[], None]:
    """What hears what concerns the pictures of `key` alone: they alone are drawn anew, and no control is built.

    `beside` is what else the page shows: where an ask changes that, or has something to say, the page is built after all. So
    it is where nothing was changed: the pictures would be the same, and a browser may not notice so short a run.
    """

    def heard() -> None:
        shown, link = beside(), given()
        hear(_asked(key))
        if beside() != shown or given() == link or st.session_state.complaints:
            st.rerun()

    return heard


def _asked(key: str) -> Any:
    """What was asked of the component `key`; a message that no page sends may have begun this and hold nothing."""
    return getattr(controls.recalled(key), "ask", None)


def controlled(experiment: Experiment) -> Any:
    """What the controls show of an experiment: rates and view are not among it, and the start only where it is unfolded."""
    start = start_of(experiment) if controls.is_open("more") else None
    rateless = tuple(replace(run, lr=0.0) for run in experiment.runs)
    return replace(experiment, runs=rateless, start=None, view=None), start


def asked(ask: Any, now: Now, put: Put, first: Experiment = FIRST) -> None:
    """Do what the viewer asked for in the picture, or say why it cannot be."""
    state, experiment = st.session_state, now()
    try:
        new, slot = asks.answered(ask, experiment, state.selected, first)
    except ValueError as error:
        state.complaints = [str(error)]
        return
    state.selected = slot
    if new != experiment:
        put(new)


def _title(run: Run) -> str:
    """What a run is called where there is little room."""
    optimizer = optimizer_of(run.optimizer)
    return optimizer.short or optimizer.name


def name_of(run: Run) -> str:
    """A run's method, with those inside it."""
    return optimizer_of(run.optimizer).called


def given() -> dict[str, list[str]]:
    """What the page's address says, as the viewer's browser has it."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def address(shown: Any) -> dict[str, str]:
    """What a page's address says of what it shows: of data no more than fits."""
    return carried.light(shown.query(), own_data.kept())


def _whole(link: dict[str, list[str]]) -> dict[str, list[str]]:
    """A link with the data that this session knows and it is too short for."""
    return carried.whole(link, own_data.kept())


def load(key: str, parse: Parse, page: str = "") -> Any:
    """What a page shows, from its link, unless that is the one that `store` has written there itself.

    Pages of the same `key` show the same thing; `page` tells them apart.
    """
    state = st.session_state
    given_link = given()
    link = {name: values[-1] for name, values in given_link.items()}
    came, state.page = state.get("page") != (page or key), page or key
    if came:
        state.complaints = []
    if key in state and came and not link:
        # Streamlit empties the address when one walks to another page.
        st.query_params.from_dict(state[f"{key}.link"])
    elif key not in state or link != state[f"{key}.link"]:
        state[f"{key}.link"] = link
        state[key], state.complaints = parse(_whole(given_link))
    return state[key]


def store(key: str, shown: Any, words: str = "") -> None:
    """Make this what the page shows, and its link say so."""
    state = st.session_state
    state[key], state[f"{key}.link"] = shown, address(shown)
    state.complaints = [words] if words else []
    st.query_params.from_dict(state[f"{key}.link"])


def keep(experiment: Experiment) -> None:
    """Make this the experiment that the playground and Dissect show, as far as the cap on work allows."""
    store("experiment", *experiment.bounded())


def take_along(experiment: Experiment) -> None:
    """Make this the left one of the two scenes that Compare shows, and something worth a look differ."""
    comparison, _ = Comparison(replace(experiment, view=None), *first_difference(experiment)).bounded()
    st.session_state.comparison, st.session_state["comparison.link"] = comparison, address(comparison)


def selected(experiment: Experiment) -> Run:
    """The run whose settings are shown: the one that was picked, or the first."""
    state = st.session_state
    run = next((run for run in experiment.runs if run.slot == state.get("selected")), experiment.runs[0])
    state.selected = run.slot
    return run


def complaints() -> None:
    """What could not be taken of a link or of a wish, in one notice, which takes no room."""
    state = st.session_state
    if not state.complaints:
        return
    first, *others = state.complaints
    some = f" {len(others)} more parts were not understood." if len(others) > 1 else ""
    some = f" {others[0]}" if len(others) == 1 else some
    st.toast(controls.plain(first + some), icon=":material/info:", duration="long")
    state.complaints = []
