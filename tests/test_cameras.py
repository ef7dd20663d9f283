"""From where a surface says that it is looked at, the ways of the first picture's runs are in front."""

import pytest

from surfaces import SURFACES
from tests.cameras import share_seen

SEEN = 0.95


@pytest.mark.parametrize("slug", sorted(SURFACES))
def test_the_runs_and_their_start_are_in_sight(slug: str) -> None:
    share, start = share_seen(slug, *SURFACES[slug].camera)
    assert share >= SEEN
    assert start


def test_a_wall_between_the_eye_and_a_run_is_noticed() -> None:
    # From the east the recurrent cliff is looked over; from where most surfaces are looked at its wall is in front.
    hidden, _ = share_seen("recurrent_cliff", 245.0, 52.0)
    assert hidden < 0.5
