"""The classical methods are SciPy's and the textbook's, and methods that contain one another meet where they should."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from surfaces import SURFACES, Surface

BOWL, SADDLE, HIMMELBLAU = (SURFACES[slug]() for slug in ("bowl", "saddle", "himmelblau"))
VALLEYS = {
    "rosenbrock": SURFACES["rosenbrock"](b=20.0),
    "beale": SURFACES["beale"](),
    "himmelblau": HIMMELBLAU,
}
SCIPY: dict[str, tuple[str, dict[str, Any]]] = {
    "cg": ("CG", {"gtol": 1e-5}),
    "bfgs": ("BFGS", {"gtol": 1e-5}),
    "lbfgs": ("L-BFGS-B", {"gtol": 1e-5, "ftol": 0.0, "maxcor": 10}),
    "newton_cg": ("Newton-CG", {"xtol": 1e-8}),
    "nelder_mead": ("Nelder-Mead", {"xatol": 1e-8, "fatol": np.inf}),
}
START = (-0.5, -1.0)

every_planned = pytest.mark.parametrize("slug", SCIPY)
every_valley = pytest.mark.parametrize("surface", VALLEYS.values(), ids=VALLEYS.keys())
every_surface = pytest.mark.parametrize("surface", [kind() for kind in SURFACES.values()], ids=SURFACES.keys())


def iterates(slug: str, surface: Surface, start: Any, most: int, edge: float = 0.5) -> np.ndarray:
    """SciPy's own, the start first; `edge` is that of the first triangle."""
    method, options = SCIPY[slug]
    places, more = [np.array(start)], {}
    if slug == "nelder_mead":
        options = {**options, "initial_simplex": np.array(start) + edge * np.array([[0, 0], [1, 0], [0, 1]])}
    else:
        more = {"jac": lambda p: np.array(surface.grad(*p))}
    minimize(
        lambda p: surface.value(*p),
        start,
        method=method,
        options={**options, "maxiter": most},
        callback=lambda p: places.append(p.copy()),
        **more,
    )
    return np.array(places)


# SciPy's minimizers.


