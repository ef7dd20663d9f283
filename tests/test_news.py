"""What the chip and the strip say of a run, and from when to when."""

import re
from typing import Any

import numpy as np
import pytest

from app.experiment import parse, simulate, suggested_rate, surface_of
from app.news import TITLE, brief, events
from app.player import STATIC
from optimizers import OPTIMIZERS, Path, run
from optimizers.explain.table import KINDS
from surfaces import SURFACES


def told(**query: str) -> list[dict[str, Any]]:
    """The news of the only run of an experiment."""
    experiment, complaints = parse({key: [value] for key, value in query.items()})
    assert not complaints
    (path,) = simulate(experiment)
    return list(events(path, surface_of(experiment.surface)))


def test_a_run_above_the_limit_says_so_before_and_when_it_is_lost() -> None:
    news = told(surface="bowl~condition~12", r1="sgd~lr~0.17", steps="300")
    by_text = {item["text"]: item for item in news}
    first = by_text["diverging"]
    assert (first["at"], first["tone"]) == (0, "note")
    assert first["sentence"] == "diverges because the rate 0.170 is above 2/λmax = 0.167 here"
    (lost,) = (item for item in news if item["text"].startswith("diverged at"))
    assert first["until"] == lost["at"]
    assert lost["sentence"] == f"diverged at step {lost['at']}, because the rate 0.170 was above 2/λmax = 0.167 here"
    assert lost["mark"]
    # What it does when it is lost is no news.
    assert all(item["until"] <= lost["at"] for item in news if item is not lost)


def test_a_run_just_below_the_limit_zigzags_until_it_has_converged() -> None:
    news = told(surface="bowl~condition~12", r1="sgd~lr~0.165", steps="400")
    assert [item["text"] for item in news][:1] == ["zigzagging"]
    assert "just under 2/λmax = 0.167" in news[0]["sentence"]
    assert news[-1]["text"].startswith("converged at")
    assert news[0]["until"] <= news[-1]["at"]


def test_converged_names_the_minimum_that_was_found() -> None:
    (item,) = told(surface="himmelblau", r1="sgd~lr~0.01", start="3~3", steps="200")
    assert item["sentence"] == f"converged at step {item['at']} to the minimum at (3, 2)"
    assert item["tone"] == "good"
    (item,) = told(surface="bowl", r1="adam~lr~0.1", steps="200")
    assert item["sentence"].endswith("to the minimum at (0, 0)")


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        (
            {"surface": "saddle", "r1": "sgd~lr~0.1", "start": "-1.6~0", "steps": "100"},
            "stuck on a saddle",
            "curvature",
        ),
        ({"surface": "three_class", "r1": "sgd~lr~1", "steps": "200"}, "stuck: no slope here", "plateau"),
        ({"surface": "rosenbrock~b~100", "r1": "sgd~lr~0.0005", "steps": "200"}, "crawling", "more steps at this pace"),
    ],
)
def test_a_run_that_gets_nowhere_says_why(query: dict[str, str], text: str, words: str) -> None:
    news = told(**query)
    (item,) = (item for item in news if item["text"] == text)
    assert words in item["sentence"]
    # There is one reason, not two.
    assert not any(other["text"].startswith("stalled") for other in news)


def test_a_burst_is_told_while_it_lasts() -> None:
    query = {"surface": "bowl~condition~100", "start": "-4~0.5", "steps": "200"}
    news = told(r1="composed~lr~0.2~direction~gradient~scale~rms_all", **query)
    bursts = [item for item in news if item["text"].startswith("burst at")]
    assert bursts
    for item in bursts:
        assert item["at"] < item["until"] < 200
        assert "σ in y has fallen" in item["sentence"]
    # Decay cures it.
    cured = told(r1="composed~lr~0.2~direction~gradient~scale~rms_all", schedule="exponential~decay_steps~20", **query)
    assert not any(item["text"].startswith("burst") for item in cured)


