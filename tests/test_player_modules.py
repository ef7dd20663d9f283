"""The player's modules: each in its room, arrows one way, and they read of the server's bytes what the engine wrote."""

import base64
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.dissection import dissection_bytes
from app.experiment import Experiment, optimizer_of, parse, rule_of, schedule_of, seen, simulate, surface_of
from app.player import STATIC, Scene, message
from optimizers.explain.anatomy import dissect
from optimizers.explain.law import limit

ROOT = Path(__file__).parent.parent
MODULES = sorted(STATIC.rglob("*.js"))
# What a folder's modules may import beside their own folder's and page/dom.js; the later know the earlier.
MAY: dict[str, set[str]] = {
    "wire": set(),
    "words": {"wire"},
    "drawing": {"words"},
    "page": {"words", "drawing"},
    "pointing": {"wire", "words", "drawing", "page"},
    "time": {"drawing", "page"},
    "map": {"wire", "words", "drawing"},
    "panels": {"wire", "words", "drawing", "page", "pointing", "map"},
    "race": {"wire", "words", "drawing", "page"},
    "intake": {"wire", "drawing", "page"},
    "lesson": {"wire", "words", "drawing", "page", "pointing"},
}


# Rooms.


def name_of(path: Path) -> str:
    return path.relative_to(STATIC).as_posix()


def imported(source: str) -> Iterator[str]:
    """The paths that a module imports when it runs; types in comments are none."""
    code = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    yield from re.findall(
        r"""(?:^import|^export [^;"']*from|^import [^;"']*from)\s*["']([^"']+)["']""", code, re.MULTILINE
    )
    yield from re.findall(r"""\bimport\(\s*["']([^"']+)["']""", code)


def edges() -> dict[Path, list[Path]]:
    return {path: [(path.parent / to).resolve() for to in imported(path.read_text("utf-8"))] for path in MODULES}


def test_the_walk_sees_every_kind_of_import() -> None:
    source = (
        'import "./a.js";\nimport { b, c } from "../d/b.js";\nimport * as e from \'./e.js\';\n'
        'import {\n  f,\n  g,\n} from "./f.js";\nexport { h } from "./h.js";\nexport * from "./i.js";\n'
        'const later = () => import("./j.js");\n/** @type {import("./k.js").K} */\n/* import "./l.js"; */\n'
        'import { m } from "./m.js"; import { n } from "./m.js";\n'
    )
    assert {name[-4] for name in imported(source)} == set("abefhijm")
    assert len(MODULES) > 30
    assert sum(map(len, edges().values())) > 80


def test_every_module_has_a_room_and_every_room_a_line() -> None:
    table = re.findall(r"^\| `([a-z]+)/` \| (.+) \|$", (STATIC / "README.md").read_text("utf-8"), re.MULTILINE)
    rooms = {name for name, line in table if line.strip()}
    assert len(table) == len(rooms)
    assert rooms == {path.name for path in STATIC.iterdir() if path.is_dir()}
    assert set(MAY) == {path.parent.name for path in MODULES if path.parent != STATIC}
    assert {path.name for path in MODULES if path.parent == STATIC} == {"player.js", "picture.js"}
    assert all(path.parent.parent in (STATIC, STATIC.parent) for path in MODULES)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_arrows_run_one_way(path: Path) -> None:
    assert path.read_text("utf-8").startswith("// @ts-check\n")
    for to in edges()[path]:
        assert to.is_file(), to
        assert to.is_relative_to(STATIC), to
        if path.parent == STATIC:
            # They know the panels by the one list of them, so that a new panel is one file and a line there.
            assert to.parent.name != "panels" or to.name == "index.js", to
        else:
            assert to.parent.name in MAY[path.parent.name] | {path.parent.name} or name_of(to) == "page/dom.js", to


def test_no_module_waits_for_itself() -> None:
    left = {path: set(to) for path, to in edges().items()}
    while free := [path for path, to in left.items() if not to & left.keys()]:
        for path in free:
            del left[path]
    assert not left, sorted(map(name_of, left))


# What the browser reads.


