"""Two scenes that differ in one named thing: the link holds both, the start is mapped, and nothing in it is trusted."""

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.comparison import (
    BESIDE,
    EXAMPLES,
    FIRST_COMPARISON,
    Comparison,
    differing,
    first_difference,
    first_value,
    parse_comparison,
    penalised,
    penalty_of,
    values_of,
    words_of,
)
from app.experiment import FIRST, LR, Experiment, Pick, Run, default_runs, seen, simulate, start_of, surface_of
from app.news import TITLE
from app.player import Scene, message
from app.sides import differs, with_difference, with_side
from app.views.compare import scenes
from core.entry import Entry, Param
from optimizers import SCHEDULES
from surfaces import SURFACES


def experiment(slug: str, *fields: Any, steps: int = 20) -> Experiment:
    surface = surface_of(Pick(slug, fields))
    return Experiment(Pick(slug, fields), Pick("constant"), default_runs(surface, surface.start), steps=steps)


def opened(comparison: Comparison) -> tuple[Comparison, list[str]]:
    """What a link makes of a comparison."""
    return parse_comparison({key: [value] for key, value in comparison.query().items()})


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_every_difference_has_a_link_titles_and_two_scenes(slug: str) -> None:
    left = experiment(slug)
    for name in differing(left):
        comparison = Comparison(*_ordered(left, name))
        comparison.check()
        assert opened(comparison) == (comparison, [])
        one, other = comparison.scenes
        assert one != other
        (title, remark), (other_title, _) = words_of(comparison)
        assert title != other_title, name
        assert remark


def other_value(p: Param) -> str:
    """A value of a field's that is not its default, as a link has it; "" where there is none so simple."""
    if isinstance(p.default, str):
        return next((option for option in p.options if option != p.default), "")
    if isinstance(p.default, bool):
        return str(int(not p.default))
    if isinstance(p.default, tuple):
        return ""
    low, high = p.shown or (p.low, p.high)
    return f"{p.kind(low if high == p.default else high)}"


def _registry(name: str) -> dict[str, type[Entry]]:
    return dict(SCHEDULES if name == "schedule" else SURFACES)


@pytest.mark.parametrize("name", ["schedule", "surface"])
def test_two_sides_of_one_entry_are_told_apart_by_the_field_that_differs(name: str) -> None:
    told = 0
    for slug, entry in sorted(_registry(name).items()):
        for p in entry.params():
            query = f"{name}={slug}&r1=sgd~lr~0.01&steps=40&vs={name}~{slug}~{p.name}~{other_value(p)}"
            comparison, complaints = parse_comparison(parse_qs(query))
            one, other = comparison.scenes
            if complaints or comparison.name != name or one == other:
                # Some values need others beside them, and some have no other.
                continue
            told += 1
            ours, theirs = values_of(comparison)
            assert ours != theirs, query
            (title, _), (other_title, _) = words_of(comparison)
            assert title != other_title, query
    assert told > 20
    warm, _ = parse_comparison(parse_qs("surface=bowl&schedule=constant&vs=schedule~constant~warmup~20"))
    assert values_of(warm) == ("Constant, warm-up 0", "Constant, warm-up 20")
    long, _ = parse_comparison(parse_qs("surface=bowl&schedule=cosine&vs=schedule~cosine~T_max~50"))
    assert values_of(long) == ("Cosine, length the whole run", "Cosine, length 50")


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_each_half_has_a_sentence_of_its_own_that_fits(slug: str) -> None:
    left = experiment(slug)
    for name in differing(left):
        (_, ours), (_, theirs) = words_of(Comparison(*_ordered(left, name)))
        for words in (ours, theirs):
            assert 0 < len(words) <= TITLE, (name, words)
            assert words.endswith(".")
        # Two halves may be equally steep; nothing else is said of both.
        assert ours != theirs or re.search(r"\d", ours), name


