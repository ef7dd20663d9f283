"""Loss surfaces over the plane. One file adds one, by being there."""

from core.entry import load_siblings
from surfaces.base import PENALTIES, SURFACES, Surface

load_siblings(__name__, __path__)

__all__ = ["PENALTIES", "SURFACES", "Surface"]
