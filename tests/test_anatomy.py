"""A step taken apart: its lines, worked out with the numbers shown, give the numbers shown, for every method there is."""

import inspect
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizers import OPTIMIZERS, RULES, SCHEDULES, run
from optimizers.explain.anatomy import Anatomy, dissect, formula_of, usual_shape
from optimizers.explain.latex import symbol
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


G = "g"


def bare(tex: str) -> str:
    """A formula without its colours."""
    return re.sub(r"\\htmlClass\{[a-z-]+\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", tex)


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
    # The buffer begins as the first gradient, which needs no line.
    assert (first.lines, first.direction) == ((), r"\htmlClass{rv-is-gradient}{g}")
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


@pytest.mark.parametrize(
    ("slug", "fields", "formula"),
    [
        ("momentum", {}, r"b \leftarrow \mu b + g,\quad \theta \leftarrow \theta - \eta_t\, b"),
        # Only the numbers are others.
        ("momentum", {"momentum": 0.5}, OPTIMIZERS["momentum"].tex),
        ("adam", {"beta2": 0.9}, OPTIMIZERS["adam"].tex),
        (
            "momentum",
            {"dampening": 0.3},
            r"b \leftarrow \mu\,b + \left(1 - \tau\right)\,g\\ \theta \leftarrow \theta - \eta_t\, b",
        ),
        ("momentum", {"flavour": "keras"}, r"b \leftarrow \mu\,b + \eta_t\,g\\ \theta \leftarrow \theta - b"),
        ("momentum", {"momentum": 0.0}, r"\theta \leftarrow \theta - \eta_t\, g"),
        ("lion", {"weight_decay": 0.1}, r"\theta - \eta_t\,\lambda\,\theta - \eta_t\, \text{direction}"),
        (
            "rmsprop",
            {"flavour": "optax"},
            r"\sigma \leftarrow \sqrt{v + \epsilon}\\ \theta \leftarrow \theta - \eta_t\, \frac{g}{\sigma}",
        ),
        ("amsgrad", {"flavour": "optax"}, r"\max\left(\text{top},\, \frac{v}{1 - \beta_2^{t}}\right)"),
        # No formula of its own can be written of these.
        ("newton", {"damping": 1.0}, OPTIMIZERS["newton"].tex),
        ("sam", {"base": "adam"}, OPTIMIZERS["sam"].tex),
    ],
)
def test_the_formula_is_that_of_the_fields(slug: str, fields: dict[str, Any], formula: str) -> None:
    tex, wanted = (re.sub(r"[{}]", "", text) for text in (formula_of(OPTIMIZERS[slug](**fields)), formula))
    assert wanted in tex
    assert "htmlClass" not in tex


@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_every_formula_of_fields_has_its_braces(slug: str) -> None:
    for fields in switches(slug):
        tex = formula_of(OPTIMIZERS[slug].built(fields))
        assert tex.count("{") == tex.count("}")
        assert "rv-is" not in tex
    # Of a rule that is typed its lines are the formula.
    assert (formula_of(OPTIMIZERS[slug]()) == OPTIMIZERS[slug].tex) is (OPTIMIZERS[slug]().typed is None)


def test_only_one_whole_path_can_be_taken_apart() -> None:
    optimizer = OPTIMIZERS["sgd"]()
    path = run(SURFACE, optimizer, 0.01, [START, START], 5)
    with pytest.raises(ValueError, match="one start"):
        dissect(path, optimizer, 0.01)


@pytest.mark.parametrize(
    ("slug", "fields", "rule", "rows"),
    [
        ("rmsprop", {}, (G, r"\sigma", ""), ["v", "sigma"]),
        ("rmsprop", {"centered": True}, (G, r"\sigma", ""), ["v", "mean", "spread", "sigma"]),
        # The scaled steps are summed: nothing is multiplied by sigma to be divided by it again.
        ("rmsprop", {"momentum": 0.9}, ("b", "", ""), ["v", "sigma", "b"]),
        ("rmsprop", {"alpha": 0.0}, (G, r"\sigma", ""), ["v", "sigma"]),
        ("momentum", {}, ("b", "", ""), ["b"]),
        ("momentum", {"momentum": 0.0}, (G, "", ""), []),
        ("nesterov", {"momentum": 0.0}, (G, "", ""), []),
        ("qhm", {"nu": 0.0}, (G, "", ""), []),
        ("qhm", {"nu": 1.0}, ("b", "", ""), ["b"]),
        ("composed", {"direction": "gradient", "scale": "none"}, (G, "", ""), []),
        ("composed", {"direction": "gradient", "scale": "rms_all"}, (G, r"\sqrt{v_t} + \epsilon", ""), ["v", "v_t"]),
        ("adam", {}, (r"\hat m", r"\sqrt{\hat v} + \epsilon", ""), ["m", "v", "m_hat", "v_hat"]),
        ("adam", {"beta1": 0.0}, (G, r"\sqrt{\hat v} + \epsilon", ""), ["v", "v_hat"]),
        ("adam", {"beta2": 0.0, "eps": 0.0}, (r"\hat m", r"\sqrt{v}", ""), ["m", "v", "m_hat"]),
        ("adamw", {"weight_decay": 0.0}, (r"\hat m", r"\sqrt{\hat v} + \epsilon", ""), ["m", "v", "m_hat", "v_hat"]),
        ("ademamix", {"alpha": 0.0}, (r"\hat m", r"\sqrt{\hat v} + \epsilon", ""), ["m", "v", "m_hat", "v_hat"]),
        ("asgd", {"lambd": 0.0}, (G, "", ""), []),
        ("radam", {"beta1": 0.0, "beta2": 0.0}, (G, "", ""), []),
        ("sam", {"rho": 0.0, "base": "sgd"}, (G, "", ""), []),
    ],
)
def test_what_is_switched_off_is_in_neither_rule_nor_table(
    slug: str, fields: dict[str, Any], rule: tuple[str, str, str], rows: list[str]
) -> None:
    _, anatomy = taken_apart(slug, fields)
    shape = anatomy.shapes[anatomy.shape[-1]]
    assert tuple(bare(text) for text in (shape.direction, shape.scale, shape.decay)) == rule
    symbols = [bare(anatomy.lines[k].symbol) for k in shape.lines]
    assert symbols == [symbol(name) for name in rows]
    # Nor is the field that switches it off among the method's numbers.
    off = {name for name, value in fields.items() if value == 0.0 and name not in ("rho", "eps", "beta2", "alpha")}
    assert off <= anatomy.left_out
    if slug == "momentum" and not fields:
        # Without dampening the gradient enters whole.
        assert bare(anatomy.lines[shape.lines[0]].formula) == r"\mu\,b + g"
        assert anatomy.left_out == {"dampening"}


