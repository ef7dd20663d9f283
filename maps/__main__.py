"""A map in numbers: `python -m maps "?surface=...&map=..."`, the first picture's without a link."""

import sys
from urllib.parse import parse_qs, urlparse

from core.words import written
from maps.computing import BUDGET, Result, refined
from maps.model import parse_map


def told(shown: Result) -> list[str]:
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


def main(arguments: list[str]) -> int:
    """Print what a link's map shows; what of the link could not be taken goes to the standard error."""
    link = arguments[0] if arguments else ""
    asked, complaints = parse_map(parse_qs(urlparse(link).query or link, keep_blank_values=True))
    for words in complaints:
        print(words, file=sys.stderr)
    *_, shown = refined(asked, BUDGET)
    print("\n".join(told(shown)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
