"""How true it is what a viewer is told of a run: `app.news.events` against an independent look at the same run.

Nothing here asks the verdicts. The end of a run is brought to its own local minimum by a Newton method of its own, the same
run is continued to ten times its steps, and where a rate is named as the cause the run is made again at another one. What
each row of the tables counts as false stands in docs/truth.md, which `python -m benchmarks.truth` writes the figures into.
"""

import argparse
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path as File
from typing import Any

import numpy as np

from app.experiment import FIRST, LR, SLOTS, Experiment, Pick, Run, optimizer_of, simulate, suggested, surface_of
from app.news import events
from optimizers import OPTIMIZERS, Path, run
from surfaces import SURFACES, Surface

DOC = File(__file__).parent.parent / "docs" / "truth.md"
STEPS = FIRST.steps
# Starts along each side of the window.
GRID = 13
DRAWN = 4000
# The fresh seed is for the last look alone: its counterexamples are not printed, so that nobody mends by them.
SEED, FRESH = 1, 20261130
# A method that needs arrays, and one of SciPy's, is drawn so much more seldom than one whose step is plain.
ON_ARRAYS, OF_SCIPY = 1 / 4, 1 / 8
# Who is driven too fast, and by how much.
LIMITED, TOO_FAST = ("sgd", "momentum", "nesterov", "qhm", "rmsprop", "adam", "signsgd"), (2, 5, 10, 30, 100, 300)
# Shares of the window: what is at a place, and what rests there.
NEAR, RESTS = 1e-2, 1e-3
# A gap is open above this share of the surface's median one.
OPEN = 1e-3
# Two losses are one below this share of it.
LEVEL = 1e-7
LONGER = 10
# Newton's steps at most, and the width of the differences, as a share of the window.
ROUNDS, WIDTH = 400, 1e-5
# A run is gone that ends so many windows away.
GONE = 100.0
# A limit in a sentence: this method's limit 0.222, 2/λmax = 2.14×10⁻⁶.
LIMIT = re.compile(r"(?:limit|/\S*λmax\S*)(?: of| is)? (?:= )?(\d[\d.]*)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
LEVELLED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
TIMES = {"once": 1, "twice": 2, "three": 3, "four": 4, "five": 5}
OUTSIDE = ("left", "left_back", "in_and_out", "began_outside")
# What is said of something that is over by the end.
PASSING = ("left_back", "in_and_out", "began_outside", "escaped")


class Ground:
    """A surface, and what is known of it without asking a run: its scale, its slopes and its pits."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.sides = np.array([high - low for low, high in surface.window])
        heights = surface.grid(101)[2]
        # Where the lowest value is not known, the lowest in the picture.
        self.low = float(surface.lowest if surface.lowest is not None else np.nanmin(heights))
        self.scale = float(np.nanmedian(heights) - self.low)

    def loss(self, places: np.ndarray) -> np.ndarray:
        """The loss at places (..., 2)."""
        return np.asarray(self.surface.value(places[..., 0], places[..., 1]), dtype=float)

    def slope(self, places: np.ndarray) -> np.ndarray:
        """The gradient at places (..., 2), in loss per window."""
        return np.stack(np.broadcast_arrays(*self.surface.grad(places[..., 0], places[..., 1])), axis=-1) * self.sides

    def bend(self, places: np.ndarray) -> np.ndarray:
        """The Hessian (..., 2, 2) by central differences of the gradient, in loss per window squared."""
        rows = [self.slope(places + h) - self.slope(places - h) for h in WIDTH * np.diag(self.sides)]
        h = np.stack(rows, axis=-2) / (2 * WIDTH)
        return (h + np.swapaxes(h, -1, -2)) / 2

    def apart(self, places: np.ndarray, others: np.ndarray) -> np.ndarray:
        """How far places are from others, as a share of the window: of its two sides the larger share."""
        return np.abs((places - others) / self.sides).max(axis=-1)

    def lower_known(self, place: np.ndarray) -> bool:
        """Whether the surface is known to have a lower place than the bottom of a pit."""
        return bool(self.loss(place) - self.low > LEVEL * self.scale)

    def bottoms(self, places: np.ndarray) -> np.ndarray:
        """The local minimum that each of the places (B, 2) lies above; NaN for those that are not finite.

        Newton's method with the eigenvalues' sizes, within a radius, never uphill. What it ends on that is a saddle is
        pushed off once.
        """
        with np.errstate(all="ignore"):
            found = self._downhill(places)
            bend = self.bend(found)
            finite = np.isfinite(bend).all(axis=(1, 2))
            sizes, axes = np.linalg.eigh(np.where(finite[:, None, None], bend, np.eye(2)))
            saddle = sizes[:, 0] < -1e-6 * np.abs(sizes[:, 1])
            pushed = found[saddle] + RESTS * axes[saddle, :, 0] * self.sides
            found[saddle] = self._downhill(pushed)
        return found

    def _downhill(self, places: np.ndarray) -> np.ndarray:
        now, radius = np.array(places, dtype=float), np.full(len(places), NEAR)
        busy = np.flatnonzero(np.isfinite(now).all(axis=1))
        for _ in range(ROUNDS):
            if not len(busy):
                break
            here, slope, bend = now[busy], self.slope(now[busy]), self.bend(now[busy])
            known = np.isfinite(slope).all(axis=1) & np.isfinite(bend).all(axis=(1, 2))
            busy, here, slope, bend = busy[known], here[known], slope[known], bend[known]
            sizes, axes = np.linalg.eigh(bend)
            along = np.einsum("bij,bi->bj", axes, slope)
            step = -np.einsum("bij,bj->bi", axes, along / np.maximum(np.abs(sizes), 1e-300))
            length = np.hypot(*step.T)
            step *= np.minimum(1, radius[busy] / np.maximum(length, 1e-300))[:, None]
            then = here + step * self.sides
            before, after = self.loss(here), self.loss(then)
            # Where the two losses differ by rounding alone, the slope decides.
            even = np.abs(after - before) <= 4 * np.spacing(np.abs(before))
            better = (after < before) | (even & (np.hypot(*self.slope(then).T) < np.hypot(*slope.T)))
            now[busy[better]] = then[better]
            radius[busy] = np.where(better, np.minimum(2 * radius[busy], 5 * NEAR), radius[busy] / 4)
            busy = busy[(radius[busy] > 1e-10) & (length > 1e-12)]
        return now


@lru_cache(maxsize=64)
def ground_of(slug: str) -> Ground:
    """What is known of a surface at its defaults."""
    return Ground(surface_of(Pick(slug)))


@dataclass(frozen=True)
class Seen:
    """One run, and what a viewer is told of it."""

    experiment: Experiment
    path: Path
    news: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, surface: str, method: str, lr: float, start: tuple[float, float]) -> "Seen":
        """The run of a method from a start at a constant rate."""
        racer = Run(1, Pick(method), lr)
        experiment = Experiment(Pick(surface), Pick("constant"), (racer,), start, STEPS)
        (path,) = simulate(experiment, passing=SLOTS)
        return cls(experiment, path, events(path, surface_of(experiment.surface)))

    @property
    def link(self) -> str:
        """What stands behind the page's address."""
        return "&".join(f"{name}={value}" for name, value in self.experiment.query().items())

    def said(self, *kinds: str) -> list[dict[str, Any]]:
        """What is said of these kinds."""
        return [item for item in self.news if item["kind"] in kinds]

    def holds(self) -> list[str]:
        """The kinds of what is said to hold at the end."""
        return [item["kind"] for item in self.news if item["until"] >= STEPS]

    def again(self, lr: float, start: Iterable[float], steps: int) -> Path:
        """The same method on the same surface at another rate, from another start or for longer."""
        racer = self.experiment.runs[0]
        return run(self.path.surface, optimizer_of(racer.optimizer), lr, tuple(start), steps)

    @property
    def lr(self) -> float:
        """Its rate."""
        return self.experiment.runs[0].lr

    def longer(self, times: int) -> Path:
        """The same run with so many times its steps."""
        return self.again(self.lr, self.path.theta[0], times * STEPS)

    @cached_property
    def beyond(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions and losses of the same run from its end on, up to ten times its steps."""
        path = self.longer(LONGER)
        # Copies: the whole path is ten times as much, and a part has thousands.
        return path.theta[STEPS:].copy(), path.loss[STEPS:].copy()


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: the row of the table, what is wrong with it (empty where nothing is), and the run."""

    row: str
    wrong: str
    link: str


def checked(runs: list[Seen], ground: Ground) -> Iterator[Finding]:
    """All that there is to check of runs on one surface."""
    ends = np.array([seen.path.theta[-1] for seen in runs])
    for seen, bottom in zip(runs, ground.bottoms(ends), strict=True):
        with np.errstate(all="ignore"):
            for row, wrong in _checks(seen, ground, bottom):
                yield Finding(row, wrong, seen.link)


def _checks(seen: Seen, ground: Ground, bottom: np.ndarray) -> Iterator[tuple[str, str]]:
    """The rows that a run counts in, and what is wrong."""
    end = seen.path.theta[-1]
    away = float(ground.apart(end, bottom))
    at_bottom, lower = away <= NEAR, ground.lower_known(bottom)
    far = "" if at_bottom else f"the minimum below lies {away:.1%} of the window away"
    holds = seen.holds()

    if converged := seen.said("converged"):
        wrong = far or ("a lower minimum is known" if lower else _moves_on(seen, ground, bottom))
        yield "converged", wrong
        if not wrong:
            early = float(ground.apart(seen.path.theta[converged[0]["at"]], bottom))
            yield "early", "" if early <= NEAR else f"at that step it is {early:.1%} of the window away"
    at_minimum = seen.said("at_minimum", "so_far")
    local = bool(at_minimum) and "a local minimum" in at_minimum[0]["sentence"]
    if at_minimum:
        yield "at_minimum", far or ("" if local == lower else "a lower minimum is known" if lower else "none is lower")
    if seen.said("as_good"):
        falls = seen.beyond[1][-1] < seen.path.loss[-1]
        gap = (seen.path.loss[-1] - ground.low) / ground.scale
        over = "fall" in seen.said("as_good")[0]["sentence"] and not falls
        wrong = f"its gap is {gap:.2g} of the median one" if gap > OPEN else "continued it falls no more" * over
        yield "as_good", wrong
    if seen.said("local_minimum"):
        yield "local_minimum", far or ("" if lower else "no lower one is known")

    rests = bool((ground.apart(seen.path.theta[-(STEPS // 4) :], bottom) <= RESTS).all())
    if rests and not lower and ground.surface.lowest is not None:
        yield "sits", "" if "converged" in holds else f"said: {_list(holds)}"
        left = "at_minimum" in holds and bool(_moves_on(seen, ground, bottom))
        told = left or bool({"converged", "so_far"} & {*holds}) or ("as_good" in holds and not ground.surface.minima)
        yield "sits_or_leaves", "" if told else f"said: {_list(holds)}"
    elif rests and lower and ground.surface.lowest is not None and _is_pit(ground, bottom):
        yield "sits_higher", "" if "local_minimum" in holds or local else f"said: {_list(holds)}"

    if "stuck" in holds:
        yield "stuck", _faster(seen, ground)
    if "saddle" in holds:
        moved = ground.apart(seen.longer(2).theta[STEPS:], end).max()
        yield "saddle", "" if moved <= NEAR else f"continued twofold it moves by {moved:.1%} of the window"
    because = [item for item in seen.said("diverged", "diverges") if "because" in item["sentence"]]
    if because:
        yield "because", _diverges_anyway(seen, ground, because[-1]["sentence"])
    outside = _outside(seen)
    for item in seen.said(*OUTSIDE):
        yield "left", _miscounted(seen, item, outside)
    if outside.any() and not seen.said(*OUTSIDE, "diverged", "escaped", "as_good"):
        yield "left", f"out of the picture at {np.argmax(outside)}, and nothing is said"

    fails = _fails(seen, ground)
    silent = not holds
    yield "silent", f"{fails}, and nothing is said" if fails and silent else ""
    passing = all(kind in PASSING for kind in holds)
    yield "passing", f"{fails}, and all that is said: {_list(holds)}" if fails and passing else ""


def _list(kinds: list[str]) -> str:
    return ", ".join(kinds) or "nothing"


def _is_pit(ground: Ground, bottom: np.ndarray) -> bool:
    """Whether a place has ground that rises on every side: a flat one may be far above any minimum."""
    bend = ground.bend(bottom)
    return bool(np.isfinite(bend).all() and np.linalg.eigvalsh(bend)[0] > OPEN * ground.scale)


def _moves_on(seen: Seen, ground: Ground, bottom: np.ndarray) -> str:
    """What the run, continued to ten times its steps, does after it is said to have ended."""
    theta, loss = seen.beyond
    moved = float(ground.apart(theta, theta[0]).max())
    if not moved <= NEAR:
        return f"continued tenfold it moves by {moved:.1%} of the window"
    floor = float(ground.loss(bottom))
    grown = float((loss - floor).max()), float(loss[0] - floor)
    if moved > RESTS and grown[0] > 10 * max(grown[1], 0.0):
        return f"continued tenfold its gap grows from {grown[1]:.1e} to {grown[0]:.1e}"
    return ""


def _faster(seen: Seen, ground: Ground) -> str:
    """Whether it is the rate that holds a run: from where it is, 30 times the rate closes a third of the gap."""
    gap = float(seen.path.loss[-1] - ground.low)
    then = float(seen.again(min(30 * seen.lr, LR.high), seen.path.theta[-1], STEPS).loss[-1] - ground.low)
    closed = 1 - then / gap if gap > LEVEL * ground.scale else 0.0
    return f"30 times the rate closes {closed:.0%} of the gap" if closed > 0.3 else ""


def _diverges_anyway(seen: Seen, ground: Ground, sentence: str) -> str:
    """Whether a run whose rate is named as the cause diverges at half the limit, too; where none is named, at a tenth."""
    named = [_number(*parts) for parts in LIMIT.findall(sentence)]
    below = [limit for limit in named if 0 < limit < seen.lr]
    # No rate is smaller than what a link may name.
    rate = max(below[-1] / 2 if below else seen.lr / 10, LR.low)
    if below and rate >= below[-1]:
        return ""
    # As far as the other run came, and no more than ten times the steps.
    steps = round(STEPS * min(max(seen.lr / rate, 1), LONGER))
    end = seen.again(rate, seen.path.theta[0], steps).theta[-1]
    centre = np.array([(low + high) / 2 for low, high in ground.surface.window])
    return "" if ground.apart(end, centre) <= GONE else f"it diverges at {rate:.3g} as well"


def _number(factor: str, power: str) -> float:
    """A number as a sentence writes it, like 2.14×10⁻⁶."""
    return float(factor) * 10.0 ** int(power.translate(LEVELLED) or 0)


def _outside(seen: Seen) -> np.ndarray:
    """At which steps a run is outside the window."""
    (x0, x1), (y0, y1) = seen.path.surface.window  # type: ignore[attr-defined]
    x, y = seen.path.theta.T
    return ~((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1))


def _miscounted(seen: Seen, item: dict[str, Any], outside: np.ndarray) -> str:
    """What is wrong with a remark on the window's border: its steps and counts against the border's crossings."""
    exits = (np.flatnonzero(outside[1:] & ~outside[:-1]) + 1).tolist()
    entries = (np.flatnonzero(~outside[1:] & outside[:-1]) + 1).tolist()
    crossings = f"out at {exits[:4]}, in at {entries[:4]}, {len(exits)} and {len(entries)} times"
    named = [int(number) for number in re.findall(r"(?<![\d.])\d+(?![\d.]*\d)", item["sentence"])]
    named += [times for word, times in TIMES.items() if word in item["sentence"]]
    began = item["kind"] == "began_outside" or bool(re.search(r"beg[ai]ns? outside", item["sentence"]))
    if began != bool(outside[0]):
        return "it began inside" if began else "it began outside"
    if item["kind"] == "left":
        over = seen.said("left_back", "in_and_out")
        right = began or (item["at"] in exits and (bool(over) or bool(outside[item["at"] :].all())))
    elif item["kind"] == "left_back":
        right = len(exits) == (not began) and len(entries) == 1 and {*exits, *entries} <= {*named, item["at"]}
    elif item["kind"] == "in_and_out":
        right = bool({len(exits), len(entries)} & set(named))
    else:
        right = True
    return "" if right else crossings


def _fails(seen: Seen, ground: Ground) -> str:
    """Which way a run obviously fails; empty where it does not."""
    gap = (seen.path.loss - ground.low) / ground.scale
    if not np.isfinite(gap[-1]):
        return "its loss ends beyond all numbers"
    if gap[-1] <= OPEN:
        return ""
    half = gap[STEPS // 2 :]
    rises = np.diff(half)
    if gap[-1] > gap[0] + LEVEL:
        return "its loss ends above the start's"
    if (rises > 0).mean() >= 0.25 and rises[rises > 0].sum() > half[0]:
        return "its loss goes up and down"
    if gap[-1] > 0.9 * gap[0]:
        return "it closes under a tenth of the gap"
    return "it gets nowhere in its last half" if half[-1] > 0.99 * half[0] else ""


@dataclass
class Tally:
    """How many of each row were checked, how many were wrong, and which."""

    checked: Counter[str] = field(default_factory=Counter)
    wrong: list[Finding] = field(default_factory=list)

    def add(self, runs: Iterable[Seen]) -> None:
        """Check runs, on whatever surfaces."""
        by_surface: dict[str, list[Seen]] = defaultdict(list)
        for seen in runs:
            by_surface[seen.experiment.surface.slug].append(seen)
        for slug, those in by_surface.items():
            for one in checked(those, ground_of(slug)):
                self.checked[one.row] += 1
                if one.wrong:
                    self.wrong.append(one)

    def of(self, row: str) -> int:
        """How many were wrong in a row."""
        return sum(one.row == row for one in self.wrong)

    def most(self, row: str) -> int:
        """How many may be."""
        aim = ROWS[row][1]
        return int(np.ceil((aim or 0.0) * self.checked[row]))

    def cell(self, row: str) -> str:
        """A row's figures."""
        of, checked = self.of(row), self.checked[row]
        return f"{of} of {checked} ({of / checked:.1%})" if checked else "–"


# What is counted, and the largest share that is aimed at.
ROWS: dict[str, tuple[str, float | None]] = {
    "converged": ("“converged”: it has not", 0.002),
    "early": ("… it has, but later than the step that is named", None),
    "at_minimum": ("“at a minimum”, “not for good” or “so far”: it is at none", 0.002),
    "as_good": ("“as good as its lowest”: it is not, or falls no more as is said", None),
    "sits": ("rests at a lowest minimum, not called converged", None),
    "sits_or_leaves": ("… nor at a minimum that it leaves when continued", 0.05),
    "local_minimum": ("“local minimum”: at none, or none is lower", 0.002),
    "sits_higher": ("rests in a higher minimum, not called so", None),
    "stuck": ("“stuck”: 30 times the rate moves it", 0.0),
    "saddle": ("“on a saddle”: continued twofold it leaves", 0.0),
    "because": ("“diverges because”: half the limit diverges as well", 0.0),
    "left": ("out of the window and back: other steps or counts", 0.0),
    "silent": ("obviously fails, and nothing is said", 0.01),
    "passing": ("… or only of what is over", None),
}


def click_surfaces() -> list[str]:
    """The surfaces with known minima, but for the network, each of whose steps is as dear as eight."""
    return [slug for slug in drawn_surfaces() if surface_of(Pick(slug)).minima]


def drawn_surfaces() -> list[str]:
    """All surfaces but the network."""
    return [slug for slug, kind in SURFACES.items() if not hasattr(kind, "full")]


def clicks(slug: str, grid: int = GRID) -> Iterator[Seen]:
    """The first picture's methods at the rates on offer, from a grid of starts inside the window."""
    surface = surface_of(Pick(slug))
    sides = [np.linspace(low, high, grid + 2)[1:-1] for low, high in surface.window]
    for x in sides[0]:
        for y in sides[1]:
            start = (_short(x), _short(y))
            for racer in FIRST.runs:
                yield Seen.of(slug, racer.optimizer.slug, suggested(racer.optimizer, surface, start), start)


def draw(seed: int, number: int = DRAWN) -> Iterator[Seen]:
    """Any method on any surface from anywhere in its window, at 0.1 to 10 times the rate on offer there."""
    rng = np.random.default_rng(seed)
    slugs, methods = drawn_surfaces(), list(OPTIMIZERS)
    kinds = [OPTIMIZERS[slug] for slug in methods]
    weights = np.array([OF_SCIPY if k.row_by_row else 1.0 if k.coordinatewise else ON_ARRAYS for k in kinds])
    for _ in range(number):
        slug, method = str(rng.choice(slugs)), str(rng.choice(methods, p=weights / weights.sum()))
        surface = surface_of(Pick(slug))
        (x0, x1), (y0, y1) = surface.window
        start = _short(rng.uniform(x0, x1)), _short(rng.uniform(y0, y1))
        rate = suggested(Pick(method), surface, start) * 10 ** rng.uniform(-1, 1)
        yield Seen.of(slug, method, _short(rate), start)


def fast(slug: str, times: tuple[int, ...] = TOO_FAST) -> Iterator[Seen]:
    """Methods whose limit is known, from the surface's start at so many times the rate on offer."""
    surface = surface_of(Pick(slug))
    start = (_short(surface.start[0]), _short(surface.start[1]))
    for method in LIMITED:
        rate = suggested(Pick(method), surface, start)
        yield from (Seen.of(slug, method, min(_short(t * rate), LR.high), start) for t in times)


def _short(value: float) -> float:
    """To three digits, as it stands in a link."""
    return float(f"{value:.3g}")


def table(tallies: dict[str, Tally]) -> str:
    """The figures, a column for each part."""
    lines = [f"| false | aim | {' | '.join(tallies)} |", f"|---|---|{'---|' * len(tallies)}"]
    runs = " | ".join(str(tally.checked["silent"]) for tally in tallies.values())
    lines.append(f"| runs | | {runs} |")
    for row, (words, aim) in ROWS.items():
        aimed = "" if aim is None else f"at most {100 * aim:g} %" if aim else "none"
        lines.append(f"| {words} | {aimed} | {' | '.join(tally.cell(row) for tally in tallies.values())} |")
    return "\n".join(lines).replace("%)", " %)")


def written(text: str, figures: str) -> str:
    """The document's text with its table replaced."""
    before, rest = text.split("<!-- figures -->\n")
    after = rest.split("<!-- end of figures -->")[1]
    return f"{before}<!-- figures -->\n\n{figures}\n\n<!-- end of figures -->{after}"


def main() -> None:
    """Measure, print the table and write it into the document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", help="of clicks, fast, draw, fresh; all unless named")
    parser.add_argument("--examples", action="store_true", help="print each false one's link, but for the fresh draw's")
    parser.add_argument("--share", type=float, default=1.0, help="so much of it, for a quick look")
    asked = parser.parse_args()
    tallies: dict[str, Tally] = {}
    begun = time.monotonic()

    def progress(words: str) -> None:
        print(f"{time.monotonic() - begun:5.0f} s  {words}", file=sys.stderr, flush=True)

    if "clicks" in asked.parts or not asked.parts:
        tally = tallies["clicks"] = Tally()
        for slug in click_surfaces():
            tally.add(clicks(slug, round(GRID * asked.share**0.5)))
            progress(f"clicks on {slug}")
    if "fast" in asked.parts or not asked.parts:
        tally = tallies["fast"] = Tally()
        for slug in drawn_surfaces():
            tally.add(fast(slug, TOO_FAST[:: round(asked.share**-0.5)]))
        progress("fast")
    for name, seed in (("draw", SEED), ("fresh", FRESH)):
        if name in asked.parts or not asked.parts:
            tally = tallies["fresh draw" if seed == FRESH else name] = Tally()
            tally.add(draw(seed, round(DRAWN * asked.share)))
            progress(name)
    if asked.examples:
        for name, tally in tallies.items():
            for one in sorted(tally.wrong, key=lambda one: list(ROWS).index(one.row)):
                if name != "fresh draw":
                    print(f"{name}\t{one.row}\t{one.wrong}\t{one.link}")
    command = "make truth" if asked.share == 1 else f"python -m benchmarks.truth --share {asked.share:g}"
    figures = f"    {command}\n\n{table(tallies)}"
    print(figures)
    if not asked.parts:
        DOC.write_text(written(DOC.read_text(encoding="utf-8"), figures), encoding="utf-8")


if __name__ == "__main__":
    main()
