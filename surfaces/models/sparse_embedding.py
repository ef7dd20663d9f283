from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
from scipy.special import xlogy

from core.entry import param
from surfaces.bases.data import DataSurface
from surfaces.bases.surface import Cost, Point, Window

# How often each of the two words occurs, and how often the answer is then 1.
COUNTS, ONES = (90, 10), (63, 2)


@final
@dataclass(frozen=True, eq=False)
class SparseEmbedding(DataSurface):
    """Two rows of an embedding, one of a frequent word and one of a rare one, each a number that a sigmoid turns to an answer.

    Of 100 examples 90 hold the first word and 10 the second, so the first direction is steep and the second flat. A
    mini-batch reaches only the rows of the words that occur in it. Dense: an absent row's gradient is 0, but momentum and
    decay move it all the same. Sparse: an absent row stays, with what the optimizer remembers of it, as in SparseAdam.
    """

    name = "Sparse embedding"
    family = "From data"
    tex = (
        r"p_i = \sigma(e_{word(i)}),\quad f = -\tfrac1{100}\textstyle\sum_i [y_i \ln p_i + (1-y_i)\ln(1-p_i)]"
        r"\ \text{or}\ \tfrac1{100}\textstyle\sum_i (p_i-y_i)^2"
    )
    source = "torch.nn.Embedding(sparse=True), torch.optim.SparseAdam; 100 examples of our own"
    axes = ("frequent", "rare")
    cost = Cost(15.0, 57.0, 5.0)
    model = (
        "100 examples of two words. Each word has one number; a sigmoid makes it the chance that the answer is yes. The "
        "ticks are how often it was."
    )
    fans = (2, 1)

    update: str = param("sparse", choices=("sparse", "dense"), help="What happens to the row of a word that is absent.")

    @cached_property
    def raw(self) -> tuple[np.ndarray, np.ndarray]:
        words = np.repeat([0, 1], COUNTS)
        answers = np.concatenate([np.arange(n) < ones for n, ones in zip(COUNTS, ONES, strict=True)])
        return np.eye(2)[words], answers.astype(float)

    @property
    def targets(self) -> tuple[float, ...]:
        """How often the answer is 1, by word."""
        return tuple(ones / n for n, ones in zip(COUNTS, ONES, strict=True))

    @property
    def best(self) -> Point:
        u, v = (float(np.log(p / (1 - p))) for p in self.targets)
        return u, v

    @property
    def point(self) -> Point:
        return -4.0, 4.0

    @property
    def window(self) -> Window:
        return (-6.0, 6.0), (-6.0, 6.0)

    def picture(self) -> dict[str, Any]:
        return {
            "kind": "bars",
            "names": ["frequent word", "rare word"],
            "link": "sigmoid",
            "matrix": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
            "targets": list(self.targets),
            "counts": [f"{n} of 100" for n in COUNTS],
        }

    def lowest_of(self, rows: np.ndarray, features: np.ndarray) -> float:
        # Each word alone: its answer is best where it is the share.
        counts, answers = features.sum(axis=0), self.raw[1][rows] @ features
        share = answers / np.maximum(counts, 1)
        entropy = -xlogy(share, share) - xlogy(1 - share, 1 - share)
        each = entropy if self.loss == "cross_entropy" else share * (1 - share)
        return float(counts @ each / len(rows))

    @cached_property
    def _lowest(self) -> tuple[tuple[Point, ...], float | None]:
        # Each row alone: both losses are lowest where the answer is the share.
        return (self.best,), float(self.value(*self.best))

    def occurring(self, features: np.ndarray) -> np.ndarray | None:
        return np.asarray(features.any(axis=0)) if self.update == "sparse" else None
