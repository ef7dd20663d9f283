"""What the runs would be from another start or at another rate, while a viewer drags it: answered and forgotten at once."""

from collections.abc import Mapping

from app.asks import pixel_from
from app.comparison import parse_comparison
from app.experiment import SLOTS, Experiment, checked_start, from_point, parse, shown, with_rate
from app.player import Scene, passing_message
from app.sides import differs
from app.views.compare import scenes
from maps.model import parse_map

# What is not the link's.
OWN = ("at", "rate", "pixel", "scene", "selected")


def begun_bytes(query: Mapping[str, str]) -> bytes:
    """The message of the page that a link names, one thing in it changed; ValueError, in words, where that cannot be.

    `at` is a place, "x~y", at which the runs begin, in the scene numbered `scene`; or `rate`, "slot~lr", is one run's
    learning rate; or `pixel`, "row~column", is one of a map's. `selected` is the slot of the run whose numbers are shown;
    the rest of `query` is the link.
    """
    link = {key: [value] for key, value in query.items() if key not in OWN}
    at, rate, pixel, scene, slot = (query.get(key) for key in OWN)
    if sum(one is not None for one in (at, rate, pixel if "map" in link else None)) != 1:
        raise ValueError("Either at, a place like -1.5~2, or rate, a slot and a rate like 1~0.1, must be given.")
    place = None if at is None else _place(at)
    # At another rate of one run the others are what they are on the page.
    passing = SLOTS if place is not None else [slot for slot in SLOTS if str(slot) == (rate or "").partition("~")[0]]
    selected = next((k for k in SLOTS if str(k) == slot), None)
    if "map" in link:
        asked, complaints = parse_map(link)
        if not complaints:
            if pixel is not None:
                begun = asked.chosen(*pixel_from(pixel, asked.shape)).scene()
            else:
                begun = from_point(asked.scene(), place) if place is not None else _at_rate(asked.scene(), rate or "")
            return passing_message((Scene(begun),), selected, page="maps", passing=passing)
    elif "vs" in link:
        comparison, complaints = parse_comparison(link)
        if not complaints:
            if place is not None:
                comparison = comparison.begun_at(int(scene == "1"), place)
            else:
                comparison = comparison.with_left(_at_rate(comparison.left, rate or ""))
            return passing_message(
                tuple(scenes(comparison)), selected, page="compare", differs=differs(comparison), passing=passing
            )
    else:
        experiment, complaints = parse(link)
        if not complaints:
            begun = from_point(experiment, place) if place is not None else _at_rate(experiment, rate or "")
            return passing_message((Scene(begun),), selected, passing=passing)
    raise ValueError(" ".join(complaints))


def _place(at: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in at.split("~"))
    except ValueError:
        raise ValueError("at must be two numbers, like -1.5~2.") from None
    return checked_start(x, y)


def _at_rate(experiment: Experiment, text: str) -> Experiment:
    slot, _, lr = text.partition("~")
    run = next((run for run in experiment.runs if str(run.slot) == slot), None)
    if run is None:
        raise ValueError(
            f"rate must be a run's slot and its rate, like {experiment.runs[0].slot}~0.1; got {shown(text)}."
        )
    return with_rate(experiment, run.slot, lr)
