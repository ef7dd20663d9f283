"""Rules: one file adds one, by being there."""

from core.entry import load_siblings
from optimizers.rules.base import RULES, Rule

load_siblings(__name__, __path__)

__all__ = ["RULES", "Rule"]
