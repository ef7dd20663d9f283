"""What a map may vary: every number that an experiment is made of, under one name each, as its entry declares it.

`lr` is the rate, `x` and `y` are where the run begins; a method's own field has its bare name (`beta1`, `base.momentum`),
one of the schedule, of the surface or of the run's k-th rule stands behind `schedule.`, `surface.`, `rulek.`. A *scene*
is here an experiment of one run.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.experiment import (
    LR,
    MAX_COORDINATE,
    SHARED,
    Experiment,
    Pick,
    changed,
    from_point,
    optimizer_of,
    placed,
    rule_of,
    schedule_of,
    seen,
    shown,
    start_of,
)
from app.labels import label_of, number_of
from core.entry import Entry, Param, Scale
from core.words import written
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Optimizer, Rule, Schedule
from surfaces import SURFACES, Surface

# One number for all runs, or one each, (B,).
Values = Mapping[str, float | np.ndarray]


def _entries(scene: Experiment) -> Iterator[tuple[str, type[Entry], Pick]]:
    """What the run of a scene is made of: the prefix of its fields' names, the entry and what is picked of it."""
    racer = scene.runs[0]
    yield "", OPTIMIZERS[racer.optimizer.slug], racer.optimizer
    yield "schedule.", SCHEDULES[scene.schedule.slug], scene.schedule
    for k, rule in enumerate(racer.rules, 1):
        yield f"rule{k}.", RULES[rule.slug], rule
    yield "surface.", SURFACES[scene.surface.slug], scene.surface


def fields_of(scene: Experiment) -> dict[str, Param]:
    """Every number of a scene's run that a map may vary, by name, with its declaration; those that do nothing are left out."""
    found = {"lr": LR}
    for prefix, entry, pick in _entries(scene):
        declared = {p.name: p for p in entry.params_with(dict(pick.fields))}
        for name, p in declared.items():
            idle = p.when is not None and str(pick[declared[p.when[0]]]) not in p.when[1].split()
            if p.kind in (int, float) and not idle and not (prefix == "schedule." and name in SHARED):
                # Of two values of a surface's field each is a surface of its own: they fit into no batch.
                found[prefix + name] = replace(p, sweeps=p.sweeps and prefix != "surface.")
    surface = seen(scene)
    for name, title, window in zip("xy", surface.axes, surface.window, strict=True):
        found[name] = Param(name, 0.0, -MAX_COORDINATE, MAX_COORDINATE, title, f"start {title}", shown=window)
    return found


def put(scene: Experiment, name: str, value: float) -> Experiment:
    """The scene with one field of `fields_of` set; ValueError, as the declaration has it, for what is not allowed."""
    if name in ("x", "y"):
        x, y = start_of(scene)
        return from_point(scene, (value, y) if name == "x" else (x, value))
    (racer,) = scene.runs
    if name == "lr":
        LR.check(value)
        return scene.with_run(replace(racer, lr=value))
    whose, _, own = name.partition(".")
    if whose == "schedule":
        return replace(scene, schedule=changed(scene.schedule, SCHEDULES[scene.schedule.slug], own, value))
    if whose == "surface":
        return replace(scene, surface=changed(scene.surface, SURFACES[scene.surface.slug], own, value))
    if whose.startswith("rule"):
        rules, k = list(racer.rules), int(whose[4:]) - 1
        rules[k] = changed(rules[k], RULES[rules[k].slug], own, value)
        return scene.with_run(replace(racer, rules=tuple(rules)))
    method = changed(racer.optimizer, OPTIMIZERS[racer.optimizer.slug], name, value)
    return scene.with_run(replace(racer, optimizer=method))


def taken(scene: Experiment, name: str) -> float:
    """The value that one field of `fields_of` has in a scene."""
    if name in ("x", "y"):
        return start_of(scene)["xy".index(name)]
    if name == "lr":
        return scene.runs[0].lr
    whole = {prefix: pick for prefix, _, pick in _entries(scene)}
    prefix = next((p for p in whole if p and name.startswith(p)), "")
    return number_of(whole[prefix][fields_of(scene)[name]])


@dataclass(frozen=True, eq=False)
class Batch:
    """What `optimizers.run` is handed for many runs at once, but for steps and seed; `start` is (B, 2), or (1, 2) for all."""

    surface: Surface
    optimizer: Optimizer
    schedule: Schedule
    start: np.ndarray
    rules: tuple[Rule, ...]


