"""Landscapes of models on data: their losses are what they are called, and they show what the lecture says of them."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from optimizers import OPTIMIZERS, RULES, run
from optimizers.hessian import eigenvalues, hessian
from surfaces import SURFACES, Surface

SIGMOIDS = ["logistic_regression", "one_neuron"]


def scores(surface: Surface, w: float, v: float) -> np.ndarray:
    """The scores of a surface's points, point by point."""
    x, _ = surface.data
    if surface.slug == "one_neuron":
        return np.array([w * row[0] + v for row in x])
    bias = surface.scores(np.array(0.0), np.array(0.0))[0]
    return np.array([w * row[0] + v * row[1] + bias for row in x])


@pytest.mark.parametrize("slug", SIGMOIDS)
@pytest.mark.parametrize("place", [(0.3, -1.2), (-4.0, 3.0), (6.0, -2.0)])
def test_the_two_losses_are_written_out_point_by_point(slug: str, place: tuple[float, float]) -> None:
    for loss in ("mse", "cross_entropy"):
        surface = SURFACES[slug](loss=loss)
        z, y = scores(surface, *place), surface.data[1]
        each = (expit(z) - y) ** 2 if loss == "mse" else -y * log_expit(z) - (1 - y) * log_expit(-z)
        assert surface.value(*place) == pytest.approx(each.mean(), rel=1e-9)


@pytest.mark.parametrize("slug", SIGMOIDS)
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_the_minimum_is_where_scipy_finds_it(slug: str, loss: str) -> None:
    surface = SURFACES[slug](loss=loss)
    (minimum,) = surface.minima
    found = minimize(lambda p: surface.value(*p), minimum, jac=lambda p: np.array(surface.grad(*p)), tol=1e-12)
    np.testing.assert_allclose(found.x, minimum, atol=1e-5)
    assert surface.value(*minimum) <= found.fun + 1e-12


@pytest.mark.parametrize("slug", SIGMOIDS)
def test_cross_entropy_curves_up_everywhere_and_mse_does_not(slug: str) -> None:
    shares = {}
    for loss in ("cross_entropy", "mse"):
        surface = SURFACES[slug](loss=loss)
        x, y, _ = surface.grid(41)
        places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        least, most = eigenvalues(*hessian(surface, places))
        shares[loss] = np.mean(least < -1e-9 * np.abs(most).max())
    assert shares["cross_entropy"] == 0
    assert shares["mse"] > 0.5


def test_standardizing_makes_the_logistic_bowl_rounder() -> None:
    def condition(surface: Surface) -> float:
        least, most = eigenvalues(*hessian(surface, np.array(surface.minima)))
        return float((most / least)[0])

    raw, standardized = (SURFACES["logistic_regression"](normalization=n) for n in ("none", "standardize"))
    assert condition(raw) > 4 * condition(standardized)
    # The same model: at its best it is as good.
    assert raw.lowest == pytest.approx(standardized.lowest)


def test_the_mean_of_single_points_gradients_is_the_gradient() -> None:
    surface = SURFACES["logistic_regression"]()
    features, labels = surface.data
    w = (0.7, -0.2)
    p = expit(scores(surface, *w))
    np.testing.assert_allclose(surface.grad(*w), ((p - labels)[:, None] * features).mean(axis=0), rtol=1e-10)


def test_the_cliff_is_a_wall_and_clipping_saves_a_run_from_it() -> None:
    surface = SURFACES["recurrent_cliff"]()
    x, y, _ = surface.grid(301)
    norms = np.hypot(*surface.grad(x[None, :], y[:, None]))
    assert norms.max() > 100 * np.median(norms)
    # From the same place at the same rate: thrown out of the picture, or down into the valley.
    (x0, x1), (y0, y1) = surface.window
    start, rate = (7.2, -4.05), 1.0
    free = run(surface, OPTIMIZERS["sgd"](), rate, start, 300)
    clipped = run(surface, OPTIMIZERS["sgd"](), rate, start, 300, rules=(RULES["clip_norm"](limit=0.2),))
    outside = (free.theta[:, 0] > x1) | (free.theta[:, 0] < x0) | (free.theta[:, 1] > y1) | (free.theta[:, 1] < y0)
    assert outside.any()
    inside = (clipped.theta[:, 0] <= x1) & (clipped.theta[:, 0] >= x0) & (clipped.theta[:, 1] <= y1)
    assert inside.all()
