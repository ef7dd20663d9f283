"""A map and its link: that of an experiment, and what is varied along two axes.

`?surface=bowl&r2=momentum~lr~0.1&...&map=rate~momentum`: the map of the rate (across) and the momentum (up).
`map` is `basins` (every start of the window), `rate~field`, `methods` (a row for each of the experiment's runs) or
`two~field~field`; the names are those of `maps.axes`. `across` and `up` are ranges, `goal` what is to be reached, `size` the
pixels along a side, `of` the slot of the run that is mapped. What is as it is by default a link does not name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from app.experiment import Experiment, Pick, Run, as_text, from_point, parse, shown, start_of, surface_of
from core.entry import Param
from maps.axes import Axis, ends_of, fields_of, put, taken
from maps.goal import THOUSANDTH, Goal

Kind = Literal["basins", "rate", "methods", "two"]
Range = tuple[float, float]

# The pixels along a side that a link may ask for.
SIZES = (32, 64, 128, 256, 512)
SIZE = 256
# In a field's place: the experiment's runs, one a row.
METHODS = "method"
KEYS = ("map", "across", "up", "goal", "size", "of")
HINT = "map must be basins, methods, rate and a field (rate~momentum) or two fields (two~lr~schedule.warmup)"


@dataclass(frozen=True)
class Map:
    """Everything that a map shows: an experiment, which of its runs, and the two fields that vary.

    `names` are those of the fields across and up; up may be METHODS. `ranges` are None where the axis goes over what the
    field declares. `slot` is the run that is mapped, of the experiment's runs the first where it is None.
    """

    experiment: Experiment
    names: tuple[str, str] = ("x", "y")
    ranges: tuple[Range | None, Range | None] = (None, None)
    goal: Goal = THOUSANDTH
    size: int = SIZE
    of: int | None = None

    @property
    def kind(self) -> Kind:
        """Which of the four maps it is."""
        if self.names == ("x", "y"):
            return "basins"
        if self.names[1] == METHODS:
            return "methods"
        return "rate" if self.names[0] == "lr" else "two"

    @property
    def slot(self) -> int:
        """The slot of the run that is mapped."""
        return self.experiment.runs[0].slot if self.of is None else self.of

    def scene(self, slot: int | None = None) -> Experiment:
        """The experiment with one run alone, that of a slot or the mapped one; where starts vary no weights are drawn."""
        own = self.slot if slot is None else slot
        one = replace(self.experiment, runs=tuple(run for run in self.experiment.runs if run.slot == own))
        return from_point(one, start_of(one)) if {"x", "y"} & set(self.names) else one

    @property
    def fields(self) -> dict[str, Param]:
        """What may vary here, by name."""
        return fields_of(self.scene())

    @property
    def axes(self) -> tuple[Axis, Axis | None]:
        """The axes across and up; None where the rows are methods. ValueError for a field or a range that there is not."""
        known = self.fields
        made: list[Axis | None] = []
        for name, ends in zip(self.names, self.ranges, strict=True):
            if name == METHODS and made:
                made.append(None)
                continue
            if name not in known:
                raise ValueError(f"{shown(name)} cannot vary here; it must be one of {', '.join(known)}")
            axis = Axis.of(name, known[name])
            made.append(axis if ends is None else replace(axis, low=ends[0], high=ends[1]))
        across, up = made
        assert across is not None
        return across, up

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of the whole map."""
        across, up = self.axes
        return len(self.experiment.runs) if up is None else up.count(self.size), across.count(self.size)

    @property
    def rows(self) -> np.ndarray:
        """What each row has: the values of the field that varies, or the slots of the runs."""
        up = self.axes[1]
        return np.array([run.slot for run in self.experiment.runs]) if up is None else up.values(self.size)

    @property
    def columns(self) -> np.ndarray:
        """The values across."""
        return self.axes[0].values(self.size)

    def at(self, row: int, column: int) -> Experiment:
        """The experiment of one pixel, with its run alone: what a click shows in the player.

        Where a start on the plane through a network's weights is held and the run varies, the player lays another plane, so
        that it begins with other weights; `computing.answer` begins with the map's.
        """
        across, up = self.axes
        one = self.scene(int(self.rows[row]) if up is None else None)
        for axis, value in ((across, self.columns[column]), (up, self.rows[row])):
            one = one if axis is None else put(one, axis.name, axis.param.kind(value))
        return one

    def chosen(self, row: int, column: int) -> Self:
        """The same map of an experiment that has the values of one pixel: what a click makes of it."""
        one = self.at(row, column)
        experiment = replace(one, runs=self.experiment.runs).with_run(one.runs[0])
        return replace(self, experiment=experiment, of=one.runs[0].slot if self.kind == "methods" else self.of)

    @property
    def pixel(self) -> tuple[int, int] | None:
        """The pixel nearest to the values that the experiment has itself; None where these lie beyond the map."""
        across, up = self.axes
        scene = self.scene()
        row = self.rows.tolist().index(self.slot) if up is None else _nearest(up, self.rows, taken(scene, up.name))
        column = _nearest(across, self.columns, taken(scene, across.name))
        return None if row is None or column is None else (row, column)

    @property
    def bare(self) -> Self:
        """The same map whichever pixel is chosen and whatever part of the plane is seen, so that it is computed once."""
        through = hasattr(surface_of(self.experiment.surface), "full")
        if through and self.kind != "basins" and self.experiment.start is not None:
            # Where a start on the plane through a network's weights lies depends on the rates of the runs that lay it.
            return self
        rate = float(self.columns[0])
        if self.kind == "methods":
            alike = tuple(replace(run, lr=rate) for run in self.experiment.runs)
            new = replace(self, of=None, experiment=replace(self.experiment, runs=alike))
        else:
            new = self.chosen(0, 0)
        new = replace(new, experiment=replace(new.experiment, view=None))
        # A pixel that a link may not ask for as it stands is no name for the map.
        return new if new.experiment.bounded()[0] == new.experiment else self

    def query(self) -> dict[str, str]:
        """The link's parameters; `parse_map` gives the map back."""
        first, second = self.names
        words = {"rate": f"rate~{second}", "two": f"two~{first}~{second}"}
        query = self.experiment.query() | {"map": words.get(self.kind, self.kind)}
        for key, ends in zip(("across", "up"), self.ranges, strict=True):
            query |= {} if ends is None else {key: "~".join(as_text(end) for end in ends)}
        query |= {} if self.goal == THOUSANDTH else {"goal": self.goal.text}
        query |= {} if self.size == SIZE else {"size": str(self.size)}
        return query | ({} if self.of is None else {"of": str(self.of)})

    def suited(self, experiment: Experiment) -> Self:
        """The same map of another experiment; what makes no sense there is as it is by default."""
        slots = {run.slot for run in experiment.runs}
        of = self.of if self.of in slots else None
        new = replace(self, experiment=experiment, of=of)
        there = all(name in new.fields or name == METHODS for name in self.names)
        names = self.names if there else first_names(self.kind, new.fields)
        # A range is one of a field's values there, and a start's is one of the window's.
        same = experiment.surface.slug == self.experiment.surface.slug and names == self.names
        goal = self.goal
        try:
            Goal.parse(goal.text, surface_of(experiment.surface))
        except ValueError:
            goal = THOUSANDTH
        return replace(new, names=names, ranges=self.ranges if same else (None, None), goal=goal)


