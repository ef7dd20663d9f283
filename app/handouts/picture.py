"""A contour with its runs as an image: bands of loss, thin lines between them, paths with their casing, start and minimum.

It looks as the player's contour does (`drawing/relief.js`, `drawing/heights.js`, `drawing/glyphs.js`) and is drawn several
times as large as it will be, because Pillow draws no smooth edges by itself.
"""

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from app.experiment import Experiment, seen, simulate, start_of, view_of
from app.handouts.colours import COLOURS, Colours, Mode, rgb
from app.player import GRID, height
from surfaces import Surface
from surfaces.bases.surface import Window

# As in drawing/relief.js.
BINS, BY_AREA, MOST = 512, 0.75, 6
MARKERS = ("circle", "square", "diamond", "cross", "circle-open", "square-open", "diamond-open", "x")
Point = tuple[float, float]


def relief(z: np.ndarray) -> np.ndarray:
    """Shades from 0 to 1 in the order of the heights, three quarters dealt out by area; what is no number stays none."""
    finite = np.isfinite(z)
    known = z[finite]
    if not known.size or known.max() == known.min():
        return np.where(finite, 0.0, np.where(z > 0, 1.0, np.nan))
    low, high = float(known.min()), float(known.max())
    per = BINS / (high - low)
    counts = np.bincount(np.minimum(BINS - 1, (known - low) * per).astype(int), minlength=BINS)
    dealt = np.minimum(counts, MOST * counts.sum() / BINS)
    edges = np.concatenate([[0.0], np.cumsum((1 - BY_AREA) / BINS + BY_AREA * dealt / dealt.sum())])
    with np.errstate(invalid="ignore"):
        shades = np.interp((z - low) * per, np.arange(BINS + 1), edges)
    return np.where(finite, shades, np.where(z > 0, 1.0, np.nan))


@lru_cache(maxsize=64)
def _shades(surface: Surface, window: Window) -> np.ndarray:
    """The shades over a window: of a network they take far longer than all drawing."""
    with np.errstate(all="ignore"):
        return relief(height(surface, surface.grid(GRID, window)[2]))


def _between(field: np.ndarray, size: int) -> np.ndarray:
    """A square field, row by row from the lowest y, at the middles of so many pixels a side, row by row from the top."""
    at = (np.arange(size) + 0.5) / size * (len(field) - 1)
    i = np.minimum(at.astype(int), len(field) - 2)
    a = at - i
    rows = field[i] * (1 - a)[:, None] + field[i + 1] * a[:, None]
    both: np.ndarray = rows[:, i] * (1 - a) + rows[:, i + 1] * a
    return both[::-1]


def _bands(count: int, colours: Colours) -> np.ndarray:
    """The colours of the bands, from low to high."""
    ramp = np.array([rgb(colour) for colour in colours.ramp], float)
    middles = (np.arange(count) + 0.5) / count * (len(ramp) - 1)
    return np.stack([np.interp(middles, np.arange(len(ramp)), ramp[:, k]) for k in range(3)], axis=-1)


def _lined(pixels: np.ndarray, colours: Colours) -> np.ndarray:
    """The same colours beneath a line."""
    colour, share = colours.contour
    lined: np.ndarray = (1 - share) * pixels + share * np.array(rgb(colour))
    return lined


def _ground(shades: np.ndarray, size: int, line: int, count: int, colours: Colours) -> Image.Image:
    """The bands and the lines between them."""
    between = _between(shades, size)
    none = np.isnan(between)
    bands = np.where(none, count, np.clip(np.where(none, 0, between) * count, 0, count - 1)).astype(np.uint8)
    edge = np.zeros(bands.shape, bool)
    for shift in range(1, line):
        edge[shift:] |= bands[shift:] != bands[:-shift]
        edge[:, shift:] |= bands[:, shift:] != bands[:, :-shift]
    table = np.concatenate([_bands(count, colours), [rgb(colours.page)]])
    table = np.round(np.concatenate([table, _lined(table, colours)])).astype(np.uint8)
    return Image.fromarray(table[bands + np.uint8(count + 1) * edge])


