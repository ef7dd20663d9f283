"""Maps: a link survives, a pixel is the verdict of its very run, and theory's line is where the picture has it."""

import threading
import time
import tracemalloc
from dataclasses import replace
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiment import Experiment, Pick, Run, parse, seen, simulate
from core.entry import Param
from maps import computing
from maps.__main__ import main
from maps.axes import Axis, batch, fields_of, put
from maps.computing import Result, answer, refined
from maps.goal import NEVER, SHARES, THOUSANDTH, Goal
from maps.model import FIRST_MAP, METHODS, SIZES, Map, parse_map
from maps.theory import theory
from optimizers import OPTIMIZERS, run
from optimizers.loop.status import STATUSES
from surfaces import SURFACES
from tests.test_experiment import experiments

FOUR = Experiment(
    Pick("bowl"),
    Pick("constant"),
    (
        Run(1, Pick("sgd"), 0.1),
        Run(2, Pick("momentum"), 0.1),
        Run(4, Pick("adam"), 0.3, (Pick("clip_norm", (("limit", 5.0),)),)),
        Run(5, Pick("lookahead", (("base", "rmsprop"),)), 0.3),
    ),
    steps=60,
)


def link(text: str) -> tuple[Map, list[str]]:
    return parse_map(parse_qs(text))


def finest(asked: Map) -> Result:
    return list(refined(asked, budget=1e9))[-1]


# Links.


@st.composite
def ranges(draw: st.DrawFn, axis: Axis) -> tuple[float, float] | None:
    """A part of an axis's range, or all of it."""
    p = axis.param
    low = max(p.low, 1e-12) if p.scale == "log" else max(p.low, -1e6)
    high = min(p.high, 1e6)
    number = (
        st.integers(int(low), int(high)).map(float) if p.kind is int else st.floats(low, high).map(lambda v: v + 0.0)
    )
    ends = sorted(draw(st.lists(number, min_size=2, max_size=2, unique=True)))
    one = replace(axis, low=ends[0], high=ends[1])
    return None if one.whole or draw(st.booleans()) else (ends[0], ends[1])


@st.composite
def maps(draw: st.DrawFn) -> Map:
    experiment = draw(experiments())
    asked = Map(experiment, of=draw(st.sampled_from([None, *(r.slot for r in experiment.runs)])))
    names = draw(st.lists(st.sampled_from(sorted(asked.fields)), min_size=2, max_size=2, unique=True))
    asked = replace(asked, names=draw(st.sampled_from([("x", "y"), ("lr", METHODS), (names[0], names[1])])))
    across, up = asked.axes
    goals = [st.just(Goal("final", 0.0))]
    for kind, p in SHARES.items():
        if kind == "gap" or seen(experiment).minima:
            goals.append(st.builds(Goal, st.just(kind), st.floats(p.low, p.high)))
    return replace(
        asked,
        ranges=(draw(ranges(across)), None if up is None else draw(ranges(up))),
        goal=draw(st.one_of(goals)),
        size=draw(st.sampled_from(SIZES)),
    )


@given(maps())
@settings(max_examples=25)
def test_every_map_survives_its_link(asked: Map) -> None:
    query = parse_qs(urlencode(asked.query()), keep_blank_values=True)
    assert parse_map(query) == (asked, [])
    # What is beside the map in the link is the experiment's own link.
    assert (
        parse({key: values for key, values in query.items() if key in asked.experiment.query()})[0] == asked.experiment
    )


