"""All lessons there are: ours, and those of a teacher's own folder, which the environment names as RAVINE_LESSONS."""

import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from lessons import reading
from lessons.model import Complaint, Lesson

TEXTS = Path(__file__).parent / "texts"
VARIABLE = "RAVINE_LESSONS"
# Files that are read of a folder.
MOST_FILES = 200

Entry = TypeVar("Entry")


def library(folder: Path | None = None) -> tuple[tuple[Lesson, ...], tuple[Complaint, ...]]:
    """Our lessons, those of `folder` behind them, and what is wrong with files that could not be taken.

    A file that is broken harms no other. Where two lessons have one slug the first stays, ours before a teacher's, so that
    no link of a class leads elsewhere.
    """
    found: dict[str, Lesson] = {}
    complaints: list[Complaint] = []
    for place, ours in ((TEXTS, True), (folder, False)):
        for path in files(place, complaints) if place else ():
            made, wrong = reading.lesson(path, ours)
            complaints += wrong
            if made is not None and made.slug in found:
                words = f"there is a lesson {made.slug!r} already; give the file another name"
                complaints.append(Complaint(path.name, 1, words))
            elif made is not None:
                found[made.slug] = made
    return tuple(found.values()), tuple(complaints)


def files(folder: Path, complaints: list[Complaint]) -> list[Path]:
    """The Markdown files of a folder, in the order of their names; a complaint where there is no such folder."""
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix == ".md" and path.is_file())
    except OSError:
        complaints.append(Complaint(str(folder), 1, "this folder cannot be read"))
        return []
    if len(found) > MOST_FILES:
        complaints.append(Complaint(str(folder), 1, f"of {len(found)} files the first {MOST_FILES} are read"))
    return found[:MOST_FILES]


def own_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The teacher's folder, None where none is named."""
    named = environment.get(VARIABLE, "").strip()
    return Path(named).expanduser() if named else None


def read_all(
    folder: Path, read: Callable[[Path], tuple[Entry | None, list[Complaint]]]
) -> tuple[list[Entry], tuple[Complaint, ...]]:
    """What `read` makes of each file of a folder, in the order of their names, and what is wrong with the others."""
    complaints: list[Complaint] = []
    found = []
    for path in files(folder, complaints):
        made, wrong = read(path)
        complaints += wrong
        found += [made] if made else []
    return found, tuple(complaints)


@lru_cache(maxsize=1)
def at_start() -> tuple[tuple[Lesson, ...], tuple[Complaint, ...]]:
    """The library as it was when it was first asked for, with the teacher's own folder."""
    return library(own_folder())
