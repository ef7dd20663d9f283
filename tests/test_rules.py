"""Each rule does what its formula says, under every optimizer, and rules act in their order."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.experiment import suggested_rate
from core.entry import Param
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Optimizer, Path, Rule, run
from surfaces import SURFACES, Surface

HIMMELBLAU = SURFACES["himmelblau"]()
ROSENBROCK = SURFACES["rosenbrock"]()
BOWL = SURFACES["bowl"]()
# Settings with which each rule acts within a few steps.
ACTING: dict[str, dict[str, Any]] = {
    "box": {"half": 2.0},
    "lr_reset": {"every": 3, "forget": True},
    "early_stopping": {"criterion": "UP", "strip": 2, "rises": 1},
}
DRAWN = {"noise", "sparse"}

every_rule = pytest.mark.parametrize("slug", sorted(RULES))
every_optimizer = pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))


def acting(slug: str, **values: Any) -> Rule:
    return RULES[slug](**{**ACTING.get(slug, {}), **values})


def go(optimizer: str, *rules: Rule, surface: Surface = HIMMELBLAU, start: Any = None, **asked: Any) -> Path:
    """A run at a rate that suits the optimizer; a short one where SciPy takes the steps."""
    method = OPTIMIZERS[optimizer]()
    start = surface.start if start is None else start
    return run(surface, method, rate_of(optimizer, surface), start, 5 if method.row_by_row else 30, rules, **asked)


def rate_of(optimizer: str, surface: Surface) -> float:
    """The rate that is suggested; RAdam's first five steps grow with the gradient, and need a smaller one."""
    rate = suggested_rate(OPTIMIZERS[optimizer](), surface, surface.start)
    return rate / 20 if optimizer == "radam" else rate


class Flat:
    """No slope anywhere."""

    def value(self, x: Any, y: Any) -> Any:
        return 0 * x * y

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return 0 * x, 0 * y


class HeldOut:
    """A bowl whose held-out data want to be elsewhere."""

    def value(self, x: Any, y: Any) -> Any:
        return x * x + y * y

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return 2 * x, 2 * y

    def tested(self, seed: int) -> "HeldOut":
        return self

    def after(self, t: int, before: np.ndarray, now: np.ndarray) -> np.ndarray:
        return 1 + (now[:, 0] - 2) ** 2 + now[:, 1] ** 2


# Every rule under every optimizer.


@every_rule
@every_optimizer
def test_a_run_has_its_shapes_and_says_so_where_it_is_lost(slug: str, optimizer: str) -> None:
    for surface in (HIMMELBLAU, ROSENBROCK):
        path = go(optimizer, acting(slug), surface=surface)
        steps = len(path.lr)
        assert path.theta.shape == path.grad.shape == (steps + 1, 2)
        assert path.used.shape == path.m.shape == path.sigma.shape == path.decay.shape == (steps, 2)
        assert path.loss.shape == (steps + 1,)
        assert isinstance(path.halt_step, int)
        assert np.isfinite(path.theta).all() or path.status == "diverged"


@every_rule
@every_optimizer
def test_a_batch_equals_single_runs_and_the_last_position_is_the_path_s_end(slug: str, optimizer: str) -> None:
    starts = np.array([HIMMELBLAU.start, (1.3, -0.7), (-2.5, 2.0)])
    rule = acting(slug)
    together = go(optimizer, rule, start=starts)
    last = go(optimizer, rule, start=starts, keep="last")
    for i, start in enumerate(starts):
        alone = go(optimizer, rule, start=start)
        for name in ("theta", "loss", "used", "lr"):
            np.testing.assert_allclose(getattr(together, name)[:, i], getattr(alone, name), rtol=1e-9, atol=1e-9)
        assert together.halt_step[i] == last.halt_step[i] == alone.halt_step
        np.testing.assert_allclose(last.theta[i], alone.theta[-1], rtol=1e-9, atol=1e-9)


def two_values(p: Param, acting: Any) -> list[Any]:
    other = min(max(2 * acting, p.low + 0.5 * (min(p.high, 2.0) - p.low)), p.high)
    if other == acting:
        other = (acting + p.low) / 2
    return [acting, p.kind(other)]


