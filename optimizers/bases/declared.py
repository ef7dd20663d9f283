"""Hyperparameters that many methods share, declared once: the same name, range and words wherever they stand."""

from typing import Any

from core.entry import param


def beta1(default: float = 0.9) -> Any:
    """The memory of the direction m."""
    return param(default, 0.0, 0.9999, r"\beta_1", label="momentum", help="Memory of the direction.")


def beta2(default: float = 0.999) -> Any:
    """The memory of the squared gradients v."""
    return param(default, 0.0, 0.99999, r"\beta_2", label="RMS memory", help="Memory of the squared gradients.")


def epsilon(default: float = 1e-8) -> Any:
    """What keeps a division by sigma finite."""
    help = "Keeps the division finite."
    return param(default, 0.0, 1.0, r"\epsilon", label="epsilon", scale="log", shown=(1e-12, 0.1), help=help)


def momentum(default: float = 0.9) -> Any:
    """The share of the buffer that is kept."""
    return param(default, 0.0, 0.9999, r"\mu", help="How much of the old direction is kept each step.")


def course() -> Any:
    """How the momentum changes along a run; see `optimizers.bases.momenta`."""
    return param(
        "constant",
        choices=("constant", "sutskever", "su_boyd_candes", "one_cycle", "one_cycle_linear"),
        help="The same at every step; rising to it; rising to 1; or cycled against a rate of one cycle.",
    )


def lowest_momentum() -> Any:
    """The momentum at the peak of the rate."""
    help = "The momentum in the middle of the cycle, where the rate is highest."
    return param(0.85, 0.0, 0.9999, r"\mu_{min}", help=help, when=("course", "one_cycle one_cycle_linear"))


def cycle() -> Any:
    """The steps of a cycle of the momentum."""
    help = "Steps of the cycle: as many as the rate's has, or the run."
    when = ("course", "one_cycle one_cycle_linear")
    return param(120, 1, 10_000, "T", shown=(1, 300), help=help, when=when)


def fall_share() -> Any:
    """How much of the cycle the momentum falls."""
    help = "How much of the cycle the momentum falls, while the rate rises."
    return param(0.3, 0.0, 1.0, label="share of the fall", help=help, when=("course", "one_cycle one_cycle_linear"))


def weight_decay(default: float = 0.0) -> Any:
    """Decoupled decay."""
    help = "How fast the weights shrink towards 0, in units of the rate."
    return param(default, 0.0, 10.0, r"\lambda", shown=(0.0, 1.0), help=help)
