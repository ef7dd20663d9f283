"""The experiment of a step: its page, its link, what its runs are called and which panels show it."""

import re
from collections.abc import Mapping, Sequence
from typing import get_args
from urllib.parse import parse_qs

from app.comparison import Comparison, parse_comparison
from app.experiment import Experiment, parse
from lessons.files import Fence, Problem
from lessons.model import PageName, Panel, RunName, Stage

LONGEST_LINK = 4000
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}")
# What a run cannot be called, because it means something else.
RESERVED = {
    "all",
    "any",
    "none",
    "only",
    "not",
    "of",
    "at",
    "in",
    "steps",
    "seed",
    "seeds",
    "surface",
    "claim",
    "exactly",
}
SIDES = ("left", "right")


def stage_of(fence: Fence) -> Stage:
    """The experiment of a block."""
    given = fence.fields("page", "link", "names", "show")
    if "link" not in given:
        raise Problem(fence.line, "an ```experiment has a line `link: surface=…`")
    line, link = given["link"]
    page = _page(given, link)
    asked = _asked(line, link, page)
    scenes = asked.asked if isinstance(asked, Comparison) else (asked,)
    names = _names(given["names"], scenes) if "names" in given else _by_themselves(line, scenes)
    shown = given.get("show", (line, "contour, loss"))
    return Stage(page, link, asked, names, _panels(*shown), fence.line)


def _page(given: Mapping[str, tuple[int, str]], link: str) -> PageName:
    line, page = given.get("page", (0, "compare" if "/compare?" in link or "vs=" in link else "playground"))
    if page not in get_args(PageName):
        raise Problem(line, f"page is one of {', '.join(get_args(PageName))}; got {page[:40]!r}")
    return page  # type: ignore[return-value]


def _asked(line: int, link: str, page: PageName) -> Experiment | Comparison:
    """What a link asks for; Problem if the app would complain about it."""
    if len(link) > LONGEST_LINK:
        raise Problem(line, f"a link has at most {LONGEST_LINK} characters; got {len(link)}")
    try:
        query = parse_qs(link.rpartition("?")[2], keep_blank_values=True, strict_parsing=True, max_num_fields=60)
    except ValueError:
        raise Problem(
            line, "a link is what stands behind the ? of Ravine's address, like surface=bowl&steps=60"
        ) from None
    asked, complaints = parse_comparison(query) if page == "compare" else parse(query)
    if complaints:
        raise Problem(line, f"the link: {' '.join(complaints)}")
    return asked


def _names(given: tuple[int, str], scenes: Sequence[Experiment]) -> tuple[RunName, ...]:
    """`slow r1, good r2`, with two scenes `slow left r1`."""
    line, text = given
    form = "slow left r1" if len(scenes) > 1 else "slow r1"
    names: list[RunName] = []
    for part in text.split(","):
        name, *sides, key = part.split() if len(part.split()) == 1 + len(scenes) else ("", "")
        side = SIDES.index(sides[0]) if sides and sides[0] in SIDES else 0
        slots = {f"r{run.slot}": run.slot for run in scenes[side].runs}
        if not NAME.fullmatch(name) or name in RESERVED or key not in slots or (sides and sides[0] not in SIDES):
            words = f"names are given like `{form}`, of the runs {', '.join(slots)}; got {part.strip()[:40]!r}"
            raise Problem(line, words)
        if any(name == one.name or (side, slots[key]) == (one.side, one.slot) for one in names):
            raise Problem(line, f"a run has one name, and a name one run; got {part.strip()!r} besides")
        names.append(RunName(name, side, slots[key]))
    return tuple(names)


def _by_themselves(line: int, scenes: Sequence[Experiment]) -> tuple[RunName, ...]:
    """What runs are called that are given no name: r1, r2; where each of two scenes has one run, left and right."""
    if len(scenes) == 1:
        return tuple(RunName(f"r{run.slot}", 0, run.slot) for run in scenes[0].runs)
    if any(len(scene.runs) > 1 for scene in scenes):
        raise Problem(line, "on Compare runs need names, like `names: mse left r1, entropy right r1`")
    return tuple(RunName(SIDES[i], i, scene.runs[0].slot) for i, scene in enumerate(scenes))


def _panels(line: int, text: str) -> tuple[Panel, ...]:
    panels = tuple(part.strip() for part in text.split(","))
    for panel in panels:
        if panel not in get_args(Panel):
            raise Problem(line, f"show takes {', '.join(get_args(Panel))}; got {panel[:40]!r}")
    return panels  # type: ignore[return-value]
