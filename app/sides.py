"""What two scenes differ in, as the pictures' headings offer it: what else it could be, and what either side could have."""

from collections.abc import Mapping
from dataclasses import replace

from app.comparison import (
    FACTOR,
    PENALTY,
    SEED,
    Comparison,
    differing,
    first_value,
    penalised,
    penalty_of,
    surface_fields,
)
from app.controls import by_family
from app.experiment import LONGEST, Pick, as_text, changed, on_surface, optimizer_of, shown
from app.labels import compact, value_words
from app.player import Differs, Side
from core.entry import Entry, Param
from optimizers import RULES, SCHEDULES
from surfaces import SURFACES


def differs(comparison: Comparison) -> Differs:
    """What the pictures' headings say and offer."""
    names = differing(comparison.left)
    return Differs(names[comparison.name], tuple(names.items()), (side(comparison, 0), side(comparison, 1)))


def side(comparison: Comparison, scene: int) -> Side:
    """What the left scene (0) or the right one (1) has, and what it could have."""
    left, name, value = comparison.left, comparison.name, comparison.value
    called = f"{differing(left)[name]}, {'right' if scene else 'left'}"
    fields = surface_fields(left)
    if name in fields:
        p = fields[name]
        return _of(p, compact(p.parse(value)) if scene else compact(left.surface[p]), called)
    if name == "schedule":
        return _among(SCHEDULES, value.partition("~")[0] if scene else left.schedule.slug, called)
    if name == "penalty":
        return _of(PENALTY, value if scene else penalty_of(left.surface), called)
    if not scene:
        return Side()
    match name:
        case "surface":
            return _among(SURFACES, value.partition("~")[0], called)
        case "rule":
            return _among(RULES, value.partition("~")[0], called)
        case "lr":
            return _of(FACTOR, compact(FACTOR.parse(value)), called)
        case "seed":
            return _of(SEED, value, called)
        case "optimizers":
            runs = tuple((str(run.slot), optimizer_of(run.optimizer).called) for run in left.runs)
            return Side("runs", value, runs, called)
    return Side()


def _among(registry: Mapping[str, type[Entry]], slug: str, called: str) -> Side:
    return Side("menu", slug, tuple((one, registry[one].name) for one in by_family(registry)), called)


def _of(p: Param, value: str, called: str) -> Side:
    options = tuple(
        (as_text(one), value_words(p, one)) for one in (p.options or ((False, True) if p.kind is bool else ()))
    )
    return Side("menu" if options else "number", value, options, called)


def with_side(comparison: Comparison, scene: int, value: str) -> Comparison:
    """The comparison with another value on one side; ValueError, in words, where that makes no sense."""
    left, name, value = comparison.left, comparison.name, value[:LONGEST]
    offered = side(comparison, scene)
    if offered.kind == "none":
        raise ValueError(f"{differing(left)[name]} is not chosen there.")
    if offered.kind == "menu" and value not in dict(offered.options):
        raise ValueError(f"{differing(left)[name]} has no {shown(value)} to offer.")
    if scene:
        new = replace(comparison, value=value)
        new.check()
        return new
    if name == "schedule":
        return comparison.with_left(replace(left, schedule=Pick(value)))
    if name == "penalty":
        return comparison.with_left(on_surface(left, penalised(left.surface, PENALTY.parse(value)), left.start))
    entry = SURFACES[left.surface.slug]
    p = next(p for p in entry.params() if p.name == name)
    # Normalized weights are other weights: a start of the raw ones would be elsewhere.
    start = None if name == "normalization" else left.start
    return comparison.with_left(on_surface(left, changed(left.surface, entry, name, p.parse(value)), start))


def with_difference(comparison: Comparison, name: str) -> Comparison:
    """The comparison that differs in something else; ValueError if its surface has no such thing."""
    if name not in differing(comparison.left):
        raise ValueError(f"These scenes cannot differ in {shown(name)}.")
    left, value = first_value(comparison.left, name)
    return Comparison(left, name, value)
