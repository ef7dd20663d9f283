"""One experiment: a frozen value of numbers, strings and tuples that fits in a link, and its simulation.

A link reads `?surface=bowl~condition~12&schedule=cosine&r1=sgd~lr~0.155&r2=adam~lr~0.3&start=-4~3&steps=120&seed=0`:
a slug, then names and values of the fields that differ from their defaults, all parted by `~`, which no browser escapes.
The run's number is its slot: its colour and marker for life. `r1.1`, `r1.2` and so on are its rules, in their order.
"""

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self

import numpy as np

from app import work
from core.entry import Entry, Param
from core.words import typed, written
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Optimizer, Path, Rule, Schedule, run
from optimizers.bases.hessian import hessian
from optimizers.bases.optimizer import Differentiable
from optimizers.loop.run import judge_together, on_the_plane
from surfaces import SURFACES, Surface

Value = float | int | bool | str | tuple[int, ...] | tuple[float, ...]
# What part of the plane is seen: x from, x to, y from, y to.
View = tuple[float, float, float, float]

SLOTS = range(1, 9)
MAX_STEPS = work.MOST_STEPS
# As wide as a window would be in which a network's weights move.
NETWORK_WIDTH = 5.0
MAX_COORDINATE = 1e6
# Positions are sent as float32. A view is at least so wide, as a share of its coordinates' size, that a pixel is wider than
# the step from one such number to the next; around 0 it is at least so wide.
NARROWEST_SHARE, NARROWEST = 1e-4, 1e-6
# A start that would have the picture more than so many times as wide as the window is left outside.
WIDEST = 100.0
# So much of the picture is left free around such a start.
MARGIN = 0.06
# Fields that make another model of a surface.
MODELS = ("regression",)
# Rules that one run may have.
MAX_RULES = 4
# The longest value that is read: a rule, and so much more that one that is too long is told so.
LONGEST = 440
# The rate belongs to each run; the rest of a schedule's fields are shared.
SHARED = frozenset({"lr"})


@dataclass(frozen=True)
class Pick:
    """An entry of a registry and those of its fields that are off their defaults, in the order of declaration."""

    slug: str
    fields: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, entry: type[Entry], values: Mapping[str, Value]) -> Self:
        """The pick of `entry` with `values`, checked; ValueError as the entry's declaration has it."""
        kept = []
        for p in entry.params_with(values):
            if p.name in values:
                p.check(values[p.name])
                value = p.kept(values[p.name])
                if value != p.default:
                    kept.append((p.name, value))
        return cls(entry.slug, tuple(kept))

    def __getitem__(self, p: Param) -> Value:
        """The value of a field, its default included."""
        return dict(self.fields).get(p.name, p.default)

    def without(self, *names: str) -> Self:
        """The same with these fields, and those of the entries they hold, at their defaults."""
        kept = [field for field in self.fields if field[0].partition(".")[0] not in names]
        return replace(self, fields=tuple(kept))

    @property
    def text(self) -> str:
        """As it stands in a link."""
        return "~".join([self.slug, *(part for name, value in self.fields for part in (name, as_text(value)))])


@dataclass(frozen=True)
class Run:
    """One racer: its slot (1 to 8), its optimizer, its learning rate and its rules, in the order in which they act."""

    slot: int
    optimizer: Pick
    lr: float
    rules: tuple[Pick, ...] = ()

    @property
    def text(self) -> str:
        """As it stands in a link, the rate always named."""
        return "~".join([self.optimizer.slug, "lr", as_text(self.lr), *self.optimizer.text.split("~")[1:]])


