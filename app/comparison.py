"""Two scenes that differ in one named thing. The link is that of the left scene and `vs`, which names the difference.

`?surface=three_class&...&vs=loss~cross_entropy`: on the right the surface's field `loss` is cross_entropy. The name is a
field of the surface, or one of `surface`, `schedule`, `start`, `seed`, `lr` (a factor on every rate), `rule` (one more rule
on every run), `penalty` (none, l1, l2 or both on the right, of the strength that the left has) and `optimizers` (the slots
that run on the right; the others run on the left). `view2` is what the right picture shows, where its window is another.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import numpy as np

from app.experiment import (
    LR,
    MAX_RULES,
    Experiment,
    Pick,
    Run,
    Value,
    View,
    as_text,
    changed,
    checked_start,
    from_point,
    most_steps,
    optimizer_of,
    parse_pick,
    parse_view,
    rule_of,
    schedule_of,
    seen,
    shown,
    start_of,
    surface_of,
    too_many,
    view_text,
    wished,
)
from app.labels import compact, label_of, number_of, value_words, within
from app.news import TITLE
from core.entry import Entry, Param
from core.words import fitting, written
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Rule
from optimizers.bases.hessian import eigen, hessian
from optimizers.bases.optimizer import gradient, loss_at
from surfaces import PENALTIES, SURFACES, Surface
from surfaces.bases.surface import Point

# What can differ beside the fields of the surface, and how it is called.
BESIDE = {
    "surface": "Surface",
    "schedule": "Schedule",
    "optimizers": "Optimizers",
    "lr": "Learning rates",
    "penalty": "Penalty",
    "rule": "A rule",
    "start": "Start",
    "seed": "Seed",
}
FACTOR = Param(
    "factor", 3.0, 0.001, 1000.0, label="rates times", scale="log", help="On every learning rate, on the right."
)
SEED = Param("seed", 1, 0, 2**31 - 1)
PENALTY = Param("penalty", "none", choices=("none", "l1", "l2", "both"))
# What each of them stands for, and how strong it is where the left scene does not say.
HELD = {"none": (), "l1": ("l1",), "l2": ("l2",), "both": PENALTIES}
STRENGTH = 1.0
# These decide themselves where the runs of the right scene begin.
OWN_START = {"surface", "start", "initialization", "draw"}
HINT = "vs must be a name and a value, like loss~cross_entropy"


@dataclass(frozen=True)
class Comparison:
    """The left scene, the name of what differs, and its value on the right as it stands in a link."""

    left: Experiment
    name: str
    value: str
    view2: View | None = None

    def query(self) -> dict[str, str]:
        """The link's parameters; `parse_comparison` gives the comparison back."""
        query = self.left.query() | {"vs": f"{self.name}~{self.value}"}
        return query | ({"view2": view_text(self.view2)} if self.view2 else {})

    @property
    def scenes(self) -> tuple[Experiment, Experiment]:
        """Both experiments. Where they are of one model under two normalizations the start is mapped from left to right."""
        left, right = self._pair
        return left, replace(right, view=left.view if self.one_view else self.view2)

    @property
    def one_view(self) -> bool:
        """Whether both pictures show the same part of the plane, because their windows are the same."""
        left, right = self._pair
        return seen(left).window == seen(right).window

    def viewed(self, scene: int, view: View | None) -> Self:
        """The same with another part of the plane seen in the left picture (0) or the right one (1), or in both."""
        if scene and not self.one_view:
            return replace(self, view2=view)
        return replace(self, left=replace(self.left, view=view))

    def bounded(self) -> tuple[Self, str]:
        """The same with as many steps as both scenes have, and a sentence if those are fewer."""
        pair = self.asked
        most = most_steps(pair)
        if self.left.steps <= most:
            return self, ""
        return replace(self, left=replace(self.left, steps=most)), too_many(pair, most)

    @property
    def asked(self) -> tuple[Experiment, Experiment]:
        """Both experiments, with the steps and the starts of the left one or their own."""
        left = self.left
        if self.name == "optimizers":
            slots = {int(slot) for slot in self.value.split("~")}
            ours, theirs = (tuple(r for r in left.runs if (r.slot in slots) is there) for there in (False, True))
            return replace(left, runs=ours), replace(left, runs=theirs)
        return left, _apply(left, self.name, self.value).suited()[0]

    @property
    def _pair(self) -> tuple[Experiment, Experiment]:
        asked = self.asked
        # Both are computed for one page, and stand on one clock.
        steps = min(self.left.steps, most_steps(asked))
        left, right = (one if one.steps == steps else replace(one, steps=steps) for one in asked)
        if self.name == "optimizers":
            return left, right
        here, there = surface_of(left.surface), surface_of(right.surface)
        own_start = self.name in OWN_START or (hasattr(there, "full") and left.start is None)
        if not own_start and here is not there:
            here_start, there_start = common_start(here, there, np.array(start_of(left)), fixed=left.start is not None)
            left = left if here_start == start_of(left) else replace(left, start=here_start)
            right = replace(right, start=there_start)
        return left, right

    def begun_at(self, scene: int, start: tuple[float, float]) -> Self:
        """The same with its runs begun at a place in the left scene (0) or the right one (1).

        A place in the right one is mapped to the left, unless starts are what differs; ValueError, in words, where the right
        scene's runs begin where it says by itself.
        """
        if scene == 0:
            return self.with_left(from_point(self.left, start))
        if self.name == "start":
            return replace(self, value="~".join(as_text(v) for v in start))
        if self.name in OWN_START:
            raise ValueError(
                "On the right the runs begin where that side says by itself. Click in the left picture, or compare starts."
            )
        left, right = (surface_of(one.surface) for one in self.scenes)
        x, y = left.from_raw_weights(right.raw_weights(np.array(start))).tolist()
        return self.with_left(from_point(self.left, (x, y)))

    def with_left(self, left: Experiment) -> Self:
        """The same difference from another left scene; where it makes no sense there, another one."""
        try:
            new = replace(self, left=left)
            new.check()
        except ValueError:
            name, value = first_difference(left)
            return replace(self, left=left, name=name, value=value, view2=None)
        # The right picture may be of another surface now, which nobody has looked about in.
        kept = [seen(one.scenes[1]).window for one in (self, new)]
        return new if kept[0] == kept[1] else replace(new, view2=None)

    def check(self) -> None:
        """Raise ValueError, with what is allowed, where the difference makes no sense."""
        if self.name == "optimizers":
            slots = {str(run.slot) for run in self.left.runs}
            wanted = self.value.split("~")
            if not set(wanted) < slots or len(set(wanted)) < len(wanted):
                some = ", ".join(sorted(slots))
                raise ValueError(
                    f"vs=optimizers must name some, but not all, of the runs {some}; got {shown(self.value)}"
                )
        else:
            _apply(self.left, self.name, self.value)


