"""Check lessons before a class: `python -m lessons FOLDER`, or without a folder our own. Says what is wrong, line by line."""

import sys
from collections.abc import Iterator
from pathlib import Path

from lessons.claims import check
from lessons.library import library
from lessons.model import Complaint, Lesson
from lessons.telling import told, typed_numbers


def faults(folder: Path | None) -> Iterator[Complaint]:
    """What is wrong with the lessons of a folder, or with ours: files that are broken, claims that are false, typed numbers."""
    lessons, complaints = library(folder)
    yield from complaints
    for lesson in lessons:
        if lesson.ours == (folder is None):
            yield from of_lesson(lesson)


def of_lesson(lesson: Lesson) -> Iterator[Complaint]:
    """The claims of a lesson that do not hold, and the numbers in it that are typed by hand."""
    for step in lesson.steps:
        told(step)
        for claim in step.claims:
            found = check(claim, step.stage)
            if not found.holds:
                yield Complaint(lesson.file, claim.line, f"{claim.text}: this is not so; {found.words}")
    yield from typed_numbers(lesson)


def main(arguments: list[str]) -> int:
    """Print all that is wrong; 0 if that is nothing."""
    found = list(faults(Path(arguments[0]) if arguments else None))
    for fault in found:
        print(fault)
    print(f"{len(found)} to mend." if found else "All is well.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