def batch(scene: Experiment, values: Values) -> Batch:
    """The run of a scene with these fields set to arrays (B,), one value a run, or to one number for all of them."""
    (racer,) = scene.runs
    own: dict[str, dict[str, Any]] = {prefix: {} for prefix, _, _ in _entries(scene)}
    for name, value in values.items():
        prefix = next((p for p in own if p and name.startswith(p)), "")
        own[prefix][name.removeprefix(prefix)] = np.reshape(value, (-1, 1)) if np.ndim(value) else value
    x, y = (np.reshape(own[""].pop(name, place), (-1, 1)) for name, place in zip("xy", start_of(scene), strict=True))
    rate = own[""].pop("lr", racer.lr)
    schedule, method = schedule_of(scene.schedule, racer), optimizer_of(racer.optimizer)
    if own["schedule."] or np.ndim(rate):
        schedule = replace(schedule, lr=rate, **own["schedule."])
    if own[""]:
        method = OPTIMIZERS[racer.optimizer.slug].built(dict(racer.optimizer.fields) | own[""])
    rules = [
        RULES[rule.slug].built(dict(rule.fields) | own[f"rule{k}."]) if own[f"rule{k}."] else rule_of(rule)
        for k, rule in enumerate(racer.rules, 1)
    ]
    starts = placed(seen(scene), np.concatenate(np.broadcast_arrays(x, y), axis=1))
    return Batch(seen(scene), method, schedule, starts, tuple(rules))


@dataclass(frozen=True)
class Axis:
    """One side of a map: the field that varies along it, and from where to where."""

    name: str
    param: Param
    low: float
    high: float

    @classmethod
    def of(cls, name: str, param: Param) -> "Axis":
        """The axis over the part of a field's range that a slider offers."""
        low, high = param.shown or (param.low, param.high)
        return cls(name, param, low, high)

    def __post_init__(self) -> None:
        if not self.param.low <= self.low < self.high <= self.param.high:
            asked = f"{written(self.low)} to {written(self.high)}"
            allowed = f"{written(self.param.low)} and {written(self.param.high)}"
            raise ValueError(f"{self.name} must rise, between {allowed}; got {asked}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"{self.name} is on a log scale, so that it must begin above 0; got {written(self.low)}")
        if self.param.kind is int and not (float(self.low).is_integer() and float(self.high).is_integer()):
            asked = f"{written(self.low)} to {written(self.high)}"
            raise ValueError(f"{self.name} must lie between whole numbers; got {asked}")

    @property
    def label(self) -> str:
        """The field's name as a person says it."""
        return label_of(self.param)

    @property
    def symbol(self) -> str:
        """Its LaTeX."""
        return self.param.tex

    @property
    def scale(self) -> Scale:
        """How its values lie: linear or log."""
        return self.param.scale

    @property
    def whole(self) -> bool:
        """Whether it goes over the range that is declared."""
        return (self.low, self.high) == (Axis.of(self.name, self.param).low, Axis.of(self.name, self.param).high)

    def count(self, n: int) -> int:
        """How many of n pixels have values of their own: whole numbers may be fewer."""
        return min(n, int(self.high - self.low) + 1) if self.param.kind is int else n

    def values(self, n: int) -> np.ndarray:
        """The values (n,) at the middles of n pixels, rising; of whole numbers `count(n)`, evenly, both ends among them."""
        n = self.count(n)
        if self.param.kind is int:
            return np.linspace(self.low, self.high, n).round() if n > 1 else np.array([self.low])
        share = (np.arange(n) + 0.5) / n
        if self.scale == "log":
            return np.exp(math.log(self.low) + share * math.log(self.high / self.low))
        return self.low + share * (self.high - self.low)

    def share(self, value: float) -> float:
        """How far along the axis a value lies: 0 at its lower end, 1 at its upper."""
        if self.scale == "log":
            return math.log(value / self.low) / math.log(self.high / self.low) if value > 0 else -math.inf
        return (value - self.low) / (self.high - self.low)


def ends_of(key: str, text: str) -> tuple[float, float]:
    """The two ends of a range, from a link; ValueError, naming the key, where these are not two numbers."""
    try:
        low, high = (float(part) for part in text.split("~"))
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError
    except ValueError:
        raise ValueError(f"{key} must be two numbers, the lower first, like 0.01~1; got {shown(text)}") from None
    return low, high