def common_start(here: Surface, there: Surface, start: np.ndarray, fixed: bool) -> tuple[Point, Point]:
    """A start and the same one on another surface. Unless it is fixed it is brought nearer until both pictures show it."""
    (x0, x1), (y0, y1) = here.window
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    for share in (1.0,) if fixed else (1.0, 0.8, 0.6, 0.45, 0.3, 0.2):
        ours = centre + share * (start - centre) if share < 1 else start
        theirs = there.from_raw_weights(here.raw_weights(ours))
        if all(low < value < high for (low, high), value in zip(there.window, theirs, strict=True)):
            break
    (x, y), (u, v) = ours.tolist(), theirs.tolist()
    return (x, y), (u, v)


def _apply(left: Experiment, name: str, value: str) -> Experiment:
    """The left experiment with one thing changed; ValueError, in people's words, where that cannot be."""
    if name == "surface":
        right = replace(left, surface=_picked(value, SURFACES), start=None)
    elif name == "schedule":
        right = replace(left, schedule=_picked(value, SCHEDULES))
    elif name == "rule":
        rule = _picked(value, RULES)
        runs = [
            replace(run, rules=(*(r for r in run.rules if r.slug != rule.slug), rule)[:MAX_RULES]) for run in left.runs
        ]
        right = replace(left, runs=tuple(runs))
    elif name == "lr":
        factor = FACTOR.parse(value)
        assert isinstance(factor, float)
        right = replace(left, runs=tuple(scaled(run, factor) for run in left.runs))
    elif name == "start":
        try:
            x, y = (float(part) for part in value.split("~"))
        except ValueError:
            raise ValueError(f"vs=start must be two numbers, like start~-1.5~2; got {shown(value)}") from None
        right = replace(left, start=checked_start(x, y))
    elif name == "penalty":
        right = replace(left, surface=penalised(left.surface, PENALTY.parse(value)))
    elif name == "seed":
        seed = SEED.parse(value)
        assert isinstance(seed, int)
        right = replace(left, seed=seed)
    else:
        fields = surface_fields(left)
        if name not in fields:
            allowed = ", ".join([*fields, *BESIDE])
            raise ValueError(f"{shown(name)} cannot differ here; it must be one of {allowed}")
        new = changed(left.surface, SURFACES[left.surface.slug], name, fields[name].parse(value))
        right = replace(left, surface=new, start=None if name in OWN_START else left.start)
    return right


