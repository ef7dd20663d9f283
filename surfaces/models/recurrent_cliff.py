from dataclasses import dataclass
from typing import Any, final

from core.either import Number
from surfaces.bases.logistic import sigmoid
from surfaces.bases.surface import Cost, Surface

# Steps through the network, its first state, and the answer it should give.
UNROLLED, FIRST, TARGET = 50, 0.5, 0.7


@final
@dataclass(frozen=True, eq=False)
class RecurrentCliff(Surface):
    """A recurrent network of one unit, run for 50 steps: a wall where a tiny change of a weight turns the answer over.

    Pascanu, Mikolov & Bengio 2013. At the wall the gradient is 10⁵ times as long as at most places, and longer; a step of
    gradient descent from there throws the run far away, unless the gradient is clipped. Along the valley the answer is
    exactly right.
    """

    name = "Recurrent cliff"
    family = "Steep and flat"
    tex = r"x_t = w\,\sigma(x_{t-1}) + b,\quad x_0 = 0.5,\quad f = (\sigma(x_{50}) - 0.7)^2"
    source = "Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063; Doya 1993, Bifurcations of recurrent neural networks"
    camera = (5.0, 52.0)
    window = ((2.0, 8.0), (-5.0, 0.0))
    start = (7.2, -4.05)
    lowest = 0.0
    bottom = "its lowest places are a whole valley"
    axes = ("w", "b")

    cost = Cost(51.0, 450.0, 2.0)
    model = (
        "One unit that is fed its own answer, 50 times over; w and b are the same each time. After the last step its answer "
        "should be 0.7."
    )

    def picture(self) -> dict[str, Any]:
        names = ["step of the network", "answer"]
        return {"kind": "sequence", "names": names, "first": FIRST, "length": UNROLLED, "target": TARGET}

    def value(self, x: Number, y: Number) -> Number:
        state = FIRST + 0.0 * x * y
        for _ in range(UNROLLED):
            state = x * sigmoid(state) + y
        return (sigmoid(state) - TARGET) ** 2

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        # The derivatives of the state by w and by b are carried along with it.
        state = FIRST + 0.0 * x * y
        by_w = by_b = 0.0 * state
        for _ in range(UNROLLED):
            s = sigmoid(state)
            bend = x * s * (1 - s)
            state, by_w, by_b = x * s + y, s + bend * by_w, 1.0 + bend * by_b
        s = sigmoid(state)
        outer = 2 * (s - TARGET) * s * (1 - s)
        return outer * by_w, outer * by_b