@every_rule
@every_optimizer
def test_a_sweep_of_a_rule_s_number_equals_single_runs(slug: str, optimizer: str) -> None:
    for p in RULES[slug].params():
        if p.kind not in (int, float) or not p.sweeps:
            continue
        values = two_values(p, getattr(acting(slug), p.name))
        assert values[0] != values[1]
        column = np.array(values)[:, None]
        swept = go(optimizer, acting(slug, **{p.name: column}))
        last = go(optimizer, acting(slug, **{p.name: column}), keep="last")
        for i, value in enumerate(values):
            alone = go(optimizer, acting(slug, **{p.name: value}))
            np.testing.assert_allclose(swept.theta[:, i], alone.theta, rtol=1e-9, atol=1e-9, err_msg=p.name)
            np.testing.assert_allclose(last.theta[i], alone.theta[-1], rtol=1e-9, atol=1e-9, err_msg=p.name)


@every_rule
def test_only_what_is_drawn_depends_on_the_seed(slug: str) -> None:
    first, again, other = (go("adam", acting(slug), seed=seed).theta for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other) == (slug not in DRAWN)


# On the gradient.


def test_clip_by_norm_is_the_library_s_formula() -> None:
    path = go("sgd", acting("clip_norm", limit=30.0))
    norm = np.linalg.norm(path.grad[:-1], axis=1, keepdims=True)
    assert norm.min() < 30 < norm.max()
    np.testing.assert_allclose(path.used, path.grad[:-1] * np.minimum(1, 30.0 / (norm + 1e-6)), rtol=1e-12)
    assert (np.linalg.norm(path.used, axis=1) <= 30.0).all()
    across = path.used[:, 0] * path.grad[:-1, 1] - path.used[:, 1] * path.grad[:-1, 0]
    np.testing.assert_allclose(across, 0, atol=1e-12 * norm.max() * 30)


def test_clip_by_value_cuts_each_coordinate() -> None:
    path = go("sgd", acting("clip_value", limit=5.0))
    assert (np.abs(path.grad) > 5).any()
    np.testing.assert_array_equal(path.used, np.clip(path.grad[:-1], -5.0, 5.0))


@pytest.mark.parametrize("gamma", [0.0, 0.55])
def test_noise_has_the_size_that_it_says(gamma: float) -> None:
    path = run(Flat(), OPTIMIZERS["sgd"](), 0.1, (0.0, 0.0), 2000, [RULES["noise"](std=3.0, gamma=gamma)])
    noise = (path.used - path.grad[:-1]) * np.arange(1, 2001)[:, None] ** (gamma / 2)
    assert np.abs(noise.mean(axis=0)).max() < 4 * 3.0 / np.sqrt(2000)
    np.testing.assert_allclose(noise.std(axis=0), 3.0, rtol=0.06)
    # One step knows nothing of the next, nor x of y.
    assert np.abs(np.corrcoef(noise[1:, 0], noise[:-1, 0])[0, 1]) < 0.1
    assert np.abs(np.corrcoef(noise.T)[0, 1]) < 0.1


def test_coupled_l2_is_the_penalty_under_plain_descent_and_not_the_decay_under_adam() -> None:
    penalised = SURFACES["himmelblau"](l2=0.7)
    rule = RULES["coupled_l2"](l2=0.7)
    coupled = run(HIMMELBLAU, OPTIMIZERS["sgd"](), 0.01, (-0.5, -1.0), 60, [rule])
    plain = run(penalised, OPTIMIZERS["sgd"](), 0.01, (-0.5, -1.0), 60)
    np.testing.assert_allclose(coupled.theta, plain.theta, rtol=0, atol=1e-12)
    through = run(HIMMELBLAU, OPTIMIZERS["adam"](), 0.1, (-0.5, -1.0), 60, [rule])
    beside = run(HIMMELBLAU, OPTIMIZERS["adamw"](weight_decay=0.7), 0.1, (-0.5, -1.0), 60)
    assert np.abs(through.theta - beside.theta).max() > 0.1


@every_optimizer
@pytest.mark.parametrize("held", [0, 1])
def test_a_frozen_coordinate_stays_to_the_bit_and_the_other_moves(optimizer: str, held: int) -> None:
    path = go(optimizer, RULES["freeze"](coordinate="xy"[held]))
    assert (path.theta[:, held] == path.theta[0, held]).all()
    assert (path.used[:, held] == 0).all()
    assert np.abs(path.theta[-1, 1 - held] - path.theta[0, 1 - held]) > 1e-9


