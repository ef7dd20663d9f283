"""A map's tiles by any executor are the map that one process makes."""

import io
import pickle
import sys
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import redirect_stdout
from multiprocessing import get_context
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from docs import sweep
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from optimizers.loop.spread import Finished, spread
from optimizers.trace.step import Same
from surfaces import SURFACES

SURFACE = SURFACES["himmelblau"](l2=0.1)
STARTS = np.stack(np.meshgrid(np.linspace(-5, 5, 7), np.linspace(-5, 5, 6)), axis=-1).reshape(-1, 2)
GIVEN: dict[str, Any] = {
    "surface": SURFACE,
    "optimizer": OPTIMIZERS["momentum"](),
    "schedule": 0.005,
    "start": STARTS,
    "steps": 60,
}


def assert_whole(tiles: list[Finished], whole: Path) -> None:
    """The tiles come in order, count on, and are the map."""
    assert [tile.rows.start for tile in tiles] == [0, *(tile.rows.stop for tile in tiles[:-1])]
    assert [tile.tiles for tile in tiles] == [len(tiles)] * len(tiles)
    assert all(k < tile.done <= len(tiles) for k, tile in enumerate(tiles))
    for name in ("theta", "loss", "grad", "status", "stop_step"):
        together = np.concatenate([getattr(tile.path, name) for tile in tiles])
        np.testing.assert_array_equal(together, getattr(whole, name))


def test_a_pool_of_threads() -> None:
    with ThreadPoolExecutor(3) as executor:
        assert_whole(list(spread(executor, **GIVEN, size=10)), run(**GIVEN, keep="last"))


def test_a_pool_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    # A process that is spawned runs the main module first, and a test of Streamlit's leaves a page's script there.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    # Not forked, because tests have threads.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        assert_whole(list(spread(executor, **GIVEN, size=16)), run(**GIVEN, keep="last"))


def test_dask_s_executor() -> None:
    # In requirements-test.txt; an environment that is older than that line has it not.
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor() as executor,
    ):
        assert_whole(list(spread(executor, **GIVEN, size=10)), run(**GIVEN, keep="last"))


@pytest.mark.parametrize("registry", [OPTIMIZERS, RULES, SCHEDULES, SURFACES], ids=["o", "r", "s", "f"])
def test_every_entry_goes_elsewhere_as_its_fields(registry: Any) -> None:
    for kind in registry.values():
        entries = [kind()] + ([kind(l1=0.1, l2=0.2)] if registry is SURFACES else [])
        for entry in entries:
            # What it has worked out stays behind.
            vars(entry)["worked_out"] = threading.Lock()
            other = pickle.loads(pickle.dumps(entry))
            assert type(other) is type(entry)
            assert Same(other) == Same(entry)
            assert "worked_out" not in vars(other)


def test_sweeps_and_rules_go_with_their_rows() -> None:
    column = np.linspace(0.1, 0.9, len(STARTS))[:, None]
    swept = SCHEDULES["cosine"](lr=np.geomspace(1e-3, 1e-2, len(STARTS))[:, None])
    momentum = OPTIMIZERS["momentum"](momentum=column)
    given = {**GIVEN, "optimizer": momentum, "schedule": swept, "start": (1.0, 2.0)}
    rules = [RULES["clip_norm"](), RULES["coupled_l2"](l2=column)]
    with ThreadPoolExecutor(2) as executor:
        for some in ((), rules):
            tiles = list(spread(executor, **given, rules=some, size=9))
            assert_whole(tiles, run(**given, rules=some, keep="last"))


class ByHand(Executor):
    """Runs what it is asked to when it is told."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Any]] = []

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: fn(*args, **kwargs)))
        return future

    def finish(self, k: int) -> None:
        future, work = self.waiting[k]
        future.set_result(work())


def test_progress_counts_later_tiles_too_and_leaving_cancels_the_rest() -> None:
    executor = ByHand()
    tiles = spread(executor, **GIVEN, size=10)
    # Handed out before anybody asks for one.
    assert len(executor.waiting) == 5
    for k in (2, 0):
        executor.finish(k)
    first = next(tiles)
    assert (first.rows, first.done, first.tiles) == (slice(0, 10), 2, 5)
    tiles.close()
    assert [future.cancelled() for future, _ in executor.waiting] == [False, True, False, True, True]


def test_an_error_is_raised_where_the_tile_is_asked_for() -> None:
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(ValueError, match="steps"):
            list(spread(executor, **{**GIVEN, "steps": 0}))
        with pytest.raises(ValueError, match="size"):
            spread(executor, **GIVEN, size=0)


def test_the_sweep_of_the_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "ProcessPoolExecutor", lambda: ThreadPoolExecutor(2))
    out = io.StringIO()
    with redirect_stdout(out):
        sweep.main(["--methods", "sgd", "cg", "--surfaces", "bowl", "levy", "--rates", "7", "--steps", "30"])
    head, *rows = [line.split(",") for line in out.getvalue().splitlines()]
    assert head == ["surface", "method", "best rate", "loss", "converged of 7"]
    assert [row[:2] for row in rows] == [["bowl", "sgd"], ["bowl", "cg"], ["levy", "sgd"], ["levy", "cg"]]
    # Conjugate gradients are at a quadratic's minimum after two steps, whatever the rate.
    assert float(rows[1][3]) < 1e-20
    assert rows[1][4] == "7"
    assert threading.active_count() < 20
