"""A schedule's rates are its library's, they act on the path, and a warm-up fits in front of any."""

import inspect
import json
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.entry import Param
from optimizers import OPTIMIZERS, SCHEDULES, Schedule, run
from surfaces import SURFACES
from tests.rounding import assert_close

FILES = ("schedules.json", "schedules_more.json")
ROWS = [row for f in FILES for row in json.loads((File(__file__).parent / "golden" / f).read_text())["rows"]]
STEPS = 40
HIMMELBLAU = SURFACES["himmelblau"]()

every = pytest.mark.parametrize("slug", sorted(SCHEDULES))


class Recording:
    """Plays losses back to whoever looks at one after a step, so that only their order counts."""

    def __init__(self, losses: list[float]) -> None:
        self.losses = iter(losses)

    def value(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        # In the loop one position is looked at, after it the whole path.
        return np.full(x.shape, next(self.losses)) if x.ndim == 1 else 0 * x * y

    def grad(self, x: Any, y: Any) -> tuple[Any, Any]:
        return 0 * x, 0 * y


def used(schedule: Schedule, row: dict[str, Any], before: int = 0) -> np.ndarray:
    """The rates that `run` used, the row's losses (if it has any) seen from step `before` on; those before do not count."""
    surface: Any = Recording([0.0] * before + row["losses"]) if "losses" in row else SURFACES["bowl"]()
    lr = run(surface, OPTIMIZERS["sgd"](), schedule, (1.0, 1.0), before + len(row["learning_rates"])).lr
    assert lr is not None
    return lr


def name_of(row: dict[str, Any]) -> str:
    return "-".join([row["library"], row["schedule"], *(str(v) for v in row["arguments"].values())])


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_rates_are_the_library_s(row: dict[str, Any]) -> None:
    lr = used(SCHEDULES[row["schedule"]](**row["arguments"]), row)
    np.testing.assert_allclose(lr, row["learning_rates"], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_after_a_warm_up_the_schedule_begins_as_if_there_had_been_none(row: dict[str, Any]) -> None:
    kind = SCHEDULES[row["schedule"]]
    lr = used(kind(**row["arguments"], warmup=7), row, before=7)
    # Where the peak is not taken twice, the last step of the warm-up is the first of the schedule.
    np.testing.assert_allclose(
        lr[7 - kind.peak_once :][: len(row["learning_rates"])], row["learning_rates"], rtol=1e-9, atol=1e-15
    )


def test_no_reference_row_is_left_out() -> None:
    # A constant rate needs none.
    assert {row["schedule"] for row in ROWS} == SCHEDULES.keys() - {"constant"}
    assert len({name_of(row) for row in ROWS}) == len(ROWS)


@every
def test_the_first_step_uses_the_first_value(slug: str) -> None:
    schedule = SCHEDULES[slug](lr=0.01)
    path = run(HIMMELBLAU, OPTIMIZERS["sgd"](), schedule, (-0.5, -1.0), STEPS)
    assert path.lr is not None
    assert path.lr[0] == pytest.approx(float(np.ravel(schedule.rate(np.arange(STEPS), STEPS))[0]))
    np.testing.assert_allclose(path.theta[1], path.theta[0] - path.lr[0] * path.grad[0], rtol=1e-14)


@every
@pytest.mark.parametrize("warmup", [1, 2, 13, STEPS, 3 * STEPS])
def test_a_warm_up_rises_linearly_to_the_first_value(slug: str, warmup: int) -> None:
    schedule = SCHEDULES[slug]
    lr = run(HIMMELBLAU, OPTIMIZERS["sgd"](), schedule(lr=0.01, warmup=warmup), (-0.5, -1.0), STEPS).lr
    assert lr is not None
    first = schedule(lr=0.01).rates(max(STEPS - warmup, 1))[0]
    rising = min(warmup, STEPS)
    np.testing.assert_allclose(lr[:rising], first * (np.arange(rising) + 1) / warmup, rtol=1e-12)


@every
def test_a_warm_up_from_0_begins_there_and_reaches_the_first_value_where_the_schedule_begins(slug: str) -> None:
    kind = SCHEDULES[slug]
    lr, plain = (kind(lr=0.01, warmup=w, from_zero=bool(w)).rates(STEPS - 12 + w) for w in (12, 0))
    np.testing.assert_allclose(lr[:12], plain[0] * np.arange(12) / 12, rtol=1e-12)
    np.testing.assert_allclose(lr[12:], plain, rtol=1e-12)


@every
def test_the_rate_that_is_written_down_is_the_one_that_was_used(slug: str) -> None:
    schedule = SCHEDULES[slug](lr=0.012, warmup=3)
    path = run(HIMMELBLAU, OPTIMIZERS["sgd"](), schedule, (-0.5, -1.0), STEPS)
    assert path.lr is not None
    theta = np.array(path.theta[0])
    for eta, after in zip(path.lr, path.theta[1:], strict=True):
        theta = theta - eta * np.array(HIMMELBLAU.grad(*theta))
        np.testing.assert_allclose(theta, after, rtol=1e-9)


def test_a_schedule_visibly_acts_on_the_path() -> None:
    valley, start = SURFACES["rosenbrock"](), (-1.5, 2.0)
    constant = run(valley, OPTIMIZERS["sgd"](), 0.001, start, 150)
    for slug in SCHEDULES.keys() - {"constant", "plateau"}:
        path = run(valley, OPTIMIZERS["sgd"](), SCHEDULES[slug](lr=0.001), start, 150)
        assert np.abs(path.theta - constant.theta).max() > 1e-3, slug


def test_cosine_s_length_is_the_whole_run_unless_it_is_said() -> None:
    whole = SCHEDULES["cosine"](lr=0.1, eta_min=0.01)
    np.testing.assert_array_equal(whole.rates(60), SCHEDULES["cosine"](lr=0.1, eta_min=0.01, T_max=60).rates(60))
    assert whole.rates(61)[-1] > 0.01
    kept = SCHEDULES["cosine"](lr=0.1, eta_min=0.01, T_max=20).rates(60)
    np.testing.assert_allclose(kept[20:], 0.01)
    after = SCHEDULES["cosine"](lr=0.1, eta_min=0.01, warmup=10)
    # The cosines of an array's end may be another kernel's, and these two end at different places.
    assert_close(after.rates(60)[10:], whole.rates(50), 0)


def test_plateau_cuts_the_rate_when_the_loss_has_stopped_falling() -> None:
    # Beyond the edge of stability each loss is worse than the first: the fifth bad one is more than patience forgives.
    schedule = SCHEDULES["plateau"](lr=0.18, factor=0.5, patience=4)
    path = run(SURFACES["bowl"](), OPTIMIZERS["sgd"](), schedule, (0.0, 3.0), 60)
    assert path.lr is not None
    assert path.lr[:7].tolist() == [0.18] * 6 + [0.09]
    assert path.status == "converged"


@pytest.mark.parametrize(("lr", "min_lr"), [(1e-3, 1e-2), (1e-3, 1e-3), (1e-7, 0.0)])
def test_plateau_leaves_the_rate_alone_where_a_cut_would_raise_it_or_hardly_lower_it(lr: float, min_lr: float) -> None:
    schedule = SCHEDULES["plateau"](lr=lr, factor=0.95, patience=0, min_lr=min_lr)
    path = run(Recording([1.0] * 30), OPTIMIZERS["sgd"](), schedule, (1.0, 1.0), 30)
    assert path.lr is not None
    assert path.lr.tolist() == [schedule.lr] * 30


def other_value(p: Param) -> Any:
    """An allowed value that is not the default."""
    value = p.default * 1.5 or min(0.5 if p.kind is float else 5, p.high)  # type: ignore[operator]
    value = p.default / 2 if value > p.high else value  # type: ignore[operator]
    return int(value) if p.kind is int else value


@every
def test_a_sweep_of_any_number_equals_single_runs(slug: str) -> None:
    kind = SCHEDULES[slug]
    for p in kind.params():
        if p.kind not in (int, float):
            continue
        values = [p.default, other_value(p)] if p.name != "lr" else [0.01, 0.02]
        base = {"lr": 0.012} if p.name != "lr" else {}
        swept = kind(**base, **{p.name: np.array(values)[:, None]})
        path = run(HIMMELBLAU, OPTIMIZERS["sgd"](), swept, (-0.5, -1.0), STEPS)
        last = run(HIMMELBLAU, OPTIMIZERS["sgd"](), swept, (-0.5, -1.0), STEPS, keep="last")
        assert path.lr is not None
        assert path.lr.shape == (STEPS, 2)
        assert np.broadcast_shapes(swept.rates(STEPS).shape, (STEPS, 2, 1)) == (STEPS, 2, 1)
        for i, value in enumerate(values):
            alone = run(HIMMELBLAU, OPTIMIZERS["sgd"](), kind(**base, **{p.name: value}), (-0.5, -1.0), STEPS)
            np.testing.assert_allclose(path.lr[:, i], alone.lr, rtol=1e-12, err_msg=p.name)
            np.testing.assert_allclose(path.theta[:, i], alone.theta, rtol=1e-9, err_msg=p.name)
            np.testing.assert_allclose(last.theta[i], alone.theta[-1], rtol=1e-9, err_msg=p.name)


def test_a_bare_number_is_a_constant_rate() -> None:
    path = run(HIMMELBLAU, OPTIMIZERS["sgd"](), 0.01, (-0.5, -1.0), 5)
    assert path.lr is not None
    assert path.lr.tolist() == [0.01] * 5


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    kind = SCHEDULES[draw(st.sampled_from(sorted(SCHEDULES)))]
    values: dict[str, Any] = {}
    for p in kind.params():
        if p.choices:
            values[p.name] = draw(st.sampled_from(p.choices))
        elif p.kind is bool:
            values[p.name] = draw(st.booleans())
        elif p.name == "factors":
            values[p.name] = tuple(draw(st.lists(st.floats(0, 1), max_size=5)))
        elif p.kind is tuple:
            values[p.name] = tuple(sorted(draw(st.sets(st.integers(0, 200), max_size=5))))
        elif p.kind is int:
            values[p.name] = draw(st.integers(int(p.low), min(int(p.high), 200)))
        else:
            values[p.name] = draw(st.floats(p.low, p.high))
    for name in {"eta_min", "min_lr", "base_lr"} & values.keys():
        values[name] = min(values[name], values["lr"])
    return kind(**values)


@given(schedules(), st.integers(1, 150))
@settings(deadline=None)
def test_rates_are_finite_and_no_decay_rises_above_its_rate(schedule: Schedule, steps: int) -> None:
    rates = schedule.rates(steps)
    assert rates.shape == (steps,)
    assert np.isfinite(rates).all()
    assert (rates >= 0).all()
    assert (rates <= schedule.lr * (1 + 1e-12)).all()
    # Rising ends with the warm-up, unless a cycle is what it is about or it was asked for.
    if schedule.family == "Cycles" or getattr(schedule, "end_factor", 0) > getattr(schedule, "start_factor", 1):
        return
    assert (np.diff(rates[min(schedule.warmup, steps) :]) <= 1e-12 * schedule.lr).all()


def test_only_a_schedule_that_says_so_watches_the_loss() -> None:
    for kind in SCHEDULES.values():
        assert kind.watches_loss == ("react" in vars(kind)), inspect.getfile(kind)
