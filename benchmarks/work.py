"""What links ask of the server as `app.work` counts it, and what they take: the dearest of a random sweep, one by one, cold.

A time is processor time of one answer: a link parsed and its message packed (or its run taken apart), with every cache of
ours empty. The sweep is drawn anew from a fixed seed, so that two machines are asked for the same.
"""

import functools
import gc
import random
import time
import warnings
from collections.abc import Mapping
from statistics import median
from typing import Any

import numpy as np

from app import work
from app.comparison import parse_comparison
from app.dissection import dissection_bytes
from app.experiment import Experiment, as_text, parse
from app.player import Scene, message
from app.views.compare import scenes
from core.entry import Entry, Param
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from optimizers.bases.optimizer import gradient
from surfaces import SURFACES

LINKS = 200
DEAREST = 8
ASKED = 999_999
# Where half of the sweep is: what is known to be dear.
DEAR = {
    "surface": [
        "two_layer~data_set~iris~normalization~batch~dropout~0.5~held_out~0.3",
        "two_layer~data_set~iris~normalization~batch~batch_size~10~held_out~0.3",
        "softmax~l1~0.1~l2~0.1",
        "softmax~normalization~batch~batch_size~10~held_out~0.3~l1~0.1",
        "logistic_regression~normalization~batch~batch_size~10~held_out~0.3~loss~mse",
        "recurrent_cliff~l1~0.1",
        "levy",
        "saddle",
        "bowl",
    ],
    "run": ["gradient_flow", "cg", "bfgs", "nelder_mead", "line_search", "newton", "sam", "prodigy", "adam", "sgd"],
}
Link = dict[str, str]


def value_of(p: Param, draw: random.Random) -> str:
    """Any value that a field allows, as it stands in a link."""
    if p.options:
        return str(draw.choice(p.options))
    if p.kind is bool:
        return draw.choice(("true", "false"))
    if p.kind is tuple:
        return "10-20"
    low, high = p.shown or (p.low, p.high)
    value = low * (high / low) ** draw.random() if p.scale == "log" else draw.uniform(low, high)
    return as_text(p.kind(float(f"{value:.4g}")))


def drawn(registry: Mapping[str, type[Entry]], draw: random.Random, without: str = "") -> str:
    """An entry with some of its fields set, as it stands in a link."""
    slug = draw.choice(sorted(registry))
    inside = {p.name: draw.choice(sorted(map(str, p.options))) for p in registry[slug].holds()}
    fields = [p for p in registry[slug].params_with(inside) if p.name not in inside and p.name != without]
    chosen = inside | {p.name: value_of(p, draw) for p in fields if draw.random() < 0.3}
    return "~".join([slug, *(part for pair in chosen.items() for part in pair)])


def sweep(count: int, seed: int = 1) -> list[tuple[work.PageName, Link]]:
    """Links to all three pages, each asking for more steps than there are; half of them of what is dear."""
    draw, links = random.Random(seed), []
    pages: tuple[work.PageName, ...] = ("playground", "compare", "dissect")
    for i in range(count):
        dear, page = i % 2 == 1, pages[i % 3]
        link = {"surface": draw.choice(DEAR["surface"]) if dear else drawn(SURFACES, draw), "steps": str(ASKED)}
        link["schedule"] = "constant" if dear else drawn(SCHEDULES, draw, "lr")
        for slot in range(1, draw.choice((1, 1, 2, 4, 8)) + 1):
            method = draw.choice(DEAR["run"]) if dear else drawn(OPTIMIZERS, draw)
            slug, *fields = method.split("~")
            rate = f"~lr~{10 ** draw.uniform(-4, 2):.3g}" if draw.random() < 0.5 else ""
            link[f"r{slot}"] = "~".join([slug + rate, *fields])
            for k in range(1, draw.choice((0, 0, 1, 4)) + 1):
                link[f"r{slot}.{k}"] = drawn(RULES, draw)
        if draw.random() < 0.5:
            link["start"] = f"{draw.uniform(-3, 3):.3g}~{draw.uniform(-3, 3):.3g}"
        if page == "compare":
            other = f"surface~{draw.choice(sorted(SURFACES))}"
            link["vs"] = draw.choice(("lr~3", "seed~5", "penalty~both", "rule~noise", other))
        links.append((page, link))
    return links


def promised(page: work.PageName, link: Link) -> tuple[float, int]:
    """Microseconds that are counted for a link, and its steps."""
    query = {key: [value] for key, value in link.items()}
    whole, steps = asked(page, query)
    return sum((one.work_on(page) for one in whole), work.Work()).of(steps), steps


