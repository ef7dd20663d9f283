"""What a browser computes of a map: the very steps that arrays take, and the verdicts of those runs."""

import base64
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiment import suggested_rate
from maps import computing
from maps.computing import _Canvas, refined
from maps.model import Map, parse_map
from maps.script import script
from optimizers import OPTIMIZERS, SCHEDULES, Optimizer, run
from optimizers.trace.script import EXPRESSIONS, literal, scripted
from optimizers.trace.tape import COLUMN, ROW, UntraceableError
from surfaces import SURFACES
from tests.test_trace import FAMILIES, FORMULAS, INEXACT, TRACING, trace_of, variants

ROOT = Path(__file__).parent.parent
STEPS = 40
GRID = 3


def node(mode: str, jobs: Sequence[dict[str, Any]]) -> list[Any]:
    """What tests/player/pixels.js makes of jobs."""
    command = [str(Path(sys.executable).with_name("node")), str(ROOT / "tests" / "player" / "pixels.js"), mode]
    said = subprocess.run(command, input=json.dumps(jobs).encode(), capture_output=True, check=False)
    assert said.returncode == 0, said.stderr.decode()
    answers: list[Any] = json.loads(said.stdout)
    return answers


def array_of(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


# Steps.


def job_of(optimizer: Optimizer, surface: Any, schedule: Any, columns: np.ndarray, rows: np.ndarray) -> dict[str, Any]:
    """A grid of starts."""
    rates = schedule.rates(STEPS).tolist()
    made = scripted(optimizer, surface, {"x": COLUMN, "y": ROW}, rates)
    ways = [
        way
        for (way, last), first in zip(made.ways, [0, *(last for _, last in made.ways)], strict=False)
        for _ in range(first, last)
    ]
    rest = {"rates": [rates], "ways": ways}
    return {"source": made.source, "x": 0, "y": 0, "rows": rows.tolist(), "columns": columns.tolist(), **rest}


def exact(optimizer: Optimizer, surface: Any) -> bool:
    """Whether no operation is met whose last bits processors and browsers choose."""
    return not any(value.op in INEXACT for t in (1, 2) for value in trace_of(optimizer, surface, t).tape.values)


def check(pairs: Sequence[tuple[Optimizer, Any, str]]) -> None:
    """Grids of starts on all of them."""
    jobs, made, compared, chaotic = [], [], 0, 0
    for optimizer, surface, slug in pairs:
        schedule = SCHEDULES[slug](lr=suggested_rate(optimizer, surface, surface.start))
        low, high = np.array(surface.window).T
        columns, rows = np.linspace(low, high, GRID + 2)[1:-1].T
        jobs.append(job_of(optimizer, surface, schedule, columns, rows))
        made.append((optimizer, surface, schedule, columns, rows))
    for (optimizer, surface, schedule, columns, rows), answer in zip(made, node("paths", jobs), strict=True):
        start = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
        theta = np.moveaxis(run(surface, optimizer, schedule, start, STEPS).theta, 0, -1)
        found = array_of(answer, "<f8").reshape(theta.shape)
        words = f"{optimizer} on {surface} under {schedule.slug}"
        if exact(optimizer, surface):
            np.testing.assert_array_equal(found, theta, err_msg=words)
            compared += len(start)
            continue
        for one, other, begin in zip(found, theta, start, strict=True):
            nudged = run(surface, optimizer, schedule, begin * (1 + 1e-13), STEPS).theta.T
            # A run that a nudge leads elsewhere is chaotic.
            size = max(1.0, float(np.nanmax(np.abs(other))))
            if np.all(np.abs(nudged - other) <= 1e-11 * size):
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * size, err_msg=words)
                compared += 1
            else:
                chaotic += 1
    assert compared > 2 * chaotic


@pytest.mark.parametrize("method", TRACING)
def test_a_browser_takes_the_steps_of_arrays(method: str) -> None:
    check(
        [
            (OPTIMIZERS[method](), SURFACES[surface](), schedule)
            for surface, schedule in zip(FORMULAS, itertools.cycle(FAMILIES.values()), strict=False)
        ]
    )