def penalised(surface: Pick, kinds: Value) -> Pick:
    """A surface with these penalties and no others, each as strong as it was, or as the other was."""
    entry = SURFACES[surface.slug]
    now = {p.name: float(str(surface[p])) for p in entry.params() if p.name in PENALTIES}
    strength = max(now.values()) or STRENGTH
    values = {name: now[name] or strength for name in HELD[str(kinds)]}
    return Pick.of(entry, {**dict(surface.without(*PENALTIES).fields), **values})


def penalty_of(surface: Pick) -> str:
    """Which penalties a surface has: none, l1, l2 or both."""
    now = tuple(name for name in PENALTIES if dict(surface.fields).get(name))
    return next(kinds for kinds, names in HELD.items() if names == now)


def scaled(run: Run, factor: float) -> Run:
    """A run at another rate, within what rates may be."""
    return replace(run, lr=float(f"{min(max(run.lr * factor, LR.low), LR.high):.6g}"))


def _picked(value: str, registry: Mapping[str, Any]) -> Pick:
    pick, complaints = parse_pick(value, registry)
    if pick is None or complaints:
        raise ValueError(" ".join(complaints))
    return pick


def surface_fields(left: Experiment) -> dict[str, Param]:
    """The fields of the left scene's surface, by name, in which two scenes may differ: a text that is typed is none."""
    declared = SURFACES[left.surface.slug].params_with(dict(left.surface.fields))
    return {p.name: p for p in declared if p.checks is None}


def first_difference(left: Experiment) -> tuple[str, str]:
    """A difference that is worth a look on the left scene's surface: its other loss, a normalization, else twice the rates."""
    for name, value in (("loss", "cross_entropy"), ("loss", "mse"), ("normalization", "standardize")):
        fields = surface_fields(left)
        if name in fields and value in fields[name].choices and left.surface[fields[name]] != value:
            return name, value
    return "lr", "2"


def differing(left: Experiment) -> dict[str, str]:
    """What can differ on the left scene's surface, and how it is called."""
    own = [p for p in surface_fields(left).values() if len(p.options) != 1]
    first = ("loss", "normalization", "batch_size")
    own.sort(key=lambda p: (p.name in PENALTIES, first.index(p.name) if p.name in first else len(first)))
    names = {p.name: (p.label or p.name.replace("_", " ")) for p in own}
    return {key: label[:1].upper() + label[1:] for key, label in {**names, **BESIDE}.items()}


