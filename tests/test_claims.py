"""What the texts claim in numbers, worked out: from the surfaces themselves, in closed form, or by steps written anew here."""

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app.experiment import Pick, suggested
from app.player import height, height_words
from optimizers import OPTIMIZERS, RULES, SCHEDULES, run
from optimizers.bases.optimizer import gradient
from surfaces import SURFACES, Surface


def said(entry: type[Any]) -> str:
    """All that an entry's docstring says."""
    return " ".join([entry.sentence(), *entry.notes()])


def curvatures(surface: Surface, place: tuple[float, float]) -> np.ndarray:
    """The eigenvalues of the Hessian, by differences."""
    at, h = np.array(place), 1e-5 * np.eye(2)
    return np.linalg.eigvalsh(np.stack([(gradient(surface, at + d) - gradient(surface, at - d)) / 2e-5 for d in h]))


# Surfaces.


@pytest.mark.parametrize("slug", sorted(set(SURFACES) - {"two_layer"}))
@pytest.mark.parametrize("l2", [0.0, 1.0])
def test_the_caption_of_the_heights_says_what_is_drawn(slug: str, l2: float) -> None:
    surface = SURFACES[slug](l2=l2)
    loss = np.linspace(0.5, 400.0, 9) + (surface.lowest or 0.0)
    formula = height_words(surface).removeprefix("height = ")
    lowest = surface.lowest
    if "lowest" not in formula:
        assert formula == "loss" or not lowest
    names = {"loss": loss, "lowest": lowest, "ln": np.log, "root": np.sqrt}
    code = re.sub(r"√(\w+)", r"root(\1)", formula).replace("√", "root").replace("−", "-")
    np.testing.assert_allclose(height(surface, loss), eval(code, {}, names), rtol=1e-12)


def test_rosenbrock_s_condition_number() -> None:
    for b in (0.01, 1.0, 20.0, 100.0, 1000.0):
        low, high = curvatures(SURFACES["rosenbrock"](b=b), (1.0, 1.0))
        # In closed form r + 1/r is exactly this.
        assert high / low + low / high == pytest.approx(25 * b + 8 + 1 / b, rel=1e-4)
        assert high / low == pytest.approx(25 * b + 8 + 1 / b, rel=2e-3)
    assert "25 b + 8 + 1/b" in said(SURFACES["rosenbrock"])
    assert "508 at the default, 2508 in the paper" in said(SURFACES["rosenbrock"])
    assert round(25 * SURFACES["rosenbrock"]().b + 8) == 508


def pits(amplitude: float) -> int:
    """How many minima Rastrigin's function has in its window: each coordinate's own, squared."""
    surface: Any = SURFACES["rastrigin"](amplitude=amplitude)
    (low, high), _ = surface.window
    slopes = np.asarray(surface.grad(np.linspace(low, high, 100_001), 0.0)[0])
    return int(((slopes[:-1] < 0) & (slopes[1:] >= 0)).sum()) ** 2


def test_rastrigin_s_pits() -> None:
    words = said(SURFACES["rastrigin"])
    assert "121 pits at the default amplitude, 49 at 1, and from 0.2 down one alone" in words
    assert [pits(a) for a in (10.0, 1.0, 0.2, 0.1, 0.0)] == [121, 49, 1, 1, 1]


def test_the_recurrent_cliff_s_wall() -> None:
    surface = SURFACES["recurrent_cliff"]()
    (x0, x1), (y0, y1) = surface.window
    x, y = np.meshgrid(np.linspace(x0, x1, 401), np.linspace(y0, y1, 401))
    slopes = np.hypot(*surface.grad(x, y))
    assert "10⁵ times as long as at most places, and longer" in said(SURFACES["recurrent_cliff"])
    assert slopes.max() > 1e5 * np.median(slopes)
    # A step of descent from there is a throw; what divides by the gradient's size is not thrown.
    high = np.unravel_index(np.argmax(slopes), slopes.shape)
    at = float(x[high]), float(y[high])
    thrown, steady = (
        np.abs(np.diff(run(surface, OPTIMIZERS[slug](), rate, at, 3).theta, axis=0)).max()
        for slug, rate in (("sgd", 0.01), ("adam", 0.1))
    )
    assert thrown > 2 * max(x1 - x0, y1 - y0)
    assert steady < 0.11


