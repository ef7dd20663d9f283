"""A formula that somebody types: read into a tree of our own, differentiated, worked out on numbers and typeset.

Nothing of the text is ever run: `text` knows a closed set of names and makes nodes of them, and the nodes are worked out by
the functions of `core.either`. `nodes` is the tree, `slopes` its derivatives, `typeset` its LaTeX; `assignments` are several
formulas, each for a name that later ones may read.
"""

from core.formula.assignments import Assignments, read_rule
from core.formula.nodes import Node, listed, worth
from core.formula.slopes import derivative
from core.formula.text import CONSTANTS, LONGEST, FormulaError, read
from core.formula.typeset import typeset

__all__ = [
    "CONSTANTS",
    "LONGEST",
    "Assignments",
    "FormulaError",
    "Node",
    "derivative",
    "listed",
    "read",
    "read_rule",
    "typeset",
    "worth",
]
