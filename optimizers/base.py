"""What every optimizer is: a direction m, a scale sigma and a decay for each gradient. Only `run` subtracts."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from core.either import Number
from core.entry import Entry

OPTIMIZERS: dict[str, type["Optimizer"]] = {}

# The three factors of theta <- theta - decay - (eta_t / sigma) * m, then the new state.
State = tuple[Number, ...]
Step = tuple[Number, Number, Number, State]


class Differentiable(Protocol):
    """What `run` needs of a surface; both broadcast over any shape, and take plain floats."""

    def value(self, x: Number, y: Number, /) -> Number:
        """The loss at (x, y)."""
        ...

    def grad(self, x: Number, y: Number, /) -> tuple[Number, Number]:
        """The partial derivatives of the loss at (x, y)."""
        ...


@dataclass(frozen=True, eq=False)
class Optimizer(Entry, registry=OPTIMIZERS):
    """Base of all optimizers. A final subclass gives `init` (unless it has no state) and `step`.

    `matched` names the library class that the path is proven equal to. `rate` is a learning rate that shows something
    where the curvature is 1; `relative` says that the gradient's size cancels out of the step, and then the curvature
    does not matter but the size of the window, here 10.
    """

    matched: ClassVar[str] = ""
    rate: ClassVar[float] = 0.1
    relative: ClassVar[bool] = False

    def init(self) -> State:
        """The state before the first step; a float stands for every coordinate."""
        return ()

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        """One step, t counted from 1: the gradient and the state in, (m, sigma, decay, state) out.

        It must act on each coordinate alone: `g` and `theta` are one coordinate of one start as a float, or (B, 2) arrays.
        `decay` is what is subtracted beside the step, not through m and sigma.
        """
        raise NotImplementedError
