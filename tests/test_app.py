"""Every page runs without a browser, with good links and with bad ones, and sends the player what the engine computed."""

import json
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import controls, player
from app.comparison import parse_comparison
from app.experiment import FIRST, SLOTS, parse, simulate, suggested, surface_of
from app.news import events
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from surfaces import SURFACES

MAIN = Path(__file__).parent.parent / "app" / "main.py"


def opened(**query: str) -> AppTest:
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    for key, value in query.items():
        at.query_params[key] = value
    # AppTest cannot open a menu; what is in one is not there until somebody does.
    kept = [f"r{slot}.{part}" for slot in SLOTS for part in ("menu", "rules.fold")]
    for key in ("scene.menu", "more", "penalties", *kept):
        at.session_state[key] = True
    at.run()
    assert not at.exception
    return at


def link(at: AppTest) -> dict[str, list[str]]:
    """The link's parameters as the page has set them; AppTest gives what a page sets as str, what a test sets as list."""
    return {key: [value] if isinstance(value, str) else list(value) for key, value in at.query_params.items()}


def sent(at: AppTest) -> tuple[dict[str, Any], list[np.ndarray]]:
    """The head of the player's message, and x and y, loss, norm, rate and whatever else each run of its scenes has."""
    # The other one hears.
    (component,) = (one for one in at.get("bidi_component") if one.proto.component_name == "ravine_player")
    data = component.proto.bytes
    size = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + size])
    numbers = np.frombuffer(data[4 + size :], "<f4")
    parts = []
    for scene in head["scenes"]:
        n = scene["steps"]
        for run in scene["runs"]:
            more = [2 * n + 2] * len(run["lines"]) + [2 * n, 2 * n] * run["ruled"]
            more += [n] * run["batch"] + [n + 1] * run["held"] + [2 * n + 2] * run["right"]
            more += [run["weights"] * (n + 1)] * bool(run["weights"]) + [2 * n] * 3 * (run["factors"] is not None)
            more += [n] * bool(run["limit"])
            for count in (2 * n + 2, n + 1, n + 1, n, *more):
                parts.append(numbers[:count])
                numbers = numbers[count:]
        rows = scene["data"]["batch"] * n if scene["data"] else 0
        parts += [numbers[:rows]] * bool(rows)
        numbers = numbers[rows:]
    assert not len(numbers)
    return head, parts


def test_the_first_page_needs_no_click() -> None:
    at = opened()
    head, parts = sent(at)
    assert [run["slot"] for run in head["scenes"][0]["runs"]] == [1, 2, 3, 4]
    assert not at.toast
    for i, path in enumerate(simulate(FIRST)):
        # The first run is the selected one, and has its factors and its limit behind its own four rows.
        own = parts[4 * i + 4 * (i > 0) :]
        np.testing.assert_allclose(own[0].reshape(-1, 2), path.theta, rtol=1e-6)
        np.testing.assert_allclose(own[1], path.loss, rtol=1e-6)
        np.testing.assert_allclose(own[2], np.hypot(*path.grad.T), rtol=1e-6)
        np.testing.assert_allclose(own[3], path.lr, rtol=1e-6)


# Each surface under two schedules, so that each schedule is met on four surfaces; under all by `make sweep`.
SHIFTS = range(len(SCHEDULES)) if "RAVINE_SWEEP" in os.environ else (0, 5)
SCHEDULED = [
    (surface, sorted(SCHEDULES)[(i + shift) % len(SCHEDULES)])
    for i, surface in enumerate(sorted(SURFACES))
    for shift in SHIFTS
]