@every_planned
@every_valley
def test_each_step_is_an_iterate_of_scipy_s_and_then_it_rests(slug: str, surface: Surface) -> None:
    places = iterates(slug, surface, surface.start, 200)
    path = run(surface, OPTIMIZERS[slug](), 0.5, surface.start, len(places) + 20)
    np.testing.assert_allclose(path.theta[: len(places)], places, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(path.theta[len(places) :], np.tile(path.theta[len(places) - 1], (21, 1)))


@every_planned
def test_a_longer_run_begins_like_a_short_one(slug: str) -> None:
    surface = VALLEYS["rosenbrock"]
    short, long = (run(surface, OPTIMIZERS[slug](), 0.5, surface.start, steps).theta for steps in (20, 100))
    np.testing.assert_array_equal(long[:21], short)


@every_planned
def test_no_rounding_makes_it_begin_anew(slug: str) -> None:
    """A place that is the iterate's but for the last digit is one that nobody moved."""
    surface = SURFACES["rosenbrock"]()
    for seed in range(60):
        start = np.random.default_rng(seed).uniform(-2, 2, 2)
        places = iterates(slug, surface, start, 30)
        path = run(surface, OPTIMIZERS[slug](), 0.5, start, len(places) - 1)
        np.testing.assert_allclose(path.theta, places, rtol=1e-9, atol=1e-12, err_msg=f"start {start}")


def test_nelder_mead_s_triangle_is_the_first_rate_s_whatever_the_schedule() -> None:
    surface = VALLEYS["rosenbrock"]
    places = iterates("nelder_mead", surface, surface.start, 70, edge=0.5)
    path = run(surface, OPTIMIZERS["nelder_mead"](), SCHEDULES["cosine"](lr=0.5), surface.start, 60)
    np.testing.assert_allclose(path.theta, places[:61], rtol=0, atol=1e-12)


@pytest.mark.parametrize("slug", sorted(SCIPY.keys() - {"nelder_mead"}))
def test_where_a_rule_moves_it_it_begins_anew_there(slug: str) -> None:
    path = run(HIMMELBLAU, OPTIMIZERS[slug](), 0.5, (3.5, 3.5), 6, [RULES["box"](half=1.5)])
    assert (np.abs(path.theta[1:]) <= 1.5).all()
    wanted = path.theta[:-1] - path.m
    moved = [t for t in range(1, 6) if (np.abs(wanted[t - 1]) > 1.5).any()]
    assert 1 in moved
    for t in moved:
        np.testing.assert_allclose(wanted[t], iterates(slug, HIMMELBLAU, path.theta[t], 5)[1], rtol=1e-12)


# Newton.


def exact_hessian(surface: Surface, x: float, y: float) -> np.ndarray:
    """By complex steps of the gradient: no digit is lost."""
    h = 1e-30
    columns = [
        surface.grad(np.array(x + 1j * h), np.array(y + 0j)),
        surface.grad(np.array(x + 0j), np.array(y + 1j * h)),
    ]
    return np.imag(columns).T / h


coordinates = st.floats(-5, 5)


@given(st.floats(1, 1000), coordinates, coordinates)
@settings(deadline=None, max_examples=50)
def test_newton_finds_the_minimum_of_any_bowl_in_one_step(condition: float, x: float, y: float) -> None:
    path = run(SURFACES["bowl"](condition=condition), OPTIMIZERS["newton"](), 1.0, (x, y), 1)
    np.testing.assert_allclose(path.theta[1], 0, atol=1e-7)


@every_valley
@pytest.mark.parametrize("damping", [0.0, 3.0])
@pytest.mark.parametrize("saddle_free", [False, True])
def test_newton_solves_with_the_hessian(surface: Surface, damping: float, saddle_free: bool) -> None:
    newton = OPTIMIZERS["newton"](damping=damping, saddle_free=saddle_free)
    low, high = np.array(surface.window).T
    starts = np.random.default_rng(0).uniform(low, high, (40, 2))
    steps = run(surface, newton, 0.3, starts, 1)
    for start, after in zip(starts, steps.theta[1], strict=True):
        h = exact_hessian(surface, *start)
        if saddle_free:
            values, vectors = np.linalg.eigh(h)
            h = vectors * np.abs(values) @ vectors.T
        step = 0.3 * np.linalg.solve(h + damping * np.eye(2), surface.grad(*start))
        np.testing.assert_allclose(after, start - step, rtol=1e-5, atol=1e-5 * (1 + np.hypot(*step)))


def test_newton_goes_to_a_saddle_that_saddle_free_newton_leaves() -> None:
    newton, free = (run(SADDLE, OPTIMIZERS["newton"](saddle_free=f), 1.0, (-1.6, 0.1), 5).theta for f in (False, True))
    np.testing.assert_allclose(newton[1:], 0, atol=1e-8)
    np.testing.assert_allclose(free[1], (0.0, 0.2), atol=1e-8)
    np.testing.assert_allclose(free[:, 1], 0.1 * 2.0 ** np.arange(6), rtol=1e-7)


def test_newton_under_heavy_damping_is_plain_descent() -> None:
    path = run(HIMMELBLAU, OPTIMIZERS["newton"](damping=1e4), 100.0, START, 20)
    np.testing.assert_allclose(path.m, path.grad[:-1] / 1e4, rtol=0.02)


# Line search.


@every_surface
def test_a_line_search_never_goes_uphill_and_every_step_is_armijo_s(surface: Surface) -> None:
    path = run(surface, OPTIMIZERS["line_search"](c=0.1), 4.0, surface.start, 60)
    # Where the loss falls without end the floats do end.
    loss = path.loss[np.isfinite(path.loss)]
    assert len(loss) > 5
    n, digits = len(loss) - 1, 1e-13 * (1 + np.abs(loss[:-1]))
    assert (np.diff(loss) <= digits).all()
    # Where all weights of a network are trained, the steps are through these.
    whole = path.full or path
    length = 4.0 / whole.sigma[:n, 0]
    # Not squared first: where the loss falls without end so does the slope's square.
    slope = np.hypot.reduce(whole.grad[:n], axis=1)
    promised = 0.1 * length * slope * slope
    # At a wall no length will do, and it rests.
    rests = (whole.m[:n] == 0).all(axis=1)
    assert (loss[1:] <= np.where(rests, loss[:-1], loss[:-1] - promised) + digits).all()
    assert not rests.any() or surface.slug == "recurrent_cliff"


@every_valley
def test_a_line_search_is_the_loop_that_the_book_writes(surface: Surface) -> None:
    c, shrink = 0.2, 0.6
    path = run(surface, OPTIMIZERS["line_search"](c=c, shrink=shrink), 1.0, surface.start, 20)
    theta = np.array(surface.start)
    for after in path.theta[1:]:
        g, alpha = np.array(surface.grad(*theta)), 1.0
        while surface.value(*(theta - alpha * g)) > surface.value(*theta) - c * alpha * g @ g:
            alpha *= shrink
        theta = theta - alpha * g
        np.testing.assert_allclose(after, theta, rtol=1e-9, atol=1e-12)


# Gradient flow.


def test_the_flow_on_a_bowl_is_an_exponential() -> None:
    path = run(BOWL, OPTIMIZERS["gradient_flow"](), 0.13, BOWL.start, 30)
    time = 0.13 * np.arange(31)[:, None]
    np.testing.assert_allclose(path.theta, BOWL.start * np.exp(-np.array([1.0, 12.0]) * time), rtol=0, atol=1e-8)


@every_valley
def test_the_flow_is_the_equation_s_solution_and_small_steps_of_descent_follow_it(surface: Surface) -> None:
    start, time = surface.start, 0.05
    path = run(surface, OPTIMIZERS["gradient_flow"](), time / 10, start, 10)
    solved = solve_ivp(
        lambda _, p: -np.array(surface.grad(*p)),
        (0, time),
        start,
        method="DOP853",
        rtol=1e-12,
        atol=1e-13,
        t_eval=np.linspace(0, time, 11),
    )
    np.testing.assert_allclose(path.theta, solved.y.T, rtol=0, atol=1e-7)
    errors = []
    for smaller in (1000, 10_000):
        descent = run(surface, OPTIMIZERS["sgd"](), time / smaller, start, smaller)
        errors.append(np.abs(descent.theta[-1] - path.theta[-1]).max())
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)


