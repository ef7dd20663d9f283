"""Why a run went as it did: numbers in the sentences against theory, and silence wherever a verdict is in doubt."""

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from optimizers.explain.curvature import curvature
from optimizers.explain.finding import Finding
from optimizers.explain.findings import findings
from optimizers.explain.law import Law, limit, limit_name
from optimizers.explain.numbers import number
from optimizers.explain.verdicts.bounces import bounces
from optimizers.explain.verdicts.bursts import bursts
from optimizers.explain.verdicts.crawls import crawls
from optimizers.explain.verdicts.diverges import diverges
from optimizers.explain.verdicts.stuck import stuck
from surfaces import SURFACES
from surfaces.bases.surface import Cost

BOWL = SURFACES["bowl"]()
SADDLE = SURFACES["saddle"]()
KAPPA = 12.0
START = (-4.0, 3.0)


class Turned:
    """A bowl of curvatures 1 and 10 whose steep direction points 30 degrees up from x."""

    window = ((-5.0, 5.0), (-5.0, 5.0))
    lowest = 0.0
    minima = ((0.0, 0.0),)
    steep = np.array([math.cos(math.pi / 6), math.sin(math.pi / 6)])

    def value(self, x: Any, y: Any) -> Any:
        a, b = self.steep
        return (10 * (a * x + b * y) ** 2 + (a * y - b * x) ** 2) / 2

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        a, b = self.steep
        u, v = a * x + b * y, a * y - b * x
        return 10 * a * u - b * v, 10 * b * u + a * v


class Floored:
    """A saddle that knows a lowest value, however far below."""

    window = ((-2.0, 2.0), (-2.0, 2.0))

    def __init__(self, lowest: float | None) -> None:
        self.lowest = lowest

    def value(self, x: Any, y: Any) -> Any:
        return x * x - y * y

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return 2.0 * x + 0.0 * y, -2.0 * y + 0.0 * x


class Pits:
    """Pits all along a line, as many maxima between them: a run may come to rest far from the pit that is named."""

    window = ((-2.0, 2.0), (-2.0, 2.0))
    minima = ((9.0, 9.0),)

    def value(self, x: Any, y: Any) -> Any:
        return -np.cos(x) - np.cos(y)

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return np.sin(x) + 0.0 * y, np.sin(y) + 0.0 * x


def descend(lr: Any, surface: Any = BOWL, start: tuple[float, float] = START, steps: int = 300, **more: Any) -> Path:
    return run(surface, OPTIMIZERS["sgd"](), lr, start, steps, **more)


def kinds(path: Path) -> list[str]:
    return [finding.kind for finding in findings(path)]


def only(found: tuple[Finding, ...]) -> Finding:
    assert len(found) == 1, found
    return found[0]


# The methods whose limit on a quadratic is known on paper: the optimizer, and rate times curvature at the limit.
LAWS: dict[str, tuple[Any, float]] = {
    "gradient descent": (OPTIMIZERS["sgd"](), 2.0),
    "heavy ball": (OPTIMIZERS["momentum"](momentum=0.9), 2 * 1.9),
    "heavy ball, .5": (OPTIMIZERS["momentum"](momentum=0.5), 2 * 1.5),
    "Nesterov": (OPTIMIZERS["nesterov"](momentum=0.9), 2 * 1.9 / 2.8),
    "average": (OPTIMIZERS["composed"](direction="average", scale="none", beta1=0.9), 2 * 1.9 / 0.1),
    "debiased": (OPTIMIZERS["composed"](direction="average", scale="none", beta1=0.8, debias=True), 2 * 1.8 / 0.2),
    "quasi-hyperbolic": (OPTIMIZERS["qhm"](nu=0.7, beta1=0.9), 2 * 1.9 / (1 - 0.7 * 0.9 + 0.9 * 0.3)),
}
every_law = pytest.mark.parametrize("name", LAWS)


@pytest.mark.parametrize(
    "law",
    [
        Law(0.0, 1.0, 0.0, 0.0, False, (True, True), 0),
        Law(0.9, 1.0, 0.0, 0.0, False, (True, True), 0),
        Law(0.9, 1.9, -0.9, 0.0, False, (True, True), 0),
        Law(0.9, 0.1, 0.0, 0.0, False, (True, True), 0),
        Law(0.999, 0.3007, -0.2997, 0.0, False, (True, True), 0),
        Law(0.5, 1.0, 0.3, 0.0, False, (True, True), 0),
        Law(0.5, 1.0, -0.9, 0.0, False, (True, True), 0),
        Law(0.0, 1.0, 0.0, 0.7, False, (True, True), 0),
        Law(0.9, 0.1, 0.0, 0.2, False, (True, True), 0),
    ],
)
@pytest.mark.parametrize("stiffness", [0.3, 40.0])
def test_the_limit_is_where_the_recursion_begins_to_grow(law: Law, stiffness: float) -> None:
    bound = float(law.limit(np.array(stiffness)))
    for share, grows in ((0.998, False), (1.002, True)):
        rate = share * bound
        now, m, before = 1.0, 0.0, 0.0
        far = []
        for _ in range(40_000):
            g = stiffness * now
            m = law.a * m + law.c * g + law.d * before
            now, before = now - rate * law.pull * now - rate * m, g
            far.append(abs(now))
            if far[-1] > 1e6:
                break
        assert (max(far[-50:]) > 2 * max(far[:50])) == grows


