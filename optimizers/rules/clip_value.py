from dataclasses import dataclass
from typing import final

import numpy as np

from core.entry import param
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class ClipValue(Rule):
    """Cut each coordinate of the gradient to a largest size; the direction may change."""

    name = "Clip by value"
    family = "On the gradient"
    tex = r"g_i \leftarrow \min(\max(g_i, -c), c)"
    source = "torch.nn.utils.clip_grad_value_"
    verb = "clipped"

    limit: float = param(
        1.0, 1e-6, 1e6, "c", scale="log", shown=(1e-3, 1e3), help="The largest slope along a coordinate."
    )

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        return np.clip(g, -self.limit, self.limit)