def test_the_condition_numbers_of_linear_regression() -> None:
    found = []
    for kind in ("none", "standardize"):
        surface = SURFACES["linear_regression"](normalization=kind)
        low, high = curvatures(surface, surface.start)
        found.append(high / low)
    assert found == pytest.approx([35.5, 2.39], rel=2e-3)
    assert "of condition number 35;" in said(SURFACES["linear_regression"])
    assert "it is 2.4" in said(SURFACES["linear_regression"])


def test_booth_matyas_and_the_bowl() -> None:
    for slug, ratio in (("booth", 9.0), ("matyas", 25.0), ("bowl", 12.0)):
        surface = SURFACES[slug]()
        low, high = curvatures(surface, surface.start)
        assert high / low == pytest.approx(ratio, rel=1e-6)


def test_ackley_s_slope_keeps_its_size_around_the_tip() -> None:
    surface = SURFACES["ackley"]()
    angle = np.linspace(0, 2 * np.pi, 50)
    for r in (1e-2, 1e-4, 1e-6):
        assert np.hypot(*surface.grad(r * np.cos(angle), r * np.sin(angle))) == pytest.approx(
            4 / np.sqrt(2), rel=20 * r
        )


# Methods.


def test_amsgrad_s_scale_in_either_flavour() -> None:
    bowl = SURFACES["bowl"]()
    torch, optax = (
        run(bowl, OPTIMIZERS["amsgrad"](flavour=name), 0.2, bowl.start, 200).sigma for name in ("torch", "optax")
    )
    assert torch is not None
    assert optax is not None
    assert (np.diff(torch, axis=0) < 0).all()
    assert torch[0] / torch[-1] == pytest.approx([5, 5.5], abs=0.2)
    assert "on the bowl at rate 0.2 to a fifth in 200 steps" in said(OPTIMIZERS["amsgrad"])
    for slug in ("bowl", "rosenbrock", "himmelblau"):
        surface = SURFACES[slug]()
        sigma = run(surface, OPTIMIZERS["amsgrad"](flavour="optax"), 0.3, surface.start, 200).sigma
        assert sigma is not None
        assert (np.diff(sigma, axis=0) >= 0).all()


def test_a_line_search_s_loss_cannot_rise_and_yet_falls_without_end_where_there_is_no_bottom() -> None:
    for slug in ("saddle", "monkey_saddle", "rosenbrock", "rastrigin"):
        surface = SURFACES[slug]()
        path = run(surface, OPTIMIZERS["line_search"](), 4.0, surface.start, 40)
        loss = path.loss[np.isfinite(path.loss)]
        assert (np.diff(loss) <= 1e-15 * (40 + np.abs(loss[:-1]))).all()
        assert (path.status == "diverged") == (slug in ("saddle", "monkey_saddle"))
    assert "cannot diverge" not in said(OPTIMIZERS["line_search"])


@pytest.mark.parametrize(("rate", "rho"), [(0.05, 0.5), (0.02, 0.5), (0.1, 0.05)])
def test_sam_hops_across_the_steepest_direction(rate: float, rho: float) -> None:
    bowl: Any = SURFACES["bowl"]()
    end = run(bowl, OPTIMIZERS["sam"](base="sgd", rho=rho), rate, bowl.start, 2000).theta[-2:]
    reach = rate * bowl.condition * rho / (2 - rate * bowl.condition)
    assert np.sort(end[:, 1]) == pytest.approx([-reach, reach])
    assert np.abs(end[:, 0]).max() < 1e-9


