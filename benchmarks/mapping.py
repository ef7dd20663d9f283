"""What docs/decisions.md says of maps and races in figures: `python -m benchmarks.mapping`."""

import time
from urllib.parse import parse_qs

import numpy as np

from maps.axes import batch
from maps.computing import refined
from maps.model import Map, parse_map
from maps.race import cost, parse_race, raced
from optimizers import run
from optimizers.loop.window import pictured
from surfaces import SURFACES

SIDE = 128
# Basins whose verdicts are looked at: whole paths against each tenth step.
BASINS = ("surface=himmelblau&r2=momentum~lr~0.01&steps=200", "surface=rosenbrock&r4=adam~lr~0.1&steps=200")
MAPS = (
    "surface=himmelblau&r2=momentum~lr~0.01&steps=200",
    "surface=bowl&start=-4~2.6&r2=momentum~lr~0.1&steps=200&map=rate~momentum&across=0.01~1",
    "surface=rosenbrock~b~20&r4=adam~lr~0.1&steps=600&map=rate~beta1",
    "surface=rosenbrock~b~20&r4=adamw~lr~0.1&steps=200&map=two~lr~weight_decay&goal=final",
    "surface=recurrent_cliff&r4=adam~lr~0.1&steps=300",
    "surface=rosenbrock&r1=lbfgs~lr~1&steps=100",
    "surface=two_layer&r4=adam~lr~0.1&steps=100",
)
EIGHT = "r1=sgd&r2=momentum&r3=rmsprop&r4=adam&r5=nesterov&r6=adagrad&r7=nadam&r8=lion"
RACES = (
    f"surface=rosenbrock~b~20&steps=600&{EIGHT}",
    f"surface=linear_regression~batch_size~4&steps=300&{EIGHT}",
    "surface=softmax&steps=200&r1=sgd&r2=momentum&r3=rmsprop&r4=adam",
    "surface=two_layer&steps=200&r1=sgd&r2=momentum&r3=rmsprop&r4=adam",
    "surface=rosenbrock~b~20&steps=100&r1=lbfgs&r2=bfgs",
)


def goals() -> str:
    """The share of each window that is within a thousandth of the lowest, by the highest loss and by the middling one."""
    lines = ["| surface | by the highest | by the middle |", "|---|--:|--:|"]
    for kind in SURFACES.values():
        surface = kind()
        picture, heights = pictured(surface), surface.grid(201)[2]
        finite = heights[np.isfinite(heights)] - picture.lowest
        high, middle = (
            100 * np.mean(finite <= 1e-3 * (top - picture.lowest)) for top in (picture.highest, picture.middle)
        )
        lines.append(f"| {surface.name} | {high:.2f} % | {middle:.2f} % |")
    return "\n".join(lines)


def looks() -> str:
    """Verdicts at each tenth step against those of whole paths: the time, the labels, the steps."""
    lines = ["| map | whole paths / each tenth step | other labels | within ten | most |", "|---|--:|--:|--:|--:|"]
    for text in BASINS:
        asked = _map(f"{text}&size={SIDE}")
        made = batch(asked.scene(), {})
        starts = np.stack(np.meshgrid(asked.columns, asked.rows), axis=-1).reshape(-1, 2)
        asked_of = (made.surface, made.optimizer, made.schedule)
        steps = asked.experiment.steps
        began = time.thread_time()
        quick = run(*asked_of, starts, steps, keep="last")
        after = time.thread_time()
        whole = [run(*asked_of, starts[k : k + 1024], steps) for k in range(0, len(starts), 1024)]
        status = np.concatenate([path.status for path in whole])
        times = (time.thread_time() - after) / (after - began)
        late = np.concatenate([path.stop_step for path in whole]) - quick.stop_step
        late = late[(status == quick.status) & (status != "running")]
        within = 100 * np.mean((late <= 0) & (late > -10))
        lines.append(f"| {text} | {times:.1f} | {np.sum(status != quick.status)} | {within:.0f} % | {late.max()} |")
    return "\n".join(lines)


def maps() -> str:
    """How fine maps become within their budget."""
    lines = ["| map | finest | arrive | steps 5, 50, 95 % |", "|---|---|--:|---|"]
    for text in MAPS:
        *_, shown = refined(_map(text))
        steps = ", ".join(f"{step:.0f}" for step in shown.quantiles(0.05, 0.5, 0.95))
        lines.append(f"| {text} | {shown.words} | {shown.reached:.1f} % | {steps} |")
    return "\n".join(lines)


def races() -> str:
    """What fair races find within their budget."""
    lines = ["| race | best rate, median of steps | cost |", "|---|---|---|"]
    for text in RACES:
        race, _ = parse_race(parse_qs(f"schedule=constant&{text}"))
        standings = list(raced(race))
        each = "; ".join(f"{one.name} {one.rate:.4g}, {one.steps}" for one in standings)
        lines.append(f"| {text} | {each} | {cost(race, standings)} |")
    return "\n".join(lines)


def _map(text: str) -> Map:
    asked, complaints = parse_map(parse_qs(f"schedule=constant&{text}"))
    assert not complaints
    return asked


if __name__ == "__main__":
    for part in (goals, looks, maps, races):
        print(part(), flush=True)
        print()
