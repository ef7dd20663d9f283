"""The experiment is the link: every experiment survives it, and nothing from it is trusted."""

import dataclasses
import math
from typing import Any
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import experiment as lab
from app.experiment import (
    FIRST,
    LR,
    MAX_RULES,
    MAX_STEPS,
    NARROWEST,
    NARROWEST_SHARE,
    SLOTS,
    Experiment,
    Pick,
    Run,
    View,
    checked_view,
    on_surface,
    parse,
    simulate,
    subject,
    suggested,
    surface_of,
    view_of,
)
from core.entry import MOST_NUMBERS, Entry, Param
from optimizers import OPTIMIZERS, RULES, SCHEDULES, run
from optimizers.bases.examples import EXAMPLES
from optimizers.methods import update_rule
from optimizers.schedules.multi_step import check_factors
from surfaces import SURFACES
from surfaces.bases.classics import classics
from surfaces.bases.gallery import GALLERY
from surfaces.functions.formula import check_text, check_window
from surfaces.models.data import check_table, points_of

# Of what a field checks by itself, some that pass.
CHECKED: dict[Any, st.SearchStrategy] = {
    update_rule.check_text: st.sampled_from([example.text for example in EXAMPLES]),
    check_text: st.sampled_from([sample.text for sample in GALLERY]),
    check_window: st.sampled_from(sorted({sample.within for sample in GALLERY})),
    check_factors: st.sampled_from([(), (0.5,), (0.5, 0.1)]),
    check_table: st.sampled_from([*classics(), *(points_of(name).packed for name in classics())]),
}


def values_of(p: Param) -> st.SearchStrategy:
    """Any value that the field allows; some of those of a field that checks by itself."""
    if p.checks:
        return CHECKED[p.checks]
    if p.options:
        return st.sampled_from(p.options)
    if p.kind is tuple:
        numbers = st.sets(st.integers(int(p.low), int(p.high)), max_size=MOST_NUMBERS)
        return numbers.map(lambda chosen: tuple(sorted(chosen)))
    if p.kind is bool:
        return st.booleans()
    if p.kind is int:
        return st.integers(int(p.low), int(p.high))
    return st.floats(p.low, p.high, allow_nan=False).map(lambda v: v + 0.0)


@st.composite
def picks(draw: st.DrawFn, registry: dict[str, type[Entry]], without: frozenset[str] = frozenset()) -> Pick:
    entry = registry[draw(st.sampled_from(sorted(registry)))]
    # What decides which other fields there are comes first.
    first = {p.name: p for p in (*entry.holds(), *(p for p in entry.params() if p.checks))}
    inside = {name: draw(values_of(p)) for name, p in first.items() if draw(st.booleans())}
    every = [p for p in entry.params_with(inside) if p.name not in {*without, *first}]
    return Pick.of(entry, inside | {p.name: draw(values_of(p)) for p in every if draw(st.booleans())})


def rules() -> st.SearchStrategy[tuple[Pick, ...]]:
    """A few rules, no two of a kind."""
    return st.lists(picks(RULES), max_size=MAX_RULES, unique_by=lambda rule: rule.slug).map(tuple)


@st.composite
def views(draw: st.DrawFn) -> View:
    """Any part of the plane that can be seen."""
    ends = []
    for _ in range(2):
        low = draw(st.floats(-9e5, 9e5)) + 0.0
        least = max(NARROWEST, NARROWEST_SHARE * 1.01 * abs(low)) * 1.01
        ends += [low, low + draw(st.floats(least, 1e5))]
    return checked_view(*ends)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    slots = draw(st.lists(st.sampled_from(list(SLOTS)), min_size=1, unique=True).map(sorted))
    coordinate = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: v + 0.0)
    experiment = Experiment(
        surface=draw(picks(SURFACES)),
        schedule=draw(picks(SCHEDULES, lab.SHARED)),
        runs=tuple(Run(slot, draw(picks(OPTIMIZERS)), draw(values_of(LR)), draw(rules())) for slot in slots),
        start=draw(st.none() | st.tuples(coordinate, coordinate)),
        steps=draw(st.integers(1, MAX_STEPS)),
        seed=draw(st.integers(0, 2**31 - 1)),
        view=draw(st.none() | views()),
    )
    # Within the cap on work, and without rules that mean nothing to a network.
    return experiment.bounded()[0]


