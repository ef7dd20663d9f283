from dataclasses import dataclass
from typing import final

from core.either import Number, maximum, sqrt
from core.entry import param
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class AMSGrad(Optimizer):
    """Adam that divides by the largest average of squared gradients so far, not by the newest.

    Reddi, Kale & Kumar 2018. optax takes the maximum of the debiased averages, and its σ never falls. torch and Keras take
    that of the raw ones and debias it afterwards: their σ falls as the debiasing wears off, on the bowl at rate 0.2 to a
    fifth in 200 steps. The paper debiases neither average.
    """

    name = "AMSGrad"
    family = "Adaptive"
    tex = r"\theta \leftarrow \theta - \eta_t\,\hat m_t / (\sqrt{\hat v^{max}_t} + \epsilon)"
    source = "Reddi, Kale & Kumar 2018, arXiv:1904.09237"
    matched = "torch.optim.Adam(amsgrad=True); optax.amsgrad"
    rate = 0.2
    rate_unit = "window"

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon()
    flavour: str = param(
        "torch", choices=("torch", "optax"), help="torch: maximum of the raw v; optax: of the debiased."
    )

    def init(self) -> State:
        return 0.0, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v, top = state
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = m / (1 - self.beta1**t)
        if self.flavour == "torch":
            top = maximum(top, v)
            v_hat = top / (1 - self.beta2**t)
        else:
            top = maximum(top, v / (1 - self.beta2**t))
            v_hat = top
        return m_hat, sqrt(v_hat) + self.eps, 0.0, (m, v, top)
