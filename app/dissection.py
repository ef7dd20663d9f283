"""One run taken apart for the screen: the lines of its method, their numbers at every step, and a sentence for each step.

A dissection is fetched by its address when it is looked at, so that a page that does not show it costs nothing more. It is
packed like the player's messages: a JSON head, and float32 numbers. These are, for T steps: `shape` (T), which of the head's
shapes each step has; theta (2 (T+1)), the gradient, the same after the rules, direction, scale and decay as the rule writes
them (2 T each), the rate (T); the way downhill, the same after the rules and the direction as arrows in the picture (2 T
each); and for each of the head's quantities its two numbers at every step (2 T).
"""

import inspect
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path as File
from typing import Any

import numpy as np

import optimizers
from app.experiment import Experiment, Run, optimizer_of, parse, rule_of, schedule_of, seen, simulate
from app.packing import packed
from core.entry import Entry
from core.words import written
from optimizers import SCHEDULES, Optimizer, Path, Rule
from optimizers.bases.optimizer import gradient
from optimizers.explain.anatomy import Anatomy, as_written, dissect
from optimizers.explain.latex import number
from optimizers.loop.ruled import Ruled

ROOT = File(optimizers.__file__).parents[1]


def dissection_bytes(query: Mapping[str, str]) -> bytes:
    """The dissection of the run whose slot is `run` in the experiment that the rest of `query` names; ValueError if none is."""
    slot = query.get("run", "")
    experiment, complaints = parse({key: [value] for key, value in query.items() if key != "run"})
    experiment, words = experiment.bounded("dissect")
    complaints += [words] if words else []
    if complaints:
        raise ValueError(" ".join(complaints))
    run = next((one for one in experiment.runs if str(one.slot) == slot), None)
    if run is None:
        raise ValueError("run must be the slot of one of the link's runs.")
    path = simulate(experiment)[experiment.runs.index(run)]
    optimizer, rules = optimizer_of(run.optimizer), [rule_of(rule) for rule in run.rules]
    anatomy = dissect(path, optimizer, schedule_of(experiment.schedule, run), rules, experiment.seed)
    return packed(_head(experiment, run, path, anatomy), _numbers(path, anatomy))


def _numbers(path: Path, anatomy: Anatomy) -> list[np.ndarray]:
    """The rows behind the head; a path that was kept whole has all of its arrays."""
    whole: Any = path.full or path
    shown: Any = path
    scaled = np.array([bool(shape.scale) for shape in anatomy.shapes])[anatomy.shape][:, None]
    m, sigma = as_written(whole.m, whole.sigma, scaled)
    direction = m if path.full is None else m @ shown.surface.laid.directions.T
    own = (whole.theta, whole.grad[:-1], whole.used, m, sigma, whole.decay)
    of_two = [array[:, list(anatomy.coordinates)] for array in own]
    arrows = [-shown.grad[:-1], -shown.used, -direction]
    return [anatomy.shape, *of_two, whole.lr, *arrows, anatomy.values]


def _head(experiment: Experiment, run: Run, path: Path, anatomy: Anatomy) -> dict[str, Any]:
    optimizer, surface = optimizer_of(run.optimizer), seen(experiment)
    schedule = SCHEDULES[experiment.schedule.slug]
    coordinates = list(surface.axes)
    if path.full is not None:
        coordinates = [f"w_{{{k + 1}}}" for k in anatomy.coordinates]
    rules = [rule_of(rule) for rule in run.rules]
    return {
        "slot": run.slot,
        "steps": len(anatomy.shape),
        "name": optimizer.called,
        "sentence": optimizer.sentence(),
        # It stands where the step cannot be written, unless it has terms that are switched off.
        "tex": "" if anatomy.left_out and not all(s.direction for s in anatomy.shapes) else optimizer.tex,
        "factors": optimizer.factors,
        "source": source_of(type(optimizer)),  # type: ignore[arg-type]
        "coordinates": coordinates,
        "weights": 0 if path.full is None else path.full.theta.shape[-1],
        "constants": constants(run, optimizer, anatomy.left_out),
        "schedule": {"name": schedule.name, "tex": schedule.tex},
        "rules": [{"name": rule.name, "tex": rule.tex, "on": acts_on(type(rule))} for rule in rules],
        "quantities": [{"tex": q.symbol, "kind": q.kind} for q in anatomy.quantities],
        "lines": [vars(line) for line in anatomy.lines],
        "shapes": [vars(shape) for shape in anatomy.shapes],
        "remarks": remarks(path, surface.axes, deeds(path, optimizer, rules, experiment.seed)),
    }


