"""A sentence for each step of one run: what its rules did, where it went beside the gradient, and why, where that can be told.

Why a step goes against the gradient is not guessed from the arrows: the method is begun anew at the same place, with the same
gradient, and only what it does otherwise there is laid to its memory.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from core.words import written
from optimizers import Optimizer, Path, Rule
from optimizers.bases.hessian import hessian
from optimizers.bases.optimizer import gradient
from optimizers.explain.anatomy import asks_for
from optimizers.loop.ruled import Ruled

# A part smaller than this share of the whole is not worth a word.
SMALL = 0.1
# A change that is smaller, as a share, is none.
ROUNDING = 1e-9
# A step that is shorter, as a share of the place, is what rounding leaves.
DIGITS = 1e-13
# Two lengths nearer than this are alike.
ALIKE = 1.01
# What the gradient of a step is called, by what the step sees.
CALLED = {
    "": "the gradient",
    "batch": "the gradient of this batch",
    "dropout": "the gradient with units dropped",
    "both": "the gradient of this batch with units dropped",
}
# Beyond it "so many times" is no number that anyone wants.
MANY = 1000

# Why a step goes against the gradient in some coordinates: a sentence, empty where that cannot be told.
Why = Callable[[list[int]], str]


def remarks(path: Path, optimizer: Optimizer, rules: Sequence[Rule] = (), seed: int = 0) -> list[tuple[int, str]]:
    """What is worth saying of a step, from which step on: the first is at 0. Each sentence is about the two arrows.

    Before it stands what set the step apart: what the rules did, and the method itself where it does not do so every time.
    """
    assert path.used is not None
    again = Again(path, optimizer, rules, seed)
    downhill, moved = -path.used, np.diff(path.theta, axis=0)
    called = CALLED["" if path.batch_loss is None else again.model.sees]
    done = again.deeds()
    said: list[tuple[int, str]] = []
    with np.errstate(all="ignore"):
        for t, (g, step) in enumerate(zip(downhill, moved, strict=True)):
            # What is left of a place in its last digits has no direction.
            rests = 0 < np.hypot(*step) <= DIGITS * np.hypot(*path.theta[t])
            # After a rule has changed it, it is another one.
            name = "that gradient" if any(deed.startswith("the gradient") for deed in done[t]) else called
            sentence = remark(g, step, again.axes, name, lambda i, t=t, name=name: again.why(t, i, name))  # type: ignore[misc]
            words = "; ".join([*done[t], "it moves by no more than rounding." if rests else sentence])
            if not said or said[-1][1] != words:
                said.append((t, words))
    return said


def remark(
    downhill: np.ndarray,
    step: np.ndarray,
    axes: tuple[str, str],
    called: str = "the gradient",
    why: Why = lambda against: "",
) -> str:
    """A sentence on one step: the way downhill (2,) and the step (2,); `called` says which gradient it is.

    `why` is asked about the coordinates in which the step goes against the gradient, about none where there is no gradient.
    """
    slope, length = float(np.hypot(*downhill)), float(np.hypot(*step))
    if not np.isfinite(slope + length):
        return "the numbers have overflowed."
    if length == 0.0:
        return "it stays where it is." if slope else "no slope, no step."
    if slope == 0.0:
        return why([]) or "there is no gradient, and it moves all the same."
    against = [
        i
        for i in range(2)
        if downhill[i] * step[i] < 0 and abs(downhill[i]) > SMALL * slope and abs(step[i]) > SMALL * length
    ]
    if against:
        there = "" if len(against) == 2 else f"in {axes[against[0]]} "
        return why(against) or f"{there}it goes against {called}."
    cosine = float(downhill @ step) / slope / length
    if cosine > 0.995:
        return f"it goes straight down {called}."
    flat, steep = sorted(range(2), key=lambda i: abs(downhill[i]))
    lean = abs(downhill[steep]) / max(abs(downhill[flat]), 1e-300)
    bent = abs(step[steep]) / max(abs(step[flat]), 1e-300)
    if lean > 3 and bent * ALIKE < 1:
        times = f"{lean:.0f}" if lean < MANY else f"more than {MANY}"
        return f"{called} is {times} times as steep in {axes[steep]}, the step leans to {axes[flat]} all the same."
    if lean > 3 and bent < lean / 2:
        return f"it leans less to {axes[steep]} than {called} does."
    return f"it bends away from {called}."


class Again:
    """A run looked at again, one step at a time: what its rules did there, and what the method would have done otherwise."""

    def __init__(self, path: Path, optimizer: Optimizer, rules: Sequence[Rule], seed: int) -> None:
        self.optimizer, self.rules, self.seed = optimizer, rules, seed
        self.path: Any = path
        self.whole: Any = path.full or path
        self.model: Any = path.surface if path.full is None else path.surface.full  # type: ignore[attr-defined]
        self.axes: tuple[str, str] = getattr(path.surface, "axes", ("x", "y"))
        self.steps = len(path.theta) - 1
        self.sampled = getattr(self.model, "sampled", False) and not optimizer.row_by_row
        # The step with which the memory that each step finds began.
        self.begun = np.zeros(self.steps, dtype=int)
        for t in range(1, self.steps):
            self.begun[t] = t if any(rule.forgets(t + 1) for rule in rules) else self.begun[t - 1]

    def seen(self, t: int) -> Ruled:
        """What the method saw in step t, from 0."""
        part = self.model.sample(t + 1, self.seed) if self.sampled else self.model
        return Ruled(part, self.rules, t + 1, self.seed)

    def deeds(self) -> list[list[str]]:
        """What set each step apart, deed by deed; nothing for a rule that changed nothing."""
        said: list[list[str]] = [[] for _ in range(self.steps)]
        with np.errstate(all="ignore"):
            for t, words in enumerate(said):
                if not np.isfinite(self.whole.theta[t + 1]).all():
                    break
                words += self._deeds(t)
        clock = np.arange(self.steps)
        for rule in self.rules:
            earlier, clock = clock, rule.clock(clock)
            for begun in np.flatnonzero((clock == 0) & (earlier > 0)):
                said[begun].append(f"the schedule begins anew by {rule.name.lower()}")
        return said

    def _deeds(self, t: int) -> list[str]:
        halt = self.whole.halt_step
        if halt >= 0 and t + 1 > halt:
            who = " and ".join(rule.name.lower() for rule in self.rules if rule.watches_loss)
            return [f"the run was stopped at step {halt} by {who}"]
        words = [f"the memory is emptied by {rule.name.lower()}" for rule in self.rules if rule.forgets(t + 1)]
        apart = self.optimizer.apart(t + 1 - int(self.begun[t]))
        words += [apart] if apart else []
        if self.rules:
            seen, theta = self.seen(t), self.whole.theta[t][None]
            before = gradient(seen.surface, theta)
            for rule, after in seen.handed_on(before, theta):
                words += [
                    f"the gradient is {deed} by {rule.name.lower()}"
                    for deed in _changed(before[0], after[0], rule, self.axes)
                ]
                before = after
            words += [f"the place is moved by {written(way, 3)} by {rule.name.lower()}" for rule, way in self.put(t)]
        return words

    def put(self, t: int) -> list[tuple[Rule, float]]:
        """The rules that moved the place to which the method led, and how far."""
        before, held, found = self.led(t)[None], self._held(t), []
        for rule, after in self.seen(t).put(before):
            way = float(np.linalg.norm(np.where(held, 0.0, after - before)))
            if way > ROUNDING * float(np.linalg.norm(before)):
                found.append((rule, way))
            before = after
        return found

    def _held(self, t: int) -> np.ndarray:
        """Where nothing moves."""
        return self.seen(t).left_out(np.zeros((1, 1), dtype=bool))[1]

    def led(self, t: int, decays: bool = True) -> np.ndarray:
        """The place (D,) to which the method led before a rule moved it, or to which it would have led without its decay."""
        whole = self.whole
        decay = whole.decay[t] if decays else 0.0 * whole.decay[t]
        return self.optimizer.moved(whole.theta[t], (whole.m[t], whole.sigma[t], decay, ()), whole.lr[t])

    def anew(self, t: int) -> np.ndarray:
        """The place (D,) to which the method would have led if the gradient of this step were the first that it meets.

        Where it takes no step at first it is the next one's, of the same gradient.
        """
        theta, g, eta = self.whole.theta[t][None], self.whole.used[t][None], float(self.whole.lr[t])
        state, there = self.optimizer.init(), theta
        for first in (1, 2):
            step = self.optimizer.step(g, state, theta, eta, first, self.seen(t))
            there, state = np.where(self._held(t), theta, self.optimizer.moved(theta, step, eta)), step[3]
            if np.any(there != theta):
                break
        return there[0]

    @cached_property
    def blind(self) -> bool:
        """Whether the method asks for no gradient: it takes a step where there is none to be had."""
        theta, eta = self.whole.theta[0][None], float(self.whole.lr[0])
        nowhere = _Unsloped(self.seen(0))
        m, *_ = self.optimizer.step(np.nan * theta, self.optimizer.init(), theta, eta, 1, nowhere)
        return bool(np.isfinite(m).all() and np.any(m)) and not nowhere.asked

    def why(self, t: int, against: list[int], called: str) -> str:
        """Why step t goes against the gradient in these coordinates, or, if in none, why it moves without one."""
        place = np.asarray(self.path.theta[t])
        apart = bool(self.optimizer.apart(t + 1 - int(self.begun[t])))

        def way(there: np.ndarray) -> np.ndarray:
            return (there if self.path.full is None else self.path.surface.project(there)) - place

        if not against:
            return self._why_it_moves(t, way, apart)
        downhill, uphill = -self.path.used[t], len(against) == 2
        axis = self.axes[against[0]]
        there = "uphill" if uphill else f"against {called} in {axis}"

        def follows(there: np.ndarray) -> bool:
            step = way(there)
            return bool(step @ downhill > 0 if uphill else step[against[0]] * downhill[against[0]] > 0)

        put = [rule.name.lower() for rule, _ in self.put(t)] if self.rules else []
        if put and follows(self.led(t)):
            return f"{' and '.join(put)} lead{'s' if len(put) == 1 else ''} it {there}."
        if self.blind:
            asks = "this method does not ask for the gradient."
            return f"it sets out uphill: {asks}" if uphill else f"in {axis} it goes against the gradient: {asks}"
        # Where the method did something else than in other steps that may be the cause, and it stands in front.
        if apart:
            return ""
        if follows(self.anew(t)):
            if uphill:
                return f"it sets out uphill: memory is stronger than {called}."
            if self.turned(t, against[0]):
                return f"{called} has turned in {axis}, the step has not yet."
            return f"memory leads it {there}."
        if follows(self.led(t, decays=False)):
            return f"its decay is stronger than {called}." if uphill else f"its decay leads it {there}."
        if "hessian" in asks_for(self.optimizer):
            return self._bent(t, against, called)
        return ""

    def _why_it_moves(self, t: int, way: Callable[[np.ndarray], np.ndarray], apart: bool) -> str:
        """Why a step moves where there is no gradient."""
        alone = "there is no gradient; {} moves it."
        none = ROUNDING * float(np.linalg.norm(np.diff(self.path.theta[t : t + 2], axis=0)))
        put = [rule.name.lower() for rule, _ in self.put(t)] if self.rules else []
        if put and np.linalg.norm(way(self.led(t))) <= none:
            return alone.format(" and ".join(put))
        if self.blind:
            return "there is no gradient, and this method does not ask for one."
        if not apart and not put and np.linalg.norm(way(self.anew(t))) <= none:
            return alone.format("memory alone")
        if not put and np.linalg.norm(way(self.led(t, decays=False))) <= none:
            return alone.format("its decay alone")
        return ""

    def turned(self, t: int, i: int) -> bool:
        """Whether the gradient once had the other sign in a coordinate, and the step has kept its own since."""
        slopes, begun = self.path.used[:, i], int(self.begun[t])
        moved = np.diff(self.path.theta[:, i])
        other = np.flatnonzero(slopes[begun:t] * slopes[t] < 0)
        return bool(other.size) and bool(np.all(moved[begun + other[-1] : t] * moved[t] >= 0))

    def _bent(self, t: int, against: list[int], called: str) -> str:
        """What the curvature has to do with a step against the gradient of a method that divides by it."""
        curvature = hessian(self.seen(t), self.whole.theta[t][None])[0]
        if len(against) == 2:
            step = self.led(t) - self.whole.theta[t]
            return "it sets out uphill: along the step the loss curves down." if step @ curvature @ step < 0 else ""
        axis = self.axes[against[0]]
        # Of a network an axis is a direction of its plane.
        along = np.eye(2)[against[0]] if self.path.full is None else self.path.surface.laid.directions[against[0]]
        if along @ curvature @ along < 0 and self._for_that(t, against[0], curvature):
            return f"in {axis} it goes against {called}: the loss curves down in {axis}."
        return f"the curvature turns it against {called} in {axis}."

    def _for_that(self, t: int, i: int, curvature: np.ndarray) -> bool:
        """Whether Newton's step would follow the gradient in a coordinate if the loss curved up in it as much.

        Of a network's many weights only the step itself is known.
        """
        if self.path.full is not None:
            return True
        if getattr(self.optimizer, "saddle_free", False):
            return False
        bent = curvature + getattr(self.optimizer, "damping", 0.0) * np.eye(2)
        if not bent[i, i] < 0:
            return False
        bent[i, i] = -bent[i, i]
        slope = self.path.used[t]
        step = -np.linalg.lstsq(bent, slope, rcond=None)[0]
        return bool(step[i] * slope[i] < 0)


class _Unsloped:
    """A surface whose gradient is not to be had, which keeps in mind whether it was asked for."""

    def __init__(self, surface: Ruled) -> None:
        self.surface, self.asked = surface, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.surface, name)

    def grad(self, *coordinates: Any) -> np.ndarray:
        self.asked = True
        return np.full((len(coordinates), *np.broadcast(*coordinates).shape), np.nan)

    @property
    def smooth(self) -> "_Unsloped":
        return self

    def row(self, i: int) -> "_Unsloped":
        return self


def _changed(before: np.ndarray, after: np.ndarray, rule: Rule, axes: tuple[str, str]) -> list[str]:
    """What a gradient was made of another one, in words; nothing if nothing."""
    long, now = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    if not float(np.linalg.norm(after - before)) > ROUNDING * max(long, now):
        return []
    gone = [axes[i] for i in np.flatnonzero((before != 0) & (after == 0))] if len(before) == 2 else []
    if gone and now < long:
        return [f"left out in {' and '.join(gone)}"]
    angle = np.degrees(np.arccos(np.clip(before @ after / (long * now or 1.0), -1, 1)))
    ends = [written(length, 3) for length in (long, now)]
    lengths = [f"{rule.verb} from {ends[0]} to {ends[1]}"] if ends[0] != ends[1] else []
    turned = [f"turned by {angle:.0f}°"] if angle >= 0.5 and long > 0 else []
    return [" and ".join(lengths + turned) or f"{rule.verb} a little"]
