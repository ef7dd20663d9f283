from dataclasses import dataclass
from typing import final

from core.either import Number, maximum, minimum, sign, where
from core.entry import param
from optimizers.bases.optimizer import Differentiable, Optimizer, State, Step


@final
@dataclass(frozen=True, eq=False)
class FTRL(Optimizer):
    """Follow the regularized leader: all past gradients decide the place anew; with L1 small weights become exactly 0.

    McMahan et al. 2013, without its β; L2 counts twice, as in Keras, whose shrinkage is left out. Its memory z starts at 0,
    as if the weights had started there: the first step drags any other start towards 0. "warm_start" gives z the start
    instead; without penalties, at power −0.5, the path is then Adagrad's from the same first sum. Under a schedule that is
    true of the paper's form alone, the default: each step keeps the weight of the rate that it was taken at. Keras divides
    old and new sum alike by the newest rate: as it falls the weights are drawn to 0.
    """

    name = "FTRL-Proximal"
    family = "Adaptive"
    tex = (
        r"n \leftarrow n + g^2,\quad s_t = n^{-p}/\eta_t,\quad z \leftarrow z + g - (s_t - s_{t-1})\,\theta,\quad "
        r"\theta \leftarrow \frac{\mathrm{clip}(z, \lambda_1) - z}{s_t + 2\lambda_2}"
    )
    source = "McMahan et al. 2013, doi:10.1145/2487575.2488200"
    matched = "keras.optimizers.Ftrl"
    rate = 0.5
    rate_unit = "window"
    factors = False

    learning_rate_power: float = param(
        -0.5, -1.0, 0.0, "p", label="rate power", help="How the rate falls; −0.5 is Adagrad's."
    )
    initial_accumulator_value: float = param(
        0.1, 1e-6, 10.0, "n_0", scale="log", label="initial sum", help="The sum before the first step."
    )
    l1: float = param(
        0.0, 0.0, 100.0, r"\lambda_1", shown=(0.0, 5.0), label="L1", help="Cuts small weights to exactly 0."
    )
    l2: float = param(0.0, 0.0, 100.0, r"\lambda_2", shown=(0.0, 5.0), label="L2", help="Pulls all weights towards 0.")
    warm_start: bool = param(False, help="Begin at the start instead of being dragged towards 0.")
    flavour: str = param(
        "mcmahan",
        choices=("mcmahan", "keras"),
        help="Under a schedule: each step held by the rate it was taken at (McMahan), or all by the newest (Keras).",
    )

    def init(self) -> State:
        return 0.0, self.initial_accumulator_value, 0.0, 0.0

    def step(self, g: Number, state: State, theta: Number, eta: Number, t: int, surface: Differentiable) -> Step:
        z, n, s, begun = state
        p = -self.learning_rate_power
        # A rate of 0 stands in the denominator, and its step moves nothing: only the sum grows.
        rests = eta == 0
        rate = where(rests, 1.0, eta)
        s = n**p / rate if self.flavour == "keras" else where(begun == 0, n**p / rate, s)
        if self.warm_start:
            # The z whose minimiser is the start.
            z = where(begun == 0, -theta * (s + 2 * self.l2) - self.l1 * sign(theta), z)
        n = n + g * g
        s_new = n**p / rate
        z_new = z + g - (s_new - s) * theta
        new = (minimum(maximum(z_new, -self.l1), self.l1) - z_new) / (s_new + 2 * self.l2)
        kept = (where(rests, state[0], z_new), n, where(rests, state[2], s_new), where(rests, begun, 1.0))
        return where(rests, 0.0 * theta, theta - new), 1.0, 0.0, kept