def first_value(left: Experiment, name: str) -> tuple[Experiment, str]:
    """A value for the right that differs from the left one, and the left scene that it needs."""
    if name == "optimizers":
        if len(left.runs) == 1:
            slot = left.free_slot()
            assert slot is not None
            left = left.with_run(replace(left.runs[0], slot=slot))
        half = left.runs[(len(left.runs) + 1) // 2 :]
        return left, "~".join(str(run.slot) for run in half)
    if name == "start":
        (x0, x1), (y0, y1) = seen(left).window
        x, y = start_of(left)
        # The other side of the picture.
        u, v = (min(max(a + b - c, a), b) for a, b, c in ((x0, x1, x), (y0, y1, y)))
        return left, f"{as_text(round(u, 3))}~{as_text(round(v, 3))}"
    plain = {
        "surface": "himmelblau" if left.surface.slug != "himmelblau" else "rosenbrock",
        "schedule": "cosine" if left.schedule.slug != "cosine" else "constant",
        "lr": "3",
        "rule": "clip_norm",
        "penalty": "l2" if penalty_of(left.surface) == "l1" else "l1",
        "seed": str(left.seed + 1),
        "batch_size": "10" if left.surface.slug != "one_neuron" else "2",
        "normalization": "standardize",
    }
    fields = surface_fields(left)
    if name not in fields:
        return left, plain[name]
    p, now = fields[name], left.surface[fields[name]]
    if name in plain and as_text(now) != plain[name]:
        return left, plain[name]
    if p.options:
        return left, next(option for option in p.options if option != now)
    if p.kind is bool:
        return left, as_text(not now)
    low, high = p.shown or (p.low, p.high)
    middle = (low * high) ** 0.5 if p.scale == "log" else (low + high) / 2
    other = next(v for v in (middle, high, low) if v != now)
    return left, as_text(p.kind(float(f"{other:.3g}")))


def values_of(comparison: Comparison) -> tuple[str, str]:
    """What differs, in words on either side; `differing` says what it is that does."""
    left, right = comparison.scenes
    ours, theirs = _value(left, comparison, 0), _value(right, comparison, 1)
    if ours == theirs and left != right and (entries := _entries(left, right, comparison.name)):
        # The same entry on both sides: what parts them is a field of it.
        ours, theirs = (f"{ours}, {_fields(*entries, side)}" for side in (0, 1))
    return ours, theirs


def _entries(left: Experiment, right: Experiment, name: str) -> tuple[type[Entry], Pick, Pick] | None:
    """The entry that either side has in place of the other's, with the fields of each; None where none has."""
    if name == "schedule":
        return SCHEDULES[left.schedule.slug], left.schedule, right.schedule
    if name == "surface":
        return SURFACES[left.surface.slug], left.surface, right.surface
    if name == "optimizers":
        pairs = ((run.optimizer, other.optimizer) for run, other in zip(left.runs, right.runs, strict=False))
        return next(((OPTIMIZERS[a.slug], a, b) for a, b in pairs if a.slug == b.slug and a != b), None)
    return None


def _fields(entry: type[Entry], left: Pick, right: Pick, side: int) -> str:
    """The fields in which two picks of an entry differ, with the values that one side has."""
    pick = (left, right)[side]
    held = entry.params_with(dict(left.fields) | dict(right.fields))
    return ", ".join(f"{within(label_of(p))} {value_words(p, pick[p])}" for p in held if left[p] != right[p])


def _value(scene: Experiment, comparison: Comparison, side: int) -> str:
    name = comparison.name
    if name == "surface":
        return SURFACES[scene.surface.slug].name
    if name == "schedule":
        return SCHEDULES[scene.schedule.slug].name
    if name == "optimizers":
        names = [OPTIMIZERS[run.optimizer.slug].name for run in scene.runs]
        return ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} others"
    if name == "lr":
        return f"times {compact(FACTOR.parse(comparison.value))}" if side else "as set"
    if name == "rule":
        slug = comparison.value.split("~")[0]
        ruled = any(rule.slug == slug for run in scene.runs for rule in run.rules)
        return RULES[slug].name if side else "as set" if ruled else "without"
    if name == "penalty":
        return value_words(PENALTY, penalty_of(scene.surface))
    if name == "start":
        x, y = start_of(scene)
        return f"({written(x, 3)}, {written(y, 3)})"
    if name == "seed":
        return str(scene.seed)
    p = next(p for p in SURFACES[scene.surface.slug].params() if p.name == name)
    return value_words(p, scene.surface[p])