@given(experiments())
@settings(deadline=None)
def test_every_experiment_survives_its_link(experiment: Experiment) -> None:
    query = parse_qs(urlencode(experiment.query()), keep_blank_values=True)
    assert parse(query) == (experiment, [])


@given(
    st.dictionaries(
        st.sampled_from(
            ["surface", "schedule", "start", "steps", "seed", "view", "r1", "r8", "r1.1", "r8.4", "r2.1", "x"]
        ),
        st.lists(st.text()),
    )
)
@settings(deadline=None)
def test_any_text_gives_an_experiment_that_runs_or_says_what_was_wrong(query: dict[str, list[str]]) -> None:
    experiment, complaints = parse(query)
    assert experiment.runs
    assert experiment.steps * len(experiment.runs) <= MAX_STEPS
    assert all(isinstance(words, str) and words.endswith(".") for words in complaints)
    lab.surface_of(experiment.surface)
    again, silent = parse({key: [value] for key, value in experiment.query().items()})
    assert again == experiment
    assert not silent


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        ("surface", "volcano", "'volcano' is unknown"),
        ("surface", "bowl~condition~0.5", "condition must be between 1 and 1000; got 0.5"),
        ("surface", "bowl~height~3", "'height' is not a field of bowl"),
        ("surface", "bowl~condition", "condition must be between 1 and 1000; got ''"),
        ("schedule", "cosine~lr~3", "'lr' is not a field of cosine"),
        ("schedule", "step~step_size~2.5", "step_size must be a whole number between 1 and 10000; got '2.5'"),
        ("r1", "adam~lr~nan", "lr must be between 0.0000001 and 1000; got nan"),
        ("r1", "adam~lr~inf", "lr must be between 0.0000001 and 1000; got inf"),
        ("r1", "adam~beta1~1e400", "beta1 must be between 0 and 0.9999; got inf"),
        ("r1", "composed~direction~up", "direction must be one of gradient, momentum, average; got 'up'"),
        ("r1", "rmsprop~centered~maybe", "centered must be True or False; got 'maybe'"),
        ("r2", "__class__", "'__class__' is unknown"),
        ("r1", "lookahead~base~sam", "base must be one of "),
        ("r1", "lookahead~base~__class__", "got '__class__'"),
        ("r1", "lookahead~base~adam~base.momentum~0.5", "'base.momentum' is not a field of lookahead"),
        ("r1", "lookahead~base.momentum~2", "base.momentum must be between 0 and 0.9999; got 2"),
        ("schedule", "multi_step~milestones~50-10", "milestones must be rising whole numbers between 0 and 10000"),
        ("r1.1", "noise", "'r1.1' is not a parameter of a link"),
        ("start", "1~inf", "start must be two numbers"),
        ("start", "1e9~0", "start must be two numbers"),
        ("start", "1~2~3", "start must be two numbers"),
        ("steps", "-5", f"steps must be a whole number between 1 and {MAX_STEPS}; got -5"),
        ("steps", "1e309", f"steps must be a whole number between 1 and {MAX_STEPS}; got '1e309'"),
        ("seed", "x", "seed must be a whole number between"),
        ("r9", "adam", "'r9' is not a parameter"),
    ],
)
def test_a_broken_part_falls_back_with_one_sentence(key: str, text: str, expected: str) -> None:
    _, complaints = parse({key: [text]})
    assert len(complaints) == 1
    assert expected in complaints[0]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"r1.1": "volcano"}, "'volcano' is unknown; that rule is left out"),
        ({"r1.1": "clip_norm~limit~-1"}, "limit must be between 0.000001 and 1000000; got -1"),
        ({"r1.1": "noise", "r1.2": "noise~std~2"}, "noise stands twice among the rules of r1"),
        ({"r1.9": "noise"}, "'r1.9' is not a parameter"),
        ({"r2.1": "noise"}, "'r2.1' is not a parameter"),
    ],
)
def test_a_broken_rule_is_left_out_with_one_sentence(rules: dict[str, str], expected: str) -> None:
    experiment, complaints = parse({"r1": ["sgd~lr~0.01"]} | {key: [text] for key, text in rules.items()})
    assert len(experiment.runs) == 1
    assert len(complaints) == 1
    assert expected in complaints[0]


