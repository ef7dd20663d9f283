"""Each surface is what it says: its gradient is the derivative of its value, its minima are minima, and it takes any shape."""

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from surfaces import SURFACES, Surface
from tests.rounding import points_of, rounding

# Independent of the code: the published minimisers and values, and an 801 x 801 scan of each window.
KNOWN = {
    "bowl": ([(0, 0)], 0.0),
    "rosenbrock": ([(1, 1)], 0.0),
    "beale": ([(3, 0.5)], 0.0),
    "himmelblau": ([(3, 2), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)], 0.0),
    "goldstein_price": ([(0, -1)], 3.0),
    "booth": ([(1, 3)], 0.0),
    "matyas": ([(0, 0)], 0.0),
    "rastrigin": ([(0, 0)], 0.0),
    "ackley": ([(0, 0)], 0.0),
    "styblinski_tang": ([(-2.903534, -2.903534)], -78.332331),
    "three_hump_camel": ([(0, 0)], 0.0),
    "six_hump_camel": ([(0.089842, -0.712656), (-0.089842, 0.712656)], -1.031628),
    "mccormick": ([(-0.547198, -1.547198)], -1.913223),
    "easom": ([(np.pi, np.pi)], -1.0),
    "levy": ([(1, 1)], 0.0),
    "branin": ([(-np.pi, 12.275), (np.pi, 2.275), (9.424778, 2.475)], 0.397887),
    "griewank": ([(0, 0)], 0.0),
    "dixon_price": ([(1, 2**-0.5), (1, -(2**-0.5))], 0.0),
}
WINDOWS = {
    "bowl": ((-5, 5), (-5, 5)),
    "saddle": ((-2, 2), (-2, 2)),
    "rosenbrock": ((-2, 2), (-1, 3)),
    "beale": ((-4.5, 4.5), (-4.5, 4.5)),
    "himmelblau": ((-5, 5), (-5, 5)),
    "three_class": ((-10, 10), (-10, 10)),
    "monkey_saddle": ((-2, 2), (-2, 2)),
    "goldstein_price": ((-2, 2), (-2, 2)),
    "booth": ((-10, 10), (-10, 10)),
    "matyas": ((-10, 10), (-10, 10)),
    "rastrigin": ((-5.12, 5.12), (-5.12, 5.12)),
    "ackley": ((-5, 5), (-5, 5)),
    "styblinski_tang": ((-5, 5), (-5, 5)),
    "three_hump_camel": ((-2, 2), (-2, 2)),
    "six_hump_camel": ((-3, 3), (-2, 2)),
    "mccormick": ((-1.5, 4), (-3, 4)),
    "easom": ((-10, 10), (-10, 10)),
    "levy": ((-10, 10), (-10, 10)),
    "branin": ((-5, 10), (0, 15)),
    "griewank": ((-10, 10), (-10, 10)),
    "dixon_price": ((-10, 10), (-10, 10)),
}


# Choices that are combined with one another; each of the others is tried alone.
COMBINED = {"loss", "normalization", "data_set", "plane"}


def choices(kind: type[Surface]) -> Iterator[dict[str, str]]:
    """The combinations of a surface's choices that are tried."""
    offered = {p.name: p.choices for p in kind.params() if p.choices}
    combined = {name: values for name, values in offered.items() if name in COMBINED}
    for values in product(*combined.values()):
        yield dict(zip(combined, values, strict=True))
    for p in kind.params():
        if p.choices and p.name not in COMBINED:
            yield from ({p.name: value} for value in p.choices if value != p.default)


def variants() -> Iterator[tuple[str, Surface]]:
    """Every surface with the choices that it offers, and with numbers off their defaults."""
    for slug, kind in SURFACES.items():
        for chosen in choices(kind):
            yield " ".join([slug, *chosen.values()]), kind(**chosen)
        numbers = {p.name: p.kind(p.low + 0.3 * (min(p.high, 50) - p.low)) for p in kind.params() if p.kind is float}
        for penalties in (
            {"l1": 0.0, "l2": 0.0},
            {"l1": 0.7, "l2": 0.0},
            {"l1": 0.0, "l2": 0.4},
            {"l1": 15.0, "l2": 15.0},
        ):
            every_number = {**numbers, **penalties}
            yield f"{slug} {every_number}", kind(**every_number)


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
    x, y = points(surface)
    value, slope = surface.value(x, y), np.array(surface.grad(x, y))
    # One point's matrix products and functions are other kernels' than many points'.
    size = points_of(surface)
    near, close = (rounding(size, np.abs(numbers).max()) for numbers in (value, slope))
    for i in range(12):
        assert surface.value(float(x[i]), float(y[i])) == pytest.approx(value[i], rel=1e-13, abs=near)
        assert surface.grad(float(x[i]), float(y[i])) == pytest.approx(slope[:, i], rel=1e-12, abs=close)
    wide = surface.value(x[:4, None], y[None, :3])
    assert wide.shape == (4, 3)
    assert wide[2, 1] == pytest.approx(surface.value(x[2], y[1]))
    assert all(np.shape(d) == (4, 3) for d in surface.grad(x[:4, None], y[None, :3]))
    assert np.shape(surface.value(np.array(x[0]), np.array(y[0]))) == ()


