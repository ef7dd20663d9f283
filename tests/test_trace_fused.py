"""Many starts without a temporary: positions, gradients and verdicts are those of arrays of shape (B, 2)."""

import ast
import itertools
import json
import os
import re
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import optimizers.loop.run as loop
from app.experiment import suggested_rate
from optimizers import OPTIMIZERS, SCHEDULES, Optimizer, Path, run
from optimizers.loop.status import CHECK_EVERY, RULES, STATUSES, table
from optimizers.trace import fused
from optimizers.trace.source import FUNCTIONS, Shape
from optimizers.trace.step import Same
from optimizers.trace.tape import UntraceableError
from surfaces import SURFACES
from tests.test_trace import FAMILIES, FORMULAS, TRACING, exact, trace_of, variants

Adder = Callable[[str, str], type[Optimizer]]
RESULTS = ("theta", "loss", "grad", "status", "stop_step")


ODD = '''
from dataclasses import dataclass
from typing import final
from core.either import where
from optimizers.bases.optimizer import Optimizer

@final
@dataclass(frozen=True, eq=False)
class Odd(Optimizer):
    """Written as nobody expected."""
    name, tex, source = "Odd", "t", "s"
    def step(self, g, state, theta, eta, t, surface):
        return {step}
'''


@contextmanager
def on_arrays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Arrays of shape (B, 2) take every step."""
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_fused", lambda *_: None)
        yield


def grid(surface: Any, n: int) -> np.ndarray:
    low, high = np.array(surface.window).T
    return np.stack(np.meshgrid(*np.linspace(low, high, n).T), axis=-1).reshape(-1, 2)


def assert_same(one: Path, other: Path, bits: bool, words: str) -> None:
    if bits:
        for name in RESULTS:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=f"{words}: {name}")
        return
    # Another last place may be another verdict, now and then.
    size = max(1.0, float(np.nanmax(np.abs(other.theta), initial=0.0)))
    near = np.abs(one.theta - other.theta).max(axis=1) <= 1e-9 * size
    assert (near | ~np.isfinite(other.theta).all(axis=1)).mean() > 0.99, words
    assert (one.status == other.status).mean() > 0.99, words


def check(optimizer: Optimizer, surface: Any, schedule: str, monkeypatch: pytest.MonkeyPatch, n: int = 8) -> None:
    """At a rate that suits the surface and at one that is too large for it."""
    for factor in (1.0, 6.0):
        rate = min(factor * suggested_rate(optimizer, surface, surface.start), 1000.0)
        given = (surface, optimizer, SCHEDULES[schedule](lr=rate), grid(surface, n), 45)
        assert loop._fused(*given[:3], (), 2) is not None
        ours = run(*given, keep="last")
        with on_arrays(monkeypatch):
            arrays = run(*given, keep="last")
        assert_same(ours, arrays, exact(optimizer, surface), f"{optimizer} on {surface} under {schedule}, {factor}")


@pytest.mark.parametrize("method", TRACING)
def test_fused_steps_are_those_of_arrays(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The schedules' families by turns.
    for surface, schedule in zip(FORMULAS, itertools.cycle(FAMILIES.values()), strict=False):
        check(OPTIMIZERS[method](), SURFACES[surface](), schedule, monkeypatch)


@pytest.mark.skipif("RAVINE_SWEEP" not in os.environ, reason="the whole product, by `make sweep`")
@pytest.mark.parametrize("method", TRACING)
def test_fused_steps_are_those_of_arrays_in_every_way(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = OPTIMIZERS[method]
    for chosen, surface, schedule in itertools.product(variants(kind), FORMULAS, SCHEDULES):
        if not SCHEDULES[schedule].watches_loss:
            for penalties in ({}, {"l1": 0.1, "l2": 0.3}):
                check(kind(**chosen), SURFACES[surface](**penalties), schedule, monkeypatch, 24)


def column(p: Any) -> np.ndarray:
    """Nine values of a field, (9, 1), about its default."""
    values = np.linspace(max(p.low, p.default / 2), min(p.high, p.default * 1.2 + 0.1 + 9 * (p.kind is int)), 9)
    return (np.round(values) if p.kind is int else values)[:, None]


@pytest.mark.parametrize("method", TRACING)
def test_every_branch_and_every_sweep_of_a_field(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    surface, kind = SURFACES["himmelblau"](), OPTIMIZERS[method]
    starts = grid(surface, 3)
    numbers = [p for p in kind.params() if p.kind in (float, int) and p.sweeps]
    for chosen, lr in itertools.product(variants(kind), (0.01, np.geomspace(1e-4, 1.0, 9)[:, None])):
        columns = {p.name: column(p) for p in numbers}
        for swept in ({}, *({name: values} for name, values in columns.items()), columns):
            optimizer = kind(**chosen, **swept)
            given = (surface, optimizer, SCHEDULES["cosine"](lr=lr), starts, 25)
            assert loop._fused(*given[:3], (), 2) is not None
            ours = run(*given, keep="last")
            with on_arrays(monkeypatch):
                arrays = run(*given, keep="last")
            assert_same(ours, arrays, "beta" not in str(swept) and exact(kind(**chosen), surface), f"{optimizer}")


def test_a_row_of_a_sweep_is_the_run_of_its_value() -> None:
    """Nothing is kept of an earlier sweep's values."""
    for values in ([0.5, 0.8, 0.9], [0.1, 0.2, 0.95]):
        column = np.array(values)[:, None]
        assert not Same(OPTIMIZERS["momentum"](momentum=column), ["momentum"]).entry.arrays()
        ftrl = {"initial_accumulator_value": column}
        for slug, swept in (("momentum", {"momentum": column}), ("ftrl", ftrl), ("adam", {"beta1": column})):
            ends = run(SURFACES["booth"](), OPTIMIZERS[slug](**swept), 0.01, (1.0, 2.0), 30, keep="last").theta
            for k, value in enumerate(values):
                name = next(iter(swept))
                alone = run(SURFACES["booth"](), OPTIMIZERS[slug](**{name: value}), 0.01, (1.0, 2.0), 30)
                np.testing.assert_allclose(ends[k], alone.theta[-1], rtol=1e-12)


