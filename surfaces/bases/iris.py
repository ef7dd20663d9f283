"""The iris flowers, which the plotly package brings along: 150 flowers, four measures each, three species."""

import csv
import gzip
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

SPECIES = ("setosa", "versicolor", "virginica")
MEASURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


@cache
def iris() -> tuple[np.ndarray, np.ndarray]:
    """Measures (150, 4) in centimetres and species (150,) as numbers 0 to 2.

    Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x.
    """
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    # Found without importing it: surfaces know nothing of the screen.
    path = Path(spec.origin).parent / "package_data" / "datasets" / "iris.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    measures = np.array([[float(row[name]) for name in MEASURES] for row in rows])
    return measures, np.array([SPECIES.index(row["species"]) for row in rows])