@dataclass(frozen=True)
class Pen:
    """Draws on an image whose side is `size`, in units of a picture that is `unit` of its pixels for one of the page's."""

    draw: ImageDraw.ImageDraw
    unit: float
    colours: Colours

    def line(self, points: Sequence[Point], width: float, colour: str) -> None:
        """A line with round joints and ends."""
        wide = max(1, round(width * self.unit))
        if len(points) > 1:
            self.draw.line([*points], fill=rgb(colour), width=wide)
        for x, y in points if wide > 3 else ():
            self.draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=rgb(colour))

    def marker(self, kind: str, at: Point, size: float, colour: str, casing: float = 2.0) -> None:
        """One of the eight markers, with its casing."""
        size *= self.unit
        casing *= self.unit
        page, ink = rgb(self.colours.page), rgb(colour)
        solid = kind.removesuffix("-open")
        if solid in ("cross", "x"):
            arms = _arms(solid, at, size / 2)
            for wide, fill in ((size * 0.34 + 2 * casing, page), (size * 0.34, ink)):
                for arm in arms:
                    self.draw.line([*arm], fill=fill, width=round(wide))
            return
        self._shape(solid, at, size / 2 + casing, page)
        self._shape(solid, at, size / 2, ink)
        if kind != solid:
            self._shape(solid, at, size * 0.24, page)

    def _shape(self, solid: str, at: Point, r: float, fill: tuple[int, int, int]) -> None:
        x, y = at
        if solid == "circle":
            self.draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)
        elif solid == "square":
            self.draw.rectangle((x - r * 0.88, y - r * 0.88, x + r * 0.88, y + r * 0.88), fill=fill)
        else:
            d = r * 1.15
            self.draw.polygon([(x, y - d), (x + d, y), (x, y + d), (x - d, y)], fill=fill)

    def ring(self, at: Point, r: float, width: float) -> None:
        """Where the runs begin."""
        x, y = at
        for radius, fill in (
            (r + width + 1.4, self.colours.page),
            (r + width, self.colours.text),
            (r, self.colours.page),
        ):
            d = radius * self.unit
            self.draw.ellipse((x - d, y - d, x + d, y + d), fill=rgb(fill))

    def minimum(self, at: Point, r: float) -> None:
        """Where a minimum is: an upright cross of ink."""
        x, y = at
        d = r * self.unit
        for wide, colour in ((3.4, self.colours.page), (1.5, self.colours.text)):
            more = (wide - 1.5) / 2 * self.unit
            for ends in (((x - d - more, y), (x + d + more, y)), ((x, y - d - more), (x, y + d + more))):
                self.draw.line([*ends], fill=rgb(colour), width=max(1, round(wide * self.unit)))


def _arms(solid: str, at: Point, r: float) -> tuple[tuple[Point, Point], tuple[Point, Point]]:
    x, y = at
    if solid == "cross":
        return ((x - r, y), (x + r, y)), ((x, y - r), (x, y + r))
    d = r * 0.8
    return ((x - d, y - d), (x + d, y + d)), ((x - d, y + d), (x + d, y - d))


@dataclass(frozen=True)
class Look:
    """How a picture is drawn: its side on the page, how wide lines and how large markers are there, and what is shown.

    A small one has fewer bands than the player's, or it would be all lines.
    """

    size: int
    density: float = 2.0
    path: float = 2.3
    marker: float = 8.0
    ring: float = 2.7
    cross: float = 3.6
    paths: bool = True
    lines: float = 0.75
    bands: int = 7
    times: int = 4


SMALL = Look(92)


def picture(experiment: Experiment, look: Look, mode: Mode = "light") -> Image.Image:
    """The contour of an experiment, square, with what a look shows of its runs."""
    colours = COLOURS[mode]
    side = round(look.size * look.density)
    large = side * look.times
    unit = large / look.size
    window = view_of(experiment)
    surface = seen(experiment)
    image = _ground(_shades(surface, window), large, max(2, round(look.lines * unit)), look.bands, colours)
    pen = Pen(ImageDraw.Draw(image), unit, colours)

    def at(place: Sequence[float]) -> Point:
        return _at(place, window, large)

    ways = _ways(experiment, window, large) if look.paths else []
    for place in surface.minima:
        # Where a run has arrived its marker stands for the minimum too.
        if all(math.dist(at(place), way[-1]) > look.marker * unit for _, way, _ in ways):
            pen.minimum(at(place), look.cross)
    for slot, way, _ in ways:
        for piece in _dashed(way, look.path * unit) if slot > 4 else [way]:
            pen.line(piece, look.path + 2, colours.page)
        for piece in _dashed(way, look.path * unit) if slot > 4 else [way]:
            pen.line(piece, look.path, colours.runs[slot - 1])
    begin = at(start_of(experiment))
    if _inside(begin, large):
        pen.ring(begin, look.ring, look.ring * 0.55)
    for slot, way, _ in ways:
        end = tuple(min(max(v, look.marker * unit / 2), large - look.marker * unit / 2) for v in way[-1])
        pen.marker(MARKERS[slot - 1], (end[0], end[1]), look.marker, colours.runs[slot - 1])
    return image.resize((side, side), Image.Resampling.BOX)


Way = tuple[int, list[Point], float]