@dataclass(frozen=True)
class Experiment:
    """All that decides what is seen. `start` None is the surface's own.

    `view` is the part of the plane that the picture shows, None where that is the window; nothing is computed from it.
    """

    surface: Pick
    schedule: Pick
    runs: tuple[Run, ...]
    start: tuple[float, float] | None = None
    steps: int = 120
    seed: int = 0
    view: View | None = None

    def query(self) -> dict[str, str]:
        """The link's parameters; `parse` gives the experiment back."""
        query = {"surface": self.surface.text, "schedule": self.schedule.text}
        for racer in self.runs:
            query[f"r{racer.slot}"] = racer.text
            query |= {f"r{racer.slot}.{k}": rule.text for k, rule in enumerate(racer.rules, 1)}
        if self.start is not None:
            query["start"] = "~".join(as_text(v) for v in self.start)
        query |= {"steps": str(self.steps), "seed": str(self.seed)}
        return query | ({"view": view_text(self.view)} if self.view else {})

    def free_slot(self) -> int | None:
        """The lowest slot that no run has."""
        return next((slot for slot in SLOTS if slot not in {run.slot for run in self.runs}), None)

    def with_run(self, new: Run) -> Self:
        """The same with one run put in its slot."""
        others = [run for run in self.runs if run.slot != new.slot]
        return replace(self, runs=tuple(sorted([*others, new], key=lambda run: run.slot)))

    def suited(self) -> tuple[Self, str]:
        """The same with what its surface can do: no rule that means nothing to it, no batch of one under batch
        normalization; and a sentence if that changed it.
        """
        fields = dict(self.surface.fields)
        if fields.get("normalization") == "batch" and fields.get("batch_size") == 1:
            two = changed(self.surface, SURFACES[self.surface.slug], "batch_size", 2)
            rest, words = replace(self, surface=two).suited()
            return rest, f"Batch size: 2, because under batch normalization one point has no variance. {words}".strip()
        if not hasattr(SURFACES[self.surface.slug], "full"):
            return self, ""
        kept = tuple(replace(r, rules=tuple(p for p in r.rules if not RULES[p.slug].plane_only)) for r in self.runs)
        if kept == self.runs:
            return self, ""
        gone = {RULES[p.slug].name for r in self.runs for p in r.rules if RULES[p.slug].plane_only}
        words = f"{', '.join(sorted(gone))}: left out, because here all weights move, not x and y."
        return replace(self, runs=kept), words

    def bounded(self, page: work.PageName = "playground") -> tuple[Self, str]:
        """The same within the bound on work, without rules that mean nothing to its surface; a sentence if that changed it."""
        suited, words = self.suited()
        most = most_steps((suited,), page)
        if suited.steps <= most:
            return suited, words
        return replace(suited, steps=most), f"{words} {too_many((suited,), most, page)}".strip()

    def work_on(self, page: work.PageName = "playground") -> work.Work:
        """What the experiment asks of the server on a page; on "dissect" the dearest of its runs is taken apart too."""
        surface, schedule = surface_of(self.surface), SCHEDULES[self.schedule.slug]
        runs = [
            work.of_run(surface, optimizer_of(run.optimizer), schedule, [RULES[rule.slug] for rule in run.rules])
            for run in self.runs
        ]
        # A network's plane is laid by runs from its initial weights.
        ran = sum(runs, work.Work()) * (2 if hasattr(surface, "full") and again(self) else 1)
        if page == "dissect":
            ran += max(runs, key=lambda run: run.step) + work.Work(0.0, work.APART)
        return work.of_surface(surface) + ran


def most_steps(scenes: Sequence[Experiment], page: work.PageName = "playground") -> int:
    """The most steps that the runs of a page's scenes may have: together their work fits into a second."""
    whole = sum((scene.work_on(page) for scene in scenes), work.Work())
    return work.most_steps(whole, sum(len(scene.runs) for scene in scenes))


def too_many(scenes: Sequence[Experiment], most: int, page: work.PageName = "playground") -> str:
    """That the runs of a page's scenes have fewer steps than were asked for, and what makes these dear."""
    racers = [run for scene in scenes for run in scene.runs]
    rules = {RULES[rule.slug].name for run in racers for rule in run.rules}
    methods = [OPTIMIZERS[run.optimizer.slug] for run in racers]
    named = sorted({kind.name for kind in methods if not kind.coordinatewise})
    named += sorted(name[:1].lower() + name[1:] for name in rules)
    dear = f" with {', '.join(named)}" if len(named) <= 3 and named else ""
    places = {SURFACES[scene.surface.slug].name: surface_of(scene.surface) for scene in scenes}
    far = [name for name, surface in places.items() if surface.cost.call > Surface.cost.call]
    where = f" on {' and '.join(far)}" if far else ""
    apart = ", taken apart," if page == "dissect" else ""
    if len(racers) == 1:
        return f"1 run{dear}{where}{apart} has at most {most} steps, so the steps are {most}."
    both = " in both pictures" if len(scenes) > 1 else ""
    return f"{len(racers)} runs{both}{dear}{where}{apart} have at most {most} steps each, so the steps are {most}."


