"""What is emitted from a trace takes the very steps that arrays take, for every method that traces on every formula."""

import ast
import itertools
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiment import suggested_rate
from optimizers import OPTIMIZERS, SCHEDULES, Optimizer, Path, run
from optimizers.trace import floats
from optimizers.trace.floats import loops_of
from optimizers.trace.source import EXPRESSIONS, FUNCTIONS, Shape
from optimizers.trace.step import Trace, memory_of, spans, traced
from optimizers.trace.tape import COLUMN, OPERATIONS, PIXEL, ROW, STEP, UntraceableError, Value, recording
from surfaces import SURFACES

Adder = Callable[[str, str], type[Optimizer]]

# One that stops tracing would be slower by ten times, in silence.
# fmt: off
TRACING = [
    "adabelief", "adadelta", "adagrad", "adam", "adamax", "adamw", "adan", "ademamix", "adopt", "amsgrad", "asgd", "composed",
    "ftrl", "lion", "momentum", "nadam", "nesterov", "qhm", "radam", "rmsprop", "rprop", "schedule_free", "sgd", "signsgd",
    "signum", "update_rule", "yogi",
]
# fmt: on
# What is typed is traced in test_formula, of every kind that may be typed.
FORMULAS = sorted(
    slug for slug, kind in SURFACES.items() if kind.__module__.startswith("surfaces.functions") and slug != "formula"
)
# A schedule of each family that does not ask for the loss of a step, which arrays alone do.
FAMILIES = {kind.family: slug for slug, kind in sorted(SCHEDULES.items()) if not kind.watches_loss}
STEPS = 40
# What no processor promises the last bit of.
INEXACT = {"power", "exp", "log", "log1p", "sin", "cos", "tanh", "arctan"}


def variants(kind: type[Optimizer]) -> list[dict[str, Any]]:
    """Every combination of the choices and switches."""
    named = {p.name: p.options or (False, True) for p in kind.params() if p.kind in (str, bool) and p.checks is None}
    return [dict(zip(named, values, strict=True)) for values in itertools.product(*named.values())]


def trace_of(optimizer: Optimizer, surface: Any, t: int = 2) -> Trace:
    memory = memory_of(optimizer)
    return traced(optimizer, surface, memory, t, 0.1, [1.0] * len(memory.levels))


def exact(optimizer: Optimizer, surface: Any) -> bool:
    """Whether floats and arrays have the same bits: powers of t and of fields are Python's in either."""
    trace = trace_of(optimizer, surface)
    inexact = [value for value in trace.tape.values if value.op in INEXACT]
    return not any(leaf.name != "t" for leaf in trace.needed(*inexact) if leaf.op == "leaf")


def assert_same(alone: Path, rows: Path, bits: bool, words: str) -> None:
    """A run on floats and row 0 of one on arrays."""
    size = max(1.0, float(np.nanmax(np.abs(rows.theta))))
    for name in ("theta", "loss", "grad", "m", "sigma", "decay"):
        one, other = getattr(alone, name), getattr(rows, name)[:, 0]
        if bits:
            np.testing.assert_array_equal(one, other, err_msg=f"{words}: {name}")
        elif name == "theta":
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * size, err_msg=words)


def check_pair(optimizer: Optimizer, surface: Any, schedule: str) -> None:
    rate = suggested_rate(optimizer, surface, surface.start)
    made = SCHEDULES[schedule](lr=rate)
    alone, rows = (run(surface, optimizer, made, start, STEPS) for start in (surface.start, [surface.start]))
    assert_same(alone, rows, exact(optimizer, surface), f"{optimizer} on {surface} under {schedule}")


def test_the_methods_that_trace_are_these() -> None:
    def traces(slug: str) -> bool:
        try:
            trace_of(OPTIMIZERS[slug](), SURFACES["rosenbrock"]())
        except UntraceableError:
            return False
        return True

    assert [slug for slug in sorted(OPTIMIZERS) if traces(slug)] == TRACING


@pytest.mark.parametrize("surface", FORMULAS)
def test_every_formula_is_inlined(surface: str) -> None:
    assert loops_of(OPTIMIZERS["sgd"](), SURFACES[surface]()).surface is not None
    assert loops_of(OPTIMIZERS["sgd"](), SURFACES[surface](l1=0.1, l2=0.2)).surface is not None