def words_of(comparison: Comparison) -> tuple[tuple[str, str], tuple[str, str]]:
    """The title of each side, and a sentence beneath it, of at most as many letters as a title has room for."""
    sides = []
    for i, (scene, value) in enumerate(zip(comparison.scenes, values_of(comparison), strict=True)):
        sides.append((_title(scene, comparison.name, value), fitting(TITLE, *_consequences(scene, comparison, i))))
    return sides[0], sides[1]


def _title(scene: Experiment, name: str, value: str) -> str:
    match name:
        case "surface" | "schedule" | "optimizers":
            return value
        case "lr":
            return f"Rates {value}"
        case "rule":
            return {"as set": "Rules as set", "without": "Without the rule"}.get(value, value)
        case "penalty":
            return "No penalty" if value == "none" else f"{value} penalty"
        case "start":
            return f"From {value}"
        case "seed":
            return f"Seed {value}"
        case "batch_size":
            return "All points at once" if value == "all" else f"Batches of {value}"
    p = next(p for p in SURFACES[scene.surface.slug].params() if p.name == name)
    alone = isinstance(scene.surface[p], str)
    return value[:1].upper() + value[1:] if alone else f"{label_of(p)} {value}"


def _consequences(scene: Experiment, comparison: Comparison, side: int) -> list[str]:
    """What a side's value makes of it, in its own numbers: sentences, the fullest first."""
    surface: Any = seen(scene)
    name = comparison.name
    number = getattr(surface, "condition_number", None)
    if name == "normalization" and number:
        kappa = f"Condition number {written(number, 3)}"
        # Contours at a condition number of 4 are twice as long as wide, at 25 five times.
        form = "not far from round" if number < ROUND else "long and narrow" if number > LONG else ""
        return [f"{kappa}: {form}.", f"{kappa}."] if form else [f"{kappa}."]
    if name == "batch_size":
        n = len(surface.split[0])
        whole = sum(OPTIMIZERS[run.optimizer.slug].row_by_row for run in scene.runs)
        if whole and 0 < surface.batch_size < n:
            one = f"Each step sees {surface.batch_size} of {n} points"
            return (
                [f"Every step sees all {n} points."]
                if whole == len(scene.runs)
                else [f"{one}, SciPy's all.", f"{one}."]
            )
        return [f"Each step sees {surface.batch_size if 0 < surface.batch_size < n else 'all'} of {n} points."]
    if name == "held_out" and hasattr(surface, "split"):
        train, held = (len(rows) for rows in surface.split)
        return [f"Trains on {train} of {train + held} points."]
    if name == "schedule":
        return [_course(scene)]
    if name == "lr":
        times = number_of(FACTOR.parse(comparison.value)) if side else 1.0
        if times == 1:
            return ["The rates as set."]
        pairs = zip(scene.runs, comparison.left.runs, strict=True)
        if not all(math.isclose(run.lr, ours.lr * times, rel_tol=1e-5) for run, ours in pairs):
            return [f"{written(times, 3)} times the rates, as far as they may go."]
        return [
            f"Every rate {written(times, 3)} times as high."
            if times > 1
            else f"Every rate at {written(times, 3)} of what is set."
        ]
    if name == "rule":
        rule = RULES[comparison.value.split("~")[0]]
        having = sum(any(one.slug == rule.slug for one in run.rules) for run in scene.runs)
        if side:
            if not having and rule.plane_only and hasattr(surface, "full"):
                return [f"{rule.name} is left out: here all weights move."]
            if not having:
                return [f"{rule.name} finds no room."]
            # A method that asks for no gradient does not meet what is done to it.
            deaf = rule.coupled is Rule.coupled and rule.position is Rule.position and rule.touches is Rule.touches
            having -= deaf and sum(
                OPTIMIZERS[run.optimizer.slug].gradient_free and any(one.slug == rule.slug for one in run.rules)
                for run in scene.runs
            )
            of_all = "every run" if having == len(scene.runs) else f"{having or 'none'} of {len(scene.runs)} runs"
            return [f"{rule.name} acts on {of_all}.", f"It acts on {of_all}."]
        return [f"{rule.name} as set, on {having} of {len(scene.runs)} runs." if having else f"Without {rule.name}."]
    if name == "optimizers":
        own = [optimizer_of(run.optimizer) for run in scene.runs]
        each = [f"{one.short or one.name} at {compact(run.lr)}" for one, run in zip(own, scene.runs, strict=True)]
        some = [f"{', '.join(each[:k])} and {len(each) - k} more." for k in (3, 2, 1) if k < len(each)]
        return [", ".join(each) + ".", *some]
    if name == "seed":
        return _draws(scene)
    field = next((p for p in surface.params() if p.name == name), None)
    if field is not None and field.when is not None:
        other = next(p for p in surface.params() if p.name == field.when[0])
        if scene.surface[other] not in field.when[1].split():
            return [f"{_title(scene, name, _value(scene, comparison, side))} changes nothing here."]
    if name == "dropout":
        chance = f"{written(100 * surface.dropout, 3)} %"
        return [f"Each hidden unit is left out with a chance of {chance}.", f"Dropout with a chance of {chance}."]
    start = np.array(start_of(scene))
    # Of a network all weights, not only their way along the plane.
    slope = surface.full.grad(*surface.lift(start)) if hasattr(surface, "full") else surface.grad(*start.tolist())
    norm = written(float(np.hypot.reduce(slope)), 2, smallest=1e-3)
    if name in ("penalty", *PENALTIES) and surface.minima:
        x, y = surface.minima[0]
        lowest = f"Lowest at ({written(x, 3)}, {written(y, 3)})"
        return [f"{lowest}, slope {norm} at the start.", f"{lowest}."]
    shape = _shape(surface)
    return [*([f"{shape}: slope {norm} at the start."] if shape else []), f"Slope {norm} at the start."]