def test_while_a_start_is_dragged_endings_alone_are_told() -> None:
    experiment, _ = parse({"surface": ["bowl~condition~12"], "r1": ["sgd~lr~0.17"], "steps": ["300"]})
    (path,) = simulate(experiment)
    texts = [item["text"] for item in brief(path, surface_of(experiment.surface))]
    assert texts[-1].startswith("diverged at")
    assert "diverging" not in texts


# Every kind of news, over many runs.

SINGLES: list[dict[str, str]] = [
    {"surface": "rosenbrock~b~100", "r1": "sgd~lr~0.0005", "steps": "200"},
    {"surface": "saddle", "r1": "sgd~lr~0.1", "start": "-1.6~0", "steps": "100"},
    {"surface": "three_hump_camel", "r1": "sgd~lr~0.01", "steps": "300"},
    {"surface": "bowl~condition~12", "r1": "sgd~lr~0.18", "schedule": "cosine", "start": "-3.4~4.5", "steps": "120"},
    {"surface": "bowl~condition~12", "r1": "sgd~lr~0.165", "steps": "200"},
    {"surface": "beale", "r1": "sgd~lr~0.21", "steps": "120"},
    {"surface": "bowl", "r1": "sgd~lr~0.2", "r1.1": "early_stopping", "steps": "200"},
    {"surface": "bowl", "r1": "sgd~lr~0.001", "start": "-100~0", "steps": "40"},
    {"surface": "saddle", "r1": "sgd~lr~0.1", "start": "-1.6~1e-9", "steps": "60"},
    {"surface": "bowl", "r1": "adam~lr~0.1~eps~0", "start": "-4~0", "steps": "60"},
    {"surface": "mccormick", "r1": "sgd~lr~0.1", "start": "-3.7~-4.7", "steps": "60"},
    {"surface": "branin", "r1": "prodigy~lr~1.48", "start": "4.03~1.23", "steps": "240"},
    {
        "surface": "bowl~condition~100",
        "start": "-4~0.5",
        "r1": "composed~lr~0.2~direction~gradient~scale~rms_all",
        "steps": "200",
    },
]
MANY = (
    (
        "sgd~lr~0.17",
        "sgd~lr~0.0005",
        "momentum~lr~0.4",
        "adam~lr~2",
        "composed~lr~0.3~direction~gradient~scale~rms_all",
    ),
    ("sgd~lr~30", "nesterov~lr~0.12", "newton~lr~1", "sgd~lr~0.02", "rmsprop~lr~0.5"),
)
RACES = SINGLES + [
    {"surface": surface, "schedule": schedule, "steps": "150", **{f"r{k}": text for k, text in enumerate(runs, 1)}}
    for surface in ("bowl", "rosenbrock", "saddle", "three_class", "himmelblau", "recurrent_cliff", "easom")
    for schedule in ("constant", "cosine")
    for runs in MANY
]


def test_every_piece_of_news_is_of_a_declared_kind_and_its_title_fits() -> None:
    met: set[str] = set()
    for query in RACES:
        for start in (query.get("start"), "9~-9"):
            link = {key: [text] for key, text in query.items()} | ({"start": [start]} if start else {})
            experiment, complaints = parse(link)
            assert not complaints
            surface = surface_of(experiment.surface)
            for path in simulate(experiment):
                for item in (*events(path, surface), *brief(path, surface)):
                    kind = KINDS[item["kind"]]
                    met.add(item["kind"])
                    assert (item["tone"], item["mark"]) == (kind.tone, kind.mark)
                    assert item["text"].startswith(kind.chip.partition("{")[0])
                    assert "{" not in item["text"]
                    assert 0 < len(item["brief"]) <= TITLE, item
                    # A title goes on after the run's name, as the sentence does.
                    assert item["brief"][0] == item["brief"][0].lower()
    # A run that ended for want of evaluations is told in tests/test_work.py.
    assert met == set(KINDS) - {"ended"}


