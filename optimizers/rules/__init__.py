"""Rules: one file adds one, by being there."""

from core.entry import load_siblings
from optimizers.rules.base import RULES, Key, Rule

load_siblings(__name__, __path__)

__all__ = ["RULES", "Key", "Rule"]