def test_a_sentence_is_true_of_the_scene_as_it_stands() -> None:
    """What is said of a loss's shape is read off its picture, with whatever bends it."""
    flat = Comparison(experiment("three_class"), "loss", "cross_entropy")
    (_, ours), (_, theirs) = words_of(flat)
    assert ours == "Flat where most wrong: slope 1.7×10⁻⁶ at the start."
    assert theirs.startswith("Steep where most wrong: slope 1.4")
    bent = Comparison(experiment("three_class", ("l1", 2.5)), "loss", "cross_entropy")
    assert not any("Flat" in words for _, words in words_of(bent))
    # Its corner is as flat as it was, and the penalty makes it steep.
    heavy = Comparison(experiment("three_class", ("l2", 1.0)), "loss", "cross_entropy")
    assert not any("Flat" in words for _, words in words_of(heavy))
    tip = words_of(Comparison(experiment("linear_regression", ("l1", 3.0)), "normalization", "standardize"))
    assert not any("narrow" in words or "far from round" in words for _, words in tip)
    # A high enough tip hides in no rounding that the loss beside it curves down.
    tipped = Comparison(experiment("himmelblau", ("l1", 1000.0)), "surface", "bowl")
    assert "Curves" not in words_of(tipped)[0][1]
    rates = Comparison(experiment("bowl"), "lr", "3")
    assert [words for _, words in words_of(rates)] == ["The rates as set.", "Every rate 3 times as high."]
    # The rule that is on the left already is not missing there.
    ruled = experiment("bowl")
    ruled = replace(ruled, runs=tuple(replace(run, rules=(Pick("clip_norm"),)) for run in ruled.runs))
    (title, words), _ = words_of(Comparison(ruled, "rule", "clip_norm~limit~5"))
    assert (title, words) == ("Rules as set", "Clip by norm as set, on 4 of 4 runs.")
    # Who asks for no gradient does not meet what is done to it.
    asking = replace(
        experiment("himmelblau"), runs=(Run(1, Pick("nelder_mead"), 0.5), Run(2, Pick("lbfgs"), 1.0)), steps=20
    )
    for rule, whom in (("noise", "1 of 2 runs"), ("coupled_l2", "every run"), ("freeze", "every run")):
        left, right = Comparison(asking, "rule", rule).scenes
        moved = [np.abs(a.theta - b.theta).max() > 1e-9 for a, b in zip(simulate(left), simulate(right), strict=True)]
        assert sum(moved) == (1 if rule == "noise" else 2)
        assert words_of(Comparison(asking, "rule", rule))[1][1].endswith(f"acts on {whom}.")
    # And who has no room for one says why.
    assert "all weights move" in words_of(Comparison(experiment("two_layer"), "rule", "freeze"))[1][1]


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("cosine~eta_min~0.05", "Rates end at 0.05, whatever is set."),
        ("cosine", "Rates end at 0.017 % of what is set."),
        ("constant~warmup~20", "Rates are highest at step 19, and end at 100 %."),
    ],
)
def test_a_schedule_s_sentence_is_true_of_all_rates(schedule: str, words: str) -> None:
    left = replace(experiment("rosenbrock"), runs=(Run(1, Pick("sgd"), 0.0035), Run(4, Pick("adam"), 0.15)), steps=120)
    assert words_of(Comparison(left, "schedule", schedule))[1][1] == words


def test_what_a_place_of_one_network_is_in_another_s_plane_is_not_drawn() -> None:
    comparison = Comparison(experiment("two_layer"), "normalization", "standardize")
    assert [scene.mapped for scene in scenes(comparison)] == [None, None]


def test_where_the_right_begins_by_itself_nobody_is_told_to_click() -> None:
    for name, own in (("surface", True), ("schedule", False), ("normalization", False), ("start", False)):
        left = experiment("linear_regression" if name == "normalization" else "rosenbrock")
        value = {"surface": "himmelblau", "schedule": "cosine", "normalization": "standardize", "start": "1~2"}[name]
        assert [scene.own_start for scene in scenes(Comparison(left, name, value))] == [False, own]


