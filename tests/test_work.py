"""The bound on work: what links ask for is counted before it runs, and what was misjudged ends by a count, never by a clock."""

import dataclasses
import json
import math
from typing import Any

import numpy as np
import pytest

from app import work
from app.comparison import Comparison, parse_comparison
from app.dissection import dissection_bytes
from app.experiment import (
    FIRST,
    MAX_STEPS,
    SLOTS,
    Experiment,
    Pick,
    Run,
    again,
    optimizer_of,
    parse,
    seen,
    simulate,
    start_of,
    surface_of,
)
from app.news import TITLE, events
from app.player import Scene, message, passing_message
from benchmarks.work import ASKED, answer, asked, promised, sweep
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from optimizers.bases.optimizer import Optimizer, SpentError
from optimizers.explain.anatomy import dissect
from optimizers.loop import run as loop
from optimizers.loop.counted import Counted, Counter
from surfaces import SURFACES

# What eight runs of 1,000 steps with a second line took in each of two pictures, when no run had more than 2,000.
MOST_BYTES = 600_000
SEARCHING = sorted(slug for slug, kind in OPTIMIZERS.items() if kind().asks)


def query_of(link: dict[str, str]) -> dict[str, list[str]]:
    return {key: [value] for key, value in link.items()}


def one(method: str, surface: Pick = FIRST.surface, steps: int = 60, rate: float = 0.01, rules: Any = ()) -> Experiment:
    return Experiment(surface, Pick("constant"), (Run(1, Pick(method), rate, rules),), steps=steps)


# What is promised.


@pytest.mark.parametrize("seed", range(2))
def test_every_link_has_steps_and_its_count_is_within_a_second(seed: int) -> None:
    """Whatever the page, surface, methods and rules; only a surface that takes nearly a second by itself leaves a quarter."""
    for page, link in sweep(60, seed):
        count, steps = promised(page, link)
        assert steps >= 1
        scenes, given = asked(page, query_of(link))
        assert given == steps
        assert steps * sum(len(scene.runs) for scene in scenes) <= MAX_STEPS
        once = sum(scene.work_on(page).once for scene in scenes)
        assert count <= max(work.SECOND, once + work.LEAST_SHARE * work.SECOND) or steps == 1, link


def test_one_link_of_every_pair_is_taken_with_the_most_steps() -> None:
    for slug in SURFACES:
        for method in OPTIMIZERS:
            rules = {f"r1.{k}": rule for k, rule in enumerate(sorted(RULES)[:4], 1)}
            experiment, words = parse(query_of({"surface": slug, "r1": f"{method}~lr~1", "steps": str(ASKED)} | rules))
            assert experiment.runs[0].optimizer.slug == method
            assert experiment.steps > 20, (slug, method)
            assert f"at most {experiment.steps} steps, so the steps are {experiment.steps}." in words[-1]
            assert parse(query_of(experiment.query())) == (experiment, [])


@pytest.mark.parametrize("asked", [MAX_STEPS + 1, ASKED, 10**100])
def test_who_asks_for_too_many_steps_has_the_most_there_may_be(asked: int) -> None:
    plain, words = parse(query_of({"surface": "bowl", "r1": "sgd~lr~0.1", "steps": str(asked)}))
    assert plain.steps == MAX_STEPS
    assert words == [f"1 run has at most {MAX_STEPS} steps, so the steps are {MAX_STEPS}."]
    eight, words = parse(query_of({f"r{slot}": "sgd~lr~0.001" for slot in SLOTS} | {"steps": str(asked)}))
    assert eight.steps == MAX_STEPS // 8
    assert words == [f"8 runs have at most {eight.steps} steps each, so the steps are {eight.steps}."]
    deep, words = parse(query_of({"surface": "two_layer", "r1": "newton~lr~1", "steps": str(asked)}))
    assert words == [
        f"1 run with Newton on Two-layer network has at most {deep.steps} steps, so the steps are {deep.steps}."
    ]