@given(
    st.dictionaries(
        st.sampled_from(["surface", "r1", "map", "across", "up", "goal", "size", "of"]),
        st.lists(
            st.text()
            | st.sampled_from(
                ["basins", "rate~momentum", "two~lr~x", "methods", "0~1", "1~0", "gap~2", "nan~1", "1~inf"]
            )
        ),
    )
)
@settings(max_examples=25)
def test_any_text_gives_a_map_or_says_what_was_wrong(query: dict[str, list[str]]) -> None:
    asked, complaints = parse_map(query)
    assert all(isinstance(words, str) and words.endswith(".") for words in complaints)
    assert asked.shape[0] * asked.shape[1] > 0
    assert parse_map({key: [value] for key, value in asked.query().items()}) == (asked, [])


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("map=rates~momentum", "map must be basins, methods, rate and a field (rate~momentum)"),
        ("map=rate", "map must be basins"),
        ("map=rate~beta9", "'beta9' cannot vary here; it must be one of lr, momentum, dampening"),
        ("map=two~lr~lr", "a map varies two fields, not 'lr' twice"),
        ("map=rate~momentum&up=0.5~2", "momentum must rise, between 0 and 0.9999; got 0.5 to 2"),
        ("map=rate~momentum&across=1~0.1", "lr must rise, between 0.0000001 and 1000; got 1 to 0.1"),
        ("map=rate~momentum&across=a~b", "across must be two numbers, the lower first, like 0.01~1; got 'a~b'"),
        ("map=methods&up=1~2", "up has no range where the rows are methods; got '1~2'"),
        ("map=rate~schedule.warmup&up=0.5~3", "schedule.warmup must lie between whole numbers; got 0.5 to 3"),
        ("goal=gap~7", "goal gap must be between"),
        ("goal=best", "goal must be gap~0.001, distance~0.005 or final; got 'best'"),
        ("goal=distance&surface=saddle", "goal=distance needs a known minimum, and Saddle has none"),
        ("size=100", "size must be one of 32, 64, 128, 256, 512; got '100'"),
        ("of=3", "of must be the slot of a run, 2; got '3'"),
    ],
)
def test_what_a_link_gets_wrong_is_said_with_what_is_allowed(part: str, words: str) -> None:
    surface = "" if "surface" in part else "&surface=bowl"
    _, complaints = link(f"schedule=constant&r2=momentum~lr~0.1&{part}{surface}")
    assert any(words in complaint for complaint in complaints), complaints


def test_the_range_that_is_declared_needs_no_name() -> None:
    asked, _ = link("surface=bowl&schedule=constant&r2=momentum~lr~0.1&map=rate~momentum&up=0~0.9999&across=1~2")
    assert asked.ranges == ((1.0, 2.0), None)


def test_an_unknown_parameter_is_told_as_on_every_page() -> None:
    assert link("surface=bowl&r2=momentum~lr~0.1&axis=3")[1] == ["'axis' is not a parameter of a link."]


def test_a_map_of_another_method_varies_what_that_one_has() -> None:
    asked = replace(FIRST_MAP, names=("lr", "momentum"), ranges=(None, (0.0, 0.5)))
    adam = replace(asked.experiment, runs=(Run(4, Pick("adam"), 0.1),))
    other = asked.suited(adam)
    assert (other.names, other.ranges) == (("lr", "beta1"), (None, None))
    assert asked.suited(asked.experiment) == asked
    assert replace(asked, goal=Goal("distance", 0.1)).suited(replace(adam, surface=Pick("saddle"))).goal == THOUSANDTH


# Axes.


def test_every_number_of_every_entry_has_an_axis() -> None:
    """What a slider offers is a range that an axis can go over: above 0 on a log scale, whole numbers between whole ones."""
    for slug in OPTIMIZERS:
        for surface in ("linear_regression", "rosenbrock") if slug == "adam" else ("bowl",):
            scene = replace(FOUR, surface=Pick(surface), runs=(Run(1, Pick(slug), 0.1),))
            for name, p in fields_of(scene).items():
                values = Axis.of(name, p).values(7)
                assert np.all(np.diff(values) > 0)
                for value in values:
                    put(scene, name, p.kind(value))


def test_an_axis_has_the_middles_of_its_pixels() -> None:
    linear = Axis("x", Param("x", 0.0, -10.0, 10.0), 0.0, 4.0)
    assert linear.values(4).tolist() == [0.5, 1.5, 2.5, 3.5]
    log = Axis("lr", Param("lr", 0.1, 1e-6, 10.0, scale="log"), 0.01, 1.0)
    assert log.values(2) == pytest.approx([0.1**1.5, 0.1**0.5])
    whole = Axis("n", Param("n", 1, 0, 10), 2.0, 5.0)
    assert whole.values(256).tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("slug", sorted(slug for slug, kind in OPTIMIZERS.items() if not kind.row_by_row))