@every
def test_minima_are_flat_and_nothing_in_the_window_is_lower(surface: Surface) -> None:
    (x0, x1), (y0, y1) = surface.window
    # Dozens of points, or a whole network, make a look dear.
    n = 41 if hasattr(surface, "full") else 201 if hasattr(surface, "raw") else 801
    scan = surface.value(np.linspace(x0, x1, n)[:, None], np.linspace(y0, y1, n)[None, :])
    size = np.abs(surface.grad(*points(surface))).max()
    close = 1e-6 if surface.l1 or surface.l2 else 1e-9
    for minimum in surface.minima:
        at, slope = np.array(minimum), np.array(surface.plain.grad(*minimum)) + surface.l2 * np.array(minimum)
        # At the tip of |x| any slope up to l1 leads nowhere lower.
        left = np.where(at == 0, np.maximum(np.abs(slope) - surface.l1, 0), slope + surface.l1 * np.sign(at))
        assert np.hypot(*left) < close * size
        assert surface.value(*minimum) <= scan.min() + 1e-12 * (1 + abs(scan.min()))
        assert surface.value(*minimum) == pytest.approx(surface.lowest, abs=1e-12)
    if surface.lowest is not None:
        assert scan.min() >= surface.lowest - 1e-12 * (1 + abs(surface.lowest))


@every
def test_the_start_lies_in_the_window_and_above_the_minimum(surface: Surface) -> None:
    (x0, x1), (y0, y1) = surface.window
    x, y = surface.start
    # Weights that are drawn, or 0, are where they are; a start that is ours to choose is seen.
    ours = "point" if hasattr(surface, "raw") and not hasattr(surface, "full") else "xavier"
    if getattr(surface, "initialization", ours) in ("point", ours):
        assert x0 < x < x1
        assert y0 < y < y1
    if surface.lowest is not None:
        assert surface.value(x, y) > surface.lowest


@every
def test_far_outside_floats_and_arrays_agree_and_nothing_unforeseen_is_raised(surface: Surface) -> None:
    for x, y in product((1e200, -1e200, np.inf, -np.inf, np.nan, 0.5), repeat=2):
        with np.errstate(all="ignore"):
            expected = [surface.value(np.array(x), np.array(y)), *surface.grad(np.array(x), np.array(y))]
            try:
                alone = [surface.value(x, y), *surface.grad(x, y)]
            except (OverflowError, ValueError, ZeroDivisionError):
                continue
        np.testing.assert_allclose(alone, expected, rtol=1e-9)


@pytest.mark.parametrize("slug", KNOWN)
def test_known_minima(slug: str) -> None:
    places, value = KNOWN[slug]
    surface = SURFACES[slug]()
    np.testing.assert_allclose(sorted(surface.minima), sorted(places), atol=1e-6)
    # Six digits are published; whole numbers are exact.
    assert surface.lowest == (value if value == round(value) else pytest.approx(value, rel=0, abs=1e-6))


def test_windows_are_the_customary_ones() -> None:
    assert {slug: SURFACES[slug]().window for slug in WINDOWS} == WINDOWS


@pytest.mark.parametrize(("slug", "curvature"), [("saddle", 2.0), ("monkey_saddle", 0.0)])
def test_a_saddle_is_flat_where_it_is_no_minimum(slug: str, curvature: float) -> None:
    surface, h = SURFACES[slug](), 1e-6
    assert surface.minima == ()
    assert np.hypot(*surface.grad(0.0, 0.0)) == 0
    assert np.hypot(*surface.grad(h, 0.0)) / h == pytest.approx(curvature, abs=1e-5)
    around = np.linspace(0, 2 * np.pi, 60)
    losses = surface.value(np.cos(around), np.sin(around)) - surface.value(0.0, 0.0)
    assert losses.min() < 0 < losses.max()


def test_ackley_has_a_gradient_at_its_tip_and_a_slope_that_does_not_shrink_around_it() -> None:
    surface = SURFACES["ackley"]()
    assert surface.grad(0.0, 0.0) == (0.0, 0.0)
    for derivative in surface.grad(np.zeros((2, 1)), np.zeros(3)):
        np.testing.assert_array_equal(derivative, np.zeros((2, 3)))
    slope = 4 / np.sqrt(2)
    for r in (1e-7, 1e-20, 1e-100, 1e-149):
        assert surface.grad(0.6 * r, -0.8 * r) == pytest.approx((0.6 * slope, -0.8 * slope), rel=1e-5)
        assert np.ravel(surface.grad(np.array([r]), np.array([0.0]))) == pytest.approx((slope, 0.0), rel=1e-5)
    # Where squares have lost their digits, and where they are 0.
    tiny = np.array([1e-155, 1e-160, 1e-170, 1e-300, 5e-324])
    assert (np.hypot(*surface.grad(tiny, -tiny)) <= slope).all()
    assert all(np.hypot(*surface.grad(r, -r)) <= slope for r in tiny.tolist())