@pytest.mark.parametrize(("surface", "schedule"), SCHEDULED)
def test_every_surface_and_schedule_has_its_page(surface: str, schedule: str) -> None:
    at = opened(surface=surface, schedule=schedule)
    assert sent(at)[0]["scenes"][0]["name"] == SURFACES[surface].name


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_every_optimizer_has_its_controls(optimizer: str) -> None:
    at = opened(r3=optimizer)
    assert at.selectbox(key="r3.optimizer").value == optimizer
    shown = {w.key for kind in ("slider", "select_slider", "toggle", "selectbox", "button_group") for w in at.get(kind)}
    fields = {p.name: p for p in OPTIMIZERS[optimizer].params_with({})}
    # One that matters at another's value alone is not there at any other.
    met = [p for p in fields.values() if p.when is None or fields[p.when[0]].default in p.when[1].split()]
    assert {f"r3.{optimizer}.{p.name}" for p in met} <= shown | {w.key for w in at.main if getattr(w, "key", None)} | {
        w.key for w in at.sidebar if getattr(w, "key", None)
    }


def test_a_broken_link_gives_one_notice_and_a_page() -> None:
    at = opened(surface="nonsense", r1="adam~lr~nan", steps="-3", start="1~inf", bad="![x](http://example.org/x)")
    (notice,) = at.toast
    assert "is not a parameter" in notice.value
    assert "![x]" not in notice.value
    assert sent(at)[0]["scenes"][0]["steps"] == FIRST.steps


def test_nothing_a_stranger_typed_is_read_as_markdown() -> None:
    nasty = "![x](http://example.org/a.png) <img src=x> $x$ :smile: `code` [a](javascript:alert(1))"
    shown = controls.plain(nasty)
    assert shown.replace("\\", "").replace("\u2060", "") == nasty
    # What Markdown would make a link of by itself.
    for address in ("http://example.org", "HTTPS://example.org", "www.example.org", "a@example.org"):
        assert address not in controls.plain(f"x {address} y").replace("\\", "")
    for character in "![]()<>$:`":
        at = -1
        while (at := shown.find(character, at + 1)) >= 0:
            assert shown[at - 1] == "\\"


def test_a_widget_changes_the_link_and_the_paths() -> None:
    at = opened()
    before = sent(at)
    at.selectbox(key="schedule").set_value("cosine").run()
    assert not at.exception
    assert link(at)["schedule"] == ["cosine"]
    head, parts = sent(at)
    assert head["scenes"][0]["field"] == before[0]["scenes"][0]["field"]
    assert not np.array_equal(parts[0], before[1][0])
    assert np.array_equal(parts[0][:2], before[1][0][:2])


def test_changing_the_surface_suits_the_rates_to_it() -> None:
    at = opened()
    at.selectbox(key="surface").set_value("himmelblau").run()
    assert link(at)["surface"] == ["himmelblau"]
    experiment, complaints = parse(link(at))
    assert not complaints
    assert all(path.status == "converged" for path in simulate(experiment))


def test_a_walk_of_surfaces_ends_where_it_would_have_begun() -> None:
    """A surface and its rates belong together: whatever was looked at before, a surface that is chosen is the same picture."""
    at = opened()
    for slug in [*SURFACES, "rosenbrock", "bowl", "rosenbrock"]:
        at.selectbox(key="surface").set_value(slug).run()
        experiment, complaints = parse(link(at))
        assert not complaints
        assert experiment == replace(parse({"surface": [slug]})[0], steps=FIRST.steps), slug
    assert experiment == FIRST


def test_rates_follow_the_shape_of_their_surface_until_they_are_set() -> None:
    at = opened(surface="bowl", r1="sgd~lr~0.123", r2="momentum")
    before = parse(link(at))[0]
    at.select_slider(key="surface.bowl.condition").set_value(100.0).run()
    after = parse(link(at))[0]
    assert after.runs[0].lr == 0.123
    assert after.runs[1].lr == suggested(after.runs[1].optimizer, surface_of(after.surface)) < before.runs[1].lr


def test_the_normalization_switch_acts_on_features_and_is_nowhere_else() -> None:
    at = opened(surface="linear_regression")
    at.toggle(key="normalization").set_value(True).run()
    assert link(at)["surface"] == ["linear_regression~normalization~standardize"]
    at = opened(surface="bowl")
    assert "normalization" not in [toggle.key for toggle in at.toggle]


