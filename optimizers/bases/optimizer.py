"""What every optimizer is: a direction m, a scale sigma and a decay for each gradient. Only `run` subtracts."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, Protocol

import numpy as np

from core.either import Number
from core.entry import Entry, param
from core.formula import Assignments

OPTIMIZERS: dict[str, type["Optimizer"]] = {}

# The three factors of theta <- theta - decay - (eta_t / sigma) * m, then the new state.
State = tuple[Number, ...]
Step = tuple[Number, Number, Number, State]


class Differentiable(Protocol):
    """What `run` needs of a surface; both broadcast over any shape, and take plain floats.

    There are two coordinates, x and y, or as many as a model has weights.
    """

    def value(self, *coordinates: Number) -> Number:
        """The loss at a place."""
        ...

    def grad(self, *coordinates: Number) -> Any:
        """The partial derivatives of the loss there: a tuple, or an array with that axis in front."""
        ...


class SpentError(Exception):
    """A surface was asked for more evaluations than a run has; see `optimizers.loop.counted`."""


def loss_at(surface: Differentiable, theta: np.ndarray) -> np.ndarray:
    """The loss at positions (..., D): (...)."""
    return surface.value(*np.moveaxis(theta, -1, 0))


def gradient(surface: Differentiable, theta: np.ndarray) -> np.ndarray:
    """The gradient at positions (..., D), stacked as they are."""
    parts = surface.grad(*np.moveaxis(theta, -1, 0))
    if isinstance(parts, np.ndarray):
        return np.moveaxis(parts, 0, -1)
    return np.stack(np.broadcast_arrays(*parts), axis=-1)


# What a good rate grows with: 1/curvature, the size of the window, or nothing.
RateUnit = Literal["curvature", "window", "one"]


@dataclass(frozen=True, eq=False)
class Optimizer(Entry, registry=OPTIMIZERS):
    """Base of all optimizers. A final subclass gives `init` (unless it has no state) and `step`.

    `matched` names the library class that the path is proven equal to. `rate` is a learning rate that shows something
    where the curvature is 1 (`rate_unit` "curvature"), or where the window is 10 wide, because the gradient's size cancels
    out of the step ("window"), or anywhere ("one"). `rate_note` says what the rate is to a method for which it is no
    factor on the step.
    """

    matched: ClassVar[str] = ""
    rate: ClassVar[float] = 0.1
    rate_unit: ClassVar[RateUnit] = "curvature"
    rate_note: ClassVar[str] = ""
    # False where a step needs both coordinates, as a norm or a Hessian does: arrays of shape (B, 2) then, even for one start.
    coordinatewise: ClassVar[bool] = True
    # The places of its state that belong to no coordinate: they go on where a coordinate is held, and all else waits.
    common: ClassVar[tuple[int, ...]] = ()
    # True where SciPy takes the steps, one start after another: a thousand times dearer for a map than arrays.
    row_by_row: ClassVar[bool] = False
    # True where each step's length is measured on the way, as a line search does: the rate bounds it or scales a guess, and
    # there is no rate above which such a method is unstable.
    own_length: ClassVar[bool] = False
    # False where a hyperparameter changes along the run.
    steady: ClassVar[bool] = True
    # True where eta / sigma is a length that each step chose along m, which is what is shown as its rate.
    chooses: ClassVar[bool] = False
    # True where no step asks for a gradient.
    gradient_free: ClassVar[bool] = False
    # Evaluations that the steps of a run may ask of the surface beside their own gradients, on average, as `Counted` counts
    # them: of a method whose searches nobody can foresee those of three runs in four, or more.
    asks: ClassVar[float] = 0.0
    # Whether that grows with the number of a model's weights, as a Hessian does.
    asks_by_weights: ClassVar[bool] = False
    # The lines that somebody typed, where a method is made of these.
    typed: ClassVar[Assignments | None] = None
    # What the second line beside the path is, where the method has one.
    beside: ClassVar[str] = ""

    @property
    def factors(self) -> bool:
        """Whether a step is eta / sigma * m. Where it is not, `step` returns the displacement itself for m, and 1 for sigma."""
        return True

    def init(self) -> State:
        """The state before the first step; a float stands for every coordinate."""
        return ()

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        """One step, t counted from 1: the gradient and the state in, (m, sigma, decay, state) out.

        `t` counts every step of the run. A coordinate whose gradient comes later is held at `init` until then, so what is to
        happen at its first gradient is asked of the state: by a number that is 0 in `init` and 1 after a step.

        It must act on each coordinate alone, unless it says otherwise: `g` and `theta` are one coordinate of one start as
        a float, or (B, 2) arrays. `decay` is what is subtracted beside the step, not through m and sigma. `surface` is
        for methods that look elsewhere too; its gradient is the one after the rules.
        """
        raise NotImplementedError

    def place(self, g: Number, state: State, theta: Number, eta: Number, t: int) -> dict[str, Number]:
        """What each letter of `typed` is in a step, where there is something typed."""
        raise NotImplementedError

    def moved(self, theta: Number, step: Step, eta: Number) -> Number:
        """Where a step leads."""
        m, sigma, decay, _ = step
        return theta - decay - (eta * m / sigma if self.factors else m)

    def apart(self, t: int) -> str:
        """What sets step t, counted from 1, apart from a method's others, in words: nothing where all are alike."""
        return ""

    def companion(self, theta: np.ndarray, lr: np.ndarray, held: np.ndarray | bool = False) -> np.ndarray | None:
        """The second line, as long as the path, from its positions (steps+1, 2) and rates (steps,): see `beside`.

        `held` (steps, 2) says which coordinates a step left alone, with their memory.
        """
        return None


@dataclass(frozen=True, eq=False)
class Around(Optimizer, listed=False):
    """What the methods around another one share: it is a field, and the rate is what it is to that one."""

    coordinatewise = False
    family = "Around another"

    base: str | Optimizer = param(  # noqa: RUF009
        "momentum", label="around", inside=OPTIMIZERS, help="The method inside, with fields of its own."
    )

    @cached_property
    def inner(self) -> Optimizer:
        """The method inside."""
        return OPTIMIZERS[self.base]() if isinstance(self.base, str) else self.base

    @property
    def factors(self) -> bool:
        return self.inner.factors

    # What is a class's own elsewhere depends here on the method inside.
    @property
    def rate(self) -> float:  # type: ignore[override]
        return self.inner.rate

    @property
    def rate_unit(self) -> RateUnit:  # type: ignore[override]
        return self.inner.rate_unit

    @property
    def own_length(self) -> bool:  # type: ignore[override]
        return self.inner.own_length

    @property
    def rate_note(self) -> str:  # type: ignore[override]
        return self.inner.rate_note

    @property
    def asks(self) -> float:  # type: ignore[override]
        return self.inner.asks

    @property
    def asks_by_weights(self) -> bool:  # type: ignore[override]
        return self.inner.asks_by_weights
