"""256 x 256 starts x 200 steps, of which the ends are kept: this engine against naive numpy, in turn, medians of the pairs.

Naive numpy is what one writes by hand: two arrays of all starts, a formula a line, temporaries as they come. It judges nothing.
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np

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
    """Processor time that one call takes."""
    start = time.thread_time()
    work()
    return 1e3 * (time.thread_time() - start)


def table() -> str:
    """The table of ratios."""
    lines = [
        "| 256 x 256 starts, 200 steps | naive numpy, ms | steps alone, ms | with verdicts, ms "
        "| steps alone / naive | with verdicts / naive |",
        "|---|---|---|---|---|---|",
    ]
    for (surface, method), rate in RATES.items():
        start = starts(surface)
        x, y = start.T.copy()
        works: list[Callable[[], object]] = [
            lambda s=surface, m=method, r=rate, x=x, y=y: NAIVE[m](s, r, x, y),  # type: ignore[misc]
            lambda s=surface, m=method, r=rate, b=start: steps_alone(s, m, r, b),  # type: ignore[misc]
            lambda s=surface, m=method, r=rate, b=start: run(  # type: ignore[misc]
                SURFACES[s](), OPTIMIZERS[m](), r, b, STEPS, keep="last"
            ),
        ]
        with np.errstate(all="ignore"):
            naive = np.stack(NAIVE[method](surface, rate, x, y), axis=-1)
            ours = run(SURFACES[surface](), OPTIMIZERS[method](), rate, start, STEPS, keep="last")
            assert np.array_equal(steps_alone(surface, method, rate, start), ours.theta, equal_nan=True)
            settled = ours.status == "converged"
            assert np.abs(naive - ours.theta)[settled].max() < 1e-6, "the two do not compute the same paths"
            times = np.array([[milliseconds(work) for work in works] for _ in range(PAIRS)])
        naive_ms, alone, judged = np.median(times, axis=0)
        cells = [f"{naive_ms:.0f}", f"{alone:.0f}", f"{judged:.0f}"]
        for column in (1, 2):
            ratios = sorted(times[:, column] / times[:, 0])
            cells.append(f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
        lines.append(f"| {method}, {surface} | {' | '.join(cells)} |")
    return "\n".join(lines)