def test_where_nothing_curves_up_there_is_no_limit() -> None:
    law = Law(0.0, 1.0, 0.0, 0.0, False, (True, True), 0)
    assert np.isnan(law.limit(np.array([0.0, -3.0]))).all()
    path = descend(0.01, SURFACES["himmelblau"](), (-0.3, -0.9), 30)
    hill = curvature(path)[0][:-1, 1] < 0
    assert 5 < hill.sum() < 25
    np.testing.assert_array_equal(np.isnan(limit(path)), hill)


@every_law
def test_the_limit_of_each_law_is_that_on_paper(name: str) -> None:
    optimizer, reach = LAWS[name]
    for surface, stiffest in ((BOWL, KAPPA), (Turned(), 10.0)):
        path = run(surface, optimizer, 0.3 * reach / stiffest, START, 120)
        found = limit(path)
        assert found.shape == (120,)
        known = found[np.isfinite(found)]
        assert len(known) >= 60
        np.testing.assert_allclose(known, reach / stiffest, rtol=1e-6)
    assert limit_name(path) == ("2/λmax" if name == "gradient descent" else "limit")


@every_law
def test_just_above_the_limit_a_run_diverges_and_the_sentence_has_both_numbers(name: str) -> None:
    optimizer, reach = LAWS[name]
    rate = 1.01 * reach / KAPPA
    path = run(BOWL, optimizer, rate, START, 600)
    assert path.status == "diverged"
    if name == "debiased":
        # Its first steps are longer, and send it off before the law holds: what is not certain is not said of the limit.
        assert only(diverges(path)).sentence == (
            "diverges because the rate 1.51 is too high: at a tenth of it the run does not diverge"
        )
        return
    finding = only(findings(path))
    assert (finding.kind, finding.last) == ("diverges", path.stop_step)
    assert path.lr[finding.first] > limit(path)[finding.first]
    if name == "gradient descent":
        assert finding.first == 0
        assert finding.sentence == "diverges because the rate 0.168 is above 2/λmax = 0.167 here"
    else:
        words = r"diverges because the rate (\S+) is above this method's limit (\S+) here \(λmax = 12.0\)"
        numbers = re.fullmatch(words, finding.sentence)
        assert numbers, finding.sentence
        assert [float(n) for n in numbers.groups()] == pytest.approx([rate, reach / KAPPA], rel=5e-3)
        assert numbers[1] != numbers[2]


@every_law
def test_just_below_the_limit_a_run_does_not_diverge(name: str) -> None:
    optimizer, reach = LAWS[name]
    path = run(BOWL, optimizer, 0.99 * reach / KAPPA, START, 600)
    assert path.status == "converged"
    assert diverges(path) == ()
    for finding in findings(path):
        assert finding.kind in {"zigzags", "bounces"}
        assert finding.last <= path.stop_step


def test_just_below_the_limit_descent_zigzags_between_walls_in_y() -> None:
    path = descend(0.99 * 2 / KAPPA)
    finding = only(findings(path))
    assert (finding.kind, finding.first, finding.last) == ("zigzags", 0, path.stop_step)
    # 1 - 0.99 * 2 = -0.98 a step.
    assert finding.sentence.startswith(
        "zigzags between walls in y: its gradient turns at every step, 2.0% shorter each time, and the loss goes from "
    )
    assert finding.sentence.endswith("; the rate 0.165 is just under 2/λmax = 0.167")


@pytest.mark.parametrize(("share", "kind"), [(0.9995, "bounces"), (0.998, "zigzags")])
def test_what_halves_its_gap_on_the_way_does_not_bounce(share: float, kind: str) -> None:
    # (2 * 0.9995 - 1)^(2 * 300) = 0.55 and (2 * 0.998 - 1)^(2 * 300) = 0.09 of the gap across are left.
    finding = only(findings(descend(share * 2 / KAPPA, start=(0.0, 3.0))))
    assert (finding.kind, finding.last - finding.first) == (kind, 300)
    assert "at every step" in finding.sentence
    assert "only" not in finding.sentence


def test_at_the_limit_it_stays_where_it_is() -> None:
    finding = only(findings(descend(2 / KAPPA)))
    # |g| = 12 * 3 and f = 12 * 9 / 2.
    assert finding.sentence == (
        "bounces between walls in y: its gradient turns at every step and stays about 36.0 long while the loss stays at "
        "54.0; the rate 0.167 is at 2/λmax = 0.167"
    )
    assert finding.last == 300


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.95, 0.975])
def test_a_swing_that_dies_out_is_no_bouncing(share: float) -> None:
    assert findings(descend(share * 2 / KAPPA)) == ()


def test_a_slanting_valley_has_the_same_limit_and_no_axis() -> None:
    below, above = (descend(share * 2 / 10, Turned(), steps=600) for share in (0.99, 1.01))
    assert only(findings(above)).sentence == "diverges because the rate 0.202 is above 2/λmax = 0.200 here"
    assert only(findings(below)).sentence.startswith("zigzags between the walls: ")
    values, vectors = curvature(below)
    np.testing.assert_allclose(values, np.tile([1.0, 10.0], (601, 1)), rtol=1e-6)
    np.testing.assert_allclose(np.abs(vectors[:, :, 1] @ Turned.steep), 1.0, rtol=1e-6)


