"""From where a surface says that it is looked at, the ways of the first picture's runs are in front."""

from collections.abc import Iterator
from typing import Any

import pytest

from surfaces import SURFACES
from surfaces.bases.surface import PENALTIES
from tests.cameras import share_seen

SEEN = 0.95


def _shapes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every surface as it comes, with each of its choices, and with each of its numbers at both ends of its slider."""
    for slug, surface in sorted(SURFACES.items()):
        yield slug, {}
        for p in surface.params():
            if p.name in PENALTIES:
                continue
            values = p.choices or tuple(map(p.kind, p.shown or ()))
            yield from ((slug, {p.name: value}) for value in values if value != p.default)


@pytest.mark.parametrize(("slug", "fields"), list(_shapes()), ids=str)
def test_every_run_and_its_start_are_in_sight(slug: str, fields: dict[str, Any]) -> None:
    share, start = share_seen(slug, *SURFACES[slug].camera, **fields)
    assert share >= SEEN
    assert start


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_a_camera_is_one_that_a_viewer_could_turn_to(slug: str) -> None:
    azimuth, elevation = SURFACES[slug].camera
    assert 0.0 <= azimuth < 360.0
    # Lower the surface hides what lies on it, higher it is no more than the contour.
    assert 30.0 <= elevation <= 80.0


@pytest.mark.parametrize("slug", ["recurrent_cliff", "goldstein_price"])
def test_a_wall_between_the_eye_and_a_run_is_noticed(slug: str) -> None:
    # From where most surfaces are looked at these two have a wall in front of one run at least.
    hidden, _ = share_seen(slug, *SURFACES["bowl"].camera)
    assert hidden < 0.5