@pytest.mark.parametrize("surface", [Pick("bowl"), Pick("rosenbrock", (("l1", 0.5),)), Pick("matyas", (("l2", 2.0),))])
def test_l1_stands_beside_l2(surface: Pick) -> None:
    left = replace(experiment(surface.slug), surface=penalised(surface, "l1"))
    comparison = Comparison(left, "penalty", "l2")
    one, other = (surface_of(scene.surface) for scene in comparison.scenes)
    assert (one.l1, one.l2) == (other.l2, other.l1)
    assert one.l1 > 0 == one.l2
    assert [title for title, _ in words_of(comparison)] == ["L1 penalty", "L2 penalty"]
    assert opened(comparison) == (comparison, [])
    heading = differs(comparison)
    assert dict(heading.sides[0].options) == {"none": "none", "l1": "L1", "l2": "L2", "both": "L1 and L2"}
    for kinds in ("none", "l1", "l2", "both"):
        assert penalty_of(penalised(surface, kinds)) == kinds


def test_rates_stay_within_what_a_link_takes() -> None:
    for factor in ("0.001", "1000"):
        left = Experiment(Pick("bowl"), Pick("constant"), (Run(1, Pick("sgd"), LR.low), Run(2, Pick("sgd"), LR.high)))
        comparison = Comparison(left, "lr", factor)
        for run in comparison.scenes[1].runs:
            LR.check(run.lr)
        assert words_of(comparison)[1][1] == f"{factor} times the rates, as far as they may go."


# What is seen of the plane.


def test_halves_of_one_window_share_a_view_and_others_have_one_each() -> None:
    view, other = (-1.0, 1.0, -2.0, 2.0), (0.0, 3.0, 0.0, 3.0)
    same = Comparison(experiment("bowl"), "lr", "3")
    for scene in (0, 1):
        looked = same.viewed(scene, view)
        assert [one.view for one in looked.scenes] == [view, view]
        assert opened(looked) == (looked, [])
        assert looked.viewed(1 - scene, None) == same
    apart = Comparison(experiment("linear_regression"), "normalization", "standardize")
    looked = apart.viewed(0, view).viewed(1, other)
    assert [one.view for one in looked.scenes] == [view, other]
    assert opened(looked) == (looked, [])
    # It is a view: no path depends on it.
    for one, two in zip(apart.scenes, looked.scenes, strict=True):
        assert all(a is b for a, b in zip(simulate(one), simulate(two), strict=True))
    # Another surface on the right has not been looked about in.
    assert looked.with_left(experiment("bowl")).view2 is None


def test_a_broken_view_of_the_right_is_said() -> None:
    comparison, complaints = parse_comparison(
        {"view2": ["1~0~0~1"]} | {k: [v] for k, v in FIRST_COMPARISON.query().items()}
    )
    assert comparison == FIRST_COMPARISON
    assert len(complaints) == 1
    assert "view2 must be" in complaints[0]


def _ordered(left: Experiment, name: str) -> tuple[Experiment, str, str]:
    left, value = first_value(left, name)
    return left, name, value


def test_a_difference_stays_within_what_a_link_may_ask_for() -> None:
    one = Experiment(Pick("two_layer"), Pick("constant"), (Run(3, Pick("sgd"), 0.1),), steps=1000).bounded()[0]
    comparison, words = Comparison(*_ordered(one, "optimizers")).bounded()
    assert "at most" in words
    assert opened(comparison) == (comparison, [])
    assert comparison.left.steps < one.steps
    far = Experiment(Pick("bowl"), Pick("constant"), one.runs, start=(1e6, -1e6))
    Comparison(*_ordered(far, "start")).check()