def _nearest(axis: Axis, values: np.ndarray, value: float) -> int | None:
    """Which of an axis's pixels a value lies at; None where it lies at none."""
    if not axis.low <= value <= axis.high:
        return None
    away = [abs(axis.share(float(one)) - axis.share(value)) for one in values]
    return int(np.argmin(away))


def first_names(kind: Kind, fields: Mapping[str, Param]) -> tuple[str, str]:
    """What a map of a kind varies at first: beside the rate the method's first number, else the schedule's."""
    if kind == "basins":
        return "x", "y"
    second = next(name for name in fields if name != "lr")
    return ("lr", METHODS) if kind == "methods" else ("lr", second)


# What a newcomer sees: four minima, and a ball that is carried past the nearest.
FIRST_MAP = Map(
    Experiment(
        Pick("himmelblau"),
        Pick("constant"),
        (Run(2, Pick("momentum"), 0.01),),
        steps=200,
    )
)


def parse_map(query: Mapping[str, Sequence[str]]) -> tuple[Map, list[str]]:
    """The map that a link's parameters ask for, and a sentence for each part that could not be taken as it stands."""
    if not query:
        return FIRST_MAP, []
    given = {key: values[-1] for key, values in query.items() if values}
    rest = {key: values for key, values in query.items() if key not in KEYS}
    experiment, complaints = parse(rest) if rest else (FIRST_MAP.experiment, [])
    surface = surface_of(experiment.surface)

    wanted = Map(experiment)
    if "of" in given:
        slots = [str(run.slot) for run in experiment.runs]
        if given["of"] in slots:
            wanted = replace(wanted, of=int(given["of"]))
        else:
            complaints.append(f"of must be the slot of a run, {', '.join(slots)}; got {shown(given['of'])}.")
    try:
        wanted = replace(wanted, names=_names(given.get("map", "basins"), wanted.fields))
    except ValueError as error:
        complaints.append(f"{error}; basins are shown instead.")
    for k, key in enumerate(("across", "up")):
        if key in given:
            ends = list(wanted.ranges)
            try:
                ends[k] = _range(key, given[key], wanted.names[k])
                ranged = replace(wanted, ranges=(ends[0], ends[1]))
                axis = ranged.axes[k]
                # The range that is declared needs no name.
                wanted = wanted if axis is None or axis.whole else ranged
            except ValueError as error:
                complaints.append(f"{error}; the range that is declared is shown.")
    if "goal" in given:
        try:
            wanted = replace(wanted, goal=Goal.parse(given["goal"], surface))
        except ValueError as error:
            complaints.append(f"{error}; {THOUSANDTH.text} is used.")
    if "size" in given:
        if given["size"] in map(str, SIZES):
            wanted = replace(wanted, size=int(given["size"]))
        else:
            allowed = ", ".join(map(str, SIZES))
            complaints.append(f"size must be one of {allowed}; got {shown(given['size'])}; {SIZE} is used.")
    return wanted, complaints


def _names(text: str, fields: Mapping[str, Param]) -> tuple[str, str]:
    """The names of the fields that vary, from a link; ValueError where there are none such."""
    kind, *names = text.split("~")
    if not names and kind in ("basins", "methods"):
        return first_names(kind, fields)  # type: ignore[arg-type]
    names = ["lr", *names] if kind == "rate" else names
    if kind not in ("rate", "two") or len(names) != 2:
        raise ValueError(f"{HINT}; got {shown(text)}")
    for name in names:
        if name not in fields:
            raise ValueError(f"{shown(name)} cannot vary here; it must be one of {', '.join(fields)}")
    if names[0] == names[1]:
        raise ValueError(f"a map varies two fields, not {shown(names[0])} twice")
    return names[0], names[1]


def _range(key: str, text: str, name: str) -> Range:
    """The ends of an axis, from a link; ValueError where it has none, or these are not two numbers."""
    if name == METHODS:
        raise ValueError(f"{key} has no range where the rows are methods; got {shown(text)}")
    return ends_of(key, text)
