"""What a verdict finds; its chip stands in the table of verdicts."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that a run does, from position `first` to `last`; `sentence` goes on after the run's name."""

    kind: str
    first: int
    last: int
    sentence: str
