"""What a browser shows while a start or a rate is dragged: the very run, its rates, and how it ends."""

from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest

from app.comparison import EXAMPLES, Comparison
from app.experiment import Experiment, parse, schedule_of, suggested, surface_of
from app.views.compare import _alike
from app.ways import way_module, way_query
from optimizers import OPTIMIZERS, SCHEDULES, run
from optimizers.explain.table import KINDS
from optimizers.trace.tape import UntraceableError
from tests.test_script import array_of, node
from tests.test_trace import TRACING

STEPS = 60


def experiment_of(link: str) -> Experiment:
    experiment, complaints = parse(parse_qs(link))
    assert not complaints
    return experiment


def module_of(experiment: Experiment) -> str:
    return way_module(way_query(experiment, experiment.runs[0]))


OPEN = [slug for slug in TRACING if not OPTIMIZERS[slug].beside]
TIMED = sorted(slug for slug, kind in SCHEDULES.items() if not kind.watches_loss)
PLACES = ["bowl", "himmelblau", "rosenbrock", "saddle", "linear_regression"]
# Every method, and every schedule and some surfaces with one; started and at a rate of which the module knows nothing.
COVER = [(slug, TIMED[k % len(TIMED)], PLACES[k % len(PLACES)]) for k, slug in enumerate(OPEN)]
COVER += [("momentum", schedule, "bowl") for schedule in TIMED] + [("adam", "cosine", surface) for surface in PLACES]


def test_a_run_from_elsewhere_at_another_rate_is_that_very_run() -> None:
    jobs, paths = [], []
    for method, schedule, surface in COVER:
        experiment = experiment_of(f"surface={surface}&schedule={schedule}~warmup~4&r1={method}&steps={STEPS}")
        seen, pick = surface_of(experiment.surface), experiment.runs[0]
        (x0, x1), (y0, y1) = seen.window
        start = (x0 + 0.31 * (x1 - x0), y0 + 0.62 * (y1 - y0))
        lr = 0.7 * suggested(pick.optimizer, seen, start)
        jobs.append({"source": module_of(experiment), "start": start, "lr": lr, "bound": None})
        scheduled = schedule_of(experiment.schedule, pick)
        paths.append(run(seen, OPTIMIZERS[method](), SCHEDULES[schedule](lr=lr, warmup=4), start, STEPS))
        assert scheduled.warmup == 4
    for (method, schedule, surface), path, found in zip(COVER, paths, node("way", jobs), strict=True):
        about = f"{method}, {schedule}, {surface}"
        for name, rows in (
            ("xy", path.theta.ravel()),
            ("rate", path.lr),
            ("norm", np.hypot(*path.grad.T)),
            ("loss", path.loss),
        ):
            np.testing.assert_allclose(
                array_of(found[name], "<f4"), rows, rtol=2e-5, atol=1e-6, err_msg=f"{about}: {name}"
            )
        assert found["status"] == path.status, about
        if found["events"]:
            (end,) = found["events"]
            assert end["at"] == path.stop_step, about
            assert end["text"] == KINDS[path.status].chip.format(at=path.stop_step), about


def test_how_it_ends_is_said_in_the_words_of_the_table() -> None:
    # Above its limit, and well below it.
    high, low = (
        {
            "source": module_of(experiment_of("surface=bowl~condition~10&r1=sgd&steps=300")),
            "start": [-4, 2],
            "lr": lr,
            "bound": {},
        }
        for lr in (0.3, 0.1)
    )
    lost, arrived = node("way", [high, low])
    assert [one["text"].partition(" ")[0] for one in lost["events"] + arrived["events"]] == ["diverged", "converged"]
    # A limit that is one number for the whole plane stays; any other takes a closer look.
    assert lost["limit"] == "limit"
    (other,) = node("way", [low | {"bound": None}])
    assert other["limit"] == ""
    # Where there is no bottom, to run off is no failure.
    (off,) = node(
        "way",
        [{"source": module_of(experiment_of("surface=monkey_saddle&r1=sgd&steps=300")), "start": [1, 1], "lr": 0.5}],
    )
    assert (off["status"], off["events"]) == ("diverged", [])


@pytest.mark.parametrize(
    "link",
    [
        "surface=bowl&r1=sgd~lr~0.1&r1.1=clip_norm",
        "surface=bowl&r1=schedule_free",
        "surface=bowl&schedule=plateau&r1=sgd",
        "surface=linear_regression~batch_size~4&r1=sgd",
        "surface=two_layer&r1=sgd",
    ],
)
def test_no_browser_is_asked_for_more_than_a_formula(link: str) -> None:
    experiment = experiment_of(link)
    assert way_query(experiment, experiment.runs[0]) == {}


@pytest.mark.parametrize(
    "link", ["surface=bowl&r1=lbfgs", "surface=logistic_regression&r1=sgd", "surface=bowl&r1=newton"]
)
def test_what_does_not_trace_is_the_servers(link: str) -> None:
    with pytest.raises(UntraceableError):
        module_of(experiment_of(link))


@pytest.mark.parametrize(
    "query", [{}, {"surface": "nothing"}, {"surface": "bowl", "r1": "sgd", "r2": "adam"}, {"r1": "sgd~lr~x"}]
)
def test_a_broken_address_is_refused_in_words(query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        way_module(query)


def test_its_name_holds_neither_start_nor_rate() -> None:
    one, other = (
        experiment_of(f"surface=bowl&r3=adam~lr~{lr}~beta1~0.8&start={start}&steps=40&seed={seed}&view=-1~1~-1~1")
        for lr, start, seed in ((0.1, "1~2", 0), (0.7, "-3~2", 5))
    )
    assert way_query(one, one.runs[0]) == way_query(other, other.runs[0]) != {}


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        ({"name": "loss"}, None),
        ({"name": "start", "value": "1~1"}, False),
        ({"name": "schedule", "value": "cosine"}, True),
    ],
)
def test_sides_are_alike_where_a_start_and_a_rate_are_both_sides(changes: dict[str, Any], alike: bool | None) -> None:
    left = experiment_of("surface=bowl&r1=sgd~lr~0.1&start=-4~2&steps=40")
    if alike is None:
        assert {_alike(one) for one in EXAMPLES.values()} >= {False}
        return
    assert _alike(Comparison(left, **changes)) is alike
