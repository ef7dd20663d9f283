"""What is said of a step is so: each sentence is worked out anew, from the path and from the same method begun anew there."""

import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app.experiment import Pick, suggested
from app.remarks import Again, remark, remarks
from optimizers import OPTIMIZERS, RULES, Path, run
from optimizers.bases.optimizer import gradient
from surfaces import SURFACES

STEPS = 40
PLACES = {
    "bowl": None,
    "himmelblau": None,
    "rosenbrock": None,
    "saddle": (-1.0, 1.0),
}


@pytest.mark.parametrize(
    ("downhill", "step", "words"),
    [
        ((1.0, 2.0), (0.1, 0.2), "straight down"),
        ((1.0, -2.0), (0.1, 0.2), "in y it goes against the gradient."),
        ((-1.0, 2.0), (0.1, 0.2), "in x it goes against the gradient."),
        ((-1.0, -2.0), (0.1, 0.2), "it goes against the gradient."),
        # Too small to speak of.
        ((1.0, -0.01), (0.1, 0.002), "straight down"),
        ((1.0, 30.0), (0.2, 0.1), "30 times as steep in y, the step leans to x all the same"),
        # It leans to neither, or still to y.
        ((1.0, 30.0), (0.1, 0.1), "it leans less to y than the gradient does"),
        ((4.0, -36.0), (0.1111, -0.1111), "it leans less to y than the gradient does"),
        ((-4.1e-4, -1.717), (1.4e-4, -7.7e-4), "it leans less to y than the gradient does"),
        ((4.1e-4, 1.717), (7.7e-4, 1.4e-4), "is more than 1000 times as steep in y, the step leans to x"),
        ((1.0, 1.0), (0.2, 0.1), "bends away"),
        ((0.0, 0.0), (0.0, 0.0), "no slope, no step"),
        ((1.0, 0.0), (0.0, 0.0), "stays where it is"),
        ((0.0, 0.0), (1.0, 0.0), "there is no gradient, and it moves all the same"),
        ((np.nan, 0.0), (1.0, 0.0), "overflowed"),
    ],
)
def test_a_step_has_its_sentence(downhill: tuple[float, float], step: tuple[float, float], words: str) -> None:
    assert words in remark(np.array(downhill), np.array(step), ("x", "y"))


def at_each_step(said: list[tuple[int, str]], steps: int) -> list[str]:
    """The sentence of every step."""
    return [next(words for at, words in reversed(said) if at <= t) for t in range(steps)]


def begun_anew(path: Path, optimizer: Any, rate: float, t: int) -> np.ndarray:
    """The step of the same method begun at the place of step t; its second where the first is none."""
    steps = np.diff(run(path.surface, optimizer, rate, path.theta[t], 2).theta, axis=0)
    return steps[0] if steps[0].any() else steps[1]


def curvature(surface: Any, place: np.ndarray) -> np.ndarray:
    """The Hessian by differences of the gradient, of another width than the engine's."""
    h = 1e-4 * np.eye(2)
    return np.stack([(gradient(surface, place + d) - gradient(surface, place - d)) / 2e-4 for d in h])


MEMORYLESS = {"sgd", "signsgd", "newton", "line_search", "polyak_sgd", "gradient_flow", "nelder_mead"}
NAMES = {"x": 0, "y": 1}


