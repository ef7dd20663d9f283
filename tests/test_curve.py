"""A formula of x alone is a curve: its runs stay on it, end in its minima, and are those that a book prints."""

from urllib.parse import parse_qs, urlencode

import numpy as np
import pytest

from app.experiment import parse, simulate, start_of
from maps.axes import batch
from maps.computing import answer
from maps.model import parse_map
from maps.race import parse_race
from maps.script import script
from optimizers import OPTIMIZERS, run
from surfaces import Formula


def asked_for(link: dict[str, str]) -> dict[str, list[str]]:
    return parse_qs(urlencode(link))


# Zhang et al., Dive into Deep Learning, 12.3: what is printed after ten steps from 10.
D2L = [
    ("x^2", "sgd", 0.2, 0.060466),
    ("x^2", "sgd", 0.05, 3.486784),
    ("x^2", "sgd", 1.1, 61.917364),
    ("x cos(0.15 pi x)", "sgd", 2.0, -1.528166),
    ("x cos(0.15 pi x)", "newton", 1.0, 26.834133),
    ("x cos(0.15 pi x)", "newton", 0.5, 7.269860),
    ("cosh(x/2)", "newton", 1.0, 0.0),
]


@pytest.mark.parametrize(("text", "method", "rate", "printed"), D2L)
def test_d2l_s_curves_from_their_links(text: str, method: str, rate: float, printed: float) -> None:
    link = {"surface": f"formula~text~{text}", "schedule": "constant", "start": "10~0", "steps": "10"}
    experiment, remarks = parse(asked_for({**link, "r1": f"{method}~lr~{rate}"}))
    assert not remarks
    (path,) = simulate(experiment)
    assert path.theta[-1, 0] == pytest.approx(printed, abs=1e-6)
    assert (path.theta[:, 1] == 0).all()


def test_a_curve_has_minima_and_runs_that_end_in_them() -> None:
    # (x^2 - 1)^2 + x/2: the two pits are where 4 x^3 - 4 x + 1/2 = 0.
    curve = Formula("(x^2 - 1)^2 + x/2")
    assert curve.line
    left, _, right = sorted(np.roots([4, 0, -4, 0.5]).real)
    ((x, y),) = curve.minima
    assert (x, y) == (pytest.approx(left, abs=1e-9), 0)
    assert curve.start[1] == 0
    for begin, place, status in ((-1.8, left, "converged"), (1.8, right, "local_minimum")):
        path = run(curve, OPTIMIZERS["sgd"](), 0.05, (begin, 0.0), 200)
        assert path.theta[-1, 0] == pytest.approx(place, abs=1e-6)
        assert path.status == status
    assert not Formula("y^2").line
    assert not Formula("3").line
    assert Formula("1 - x").minima == ()


def test_whatever_its_y_a_start_lies_on_the_curve() -> None:
    link = {"surface": "formula~text~(x^2 - 1)^2 + x/2", "r1": "sgd~lr~0.05", "steps": "200"}
    experiment, _ = parse(asked_for(link | {"start": "1.5~1.2"}))
    assert start_of(experiment) == (1.5, 0.0)
    asked, _ = parse_map(asked_for(link | {"map": "basins", "size": "64"}))
    made = batch(asked.scene(), {"x": np.array([-1.5, 1.5]), "y": np.array([0.7, -0.7])})
    assert made.start.tolist() == [[-1.5, 0], [1.5, 0]]
    assert '"rows":[0.0,' in script(asked).replace("-0.0", "0.0")
    assert answer(asked, 3, 50).path.theta[0, 1] == 0
    race, _ = parse_race(asked_for(link))
    assert (race.starts[:, 1] == 0).all()
    assert len(set(race.starts[:, 0].tolist())) == 9