@pytest.mark.parametrize("method", TRACING)
def test_floats_are_arrays_on_every_formula(method: str) -> None:
    # The schedules' families by turns.
    for surface, schedule in zip(FORMULAS, itertools.cycle(FAMILIES.values()), strict=False):
        check_pair(OPTIMIZERS[method](), SURFACES[surface](), schedule)


@pytest.mark.skipif("RAVINE_SWEEP" not in os.environ, reason="the whole product, by `make sweep`")
@pytest.mark.parametrize("method", TRACING)
def test_floats_are_arrays_in_every_way(method: str) -> None:
    kind = OPTIMIZERS[method]
    for chosen, surface, schedule in itertools.product(variants(kind), FORMULAS, SCHEDULES):
        for penalties in ({}, {"l1": 0.1, "l2": 0.3}):
            check_pair(kind(**chosen), SURFACES[surface](**penalties), schedule)


@pytest.mark.parametrize("method", sorted(OPTIMIZERS))
def test_every_branch_of_a_step_is_the_same_on_floats_and_on_arrays(method: str) -> None:
    surface, start = SURFACES["himmelblau"](), (-0.5, -1.0)
    for chosen in variants(OPTIMIZERS[method]):
        optimizer = OPTIMIZERS[method](**chosen)
        alone, rows = (run(surface, optimizer, 0.001, one, 25) for one in (start, [start]))
        assert_same(alone, rows, method in TRACING and exact(optimizer, surface), str(optimizer))


@pytest.mark.parametrize("surface", ["logistic_regression", "recurrent_cliff"])
def test_a_gradient_that_is_no_formula_is_called(surface: str) -> None:
    made = SURFACES[surface]()
    assert loops_of(OPTIMIZERS["adam"](), made).surface is None
    alone, rows = (run(made, OPTIMIZERS["adam"](), 0.1, start, STEPS) for start in (made.start, [made.start]))
    assert_same(alone, rows, False, surface)


def test_where_a_float_raises_arrays_take_over() -> None:
    surface = SURFACES["rosenbrock"]()
    alone, rows = (run(surface, OPTIMIZERS["sgd"](), 1.0, start, STEPS) for start in ((-1.5, 2.0), [(-1.5, 2.0)]))
    assert alone.status == "diverged"
    assert_same(alone, rows, True, "a run that leaves the floats")
    with pytest.raises(ZeroDivisionError):
        loops_of(OPTIMIZERS["adagrad"](initial_accumulator_value=0.0, eps=0.0), surface).run(
            surface.grad, [0.1], 1.0, 1.0, np.empty((2, floats.WIDTH))
        )


HEAD = '''
from dataclasses import dataclass
from typing import final
import numpy as np
from core.entry import param
from core.either import maximum, sqrt, where
from optimizers.bases.optimizer import Optimizer

def scaled(optimizer, g):
    return optimizer.a * g

@final
@dataclass(frozen=True, eq=False)
class Odd(Optimizer):
    """Written as nobody expected."""
    name, tex, source = "Odd", "t", "s"
    a: float = param(0.5, 0.0, 1.0)
    MORE
    def init(self):
        return (0.0,)
    def step(self, g, state, theta, eta, t, surface):
'''