def asked(page: work.PageName, query: Mapping[str, list[str]]) -> tuple[tuple[Experiment, ...], int]:
    """The scenes that a link asks for, and the steps that it is given."""
    if page == "compare":
        comparison, _ = parse_comparison(query)
        return comparison.asked, comparison.left.steps
    experiment, _ = parse(query)[0].bounded(page)
    return (experiment,), experiment.steps


def answer(page: work.PageName, link: Link) -> bytes:
    """What the server answers to a link."""
    query = {key: [value] for key, value in link.items()}
    if page == "compare":
        comparison, _ = parse_comparison(query)
        return message(tuple(scenes(comparison)), comparison.left.runs[0].slot, "", page)
    experiment, _ = parse(query)[0].bounded(page)
    if page == "dissect":
        return dissection_bytes(experiment.query() | {"run": str(experiment.runs[0].slot)})
    return message((Scene(experiment),), experiment.runs[0].slot)


def forget() -> None:
    """Empty every cache that depends on a link; what is compiled once for each method stays."""
    for one in gc.get_objects():
        if isinstance(one, functools._lru_cache_wrapper) and one.cache_parameters()["maxsize"] is not None:
            module: Any = one.__module__ or ""
            if module.split(".")[0] in ("app", "surfaces", "optimizers"):
                one.cache_clear()


def taken(page: work.PageName, link: Link) -> tuple[float, int]:
    """Microseconds of processor time that a link's answer takes from nothing, and its bytes."""
    forget()
    start = time.process_time()
    size = len(answer(page, link))
    return 1e6 * (time.process_time() - start), size


def gradients() -> str:
    """What a gradient takes, as surfaces say, and as it is measured."""
    lines = [
        "| a gradient, µs | two floats: said, taken | one place: said, taken | each further place: said, taken |",
        "|---|---|---|---|",
    ]
    for slug in sorted(SURFACES):
        surface: Any = SURFACES[slug]()
        model, start = getattr(surface, "full", surface), np.array(surface.start)
        place = (surface.lift(start) if model is not surface else start)[None]
        many = np.repeat(place, 500, axis=0)
        x, y = (float(v) for v in start)

        def least(call: Any, times: int) -> float:
            each = []
            for _ in range(5):
                begun = time.process_time()
                for _ in range(times):
                    call()
                each.append(1e6 * (time.process_time() - begun) / times)
            return min(each)

        with np.errstate(all="ignore"):
            of_floats = least(lambda s=surface, x=x, y=y: s.grad(x, y), 200)
            of_one = least(lambda m=model, p=place: gradient(m, p), 100)
            of_many = least(lambda m=model, p=many: gradient(m, p), 4) / len(many)
        said = surface.cost
        cells = [f"{a:.3g}, {b:.3g}" for a, b in zip(said, (of_floats, of_one, of_many), strict=True)]
        lines.append(f"| {slug} | {' | '.join(cells)} |")
    return "\n".join(lines)


def table() -> str:
    """Both tables: what gradients take, and the dearest links."""
    warnings.simplefilter("ignore")
    links = sweep(LINKS)
    for page, link in links[:3]:
        taken(page, link)
    rows = []
    for page, link in links:
        (count, steps), (spent, size) = promised(page, link), taken(page, link)
        rows.append((spent, count, steps, size, page, link))
    rows.sort(key=lambda row: -row[0])
    shares = sorted(row[0] / row[1] for row in rows)
    lines = [
        gradients(),
        "",
        f"| the dearest of {LINKS} links | steps | counted, s | taken, s | message, kB |",
        "|---|---|---|---|---|",
    ]
    for spent, count, steps, size, page, link in rows[:DEAREST]:
        runs = ", ".join(link[key].split("~")[0] for key in link if key.startswith("r") and "." not in key)
        words = f"{page}, {link['surface']}: {runs}" + (f", vs {link['vs']}" if "vs" in link else "")
        lines.append(f"| {words} | {steps} | {count / 1e6:.2f} | {spent / 1e6:.2f} | {size / 1000:.0f} |")
    lines += [
        "",
        f"Of all {LINKS}: taken / counted {median(shares):.2f} (least to most {shares[0]:.2f} to {shares[-1]:.2f}); "
        f"{sum(row[0] > work.SECOND for row in rows)} took more than a second; the largest message "
        f"{max(row[3] for row in rows) / 1000:.0f} kB. Each asks for {ASKED} steps and has the most there may be.",
    ]
    return "\n".join(lines)