def test_rules_and_what_is_inside_come_from_the_link() -> None:
    query = {
        "surface": ["himmelblau~l2~0.5"],
        "schedule": ["multi_step~milestones~10-20"],
        "r3": ["lookahead~lr~0.02~base~adam~base.beta1~0.8~sync_period~4"],
        "r3.1": ["clip_norm~limit~2"],
        "r3.2": ["noise~std~0.5"],
        "steps": ["30"],
        "seed": ["7"],
    }
    experiment, complaints = parse(query)
    assert not complaints
    (path,) = simulate(experiment)
    surface = SURFACES["himmelblau"](l2=0.5)
    by_hand = run(
        surface,
        OPTIMIZERS["lookahead"](base=OPTIMIZERS["adam"](beta1=0.8), sync_period=4),
        SCHEDULES["multi_step"](lr=0.02, milestones=(10, 20)),
        surface.start,
        30,
        rules=(RULES["clip_norm"](limit=2.0), RULES["noise"](std=0.5)),
        seed=7,
    )
    np.testing.assert_array_equal(path.theta, by_hand.theta)


def test_an_experiment_is_numbers_strings_and_tuples_and_nothing_else() -> None:
    def leaves(value: object) -> list[object]:
        if dataclasses.is_dataclass(value):
            return [leaf for f in dataclasses.fields(value) for leaf in leaves(getattr(value, f.name))]
        return [leaf for part in value for leaf in leaves(part)] if isinstance(value, tuple) else [value]

    assert {type(leaf) for leaf in leaves(FIRST)} <= {int, float, str, bool, type(None)}
    assert hash(FIRST) == hash(dataclasses.replace(FIRST))


def test_simulate_runs_what_the_experiment_says() -> None:
    query = {
        "surface": ["bowl~condition~30"],
        "schedule": ["cosine~warmup~5"],
        "r2": ["adam~lr~0.3~beta1~0.8"],
        "steps": ["50"],
    }
    experiment, _ = parse(query)
    (path,) = simulate(experiment)
    by_hand = run(
        SURFACES["bowl"](condition=30.0),
        OPTIMIZERS["adam"](beta1=0.8),
        SCHEDULES["cosine"](lr=0.3, warmup=5),
        (-4, 3),
        50,
    )
    np.testing.assert_array_equal(path.theta, by_hand.theta)


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_suggested_rates_show_something(slug: str) -> None:
    """Within 300 steps every method moves, by more than a hundredth of the window, and none is lost at once."""
    surface = SURFACES[slug]()
    (x0, x1), _ = surface.window
    for name, kind in OPTIMIZERS.items():
        optimizer = kind()
        rate = lab.suggested_rate(optimizer, surface, surface.start)
        assert LR.low <= rate <= LR.high
        path = run(surface, optimizer, rate, surface.start, 300)
        # Where the curvature vanishes Newton's step has no end, and it says so.
        if name == "newton" and path.status == "diverged":
            continue
        assert np.isfinite(path.theta[3]).all(), name
        # The plateau of the mean squared error is the one place where standing still is the lesson.
        if slug != "three_class":
            # Newton's method and SAM may find what they look for nearer than that.
            norm = np.hypot(*path.grad.T)
            moved = np.nanmax(np.abs(path.theta - path.theta[0])) > (x1 - x0) / 100
            # SciPy's line searches give up at a wall.
            at_a_wall = slug == "recurrent_cliff" and kind.row_by_row
            assert moved or at_a_wall or np.nanmin(norm) < norm[0] / 3, name


def test_the_first_screen_is_a_race() -> None:
    assert not FIRST.query().keys() - parse({k: [v] for k, v in FIRST.query().items()})[0].query().keys()
    paths = dict(zip([r.optimizer.slug for r in FIRST.runs], simulate(FIRST), strict=True))
    assert set(paths) == {"sgd", "momentum", "rmsprop", "adam"}
    last = {name: path.loss[-1] for name, path in paths.items()}
    assert max(last, key=lambda name: last[name]) == "sgd"
    assert math.isfinite(last["sgd"])
    assert paths["adam"].status == "converged"