def test_the_player_draws_a_glyph_for_each_kind_and_for_no_other() -> None:
    source = (STATIC / "drawing" / "marks.js").read_text("utf-8")
    table = source[source.index("export const MARKS") : source.index("};")]
    assert sorted(re.findall(r"^  (\w+): mark\(", table, re.MULTILINE)) == sorted(KINDS)


def test_a_run_that_leaves_says_so_at_once_and_why() -> None:
    news = told(surface="bowl~condition~12", r1="sgd~lr~0.172", steps="60")
    (left,) = (item for item in news if item["kind"] == "left")
    n = left["at"]
    assert left["text"] == f"left at {n}"
    assert left["sentence"] == f"left the surface's window at step {n}: its rate 0.172 is above 2/λmax = 0.167"
    assert left["brief"] == f"left at step {n}: rate 0.172 is above 2/λmax = 0.167"
    # One that leaves at a rate below the limit is given no reason that is none.
    news = told(surface="bowl~condition~12", r1="momentum~lr~0.2", start="4.9~4.9", steps="60")
    (left,) = (item for item in news if item["kind"] == "in_and_out")
    times = re.search(r"window (twice|\d+ times), first", left["sentence"])
    assert times
    assert left["brief"] == f"left the window {times[1]}, first at step {left['at']}"
    assert "rate" not in left["sentence"]


def test_a_rate_above_the_limit_is_why_a_run_left_only_if_half_the_limit_would_have_kept_it() -> None:
    for surface, rate, says in (
        ("saddle", "98.9", False),
        ("branin", "7.3", False),
        ("bowl~condition~12", "0.172", True),
    ):
        news = told(surface=surface, r1=f"sgd~lr~{rate}", schedule="constant", steps="60")
        (left,) = (item for item in news if item["kind"] == "left")
        assert ("its rate" in left["sentence"]) == says
        assert not any("because" in item["sentence"] for item in news) or says


def test_the_rate_s_being_too_high_is_told_in_the_past_when_it_is_over() -> None:
    news = told(surface="beale", r1="sgd~lr~0.21", schedule="constant", steps="120")
    lost = next(item for item in news if item["kind"] == "diverged")
    n, cause = lost["at"], "the rate 0.210 was too high: at a tenth of it the run does not diverge"
    assert lost["sentence"] == f"diverged at step {n}, because {cause}"
    assert lost["brief"] == f"diverged at step {n}: the rate is too high"


def test_a_line_search_has_no_limit_to_be_under() -> None:
    news = told(
        surface="booth", r1="line_search~lr~0.22", start="-5.05~-1.21", schedule="constant", steps="240", seed="1"
    )
    assert all("limit" not in item["sentence"] for item in news)
    assert all(item["kind"] != "bouncing" for item in news)


def test_a_run_that_begins_outside_says_so() -> None:
    news = told(surface="bowl~condition~12", r1="sgd~lr~0.05", start="9~1", steps="100")
    (item,) = (item for item in news if item["kind"] == "began_outside")
    experiment, _ = parse({"surface": ["bowl~condition~12"], "r1": ["sgd~lr~0.05"], "start": ["9~1"], "steps": ["100"]})
    (path,) = simulate(experiment)
    came = int(np.argmax((np.abs(path.theta) <= 5).all(axis=1)))
    assert (item["at"], item["text"]) == (0, "began outside")
    assert item["sentence"] == f"began outside the surface's window and comes in at step {came}"
    assert not any(item["kind"] in ("left", "left_back", "in_and_out") for item in news)


