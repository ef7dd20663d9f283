"""Rules to begin from: methods that are here, as they are typed, each with what its fields are called there."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.entry import Entry

AVERAGES = "m = beta1 m + (1 - beta1) g\nv = beta2 v + (1 - beta2) g^2\n"
DEBIASED = AVERAGES + "m_hat = m / (1 - beta1^t)\nv_hat = v / (1 - beta2^t)\n"


class Example(NamedTuple):
    """A method's slug and the rule that it is; `constants` pairs each of its fields with the rule's constant."""

    slug: str
    text: str
    constants: tuple[tuple[str, str], ...] = ()

    def fields(self, entry: type[Entry], values: Mapping[str, Any]) -> dict[str, Any] | None:
        """The fields of a rule that does what the method does with `values`; None where it has one that the rule has not."""
        own = {p.name: p.default for p in entry.params()}
        known = dict(self.constants)
        if any(value != own[name] for name, value in values.items() if name not in known):
            return None
        return {"text": self.text, **{known[name]: (own | dict(values))[name] for name in known}}


EXAMPLES = (
    Example("sgd", "theta = theta - eta g"),
    Example("momentum", "b = mu b + g\ntheta = theta - eta b", (("momentum", "mu"),)),
    Example("nesterov", "b = mu b + g\ntheta = theta - eta (g + mu b)", (("momentum", "mu"),)),
    Example(
        "rmsprop",
        "v = alpha v + (1 - alpha) g^2\ntheta = theta - eta g / (sqrt(v) + epsilon)",
        (("alpha", "alpha"), ("eps", "epsilon")),
    ),
    Example(
        "adagrad",
        "s = s + g^2\ns_0 = a\ntheta = theta - eta g / (sqrt(s) + epsilon)",
        (("eps", "epsilon"), ("initial_accumulator_value", "a")),
    ),
    Example(
        "adam",
        DEBIASED + "theta = theta - eta m_hat / (sqrt(v_hat) + epsilon)",
        (("beta1", "beta1"), ("beta2", "beta2"), ("eps", "epsilon")),
    ),
    Example(
        "adamw",
        DEBIASED + "theta = theta - eta lambda theta - eta m_hat / (sqrt(v_hat) + epsilon)",
        (("beta1", "beta1"), ("beta2", "beta2"), ("eps", "epsilon"), ("weight_decay", "lambd")),
    ),
    Example("signsgd", "theta = theta - eta sign(g)"),
    Example("signum", "m = beta1 m + (1 - beta1) g\ntheta = theta - eta sign(m)", (("beta1", "beta1"),)),
    Example(
        "lion",
        "d = sign(beta1 m + (1 - beta1) g)\nm = beta2 m + (1 - beta2) g\ntheta = theta - eta lambda theta - eta d",
        (("beta1", "beta1"), ("beta2", "beta2"), ("weight_decay", "lambd")),
    ),
)
ADAM = next(example.text for example in EXAMPLES if example.slug == "adam")