# Where methods meet.


def walked(slug: str, rate: Any = 0.02, surface: Any = HIMMELBLAU, **values: Any) -> Path:
    return run(surface, OPTIMIZERS[slug](**values), rate, START, 60)


def same(a: Path, b: Path, rtol: float = 1e-9) -> None:
    np.testing.assert_allclose(a.theta, b.theta, rtol=rtol, atol=1e-12)


def apart(a: Path, b: Path) -> None:
    assert np.abs(a.theta - b.theta).max() > 1e-3


COSINE = SCHEDULES["cosine"](lr=0.02)
MEETINGS: dict[str, Callable[[], tuple[Path, Path]]] = {
    "ftrl from the start is adagrad": lambda: (
        walked("ftrl", 0.5, warm_start=True, initial_accumulator_value=0.3),
        walked("adagrad", 0.5, eps=0.0, initial_accumulator_value=0.3),
    ),
    "qhm without momentum is sgd": lambda: (walked("qhm", 0.005, nu=0.0), walked("sgd", 0.005)),
    "ademamix without the slow one is adam": lambda: (walked("ademamix", alpha=0.0), walked("adam")),
    "adamw without decay is adam": lambda: (walked("adamw", weight_decay=0.0), walked("adam")),
    "signum without memory is signsgd": lambda: (walked("signum", beta1=0.0), walked("signsgd")),
    "lion of equal memories is signum": lambda: (walked("lion", beta1=0.9, beta2=0.9), walked("signum", beta1=0.9)),
    "keras's momentum at one rate is torch's": lambda: (
        walked("momentum", 0.002, flavour="keras"),
        walked("momentum", 0.002),
    ),
    "nesterov without momentum is sgd": lambda: (walked("nesterov", 0.005, momentum=0.0), walked("sgd", 0.005)),
    "schedule-free without a blend is sgd": lambda: (walked("schedule_free", 0.005, beta1=0.0), walked("sgd", 0.005)),
    "asgd without decay is sgd": lambda: (walked("asgd", 0.005, lambd=0.0), walked("sgd", 0.005)),
}


