"""Maps on their way to a page: what is said of one, and its pixels, which come coarse first and then finer in one answer.

The answer is told piece by piece (`app.piecemeal`). Of a part, the map as far as it is known, "pixels" are packed by gzip and
written in base64: for each pixel, row by row, the lowest first, the step (uint16), where the map shows the loss that (float32),
and the label (uint8).
"""

import gzip
import math
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import numpy as np

from app.experiment import optimizer_of, seen, start_of
from app.piecemeal import Desk, Piece, Turn
from core.words import written
from maps.axes import Axis
from maps.computing import Result, refined
from maps.model import Map, parse_map
from maps.theory import theory
from optimizers.loop.window import pictured

# Of all the steps, up to which a band of steps goes: 10, 20, 40, 80 and 200 of 200; and of losses, how far above the lowest, on
# the scale of the surface's middling loss.
BANDS, DECADES = (0.05, 0.1, 0.2, 0.4, 1.0), (1e-6, 1e-4, 1e-3, 1e-2, 1e-1)
# What fields are called in a few letters, by their LaTeX.
LETTERS = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "eta": "η"} | {
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
}
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def asked_map(query: Mapping[str, str]) -> Map:
    """The map that an address asks for; ValueError, in words, where it asks for none."""
    asked, complaints = parse_map({key: [value] for key, value in query.items()})
    if complaints:
        raise ValueError(" ".join(complaints))
    return asked.bare


def described(asked: Map) -> dict[str, Any]:
    """All that a page is told of a map but its pixels, in plain values; wherever these come from it is the same."""
    across, up = asked.axes
    scene, (rows, columns) = asked.scene(), asked.shape
    by = "verdict" if asked.kind == "basins" else "loss" if asked.goal.kind == "final" else "goal"
    surface = seen(scene)
    return {
        "kind": asked.kind,
        "by": by,
        "link": urlencode(asked.bare.query()),
        "title": _title(asked, by, surface),
        "about": "" if by == "verdict" else asked.goal.words(surface),
        "rows": rows,
        "columns": columns,
        "across": _side(across, asked.columns),
        "up": _methods(asked) if up is None else _side(up, asked.rows),
        "steps": scene.steps,
        "limits": _limits(surface) if by == "loss" else [max(1, _round(scene.steps * share)) for share in BANDS],
        "theory": _theory(asked),
        "at": asked.pixel,
        "from": None if {"x", "y"} & set(asked.names) else start_of(scene),
    }


def _title(asked: Map, by: str, surface: Any) -> str:
    """What a map shows, in a few words."""
    if by == "verdict":
        return "Where each start ends"
    if by == "loss":
        return f"The loss at step {asked.experiment.steps}"
    if asked.goal.kind == "distance":
        return "Steps until a minimum is near"
    # Where the surface itself varies each pixel has a loss of its own to reach.
    varied = any(name.startswith("surface.") for name in asked.names)
    return "Steps to the goal" if varied else f"Steps until the loss is {written(asked.goal.loss(surface), 3)}"


def _side(axis: Axis, values: np.ndarray) -> dict[str, Any]:
    """One side of a map: what varies, its ends, and its pixels' values as far as they are shown."""
    return {
        "label": axis.label,
        "symbol": symbol_of(axis.symbol) or axis.label.lower(),
        "scale": axis.scale,
        "ends": (axis.low, axis.high),
        "values": [float(f"{value:.6g}") for value in values],
        "names": None,
    }


def _methods(asked: Map) -> dict[str, Any]:
    """The side along which each row is a method."""
    names = [optimizer_of(run.optimizer).called for run in asked.experiment.runs]
    short = [optimizer_of(run.optimizer).short or name for run, name in zip(asked.experiment.runs, names, strict=True)]
    side = {"label": "Method", "symbol": "", "scale": "linear", "ends": (0, len(names)), "values": asked.rows.tolist()}
    return side | {"names": [name if len(name) <= 12 else brief for name, brief in zip(names, short, strict=True)]}


def symbol_of(tex: str) -> str:
    """A field's LaTeX where that is one letter, perhaps with an index, as that letter; else nothing."""
    name, _, index = tex.removeprefix("\\").partition("_")
    letter = LETTERS.get(name, name if len(name) == 1 else "")
    return f"{letter}{index.translate(LOWERED)}" if letter and (not index or index.isdecimal()) else ""


def _round(value: float) -> int:
    """A whole number of at most two digits and noughts."""
    return int(float(f"{value:.2g}"))


def _limits(surface: Any) -> list[float]:
    """The losses up to which bands of the final loss go."""
    picture = pictured(surface)
    return [picture.lowest + share * (picture.middle - picture.lowest) for share in DECADES]


def _theory(asked: Map) -> dict[str, Any] | None:
    """What theory says, as shares of the map's sides; where rows are methods each point stands at the middle of its row."""
    known = theory(asked)
    if known is None:
        return None
    across, up = asked.axes
    slots = asked.rows.tolist()

    def share(point: tuple[float, float]) -> tuple[float, float]:
        rate, value = point
        return across.share(rate), (slots.index(value) + 0.5) / len(slots) if up is None else up.share(value)

    return {
        "edge": [share(point) for point in known.edge],
        "name": known.name,
        "best": known.best and share(known.best),
        "words": known.best and [written(value, 3) for value in known.best],
    }


def map_pieces(asked: Map, turn: Turn) -> Iterator[Piece]:
    """All that is told of a map's pixels: each resolution, and between two of them which share is done."""
    for result in refined(asked, cancel=turn, tell=lambda share: turn.tell({"done": round(float(share), 4)})):
        yield {"part": _part(result)}
    if not turn.cancelled.is_set():
        yield {"over": True}


def _part(result: Result) -> dict[str, Any]:
    """A map as far as it is known."""
    rows, columns = result.label.shape
    whole_rows, whole_columns = result.map.shape
    coloured = result.map.kind != "basins" and result.map.goal.kind == "final"
    body = result.step.astype("<u2").tobytes() + (result.loss.astype("<f4").tobytes() if coloured else b"")
    return {
        "rows": rows,
        "columns": columns,
        # Every how many of the whole map's rows and columns these are.
        "stride": (_stride(result.row_of, whole_rows), _stride(result.column_of, whole_columns)),
        "classes": [_finite(asdict(one)) | {"words": one.words} for one in result.classes],
        "every": result.every,
        "best": result.best,
        "seconds": result.seconds,
        "whole": result.whole,
        "stopped": result.stopped,
        "loss": coloured,
        "pixels": b64encode(gzip.compress(body + result.label.tobytes(), 5)).decode(),
    }


def _finite(plain: dict[str, Any]) -> dict[str, Any]:
    """What JSON can hold."""
    return plain | {"loss": plain["loss"] if plain["loss"] is not None and math.isfinite(plain["loss"]) else None}


def _stride(places: np.ndarray, whole: int) -> int:
    return int(places[1] - places[0]) if len(places) > 1 else whole


# Four at once, so that the coarse map of one does not wait for the fine one of another; they take turns tile by tile.
map_desk = Desk(at_once=4, kept=16 << 20)
