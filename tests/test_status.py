"""How a run ended, rule by rule, on cases built to end that way."""

import math
from typing import Any

import numpy as np
import pytest

from optimizers import OPTIMIZERS, SCHEDULES, Path, run
from optimizers.bases.hessian import eigen, hessian
from optimizers.loop.run import judge_together
from optimizers.loop.status import STATUSES, judge
from surfaces import SURFACES
from tests.rounding import assert_close


class TwoPits:
    """Two pits of different depth, near x = -1 (the deeper) and x = 1."""

    window = ((-2.0, 2.0), (-2.0, 2.0))
    lowest = -0.305428483743916

    def value(self, x: Any, y: Any) -> Any:
        return (x * x - 1) * (x * x - 1) + 0.3 * x + y * y

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return 4 * x * (x * x - 1) + 0.3, 2 * y


class Bare:
    """What a stranger may hand in: value and gradient, nothing known. A bowl around (7, 0), or its opposite."""

    def __init__(self, sign: float) -> None:
        self.sign = sign

    def value(self, x: Any, y: Any) -> Any:
        return self.sign * ((x - 7) ** 2 + y**2) / 2

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return self.sign * (x - 7), self.sign * y


class Steep(Bare):
    """Its gradient raises OverflowError on floats where arrays go to infinity."""

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return (x - 7) ** 3, y**3


def descend(surface: Any, lr: float, start: tuple[float, float], steps: int, **more: Any) -> Path:
    return run(surface, OPTIMIZERS["sgd"](), lr, start, steps, **more)


def from_then_on(condition: np.ndarray) -> int:
    """The first step from which the condition holds to the end."""
    assert condition[-1]
    broken = np.flatnonzero(~condition)
    return int(broken[-1]) + 1 if len(broken) else 0


BOWL = SURFACES["bowl"]()
MSE = SURFACES["three_class"]()

# name: surface, rate, start, steps, status
CASES: dict[str, tuple[Any, float, tuple[float, float], int, str]] = {
    "bowl just below 2/kappa": (BOWL, 0.99 * 2 / 12, (-4.0, 3.0), 500, "converged"),
    "bowl just above 2/kappa": (BOWL, 1.01 * 2 / 12, (-4.0, 3.0), 500, "diverged"),
    "bowl, too few steps": (BOWL, 0.01, (-4.0, 3.0), 50, "running"),
    "bowl, from its minimum": (BOWL, 0.1, (0.0, 0.0), 30, "converged"),
    "bowl, overflow": (BOWL, 10.0, (-4.0, 3.0), 400, "diverged"),
    "saddle, on the ridge": (SURFACES["saddle"](), 0.1, (-1.6, 0.0), 100, "stalled"),
    "saddle, beside the ridge": (SURFACES["saddle"](), 0.1, (-1.6, 0.01), 100, "diverged"),
    "saddle, beside it, not yet away": (SURFACES["saddle"](), 0.1, (-1.6, 1e-9), 100, "running"),
    "three classes, mse": (MSE, 1.0, MSE.start, 300, "stalled"),
    "three classes, cross-entropy": (SURFACES["three_class"](loss="cross_entropy"), 1.0, MSE.start, 300, "as_good"),
    "himmelblau": (SURFACES["himmelblau"](), 0.01, (-0.5, -1.0), 200, "converged"),
    "rosenbrock, along the floor": (SURFACES["rosenbrock"](), 0.001, (-1.5, 2.0), 300, "running"),
    "two pits, the deeper": (TwoPits(), 0.05, (-1.7, 1.0), 200, "converged"),
    "two pits, the other": (TwoPits(), 0.05, (1.7, 1.0), 200, "local_minimum"),
    "bare bowl": (Bare(1.0), 0.1, (1.0, 2.0), 200, "converged"),
    "bare hill": (Bare(-1.0), 0.1, (1.0, 2.0), 300, "diverged"),
    "bare hill, on top": (Bare(-1.0), 0.1, (7.0, 0.0), 50, "running"),
    "bare, powers that raise": (Steep(1.0), 0.5, (1.0, 2.0), 100, "diverged"),
}
every = pytest.mark.parametrize("name", CASES)


@every
def test_a_run_ends_as_it_was_built_to(name: str) -> None:
    surface, lr, start, steps, status = CASES[name]
    path = descend(surface, lr, start, steps)
    assert path.status == status
    assert (path.stop_step == -1) == (status == "running")
    assert path.stop_step <= steps


@every
def test_the_end_alone_says_the_same_within_ten_steps(name: str) -> None:
    surface, lr, start, steps, status = CASES[name]
    path, last = descend(surface, lr, start, steps), descend(surface, lr, start, steps, keep="last")
    assert last.status == status
    assert 0 <= last.stop_step - path.stop_step <= 10
    for end, whole in ((last.theta, path.theta), (last.loss, path.loss)):
        if isinstance(surface, type(MSE)):
            # A whole path of one start is stepped on floats, whose exponential is not numpy's: each step rounds otherwise.
            assert_close(end, whole[-1], 0, steps * np.abs(whole).max())
        else:
            np.testing.assert_array_equal(end, whole[-1])


