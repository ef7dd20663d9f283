"""Every method at many rates on every surface, on as many processes or machines as there are: the best rates as CSV.

    python -m docs.sweep > best.csv                          a process for each core
    python -m docs.sweep --cluster tcp://host:8786           a dask cluster (pip install '.[cluster]')
    python -m docs.sweep --methods adam lion --surfaces levy --steps 50

39 methods x 60 rates x 28 surfaces are 1,092 maps of 60 rows. SciPy's methods go row by row: they are most of the time.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from typing import Any

import numpy as np

from optimizers import OPTIMIZERS, SCHEDULES
from optimizers.loop.spread import spread
from surfaces import SURFACES

# The rows of one task, so that a slow method's rates are dealt out too.
TOGETHER = 20


def best_rates(
    executor: Executor, methods: Sequence[str], surfaces: Sequence[str], rates: np.ndarray, steps: int
) -> Iterator[list[Any]]:
    """For each surface and method: both, the rate of the lowest loss after `steps` steps from the surface's start, that loss,
    and at how many of the rates (R,) the run has converged.
    """
    tasks = []
    for surface in surfaces:
        made = SURFACES[surface]()
        for method in methods:
            column: Any = rates[:, None]
            swept = SCHEDULES["constant"](lr=column)
            tasks.append(
                (surface, method, spread(executor, made, OPTIMIZERS[method](), swept, made.start, steps, size=TOGETHER))
            )
    for surface, method, tiles in tasks:
        paths = [tile.path for tile in tiles]
        loss = np.concatenate([path.loss for path in paths])
        status = np.concatenate([path.status for path in paths])
        # Of what has diverged there is no loss.
        best = int(np.argmin(np.where(np.isfinite(loss), loss, np.inf)))
        yield [surface, method, f"{rates[best]:.3g}", f"{loss[best]:.6g}", int((status == "converged").sum())]


def main(words: Sequence[str] | None = None) -> None:
    """Write the table to standard output, a line as soon as it is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cluster", metavar="ADDRESS", help="a dask scheduler's address")
    parser.add_argument("--methods", nargs="*", default=sorted(OPTIMIZERS))
    parser.add_argument("--surfaces", nargs="*", default=sorted(SURFACES))
    parser.add_argument("--rates", type=int, default=60, help="how many, from 1e-4 to 10")
    parser.add_argument("--steps", type=int, default=100)
    asked = parser.parse_args(words)
    with ExitStack() as stack:
        executor: Executor = ProcessPoolExecutor() if asked.cluster is None else _cluster(asked.cluster, stack)
        stack.enter_context(executor)
        table = csv.writer(sys.stdout)
        table.writerow(["surface", "method", "best rate", "loss", f"converged of {asked.rates}"])
        for row in best_rates(
            executor, asked.methods, asked.surfaces, np.geomspace(1e-4, 10, asked.rates), asked.steps
        ):
            table.writerow(row)
            sys.stdout.flush()


def _cluster(address: str, stack: ExitStack) -> Executor:
    from distributed import Client

    client = stack.enter_context(Client(address))
    return client.get_executor()


if __name__ == "__main__":
    main()
