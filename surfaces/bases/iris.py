"""The iris flowers: 150 flowers, four measures each, three species."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

SPECIES = ("setosa", "versicolor", "virginica")
MEASURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


@cache
def iris() -> tuple[np.ndarray, np.ndarray]:
    """Measures (150, 4) in centimetres and species (150,) as numbers 0 to 2.

    Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x, in the UCI archive's copy: two flowers differ in three measures.
    """
    with Path(__file__).with_name("iris.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    measures = np.array([[float(row[name]) for name in MEASURES] for row in rows])
    return measures, np.array([SPECIES.index(row["species"]) for row in rows])
