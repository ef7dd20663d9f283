"""Optimizers, schedules and rules, and the one loop that runs them. A new one is one new file."""

from core.entry import load_siblings
from optimizers.base import OPTIMIZERS, Optimizer
from optimizers.rules import RULES, Rule
from optimizers.run import Path, run
from optimizers.schedules import SCHEDULES, Schedule

load_siblings(__name__, __path__)

__all__ = ["OPTIMIZERS", "RULES", "SCHEDULES", "Optimizer", "Path", "Rule", "Schedule", "run"]