def as_text(value: Value) -> str:
    """A value as it stands in a link; floats keep every digit."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        # Of floats, each of which may have a sign: "-2_2_-1_3".
        floats = any(isinstance(v, float) for v in value)
        return "_".join(map(as_text, value)) if floats else "-".join(map(str, value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def default_runs(surface: Surface, start: tuple[float, float]) -> tuple[Run, ...]:
    """Those of the first picture, each at a rate that suits the surface."""
    return tuple(replace(run, lr=suggested(run.optimizer, surface, start)) for run in FIRST.runs)


# What a newcomer sees: in a curved ravine plain gradient descent crawls, and the others carry it off.
FIRST = Experiment(
    surface=Pick("rosenbrock"),
    schedule=Pick("constant"),
    runs=(
        Run(1, Pick("sgd"), 0.0035),
        Run(2, Pick("momentum"), 0.0025),
        Run(3, Pick("rmsprop"), 0.025),
        Run(4, Pick("adam"), 0.15),
    ),
    steps=240,
)


def parse(query: Mapping[str, Sequence[str]]) -> tuple[Experiment, list[str]]:
    """The experiment that a link's parameters ask for, and a sentence for each part that could not be taken as it stands."""
    asked, complaints = wished(query)
    experiment, words = asked.bounded()
    return experiment, complaints + ([words] if words else [])


def wished(query: Mapping[str, Sequence[str]]) -> tuple[Experiment, list[str]]:
    """The same with as many steps as are asked for, however many."""
    complaints: list[str] = []
    if not query:
        return FIRST, complaints
    given = {key: values[-1] for key, values in query.items() if values}
    run_keys = {f"r{slot}": slot for slot in SLOTS}
    rule_keys = {key: [f"{key}.{k}" for k in range(1, MAX_RULES + 1)] for key in run_keys}
    known = {"surface", "schedule", "start", "steps", "seed", "view", *run_keys}
    # Rules of a run that is not there have nothing to act on.
    known |= {name for key, names in rule_keys.items() if key in given for name in names}
    complaints += [f"{shown(key)} is not a parameter of a link." for key in given if key not in known]

    surface, _ = _pick(given.get("surface", FIRST.surface.text), SURFACES, FIRST.surface, complaints)
    schedule, _ = _pick(
        given.get("schedule", FIRST.schedule.text), SCHEDULES, FIRST.schedule, complaints, shared_only=True
    )
    start = _start(given["start"], complaints) if "start" in given else None
    steps = _steps(given.get("steps", str(FIRST.steps)), complaints)
    seed = _whole("seed", given.get("seed", "0"), 0, 2**31 - 1, 0, complaints)
    view = parse_view("view", given["view"], complaints) if "view" in given else None

    built = surface_of(surface)
    runs = []
    for key, slot in run_keys.items():
        if key in given:
            pick, lr = _pick(given[key], OPTIMIZERS, None, complaints)
            rules: dict[str, Pick] = {}
            for name in rule_keys[key]:
                rule = _pick(given[name], RULES, None, complaints)[0] if name in given else None
                if rule is not None and rule.slug in rules:
                    complaints.append(f"{rule.slug} stands twice among the rules of {key}; the first is used.")
                elif rule is not None:
                    rules[rule.slug] = rule
            if pick is not None:
                lr = lr or suggested(pick, built, start)
                runs.append(Run(slot, pick, lr, tuple(rules.values())))
    if not runs:
        runs = list(default_runs(built, start or built.start))
    return Experiment(surface, schedule, tuple(runs), start, steps, seed, view), complaints


def parse_pick(text: str, registry: Mapping[str, type[Entry]]) -> tuple[Pick | None, list[str]]:
    """The entry that stands in a link as `text`, None if there is no such one, and a sentence for each part not taken."""
    complaints: list[str] = []
    pick, _ = _pick(text, registry, None, complaints)
    return pick, complaints