ODD = {
    "hands_itself_on": "return scaled(self, g), 1.0, 0.0, state",
    "returns_in_a_loop": "for k in range(3):\n  if k:\n   return k * g, 1.0, 0.0, state\n return 9 * g, 1.0, 0.0, state",
    "loops_until_it_returns": "k = 0\n while True:\n  k += 1\n  if k == 3:\n   return k * g, 1.0, 0.0, state",
    "comprehends": "return sum([self.a * g * k for k in range(3)]), 1.0, 0.0, state",
    "has_a_function": "def f(v):\n  return v * self.a\n return f(g), 1.0, 0.0, state",
    "gives_t_a_value": "t = t + 1\n return g / t, 1, 0, state",
    "turns_with_t": "return (-g if t % 3 == 0 else g if t < 7 else 2 * g), 1.0, 0.0, state",
    "asks_its_memory": "return (g if state[0] < 0.3 else -g), 1.0, 0.0, (state[0] + 0.1,)",
    "rests_at_a_rate": "return where(eta > 0.0008, g, 0.0 * g), 1.0, 0.0, state",
    "remembers_a_place": "return theta - state[0], 1.0, 0.0, (where(t == 1, theta, state[0]),)",
    "squares_t": "return g / (t * t), 1.0, 0.0, state",
    "has_masks": "return where((g > 0) & ~(theta < 0) | (abs(g) >= 9), g, 0.5 * g), 1.0, 0.0, state",
    "divides_by_what_is_guarded": "return g / (1.0 if t == 1 else (t - 1)), 1.0, 0.0, state",
}
UNTRACEABLE = {
    "clips": "return np.clip(g, -1, 1), 1.0, 0.0, state",
    "adds_up": "return g - np.cumsum(0.0 * g), 1.0, 0.0, state",
    "looks_elsewhere": "return g * surface.scale, 1.0, 0.0, state",
    "asks_for_a_size": "return g * np.size(t), 1.0, 0.0, (np.zeros_like(g),)",
    "has_a_table": "return g * np.array([[1.0, 2.0]]), 1.0, 0.0, state",
    "grows": "return g, 1.0, 0.0, (*state[:0], 0.0)[: 1 if t < 3 else 0]",
}


def both(optimizer: Optimizer) -> tuple[Path, Path]:
    """One start, and the same as a batch of one, which takes the steps on arrays."""
    made = SCHEDULES["cosine"](lr=0.001)
    surface, start = SURFACES["himmelblau"](), (-0.5, -1.0)
    return run(surface, optimizer, made, start, 25), run(surface, optimizer, made, [start], 25)


@pytest.mark.parametrize("slug", sorted(ODD))
def test_a_step_may_be_written_in_any_way(slug: str, add_optimizer: Adder) -> None:
    kind = add_optimizer(slug, HEAD.replace("MORE", "") + "        " + ODD[slug].replace("\n", "\n       ") + "\n")
    assert loops_of(kind(), SURFACES["himmelblau"]())
    assert_same(*both(kind()), True, slug)


@pytest.mark.parametrize("slug", sorted(UNTRACEABLE))
def test_a_step_that_cannot_be_traced_runs_as_it_stands(slug: str, add_optimizer: Adder) -> None:
    kind = add_optimizer(slug, HEAD.replace("MORE", "") + "        " + UNTRACEABLE[slug] + "\n")
    with pytest.raises(UntraceableError):
        loops_of(kind(), SURFACES["himmelblau"]()).run(
            SURFACES["himmelblau"]().grad, [0.1] * 5, 1.0, 1.0, np.empty((6, floats.WIDTH))
        )
    if slug not in ("looks_elsewhere", "grows"):
        alone, rows = both(kind())
        np.testing.assert_array_equal(alone.theta, rows.theta[:, 0])


def test_what_is_more_than_its_fields_is_not_traced(add_optimizer: Adder) -> None:
    source = HEAD.replace("MORE", "seen: tuple = ()") + "        return g, 1.0, 0.0, state\n"
    with pytest.raises(UntraceableError, match="more than its fields"):
        loops_of(add_optimizer("sees", source)(), SURFACES["bowl"]())


def test_a_stranger_s_surface_is_asked_at_every_step() -> None:
    class Counting:
        def __init__(self) -> None:
            self.asked = 0

        def value(self, x: Any, y: Any) -> Any:
            return x * x + y * y

        def grad(self, x: Any, y: Any) -> Any:
            self.asked += 1
            return 2.0 * x, 2.0 * y

    surface = Counting()
    for k in (1, 2):
        run(surface, OPTIMIZERS["sgd"](), 0.1, (1.0, 2.0), 7)
        assert surface.asked == 8 * k


# The source of a loop: the emitter's own names, the templates' own numbers, and the operations.
NAMES = re.compile(
    r"loop|ticking|literals|rates|ticks|t|written|gradient|x|y|first|last|eta|[vk]\d+|s\d+(_[xy])?|g_[xy]"
)