def hold(words: str, slug: str, path: Path, optimizer: Any, rate: float, t: int) -> bool:
    """Whether a sentence on step t of a path without rules is true."""
    g, step = -path.grad[t], path.theta[t + 1] - path.theta[t]
    angle = np.degrees(np.arccos(np.clip(g @ step / np.linalg.norm(g) / np.linalg.norm(step), -1, 1)))
    meeting = "a meeting: it ends 50% of the way from the last one; "
    if slug == "lookahead" and (t + 1) % 5 == 0:
        last = path.theta[t - 4]
        fast = begun_at(path, optimizer, rate, t)
        np.testing.assert_allclose(path.theta[t + 1], (last + fast) / 2, atol=1e-12)
        assert words.startswith(meeting)
        words = words.removeprefix(meeting)
        assert "memory" not in words
        assert "turned" not in words
    assert "meeting" not in words
    found = re.search(r"in ([xy])\b", words)
    i = NAMES[found[1]] if found else -1
    match words.rstrip("."):
        case "it stays where it is":
            return not step.any()
        case "no slope, no step":
            return not step.any() and not g.any()
        case "it moves by no more than rounding":
            return bool(np.linalg.norm(step) <= 1e-13 * np.linalg.norm(path.theta[t]))
        case "it goes straight down the gradient":
            return angle < 6
        case "it bends away from the gradient":
            return angle > 5
        case "it sets out uphill: memory is stronger than the gradient":
            assert slug not in MEMORYLESS
            return t > 0 and g @ step < 0 < g @ begun_anew(path, optimizer, rate, t)
        case "it sets out uphill: along the step the loss curves down":
            assert slug == "newton"
            return g @ step < 0 and step @ curvature(path.surface, path.theta[t]) @ step < 0
        case "it goes against the gradient":
            return g @ step < 0
        case str(plain) if plain.startswith("it leans less to"):
            i = NAMES[plain.split(" than")[0][-1]]
            return bool(
                abs(g[i] / g[1 - i]) > 2 * abs(step[i] / step[1 - i]) and abs(step[i]) > abs(step[1 - i]) / 1.02
            )
        case str(plain) if "times as steep in" in plain:
            assert plain.endswith(f"the step leans to {'yx'[i]} all the same")
            lean, bent = abs(g[i] / g[1 - i]), abs(step[i] / step[1 - i])
            said = re.search(r"is (more than )?(\d+) times", plain)
            assert said
            assert lean > 999 if said[1] else abs(lean - float(said[2])) <= 0.51
            return bent < 1
    # What is left is about one coordinate in which it goes against the gradient.
    assert g[i] * step[i] < 0, words
    blind = "this method does not ask for the gradient"
    if words.endswith(f": {blind}."):
        return slug == "nelder_mead"
    match re.sub(r"\bin [xy]\b", "in i", words):
        case "the gradient has turned in i, the step has not yet.":
            assert slug not in MEMORYLESS
            earlier = [k for k in range(t) if path.grad[k, i] * path.grad[t, i] < 0]
            assert earlier, "it never had the other sign"
            kept = [(path.theta[k + 1] - path.theta[k])[i] * step[i] >= 0 for k in range(earlier[-1], t)]
            return all(kept) and begun_anew(path, optimizer, rate, t)[i] * g[i] > 0
        case "memory leads it against the gradient in i.":
            assert slug not in MEMORYLESS
            return t > 0 and begun_anew(path, optimizer, rate, t)[i] * g[i] > 0
        case "its decay leads it against the gradient in i.":
            assert path.decay is not None
            return (step + path.decay[t])[i] * g[i] > 0
        case "in i it goes against the gradient: the loss curves down in i.":
            return slug == "newton" and curvature(path.surface, path.theta[t])[i, i] < 0
        case "the curvature turns it against the gradient in i.":
            return slug == "newton"
        case "in i it goes against the gradient.":
            # A cause is held back only where the method begun anew does the same.
            return slug == "lookahead" or begun_anew(path, optimizer, rate, t)[i] * g[i] <= 0
    raise AssertionError(words)


def begun_at(path: Path, optimizer: Any, rate: float, t: int) -> np.ndarray:
    """Where the method inside Lookahead leads from the place of step t, with what it remembers of the steps before."""
    b = np.zeros(2)
    for k in range(t + 1):
        b = 0.9 * b + path.grad[k]
    return path.theta[t] - rate * b


@pytest.mark.parametrize("surface", sorted(PLACES))
@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_every_sentence_on_every_method_is_true(slug: str, surface: str) -> None:
    optimizer, place = OPTIMIZERS[slug](), SURFACES[surface]()
    rate = suggested(Pick(slug), place)
    # SciPy's are at the end of their way sooner.
    steps = 12 if optimizer.row_by_row else STEPS
    path = run(place, optimizer, rate, PLACES[surface] or place.start, steps)
    for t, words in enumerate(at_each_step(remarks(path, optimizer), steps)):
        if not np.isfinite(path.theta[t + 1]).all():
            continue
        with np.errstate(all="ignore"):
            assert hold(words, slug, path, optimizer, rate, t), (t, words)


def test_only_a_method_that_takes_the_same_path_whatever_the_gradient_is_said_not_to_ask_for_it() -> None:
    class Turned:
        """A bowl whose gradient is that of another one."""

        value = staticmethod(SURFACES["bowl"]().value)

        def grad(self, x: Any, y: Any) -> Any:
            return SURFACES["bowl"]().grad(x + 20.0, y - 30.0)

    bowl = SURFACES["bowl"]()
    for slug, kind in OPTIMIZERS.items():
        path, other = (run(surface, kind(), 0.01, bowl.start, 5) for surface in (bowl, Turned()))
        moved = min(len(np.unique(each.theta, axis=0)) for each in (path, other)) > 1
        same = moved and bool(np.array_equal(path.theta, other.theta))
        assert Again(path, kind(), (), 0).blind == same, slug


@pytest.mark.parametrize(
    ("slug", "surface", "start", "rate", "t", "words"),
    [
        # Its curvature is negative there; it goes to the maximum.
        ("newton", "himmelblau", (-0.5, -1.0), 1.0, 0, "it sets out uphill: along the step the loss curves down."),
        ("newton", "saddle", (-1.0, 1.0), 1.0, 0, "in y it goes against the gradient: the loss curves down in y."),
        ("lookahead", "himmelblau", None, 0.005, 4, "a meeting: it ends 50% of the way from the last one; "),
        ("momentum", "bowl", None, 0.05, 2, "the gradient has turned in y, the step has not yet."),
        # It is dragged towards 0 from the first step on.
        ("ftrl", "ackley", (-3.75, -3.75), 0.5, 0, "it goes against the gradient"),
    ],
)
def test_the_cause_is_the_method_s_own(
    slug: str, surface: str, start: tuple[float, float] | None, rate: float, t: int, words: str
) -> None:
    place, optimizer = SURFACES[surface](), OPTIMIZERS[slug]()
    path = run(place, optimizer, rate, start or place.start, t + 1)
    said = at_each_step(remarks(path, optimizer), t + 1)[t]
    assert words in said
    assert "memory" not in said