def test_a_start_stays_the_same_model_when_its_features_are_normalized() -> None:
    at = opened(surface="linear_regression", start="-2~2.4")
    at.toggle(key="normalization").set_value(True).run()
    raw, normalized = (SURFACES["linear_regression"](normalization=n) for n in ("none", "standardize"))
    start = parse(link(at))[0].start
    assert start is not None
    np.testing.assert_allclose(normalized.raw_weights(np.array(start)), raw.raw_weights(np.array([-2.0, 2.4])))
    # Where that would lie outside the picture the surface's own start is taken.
    at = opened(surface="linear_regression", start="-2~5")
    at.toggle(key="normalization").set_value(True).run()
    assert "start" not in link(at)


@pytest.mark.parametrize("typed", ["abc", "nan", "inf", "1e99", "__import__('os')", "", "1,2,3"])
def test_an_impossible_number_is_refused_in_words_and_nothing_is_lost(typed: str) -> None:
    at = opened()
    at.text_input(key="start.x").set_value(typed).run()
    assert not at.exception
    assert any("Start x must be between" in caption.value.replace("\\", "") for caption in at.caption)
    assert sent(at)[0]["scenes"][0]["start"] == [-1.5, 2.0]
    # A comma is a point where people write one.
    at.text_input(key="start.x").set_value("0,5").run()
    assert not any("Start x must" in caption.value for caption in at.caption)
    assert link(at)["start"] == ["0.5~2"]


def test_runs_are_added_up_to_eight_and_removed_down_to_one() -> None:
    at = opened()
    for expected in (5, 6, 7, 8, 8):
        next(b for b in at.button if b.label == "Once more").click().run()
        assert len(sent(at)[0]["scenes"][0]["runs"]) == expected
    assert any("8 runs at most" in w.value.replace("\\", "") for w in at.toast)
    for expected in (7, 6, 5, 4, 3, 2, 1):
        next(b for b in at.button if b.label == "Remove").click().run()
        assert len(sent(at)[0]["scenes"][0]["runs"]) == expected
    assert not [b for b in at.button if b.label == "Remove"]


def test_reset_brings_the_first_picture_back() -> None:
    at = opened(surface="bowl", r3="adam~lr~0.7", start="1~1", view="-1~1~-1~1")
    next(b for b in at.button if b.label == "Reset").click().run()
    assert parse(link(at)) == (FIRST, [])


def test_compare_this_takes_along_what_was_built() -> None:
    at = opened(surface="bowl~condition~30", r3="adam~lr~0.7", start="1~1")
    next(b for b in at.button if b.label == "Compare this").click().run()
    assert not at.exception
    comparison, complaints = parse_comparison(link(at))
    assert not complaints
    assert comparison.left == parse({"surface": ["bowl~condition~30"], "r3": ["adam~lr~0.7"], "start": ["1~1"]})[0]
    assert sent(at)[0]["page"] == "compare"


def test_the_news_of_a_run_names_the_engine_s_steps() -> None:
    experiment, _ = parse({"surface": ["bowl"], "r1": ["sgd~lr~0.2"], "r2": ["sgd~lr~0.155"], "schedule": ["constant"]})
    lost, found = simulate(experiment)
    surface = SURFACES["bowl"]()
    assert events(lost, surface)[-1]["text"] == f"diverged at {lost.stop_step}"
    assert events(found, surface)[-1]["text"] == f"converged at {found.stop_step}"