def node(script: str, *arguments: str, given: bytes = b"") -> Any:
    """What a script beside the tests of the modules says, as JSON; rows as arrays of float32."""
    command = [str(Path(sys.executable).with_name("node")), str(ROOT / "tests" / "player" / script), *arguments]
    said = subprocess.run(command, input=given, capture_output=True, check=False)
    assert said.returncode == 0, said.stderr.decode()

    def rows(value: dict[str, Any]) -> Any:
        return np.frombuffer(base64.b64decode(value["floats"]), "<f4") if set(value) == {"floats"} else value

    return json.loads(said.stdout, object_hook=rows)


def experiment_of(query: dict[str, str]) -> Experiment:
    experiment, complaints = parse({name: [value] for name, value in query.items()})
    assert not complaints, complaints
    return experiment


# Each part of a message at least once, parts together, and what overflows.
QUERIES: dict[str, dict[str, str]] = {
    "one run": {"surface": "bowl", "r1": "sgd~lr~0.1", "steps": "7"},
    "eight runs": {"surface": "rosenbrock", **{f"r{k}": f"adam~lr~0.0{k}" for k in range(1, 9)}, "steps": "30"},
    "overflow": {"surface": "rosenbrock", "r1": "sgd~lr~5", "r2": "adam~lr~0.01", "steps": "60"},
    "rules": {
        "surface": "beale",
        "r1": "momentum~lr~0.01",
        "r1.1": "clip_norm",
        "r2": "sgd~lr~0.01",
        "r2.1": "max_norm",
    },
    "lines beside": {"surface": "bowl", "r1": "nesterov~lr~0.05", "r2": "asgd~lr~0.05", "r3": "schedule_free~lr~0.5"},
    "schedule": {"surface": "himmelblau", "schedule": "cosine", "r1": "rmsprop~lr~0.05", "r2": "adamw~lr~0.05"},
    "mini-batches": {
        "surface": "linear_regression~batch_size~8",
        "r1": "sgd~lr~0.05",
        "r2": "adam~lr~0.05",
        "steps": "40",
    },
    "held out": {"surface": "logistic_regression~batch_size~16~held_out~0.25", "r1": "sgd~lr~0.5", "r2": "adam~lr~0.1"},
    "network": {"surface": "two_layer", "r1": "adam~lr~0.05", "r2": "sgd~lr~0.1", "steps": "25"},
    "network, batches": {
        "surface": "two_layer~batch_size~8",
        "r1": "momentum~lr~0.02",
        "r1.1": "clip_norm",
        "steps": "25",
    },
}


def rows_of(experiment: Experiment, slot: int, selected: bool) -> dict[str, np.ndarray]:
    """A run's rows as the engine has them, by what the player calls them."""
    (k,) = [k for k, run in enumerate(experiment.runs) if run.slot == slot]
    run, path = experiment.runs[k], simulate(experiment)[k]
    surface: Any = seen(experiment)
    whole: Any = path.full or path
    data = surface.picture()
    rows = {
        "xy": path.theta,
        "loss": path.loss,
        "norm": np.array([math.hypot(*gradient) for gradient in whole.grad]),
        "rate": path.lr,
        "batch": path.batch_loss,
        "held": path.validation,
        "right": surface.right(whole.theta) if data is not None and data["kind"] == "regions" else None,
        "weights": None if path.full is None else surface.drawn(path.full.theta),
    }
    if any(rule.slug in ("clip_norm", "sparse") for rule in run.rules):
        rows |= {"raw": path.grad[:-1], "used": path.used}
    if selected:
        bound = limit(path)
        rows |= {"decay": path.decay, "most": bound if bound is not None and np.isfinite(bound).any() else None}
    return {name: row for name, row in rows.items() if row is not None}


def float32(row: np.ndarray) -> np.ndarray:
    """A row as it travels: flat, of single floats, what is too large as the largest."""
    largest = np.finfo(np.float32).max
    with np.errstate(over="ignore"):
        return np.clip(np.ravel(row), -largest, largest).astype(np.float32)


