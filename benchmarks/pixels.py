"""Maps of 256 x 256 starts x 200 steps as a browser computes them, verdicts counted, beside naive numpy and JAX, by turns.

In node one thread computes, as a worker does; in Chromium what is timed begins with the question and ends with the pixels that
are painted, as the page paints them, and read back: the module is asked for, made by the server, loaded by each worker, and
compiled. Each map is new to the server and to the browser, as it is after a changed rate; JAX has compiled its loop before, and
what is timed of it ends with the ends of the runs on the host.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from app.handouts.sheet import PLAN
from app.player import BASE, PREFIX
from benchmarks.batched import fetched, with_jax
from benchmarks.page import FLAGS, cpu_seconds, served
from benchmarks.starts import NAIVE, RATES, SIDE, STEPS, ratio, starts
from maps.model import parse_map
from maps.script import script
from surfaces import SURFACES

ROUNDS = 7
ROOT = Path(__file__).parent.parent
SLOTS = {"momentum": "r2", "adam": "r3"}
NODE = """
import { Pixels } from "%s/app/player/static/map/pixels.js";
import process from "node:process";
import { text } from "node:stream/consumers";
const pixels = new Pixels(await import(`data:text/javascript;base64,${btoa(await text(process.stdin))}`));
const all = Array.from({ length: %d }, (_, k) => k);
const times = [];
for (let round = 0; round < 4; round++) {
  const begun = process.cpuUsage();
  pixels.part(all, all);
  const { user, system } = process.cpuUsage(begun);
  times.push((user + system) / 1000);
}
console.log(times.join(" "));
"""
# Its workers are there from the second map on. A pixel is read, so that the canvas has to be painted.
COMPUTE = """async ([home, link, side, ends]) => {
  const { own } = await import(`${home}/map/own.js`);
  const { painted, drawPixels } = await import(`${home}/map/mosaic.js`);
  const theme = { page: "#ffffff", late: "#888888", rest: "#aaaaaa", text: "#000000", card: "#ffffff" };
  theme.basins = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];
  const [across, up] = ends.map((ends) => ({ scale: "linear", names: null, ends }));
  const chart = { kind: "basins", by: "verdict", link, rows: side, columns: side, across, up };
  const canvas = Object.assign(document.createElement("canvas"), { width: 512, height: 512 });
  const ctx = canvas.getContext("2d");
  const begun = performance.now();
  const times = [];
  const part = (found) => {
    if (found.every > 1) throw new Error("the server has computed it");
    drawPixels(ctx, { left: 0, right: 512, top: 0, bottom: 512 }, chart, painted(chart, found, theme), theme);
    ctx.getImageData(1, 1, 1, 1);
    times.push(performance.now() - begun);
  };
  await own(chart, { part, done: () => {} }, new AbortController().signal);
  return times;
}"""


@dataclass
class Times:
    """Milliseconds of one map: of each round one."""

    naive: list[float] = field(default_factory=list)
    jax: list[float] = field(default_factory=list)
    node_first: list[float] = field(default_factory=list)
    node: list[float] = field(default_factory=list)
    coarse: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)


def link_of(surface: str, method: str, rate: float) -> str:
    """The query of a map of starts."""
    return f"surface={surface}&{SLOTS[method]}={method}~lr~{rate!r}&steps={STEPS}&map=basins"


def in_node(link: str) -> list[float]:
    """Processor time of a whole map by one thread, the first and those after it."""
    source = script(parse_map({key: [value] for key, value in (part.split("=") for part in link.split("&"))})[0])
    command = [str(Path(sys.executable).with_name("node")), "--input-type=module", "--eval", NODE % (ROOT, SIDE)]
    said = subprocess.run(command, input=source.encode(), capture_output=True, check=True)
    return [float(words) for words in said.stdout.split()]


def server_time(page: Page, pid: int, links: list[str]) -> float:
    """The server's processor time for a map, in milliseconds: of many, because its clock ticks in hundredths of a second."""
    before = cpu_seconds(pid)
    for link in links:
        page.evaluate("async (address) => (await fetch(address)).text()", f"{PREFIX}/script?{link}")
    return 1e3 * (cpu_seconds(pid) - before) / len(links)


def table() -> str:
    """Both tables."""
    found: dict[tuple[str, str], Times] = {pair: Times() for pair in RATES}
    jitted = {(surface, method): with_jax(surface, method, STEPS) for surface, method in RATES}
    with served("app/server.py") as (address, pid), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("RAVINE_CHROMIUM") or None, args=FLAGS)
        page = browser.new_page()
        page.goto(f"{address}{BASE}/{PLAN}")
        cores = page.evaluate("navigator.hardwareConcurrency")
        opening: dict[tuple[str, str], list[float]] = {}
        for turn in range(ROUNDS + 1):
            for (surface, method), rate in RATES.items():
                one, new = found[surface, method], rate * (1 + 1e-6 * turn)
                x, y = starts(surface).T.copy()
                ends = np.array(SURFACES[surface]().window).tolist()
                times: list[Any] = page.evaluate(COMPUTE, [PREFIX, link_of(surface, method, new), SIDE, ends])
                if not turn:
                    opening[surface, method] = times
                    fetched(jitted[surface, method](new, x, y))
                    continue
                begun = time.perf_counter()
                fetched(jitted[surface, method](new, x, y))
                one.jax.append(1e3 * (time.perf_counter() - begun))
                begun = time.perf_counter()
                with np.errstate(all="ignore"):
                    NAIVE[method](surface, new, x, y)
                one.naive.append(1e3 * (time.perf_counter() - begun))
                one.coarse.append(times[0])
                one.whole.append(times[-1])
                first, *warm = in_node(link_of(surface, method, new))
                one.node_first.append(first)
                one.node.append(min(warm))
        for (surface, method), rate in RATES.items():
            links = [link_of(surface, method, rate * (1 + 1e-3 * k)) for k in range(1, 41)]
            found[surface, method].server.append(server_time(page, pid, links))
        browser.close()
    return rows_of(found, opening, cores)


def rows_of(found: dict[tuple[str, str], Times], opening: dict[tuple[str, str], list[float]], cores: int) -> str:
    """The table in Markdown."""
    lines = [
        f"| 256 x 256 starts, 200 steps, verdicts counted | naive numpy, ms | JAX warm and transfer, ms "
        f"| node, one thread, first / warm, ms | Chromium, {cores} workers: coarse painted, ms | whole painted, ms "
        f"| whole / naive | whole / JAX warm and transfer | server CPU, ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (surface, method), one in found.items():
        whole = np.array(one.whole)
        cells = [
            f"{method}, {surface}",
            f"{median(one.naive):.0f}",
            f"{median(one.jax):.0f}",
            f"{median(one.node_first):.0f} / {median(one.node):.0f}",
            f"{median(one.coarse):.0f}",
            f"{median(one.whole):.0f}",
            ratio(whole, np.array(one.naive)),
            ratio(whole, np.array(one.jax)),
            f"{one.server[0]:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    first = next(iter(opening.values()))
    lines += [
        "",
        f"The very first map of a page, its workers not begun: coarse {first[0]:.0f} ms, whole {first[-1]:.0f} ms. "
        f"Load of the machine at the end: {os.getloadavg()[0]:.1f}.",
    ]
    return "\n".join(lines)
