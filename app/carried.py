"""What of an experiment's data its link carries: small tables whole; of a longer one it says only which it was.

The addresses that a page asks its own server hold the whole table. Whoever opens a link without it is asked for the file.
"""

import hashlib
import re
from collections.abc import Mapping, MutableMapping, Sequence

from surfaces.bases.table import KEPT, LINK_MOST, PACKED

# A link's parameters whose value may hold a table.
HOLDERS = ("surface",)


def carried(table: str) -> bool:
    """Whether a link carries a table as it is."""
    return len(table) <= LINK_MOST or not PACKED.fullmatch(table)


def named(table: str) -> str:
    """What stands in a link for a table that is too long for it."""
    return f"kept.{hashlib.sha256(table.encode()).hexdigest()[:16]}"


def light(query: Mapping[str, str], kept: MutableMapping[str, str]) -> dict[str, str]:
    """A link's parameters without a table that is too long; `kept` is told what stands for it."""

    def short(found: re.Match[str]) -> str:
        table = found[0]
        if carried(table):
            return table
        kept[named(table)] = table
        return named(table)

    return {name: PACKED.sub(short, value) if name in HOLDERS else value for name, value in query.items()}


def whole(query: Mapping[str, Sequence[str]], kept: Mapping[str, str]) -> dict[str, list[str]]:
    """The other way round, of what is known; what is not stays as it is, and is complained of when it is parsed."""
    back = lambda value: KEPT.sub(lambda found: kept.get(found[0], found[0]), value)  # noqa: E731
    return {name: [back(v) for v in values] if name in HOLDERS else list(values) for name, values in query.items()}
