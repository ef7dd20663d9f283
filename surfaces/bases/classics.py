"""Small sets of data to begin from, each as its source has it."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np

from surfaces.bases.iris import SPECIES, iris


class Classic(NamedTuple):
    """A set of data: what it is called, who measured or drew it, its rows as CSV, and which regression it is for."""

    title: str
    source: str
    text: str
    regression: str


def _csv(names: str, *columns: Iterable[float | str]) -> str:
    """Columns as CSV, under names parted by commas."""
    return "\n".join([names, *(",".join(map(str, row)) for row in zip(*columns, strict=True))]) + "\n"


def _line() -> str:
    rng = np.random.RandomState(42)
    x = 2 * rng.rand(100, 1)
    y = 4 + 3 * x + rng.randn(100, 1)
    return _csv("x,y", x[:, 0].tolist(), y[:, 0].tolist())


def _pokemon() -> str:
    before = (338, 333, 328, 207, 226, 25, 179, 60, 208, 606)
    after = (640, 633, 619, 393, 428, 27, 193, 66, 226, 1591)
    return _csv("CP,CP after evolution", before, after)


def _orings() -> str:
    # fmt: off
    fahrenheit = (66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78, 67, 53, 67, 75, 70, 81, 76, 79, 75, 76, 58)
    # fmt: on
    distress = {8, 9, 10, 13, 20, 22, 1}
    return _csv(
        "temperature,distress", fahrenheit, ["some" if k in distress else "none" for k in range(len(fahrenheit))]
    )


def _petals() -> str:
    measures, species = iris()
    rows = species > 0
    names = [SPECIES[k] for k in species[rows]]
    return _csv("petal length,petal width,species", measures[rows, 2].tolist(), measures[rows, 3].tolist(), names)


@cache
def classics() -> dict[str, Classic]:
    """The sets by the names that they have in links."""
    return {
        "line": Classic(
            "Géron's 4 + 3x + noise",
            "Géron 2017, Hands-On Machine Learning, chapter 4: numpy's generator of then, seed 42",
            _line(),
            "linear",
        ),
        "pokemon": Classic(
            "Lee's ten Pokémon",
            "H.-y. Lee, Machine Learning 2016: Regression, combat power before and after evolution",
            _pokemon(),
            "linear",
        ),
        "orings": Classic(
            "Challenger's O-rings",
            "Dalal, Fowlkes & Hoadley 1989, doi:10.1080/01621459.1989.10478858: 23 launches, degrees Fahrenheit",
            _orings(),
            "logistic",
        ),
        "petals": Classic(
            "Two species of iris",
            "Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x, in the UCI copy: versicolor and virginica, centimetres",
            _petals(),
            "logistic",
        ),
    }
