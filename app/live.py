"""What the runs would be from another start, while a viewer drags it: answered at once, and forgotten at once."""

from collections.abc import Mapping

from app.comparison import parse_comparison
from app.experiment import SLOTS, checked_start, from_point, parse
from app.player import Scene, passing_message
from app.views.compare import scenes


def begun_bytes(query: Mapping[str, str]) -> bytes:
    """The message of the page that a link names, its runs begun at another place; ValueError, in words, where that cannot be.

    `at` is the place, "x~y", in the scene numbered `scene`, `selected` the slot of the run whose numbers are shown; the rest of
    `query` is the link.
    """
    own = ("at", "scene", "selected")
    link = {key: [value] for key, value in query.items() if key not in own}
    at, scene, slot = (query.get(key, "") for key in own)
    try:
        x, y = (float(part) for part in at.split("~"))
    except ValueError:
        raise ValueError("at must be two numbers, like -1.5~2.") from None
    start = checked_start(x, y)
    selected = next((k for k in SLOTS if str(k) == slot), None)
    if "vs" in link:
        comparison, complaints = parse_comparison(link)
        if not complaints:
            return passing_message(tuple(scenes(comparison.begun_at(int(scene == "1"), start))), selected)
    else:
        experiment, complaints = parse(link)
        if not complaints:
            return passing_message((Scene(from_point(experiment, start)),), selected)
    raise ValueError(" ".join(complaints))
