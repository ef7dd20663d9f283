from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.rule import Key, Rule


@final
@dataclass(frozen=True, eq=False)
class CoupledL2(Rule):
    """Weight decay through the gradient: the weights are added to it, and the optimizer scales the sum.

    What torch calls weight_decay in SGD and Adam. Under plain descent it is the L2 penalty and the decoupled decay at once;
    Adam divides it by σ, and there the two part: race it against AdamW.
    """

    name = "Coupled L2"
    family = "On the gradient"
    tex = r"g \leftarrow g + \lambda\theta"
    source = "torch.optim (weight_decay); Loshchilov & Hutter 2017, arXiv:1711.05101"
    bends = True

    l2: float = param(
        0.1, 0.0, 100.0, r"\lambda", shown=(0.0, 2.0), label="decay", help="How strongly weights are pulled to 0."
    )

    def gradient(self, g: np.ndarray, theta: np.ndarray, t: int, key: Key) -> np.ndarray:
        return g + self.l2 * theta

    @property
    def coupled(self) -> Number:
        return self.l2
