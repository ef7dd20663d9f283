"""Numbers at the edges of what is allowed: right values from the libraries, from theory or worked out with more digits."""

import math
from typing import Any

import numpy as np
import pytest

from core.entry import Entry, Param
from optimizers import OPTIMIZERS, RULES, SCHEDULES, run
from surfaces import SURFACES

BOWL, BOOTH, HIMMELBLAU = (SURFACES[slug]() for slug in ("bowl", "booth", "himmelblau"))
START = (-4.0, 3.0)

every = pytest.mark.parametrize("slug", sorted(OPTIMIZERS))


# No value that is allowed makes an entry raise.


def awkward(p: Param) -> list[Any]:
    """Values of a field at which formulas divide by 0, round badly or leave the floats: all of them allowed."""
    if p.kind is tuple:
        return [(), (int(p.low),), (1, 2, 3)]
    if p.kind not in (int, float):
        return list(p.options or (False, True))
    values = [p.low, p.high, p.default]
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
