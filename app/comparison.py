"""Two scenes that differ in one named thing. The link is that of the left scene and `vs`, which names the difference.

`?surface=three_class&...&vs=loss~cross_entropy`: on the right the surface's field `loss` is cross_entropy. The name is a
field of the surface, or one of `surface`, `schedule`, `start`, `seed`, `lr` (a factor on every rate), `rule` (one more rule
on every run) and `optimizers` (the slots that run on the right; the others run on the left).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from app.controls import compact, label_of, value_words
from app.experiment import (
    MAX_RULES,
    Experiment,
    Pick,
    Run,
    as_text,
    changed,
    checked_start,
    from_point,
    parse,
    parse_pick,
    seen,
    shown,
    start_of,
    surface_of,
)
from core.entry import Param
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from surfaces import PENALTIES, SURFACES, Surface
from surfaces.base import Point

# What can differ beside the fields of the surface, and how it is called.
BESIDE = {
    "surface": "Surface",
    "schedule": "Schedule",
    "optimizers": "Optimizers",
    "lr": "Learning rates",
    "rule": "A rule",
    "start": "Start",
    "seed": "Seed",
}
FACTOR = Param(
    "factor", 3.0, 0.001, 1000.0, label="rates times", scale="log", help="On every learning rate, on the right."
)
SEED = Param("seed", 1, 0, 2**31 - 1)
# These decide themselves where the runs of the right scene begin.
OWN_START = {"surface", "start", "initialization", "draw"}
HINT = "vs must be a name and a value, like loss~cross_entropy"


@dataclass(frozen=True)
class Comparison:
    """The left scene, the name of what differs, and its value on the right as it stands in a link."""

    left: Experiment
    name: str
    value: str

    def query(self) -> dict[str, str]:
        """The link's parameters; `parse_comparison` gives the comparison back."""
        return self.left.query() | {"vs": f"{self.name}~{self.value}"}

    @property
    def scenes(self) -> tuple[Experiment, Experiment]:
        """Both experiments. Where they are of one model under two normalizations the start is mapped from left to right."""
        left = self.left
        if self.name == "optimizers":
            slots = {int(slot) for slot in self.value.split("~")}
            ours, theirs = (tuple(r for r in left.runs if (r.slot in slots) is there) for there in (False, True))
            return replace(left, runs=ours), replace(left, runs=theirs)
        right, _ = _apply(left, self.name, self.value).bounded()
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
            return replace(self, left=left, name=name, value=value)
        return new

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
    elif name == "seed":
        seed = SEED.parse(value)
        assert isinstance(seed, int)
        right = replace(left, seed=seed)
    else:
        fields = {p.name: p for p in SURFACES[left.surface.slug].params()}
        if name not in fields:
            allowed = ", ".join([*fields, *BESIDE])
            raise ValueError(f"{shown(name)} cannot differ here; it must be one of {allowed}")
        new = changed(left.surface, SURFACES[left.surface.slug], name, fields[name].parse(value))
        right = replace(left, surface=new, start=None if name in OWN_START else left.start)
    return right


def scaled(run: Run, factor: float) -> Run:
    """A run at another rate, within what rates may be."""
    return replace(run, lr=float(f"{min(max(run.lr * factor, 1e-8), 1000.0):.6g}"))


def _picked(value: str, registry: Mapping[str, Any]) -> Pick:
    pick, complaints = parse_pick(value, registry)
    if pick is None or complaints:
        raise ValueError(" ".join(complaints))
    return pick


def first_difference(left: Experiment) -> tuple[str, str]:
    """A difference that is worth a look on the left scene's surface: its other loss, a normalization, else twice the rates."""
    for name, value in (("loss", "cross_entropy"), ("loss", "mse"), ("normalization", "standardize")):
        fields = {p.name: p for p in SURFACES[left.surface.slug].params()}
        if name in fields and value in fields[name].choices and left.surface[fields[name]] != value:
            return name, value
    return "lr", "2"


def differing(left: Experiment) -> dict[str, str]:
    """What can differ on the left scene's surface, and how it is called."""
    own = [p for p in SURFACES[left.surface.slug].params() if len(p.options) != 1]
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
            left, _ = left.with_run(replace(left.runs[0], slot=slot)).bounded()
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
        "seed": str(left.seed + 1),
        "batch_size": "10" if left.surface.slug != "one_neuron" else "2",
        "normalization": "standardize",
    }
    fields = {p.name: p for p in SURFACES[left.surface.slug].params()}
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


