"""One map on many processes or machines: its tiles are handed to an executor, and come back in order."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import NamedTuple

import numpy as np

from optimizers.bases.goal import Condition
from optimizers.bases.optimizer import Differentiable, Optimizer
from optimizers.bases.rule import Rule
from optimizers.bases.schedule import SCHEDULES, Schedule
from optimizers.loop.run import FUSED, Path, row_count, run


class Finished(NamedTuple):
    """A tile that has come back: which rows it has, where they ended, as `run` with keep="last" says it, and how many of
    all tiles are done, some of which may be later ones.
    """

    rows: slice
    path: Path
    done: int
    tiles: int


def spread(
    executor: Executor,
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule | float,
    start: Sequence[float] | np.ndarray,
    steps: int,
    rules: Sequence[Rule] = (),
    seed: int = 0,
    goal: Condition | None = None,
    size: int = FUSED,
) -> Iterator[Finished]:
    """What `run(..., keep="last")` does, by any executor, `size` rows at a time, one tile after another as they finish.

    All tiles are handed out at once, so that several maps may share an executor; who leaves before the last one has come
    back cancels those that have not begun. For a pool of processes, or dask.distributed's `client.get_executor()`, surface
    and optimizer must be importable where it runs. Raises what `run` raises, and ValueError where `size` is not positive.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1; got {size!r}")
    if not isinstance(schedule, Schedule):
        schedule = SCHEDULES["constant"](lr=schedule)
    rows = row_count(np.asarray(start, dtype=float), optimizer, schedule, rules)
    starts = np.broadcast_to(np.asarray(start, dtype=float), (rows, 2))
    parts = [slice(first, min(first + size, rows)) for first in range(0, rows, size)]
    futures = [
        executor.submit(
            run,
            surface,
            optimizer.rows(part),
            schedule.rows(part),
            starts[part],
            steps,
            [rule.rows(part) for rule in rules],
            seed,
            "last",
            None,
            goal,
        )
        for part in parts
    ]
    return _in_order(parts, futures)


def _in_order(parts: list[slice], futures: "list[Future[Path]]") -> Iterator[Finished]:
    try:
        for part, future in zip(parts, futures, strict=True):
            path = future.result()
            yield Finished(part, path, sum(one.done() for one in futures), len(futures))
    finally:
        for future in futures:
            future.cancel()