@pytest.mark.parametrize("held", [0, 1])
def test_newton_with_a_frozen_coordinate_is_newton_along_the_other(held: int) -> None:
    path = run(HIMMELBLAU, OPTIMIZERS["newton"](), 1.0, (3.5, 2.5), 6, [RULES["freeze"](coordinate="xy"[held])])
    free, at, h = 1 - held, np.array([3.5, 2.5]), 1e-20
    for place in path.theta:
        np.testing.assert_allclose(place, at, rtol=1e-7)
        ahead = at.astype(complex)
        ahead[free] += 1j * h
        slope = HIMMELBLAU.grad(*ahead)[free]
        at[free] -= slope.real / (slope.imag / h)


def touched(rule: Rule, steps: int) -> np.ndarray:
    """Which coordinates each step reached, of seed 0 and the first rule."""
    return np.array([rule.touches(t, (0, t, 0)) for t in range(1, steps + 1)])


@every_optimizer
def test_what_sparse_gradients_do_not_touch_stays_where_it_is(optimizer: str) -> None:
    rule = RULES["sparse"](p_x=0.7, p_y=0.3)
    path = go(optimizer, rule)
    there = touched(rule, len(path.used))
    assert there.any(axis=0).all()
    assert not there.all(axis=0).any()
    assert (np.diff(path.theta, axis=0)[~there] == 0).all()
    assert (path.used[~there] == 0).all()
    assert (path.decay[~there] == 0).all()


def test_sparse_gradients_arrive_as_often_as_they_should() -> None:
    share = touched(RULES["sparse"](p_x=0.7, p_y=0.2), 4000).mean(axis=0)
    np.testing.assert_allclose(share, [0.7, 0.2], atol=0.03)
    assert touched(RULES["sparse"](p_x=1.0, p_y=0.0), 50).tolist() == [[True, False]] * 50


def test_held_momentum_waits_and_other_momentum_moves_on() -> None:
    held, free = RULES["sparse"](p_y=0.3), RULES["sparse"](p_y=0.3, hold=False)
    there = touched(held, 80)[:, 1]
    start, steps = BOWL.start, 80
    waiting, moving, plain = (
        run(BOWL, OPTIMIZERS["momentum"](), 0.02, start, steps, rules) for rules in ([held], [free], [])
    )
    # On a bowl the coordinates do not know of each other: y makes its steps, only later.
    np.testing.assert_allclose(waiting.theta[1:, 1][there], plain.theta[1 : there.sum() + 1, 1], rtol=1e-12)
    after = np.argmax(there) + 1
    assert (np.diff(moving.theta[after:, 1])[~there[after:]] != 0).all()
    assert (moving.used[~there, 1] == 0).all()


def test_sparse_regularization_waits_for_the_gradient() -> None:
    rule = RULES["sparse"](p_x=0.5, p_y=0.5, l2=2.0, hold=False)
    path = run(HIMMELBLAU, OPTIMIZERS["adamw"](weight_decay=0.5), 0.05, (-0.5, -1.0), 40, [rule])
    there = touched(rule, 40)
    np.testing.assert_array_equal(path.used, np.where(there, path.grad[:-1] + 2.0 * path.theta[:-1], 0.0))
    np.testing.assert_allclose(path.decay, np.where(there, 0.05 * 0.5 * path.theta[:-1], 0.0))


@every_optimizer
@pytest.mark.parametrize("hold", [True, False])
def test_a_gradient_that_always_arrives_is_not_sparse(optimizer: str, hold: bool) -> None:
    always = go(optimizer, RULES["sparse"](p_x=1.0, p_y=1.0, hold=hold))
    np.testing.assert_allclose(always.theta, go(optimizer).theta, rtol=1e-8, atol=1e-8)


# On the position.


def norms(theta: np.ndarray) -> np.ndarray:
    return np.linalg.norm(theta, axis=-1)


