"""What textbooks print of a run comes out of its link, to the digits that they print."""

from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from app.experiment import parse, simulate
from app.player import rates_shown
from optimizers import OPTIMIZERS, RULES, Path, run
from optimizers.trace.fused import steps_of
from surfaces import SURFACES, Formula


def ran(link: str) -> tuple[Path, ...]:
    """The runs of a link, in the order of their slots; nothing in it may be in doubt."""
    experiment, complaints = parse(parse_qs(link, strict_parsing=True))
    assert not complaints
    return simulate(experiment)


# Zhang et al., Dive into Deep Learning, 12.6 and 12.7: f = 0.1 x^2 + 2 y^2, from (-5, -2), with the rates as printed.
D2L = "surface=bowl~condition~20~scale~0.2&schedule=constant&start=-5~-2&steps=20&seed=0&"
PRINTED = {
    "gd": ("r1=sgd~lr~0.4", (-0.943467, -0.000073)),
    "gd, too fast": ("r1=sgd~lr~0.6", (-0.387814, -1673.365109)),
    "momentum": ("r1=momentum~lr~0.6~momentum~0.5", (0.007188, 0.002553)),
    "less of it": ("r1=momentum~lr~0.6~momentum~0.25", (-0.126340, -0.186632)),
    "adagrad": ("r1=adagrad~lr~0.4~initial_accumulator_value~0~eps~0.000001", (-2.382563, -0.158591)),
}


@pytest.mark.parametrize(("racer", "printed"), PRINTED.values(), ids=PRINTED.keys())
def test_d2l_s_valley_with_its_own_rates(racer: str, printed: tuple[float, float]) -> None:
    (path,) = ran(D2L + racer)
    assert path.theta[-1] == pytest.approx(printed, abs=6e-7)


def test_goodfellow_s_bowl_is_five_times_more_curved_along_1_1() -> None:
    """Goodfellow, Bengio & Courville 2016, Deep Learning, figure 4.6: along (1, 1), and least along (1, -1)."""
    bowl = SURFACES["bowl"](condition=5.0, angle=-45.0)
    along, across = (np.array([1.0, sign]) / np.sqrt(2) for sign in (1, -1))
    assert bowl.value(*along) == pytest.approx(5 / 2)
    assert bowl.value(*across) == pytest.approx(1 / 2)
    # With H = Q diag(5, 1) Q', a step of gradient descent is (I - rate H) theta.
    q = np.stack([along, across], axis=1)
    (path,) = ran("surface=bowl~condition~5~angle~-45&schedule=constant&start=-4~-1&steps=12&seed=0&r1=sgd~lr~0.3")
    shrunk = q @ np.diag((1 - 0.3 * np.array([5.0, 1.0])) ** 12) @ q.T
    np.testing.assert_allclose(path.theta[-1], shrunk @ path.theta[0], rtol=1e-12)


def test_d2l_s_exercise_has_a_turned_bowl() -> None:
    """12.7.5: 0.1 (x + y)^2 + 2 (x - y)^2 is 0.4 / 2 (u^2 + 20 v^2) with the valley along (1, 1)."""
    bowl = SURFACES["bowl"](condition=20.0, scale=0.4, angle=45.0)
    x, y = np.random.default_rng(0).normal(size=(2, 9))
    np.testing.assert_allclose(bowl.value(x, y), 0.1 * (x + y) ** 2 + 2 * (x - y) ** 2, rtol=1e-13)


