"""When a run reaches a goal, followed while it steps: the very step that its whole path shows."""

import itertools
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import optimizers.loop.run as loop
from app.experiment import suggested_rate
from maps.goal import NEVER, Goal, step_of
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from optimizers.bases.goal import AsLow, Condition, Kept, Near
from optimizers.loop.spread import spread
from surfaces import SURFACES
from tests.test_trace import FAMILIES, FORMULAS, TRACING, exact
from tests.test_trace_fused import grid

STEPS = 45
GOALS = (Goal("gap", 1e-3), Goal("gap", 0.1), Goal("gap", 1.0), Goal("distance", 0.005), Goal("distance", 0.2))
# What arrays of shape (B, 2) step: each of these is a surface, a method, a schedule and rules.
PLAIN: dict[str, tuple[Any, ...]] = {
    "a method that does not trace": ("himmelblau", "lookahead", "cosine", ()),
    "a search along a line": ("rosenbrock", "line_search", "constant", ()),
    "SciPy's": ("himmelblau", "lbfgs", "constant", ()),
    "a schedule that watches the loss": ("booth", "momentum", "plateau", ()),
    "a rule that draws": ("bowl", "sgd", "constant", ("noise",)),
    "a rule that stops": ("bowl", "momentum", "constant", ("early_stopping",)),
    "a rule that begins anew": ("himmelblau", "adam", "step", ("lr_reset", "clip_norm")),
    "data": ("logistic_regression", "adam", "constant", ()),
    "a network": ("two_layer", "sgd", "constant", ()),
}


def goals_of(surface: Any) -> list[Goal]:
    return [goal for goal in GOALS if goal.kind == "gap" or surface.minima]


def check(given: Any, path: Path, bits: bool, words: str) -> set[str]:
    """Each goal; what became of the runs: they are there at once, on the way, or never."""
    surface, seen = given[0], set()
    for goal in goals_of(surface):
        last = run(*given, keep="last", goal=goal.on(surface))  # type: ignore[misc]
        whole = goal.steps(path)
        assert last.reached is not None
        alike = (step_of(last.reached) == whole) & (last.status == path.status)
        # Another last place may be another step, now and then.
        # So is the verdict, but for its step.
        assert alike.all() if bits else alike.mean() > 0.98, f"{words}, {goal}: {last.reached[~alike]}, {whole[~alike]}"
        seen |= {"never" if step == NEVER else "late" if step else "at once" for step in whole}
    return seen


@pytest.mark.parametrize("method", TRACING)
def test_a_goal_is_reached_at_the_step_of_the_whole_path(method: str) -> None:
    """At a rate that suits the surface, and at one at which many runs diverge."""
    seen: set[str] = set()
    optimizer = OPTIMIZERS[method]()
    for slug, schedule in zip(FORMULAS, itertools.cycle(FAMILIES.values()), strict=False):
        surface = SURFACES[slug]()
        for factor in (1.0, 6.0):
            rate = min(factor * suggested_rate(optimizer, surface, surface.start), 1000.0)
            given = (surface, optimizer, SCHEDULES[schedule](lr=rate), grid(surface, 8), STEPS)
            assert loop._fused(*given[:3], (), 2, AsLow(0.0)) is not None
            seen |= check(given, run(*given), exact(optimizer, surface), f"{method} on {slug} under {schedule}")
    assert seen == {"never", "late", "at once"}


@pytest.mark.parametrize("name", PLAIN)
def test_so_it_is_where_arrays_take_the_steps(name: str) -> None:
    slug, method, schedule, rules = PLAIN[name]
    surface, optimizer = SURFACES[slug](), OPTIMIZERS[method]()
    some = [
        RULES[rule](criterion="UP", strip=2, rises=1) if rule == "early_stopping" else RULES[rule]() for rule in rules
    ]
    rate = suggested_rate(optimizer, surface, surface.start)
    given = (surface, optimizer, SCHEDULES[schedule](lr=rate), grid(surface, 4), STEPS, some, 7)
    assert loop._fused(surface, optimizer, given[2], some, 2) is None or hasattr(surface, "full")
    path = run(*given)
    assert name != "a rule that stops" or np.any(path.halt_step >= 0)
    assert "late" in check(given, path, bits=True, words=name)