def test_many_values_at_once_are_the_runs_of_each(slug: str) -> None:
    scene = Experiment(Pick("himmelblau"), Pick("cosine"), (Run(1, Pick(slug), 0.02, (Pick("noise"),)),), steps=12)
    for name, p in fields_of(scene).items():
        if not p.sweeps:
            continue
        values = Axis.of(name, p).values(3)
        made = batch(scene, {name: values})
        together = run(made.surface, made.optimizer, made.schedule, np.broadcast_to(made.start, (3, 2)), 12, made.rules)
        for k, value in enumerate(values):
            one = batch(put(scene, name, p.kind(value)), {})
            alone = run(one.surface, one.optimizer, one.schedule, one.start[0], 12, one.rules)
            np.testing.assert_allclose(together.theta[:, k], alone.theta, rtol=1e-6, atol=1e-9, err_msg=name)


# Pixels.

MAPS = {
    "basins": (500, "surface=himmelblau&r2=momentum~lr~0.01&steps=60&size=64"),
    "basins with local minima": (100, "surface=six_hump_camel&r2=momentum~lr~0.01&steps=60&size=64"),
    "basins without a minimum": (100, "surface=three_class&r2=adam~lr~0.3&steps=60&size=32"),
    "rate x momentum": (
        500,
        "surface=bowl&start=-4~2.6&r2=momentum~lr~0.1&steps=120&map=rate~momentum&across=0.01~1&size=64",
    ),
    "distance": (500, "surface=booth&r2=nesterov~lr~0.1&steps=80&map=rate~momentum&goal=distance&size=64"),
    "final loss": (100, "surface=rosenbrock&r4=adamw~lr~0.1&steps=60&map=two~lr~weight_decay&goal=final&size=64"),
    "a surface's field": (500, "surface=bowl&r1=sgd~lr~0.1&steps=40&map=two~surface.condition~lr&size=32"),
    "rows of methods": (
        500,
        "surface=bowl&r1=sgd~lr~0.1&r2=momentum~lr~0.1&r4=adam~lr~0.1&steps=60&map=methods&size=256",
    ),
    "mini-batches": (
        50,
        "surface=linear_regression~batch_size~4&r1=sgd~lr~0.02&steps=20&map=two~lr~schedule.warmup&size=32",
    ),
    "rules": (
        50,
        "surface=bowl&r1=sgd~lr~0.1&r1.1=noise~std~0.3&steps=30&map=two~lr~rule1.std&across=0.01~0.2&size=32",
    ),
    "whole numbers": (
        100,
        "surface=bowl&schedule=step~gamma~0.5&r1=sgd~lr~0.1&steps=40&map=two~schedule.step_size~x&across=1~9&size=32",
    ),
}


@pytest.mark.parametrize("name", MAPS)
def test_a_pixel_is_the_verdict_of_that_very_run(name: str) -> None:
    count, text = MAPS[name]
    asked, complaints = link(text if "schedule=" in text else f"schedule=constant&{text}")
    assert not complaints
    shown = finest(asked)
    assert shown.whole
    assert shown.label.shape == asked.shape
    rng, wrong = np.random.default_rng(1), 0
    for k in rng.permutation(shown.label.size)[:count]:
        row, column = (int(i) for i in np.unravel_index(k, asked.shape))
        one = asked.at(row, column)
        if shown.every == 1:
            found = answer(asked, row, column)
            status, step, loss, end = found.status, found.step, found.loss, found.path.theta[-1]
        else:
            made = batch(one, {})
            path = run(
                made.surface, made.optimizer, made.schedule, made.start[0], one.steps, made.rules, one.seed, "last"
            )
            status, step, loss, end = str(path.status), int(path.stop_step), float(path.loss), path.theta
        kind = shown.classes[shown.label[row, column]]
        with np.errstate(over="ignore"):
            alike = np.isclose(shown.loss[row, column], np.float32(loss), rtol=1e-3, atol=1e-5, equal_nan=True)
        same = kind.status == status and shown.step[row, column] == (NEVER if step < 0 else step) and alike
        wrong += not (same and (kind.place is None or np.hypot(*(end - kind.place)) <= 0.05))
    # Floats and arrays may differ in the last place, on which a step, or a chaotic run, may turn.
    assert wrong <= count // 100


