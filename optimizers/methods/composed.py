from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt, where
from core.entry import param
from optimizers.bases.declared import beta1, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class Composed(Optimizer):
    """Build your own: pick a direction m and a scale σ, and see which known method it is.

    The grid of the lecture on training tips. Gradient × none is gradient descent, gradient × rms_all its Adagrad,
    gradient × rms_moving its RMSProp (the one beside it here starts its average at 0), average × rms_moving with debiasing
    and α = 0.999 Adam. Without debiasing the averages start at the first gradient, as the lecture writes them (m₀ = g₀,
    σ₀ = |g₀|); with it they start at 0 and are corrected. "momentum" is the running sum β₁ m + g, "average" the moving
    mean β₁ m + (1 − β₁) g.
    """

    name = "Composed"
    family = "Build your own"
    tex = r"\theta \leftarrow \theta - \frac{\eta_t}{\sigma_t}\, m_t"
    source = "H.-y. Lee, Machine Learning 2021: When training gets stuck; Kingma & Ba 2014"
    rate = 0.1
    rate_unit = "window"

    direction: str = param("average", tex="m", choices=("gradient", "momentum", "average"), help="What points the way.")
    scale: str = param(
        "rms_moving", tex=r"\sigma", choices=("none", "rms_all", "rms_moving"), help="What divides the rate."
    )
    debias: bool = param(False, help="Start the averages at 0 and correct for it, as Adam does.")
    beta1: float = beta1()
    alpha: float = param(0.99, 0.0, 0.99999, r"\alpha", label="RMS memory", help="Memory of the moving scale.")
    eps: float = epsilon()

    @property
    def called(self) -> str:
        words = {"none": "", "rms_all": " over RMS of all", "rms_moving": " over moving RMS"}
        return self.direction.capitalize() + words[self.scale]

    def init(self) -> State:
        return 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v, begun = state
        beta1, alpha = self.beta1, self.alpha

        if self.direction == "gradient":
            m = m_t = g
        elif self.direction == "momentum":
            m = m_t = beta1 * m + g
        elif self.debias:
            m = beta1 * m + (1 - beta1) * g
            m_t = m / (1 - beta1**t)
        else:
            m = m_t = where(begun == 0, g, beta1 * m + (1 - beta1) * g)

        if self.scale == "none":
            return m_t, 1.0, 0.0, (m, v, 1.0)
        if self.scale == "rms_all":
            v = v + g * g
            v_t = v / t
        elif self.debias:
            v = alpha * v + (1 - alpha) * g * g
            v_t = v / (1 - alpha**t)
        else:
            v = v_t = where(begun == 0, g * g, alpha * v + (1 - alpha) * g * g)
        return m_t, sqrt(v_t) + self.eps, 0.0, (m, v, 1.0)
