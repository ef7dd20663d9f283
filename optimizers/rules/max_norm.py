from dataclasses import dataclass
from typing import Any, final

import numpy as np

from core.entry import param
from optimizers.bases.lengths import unit_and_length
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class MaxNorm(Rule):
    """Keep the weights within a ball: a step that leaves it ends on its edge.

    Srivastava et al. 2014, with dropout; named after the max-norm of matrices (Srebro & Shraibman 2005). The ball is drawn.
    """

    name = "Max norm"
    family = "On the position"
    tex = r"\theta \leftarrow \theta\,\min(1,\, c / \|\theta\|)"
    source = "Srivastava et al. 2014, jmlr.org/papers/v15/srivastava14a; keras.constraints.MaxNorm"

    radius: float = param(
        2.0, 1e-3, 1e4, "c", scale="log", shown=(0.01, 100.0), help="How far from 0 the weights may go."
    )

    def position(self, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        unit, norm = unit_and_length(theta)
        return np.where(norm > self.radius, self.radius * unit, theta)

    def figure(self) -> dict[str, Any]:
        return {"kind": "circle", "radius": self.radius}
