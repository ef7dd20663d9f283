from dataclasses import dataclass
from typing import final

from core.either import Number, maximum, minimum, sign, where
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Rprop(Optimizer):
    """A step length for each coordinate that grows while the gradient keeps its sign and shrinks when it flips.

    The gradient's size plays no part, and the rate is only the first step. Riedmiller & Braun 1993 take the last step back
    after a flip; here, as in torch, the coordinate rests for one step (iRprop⁻, Igel & Hüsken 2000).
    """

    name = "Rprop"
    family = "Sign-based"
    tex = r"s \leftarrow \mathrm{clip}(s\cdot(\eta^+ \text{ or } \eta^-)),\quad \theta \leftarrow \theta - s\,\mathrm{sign}(g)"
    source = "Riedmiller & Braun 1993, doi:10.1109/ICNN.1993.298623"
    matched = "torch.optim.Rprop"
    rate = 0.1
    rate_unit = "window"
    rate_note = "Only the first step is as long as the rate; after it each coordinate keeps a length of its own."
    factors = False

    etaminus: float = param(0.5, 0.01, 1.0, r"\eta^-", label="shrink", help="Factor after a change of sign.")
    etaplus: float = param(1.2, 1.0, 5.0, r"\eta^+", label="grow", help="Factor while the sign stays.")
    step_min: float = param(
        1e-6, 0.0, 1.0, label="shortest step", scale="log", shown=(1e-9, 0.1), help="No step is shorter."
    )
    step_max: float = param(50.0, 1e-3, 1000.0, label="longest step", scale="log", help="No step is longer.")

    def init(self) -> State:
        return 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        before, size, begun = state
        size = where(begun == 0, eta, size)
        turn = g * before
        factor = where(turn > 0, self.etaplus, where(turn < 0, self.etaminus, 1.0))
        size = minimum(maximum(size * factor, self.step_min), self.step_max)
        # After a change of sign the gradient counts as 0, so that the next step is no change again.
        counted = where(turn < 0, 0.0 * g, g)
        return sign(counted) * size, 1.0, 0.0, (counted, size, 1.0)
