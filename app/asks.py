"""What a viewer asks for in the picture: another start, rate, view or run. It comes from a browser, so nothing is trusted.

An ask is a dict with its name at `what`. What it makes of an experiment is a pure function; a wrong one is a ValueError in
words, and nothing changes.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.experiment import (
    SLOTS,
    Experiment,
    Pick,
    Run,
    View,
    checked_start,
    checked_view,
    from_point,
    shown,
    suggested,
    surface_of,
    with_rate,
)
from optimizers import OPTIMIZERS

# Nobody clicks more often within the seconds that a wish is kept.
MOST_ASKS = 100


def answered(ask: Any, experiment: Experiment, selected: int, first: Experiment) -> tuple[Experiment, int]:
    """What an ask makes of an experiment and of the slot that is selected; `first` is the page's first picture."""
    match name_of(ask):
        case "start":
            return from_point(experiment, place_in(ask)), selected
        case "select":
            return experiment, _run_in(ask, "slot", experiment).slot
        case "rate":
            run = _run_in(ask, "slot", experiment)
            return with_rate(experiment, run.slot, _number(ask, "lr", "learning rate")), selected
        case "add":
            return added(experiment, _newcomer(ask, experiment, selected))
        case "remove":
            return removed(experiment, _run_in(ask, "slot", experiment)), selected
        case "reset":
            return first, first.runs[0].slot
        case "view":
            return replace(experiment, view=view_in(ask)), selected
    raise ValueError(f"The picture asked for {_foreign(ask.get('what'))}, which is not known here.")


def name_of(ask: Any) -> str:
    """What is asked for."""
    if not isinstance(ask, Mapping):
        raise ValueError(f"The picture asked for {_foreign(ask)}, which is not known here.")
    return str(ask.get("what"))


def again_in(ask: Mapping[str, Any], experiment: Experiment) -> tuple[int, list[Any]]:
    """After the connection broke off: the slot that the picture has selected, and what was asked for and not answered."""
    slot, open_ones = ask.get("selected"), ask.get("asks")
    known = type(slot) is int and any(run.slot == slot for run in experiment.runs)
    if not isinstance(open_ones, list) or len(open_ones) > MOST_ASKS:
        raise ValueError(f"What is asked again must be a list of {MOST_ASKS} at most; got {_foreign(open_ones)}.")
    return (slot if known else experiment.runs[0].slot), open_ones  # type: ignore[return-value]


def place_in(ask: Mapping[str, Any]) -> tuple[float, float]:
    """The place at which the runs are to begin."""
    return checked_start(_number(ask, "x", "start x"), _number(ask, "y", "start y"))


def view_in(ask: Mapping[str, Any]) -> View | None:
    """The part of the plane that is to be seen, None for the one that is seen at first."""
    ends = ask.get("view")
    if ends is None:
        return None
    if not isinstance(ends, list | tuple) or len(ends) != 4:
        raise ValueError(f"a view must be four numbers; got {_foreign(ends)}")
    x0, x1, y0, y1 = (_float(end, "a view's end") for end in ends)
    return checked_view(x0, x1, y0, y1)


def pixel_from(text: str, shape: tuple[int, int]) -> tuple[int, int]:
    """The row and the column of one of a map's pixels, "row~column"."""
    parts = text.split("~")
    whole = [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) < 5]
    if len(whole) != 2 or len(parts) != 2 or whole[0] >= shape[0] or whole[1] >= shape[1]:
        raise ValueError(f"a pixel is a row below {shape[0]} and a column below {shape[1]}; got {shown(text)}")
    return whole[0], whole[1]


def scene_in(ask: Mapping[str, Any]) -> int:
    """Which of two pictures is meant: 0 is the left one."""
    scene = ask.get("scene", 0)
    if isinstance(scene, bool) or scene not in (0, 1):
        raise ValueError(f"a picture is 0 or 1; got {_foreign(scene)}")
    return int(scene)


def added(experiment: Experiment, run: Run) -> tuple[Experiment, int]:
    """The experiment with one more run in the lowest free slot, and that slot."""
    slot = experiment.free_slot()
    if slot is None:
        raise ValueError(f"{len(SLOTS)} runs at most. Remove one first.")
    return experiment.with_run(replace(run, slot=slot)), slot


def removed(experiment: Experiment, run: Run) -> Experiment:
    """The experiment without a run; one stays."""
    if len(experiment.runs) == 1:
        raise ValueError("One run stays, so that there is something to see.")
    return replace(experiment, runs=tuple(other for other in experiment.runs if other != run))


def _newcomer(ask: Mapping[str, Any], experiment: Experiment, selected: int) -> Run:
    """The run that is to be added: like another, of a method, or like the selected one."""
    if "like" in ask:
        return _run_in(ask, "like", experiment)
    if "method" not in ask:
        return next((run for run in experiment.runs if run.slot == selected), experiment.runs[0])
    slug = ask["method"]
    if not isinstance(slug, str) or slug not in OPTIMIZERS:
        raise ValueError(f"There is no method {_foreign(slug)}.")
    return Run(1, Pick(slug), suggested(Pick(slug), surface_of(experiment.surface), experiment.start))


def _run_in(ask: Mapping[str, Any], key: str, experiment: Experiment) -> Run:
    slot = ask.get(key)
    run = next((run for run in experiment.runs if type(slot) is int and run.slot == slot), None)
    if run is None:
        slots = ", ".join(str(run.slot) for run in experiment.runs)
        raise ValueError(f"There is no run {_foreign(slot)}; there are {slots}.")
    return run


def _number(ask: Mapping[str, Any], key: str, called: str) -> float:
    return _float(ask.get(key), called)


def _float(value: Any, called: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{called} must be a number; got {_foreign(value)}")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _foreign(value: Any) -> str:
    """What came from elsewhere, for a sentence."""
    if isinstance(value, str):
        return shown(value)
    return shown(str(value))[1:-1] if isinstance(value, int | float) else "something else"
