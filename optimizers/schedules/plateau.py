from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.schedule import Schedule


@final
@dataclass(frozen=True, eq=False)
class Plateau(Schedule):
    """Cut the rate when the loss has stopped falling ("performance scheduling").

    As torch's ReduceLROnPlateau: on the (patience+1)th bad step in a row the rate is cut, and `cooldown` steps are not
    counted. A loss counts as better below best − threshold × |best|. torch writes best × (1 − threshold), which is the same
    above 0; below 0 a loss that has not moved, or has even risen a little, counts there as better: one that stands still is
    never a reason to cut.
    """

    name = "On plateau"
    family = "Watches the loss"
    tex = r"\eta \leftarrow f\,\eta\ \text{ after more than } p \text{ bad steps}"
    source = "torch.optim.lr_scheduler.ReduceLROnPlateau"
    watches_loss: ClassVar[bool] = True

    factor: float = param(0.1, 0.0, 0.9999, "f", help="What the rate is multiplied by.")
    patience: int = param(10, 0, 10_000, shown=(0, 50), tex="p", help="Bad steps that are forgiven.")
    threshold: float = param(1e-4, 0.0, 1.0, help="How much better counts as better, as a share of the best loss.")
    cooldown: int = param(0, 0, 10_000, shown=(0, 50), help="Steps after a cut that are not counted.")
    min_lr: float = param(
        0.0,
        0.0,
        1000.0,
        shown=(0.0, 0.1),
        tex=r"\eta_{min}",
        label="last rate",
        help="The rate never falls below this.",
    )
    flavour: str = param(
        "size",
        choices=("size", "torch"),
        help="Below 0: the threshold is a share of the best loss's size, or of the loss with its sign (torch).",
    )

    def rate(self, t: np.ndarray, steps: Number) -> Number:
        return self.lr

    def react(self, loss: Number, memory: tuple[Number, ...]) -> tuple[Number, tuple[Number, ...]]:
        lr, best, bad, cooling = memory or (self.lr, np.inf, 0, 0)
        share = best if self.flavour == "torch" else np.abs(best)
        # Nothing is less than an infinite best by a share of it.
        better = loss < np.where(np.isfinite(best), best - self.threshold * share, best)
        best = np.where(better, loss, best)
        bad = np.where(better | np.isnan(loss), 0, bad + 1)
        bad = np.where(cooling > 0, 0, bad)
        cooling = np.maximum(cooling - 1, 0)
        cut = bad > self.patience
        lower = np.maximum(lr * self.factor, self.min_lr)
        # torch leaves the rate alone when the cut would be smaller than 1e-8.
        lr = np.where(cut & (lr - lower > 1e-8), lower, lr)
        return lr, (lr, best, np.where(cut, 0, bad), np.where(cut, self.cooldown, cooling))
