"""Whether an ending still holds if the run goes on: against the run itself with more steps."""

from typing import Any

import numpy as np
import pytest

from app.experiment import suggested_rate
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from optimizers.explain.ending import Ending, ending, sighted
from optimizers.explain.onward import at_another_rate, continued, on_a_bowl
from optimizers.explain.table import KINDS
from surfaces import SURFACES

BOWL = SURFACES["bowl"]()


@pytest.mark.parametrize("slug", sorted(SCHEDULES))
def test_a_run_that_goes_on_has_begun_as_it_did(slug: str) -> None:
    schedule = SCHEDULES[slug](lr=0.05, warmup=3)
    path = run(BOWL, OPTIMIZERS["momentum"](), schedule, (-4.0, 3.0), 60)
    on = continued(path)
    assert on is not None
    assert len(on.theta) == 121
    np.testing.assert_array_equal(on.theta[:61], path.theta)
    assert path.lr is not None
    assert on.lr is not None
    np.testing.assert_array_equal(on.lr[:60], path.lr)
    if not np.array_equal(schedule.rates(120)[:60], schedule.rates(60)):
        # One that ends stays at its last rate.
        assert (on.lr[60:] == path.lr[-1]).all()


def test_of_many_starts_and_of_what_is_dearest_nothing_is_looked_ahead() -> None:
    many = run(BOWL, OPTIMIZERS["sgd"](), 0.1, [(-4.0, 3.0), (1.0, 2.0)], 50)
    dearest = run(BOWL, OPTIMIZERS["bfgs"](), 1.0, (-4.0, 3.0), 20)
    plane = SURFACES["two_layer"]()
    trained = run(plane, OPTIMIZERS["sgd"](), 0.1, plane.start, 20)
    for path in (many, dearest, trained):
        assert continued(path) is None
        assert at_another_rate(path, 0.1) is None
    assert ending(many) == Ending()
    assert ending(trained).kind != "converged"


def test_rules_go_on_with_the_run() -> None:
    path = run(BOWL, OPTIMIZERS["sgd"](), 0.1, (-4.0, 3.0), 60, [RULES["noise"]()], seed=4)
    on, longer = continued(path), run(BOWL, OPTIMIZERS["sgd"](), 0.1, (-4.0, 3.0), 120, [RULES["noise"]()], seed=4)
    assert on is not None
    np.testing.assert_array_equal(on.theta, longer.theta)


@pytest.mark.parametrize("method", ["rmsprop", "adam", "adabelief", "adagrad"])
def test_on_the_bowl_around_a_minimum_a_run_does_what_it_does_on_the_surface(method: str) -> None:
    surface = SURFACES["linear_regression"]()
    pit = np.array(surface.minima[0])
    path = run(surface, OPTIMIZERS[method](), 0.1, surface.start, 120)
    on = on_a_bowl(path, pit)
    assert on is not None
    # Squared errors of a linear model are a quadratic everywhere.
    longer = run(surface, OPTIMIZERS[method](), 0.1, surface.start, len(on.theta) - 1)
    np.testing.assert_allclose(on.theta[:240], longer.theta[:240], atol=1e-4)
    np.testing.assert_allclose(on.loss[120:240], longer.loss[120:240], atol=1e-3)


def test_a_method_that_looks_elsewhere_is_not_asked_on_a_bowl() -> None:
    path = run(BOWL, OPTIMIZERS["sam"](), 0.05, (-4.0, 3.0), 60)
    assert on_a_bowl(path, np.zeros(2)) is None


def draws(number: int, seed: int) -> list[tuple[str, Path]]:
    rng = np.random.default_rng(seed)
    slugs = sorted(slug for slug, kind in SURFACES.items() if kind().minima)
    # A rule that nobody has typed is Adam again.
    own = {slug for slug, kind in OPTIMIZERS.items() if kind().typed}
    methods = sorted(
        s for s, kind in OPTIMIZERS.items() if kind.coordinatewise and not kind.row_by_row and s not in own
    )
    found: list[tuple[str, Path]] = []
    while len(found) < number:
        surface: Any = SURFACES[slugs[rng.integers(len(slugs))]]()
        method = OPTIMIZERS[methods[rng.integers(len(methods))]]()
        low, high = np.array(surface.window).T
        rate = float(np.clip(suggested_rate(method, surface, surface.start) * 10 ** rng.uniform(-1, 1), 1e-7, 1000))
        start = (low + (high - low) * rng.random(2)).tolist()
        found.append((method.slug, run(surface, method, rate, start, 120)))
    return found