def test_what_is_said_of_a_pixel_of_basins_to_the_step_is_its_paths() -> None:
    found = answer(FIRST_MAP, 10, 30)
    one = FIRST_MAP.at(10, 30)
    (path,) = simulate(one)
    assert (found.status, found.step) == (path.status, path.stop_step)
    assert np.array_equal(found.path.theta, path.theta)


@pytest.mark.parametrize("kind", ["basins", "rate~beta1", "methods", "rate~beta1&start=1~1"])
def test_a_pixel_of_a_network_is_its_run_from_the_same_weights(kind: str) -> None:
    asked, complaints = link(f"surface=two_layer&schedule=constant&steps=6&r1=adam~lr~0.3&r2=sgd~lr~1&map={kind}")
    assert not complaints
    shown = next(refined(asked))
    for i, j in ((0, 0), (-1, 1), (1, 3)):
        row, column = int(shown.row_of[i]), int(shown.column_of[j])
        assert shown.loss[i, j] == pytest.approx(answer(asked, row, column).loss, rel=1e-5)
        if "start" not in kind:
            assert shown.loss[i, j] == pytest.approx(simulate(asked.at(row, column))[0].loss[-1], rel=1e-5)


def test_a_coarse_picture_is_a_part_of_the_fine_one() -> None:
    asked, _ = link("surface=himmelblau&schedule=constant&r2=momentum~lr~0.01&steps=40&size=128")
    *coarse, fine = refined(asked, budget=1e9)
    assert [one.label.shape for one in (*coarse, fine)] == [(32, 32), (64, 64), (128, 128)]
    for one in coarse:
        assert not one.whole
        part = np.ix_(one.row_of, one.column_of)
        assert np.array_equal(one.step, fine.step[part])
        assert np.array_equal(one.loss, fine.loss[part], equal_nan=True)


def test_every_method_has_its_row_at_every_resolution() -> None:
    coarse, fine = refined(Map(replace(FOUR, steps=5), names=("lr", METHODS), size=64), budget=1e9)
    assert (coarse.label.shape, fine.label.shape) == ((4, 32), (4, 64))


def test_no_pixel_is_computed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def counting(*args: object, **kwargs: object) -> object:
        ran.append(len(args[3]))
        return run(*args, **kwargs)

    monkeypatch.setattr(computing, "run", counting)
    shown = finest(replace(FIRST_MAP, size=128, experiment=replace(FIRST_MAP.experiment, steps=10)))
    assert sum(ran) == shown.runs == 128 * 128


def test_cancel_cancels() -> None:
    cancel, told = threading.Event(), []

    def tell(share: float) -> None:
        told.append(share)
        if len(told) == 3:
            cancel.set()

    results = list(refined(replace(FIRST_MAP, size=512), budget=1e9, cancel=cancel, tell=tell))
    assert len(told) == 3
    assert told == sorted(told)
    assert told[-1] < 1
    assert all(not one.whole for one in results)


def test_a_spent_budget_is_told_and_the_first_picture_is_there() -> None:
    results = list(refined(replace(FIRST_MAP, size=64), budget=1e-9))
    assert [(one.label.shape, one.stopped, one.whole) for one in results] == [
        ((32, 32), "", False),
        ((32, 32), "budget", False),
    ]
    assert "refined no further" in results[-1].words
    assert "refined no further" not in finest(replace(FIRST_MAP, size=32)).words


def test_each_result_may_be_asked_for_in_a_thread_of_its_own() -> None:
    """The clock of a thread is its own; time that another one spent must not be lost, or counted below nothing."""
    results, found = refined(replace(FIRST_MAP, size=64), budget=1e9), []

    def ask(busy: float) -> None:
        while time.thread_time() < busy:
            pass
        found.append(next(results))

    for busy in (0.3, 0.0):
        worker = threading.Thread(target=ask, args=(busy,))
        worker.start()
        worker.join()
    assert 0 < found[0].seconds < found[1].seconds


