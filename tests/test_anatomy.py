"""A step taken apart: its lines, worked out with the numbers shown, give the numbers shown, for every method there is."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizers import OPTIMIZERS, RULES, SCHEDULES, run
from optimizers.anatomy import Anatomy, dissect, usual_shape
from surfaces import SURFACES
from tests.latex import worked_out

STEPS = 25
SURFACE = SURFACES["rosenbrock"](b=5.0)
START = (-1.2, 1.4)
# Every value of every field that is a choice, one at a time.
VARIANTS = [pytest.param(slug, {}, id=slug) for slug in OPTIMIZERS] + [
    pytest.param(slug, {p.name: value}, id=f"{slug}-{p.name}-{value}")
    for slug, kind in OPTIMIZERS.items()
    for p in kind.params()
    for value in ((True, False) if p.kind is bool else p.options)
    if value != p.default
]


def taken_apart(slug: str, fields: dict[str, Any], rules: tuple[Any, ...] = ()) -> tuple[Any, Anatomy]:
    optimizer = OPTIMIZERS[slug].built(fields)
    schedule = SCHEDULES["cosine"](lr=0.02)
    path = run(SURFACE, optimizer, schedule, START, STEPS, rules, seed=3)
    return path, dissect(path, optimizer, schedule, rules, seed=3)


@pytest.mark.parametrize(("slug", "fields"), VARIANTS)
def test_each_line_worked_out_with_its_numbers_gives_the_number_beside_it(slug: str, fields: dict[str, Any]) -> None:
    _, anatomy = taken_apart(slug, fields)
    for t, k in enumerate(anatomy.shape):
        values = list(anatomy.values[:, t])
        for i in anatomy.shapes[k].lines:
            line = anatomy.lines[i]
            if not line.filled:
                continue
            with np.errstate(all="ignore"):
                # Constants stand there with four digits.
                expected = np.broadcast_to(worked_out(line.filled, values), 2).astype(float)
            scale = np.abs(values[line.defines]) + 1e-3 * np.nanmax(np.abs(anatomy.values[:, t]))
            assert expected == pytest.approx(values[line.defines], abs=2e-3 * scale.max(), nan_ok=True), line


@pytest.mark.parametrize(("slug", "fields"), VARIANTS)
def test_what_comes_in_and_what_goes_out_is_the_path_s(slug: str, fields: dict[str, Any]) -> None:
    path, anatomy = taken_apart(slug, fields)
    names = ["g", r"\theta", r"\eta_t", "t"]
    assert [q.symbol for q in anatomy.quantities[:4]] == names
    g, theta, eta, t = anatomy.values[:4]
    np.testing.assert_allclose(g, path.used, rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(theta, path.theta[:-1])
    np.testing.assert_array_equal(eta[:, 0], path.lr)
    np.testing.assert_array_equal(t[:, 0], np.arange(1, STEPS + 1))
    for factor, wanted in (("direction", path.m), ("scale", path.sigma)):
        for i, line in enumerate(anatomy.lines):
            if line.role == factor and line.inside == anatomy.shapes[-1].inside:
                at = [
                    k for k, s in enumerate(anatomy.shape) if i in anatomy.shapes[s].lines and not later(anatomy, s, i)
                ]
                np.testing.assert_allclose(anatomy.values[line.defines][at], wanted[at], rtol=1e-9, atol=1e-12)


def later(anatomy: Anatomy, shape: int, line: int) -> bool:
    """Whether another line of the shape gives the same thing after this one."""
    lines = anatomy.shapes[shape].lines
    return any(anatomy.lines[k].role == anatomy.lines[line].role for k in lines[lines.index(line) + 1 :])


def test_adam_is_written_as_the_textbook_has_it() -> None:
    _, anatomy = taken_apart("adam", {})
    assert len(anatomy.shapes) == 1
    plain = {line.symbol: line.formula for line in anatomy.lines}
    g = r"\htmlClass{rv-is-gradient}{g}"
    assert plain == {
        "m": rf"\beta_1\,m + \left(1 - \beta_1\right)\,{g}",
        "v": rf"\beta_2\,v + \left(1 - \beta_2\right)\,{g}^2",
        r"\htmlClass{rv-is-direction}{\hat m}": r"\frac{m}{1 - \beta_1^{t}}",
        r"\hat v": r"\frac{v}{1 - \beta_2^{t}}",
    }
    assert anatomy.shapes[0].direction == r"\hat m"
    assert anatomy.shapes[0].scale == r"\sqrt{\hat v} + \epsilon"
    assert anatomy.shapes[0].decay == ""
    assert [line.role for line in anatomy.lines] == ["memory", "memory", "direction", "between"]
    # The lines are where the file has them.
    text = Path(inspect.getfile(OPTIMIZERS["adam"])).read_text(encoding="utf-8").splitlines()
    for line in anatomy.lines:
        first, last = line.rows
        assert first == last
        assert "=" in text[first - 1]
    assert "return" in text[anatomy.shapes[0].rows[0] - 1]


def test_a_branch_is_shown_as_it_was_taken() -> None:
    _, anatomy = taken_apart("momentum", {})
    first, other = (anatomy.shapes[k] for k in anatomy.shape[:2])
    assert anatomy.lines[first.lines[0]].formula == r"\htmlClass{rv-is-gradient}{g}"
    assert r"\mu" in anatomy.lines[other.lines[0]].formula
    assert set(anatomy.shape[1:]) == {anatomy.shape[1]}
    # ADOPT's first step moves nothing.
    _, anatomy = taken_apart("adopt", {})
    assert anatomy.shapes[anatomy.shape[0]].direction == "0"
    assert anatomy.shapes[anatomy.shape[1]].direction == "m"


def test_the_method_inside_is_taken_apart_too() -> None:
    path, anatomy = taken_apart("sam", {"base": "adam"})
    inside = [line for line in anatomy.lines if line.inside == "Adam"]
    assert r"\sqrt{\hat v} + \epsilon" in {shape.scale for shape in anatomy.shapes}
    assert len(inside) == 5
    # The gradient that is handed on is another one, and is shown.
    handed = anatomy.values[inside[0].defines]
    assert inside[0].role == "gradient"
    assert np.abs(handed - path.used).max() > 1e-3


def test_what_cannot_be_written_still_shows_what_came_out() -> None:
    path, anatomy = taken_apart("bfgs", {})
    (line,) = anatomy.lines
    assert line.formula == ""
    np.testing.assert_array_equal(anatomy.values[line.defines], path.m)


def test_the_state_is_followed_through_rules() -> None:
    path, anatomy = taken_apart("adam", {}, (RULES["clip_norm"](limit=0.5), RULES["lr_reset"](every=10, forget=True)))
    m, v = (anatomy.values[line.defines] for line in anatomy.lines[:2])
    np.testing.assert_array_equal(anatomy.values[0], path.used)
    assert (np.hypot(*path.used.T) <= 0.5).all()
    g, expected = path.used, np.zeros(2)
    for t in range(STEPS):
        expected = 0.9 * (expected if t % 10 else 0.0) + 0.1 * g[t]
        np.testing.assert_allclose(m[t], expected, rtol=1e-12)
    assert (v >= 0).all()


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("slug", ["adam", "momentum", "rprop"])
def test_under_every_rule_the_numbers_are_the_path_s(slug: str, rule: str) -> None:
    path, anatomy = taken_apart(slug, {}, (RULES[rule](),))
    g, theta = anatomy.values[:2]
    # The copy is led along the path; a rule's norm is summed in another order.
    np.testing.assert_allclose(g, path.used, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(theta, path.theta[:-1], rtol=1e-12, atol=1e-13)
    # What the method gave is what was stepped, but where a rule holds a coordinate still.
    given = [k for k, line in enumerate(anatomy.lines) if line.role == "direction"]
    for t, shape in enumerate(anatomy.shape):
        for k in set(given) & set(anatomy.shapes[shape].lines):
            value = anatomy.values[anatomy.lines[k].defines, t]
            np.testing.assert_allclose(np.where(path.m[t] == 0, 0, value), path.m[t], rtol=1e-9, atol=1e-13)


def test_a_path_that_overflows_is_taken_apart_up_to_there() -> None:
    surface = SURFACES["rosenbrock"]()
    for lr in (1.0, 1e3):
        path = run(surface, OPTIMIZERS["sgd"](), lr, START, STEPS)
        anatomy = dissect(path, OPTIMIZERS["sgd"](), lr)
        assert anatomy.values.shape[1:] == (STEPS, 2)
        assert not np.isfinite(path.theta[-1]).all()
        lost = int(np.argmax(~np.isfinite(path.theta).all(axis=1)))
        assert np.isfinite(anatomy.values[0, : lost - 1]).all()
        assert np.isnan(anatomy.values[0, lost:]).all()


def test_of_a_network_the_two_weights_that_travel_farthest_are_shown() -> None:
    surface = SURFACES["two_layer"]()
    optimizer = OPTIMIZERS["adam"]()
    path = run(surface, optimizer, 0.05, surface.start, 20)
    anatomy = dissect(path, optimizer, 0.05)
    whole = path.full
    travelled = np.abs(np.diff(whole.theta, axis=0)).sum(axis=0)
    assert set(anatomy.coordinates) == set(np.argsort(-travelled)[:2])
    np.testing.assert_allclose(anatomy.values[1], whole.theta[:-1, list(anatomy.coordinates)], atol=1e-12)


def test_the_usual_shape_is_that_of_a_step_under_way() -> None:
    assert usual_shape(OPTIMIZERS["adopt"]()).direction == "m"
    assert usual_shape(OPTIMIZERS["sgd"]()).scale == ""
    for kind in OPTIMIZERS.values():
        usual_shape(kind())


def test_only_one_whole_path_can_be_taken_apart() -> None:
    optimizer = OPTIMIZERS["sgd"]()
    path = run(SURFACE, optimizer, 0.01, [START, START], 5)
    with pytest.raises(ValueError, match="one start"):
        dissect(path, optimizer, 0.01)