def constants(run: Run, optimizer: Optimizer, left_out: frozenset[str]) -> list[dict[str, str]]:
    """The method's own numbers, as LaTeX, with what each of them is called and does; without those of what is switched off."""
    known = []
    for p in type(optimizer).params_with(dict(run.optimizer.fields)):
        value = run.optimizer[p]
        if p.name not in left_out and p.kind in (int, float) and p.tex and isinstance(value, int | float):
            known.append(
                {"tex": f"{p.tex} = {number(value)}", "label": (p.label or p.name).replace("_", " "), "help": p.help}
            )
    return known


def acts_on(rule: type[Rule]) -> list[str]:
    """What a rule acts on: the gradient, the position, both or neither."""
    gradient = rule.gradient is not Rule.gradient or rule.touches is not Rule.touches
    acts = {"gradient": gradient, "position": rule.position is not Rule.position}
    return [what for what, does in acts.items() if does]


@lru_cache(maxsize=128)
def source_of(kind: type[Entry]) -> dict[str, str]:
    """An entry's own file: its path in the project, and its text."""
    file = File(inspect.getfile(kind))
    return {"file": file.relative_to(ROOT).as_posix(), "text": file.read_text(encoding="utf-8")}


# A part smaller than this share of the whole is not worth a word.
SMALL = 0.1


def remarks(path: Path, axes: tuple[str, str], done: Sequence[Sequence[str]] = ()) -> list[tuple[int, str]]:
    """What is worth saying of a step, from which step on: the first is at 0. Each sentence is about the two arrows.

    Read off the path alone: where the gradient points, where the step went. Before it stands what the rules have `done`.
    """
    assert path.used is not None
    downhill, moved = -path.used, np.diff(path.theta, axis=0)
    called = "the gradient" if path.batch_loss is None else "the gradient of this batch"
    said: list[tuple[int, str]] = []
    for t, (g, step) in enumerate(zip(downhill, moved, strict=True)):
        deeds = done[t] if t < len(done) else ()
        # After a rule has changed it, it is another one.
        changed = any(deed.startswith("the gradient") for deed in deeds)
        words = "; ".join([*deeds, remark(g, step, axes, "that gradient" if changed else called)])
        if not said or said[-1][1] != words:
            said.append((t, words))
    return said


