from dataclasses import dataclass
from typing import Any, final

import numpy as np

from core.entry import param
from optimizers.bases.lengths import unit_and_length
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class ConstantNorm(Rule):
    """Keep the weights on a circle: only their direction learns.

    Each step is followed by a projection back; exactly at 0 there is no direction, and the place is kept. Weight
    normalization (Salimans & Kingma 2016) parts norm and direction too, but learns both.
    """

    name = "Constant norm"
    family = "On the position"
    tex = r"\theta \leftarrow c\,\theta / \|\theta\|"
    source = "keras.constraints.UnitNorm, for any norm; cf. Salimans & Kingma 2016, arXiv:1602.07868"

    radius: float = param(2.0, 1e-3, 1e4, "c", scale="log", shown=(0.01, 100.0), help="The norm of the weights.")

    def position(self, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        unit, _ = unit_and_length(theta)
        return self.radius * unit

    def figure(self) -> dict[str, Any]:
        return {"kind": "circle", "radius": self.radius}
