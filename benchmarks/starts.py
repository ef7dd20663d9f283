"""256 x 256 starts x 200 steps, of which the ends are kept: this engine against naive numpy, torch.optim and JAX, in turn.

Naive numpy is what one writes by hand: two arrays of all starts, a formula a line, temporaries as they come. It judges nothing.
What the libraries do is in `benchmarks.batched`.
"""

import os
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from benchmarks.batched import fetched, ready, with_jax, with_torch
from optimizers import OPTIMIZERS, run
from optimizers.loop.run import FUSED
from optimizers.loop.status import CHECK_EVERY, kept_steps
from optimizers.trace.fused import steps_of
from surfaces import SURFACES

SIDE, STEPS, PAIRS = 256, 200, 9
RATES = {("rosenbrock", "momentum"): 5e-4, ("rosenbrock", "adam"): 0.05}
RATES |= {("himmelblau", "momentum"): 2e-3, ("himmelblau", "adam"): 0.05}


def rosenbrock(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient with a = 1 and b = 20."""
    v = y - x * x
    return -2 * (1 - x) - 80 * x * v, 40 * v


def himmelblau(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient."""
    u, v = x * x + y - 11, x + y * y - 7
    return 4 * x * u + 2 * v, 2 * u + 4 * y * v


GRADIENTS = {"rosenbrock": rosenbrock, "himmelblau": himmelblau}


def momentum(surface: str, rate: float, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Momentum 0.9 by hand."""
    bx = by = 0.0
    for _ in range(STEPS):
        gx, gy = GRADIENTS[surface](x, y)
        bx, by = 0.9 * bx + gx, 0.9 * by + gy
        x, y = x - rate * bx, y - rate * by
    return x, y


def adam(surface: str, rate: float, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Adam by hand."""
    mx = my = vx = vy = 0.0
    for t in range(1, STEPS + 1):
        gx, gy = GRADIENTS[surface](x, y)
        mx, my = 0.9 * mx + 0.1 * gx, 0.9 * my + 0.1 * gy
        vx, vy = 0.999 * vx + 0.001 * gx * gx, 0.999 * vy + 0.001 * gy * gy
        one, other = 1 - 0.9**t, 1 - 0.999**t
        x = x - rate * (mx / one) / (np.sqrt(vx / other) + 1e-8)
        y = y - rate * (my / one) / (np.sqrt(vy / other) + 1e-8)
    return x, y


NAIVE = {"momentum": momentum, "adam": adam}


def starts(surface: str) -> np.ndarray:
    """A grid over the surface's window, (SIDE * SIDE, 2)."""
    low, high = np.array(SURFACES[surface]().window).T
    return np.stack(np.meshgrid(*np.linspace(low, high, SIDE).T), axis=-1).reshape(-1, 2)


def steps_alone(surface: str, method: str, rate: float, start: np.ndarray) -> np.ndarray:
    """The engine's steps without verdicts: the ends (B, 2)."""
    made, kind = OPTIMIZERS[method](), SURFACES[surface]()
    at, rates = kept_steps(STEPS, CHECK_EVERY), np.full(STEPS, rate)
    steps = steps_of(made, kind)
    parts = [start[first : first + FUSED] for first in range(0, len(start), FUSED)]
    return np.concatenate([steps.run(made.init(), rates, {}, part, at)[0][:, -1].T for part in parts])


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time that one call takes, of all threads: JAX computes in threads of its own."""
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


COLUMNS = ("naive", "torch", "jax", "transfer", "compiled", "alone", "judged")


def works_of(surface: str, method: str, rate: float) -> dict[str, Callable[[], object]]:
    """What is timed of each of `COLUMNS`, once it is shown that all end where this engine's runs do."""
    start = starts(surface)
    x, y = start.T.copy()
    jitted = with_jax(surface, method, STEPS)
    there = ready(jitted(rate, x, y))
    works: dict[str, Callable[[], object]] = {
        "naive": lambda: NAIVE[method](surface, rate, x, y),
        "torch": lambda: with_torch(surface, method, rate, start, STEPS),
        "jax": lambda: ready(jitted(rate, x, y)),
        "transfer": lambda: fetched(there),
        "compiled": lambda: ready(with_jax(surface, method, STEPS)(rate, x, y)),
        "alone": lambda: steps_alone(surface, method, rate, start),
        "judged": lambda: run(SURFACES[surface](), OPTIMIZERS[method](), rate, start, STEPS, keep="last"),
    }
    ours = run(SURFACES[surface](), OPTIMIZERS[method](), rate, start, STEPS, keep="last")
    assert np.array_equal(steps_alone(surface, method, rate, start), ours.theta, equal_nan=True)
    settled = ours.status == "converged"
    naive = np.stack(NAIVE[method](surface, rate, x, y), axis=-1)
    for ends in (naive, fetched(there), with_torch(surface, method, rate, start, STEPS)):
        assert ends.dtype == np.float64
        assert np.abs(ends - ours.theta)[settled].max() < 1e-6, "the two do not compute the same paths"
    return works


def table() -> str:
    """The tables of times and of ratios, of one run."""
    times: dict[str, dict[str, np.ndarray]] = {}
    with np.errstate(all="ignore"):
        for (surface, method), rate in RATES.items():
            works = works_of(surface, method, rate)
            found = np.array([[milliseconds(works[name]) for name in COLUMNS] for _ in range(PAIRS)])
            times[f"{method}, {surface}"] = dict(zip(COLUMNS, found.T, strict=True))
    return "\n\n".join(
        [by_hand(times), by_libraries(times), f"Load of the machine at the end: {os.getloadavg()[0]:.1f}."]
    )


def ratio(ours: np.ndarray, theirs: np.ndarray) -> str:
    """The median of the rounds' ratios, and the least to the most."""
    ratios = sorted(ours / theirs)
    return f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def by_hand(times: dict[str, dict[str, np.ndarray]]) -> str:
    """Beside naive numpy."""
    lines = [
        "| 256 x 256 starts, 200 steps | naive numpy, ms | steps alone, ms | with verdicts, ms "
        "| steps alone / naive | with verdicts / naive |",
        "|---|---|---|---|---|---|",
    ]
    for name, of in times.items():
        cells = [f"{median(of[column]):.0f}" for column in ("naive", "alone", "judged")]
        cells += [ratio(of[column], of["naive"]) for column in ("alone", "judged")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def by_libraries(times: dict[str, dict[str, np.ndarray]]) -> str:
    """Beside torch.optim and JAX."""
    lines = [
        "| 256 x 256 starts, 200 steps | torch.optim, batched, ms | JAX warm, ms | its transfer to host, ms "
        "| JAX with compilation, ms | steps alone / torch | with verdicts / torch | steps alone / JAX warm and transfer "
        "| with verdicts / JAX warm and transfer | with verdicts / JAX with compilation and transfer |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, of in times.items():
        cells = [f"{median(of[column]):.0f}" for column in ("torch", "jax")]
        cells += [f"{median(of['transfer']):.1f}", f"{median(of['compiled']):.0f}"]
        warm, first = (of[column] + of["transfer"] for column in ("jax", "compiled"))
        cells += [ratio(of[column], of["torch"]) for column in ("alone", "judged")]
        cells += [ratio(of["alone"], warm), ratio(of["judged"], warm), ratio(of["judged"], first)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)
