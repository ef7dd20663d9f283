"""The fair race: theory's rate is found, luck is not, and what is told of the search is what was done."""

import csv
import io
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiment import LR, Pick, parse, simulate
from maps.__main__ import main
from maps.goal import NEVER, SHARES, THOUSANDTH, Goal
from maps.race import (
    CLOSER,
    COLUMNS,
    FIRST_RACE,
    PLANS,
    RATES,
    SPREAD,
    STARTS,
    Race,
    Standing,
    Tried,
    _planned,
    cost,
    csv_text,
    fair,
    ordered,
    parse_race,
    raced,
    table,
    verdict,
)
from optimizers import OPTIMIZERS
from surfaces import SURFACES
from tests.test_experiment import experiments

# The ratio of one rate of the whole range to the next, and of one of the closer rates to the next.
STEP = (LR.shown[1] / LR.shown[0]) ** (1 / (RATES - 1))
CLOSE = STEP ** (2 / (CLOSER - 1))


def of(text: str) -> Race:
    race, complaints = parse_race(parse_qs(text))
    assert not complaints
    return race


def stands(race: Race) -> list[Standing]:
    return list(raced(race, budget=1e9))


# What is found.


def steps_of_descent(race: Race, rates: np.ndarray) -> np.ndarray:
    """In closed form, on the bowl: the steps (rates, 9) until (x^2 (1-r)^2n + k y^2 (1-rk)^2n) / 2 is the goal, for good."""
    k = 12.0
    n = np.arange(race.experiment.steps + 1)[:, None, None]
    x, y = race.starts.T
    with np.errstate(over="ignore"):
        loss = x**2 * (1 - rates[:, None]) ** (2 * n) + k * y**2 * (1 - rates[:, None] * k) ** (2 * n)
    there = loss / 2 <= race.goal.loss(SURFACES["bowl"]())
    # Below 2/k both terms fall, so the first time is for good; above, it is not.
    first = np.where(there.any(axis=0), there.argmax(axis=0), NEVER)
    return np.where((rates < 2 / k)[:, None], first, NEVER)


@pytest.mark.parametrize("goal", ["gap~0.001", "gap~0.000001", "gap~0.000000000001"])
def test_descents_best_rate_on_a_quadratic_is_theorys(goal: str) -> None:
    """The fewest steps to a goal, by the recursion in closed form; the nearer the goal, the nearer to 2/(least + most)."""
    race = of(f"surface=bowl&schedule=constant&start=-4~2.6&steps=200&r1=sgd&goal={goal}")
    (one,) = stands(race)
    rates = np.geomspace(0.05, 0.2, 4001)
    steps = np.median(steps_of_descent(race, rates), axis=1)
    best = rates[steps == steps.min()]
    assert best.min() / CLOSE <= one.rate <= best.max() * CLOSE
    assert one.steps is not None
    assert one.steps == np.median(steps_of_descent(race, np.array([one.rate])))
    assert one.steps <= steps.min() + 1
    assert one.got == STARTS
    if goal == "gap~0.000000000001":
        assert one.rate == pytest.approx(2 / 13, rel=0.02)
    # The rates that arrive are those of the closed form too, to a step of the grid.
    wide = np.geomspace(1e-4, 10, 4001)
    arrive = wide[np.median(steps_of_descent(race, wide), axis=1) != NEVER]
    assert one.low is not None
    assert one.high is not None
    assert arrive.min() / STEP <= one.low <= arrive.min() * STEP
    assert arrive.max() / STEP <= one.high <= arrive.max() * STEP
    assert one.factor == one.high / one.low
    assert not one.at_the_end


def test_the_heavy_balls_good_rates_are_theorys() -> None:
    """Where both roots are complex each step shrinks by sqrt(momentum): from (1 - sqrt m)^2/least to (1 + sqrt m)^2/most."""
    race = of("surface=bowl&schedule=constant&start=-4~2.6&steps=900&r2=momentum&goal=gap~0.000000000001")
    (one,) = stands(race)
    low, high = (1 - np.sqrt(0.9)) ** 2, (1 + np.sqrt(0.9)) ** 2 / 12
    assert low / CLOSE <= one.rate <= high
    within = (one.rates > low * STEP) & (one.rates < high / STEP)
    # exp(-n (1 - m)/2) is 1e-6, the root of the goal's share; the factor before it depends on where it began.
    assert one.median_steps[within] == pytest.approx(np.log(1e-6) / np.log(np.sqrt(0.9)), rel=0.2)
    assert one.low is not None
    assert one.low < low
    assert one.high == pytest.approx(2 * 1.9 / 12, rel=STEP - 1)