def test_a_run_that_leaves_and_returns_says_both() -> None:
    query = {
        "surface": ["bowl"],
        "r1": ["sgd~lr~0.18"],
        "schedule": ["cosine"],
        "steps": ["120"],
        "start": ["-3.4~4.5"],
    }
    experiment, _ = parse(query)
    (path,) = simulate(experiment)
    inside = (np.abs(path.theta) <= 5).all(axis=1)
    left = int(np.argmin(inside))
    back = len(inside) - int(np.argmin(inside[::-1]))
    assert 0 < left < back < len(inside)
    texts = [item["text"] for item in events(path, SURFACES["bowl"]())]
    assert f"out at {left}, back at {back}" in texts


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_a_field_is_the_loss_on_its_scale(slug: str) -> None:
    heights = np.frombuffer(player.field_bytes({"surface": slug}), "<f4").reshape(player.GRID, player.GRID)
    surface = SURFACES[slug]()
    x, y, loss = surface.grid(player.GRID)
    assert np.isfinite(heights).all()
    # The scale may bend, but never turns round: the order of any two points stays.
    order = np.argsort(loss, axis=None, kind="stable")
    assert (np.diff(heights.ravel()[order]) >= -1e-6 * np.ptp(heights)).all()
    assert loss[5, 7] == pytest.approx(float(surface.value(x[7], y[5])))


def test_a_field_that_is_no_surface_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        player.field_bytes({"surface": "../../etc/passwd"})


@pytest.mark.parametrize(
    "registry", [SURFACES, OPTIMIZERS, SCHEDULES, RULES], ids=["surfaces", "optimizers", "schedules", "rules"]
)
def test_pickers_keep_a_family_together(registry: dict[str, Any]) -> None:
    order = controls.by_family(registry)
    assert sorted(order) == sorted(registry)
    families = [registry[slug].family for slug in order]
    assert len([a for a, b in pairwise(families) if a != b]) == len(set(families)) - 1


def test_a_run_has_its_rules_in_the_link_and_in_the_message() -> None:
    at = opened(surface="himmelblau", r1="sgd~lr~0.005", r2="averaging~lr~0.01")
    at.multiselect(key="r1.rules").set_value(["max_norm", "clip_norm"]).run()
    assert link(at)["r1.1"] == ["max_norm"]
    assert link(at)["r1.2"] == ["clip_norm"]
    at.select_slider(key="r1.clip_norm.limit").set_value(2.0).run()
    assert link(at)["r1.2"] == ["clip_norm~limit~2"]
    head, parts = sent(at)
    first, second = head["scenes"][0]["runs"]
    assert first["rules"] == ["Max norm", "Clip by norm"]
    assert first["figures"] == [{"kind": "circle", "radius": 2.0}]
    assert first["ruled"]
    assert (second["lines"], second["ruled"]) == (["average"], False)
    experiment, _ = parse(link(at))
    path, other = simulate(experiment)
    np.testing.assert_allclose(parts[4].reshape(-1, 2), path.grad[:-1], rtol=1e-6)
    np.testing.assert_allclose(parts[5].reshape(-1, 2), path.used, rtol=1e-6)
    beside = OPTIMIZERS["averaging"]().companion(other.theta, other.lr)
    np.testing.assert_allclose(parts[13 + bool(first["limit"])].reshape(-1, 2), beside, rtol=1e-6)
    for row, factor in zip(parts[6:9], (path.m, path.sigma, path.decay), strict=True):
        np.testing.assert_allclose(row.reshape(-1, 2), factor, rtol=1e-6)
    assert first["factors"] == {"direction": r"\htmlClass{rv-is-gradient}{g}", "scale": "", "decay": ""}
    assert second["factors"] is None
    at.multiselect(key="r1.rules").set_value([]).run()
    assert "r1.1" not in link(at)


def test_milestones_are_typed_and_what_is_no_row_of_numbers_is_refused() -> None:
    at = opened(schedule="multi_step")
    field = at.text_input(key="schedule.multi_step.milestones")
    field.set_value("20, 40").run()
    assert link(at)["schedule"] == ["multi_step~milestones~20-40"]
    at.text_input(key="schedule.multi_step.milestones").set_value("40, x").run()
    assert any("Milestones must be rising whole numbers" in c.value.replace("\\", "") for c in at.caption)
    assert link(at)["schedule"] == ["multi_step~milestones~20-40"]


