"""Reading Python's own syntax, from any thread."""

import ast
from threading import Lock

_LOCK = Lock()
# Others may parse at the same moment too, Streamlit when it first meets a page; not so often.
_TRIES = 20


def parsed(text: str) -> ast.Module:
    """The syntax tree of `text`; SyntaxError as ast.parse has it.

    CPython 3.11 counts how deep it is for all threads together: where the collector lets another one go on in the midst of it,
    and that one parses too, it gives up with a SystemError.
    """
    with _LOCK:
        for _ in range(_TRIES):
            try:
                return ast.parse(text)
            except SystemError:
                continue
        return ast.parse(text)