def _course(scene: Experiment) -> str:
    """What a schedule makes of the rates that are set."""
    kind = SCHEDULES[scene.schedule.slug]
    if kind.watches_loss:
        return "Rates fall once the loss gets no better."
    rates = np.array([schedule_of(scene.schedule, run).rates(scene.steps) for run in scene.runs])
    each = rates / [[run.lr] for run in scene.runs]
    if np.allclose(each, 1):
        return "Rates stay as they are set."
    shares = each[0]
    if not np.allclose(each, shares, rtol=1e-3):
        # What ends at a rate of its own is another share of each.
        last_ones = rates[:, -1]
        ends = list(dict.fromkeys(written(float(end), 3) for end in (last_ones.min(), last_ones.max())))
        return f"Rates end at {ends[0]}{f' to {ends[-1]}' if len(ends) > 1 else ', whatever is set'}."
    last, highest = f"{written(100 * float(shares[-1]), 2)} %", int(np.argmax(shares))
    if shares[highest] > 1.001 * shares[0]:
        return f"Rates are highest at step {highest}, and end at {last}."
    return f"Rates end at {last} of what is set."


def _draws(scene: Experiment) -> list[str]:
    """What a seed decides."""
    surface: Any = surface_of(scene.surface)
    model = getattr(surface, "full", surface)
    drawn = ["what a step sees"] if getattr(model, "sampled", False) else []
    slugs = {rule.slug: rule for run in scene.runs for rule in run.rules if noisy(rule)}
    drawn += [RULES[slug].name for slug in slugs]
    if not drawn:
        return [f"Nothing is drawn here: seed {scene.seed} changes nothing."]
    return [f"Drawn with seed {scene.seed}: {', '.join(drawn)}.", f"What is drawn is drawn with seed {scene.seed}."]


def noisy(rule: Pick) -> bool:
    """Whether what a rule does depends on the seed."""
    built, g = rule_of(rule), np.array([0.7, -1.3])
    ways = [
        [
            (built.gradient(g, g, t, (seed, t, 0)).tolist(), np.array(built.touches(t, (seed, t, 0))).tolist())
            for t in range(1, 20)
        ]
        for seed in (0, 1)
    ]
    return ways[0] != ways[1]