def test_absurd_rates_have_the_same_reason() -> None:
    for rate in (1.0, 10.0, 1000.0):
        finding = only(findings(descend(rate, steps=500)))
        assert finding.first == 0
        assert f"is above 2/λmax = {2 / KAPPA:.3f} here" in finding.sentence


def test_a_warm_up_across_the_limit_diverges_from_there_on() -> None:
    path = descend(SCHEDULES["constant"](lr=2 * 2 / KAPPA, warmup=200), steps=400)
    assert path.status == "diverged"
    crossed = int(np.argmax(np.asarray(path.lr) > 2 / KAPPA))
    finding = only(diverges(path))
    assert 90 < crossed <= finding.first <= crossed + 2
    assert f"is above 2/λmax = {2 / KAPPA:.3f} here" in finding.sentence


def test_a_cycle_that_rises_across_the_limit_diverges_from_there_on() -> None:
    path = descend(SCHEDULES["one_cycle"](lr=8 * 2 / KAPPA, pct_start=0.9), steps=200)
    assert path.status == "diverged"
    finding = only(diverges(path))
    crossed = int(np.argmax(np.asarray(path.lr) > 2 / KAPPA))
    assert crossed <= finding.first <= crossed + 2


def test_a_rate_that_was_above_the_limit_only_for_a_while_diverges_not() -> None:
    path = descend(SCHEDULES["exponential"](lr=0.25, decay_steps=20), steps=200)
    assert path.status == "converged"
    assert np.any(np.asarray(path.lr) > limit(path))
    assert diverges(path) == ()


def test_what_falls_without_end_runs_off() -> None:
    path = descend(0.1, SADDLE, (-1.6, 0.01), 100)
    finding = only(findings(path))
    assert finding.kind == "diverges"
    assert finding.sentence == "runs off: the surface falls without end that way (curvature −2.00 here)"


def test_a_rate_is_no_reason_where_lower_ones_diverge_too() -> None:
    # Too fast across the ridge, and off along it, faster.
    path = descend(1.5, SADDLE, (-1.6, 0.01), 100)
    assert path.status == "diverged"
    assert only(findings(path)).sentence == (
        "runs off: at a tenth of the rate, 0.150, as well, since the surface falls without end"
    )
    # On the ridge itself nothing falls, and half the limit comes to rest.
    assert "because the rate 1.50 is above 2/λmax = 1.00" in only(findings(descend(1.5, SADDLE, (-1.6, 0.0)))).sentence


def test_where_the_loss_has_a_floor_nothing_falls_without_end() -> None:
    for lowest, words in ((None, 1), (-1e12, 0)):
        path = descend(0.1, Floored(lowest), (-1.6, 0.01), 80)
        assert path.status == "diverged"
        assert len(diverges(path)) == words


def test_a_scale_per_coordinate_counts() -> None:
    for optimizer, reach in ((OPTIMIZERS["rmsprop"](), 2.0), (OPTIMIZERS["adam"](), 2 * 1.9 / 0.1)):
        path = run(BOWL, optimizer, 0.05, START, 150)
        on_paper = reach / np.maximum(1 / path.sigma[:, 0], KAPPA / path.sigma[:, 1])
        found = limit(path)
        known = np.isfinite(found)
        # Adam's first steps are those of another law, until its debiasing is over.
        assert known.all() if reach == 2.0 else known[60:].all() and not known[:40].any()
        np.testing.assert_allclose(found[known], on_paper[known], rtol=1e-6)
        assert limit_name(path) == "limit at this σ"


def test_the_limit_with_a_scale_parts_growing_from_shrinking() -> None:
    # A scale that hardly forgets stays at the first gradient's, 4 and 36: the limit is 2 * 36 / 12 = 6.
    frozen = OPTIMIZERS["composed"](direction="gradient", scale="rms_moving", alpha=0.99999)
    below, above = (run(BOWL, frozen, 6 * share, START, 100) for share in (0.99, 1.01))
    np.testing.assert_allclose(limit(below), 6.0, rtol=1e-2)
    assert (np.abs(below.theta[50:, 1]) < 3 * 0.99**50).all()
    assert np.abs(above.theta[50, 1]) > 3 * 1.01**50
    words = "just under 6.00, the limit of the quadratic here with the present σ (λmax = 0.333 after dividing by σ)"
    assert words in only(bounces(below)).sentence


def test_decay_lowers_the_limit_a_little() -> None:
    path = run(BOWL, OPTIMIZERS["adamw"](weight_decay=0.5), 0.05, START, 150)
    stiffness = np.maximum(1 / path.sigma[:, 0], KAPPA / path.sigma[:, 1])
    known = np.isfinite(limit(path))
    assert known.sum() > 90
    np.testing.assert_allclose(limit(path)[known], 3.8 / (0.1 * stiffness + 0.95)[known], rtol=1e-6)


