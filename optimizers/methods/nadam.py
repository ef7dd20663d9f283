from dataclasses import dataclass
from typing import final

from core.either import Number, sqrt
from core.entry import param
from optimizers.bases.declared import beta1, beta2, epsilon
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class NAdam(Optimizer):
    """Adam with Nesterov's look ahead: the newest gradient counts once more in the direction.

    Dozat 2016. Three versions are about: torch warms the momentum up by momentum_decay, Keras does so 250 times
    as fast (0.96ᵗ), optax uses β₁ as it is.
    """

    name = "NAdam"
    family = "Adaptive"
    tex = (
        r"\mu_t = \beta_1(1 - \tfrac12 0.96^{\psi t}),\quad "
        r"\theta \leftarrow \theta - \frac{\eta_t}{\sqrt{\hat v_t} + \epsilon}"
        r"\left(\frac{\mu_{t+1}\, m}{1 - \prod_{i=1}^{t+1}\mu_i} + \frac{(1-\mu_t)\, g}{1 - \prod_{i=1}^{t}\mu_i}\right)"
    )
    source = "Dozat 2016, Incorporating Nesterov momentum into Adam"
    matched = "torch.optim.NAdam; keras.optimizers.Nadam; optax.nadam"
    rate = 0.2
    rate_unit = "window"
    # The product of the momenta counts every step, as t does.
    common = (2,)

    beta1: float = beta1()
    beta2: float = beta2()
    eps: float = epsilon()
    momentum_decay: float = param(
        0.004,
        0.0,
        1.0,
        r"\psi",
        help="How fast the momentum grows from half of β₁ to the whole; at 0 it stays at half.",
    )
    flavour: str = param("torch", choices=("torch", "keras", "optax"), help="Whose version of the method.")

    def init(self) -> State:
        return 0.0, 0.0, 1.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        m, v, product = state
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        sigma = sqrt(v / (1 - self.beta2**t)) + self.eps
        if self.flavour == "optax":
            now, ahead = 1 - self.beta1**t, 1 - self.beta1 ** (t + 1)
            return self.beta1 * m / ahead + (1 - self.beta1) * g / now, sigma, 0.0, (m, v, product)
        decay = self.momentum_decay if self.flavour == "torch" else 1.0
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (t * decay))
        mu_next = self.beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * decay))
        product = product * mu
        m_hat = mu_next * m / (1 - product * mu_next) + (1 - mu) * g / (1 - product)
        return m_hat, sigma, 0.0, (m, v, product)