@every_optimizer
def test_positions_obey_their_rule_and_what_obeys_anyway_is_left_alone(optimizer: str) -> None:
    ball, circle, box = RULES["max_norm"](radius=2.0), RULES["constant_norm"](radius=2.0), RULES["box"](half=2.0)
    assert (norms(go(optimizer, ball).theta[1:]) <= 2.0 * (1 + 1e-12)).all()
    np.testing.assert_allclose(norms(go(optimizer, circle).theta[1:]), 2.0, rtol=1e-12)
    assert (np.abs(go(optimizer, box).theta[1:]) <= 2.0).all()
    free = go(optimizer)
    for wide in (RULES["max_norm"](radius=1e4), RULES["box"](half=1e4)):
        np.testing.assert_allclose(go(optimizer, wide).theta, free.theta, rtol=1e-8, atol=1e-8)


def test_a_step_out_of_the_ball_ends_on_its_edge_in_the_same_direction() -> None:
    path = go("sgd", RULES["max_norm"](radius=2.0))
    free = path.theta[:-1] - path.lr[:, None] * path.grad[:-1]
    out = norms(free) > 2.0
    assert out.any()
    assert not out.all()
    np.testing.assert_allclose(path.theta[1:][out], 2.0 * free[out] / norms(free[out])[:, None], rtol=1e-12)
    np.testing.assert_array_equal(path.theta[1:][~out], free[~out])


def test_exactly_at_0_there_is_no_direction_to_keep_a_norm_in() -> None:
    path = run(Flat(), OPTIMIZERS["sgd"](), 0.1, (0.0, 0.0), 5, [RULES["constant_norm"]()])
    assert (path.theta == 0).all()


# In time.


@pytest.mark.parametrize("slug", sorted(SCHEDULES.keys() - {"plateau"}))
@pytest.mark.parametrize("warmup", [0, 4])
def test_the_schedule_begins_anew_with_each_pass(slug: str, warmup: int) -> None:
    schedule = SCHEDULES[slug](lr=0.01, warmup=warmup)
    lr = run(HIMMELBLAU, OPTIMIZERS["sgd"](), schedule, (-0.5, -1.0), 50, [RULES["lr_reset"](every=15)]).lr
    np.testing.assert_allclose(lr, np.tile(schedule.rates(15), 4)[:50], rtol=1e-12)


@every_optimizer
@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_a_pass_that_forgets_is_a_run_of_its_own(optimizer: str, schedule: str) -> None:
    kind, steps = OPTIMIZERS[optimizer], 4 if OPTIMIZERS[optimizer].row_by_row else 15
    own = {"factor": 0.5, "patience": 1, "threshold": 0.5} if schedule == "plateau" else {"warmup": 2}
    rate = SCHEDULES[schedule](lr=rate_of(optimizer, HIMMELBLAU), **own)
    rule = RULES["lr_reset"](every=steps, forget=True)
    path = run(HIMMELBLAU, kind(), rate, HIMMELBLAU.start, 3 * steps, [rule])
    for first in (steps, 2 * steps):
        fresh = run(HIMMELBLAU, kind(), rate, path.theta[first], steps)
        np.testing.assert_allclose(path.lr[first : first + steps], fresh.lr, rtol=1e-12)
        np.testing.assert_allclose(path.theta[first : first + steps + 1], fresh.theta, rtol=1e-8, atol=1e-8)


def test_a_pass_that_does_not_forget_keeps_adam_s_memory() -> None:
    rule = RULES["lr_reset"](every=15)
    path = run(HIMMELBLAU, OPTIMIZERS["adam"](), 0.1, HIMMELBLAU.start, 30, [rule])
    through = run(HIMMELBLAU, OPTIMIZERS["adam"](), 0.1, HIMMELBLAU.start, 30)
    fresh = run(HIMMELBLAU, OPTIMIZERS["adam"](), 0.1, path.theta[15], 15)
    np.testing.assert_allclose(path.theta, through.theta, rtol=1e-12)
    assert np.abs(path.theta[15:] - fresh.theta).max() > 0.01


def prechelt(criterion: str, train: np.ndarray, held_out: np.ndarray, alpha: float, k: int, s: int) -> int:
    """The step after which a criterion of Prechelt's section 2 stops, written as it stands there; -1 where none."""

    def rose(t: int, strips: int) -> bool:
        """UP_s at t: UP_(s-1) at t - k, and the error is larger than there."""
        return strips == 0 or (t - k >= k and held_out[t] > held_out[t - k] and rose(t - k, strips - 1))

    for t in range(k, len(train), k):
        generalization_loss = 100 * (held_out[t] / min(held_out[1 : t + 1]) - 1)
        strip = train[t - k + 1 : t + 1]
        progress = 1000 * (sum(strip) / (k * min(strip)) - 1)
        stops = {
            "GL": generalization_loss > alpha,
            "PQ": progress > 0 and generalization_loss / progress > alpha,
            "UP": rose(t, s),
        }
        if stops[criterion]:
            return t
    return -1