def test_what_is_dear_or_slow_begins_coarser_and_what_is_dear_ends_sooner() -> None:
    """So the first picture is there soon, whatever is asked for."""

    def sizes(text: str) -> list[int]:
        return [len(rows) for rows, _ in computing._Canvas(link(f"schedule=constant&{text}")[0]).levels]

    assert sizes("surface=bowl&r2=sgd~lr~1&steps=200&size=64") == [32, 64]
    assert sizes("surface=bowl&r2=bfgs~lr~1&steps=60&size=512") == [4, 8, 16, 32]
    assert sizes("surface=softmax&r2=sgd~lr~1&steps=5000&size=64") == [4, 8, 16, 32, 64]
    results = list(refined(link("surface=bowl&schedule=constant&r2=bfgs~lr~1&steps=20&size=512")[0], budget=1e-9))
    assert results[-1].label.shape == (4, 4)


@pytest.mark.parametrize("names", [("x", "y"), ("lr", "momentum")])
def test_memory_stays_within_its_bound(names: tuple[str, str]) -> None:
    """64 MB at 1024 x 1024, and for a tile whose runs follow a goal."""
    scene = replace(FIRST_MAP.experiment, steps=1 if names == ("x", "y") else 200)
    asked = replace(FIRST_MAP, size=1024 if names == ("x", "y") else 96, names=names, experiment=scene)
    tracemalloc.start()
    try:
        shown = finest(asked)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert shown.whole
    assert peak < 64e6
    assert shown.label.nbytes + shown.step.nbytes + shown.loss.nbytes == 7 * shown.runs
    print(names, peak / 1e6)


# What maps show.


def test_himmelblaus_starts_reach_its_four_minima() -> None:
    shown = finest(replace(FIRST_MAP, size=128))
    lettered = {one.letter: (one, share) for one, share in zip(shown.classes, shown.shares, strict=True) if one.letter}
    assert [lettered[letter][0].place for letter in "ABCD"] == list(SURFACES["himmelblau"]().minima)
    shares = [lettered[letter][1] for letter in "ABCD"]
    assert shares == pytest.approx([22.7, 27.3, 24.0, 25.9], abs=0.5)
    assert sum(shown.shares) == pytest.approx(100)
    assert 99.5 < shown.reached < 100
    low, middle, high = shown.quantiles(0.05, 0.5, 0.95)
    assert low < middle < high


def test_local_minima_have_letters_and_are_told_apart() -> None:
    asked, _ = link("surface=three_hump_camel&schedule=constant&r1=sgd~lr~0.02&steps=300&size=32")
    lettered = [one for one in finest(asked).classes if one.letter]
    assert [one.status for one in lettered] == ["converged", "local_minimum", "local_minimum"]
    assert lettered[0].words == "minimum A"
    assert lettered[1].words == "local minimum B"
    assert lettered[1].place == pytest.approx((-1.7476, 0.8738), abs=1e-3)


def test_of_many_minima_four_have_letters() -> None:
    asked, _ = link("surface=rastrigin&schedule=constant&r1=sgd~lr~0.001&steps=60&size=32")
    shown = finest(asked)
    assert [one.letter for one in shown.classes if one.letter] == list("ABCD")
    others = shown.classes.index(next(one for one in shown.classes if one.words == "other local minimum"))
    assert shown.shares[others] > 50
    without, _ = link("surface=bowl&schedule=constant&r1=sgd~lr~0.1&steps=60&map=two~lr~x&size=32")
    assert [one.words for one in finest(without).classes] == [
        "diverged",
        "converged",
        "local minimum",
        "as good as the lowest",
        "stalled",
        "still on the way",
    ]


def test_the_edge_of_the_momentum_map_is_distills() -> None:
    """Whoever diverges lies beyond (2 + 2 beta)/lambda_max, whoever arrives within it, but for a pixel."""
    asked, _ = link(
        "surface=bowl&schedule=constant&start=-4~2.6&r2=momentum~lr~0.1&steps=800&map=rate~momentum"
        "&across=0.1~0.5&up=0~0.9&size=32"
    )
    shown, known = finest(asked), theory(asked)
    assert known is not None
    assert known.name == "2(1+μ)/λmax"
    edge = (2 + 2 * asked.rows) / 12
    rates, betas = zip(*known.edge, strict=True)
    assert (betas[0], betas[-1]) == (0.0, 0.9)
    assert np.interp(asked.rows, betas, rates) == pytest.approx(edge, rel=1e-4)
    lost = np.array([one.status == "diverged" for one in shown.classes])[shown.label]
    for row, beyond in enumerate(np.searchsorted(asked.columns, edge)):
        assert beyond <= lost[row].argmax() <= beyond + 1
        assert lost[row, beyond + 1 :].all()
        arrived = np.flatnonzero(shown.step[row] != NEVER)
        assert beyond - 2 <= arrived.max() < beyond