@pytest.mark.parametrize("seed", range(40))
def test_comings_and_goings_are_counted(seed: int) -> None:
    """Against a walk through the positions, one by one, of runs that come and go as they please."""
    rng = np.random.default_rng(seed)
    surface = SURFACES["bowl"]()
    drift = np.cumsum(rng.normal(0, 3, (61, 2)), axis=0)
    theta = np.clip(drift, -9, 9)
    path = Path(surface, theta, surface.value(*theta.T), np.stack(surface.grad(*theta.T), axis=-1))
    went, came = [], []
    for t in range(1, 61):
        before, now = (max(abs(theta[k, 0]), abs(theta[k, 1])) <= 5 for k in (t - 1, t))
        went += [t] if before and not now else []
        came += [t] if now and not before else []
    news = {item["kind"]: item for item in brief(path, surface)}
    starts_out = np.abs(theta[0]).max() > 5
    assert ("began_outside" in news) == starts_out
    if starts_out:
        assert ("comes in" in news["began_outside"]["sentence"]) == bool(came)
        came = came[1:]
    assert ("in_and_out" in news) == (len(went) > 1)
    if len(went) > 1:
        assert news["in_and_out"]["text"] == f"in and out {'twice' if len(went) == 2 else f'{len(went)} times'}"
        assert news["in_and_out"]["at"] == went[0]
        assert ("left" in news) == (len(came) < len(went))
    elif went:
        assert news["left"]["at"] == went[0]
        assert ("left_back" in news) == bool(came)
        if came:
            assert (news["left_back"]["at"], news["left_back"]["text"]) == (
                came[0],
                f"out at {went[0]}, back at {came[0]}",
            )
    assert not {"left", "left_back", "in_and_out"} & set(news) or went


# What a run ends with, on links that were once told something else.


def kinds(**query: str) -> list[str]:
    return [item["kind"] for item in told(**({"schedule": "constant", "steps": "240"} | query))]


@pytest.mark.parametrize(
    "query",
    [
        {"surface": "rosenbrock", "r1": "sgd~lr~0.0002", "start": "-2~-1", "steps": "500"},
        {"surface": "bowl~condition~1000", "r1": "sgd~lr~0.0015", "start": "-4~3"},
        {"surface": "softmax", "r1": "adam~lr~0.32"},
        {"surface": "dixon_price", "r1": "rmsprop~lr~0.1", "start": "1.4~8.6"},
        {"surface": "mccormick", "r1": "lion~lr~0.07", "start": "-0.15~0.73"},
    ],
)
def test_what_is_on_its_way_has_not_converged(query: dict[str, str]) -> None:
    assert not {"converged", "at_minimum", "local_minimum", "as_good"} & set(kinds(**query))


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"surface": "goldstein_price", "r1": "adam~lr~0.08", "start": "0.286~1.714"}, "(1.8, 0.2)"),
        ({"surface": "goldstein_price", "r1": "line_search~lr~4", "start": "-1.9~1.9"}, "(1.8, 0.2)"),
        ({"surface": "goldstein_price", "r1": "bfgs~lr~1", "start": "-1.9~1.9"}, "(−0.6, −0.4)"),
        ({"surface": "goldstein_price", "r1": "adamw~lr~0.024", "start": "1.06~0.53"}, "(1.2, 0.8)"),
    ],
)
def test_a_run_in_another_pit_says_which(query: dict[str, str], place: str) -> None:
    (item,) = (item for item in told(schedule="constant", steps="240", **query) if item["kind"] == "local_minimum")
    assert item["sentence"] == f"ended in a local minimum at step {item['at']}, {place}: lower ones exist"


def test_beside_the_only_minimum_there_is_no_other() -> None:
    assert kinds(surface="rosenbrock", r1="adagrad~lr~0.1", start="1.01~1.01") == ["converged"]


