"""The runs of a step as its lesson calls them: what each is made of, its path and what is said of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from app.comparison import Comparison
from app.experiment import Experiment, Run, seen, simulate
from app.news import events
from lessons.model import RunName, Stage
from optimizers import Path
from surfaces import Surface


@dataclass(frozen=True, eq=False)
class Racer:
    """A named run, and the scene in which it runs."""

    name: RunName
    run: Run
    path: Path
    surface: Surface
    scene: Experiment

    @property
    def events(self) -> tuple[dict[str, Any], ...]:
        """All that the page says of the run, in order; see `app.news.events`."""
        return events(self.path, self.surface)


Racers = Mapping[str, Racer]


@lru_cache(maxsize=64)
def racers(stage: Stage, seed: int | None = None) -> Racers:
    """The runs of a stage by name, drawn with its own seed or with another one."""
    return named(stage.names, stage.scenes if seed is None else _drawn(stage, seed))


def named(names: tuple[RunName, ...], scenes: tuple[Experiment, ...]) -> Racers:
    """The runs of these scenes under these names; a name whose slot is empty is left out."""
    found = {}
    ran = [dict(zip((run.slot for run in scene.runs), simulate(scene), strict=True)) for scene in scenes]
    for name in names:
        scene = scenes[name.side]
        for run in scene.runs:
            if run.slot == name.slot:
                found[name.name] = Racer(name, run, ran[name.side][run.slot], seen(scene), scene)
    return found


def _drawn(stage: Stage, seed: int) -> tuple[Experiment, ...]:
    """The scenes with another seed."""
    asked = stage.asked
    if isinstance(asked, Comparison):
        return replace(asked, left=replace(asked.left, seed=seed)).scenes
    return (replace(asked, seed=seed),)
