from dataclasses import dataclass
from typing import final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step, loss_at


@final
@dataclass(frozen=True, eq=False)
class PolyakSGD(Optimizer):
    """Gradient descent that reads its step off the loss: as far as a straight slope would take it to the lowest value.

    Polyak 1969; Loizou et al. 2020 with the bound. It must know how low the loss can go: where the surface says so, that is
    taken, elsewhere f_min. A loss below that asks for no step, rather than for one uphill. The loss may rise all the same:
    where the slope grows on the way a step goes too far. Where a step sees a mini-batch, the batch's own lowest loss
    counts, if the surface can work it out (linear regression, sparse embedding), else f_min. The rate is the longest step
    allowed, in units of u.
    """

    name = "Polyak step"
    family = "No rate to tune"
    tex = (
        r"u = s\,g,\quad "
        r"\theta \leftarrow \theta - \min\!\left(\frac{\max(f - f^*,\, 0)}{\|u\|^2 + \epsilon},\, \eta_t\right) u"
    )
    source = "Polyak 1969; Loizou et al. 2020, arXiv:2002.10542"
    matched = "optax.polyak_sgd"
    rate = 1.0
    rate_unit = "one"
    rate_note = "The rate only bounds the step; its length comes from the loss."
    factors = False
    coordinatewise = False
    own_length = True
    asks = 1.0

    scaling: float = param(
        1.0, 0.1, 10.0, "s", label="scaling", help="On the gradient: 2 halves a step that the rate does not bound."
    )
    f_min: float = param(
        0.0,
        -1000.0,
        1000.0,
        "f^*",
        label="lowest loss",
        help="Used where the surface, or the mini-batch, does not know it.",
    )
    eps: float = param(0.0, 0.0, 1.0, r"\epsilon", label="epsilon", shown=(0.0, 0.1), help="Keeps the division finite.")

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        lowest = getattr(surface, "lowest", None)
        gap = np.maximum(loss_at(surface, theta)[..., None] - (self.f_min if lowest is None else lowest), 0.0)
        u = self.scaling * g
        square = (u * u).sum(axis=-1, keepdims=True) + self.eps
        length = np.where(square <= np.finfo(float).eps, 0.0, np.minimum(gap / square, eta))
        return length * u, 1.0, 0.0, ()