def shown(text: str) -> str:
    """Foreign text, quoted and cut to a bearable length."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _pick(
    text: str, registry: Mapping[str, type[Entry]], fallback: Any, complaints: list[str], shared_only: bool = False
) -> tuple[Any, float | None]:
    """A pick from `slug~name~value...`, and a run's `lr` if it is named; what is broken is left out and complained about."""
    slug, *rest = text.split("~")
    entry = registry.get(slug)
    if entry is None:
        what = "that run" if registry is OPTIMIZERS else "that rule" if registry is RULES else "it"
        instead = f"{fallback.slug} is shown instead" if fallback else f"{what} is left out"
        complaints.append(f"{shown(slug)} is unknown; {instead}.")
        return fallback, None
    pairs = list(zip(rest[::2], [*rest[1::2], ""], strict=False))
    # Which entry a field holds, or which letters a formula has, decides which fields there are.
    offered = {p.name: p.options for p in entry.holds()}
    chosen = {name: value for name, value in pairs if name not in offered or value in offered[name]}
    declared = {p.name: p for p in entry.params_with(chosen) if not (shared_only and p.name in SHARED)}
    if registry is OPTIMIZERS:
        declared["lr"] = LR
    values: dict[str, Value] = {}
    for name, value in pairs:
        if name not in declared:
            complaints.append(f"{shown(name)} is not a field of {slug}.")
            continue
        try:
            values[name] = declared[name].parse(value[: max(LONGEST, declared[name].longest)])
        except ValueError as error:
            complaints.append(f"{error}; the default is used.")
    lr = values.pop("lr", None)
    try:
        return Pick.of(entry, values), lr if isinstance(lr, float) else None
    except ValueError as error:
        complaints.append(f"{error}; the defaults are used.")
        return Pick(slug), None


def _start(text: str, complaints: list[str]) -> tuple[float, float] | None:
    """The start from `x~y`, None where that is not two finite numbers of bearable size."""
    try:
        return checked_start(*(float(part) for part in text.split("~")))
    except (ValueError, TypeError):
        complaints.append(
            f"start must be two numbers of at most {written(MAX_COORDINATE)} in size, like -1.5~2; got {shown(text)}, "
            "so the surface's own start is used."
        )
        return None


def checked_start(x: float, y: float) -> tuple[float, float]:
    """The start (x, y); ValueError unless both are finite and of bearable size."""
    if not (abs(x) <= MAX_COORDINATE and abs(y) <= MAX_COORDINATE):
        most = written(MAX_COORDINATE)
        raise ValueError(f"start must be two numbers of at most {most} in size; got {written(x)}, {written(y)}")
    return float(x), float(y)


def checked_view(x0: float, x1: float, y0: float, y1: float) -> View:
    """A part of the plane; ValueError unless it rises, is of bearable size and wide enough to be drawn."""
    (x0, y0), (x1, y1) = checked_start(x0, y0), checked_start(x1, y1)
    for low, high in ((x0, x1), (y0, y1)):
        least = max(NARROWEST, NARROWEST_SHARE * max(abs(low), abs(high)))
        if not high - low >= least:
            raise ValueError(
                f"a view must rise, and be at least {written(least)} wide there; got {written(low)} to {written(high)}"
            )
    return x0, x1, y0, y1


def view_text(view: View) -> str:
    """A view as it stands in a link."""
    return "~".join(as_text(v) for v in view)


def parse_view(name: str, text: str, complaints: list[str]) -> View | None:
    """The view from `x0~x1~y0~y1`, None and a sentence where that is none."""
    try:
        return view_from(text, name)
    except ValueError as error:
        complaints.append(f"{error}; the whole window is shown.")
        return None


def view_from(text: str, name: str = "view") -> View:
    """The view from `x0~x1~y0~y1`; ValueError, in words, where that is none."""
    try:
        return checked_view(*(float(part) for part in text.split("~")))
    except (ValueError, TypeError):
        raise ValueError(
            f"{name} must be x0~x1~y0~y1, rising, of at most {written(MAX_COORDINATE)} in size and not too narrow to be "
            f"drawn; got {shown(text)}"
        ) from None