def test_another_method_inside_brings_its_fields_and_a_rate_of_its_own() -> None:
    at = opened(surface="himmelblau", r1="lookahead~lr~0.001~base.momentum~0.5")
    at.selectbox(key="r1.lookahead.base").set_value("adam").run()
    assert not at.exception
    (text,) = link(at)["r1"]
    assert "~base~adam" in text
    assert "base.momentum" not in text
    assert at.slider(key="r1.lookahead.base.beta1").value == 0.9
    assert parse(link(at))[0].runs[0].lr > 0.01


@pytest.mark.parametrize("slug", ["amsgrad", "momentum", "nadam", "rmsprop"])
def test_formula_source_and_where_libraries_differ_are_on_the_screen(slug: str) -> None:
    at = opened(r1=slug)
    kind = OPTIMIZERS[slug]
    assert kind.tex in [latex.value.strip("$\n ") for latex in at.latex]
    shown = " ".join(caption.value for caption in at.caption).replace("\\", "")
    assert kind.notes()
    for words in (*kind.notes(), kind.source, kind.matched):
        assert words.replace("\\", "") in shown, words


# Fields off their defaults, of every kind of widget, and what holds another method.
UNUSUAL = (
    {"surface": "linear_regression~normalization~minmax~batch_size~8~penalty~l1", "schedule": "cosine~warmup~9"},
    {"surface": "rosenbrock~b~37.5", "r1": "adam~lr~0.1~beta1~0.5~amsgrad~true", "r1.1": "clip_norm~max_norm~3"},
    {"r1": "lookahead~lr~0.2~inner~momentum", "schedule": "multistep~milestones~10-70", "start": "0.5~1.5"},
    {"surface": "three_class~loss~cross_entropy", "r1": "composed~lr~0.2~direction~gradient~scale~rms_all"},
)


def defaults(at: AppTest) -> dict[str, tuple[Any, Any]]:
    """What each widget begins with as its message has it, and what the page shows in it; both as text where they are chosen."""
    found: dict[str, tuple[Any, Any]] = {}
    for one in at.selectbox:
        found[one.key] = (
            (one.options[one.proto.default], one.format_func(one.value)) if one.value is not None else (0, 0)
        )
    for several in at.multiselect:
        chosen = [several.options[i] for i in several.proto.default]
        found[several.key] = (chosen, [several.format_func(value) for value in several.value])
    for group in at.button_group:
        found[group.key] = ([group.options[i] for i in group.proto.default], [group.format_func(group.value)])
    for scale in at.select_slider:
        found[scale.key] = (scale.options[int(scale.proto.default[0])], scale.format_func(scale.value))
    for w in (*at.slider, *at.toggle, *at.text_input):
        default: Any = w.proto.default
        found[w.key] = (default if isinstance(default, str | bool) else default[0], w.value)
    return found


@pytest.mark.parametrize("query", UNUSUAL, ids=lambda query: next(iter(query.values())))
def test_a_widget_begins_with_what_it_shows(query: dict[str, str]) -> None:
    # What a browser shows before it is told otherwise it may send back as the viewer's choice.
    at = opened(**query)
    for _ in range(2):
        found = defaults(at)
        assert len(found) >= 8
        for key, (default, shown) in found.items():
            assert default == shown, key
        at.run()


@pytest.mark.parametrize(
    "query",
    [
        "surface=bowl~condition~30&schedule=cosine~warmup~5&r1=sgd~lr~0.06&r2=adam~lr~0.3~beta1~0.8&start=-3~1&steps=30",
        "surface=linear_regression~normalization~standardize&r1=lookahead~lr~0.031~base~adamw&steps=30",
        "surface=two_layer~initialization~xavier&r1=momentum~lr~0.07&r1.1=clip_norm&start=0.5~-0.25&steps=30",
    ],
)
def test_a_session_that_is_told_of_every_widget_changes_nothing(query: str, all_told: None) -> None:
    at = opened(**dict(parse_qsl(query)))
    before = parse(link(at))
    assert not before[1]
    at.run()
    assert parse(link(at)) == before
    assert not at.toast
