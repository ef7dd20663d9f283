"""When a run has got there: one rule, for the maps and for the fair race."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from app.experiment import as_text, shown
from core.entry import Param
from core.words import written
from optimizers import Path
from optimizers.bases.goal import AsLow, Condition, Near
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

    def on(self, surface: Any) -> Condition:
        """What a run on a surface follows; where nothing is to be reached, what no run keeps to."""
        if self.kind == "distance":
            return Near(tuple(surface.minima), self.share * float(size_of(surface, np.zeros(2))))
        return AsLow(float(self.loss(surface)))

    def steps(self, path: Path) -> np.ndarray:
        """The step from which on it holds (B,), of whole paths of B starts; NEVER where it does not at the end."""
        with np.errstate(invalid="ignore", over="ignore"):
            there = self.on(path.surface)(path.loss, *np.moveaxis(path.theta, -1, 0))
        return step_of(holds_from(there, np.arange(len(there))))

    def words(self, surface: Any) -> str:
        """What the goal is, in words."""
        if self.kind == "gap":
            lowest = "its lowest" if getattr(surface, "lowest", None) is not None else "the lowest in the window"
            return f"within {_share(self.share)} of {lowest}, on the scale of the surface's middling loss"
        if self.kind == "distance":
            return f"within {_share(self.share)} of the window of a minimum"
        return "the loss at the end"


def step_of(steps: Any) -> np.ndarray:
    """A path's steps, or its one, as pixels and standings say them: NEVER in the place of -1."""
    return np.where(np.asarray(steps) < 0, NEVER, steps)


# The project's own "small", on the surface's own scale.
THOUSANDTH = Goal()


def _share(share: float) -> str:
    return f"{written(100 * share, 3)} %"