def test_good_rates_that_reach_to_the_end_of_the_search_are_told() -> None:
    (one,) = stands(of("surface=bowl&schedule=constant&start=-4~2.6&steps=200&r1=sgd&rates=0.05~0.1"))
    assert (one.low, one.high) == (one.rates[0], one.rates[-1]) == (0.05, 0.1)
    assert one.at_the_end
    (one,) = stands(of("surface=bowl&schedule=constant&start=-4~2.6&steps=200&r1=sgd&rates=1~10"))
    assert (one.steps, one.got, one.low, one.high, one.factor, one.at_the_end) == (None, 0, None, None, None, False)


def test_a_rate_alone_does_not_win_by_luck() -> None:
    """All nine arrive at one rate in 3 steps, and at none beside it; at a whole decade of others in 40."""
    rates = np.geomspace(1e-3, 10, 41)
    steps, loss = np.full((41, STARTS), NEVER), np.ones((41, STARTS))
    steps[30], loss[30] = 3, 0.0
    steps[10:20], loss[10:20] = 40, 1e-9
    assert 10 <= Tried(rates, steps, loss).best < 20
    # Two rates in a row are a range: 18 of 27 runs are for each.
    steps[31] = 5
    assert Tried(rates, steps, loss).best in (30, 31)


def test_a_rate_at_an_edge_may_win() -> None:
    """The higher the rate the fewer the steps, up to the last one that holds."""
    rates = np.geomspace(1e-3, 10, 41)
    steps, loss = np.full((41, STARTS), NEVER), np.full((41, STARTS), np.inf)
    steps[:25], loss[:25] = 1000 // (1 + np.arange(25))[:, None], 0.0
    assert Tried(rates, steps, loss).best in (23, 24)


def test_where_none_arrives_the_final_loss_decides_and_of_equals_the_middle() -> None:
    rates = np.geomspace(1e-3, 10, 41)
    steps = np.full((41, STARTS), NEVER)
    loss = np.abs(np.arange(41) - 17.0)[:, None] + np.zeros(STARTS)
    assert Tried(rates, steps, loss).best == 17
    steps[:] = 7
    assert Tried(rates, steps, 0 * loss).best == 20
    # More of the nine arrive at the one than at the other, in as many steps.
    steps[5:8, 0] = steps[30:33, :3] = NEVER
    steps[:5] = steps[8:30] = steps[33:] = NEVER
    assert Tried(rates, steps, 0 * loss).best == 6


