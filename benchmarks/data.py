"""Surfaces from data: gradients and runs of ten at once against ten torch.optim runs with autograd, and drawing the grids."""

from collections.abc import Callable
from statistics import median

import numpy as np
import torch

from benchmarks.engine import seconds
from optimizers import OPTIMIZERS, SCHEDULES, run
from surfaces import SURFACES

STEPS = 60
PAIRS = 9
RATES = np.linspace(0.02, 0.2, 10)
DATA = (
    "linear_regression",
    "logistic_regression",
    "one_neuron",
    "softmax",
    "sparse_embedding",
    "three_class",
    "recurrent_cliff",
    "two_layer",
)


class Rival:
    """Ten logistic regressions in torch, each with an optimizer of its own, as ten demonstrations would run them."""

    def __init__(self) -> None:
        surface = SURFACES["logistic_regression"]()
        features, labels = surface.data  # type: ignore[attr-defined]
        self.x, self.y = torch.tensor(features), torch.tensor(labels)
        self.bias = surface.bias  # type: ignore[attr-defined]
        self.weights = [torch.tensor(surface.start, dtype=torch.float64, requires_grad=True) for _ in RATES]
        self.optimizers = [torch.optim.SGD([w], lr=float(lr)) for w, lr in zip(self.weights, RATES, strict=True)]

    def backward(self) -> None:
        """Ten gradients."""
        for w, optimizer in zip(self.weights, self.optimizers, strict=True):
            optimizer.zero_grad()
            scores = self.x @ w + self.bias
            torch.nn.functional.binary_cross_entropy_with_logits(scores, self.y).backward()

    def steps(self) -> list[list[float]]:
        """Ten runs, and where they end."""
        for _ in range(STEPS):
            self.backward()
            for optimizer in self.optimizers:
                optimizer.step()
        return [w.tolist() for w in self.weights]


def table() -> str:
    """The tables of ratios and of drawing times."""
    torch.set_num_threads(1)
    surface = SURFACES["logistic_regression"]()
    x, y = np.repeat(np.array(surface.start)[:, None], len(RATES), axis=1)
    sweep = SCHEDULES["constant"](lr=RATES[:, None])

    def gradients() -> object:
        return surface.grad(x, y)

    def runs() -> np.ndarray:
        return run(surface, OPTIMIZERS["sgd"](), sweep, surface.start, STEPS).theta[-1]

    difference = np.abs(np.array(Rival().steps()) - runs()).max()
    assert difference < 1e-9, f"the two do not compute the same paths, {difference}"
    lines = [
        "| logistic regression, 200 points, ten runs | torch with autograd, ms | Ravine, ms | ratio: median (least to most) |",
        "|---|---|---|---|",
    ]
    rows: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("one gradient of each", Rival().backward, gradients),
        (f"{STEPS} steps of gradient descent, each at its rate", lambda: Rival().steps(), runs),
    ]
    for name, theirs, ours in rows:
        pairs = [(seconds(theirs, 3), seconds(ours, 30)) for _ in range(PAIRS)]
        ratios = sorted(a / b for a, b in pairs)
        rival, own = (1e3 * median(column) for column in zip(*pairs, strict=True))
        lines.append(
            f"| {name} | {rival:.2f} | {own:.3f} | {median(ratios):.0f} ({ratios[0]:.0f} to {ratios[-1]:.0f}) |"
        )
    lines += ["", "| a grid of 100 x 100 | ms: median (least to most) |", "|---|---|"]
    for slug in DATA:
        one = SURFACES[slug]()
        one.grid(2)
        times = sorted(1e3 * seconds(lambda one=one: one.grid(100), 1) for _ in range(PAIRS))  # type: ignore[misc]
        lines.append(f"| {slug} | {median(times):.1f} ({times[0]:.1f} to {times[-1]:.1f}) |")
    lines += [
        "",
        "Left out on both sides: making the data, the first and slowest run. Neither side keeps the losses. The network's "
        "grid is of all its weights on a plane; its plane is laid before.",
    ]
    return "\n".join(lines)
