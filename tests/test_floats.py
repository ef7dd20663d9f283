"""The loop that is written out for one start takes the very steps that arrays take, or leaves them to arrays."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from optimizers import OPTIMIZERS, Optimizer, run
from optimizers.loop.floats import NotWrittenOutError, loop_of
from surfaces import SURFACES

Adder = Callable[[str, str], type[Optimizer]]

HEAD = '''
from dataclasses import dataclass
from typing import final
from core.entry import param
from optimizers.bases.optimizer import Optimizer

def scaled(optimizer, g):
    return optimizer.a * g

@final
@dataclass(frozen=True, eq=False)
class Odd(Optimizer):
    """Written as nobody expected."""
    name, tex, source = "Odd", "t", "s"
    a: float = param(0.5, 0.0, 1.0)
    def init(self):
        return (0.0,)
    def step(self, g, state, theta, eta, t, surface):
'''

# Steps that a copy into the loop would change, or could not hold.
ODD = {
    "hands_itself_on": "return scaled(self, g), 1.0, 0.0, state",
    "returns_in_a_loop": "for k in range(3):\n  if k:\n   return k * g, 1.0, 0.0, state\n return 9 * g, 1.0, 0.0, state",
    "loops_until_it_returns": "k = 0\n while True:\n  k += 1\n  if k == 3:\n   return k * g, 1.0, 0.0, state",
    "comprehends": "return sum([self.a * g * k for k in range(3)]), 1.0, 0.0, state",
    "has_a_function": "def f(v):\n  return v * self.a\n return f(g), 1.0, 0.0, state",
    "has_a_lambda": "f = lambda g: g * self.a\n return f(g + 1), 1.0, 0.0, state",
    "gives_t_a_value": "t = t + 1\n return g / t, 1.0, 0.0, state",
    "names_as_it_goes": "return (m := 2 * g), 1.0, 0.0, (m,)",
}


def both(optimizer: Optimizer) -> tuple[Any, Any]:
    """One start, and the same as a batch of one, which takes the steps on arrays."""
    surface, start = SURFACES["himmelblau"](), (-0.5, -1.0)
    return run(surface, optimizer, 0.001, start, 25), run(surface, optimizer, 0.001, [start], 25)


def variants(kind: type[Optimizer]) -> list[dict[str, Any]]:
    """Every combination of the choices and switches."""
    named = {p.name: p.options or (False, True) for p in kind.params() if p.kind in (str, bool)}
    return [dict(zip(named, values, strict=True)) for values in itertools.product(*named.values())]


CASES = [(slug, chosen) for slug in sorted(OPTIMIZERS) for chosen in variants(OPTIMIZERS[slug])]


@pytest.mark.parametrize(("slug", "chosen"), CASES, ids=lambda part: part if isinstance(part, str) else str(part))
def test_every_branch_of_a_step_is_the_same_on_floats_and_on_arrays(slug: str, chosen: dict[str, Any]) -> None:
    alone, rows = both(OPTIMIZERS[slug](**chosen))
    for name in ("theta", "grad", "m", "sigma", "decay"):
        np.testing.assert_allclose(getattr(alone, name), getattr(rows, name)[:, 0], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_the_steps_of_the_catalogue_are_written_out(slug: str) -> None:
    kind = OPTIMIZERS[slug]
    if kind.coordinatewise:
        assert callable(loop_of(kind))
    else:
        with pytest.raises(NotWrittenOutError, match="both coordinates"):
            loop_of(kind)


@pytest.mark.parametrize("slug", sorted(ODD))
def test_a_step_that_cannot_be_copied_runs_as_it_stands(slug: str, add_optimizer: Adder) -> None:
    kind = add_optimizer(slug, HEAD + "        " + ODD[slug].replace("\n", "\n       ") + "\n")
    with pytest.raises(NotWrittenOutError, match=slug):
        loop_of(kind)
    alone, rows = both(kind())
    assert np.isfinite(alone.theta).all()
    np.testing.assert_array_equal(alone.theta, rows.theta[:, 0])