# A surface and its rates belong together.


@given(st.lists(picks(SURFACES), min_size=1, max_size=3))
@settings(deadline=None, max_examples=30)
def test_rates_that_nobody_set_are_those_on_offer_after_any_walk(walk: list[Pick]) -> None:
    experiment = FIRST
    for surface in walk:
        experiment = on_surface(experiment, surface, None)
        for one in experiment.runs:
            assert one.lr == suggested(one.optimizer, surface_of(surface))
    assert on_surface(experiment, Pick("matyas"), None).view is None
    assert on_surface(on_surface(experiment, Pick("bowl"), None), FIRST.surface, None) == FIRST


@given(picks(SURFACES), st.floats(LR.low, LR.high))
@settings(deadline=None, max_examples=30)
def test_a_rate_that_somebody_set_stays_while_the_surface_does(surface: Pick, rate: float) -> None:
    # Another text is another surface.
    slug, *texts = subject(surface)
    plain = on_surface(FIRST, Pick(slug, tuple(texts)), None)
    mine = lab.with_rate(plain, 1, rate)
    changed = on_surface(mine, surface, None)
    on_offer = suggested(mine.runs[0].optimizer, surface_of(plain.surface))
    assert changed.runs[0].lr == rate or rate == on_offer
    assert changed.runs[1:] == on_surface(plain, surface, None).runs[1:]
    elsewhere = "bowl" if surface.slug != "bowl" else "booth"
    assert on_surface(mine, Pick(elsewhere), None) == on_surface(plain, Pick(elsewhere), None)


def test_moving_the_start_is_not_setting_a_rate() -> None:
    moved = dataclasses.replace(FIRST, start=(0.3, 0.4))
    steeper = on_surface(moved, Pick("rosenbrock", (("b", 100.0),)), moved.start)
    assert all(run.lr == suggested(run.optimizer, surface_of(steeper.surface), (0.3, 0.4)) for run in steeper.runs)


def test_a_view_stays_where_the_window_does() -> None:
    looked = dataclasses.replace(FIRST, view=(0.0, 1.0, 0.0, 1.0))
    assert on_surface(looked, Pick("rosenbrock", (("b", 50.0),)), None).view == looked.view
    raw = on_surface(looked, Pick("linear_regression"), None)
    looked = dataclasses.replace(raw, view=(0.0, 1.0, 0.0, 1.0))
    assert on_surface(looked, Pick("linear_regression", (("normalization", "standardize"),)), None).view is None


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_a_start_outside_is_in_the_picture_and_the_picture_keeps_its_shape(slug: str) -> None:
    plane = surface_of(Pick(slug))
    (x0, x1), (y0, y1) = plane.window
    experiment = on_surface(FIRST, Pick(slug), None)
    for u, v in ((1.4, 0.5), (-2.0, 3.0), (0.5, -40.0), (0.2, 0.9)):
        start = x0 + u * (x1 - x0), y0 + v * (y1 - y0)
        (a0, a1), (b0, b1) = view_of(dataclasses.replace(experiment, start=start))
        assert a0 <= start[0] <= a1
        assert b0 <= start[1] <= b1
        # The window itself stays in it.
        if not hasattr(plane, "through"):
            assert a0 <= x0 < x1 <= a1
            assert b0 <= y0 < y1 <= b1
            assert (a1 - a0) / (b1 - b0) == pytest.approx((x1 - x0) / (y1 - y0))


def test_a_notice_names_what_makes_the_steps_dear() -> None:
    stopped = dataclasses.replace(
        FIRST,
        runs=tuple(dataclasses.replace(r, rules=(Pick("early_stopping"), Pick("noise"))) for r in FIRST.runs),
        steps=2400,
    )
    bounded, words = stopped.bounded()
    assert (
        words == "4 runs with early stopping, gradient noise have at most "
        f"{bounded.steps} steps each, so the steps are {bounded.steps}."
    )
    one, words = dataclasses.replace(FIRST, runs=(Run(1, Pick("bfgs"), 1.0),), steps=9000).bounded()
    assert words == f"1 run with BFGS has at most {one.steps} steps, so the steps are {one.steps}."
    assert FIRST.bounded() == (FIRST, "")
