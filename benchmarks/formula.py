"""What a typed formula takes: from its text to its first gradient, to its minima, and in a run beside the built-in surface."""

import time
from collections.abc import Callable
from statistics import median

from core.formula import read
from optimizers import OPTIMIZERS, run
from surfaces import SURFACES, Formula
from surfaces.bases.gallery import GALLERY
from surfaces.functions.formula import parts_of

ROUNDS = 15
TEXTS = {
    "x^2 + 3y^2": "x^2 + 3y^2",
    "Rosenbrock": "(1 - x)^2 + 20(y - x^2)^2",
    "peaks": next(sample.text for sample in GALLERY if sample.name.startswith("Peaks")),
    "200 characters, refused at the last": "(x+y)*" * 33 + "(",
}


def timed(task: Callable[[], object]) -> float:
    """Milliseconds of processor time, the middle of several rounds, each of which knows no text."""
    took = []
    for _ in range(ROUNDS):
        read.cache_clear()
        parts_of.cache_clear()
        begun = time.process_time_ns()
        task()
        took.append((time.process_time_ns() - begun) / 1e6)
    return median(took)


def refused(text: str) -> None:
    """Try to read it."""
    try:
        Formula(text)
    except ValueError:
        return


def table() -> str:
    """The table of docs/benchmarks.md, as Markdown."""
    rows = ["| formula | text to gradient, ms | window, start and minima, ms |", "|---|---|---|"]
    for name, text in TEXTS.items():
        if "refused" in name:
            rows.append(f"| {name} | {timed(lambda text=text: refused(text)):.2f} | |")  # type: ignore[misc]
            continue
        ready = timed(lambda text=text: Formula(text).grad(0.3, 0.2))  # type: ignore[misc]
        found = timed(lambda text=text: (f := Formula(text), f.start, f.minima))  # type: ignore[misc]
        rows.append(f"| {name} | {ready:.2f} | {found:.0f} |")
    built_in, typed = SURFACES["rosenbrock"](), Formula(TEXTS["Rosenbrock"])
    ratios, adam = [], OPTIMIZERS["adam"]()
    for surface in (built_in, typed):
        run(surface, adam, 0.05, (-1.5, 2.0), 300)
        ratios.append(timed(lambda surface=surface: run(surface, adam, 0.05, (-1.5, 2.0), 300)))  # type: ignore[misc]
    one, other = ratios
    rows += [
        "",
        f"300 steps of Adam on Rosenbrock: built in {one:.2f} ms, typed {other:.2f} ms, {other / one:.2f} times as long.",
    ]
    return "\n".join(rows)