@pytest.mark.parametrize("name", ["loss", "schedule", "lr", "rule", "start", "seed", "surface"])
def test_one_thing_differs_and_nothing_else(name: str) -> None:
    left = experiment("logistic_regression")
    one, other = Comparison(*_ordered(left, name)).scenes
    assert one == left
    same = {key: getattr(one, key) == getattr(other, key) for key in ("surface", "schedule", "start", "steps", "seed")}
    changed = {"loss": "surface", "surface": "surface", "schedule": "schedule", "start": "start", "seed": "seed"}.get(
        name
    )
    kept = set(same) - {changed} - ({"start"} if name == "loss" else set())
    assert all(same[key] for key in kept)
    assert changed is None or not same[changed]
    methods = [(run.slot, run.optimizer) for run in one.runs]
    assert methods == [(run.slot, run.optimizer) for run in other.runs]
    if name == "loss":
        # The right loss has a start of its own; it begins where the left one does all the same.
        np.testing.assert_allclose(start_of(one), start_of(other))


@pytest.mark.parametrize("slug", ["linear_regression", "logistic_regression", "softmax"])
@pytest.mark.parametrize("normalization", ["standardize", "minmax", "batch"])
def test_the_same_start_is_mapped_into_both(slug: str, normalization: str) -> None:
    left, right = Comparison(experiment(slug), "normalization", normalization).scenes
    ours, theirs = (surface_of(scene.surface) for scene in (left, right))
    np.testing.assert_allclose(
        ours.raw_weights(np.array(start_of(left))), theirs.raw_weights(np.array(start_of(right)))
    )


def test_the_same_start_is_the_same_loss() -> None:
    left, right = Comparison(experiment("linear_regression"), "normalization", "standardize").scenes
    ours, theirs = (simulate(scene)[0] for scene in (left, right))
    assert ours.loss[0] == pytest.approx(theirs.loss[0])
    assert ours.loss[-1] != pytest.approx(theirs.loss[-1])


def test_the_normalized_path_is_drawn_among_the_raw_ones() -> None:
    comparison = Comparison(experiment("linear_regression"), "normalization", "standardize")
    raw, normalized = scenes(comparison)
    assert raw.mapped == normalized.experiment
    assert normalized.mapped is None
    path = simulate(normalized.experiment)[0]
    expected = path.theta / surface_of(normalized.experiment.surface).raw[0].std(axis=0)
    numbers = np.frombuffer(message((raw,), None)[-4 * _size(raw) :], "<f4")
    n = raw.experiment.steps
    line = numbers[2 * n + 2 + 2 * (n + 1) + n :][: 2 * n + 2].reshape(-1, 2)
    np.testing.assert_allclose(line, expected, rtol=1e-5)
    # It ends nearer to the raw minimum than the raw run, which is what the picture is to show.
    (minimum,) = seen(raw.experiment).minima
    ours = simulate(raw.experiment)[0]
    assert np.hypot(*(expected[-1] - minimum)) < np.hypot(*(ours.theta[-1] - minimum))


def _size(scene: Scene) -> int:
    """How many numbers a scene with one line beside each run has."""
    n = scene.experiment.steps
    return len(scene.experiment.runs) * (2 * (n + 1) + 2 * (n + 1) + n + 2 * (n + 1))


def test_the_gradient_at_the_start_is_that_of_all_weights() -> None:
    comparison = Comparison(experiment("two_layer"), "loss", "mse")
    for (_, remark), scene in zip(words_of(comparison), comparison.scenes, strict=True):
        path = simulate(scene)[0]
        assert path.full is not None
        assert f"{np.linalg.norm(path.full.grad[0]):.2g}" in remark


def test_runs_on_the_right_keep_their_slots() -> None:
    left = experiment("bowl")
    one, other = Comparison(left, "optimizers", "3~4").scenes
    assert [run.slot for run in one.runs] == [1, 2]
    assert [run.slot for run in other.runs] == [3, 4]


