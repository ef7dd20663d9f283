"""A run taken apart, as it travels to the browser, and the sentence that each step has."""

import json
from typing import Any

import numpy as np
import pytest

from app.dissection import acts_on, dissection_bytes
from app.experiment import FIRST, parse, seen, simulate
from core.words import written
from optimizers import OPTIMIZERS, RULES


def unpacked(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The head, and the rows behind it by name."""
    size = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + size])
    numbers, n = np.frombuffer(data[4 + size :], "<f4"), head["steps"]
    rows: dict[str, np.ndarray] = {}
    named = ["gradient", "used", "direction", "scale", "decay"]
    sizes = {"shape": n, "theta": 2 * n + 2, **dict.fromkeys(named, 2 * n), "rate": n}
    sizes |= dict.fromkeys(["downhill", "after the rules", "way"], 2 * n)
    sizes |= {f"«{k}»": 2 * n for k in range(len(head["quantities"]))}
    for name, count in sizes.items():
        rows[name], numbers = numbers[:count], numbers[count:]
    assert not len(numbers)
    return head, {name: row if len(row) in (n,) else row.reshape(-1, 2) for name, row in rows.items()}


def asked(**changes: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return unpacked(dissection_bytes(FIRST.query() | changes))


def test_the_numbers_are_the_path_s() -> None:
    for i, path in enumerate(simulate(FIRST)):
        head, rows = asked(run=str(i + 1))
        assert head["slot"] == i + 1
        for name, array in (
            ("theta", path.theta),
            ("gradient", path.grad[:-1]),
            ("used", path.used),
            ("direction", path.m),
            ("scale", path.sigma),
            ("decay", path.decay),
            ("rate", path.lr),
            ("downhill", -path.grad[:-1]),
            ("way", np.negative(path.m)),
        ):
            np.testing.assert_allclose(rows[name], array, rtol=1e-6, atol=1e-37)
        # The step is made of its factors.
        step = rows["decay"] + rows["rate"][:, None] / rows["scale"] * rows["direction"]
        np.testing.assert_allclose(rows["theta"][:-1] - step, rows["theta"][1:], atol=1e-5)


def test_the_head_has_what_is_read_beside_the_numbers() -> None:
    head, _ = asked(run="4", **{"r4.1": "clip_norm", "r4.2": "max_norm"})
    assert head["name"] == "Adam"
    assert head["factors"]
    assert head["coordinates"] == ["x", "y"]
    assert head["source"]["file"] == "optimizers/methods/adam.py"
    assert "class Adam(Optimizer):" in head["source"]["text"]
    assert [rule["on"] for rule in head["rules"]] == [["gradient"], ["position"]]
    assert head["schedule"]["name"] == "Constant"
    rows = [head["lines"][k]["rows"] for k in head["shapes"][0]["lines"]]
    text = head["source"]["text"].splitlines()
    assert [text[first - 1].split("=")[0].strip() for first, _ in rows] == ["m", "v", "m_hat", "v_hat"]


@pytest.mark.parametrize("slug", sorted(OPTIMIZERS))
def test_every_method_has_its_dissection(slug: str) -> None:
    head, rows = asked(run="1", r1=f"{slug}~lr~0.001", steps="20")
    # Newton's step cannot be written; its formula has a damping, which is off.
    assert head["tex"] == ("" if slug == "newton" else OPTIMIZERS[slug].tex)
    assert all(shape["direction"] for shape in head["shapes"]) or slug == "newton"
    assert np.isfinite(rows["theta"]).all()
    assert len(head["remarks"]) >= 1


def test_of_a_network_two_weights_stand_in_the_table_and_the_arrows_lie_in_the_plane() -> None:
    query = {"surface": "two_layer", "r1": "adam~lr~0.05", "steps": "15"}
    experiment, complaints = parse({key: [value] for key, value in query.items()})
    assert not complaints
    head, rows = unpacked(dissection_bytes(experiment.query() | {"run": "1"}))
    (path,) = simulate(experiment)
    assert head["weights"] == path.full.theta.shape[1]
    assert all(name.startswith("w_") for name in head["coordinates"])
    np.testing.assert_allclose(rows["downhill"], -path.grad[:-1], rtol=1e-5, atol=1e-7)
    surface: Any = seen(experiment)
    np.testing.assert_allclose(rows["way"], np.negative(path.full.m) @ surface.laid.directions.T, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "slot of one of"),
        ({"run": "7"}, "slot of one of"),
        ({"run": "1", "r1": "sgd~lr~nonsense"}, "lr must be"),
        ({"run": "../../etc/passwd"}, "slot of one of"),
        ({"run": "1", "surface": "nowhere"}, "unknown"),
    ],
)
def test_what_cannot_be_taken_apart_is_refused_in_words(changes: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        dissection_bytes(FIRST.query() | changes)


def test_what_a_rule_acts_on_is_read_off_it() -> None:
    acts = {slug: acts_on(kind) for slug, kind in RULES.items()}
    assert acts["clip_norm"] == acts["noise"] == acts["coupled_l2"] == acts["sparse"] == ["gradient"]
    assert acts["max_norm"] == acts["box"] == ["position"]
    assert acts["lr_reset"] == acts["early_stopping"] == []


def said(*rules: str, run: str = "sgd~lr~0.005", steps: int = 60, surface: str = "rosenbrock~b~20") -> dict[int, str]:
    """The sentence of each step of one run under rules."""
    query = {"surface": surface, "r1": run, "steps": str(steps), "seed": "3"}
    query |= {f"r1.{k}": rule for k, rule in enumerate(rules, 1)}
    head, _ = unpacked(dissection_bytes(query | {"run": "1"}))
    remarks_from = dict(head["remarks"])
    words, at = "", {}
    for t in range(head["steps"]):
        words = remarks_from.get(t, words)
        at[t] = words
    return at


def lengths(*rules: str, run: str = "sgd~lr~0.005", surface: str = "rosenbrock~b~20") -> np.ndarray:
    """The lengths of the gradients of the same run before the rules and after."""
    query = {"surface": [surface], "r1": [run], "steps": ["60"], "seed": ["3"]}
    query |= {f"r1.{k}": [rule] for k, rule in enumerate(rules, 1)}
    (path,) = simulate(parse(query)[0])
    return np.stack([np.hypot(*path.grad[:-1].T), np.hypot(*path.used.T)])


@pytest.mark.parametrize(
    ("rule", "name"), [("clip_norm~limit~2", "clip by norm"), ("clip_value~limit~2", "clip by value")]
)
def test_a_rule_that_cut_the_gradient_is_named_with_both_lengths_and_where_it_did_not_it_is_not(
    rule: str, name: str
) -> None:
    long, short = lengths(rule)
    told = said(rule)
    cut = np.abs(long - short) > 1e-3
    assert cut.any()
    assert not cut.all()
    for t, words in told.items():
        assert (f"by {name}" in words) == (abs(long[t] - short[t]) > 1e-9 * long[t]), (t, words)
        if cut[t]:
            assert words.startswith(f"the gradient is clipped from {written(long[t], 3)} to {written(short[t], 3)}")
            assert "that gradient" in words or "the gradient" not in words.partition(name)[2]


def test_of_several_rules_only_those_are_named_that_did_something() -> None:
    # A limit that is never reached, and one that is.
    told = said("clip_norm~limit~100000", "clip_value~limit~2", "max_norm~radius~1.9")
    assert not any("clip by norm" in words for words in told.values())
    assert any("by clip by value" in words for words in told.values())
    assert any("by max norm" in words for words in told.values())
    assert any("max norm" not in words for words in told.values())


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_named_where_it_acts_and_nothing_is_said_of_one_that_does_not(rule: str) -> None:
    changes = {
        "lr_reset": "lr_reset~every~7~forget~true",
        "early_stopping": "early_stopping~alpha~0~strip~1",
        "max_norm": "max_norm~radius~1.5",
        "box": "box~half~1.2",
    }
    run = "momentum~lr~0.01" if rule == "early_stopping" else "sgd~lr~0.005"
    told = said(changes.get(rule, rule), run=run)
    assert any(RULES[rule].name.lower() in words for words in told.values())
    assert not any(kind.name.lower() in words for kind in RULES.values() for words in said(run=run).values())


def test_a_batch_s_gradient_is_no_rule_s_doing() -> None:
    told = said("clip_norm~limit~1000000", surface="linear_regression~batch_size~4", run="sgd~lr~0.01")
    assert not any("clip" in words for words in told.values())
    assert any("of this batch" in words for words in told.values())


def test_what_is_switched_off_is_not_among_the_numbers_of_the_method() -> None:
    head, rows = unpacked(dissection_bytes({"r1": "rmsprop~lr~0.05", "run": "1", "steps": "9"}))
    assert [one["tex"] for one in head["constants"]] == [r"\alpha = 0.99", r"\epsilon = 10^{-8}"]
    head, rows = unpacked(dissection_bytes({"r1": "rmsprop~lr~0.05~momentum~0.5", "run": "1", "steps": "9"}))
    assert r"\mu = 0.5" in [one["tex"] for one in head["constants"]]
    # The rule adds up scaled steps and divides by nothing, and the numbers are those of the rule.
    assert head["shapes"][-1]["scale"] == ""
    assert (rows["scale"] == 1).all()
    moved = rows["rate"][:, None] * rows["direction"]
    np.testing.assert_allclose(rows["theta"][:-1] - moved, rows["theta"][1:], atol=1e-5)