@pytest.mark.parametrize(
    "optimizer", ["signsgd", "lion", "sam", "newton", "rprop", "lookahead", "schedule_free", "bfgs"]
)
@pytest.mark.parametrize("surface", ["bowl", "saddle", "rosenbrock"])
def test_other_methods_have_no_limit_that_is_known(optimizer: str, surface: str) -> None:
    built = SURFACES[surface]()
    assert limit(run(built, OPTIMIZERS[optimizer](), 0.02, built.start, 100)) is None


def test_a_displacement_is_no_direction() -> None:
    assert limit(run(BOWL, OPTIMIZERS["momentum"](flavour="keras"), 0.02, START, 100)) is None


def test_signs_that_hop_look_like_gradients_and_are_none() -> None:
    # From the first step on m is 20 g, and that says nothing.
    path = run(BOWL, OPTIMIZERS["signsgd"](), 0.1, (0.05, 0.05 / KAPPA), 60)
    assert limit(path) is None
    assert limit(run(BOWL, OPTIMIZERS["signsgd"](), 0.1, (0.05, 0.0), 60)) is None


def test_a_valley_straight_ahead_tells_nesterov_not_from_momentum() -> None:
    # Along one axis with one rate its path is also that of another law, with another limit.
    assert limit(run(BOWL, OPTIMIZERS["nesterov"](), 0.02, (0.0, 3.0), 100)) is None
    np.testing.assert_allclose(limit(run(BOWL, OPTIMIZERS["momentum"](), 0.02, (0.0, 3.0), 100)), 3.8 / KAPPA)


def test_a_coordinate_without_slope_has_shown_no_law() -> None:
    assert np.isnan(limit(descend(0.1, start=(-4.0, 0.0)))).all()
    np.testing.assert_allclose(limit(descend(0.1, start=(0.0, 3.0))), 2 / KAPPA)


def test_a_rule_on_the_position_leaves_no_limit() -> None:
    path = descend(0.2, rules=[RULES["max_norm"](radius=2.0)])
    assert limit(path) is None


@pytest.mark.parametrize("rule", ["clip_norm", "clip_value", "coupled_l2", "noise"])
def test_where_a_rule_changes_the_gradient_there_is_no_limit(rule: str) -> None:
    path = descend(0.15, rules=[RULES[rule]()])
    changed = np.any(path.used != path.grad[:-1], axis=1)
    assert changed[0]
    found = limit(path)
    if found is not None:
        np.testing.assert_array_equal(np.isnan(found), changed)


def test_a_tip_has_no_curvature() -> None:
    path = descend(0.01, SURFACES["bowl"](l1=1.0), (0.0, 3.0), 100)
    assert np.isnan(limit(path)).all()
    assert np.isnan(curvature(path)[0]).all()
    beside = descend(0.01, SURFACES["bowl"](l1=1.0), (1.0, 3.0), 20)
    np.testing.assert_allclose(curvature(beside)[0][:, 1], KAPPA, rtol=1e-6)


def test_signs_bounce_around_the_minimum() -> None:
    path = run(BOWL, OPTIMIZERS["signsgd"](), 0.5, (-4.25, 3.25), 300)
    assert path.status == "running"
    finding = only(findings(path))
    # At (0.25, 0.25) by turns: |g| = 0.25 sqrt(1 + 144), f = 0.0625 * 13 / 2.
    assert "between walls in y: its gradient turns at every step and stays about 3.01 long" in finding.sentence
    assert finding.sentence.endswith("while the loss stays at 0.406")
    assert 6 <= finding.first <= 20
    assert finding.last == 300


def test_what_hops_within_half_a_hundredth_of_the_window_has_converged() -> None:
    path = run(BOWL, OPTIMIZERS["signsgd"](), 0.02, START, 300)
    assert path.status == "converged"
    assert findings(path) == ()


def test_a_hop_on_a_small_slope_is_not_spoken_of() -> None:
    # Where no lowest value is known, two hundredths of the steepest slope met are a bounce, four thousandths are none.
    for rate, found in ((0.04, 1), (0.008, 0)):
        path = run(Pits(), OPTIMIZERS["signsgd"](), rate, (1.5 + rate / 4, 1.5 + rate / 4), 400)
        assert len(bounces(path)) == found


def test_noise_is_no_bouncing() -> None:
    for rate in (0.01, 0.05):
        path = descend(rate, rules=[RULES["noise"]()])
        assert findings(path) == ()


def test_a_slow_run_on_the_valley_s_floor_crawls() -> None:
    surface = SURFACES["rosenbrock"](b=100.0)
    path = descend(0.0005, surface, (-1.5, 2.0))
    finding = only(findings(path))
    assert (finding.kind, finding.last) == ("crawls", 300)
    assert 0 < finding.first < 200
    words = r"crawls: the gradient is (\S+) long, a step (\S+), and the minimum still (\S+) away: (\S+) more steps at this pace"
    numbers = re.fullmatch(words, finding.sentence)
    assert numbers, finding.sentence
    slope, pace, left, more = (float(n) for n in numbers.groups())
    assert slope == pytest.approx(np.hypot(*path.grad[-1]), rel=5e-3)
    assert left == pytest.approx(np.hypot(*(path.theta[-1] - 1)), rel=5e-3)
    assert pace == pytest.approx(0.0005 * slope, rel=0.1)
    assert more == pytest.approx(left / pace, rel=1e-2)
    assert more > 5 * 300


