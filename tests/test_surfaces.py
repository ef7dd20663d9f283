"""Each surface is what it says: its gradient is the derivative of its value, its minima are minima, and it takes any shape."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from surfaces import SURFACES, Surface

# Independent of the code: the published minimisers and values, and an 801 x 801 scan of each window.
KNOWN = {
    "bowl": ([(0, 0)], 0.0),
    "rosenbrock": ([(1, 1)], 0.0),
    "beale": ([(3, 0.5)], 0.0),
    "himmelblau": ([(3, 2), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)], 0.0),
}
WINDOWS = {
    "bowl": ((-5, 5), (-5, 5)),
    "saddle": ((-2, 2), (-2, 2)),
    "rosenbrock": ((-2, 2), (-1, 3)),
    "beale": ((-4.5, 4.5), (-4.5, 4.5)),
    "himmelblau": ((-5, 5), (-5, 5)),
    "three_class": ((-10, 10), (-10, 10)),
}


def variants() -> Iterator[tuple[str, Surface]]:
    """Every surface with every combination of its choices, and once with numbers off their defaults."""
    for slug, kind in SURFACES.items():
        choices = {p.name: p.choices for p in kind.params() if p.choices}
        for values in product(*choices.values()):
            chosen = dict(zip(choices, values, strict=True))
            yield " ".join([slug, *values]), kind(**chosen)
        numbers = {p.name: p.kind(p.low + 0.3 * (min(p.high, 50) - p.low)) for p in kind.params() if p.kind is float}
        if numbers:
            yield f"{slug} {numbers}", kind(**numbers)


VARIANTS = dict(variants())
every = pytest.mark.parametrize("surface", VARIANTS.values(), ids=VARIANTS.keys())


def points(surface: Surface, n: int = 200) -> np.ndarray:
    low, high = np.array(surface.window).T
    return np.random.default_rng(1).uniform(low, high, (n, 2)).T


@every
def test_the_gradient_is_the_derivative_of_the_value(surface: Surface) -> None:
    x, y = points(surface)
    h = 1e-30
    across = np.imag(surface.value(x + 1j * h, y + 0j)) / h
    along = np.imag(surface.value(x + 0j, y + 1j * h)) / h
    dx, dy = surface.grad(x, y)
    np.testing.assert_allclose(dx, across, rtol=1e-9, atol=1e-13 * np.abs(across).max())
    np.testing.assert_allclose(dy, along, rtol=1e-9, atol=1e-13 * np.abs(along).max())


@every
def test_floats_and_arrays_of_any_shape_give_the_same_numbers(surface: Surface) -> None:
    x, y = points(surface, 12)
    value, (dx, dy) = surface.value(x, y), surface.grad(x, y)
    for i in range(12):
        assert surface.value(float(x[i]), float(y[i])) == pytest.approx(value[i], rel=1e-13, abs=1e-300)
        assert surface.grad(float(x[i]), float(y[i])) == pytest.approx((dx[i], dy[i]), rel=1e-12, abs=1e-300)
    wide = surface.value(x[:4, None], y[None, :3])
    assert wide.shape == (4, 3)
    assert wide[2, 1] == pytest.approx(surface.value(x[2], y[1]))
    assert all(np.shape(d) == (4, 3) for d in surface.grad(x[:4, None], y[None, :3]))
    assert np.shape(surface.value(np.array(x[0]), np.array(y[0]))) == ()


@every
def test_minima_are_flat_and_nothing_in_the_window_is_lower(surface: Surface) -> None:
    (x0, x1), (y0, y1) = surface.window
    scan = surface.value(np.linspace(x0, x1, 801)[:, None], np.linspace(y0, y1, 801)[None, :])
    size = np.abs(surface.grad(*points(surface))).max()
    for minimum in surface.minima:
        assert np.hypot(*surface.grad(*minimum)) < 1e-9 * size
        assert surface.value(*minimum) <= scan.min() + 1e-12
        assert surface.value(*minimum) == pytest.approx(surface.lowest, abs=1e-12)
    if surface.lowest is not None:
        assert scan.min() >= surface.lowest - 1e-12


@every
def test_the_start_lies_in_the_window_and_above_the_minimum(surface: Surface) -> None:
    (x0, x1), (y0, y1) = surface.window
    x, y = surface.start
    assert x0 < x < x1
    assert y0 < y < y1
    if surface.lowest is not None:
        assert surface.value(x, y) > surface.lowest


@pytest.mark.parametrize("slug", KNOWN)
def test_known_minima(slug: str) -> None:
    places, value = KNOWN[slug]
    surface = SURFACES[slug]()
    np.testing.assert_allclose(sorted(surface.minima), sorted(places), atol=1e-6)
    assert surface.lowest == value


def test_windows_are_the_customary_ones() -> None:
    assert {slug: SURFACES[slug]().window for slug in WINDOWS} == WINDOWS


def test_the_bowl_has_the_condition_number_that_it_is_given() -> None:
    surface = SURFACES["bowl"](condition=37.0)
    hessian = np.column_stack([np.subtract(surface.grad(*e), surface.grad(0.0, 0.0)) for e in np.eye(2)])
    assert np.linalg.cond(hessian) == pytest.approx(37.0)


@pytest.mark.parametrize("normalization", ["none", "standardize"])
def test_linear_regression_has_its_minimum_where_least_squares_says(normalization: str) -> None:
    surface = SURFACES["linear_regression"](normalization=normalization)
    features, targets = surface.data
    design = np.column_stack([features, np.ones(len(targets))])
    solution, residue, *_ = np.linalg.lstsq(design, targets, rcond=None)
    np.testing.assert_allclose(surface.minima[0], solution[:2], rtol=1e-10)
    assert surface.lowest == pytest.approx(residue[0] / len(targets))
    # Anywhere else the bias is fitted too.
    w = np.array([0.3, -1.2])
    bias = np.mean(targets - features @ w)
    assert surface.value(*w) == pytest.approx(np.mean((features @ w + bias - targets) ** 2))


def test_standardizing_leaves_only_the_correlation() -> None:
    def condition(surface: Surface) -> float:
        u, v = surface.minima[0]
        return float(np.linalg.cond(np.array([surface.grad(u + 1, v), surface.grad(u, v + 1)])))

    raw, standardized = (SURFACES["linear_regression"](normalization=n) for n in ("none", "standardize"))
    r = abs(np.corrcoef(raw.data[0].T)[0, 1])
    assert 0.05 < r < 0.5
    assert condition(standardized) == pytest.approx((1 + r) / (1 - r))
    assert condition(raw) > 10 * condition(standardized)
    np.testing.assert_allclose(standardized.data[0].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(standardized.data[0].std(axis=0), 1)


def test_three_class_is_the_softmax_of_its_three_scores() -> None:
    mse, cross_entropy = (SURFACES["three_class"](loss=loss) for loss in ("mse", "cross_entropy"))
    x, y = points(mse)
    scores = np.stack([x, y, np.full_like(x, -1000.0)])
    np.testing.assert_allclose(
        mse.value(x, y), ((softmax(scores, axis=0) - [[1], [0], [0]]) ** 2).sum(axis=0), rtol=1e-12, atol=1e-15
    )
    np.testing.assert_allclose(cross_entropy.value(x, y), logsumexp(scores, axis=0) - x, rtol=1e-9, atol=1e-14)


def test_mse_is_flat_where_cross_entropy_slopes() -> None:
    mse, cross_entropy = (SURFACES["three_class"](loss=loss) for loss in ("mse", "cross_entropy"))
    assert np.hypot(*mse.grad(*mse.start)) < 1e-5
    assert np.hypot(*cross_entropy.grad(*mse.start)) > 1
    assert mse.value(*mse.start) == pytest.approx(2.0, abs=1e-5)
