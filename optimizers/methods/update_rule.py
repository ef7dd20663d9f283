"""An optimizer of an update that somebody types."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

from core.either import Number
from core.entry import Param, param
from core.formula import Assignments, FormulaError, read_rule
from core.formula.assignments import LONGEST
from optimizers.bases.declared import beta1, beta2, epsilon, momentum
from optimizers.bases.examples import ADAM
from optimizers.bases.optimizer import Differentiable, Optimizer, RateUnit, State, Step

# Steps after which the length of one is looked at, under gradients of these two sizes.
LOOKED, SIZES = 20, (1.0, 10.0)


def check_text(text: Any) -> None:
    """Raise FormulaError unless this is a rule."""
    if not isinstance(text, str):
        raise FormulaError(f"a rule is a text, such as 'theta = theta - eta g', not {text!r}", "", 0)
    parts_of(text)


def parts_of(text: str) -> Assignments:
    """A rule made ready; FormulaError where it is none."""
    return read_rule(text, CONSTANTS)


def constant(letter: str) -> Any:
    """The field of a letter without a meaning of its own."""
    return param(1.0, -1000.0, 1000.0, label=f"constant {letter}", shown=(-5.0, 5.0), help="A constant of your rule.")


def share(name: str, default: float) -> Any:
    """The field of a Greek letter that stands for a share."""
    return param(default, 0.0, 1.0, rf"\{name}", help="A constant of your rule.")


@final
@dataclass(frozen=True, eq=False)
class UpdateRule(Optimizer):
    """A rule that you type: what each step makes of the gradient g, of the place and the rate, and of the step's number t.

    A line for each name that it sets, the last of them the place. A name that is read before its line is what the step before
    made of it, at first 0 or what a line says; up to four are remembered. Other names are constants with a slider. What may be
    typed stands in docs/formulas.md; FormulaError, a ValueError, says what is wrong and at which character.

    It acts on each coordinate alone, and nothing raises: where there is no number there is NaN. In Python it is an optimizer
    like every other: gradient and place are floats, or arrays (B, 2), and a constant may be an array (B, 1).
    """

    name = "Your rule"
    short = "Yours"
    family = "Build your own"
    tex = r"\theta \leftarrow \;?"
    source = "you"

    text: str = param(
        ADAM,
        label="rule",
        sweeps=False,
        checks=check_text,
        lines=6,
        longest=LONGEST,
        help='A line for each name that a step sets, of "g", "theta", "eta" and "t".',
    )
    alpha: float = param(0.99, 0.0, 1.0, r"\alpha", help="A constant of your rule.")
    beta: float = share("beta", 0.9)
    beta1: float = beta1()
    beta2: float = beta2()
    beta3: float = param(0.99, 0.0, 1.0, r"\beta_3", help="A constant of your rule.")
    gamma: float = share("gamma", 0.9)
    delta: float = share("delta", 0.1)
    epsilon: float = epsilon()
    lambd: float = param(0.01, 0.0, 10.0, r"\lambda", label="decay", shown=(0.0, 1.0), help="A constant of your rule.")
    mu: float = momentum()
    nu: float = share("nu", 0.7)
    rho: float = share("rho", 0.9)
    tau: float = share("tau", 0.1)
    a: float = constant("a")
    b: float = constant("b")
    c: float = constant("c")
    d: float = constant("d")
    k: float = constant("k")
    p: float = constant("p")
    q: float = constant("q")
    r: float = constant("r")

    @classmethod
    def params_with(cls, values: Mapping[str, Any]) -> tuple[Param, ...]:
        """The declared fields; of the constants those in the rule that is the text among `values`, if it is one."""
        try:
            used = parts_of(values.get("text", cls.text)).constants
        except FormulaError:
            return cls.params()
        return tuple(p for p in cls.params() if p.name == "text" or p.name in used)

    @property
    def typed(self) -> Assignments:  # type: ignore[override]
        return parts_of(self.text)

    @property
    def factors(self) -> bool:
        return self.typed.factors

    @property
    def common(self) -> tuple[int, ...]:  # type: ignore[override]
        return self.typed.common

    @property
    def rate_unit(self) -> RateUnit:  # type: ignore[override]
        numbers = tuple(float(v) for v in self._constants.values() if isinstance(v, float))
        return _rate_unit(self.text, numbers) if len(numbers) == len(self._constants) else "one"

    @property
    def _constants(self) -> dict[str, Number]:
        # Those that are traced, or swept, as they are.
        own = {name: getattr(self, name) for name in self.typed.constants}
        return {name: float(v) if isinstance(v, int | float) else v for name, v in own.items()}

    def init(self) -> State:
        return self.typed.first(self._constants)

    def place(self, g: Number, state: State, theta: Number, eta: Number, t: int) -> dict[str, Number]:
        """What each letter of the rule is in a step."""
        remembered = zip(self.typed.remembered, state, strict=True)
        # As a float, because a rule's t is a number like every other.
        return {**self._constants, **dict(remembered), "g": g, "theta": theta, "eta": eta, "t": t * 1.0}

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        _, (direction, scale, decay), after = self.typed.worth(self.place(g, state, theta, eta, t))
        return direction, scale, decay, tuple(after)


# The names that a rule may leave without a line.
CONSTANTS = frozenset(p.name for p in UpdateRule.params()) - {"text"}


@lru_cache(maxsize=256)
def _rate_unit(text: str, numbers: tuple[float, ...]) -> RateUnit:
    """Whether a steady gradient's size cancels out of the step."""
    parts = parts_of(text)
    constants = dict(zip(parts.constants, numbers, strict=True))
    lengths = []
    for size in SIZES:
        state = parts.first(constants)
        for t in range(1, LOOKED + 1):
            place = {**constants, **dict(zip(parts.remembered, state, strict=True))}
            place |= {"g": size, "theta": 0.0, "eta": 1.0, "t": float(t)}
            _, (m, sigma, decay), after = parts.worth(place)
            state = tuple(after)
        lengths.append(abs(decay + (m / sigma if sigma else 0.0)))
    shorter, longer = lengths
    return "window" if longer < shorter * (SIZES[1] / SIZES[0]) ** 0.5 else "curvature"