def test_sophia_takes_a_sign_step_where_the_loss_is_flat_or_bends_down() -> None:
    saddle = SURFACES["saddle"]()
    for rho in (1.0, 0.3):
        path = run(saddle, OPTIMIZERS["sophia"](weight_decay=0.0, clip_threshold=rho), 0.05, saddle.start, 20)
        moved = np.abs(np.diff(path.theta[:, 1]))
        np.testing.assert_allclose(moved, 0.05 * rho, rtol=1e-9)
    # Where the curvature is large it divides by it: no coordinate moves as far as a rate, once the first look was taken.
    steep = SURFACES["bowl"](condition=1000.0)
    path = run(steep, OPTIMIZERS["sophia"](weight_decay=0.0), 1e-5, (0.3, 2e-5), 5)
    moved = np.abs(np.diff(path.theta[:, 1]))
    assert moved[0] == pytest.approx(1e-5)
    assert (moved[1:] < 0.5e-5).all()


@pytest.mark.parametrize("slug", ["bowl", "rosenbrock"])
def test_keras_s_epsilon_is_adam_s_over_what_debiasing_leaves(slug: str) -> None:
    surface = SURFACES[slug]()
    eps, rate = 1e-3, 0.05
    place, m, v = np.array(surface.start), np.zeros(2), np.zeros(2)
    other, n, w = place.copy(), np.zeros(2), np.zeros(2)
    for t in range(1, 60):
        g = np.array(surface.grad(*place))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        left = np.sqrt(1 - 0.999**t)
        # As keras.optimizers.Adam has it.
        place = place - rate * left / (1 - 0.9**t) * m / (np.sqrt(v) + eps)
        # As the engine has it, with the epsilon of the text.
        h = np.array(surface.grad(*other))
        n, w = 0.9 * n + 0.1 * h, 0.999 * w + 0.001 * h * h
        other = other - rate * n / (1 - 0.9**t) / (np.sqrt(w) / left + eps / left)
        np.testing.assert_allclose(place, other, rtol=1e-9)
    assert "ε/√(1 − β₂ᵗ)" in said(OPTIMIZERS["adam"])


def test_small_weights_become_0_under_ftrl_with_l1_alone() -> None:
    bowl = SURFACES["bowl"]()
    zeros = [(run(bowl, OPTIMIZERS["ftrl"](l1=l1), 0.5, bowl.start, 200).theta[1:] == 0).sum() for l1 in (0.0, 100.0)]
    assert zeros[0] == 0
    assert zeros[1] > 100


def test_nadam_s_momentum_begins_at_half_and_at_0_stays_there() -> None:
    bowl = SURFACES["bowl"]()
    for psi in (0.0, 0.004, 1.0):
        optimizer = OPTIMIZERS["nadam"](momentum_decay=psi)
        # The product of all momenta so far is in the state.
        state, products = optimizer.init(), [1.0]
        for t in range(1, 101):
            *_, state = optimizer.step(1.0, state, 1.0, 0.1, t, bowl)
            products.append(float(state[2]))
        momenta = np.divide(products[1:51], products[:50])
        assert momenta[0] == pytest.approx(0.45, rel=0.05)
        assert (np.ptp(momenta) < 1e-12) == (psi == 0)


def test_rmsprop_s_first_step() -> None:
    bowl = SURFACES["bowl"]()
    for alpha in (0.9, 0.99):
        path = run(bowl, OPTIMIZERS["rmsprop"](alpha=alpha), 0.01, bowl.start, 3)
        moved = np.abs(np.diff(path.theta, axis=0))
        assert moved[0] == pytest.approx([0.01 / np.sqrt(1 - alpha)] * 2)
        assert (moved[1] < 0.9 * moved[0]).all()


def test_yogi_forgets_a_large_gradient_more_slowly_than_adam() -> None:
    bowl = SURFACES["bowl"]()
    left = []
    for slug in ("yogi", "adam"):
        optimizer = OPTIMIZERS[slug]()
        state: Any = optimizer.init()
        squares = []
        for t, g in enumerate([100.0, *[1.0] * 2000], 1):
            *_, state = optimizer.step(g, state, 0.0, 0.1, t, bowl)
            squares.append(float(state[1]))
        left.append(squares[-1] / squares[0])
    # Yogi's falls by a thousandth of the newest square a step.
    assert left[0] == pytest.approx(1 - 2.0 / 10.0, abs=1e-3)
    assert left[1] < 0.25


