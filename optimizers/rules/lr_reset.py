from dataclasses import dataclass
from typing import final

import numpy as np

from core.entry import param
from optimizers.bases.rule import Rule


@final
@dataclass(frozen=True, eq=False)
class LrReset(Rule):
    """Begin the schedule anew every so many steps, as at each pass over the data.

    The schedule runs as if each pass were the whole: a cosine falls to its end and jumps back. "forget" empties the
    optimizer's memory as well.
    """

    name = "Learning-rate reset"
    family = "In time"
    tex = r"\eta_t \leftarrow \eta_{\,t \bmod n}"
    source = "Loshchilov & Hutter 2016, arXiv:1608.03983"

    every: int = param(50, 1, 10_000, "n", shown=(1, 300), help="Steps in a pass.", sweeps=False)
    forget: bool = param(False, help="Empty the optimizer's memory too.")

    def clock(self, t: np.ndarray) -> np.ndarray:
        return t % self.every

    def forgets(self, t: int) -> bool:
        return self.forget and t > 1 and (t - 1) % self.every == 0