def test_gradient_descent_stays_in_the_gradients_span_and_adam_leaves_it() -> None:
    """Wilson et al. 2017, section 3: with fewer data than weights. All gradients here are multiples of (-1/2, sqrt(3)/2)."""
    start, across = np.array([-4.0, 3.0]), np.array([-0.5, 3**0.5 / 2])
    # The nearest place of the floor, which is where the start's projection is.
    nearest = start - (start @ across) * across
    for slug, lr in (("sgd", 0.1), ("momentum", 0.02), ("nesterov", 0.02)):
        (path,) = ran(
            f"surface=bowl~level~true~angle~30&schedule=constant&start=-4~3&steps=400&seed=0&r1={slug}~lr~{lr}"
        )
        np.testing.assert_allclose(path.theta[-1], nearest, atol=1e-6)
    (path,) = ran("surface=bowl~level~true~angle~30&schedule=constant&start=-4~3&steps=400&seed=0&r1=adam~lr~0.1")
    # Scaled coordinate by coordinate, multiples of one gradient become multiples of its signs: there it meets the floor.
    signs = np.sign(across)
    np.testing.assert_allclose(path.theta[-1], start - (start @ across) / (signs @ across) * signs, atol=1e-5)
    assert path.status == "as_good"
    assert np.linalg.norm(path.theta[-1] - nearest) > 1


def test_newton_s_step_takes_no_part_along_a_level_floor() -> None:
    """The pseudo-inverse's step: what a difference of gradients finds along the floor is rounding."""
    bowl = SURFACES["bowl"](level=True, angle=30.0)
    path = run(bowl, OPTIMIZERS["newton"](), 1.0, (-4.0, 3.0), 3)
    hessian = 12 * np.outer([-0.5, 3**0.5 / 2], [-0.5, 3**0.5 / 2])
    wanted = path.theta[0] - np.linalg.pinv(hessian, rcond=1e-9) @ path.grad[0]
    np.testing.assert_allclose(path.theta[1], wanted, atol=1e-8)
    np.testing.assert_allclose(path.theta[-1], wanted, atol=1e-8)


# Rates.


def rates_of(link: str) -> np.ndarray:
    """The rate of each step of a link's only run."""
    (path,) = ran(f"surface=bowl&start=-4~3&seed=0&{link}")
    assert path.lr is not None
    return path.lr


def test_geron_s_piecewise_rates_have_a_factor_each() -> None:
    """Geron, Hands-On Machine Learning, ch. 11: 0.01 before epoch 5, 0.005 before 15, then 0.001."""
    rates = rates_of("schedule=multi_step~milestones~5-15~factors~0.5_0.2&steps=25&r1=sgd~lr~0.01")
    np.testing.assert_allclose(rates, [0.01] * 5 + [0.005] * 10 + [0.001] * 10, rtol=1e-12)
    # Behind the last of its own a step has the factor of all.
    rates = rates_of("schedule=multi_step~milestones~5-15-20~factors~0.5_0.2~gamma~0.1&steps=25&r1=sgd~lr~0.01")
    np.testing.assert_allclose(rates[[0, 5, 15, 20]], [0.01, 0.005, 0.001, 0.0001], rtol=1e-12)


def test_geron_s_one_cycle_is_straight_and_drops_in_its_last_tenth() -> None:
    """His OneCycleScheduler for 100 iterations: half of the first 89 up, half down, the last 11 to a thousandth."""
    top, iterations = 0.05, 100
    first, last_iterations = top / 10, iterations // 10 + 1
    half = (iterations - last_iterations) // 2
    knots = [0, half, 2 * half, iterations]
    wanted = np.interp(np.arange(iterations), knots, [first, top, first, first / 1000])
    # torch's form ends its phases one step sooner, so that its cycle is a step longer and its rise ends in step 44.
    cycle = f"total_steps~101~pct_start~{45 / 101!r}~div_factor~10~final_div_factor~1000"
    link = f"schedule=one_cycle~{cycle}~anneal_strategy~linear~three_phase~true&steps=100&r1=sgd~lr~{top}"
    np.testing.assert_allclose(rates_of(link), wanted, rtol=1e-9)


def test_d2l_s_warm_up_begins_at_0() -> None:
    """12.11.3.5: warm-up over 5 epochs to 0.3, then a cosine to 0.01 at 20."""
    rates = rates_of("schedule=cosine~T_max~15~eta_min~0.01~warmup~5~from_zero~true&steps=31&r1=sgd~lr~0.3")
    t = np.arange(31)
    cosine = 0.01 + (0.3 - 0.01) * (1 + np.cos(np.pi * (t - 5) / 15)) / 2
    wanted = np.where(t < 5, 0.06 * t, np.where(t > 20, 0.01, cosine))
    np.testing.assert_allclose(rates, wanted, rtol=1e-12)


