"""One run taken apart for the screen: the lines of its method, their numbers at every step, and a sentence for each step.

A dissection is fetched by its address when it is looked at, so that a page that does not show it costs nothing more. It is
packed like the player's messages: a JSON head, and float32 numbers. These are, for T steps: `shape` (T), which of the head's
shapes each step has; theta (2 (T+1)), the gradient, the same after the rules, direction, scale and decay as the rule writes
them (2 T each), the rate (T); the way downhill, the same after the rules and the direction as arrows in the picture (2 T
each); and for each of the head's quantities its two numbers at every step (2 T).
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
from app.remarks import remarks
from core.entry import Entry
from optimizers import SCHEDULES, Optimizer, Path, Rule
from optimizers.explain.anatomy import Anatomy, as_written, dissect
from optimizers.explain.latex import number

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
        "source": source_of(type(optimizer)) if optimizer.typed is None else typed_by(optimizer),  # type: ignore[arg-type]
        "coordinates": coordinates,
        "weights": 0 if path.full is None else path.full.theta.shape[-1],
        "constants": constants(run, optimizer, anatomy.left_out),
        "schedule": {"name": schedule.name, "tex": schedule.tex},
        "rules": [{"name": rule.name, "tex": rule.tex, "on": acts_on(type(rule))} for rule in rules],
        "quantities": [{"tex": q.symbol, "kind": q.kind} for q in anatomy.quantities],
        "lines": [vars(line) for line in anatomy.lines],
        "shapes": [vars(shape) for shape in anatomy.shapes],
        "remarks": remarks(path, optimizer, rules, experiment.seed),
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


def typed_by(optimizer: Any) -> dict[str, str]:
    """What somebody typed, in the place of an entry's own file."""
    return {"file": optimizer.name, "text": optimizer.text}


@lru_cache(maxsize=128)
def source_of(kind: type[Entry]) -> dict[str, str]:
    """An entry's own file: its path in the project, and its text."""
    file = File(inspect.getfile(kind))
    return {"file": file.relative_to(ROOT).as_posix(), "text": file.read_text(encoding="utf-8")}