def test_a_standing_is_what_its_runs_come_to() -> None:
    """Medians and the middle half of nine runs, each alone as it is in the Playground."""
    race = of("surface=rosenbrock~b~20&schedule=cosine&steps=60&r4=adam~lr~1&r4.1=clip_norm&rates=0.01~1")
    (one,) = stands(race)
    k = int(np.searchsorted(one.rates, one.rate))
    experiment = race.chosen({one.slot: one.rate})
    assert experiment.runs[0].lr == one.rate == one.rates[k]
    losses, steps = [], []
    for x, y in race.starts:
        (path,) = simulate(replace(experiment, start=(float(x), float(y))))
        losses.append(path.loss[-1])
        steps.append(race.goal.steps(replace(path, theta=path.theta[:, None], loss=path.loss[:, None]))[0])
    assert (one.lower[k], one.median[k], one.upper[k]) == pytest.approx(tuple(np.sort(losses)[[2, 4, 6]]), rel=1e-9)
    assert one.loss == one.median[k]
    assert one.got == one.arrived[k] == np.count_nonzero(np.array(steps) != NEVER)
    middle = int(np.sort(steps)[4])
    assert one.median_steps[k] == middle
    assert one.steps == (None if middle == NEVER else middle)
    assert np.all(np.diff(one.rates) > 0)
    assert one.complete
    assert one.runs == STARTS * (RATES + CLOSER)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("surface=linear_regression~batch_size~4&schedule=constant&steps=12&r1=sgd", True),
        ("surface=bowl&schedule=constant&steps=12&r1=sgd&r1.1=noise", True),
        ("surface=bowl&schedule=constant&steps=12&r1=sgd&r1.1=clip_norm", False),
        ("surface=linear_regression&schedule=constant&steps=12&r1=sgd", False),
        ("surface=two_layer~dropout~0.3&schedule=constant&steps=12&r1=sgd", True),
    ],
)
def test_what_is_drawn_is_drawn_with_three_seeds(text: str, drawn: bool) -> None:
    race = of(f"{text}&seed=5")
    assert race.drawn == drawn
    assert ("3 seeds" in fair(race, [])) == drawn
    if "two_layer" in text:
        return
    (one,) = stands(race)
    k = int(np.searchsorted(one.rates, one.rate))
    losses = [
        simulate(replace(race.chosen({one.slot: one.rate}), start=(float(x), float(y)), seed=5 + n % 3 * drawn))[
            0
        ].loss[-1]
        for n, (x, y) in enumerate(race.starts)
    ]
    assert one.median[k] == pytest.approx(np.sort(losses)[4], rel=1e-9)


def test_nine_starts_lie_about_the_one_shown_each_with_an_x_and_a_y_of_its_own() -> None:
    race = replace(FIRST_RACE, spread=0.1)
    x, y = race.starts.T
    start = SURFACES["rosenbrock"]().start
    assert (x[4], y[4]) == start
    for values, middle, (low, high) in zip((x, y), start, SURFACES["rosenbrock"]().window, strict=True):
        share = np.sort(values - middle) / (high - low)
        assert share == pytest.approx(np.linspace(-0.1, 0.1, 9))


# What is told.


def test_a_small_budget_searches_less_and_says_so() -> None:
    race = of("surface=bowl&schedule=constant&steps=20&r1=sgd&r2=momentum")
    (one,) = raced(race, budget=-1.0)
    assert (one.complete, len(one.rates), one.runs) == (False, 6, 54)
    words = cost(race, [one])
    assert words.startswith("54 runs in ")
    assert "Searched at 6 rates, because they are dear: Gradient descent." in words
    assert words.endswith("Not searched: Momentum.")
    assert "Not searched" not in cost(race, stands(race))
    assert "Searched at" not in cost(race, stands(race))


