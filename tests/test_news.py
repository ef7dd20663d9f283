"""What the chip and the strip say of a run, and from when to when."""

from typing import Any

import pytest

from app.experiment import parse, simulate, surface_of
from app.news import FOUND, KINDS, TITLE, brief, events
from optimizers.explain.findings import findings


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


def test_a_run_just_below_the_limit_bounces_until_it_has_converged() -> None:
    news = told(surface="bowl~condition~12", r1="sgd~lr~0.165", steps="400")
    assert [item["text"] for item in news][:1] == ["bouncing"]
    assert "just under 2/λmax = 0.167" in news[0]["sentence"]
    assert news[-1]["text"].startswith("converged at")
    assert news[0]["until"] <= news[-1]["at"]


def test_converged_names_the_minimum_that_was_found() -> None:
    (item,) = told(surface="himmelblau", r1="sgd~lr~0.01", start="3~3", steps="200")
    assert item["sentence"] == f"converged at step {item['at']} to the minimum at (3, 2)"
    assert item["tone"] == "good"
    (item,) = told(surface="bowl", r1="adam~lr~0.5", steps="200")
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
    {"surface": "bowl", "r1": "sgd~lr~0.2", "r1.1": "early_stopping", "steps": "200"},
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
    # There is no verdict yet that says these two.
    # A run that ended for want of evaluations is told in tests/test_work.py.
    assert met == set(KINDS) - {"escaped", "rate_spent", "ended"}


def test_the_words_of_a_chip_are_said_once() -> None:
    """What a verdict calls itself is what the table of news does."""
    met: set[str] = set()
    for query in RACES[:8]:
        experiment, _ = parse({key: [text] for key, text in query.items()})
        for path in simulate(experiment):
            for one in findings(path):
                if one.chip:
                    met.add(one.kind)
                    assert KINDS[FOUND[one.kind][0]].chip.format(at=one.first) == one.chip
    assert len(met) >= 4


def test_a_run_that_leaves_says_so_at_once_and_why() -> None:
    news = told(surface="bowl~condition~12", r1="sgd~lr~0.172", steps="60")
    (left,) = (item for item in news if item["kind"] == "left")
    n = left["at"]
    assert left["text"] == f"out of view at {n}"
    assert left["sentence"] == f"left the picture at step {n}: its rate 0.172 is above 2/λmax = 0.167"
    assert left["brief"] == f"left at step {n}: rate 0.172 is above 2/λmax = 0.167"
    # One that leaves at a rate below the limit is given no reason that is none.
    news = told(surface="bowl~condition~12", r1="momentum~lr~0.2", start="4.9~4.9", steps="60")
    (left,) = (item for item in news if item["kind"] == "left")
    assert left["sentence"] == left["brief"] == f"left the picture at step {left['at']}"


def test_a_run_that_begins_outside_says_so() -> None:
    news = told(surface="bowl~condition~12", r1="sgd~lr~0.05", start="9~1", steps="100")
    first, back = (item for item in news if item["kind"] in ("left", "left_back"))
    assert (first["at"], first["sentence"]) == (0, "begins outside the picture")
    assert back["sentence"] == f"begins outside the picture and comes in at step {back['at']}"
    assert back["text"] == f"out at 0, back at {back['at']}"
