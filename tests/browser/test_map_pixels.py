"""Workers compute a map in a real browser, under the pages' policy: the server's pixels, coarse first, until cancelled."""

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from app.handouts.sheet import PLAN
from app.player import BASE, PREFIX
from maps.computing import refined
from maps.model import parse_map
from optimizers.loop.status import STATUSES

LINK = {"surface": "himmelblau", "r2": "momentum~lr~0.01", "steps": "120", "size": "128"}
# The colours of a map are a page's; here its numbers are handed over as they are.
COMPUTE = """async ([home, link, stopAt]) => {
  const { Pool } = await import(`${home}/map/pool.js`);
  const cancel = new AbortController();
  const bytes = (array) => btoa(String.fromCharCode(...new Uint8Array(array.buffer)));
  const shown = [];
  try {
    await new Pool().compute(`${home}/script?${link}`, [128, 128], (tiles, stride) => {
      if (stride === stopAt) cancel.abort();
      const arrays = ({ status, step, loss }) => ({ status: bytes(status), step: bytes(step), loss: bytes(loss) });
      const parts = tiles.map(({ part }) => arrays(part));
      shown.push({ stride, parts });
    }, cancel.signal);
  } catch (error) {
    return { shown, failed: `${error.constructor.name}: ${error.message}` };
  }
  return { shown, failed: "" };
}"""


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A plain page of the same server, under the policy."""
    page = browser.new_page(base_url=server)
    page.goto(f"{BASE}/{PLAN}")
    yield page
    page.close()


def computed(page: Page, link: dict[str, str], stop_at: int = 0) -> tuple[list[Any], str]:
    """What is shown, as (stride, arrays), and how it failed."""
    said = page.evaluate(COMPUTE, [PREFIX, "&".join(f"{key}={value}" for key, value in link.items()), stop_at])
    kinds = {"status": "u1", "step": "<u2", "loss": "<f4"}
    shown = []
    for one in said["shown"]:
        rows = {
            name: np.concatenate([np.frombuffer(base64.b64decode(part[name]), kind) for part in one["parts"]])
            for name, kind in kinds.items()
        }
        shown.append((one["stride"], rows))
    return shown, said["failed"]


@pytest.mark.usefixtures("each_step")
def test_its_pixels_are_the_servers(page: Page) -> None:
    asked, _ = parse_map({key: [value] for key, value in LINK.items()})
    *_, whole = refined(asked)
    status = np.array([STATUSES.index(one.status) for one in whole.classes])
    shown, failed = computed(page, LINK)
    assert not failed
    assert [stride for stride, _ in shown] == [4, 1]
    for stride, rows in shown:
        every = slice(None, None, stride)
        np.testing.assert_array_equal(rows["status"], status[whole.label][every, every].ravel())
        np.testing.assert_array_equal(rows["step"], whole.step[every, every].ravel())
        np.testing.assert_array_equal(rows["loss"], whole.loss[every, every].ravel())


def test_a_cancelled_map_goes_no_further(page: Page) -> None:
    shown, failed = computed(page, LINK, stop_at=4)
    assert [stride for stride, _ in shown] == [4]
    assert failed.startswith("DOMException")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"r2.1": "clip_norm"}, "ServersOwn"),
        ({"r2": "momentum~lr~no"}, "Error: "),
    ],
)
def test_what_no_browser_computes_is_said(page: Page, more: dict[str, str], words: str) -> None:
    shown, failed = computed(page, LINK | more)
    assert not shown
    assert failed.startswith(words)
