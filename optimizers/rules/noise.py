from dataclasses import dataclass
from typing import final

import numpy as np

from core.entry import param
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class Noise(Rule):
    """Add random numbers to the gradient, a simple stand-in for mini-batches: it jitters, and may shake itself free.

    Neelakantan et al. 2015, where the noise dies away. It is drawn from the seed, the same for every run.
    """

    name = "Gradient noise"
    family = "On the gradient"
    tex = r"g \leftarrow g + \mathcal N(0, \sigma_t^2),\quad \sigma_t = \sigma / t^{\gamma/2}"
    source = "Neelakantan et al. 2015, arXiv:1511.06807"

    std: float = param(
        1.0, 1e-6, 1e6, r"\sigma", scale="log", shown=(1e-3, 1e3), label="size", help="In units of the gradient."
    )
    gamma: float = param(
        0.0, 0.0, 2.0, r"\gamma", label="decay", help="How fast the noise dies away; 0.55 in the paper."
    )

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        return g + self.std / t ** (self.gamma / 2) * np.random.default_rng(key).standard_normal(theta.shape[-1])