def test_vaswani_s_schedule_to_the_step() -> None:
    """2017, section 5.3: d^-1/2 min(step^-1/2, step w^-3/2), step from 1; the peak is (d w)^-1/2."""
    rates = rates_of("schedule=inverse_sqrt~timescale~20~warmup~20&steps=80&r1=sgd~lr~0.1")
    step = np.arange(1, 81)
    np.testing.assert_allclose(rates, 0.1 * 20**0.5 * np.minimum(step**-0.5, step * 20**-1.5), rtol=1e-12)


# Line searches.


def test_boyd_s_exact_line_search_from_gamma_1() -> None:
    """Boyd & Vandenberghe 2004, 9.3.2: x = g ((g-1)/(g+1))^k, y = (-(g-1)/(g+1))^k; the loss falls by the square a step."""
    (path,) = ran(
        "surface=bowl~condition~10&schedule=constant&start=10~1&steps=30&seed=0&r1=line_search~lr~1~search~exact"
    )
    k, q = np.arange(31), 9 / 11
    np.testing.assert_allclose(path.theta, np.stack([10 * q**k, (-q) ** k], axis=1), rtol=1e-9)
    np.testing.assert_allclose(path.loss[1:] / path.loss[:-1], q**2, rtol=1e-9)
    # The length is 2 / (1 + g) at every step, and it is what is drawn as the rate.
    assert path.lr is not None
    assert path.sigma is not None
    np.testing.assert_allclose(path.lr / path.sigma[:, 0], 2 / 11, rtol=1e-9)


@pytest.mark.parametrize("slug", ["rosenbrock", "beale", "himmelblau", "six_hump_camel", "branin"])
def test_an_exact_line_search_is_scipy_s_minimum_along_the_line(slug: str) -> None:
    surface = SURFACES[slug]()
    path = run(surface, OPTIMIZERS["line_search"](search="exact"), 1e-3, surface.start, 12)
    for before, g, after in zip(path.theta, path.grad, path.theta[1:], strict=False):
        line = lambda a, p=before, d=g: float(surface.value(*(p - a * d)))  # noqa: E731
        length = float((before - after) @ g / (g @ g))
        # At right angles to the line.
        assert abs(np.array(surface.grad(*after)) @ g) <= 1e-9 * (g @ g) + 1e-15 * np.hypot(*g)
        if line(0.0) - line(length) < 1e-5:
            # A minimum's place is known to half of the digits of its loss.
            continue
        found = minimize_scalar(line, bounds=(0.0, 1.2 * length), method="bounded", options={"xatol": 1e-9 * length})
        assert found.x == pytest.approx(length, rel=1e-5)
        assert line(length) <= found.fun + 1e-14 * (1 + abs(found.fun))


BOYD = "e^(x+3y-0.1) + e^(x-3y-0.1) + e^(-x-0.1)"


@pytest.mark.parametrize(
    "fields", [{"search": "exact"}, {"c": 0.1, "shrink": 0.7}, {"along": "newton", "c": 0.1, "shrink": 0.7}]
)
def test_boyd_s_three_exponentials_have_their_p_star(fields: dict[str, Any]) -> None:
    """9.3.2 and 9.5.3: p* = 2.55927; backtracking with alpha 0.1, beta 0.7, exact, and Newton's method damped."""
    path = run(Formula(BOYD), OPTIMIZERS["line_search"](**fields), 1.0, (-1.0, 0.7), 60)
    assert path.loss[-1] == pytest.approx(2.55927, abs=5e-6)
    # p* in closed form: y = 0 and e^2x = 1/2.
    assert path.loss[-1] == pytest.approx(2 * 2**0.5 * np.exp(-0.1), rel=1e-12)
    if "along" in fields:
        # Figure 9.20: 1e-10 within five steps, each squaring the gap.
        assert path.loss[5] - path.loss[-1] < 1e-10


