"""Rules at work within a run: the surface as an optimizer sees it through them, and the rows that they have stopped."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from optimizers.bases.optimizer import Differentiable, gradient, loss_at
from optimizers.bases.rule import Key, Rule


class Ruled:
    """A surface as the optimizer sees it at step `t`: its gradient after the rules, with the same noise wherever it asks."""

    def __init__(self, surface: Differentiable, rules: Sequence[Rule], t: int, seed: int) -> None:
        self.surface, self.t = surface, t
        self.keyed = [(rule, (seed, t, k)) for k, rule in enumerate(rules)]
        self.value = surface.value

    def __getattr__(self, name: str) -> Any:
        return getattr(self.surface, name)

    def grad(self, *coordinates: Any) -> np.ndarray:
        theta = np.stack(np.broadcast_arrays(*coordinates), axis=-1).astype(float)
        return np.moveaxis(self.ruled(gradient(self.surface, theta), theta), -1, 0)

    def row(self, i: int) -> "Ruled":
        """The same for one row of a sweep."""
        return self._with([(rule.rows(slice(i, i + 1)), key) for rule, key in self.keyed])

    @property
    def smooth(self) -> "Ruled":
        """The same with those rules alone that make it another loss."""
        return self._with([(rule, key) for rule, key in self.keyed if rule.bends])

    def _with(self, keyed: list[tuple[Rule, Key]]) -> "Ruled":
        other = Ruled(self.surface, (), self.t, 0)
        other.keyed = keyed
        return other

    def ruled(self, g: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """A gradient after the rules, in their order."""
        return [g, *(after for _, after in self.handed_on(g, theta))][-1]

    def handed_on(self, g: np.ndarray, theta: np.ndarray) -> Iterator[tuple[Rule, np.ndarray]]:
        """Each rule with the gradient that it leaves to the next."""
        for rule, key in self.keyed:
            touched = rule.touches(self.t, key)
            g = rule.gradient(g, theta, self.t, key)
            g = g if touched is True else np.where(touched, g, 0.0)
            yield rule, g

    def left_out(self, halted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where no decay acts, and where nothing moves at all: (B, 1) or (B, 2) of bool."""
        untouched = held = halted
        touched = getattr(self.surface, "touched", None)
        if touched is not None:
            untouched = held = halted | ~touched
        for rule, key in self.keyed:
            missed = ~np.asarray(rule.touches(self.t, key))
            untouched = untouched | missed
            held = held | (missed & rule.lazy)
        return untouched, held

    def placed(self, theta: np.ndarray) -> np.ndarray:
        """A position after the rules, in their order."""
        return [theta, *(after for _, after in self.put(theta))][-1]

    def put(self, theta: np.ndarray) -> Iterator[tuple[Rule, np.ndarray]]:
        """Each rule with the position that it leaves to the next."""
        for rule, key in self.keyed:
            theta = rule.position(theta, self.t, key)
            yield rule, theta


class Halts:
    """Which rows a rule has stopped, and at which step; they stay where they are."""

    def __init__(self, surface: Differentiable, rules: Sequence[Rule], rows: int) -> None:
        self.watching = [rule for rule in rules if rule.watches_loss]
        self.surface = surface
        self.memories: list[Any] = [None] * len(self.watching)
        self.steps = np.full(rows, -1)
        # What the rule that stopped the first row has to say.
        self.reason = ""

    @property
    def halted(self) -> np.ndarray:
        return (self.steps >= 0)[:, None]

    def look(self, theta: np.ndarray, t: int, validation: np.ndarray | None) -> None:
        """Ask the rules after step `t`, which led to `theta`; `validation` is the loss on held-out data (B,), if any."""
        if not self.watching:
            return
        loss = loss_at(self.surface, theta)
        held_out = loss if validation is None else validation
        for k, rule in enumerate(self.watching):
            stop, self.memories[k] = rule.halts(loss, held_out, self.memories[k])
            stopped = np.asarray(stop) & (self.steps < 0)
            self.steps = np.where(stopped, t, self.steps)
            if np.ravel(stopped)[0]:
                own = "the training loss" if hasattr(self.surface, "sampled") else "the loss"
                whose = own if validation is None else "the loss on held-out data"
                self.reason = rule.reason(self.memories[k], whose)