@pytest.mark.parametrize("rows", [7, 1 << 14])
def test_mini_batches_and_sweeps_too(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of a tile."""
    monkeypatch.setattr(loop, "FUSED", rows)
    monkeypatch.setattr(loop, "TILE", rows)
    column = np.geomspace(1e-3, 3.0, 25)[:, None]
    for slug in ("linear_regression", "bowl"):
        surface = SURFACES[slug](batch_size=4) if slug == "linear_regression" else SURFACES[slug]()
        momentum = OPTIMIZERS["momentum"](momentum=np.linspace(0.0, 0.99, 25)[:, None])
        given = (surface, momentum, SCHEDULES["cosine"](lr=column), surface.start, STEPS)
        assert check(given, run(*given), True, slug) >= {"never", "late"}


def test_the_rest_of_an_end_is_as_without_a_goal() -> None:
    surface = SURFACES["himmelblau"]()
    for method in ("adam", "newton"):
        given = (surface, OPTIMIZERS[method](), 0.1, grid(surface, 9), 60)
        with_goal, without = (run(*given, keep="last", goal=goal) for goal in (AsLow(1.0), None))
        assert without.reached is None
        for name in ("theta", "loss", "grad", "halt_step"):
            np.testing.assert_array_equal(getattr(with_goal, name), getattr(without, name))


def test_of_one_start_it_is_a_number() -> None:
    given = (SURFACES["bowl"](), OPTIMIZERS["sgd"](), 0.1, (-4.0, 2.6), 60)
    path = run(*given)
    bound = float(path.loss[31])
    for method in ("sgd", "averaging"):
        one = run(given[0], OPTIMIZERS[method](), *given[2:], keep="last", goal=AsLow(bound))
        assert isinstance(one.reached, int)
    assert run(*given, keep="last", goal=AsLow(bound)).reached == 31
    assert run(*given, keep="last", goal=Near(((0.0, 0.0),), 1e-9)).reached == -1


def test_who_was_beyond_the_floats_is_lost_as_in_a_path() -> None:
    """Wherever it is later: a path is NaN from there on."""
    kept = Kept(AsLow(1.0), SURFACES["bowl"](), 3)
    for x in (0.0, np.inf, 0.0, 0.0):
        kept.look(np.array([0.0, x, 4.0 - 2 * x if x == 0 else 4.0]), np.zeros(3))
    assert kept.since(3).tolist() == [0, -1, -1]


def test_a_condition_that_asks_for_no_place_is_left_to_arrays() -> None:
    surface = SURFACES["bowl"]()
    anywhere: Condition = Anywhere()
    path = run(surface, OPTIMIZERS["sgd"](), 0.1, grid(surface, 3), 5, keep="last", goal=anywhere)
    assert np.array_equal(path.reached, np.zeros(9))


class Anywhere:
    """Every place will do."""

    def __call__(self, loss: Any, *_: Any) -> Any:
        return np.ones(len(loss), dtype=bool) if isinstance(loss, np.ndarray) else True


def test_a_whole_path_is_not_given_a_goal() -> None:
    with pytest.raises(ValueError, match="a whole path shows when it is reached"):
        run(SURFACES["bowl"](), OPTIMIZERS["sgd"](), 0.1, (1.0, 1.0), 5, goal=AsLow(0.0))


def test_tiles_that_are_handed_to_others_follow_it_too() -> None:
    surface = SURFACES["himmelblau"]()
    goal = Near(tuple(surface.minima), 0.1)
    assert pickle.loads(pickle.dumps(goal)) == goal
    given = (surface, OPTIMIZERS["adam"](), 0.1, grid(surface, 6), 60)
    with ThreadPoolExecutor(1) as executor:
        tiles = [tile.path.reached for tile in spread(executor, *given, goal=goal, size=10)]
    np.testing.assert_array_equal(np.concatenate(tiles), run(*given, keep="last", goal=goal).reached)
