"""An entry of a catalogue: one frozen dataclass in one file, registered by being defined.

Its fields carry their range, scale and symbol. Widgets, links, validation, documents and tests read that one declaration.
"""

import dataclasses
import importlib
import math
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self, cast

import numpy as np

Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Param:
    """The declaration of one field.

    `low` and `high` bound numbers, both ends allowed. `choices` names the only values a text field takes.
    `shown` is the part of the range that a slider offers, where the whole would make it too coarse to drag.
    """

    name: str
    default: float | int | bool | str
    low: float = -math.inf
    high: float = math.inf
    tex: str = ""
    label: str = ""
    help: str = ""
    scale: Scale = "linear"
    choices: tuple[str, ...] = ()
    shown: tuple[float, float] | None = None

    @property
    def kind(self) -> type:
        """The type of every value of this field: float, int, bool or str."""
        return type(self.default)

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.kind is bool:
            return "True or False"
        whole = "a whole number " if self.kind is int else ""
        return f"{whole}between {self.low:g} and {self.high:g}"

    def check(self, value: Any) -> None:
        """Raise ValueError, naming the field, the value and the range, unless `value` is allowed.

        A number's place may be taken by an array of shape (B, 1), one value a row, each of them allowed.
        """
        if type(value) is float and type(self.default) is float and self.low <= value <= self.high:
            # By far the most frequent case, and the one that a slider waits for.
            return
        if self.choices:
            fits = isinstance(value, str) and value in self.choices
        elif self.kind is bool:
            fits = isinstance(value, bool)
        elif isinstance(value, bool | str):
            fits = False
        else:
            try:
                numbers = np.asarray(value, dtype=float)
            except (TypeError, ValueError):
                fits = False
            else:
                # Any other shape would set x and y apart, in silence.
                if (numbers.ndim or isinstance(value, np.ndarray)) and (numbers.ndim != 2 or numbers.shape[1] != 1):
                    raise ValueError(f"{self.name} must be one number, or an array of shape (B, 1); got {value!r}")
                fits = bool(np.all((self.low <= numbers) & (numbers <= self.high)))
                if self.kind is int:
                    fits = fits and bool(np.all(numbers == np.floor(numbers)))
        if not fits:
            raise ValueError(f"{self.name} must be {self.allowed}; got {value!r}")

    def parse(self, text: str) -> float | int | bool | str:
        """The value that `text` (from a link) stands for; ValueError, in the words of `check`, where there is none."""
        value: Any = text
        if self.kind is bool:
            value = {"true": True, "false": False}.get(text, text)
        elif self.kind in (int, float):
            try:
                value = self.kind(text)
            except ValueError:
                value = text
        self.check(value)
        return value


def param(
    default: Any,
    low: float = -math.inf,
    high: float = math.inf,
    tex: str = "",
    *,
    label: str = "",
    help: str = "",
    scale: Scale = "linear",
    choices: tuple[str, ...] = (),
    shown: tuple[float, float] | None = None,
) -> Any:
    """A dataclass field that carries its declaration; see `Param` for the meaning of the arguments."""
    meta = {"low": low, "high": high, "tex": tex, "label": label, "help": help, "scale": scale}
    return field(default=default, metadata={"param": {**meta, "choices": choices, "shown": shown}})


@dataclass(frozen=True, eq=False)
class Entry:
    """Base of everything that can be picked. A direct subclass gives `registry`; its final subclasses enter themselves there.

    The slug is the name of the file. `name` is what the screen shows, `short` fits a crowded card, `family` groups the
    picker, `tex` is the formula, `source` the paper or library; the docstring's first line is the sentence beside the name.
    """

    registry: ClassVar[dict[str, Any]]
    slug: ClassVar[str]
    name: ClassVar[str]
    short: ClassVar[str] = ""
    family: ClassVar[str] = ""
    tex: ClassVar[str]
    source: ClassVar[str]

    def __init_subclass__(cls, *, registry: dict[str, Any] | None = None) -> None:
        if registry is not None:
            cls.registry = registry
            return
        cls.slug = cls.__module__.rpartition(".")[2]
        other = cls.registry.get(cls.slug)
        if other is not None and other.__qualname__ != cls.__qualname__:
            raise TypeError(
                f"{cls.__module__} defines {other.__qualname__} and {cls.__qualname__}: one file, one entry"
            )
        cls.registry[cls.slug] = cls

    def __post_init__(self) -> None:
        for p in self.params():
            p.check(getattr(self, p.name))

    @classmethod
    def params(cls) -> tuple[Param, ...]:
        """The declared fields, in order."""
        declared = cls.__dict__.get("_params")
        if declared is None:
            declared = tuple(
                Param(f.name, cast(Any, f.default), **f.metadata["param"])
                for f in dataclasses.fields(cls)
                if "param" in f.metadata
            )
            cls._params = declared  # type: ignore[attr-defined]
        return declared

    @classmethod
    def sentence(cls) -> str:
        """The plain sentence that says what this is: the first line of the docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    def arrays(self) -> dict[str, np.ndarray]:
        """The fields that hold one value a row, of shape (B, 1): a sweep."""
        return {p.name: v for p in self.params() if isinstance(v := getattr(self, p.name), np.ndarray)}

    def rows(self, part: slice) -> Self:
        """The same entry for some rows of a sweep."""
        arrays = self.arrays()
        return dataclasses.replace(self, **{k: v[part] for k, v in arrays.items()}) if arrays else self


def load_siblings(package: str, path: Iterable[str]) -> None:
    """Import every module of a package, so that its entries register; called by the package's `__init__`."""
    for module in pkgutil.iter_modules(path):
        if not module.ispkg:
            importlib.import_module(f"{package}.{module.name}")