@pytest.mark.parametrize(
    "vs",
    [
        "",
        "loss",
        "loss~volcano",
        "volcano~1",
        "lr~nan",
        "lr~0",
        "start~1",
        "start~inf~0",
        "schedule~volcano",
        "rule~volcano~x~1",
        "optimizers~9",
        "optimizers~1~2~3~4",
        "optimizers~~~",
        "seed~-1",
        "normalization~__import__('os')",
        "a" * 3000,
        "surface~bowl~condition~1e99",
    ],
)
def test_a_broken_difference_is_said_and_another_is_shown(vs: str) -> None:
    left = experiment("linear_regression")
    comparison, complaints = parse_comparison({key: [value] for key, value in left.query().items()} | {"vs": [vs]})
    assert comparison.left == left
    assert (comparison.name, comparison.value) == first_difference(left)
    comparison.check()
    if vs:
        assert len(complaints) == 1
        assert len(complaints[0]) < 400
        assert "Another difference is shown instead" in complaints[0]


def test_an_empty_address_is_the_lecture_s_first_picture() -> None:
    comparison, complaints = parse_comparison({})
    assert not complaints
    assert comparison.left.surface.slug == "three_class"
    assert (comparison.name, comparison.value) == ("loss", "cross_entropy")
    for example in EXAMPLES.values():
        assert opened(example) == (example, [])


def test_the_links_in_the_readme_are_the_examples() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"/compare\?(\S+)", readme)
    assert [parse_comparison(parse_qs(link)) for link in links] == [(example, []) for example in EXAMPLES.values()]


def test_another_scene_keeps_the_difference_where_it_makes_sense() -> None:
    comparison = Comparison(experiment("logistic_regression"), "normalization", "minmax")
    assert comparison.with_left(experiment("softmax")).name == "normalization"
    moved = comparison.with_left(experiment("bowl"))
    assert moved.name != "normalization"
    moved.check()
    with_slots = Comparison(experiment("bowl"), "optimizers", "3~4")
    gone = with_slots.with_left(Experiment(Pick("bowl"), Pick("constant"), (Run(1, Pick("sgd"), 0.1),)))
    assert gone.name != "optimizers"


# The lecture's three claims, on the numbers that the page shows.


def test_cross_entropy_arrives_where_mse_is_stuck() -> None:
    left, right = EXAMPLES["Plain descent is stuck under MSE"].scenes
    stuck, arrives = simulate(left)[0], simulate(right)[0]
    assert stuck.status == "stalled"
    assert stuck.loss[-1] == pytest.approx(2.0, abs=1e-3)
    assert np.hypot(*stuck.grad[0]) < 1e-5 < 1 < np.hypot(*arrives.grad[0])
    assert arrives.status == "as_good"


def test_normalization_lets_gradient_descent_go_straight() -> None:
    comparison = EXAMPLES["Normalization makes the valley rounder"]
    raw, normalized = comparison.scenes
    numbers = [surface_of(scene.surface).condition_number for scene in (raw, normalized)]
    assert numbers[0] > 10 * numbers[1]
    assert f"{numbers[0]:.3g}" in words_of(comparison)[0][1]
    assert f"{numbers[1]:.3g}" in words_of(comparison)[1][1]
    ways = []
    for scene in (raw, normalized):
        path = simulate(scene)[0]
        length = np.hypot(*np.diff(path.theta, axis=0).T).sum()
        ways.append(length / np.hypot(*(path.theta[-1] - path.theta[0])))
        (x0, x1), (y0, y1) = seen(scene).window
        assert x0 < path.theta[0, 0] < x1
        assert y0 < path.theta[0, 1] < y1
    assert ways[1] < 1.05 < ways[0]
    assert simulate(normalized)[0].status == "converged" != simulate(raw)[0].status


