"""What fields and their values are called, on widgets and in sentences; it knows no screen."""

from app.experiment import Value
from core.entry import Param
from core.words import written

# Numbers of which 0 stands for something else.
COUNTS = {"batch_size": "all", **dict.fromkeys(("T_max", "total_iters", "total_steps"), "the whole run")}
CHOICES = {
    "mse": "MSE",
    "cross_entropy": "Cross-entropy",
    "rms_all": "RMS of all",
    "rms_moving": "moving RMS",
    "none": "as measured",
    "standardize": "standardized",
    "minmax": "min–max",
    "batch": "batch normalization",
    "xavier": "Xavier",
    "he": "He",
    "point": "a point",
    "moons": "half moons",
    "path": "along the paths",
    "random": "random",
    "l1": "L1",
    "l2": "L2",
    "GL": "loss of generalization",
    "PQ": "progress quotient",
    "UP": "rises in a row",
    "penalty.none": "none",
    "goal.gap": "a low loss",
    "goal.distance": "near a minimum",
    "goal.final": "none: the loss at the end",
    "penalty.both": "L1 and L2",
}


def label_of(p: Param) -> str:
    """The field's name as a person says it."""
    inside, _, own = p.name.rpartition(".")
    words = p.label or own.replace("_", " ")
    return words[:1].upper() + words[1:] + (" (inside)" if inside else "")


def within(label: str) -> str:
    """A label as it stands within a sentence: words begin small, symbols stay."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def compact(value: Value) -> str:
    """A value in few characters: 0.155, 10⁻⁸, 300."""
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return written(value) if isinstance(value, float) else str(value)


def number_of(value: Value) -> float:
    """A number that a field is known to hold."""
    assert isinstance(value, int | float)
    return float(value)


def value_words(p: Param, value: Value) -> str:
    """A field's value as a person says it."""
    if p.name in COUNTS and value == 0:
        return COUNTS[p.name]
    if isinstance(value, str):
        return CHOICES.get(f"{p.name}.{value}", CHOICES.get(value, value.replace("_", " ")))
    return "on" if value is True else "off" if value is False else compact(value)
