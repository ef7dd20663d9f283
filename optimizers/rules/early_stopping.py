from dataclasses import dataclass
from typing import Any, final

import numpy as np

from core.entry import param
from core.words import written
from optimizers.bases.rule import Rule


@final
@dataclass(frozen=True, eq=False)
class EarlyStopping(Rule):
    """Stop when the loss on held-out data has got worse, by one of three criteria.

    Prechelt 1998. Looked at after each strip of k steps. GL: the loss is more than α percent above its best. PQ: that,
    divided by how much training still progresses within a strip (in thousandths). UP: it rose in s strips in a row. Where a
    surface has no held-out data the loss itself is watched. A loss that is lost, infinite or not a number, does not get
    better: the run stops there at once. E_va is the loss on held-out data, E_tr that of training.
    """

    name = "Early stopping"
    family = "In time"
    tex = (
        r"GL = 100\left(\tfrac{E_{va}}{E_{opt}} - 1\right) > \alpha,\quad "
        r"PQ = \tfrac{GL}{P_k} > \alpha,\quad P_k = 1000\left(\tfrac{\sum_k E_{tr}}{k \min_k E_{tr}} - 1\right)"
    )
    source = "Prechelt 1998, doi:10.1007/3-540-49430-8_3"
    watches_loss = True

    criterion: str = param("GL", choices=("GL", "PQ", "UP"), help="Loss of generalization, progress quotient, rises.")
    alpha: float = param(
        5.0, 0.0, 1000.0, r"\alpha", shown=(0.0, 50.0), label="threshold", help="For GL (percent) and PQ."
    )
    strip: int = param(5, 1, 1000, "k", shown=(1, 30), label="strip", help="Steps between two looks.", sweeps=False)
    rises: int = param(3, 1, 100, "s", shown=(1, 10), label="rises", help="For UP: strips in a row that got worse.")

    def halts(self, loss: np.ndarray, validation: np.ndarray, memory: Any) -> tuple[np.ndarray | bool, Any]:
        t, best, strip, last, worse, _ = memory or (0, np.inf, [], np.inf, 0, 0.0)
        t, best, strip = t + 1, np.fmin(best, validation), [*strip, loss][-self.strip :]
        lost = ~(np.isfinite(loss) & np.isfinite(validation))
        if t % self.strip:
            return lost, (t, best, strip, last, worse, np.where(lost, np.nan, 0.0))
        worse = np.where(validation > last, worse + 1, 0)
        above = 100 * (validation - best) / np.abs(best)
        measured: Any
        if self.criterion == "UP":
            measured = worse
            stop = worse >= np.ravel(self.rises)
        elif self.criterion == "GL":
            measured = above
            stop = above > np.ravel(self.alpha)
        else:
            least = np.min(strip, axis=0)
            progress = np.abs(1000 * (np.sum(strip, axis=0) / (len(strip) * least) - 1))
            # No progress at all: any loss of generalization is too much.
            stop = above > np.ravel(self.alpha) * progress
            measured = np.divide(above, progress, out=np.full(np.shape(above), np.inf), where=progress > 0)
        return stop | lost, (t, best, strip, validation, worse, np.where(lost, np.nan, measured))

    def reason(self, memory: Any, whose: str) -> str:
        value = float(np.ravel(memory[-1])[0])
        if np.isnan(value):
            return "because the loss was no finite number any more"
        if self.criterion == "UP":
            before = "a step" if self.strip == 1 else f"{self.strip} steps"
            often = {1: "once", 2: "twice"}.get(int(value), f"{int(value)} times")
            return f"by UP: {whose} was higher than {before} before, {often} in a row"
        over = f"more than {written(float(np.ravel(self.alpha)[0]), 3)}"
        if self.criterion == "GL":
            return f"by GL: {whose} stood {written(value, 3)}% above its best, {over}"
        return f"by PQ: {whose} above its best, over the progress in training, was {written(value, 3)}, {over}"
