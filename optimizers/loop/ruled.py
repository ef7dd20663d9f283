"""Rules at work within a run: the surface as an optimizer sees it through them, and the rows that they have stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, cast

import numpy as np

from core.either import Number
from optimizers.bases.optimizer import Differentiable, gradient, loss_at
from optimizers.bases.rule import Key, Rule


class Ruled:
    """A surface as the optimizer sees it at step `t`: its gradient after the rules, with the same noise wherever it asks.

    Its value is the loss whose slope that is, as far as there is one: the surface's and the L2 penalties of rules.
    """

    def __init__(self, surface: Differentiable, rules: Sequence[Rule], t: int, seed: int) -> None:
        self.surface, self.t = surface, t
        self.keyed = [(rule, (seed, t, k)) for k, rule in enumerate(rules)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.surface, name)

    @property
    def coupled(self) -> Number:
        """The strength of the L2 penalties of all rules together, a number or (B, 1)."""
        return sum((rule.coupled for rule, _ in self.keyed), 0.0)

    def value(self, *coordinates: Any) -> Any:
        loss, strength = self.surface.value(*coordinates), self.coupled
        if not np.any(strength):
            return loss
        theta = np.stack(np.broadcast_arrays(*coordinates), axis=-1)
        return loss + (strength / 2 * theta * theta).sum(axis=-1)

    @property
    def lowest(self) -> Any:
        """What the value cannot go below: a number, (B, 1) where a penalty's strength is swept, None where unknown."""
        strength = self.coupled
        if not np.any(strength):
            return getattr(self.surface, "lowest", None)
        if np.ndim(strength):
            each = [_lowest_with(cast(Any, self.surface), float(one)) for one in np.ravel(strength)]
            return None if None in each else np.array(each, dtype=float)[:, None]
        return _lowest_with(cast(Any, self.surface), float(strength))

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

    @property
    def still(self) -> np.ndarray:
        """Which coordinates this step leaves alone, (1,), (2,) or (B, 2) of bool."""
        return self.left_out(np.zeros(1, dtype=bool))[1]

    def placed(self, theta: np.ndarray) -> np.ndarray:
        """A position after the rules, in their order."""
        return [theta, *(after for _, after in self.put(theta))][-1]

    def put(self, theta: np.ndarray) -> Iterator[tuple[Rule, np.ndarray]]:
        """Each rule with the position that it leaves to the next."""
        for rule, key in self.keyed:
            theta = rule.position(theta, self.t, key)
            yield rule, theta


@lru_cache(maxsize=256)
def _lowest_with(surface: Any, l2: float) -> float | None:
    """The lowest value of a surface with an L2 penalty: its own search's where it knows penalties, else its own without."""
    lowest = getattr(surface, "lowest", None)
    if not is_dataclass(surface) or "l2" not in {f.name for f in fields(surface)}:
        return lowest
    with_it = replace(cast(Any, surface), l2=min(cast(Any, surface).l2 + l2, 1000.0)).lowest
    # A penalty never lowers a loss: the lowest without it is a bound too.
    return lowest if with_it is None else with_it


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
                # What has a choice of losses has points to train on.
                own = "the training loss" if hasattr(self.surface, "loss") else "the loss"
                whose = own if validation is None else "the loss on held-out data"
                self.reason = rule.reason(self.memories[k], whose)
