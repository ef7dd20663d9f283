"""What a verdict finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that a run does, from position `first` to `last`; `sentence` goes on after the run's name."""

    kind: str
    first: int
    last: int
    chip: str
    sentence: str