@pytest.mark.parametrize("slug", ["averaging", "newton", "lookahead"])
def test_what_does_not_trace_stays_on_arrays(slug: str) -> None:
    constant = SCHEDULES["constant"]()
    assert loop._fused(SURFACES["bowl"](), OPTIMIZERS[slug](), constant, (), 2) is None
    assert loop._fused(SURFACES["logistic_regression"](), OPTIMIZERS["sgd"](), constant, (), 2) is None
    assert loop._fused(SURFACES["bowl"](), OPTIMIZERS["sgd"](), SCHEDULES["plateau"](), (), 2) is None
    assert loop._fused(SURFACES["bowl"](), OPTIMIZERS["sgd"](), constant, (), 6) is None


def test_where_what_all_rows_share_raises_arrays_take_over(
    add_optimizer: Adder, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = add_optimizer("divides", ODD.format(step="eta / (t - 3) * g, 1.0, 0.0, ()"))
    surface = SURFACES["bowl"]()
    given = (surface, kind(), 0.1, grid(surface, 3), 12)
    ours = run(*given, keep="last")
    assert set(ours.status) == {"diverged"}
    with on_arrays(monkeypatch):
        assert_same(ours, run(*given, keep="last"), True, "a rate divided by nothing")


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_tiles_of_any_size_are_one_map(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    surface = SURFACES["himmelblau"]()
    given = (surface, OPTIMIZERS["momentum"](momentum=np.linspace(0, 0.99, 36)[:, None]), 0.005, grid(surface, 6), 64)
    whole = run(*given, keep="last")
    assert set(whole.status) > {"converged"}
    monkeypatch.setattr(loop, "FUSED", rows)
    parts = run(*given, keep="last")
    for name in RESULTS:
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))


def test_a_million_starts_need_so_much_memory() -> None:
    """100 bytes a start for what is handed out, and 64 MB for a tile, however many steps there are."""
    surface = SURFACES["himmelblau"]()
    for n, steps in ((1024, 20), (128, 3000)):
        starts = grid(surface, n)
        tracemalloc.start()
        run(surface, OPTIMIZERS["adam"](), 0.1, starts, steps, keep="last")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100 * len(starts) + (64 << 20)


# The source of a step: the emitter's own names and the operations; all numbers are arguments.
NAMES = re.compile(
    r"step|literals|t|eta|swept|shared|moving|spare|truths|_|x|y|[kvwb]\d+|s\d+(_[xy])?|f_\w+|np_(?!_)\w+"
)