def test_a_rule_that_leads_a_step_uphill_is_named() -> None:
    place, optimizer, rate = SURFACES["himmelblau"](), OPTIMIZERS["sgd"](), 0.01
    for slug, fields in {"constant_norm": {"radius": 2.0}, "max_norm": {"radius": 1.5}, "box": {"half": 0.7}}.items():
        rules = [RULES[slug](**fields)]
        path = run(place, optimizer, rate, (-0.5, -1.0), 20, rules)
        said = at_each_step(remarks(path, optimizer, rules), 20)
        led = [words for words in said if "leads it" in words]
        assert led
        for t, words in enumerate(said):
            assert "memory" not in words
            if "leads it" not in words:
                continue
            name = RULES[slug].name.lower()
            assert re.search(rf"; {name} leads it (uphill|against the gradient in [xy])\.$", words)
            g, step = -path.grad[t], path.theta[t + 1] - path.theta[t]
            own = -rate * path.grad[t]
            i = "xy".find(words[-2])
            assert g @ step < 0 < g @ own if words.endswith("uphill.") else g[i] * step[i] < 0 < g[i] * own[i]


@pytest.mark.parametrize(
    ("slug", "fields", "start", "words"),
    [
        ("adamw", {"weight_decay": 1.0}, (1.0, 0.0), "there is no gradient; its decay alone moves it."),
        ("nelder_mead", {}, (1.0, 0.0), "there is no gradient, and this method does not ask for one."),
        ("momentum", {}, (1.0, 0.0), "no slope, no step."),
    ],
)
def test_what_moves_without_a_gradient_says_why(
    slug: str, fields: dict[str, Any], start: tuple[float, float], words: str
) -> None:
    class Level:
        """Low to the left, and without a slope."""

        def value(self, x: Any, y: Any) -> Any:
            return np.floor(4 * x) + 0.0 * y

        def grad(self, x: Any, y: Any) -> Any:
            return 0.0 * x, 0.0 * y

    optimizer = OPTIMIZERS[slug](**fields)
    path = run(Level(), optimizer, 0.5, start, 3)
    assert any(sentence == words for _, sentence in remarks(path, optimizer)), remarks(path, optimizer)


def test_memory_alone_carries_a_run_over_a_place_without_slope() -> None:
    class Ramp:
        """It slopes down to 0 and is level beyond."""

        def value(self, x: Any, y: Any) -> Any:
            return np.maximum(-x, 0.0) + 0.0 * y

        def grad(self, x: Any, y: Any) -> Any:
            return np.where(np.asarray(x) < 0, -1.0, 0.0) + 0.0 * y, 0.0 * x + 0.0 * y

    optimizer = OPTIMIZERS["momentum"]()
    path = run(Ramp(), optimizer, 0.1, (-0.05, 0.0), 5)
    said = at_each_step(remarks(path, optimizer), 5)
    assert said[1:] == ["there is no gradient; memory alone moves it."] * 4


def test_remarks_are_those_of_the_path_and_said_once() -> None:
    surface = SURFACES["bowl"]()
    path = run(surface, OPTIMIZERS["momentum"](), 0.05, surface.start, 60)
    said = remarks(path, OPTIMIZERS["momentum"]())
    assert said[0] == (0, "it goes straight down the gradient.")
    assert all(a[0] < b[0] and a[1] != b[1] for a, b in pairwise(said))
    # Momentum swings through the valley: at some step the gradient has turned before it.
    assert any("turned in y" in words for _, words in said)
    # Gradient descent never does.
    descent = run(surface, OPTIMIZERS["sgd"](), 0.05, surface.start, 60)
    assert remarks(descent, OPTIMIZERS["sgd"]()) == [(0, "it goes straight down the gradient.")]


def test_on_a_network_the_sentences_are_about_the_plane() -> None:
    place: Any = SURFACES["two_layer"]()
    optimizer = OPTIMIZERS["momentum"]()
    path = run(place, optimizer, 0.5, place.start, 40)
    said = at_each_step(remarks(path, optimizer), 40)
    turned = [(t, words) for t, words in enumerate(said) if "turned" in words or "uphill" in words]
    assert turned
    assert path.used is not None
    for t, words in turned:
        g, step = -path.used[t], path.theta[t + 1] - path.theta[t]
        found = re.search(r"in (d[12])", words)
        assert g[int(found[1][1]) - 1] * step[int(found[1][1]) - 1] < 0 if found else g @ step < 0
