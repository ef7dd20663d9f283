from dataclasses import dataclass
from typing import Any, final

import numpy as np

from core.either import Number
from core.entry import param
from optimizers.bases.lengths import unit_and_length
from optimizers.bases.optimizer import Around, Differentiable, State, Step, gradient


@final
@dataclass(frozen=True, eq=False)
class SAM(Around):
    """Take the gradient a little uphill of where you stand, so that sharp minima look bad and flat ones good.

    Foret et al. 2020. ρ is how far uphill; two gradients a step. In a bowl it does not come to rest at a constant rate:
    over gradient descent it hops across the steepest direction, ηλρ/(2 − ηλ) to either side, where λ is the curvature.
    """

    name = "SAM"
    tex = r"\theta \leftarrow \theta - \text{step of the base with } g\!\left(\theta + \rho\, g / \|g\|\right)"
    source = "Foret et al. 2020, arXiv:2010.01412"
    matched = "optax.contrib.sam"

    rho: float = param(
        0.05,
        0.0,
        10.0,
        r"\rho",
        shown=(0.0, 2.0),
        label="how far uphill",
        help="A distance in the plane, in units of the weights.",
    )

    @property
    def asks(self) -> float:  # type: ignore[override]
        # Each of the inner method's gradients is another two.
        return 1 + 2 * self.inner.asks

    def init(self) -> State:
        return self.inner.init()

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        uphill = _Uphill(surface, self.rho)
        return self.inner.step(uphill.ahead(g, theta), state, theta, eta, t, uphill)


@dataclass(frozen=True, eq=False)
class _Uphill:
    """A surface whose gradient is that of a place a little uphill."""

    surface: Any
    rho: Number

    def __getattr__(self, name: str) -> Any:
        return getattr(self.surface, name)

    def ahead(self, g: np.ndarray, theta: np.ndarray) -> np.ndarray:
        """The gradient uphill of `theta`, where it is `g`."""
        uphill, _ = unit_and_length(g)
        return gradient(self.surface, theta + self.rho * uphill)

    def grad(self, *coordinates: Number) -> np.ndarray:
        theta = np.stack(np.broadcast_arrays(*coordinates), axis=-1)
        return np.moveaxis(self.ahead(gradient(self.surface, theta), theta), -1, 0)

    @property
    def smooth(self) -> Any:
        """The curvature is that of the place itself."""
        return self.surface

    def row(self, i: int) -> "_Uphill":
        """The same for one row of a sweep."""
        surface = self.surface.row(i) if hasattr(self.surface, "row") else self.surface
        return _Uphill(surface, self.rho[i : i + 1] if isinstance(self.rho, np.ndarray) else self.rho)