def test_one_newton_step_finds_the_minimum_of_a_quadratic_bowl_and_of_no_other() -> None:
    for slug, at_once in (("bowl", True), ("booth", True), ("matyas", True), ("rosenbrock", False)):
        surface = SURFACES[slug]()
        (place,) = surface.minima
        end = run(surface, OPTIMIZERS["newton"](), 1.0, surface.start, 1).theta[-1]
        assert (np.linalg.norm(end - place) < 1e-6) == at_once


def test_bfgs_comes_close_to_newton_close_to_a_minimum_and_not_before() -> None:
    valley = SURFACES["rosenbrock"]()
    theta = run(valley, OPTIMIZERS["bfgs"](), 1.0, valley.start, 40).theta
    steps = np.diff(theta[: np.flatnonzero(np.diff(theta, axis=0).any(axis=1))[-1] + 2], axis=0)
    apart = []
    for place, step in zip(theta, steps, strict=False):
        newton = np.diff(run(valley, OPTIMIZERS["newton"](), 1.0, place, 1).theta, axis=0)[0]
        apart.append(np.linalg.norm(step - newton) / np.linalg.norm(newton))
    assert apart[-1] < 0.05
    assert min(apart[:6]) > 0.5


def test_along_a_straight_valley_conjugate_gradients_take_two_steps_and_descent_dozens() -> None:
    bowl: Any = SURFACES["bowl"]()
    best = 2 / (1 + bowl.condition)
    first = []
    for slug, rate in (("cg", 1.0), ("sgd", best)):
        loss = run(bowl, OPTIMIZERS[slug](), rate, bowl.start, 100).loss
        first.append(int(np.flatnonzero(loss < 1e-8 * loss[0])[0]))
    assert first[0] == 2
    assert first[1] > 48


def test_beyond_two_steps_l_bfgs_s_memory_is_seldom_faster_but_may_lead_elsewhere() -> None:
    for slug in ("rosenbrock", "booth", "beale"):
        surface = SURFACES[slug]()
        needed = []
        for memory in (2, 10, 50):
            loss = run(surface, OPTIMIZERS["lbfgs"](memory=memory), 1.0, surface.start, 60).loss
            needed.append(int(np.flatnonzero(loss < 1e-8)[0]))
        assert max(needed) - min(needed) <= 1
    surface = SURFACES["dixon_price"]()
    ends = [run(surface, OPTIMIZERS["lbfgs"](memory=k), 1.0, surface.start, 60).theta[-1] for k in (2, 3)]
    assert np.abs(ends[0] - ends[1]).max() > 1
    assert "may lead elsewhere" in said(OPTIMIZERS["lbfgs"])


@pytest.mark.parametrize(("flavour", "share"), [("paper", 0.92), ("optax", 0.08)])
def test_adan_by_its_authors_and_by_optax(flavour: str, share: float) -> None:
    """The authors' own steps, written anew in the paper's betas; optax has another factor on the change of the gradient."""
    surface, b1, b2, b3, eps, rate = SURFACES["himmelblau"](), 0.02, 0.08, 0.01, 1e-8, 0.05
    theta = np.array([-1.0, 2.5])
    m = v = n = np.zeros(2)
    before: np.ndarray | None = None
    path = run(surface, OPTIMIZERS["adan"](flavour=flavour, eps_root=0.0), rate, theta, 40)
    for k in range(1, 41):
        g = gradient(surface, theta)
        change = np.zeros(2) if before is None else g - before
        m, v = (1 - b1) * m + b1 * g, (1 - b2) * v + b2 * change
        n = (1 - b3) * n + b3 * (g + share * change) ** 2
        # Debiased as in the authors' code.
        step = m / (1 - (1 - b1) ** k) + share * v / (1 - (1 - b2) ** k)
        theta, before = theta - rate * step / (np.sqrt(n / (1 - (1 - b3) ** k)) + eps), g
        np.testing.assert_allclose(path.theta[k], theta, rtol=1e-9)
    assert 1 - b2 == pytest.approx(OPTIMIZERS["adan"]().beta2)