def view_of(experiment: Experiment) -> tuple[tuple[float, float], tuple[float, float]]:
    """What the picture shows: the view, or the window, grown in its shape until it takes in the start."""
    if experiment.view:
        x0, x1, y0, y1 = experiment.view
        return (x0, x1), (y0, y1)
    window, start = seen(experiment).window, start_of(experiment)
    if all(low <= place <= high for (low, high), place in zip(window, start, strict=True)):
        return window
    ends = []
    for (low, high), place in zip(window, start, strict=True):
        reach = max(high, place) - min(low, place)
        # Free room on the start's side alone: on the other the window ends as it always does.
        ends.append(reach * (1 + MARGIN) if reach > high - low else reach)
    times = max(end / (high - low) for end, (low, high) in zip(ends, window, strict=True))
    if times > WIDEST:
        return window
    grown = []
    for (low, high), place in zip(window, start, strict=True):
        more = (high - low) * (times - 1)
        below = more if place < low else 0.0 if place > high else more / 2
        # Exactly the window's own end on the side that does not grow.
        grown.append((low - below, high + (more - below)))
    return grown[0], grown[1]


def _whole(name: str, text: str, low: int, high: int, default: int, complaints: list[str]) -> int:
    """A whole number from a link."""
    try:
        value = Param(name, default, low, high).parse(text[:40])
        return int(value) if isinstance(value, int) else default
    except ValueError as error:
        complaints.append(f"{error}; {default} is used.")
        return default


def _steps(text: str, complaints: list[str]) -> int:
    """The steps from a link; too many of them are no broken part, but bounded later, with the reason."""
    if text.isascii() and text.isdecimal() and len(text) <= LONGEST and int(text) > MAX_STEPS:
        return int(text)
    return _whole("steps", text, 1, MAX_STEPS, FIRST.steps, complaints)


# Whom "+" offers, those first that do not race yet.
NEWCOMERS = ("sgd", "momentum", "rmsprop", "adam", "adagrad", "nesterov", "adamw", "lion", "composed", "lbfgs")
MOST_OFFERS = 6


def with_rate(experiment: Experiment, slot: int, rate: str | float) -> Experiment:
    """The experiment with one run's rate set; ValueError, in the label's words, where that is none."""
    value = RATE.parse(typed(rate)[:LONGEST]) if isinstance(rate, str) else rate
    RATE.check(value)
    (run,) = (run for run in experiment.runs if run.slot == slot)
    return experiment.with_run(replace(run, lr=float(value)))  # type: ignore[arg-type]


def offers(experiment: Experiment) -> list[str]:
    """The methods that "+" offers: those that do not race yet, and none where there is no slot for them."""
    racing = {run.optimizer.slug for run in experiment.runs}
    free = experiment.free_slot() is not None
    return [slug for slug in NEWCOMERS if slug not in racing and free][:MOST_OFFERS]


LR = next(p for p in SCHEDULES["constant"].params() if p.name == "lr")
# The same under the name that a person reads.
RATE = replace(LR, name=LR.label)


@lru_cache(maxsize=256)
def surface_of(pick: Pick) -> Surface:
    """The surface itself; one object each, so that what it computes from its data is computed once."""
    return SURFACES[pick.slug].built(dict(pick.fields))


@lru_cache(maxsize=256)
def optimizer_of(pick: Pick) -> Optimizer:
    """The optimizer itself."""
    return OPTIMIZERS[pick.slug].built(dict(pick.fields))


@lru_cache(maxsize=256)
def rule_of(pick: Pick) -> Rule:
    """The rule itself."""
    return RULES[pick.slug].built(dict(pick.fields))


def seen(experiment: Experiment) -> Surface:
    """The surface as the experiment shows it: where it is a plane through a network's weights, the one along its own runs."""
    surface = surface_of(experiment.surface)
    if not hasattr(surface, "through"):
        return surface
    # The plane is laid by the runs from the initial weights, wherever these begin, or a start would depend on itself.
    fields = tuple(field for field in experiment.surface.fields if field != ("initialization", "point"))
    own = replace(experiment, surface=Pick(experiment.surface.slug, fields), start=None, view=None)
    return _through(surface, own)