def _at(place: Sequence[float], window: Window, large: int) -> Point:
    (x0, x1), (y0, y1) = window
    return (place[0] - x0) / (x1 - x0) * large, (y1 - place[1]) / (y1 - y0) * large


def telling(scenes: Sequence[Experiment]) -> Experiment:
    """Of several scenes the first in which a run gets anywhere: where no loss falls there is little to see."""
    for scene in scenes:
        if any(np.nanmin(path.loss) < 0.9 * path.loss[0] for path in simulate(scene)):
            return scene
    return scenes[0]


def _ways(experiment: Experiment, window: Window, large: int) -> list[Way]:
    """Slot, way in pixels and length of each run, the longest first; nothing of a run after it has left for good."""
    found: list[Way] = []
    for run, path in zip(experiment.runs, simulate(experiment), strict=True):
        way: list[Point] = []
        last = 0
        for place in path.theta.tolist():
            point = _at(place, window, large)
            if not all(math.isfinite(v) for v in point):
                break
            way.append(point)
            last = len(way) if _inside(point, large) else last
        # The way out is drawn, up to the edge.
        kept = list(_cut(way[: last + 1], large)) if last else []
        if kept:
            length = sum(math.dist(a, b) for a, b in pairwise(kept))
            found.append((run.slot, kept, length))
    return sorted(found, key=lambda one: -one[2])


def _inside(point: Point, large: int) -> bool:
    return all(0 <= v <= large for v in point)


def _cut(way: Sequence[Point], large: int) -> Iterator[Point]:
    """A way whose last point, where it lies outside, is brought to the edge; others are brought near it."""
    for k, point in enumerate(way):
        if _inside(point, large) or not k:
            yield _near(point, point, large)
        else:
            yield _near(way[k - 1] if _inside(way[k - 1], large) else (large / 2, large / 2), point, large)


def _near(before: Point, point: Point, large: int) -> Point:
    """A point outside on its way from one inside, where that crosses the edge."""
    share = 1.0
    for a, b in zip(before, point, strict=True):
        if b < 0 and a > b:
            share = min(share, max(a, 0.0) / (a - b))
        elif b > large and b > a:
            share = min(share, max(large - a, 0.0) / (b - a))
    return before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])


def _dashed(way: Sequence[Point], width: float) -> Iterator[list[Point]]:
    """The dashes of a way: three widths on, two and a half off."""
    on, off = 3.2 * width, 2.6 * width
    piece, left, drawing = [way[0]], on, True
    for a, b in pairwise(way):
        length, done = math.dist(a, b), 0.0
        while length - done > left:
            done += left
            point = a[0] + done / length * (b[0] - a[0]), a[1] + done / length * (b[1] - a[1])
            if drawing:
                yield [*piece, point]
            piece, drawing = [point], not drawing
            left = on if drawing else off
        left -= length - done
        piece.append(b)
    if drawing:
        yield piece


def palette(count: int, colours: Colours, slots: Sequence[int]) -> np.ndarray:
    """All colours of a picture with runs in these slots, and what lies between those that meet, (n, 3)."""
    bands = _bands(count, colours)
    page, text = np.array(rgb(colours.page), float), np.array(rgb(colours.text), float)
    line = _lined(bands, colours)
    known = [bands, line, page[None], text[None], (page + text)[None] / 2, (bands[::3] + page) / 2]
    for slot in slots:
        run = np.array(rgb(colours.runs[slot - 1]), float)
        known += [run[None], (2 * run + page)[None] / 3, (run + 2 * page)[None] / 3]
    return np.unique(np.round(np.concatenate(known)).astype(np.uint8), axis=0)


def packed(image: Image.Image, known: np.ndarray) -> bytes:
    """An image as a PNG, each of its colours the nearest of those that are known."""
    pixels = np.asarray(image).astype(np.int32)
    # One number for each colour, which is sorted far sooner than three.
    given, at = np.unique(pixels @ np.array([1 << 16, 1 << 8, 1], np.int32), return_inverse=True)
    parts = np.stack([given >> 16, given >> 8 & 255, given & 255], axis=-1)
    nearest = ((parts[:, None] - known[None].astype(np.int32)) ** 2).sum(axis=-1).argmin(axis=1)
    indexed = Image.fromarray(nearest[at.reshape(pixels.shape[:2])].astype(np.uint8), "P")
    indexed.putpalette(known.tobytes())
    held = io.BytesIO()
    indexed.save(held, "PNG", optimize=True)
    return held.getvalue()


@lru_cache(maxsize=256)
def png(experiment: Experiment, look: Look, mode: Mode = "light") -> bytes:
    """The picture of an experiment as a file holds it."""
    slots = [run.slot for run in experiment.runs] if look.paths else []
    return packed(picture(experiment, look, mode), palette(look.bands, COLOURS[mode], slots))