def test_what_has_converged_stays_and_what_sits_is_called_so() -> None:
    """Ten times the steps from anywhere, at rates from a tenth to ten times what suits."""
    converged = sits = 0
    for slug, path in draws(100, 3):
        surface: Any = path.surface
        size = max(high - low for low, high in surface.window)
        away = np.linalg.norm(path.theta[:, None] - np.array(surface.minima), axis=-1).min(axis=-1)
        found = ending(path)
        if (away[90:] <= 0.001 * size).all():
            sits += 1
            assert found.kind in ("converged", "at_minimum"), (slug, surface.slug)
        if found.kind == "converged":
            converged += 1
            recipe = path.recipe
            assert recipe is not None
            on = run(surface, recipe.optimizer, recipe.schedule, path.theta[0], 1200)
            moved = np.linalg.norm(on.theta[120:] - path.theta[-1], axis=-1)
            assert moved.max() <= 0.01 * size, (slug, surface.slug)
    assert converged > 10
    assert sits > 2


def test_every_ending_is_in_the_table_and_has_what_its_words_ask_for() -> None:
    for _, path in draws(40, 8):
        for found in (ending(path), sighted(path)):
            if found.kind:
                kind = KINDS[found.kind]
                for words in (kind.chip, kind.sentence, kind.brief):
                    assert "{" not in words.format(at=found.at, **found.measured)
                assert 0 <= found.at <= 120


def test_a_burst_that_grows_from_rounding_is_foreseen_on_a_model_s_loss_too() -> None:
    surface = SURFACES["sparse_embedding"]()
    path = run(surface, OPTIMIZERS["rmsprop"](), 0.06, (-6.0, 3.0), 240)
    found = ending(path)
    longer = run(surface, OPTIMIZERS["rmsprop"](), 0.06, (-6.0, 3.0), 2400)
    away = np.linalg.norm(longer.theta - np.array(surface.minima[0]), axis=-1)
    assert path.status == "converged"
    assert found.kind == "at_minimum"
    assert int(found.measured["leaves"]) == 241 + int(np.argmax(away[241:] > 0.005 * 12))


def test_in_a_long_window_a_run_goes_by_the_shorter_side() -> None:
    """Six-hump camel is seen 6 wide and 4 high: what swings by a hundredth of the height has not come to rest for good."""
    surface = SURFACES["six_hump_camel"]()
    path = run(surface, OPTIMIZERS["rmsprop"](), 0.03, (0.6, 0.4), 240)
    assert path.status == "converged"
    longer = run(surface, OPTIMIZERS["rmsprop"](), 0.03, (0.6, 0.4), 2400).theta[240:]
    assert np.abs(longer - longer[0])[:, 1].max() > 0.01 * 4
    assert ending(path).kind == "at_minimum"


@pytest.mark.parametrize(("slug", "rate"), [("sgd", 0.02), ("momentum", 0.005), ("adam", 0.3), ("rmsprop", 0.05)])
@pytest.mark.parametrize("l2", [1.0, 5.0])
def test_where_a_penalty_balances_the_slope_no_rate_is_to_blame(slug: str, rate: float, l2: float) -> None:
    booth = SURFACES["booth"]()
    path = run(booth, OPTIMIZERS[slug](), rate, booth.start, 600, rules=[RULES["coupled_l2"](l2=l2)])
    assert ending(path).kind not in ("rate_small", "rate_spent", "stuck")


def test_where_nothing_takes_the_slope_away_a_rate_may_be_too_small() -> None:
    booth = SURFACES["booth"]()
    assert ending(run(booth, OPTIMIZERS["sgd"](), 1e-7, booth.start, 300)).kind == "rate_small"
