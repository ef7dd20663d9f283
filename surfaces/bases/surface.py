"""What every surface is: a loss over the plane, its gradient, and what is known about its minima."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple, cast

import numpy as np

from core.either import Number, absolute, sign
from core.entry import Entry, param
from surfaces.bases.lowest import lowest_places

SURFACES: dict[str, type["Surface"]] = {}

Point = tuple[float, float]
Window = tuple[tuple[float, float], tuple[float, float]]
# The fields that every surface has.
PENALTIES = ("l1", "l2")
Sees = Literal["", "batch", "dropout", "both"]
Height = Literal["loss", "sqrt", "log"]


class Cost(NamedTuple):
    """Microseconds that a gradient takes, on the machine that `python -m benchmarks work` was last run on.

    `floats` on two floats, `call` on arrays for one place, `row` for each further place of many.
    """

    floats: float
    call: float
    row: float


@dataclass(frozen=True, eq=False)
class Surface(Entry, registry=SURFACES):
    """Base of all surfaces. A final subclass gives `value` and `grad`, both broadcasting over any shape and over floats.

    `l1` and `l2` are penalties on the weights: where one is set, value, grad, minima and lowest are those of the loss with
    it, f + l1 (|x| + |y|) + l2/2 (x^2 + y^2), and `plain` is the surface without. The new minimum is searched for within
    the window; where the lowest place lies on its border there is none.

    `window` is what is drawn, `start` a good place to begin, `minima` the known minimisers inside the window, `lowest` the
    value that the loss cannot go below, reached or not (None where unknown or unbounded). `height` names the scale that
    the picture is drawn on; `axes` what the two coordinates are.
    """

    height: ClassVar[Height] = "loss"
    axes: ClassVar[tuple[str, str]] = ("x", "y")
    # From where it is looked at in three dimensions: azimuth and elevation in degrees, so that its runs are in sight.
    camera: ClassVar[tuple[float, float]] = (245.0, 52.0)
    # Whether it is a function of x alone: then it is drawn as a curve, and nothing happens along y.
    line: ClassVar[bool] = False
    # Where the lowest value is, if at no single place that could be among the `minima`.
    bottom: ClassVar[str] = ""
    # What model and what data this is the loss of, for those that have one.
    model: ClassVar[str] = ""
    # What a gradient takes: of a formula, unless a file says otherwise. The larger where fields decide.
    cost: ClassVar[Cost] = Cost(1.0, 30.0, 0.1)

    l1: float = param(
        0.0,
        0.0,
        1000.0,
        r"\lambda_1",
        label="L1 penalty",
        scale="log",
        shown=(0.001, 10.0),
        help="On the sizes of the weights: at the minimum small ones are exactly 0; steps along the gradient hop about it.",
        kw_only=True,
        sweeps=False,
    )
    l2: float = param(
        0.0,
        0.0,
        1000.0,
        r"\lambda_2",
        label="L2 penalty",
        scale="log",
        shown=(0.001, 10.0),
        help="On half the squares of the weights: pulls all of them towards 0.",
        kw_only=True,
        sweeps=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.l1 or self.l2) and type(self) not in _BENT.values():
            # Another class instead of a test in every call: what has no penalty pays nothing for it.
            object.__setattr__(self, "__class__", _bent(type(self)))

    @property
    def plain(self) -> "Surface":
        """The surface without penalties."""
        return self

    # Properties, because a surface from data computes them; a formula's file simply assigns them.
    @property
    def window(self) -> Window:
        raise NotImplementedError

    @property
    def start(self) -> Point:
        raise NotImplementedError

    @property
    def minima(self) -> tuple[Point, ...]:
        return ()

    @property
    def searched(self) -> bool:
        """Whether its minima were found by looking through the window, and are not known."""
        return False

    @property
    def sees(self) -> Sees:
        """What a step sees of the data and the model, where that is less than all."""
        return ""

    @property
    def lowest(self) -> float | None:
        return None

    def picture(self) -> dict[str, Any] | None:
        """What is shown of the data and of the model's answers, in plain numbers; None where there is no model.

        `kind` says how: "regions" (a classifier over two features: `sizes` of its layers), "plane" (a regression over two
        features), "curve" (one neuron over one feature), "bars" (an answer each), "sequence" (a network's states in turn).
        `matrix` has a row for each parameter that is drawn: its factors on the two weights, and a constant.
        """
        return None

    def facts(self) -> str:
        """What is worth knowing of this landscape in numbers, in a few words; empty where there is nothing."""
        return ""

    def raw_weights(self, theta: np.ndarray) -> np.ndarray:
        """Positions (..., 2) as those of the same model on data as measured; a surface without features has no other."""
        return np.asarray(theta, dtype=float)

    def from_raw_weights(self, theta: np.ndarray) -> np.ndarray:
        """The inverse of `raw_weights`."""
        return np.asarray(theta, dtype=float)

    def value(self, x: Number, y: Number) -> Number:
        """The loss at (x, y)."""
        raise NotImplementedError

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        """The partial derivatives of the loss at (x, y)."""
        raise NotImplementedError

    def grid(self, n: int, view: Window | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The window's abscissae (n,), ordinates (n,) and the loss over them (n, n), row by row from the lowest y.

        With `view`, a window of its own, that instead.
        """
        (x0, x1), (y0, y1) = view or self.window
        x, y = np.linspace(x0, x1, n), np.linspace(y0, y1, n)
        return x, y, self.value(x[None, :], y[:, None])


@dataclass(frozen=True, eq=False)
class Penalised:
    """The loss of a mini-batch with the penalties of its surface."""

    part: Any
    l1: float
    l2: float

    def __getattr__(self, name: str) -> Any:
        return getattr(self.part, name)

    def value(self, x: Number, y: Number) -> Number:
        """The loss at (x, y)."""
        return penalised_value(self.part.value(x, y), self, x, y)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        """The partial derivatives of the loss at (x, y)."""
        return penalised_grad(self.part.grad(x, y), self, x, y)


def penalised_value(loss: Number, penalty: Any, x: Number, y: Number) -> Number:
    """A loss at (x, y) with the penalty that has `l1` and `l2`."""
    size = penalty.l1 * (absolute(x) + absolute(y)) if penalty.l1 else 0.0
    return loss + size + penalty.l2 / 2 * (x * x + y * y)


def penalised_grad(grad: tuple[Number, Number], penalty: Any, x: Number, y: Number) -> tuple[Number, Number]:
    """The partial derivatives with it; at 0, where |x| has a tip, its slope counts as 0."""
    dx, dy = grad
    return dx + penalty.l1 * sign(x) + penalty.l2 * x, dy + penalty.l1 * sign(y) + penalty.l2 * y


_BENT: dict[type[Surface], type[Surface]] = {}


def _bent(kind: type[Surface]) -> type[Surface]:
    """The class of the surfaces of a kind that have a penalty."""
    if kind not in _BENT:

        class Bent(kind, listed=False):  # type: ignore[call-arg, misc, valid-type]
            @cached_property
            def plain(self) -> Surface:
                own = {p.name: getattr(self, p.name) for p in kind.params() if p.name not in PENALTIES}
                return kind(**own)

            def value(self, x: Number, y: Number) -> Number:
                return penalised_value(kind.value(self, x, y), self, x, y)

            def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
                return penalised_grad(kind.grad(self, x, y), self, x, y)

            def __reduce__(self) -> tuple[Any, ...]:
                # Under the name that a file has: the constructor makes this class of it again.
                made, (_, values) = super().__reduce__()
                return made, (kind, values)

            def sample(self, t: int, seed: int) -> "Penalised":
                return Penalised(cast(Any, kind).sample(self, t, seed), self.l1, self.l2)

            @property
            def searched(self) -> bool:
                return True

            @cached_property
            def _minimum(self) -> tuple[tuple[Point, ...], float | None]:
                return lowest_places(self)

            @property
            def minima(self) -> tuple[Point, ...]:
                return self._minimum[0]

            @property
            def lowest(self) -> float | None:
                return self._minimum[1]

        Bent.__name__, Bent.__qualname__, Bent.__doc__ = kind.__name__, kind.__qualname__, kind.__doc__
        _BENT[kind] = Bent
    return _BENT[kind]
