"""Schedules: one file adds one, by being there."""

from core.entry import load_siblings
from optimizers.schedules.base import SCHEDULES, Schedule

load_siblings(__name__, __path__)

__all__ = ["SCHEDULES", "Schedule"]
