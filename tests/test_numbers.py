"""Numbers at the edges of what is allowed: right values from the libraries, from theory or worked out with more digits."""

import itertools
import math
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from core.entry import Entry, Param
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, Rule, Schedule, run
from optimizers.loop.beside import second_line
from optimizers.loop.ruled import Ruled
from optimizers.schedules.multi_step import check_factors
from surfaces import SURFACES
from surfaces.bases.logistic import each_loss, squared_slope
from surfaces.bases.network import Network

BOWL, BOOTH, HIMMELBLAU = (SURFACES[slug]() for slug in ("bowl", "booth", "himmelblau"))
START = (-4.0, 3.0)

every = pytest.mark.parametrize("slug", sorted(OPTIMIZERS))


# No value that is allowed makes an entry raise.


def awkward(p: Param) -> list[Any]:
    """Values of a field at which formulas divide by 0, round badly or leave the floats: all of them allowed."""
    if p.checks is not None:
        return [p.default, *([(0.0,), (5e-324, 1.0)] if p.checks is check_factors else [])]
    if p.kind is tuple:
        return [(), (int(p.low),), (1, 2, 3)]
    if p.kind not in (int, float):
        return list(p.options or (False, True))
    values: list[Any] = [p.low, p.high, p.default]
    if p.kind is int:
        values += [p.low + 1, 2, 3]
    else:
        values += [0.0, 5e-324, 1e-300, math.nextafter(p.low, 1e9), math.nextafter(p.high, -1e9)]
        values += [v for x in (1 / 3, 0.5, 0.6, 2 / 3, 1.0) for v in (math.nextafter(x, 0), x, math.nextafter(x, 2))]
    return sorted({p.kind(v) for v in values if p.low <= v <= p.high})


def settings_of(kind: type[Entry]) -> list[dict[str, Any]]:
    """Each field at each awkward value alone, and all numbers at their lowest and at their highest at once."""
    params = [p for p in kind.params() if p.inside is None]
    numbers = [p for p in params if p.kind in (int, float)]
    ends = [{p.name: p.kind(getattr(p, end)) for p in numbers} for end in ("low", "high")]
    return [*({p.name: value} for p in params for value in awkward(p)), *ends]


@every
def test_no_value_that_is_allowed_makes_an_optimizer_raise(slug: str) -> None:
    for fields in settings_of(OPTIMIZERS[slug]):
        # From an axis, so that one gradient is exactly 0.
        for start in ((-4.0, 0.0), [(-4.0, 3.0)]):
            run(BOWL, OPTIMIZERS[slug](**fields), 0.1, start, 4)


@pytest.mark.parametrize("slug", sorted(SCHEDULES))
def test_no_value_that_is_allowed_makes_a_schedule_raise(slug: str) -> None:
    for fields in settings_of(SCHEDULES[slug]):
        lr = run(BOWL, OPTIMIZERS["sgd"](), SCHEDULES[slug](**fields), START, 6).lr
        assert np.isfinite(lr).all(), fields


@pytest.mark.parametrize("slug", sorted(RULES))
def test_no_value_that_is_allowed_makes_a_rule_raise(slug: str) -> None:
    for fields in settings_of(RULES[slug]):
        run(BOWL, OPTIMIZERS["momentum"](), 0.1, START, 6, [RULES[slug](**fields)])


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_no_value_that_is_allowed_makes_a_surface_raise(slug: str) -> None:
    kind = SURFACES[slug]
    # A model's fields but for its numbers are each another model, fitted anew.
    each = settings_of(kind) if kind.cost == 1 and not kind.model else [{}]
    for fields in each:
        surface = kind(**fields)
        with np.errstate(all="ignore"):
            for place in (surface.start, (0.0, 0.0), (1e200, -1e200)):
                surface.value(*place)
                surface.grad(*place)
            surface.grid(3)