def test_rastrigin_without_its_pits_is_a_round_bowl() -> None:
    surface = SURFACES["rastrigin"](amplitude=0.0)
    x, y = points(surface)
    np.testing.assert_allclose(surface.value(x, y), x * x + y * y)


def test_the_bowl_has_the_condition_number_that_it_is_given() -> None:
    surface = SURFACES["bowl"](condition=37.0)
    hessian = np.column_stack([np.subtract(surface.grad(*e), surface.grad(0.0, 0.0)) for e in np.eye(2)])
    assert np.linalg.cond(hessian) == pytest.approx(37.0)


@pytest.mark.parametrize("normalization", ["none", "standardize", "minmax", "batch"])
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


# Those of a network act on all of its weights; tests/test_network.py looks at them.
penalised = pytest.mark.parametrize("slug", sorted(SURFACES.keys() - {"two_layer"}))


@penalised
def test_a_penalty_is_added_to_the_loss_and_plain_is_without_it(slug: str) -> None:
    plain, surface = SURFACES[slug](), SURFACES[slug](l1=0.7, l2=0.4)
    x, y = points(plain)
    penalty = 0.7 * (np.abs(x) + np.abs(y)) + 0.2 * (x**2 + y**2)
    np.testing.assert_allclose(surface.value(x, y), plain.value(x, y) + penalty, rtol=1e-12)
    np.testing.assert_array_equal(surface.plain.value(x, y), plain.value(x, y))
    assert surface.plain.l1 == surface.plain.l2 == 0


@penalised
def test_a_penalty_makes_no_other_entry_and_none_changes_nothing(slug: str) -> None:
    kind = SURFACES[slug]
    surface = kind(l1=0.7)
    assert type(kind(l1=0.0, l2=0.0)) is kind
    assert isinstance(surface, kind)
    assert surface.slug == slug
    assert surface.params() == kind.params()
    assert SURFACES[slug] is kind
    assert all(entry.__module__.split(".")[::2] == ["surfaces", name] for name, entry in SURFACES.items())


@pytest.mark.parametrize("slug", ["bowl", "matyas", "booth", "three_class"])
def test_a_strong_l1_puts_the_minimum_at_exactly_0(slug: str) -> None:
    assert SURFACES[slug](l1=100.0).minima == ((0.0, 0.0),)


def test_booth_s_ridge_is_the_solution_of_its_equations() -> None:
    hessian = np.array([[10.0, 8.0], [8.0, 10.0]])
    expected = np.linalg.solve(hessian + 3.0 * np.eye(2), hessian @ [1.0, 3.0])
    np.testing.assert_allclose(SURFACES["booth"](l2=3.0).minima, [expected], rtol=1e-9)


@pytest.mark.parametrize("normalization", ["none", "standardize", "batch"])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.5), (0.4, 0.0), (1.0, 0.3)])
def test_ridge_and_lasso_have_their_textbook_minima(normalization: str, l1: float, l2: float) -> None:
    surface = SURFACES["linear_regression"](normalization=normalization, l1=l1, l2=l2)
    x, y = surface.data
    x, y = x - x.mean(axis=0), y - y.mean()
    # The loss is the mean of squares: its Hessian is twice the covariance.
    hessian, right = 2 * x.T @ x / len(y), 2 * x.T @ y / len(y)
    w = np.zeros(2)
    for _ in range(2000):
        for i in range(2):
            slope = right[i] - hessian[i, 1 - i] * w[1 - i]
            w[i] = np.sign(slope) * max(abs(slope) - l1, 0) / (hessian[i, i] + l2)
    np.testing.assert_allclose(surface.minima, [w], rtol=0, atol=1e-8)
    if l1 == 0:
        np.testing.assert_allclose(surface.minima, [np.linalg.solve(hessian + l2 * np.eye(2), right)], rtol=1e-8)


def test_a_saddle_becomes_a_bowl_only_under_a_strong_penalty() -> None:
    weak, strong = (SURFACES["saddle"](l2=l2) for l2 in (1.0, 3.0))
    assert weak.minima == ()
    assert weak.lowest is None
    np.testing.assert_allclose(strong.minima, [(0.0, 0.0)], atol=1e-9)
    assert strong.lowest == pytest.approx(0.0, abs=1e-12)
