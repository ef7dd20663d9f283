"""A map or a fair race in numbers: `python -m maps "https://.../race?..."` is a race, any other link a map.

Without a link, the first map.
"""

import sys
from collections.abc import Sequence
from urllib.parse import parse_qs, urlparse

from core.words import written
from maps.computing import Result, refined
from maps.model import parse_map
from maps.race import COLUMNS, Cell, Standing, cost, fair, ordered, parse_race, raced, table, verdict


def of_map(shown: Result) -> list[str]:
    """What a map shows, line by line: the share of each class that is met, how many arrive and when, and what it cost."""
    met = [pair for pair in zip(shown.shares, shown.classes, strict=True) if pair[0]]
    lines = []
    for share, one in met:
        place = "" if one.place is None else f" ({', '.join(written(v, 3) for v in one.place)})"
        lines.append(f"{share:6.2f} %  {one.words}{place}")
    low, middle, high = (written(step, 3) for step in shown.quantiles(0.05, 0.5, 0.95))
    looked = "" if shown.every == 1 else f", looked at each {shown.every} steps"
    lines.append(f"{shown.reached:6.2f} %  arrive; steps: median {middle}, nine in ten {low} to {high}{looked}")
    return [*lines, shown.words]


def of_race(standings: Sequence[Standing]) -> list[str]:
    """The table of a race, its columns under one another."""
    rows = [list(COLUMNS.values()), *([_cell(value) for value in row.values()] for row in table(standings))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _cell(value: Cell) -> str:
    """A value of the table as a person reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else written(value, 3) if isinstance(value, float) else str(value)


def main(arguments: list[str]) -> int:
    """Print what a link shows; what of the link could not be taken goes to the standard error."""
    link = arguments[0] if arguments else ""
    query = parse_qs(urlparse(link).query or link, keep_blank_values=True)
    if "race" in urlparse(link).path:
        race, complaints = parse_race(query)
        standings = ordered(list(raced(race)))
        lines = [*of_race(standings), verdict(race, standings), fair(race, standings), cost(race, standings)]
    else:
        asked, complaints = parse_map(query)
        *_, shown = refined(asked)
        lines = of_map(shown)
    for words in complaints:
        print(words, file=sys.stderr)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