@pytest.mark.parametrize("rate", [0.001, 0.0018])
def test_a_livelier_run_on_the_floor_does_not(rate: float) -> None:
    assert crawls(descend(rate, SURFACES["rosenbrock"](), (-1.5, 2.0), 1000)) == ()


def test_what_converges_slowly_but_well_does_not_crawl() -> None:
    for rate, steps in ((0.01, 50), (0.01, 300), (0.002, 300), (0.05, 60)):
        path = descend(rate, steps=steps)
        assert findings(path) == (), (rate, steps)


def test_what_rests_in_another_pit_does_not_crawl_to_the_one_that_is_known() -> None:
    for rate in (0.01, 0.1):
        assert crawls(descend(rate, Pits(), (0.5, 0.4), 300)) == ()
    for name, optimizer, rate in (("styblinski_tang", "qhm", 0.0075), ("mccormick", "qhm", 0.18)):
        built = SURFACES[name]()
        assert crawls(run(built, OPTIMIZERS[optimizer](), rate, built.start, 300)) == ()
    # Newton's steps climb to a top, shorter and shorter.
    path = run(SURFACES["himmelblau"](), OPTIMIZERS["newton"](), 0.01, SURFACES["himmelblau"]().start, 300)
    assert crawls(path) == ()


def test_on_the_ridge_a_run_is_stuck_and_beside_it_not() -> None:
    on, beside = (descend(0.1, SADDLE, (-1.6, y), 60) for y in (0.0, 0.01))
    finding = only(findings(on))
    assert (finding.kind, finding.last) == ("saddle", 60)
    assert finding.sentence.startswith(
        "is stuck on a saddle: the curvature is 2.00 one way and −2.00 the other, and the gradient "
    )
    # From |2x| < 0.001 of the steepest on, sqrt(32) in the corners.
    assert abs(3.2 * 0.8**finding.first) < 1e-3 * math.sqrt(32) <= abs(3.2 * 0.8 ** (finding.first - 1))
    assert stuck(beside) == ()


def test_a_run_that_leaves_a_saddle_is_not_stuck_on_it() -> None:
    for steps in (40, 60, 75):
        path = descend(0.1, SADDLE, (-1.6, 1e-9), steps)
        # y grows by 1.2 a step, and is at a hundredth of the window in step 96.
        (finding,) = findings(path)
        assert (finding.kind, finding.last) == ("leaving", steps)
        # The numbers are those of where it is.
        assert f"the gradient {number(float(np.hypot(*path.grad[-1])))} long" in finding.sentence
    surface = SURFACES["dixon_price"]()
    for optimizer, rate in (("momentum", 0.00044), ("sgd", 0.001)):
        path = run(surface, OPTIMIZERS[optimizer](), rate, surface.start, 240)
        assert "saddle" not in [f.kind for f in findings(path) if f.last == 240]


def test_a_run_hangs_on_a_saddle_for_a_while() -> None:
    path = descend(0.1, SADDLE, (-1.6, 1e-9), 100)
    finding = only(stuck(path))
    assert finding.kind == "leaving"
    assert 20 < finding.first < 40
    assert 70 < finding.last < 90
    assert finding.sentence.startswith(f"hangs until step {finding.last} on a saddle: ")


def test_newton_s_method_is_stuck_on_the_saddle_it_looks_for() -> None:
    path = run(SADDLE, OPTIMIZERS["newton"](), 1.0, (-1.6, 0.5), 50)
    assert kinds(path) == ["saddle"]


@pytest.mark.parametrize("surface", ["bowl", "himmelblau", "booth", "styblinski_tang"])
def test_a_minimum_is_no_place_to_be_stuck(surface: str) -> None:
    built = SURFACES[surface]()
    for place in built.minima[:2]:
        for start in (place, (place[0] + 1e-3, place[1])):
            assert findings(descend(0.01, built, start, 100)) == ()


def test_a_hill_s_top_is_no_saddle() -> None:
    path = run(SURFACES["himmelblau"](), OPTIMIZERS["newton"](), 1.0, (-0.3, -0.9), 100)
    assert stuck(path) == ()


def test_where_mse_is_flat_a_run_is_stuck() -> None:
    mse, cross = SURFACES["three_class"](), SURFACES["three_class"](loss="cross_entropy")
    path = descend(1.0, mse, mse.start)
    finding = only(findings(path))
    assert (finding.kind, finding.first, finding.last) == ("plateau", 0, 300)
    norms = np.hypot(*path.grad.T)
    assert norms.min() < 2e-6
    assert finding.sentence == (
        "is stuck on a plateau: no slope (1.73×10⁻⁶) and no curvature (at most 2.45×10⁻⁶) to push it"
    )
    assert findings(descend(1.0, cross, cross.start)) == ()


def test_a_small_slope_among_steep_corners_is_no_plateau() -> None:
    surface = SURFACES["goldstein_price"]()
    for rate in (1e-7, 1e-6, 1e-5):
        assert "plateau" not in kinds(descend(rate, surface, surface.start))