def test_nelder_mead_rests_when_its_triangle_is_smaller() -> None:
    rests = []
    for xatol in (1.0, 0.1, 1e-3, 1e-8):
        path = run(SURFACES["himmelblau"](), OPTIMIZERS["nelder_mead"](xatol=xatol), 0.5, (-1.0, 2.5), 200)
        moves = np.flatnonzero(np.abs(np.diff(path.theta, axis=0)).max(axis=-1))
        rests.append(int(moves[-1]) + 1 if len(moves) else 0)
    # The first triangle, half as wide, is small enough at once.
    assert rests[0] == 0 < rests[1] < rests[2] < rests[3] < 150


def test_of_methods_that_need_both_coordinates_a_held_one_keeps_its_place_alone() -> None:
    """As the rule's text says: their memory goes on, so that averaging around momentum is another path than momentum's."""
    assert "their memory goes on, with a gradient of 0" in said(RULES["sparse"])
    bowl, rule = SURFACES["bowl"](), [RULES["sparse"]()]
    inner, around = OPTIMIZERS["momentum"](), OPTIMIZERS["averaging"](base="momentum")
    alone, wrapped = (run(bowl, one, 0.05, bowl.start, 30, rule).theta for one in (inner, around))
    assert np.abs(alone - wrapped).max() > 0.1
    free = [run(bowl, one, 0.05, bowl.start, 30).theta for one in (inner, around)]
    np.testing.assert_allclose(*free, rtol=1e-12)


def test_a_scaling_of_2_halves_a_polyak_step_that_the_rate_does_not_bound() -> None:
    bowl = SURFACES["bowl"]()
    steps = [
        np.diff(run(bowl, OPTIMIZERS["polyak_sgd"](scaling=s), 10.0, bowl.start, 1).theta, axis=0)[0]
        for s in (1.0, 2.0)
    ]
    np.testing.assert_allclose(steps[1], steps[0] / 2)


def test_a_mini_batch_that_does_not_say_how_low_its_loss_can_go_has_f_min() -> None:
    data: Any = SURFACES["logistic_regression"](batch_size=8)
    assert getattr(data.sample(1, 0), "lowest", None) is None
    path = run(data, OPTIMIZERS["polyak_sgd"](f_min=0.5), 1000.0, data.start, 1)
    part = data.sample(1, 0)
    g = gradient(part, path.theta[0])
    wanted = path.theta[0] - (part.value(*path.theta[0]) - 0.5) / (g @ g) * g
    np.testing.assert_allclose(path.theta[1], wanted)


def test_the_rate_is_a_factor_on_the_gradient_of_descent() -> None:
    valley = SURFACES["rosenbrock"]()
    for rate in (0.001, 0.01):
        path = run(valley, OPTIMIZERS["sgd"](), rate, valley.start, 1)
        np.testing.assert_allclose(np.diff(path.theta, axis=0)[0], -rate * path.grad[0])


def test_gradient_descent_comes_the_closer_to_the_flow_the_smaller_its_rate() -> None:
    valley = SURFACES["himmelblau"]()
    flow = run(valley, OPTIMIZERS["gradient_flow"](), 0.1, valley.start, 1).theta[-1]
    away = [
        np.linalg.norm(run(valley, OPTIMIZERS["sgd"](), 0.1 / n, valley.start, n).theta[-1] - flow)
        for n in (50, 500, 5000)
    ]
    assert away[0] > 5 * away[1] > 25 * away[2]


def test_lion_moves_every_coordinate_by_the_rate() -> None:
    surface = SURFACES["himmelblau"]()
    moved = np.diff(
        run(surface, OPTIMIZERS["lion"](), suggested(Pick("lion"), surface), surface.start, 30).theta, axis=0
    )
    np.testing.assert_allclose(np.abs(moved), suggested(Pick("lion"), surface))


# Schedules.


def test_the_falls_of_warm_restarts_are_as_long_as_before_or_longer() -> None:
    for m in (1, 2, 3):
        rates = SCHEDULES["warm_restarts"](T_0=10, T_mult=m).rates(150)
        jumps = [0, *(np.flatnonzero(np.diff(rates) > 0) + 1)]
        falls = np.diff(jumps)
        assert falls[0] == 10
        assert all(b == m * a for a, b in pairwise(falls))
