from dataclasses import dataclass
from typing import final

import numpy as np

from core.entry import param
from optimizers.bases.lengths import unit_and_length
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class ClipNorm(Rule):
    """Shorten a gradient that is too long; its direction stays.

    Pascanu, Mikolov & Bengio 2013, against the cliffs of recurrent networks. As in torch 10⁻⁶ is added to the norm.
    """

    name = "Clip by norm"
    family = "On the gradient"
    tex = r"g \leftarrow g\,\min(1,\, c / \|g\|)"
    source = "Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063; torch.nn.utils.clip_grad_norm_"
    verb = "clipped"

    limit: float = param(
        1.0, 1e-6, 1e6, "c", scale="log", shown=(1e-3, 1e3), help="The longest gradient that is let through."
    )

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        unit, norm = unit_and_length(g)
        share = np.minimum(1.0, self.limit / (norm + 1e-6))
        # So small a share has lost its digits, and a norm beyond the floats leaves none.
        return np.where(share < 1e-150, self.limit * unit, share * g)
