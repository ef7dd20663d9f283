"""Two scenes have one clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.experiment import parse, simulate

from .conftest import Browse, serving
from .driver import assert_shown, open_app, panel_steps, playing, seek, step, wait_until


@pytest.fixture
def two_scenes(tmp_path: Path) -> Iterator[str]:
    with serving(Path(__file__).with_name("two_scenes_server.py"), tmp_path / "log.txt") as address:
        yield address


def test_two_scenes_are_always_at_the_same_step(browse: Browse, two_scenes: str) -> None:
    page = browse(base_url=two_scenes)
    open_app(page)
    expect(page.locator(".rv-scene")).to_have_count(2)
    expect(page.locator(".rv-player")).to_have_count(1)
    wait_until(page, "Number(d.step) > 0 && d.playing === 'true'")
    plots = page.locator(".rv-contour .rv-plot")
    painted = plots.evaluate_all("all => all.map(plot => plot.dataset.painted)")
    assert len(painted) == 2
    assert all(painted)
    for at in (0, 37, 80):
        seek(page, at)
        assert panel_steps(page) == [at] * 4
    seek(page, 10)
    page.locator(".rv-play").click()
    wait_until(page, "Number(d.step) > 12")
    page.locator(".rv-play").click()
    assert not playing(page)
    assert step(page) > 12
    assert panel_steps(page) == [step(page)] * 4

    # Nothing of that is a reason to draw a surface again; each card has the run's loss on either.
    assert plots.evaluate_all("all => all.map(plot => plot.dataset.painted)") == painted
    seek(page, 37)
    for scene, loss in enumerate(("mse", "cross_entropy")):
        query = {"surface": [f"three_class~loss~{loss}"], "r1": ["sgd~lr~0.5"], "r2": ["adam~lr~0.3"], "steps": ["80"]}
        side = page.locator((".rv-loss.rv-ours", ".rv-loss.rv-theirs")[scene])
        for text, path in zip(side.all_inner_texts(), simulate(parse(query)[0]), strict=True):
            assert_shown(text, path.loss[37])
    expect(page.locator(".rv-runs-head > :is(.rv-of-left, .rv-of-right)")).to_have_text(["MSE", "Cross-entropy"])