@pytest.mark.parametrize("method", TRACING)
def test_source_holds_the_emitter_s_own_names_and_no_number(method: str) -> None:
    for surface in FORMULAS:
        trace = trace_of(OPTIMIZERS[method](), SURFACES[surface]())
        source = fused._StepWriter(Shape(trace, [*trace.position, *trace.after])).source
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name):
                assert NAMES.fullmatch(node.id) or node.id in FUNCTIONS, node.id
                assert not node.id.startswith("np_") or node.id in fused.UFUNCS
            assert not isinstance(node, ast.Attribute | ast.Subscript | ast.Lambda | ast.Import)
            assert not isinstance(node, ast.Constant) or node.value in (None, 0.0, 1.0)


def test_a_choice_between_truths_stays_on_arrays(add_optimizer: Adder) -> None:
    kind = add_optimizer("chooses", ODD.format(step="where(where(theta > 1, g > 0, g < 0), g, 0.5 * g), 1.0, 0.0, ()"))
    starts = grid(SURFACES["booth"](), 4)
    path = run(SURFACES["booth"](), kind(), 0.01, starts, 20, keep="last")
    rows = run(SURFACES["booth"](), kind(), 0.01, starts, 20)
    np.testing.assert_array_equal(path.theta, rows.theta[-1])
    with pytest.raises(UntraceableError, match="truths"):
        fused.emitted(trace_of(kind(), SURFACES["booth"]()))


def test_many_threads_step_at_once() -> None:
    surface, starts = SURFACES["branin"](), grid(SURFACES["branin"](), 12)
    one = run(surface, OPTIMIZERS["radam"](beta1=0.86), 0.1, starts, 40, keep="last").theta
    for kept in (fused._steps, fused._code):
        kept.cache_clear()
        assert kept.cache_info().maxsize is not None
    with ThreadPoolExecutor(8) as threads:
        ends = threads.map(
            lambda _: run(surface, OPTIMIZERS["radam"](beta1=0.86), 0.1, starts, 40, keep="last").theta, range(32)
        )
        for theta in ends:
            np.testing.assert_array_equal(theta, one)
    assert len(fused.steps_of(OPTIMIZERS["radam"](beta1=0.86), surface).steps) == 2


def judged_by(numbers: dict[str, Any], path: Path) -> tuple[str, int] | None:
    """The verdict on a path that the table alone gives, as a browser would; None where the server must look."""
    at = [t for t in range(len(path.theta)) if t % numbers["every"] == 0 or t == len(path.theta) - 1]
    end, loss = path.theta[-1], float(path.loss[-1])
    pits = [place for place in numbers["minima"] if np.hypot(*(end - place)) <= numbers["bounds"]["sits"]]
    slope = float(np.hypot(*path.grad[-1]))
    flat = slope * numbers["size"] <= numbers["closes"] * (loss - numbers["floor"])
    ends = {"": True, "lowest": bool(pits), "local": False, "flat": flat}
    ends["above"] = numbers["lowest"] is not None and loss >= numbers["lowest"]
    places = {"from_centre": numbers["centre"], "from_pit": pits[-1] if pits else end, "from_end": end}
    for rule in numbers["rules"]:
        count = 0
        for t in reversed(at):
            if rule["measure"] == "gap":
                measure = path.loss[t] - numbers["lowest"]
            else:
                measure = np.hypot(*(path.theta[t] - places[rule["measure"]]))
            if bool(measure <= numbers["bounds"][rule["bound"]]) != rule["within"]:
                break
            count += 1
        since = at[len(at) - count] if count else -1
        least = max(1.0, rule["lasts"] * at[-1]) if rule["lasts"] else 0.0
        if count and ends[rule["ends"]] and at[-1] - since >= least:
            return rule["word"], since
        # Where no known minimum is near, only Newton's steps say whether there is one.
        if rule["word"] == "local_minimum" and not pits:
            return None
    return "running", -1


def test_a_table_of_plain_numbers_judges_as_the_engine_does() -> None:
    seen = set()
    for slug in FORMULAS:
        surface = SURFACES[slug]()
        numbers = table(surface)
        assert json.loads(json.dumps(numbers, allow_nan=False)) == numbers
        for lr in (0.003, 0.1, 2.0):
            last = run(surface, OPTIMIZERS["momentum"](), lr, grid(surface, 4), 90, keep="last")
            for k, start in enumerate(grid(surface, 4)):
                verdict = judged_by(numbers, run(surface, OPTIMIZERS["momentum"](), lr, start, 90))
                if verdict is not None:
                    assert verdict == (last.status[k], last.stop_step[k]), f"{slug}, {lr}, {start}"
                    seen.add(verdict[0])
    assert seen >= {"diverged", "converged"}
    assert numbers["every"] == CHECK_EVERY
    assert [rule.word for rule in RULES] == list(STATUSES[:-1])