@pytest.mark.parametrize(("criterion", "alpha"), [("GL", 5.0), ("GL", 60.0), ("PQ", 0.1), ("PQ", 0.6), ("UP", 5.0)])
@pytest.mark.parametrize("strip", [2, 5])
@pytest.mark.parametrize("rises", [1, 2, 3])
def test_early_stopping_is_prechelt_s(criterion: str, alpha: float, strip: int, rises: int) -> None:
    rng = np.random.default_rng(0)
    # Errors of many runs (their steps from 1) that fall and rise again, with jitter.
    t = np.linspace(0, 1, 61)[:, None]
    train = np.exp(-2 * t) * rng.uniform(0.9, 1.1, (61, 40))
    held_out = (1 + rng.uniform(0, 2, 40) * (t - rng.uniform(0.2, 1, 40)) ** 2) * rng.uniform(0.99, 1.01, (61, 40))
    rule = RULES["early_stopping"](criterion=criterion, alpha=alpha, strip=strip, rises=rises)
    halted, memory = np.full(40, -1), None
    for step in range(1, 61):
        stop, memory = rule.halts(train[step], held_out[step], memory)
        halted = np.where(np.asarray(stop) & (halted < 0), step, halted)
    expected = [prechelt(criterion, train[:, i], held_out[:, i], alpha, strip, rises) for i in range(40)]
    assert halted.tolist() == expected
    assert max(expected) > 0


@every_optimizer
def test_what_has_stopped_moves_no_more(optimizer: str) -> None:
    stopping = RULES["early_stopping"](criterion="UP", strip=1, rises=1)
    noise = RULES["noise"](std=300.0)
    path = go(optimizer, noise, stopping)
    if path.halt_step < 0:
        # Line searches and flows may not rise in so few steps.
        losses = path.loss[1:]
        assert (np.diff(losses) <= 0).all()
        return
    assert path.loss[path.halt_step] > path.loss[path.halt_step - 1]
    assert (path.theta[path.halt_step :] == path.theta[path.halt_step]).all()
    assert (path.loss[path.halt_step :] == path.loss[path.halt_step]).all()
    assert (path.decay[path.halt_step :] == 0).all()


def test_each_row_stops_for_itself_and_a_run_that_gets_better_does_not() -> None:
    rates = SCHEDULES["constant"](lr=np.array([[0.01], [0.18]]))
    stopping = RULES["early_stopping"](criterion="GL", alpha=40.0, strip=4)
    loss = run(BOWL, OPTIMIZERS["sgd"](), rates, BOWL.start, 60).loss
    expected = [prechelt("GL", e, e, 40.0, 4, 3) for e in loss.T]
    assert expected[0] == -1 < expected[1]
    path, last = (run(BOWL, OPTIMIZERS["sgd"](), rates, BOWL.start, 60, [stopping], keep=k) for k in ("path", "last"))
    assert path.halt_step.tolist() == last.halt_step.tolist() == expected
    np.testing.assert_array_equal(path.loss[:, 0], loss[:, 0])
    np.testing.assert_array_equal(
        path.loss[:, 1], np.append(loss[: expected[1], 1], [loss[expected[1], 1]] * (61 - expected[1]))
    )


def test_held_out_data_is_watched_where_there_is_any() -> None:
    stopping = RULES["early_stopping"](criterion="UP", strip=1, rises=1)
    path = run(HeldOut(), OPTIMIZERS["sgd"](), 0.05, (5.0, 0.0), 60, [stopping])
    held_out = 1 + (path.theta[:, 0] - 2) ** 2 + path.theta[:, 1] ** 2
    np.testing.assert_allclose(path.validation, held_out)
    # The training loss falls all the way; the other turns at x = 2.
    assert (np.diff(path.loss[: path.halt_step + 1]) < 0).all()
    assert path.halt_step == 1 + np.argmin(held_out)
    assert path.theta[-1, 0] < 2 < path.theta[path.halt_step - 2, 0]


# Together.