@pytest.mark.parametrize("beta2", [0.6, 1 / 3, math.nextafter(1 / 3, 1)])
def test_radam_at_the_edge_of_trust_is_plain_momentum(beta2: float) -> None:
    """torch's at betas (.9, .6): (-1.913358, 0.420191). Its rho never exceeds 4, so it is the debiased average alone."""
    theta, m = np.array(START), np.zeros(2)
    for t in range(1, 7):
        m = 0.9 * m + 0.1 * np.array(BOWL.grad(*theta))
        theta = theta - 0.1 * m / (1 - 0.9**t)
    np.testing.assert_allclose(theta, (-1.913358, 0.420191), atol=5e-7)
    swept = OPTIMIZERS["radam"](beta2=np.array([[beta2]]))
    for radam, start in ((OPTIMIZERS["radam"](beta2=beta2), START), (swept, START), (swept, [START])):
        path = run(BOWL, radam, 0.1, start, 6)
        np.testing.assert_allclose(np.ravel(path.theta[-1]), theta, rtol=1e-12)
        last = run(BOWL, radam, 0.1, start, 6, keep="last")
        np.testing.assert_allclose(np.ravel(last.theta), theta, rtol=1e-12)


# What is asked of the engine, and how a link says yes.


@pytest.mark.parametrize("steps", [math.inf, -math.inf, math.nan, 0.5, True])
def test_a_number_of_steps_that_is_none_is_refused_in_words(steps: Any) -> None:
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1"):
        run(BOWL, OPTIMIZERS["sgd"](), 0.1, START, steps)


SWITCHES = [
    (kind, p)
    for registry in (OPTIMIZERS, SCHEDULES, RULES, SURFACES)
    for kind in registry.values()
    for p in kind.params()
    if p.kind is bool
]