def test_what_asks_for_more_has_fewer_steps() -> None:
    def most(method: str, surface: str = "rosenbrock", *rules: str, start: str = "") -> int:
        link = {"surface": surface, "r1": f"{method}~lr~1", "steps": str(ASKED)} | ({"start": start} if start else {})
        return parse(query_of(link | {f"r1.{k}": rule for k, rule in enumerate(rules, 1)}))[0].steps

    assert most("adam") == MAX_STEPS > most("adam", "rosenbrock", "noise") > most("bfgs") > most("gradient_flow")
    assert most("bfgs") > most("bfgs", "rosenbrock", "noise", "box")
    assert most("sam~base~adam") > most("sam~base~newton")
    net = "two_layer~data_set~iris"
    assert most("adam", "two_layer") > most("adam", net) > most("adam", f"{net}~normalization~batch")
    assert most("adam", net) > most("adam", f"{net}~held_out~0.3") > most("adam", f"{net}~held_out~0.3~dropout~0.5")
    # From another place the runs are not those that the plane is laid by.
    assert most("adam", net) > 1.9 * most("adam", net, start="0.5~0.5")
    soft = "softmax~batch_size~10"
    assert most("adam", "softmax") > most("adam", soft) > most("adam", f"{soft}~held_out~0.3")