def deeds(path: Path, optimizer: Optimizer, rules: Sequence[Rule], seed: int) -> list[list[str]]:
    """What the rules did in each step, each rule's deed by itself; nothing for those that changed nothing."""
    whole: Any = path.full or path
    model: Any = path.surface if path.full is None else path.surface.full  # type: ignore[attr-defined]
    axes = getattr(path.surface, "axes", ("x", "y"))
    steps = len(whole.lr)
    sampled = getattr(model, "sampled", False) and not optimizer.row_by_row
    said: list[list[str]] = [[] for _ in range(steps)]
    if not rules:
        return said
    with np.errstate(all="ignore"):
        for t, words in enumerate(said, 1):
            theta = whole.theta[t - 1][None]
            if not np.isfinite(whole.theta[t]).all():
                break
            part = model.sample(t, seed) if sampled else model
            ruled = Ruled(part, rules, t, seed)
            if whole.halt_step >= 0 and t > whole.halt_step:
                who = " and ".join(rule.name.lower() for rule in rules if rule.watches_loss)
                words.append(f"the run was stopped at step {whole.halt_step} by {who}")
                continue
            words += [f"the memory is emptied by {rule.name.lower()}" for rule in rules if rule.forgets(t)]
            before = gradient(part, theta)
            for rule, after in ruled.handed_on(before, theta):
                words += [
                    f"the gradient is {deed} by {rule.name.lower()}"
                    for deed in _changed(before[0], after[0], rule, axes)
                ]
                before = after
            row = (whole.m[t - 1][None], whole.sigma[t - 1][None], whole.decay[t - 1][None], ())
            before = optimizer.moved(theta, row, whole.lr[t - 1])
            _, held = ruled.left_out(np.zeros((1, 1), dtype=bool))
            for rule, after in ruled.put(before):
                way = float(np.linalg.norm(np.where(held, 0.0, after - before)))
                if way > ROUNDING * float(np.linalg.norm(before)):
                    words.append(f"the place is moved by {written(way, 3)} by {rule.name.lower()}")
                before = after
    clock = np.arange(steps)
    for rule in rules:
        earlier, clock = clock, rule.clock(clock)
        for begun in np.flatnonzero((clock == 0) & (earlier > 0)):
            said[begun].append(f"the schedule begins anew by {rule.name.lower()}")
    return said


# A change that is smaller, as a share, is none.
ROUNDING = 1e-9


def _changed(before: np.ndarray, after: np.ndarray, rule: Rule, axes: tuple[str, str]) -> list[str]:
    """What a gradient was made of another one, in words; nothing if nothing."""
    long, now = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    if not float(np.linalg.norm(after - before)) > ROUNDING * max(long, now):
        return []
    gone = [axes[i] for i in np.flatnonzero((before != 0) & (after == 0))] if len(before) == 2 else []
    if gone and now < long:
        return [f"left out in {' and '.join(gone)}"]
    angle = np.degrees(np.arccos(np.clip(before @ after / (long * now or 1.0), -1, 1)))
    ends = [written(length, 3) for length in (long, now)]
    lengths = [f"{rule.verb} from {ends[0]} to {ends[1]}"] if ends[0] != ends[1] else []
    turned = [f"turned by {angle:.0f}°"] if angle >= 0.5 and long > 0 else []
    return [" and ".join(lengths + turned) or f"{rule.verb} a little"]


def remark(downhill: np.ndarray, step: np.ndarray, axes: tuple[str, str], called: str = "the gradient") -> str:
    """A sentence on one step: the way downhill (2,) and the step (2,); `called` says which gradient it is."""
    slope, length = float(np.hypot(*downhill)), float(np.hypot(*step))
    if not np.isfinite(slope + length):
        return "the numbers have overflowed."
    if length == 0.0:
        return "it stays where it is." if slope else "no slope, no step."
    if slope == 0.0:
        return "there is no gradient; memory alone moves it."
    against = [
        axes[i]
        for i in range(2)
        if downhill[i] * step[i] < 0 and abs(downhill[i]) > SMALL * slope and abs(step[i]) > SMALL * length
    ]
    if len(against) == 2:
        return f"it moves uphill: memory is stronger than {called}."
    if against:
        return f"{called} has turned in {against[0]}, the step has not yet."
    cosine = float(downhill @ step) / slope / length
    if cosine > 0.995:
        return f"it goes straight down {called}."
    flat, steep = sorted(range(2), key=lambda i: abs(downhill[i]))
    lean = abs(downhill[steep]) / max(abs(downhill[flat]), 1e-300)
    bent = abs(step[steep]) / max(abs(step[flat]), 1e-300)
    if lean > 3 and bent < lean / 2:
        times = f"{lean:.0f} times" if lean < 1000 else "far more than"
        return f"{called} is {times} as steep in {axes[steep]}, the step leans to {axes[flat]} all the same."
    return f"it bends away from {called}."
