"""What theory says of a map of rates: on a quadratic, above which rate each row diverges, and which pair is the best."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.bounds import bound, stiffness
from app.experiment import Experiment, seen, surface_of
from maps.axes import put
from maps.model import Map
from optimizers.bases.hessian import eigen, hessian
from surfaces import Surface

# The rows at which a line is worked out: it bends little between two of them.
ROWS = 32


@dataclass(frozen=True)
class Theory:
    """`edge` are points (rate, value up), from the lowest row to the highest, on the line beyond which runs diverge.

    `name` is its formula. `best` is the pair (rate, value up) that is the fastest in the long run, None where none is known.
    """

    edge: tuple[tuple[float, float], ...]
    name: str
    best: tuple[float, float] | None


def theory(asked: Map) -> Theory | None:
    """What is known of a map with the rate across, on a quadratic, at a constant rate; None of every other map.

    Where rows are methods the value up is the row's slot, and those without a limit are left out.
    """
    if asked.names[0] != "lr" or asked.experiment.schedule.slug != "constant" or asked.experiment.schedule.fields:
        return None
    up = asked.axes[1]
    if up is None:
        known = [(slot, _bound(asked.scene(int(slot)))) for slot in asked.rows]
    else:
        size = up.count(ROWS)
        values = up.values(size)
        if up.param.kind is float:
            values[[0, -1]] = up.low, up.high
        known = [(value, _bound(put(asked.scene(), up.name, up.param.kind(value)))) for value in values]
    edge = [(found["value"], float(value), found["name"]) for value, found in known if found is not None]
    if not edge:
        return None
    names = [name for _, _, name in edge]
    return Theory(tuple((rate, value) for rate, value, _ in edge), max(names, key=names.count), _best(asked))


def _bound(scene: Experiment) -> dict[str, Any] | None:
    """The limit of the run of a scene."""
    return bound(scene.runs[0], seen(scene))


def curvatures(surface: Surface) -> tuple[float, float] | None:
    """The least and the largest curvature of a quadratic with a bottom; None of every other surface."""
    most = stiffness(surface)
    if most is None:
        return None
    least = float(eigen(hessian(surface, np.array([surface.start])))[0][0, 0])
    return (least, most) if least > 1e-6 * most else None


def _best(asked: Map) -> tuple[float, float] | None:
    """Polyak's pair for the heavy ball: rate (2 / (k + l))^2 and momentum ((k - l) / (k + l))^2, where k^2 is the largest
    curvature and l^2 the least.

    Goh 2017, doi:10.23915/distill.00006.
    """
    scene = asked.scene()
    racer = scene.runs[0]
    bends = curvatures(surface_of(scene.surface))
    plain = racer.optimizer.slug == "momentum" and not racer.optimizer.without("momentum").fields and not racer.rules
    if bends is None or not plain or asked.names[1] != "momentum":
        return None
    least, most = np.sqrt(bends)
    return float((2 / (least + most)) ** 2), float(((most - least) / (most + least)) ** 2)
