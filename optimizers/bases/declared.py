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


def weight_decay(default: float = 0.0) -> Any:
    """Decoupled decay."""
    help = "How fast the weights shrink towards 0, in units of the rate."
    return param(default, 0.0, 10.0, r"\lambda", shown=(0.0, 1.0), help=help)