@pytest.mark.parametrize("meeting", MEETINGS.values(), ids=MEETINGS.keys())
def test_methods_meet(meeting: Callable[[], tuple[Path, Path]]) -> None:
    same(*meeting())


PARTINGS: dict[str, Callable[[], tuple[Path, Path]]] = {
    "qhm with momentum from sgd": lambda: (walked("qhm", 0.005), walked("sgd", 0.005)),
    "ademamix with the slow one from adam": lambda: (walked("ademamix", 0.1, beta3=0.99), walked("adam", 0.1)),
    "the two AMSGrads": lambda: (walked("amsgrad", 0.3, flavour="torch"), walked("amsgrad", 0.3, flavour="optax")),
    "the two momentums under a schedule": lambda: (
        walked("momentum", SCHEDULES["cosine"](lr=0.004), flavour="keras"),
        walked("momentum", SCHEDULES["cosine"](lr=0.004)),
    ),
    "lion of unequal memories from signum": lambda: (walked("lion", 0.3), walked("signum", 0.3)),
    "a decay": lambda: (walked("adan", 0.1, weight_decay=1.0), walked("adan", 0.1, weight_decay=0.0)),
    "ftrl dragged to 0": lambda: (walked("ftrl", 0.5), walked("ftrl", 0.5, warm_start=True)),
}


@pytest.mark.parametrize("parting", PARTINGS.values(), ids=PARTINGS.keys())
def test_methods_part(parting: Callable[[], tuple[Path, Path]]) -> None:
    apart(*parting())


def test_qhm_of_nothing_but_momentum_is_damped_momentum_that_starts_at_0() -> None:
    path = walked("qhm", 0.02, nu=1.0, beta1=0.8)
    b = np.zeros(2)
    for t, g in enumerate(path.grad[:-1]):
        b = 0.8 * b + 0.2 * g
        np.testing.assert_allclose(path.m[t], b, rtol=1e-9)
    # torch's starts at the first gradient whole, and forgets that.
    torch = walked("momentum", 0.02, momentum=0.8, dampening=0.2)
    np.testing.assert_allclose(torch.m[0], 5 * path.m[0])


def test_ftrl_s_l1_makes_exact_zeros() -> None:
    bowl = SURFACES["bowl"](condition=1.0)
    path = walked("ftrl", 0.5, bowl, l1=50.0)
    np.testing.assert_array_equal(path.theta[1:], 0)
    assert (walked("ftrl", 0.5, HIMMELBLAU, l1=0.0).theta[1:] != 0).all()


BASES = ["sgd", "momentum", "adam", "rprop", "newton"]


@pytest.mark.parametrize("base", BASES)
def test_a_wrapper_that_adds_nothing_is_its_base(base: str) -> None:
    rate = 0.3 if base == "newton" else 0.003
    alone = walked(base, rate)
    same(walked("lookahead", rate, base=base, slow_step_size=1.0), alone)
    same(walked("sam", rate, base=base, rho=0.0), alone)
    same(walked("averaging", rate, base=base), alone)
    apart(walked("lookahead", rate, base=base, slow_step_size=0.2, sync_period=3), alone)
    apart(walked("sam", rate, base=base, rho=0.5), alone)


def test_lookahead_that_meets_at_every_step_scales_the_rate() -> None:
    same(
        walked("lookahead", 0.01, base="sgd", sync_period=1, slow_step_size=0.3),
        walked("sgd", 0.003),
    )