def source_of(optimizer: Optimizer, surface: Any) -> str:
    trace = trace_of(optimizer, surface)
    ten = [*trace.place, *trace.gradient, *trace.m, *trace.sigma, *trace.decay]
    return floats._LoopWriter(Shape(trace, [*ten, *trace.position, *trace.after])).source


@pytest.mark.parametrize("method", TRACING)
def test_source_holds_the_emitter_s_own_names_and_no_number_of_the_trace(method: str) -> None:
    functions = {*FUNCTIONS, *FUNCTIONS["__builtins__"]}
    for surface in FORMULAS:
        for node in ast.walk(ast.parse(source_of(OPTIMIZERS[method](), SURFACES[surface]()))):
            if isinstance(node, ast.Name | ast.arg):
                name = node.id if isinstance(node, ast.Name) else node.arg
                assert name in functions or NAMES.fullmatch(name), name
            elif isinstance(node, ast.Constant):
                assert node.value in (0.0, 1.0, -1.0, 10), node.value
            else:
                assert not isinstance(node, ast.Attribute | ast.Subscript | ast.Lambda | ast.Import) or (
                    ast.unparse(node) == "rates[first:first + 10]"
                )


def test_the_operations_are_a_closed_set() -> None:
    assert set(EXPRESSIONS) == set(OPERATIONS)
    for slug in FORMULAS:
        values = trace_of(OPTIMIZERS["adam"](), SURFACES[slug]()).tape.values
        assert {value.op for value in values} <= {"leaf", *OPERATIONS}
        assert {type(a) for value in values for a in value.args} <= {Value, float}


@given(st.floats(0.011, 0.97), st.floats(-1.3, 1.3).filter(lambda a: a not in (0.0, 1.0)))
def test_another_parameter_is_another_argument(number: float, a: float) -> None:
    sources = {
        source_of(OPTIMIZERS["adam"](beta1=0.3 + one / 7, beta2=one), SURFACES["rosenbrock"](a=two, b=100 * one))
        for one, two in ((number, a), (0.5, 0.7))
    }
    assert len(sources) == 1


def test_another_parameter_compiles_nothing() -> None:
    def go(b: float) -> None:
        run(SURFACES["rosenbrock"](b=b), OPTIMIZERS["nadam"](beta1=0.5 + b / 1000), 0.01, (1.0, 2.0), 20)

    go(3.0)
    before = floats._code.cache_info().misses
    for b in (3.5, 17.0, 23.0):
        go(b)
    assert floats._code.cache_info().misses == before


def test_many_threads_trace_at_once() -> None:
    surface = SURFACES["branin"]()
    one = run(surface, OPTIMIZERS["radam"](beta1=0.87), 0.1, (1.0, 2.0), 60)
    for kept in (floats._loops, floats._code):
        kept.cache_clear()
        assert kept.cache_info().maxsize is not None

    def go(_: int) -> np.ndarray:
        return run(surface, OPTIMIZERS["radam"](beta1=0.87), 0.1, (1.0, 2.0), 60).theta

    with ThreadPoolExecutor(8) as threads:
        for theta in threads.map(go, range(64)):
            np.testing.assert_array_equal(theta, one.theta)
    # The first steps, which r is not trusted in yet, and the others.
    assert len(loops_of(OPTIMIZERS["radam"](beta1=0.87), surface).loops) == 2


def test_only_what_is_exact_is_folded() -> None:
    with recording() as tape:
        x = tape.leaf("x", PIXEL)
        for same in (x / 1, x * 1.0, 1 * x, x - 0.0, x**1, +x, np.where(True, x, 3.0)):
            assert same is x
        for other in (x + 0.0, x - -0.0, 0.0 * x, x * -1.0, 1.0 / x, x / 2):
            assert other is not x
        assert (x**0.5).op == "sqrt"
        assert (x**2).op == "multiply"
        assert (x**3).op == "power"
        assert x**0 == 1.0
        # The same operation is one value; 0 and -0 are two numbers.
        assert x + 3 is x + 3.0
        assert x + 0.0 is not x + -0.0