def test_nocedal_and_wright_s_exercise_3_1_with_a_slow_shrink() -> None:
    """Backtracking from 1 by 0.9 until Armijo holds with c = 0.7, from (-1.2, 1): the first lengths are 0.9^74 and 0.9^73."""
    link = "surface=rosenbrock~b~100&schedule=constant&start=-1.2~1&steps=5&seed=0&r1=line_search~lr~1~c~0.7~shrink~0.9"
    (path,) = ran(link)
    # As they are drawn.
    assert rates_shown(path, parse(parse_qs(link))[0].runs[0])[:2] == pytest.approx([0.000411, 0.000457], abs=5e-7)


def test_newton_with_backtracking_takes_nocedal_and_wright_s_21_iterations() -> None:
    """2006, chapter 6, the table beside BFGS: Rosenbrock from (-1.2, 1), until the gradient is below 1e-5."""
    (path,) = ran(
        "surface=rosenbrock~b~100&schedule=constant&start=-1.2~1&steps=40&seed=0&r1=line_search~lr~1~along~newton"
    )
    assert np.argmax(np.hypot(*path.grad.T) < 1e-5) == 21


@pytest.mark.parametrize("slug", ["rosenbrock", "beale", "himmelblau", "goldstein_price"])
@pytest.mark.parametrize("along", ["gradient", "newton"])
def test_every_step_of_wolfe_s_search_meets_both_conditions(slug: str, along: str) -> None:
    """Nocedal & Wright 2006, (3.7): f falls by c1 of what is promised, and the slope is at most c2 of the first."""
    surface, c, c2 = SURFACES[slug](), 1e-4, 0.1
    path = run(surface, OPTIMIZERS["line_search"](search="wolfe", c=c, c2=c2, along=along), 1.0, surface.start, 25)
    assert path.lr is not None
    assert path.m is not None
    assert path.sigma is not None
    length, first = path.lr / path.sigma[:, 0], (path.grad[:-1] * path.m).sum(axis=1)
    steep = first > 1e-9
    after = (path.grad[1:] * path.m).sum(axis=1)
    assert (np.abs(after) <= c2 * first * (1 + 1e-9))[steep].all()
    assert (path.loss[1:] <= path.loss[:-1] - c * length * first + 1e-13 * (1 + np.abs(path.loss[:-1])))[steep].all()
    assert steep.sum() > 3


# Momentum that changes.


def test_su_boyd_and_candes_momentum_on_their_bowl() -> None:
    """2014, figure 1: 0.02 x^2 + 0.005 y^2 from (1, 1) by x_k = y_(k-1) - s g, y_k = x_k + (k-1)/(k+2) (x_k - x_(k-1))."""
    link = "surface=bowl~condition~4~scale~0.01~angle~90&schedule=constant&start=1~1&steps=300&seed=0"
    (path,) = ran(f"{link}&r1=nesterov~lr~1~course~su_boyd_candes")
    x = y = np.array([1.0, 1.0])
    for k, found in enumerate(path.theta[1:], 1):
        before, x = x, y - np.array([0.04, 0.01]) * y
        y = x + (k - 1) / (k + 2) * (x - before)
        np.testing.assert_allclose(found, y, rtol=0, atol=1e-12)
    # Theorem of Nesterov's, which they quote: f <= 2 |x0|^2 / (s (k+1)^2), of x.
    assert (path.loss[1:] <= 2 * 2 / np.arange(2, 302) ** 2 * 1.05).all()


