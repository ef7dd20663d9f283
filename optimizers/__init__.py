"""Optimizers, schedules and rules, and the one loop that runs them. A new one is one new file.

`methods`, `schedules` and `rules` hold the entries, a file each; `bases` what an entry is made of; `loop` what runs them;
`trace` what makes quick code of them; `explain` what says in formulas and words how a run went.
"""

from core.entry import load_entries
from core.formula import FormulaError
from optimizers.bases.optimizer import OPTIMIZERS, Optimizer
from optimizers.bases.rule import RULES, Rule
from optimizers.bases.schedule import SCHEDULES, Schedule
from optimizers.loop.run import Path, run

for room in ("methods", "schedules", "rules"):
    load_entries(f"{__name__}.{room}")

from optimizers.methods.update_rule import UpdateRule  # noqa: E402  (an entry is loaded once, by its room)

__all__ = [
    "OPTIMIZERS",
    "RULES",
    "SCHEDULES",
    "FormulaError",
    "Optimizer",
    "Path",
    "Rule",
    "Schedule",
    "UpdateRule",
    "run",
]
