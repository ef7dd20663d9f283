"""Loss surfaces over the plane. One file adds one, by being there.

`functions` and `models` hold the entries, a file each; `bases` what they are made of.
"""

from core.entry import load_entries
from core.formula import FormulaError
from surfaces.bases.surface import PENALTIES, SURFACES, Surface

for room in ("functions", "models"):
    load_entries(f"{__name__}.{room}")

from surfaces.functions.formula import Formula  # noqa: E402  (an entry is loaded once, by its room)

__all__ = ["PENALTIES", "SURFACES", "Formula", "FormulaError", "Surface"]