def test_two_scenes_count_as_two() -> None:
    link = {"surface": "two_layer", "r1": "adam~lr~0.01", "steps": str(ASKED), "vs": "loss~mse"}
    both, words = parse_comparison(query_of(link))
    alone, _ = parse(query_of(link))
    assert 0.3 * alone.steps < both.left.steps <= alone.steps / 2
    assert words == [
        f"2 runs in both pictures on Two-layer network have at most {both.left.steps} steps each, "
        f"so the steps are {both.left.steps}."
    ]
    assert [scene.steps for scene in both.scenes] == [both.left.steps] * 2
    assert parse_comparison(query_of(both.query())) == (both, [])
    # Made by hand it is bounded all the same, and the dearer of two surfaces decides for both.
    for value, most in (("booth", MAX_STEPS // 2), ("two_layer", alone.steps)):
        pair = Comparison(one("sgd", Pick("bowl"), MAX_STEPS), "surface", value).scenes
        assert pair[0].steps == pair[1].steps <= most
    # Where the runs are shared out they are no more than on one page.
    many = {f"r{slot}": "sgd~lr~0.001" for slot in SLOTS} | {"steps": str(ASKED), "vs": "optimizers~1~2"}
    assert parse_comparison(query_of(many))[0].left.steps == MAX_STEPS // 8


def test_a_run_that_is_taken_apart_has_as_many_steps_as_that_takes() -> None:
    experiment = one("adam", steps=MAX_STEPS)
    apart, words = experiment.bounded("dissect")
    assert 1000 < apart.steps < MAX_STEPS
    assert words == f"1 run, taken apart, has at most {apart.steps} steps, so the steps are {apart.steps}."
    with pytest.raises(ValueError, match="taken apart"):
        dissection_bytes(experiment.query() | {"run": "1"})
    assert experiment.bounded() == (experiment, "")


# What is measured: evaluations, never time.


class Meter:
    """A surface that counts what is asked of it, by whomever."""

    def __init__(self, surface: Any) -> None:
        self.surface, self.places = surface, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.surface, name)

    def value(self, *coordinates: Any) -> Any:
        self.places += 1
        return self.surface.value(*coordinates)

    def grad(self, *coordinates: Any) -> Any:
        self.places += 1
        return self.surface.grad(*coordinates)


def metered(surface: Any, method: Optimizer, steps: int, rate: float, seed: int) -> tuple[int, Path]:
    """How often a run asks for losses and gradients, and its path, from some place of the window."""
    (x0, x1), (y0, y1) = surface.window
    u, v = np.random.default_rng(seed).random(2)
    meter = Meter(surface)
    most = work.evaluations(surface, method, steps)
    path = run(meter, method, rate, (x0 + u * (x1 - x0), y0 + v * (y1 - y0)), steps, evaluations=most)
    return meter.places, path


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_no_run_asks_for_more_than_was_counted(slug: str) -> None:
    """Of what can be foreseen it asks for that; searches end before they ask for more."""
    method, steps = OPTIMIZERS[slug](), 12
    for seed, name in enumerate(["saddle", "monkey_saddle", "levy", "rosenbrock", "beale", "logistic_regression"]):
        surface = surface_of(Pick(name))
        most = work.evaluations(surface, method, steps) or 0.0
        for rate in (1e-3, 30.0):
            places, path = metered(surface, method, steps, rate, seed)
            # One gradient a step, another at the end, the losses of the path, and the call at which the run ended. What
            # overflowed on floats is run once more.
            own = len(path.theta) - 1 + 3
            assert places <= own + most + steps + 1, name
            if slug not in SEARCHING:
                assert path.asked is None
                assert places >= 10 or not np.isfinite(path.theta).all()


@pytest.mark.parametrize("slug", ["newton", "sophia", "polyak_sgd", "sam"])
@pytest.mark.parametrize("surface", ["bowl", "two_layer"])
def test_what_can_be_foreseen_is_what_is_asked_for(slug: str, surface: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Per step, by the count that weighs many places at once, within a tenth and never more."""
    counters: list[Counter] = []

    class Kept(Counter):
        def __init__(self, most: float) -> None:
            super().__init__(most)
            counters.append(self)

    monkeypatch.setattr(loop, "Counter", Kept)
    plane, method = surface_of(Pick(surface)), optimizer_of(Pick(slug))
    path = run(plane, method, 1e-3, plane.start, 10, evaluations=work.evaluations(plane, method, 10))
    assert path.asked is None
    given = 10 * work.asked(plane, method)
    assert 0.9 * given <= counters[0].spent <= given + 1e-9


def test_many_places_at_once_count_for_less_than_one_after_another() -> None:
    counter = Counter(10.0)
    counted = Counted(surface_of(Pick("bowl")), counter)
    counted.value(1.0, 2.0)
    assert counter.spent == 1.0
    counted.smooth.grad(np.ones((2, 3)), np.ones((2, 3)))
    assert counter.spent == pytest.approx(2 + 5 / 6)
    with pytest.raises(SpentError):
        counted.row(0).grad(np.ones(1000), np.ones(1000))


# How a run ends that was misjudged.

LOST = one("cg", Pick("saddle"), steps=60)


@pytest.mark.filterwarnings("ignore")
def test_a_run_that_asks_for_too_much_ends_says_so_and_does_so_again() -> None:
    assert LOST.bounded() == (LOST, "")
    (path,) = simulate(LOST)
    taken = len(path.theta) - 1
    assert path.asked == LOST.steps > taken >= 1
    for row in (path.lr, path.m, path.sigma, path.decay, path.used):
        assert row is not None
        assert len(row) == taken
    assert len(path.loss) == len(path.grad) == taken + 1
    # The steps that it took are those of a run that may ask for as much as it likes.
    free = run(seen(LOST), optimizer_of(Pick("cg")), 0.01, start_of(LOST), taken)
    np.testing.assert_array_equal(path.theta, free.theta)
    (ended,) = [news for news in events(path, seen(LOST)) if news["kind"] == "ended"]
    assert ended["at"] == taken
    assert ended["sentence"].startswith(f"ended after {taken} of {LOST.steps} steps: ")
    assert len(ended["brief"]) <= TITLE
    assert all(news["at"] <= taken for news in events(path, seen(LOST)))
    first = passing_message((Scene(LOST),), 1)
    assert first == passing_message((Scene(LOST),), 1)
    head = json.loads(first[4 : 4 + int.from_bytes(first[:4], "little")])
    assert [run["steps"] for run in head["scenes"][0]["runs"]] == [taken]
    assert head["scenes"][0]["steps"] == LOST.steps


@pytest.mark.filterwarnings("ignore")
def test_an_ended_run_is_as_long_in_a_message_as_the_others_and_stays_where_it_ended() -> None:
    plain = Run(2, Pick("sgd"), 0.01)
    both = dataclasses.replace(LOST, runs=(*LOST.runs, plain))
    ended, other = simulate(both)
    assert len(ended.theta) < len(other.theta) == both.steps + 1
    data = message((Scene(both),), 2)
    size = int.from_bytes(data[:4], "little")
    numbers = np.frombuffer(data, "<f4", offset=4 + size)
    xy = numbers[: 2 * (both.steps + 1)].reshape(-1, 2)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(xy[len(ended.theta) - 1 :], np.repeat(xy[-1:], both.steps - len(ended.lr) + 1, 0))
    np.testing.assert_allclose(xy[0], ended.theta[0], rtol=1e-6)
    at = (both.steps + 1) * 4 + both.steps
    np.testing.assert_allclose(numbers[at : at + 2], other.theta[0], rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("slug", SEARCHING)
def test_a_run_without_a_single_search_rests_in_its_first_step(slug: str) -> None:
    surface = surface_of(Pick("rosenbrock"))
    path = run(surface, optimizer_of(Pick(slug)), 0.01, surface.start, 9, evaluations=0.0)
    assert path.asked == 9
    np.testing.assert_array_equal(path.theta, [surface.start] * 2)
    assert {news["kind"] for news in events(path, surface)} >= {"ended"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("slug", ["cg", "line_search", "newton", "gradient_flow"])
@pytest.mark.parametrize("most", [0.0, 12.0, 50.0])
def test_a_run_that_ended_is_taken_apart_as_far_as_it_went(slug: str, most: float) -> None:
    surface, method = surface_of(Pick("rosenbrock")), optimizer_of(Pick(slug))
    falling = SCHEDULES["cosine"](lr=0.01)
    path = run(surface, method, falling, surface.start, 40, evaluations=most)
    assert path.asked == 40
    assert path.lr is not None
    # The rates are those of the steps that were asked for.
    np.testing.assert_array_equal(path.lr, falling.rates(40)[: len(path.lr)])
    if (path.theta[1] == path.theta[0]).all():
        with pytest.raises(ValueError, match="first step"):
            dissect(path, method, falling)
    else:
        assert len(dissect(path, method, falling).shape) == len(path.lr)


def test_evaluations_are_counted_for_one_start_alone() -> None:
    surface = surface_of(Pick("bowl"))
    for more in ({"keep": "last"}, {}):
        with pytest.raises(ValueError, match="one start"):
            run(surface, optimizer_of(Pick("cg")), 0.1, [(1.0, 2.0), (2.0, 1.0)], 5, evaluations=9.0, **more)


# Ten thousand steps, and what a message weighs.


@pytest.mark.parametrize("method", ["sgd", "adam", "schedule_free"])
def test_ten_thousand_steps_of_a_plain_method_are_run_and_sent(method: str) -> None:
    experiment, words = parse(query_of({"surface": "bowl", "r1": f"{method}~lr~0.01", "steps": "10000"}))
    assert (experiment.steps, words) == (10_000, [])
    (path,) = simulate(experiment)
    assert len(path.theta) == 10_001
    assert path.asked is None
    assert len(message((Scene(experiment),), 1)) <= MOST_BYTES


def test_eight_runs_with_second_lines_in_two_pictures_are_a_message() -> None:
    link = {f"r{slot}": "schedule_free~lr~0.1" for slot in SLOTS} | {"surface": "linear_regression"}
    assert 250_000 < len(answer("compare", link | {"vs": "normalization~batch", "steps": str(ASKED)})) <= MOST_BYTES


# A network's runs are run once, where they can be.


@pytest.mark.parametrize("method", ["adam", "sgd"])
def test_runs_that_lay_their_plane_are_seen_on_it_as_if_run_again(method: str) -> None:
    experiment = one(method, Pick("two_layer"), steps=15, rate=0.3)
    assert not again(experiment)
    (path,) = simulate(experiment)
    surface = seen(experiment)
    anew = run(surface, optimizer_of(Pick(method)), 0.3, surface.start, 15)
    assert path.full is not None
    assert anew.full is not None
    np.testing.assert_array_equal(path.full.theta, anew.full.theta)
    for name in ("theta", "grad", "m", "loss"):
        np.testing.assert_allclose(getattr(path, name), getattr(anew, name), rtol=1e-9, atol=1e-12)
    assert path.surface is surface
    assert simulate(experiment)[0] is path
    elsewhere = dataclasses.replace(experiment, start=(0.5, 0.5))
    assert again(elsewhere)
    assert math.hypot(*(simulate(elsewhere)[0].theta[0] - (0.5, 0.5))) < 1e-9
