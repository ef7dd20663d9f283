"""When a run has got there: one rule, for the maps and for the fair race."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from app.experiment import as_text, shown
from core.entry import Param
from core.words import written
from optimizers import Path
from optimizers.loop.status import SITS, SMALL, holds_from, size_of
from optimizers.loop.window import pictured

Kind = Literal["gap", "distance", "final"]
# What is allowed of each kind that has a share.
SHARES = {"gap": Param("goal gap", SMALL, 1e-12, 1.0), "distance": Param("goal distance", SITS, 1e-9, 1.0)}
# In a step's place: it never held.
NEVER = 65_535


@dataclass(frozen=True)
class Goal:
    """What is to be reached, and from which step on a run has reached it: from n to the end, as every verdict is.

    *gap*: loss - lowest is at most `share` of what the surface's middling loss in its window lies above the lowest. The
    middle and not the highest: the corners of Beale's window are so high that a thousandth of them holds 44 % of it.
    *distance*: to the nearest minimum, at most `share` of the window. *final*: nothing; the loss at the end is what counts.
    """

    kind: Kind = "gap"
    share: float = SMALL

    @property
    def text(self) -> str:
        """As it stands in a link."""
        return self.kind if self.kind == "final" else f"{self.kind}~{as_text(self.share)}"

    @classmethod
    def parse(cls, text: str, surface: Any) -> "Goal":
        """The goal of a link's text; ValueError, in words, where there is none, or the surface has none such."""
        kind, _, share = text.partition("~")
        if kind not in get_args(Kind):
            raise ValueError(f"goal must be gap~0.001, distance~0.005 or final; got {shown(text)}")
        if kind == "final":
            if share:
                raise ValueError(f"goal=final has no share; got {shown(text)}")
            return cls("final", 0.0)
        if kind == "distance" and not surface.minima:
            raise ValueError(f"goal=distance needs a known minimum, and {surface.name} has none")
        p = SHARES[kind]
        value = p.parse(share) if share else p.default
        return cls(kind, float(value))  # type: ignore[arg-type]

    def loss(self, surface: Any) -> float:
        """The loss that is the goal; NaN where a loss is not."""
        picture = pictured(surface)
        return picture.lowest + self.share * (picture.middle - picture.lowest) if self.kind == "gap" else np.nan

    def steps(self, path: Path) -> np.ndarray:
        """The step from which on it holds (B,), to the step, of paths of B starts; NEVER where it does not at the end."""
        surface: Any = path.surface
        with np.errstate(invalid="ignore", over="ignore"):
            if self.kind == "gap":
                there = path.loss <= self.loss(surface)
            elif self.kind == "distance":
                near = [np.hypot(*np.moveaxis(path.theta - place, -1, 0)) for place in surface.minima]
                there = np.min(near, axis=0) <= self.share * size_of(surface, path.theta)
            else:
                there = np.zeros(path.loss.shape, dtype=bool)
        steps = holds_from(there, np.arange(len(there)))
        return np.where(steps < 0, NEVER, steps)

    def words(self, surface: Any) -> str:
        """What the goal is, in words."""
        if self.kind == "gap":
            lowest = "its lowest" if getattr(surface, "lowest", None) is not None else "the lowest in the window"
            return f"within {_share(self.share)} of {lowest}, on the scale of the surface's middling loss"
        if self.kind == "distance":
            return f"within {_share(self.share)} of the window of a minimum"
        return "the loss at the end"


# The project's own "small", on the surface's own scale.
THOUSANDTH = Goal()


def _share(share: float) -> str:
    return f"{written(100 * share, 3)} %"
