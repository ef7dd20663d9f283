"""Any optimizer runs under any schedule on any surface: it stays finite, or the run says that it diverged."""

import numpy as np
import pytest

from app.experiment import suggested_rate
from optimizers import OPTIMIZERS, SCHEDULES, Path, run
from optimizers.loop.status import STATUSES
from surfaces import SURFACES

every = pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
THREE = [SURFACES[slug]() for slug in ("bowl", "rosenbrock", "three_class")]
MOST = next(p.high for p in SCHEDULES["constant"].params() if p.name == "lr")


def sound(path: Path, words: str) -> None:
    assert np.isfinite(path.theta).all() or path.status == "diverged", words
    # What is lost is lost to the end.
    lost = ~np.isfinite(path.theta).all(axis=1)
    assert (np.diff(lost.astype(int)) >= 0).all(), words
    assert np.isfinite(path.lr).all(), words
    assert path.status in STATUSES, words


@every
@pytest.mark.parametrize("factor", [1, 10])
def test_under_every_schedule(optimizer: str, factor: float) -> None:
    method = OPTIMIZERS[optimizer]()
    for surface in THREE:
        rate = min(factor * suggested_rate(method, surface, surface.start), MOST)
        for slug, schedule in SCHEDULES.items():
            path = run(surface, method, schedule(lr=rate, warmup=5), surface.start, 60)
            sound(path, f"{slug} on {surface.slug}")


@every
def test_on_every_surface(optimizer: str) -> None:
    method = OPTIMIZERS[optimizer]()
    for slug, kind in SURFACES.items():
        surface = kind()
        path = run(surface, method, suggested_rate(method, surface, surface.start), surface.start, 120)
        sound(path, slug)
        assert np.isfinite(path.loss).all() or path.status == "diverged", slug


@every
def test_on_penalised_surfaces(optimizer: str) -> None:
    method = OPTIMIZERS[optimizer]()
    for slug in ("bowl", "rosenbrock", "three_class"):
        surface = SURFACES[slug](l1=0.5, l2=0.2)
        sound(run(surface, method, suggested_rate(method, surface, surface.start), surface.start, 60), slug)
