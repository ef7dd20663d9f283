"""What a viewer is told of a run against an independent look at it, on a small sample of `python -m benchmarks.truth`."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.experiment import Pick, surface_of
from benchmarks import truth
from surfaces import SURFACES

SURFACES_WITH_MINIMA = truth.click_surfaces()
DRAWN = 150


def side(slug: str) -> int:
    """How many starts along a side: what has data is ten times as dear."""
    return 1 if SURFACES[slug].model else 3


@pytest.fixture(scope="module")
def clicks() -> truth.Tally:
    tally = truth.Tally()
    for slug in SURFACES_WITH_MINIMA:
        tally.add(truth.clicks(slug, side(slug)))
    return tally


@pytest.fixture(scope="module")
def draw() -> truth.Tally:
    tally = truth.Tally()
    tally.add(truth.draw(truth.SEED, DRAWN))
    return tally


def falls_short(tally: truth.Tally, row: str) -> str:
    """The false ones of a row, for whoever has to mend them, where there are more than are aimed at."""
    most, wrong = tally.most(row), [f"{one.wrong}: {one.link}" for one in tally.wrong if one.row == row]
    return "" if len(wrong) <= most else "\n".join([f"{len(wrong)} of {tally.checked[row]}, at most {most}:", *wrong])


@pytest.fixture(scope="module")
def fast() -> truth.Tally:
    tally = truth.Tally()
    for slug in (slug for slug in truth.drawn_surfaces() if not SURFACES[slug].model):
        tally.add(truth.fast(slug, (10,)))
    return tally


AIMED = [row for row, (_, aim) in truth.ROWS.items() if aim is not None]


@pytest.mark.parametrize("row", AIMED)
def test_what_is_said_of_a_click_is_true(clicks: truth.Tally, row: str) -> None:
    words = falls_short(clicks, row)
    assert not words, words


@pytest.mark.parametrize("row", AIMED)
def test_what_is_said_of_any_run_is_true(draw: truth.Tally, row: str) -> None:
    words = falls_short(draw, row)
    assert not words, words


def test_a_rate_that_is_named_as_the_cause_is_it(fast: truth.Tally) -> None:
    assert fast.checked["because"] > 10
    words = falls_short(fast, "because")
    assert not words, words


def test_there_is_something_to_be_true_of(clicks: truth.Tally, draw: truth.Tally) -> None:
    for tally, runs in ((clicks, sum(4 * side(slug) ** 2 for slug in SURFACES_WITH_MINIMA)), (draw, DRAWN)):
        assert tally.checked["silent"] == runs
        assert tally.checked["converged"] > runs / 8
        assert tally.checked["sits"] > runs / 8


# What looks at the runs is itself looked at.


@pytest.mark.parametrize("slug", SURFACES_WITH_MINIMA)
def test_the_bottom_beside_a_known_minimum_is_that_minimum(slug: str) -> None:
    ground = truth.ground_of(slug)
    rng = np.random.default_rng(0)
    for minimum in np.array(ground.surface.minima):
        places = minimum + 0.002 * ground.sides * rng.uniform(-1, 1, (20, 2))
        found = ground.bottoms(places)
        assert ground.apart(found, minimum).max() < 1e-6
        assert not any(map(ground.lower_known, found))


def test_bottoms_lie_where_the_literature_has_them() -> None:
    """Goldstein-Price's three other pits, and what Rosenbrock's floor leads to."""
    pits = np.array([[-0.6, -0.4], [1.8, 0.2], [1.2, 0.8]])
    ground = truth.ground_of("goldstein_price")
    found = ground.bottoms(pits + 0.01)
    np.testing.assert_allclose(found, pits, atol=1e-7)
    np.testing.assert_allclose(ground.loss(found), [30, 84, 840], rtol=1e-9)
    assert all(map(ground.lower_known, found))
    floor = np.array([[-1.0, 1.0], [-0.23, -0.04], [0.0, 0.0]])
    np.testing.assert_allclose(truth.ground_of("rosenbrock").bottoms(floor), np.ones((3, 2)), atol=1e-7)


def test_a_saddle_is_no_bottom_and_a_hill_has_none() -> None:
    ground = truth.ground_of("himmelblau")
    (left,) = ground.bottoms(np.array([[0.08667750, 2.88425470]]))
    assert min(np.hypot(*(left - place)) for place in ground.surface.minima) < 1e-6
    hill = truth.ground_of("saddle")
    assert hill.apart(hill.bottoms(np.array([[0.0, 0.0]])), np.zeros(2)).min() > 1
    assert np.isnan(ground.bottoms(np.array([[np.nan, np.nan], [1.0, 1.0]]))[0]).all()


def told(seen: truth.Seen, **said: Any) -> dict[str, str]:
    """What is found wrong, row by row, had a run been told of in one piece of news."""
    news = ({"at": 1, "until": 10**9, "sentence": "", "tone": "note"} | said,) if said else ()
    one = truth.Seen(seen.experiment, seen.path, news)
    ground = truth.ground_of(seen.experiment.surface.slug)
    return {item.row: item.wrong for item in truth.checked([one], ground)}


def test_a_run_on_its_way_has_not_converged() -> None:
    crawling = truth.Seen.of("rosenbrock", "sgd", 0.0002, (-2.0, -1.0))
    assert told(crawling, kind="converged")["converged"]
    assert told(crawling, kind="at_minimum")["at_minimum"]
    home = truth.Seen.of("bowl", "sgd", 0.1, (-4.0, 3.0))
    found = told(home, kind="converged", at=100)
    assert (found["converged"], found["early"], found["sits"]) == ("", "", "")
    assert told(home, kind="converged")["early"]
    assert told(home)["sits"]
    # Rests in a pit of which there are lower ones.
    pit = truth.Seen.of("goldstein_price", "adam", 0.08, (0.286, 1.714))
    assert told(pit, kind="converged")["converged"] == "a lower minimum is known"
    assert told(pit, kind="local_minimum")["local_minimum"] == ""
    assert told(home, kind="local_minimum")["local_minimum"]


def test_a_burst_to_come_is_no_rest() -> None:
    bursting = truth.Seen.of("bowl", "rmsprop", 1.5, (-1.09, 3.28))
    assert told(bursting, kind="converged")["converged"]


def test_the_rate_is_no_slope() -> None:
    slow = truth.Seen.of("beale", "sgd", 1e-6, (1.0, 1.5))
    assert told(slow, kind="stuck")["stuck"]
    flat = truth.Seen.of("easom", "sgd", 0.1, (-9.0, -9.0))
    assert told(flat, kind="stuck")["stuck"] == ""


def test_a_run_that_leaves_a_saddle_is_not_stuck_on_it() -> None:
    leaving = truth.Seen.of("saddle", "sgd", 0.01, (-1.6, 1e-3))
    assert told(leaving, kind="saddle")["saddle"]
    ridge = truth.Seen.of("saddle", "sgd", 0.1, (-1.6, 0.0))
    assert told(ridge, kind="saddle")["saddle"] == ""


@pytest.mark.parametrize(
    ("surface", "lr", "limit", "false"),
    [("bowl", 0.2, "0.167", False), ("bowl", 0.2, "1.67×10⁻¹", False), ("saddle", 98.9, "1.00", True)],
)
def test_a_cause_is_one_only_if_less_of_it_does_no_harm(surface: str, lr: float, limit: str, false: bool) -> None:
    seen = truth.Seen.of(surface, "sgd", lr, surface_of(Pick(surface)).start)
    sentence = f"diverged at step 9, because the rate {lr} was above 2/λmax = {limit} here"
    assert bool(told(seen, kind="diverged", sentence=sentence)["because"]) == false


# What may be said of a run that is out at 1 and 3, and in at 2 and 4; whether it is false.
CROSSINGS: list[tuple[dict[str, Any], bool]] = [
    ({"kind": "left", "at": 1, "sentence": "left the surface's window at step 1"}, True),
    ({"kind": "left_back", "at": 4, "sentence": "left the surface's window at step 1 and was back at 4"}, True),
    (
        {
            "kind": "in_and_out",
            "at": 4,
            "sentence": "left the surface's window twice, first at step 1, and was back at 4",
        },
        False,
    ),
    ({"kind": "in_and_out", "at": 5, "sentence": "was out of the window 3 times"}, True),
    ({"kind": "began_outside", "at": 0, "sentence": "began outside the surface's window"}, True),
]


@pytest.mark.parametrize(("said", "false"), CROSSINGS)
def test_crossings_are_counted(said: dict[str, Any], false: bool) -> None:
    seen = truth.Seen.of("bowl", "sgd", 0.05, (-4.0, 3.0))
    theta = np.array(seen.path.theta)
    theta[[1, 3], 0] = 9.0
    bent = replace(seen, path=replace(seen.path, theta=theta))
    assert bool(told(bent, **said)["left"]) == false


def test_failing_in_silence_is_seen() -> None:
    slow = truth.Seen.of("rosenbrock", "sgd", 1e-6, (0.0, 3.0))
    assert told(slow)["silent"]
    assert told(slow, kind="anything")["silent"] == ""
    assert told(slow, kind="escaped")["passing"]
    assert told(slow, kind="anything", until=5)["silent"]
    assert told(truth.Seen.of("bowl", "sgd", 0.1, (-4.0, 3.0)))["silent"] == ""
    assert "above the start's" in told(truth.Seen.of("bowl", "sgd", 0.1672, (0.0, 1.0)))["silent"]


def test_the_document_keeps_its_words_and_names_every_row() -> None:
    text = truth.DOC.read_text(encoding="utf-8")
    again = truth.written(text, "none")
    assert again.partition("<!--")[0] == text.partition("<!--")[0]
    assert again.rpartition("-->")[2] == text.rpartition("-->")[2]
    for words, _ in truth.ROWS.values():
        assert words in text
    assert set(truth.drawn_surfaces()) == set(SURFACES) - {"two_layer"}