# The lecture's Adagrad, which divides by the root of the mean of all squared gradients.
LECTURE = OPTIMIZERS["composed"](direction="gradient", scale="rms_all")
STEEP = SURFACES["bowl"](condition=100.0)


def test_a_scale_that_shrinks_lets_the_path_burst_sideways() -> None:
    path = run(STEEP, LECTURE, 0.2, (-4.0, 0.5), 200)
    assert path.status == "running" or path.stop_step > 105
    finding = only(findings(path))
    at = finding.first
    assert finding.kind == "burst"
    assert at < finding.last < 120
    # It is where y leaps, and the loss with it; before, sigma has fallen so far that 2 sigma / kappa is under the rate.
    assert np.abs(path.theta[at - 20 : at - 8, 1]).max() < 0.01 < np.abs(path.theta[at, 1])
    assert 2 * path.sigma[at - 8, 1] / 100 < 0.2 < 2 * path.sigma[0, 1] / 100
    words = (
        r"bursts at step (\d+): σ in y has fallen from 50.0 to (\S+), so the rate 0.200 is above (\S+), the limit of the "
        r"quadratic here with the present σ \(λmax = (\S+) after dividing by σ\); the loss jumps from (\S+) to (\S+)"
    )
    numbers = re.fullmatch(words, finding.sentence)
    assert numbers, finding.sentence
    now, bound, stiffness = (float(numbers[k]) for k in (2, 3, 4))
    assert bound == pytest.approx(2 * now / 100, rel=1e-2)
    assert stiffness == pytest.approx(100 / now, rel=1e-2)
    assert float(numbers[6]) == pytest.approx(path.loss[at : finding.last].max(), rel=5e-3)


def test_a_decaying_rate_cures_it() -> None:
    for schedule in (
        SCHEDULES["exponential"](lr=0.2, decay_steps=20),
        SCHEDULES["exponential"](lr=0.5, decay_steps=10),
    ):
        path = run(STEEP, LECTURE, schedule, (-4.0, 0.5), 200)
        assert bursts(path) == ()
        assert np.all(np.diff(path.loss[5:]) <= 0)


def test_without_a_scale_nothing_bursts() -> None:
    for rate in (0.1, 0.165, 0.17):
        assert bursts(descend(rate)) == ()


def test_a_loss_that_does_not_leap_is_no_burst() -> None:
    # The rate passes the limit at step 247, and y has nothing left to grow from by step 300.
    path = run(STEEP, LECTURE, 0.1, (-4.0, 0.5), 300)
    assert np.any(np.asarray(path.lr) > limit(path))
    assert findings(path) == ()


# Rates at which each of these converges in 400 steps, in units of 1/curvature or of the window.
HEALTHY = {
    "sgd": 0.6,
    "momentum": 0.1,
    "nesterov": 0.1,
    "adam": 0.03,
    "adamw": 0.03,
    "amsgrad": 0.03,
    "adagrad": 0.1,
    "adabelief": 0.03,
    "composed": 0.03,
}


@pytest.mark.parametrize("optimizer", HEALTHY)
@pytest.mark.parametrize("surface", ["bowl", "booth", "matyas", "himmelblau", "linear_regression", "three_hump_camel"])
def test_of_a_healthy_run_there_is_nothing_to_say(optimizer: str, surface: str) -> None:
    built = SURFACES[surface]()
    method = OPTIMIZERS[optimizer]()
    if method.rate_unit == "curvature":
        start = run(built, method, 1e-7, built.start, 1)
        rate = HEALTHY[optimizer] / np.abs(curvature(start)[0][0]).max()
    else:
        rate = HEALTHY[optimizer] * (built.window[0][1] - built.window[0][0])
    # Where the scale is still large beside the slope, weight decay holds a run back.
    path = run(built, method, rate, built.start, 800 if optimizer == "adamw" else 400)
    assert path.status in {"converged", "local_minimum"}, rate
    assert findings(path) == ()


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
@pytest.mark.parametrize("surface", ["bowl", "saddle", "rosenbrock", "three_class", "himmelblau"])
def test_no_run_is_too_strange(optimizer: str, surface: str) -> None:
    built = SURFACES[surface]()
    for rate in (1e-3, 0.1, 2.0, 1000.0):
        check(run(built, OPTIMIZERS[optimizer](), rate, built.start, 130))


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "rmsprop"])
def test_no_rule_is_too_strange(optimizer: str, rule: str) -> None:
    for rate in (0.01, 0.17, 10.0):
        check(descend_with(optimizer, rate, BOWL, rules=[RULES[rule]()]))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam", "rmsprop", "signsgd", "line_search"])
def test_mini_batches_are_not_too_strange(optimizer: str) -> None:
    for name in ("logistic_regression", "linear_regression", "softmax"):
        surface = SURFACES[name](batch_size=8)
        for rate in (0.01, 0.3, 30.0):
            check(descend_with(optimizer, rate, surface))
    # Noise around a minimum is nothing to speak of.
    assert findings(descend_with("sgd", 0.05, SURFACES["linear_regression"](batch_size=8))) == ()