def test_decay_cures_adagrad_s_bursts() -> None:
    constant, decayed = (simulate(scene)[0] for scene in EXAMPLES["Adagrad by the mean bursts without decay"].scenes)

    def off_the_floor(path: Any) -> np.ndarray:
        x, y = path.theta.T
        return np.abs(y - x * x)

    arrived = [int(np.argmax(off_the_floor(path) < 0.01)) for path in (constant, decayed)]
    assert off_the_floor(constant)[arrived[0] :].max() > 1
    assert off_the_floor(decayed)[arrived[1] :].max() < 0.1
    assert decayed.status == "converged"


# The page.


def page(**query: str) -> AppTest:
    at = AppTest.from_function(_page, default_timeout=30)
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    return at


def _page() -> None:
    from app.views import compare

    compare.page()


def test_the_page_opens_and_its_widgets_change_the_link() -> None:
    at = page()
    assert at.query_params == {} or "vs" not in at.query_params
    # AppTest cannot open a menu; what is in one is not there until somebody does.
    at.session_state["compare.scene"] = at.session_state["compare.run"] = True
    at.run()
    at.selectbox(key="surface").set_value("himmelblau").run()
    assert not at.exception
    assert at.query_params["surface"] in ("himmelblau", ["himmelblau"])
    at.session_state["compare.scene"] = at.session_state["compare.run"] = True
    at.run()
    at.selectbox(key="compare.example").set_value("Adagrad by the mean bursts without decay").run()
    assert at.query_params["vs"] in ("schedule~inverse_sqrt", ["schedule~inverse_sqrt"])
    # What the right scene has of its own is set beside the selected run.
    at.slider(key="compare.right.inverse_sqrt.warmup").set_value(10).run()
    assert at.query_params["vs"] in ("schedule~inverse_sqrt~warmup~10", ["schedule~inverse_sqrt~warmup~10"])


@pytest.mark.parametrize("name", [*BESIDE, "loss", "normalization", "batch_size", "held_out", "l2"])
def test_every_kind_of_difference_has_its_heading(name: str) -> None:
    """What differs, and what either side could have, is offered; and what is offered is taken."""
    comparison = Comparison(*_ordered(experiment("logistic_regression"), name))
    at = page(**comparison.query())
    assert not at.toast
    heading = differs(comparison)
    assert heading.name == dict(heading.options)[name] == differing(comparison.left)[name]
    for scene, side in enumerate(heading.sides):
        if side.kind == "none":
            with pytest.raises(ValueError, match="not chosen there"):
                with_side(comparison, scene, "1")
            continue
        assert side.value
        for value, words in side.options if side.kind == "menu" else ():
            assert words
            try:
                new = with_side(comparison, scene, value)
            except ValueError:
                # What both have is no difference.
                assert value == heading.sides[1 - scene].value or name == "rule"
                continue
            again, complaints = parse_comparison({key: [text] for key, text in new.query().items()})
            assert (again, complaints) == (new, [])
    for foreign in ("", "nonsense", "__import__('os')", "1e999", "~", "9" * 500):
        for scene in (0, 1):
            # A sentence or a comparison, and nothing else.
            with suppress(ValueError):
                with_side(comparison, scene, foreign).check()


def test_another_difference_is_one_that_the_surface_has() -> None:
    comparison = Comparison(*_ordered(experiment("logistic_regression"), "loss"))
    for name in differing(comparison.left):
        with_difference(comparison, name).check()
    with pytest.raises(ValueError, match="cannot differ"):
        with_difference(comparison, "__class__")


def test_a_broken_link_gives_one_notice_and_a_page() -> None:
    at = page(surface="nonsense", vs="![x](http://example.org/x)~1", bad="1")
    (notice,) = at.toast
    assert "![x]" not in notice.value
    assert at.get("bidi_component")


def test_comparing_is_not_the_playground() -> None:
    # The playground's first scene has neither features nor a second loss; its rates differ.
    assert first_difference(FIRST)[0] == "lr"