@pytest.mark.parametrize(("kind", "p"), SWITCHES, ids=lambda part: getattr(part, "slug", getattr(part, "name", "")))
def test_every_yes_and_no_is_read_as_it_is_written_anywhere(kind: type[Entry], p: Param) -> None:
    for text, value in (("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False)):
        assert p.parse(text) is value
    # What the words of a refusal offer is taken.
    for text in p.allowed.split(" or "):
        assert isinstance(p.parse(text), bool)
    with pytest.raises(ValueError, match="must be True or False; got 'yes'"):
        p.parse("yes")


# A coordinate whose first gradient comes late.


def late(slug: str, rate: float, seed: int, **fields: Any) -> Path:
    """On the bowl, where y first has a gradient at the third step (seed 1) or later (seed 0)."""
    path = run(BOWL, OPTIMIZERS[slug](**fields), rate, START, 14, [RULES["sparse"]()], seed)
    first = int(np.argmax(path.used[:, 1] != 0)) + 1
    assert first == 3 if seed else first > 3
    assert path.used[first - 1, 1] == 36.0
    return path


def test_what_begins_late_begins_as_the_library_s_does() -> None:
    """Of torch's and schedulefree's, given no gradient until then."""
    # schedulefree: z begins at the weight; c = 1/3, because its sum of weights counts all three steps.
    assert late("schedule_free", 0.1, 1).theta[3, 1] == pytest.approx(1.56, abs=1e-12)
    # torch: the first gradient enters whole, 0.01 * 36.
    assert late("momentum", 0.01, 1, dampening=0.5).theta[3, 1] == pytest.approx(2.64, abs=1e-12)
    # torch: the first step is as long as the rate.
    for seed in (0, 1):
        y = late("rprop", 0.1, seed).theta[:, 1]
        assert y[y != 3.0][0] == pytest.approx(2.9, abs=1e-12)


def test_what_begins_late_begins_as_its_own_words_say() -> None:
    adopt = late("adopt", 0.1, 1).theta[:, 1]
    assert adopt[3] == 3.0
    # No change of the gradient is known yet: (1 - 0.98) * 36, debiased by 1 - 0.98^3.
    assert late("adan", 0.1, 1).m[2, 1] == pytest.approx(0.72 / (1 - 0.98**3), rel=1e-12)
    for direction in ("average", "momentum"):
        composed = late("composed", 0.1, 1, direction=direction)
        assert composed.m[2, 1] == 36.0
        assert composed.sigma[2, 1] == pytest.approx(36.0, abs=1e-7)


# In which a step counts for nothing but itself: no bias is corrected by t, nor clipped by it, and no sum runs on.
TIMELESS = {
    "adadelta": {},
    "adagrad": {},
    "composed": {},
    "ftrl": {},
    "lion": {},
    "momentum": {"dampening": 0.4},
    "nesterov": {},
    "qhm": {},
    "rmsprop": {"centered": True, "momentum": 0.5},
    "rprop": {},
    "signsgd": {},
    "signum": {},
}


@pytest.mark.parametrize("slug", TIMELESS)
def test_a_held_coordinate_makes_its_own_steps_only_later(slug: str) -> None:
    method = OPTIMIZERS[slug](**TIMELESS[slug])
    rule = RULES["sparse"](p_x=0.6, p_y=0.2)
    for seed in (0, 1, 2, 3):
        there = np.array([rule.touches(t, (seed, t, 0)) for t in range(1, 61)])
        held, free = (run(BOWL, method, 0.02, START, 60, rules, seed).theta for rules in ([rule], []))
        for k in range(2):
            own = held[np.append(True, there[:, k]), k]
            np.testing.assert_allclose(own, free[: len(own), k], rtol=1e-12, atol=1e-14)


def test_in_mini_batches_a_rare_word_s_weight_begins_where_it_stands() -> None:
    surface = SURFACES["sparse_embedding"](batch_size=4)
    free = run(surface, OPTIMIZERS["schedule_free"](), 1.0, (-4.0, 4.0), 60).theta
    assert free[1, 1] == 4.0
    assert 3.5 < free[2, 1] < 4.0
    rprop = run(surface, OPTIMIZERS["rprop"](), 0.1, (-4.0, 4.0), 60).theta
    assert rprop[2, 1] == pytest.approx(3.9)


# The second line beside a path.

BESIDE = sorted(slug for slug, kind in OPTIMIZERS.items() if kind.beside)


class Watched:
    """An x of Schedule-free's, written down after every step from its state."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kind = OPTIMIZERS["schedule_free"]
        step = kind.step
        self.seen: list[Any] = []

        def watching(optimizer: Any, g: Any, state: Any, *rest: Any) -> Any:
            self.seen.append(state)
            return step(optimizer, g, state, *rest)

        monkeypatch.setattr(kind, "step", watching)


@pytest.mark.parametrize(
    "rules",
    [
        [("lr_reset", {"every": 10, "forget": True})],
        [("sparse", {})],
        [("sparse", {}), ("lr_reset", {"every": 7, "forget": True})],
        [("freeze", {})],
    ],
    ids=str,
)
def test_schedule_free_s_line_is_the_average_in_its_memory(
    rules: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    method, built = OPTIMIZERS["schedule_free"](), [RULES[slug](**fields) for slug, fields in rules]
    path = run(BOWL, method, 0.05, START, 40, built, seed=1)
    line = second_line(path, method, built, seed=1)
    watched = Watched(monkeypatch)
    run(BOWL, method, 0.05, START, 40, built, seed=1)
    assert line is not None
    for t, state in enumerate(watched.seen):
        x, begun = (np.broadcast_to(state[k], (1, 2))[0] for k in (1, 4))
        np.testing.assert_allclose(line[t][begun == 1], x[begun == 1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("slug", BESIDE)
def test_where_the_memory_is_emptied_the_second_line_begins_anew(slug: str) -> None:
    method, rule = OPTIMIZERS[slug](), RULES["lr_reset"](every=7, forget=True)
    path = run(BOWL, method, 0.05, START, 30, [rule])
    line = second_line(path, method, [rule])
    assert line is not None
    for first in (7, 14, 21):
        fresh = run(BOWL, method, 0.05, path.theta[first], 7)
        alone = second_line(fresh, method)
        assert alone is not None
        np.testing.assert_allclose(line[first + 1 : first + 8], alone[1:], rtol=1e-9, atol=1e-12)


# A penalty in the gradient is one in the loss.

LAMBDA = 5.0
# (H + lambda I)^-1 H theta*, of Booth's (1, 3).
HESSIAN = np.array([[10.0, 8.0], [8.0, 10.0]])
PULLED = np.linalg.solve(HESSIAN + LAMBDA * np.eye(2), HESSIAN @ (1.0, 3.0))
COUPLED = [RULES["coupled_l2"](l2=LAMBDA)], [RULES["sparse"](l2=LAMBDA, p_y=1.0)]
ASKING = ["bfgs", "lbfgs", "cg", "newton_cg", "nelder_mead", "line_search", "polyak_sgd", "newton"]


@pytest.mark.parametrize("rules", COUPLED, ids=["coupled_l2", "sparse"])
@pytest.mark.parametrize("slug", ASKING)
def test_with_a_coupled_penalty_every_method_finds_the_minimum_of_both(slug: str, rules: list[Rule]) -> None:
    np.testing.assert_allclose(PULLED, (1.279503, 1.850932), atol=5e-7)
    path = run(BOOTH, OPTIMIZERS[slug](), 1.0, (-8.0, -4.0), 400, rules)
    np.testing.assert_allclose(path.theta[-1], PULLED, atol=2e-6)
    penalised = run(SURFACES["booth"](l2=LAMBDA), OPTIMIZERS[slug](), 1.0, (-8.0, -4.0), 400)
    np.testing.assert_allclose(path.theta[-1], penalised.theta[-1], atol=2e-6)


@pytest.mark.parametrize("around", ["lookahead", "averaging", "sam"])
@pytest.mark.parametrize("slug", ["bfgs", "line_search", "nelder_mead", "polyak_sgd"])
def test_so_do_the_methods_around_them(around: str, slug: str) -> None:
    own = {"rho": 0.0} if around == "sam" else {}
    path = run(BOOTH, OPTIMIZERS[around](base=slug, **own), 1.0, (-8.0, -4.0), 400, COUPLED[0])
    np.testing.assert_allclose(path.theta[-1], PULLED, atol=5e-6)


@pytest.mark.parametrize("slug", ["line_search", "polyak_sgd", "bfgs"])
def test_a_penalty_s_strength_may_be_swept(slug: str) -> None:
    rule = RULES["coupled_l2"](l2=np.array([[0.0], [0.5], [LAMBDA]]))
    path = run(BOOTH, OPTIMIZERS[slug](), 1.0, (-8.0, -4.0), 300, [rule])
    for i, strength in enumerate((0.0, 0.5, LAMBDA)):
        pulled = np.linalg.solve(HESSIAN + strength * np.eye(2), HESSIAN @ (1.0, 3.0))
        np.testing.assert_allclose(path.theta[-1, i], pulled, atol=2e-6)


@pytest.mark.parametrize("slug", sorted(RULES))
def test_a_rule_s_loss_has_the_rule_s_slope(slug: str) -> None:
    """By differences, of every rule that makes another loss; where a coordinate is held it has no slope."""
    rule = RULES[slug](**({"l2": 2.0} if "l2" in {p.name for p in RULES[slug].params()} else {}))
    if not rule.bends:
        assert not np.any(rule.coupled)
        return
    place, h = np.array([0.7, -1.3]), 1e-6
    for t in range(1, 8):
        ruled = Ruled(HIMMELBLAU, [rule], t, 0)
        slope = np.ravel(ruled.grad(*place[:, None]))
        moves = np.eye(2) * h
        found = [(ruled.value(*(place + move)) - ruled.value(*(place - move))) / (2 * h) for move in moves]
        np.testing.assert_allclose(slope, np.where(ruled.still, 0.0, found), rtol=1e-6, atol=1e-6)


# FTRL under a schedule.


@pytest.mark.parametrize("slug", sorted(SCHEDULES))
@pytest.mark.parametrize("warmup", [0, 20])
def test_ftrl_from_the_start_is_adagrad_s_path_whatever_the_rate_does(slug: str, warmup: int) -> None:
    schedule = SCHEDULES[slug](lr=4.0, warmup=warmup)
    for start in ((-8.0, -4.0), [(-8.0, -4.0), (2.0, 5.0)]):
        ftrl, adagrad = (
            run(BOOTH, method, schedule, start, 240).theta
            for method in (
                OPTIMIZERS["ftrl"](warm_start=True, initial_accumulator_value=0.1),
                OPTIMIZERS["adagrad"](eps=0.0, initial_accumulator_value=0.1),
            )
        )
        np.testing.assert_allclose(ftrl, adagrad, rtol=0, atol=1e-9)


def test_keras_s_ftrl_is_drawn_to_0_as_the_rate_falls() -> None:
    """Keras 3.15.1 over torch ends at (0.00146, 0.00189); at one rate both forms are one."""
    keras = OPTIMIZERS["ftrl"](warm_start=True, flavour="keras")
    path = run(BOOTH, keras, SCHEDULES["cosine"](lr=4.0), (-8.0, -4.0), 240)
    np.testing.assert_allclose(path.theta[-1], (0.00146, 0.00189), atol=6e-6)
    for own in ({}, {"l1": 0.5, "l2": 0.1}, {"warm_start": True, "learning_rate_power": -0.7}):
        one, other = (
            run(BOOTH, OPTIMIZERS["ftrl"](flavour=f, **own), 0.5, START, 60).theta for f in ("keras", "mcmahan")
        )
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


# Nelder-Mead under rules.

RATES = [0.01, 0.03, 0.1, 0.3, 1.0, 2.0, 4.0]


@pytest.mark.parametrize("rate", RATES)
def test_nelder_mead_along_a_line_finds_its_lowest_place(rate: float) -> None:
    path = run(BOOTH, OPTIMIZERS["nelder_mead"](), rate, (-8.0, -4.0), 200, [RULES["freeze"]()])
    # x = (34 - 8y) / 10.
    np.testing.assert_allclose(path.theta[-1], (6.6, -4.0), atol=1e-6)
    assert (path.theta[:, 1] == -4.0).all()


def constrained(slug: str) -> np.ndarray:
    """Where Booth is lowest in the box, or on the circle, of size 2, by looking along the wall."""
    s = np.linspace(-np.pi, np.pi, 400_001)
    x, y = (s / np.pi * 2, np.full_like(s, 2.0)) if slug == "box" else (2 * np.cos(s), 2 * np.sin(s))
    best = int(np.argmin(BOOTH.value(x, y)))
    return np.array([x[best], y[best]])


@pytest.mark.parametrize("slug", ["box", "max_norm", "constant_norm"])
@pytest.mark.parametrize("rate", [0.01, 0.3, 4.0])
def test_nelder_mead_within_walls_finds_the_lowest_place_there(slug: str, rate: float) -> None:
    rule = RULES[slug](**{"half" if slug == "box" else "radius": 2.0})
    expected = constrained(slug)
    if slug == "box":
        np.testing.assert_allclose(expected, (1.8, 2.0), atol=1e-5)
    # From the corner (2, 2) and from (1.9, -1.9) a triangle is caught where the loss does not change beyond two walls.
    for start in ((-1.0, -1.0), (1.9, -1.9), (2.0, 2.0)) if slug == "box" else ((-8.0, -4.0),):
        path = run(BOOTH, OPTIMIZERS["nelder_mead"](), rate, start, 250, [rule])
        np.testing.assert_allclose(path.theta[-1], expected, atol=3e-5, err_msg=str(start))
        # The corner that is shown is the best so far.
        assert (np.diff(path.loss[1:]) <= 1e-12 * (1 + path.loss[1:-1])).all()


# Schedules.


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("threshold", [0.0, 1e-4, 0.1])
def test_a_plateau_is_one_on_either_side_of_0(sign: float, threshold: float) -> None:
    """A flat -1 is cut as a flat +1 is, and what counts as better depends on the size alone."""
    plateau = SCHEDULES["plateau"](lr=1.0, factor=0.5, patience=3, threshold=threshold)

    def cuts(losses: np.ndarray, schedule: Schedule = plateau) -> list[int]:
        memory: tuple[Any, ...] = ()
        rates = [1.0]
        for loss in losses:
            with np.errstate(all="ignore"):
                rate, memory = schedule.react(np.array([[loss]]), memory)
            rates.append(float(np.ravel(rate)[0]))
        return np.flatnonzero(np.diff(rates) < 0).tolist()

    assert cuts(np.full(20, sign)) == [4, 8, 12, 16]
    # One that falls by a little more than the threshold each time is left alone.
    falling = [sign]
    for _ in range(19):
        falling.append(falling[-1] - (1.1 * threshold + 1e-9) * abs(falling[-1]))
    assert cuts(np.array(falling)) == []
    rising = sign + np.linspace(0, 1e-3, 20) * abs(sign)
    assert cuts(rising) == [4, 8, 12, 16]
    # torch's own rule, best * (1 - threshold), is the same above 0 and never cuts a flat loss below it.
    torch = SCHEDULES["plateau"](lr=1.0, factor=0.5, patience=3, threshold=threshold, flavour="torch")
    never = sign < 0 and threshold > 0
    assert cuts(np.full(20, sign), torch) == ([] if never else [4, 8, 12, 16])


def test_a_run_that_bounces_below_0_is_cut_as_one_above_it() -> None:
    plateau = SCHEDULES["plateau"](lr=0.5, factor=0.5, patience=3)
    lr = run(SURFACES["styblinski_tang"](), OPTIMIZERS["signsgd"](), plateau, (0.3, 4.5), 120).lr
    assert lr is not None
    assert np.flatnonzero(np.diff(lr) < 0)[:3].tolist() == [8, 13, 19]


@pytest.mark.parametrize("w", [1, 4, 20, 300])
def test_the_inverse_root_behind_a_warm_up_is_the_first_transformer_s(w: int) -> None:
    """Vaswani et al., 5.3: min(n^-1/2, n w^-3/2) of steps n from 1, here with a peak of 1."""
    n = np.arange(1, 3 * w + 1)
    expected = w**0.5 * np.minimum(n**-0.5, n * w**-1.5)
    np.testing.assert_allclose(SCHEDULES["inverse_sqrt"](lr=1.0, timescale=w, warmup=w).rates(3 * w), expected)
    column = SCHEDULES["inverse_sqrt"](lr=1.0, timescale=w, warmup=np.array([[0], [w]]))
    np.testing.assert_allclose(column.rates(3 * w)[:, 1, 0], expected)
    np.testing.assert_allclose(column.rates(3 * w)[:, 0, 0], np.sqrt(w / (w + n - 1)))


# Polyak's step.


def test_polyak_s_step_never_goes_uphill() -> None:
    below = run(SURFACES["mccormick"](), OPTIMIZERS["polyak_sgd"](), 0.5, (-3.7, -4.7), 30)
    assert SURFACES["mccormick"]().value(-3.7, -4.7) < SURFACES["mccormick"]().lowest
    assert (below.theta == below.theta[0]).all()
    starts = np.random.default_rng(0).uniform(-8, 8, (200, 2))
    for surface in (SURFACES["mccormick"](), SURFACES["saddle"](), SURFACES["styblinski_tang"](), BOOTH):
        for f_min in (0.0, 50.0):
            path = run(surface, OPTIMIZERS["polyak_sgd"](f_min=f_min), 0.5, starts, 3)
            along = (path.m * path.grad[:-1]).sum(axis=-1)
            assert not (along < 0).any()


def by_hand(rows: np.ndarray, surface: Any) -> float:
    """The lowest loss of some points, by SciPy's minimizer."""
    x, y = surface.features[rows], surface.raw[1][rows]

    def loss(w: np.ndarray) -> float:
        s = x @ w + surface.bias
        if surface.slug == "linear_regression":
            return float(np.mean((s - y) ** 2))
        p = 1 / (1 + np.exp(-s))
        return float(
            np.mean(np.where(y == 1, -np.log(p), -np.log(1 - p)) if surface.loss == "cross_entropy" else (p - y) ** 2)
        )

    return float(
        minimize(loss, np.array([0.3, -0.2]), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14}).fun
    )


@pytest.mark.parametrize(
    ("slug", "fields"),
    [
        ("linear_regression", {"batch_size": 7}),
        ("linear_regression", {"batch_size": 1}),
        ("linear_regression", {"batch_size": 9, "normalization": "standardize"}),
        ("sparse_embedding", {"batch_size": 30}),
        ("sparse_embedding", {"batch_size": 30, "loss": "mse"}),
    ],
)
def test_a_mini_batch_knows_how_low_its_own_loss_can_go(slug: str, fields: dict[str, Any]) -> None:
    surface: Any = SURFACES[slug](**fields)
    for t in range(1, 6):
        part = surface.sample(t, 3)
        assert part.lowest == pytest.approx(by_hand(part.rows, surface), abs=1e-6)
        # With penalties it is a bound all the same.
        places = np.random.default_rng(t).uniform(-8, 8, (300, 2))
        assert (part.value(places[:, 0], places[:, 1]) >= part.lowest - 1e-12).all()
        assert SURFACES[slug](**fields, l2=0.3).sample(t, 3).lowest == part.lowest


# Losses that are nearly 0.


def exact(margin: float) -> float:
    """ln(1 + exp(-margin)), with fifty digits on the way."""
    with localcontext() as context:
        context.prec = 360
        return float((1 + Decimal(-margin).exp()).ln())


MARGINS = [0.0, 1e-9, 0.3, 5.0, 16.0, 31.5, 32.0, 34.0, 40.0, 90.0, 333.3, 650.0, 700.0]


@pytest.mark.parametrize("margin", [*MARGINS, *(-m for m in MARGINS)])
def test_cross_entropies_keep_their_digits(margin: float) -> None:
    surface = SURFACES["three_class"](loss="cross_entropy")
    expected = exact(margin)
    for x, y in ((margin, 0.0), (0.0, -margin), (margin / 2, -margin / 2)):
        assert type(surface.value(x, y)) is float
        assert surface.value(x, y) == pytest.approx(exact(x - y), rel=1e-12)
        np.testing.assert_allclose(surface.value(np.array([x, x]), np.array([y, y])), exact(x - y), rtol=1e-12)
    for label in (0.0, 1.0):
        z = margin if label else -margin
        values = each_loss("cross_entropy", np.array([z]), np.array([label]))
        np.testing.assert_allclose(values, expected, rtol=1e-12)
        if margin < 370:
            # The squared share of the wrong answer, 1 / (1 + exp(margin)).
            share, right = (float(1 / (1 + Decimal(m).exp())) for m in (margin, -margin))
            np.testing.assert_allclose(each_loss("mse", np.array([z]), np.array([label])), share**2, rtol=1e-12)
            slope = squared_slope(np.array([z]), np.array([label]))
            np.testing.assert_allclose(slope, (1 - 2 * label) * 2 * share**2 * right, rtol=1e-12)


def test_equal_scores_are_a_coin_however_large() -> None:
    surface = SURFACES["three_class"](loss="cross_entropy")
    for score in (0.0, 1e3, 1e16, 1e200, -900.0):
        assert surface.value(score, score) == pytest.approx(math.log(2), rel=1e-12)
    # Three of them are a die.
    assert surface.value(-1000.0, -1000.0) == pytest.approx(math.log(3), rel=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_a_softmax_keeps_the_digits_of_its_sure_answers(loss: str) -> None:
    surface: Any = SURFACES["softmax"](loss=loss, species="setosa")
    rows = np.flatnonzero(surface.raw[1] == 0)[:1]
    (share,), others = surface._fixed[3][0][rows], surface._fixed[1][rows]
    for margin in (20.0, 37.0, 60.0, 300.0):
        (value,) = surface.losses(others + margin, rows)
        wrong = float(1 / (1 + Decimal(margin).exp()))
        expected = exact(margin) if loss == "cross_entropy" else wrong**2 * (1 + float(share @ share))
        assert value == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_a_network_keeps_the_digits_of_its_sure_answers(loss: str) -> None:
    """Weights of 0 but for the last biases: the margin is the difference of two scores, the same for every point."""
    for labels, margin in itertools.product((0, 1), (20.0, 37.0, 300.0)):
        network = Network(
            np.zeros((3, 2)), np.full(3, labels), np.arange(3), np.arange(0), hidden=2, classes=2, loss=loss
        )
        theta = np.zeros(network.dimension)
        theta[-2 + labels] = margin
        wrong = float(1 / (1 + Decimal(margin).exp()))
        expected = exact(margin) if loss == "cross_entropy" else 2 * wrong**2
        assert network.value(*theta) == pytest.approx(expected, rel=1e-9)
        slope = network.grad(*theta)[-2 + labels]
        right = -wrong if loss == "cross_entropy" else -4 * wrong**2 * (1 - wrong)
        assert slope == pytest.approx(right, rel=1e-9)


# A run that is lost, and a batch that has no variance.


@pytest.mark.parametrize("criterion", ["GL", "PQ", "UP"])
@pytest.mark.parametrize("strip", [1, 5, 1000])
@pytest.mark.parametrize("slug", ["rosenbrock", "goldstein_price", "beale", "himmelblau"])
def test_a_lost_run_is_stopped_whatever_the_criterion(slug: str, criterion: str, strip: int) -> None:
    rule, surface = RULES["early_stopping"](criterion=criterion, strip=strip), SURFACES[slug]()
    path = run(surface, OPTIMIZERS["sgd"](), 1000.0, surface.start, 60, [rule])
    free = run(surface, OPTIMIZERS["sgd"](), 1000.0, surface.start, 60)
    lost = int(np.argmin(np.isfinite(free.loss)))
    assert 0 < path.halt_step <= lost
    assert path.halt_step == lost or strip <= lost


def test_no_batch_that_is_normalized_by_itself_has_one_point() -> None:
    for slug, size in itertools.product(("linear_regression", "logistic_regression", "softmax"), (1, 2, 3, 7, 15, 47)):
        surface: Any = SURFACES[slug](normalization="batch", batch_size=size, held_out=0.2)
        model_points = len(surface.split[0])
        sizes = [len(surface.batch(t, 0)) for t in range(1, 2 * model_points)]
        assert min(sizes) >= 2
        assert max(sizes) == max(size, 2)
    for size, held_out in itertools.product((1, 2, 3, 31), (0.0, 0.3)):
        network = SURFACES["two_layer"](normalization="batch", batch_size=size, held_out=held_out).full
        assert min(len(network.batch(t, 0)) for t in range(1, 100)) >= 2
    # Without normalization a batch may well be one point.
    assert len(SURFACES["linear_regression"](batch_size=1).batch(1, 0)) == 1


def test_under_batch_normalization_a_run_in_the_smallest_batches_moves() -> None:
    surface = SURFACES["linear_regression"](normalization="batch", batch_size=1, held_out=0.2)
    path = run(surface, OPTIMIZERS["adam"](), 0.1, surface.start, 60)
    assert np.abs(np.diff(path.theta, axis=0)).max(axis=1).min() > 0


# Lengths beyond what squares can hold.

SIZES = [1e-320, 1e-300, 1e-170, 1e-6, 1.0, 1e10, 1e153, 1e160, 1e300, 1.7e308]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("direction", [(1.0, 0.0), (0.6, -0.8), (-1.0, 1.0), (1.0, 1e-30)])
def test_a_norm_is_right_at_any_size(size: float, direction: tuple[float, float]) -> None:
    v = np.array([direction]) * size
    unit = np.array(direction) / np.hypot(*direction)
    close = {"rtol": 1e-12} if size > 1e-300 else {"rtol": 1e-3, "atol": 1e-3}
    with np.errstate(all="ignore"):
        circle = RULES["constant_norm"](radius=2.0).position(v, 1, (0, 1, 0))[0]
        np.testing.assert_allclose(circle, 2 * unit, **close)
        ball = RULES["max_norm"](radius=2.0).position(v, 1, (0, 1, 0))[0]
        np.testing.assert_allclose(ball, 2 * unit if size > 2 else v[0], rtol=1e-12)
        clipped = RULES["clip_norm"](limit=2.0).gradient(v, v, 1, (0, 1, 0))[0]
        # As torch, 1e-6 is added to the norm.
        np.testing.assert_allclose(clipped, 2 * unit if size > 2 else v[0], rtol=2e-6 / max(size, 1) + 1e-12)


# The line search.


@pytest.mark.parametrize("shrink", [0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95])
def test_a_line_search_moves_wherever_there_is_a_slope(shrink: float) -> None:
    smooth = [kind() for slug, kind in SURFACES.items() if kind.cost == 1 and not kind.model]
    for surface, rate in itertools.product(smooth, (1e-3, 4.0, 1000.0)):
        path = run(surface, OPTIMIZERS["line_search"](shrink=shrink), rate, surface.start, 6)
        slope = np.hypot(*path.grad[:-1].T)
        moved = (path.theta[1:] != path.theta[:-1]).any(axis=1)
        # Where the loss falls without end the floats do end.
        assert moved[(slope > 1e-7) & np.isfinite(slope)].all(), (surface.slug, rate)
        falls = np.isfinite(path.loss[1:])
        assert (np.diff(path.loss)[falls] <= 1e-13 * (1 + np.abs(path.loss[:-1][falls]))).all()


def test_a_line_search_begun_far_too_long_finds_a_length_that_will_do() -> None:
    """On x^2 a length below 1 - c is Armijo's: of the lengths 1000 * 0.9^k that is the first."""
    bowl = SURFACES["bowl"](condition=1.0)
    path = run(bowl, OPTIMIZERS["line_search"](shrink=0.9, c=0.25), 1000.0, (4.0, -3.0), 1)
    k = next(k for k in range(400) if 1000 * 0.9**k <= 2 * (1 - 0.25))
    assert k > 60
    np.testing.assert_allclose(path.theta[1], np.array([4.0, -3.0]) * (1 - 1000 * 0.9**k), rtol=1e-9)