@pytest.mark.parametrize("steps", [1, 2, 3, 9, 10, 11, 12, 13, 14, 20, 21])
def test_no_run_is_too_short(steps: int) -> None:
    for optimizer in ("sgd", "adam", "momentum", "newton"):
        for rate in (1e-6, 0.165, 1000.0):
            check(run(BOWL, OPTIMIZERS[optimizer](), rate, START, steps))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "signsgd"])
def test_of_a_network_s_plane_no_curvature_is_spoken_of(optimizer: str) -> None:
    surface = SURFACES["two_layer"]()
    for rate in (1e-4, 0.1, 5.0, 1000.0):
        path = run(surface, OPTIMIZERS[optimizer](), rate, surface.start, 120)
        assert limit(path) is None
        assert limit_name(path) == "limit"
        assert set(kinds(path)) <= {"bounces", "zigzags"}
        assert all("λmax" not in finding.sentence and "limit" not in finding.sentence for finding in findings(path))


def test_of_many_starts_at_once_and_of_an_end_alone_nothing_is_said() -> None:
    many = run(BOWL, OPTIMIZERS["sgd"](), 1.0, [START, (1.0, 2.0)], 50)
    alone = descend(1.0, steps=50, keep="last")
    for path in (many, alone):
        assert findings(path) == ()
        assert limit(path) is None


def suggested(surface: Any, optimizer: Any) -> float:
    """A rate that shows something on a surface."""
    if optimizer.rate_unit == "curvature":
        start = run(surface, OPTIMIZERS["sgd"](), 1e-7, surface.start, 1)
        return optimizer.rate / np.abs(curvature(start)[0][0]).max()
    return (
        optimizer.rate * (surface.window[0][1] - surface.window[0][0] if optimizer.rate_unit == "window" else 10) / 10
    )


