"""A formula that somebody types: read into a tree of our own, differentiated, worked out on numbers and typeset.

Nothing of the text is ever run: `text` knows a closed set of names and makes nodes of them, and the nodes are worked out by
the functions of `core.either`. `nodes` is the tree, `slopes` its derivatives, `typeset` its LaTeX.
"""

from core.formula.nodes import Node, listed, worth
from core.formula.slopes import derivative
from core.formula.text import CONSTANTS, LONGEST, FormulaError, read
from core.formula.typeset import typeset

__all__ = ["CONSTANTS", "LONGEST", "FormulaError", "Node", "derivative", "listed", "read", "typeset", "worth"]
