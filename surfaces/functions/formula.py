"""A surface of a loss that somebody types."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, final

import numpy as np
from scipy.optimize import minimize

from core.either import Number
from core.entry import Param, param
from core.formula import CONSTANTS, FormulaError, Node, derivative, listed, read, typeset, worth
from core.words import written
from surfaces.bases.lowest import hessian_at, lowest_places
from surfaces.bases.surface import Cost, Height, Point, Surface, Window

# The windows on offer, as half their width around the origin; minima lie within this share of it.
HALVES, SHARE = (2.0, 5.0, 10.0), 0.8
# As far as a window reaches; points along each side of the look for a window.
FARTHEST, LOOKS = 1e6, 81
# As many of the lowest pits of that look decide.
MOST_PITS = 24
# Where runs may begin, as shares of half the window.
BEGINS = ((-0.7, 0.6), (0.7, -0.6), (-0.6, -0.7), (0.6, 0.7), (-0.8, 0.15), (0.8, -0.2), (0.15, 0.8), (-0.2, -0.8))
# More lowest places than that are a valley's floor, and no minima.
MOST_MINIMA = 12
# Losses that lie so near, as a share of their size, are one.
SAME = 1e-9
# A middling loss that is so small a share of the highest hides what is below it.
HIDDEN = 0.15


class Parts(NamedTuple):
    """A formula, its derivatives by x and y, and both in the order in which they are worked out."""

    tree: Node
    slopes: tuple[Node, Node]
    for_value: list[Node]
    for_slopes: list[Node]


@lru_cache(maxsize=256)
def parts_of(text: str) -> Parts:
    """A formula made ready; FormulaError where it is none."""
    tree = read(text)
    slopes = derivative(tree, "x"), derivative(tree, "y")
    return Parts(tree, slopes, listed(tree), listed(*slopes))


def check_text(text: Any) -> None:
    """Raise FormulaError unless this is a formula."""
    if not isinstance(text, str):
        raise FormulaError(f"a formula is a text, such as 'x^2 + 3 y^2', not {text!r}", "", 0)
    read(text)


def check_window(ends: Any) -> None:
    """Raise ValueError unless these are the ends of a window, or none: x from, x to, y from, y to."""
    plain = isinstance(ends, tuple | list) and all(type(v) in (float, int) and abs(v) <= FARTHEST for v in ends)
    rising = plain and len(ends) == 4 and all(b - a >= 1e-4 * max(abs(a), abs(b)) for a, b in (ends[:2], ends[2:]))
    if not rising and not (plain and not ends):
        raise ValueError(f"within must be x from, x to, y from and y to, rising and of at most a million; got {ends!r}")


def constant(letter: str) -> Any:
    """The field of a constant."""
    label = f"constant {letter}"
    return param(1.0, -1000.0, 1000.0, label=label, shown=(-5.0, 5.0), help="A constant of your formula.")


class _Upright(NamedTuple):
    """A curve f(x) with a wall on either side, y^2: its minima are the curve's, at y = 0."""

    formula: "Formula"

    @property
    def window(self) -> Window:
        """The formula's own."""
        return self.formula.window

    def value(self, x: Number, y: Number) -> Number:
        """The loss at x, and the wall's height at y."""
        return self.formula.value(x, y) + y * y

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        """The partial derivatives of both."""
        return self.formula.grad(x, y)[0], 2 * y

    def grid(self, points: int, window: Window | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As a surface's own."""
        x, y, z = self.formula.grid(points, window)
        return x, y, z + (y * y)[:, None]


class _Step(NamedTuple):
    """What a step sees of a loss that changes with t."""

    formula: "Formula"
    t: float

    def value(self, x: Number, y: Number) -> Number:
        """The loss at (x, y) in this step."""
        return self.formula.value(x, y, self.t)

    def grad(self, x: Number, y: Number) -> tuple[Number, Number]:
        """The partial derivatives of the loss at (x, y) in this step."""
        return self.formula.grad(x, y, self.t)


@final
@dataclass(frozen=True, eq=False)
class Formula(Surface):
    """A loss that you type, in x and y; other letters become constants, and t is the number of the step.

    What may be typed, and what counts as a slope at a kink, stands in docs/formulas.md; FormulaError, a ValueError, says what
    is wrong and at which character. The gradient is derived from the formula's own tree, and is what `formulas` typesets.

    The window, unless `within` sets it, is the smallest on offer that holds the pits within 10 of the origin. Minima are
    looked for in the window, and so found, not known. Where t stands in a formula, each step sees the loss at its own t, and
    what is drawn is that at t = 1.

    A formula in x alone is a curve: runs begin at y = 0, where they stay, and so do its minima.
    """

    slug = "formula"
    name = "Your formula"
    family = "Your own"
    tex = r"f(x, y) = \;?"
    source = "you"

    text: str = param(
        "x^2 + 3 y^2", label="loss f(x, y)", sweeps=False, checks=check_text, help="The loss, in x and y."
    )
    within: tuple[float, ...] = param(
        (), label="window", sweeps=False, checks=check_window, help="x from, x to, y from, y to; empty: as proposed."
    )
    a: float = constant("a")
    b: float = constant("b")
    c: float = constant("c")
    d: float = constant("d")
    f: float = constant("f")
    g: float = constant("g")
    h: float = constant("h")
    i: float = constant("i")
    j: float = constant("j")
    k: float = constant("k")
    l: float = constant("l")  # noqa: E741
    m: float = constant("m")
    n: float = constant("n")
    o: float = constant("o")
    p: float = constant("p")
    q: float = constant("q")
    r: float = constant("r")
    s: float = constant("s")
    u: float = constant("u")
    v: float = constant("v")
    w: float = constant("w")

    @classmethod
    def params_with(cls, values: Mapping[str, Any]) -> tuple[Param, ...]:
        """The declared fields; of the constants those in the formula that is the text among `values`, if it is one."""
        try:
            used = parts_of(values.get("text", cls.text)).tree.letters
        except FormulaError:
            used = frozenset(CONSTANTS)
        return tuple(p for p in cls.params() if p.name not in CONSTANTS or p.name in used)

    @cached_property
    def parts(self) -> Parts:
        """The formula and its derivatives."""
        return parts_of(self.text)

    @property
    def formulas(self) -> tuple[str, str, str]:
        """The LaTeX of the formula and of its derivatives by x and by y."""
        one, two = self.parts.slopes
        return typeset(self.parts.tree), typeset(one), typeset(two)

    @cached_property
    def _constants(self) -> Mapping[str, Number]:
        used = self.parts.tree.letters & set(CONSTANTS)
        # A sweep's array as it is.
        return {name: v if isinstance(v := getattr(self, name), np.ndarray) else float(v) for name in sorted(used)}

    def value(self, x: Number, y: Number, t: float = 1.0) -> Number:
        """The loss at (x, y) in step `t`."""
        place = {**self._constants, "x": x, "y": y, "t": t}
        (loss,) = worth(self.parts.for_value, place, self.parts.tree)
        return _spread(loss, self.parts.tree, x, y)

    def grad(self, x: Number, y: Number, t: float = 1.0) -> tuple[Number, Number]:
        """The partial derivatives of the loss at (x, y) in step `t`."""
        one, two = self.parts.slopes
        place = {**self._constants, "x": x, "y": y, "t": t}
        dx, dy = worth(self.parts.for_slopes, place, one, two)
        return _spread(dx, one, x, y), _spread(dy, two, x, y)

    @property
    def line(self) -> bool:  # type: ignore[override]
        return "x" in self.parts.tree.letters and "y" not in self.parts.tree.letters

    @property
    def sampled(self) -> bool:
        """Whether each step sees a loss of its own."""
        return "t" in self.parts.tree.letters

    def sample(self, t: int, seed: int) -> _Step:
        """The loss that step `t` sees; nothing is drawn from `seed`."""
        return _Step(self, float(t))

    @cached_property
    def window(self) -> Window:
        if self.within:
            x0, x1, y0, y1 = map(float, self.within)
            return (x0, x1), (y0, y1)
        with np.errstate(all="ignore"):
            return _proposed(_Upright(self) if self.line else self)

    @cached_property
    def start(self) -> Point:
        (x0, x1), (y0, y1) = self.window
        tall = float(not self.line)
        places = [
            ((x0 + x1) / 2 + a * (x1 - x0) / 2, tall * ((y0 + y1) / 2 + b * (y1 - y0) / 2) + 0.0) for a, b in BEGINS
        ]
        with np.errstate(all="ignore"):
            x, y = np.array(places).T
            height, steep = self.value(x, y), np.hypot(*self.grad(x, y))
        # Rather high, among those from which there is a way down.
        fit = sorted((h, p) for h, s, p in zip(height.tolist(), steep.tolist(), places, strict=True) if 0 < s < np.inf)
        return fit[len(fit) * 2 // 3][1] if fit else places[0]

    @cached_property
    def _lowest(self) -> tuple[tuple[Point, ...], float | None]:
        with np.errstate(all="ignore"):
            places, lowest = lowest_places(_Upright(self) if self.line else self)
            if places and lowest is not None:
                # Down a curved valley that a look from the grid lost.
                found = minimize(
                    lambda p: float(self.value(*p)),
                    places[0],
                    jac=lambda p: np.array(self.grad(*p)),
                    method="BFGS",
                    options={"gtol": 1e-12},
                )
                inside = all(low < v < high for v, (low, high) in zip(found.x, self.window, strict=True))
                if inside and found.fun < lowest - SAME * (1 + abs(lowest)):
                    places, lowest = ((float(found.x[0]), float(found.x[1])),), float(found.fun)
        return places if len(places) < MOST_MINIMA else (), lowest

    @property
    def cost(self) -> Cost:  # type: ignore[override]
        # About what each operation of a built-in surface takes.
        n = len(self.parts.for_slopes)
        return Cost(1.0 + 0.1 * n, 10.0 + 2.0 * n, 0.03 + 0.01 * n)

    @property
    def searched(self) -> bool:
        return True

    def facts(self) -> str:
        """How many minima were found, and that they were looked for."""
        if self.lowest is None or not self.minima:
            return "no lowest place found in the window"
        count = len(self.minima)
        return f"{count} lowest place{'s' * (count > 1)} found in the window, loss {written(self.lowest, 4)}"

    @property
    def minima(self) -> tuple[Point, ...]:
        return self._lowest[0]

    @property
    def lowest(self) -> float | None:
        return self._lowest[1]

    @cached_property
    def height(self) -> Height:  # type: ignore[override]
        if self.line:
            return "loss"
        with np.errstate(all="ignore"):
            z = self.grid(41)[2]
        z = z[np.isfinite(z)]
        hidden = len(z) and np.median(z) - z.min() < HIDDEN * np.ptp(z)
        return "log" if hidden else "loss"


def _spread(number: Number, node: Node, x: Number, y: Number) -> Number:
    """The number in the shape that x and y have together, whatever of the two it is made of."""
    number = number if "x" in node.letters else number + 0.0 * x
    return number if "y" in node.letters else number + 0.0 * y


def _proposed(formula: Formula | _Upright) -> Window:
    """The smallest window on offer that holds the pits within the largest one, or what there is of the loss."""
    far = HALVES[-1]
    x, y, z = formula.grid(LOOKS, ((-far, far), (-far, far)))
    z = np.where(np.isfinite(z), z, np.inf)
    inner = z[1:-1, 1:-1]
    beside = [z[1 + i : LOOKS - 1 + i, 1 + j : LOOKS - 1 + j] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
    rows, columns = np.nonzero((inner <= np.min(beside, axis=0)) & (inner < np.max(beside, axis=0)))
    lowest = np.argsort(inner[rows, columns], kind="stable")[:MOST_PITS]
    pits = [(float(x[columns[k] + 1]), float(y[rows[k] + 1])) for k in lowest]
    pits = [pit for pit in pits if _is_pit(formula, np.array(pit), x[1] - x[0])]
    half, centre = HALVES[0], (0.0, 0.0)
    if pits:
        reach = np.abs(pits).max()
        half = next((h for h in HALVES if reach <= SHARE * h), far)
    elif np.isfinite(z).any():
        # Perhaps farther out, where the lowest point of the border leads.
        row, column = np.unravel_index(np.argmin(z), z.shape)
        found = minimize(
            lambda p: float(formula.value(*p)), (x[column], y[row]), method="Nelder-Mead", options={"maxfev": 150}
        )
        if found.success and far < np.abs(found.x).max() < 1e4 and _is_pit(formula, found.x, 1.0):
            centre = (float(round(found.x[0])), float(round(found.x[1])))
    window = tuple((c - half, c + half) for c in centre)
    x, y, z = formula.grid(LOOKS, window)  # type: ignore[arg-type]
    there = np.isfinite(z)
    if 0 < there.mean() < 0.6:
        # Of a root or a logarithm the part that there is.
        xs, ys = x[there.any(axis=0)], y[there.any(axis=1)]
        if len(xs) > 1 and len(ys) > 1:
            return (float(xs[0]), float(xs[-1])), (float(ys[0]), float(ys[-1]))
    return window  # type: ignore[return-value]


def _is_pit(formula: Formula | _Upright, place: np.ndarray, cell: float) -> bool:
    """Whether Newton's step stays by a place: it leaves one that is low only because a look met a valley there."""
    try:
        move = np.linalg.solve(hessian_at(formula, place), np.array(formula.grad(*place)))
    except np.linalg.LinAlgError:
        return False
    return bool(np.abs(move).max() <= 1.5 * cell)