@pytest.mark.skipif("RAVINE_SWEEP" not in os.environ, reason="the whole product, by `make sweep`")
@pytest.mark.parametrize("method", TRACING)
def test_a_browser_takes_the_steps_of_arrays_in_every_way(method: str) -> None:
    kind = OPTIMIZERS[method]
    timed = [slug for slug, one in SCHEDULES.items() if not one.watches_loss]
    for chosen, penalties in itertools.product(variants(kind), ({}, {"l1": 0.1, "l2": 0.3})):
        for schedule in timed:
            check([(kind(**chosen), SURFACES[surface](**penalties), schedule) for surface in FORMULAS])


# What a module holds.

NUMBER = r"\(?-?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|Infinity)\)?|NaN"
NAME = r"[a-zA-Z_]\w*"
TOKENS = re.compile(rf"\s+|{NUMBER}|{NAME}|===|!==|<=|>=|&&|\|\||=|[-+*/%<>!?:;,.(){{}}\[\]]")
# Beside values (v1a), fields (f_beta1a), memory (s0_xa), tables (S0) and the kept.
WORDS = set(
    re.findall(
        NAME,
        """function export const let return for if else Math NaN Infinity true false Float64Array new length fill min
        value slope newton pixels block remainder lanes a b left x y xa ya xb yb out rows columns rates ways kept done steps
        size stop first from n k r c t eta etaa etab row column columna columnb other """
        + " ".join(words[5:].partition("(")[0] for words in EXPRESSIONS.values() if words.startswith("Math.")),
    )
)
OURS = re.compile(r"v\d+[ab]?|f_\w+|s\d+(?:_[xy])?[ab]?_?|[SRC]\d+|[xy][ab]_")


@pytest.mark.parametrize("method", TRACING)
def test_a_module_holds_floats_and_names_of_our_own_alone(method: str) -> None:
    fields = {"lr": COLUMN} | {p.name: ROW for p in OPTIMIZERS[method].params() if p.kind is float}
    for surface, sweeps in itertools.product(("rastrigin", "bowl"), ({"x": COLUMN, "y": ROW}, fields)):
        source = scripted(OPTIMIZERS[method](), SURFACES[surface](l1=0.1), sweeps, [0.1, 0.0, 0.1]).source
        place = 0
        while place < len(source):
            token = TOKENS.match(source, place)
            assert token, source[place : place + 40]
            word = token[0]
            assert not re.fullmatch(NAME, word) or word in WORDS or OURS.fullmatch(word), word
            place = token.end()


@given(st.floats())
def test_a_browser_reads_a_float_to_the_bit(number: float) -> None:
    assert re.fullmatch(NUMBER, literal(number))
    # JavaScript's numbers are written as Python's are, but for the two words.
    read = float(literal(number).strip("()").replace("Infinity", "inf"))
    assert np.array_equal(np.float64(read).view(np.int64), np.float64(number).view(np.int64)) or number != number


# Maps.

# fmt: off
MAPS = {
    "basins": "surface=himmelblau&r2=momentum~lr~0.01&steps=200&map=basins",
    "basins that burst": "surface=rosenbrock&r2=momentum~lr~0.004&steps=150&map=basins",
    "rate and momentum": "surface=bowl&r2=momentum~lr~0.1&steps=200&map=rate~momentum",
    "rate and beta1": "surface=rosenbrock&r3=adam~lr~0.1&steps=120&map=rate~beta1&goal=distance~0.01",
    "loss at the end": "surface=beale&r3=adam~lr~0.1&schedule=cosine&steps=95&map=two~beta2~schedule.warmup&goal=final",
    "no lowest place": "surface=himmelblau&r3=signum~lr~0.1&steps=60&map=two~x~lr",
    "minima that are found": "surface=rastrigin&r3=rmsprop~lr~0.02&steps=100&map=basins",
}
# fmt: on
PIXELS = 500


def asked_for(link: str) -> Map:
    asked, complaints = parse_map(parse_qs(link))
    assert not complaints
    return asked