def is_lost(surface: Any, theta: np.ndarray) -> bool:
    """Whether a run has gone far, or was far in its second half."""
    (x0, x1), (y0, y1) = surface.window
    away = np.abs(theta[len(theta) // 2 :] - np.array([(x0 + x1) / 2, (y0 + y1) / 2]))
    return not np.all(away < 20 * max(x1 - x0, y1 - y0))


PLAIN = ("sgd", "momentum", "nesterov", "qhm")


OPEN = ("bowl", "saddle", "monkey_saddle", "beale", "booth", "branin", "himmelblau", "mccormick", "rosenbrock")
BENT = ("six_hump_camel", "three_hump_camel", "styblinski_tang", "goldstein_price")


@pytest.mark.parametrize("surface", [*OPEN, *BENT])
def test_a_cause_is_one_without_which_the_run_stays(surface: str) -> None:
    built, told, silent = SURFACES[surface](), 0, 0
    for slug in (*PLAIN, "averaging", "sam", "schedule_free"):
        optimizer = OPTIMIZERS[slug]()
        for factor in (2, 7, 50):
            rate = factor * suggested(built, optimizer)
            if not 1e-7 < rate < 1000:
                continue
            path = run(built, optimizer, rate, built.start, 160)
            if path.status != "diverged":
                continue
            told += 1
            found = diverges(path)
            silent += slug in PLAIN and not found
            if not found or "because" not in found[0].sentence:
                continue
            if "too high" in found[0].sentence:
                instead = run(built, optimizer, rate / 10, built.start, 2000)
            else:
                first, limits = found[0].first, limit(path)
                assert limits is not None
                assert rate > limits[first]
                instead = run(built, optimizer, float(limits[first]) / 2, path.theta[first], 2000)
            assert not is_lost(built, instead.theta), (slug, rate, found)
    # Where the surface is so steep outside that a tenth diverges as well, there is none.
    assert silent <= max(5, told / 3)


@pytest.mark.parametrize("rate", [98.9, 7.0, 2.0])
@pytest.mark.parametrize("surface", ["saddle", "monkey_saddle"])
def test_on_a_saddle_no_rate_is_too_high(surface: str, rate: float) -> None:
    for slug in PLAIN:
        built = SURFACES[surface]()
        found = diverges(run(built, OPTIMIZERS[slug](), rate, built.start, 60))
        assert all(finding.sentence.startswith("runs off") for finding in found), slug


def test_a_limit_at_half_of_which_a_run_diverges_is_no_cause() -> None:
    built = SURFACES["branin"]()
    for rate in (7.3, 26.0):
        path = descend(rate, built, built.start, 120)
        assert path.status == "diverged"
        assert diverges(path) == ()


def test_a_plain_divergence_has_the_cause_that_less_is_enough() -> None:
    built = SURFACES["beale"]()
    finding = only(diverges(descend(0.21, built, built.start, 120)))
    assert finding.sentence == "diverges because the rate 0.210 is too high: at a tenth of it the run does not diverge"
    # Under a schedule its rate differs from step to step.
    path = descend(SCHEDULES["cosine"](lr=0.21), built, built.start, 120)
    assert "because the rate, 0.210 at most, is too high" in only(diverges(path)).sentence


def test_where_one_more_run_is_dear_no_cause_is_said() -> None:
    path = run(BOWL, OPTIMIZERS["sgd"](), 0.5, START, 60)
    assert len(diverges(path)) == 1
    assert diverges(replace(path, recipe=None)) == ()

    class Dear(Turned):
        cost = Cost(8.0, 60.0, 1.0)

    assert len(diverges(descend(0.5, Turned()))) == 1
    assert diverges(descend(0.5, Dear())) == ()


def test_what_is_slower_and_not_saved_has_no_cause() -> None:
    # At a tenth of the rate 60 steps do not lead far enough to see that it runs off as well.
    for surface in (SADDLE, Floored(-1e12)):
        path = descend(0.6, surface, (-1.6, 1e-6), 60)
        assert path.status == "diverged"
        assert np.abs(descend(0.06, surface, (-1.6, 1e-6), 60).theta).max() < 2
        assert all("because" not in finding.sentence for finding in diverges(path))


def test_under_mini_batches_there_is_no_limit() -> None:
    surface = SURFACES["linear_regression"](batch_size=4)
    for rate in (0.01, 0.3, 30.0):
        path = run(surface, OPTIMIZERS["sgd"](), rate, surface.start, 60)
        assert limit(path) is None
        assert all("limit" not in finding.sentence and "λ" not in finding.sentence for finding in findings(path))


OWN_LENGTH = {
    "line_search",
    "polyak_sgd",
    "prodigy",
    "bfgs",
    "cg",
    "newton_cg",
    "lbfgs",
    "nelder_mead",
    "gradient_flow",
}


def test_what_measures_its_own_steps_says_so() -> None:
    assert {slug for slug, kind in OPTIMIZERS.items() if kind().own_length} == OWN_LENGTH
    assert OPTIMIZERS["lookahead"](base=OPTIMIZERS["line_search"]()).own_length


@pytest.mark.parametrize("slug", sorted(OWN_LENGTH))
def test_no_rate_is_a_limit_to_what_measures_its_own_steps(slug: str) -> None:
    optimizer = OPTIMIZERS[slug]()
    for surface, start in (("booth", (-5.05, -1.21)), ("bowl", START)):
        built = SURFACES[surface]()
        for rate in (0.01, 0.22, 4.0):
            path = run(built, optimizer, rate, start, 30 if optimizer.row_by_row else 100)
            assert limit(path) is None
            assert all("limit" not in finding.sentence for finding in findings(path))


BOUNCERS = {"sgd": 1.9, "momentum": 1.0, "signsgd": 1.0, "lion": 1.0, "rmsprop": 1.0, "adam": 3.0, "line_search": 1.0}


@pytest.mark.parametrize("surface", ["bowl", "booth", "ackley", "rosenbrock", "himmelblau", "linear_regression"])
def test_what_bounces_turns_as_often_as_it_says_and_gets_no_lower(surface: str) -> None:
    built, met = SURFACES[surface](), 0
    for slug, factor in BOUNCERS.items():
        optimizer = OPTIMIZERS[slug]()
        for share in (1.0, 3.0):
            path = run(built, optimizer, share * factor * suggested(built, optimizer), built.start, 240)
            for finding in bounces(path):
                met += 1
                first, last = finding.first, finding.last
                g = path.grad[first : last + 1]
                cosines = (g[1:] * g[:-1]).sum(axis=-1) / (np.hypot(*g[1:].T) * np.hypot(*g[:-1].T))
                turns = int((cosines < -0.5).sum())
                assert turns >= 0.9 * (last - first)
                assert ("at every step" in finding.sentence) == (turns == last - first)
                assert ("at nearly every step" in finding.sentence) == (turns < last - first)
                # Of each two neighbours one is at either wall.
                gap, norm = path.loss - built.lowest, np.hypot(*path.grad.T)
                left = min(
                    gap[last - 1 : last + 1].sum() / gap[first : first + 2].sum(),
                    norm[last - 1 : last + 1].sum() / norm[first : first + 2].sum(),
                )
                if finding.kind == "bounces":
                    assert left >= 0.5, (slug, finding)
                    assert "only" not in finding.sentence
    assert met


def descend_with(optimizer: str, rate: float, surface: Any, **more: Any) -> Path:
    return run(surface, OPTIMIZERS[optimizer](), rate, surface.start, 130, **more)


def check(path: Path) -> None:
    """What holds of the findings of any run."""
    found = findings(path)
    limits = limit(path)
    steps = len(path.theta) - 1
    assert list(found) == sorted(found, key=lambda finding: finding.first)
    for finding in found:
        assert finding.kind in {
            "diverges",
            "bounces",
            "zigzags",
            "crawls",
            "saddle",
            "leaving",
            "plateau",
            "waits",
            "burst",
        }
        assert 0 <= finding.first < finding.last <= steps
        assert re.search(r"\d", finding.sentence)
        assert not re.search(r"nan|inf|None|-|e[+-]?\d", finding.sentence), finding
        assert finding.sentence[0].islower()
        assert finding.sentence[-1] != "."
        if finding.kind == "diverges":
            assert path.status == "diverged"
            if "because" in finding.sentence and "too high" not in finding.sentence:
                assert limits is not None
                assert path.lr[finding.first] > limits[finding.first]
        elif path.status == "converged":
            assert finding.first <= path.stop_step
    if limits is not None:
        assert limits.shape == (steps,)
        assert not np.isinf(limits).any()
        assert (limits[np.isfinite(limits)] > 0).all()
