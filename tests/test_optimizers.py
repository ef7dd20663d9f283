"""Each optimizer walks the path of the library it names, and every path has the anatomy that the screen shows."""

import json
from collections import Counter
from dataclasses import FrozenInstanceError
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizers import OPTIMIZERS, RULES, SCHEDULES, Rule, run
from optimizers.bases.rule import Key
from surfaces import SURFACES

FILES = ("trajectories.json", "beyond.json")
GOLDEN = [r for f in FILES for r in json.loads((File(__file__).parent / "golden" / f).read_text())["rows"]]
every = pytest.mark.parametrize("slug", sorted(OPTIMIZERS))


class Golden:
    """The surfaces of the reference paths, written out: its bowl and saddle are not the catalogue's."""

    def __init__(self, name: str) -> None:
        self.name = name

    def value(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        if self.name == "bowl":
            return 0.5 * (0.2 * x**2 + 4 * y**2)
        if self.name == "saddle":
            return x**2 - y**2 + 0.1 * y**4
        return SURFACES["beale"]().value(x, y)

    def grad(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if self.name == "bowl":
            return 0.2 * x, 4.0 * y
        if self.name == "saddle":
            return 2.0 * x, -2.0 * y + 0.4 * y * y * y
        return SURFACES["beale"]().grad(x, y)


def schedule_of(row: dict) -> Any:
    """The row's schedule, or its constant rate."""
    given = row.get("schedule")
    return SCHEDULES[given["slug"]](**given["arguments"]) if given else row["learning_rate"]


@pytest.mark.parametrize(
    "row",
    GOLDEN,
    ids=lambda row: "-".join([row["optimizer"], row["surface"], *map(str, row["hyperparameters"].values())]),
)
def test_the_path_is_the_library_s(row: dict) -> None:
    optimizer = OPTIMIZERS[row["optimizer"]](**row["hyperparameters"])
    path = run(Golden(row["surface"]), optimizer, schedule_of(row), row["start"], len(row["positions"]) - 1)
    np.testing.assert_allclose(path.theta, row["positions"], rtol=0, atol=1e-9)
    beside = next((row[name] for name in ("evaluated", "averaged", "slow") if name in row), None)
    if beside is not None:
        np.testing.assert_allclose(optimizer.companion(path.theta, path.lr), beside, rtol=0, atol=1e-9)


def test_no_reference_path_is_left_out() -> None:
    """What names a library class of torch, optax or Keras has paths from it, at least two; SciPy's are run beside ours."""
    covered = Counter(row["optimizer"] for row in GOLDEN)
    matched = {slug: kind.matched for slug, kind in OPTIMIZERS.items() if kind.matched}
    assert {slug for slug, names in matched.items() if "scipy" not in names and covered[slug] < 2} == set()
    assert covered.keys() <= matched.keys()


@every
@pytest.mark.parametrize("surface", ["rosenbrock", "himmelblau", "saddle"])
def test_a_batch_equals_single_runs(slug: str, surface: str) -> None:
    starts = np.array([(-1.5, 2.0), (0.3, -0.7), (1.0, 1.5)])
    together = run(SURFACES[surface](), OPTIMIZERS[slug](), 0.001, starts, 40)
    for i, start in enumerate(starts):
        alone = run(SURFACES[surface](), OPTIMIZERS[slug](), 0.001, start, 40)
        for name in ("theta", "loss", "grad", "lr", "used", "m", "sigma", "decay"):
            np.testing.assert_allclose(getattr(together, name)[:, i], getattr(alone, name), rtol=1e-10, atol=1e-12)
        assert together.status[i] == alone.status
        assert together.stop_step[i] == alone.stop_step


@every
def test_a_sweep_equals_single_runs(slug: str) -> None:
    kind = OPTIMIZERS[slug]
    rates = np.array([[0.001], [0.01], [0.05]])
    sweep = run(SURFACES["himmelblau"](), kind(), SCHEDULES["cosine"](lr=rates), (-0.5, -1.0), 30)
    for i, rate in enumerate(rates[:, 0]):
        alone = run(SURFACES["himmelblau"](), kind(), SCHEDULES["cosine"](lr=float(rate)), (-0.5, -1.0), 30)
        np.testing.assert_allclose(sweep.theta[:, i], alone.theta, rtol=1e-9)
        np.testing.assert_allclose(sweep.lr[:, i], alone.lr, rtol=1e-12)
    for p in kind.params():
        if not isinstance(p.default, float):
            continue
        inside = [v for v in (0.1, 0.3, 0.9, p.default, p.low + 0.3 * (p.high - p.low)) if p.low <= v <= p.high]
        values = (inside[0], inside[-1])
        swept = run(SURFACES["himmelblau"](), kind(**{p.name: np.array(values)[:, None]}), 0.01, (-0.5, -1.0), 30)
        for i, value in enumerate(values):
            alone = run(SURFACES["himmelblau"](), kind(**{p.name: value}), 0.01, (-0.5, -1.0), 30)
            np.testing.assert_allclose(swept.theta[:, i], alone.theta, rtol=1e-9, err_msg=p.name)


class Flat:
    """No slope anywhere."""

    def value(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0 * x * y

    def grad(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return 0 * x, 0 * y


@every
def test_without_a_gradient_nothing_moves(slug: str) -> None:
    kind = OPTIMIZERS[slug]
    # What pulls to 0 does so without a gradient too.
    pulling = {"weight_decay": 0.0, "lambd": 0.0, "warm_start": True}
    still = {p.name: pulling[p.name] for p in kind.params() if p.name in pulling}
    path = run(Flat(), kind(**still), 0.5, (1.0, -2.0), 20)
    if slug == "yogi":
        # Its averages start at 1e-6, and optax's creeps as well.
        assert 0 < np.abs(path.theta - path.theta[0]).max() < 0.1
        return
    np.testing.assert_array_equal(path.theta, np.tile([1.0, -2.0], (21, 1)))


@every
@pytest.mark.parametrize("start", [(-1.5, 2.0), [(-1.5, 2.0), (0.5, 0.5)]], ids=["one start", "two starts"])
def test_the_step_has_an_anatomy(slug: str, start: list) -> None:
    path = run(SURFACES["rosenbrock"](), OPTIMIZERS[slug](), SCHEDULES["cosine"](lr=0.001, warmup=3), start, 25)
    one = np.ndim(start) == 1
    shape = (25, 2) if one else (25, 2, 2)
    assert path.theta.shape == path.grad.shape == (26, *shape[1:])
    assert path.loss.shape == (26, *shape[1:-1])
    assert path.lr.shape == shape[:-1]
    assert path.used.shape == path.m.shape == path.sigma.shape == path.decay.shape == shape
    assert path.theta.dtype == np.float64
    factors = OPTIMIZERS[slug]().factors
    step = path.lr[..., None] / path.sigma * path.m if factors else path.m
    np.testing.assert_allclose(path.theta[1:], path.theta[:-1] - path.decay - step, rtol=1e-13, atol=1e-15)
    if not factors:
        assert (path.sigma == 1).all()
    np.testing.assert_array_equal(path.used, path.grad[:-1])
    surface = SURFACES["rosenbrock"]()
    np.testing.assert_allclose(path.loss, surface.value(path.theta[..., 0], path.theta[..., 1]))
    np.testing.assert_allclose(path.grad, np.stack(surface.grad(path.theta[..., 0], path.theta[..., 1]), axis=-1))
    assert isinstance(path.status, str) if one else path.status.shape == (2,)
    assert isinstance(path.stop_step, int) if one else path.stop_step.shape == (2,)


@every
def test_keep_last_is_the_end_of_the_path(slug: str) -> None:
    # More than a tile of rows, unless each is a run of its own.
    rows = 60 if OPTIMIZERS[slug].row_by_row else 9000
    starts = np.random.default_rng(0).uniform(-2, 2, (rows, 2))
    last = run(SURFACES["himmelblau"](), OPTIMIZERS[slug](), 0.01, starts, 25, keep="last")
    some = [0, 17, rows - 809, rows - 808, rows - 1] if rows > 8192 else [0, 17, rows - 1]
    path = run(SURFACES["himmelblau"](), OPTIMIZERS[slug](), 0.01, starts[some], 25)
    np.testing.assert_allclose(last.theta[some], path.theta[-1], rtol=1e-12)
    np.testing.assert_allclose(last.loss[some], path.loss[-1], rtol=1e-10, atol=1e-12)
    assert last.theta.shape == last.grad.shape == (rows, 2)
    assert last.status.shape == last.stop_step.shape == last.loss.shape == (rows,)
    assert last.m is None
    one = run(SURFACES["himmelblau"](), OPTIMIZERS[slug](), 0.01, starts[0], 25, keep="last")
    assert one.theta.shape == (2,)
    assert isinstance(one.status, str)


@every
def test_a_step_changes_nothing_but_what_it_returns(slug: str) -> None:
    optimizer = OPTIMIZERS[slug]()
    before = {p.name: getattr(optimizer, p.name) for p in optimizer.params()}
    first = run(SURFACES["beale"](), optimizer, 0.01, (1.0, 1.0), 20).theta
    again = run(SURFACES["beale"](), optimizer, 0.01, (1.0, 1.0), 20).theta
    np.testing.assert_array_equal(first, again)
    assert {p.name: getattr(optimizer, p.name) for p in optimizer.params()} == before
    with pytest.raises(FrozenInstanceError):
        optimizer.anything = 1


def same(a: tuple[str, dict], b: tuple[str, dict], rate: float = 0.02) -> None:
    first, second = (
        run(SURFACES["himmelblau"](), OPTIMIZERS[slug](**values), rate, (-0.5, -1.0), 40) for slug, values in (a, b)
    )
    np.testing.assert_allclose(first.theta, second.theta, rtol=1e-10)


@given(st.floats(0.0, 0.99), st.floats(0.0, 0.999), st.floats(1e-10, 0.1))
@settings(max_examples=30, deadline=None)
def test_composed_is_adam(beta1: float, beta2: float, eps: float) -> None:
    grid = {"direction": "average", "scale": "rms_moving", "debias": True, "beta1": beta1, "alpha": beta2, "eps": eps}
    same(("composed", grid), ("adam", {"beta1": beta1, "beta2": beta2, "eps": eps}))


def test_the_grid_s_corners_are_methods_with_names() -> None:
    same(("composed", {"direction": "gradient", "scale": "none"}), ("sgd", {}), 0.005)
    same(("composed", {"direction": "momentum", "scale": "none", "beta1": 0.8}), ("momentum", {"momentum": 0.8}), 0.003)
    same(("momentum", {"momentum": 0.0}), ("sgd", {}), 0.005)
    same(("nesterov", {"momentum": 0.0}), ("sgd", {}), 0.005)
    same(("adamw", {"weight_decay": 0.0}), ("adam", {}))
    same(("rmsprop", {"centered": False}), ("rmsprop", {"momentum": 0.0}))


def test_the_lecture_s_adagrad_divides_by_the_root_mean_not_the_root_sum() -> None:
    """Its sigma is smaller by sqrt(t), so with the rate divided by sqrt(t) it is the library's Adagrad."""
    surface, start, steps, rate = SURFACES["himmelblau"](), (-0.5, -1.0), 40, 0.5
    library = run(surface, OPTIMIZERS["adagrad"](eps=0.0), rate, start, steps)
    lecture = OPTIMIZERS["composed"](direction="gradient", scale="rms_all", eps=0.0)
    decayed = run(surface, lecture, SCHEDULES["power"](lr=rate, decay_steps=1, power=0.5), start, steps)
    np.testing.assert_allclose(decayed.theta, library.theta, rtol=1e-9)


def test_the_lecture_s_averages_start_at_the_first_gradient() -> None:
    path = run(SURFACES["bowl"](), OPTIMIZERS["composed"](), 0.1, (-4.0, 3.0), 3)
    np.testing.assert_allclose(path.m[0], path.grad[0])
    np.testing.assert_allclose(path.sigma[0], np.abs(path.grad[0]) + 1e-8)


def test_rules_act_on_the_gradient_before_the_step_and_on_the_position_after_it() -> None:
    from dataclasses import dataclass

    known = dict(RULES)
    try:

        @dataclass(frozen=True, eq=False)
        class HalfAndBox(Rule):
            """Halve the gradient, stay in the box."""

            def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
                return g / 2

            def position(self, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
                return np.clip(theta, -3.5, 3.5)

        path = run(SURFACES["bowl"](), OPTIMIZERS["sgd"](), 0.1, (-4.0, 3.0), 10, rules=(HalfAndBox(),))
    finally:
        RULES.clear()
        RULES.update(known)
    assert HalfAndBox not in RULES.values()
    np.testing.assert_allclose(path.used, path.grad[:-1] / 2)
    assert np.abs(path.theta[1:]).max() <= 3.5


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"start": (1.0,)}, "start must be finite numbers of shape"),
        ({"start": (np.nan, 0.0)}, "start must be finite"),
        ({"steps": 0}, "steps must be a whole number of at least 1; got 0"),
        ({"steps": -3}, "got -3"),
        ({"steps": 2.5}, "got 2.5"),
        ({"keep": "all"}, "keep must be 'path' or 'last'; got 'all'"),
        ({"schedule": -0.1}, "lr must be between"),
        ({"schedule": float("nan")}, "lr must be between"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(wrong: dict, says: str) -> None:
    asked = {
        "surface": SURFACES["bowl"](),
        "optimizer": OPTIMIZERS["sgd"](),
        "schedule": 0.1,
        "start": (1.0, 1.0),
        "steps": 5,
    }
    with pytest.raises(ValueError, match=says):
        run(**{**asked, **wrong})