# A slope that is that small a share of the steepest in the picture is flat, one that large is steep.
FLAT, STEEP = 0.05, 0.3
# A valley whose condition number is below the one is not far from round, and above the other long.
ROUND, LONG = 4.0, 10.0


@lru_cache(maxsize=256)
def _shape(surface: Surface) -> str:
    """What a loss does where a model is most wrong, or that it curves up everywhere in its picture; "" for neither.

    Where it is most wrong the data say, penalties apart, which are no part of how wrong an answer is.
    """
    if hasattr(surface, "full"):
        return ""
    low, high = np.array(surface.window, dtype=float).T
    places = np.stack(np.meshgrid(*np.linspace(low, high, 21).T), axis=-1).reshape(-1, 2)
    with np.errstate(all="ignore"):
        slopes = np.hypot.reduce(gradient(surface, places), axis=-1)
        heights = loss_at(surface.plain, places)
        # A difference across the tip of |x|, which curves up by itself, is no curvature.
        least, most = eigen(hessian(surface.plain, places) + surface.l2 * np.eye(2))[0].T
    if not np.isfinite(slopes + heights + least).all() or not np.ptp(heights):
        return ""
    wrong = float(slopes[np.argmax(heights)] / slopes.max())
    if surface.model and not FLAT < wrong < STEEP:
        return "Flat where most wrong" if wrong < FLAT else "Steep where most wrong"
    # Differences of slopes have some digits only: what is flat to them may curve down.
    return "Curves up everywhere" if np.all(least > 1e-6 * np.abs(most).max()) else ""


def parse_comparison(query: Mapping[str, Sequence[str]]) -> tuple[Comparison, list[str]]:
    """The comparison that a link asks for, and a sentence for each part that could not be taken."""
    if not query:
        return FIRST_COMPARISON, []
    given = {key: values for key, values in query.items() if key not in ("vs", "view2")}
    left, complaints = wished(given) if given else (FIRST_COMPARISON.left, [])
    left, words = left.suited()
    complaints += [words] if words else []
    text = query["vs"][-1][:400] if query.get("vs") else ""
    view2 = parse_view("view2", query["view2"][-1], complaints) if query.get("view2") else None
    name, _, value = text.partition("~")
    comparison = Comparison(left, name, value, view2)
    if not text:
        comparison = Comparison(left, *first_difference(left), view2)
    else:
        try:
            if not value:
                raise ValueError(f"{HINT}; got {shown(text)}")
            comparison.check()
        except ValueError as error:
            complaints.append(f"{error}. Another difference is shown instead.")
            comparison = Comparison(left, *first_difference(left))
    comparison, words = comparison.bounded()
    return comparison, complaints + ([words] if words else [])


# The lecture's claims, one link each.
EXAMPLES = {
    "Plain descent is stuck under MSE": Comparison(
        Experiment(
            Pick("three_class"),
            Pick("constant"),
            (
                Run(1, Pick("sgd"), 1.0),
                Run(2, Pick("momentum"), 0.2),
                Run(3, Pick("rmsprop"), 0.15),
                Run(4, Pick("adam"), 0.4),
            ),
            steps=100,
        ),
        "loss",
        "cross_entropy",
    ),
    "Normalization makes the valley rounder": Comparison(
        Experiment(
            Pick("linear_regression"),
            Pick("constant"),
            (Run(1, Pick("sgd"), 0.2), Run(4, Pick("adam"), 0.3)),
            start=(-2.0, 2.4),
            steps=60,
        ),
        "normalization",
        "standardize",
    ),
    "Adagrad by the mean bursts without decay": Comparison(
        Experiment(
            Pick("rosenbrock", (("b", 5.0),)),
            Pick("constant"),
            (Run(1, Pick("composed", (("direction", "gradient"), ("scale", "rms_all"))), 0.2),),
            start=(-1.5, 2.0),
            steps=250,
        ),
        "schedule",
        "inverse_sqrt",
    ),
}
# What the page shows at first.
FIRST_COMPARISON = next(iter(EXAMPLES.values()))