@pytest.mark.parametrize("name", QUERIES)
def test_the_browser_reads_of_a_message_what_the_engine_wrote(name: str) -> None:
    experiment = experiment_of(QUERIES[name])
    for selected in (None, *(run.slot for run in experiment.runs[:2])):
        (scene,) = node("decoded.js", given=message((Scene(experiment),), selected))["scenes"]
        for run in scene["runs"]:
            expected = rows_of(experiment, run["slot"], run["slot"] == selected)
            found = {key: value for key, value in run.items() if isinstance(value, np.ndarray)}
            assert set(found) - {"direction", "scale"} == set(expected)
            for key, row in expected.items():
                # The norm is a root of squares in both, but not with the same roundings.
                tolerance = 1e-6 if key == "norm" else 0
                np.testing.assert_allclose(found[key], float32(row), rtol=tolerance, err_msg=key)
            assert {"direction", "scale"} & set(found) == ({"direction", "scale"} if run["slot"] == selected else set())
            assert [len(line) for line in run["beside"]] == [len(found["xy"])] * len(run["lines"])


@pytest.mark.parametrize("slug", ["sgd", "momentum", "adam", "adamw", "rmsprop", "nesterov"])
def test_the_factors_that_the_browser_reads_make_the_steps(slug: str) -> None:
    """Position after = before - decay - rate / scale * direction, of single floats."""
    experiment = experiment_of({"surface": "bowl", "schedule": "cosine", "r1": f"{slug}~lr~0.03", "steps": "50"})
    (scene,) = node("decoded.js", given=message((Scene(experiment),), 1))["scenes"]
    (run,) = scene["runs"]
    theta, direction, scale, decay = (run[key].reshape(-1, 2) for key in ("xy", "direction", "scale", "decay"))
    made = theta[:-1] - decay - run["rate"][:, None] / scale * direction
    np.testing.assert_allclose(made, theta[1:], rtol=1e-5, atol=1e-6)
    assert np.abs(np.diff(theta, axis=0)).max() > 0.01


def test_the_browser_reads_each_of_several_scenes_and_the_batches_of_each() -> None:
    experiments = [experiment_of(QUERIES[name]) for name in ("mini-batches", "one run", "network, batches")]
    scenes = node("decoded.js", given=message(tuple(map(Scene, experiments)), 2))["scenes"]
    for experiment, scene in zip(experiments, scenes, strict=True):
        for run, own, path in zip(scene["runs"], experiment.runs, simulate(experiment), strict=True):
            assert run["slot"] == own.slot
            np.testing.assert_array_equal(run["xy"], float32(path.theta))
            np.testing.assert_array_equal(run["rate"], float32(path.lr))
        model: Any = surface_of(experiment.surface)
        size = getattr(model, "batch_size", 0)
        assert ("batches" in scene) == bool(size)
        for t in range(1, experiment.steps + 1) if size else ():
            sampled = getattr(model, "full", model).batch(t, experiment.seed)
            row = scene["batches"].reshape(experiment.steps, size)[t - 1]
            assert row.tolist() == [*sampled.tolist(), *[-1] * (size - len(sampled))]


@pytest.mark.parametrize("name", QUERIES)
def test_the_browser_reads_of_a_run_taken_apart_what_the_engine_wrote(name: str) -> None:
    experiment = experiment_of(QUERIES[name])
    for run, path in zip(experiment.runs[:2], simulate(experiment), strict=False):
        rules = [rule_of(rule) for rule in run.rules]
        anatomy = dissect(
            path, optimizer_of(run.optimizer), schedule_of(experiment.schedule, run), rules, experiment.seed
        )
        # Its sentences ask for the signs of products that overflow.
        with np.errstate(over="ignore"):
            given = dissection_bytes({**experiment.query(), "run": str(run.slot)})
        found = node("decoded.js", "dissection", given=given)
        whole: Any = path.full or path
        of_two = list(anatomy.coordinates)
        expected = {
            "shape": anatomy.shape,
            "theta": whole.theta[:, of_two],
            "rate": whole.lr,
            "gradient": whole.grad[:-1, of_two],
            "used": whole.used[:, of_two],
            "decay": whole.decay[:, of_two],
        }
        assert (found["slot"], found["steps"]) == (run.slot, experiment.steps)
        for key, row in expected.items():
            np.testing.assert_array_equal(
                found[key] if key in found else found["factor"][key], float32(row), err_msg=key
            )
        np.testing.assert_array_equal(found["arrows"]["downhill"], float32(-path.grad[:-1]))
        np.testing.assert_array_equal(found["arrows"]["used"], float32(np.negative(path.used)))
        assert len(found["values"]) == len(found["quantities"])
        np.testing.assert_array_equal(np.concatenate([*found["values"]]), float32(anatomy.values))