@lru_cache(maxsize=64)
def _through(surface: Surface, experiment: Experiment) -> Surface:
    own = surface_of(experiment.surface)
    paths = _paths(own, experiment, own.start)
    return surface.through([path.full.theta for path in paths if path.full is not None])  # type: ignore[attr-defined]


def start_of(experiment: Experiment) -> tuple[float, float]:
    """Where the runs begin."""
    surface = seen(experiment)
    x, y = placed(surface, np.array(experiment.start or surface.start, dtype=float)).tolist()
    return x, y


def placed(surface: Surface, places: np.ndarray) -> np.ndarray:
    """Places (..., 2) to begin at; of a curve those on it, whatever their y."""
    return places * (1.0, 0.0) + 0.0 if surface.line else places


def simulate(experiment: Experiment, *, passing: Container[int] = ()) -> tuple[Path, ...]:
    """The path of every run, in the order of `runs`. Where one control moved, only what it touches is run again.

    The runs in the slots `passing` are looked at for a moment only, and must not push out what others still need.
    """
    surface = seen(experiment)
    if again(experiment) or surface is surface_of(experiment.surface):
        paths = _paths(surface, experiment, start_of(experiment), passing)
        judge_together(paths)
        return paths
    # The runs that the plane was laid by, seen on it.
    own = surface_of(experiment.surface)
    laid_by = zip(experiment.runs, _paths(own, experiment, own.start), strict=True)
    return tuple(_seen_on(surface, path, racer.optimizer) for racer, path in laid_by)


def again(experiment: Experiment) -> bool:
    """Whether the runs of a network begin elsewhere than those that its plane is laid by, which are run beside them."""
    return experiment.start is not None or dict(experiment.surface.fields).get("initialization") == "point"


@lru_cache(maxsize=256)
def _seen_on(surface: Surface, path: Path, optimizer: Pick) -> Path:
    """A network's path on another plane."""
    return path if path.full is None else on_the_plane(surface, path.full, optimizer_of(optimizer))


def _paths(
    surface: Surface, experiment: Experiment, start: tuple[float, float], passing: Container[int] = ()
) -> tuple[Path, ...]:
    searching = sum(optimizer_of(run.optimizer).asks > 0 for run in experiment.runs)
    spare = work.spare(experiment.work_on(), experiment.steps, searching) if searching else 0.0
    schedule, steps, seed = experiment.schedule, experiment.steps, experiment.seed
    # What does not search is the same whatever is spare, and is remembered as that.
    return tuple(
        (_path if run.slot in passing else _kept_path)(
            surface, schedule, run, start, steps, seed, spare if optimizer_of(run.optimizer).asks else 0.0
        )
        for run in experiment.runs
    )


def _path(
    surface: Surface,
    schedule: Pick,
    racer: Run,
    start: tuple[float, float],
    steps: int,
    seed: int,
    spare: float,
) -> Path:
    """One run's path; `spare` are the microseconds that its searches may have beside what was counted."""
    rules, optimizer = [rule_of(rule) for rule in racer.rules], optimizer_of(racer.optimizer)
    most = work.evaluations(surface, optimizer, steps, spare)
    return run(surface, optimizer, schedule_of(schedule, racer), start, steps, rules, seed, evaluations=most)


_kept_path = lru_cache(maxsize=256)(_path)


def schedule_of(schedule: Pick, racer: Run) -> Schedule:
    """The schedule with the run's own rate."""
    return _schedule_at(schedule, racer.lr)


@lru_cache(maxsize=256)
def _schedule_at(schedule: Pick, rate: float) -> Schedule:
    shared: dict[str, Any] = dict(schedule.fields)
    return SCHEDULES[schedule.slug](lr=rate, **shared)


def from_point(experiment: Experiment, start: tuple[float, float]) -> Experiment:
    """The experiment begun at a point; where initial weights were drawn, they are not any more."""
    surface = experiment.surface
    if any(p.name == "initialization" for p in SURFACES[surface.slug].params()):
        surface = changed(surface, SURFACES[surface.slug], "initialization", "point")
    return replace(experiment, surface=surface, start=start)


