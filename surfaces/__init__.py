"""Loss surfaces over the plane. One file adds one, by being there.

`functions` and `models` hold the entries, a file each; `bases` what they are made of.
"""

from core.entry import load_entries
from core.formula import FormulaError
from surfaces.bases.surface import PENALTIES, SURFACES, Surface
from surfaces.bases.table import DataError

for room in ("functions", "models"):
    load_entries(f"{__name__}.{room}")

# An entry is loaded once, by its room.
from surfaces.functions.formula import Formula  # noqa: E402
from surfaces.models.data import Data  # noqa: E402

__all__ = ["PENALTIES", "SURFACES", "Data", "DataError", "Formula", "FormulaError", "Surface"]