def test_levels_say_what_a_value_changes_with() -> None:
    with recording() as tape:
        t, beta, x = tape.leaf("t", STEP, 3.0), tape.leaf("f_beta", ROW), tape.leaf("x", PIXEL)
        levels = [value.level for value in (t + 1, beta**t, beta / 2, beta * x, x * x)]
        assert levels == [STEP, STEP | ROW, ROW, ROW | PIXEL, PIXEL]
        assert (t + 1).now == 4.0
        # A condition on a row is an operation, on a step a guard, on nothing neither.
        assert (beta > 0.5).op == "greater"
        assert not tape.guards
        assert (t > 2) is True
        assert np.where(t > 5, x, beta) is beta
        assert [(str(condition.args), answer) for condition, answer in tape.guards.values()] == [
            ("(t, 2.0)", True),
            ("(t, 5.0)", False),
        ]


def test_a_swept_field_is_a_leaf() -> None:
    sweeps = {"beta1": ROW, "lr": COLUMN}
    memory = memory_of(OPTIMIZERS["nadam"](), sweeps)
    # m and v are each pixel's, the product of betas a row's.
    assert [level & (ROW | PIXEL) for level in memory.levels] == [ROW | PIXEL, PIXEL, ROW]
    assert list(memory.leaves) == ["s0_x", "s0_y", "s1_x", "s1_y", "s2"]
    trace = traced(OPTIMIZERS["nadam"](), SURFACES["bowl"](), memory, 2, 0.1, (None, None, None), sweeps)
    leaves = {value.name: value.level for value in trace.needed(*trace.position) if value.op == "leaf"}
    assert leaves["f_beta1"] == ROW
    assert leaves["eta"] == STEP | COLUMN
    assert not trace.guards
    # What no pixel changes can be worked out once a row and step.
    assert {value.op for value in trace.needed(*trace.position) if value.level == STEP | ROW} >= {
        "multiply",
        "subtract",
    }


@pytest.mark.parametrize(
    ("method", "parts"),
    [
        ("sgd", [(1, 20)]),
        ("momentum", [(1, 1), (2, 20)]),
        ("nadam", [(1, 20)]),
        ("radam", [(1, 5), (6, 20)]),
        # The last rate is 0, and a step at it rests.
        ("ftrl", [(1, 1), (2, 19), (20, 20)]),
    ],
)
def test_a_run_is_a_few_spans(method: str, parts: list[tuple[int, int]]) -> None:
    optimizer, surface = OPTIMIZERS[method](), SURFACES["booth"]()
    rates = [0.1] * 19 + [0.0]
    found = spans(optimizer, surface, rates)
    assert [(span.first, span.last) for span in found] == parts
    # Each is the trace that a step of it makes by itself, whatever is shared there.
    memory = memory_of(optimizer)
    shared = [1.0 if level == STEP else None for level in memory.levels]
    for span in found:
        if span.first > 1 and method != "nadam":
            alone = traced(optimizer, surface, memory, span.last, rates[span.last - 1], shared)
            assert [(v.op, v.name) for v in alone.tape.values] == [(v.op, v.name) for v in span.trace.tape.values]


def test_a_swept_rate_is_asked_for_nothing() -> None:
    (span,) = spans(OPTIMIZERS["nadam"](), SURFACES["booth"](), [0.1] * 5, {"lr": COLUMN})
    assert span.trace.position[0].level == STEP | COLUMN | PIXEL


@pytest.mark.parametrize(
    "formula",
    [
        *(bool, float, list, len, np.cumsum, np.sort, np.add.reduce),
        lambda x: x if x > 0 else -x,
        lambda x: x * np.ones(3),
        lambda x: x @ x,
        lambda x: x * "a",
        lambda x: x * 1j,
        lambda x: np.add(x, 1, out=x),
        lambda x: x.sum(),
    ],
)
def test_what_is_no_operation_on_numbers_is_refused(formula: Callable[[Any], Any]) -> None:
    with pytest.raises(UntraceableError), recording() as tape:
        formula(tape.leaf("x", PIXEL))


def test_a_trace_has_an_end() -> None:
    def endless(x: Any) -> None:
        while True:
            x = x * x

    with pytest.raises(UntraceableError, match="more than 4000"), recording() as tape:
        endless(tape.leaf("x", PIXEL))
