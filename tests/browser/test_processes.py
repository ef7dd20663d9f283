"""A session goes on in whatever process it comes to: all of it is in the link."""

import os
import signal
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.conftest import Browse
from tests.browser.driver import choose, experiment_of, open_app, rate_of, wait_for_losses
from tests.browser.test_away import connected
from tests.served import Served, serving


def send(served: Served, word: signal.Signals) -> None:
    """All processes that serve are stopped or killed, the page's own and that to which it might go."""
    for pid in served.children()[1:]:
        os.kill(pid, word)


def moved(page: Page, served: Served) -> None:
    """The page comes to a new process."""
    with page.expect_websocket():
        send(served, signal.SIGKILL)
    connected(page)


def test_after_its_process_was_killed_the_next_action_takes_effect(browse: Browse, tmp_path: Path) -> None:
    with serving(tmp_path / "log.txt") as served:
        page = browse(served.address)
        open_app(page, "surface=bowl&schedule=constant&r1=sgd~lr~0.06&r2=adam~lr~0.3&steps=40")
        moved(page, served)
        rate_of(page, "Adam").fill("0.07")
        rate_of(page, "Adam").press("Enter")
        page.wait_for_function("location.search.includes('adam~lr~0.07')")
        assert [run.lr for run in experiment_of(page).runs] == [0.06, 0.07]
        moved(page, served)
        choose(page, "Surface", "Himmelblau")
        page.wait_for_function("location.search.includes('himmelblau')")
        assert experiment_of(page).surface.slug == "himmelblau"
        assert [run.optimizer.slug for run in experiment_of(page).runs] == ["sgd", "adam"]
        assert served.metric("script_errors_total") == [0, 0]
        # Nor is lost what was asked of a process that no longer hears.
        for rate in (0.011, 0.012):
            send(served, signal.SIGSTOP)
            rate_of(page, "Adam").fill(str(rate))
            rate_of(page, "Adam").press("Enter")
            send(served, signal.SIGKILL)
            page.wait_for_function(f"location.search.includes('adam~lr~{rate}')")
            wait_for_losses(page)