def test_sutskever_s_momentum_rises_in_stairs_of_250() -> None:
    """2013, section 3: v_t+1 = mu_t v_t - rate g(theta_t), mu_t = min(1 - 2^(-1 - log2(floor(t/250) + 1)), mu_max)."""
    link, own = (
        "surface=rosenbrock&schedule=constant&start=-1.5~2&steps=1300&seed=0",
        "lr~0.0002~momentum~0.83~course~sutskever",
    )
    path, ahead = ran(f"{link}&r1=momentum~{own}&r2=nesterov~{own}")
    surface = SURFACES["rosenbrock"]()
    mu = [min(1 - 2 ** (-1 - np.log2(t // 250 + 1)), 0.83) for t in range(1301)]
    assert sorted(set(mu)) == pytest.approx([0.5, 0.75, 0.83])
    v, theta = np.zeros(2), path.theta[0]
    w, other = np.zeros(2), path.theta[0]
    for t in range(1300):
        v = mu[t] * v - 0.0002 * np.array(surface.grad(*theta))
        theta = theta + v
        # The gradient is taken at the place ahead, which is the iterate here.
        w = mu[t] * w - 0.0002 * np.array(surface.grad(*(other + mu[t] * w)))
        other = other + w
        np.testing.assert_allclose(path.theta[t + 1], theta, rtol=1e-7)
        np.testing.assert_allclose(ahead.theta[t + 1], other + mu[t + 1] * w, rtol=1e-7)


# torch.optim.SGD(momentum=0.95) under OneCycleLR(max_lr=0.1, total_steps=60, cycle_momentum=True) with base_momentum 0.85 and
# max_momentum 0.95, its gradients those of the bowl, from (-4, 3): where it ends (torch 2.13).
CYCLED = {
    "two cosines": ("momentum", 0.3, "", "one_cycle", (-0.18341967609745122, 0.13062524047012997)),
    "straight": (
        "momentum", 0.45, "~anneal_strategy~linear~three_phase~true", "one_cycle_linear",
        (-0.08255040165160521, 0.018761270910013967),
    ),
    "nesterov": ("nesterov", 0.3, "", "one_cycle", (-0.03061842923630917, -1.187984678942673e-14)),
    "nesterov, straight": (
        "nesterov", 0.45, "~anneal_strategy~linear~three_phase~true", "one_cycle_linear",
        (-0.007030561390276719, -6.436775094738251e-16),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("slug", "share", "shape", "course", "wanted"), CYCLED.values(), ids=CYCLED.keys())
def test_momentum_is_cycled_against_the_rate_as_torch_does(
    slug: str, share: float, shape: str, course: str, wanted: tuple[float, float]
) -> None:
    cycle = f"momentum~0.95~course~{course}~cycle~60~fall_share~{share}"
    (path,) = ran(
        f"surface=bowl&schedule=one_cycle~pct_start~{share}{shape}&start=-4~3&steps=60&seed=0&r1={slug}~lr~0.1~{cycle}"
    )
    assert path.theta[-1] == pytest.approx(wanted, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("course", ["sutskever", "su_boyd_candes", "one_cycle", "one_cycle_linear"])
@pytest.mark.parametrize("slug", ["momentum", "nesterov"])
def test_a_changing_momentum_is_one_on_floats_on_arrays_and_where_only_ends_are_kept(slug: str, course: str) -> None:
    made = OPTIMIZERS[slug](course=course, cycle=70)
    valley, start = SURFACES["rosenbrock"](), [-1.5, 2.0]
    # Quick code is made of it, not arrays alone.
    assert steps_of(made, valley, [])
    alone = run(valley, made, 0.001, start, 300)
    many, last = run(valley, made, 0.001, [start], 300), run(valley, made, 0.001, [start], 300, keep="last")
    np.testing.assert_allclose(many.theta[:, 0], alone.theta, rtol=1e-9)
    np.testing.assert_allclose(last.theta[0], alone.theta[-1], rtol=1e-9)


# Newton-CG.


def test_newton_cg_comes_to_beale_s_minimum_where_newton_ends_on_a_saddle() -> None:
    """Tiao, Visualizing and animating optimization algorithms: from (3, 4) it reaches (3, 0.5)."""
    path, bare = ran("surface=beale&schedule=constant&start=3~4&steps=60&seed=0&r1=newton_cg~lr~1&r2=newton~lr~1")
    assert path.theta[-1] == pytest.approx((3.0, 0.5), abs=1e-6)
    assert path.status == "converged"
    assert bare.theta[-1] == pytest.approx((0.0, 1.0), abs=1e-6)


def test_newton_cg_takes_the_iterations_of_scipy_s_lectures() -> None:
    """Scipy Lecture Notes 2.7: (1-x)^2/2 + (y-x^2)^2 from (2, -1): nit 10, at SciPy's own xtol, and there it rests."""
    surface = Formula("0.5 (1 - x)^2 + (y - x^2)^2")
    path = run(surface, OPTIMIZERS["newton_cg"](xtol=1e-5), 1.0, (2.0, -1.0), 20)
    moved = (np.diff(path.theta, axis=0) != 0).any(axis=1)
    assert moved.tolist() == [True] * 10 + [False] * 10
    assert path.loss[-1] < 1e-14


# A loss that changes from step to step.


def test_adam_goes_the_wrong_way_where_a_large_gradient_is_rare_and_amsgrad_does_not() -> None:
    """Reddi, Kale & Kumar 2018, section 3 and figure 1: f_t = 1010 x if t mod 101 = 1, else -10 x, x in [-1, 1], beta .9, .99.

    The sum over 101 steps is 10 x, so that -1 is best.
    """
    formula = "x (510 sign(1.5 - mod(t, 101)) sign(mod(t, 101) - 0.5) + 500)"
    loss = Formula(formula, within=(-1.0, 1.0, -1.0, 1.0))
    assert [loss.grad(0.3, 0.0, t)[0] for t in (1, 2, 101, 102, 103)] == [1010, -10, -10, 1010, -10]

    def cycles(slug: str, rate: float, count: int) -> np.ndarray:
        method, box = OPTIMIZERS[slug](beta1=0.9, beta2=0.99), [RULES["box"](half=1.0)]
        path = run(loss, method, rate, (-0.88, 0.0), 101 * count, box)
        return path.theta[1:, 0].reshape(count, 101)

    # From near the best place Adam leaves it and climbs to the worst.
    adam = cycles("adam", 0.04, 26)
    assert (np.diff(adam.mean(axis=1))[1:20] > 0.05).all()
    assert adam[-1].max() == 1.0
    # AMSGrad comes down to it, a little each time: of each large step it takes back a little less.
    ams = cycles("amsgrad", 0.02, 25)
    assert (np.diff(ams.mean(axis=1))[3:15] < -0.0005).all()
    assert ams[0].min() > -0.98
    assert ams[-1].min() == -1.0


# In one dimension.


def test_d2l_s_newton_on_x_cos() -> None:
    """Zhang et al., 12.3.3.1: f = x cos(0.15 pi x) from 10, ten steps: 26.834133 at eta 1, 7.269860 at eta 0.5."""
    link = "surface=formula~text~x+cos(0.15+pi+x)&schedule=constant&start=10~0&steps=10&seed=0"
    whole, half = ran(f"{link}&r1=newton~lr~1&r2=newton~lr~0.5")
    # The Hessian is made of differences, which a step at eta 1 magnifies.
    assert whole.theta[-1] == pytest.approx((26.834133, 0.0), abs=2e-6)
    assert half.theta[-1] == pytest.approx((7.269860, 0.0), abs=6e-7)


def test_d2l_s_descent_in_one_dimension() -> None:
    """12.3.1: x^2 from 10 at 0.2, ten steps: 0.060466; x cos(0.15 pi x) at 2: -1.528166."""
    link = "schedule=constant&start=10~0&steps=10&seed=0"
    (square,) = ran(f"surface=formula~text~x^2&{link}&r1=sgd~lr~0.2")
    assert square.theta[-1] == pytest.approx((0.060466, 0.0), abs=6e-7)
    (waves,) = ran(f"surface=formula~text~x+cos(0.15+pi+x)&{link}&r1=sgd~lr~2")
    assert waves.theta[-1] == pytest.approx((-1.528166, 0.0), abs=6e-7)