def test_the_best_pair_is_polyaks() -> None:
    asked, _ = link(
        "surface=bowl&schedule=constant&start=-4~2.6&r2=momentum~lr~0.1&steps=100&map=rate~momentum&across=0.05~0.5&size=64"
    )
    shown, known = finest(asked), theory(asked)
    assert known is not None
    # sqrt(rate) = 2/(1 + sqrt 12), momentum ((sqrt 12 - 1)/(sqrt 12 + 1))^2.
    assert known.best == pytest.approx((0.20072, 0.30470), abs=1e-4)
    assert shown.best is not None
    row, column = shown.best
    assert shown.step[row, column] <= 8
    assert asked.columns[column] == pytest.approx(known.best[0], rel=0.15)
    assert asked.rows[row] == pytest.approx(known.best[1], abs=0.1)


@pytest.mark.parametrize(
    "part", ["surface=himmelblau", "surface=bowl&schedule=cosine", "surface=bowl&map=two~momentum~lr"]
)
def test_where_theory_has_no_line_none_is_drawn(part: str) -> None:
    kind = "" if "map" in part else "&map=rate~momentum"
    assert theory(link(f"r2=momentum~lr~0.1&{part}{kind}")[0]) is None


def test_rows_of_methods_have_a_limit_each() -> None:
    known = theory(
        link("surface=bowl&schedule=constant&r1=sgd~lr~0.1&r2=momentum~lr~0.1&r4=adam~lr~0.1&map=methods")[0]
    )
    assert known is not None
    assert known.edge == ((pytest.approx(2 / 12, rel=1e-4), 1), (pytest.approx(3.8 / 12, rel=1e-4), 2))
    assert known.best is None


# Goals.


def test_a_goal_is_reached_from_the_step_on_from_which_it_holds_to_the_end() -> None:
    surface = SURFACES["bowl"]()
    path = run(surface, OPTIMIZERS["sgd"](), 0.1, np.array([(4.0, 0.0), (0.1, 0.0)]), 50)
    bound = THOUSANDTH.loss(surface)
    # Half x squared, and the middling loss of the window.
    assert bound == pytest.approx(1e-3 * np.median(surface.grid(21)[2]))
    first = int(np.ceil(np.log(np.sqrt(2 * bound) / 4) / np.log(0.9)))
    assert THOUSANDTH.steps(path).tolist() == [first, 0]
    near = int(np.ceil(np.log(0.05 / 4) / np.log(0.9)))
    assert Goal("distance", 0.005).steps(path).tolist() == [near, int(np.ceil(np.log(0.5) / np.log(0.9)))]
    assert Goal("final", 0.0).steps(path).tolist() == [NEVER, NEVER]
    lost = run(surface, OPTIMIZERS["sgd"](), 0.5, np.array([(1.0, 1.0)]), 50)
    assert THOUSANDTH.steps(lost).tolist() == [NEVER]


def test_statuses_fit_into_a_byte_and_a_page_may_ask_for_any_of_them() -> None:
    shown = finest(replace(FIRST_MAP, size=32))
    assert [one.status for one in shown.classes[-len(STATUSES) :]] == list(STATUSES)
    assert shown.label.dtype == np.uint8
    assert shown.step.dtype == np.uint16
    assert shown.loss.dtype == np.float32


def test_a_map_can_be_read_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    link_text = "https://ravine.example/maps?surface=himmelblau&schedule=constant&r1=sgd~lr~0.01&steps=60&size=32&x=1"
    assert main([link_text]) == 0
    out, err = capsys.readouterr()
    assert "%  minimum B (−2.81, 3.13)" in out
    assert "looked at each 10 steps" in out
    assert "32 x 32, 1,024 runs in" in out
    assert err == "'x' is not a parameter of a link.\n"
