from dataclasses import dataclass
from typing import final

import numpy as np

from core.entry import param
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class Freeze(Rule):
    """Hold one coordinate where it is; the other learns alone, along a straight line."""

    name = "Freeze a coordinate"
    family = "On the gradient"
    tex = r"g_i \leftarrow 0,\quad \theta_i \text{ stays}"
    source = "torch: requires_grad_(False); parameter freezing in transfer learning"
    bends = True
    plane_only = True

    coordinate: str = param("y", choices=("x", "y"), help="Which one does not move.")

    def touches(self, t: int, key: Key) -> np.ndarray:
        return np.array([self.coordinate != "x", self.coordinate != "y"])
