"""The rate above which a method runs away: one number for the whole plane, or none."""

from typing import Any

import numpy as np
import pytest

from app.bounds import bound, stiffness
from app.experiment import Pick, Run, Value, optimizer_of, surface_of
from optimizers import OPTIMIZERS, RULES, run
from surfaces import SURFACES

# A formula is one as long as nobody types another, and so is linear regression on anybody's data.
QUADRATICS = {"bowl", "booth", "matyas", "linear_regression", "formula", "data"}


def known(
    slug: str, surface: str = "bowl", *fields: tuple[str, Value], rules: tuple[str, ...] = ()
) -> dict[str, Any] | None:
    return bound(Run(1, Pick(slug, fields), 0.1, tuple(Pick(rule) for rule in rules)), surface_of(Pick(surface)))


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_only_a_quadratic_with_a_bottom_has_one_curvature(slug: str) -> None:
    """Down a saddle, a quadratic as well, a run goes at every rate."""
    assert (stiffness(surface_of(Pick(slug))) is not None) == (slug in QUADRATICS)


def test_a_penalty_with_a_tip_is_no_quadratic_and_one_without_is() -> None:
    assert stiffness(surface_of(Pick("bowl", (("l1", 1.0),)))) is None
    assert stiffness(surface_of(Pick("bowl", (("l2", 3.0),)))) == pytest.approx(15.0)


@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
@pytest.mark.parametrize("surface", ["bowl", "booth", "matyas", "linear_regression"])
def test_below_the_bound_a_run_stays_and_above_it_runs_away(slug: str, surface: str) -> None:
    """Wherever a bound is shown it is the bound: two per cent to either side decide."""
    found = known(slug, surface)
    if found is None:
        return
    plane, optimizer = surface_of(Pick(surface)), optimizer_of(Pick(slug))
    below, above = (
        np.hypot.reduce(run(plane, optimizer, share * found["value"], plane.start, 3000).theta, axis=-1)
        for share in (0.98, 1.02)
    )
    size = 1 + float(np.hypot(*plane.start))
    assert np.max(below) < 100 * size
    assert not above[-1] < 1e4 * size


def test_bounds_have_the_names_of_the_textbook() -> None:
    def told(slug: str, *fields: tuple[str, Value]) -> tuple[float, str]:
        found = known(slug, "bowl", *fields)
        assert found is not None
        return found["value"], found["name"]

    assert told("sgd") == (pytest.approx(2 / 12, rel=1e-5), "2/λmax")
    assert told("momentum") == (pytest.approx(2 * 1.9 / 12, rel=1e-5), "2(1+μ)/λmax")
    assert told("momentum", ("momentum", 0.5)) == (pytest.approx(2 * 1.5 / 12, rel=1e-5), "2(1+μ)/λmax")
    assert told("nesterov") == (pytest.approx(2 * 1.9 / 2.8 / 12, rel=1e-5), "limit")


@pytest.mark.parametrize(
    "slug",
    [
        "adam",
        "rmsprop",
        "adagrad",
        "line_search",
        "bfgs",
        "cg",
        "newton_cg",
        "newton",
        "signsgd",
        "lion",
        "polyak_sgd",
        "prodigy",
    ],
)
def test_what_scales_or_measures_its_own_steps_has_none(slug: str) -> None:
    assert all(known(slug, surface) is None for surface in QUADRATICS)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_that_interferes_leaves_none(rule: str) -> None:
    idle = {"early_stopping", "lr_reset"}
    assert (known("sgd", rules=(rule,)) is None) == (rule not in idle)


def test_mini_batches_have_none() -> None:
    assert bound(Run(1, Pick("sgd"), 0.1), surface_of(Pick("linear_regression", (("batch_size", 10),)))) is None
    assert known("sgd", "linear_regression") is not None