@every
def test_a_row_among_others_ends_as_it_does_alone(name: str) -> None:
    surface, lr, start, steps, _ = CASES[name]
    alone = descend(surface, lr, start, steps)
    many = run(surface, OPTIMIZERS["sgd"](), lr, [(0.3, 0.2), start, (0.1, -0.4)], steps)
    assert (many.status[1], many.stop_step[1]) == (alone.status, alone.stop_step)
    np.testing.assert_allclose(many.theta[:, 1], alone.theta, rtol=1e-9)


def test_the_edge_of_stability_lies_at_two_over_kappa() -> None:
    for kappa in (1.0, 7.0, 300.0):
        surface = SURFACES["bowl"](condition=kappa)
        rates = np.array([[0.98 * 2 / kappa], [1.02 * 2 / kappa]])
        # Only across the valley: along it the start is already home.
        path = run(surface, OPTIMIZERS["sgd"](), SCHEDULES["constant"](lr=rates), (0.0, 3.0), 600)
        assert path.status.tolist() == ["converged", "diverged"]


def test_converged_is_when_it_sits_at_the_minimum_to_the_end() -> None:
    path = descend(BOWL, 0.99 * 2 / 12, (-4.0, 3.0), 500)
    assert path.stop_step == from_then_on(np.hypot(*path.theta.T) <= 0.005 * 10)
    assert 0 < path.stop_step < 475