def test_a_run_that_will_burst_is_at_the_minimum_but_not_for_good() -> None:
    query = {"surface": "bowl", "schedule": "constant", "r1": "rmsprop~lr~1.5", "start": "-1.09~3.28"}
    (item,) = (item for item in told(steps="120", **query) if item["kind"] == "at_minimum")
    experiment, _ = parse({key: [text] for key, text in query.items()} | {"steps": ["1200"]})
    (path,) = simulate(experiment)
    away = np.hypot(*path.theta.T)
    leaves = 121 + int(np.argmax(away[121:] > 0.05))
    assert item["sentence"].endswith(f"not for good: with more steps it leaves at {leaves}")
    # At sight, while it is dragged, nobody looks ahead.
    experiment, _ = parse({key: [text] for key, text in query.items()} | {"steps": ["120"]})
    (path,) = simulate(experiment)
    assert path.status == "converged" == brief(path, surface_of(experiment.surface))[-1]["kind"]


def test_cross_entropy_of_three_classes_falls_on() -> None:
    (item,) = told(surface="three_class~loss~cross_entropy", schedule="constant", r1="sgd~lr~1", steps="300")
    assert item["kind"] == "as_good"
    assert "the minimum lies at infinity" in item["sentence"]
    assert item["brief"].endswith(", and falling on")


@pytest.mark.parametrize(("rate", "falls"), [("sgd~lr~1000", False), ("adam~lr~100", False), ("adam~lr~30", True)])
def test_where_no_float_is_left_below_a_loss_nobody_says_that_it_falls_on(rate: str, falls: bool) -> None:
    (item,) = told(surface="three_class~loss~cross_entropy", schedule="constant", r1=rate, steps="300")
    assert item["kind"] == "as_good"
    assert ("fall" in item["sentence"], "fall" in item["brief"]) == (falls, falls)


def test_a_method_that_sets_its_own_rate_may_leap_again_and_is_not_called_converged() -> None:
    """Each of these leaves its minimum within ten times its steps, when its scale has forgotten enough."""
    for slug, lr, start in (("rosenbrock", 9.3, (-1.11, 1.83)), ("branin", 1.48, (4.03, 1.23))):
        path = run(SURFACES[slug](), OPTIMIZERS["prodigy"](), lr, start, 2400)
        at = path.theta[240]
        assert np.abs(path.theta[240:] - at).max() > 0.1
        found = kinds(surface=slug, r1=f"prodigy~lr~{lr}", start=f"{start[0]}~{start[1]}")
        assert "so_far" in found
        assert "converged" not in found
    # One that has no such scale has converged.
    assert "converged" in kinds(surface="branin", r1="line_search", start="4.03~1.23")


@pytest.mark.parametrize("rate", ["1e-7", "1e-6"])
@pytest.mark.parametrize("slug", ["beale", "rosenbrock", "goldstein_price", "booth", "himmelblau", "styblinski_tang"])
def test_where_the_rate_is_tiny_nobody_says_that_there_is_no_slope(slug: str, rate: str) -> None:
    surface = SURFACES[slug]()
    (x0, x1), (y0, y1) = surface.window
    for u, v in ((0.1, 0.2), (0.37, 0.81), (0.9, 0.6)):
        start = f"{x0 + u * (x1 - x0)}~{y0 + v * (y1 - y0)}"
        found = kinds(surface=slug, r1=f"sgd~lr~{rate}", start=start)
        assert not {"stuck", "plateau"} & set(found), start


def test_a_tiny_rate_is_called_so_and_a_spent_one_too() -> None:
    assert kinds(surface="beale", r1="sgd~lr~1e-6", steps="120") == ["rate_small"]
    for surface, rate in (("rosenbrock", "0.0003"), ("goldstein_price", "1e-5")):
        query = {"surface": surface, "r1": f"sgd~lr~{rate}", "schedule": "exponential~decay_steps~5"}
        (item,) = (item for item in told(steps="240", **query) if item["kind"] == "rate_spent")
        # exp(-t / 5) halves it in 5 steps here; the last step is number 239.
        assert "times less than its largest" in item["sentence"]
    assert "stuck" not in kinds(surface="levy", r1="sgd~lr~0.029")