def suggested(optimizer: Pick, surface: Surface, start: tuple[float, float] | None = None) -> float:
    """The rate on offer for a method, from a start (None: the surface's own): the first picture's, else one that suits."""
    begin = start or surface.start
    first = {run.optimizer: run.lr for run in FIRST.runs}
    if surface is surface_of(FIRST.surface) and begin == surface.start and optimizer in first:
        return first[optimizer]
    # Rounded, so that of the many starts of a drag few are looked at.
    return _suggested(optimizer, surface, (float(f"{begin[0]:.3g}"), float(f"{begin[1]:.3g}")))


@lru_cache(maxsize=4096)
def _suggested(optimizer: Pick, surface: Surface, start: tuple[float, float]) -> float:
    return suggested_rate(optimizer_of(optimizer), surface, start)


def subject(surface: Pick) -> tuple[Any, ...]:
    """What makes a surface another one, whatever its numbers: its kind, its model, and what somebody typed or brought."""
    own = SURFACES[surface.slug].params()
    written = {p.name for p in own if (p.checks and p.kind is str) or p.name in MODELS}
    return surface.slug, *(field for field in surface.fields if field[0] in written)


def on_surface(experiment: Experiment, surface: Pick, start: tuple[float, float] | None) -> Experiment:
    """The experiment on another surface, or on the same with other fields, begun at `start` (None: the surface's own).

    A run whose rate was on offer has the one that is on offer there; a rate that somebody set stays while the surface is the
    same, and says nothing about another. A view stays where the window does.
    """
    old, new = surface_of(experiment.surface), surface_of(surface)
    same = subject(experiment.surface) == subject(surface)

    def suited(run: Run) -> Run:
        on_offer = {suggested(run.optimizer, old, begin) for begin in (experiment.start, None)} if same else {run.lr}
        return replace(run, lr=suggested(run.optimizer, new, start)) if run.lr in on_offer else run

    view = experiment.view if same and old.window == new.window else None
    return replace(experiment, surface=surface, start=start, runs=tuple(map(suited, experiment.runs)), view=view)


def suggested_rate(optimizer: Optimizer, surface: Surface, start: tuple[float, float]) -> float:
    """A rate at which the optimizer shows something on the surface, to two digits.

    Where the gradient's size cancels out of the step, a share of the window; else, unless one rate fits all, a share of
    1/curvature, the largest met on the way from the start towards the window's centre (which may be a tip).
    """
    (x0, x1), (y0, y1) = surface.window
    if optimizer.rate_unit == "one":
        return optimizer.rate
    model: Any = getattr(surface, "full", None)
    if optimizer.rate_unit == "window":
        # The weights of a network are of about one size, whatever the plane through them shows.
        width = NETWORK_WIDTH if model else max(x1 - x0, y1 - y0)
        rate = optimizer.rate * width / 10
    else:
        rate = optimizer.rate / max(_steepest(surface, start), 1e-3)
    rate = min(max(rate, 1e-5), 10.0)
    digits = 1 - math.floor(math.log10(rate))
    return round(rate, digits)


@lru_cache(maxsize=1024)
def _steepest(surface: Surface, start: tuple[float, float]) -> float:
    """The largest curvature met on the way from a start towards the window's centre, for all methods."""
    (x0, x1), (y0, y1) = surface.window
    model: Any = getattr(surface, "full", None)
    s = np.linspace(0, 1, 8, endpoint=False)[:, None]
    places = np.array(start) + s * (np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - np.array(start))
    lifted = surface.lift(places) if model else places  # type: ignore[attr-defined]
    return _curvature(model or surface, lifted)


def _curvature(surface: Differentiable, places: np.ndarray) -> float:
    """The largest size of the Hessian (Frobenius) at places (B, 2); at places (B, D) of a network the median of its norm."""
    with np.errstate(all="ignore"):
        h = hessian(surface, places)
        if places.shape[-1] == 2:
            return float(np.nanmax(np.sqrt((h**2).sum(axis=(1, 2))), initial=0.0))
        # Over many weights one steep place says little of the way, and the Frobenius norm adds up what is no one direction's.
        return float(np.nanmedian(np.abs(np.linalg.eigvalsh(h[np.isfinite(h).all(axis=(1, 2))])).max(axis=-1)))


def changed(pick: Pick, entry: type[Entry], name: str, value: Value) -> Pick:
    """The pick with one field set."""
    return Pick.of(entry, {**dict(pick.fields), name: value})
