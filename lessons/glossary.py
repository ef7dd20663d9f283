"""The glossary: a file each in `words/`, whose paragraph says in a sentence or two what a word means."""

from functools import lru_cache
from pathlib import Path

from lessons.files import read_parts
from lessons.library import read_all
from lessons.model import Complaint, Word

WORDS = Path(__file__).parent / "words"
HEAD = ("word", "also", "lesson")


def word(path: Path) -> tuple[Word | None, list[Complaint]]:
    """The word of a file, or None and what is wrong with it."""
    read = read_parts(path, {0: ()}, HEAD, ("word",))
    blocks = read.parts[0].text if read.parts else ()
    if not read.complaints and (len(blocks) != 1 or blocks[0].kind != "paragraph"):
        read.complain(1, "a word has one paragraph that says what it means")
    if read.complaints:
        return None, read.complaints

    def given(name: str) -> str:
        return read.head.get(name, (0, ""))[1]

    also = tuple(one.strip() for one in given("also").split(",") if one.strip())
    return Word(read.slug, given("word"), also, blocks[0].items[0], given("lesson")), []


@lru_cache(maxsize=1)
def glossary() -> tuple[tuple[Word, ...], tuple[Complaint, ...]]:
    """All words in the order of the alphabet, and what is wrong with files that could not be taken."""
    found, complaints = read_all(WORDS, word)
    return tuple(sorted(found, key=lambda one: one.name.lower())), complaints


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Word]:
    words, _ = glossary()
    return {name.lower(): one for one in words for name in (one.name, *one.also)}


def meaning(name: str) -> Word | None:
    """The entry of a word by any of its names, None where there is none."""
    return _by_name().get(name.strip().lower())