def test_a_rate_is_too_small_only_where_a_larger_one_helps() -> None:
    """At two thirds of the limit no rate helps much: it is the shape that holds the run."""
    for query in ({"surface": "softmax"}, {"surface": "softmax", "r1": "sgd~lr~0.5"}):
        experiment, _ = parse({name: [value] for name, value in (query | {"steps": "60"}).items()})
        for path in simulate(experiment):
            if "rate_small" not in {item["kind"] for item in events(path, surface_of(experiment.surface))}:
                continue
            made = path.recipe
            assert made is not None
            gap = path.loss[-1] - path.surface.lowest
            ends = [
                run(path.surface, made.optimizer, t * path.lr[-1], path.theta[-1], 60).loss[-1] for t in (10, 30, 900)
            ]
            assert min(ends) < path.loss[-1] - 0.2 * gap
    assert "rate_small" not in kinds(surface="softmax", r1="sgd~lr~0.5", steps="60")


@pytest.mark.parametrize("slug", sorted(slug for slug, kind in OPTIMIZERS.items() if kind().own_length))
@pytest.mark.parametrize(("surface", "steps"), [("recurrent_cliff", "17"), ("saddle", "60"), ("rosenbrock", "40")])
def test_who_measures_its_own_steps_is_not_told_that_its_rate_is_too_small(slug: str, surface: str, steps: str) -> None:
    found = told(surface=surface, r1=slug, steps=steps)
    assert "rate_small" not in {item["kind"] for item in found}
    if OPTIMIZERS[slug].row_by_row:
        assert not any("a rate" in item["sentence"] for item in found)


def test_a_rate_of_0_is_no_share_of_another() -> None:
    for schedule in ("polynomial~total_iters~10", "linear~total_iters~10"):
        news = told(surface="bowl~condition~100", schedule=schedule, r1="sgd~lr~0.005", steps="120")
        (item,) = (item for item in news if item["kind"] == "rate_spent")
        assert "has cut the rate to 0; the gradient is still" in item["sentence"]


def test_what_moves_on_was_not_stuck() -> None:
    for surface, slug, kind in (("dixon_price", "momentum", "leaving"), ("one_neuron", "adam", "waits")):
        experiment, _ = parse({"surface": [surface], "steps": ["240"]})
        at = next(i for i, one in enumerate(experiment.runs) if one.optimizer.slug == slug)
        path = simulate(experiment)[at]
        (item,) = (i for i in events(path, surface_of(experiment.surface)) if i["sentence"].startswith("hangs until"))
        assert item["kind"] == kind
        assert "stuck" not in item["text"] + item["brief"]


def test_a_valley_of_lowest_places_is_not_at_infinity() -> None:
    experiment, _ = parse({"surface": ["recurrent_cliff"], "steps": ["240"]})
    said = [
        i
        for path in simulate(experiment)
        for i in events(path, surface_of(experiment.surface))
        if i["kind"] == "as_good"
    ]
    assert said
    assert not any("infinity" in item["sentence"] for item in said)


def test_inside_and_outside_are_the_window_s_and_not_the_picture_s() -> None:
    """What the picture shows is the viewer's choice."""
    words = []
    outside = ("left", "left_back", "in_and_out", "began_outside")
    for query in (
        {"surface": "bowl", "r1": "sgd", "start": "8~3"},
        {"surface": "rastrigin", "r1": "adam~lr~3"},
        {"surface": "saddle", "r1": "rmsprop"},
    ):
        words += [item["sentence"] for item in told(steps="60", **query) if item["kind"] in outside]
    assert len(words) > 3
    assert all("window" in sentence for sentence in words)
    for kind in KINDS.values():
        assert "picture" not in kind.sentence + kind.brief + kind.chip + kind.word
    # Only what a run does within its steps is known.
    assert not any("for good" in sentence for sentence in words)