def test_rules_act_in_their_order() -> None:
    noise, clip = RULES["noise"](std=10.0), RULES["clip_norm"](limit=2.0)
    clipped_last, clipped_first = (
        run(HIMMELBLAU, OPTIMIZERS["sgd"](), 0.001, (-0.5, -1.0), 30, rules) for rules in ([noise, clip], [clip, noise])
    )
    assert norms(clipped_last.used).max() <= 2.0
    assert norms(clipped_first.used).max() > 2.0
    for t, (g, used) in enumerate(zip(clipped_first.grad[:-1], clipped_first.used, strict=True), 1):
        drawn = noise.gradient(np.zeros(2), np.zeros(2), t, (0, t, 1))
        np.testing.assert_allclose(used, g * min(1.0, 2.0 / (np.hypot(*g) + 1e-6)) + drawn, rtol=1e-12)


def test_two_rules_that_draw_draw_apart() -> None:
    noise = RULES["noise"](std=1.0)
    once, twice = (
        run(Flat(), OPTIMIZERS["sgd"](), 0.1, (0.0, 0.0), 2000, rules).used for rules in ([noise], [noise] * 2)
    )
    assert once is not None
    assert twice is not None
    second = twice - once
    np.testing.assert_allclose(second.std(axis=0), 1.0, rtol=0.06)
    assert np.abs(np.corrcoef(once[:, 0], second[:, 0])[0, 1]) < 0.1


def test_positions_too_are_ruled_in_order() -> None:
    ball, box = RULES["constant_norm"](radius=3.0), RULES["box"](half=1.0)
    boxed_last = go("sgd", ball, box).theta[1:]
    circled_last = go("sgd", box, ball).theta[1:]
    assert np.abs(boxed_last).max() <= 1.0
    np.testing.assert_allclose(norms(circled_last), 3.0, rtol=1e-12)


def test_a_method_that_asks_elsewhere_sees_the_ruled_gradient() -> None:
    sam: Optimizer = OPTIMIZERS["sam"](rho=0.5, base="sgd")
    path = run(HIMMELBLAU, sam, 0.01, (-0.5, -1.0), 20, [RULES["clip_norm"](limit=1.0)])
    assert (norms(path.m) <= 1.0).all()


numbers = st.floats(allow_nan=False, allow_infinity=False)
vectors = st.tuples(numbers, numbers).map(np.array)
modest = st.tuples(*[st.floats(-1e150, 1e150)] * 2).map(np.array)
limits = st.floats(1e-3, 1e4)
KEY = (0, 1, 0)


@given(vectors, limits)
@settings(deadline=None)
def test_no_clipping_lengthens_a_gradient_or_turns_a_sign(g: np.ndarray, limit: float) -> None:
    with np.errstate(all="ignore"):
        for slug in ("clip_norm", "clip_value"):
            clipped = RULES[slug](limit=limit).gradient(g, g, 1, KEY)
            assert (np.abs(clipped) <= np.abs(g)).all()
            assert (np.sign(clipped) * np.sign(g) >= 0).all()
        assert np.hypot(*RULES["clip_norm"](limit=limit).gradient(g, g, 1, KEY)) <= limit * (1 + 1e-12)
        rule = RULES["clip_value"](limit=limit)
        once = rule.gradient(g, g, 1, KEY)
        np.testing.assert_array_equal(rule.gradient(once, g, 1, KEY), once)


@given(vectors, limits)
@settings(deadline=None)
def test_what_a_position_rule_allows_it_leaves(theta: np.ndarray, limit: float) -> None:
    with np.errstate(all="ignore"):
        for rule in (RULES["max_norm"](radius=limit), RULES["box"](half=limit)):
            once = rule.position(theta, 1, KEY)
            assert np.isfinite(once).all()
            np.testing.assert_allclose(rule.position(once, 1, KEY), once, rtol=1e-12)


@given(modest, limits)
@settings(deadline=None)
def test_the_ball_s_nearest_point_is_taken(theta: np.ndarray, limit: float) -> None:
    with np.errstate(all="ignore"):
        inside = RULES["max_norm"](radius=limit).position(theta, 1, KEY)
        norm = np.hypot(*theta)
        np.testing.assert_allclose(inside, theta if norm <= limit else theta / norm * limit, rtol=1e-9, atol=1e-300)