@pytest.mark.usefixtures("each_step")
@pytest.mark.parametrize("name", MAPS)
def test_the_verdicts_of_a_browser_are_those_of_the_runs(name: str) -> None:
    asked = asked_for(MAPS[name])
    r, c = np.unravel_index(np.random.default_rng(7).choice(np.prod(asked.shape), PIXELS, replace=False), asked.shape)
    jobs = [{"source": script(asked), "rows": [int(row)], "columns": c[r == row].tolist()} for row in np.unique(r)]
    canvas = _Canvas(asked)
    for row, job, found in zip(np.unique(r), jobs, node("part", jobs), strict=True):
        columns = np.array(job["columns"])
        for column in columns if canvas.up is None or not canvas.across.param.sweeps else [columns]:
            canvas.compute(np.full(np.size(column), row), np.atleast_1d(column))
        np.testing.assert_array_equal(array_of(found["status"], "u1"), canvas.status[row, columns])
        np.testing.assert_array_equal(array_of(found["step"], "<u2"), canvas.step[row, columns])
        np.testing.assert_allclose(array_of(found["loss"], "<f4"), canvas.loss[row, columns], rtol=1e-5, atol=1e-12)


def test_the_step_of_a_pixel_in_a_browser_is_its_own_run_s() -> None:
    asked = asked_for(MAPS["basins"])
    (found,) = node("part", [{"source": script(asked), "rows": [40], "columns": list(range(0, 256, 8))}])
    paths = [computing.answer(asked, 40, column) for column in range(0, 256, 8)]
    steps = [path.step for path in paths]
    assert array_of(found["step"], "<u2").tolist() == steps
    # Looked at now and then, a ball that circles in a pit is inside sooner.
    assert any(step % 10 for step in steps)


@pytest.mark.usefixtures("each_step")
@pytest.mark.parametrize("name", MAPS)
def test_a_map_of_a_browser_is_the_servers(name: str) -> None:
    asked = replace(asked_for(MAPS[name]), size=64)
    jobs = [{"source": script(asked), "stride": stride, "kind": asked.kind} for stride in (4, 1)]
    *_, whole = refined(asked, budget=60)
    for job, found in zip(jobs, node("map", jobs), strict=True):
        stride = job["stride"]
        assert (found["stride"], found["whole"], found["every"]) == ([stride] * 2, stride == 1, whole.every)
        np.testing.assert_array_equal(array_of(found["step"], "<u2"), whole.step[::stride, ::stride].ravel())
        loss = whole.loss[::stride, ::stride].ravel()
        np.testing.assert_allclose(array_of(found["loss"], "<f4"), loss, rtol=1e-5, atol=1e-12)
    one = found
    assert [(known["status"], known["letter"]) for known in one["classes"]] == [
        (k.status, k.letter) for k in whole.classes
    ]
    for known, here in zip(whole.classes, one["classes"], strict=True):
        assert (here["place"] is None) == (known.place is None)
        if known.place is not None:
            np.testing.assert_allclose(here["place"], known.place, atol=1e-6)
    np.testing.assert_array_equal(array_of(one["label"], "u1"), whole.label.ravel())
    assert one["best"] == (whole.best and list(whole.best))


@pytest.mark.parametrize(
    "link",
    [
        "surface=bowl&r1=sgd~lr~0.1&map=methods",
        "surface=bowl&r1=sgd~lr~0.1&r1.1=clip_norm",
        "surface=bowl&r1=lbfgs~lr~1",
        "surface=logistic_regression&r1=sgd~lr~0.1",
        "surface=two_layer&r1=sgd~lr~0.1",
        "surface=rosenbrock&r1=sgd~lr~0.1&map=two~lr~surface.b",
        "surface=bowl&schedule=cosine&r1=sgd~lr~0.1&map=two~lr~schedule.warmup",
        "surface=bowl&schedule=plateau&r1=sgd~lr~0.1",
    ],
)
def test_what_the_server_alone_computes_is_said(link: str) -> None:
    with pytest.raises(UntraceableError):
        script(asked_for(link))
