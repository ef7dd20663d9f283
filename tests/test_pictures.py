"""The small pictures are those of the lessons and the gallery, as `make pictures` draws them now."""

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.experiment import parse
from app.handouts.colours import COLOURS, MODES, OWN, rgb
from app.handouts.picture import SMALL, picture, png, relief
from app.player import FILES, STATIC
from docs.pictures import IMAGES, pictured, pictures

DRAWN = dict(pictured())
# Mean difference of a channel, of 255: other processors' sums, other versions of Pillow, and a pixel here and there.
NEAR = 0.6
LARGEST = 8 * 1024


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


@pytest.mark.parametrize("name", sorted(DRAWN))
def test_a_picture_is_what_is_drawn_now(name: str) -> None:
    for mode in MODES:
        data = (IMAGES / f"{name}-{mode}.png").read_bytes()
        assert len(data) <= LARGEST
        kept, now = pixels(data), pixels(png(DRAWN[name], SMALL, mode))
        assert kept.shape == now.shape == (184, 184, 3)
        assert apart(kept, now) < NEAR, "run `make pictures`"


def test_none_is_missing_none_left_over_and_all_are_served() -> None:
    wanted = {path for path, _, _ in pictures()}
    there = {*IMAGES.glob("lessons/*"), *IMAGES.glob("gallery/*")}
    assert there == wanted
    for path in wanted:
        assert FILES[path.relative_to(STATIC).as_posix()] == (path,)


def test_the_comparison_sees_a_run_that_is_not_there() -> None:
    """Were it blind to a single path it would be no comparison."""
    for name in ("lessons/batch-norm", "gallery/triangular", "gallery/himmelblau"):
        whole = np.asarray(picture(DRAWN[name], SMALL), float)
        without = np.asarray(picture(DRAWN[name], replace(SMALL, paths=False)), float)
        assert apart(whole, without) > 2 * NEAR


def test_colours_are_those_of_the_player_s_theme() -> None:
    theme = (STATIC / "drawing" / "theme.js").read_text(encoding="utf-8")
    for mode, name in (("light", "LIGHT"), ("dark", "DARK")):
        part = theme.partition(f"const {name} = {{")[2].partition("};")[0]
        for key in ("page", "card", "text", "muted", "accent", "line", "soft"):
            assert f'{key}: "{getattr(COLOURS[mode], key)}"' in part
        ramp = re.search(r"ramp: \[(.*?)\]", part)
        assert ramp is not None
        assert re.findall(r'"(#\w+)"', ramp[1]) == list(OWN[mode]["ramp"])
        colour, share = OWN[mode]["contour"]
        assert f'contour: "rgba({",".join(map(str, rgb(colour)))},{share:g})"'.replace("0.", ".") in part


def test_shades_follow_the_heights_and_fill_the_ramp() -> None:
    z = np.array([[0.0, 1.0, 2.0], [3.0, 1000.0, np.inf], [-np.inf, np.nan, 0.5]])
    shades = relief(z)
    known = np.isfinite(z)
    order = np.argsort(z[known])
    assert np.all(np.diff(shades[known][order]) >= 0)
    assert shades[known].min() == 0
    assert shades[known].max() == pytest.approx(1)
    assert shades[1, 2] == 1
    assert np.isnan(shades[2, :2]).all()
    assert np.array_equal(relief(np.full((2, 2), 7.0)), np.zeros((2, 2)))


def test_what_runs_out_is_drawn_up_to_the_edge_and_what_is_infinite_is_left_out() -> None:
    for link in (
        "surface=saddle&r1=sgd~lr~1&start=0.5~0.5&steps=2000",
        "surface=bowl&start=50~50&r1=sgd~lr~9&steps=900",
    ):
        experiment, _ = parse({key: [value] for key, value in (pair.split("=") for pair in link.split("&"))})
        assert picture(experiment, SMALL).size == (184, 184)


def test_dashes_are_the_second_sign_of_slots_five_to_eight() -> None:
    link = "surface=bowl~condition~1&start=-4~0&steps=60&r{}=sgd~lr~0.1"
    both = []
    for slot in (1, 5):
        query = link.format(slot)
        experiment, _ = parse({key: [value] for key, value in (pair.split("=") for pair in query.split("&"))})
        drawn = np.asarray(picture(experiment, SMALL), float)
        near = np.abs(drawn - rgb(COLOURS["light"].runs[slot - 1])).sum(axis=-1) < 30
        both.append(near[92, 30:80].mean())
    assert both[0] > 0.95
    assert 0.2 < both[1] < 0.8


def test_it_says_how_to_renew_them() -> None:
    assert "docs.pictures" in (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