def test_who_leaves_a_saddle_has_escaped() -> None:
    for surface, start in (("saddle", "-1.6~0.01"), ("monkey_saddle", "1.6~0.01")):
        news = told(surface=surface, schedule="constant", r1="sgd~lr~0.1", start=start, steps="200")
        item = news[-1]
        assert (item["kind"], item["tone"]) == ("escaped", "good")
        assert not {"left", "diverged", "diverges"} & {other["kind"] for other in news}
    # Thrown across the ridge it is lost all the same.
    assert kinds(surface="saddle", r1="sgd~lr~98.9", steps="60")[-1] == "diverged"


@pytest.mark.parametrize(
    ("surface", "rule", "words"),
    [
        ("himmelblau~l2~0", "GL", r"by GL: the loss stood (\S+)% above its best, more than 5"),
        ("bowl", "UP", r"by UP: the loss was higher than 5 steps before, 3 times in a row"),
        ("bowl", "PQ", r"by PQ: the loss above its best, over the progress in training, was (\S+), more than 5"),
        (
            "logistic_regression~held_out~0.3",
            "GL~alpha~0",
            r"by GL: the loss on held-out data stood (\S+)% above its best, more than 0",
        ),
        ("linear_regression", "UP", r"by UP: the training loss was higher than 5 steps before, 3 times in a row"),
    ],
)
def test_a_run_that_is_stopped_says_by_which_criterion(surface: str, rule: str, words: str) -> None:
    rate = {"himmelblau~l2~0": 0.002, "linear_regression": 1.0}.get(surface, 0.1)
    query = {"surface": surface, "r1": f"momentum~lr~{rate}", "r1.1": f"early_stopping~criterion~{rule}"}
    query |= {"schedule": "constant", "steps": "240"}
    (item,) = (item for item in told(**query) if item["kind"] == "stopped")
    measured = re.fullmatch(f"was stopped at step {item['at']} {words}", item["sentence"])
    assert measured, item["sentence"]
    assert item["tone"] == "note"
    experiment, _ = parse({key: [text] for key, text in query.items()})
    (path,) = simulate(experiment)
    n = item["at"]
    assert (path.theta[n:] == path.theta[n]).all()
    watched = path.loss if path.validation is None else path.validation
    if rule.startswith("GL"):
        # Its best is over the steps, the start left out.
        above = 100 * (watched[n] / watched[1 : n + 1].min() - 1)
        assert float(measured[1]) == pytest.approx(above, rel=5e-3)
    elif rule == "UP":
        assert watched[n] > watched[n - 5] > watched[n - 10] > watched[n - 15]


def test_nothing_divided_by_nothing_is_not_far_outside() -> None:
    (item,) = told(surface="bowl", schedule="constant", r1="adam~lr~0.1~eps~0", start="-4~0", steps="60")
    assert (item["kind"], item["text"]) == ("undefined", "0/0 at step 1")
    assert item["sentence"] == "is lost at step 1: 0/0 in y, where σ is 0"


def test_a_run_that_gets_nowhere_is_not_passed_over() -> None:
    """Rates from a hundredth to ten times what suits, from anywhere: who gets nowhere has something said of how it ends."""
    rng = np.random.default_rng(5)
    failing = silent = 0
    for slug in ("ackley", "beale", "booth", "branin", "griewank", "himmelblau", "levy", "matyas", "rastrigin"):
        surface = SURFACES[slug]()
        for method in ("sgd", "momentum", "adam", "rmsprop", "signsgd", "nesterov"):
            low, high = np.array(surface.window).T
            start = tuple((low + (high - low) * rng.random(2)).tolist())
            rate = suggested_rate(OPTIMIZERS[method](), surface, surface.start) * 10 ** rng.uniform(-2, 1)
            path = run(surface, OPTIMIZERS[method](), rate, start, 120)
            gap = path.loss - surface.lowest
            if gap[-1] > gap[0] or gap[-1] > 0.9 * gap[0] or gap[60:].min() > 0.999 * gap[:61].min() > 1e-3 * gap[0]:
                failing += 1
                silent += not any(item["until"] >= 120 for item in events(path, surface))
    assert failing > 10
    assert silent == 0
