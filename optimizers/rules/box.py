from dataclasses import dataclass
from typing import Any, final

import numpy as np

from core.entry import param
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class Box(Rule):
    """Keep each weight between two bounds: a step that leaves the box ends on its wall.

    Projected descent. Along a wall the run slides.
    """

    name = "Box"
    family = "On the position"
    tex = r"\theta_i \leftarrow \min(\max(\theta_i, -c), c)"
    source = "Bertsekas 1976, doi:10.1109/TAC.1976.1101194; Arjovsky et al. 2017, arXiv:1701.07875 (weight clipping)"

    half: float = param(
        1.0, 1e-3, 1e4, "c", scale="log", shown=(0.01, 100.0), label="half width", help="Bound on each weight."
    )

    def position(self, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        return np.clip(theta, -self.half, self.half)

    def figure(self) -> dict[str, Any]:
        return {"kind": "box", "half": self.half}
