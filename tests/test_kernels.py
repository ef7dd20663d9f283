"""Before the tests run as another processor's (`make kernels`), a probe tells what can run, and what would be new."""

import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import kernels
from tests.rounding import assert_close, assert_same_path, rounding


@pytest.fixture(scope="module")
def here() -> kernels.Probed:
    return kernels.probe({})


def test_the_probe_finds_libraries_that_compute_rightly_and_the_same_again(here: kernels.Probed) -> None:
    assert here.fault == ""
    assert here.blas
    assert len(here.digests) == 3
    again = kernels.probe({})
    assert kernels.skipped(again, {"here": here}) == "computes the same to the bit as here"


def test_what_numpy_is_told_to_do_without_it_does_without(here: kernels.Probed) -> None:
    plain = kernels.probe({"NPY_DISABLE_CPU_FEATURES": " ".join(kernels.FEATURES)})
    assert plain.fault == ""
    assert plain.vectors not in kernels.FEATURES
    assert (plain.blas, plain.digests[2]) == (here.blas, here.digests[2])


@pytest.mark.parametrize(
    ("program", "fault"),
    [
        (f"import os; os.kill(os.getpid(), {int(signal.SIGILL)})", "dies of SIGILL"),
        ("raise SystemExit('no such core')", "does not start: no such core"),
    ],
)
def test_a_kind_that_cannot_run_is_left_out_and_says_why(program: str, fault: str) -> None:
    found = kernels.probe({}, [sys.executable, "-c", program])
    assert kernels.skipped(found, {}) == fault


def test_what_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    monkeypatch.setattr(kernels, "PROBE_LIMIT", 0.1)
    assert kernels.probe({}, asleep).fault == "hangs"
    monkeypatch.setattr(kernels, "probe", lambda variables: kernels.Probed("some", "some", ("1", "2", "3")))
    monkeypatch.setattr(kernels, "TESTS", asleep)
    monkeypatch.setattr(kernels, "LIMIT", 0.1)
    assert kernels.main(["here"]) == 1
    assert "not done after 0.1 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "name", "words"),
    [(np, "exp", "exp"), (np, "tanh", "tanh"), (np.linalg, "solve", "a system of equations")],
)
def test_a_kind_that_computes_wrongly_is_left_out(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, words: str
) -> None:
    right = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args: right(*args) * (1 + 1e-9))
    assert kernels.look()["fault"] == f"computes wrongly: {words}"


def test_a_line_for_each_kind_and_a_failure_where_a_test_fails(
    here: kernels.Probed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kinds = {"here": {}, "again": {}, "other": {"RAVINE_OTHER": "1"}, "dead": {"PYTHONHOME": str(tmp_path)}}
    probed = {"RAVINE_OTHER": here._replace(vectors="others"), "PYTHONHOME": kernels.Probed(fault="dies of SIGILL")}
    monkeypatch.setattr(kernels, "KINDS", kinds)
    monkeypatch.setattr(kernels, "probe", lambda variables: probed.get(next(iter(variables), ""), here))
    file = tmp_path / "test_it.py"
    file.write_text("import os\n\ndef test_one():\n    assert 'RAVINE_OTHER' not in os.environ\n", encoding="utf-8")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    monkeypatch.setattr(kernels, "TESTS", run)
    assert kernels.main([]) == 1
    first, again, other, failure, dead = capsys.readouterr().out.splitlines()
    assert first.startswith("here ")
    assert "1 passed" in first
    assert again.split(maxsplit=1) == ["again", "skipped: computes the same to the bit as here"]
    assert other.startswith("other ")
    assert "numpy others" in other
    assert "1 failed" in other
    assert failure.startswith("FAILED ")
    assert dead.split(maxsplit=1) == ["dead", "skipped: dies of SIGILL"]
    assert kernels.main(["here"]) == 0


def test_an_unknown_kind_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert kernels.main(["here", "abacus"]) == 2
    assert capsys.readouterr().out.startswith("unknown: abacus; there are here, Prescott, ")


@given(st.integers(0, 10**6), st.integers(2, 400))
@settings(deadline=None, max_examples=50)
def test_any_two_orders_of_a_sum_lie_within_the_rounding_of_its_terms(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    # Of all sizes, and nearly cancelling.
    terms = rng.standard_normal(n) * 10.0 ** rng.uniform(-8, 8, n)
    terms = np.concatenate([terms, -terms * (1 + 1e-12)])
    sums = [sum(order.tolist()) for order in (terms, terms[::-1], rng.permutation(terms), np.sort(terms))]
    assert np.ptp([*sums, terms.sum(), terms @ np.ones(2 * n)]) <= rounding(2 * n, np.abs(terms).sum())


def test_what_is_more_than_rounding_is_seen() -> None:
    numbers = np.linspace(-3, 2, 100).reshape(50, 2)
    wrong = numbers.copy()
    wrong[17, 1] += 1e-9
    for same in (assert_close, assert_same_path):
        same(numbers * (1 + 1e-16), numbers, 150)
        with pytest.raises(AssertionError):
            same(wrong, numbers, 150)
