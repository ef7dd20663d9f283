"""One run taken apart for the screen: the lines of its method, their numbers at every step, and a sentence for each step.

A dissection is fetched by its address when it is looked at, so that a page that does not show it costs nothing more. It is
packed like the player's messages: a JSON head, and float32 numbers. These are, for T steps: `shape` (T), which of the head's
shapes each step has; theta (2 (T+1)), the gradient, the same after the rules, direction, scale and decay (2 T each), the rate
(T); the way downhill, the same after the rules and the direction as arrows in the picture (2 T each); and for each of the
head's quantities its two numbers at every step (2 T).
"""

import inspect
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path as File
from typing import Any

import numpy as np

import optimizers
from app.experiment import Experiment, Run, optimizer_of, parse, rule_of, schedule_of, seen, simulate
from app.packing import packed
from core.entry import Entry
from optimizers import RULES, SCHEDULES, Optimizer, Path, Rule
from optimizers.anatomy import Anatomy, dissect
from optimizers.latex import number

ROOT = File(optimizers.__file__).parents[1]


def dissection_bytes(query: Mapping[str, str]) -> bytes:
    """The dissection of the run whose slot is `run` in the experiment that the rest of `query` names; ValueError if none is."""
    slot = query.get("run", "")
    experiment, complaints = parse({key: [value] for key, value in query.items() if key != "run"})
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
    direction = whole.m if path.full is None else whole.m @ shown.surface.laid.directions.T
    own = (whole.theta, whole.grad[:-1], whole.used, whole.m, whole.sigma, whole.decay)
    of_two = [array[:, list(anatomy.coordinates)] for array in own]
    arrows = [-shown.grad[:-1], -shown.used, -direction]
    return [anatomy.shape, *of_two, whole.lr, *arrows, anatomy.values]


def _head(experiment: Experiment, run: Run, path: Path, anatomy: Anatomy) -> dict[str, Any]:
    optimizer, surface = optimizer_of(run.optimizer), seen(experiment)
    schedule = SCHEDULES[experiment.schedule.slug]
    coordinates = list(surface.axes)
    if path.full is not None:
        coordinates = [f"w_{{{k + 1}}}" for k in anatomy.coordinates]
    rules = [RULES[rule.slug] for rule in run.rules]
    return {
        "slot": run.slot,
        "steps": len(anatomy.shape),
        "name": optimizer.called,
        "sentence": optimizer.sentence(),
        "tex": optimizer.tex,
        "factors": optimizer.factors,
        "source": source_of(type(optimizer)),  # type: ignore[arg-type]
        "coordinates": coordinates,
        "weights": 0 if path.full is None else path.full.theta.shape[-1],
        "constants": constants(run, optimizer),
        "schedule": {"name": schedule.name, "tex": schedule.tex},
        "rules": [{"name": rule.name, "tex": rule.tex, "on": acts_on(rule)} for rule in rules],
        "quantities": [{"tex": q.symbol, "kind": q.kind} for q in anatomy.quantities],
        "lines": [vars(line) for line in anatomy.lines],
        "shapes": [vars(shape) for shape in anatomy.shapes],
        "remarks": remarks(path, surface.axes),
    }


def constants(run: Run, optimizer: Optimizer) -> list[dict[str, str]]:
    """The method's own numbers, as LaTeX, with what each of them is called and does."""
    known = []
    for p in type(optimizer).params_with(dict(run.optimizer.fields)):
        value = run.optimizer[p]
        if p.kind in (int, float) and p.tex and isinstance(value, int | float):
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


def remarks(path: Path, axes: tuple[str, str]) -> list[tuple[int, str]]:
    """What is worth saying of a step, from which step on: the first is at 0. Each sentence is about the two arrows.

    Read off the path alone: where the gradient points, where the step went.
    """
    assert path.used is not None
    downhill, moved = -path.used, np.diff(path.theta, axis=0)
    said: list[tuple[int, str]] = []
    for t, (g, step) in enumerate(zip(downhill, moved, strict=True)):
        words = remark(g, step, axes)
        if not said or said[-1][1] != words:
            said.append((t, words))
    return said


def remark(downhill: np.ndarray, step: np.ndarray, axes: tuple[str, str]) -> str:
    """A sentence on one step: the way downhill (2,) and the step (2,)."""
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
        return "it moves uphill: memory is stronger than the gradient."
    if against:
        return f"the gradient has turned in {against[0]}, the step has not yet."
    cosine = float(downhill @ step) / slope / length
    if cosine > 0.995:
        return "it goes straight down the gradient."
    flat, steep = sorted(range(2), key=lambda i: abs(downhill[i]))
    lean = abs(downhill[steep]) / max(abs(downhill[flat]), 1e-300)
    bent = abs(step[steep]) / max(abs(step[flat]), 1e-300)
    if lean > 3 and bent < lean / 2:
        times = f"{lean:.0f} times" if lean < 1000 else "far more than"
        return f"the gradient is {times} as steep in {axes[steep]}, the step leans to {axes[flat]} all the same."
    return "it bends away from the gradient."