def test_averages_are_those_of_the_path() -> None:
    polyak, ema = (OPTIMIZERS["averaging"](base="momentum", kind=k, decay=0.8) for k in ("polyak", "ema"))
    path = walked("averaging", 0.003, base="momentum")
    mean, moving = polyak.companion(path.theta, path.lr), ema.companion(path.theta, path.lr)
    for t in (1, 2, 17, 60):
        np.testing.assert_allclose(mean[t], path.theta[1 : t + 1].mean(axis=0), rtol=1e-12)
    expected = path.theta[1]
    for t in range(2, 61):
        expected = 0.8 * expected + 0.2 * path.theta[t]
        np.testing.assert_allclose(moving[t], expected, rtol=1e-12)
    np.testing.assert_array_equal(mean[0], path.theta[0])


def test_schedule_free_s_average_is_the_mean_of_its_steps() -> None:
    optimizer = OPTIMIZERS["schedule_free"](beta1=0.6)
    path = run(HIMMELBLAU, optimizer, 0.005, START, 40)
    z = path.theta[0] - np.cumsum(0.005 * path.grad[:-1], axis=0)
    mean = np.cumsum(z, axis=0) / np.arange(1, 41)[:, None]
    np.testing.assert_allclose(optimizer.companion(path.theta, path.lr)[1:], mean, rtol=1e-9)
    np.testing.assert_allclose(path.theta[1:], 0.4 * z + 0.6 * mean, rtol=1e-9)


def test_polyak_s_step_halves_the_way_on_a_round_bowl() -> None:
    # f / |g|^2 is 1/2 everywhere, and theta - g/2 half way to 0.
    path = run(SURFACES["bowl"](condition=1.0), OPTIMIZERS["polyak_sgd"](), 1.0, (4.0, -3.0), 20)
    np.testing.assert_allclose(path.theta, np.array([4.0, -3.0]) * 0.5 ** np.arange(21)[:, None], rtol=1e-12)
    bounded = run(SURFACES["bowl"](condition=1.0), OPTIMIZERS["polyak_sgd"](), 0.1, (4.0, -3.0), 20)
    np.testing.assert_allclose(bounded.theta, np.array([4.0, -3.0]) * 0.9 ** np.arange(21)[:, None], rtol=1e-12)


def test_polyak_s_step_asks_for_the_lowest_loss_only_where_the_surface_does_not_say_it() -> None:
    told, other = (run(BOWL, OPTIMIZERS["polyak_sgd"](f_min=f), 1.0, BOWL.start, 10) for f in (0.0, -50.0))
    same(told, other)
    path = run(SADDLE, OPTIMIZERS["polyak_sgd"](f_min=-3.0), 100.0, (-1.6, 0.5), 1)
    g = path.grad[0]
    np.testing.assert_allclose(path.theta[1], path.theta[0] - (path.loss[0] + 3.0) / (g @ g) * g)


WRAPPERS = sorted(slug for slug, kind in OPTIMIZERS.items() if kind.holds())


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_a_wrapper_takes_any_method_by_name_or_built_but_no_wrapper(wrapper: str) -> None:
    for base in sorted(OPTIMIZERS.keys() - set(WRAPPERS)):
        by_name, built = (
            run(HIMMELBLAU, OPTIMIZERS[wrapper](base=b), 0.01, START, 4) for b in (base, OPTIMIZERS[base]())
        )
        np.testing.assert_array_equal(by_name.theta, built.theta, err_msg=base)
        assert np.isfinite(built.theta).all(), base
    for inside in ("sam", OPTIMIZERS["sam"](), "nothing", 3.0):
        with pytest.raises(ValueError, match=r"base must be one of .*momentum.*; got ") as refused:
            OPTIMIZERS[wrapper](base=inside)
        assert repr(inside) in str(refused.value)
        assert "sam" not in str(refused.value).partition("; got ")[0]


def test_a_wrapper_s_method_keeps_the_values_that_it_was_built_with() -> None:
    same(
        walked("averaging", 0.003, base=OPTIMIZERS["momentum"](momentum=0.5)),
        walked("momentum", 0.003, momentum=0.5),
    )