def words_of(comparison: Comparison) -> tuple[tuple[str, str], tuple[str, str]]:
    """The title of each side, and a sentence beneath it."""
    scenes, name = comparison.scenes, comparison.name
    titles = ["", ""]
    for i, scene in enumerate(scenes):
        surface = surface_of(scene.surface)
        fields = {p.name: p for p in surface.params()}
        if name == "surface":
            titles[i] = surface.name
        elif name == "schedule":
            titles[i] = SCHEDULES[scene.schedule.slug].name
        elif name == "optimizers":
            names = [OPTIMIZERS[run.optimizer.slug].name for run in scene.runs]
            titles[i] = ", ".join(names) if len(names) <= 3 else f"{names[0]} and {len(names) - 1} others"
        elif name == "lr":
            titles[i] = f"Rates times {compact(FACTOR.parse(comparison.value))}" if i else "Rates as set"
        elif name == "rule":
            titles[i] = RULES[comparison.value.split("~")[0]].name if i else "Without the rule"
        elif name == "start":
            x, y = start_of(scene)
            titles[i] = f"From ({x:.3g}, {y:.3g})".replace("-", "\u2212")
        elif name == "seed":
            titles[i] = f"Seed {scene.seed}"
        else:
            value = scene.surface[fields[name]]
            words = value_words(fields[name], value)
            alone = isinstance(value, str)
            titles[i] = words[:1].upper() + words[1:] if alone else f"{label_of(fields[name])} {words}"
            if name == "batch_size":
                titles[i] = f"Batches of {value}" if value else "All points at once"
    return tuple((title, remark_on(scene, name)) for title, scene in zip(titles, scenes, strict=True))  # type: ignore[return-value]


def remark_on(scene: Experiment, name: str) -> str:
    """A sentence on one side: what makes it what it is, in its own numbers."""
    surface: Any = seen(scene)
    number = getattr(surface, "condition_number", None)
    if name == "normalization" and number:
        shape = "nearly round" if number < 4 else "steep one way, flat the other"
        return f"Condition number {number:.3g}: {shape}."
    if name == "batch_size":
        n = len(surface.split[0])
        return f"Each step sees {surface.batch_size if 0 < surface.batch_size < n else 'all'} of {n} points."
    if name == "schedule":
        return SCHEDULES[scene.schedule.slug].sentence()
    start = np.array(start_of(scene))
    # Of a network all weights, not only their way along the plane.
    slope = surface.full.grad(*surface.lift(start)) if hasattr(surface, "full") else surface.grad(*start.tolist())
    norm = float(np.hypot.reduce(slope))
    size = f"{norm:.2g}" if 1e-3 <= norm < 1e4 else f"{norm:.1e}"
    mantissa, _, power = size.partition("e")
    if power:
        raised = str(int(power)).translate(
            str.maketrans("-0123456789", "\u207b\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079")
        )
        size = f"{mantissa}\u00d710{raised}"
    return f"{surface.remark()} Gradient at the start: {size}.".strip()


def parse_comparison(query: Mapping[str, Sequence[str]]) -> tuple[Comparison, list[str]]:
    """The comparison that a link asks for, and a sentence for each part that could not be taken."""
    first = next(iter(EXAMPLES.values()))
    if not query:
        return first, []
    given = {key: values for key, values in query.items() if key != "vs"}
    left, complaints = parse(given) if given else (first.left, [])
    text = query["vs"][-1][:400] if query.get("vs") else ""
    name, _, value = text.partition("~")
    comparison = Comparison(left, name, value)
    if not text:
        name, value = first_difference(left)
        return Comparison(left, name, value), complaints
    try:
        if not value:
            raise ValueError(f"{HINT}; got {shown(text)}")
        comparison.check()
    except ValueError as error:
        name, value = first_difference(left)
        return Comparison(left, name, value), [*complaints, f"{error}. Another difference is shown instead."]
    return comparison, complaints


# The lecture's claims, one link each.
EXAMPLES = {
    "MSE is stuck where cross-entropy arrives": Comparison(
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
    "Normalization makes the valley round": Comparison(
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
    "Adagrad bursts, and decay cures it": Comparison(
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