def switches(slug: str) -> list[dict[str, Any]]:
    """Values of a method's fields that make terms vanish or stand alone: each choice, each 0 and 1, and all 0 at once."""
    params = OPTIMIZERS[slug].params()
    plain = [p for p in params if p.kind is float and not p.options]
    ends = [(p.name, value) for p in plain for value in (0.0, 1.0) if p.low <= value <= p.high]
    off = {name: value for name, value in ends if value == 0.0}
    choices = [
        (p.name, v) for p in params if p.kind in (bool, str) for v in ((True, False) if p.kind is bool else p.options)
    ]
    found: list[dict[str, Any]] = [{}, off, *({name: value} for name, value in ends + choices)]
    found += [off | {name: value} for name, value in choices]
    # A scale of nothing at all divides by 0.
    return [fields if slug == "adabelief" else {n: v for n, v in fields.items() if n != "eps_root"} for fields in found]


COMMANDS = r"\\(?:left|right|frac|sqrt|begin|end|textstyle|sum|bmod|max|min|exp|ln|cdot|operatorname|ge|le|ne)\b"
NAMES = re.compile(
    r"\\hat [a-z](?:_\d)?|(?:\\text\{[a-z ]+\}|\\[a-z]+|(?<![\\a-z])[a-zA-Z])(?:_\{(?:[^{}]|\{[^{}]*\})*\}|_[a-z0-9]|'|\^[-+])?"
)


def named(formula: str) -> set[str]:
    """The symbols in a formula."""
    plain = re.sub(r"\\(?:operatorname|begin|end)\{[a-z]+\}|\\text\{else\}", " ", bare(formula))
    return set(NAMES.findall(re.sub(COMMANDS, " ", plain)))


@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_every_symbol_is_defined_and_no_row_says_nothing(slug: str) -> None:
    """Whatever is switched off: what the rule and the rows name is a row, the step's input or a number of the method's."""
    for fields in switches(slug):
        path, anatomy = taken_apart(slug, fields)
        own = {p.name: p for p in OPTIMIZERS[slug].params_with(fields)}
        known = {p.tex or rf"\text{{{(p.label or p.name)}}}" for name, p in own.items() if name not in anatomy.left_out}
        with np.errstate(all="ignore"):
            for shape in anatomy.shapes:
                lines = [anatomy.lines[k] for k in shape.lines]
                rows = {bare(line.symbol) for line in lines} | {"g", r"\theta", r"\eta_t", "t", "f"} | known
                for formula in (shape.direction, shape.scale, shape.decay, *(line.formula for line in lines)):
                    assert named(formula) <= rows, (fields, formula, named(formula) - rows)
            usual = anatomy.shapes[anatomy.shape[-1]]
            for line in (anatomy.lines[k] for k in usual.lines):
                value = anatomy.values[line.defines, 1:]
                if (
                    anatomy.quantities[line.defines].kind == "flag"
                    or not np.isfinite(value).any()
                    or line.role == "direction"
                ):
                    continue
                # A row may come to 0, but none is written as such, or as another's name.
                assert bare(line.formula) not in ("0", "1", *rows), (fields, line)
                if line.formula and "\\begin" not in line.formula and "max" not in line.formula:
                    assert np.any(value != 0) or not np.any(path.used), (fields, line)


@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_the_rule_as_it_is_written_is_the_step_that_was_made(slug: str) -> None:
    for fields in switches(slug):
        path, anatomy = taken_apart(slug, fields)
        factors = OPTIMIZERS[slug].built(fields).factors
        for t, k in enumerate(anatomy.shape):
            shape, values = anatomy.shapes[k], list(anatomy.values[:, t])
            if not shape.direction or not np.isfinite(path.theta[t + 1]).all():
                continue
            with np.errstate(all="ignore"):
                direction, scale, decay = (
                    worked_out(filled, values) if text else nothing
                    for text, filled, nothing in zip(
                        (shape.direction, shape.scale, shape.decay), shape.filled, (0.0, 1.0, 0.0), strict=True
                    )
                )
                made = path.theta[t] - decay - (path.lr[t] / scale * direction if factors else direction)
            moved = np.abs(path.theta[t + 1] - path.theta[t]).max()
            # Constants stand there with four digits.
            assert made == pytest.approx(path.theta[t + 1], abs=3e-3 * moved + 1e-9), (fields, t, shape)