class Foreseen:
    """A search that takes `slower` times what is counted: a second for each hundred rates."""

    def __init__(self, slower: float) -> None:
        self.slower, self.seconds, self.tried = slower, 0.0, 0

    def counted(self, plan: tuple[int, int], anew: bool = False) -> float:
        return (81 // plan[0] + plan[1] - (0 if anew else self.tried)) / 100

    def probe(self) -> None:
        self.seconds, self.tried = self.slower * self.counted(PLANS[-1], anew=True), 81 // PLANS[-1][0]


@pytest.mark.parametrize(
    ("seconds", "plans"),
    [
        # All of it fits: nothing is tried beforehand.
        (10.0, [(1, 33)] * 3),
        # It does not, and what was tried shows that all is four times as slow as was counted.
        (3.0, [(8, 9)] * 3),
        # The second was tried before the time was spent, and the third not.
        (0.3, [(16, 0)] * 2),
        (1e-9, [(16, 0)]),
    ],
)
def test_methods_are_searched_alike(seconds: float, plans: list[tuple[int, int]]) -> None:
    group: list[Any] = [Foreseen(slower) for slower in (3.0, 3.0, 6.0)]
    found = list(_planned(group, seconds, first=True))
    assert found == list(zip(group, plans, strict=False))
    assert (sum(one.tried for one in group) > 0) == (seconds < 10)


def test_a_group_that_comes_when_the_budget_is_spent_is_not_searched() -> None:
    assert list(_planned([Foreseen(1.0)], -1.0, first=False)) == []


def test_what_is_dear_comes_last_and_cancel_cancels() -> None:
    race = of("surface=bowl&schedule=constant&steps=3&r1=bfgs&r2=momentum&r3=sgd")
    told: list[float] = []
    assert [one.slot for one in raced(race, budget=1e-9, tell=told.append)] == [2]
    assert [one.slot for one in raced(replace(race, rates=(0.5, 1.0)), tell=told.append)] == [2, 3, 1]
    assert told == pytest.approx([1 / 3, 1 / 3, 2 / 3, 1])
    cancel = threading.Event()
    seen = []
    for one in raced(race, cancel=cancel):
        seen.append(one.slot)
        cancel.set()
    assert seen == [2]


def made_up(**changes: object) -> Standing:
    (one,) = raced(of("surface=bowl&schedule=constant&steps=20&r1=sgd"), budget=1e9)
    return replace(one, **changes)


def test_the_table_can_be_sorted_by_each_heading_and_what_is_unknown_stands_last() -> None:
    some = [
        made_up(slot=1, name="B", steps=None, loss=0.5, low=None, high=None),
        made_up(slot=2, name="A", steps=30, loss=0.2),
        made_up(slot=3, name="C", steps=20, loss=0.3),
        made_up(slot=4, name="D", steps=30, loss=0.1),
        made_up(slot=5, name="E", steps=None, loss=0.4, low=None, high=None),
    ]
    assert [one.slot for one in ordered(some)] == [3, 4, 2, 5, 1]
    assert [one.slot for one in ordered(some, "steps", falling=True)] == [4, 2, 3, 5, 1]
    assert [one.slot for one in ordered(some, "method")] == [2, 1, 3, 4, 5]
    for name in COLUMNS:
        assert sorted(one.slot for one in ordered(some, name)) == [1, 2, 3, 4, 5]
    with pytest.raises(ValueError, match="ordered by one of method, fields, rate"):
        ordered(some, "speed")


def test_the_csv_is_read_as_the_table() -> None:
    some = [made_up(name='Two, "and" three'), made_up(steps=None, low=None, high=None, loss=-1.5)]
    head, *rows = csv.reader(io.StringIO(csv_text(some)))
    assert head == list(COLUMNS.values())
    for row, want in zip(rows, table(some), strict=True):
        assert row == ["" if value is None else str(value) for value in want.values()]
        assert float(row[list(COLUMNS).index("rate")]) == some[0].rate


def test_no_cell_of_a_csv_is_a_formula() -> None:
    """Beside numbers there are names of ours alone."""
    names = [kind.name for kind in OPTIMIZERS.values()] + list(OPTIMIZERS) + list(COLUMNS.values())
    assert not [name for name in names if name[0] in "=+-@\t\r"]


def test_the_chosen_rates_go_to_the_playground_in_a_link() -> None:
    race = replace(FIRST_RACE, experiment=replace(FIRST_RACE.experiment, steps=20))
    experiment = race.chosen({slot: 0.001 * slot for slot in range(1, 9)})
    assert [racer.lr for racer in experiment.runs] == [0.001 * slot for slot in range(1, 9)]
    again, complaints = parse({key: [value] for key, value in experiment.query().items()})
    assert (again, complaints) == (experiment, [])
    assert replace(experiment, runs=race.experiment.runs) == race.experiment


def told(*some: Standing, goal: Goal = THOUSANDTH) -> str:
    return verdict(replace(of("surface=bowl&schedule=constant&steps=20&r1=sgd"), goal=goal), some)


def test_the_verdict_names_the_quickest_and_whom_most_rates_suit() -> None:
    """The best by one number and by another; alike ones together; a single one, none, and a range that ends with the search."""
    quick = made_up(name="A", steps=5, low=0.1, high=0.2)
    easy = made_up(name="B", steps=9, low=0.013, high=1.5)
    lost = made_up(name="C", steps=None, low=None, high=None)
    assert told(easy, quick, lost) == (
        "A needs the fewest steps, 5; B needs the least care: any rate tried from 0.013 to 1.5 gets most runs there."
    )
    assert told(replace(easy, steps=4), quick) == (
        "B needs the fewest steps, 4, and the least care: any rate tried from 0.013 to 1.5 gets most runs there."
    )
    every = replace(easy, low=float(easy.rates[0]), high=float(easy.rates[-1]))
    assert told(quick, every).endswith("B needs the least care: any rate tried gets most runs there.")
    end = replace(easy, low=float(easy.rates[0]), high=1.5)
    assert told(quick, end).endswith("any rate tried from 0.0001 to 1.5, where the search ends, gets most runs there.")
    assert told(replace(quick, steps=9), easy, replace(easy, name="D")) == (
        "A, B and D need the fewest steps, 9; B and D need the least care."
    )
    assert told(replace(quick, high=0.1), lost) == (
        "A needs the fewest steps, 5. Whoever gets there does so at one rate alone."
    )
    assert told(lost) == "At no rate that was tried do most runs get there within 20 steps."
    assert told() == ""
    final = Goal("final", 0.0)
    assert told(replace(lost, loss=0.25), replace(quick, loss=0.5), goal=final) == "C ends lowest, at 0.25."
    assert told(replace(lost, loss=float("inf")), goal=final) == "At no rate that was tried do most runs stay finite."


def test_fair_is_said_of_what_was_done() -> None:
    whole = made_up()
    race = of("surface=bowl&schedule=constant&steps=20&r1=sgd&spread=0.1")
    assert fair(race, [whole]).endswith(
        "within 10 % of the window of the one shown, 20 steps, and 114 rates tried for each method."
    )
    assert "up to 114 rates" in fair(race, [whole, replace(whole, complete=False)])


# Links.


@st.composite
def races(draw: st.DrawFn) -> Race:
    low = draw(st.floats(LR.low, 999.0))
    ends = st.floats(low, LR.high, exclude_min=True).map(lambda high: (low, high)).filter(lambda pair: pair != LR.shown)
    return Race(
        draw(experiments()),
        draw(st.builds(Goal, st.just("gap"), st.floats(SHARES["gap"].low, 1.0)) | st.just(Goal("final", 0.0))),
        draw(st.none() | ends),
        draw(st.floats(0.0, 0.5)),
    )


@given(races())
@settings(max_examples=25)
def test_every_race_survives_its_link(race: Race) -> None:
    assert parse_race(parse_qs(urlencode(race.query()), keep_blank_values=True)) == (race, [])


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (
            "rates=1~0.1",
            "lr must rise, between 0.0000001 and 1000; got 1 to 0.1; all are searched that a slider offers.",
        ),
        ("rates=x", "rates must be two numbers, the lower first, like 0.01~1; got 'x'"),
        ("spread=2", "spread must be between 0 and 0.5; got 2.0; 0.05 is used."),
        ("goal=gap~x", "goal gap must be between"),
        ("map=basins", "'map' is not a parameter of a link."),
    ],
)
def test_what_a_link_gets_wrong_is_said_with_what_is_allowed(part: str, words: str) -> None:
    race, complaints = parse_race(parse_qs(f"surface=bowl&r1=sgd~lr~1&{part}"))
    assert any(complaint.startswith(words) for complaint in complaints), complaints
    assert (race.goal, race.rates, race.spread) == (THOUSANDTH, None, SPREAD.default)


def test_no_link_is_the_first_race() -> None:
    race, complaints = parse_race({})
    assert (race, complaints) == (FIRST_RACE, [])
    assert parse_race({key: [value] for key, value in race.query().items()}) == (race, [])
    assert of("surface=bowl&r1=sgd~lr~1&rates=0.0001~10").rates is None
    near = replace(race, goal=Goal("distance", 0.01))
    assert near.suited(replace(race.experiment, surface=Pick("bowl"))).goal == near.goal
    assert near.suited(replace(race.experiment, surface=Pick("saddle"))).goal == THOUSANDTH


def test_a_race_can_be_read_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["https://ravine.example/race?surface=bowl&schedule=constant&steps=20&r1=sgd&r2=momentum"]) == 0
    head, first, second, *rest = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["method", "fields"]
    assert {first.split()[0], second.split()[0]} == {"Gradient", "Momentum"}
    assert any("runs in" in line for line in rest)
