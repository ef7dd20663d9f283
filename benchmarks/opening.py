"""Opening the page, by turns with an older commit's or another address's: time to the first picture, bytes, requests.

python -m benchmarks.opening                    this checkout and 695ba51
python -m benchmarks.opening COMMIT             this checkout and that commit
python -m benchmarks.opening ADDRESS ADDRESS    two servers that run already, the new one first
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.page import FLAGS, ROOT, Traffic, served

BEFORE = "695ba51"
ROUNDS = 3
# Only WebGL is drawn in software; to lay the page together so takes twice the time.
SOFTWARE = ["--disable-gpu-compositing"]
# Bits a second in both directions, and milliseconds to the server and back.
LINES = {"localhost": None, "20 Mbit/s, 40 ms": (20e6, 40), "5 Mbit/s, 60 ms": (5e6, 60)}
# A page's clock begins when it is asked for. The surface in three dimensions is whole or not there.
WATCH = """
  window.opened = {};
  const marks = { first: ".ravine[data-painted]", all: ".rv-surface .rv-plot[data-painted]" };
  new MutationObserver(() => {
    for (const [name, place] of Object.entries(marks)) {
      if (!(name in opened) && document.querySelector(place)) opened[name] = performance.now();
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-painted"] });
"""


@dataclass(frozen=True)
class Visit:
    """Seconds to the contour with its paths and to all pictures; bytes by HTTP and by the socket, and requests."""

    first: float
    all: float
    bytes: int
    messages: int
    requests: int


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A commit in a worktree that is gone afterwards."""
    with TemporaryDirectory() as place:
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", place, commit], cwd=ROOT, check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", place], cwd=ROOT, check=True)


def visit(page: Page, address: str, line: tuple[float, int] | None) -> Visit:
    """Open the page over a line of such a speed."""
    traffic = Traffic(page)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    if line:
        speed, delay = line
        limits = {"latency": delay, "downloadThroughput": speed / 8, "uploadThroughput": speed / 8}
        session.send("Network.emulateNetworkConditions", {"offline": False, **limits})
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.opened.first && window.opened.all", timeout=180_000)
    page.wait_for_timeout(1500)
    opened = json.loads(page.evaluate("JSON.stringify(window.opened)"))
    asked = [url for url in traffic.requests if url.startswith("http")]
    return Visit(
        opened["first"] / 1000, opened["all"] / 1000, traffic.bytes - traffic.messages, traffic.messages, len(asked)
    )


def visits(browser: Browser, address: str, line: tuple[float, int] | None) -> tuple[Visit, Visit]:
    """The first visit of someone who was never there, and the next one."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1600, "height": 900})
    context.add_init_script(WATCH)
    both = []
    for _ in range(2):
        page = context.new_page()
        both.append(visit(page, address, line))
        page.close()
    context.close()
    return both[0], both[1]


def rows(found: dict[str, list[tuple[Visit, Visit]]], line: str) -> Iterator[str]:
    """Two lines of the table: the first visit, the second."""
    for k, name in enumerate(("first visit", "second visit")):
        new, old = ([both[k] for both in found[who]] for who in ("new", "old"))
        ratios = [ours.first / theirs.first for ours, theirs in zip(new, old, strict=True)]

        def of(kind: str, new: list[Visit] = new, old: list[Visit] = old) -> tuple[float, float]:
            return median(getattr(one, kind) for one in new), median(getattr(one, kind) for one in old)

        first, whole, size, asked = (of(kind) for kind in ("first", "all", "bytes", "requests"))
        yield (
            f"| {line}, {name} | {first[0]:.2f} s | {first[1]:.2f} s "
            f"| {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {whole[0]:.2f} s | {whole[1]:.2f} s "
            f"| {size[0] / 1e3:,.0f} kB | {size[1] / 1e3:,.0f} kB | {asked[0]:.0f} | {asked[1]:.0f} |"
        )


def table(arguments: Sequence[str] = ()) -> str:
    """The table: by turns, one page at a time, each kind of line for itself."""
    with ExitStack() as stack, sync_playwright() as playwright:
        if len(arguments) == 2:
            addresses = dict(zip(("new", "old"), arguments, strict=True))
            before = "the second address"
        else:
            before = arguments[0] if arguments else BEFORE
            older = stack.enter_context(checked_out(before))
            addresses = {"new": stack.enter_context(served("app/server.py"))[0]}
            addresses["old"] = stack.enter_context(served("app/server.py", older))[0]
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("RAVINE_CHROMIUM"), args=[*FLAGS, *SOFTWARE]
        )
        # What a server does for its first visitor alone is not the visit's.
        for address in addresses.values():
            visits(browser, address, None)
        lines = [
            f"| opening the page | first picture | {before} | ratio | all pictures | {before} | bytes by HTTP | {before} "
            f"| requests | {before} |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for name, line in LINES.items():
            found: dict[str, list[tuple[Visit, Visit]]] = {"new": [], "old": []}
            for i in range(ROUNDS):
                for who in ("new", "old") if i % 2 == 0 else ("old", "new"):
                    found[who].append(visits(browser, addresses[who], line))
                    print(name, i + 1, who, found[who][-1], file=sys.stderr)
            lines += rows(found, name)
        browser.close()
    lines += [
        "",
        f"Medians of {ROUNDS} openings by turns in one browser, each in a context of its own; the ratio is the median of those "
        "of each turn, with the least and the most. The first picture is the contour with its paths, all pictures the surface "
        "in three dimensions too. Lines are the browser's own, as its developer tools slow them down. Left out: one visit "
        "to each server before, and what comes by the socket, which is the experiment's: "
        f"{found['new'][0][0].messages / 1e3:.0f} kB, before {found['old'][0][0].messages / 1e3:.0f} kB.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(sys.argv[1:]))
