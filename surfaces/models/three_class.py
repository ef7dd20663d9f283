from dataclasses import dataclass
from typing import Any, final

from core.either import Number, absolute, exp, log1p, maximum, softplus
from core.entry import param
from surfaces.bases.surface import Surface

Y3 = -1000.0


@final
@dataclass(frozen=True, eq=False)
class ThreeClass(Surface):
    """Three scores through a softmax, y₃ = −1000, class 1 correct: mean squared error is flat where it is most wrong.

    The lecture's picture. Both losses fall to 0 as y₁ − y₂ grows; neither has a minimum. At the start mse has a slope
    of about 10⁻⁶ and plain descent is stuck, cross-entropy slopes by 1.4.
    """

    name = "Three classes"
    family = "From data"
    tex = r"p = \mathrm{softmax}(y_1, y_2, -1000),\quad f = \textstyle\sum_i (p_i - \hat y_i)^2 \ \text{or}\ -\ln p_1"
    source = "H.-y. Lee, Machine Learning 2021: Classification"
    window = ((-10.0, 10.0), (-10.0, 10.0))
    start = (-8.5, 6.5)
    lowest = 0.0
    bottom = "the minimum lies at infinity"
    axes = ("y1", "y2")

    loss: str = param("mse", choices=("mse", "cross_entropy"), label="loss", help="How wrong the softmax's answer is.")

    model = (
        "One example and its three scores, y₁, y₂ and y₃ = −1000. A softmax makes probabilities of them; the first class "
        "is the right answer."
    )

    def picture(self) -> dict[str, Any]:
        return {
            "kind": "bars",
            "names": ["class 1 (right)", "class 2", "class 3"],
            "link": "softmax",
            "matrix": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, Y3]],
            "targets": [1.0, 0.0, 0.0],
            "counts": None,
        }

    def value(self, x: Number, y: Number) -> Number:
        if self.loss == "cross_entropy":
            # -ln p1, by how far the two wrong scores together lie above the right one.
            return softplus(maximum(y, Y3) + log1p(exp(-absolute(y - Y3))) - x)
        top = maximum(maximum(x, y), Y3)
        a, b, c = exp(x - top), exp(y - top), exp(Y3 - top)
        total = a + b + c
        # 1 - p1 is written as p2 + p3, which keeps its digits where p1 is nearly 1.
        p2, p3 = b / total, c / total
        return (p2 + p3) * (p2 + p3) + p2 * p2 + p3 * p3

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        top = maximum(maximum(x, y), Y3)
        a, b, c = exp(x - top), exp(y - top), exp(Y3 - top)
        total = a + b + c
        p1, p2, p3 = a / total, b / total, c / total
        if self.loss == "cross_entropy":
            return -(p2 + p3), p2
        wrong = p2 + p3
        dx = -2.0 * p1 * (wrong * wrong + p2 * p2 + p3 * p3)
        return dx, 2.0 * p2 * (p2 * (p1 + p3) + p1 * wrong - p3 * p3)