def test_at_the_last_step_nothing_has_lasted() -> None:
    for steps in (20, 40, 240):
        begun = descend(BOWL, 0.1, (-4.0, 3.0), 500).stop_step
        assert 20 < begun < 60
        for more in (0, 1, steps // 20 - 1):
            assert descend(BOWL, 0.1, (-4.0 * 0.9 ** (begun - steps), 0.0), steps + more).status == "running"
        for more in (steps // 10 + 1, steps):
            assert descend(BOWL, 0.1, (-4.0 * 0.9 ** (begun - steps), 0.0), steps + more).status == "converged"


def test_diverged_is_when_it_stays_beyond_a_thousand_windows() -> None:
    path = descend(BOWL, 1.01 * 2 / 12, (-4.0, 3.0), 500)
    assert path.stop_step == from_then_on(np.hypot(*path.theta.T) > 1000 * 10)
    assert 0 < path.stop_step < 500
    assert np.isfinite(path.theta).all()


def test_without_a_window_diverged_is_beyond_a_million_starts() -> None:
    path = descend(Bare(-1.0), 0.1, (1.0, 2.0), 300)
    assert path.stop_step == from_then_on(np.hypot(*path.theta.T) > 1e6 * (1 + math.hypot(1, 2)))


def test_a_stranger_s_minimum_is_where_newton_s_method_leads() -> None:
    path = descend(Bare(1.0), 0.1, (1.0, 2.0), 200)
    size = 1 + math.hypot(*path.theta[-1])
    assert path.stop_step == from_then_on(np.hypot(path.theta[:, 0] - 7, path.theta[:, 1]) <= 0.005 * size)


def test_a_local_minimum_is_told_from_the_lowest() -> None:
    deeper, other = (descend(TwoPits(), 0.05, (x, 1.0), 200) for x in (-1.7, 1.7))
    assert deeper.theta[-1] == pytest.approx([-1.036, 0], abs=1e-3)
    assert other.theta[-1] == pytest.approx([0.9597, 0], abs=1e-3)
    assert other.stop_step == from_then_on(np.hypot(other.theta[:, 0] - 0.9597, other.theta[:, 1]) <= 0.005 * 4)


@pytest.mark.parametrize("steps", [60, 240])
@pytest.mark.parametrize("slug", [slug for slug, kind in SURFACES.items() if kind().minima])
def test_from_no_start_a_run_converges_far_from_the_lowest_minimum(slug: str, steps: int) -> None:
    """At any height above a valley's floor, and on it: what says so is within a hundredth of the window of a minimum."""
    surface = SURFACES[slug]()
    low, high = np.array(surface.window, dtype=float).T
    starts = np.stack(np.meshgrid(*np.linspace(low, high, 15).T), axis=-1).reshape(-1, 2)
    stiffest = np.abs(eigen(hessian(surface, starts))[0]).max(axis=-1, keepdims=True)
    for method, rates in (("sgd", 0.5 / stiffest), ("momentum", 0.1 / stiffest), ("adam", 0.01 * np.max(high - low))):
        path = run(surface, OPTIMIZERS[method](), SCHEDULES["constant"](lr=np.clip(rates, 1e-7, 10)), starts, steps)
        ends = path.theta[-1, path.status == "converged"]
        # A minimum as low may lie outside, as Branin's fourth does.
        outside = np.any((ends < low) | (ends > high), axis=-1)
        away = np.linalg.norm(ends[:, None] - np.array(surface.minima), axis=-1).min(axis=-1)
        assert np.all((away <= 0.01 * np.max(high - low)) | outside), slug
        gaps = path.loss[-1, path.status == "converged"] - surface.lowest
        assert np.all(gaps >= -1e-9)


def test_where_the_minimum_lies_at_infinity_a_run_is_as_good_and_no_more() -> None:
    surface = SURFACES["three_class"](loss="cross_entropy")
    for optimizer in ("sgd", "momentum", "rmsprop", "adam"):
        path = run(surface, OPTIMIZERS[optimizer](), 0.5, surface.start, 400)
        assert path.status == "as_good"
        # A thousandth of the largest loss in the picture, which is 20.
        assert path.stop_step == from_then_on(path.loss <= 1e-3 * (20 + math.log1p(math.exp(-20))))


def test_below_the_lowest_nothing_converges() -> None:
    surface = SURFACES["mccormick"]()
    starts = np.random.default_rng(1).uniform((-12, -14), (1, 0), (300, 2))
    path = run(surface, OPTIMIZERS["sgd"](), 0.1, starts, 300)
    assert surface.lowest is not None
    below = path.loss[-1] < surface.lowest - 0.1
    assert below.sum() > 100
    assert "converged" not in path.status[below]
    assert "local_minimum" in path.status[below]


@pytest.mark.parametrize("keep", ["path", "last"])
@pytest.mark.parametrize("surface", [BOWL, Steep(1.0)], ids=["multiplies", "raises on floats"])
def test_an_overflow_is_nan_from_there_on_and_nothing_is_said(surface: Any, keep: Any) -> None:
    path = descend(surface, 10.0, (-4.0, 3.0), 400, keep=keep)
    if keep == "last":
        assert np.isnan([*path.theta, path.loss, *path.grad]).all()
        return
    lost = np.isnan(path.theta).any(axis=1)
    first = int(np.argmax(lost))
    assert 0 < first < 400
    assert np.isfinite(path.theta[:first]).all()
    for name in ("theta", "loss", "grad", "used", "m", "sigma", "decay"):
        assert np.isnan(getattr(path, name)[first:]).all(), name
    assert 0 < path.stop_step <= first


def test_one_row_s_overflow_leaves_the_others_alone() -> None:
    rates = np.array([[10.0], [0.1]])
    path = run(BOWL, OPTIMIZERS["momentum"](momentum=0.5), SCHEDULES["constant"](lr=rates), (-4.0, 3.0), 400)
    assert path.status.tolist() == ["diverged", "converged"]
    alone = run(BOWL, OPTIMIZERS["momentum"](momentum=0.5), 0.1, (-4.0, 3.0), 400)
    np.testing.assert_allclose(path.theta[:, 1], alone.theta, rtol=1e-9)


def test_a_run_may_leave_and_return_and_is_never_clipped() -> None:
    falling = SCHEDULES["exponential"](lr=0.25, decay_steps=20)
    path = run(BOWL, OPTIMIZERS["sgd"](), falling, (-4.0, 3.0), 200)
    inside = (np.abs(path.theta) <= 5).all(axis=1)
    assert inside[0]
    assert inside[-1]
    assert np.abs(path.theta).max() > 100
    assert path.status == "converged"


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_no_rate_makes_a_run_fail(optimizer: str, surface: str) -> None:
    built = SURFACES[surface]()
    for rate in (1e-7, 1.0, 1000.0):
        path = run(built, OPTIMIZERS[optimizer](), rate, built.start, 130)
        assert path.status in STATUSES
        assert -1 <= path.stop_step <= 130


@pytest.mark.parametrize("slug", ["rosenbrock", "himmelblau", "saddle", "logistic_regression"])
def test_runs_that_are_judged_together_have_the_verdicts_of_each(slug: str) -> None:
    surface = SURFACES[slug]()
    rates = {"sgd": 1e-3, "momentum": 50.0, "adam": 0.1}
    paths = [run(surface, OPTIMIZERS[method](), rate, surface.start, 80) for method, rate in rates.items()]
    other = run(surface, OPTIMIZERS["adam"](), 0.1, surface.start, 30)
    judge_together([*paths, other])
    for path in (*paths, other):
        assert "verdict" in vars(path)
        alone = judge(surface, path.theta, path.loss, path.grad)
        assert (path.status, path.stop_step) == (str(alone.status), int(alone.stop_step))
        assert [type(part) for part in path.verdict] == [type(part) for part in alone]
