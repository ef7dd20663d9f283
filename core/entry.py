"""An entry of a catalogue: one frozen dataclass in one file, registered by being defined.

Its fields carry their range, scale and symbol. Widgets, links, validation, documents and tests read that one declaration.
"""

import dataclasses
import importlib
import math
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar, Literal, Self, cast

import numpy as np

from core.words import written

Scale = Literal["linear", "log"]

# The most numbers that a field of several takes.
MOST_NUMBERS = 20
# The most characters of a text that is typed, unless its field says otherwise.
LONGEST = 200


@dataclass(frozen=True)
class Param:
    """The declaration of one field.

    `low` and `high` bound numbers, both ends allowed. `choices` names the only values a text field takes.
    `shown` is the part of the range that a slider offers, where the whole would make it too coarse to drag. `inside` is
    a registry: the field holds an entry of it, by slug or built, that holds none itself. `sweeps` says whether a number's
    place may be taken by one value a row. A field with an empty tuple or one of whole numbers as default holds such a
    tuple, rising, each number within the range. `when` names another field and the values of it, parted by blanks, that
    make this one matter. `checks` decides alone over a field of free text, or of floats as a tuple: it raises ValueError, in
    words, for a value that is not allowed. Such a text is typed into so many `lines`, and has at most `longest` characters.
    """

    name: str
    default: float | int | bool | str | tuple[int, ...]
    low: float = -math.inf
    high: float = math.inf
    tex: str = ""
    label: str = ""
    help: str = ""
    scale: Scale = "linear"
    choices: tuple[str, ...] = ()
    shown: tuple[float, float] | None = None
    inside: "dict[str, type[Entry]] | None" = field(default=None, hash=False, compare=False)
    sweeps: bool = True
    when: tuple[str, str] | None = None
    checks: Callable[[Any], Any] | None = field(default=None, hash=False, compare=False)
    lines: int = 1
    longest: int = LONGEST

    @property
    def options(self) -> tuple[str, ...]:
        """The only values that a text field takes."""
        if self.inside is None:
            return self.choices
        return tuple(slug for slug, entry in self.inside.items() if not entry.holds())

    @property
    def kind(self) -> type:
        """The type of every value of this field: float, int, bool, str or tuple."""
        return type(self.default)

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        if self.options:
            return "one of " + ", ".join(self.options)
        if self.kind is tuple:
            low, high = written(self.low), written(self.high)
            return f"rising whole numbers between {low} and {high}, at most {MOST_NUMBERS} of them"
        if self.kind is bool:
            return "True or False"
        whole = "a whole number " if self.kind is int else ""
        return f"{whole}between {written(self.low)} and {written(self.high)}"

    def check(self, value: Any) -> None:
        """Raise ValueError, naming the field, the value and the range, unless `value` is allowed.

        A number's place may be taken by an array of shape (B, 1), one value a row, each of them allowed.
        """
        if (
            type(value) in (float, int)
            and type(value) is type(self.default)
            and self.low <= cast(Any, value) <= self.high
        ):
            # By far the most frequent case, and the one that a slider waits for.
            return
        if self.checks is not None:
            self.checks(value)
            fits = True
        elif self.options:
            fits = isinstance(value, str) and value in self.options
            if self.inside is not None and isinstance(value, Entry):
                fits = self.inside.get(value.slug) is type(value) and not value.holds()
        elif self.kind is tuple:
            fits = isinstance(value, tuple | list) and len(value) <= MOST_NUMBERS
            fits = fits and all(type(v) is int and self.low <= v <= self.high for v in value)
            fits = fits and all(a < b for a, b in pairwise(value))
        elif self.kind is bool:
            fits = isinstance(value, bool)
        elif isinstance(value, bool | str):
            fits = False
        else:
            try:
                numbers = np.asarray(value, dtype=float)
            except (TypeError, ValueError, OverflowError):
                fits = False
            else:
                # Any other shape would set x and y apart, in silence.
                if (numbers.ndim or isinstance(value, np.ndarray)) and (numbers.ndim != 2 or numbers.shape[1] != 1):
                    raise ValueError(f"{self.name} must be one number, or an array of shape (B, 1); got {value!r}")
                if numbers.ndim and not self.sweeps:
                    raise ValueError(f"{self.name} must be {self.allowed}, the same for every row; got {value!r}")
                fits = bool(np.all((self.low <= numbers) & (numbers <= self.high)))
                if self.kind is int:
                    fits = fits and bool(np.all(numbers == np.floor(numbers)))
        if not fits:
            raise ValueError(f"{self.name} must be {self.allowed}; got {value!r}")

    def parse(self, text: str) -> float | int | bool | str | tuple[int, ...]:
        """The value that `text` (from a link) stands for; ValueError, in the words of `check`, where there is none."""
        value: Any = text
        if self.kind is bool:
            value = {"true": True, "false": False}.get(text.lower(), text)
        elif self.kind is tuple and self.checks is not None:
            # In a link "-2_2_-1_3", as a person types them "-2, 2, -1, 3".
            try:
                value = tuple([float(part) for part in re.split(r"[_,\s]+", text.strip()) if part])
            except ValueError:
                value = text
        elif self.kind is tuple:
            # In a link "10-25-40", as a person types them "10, 25, 40".
            if re.fullmatch(r"\s*|\s*\d{1,9}([,\s-]+\d{1,9})*\s*", text, re.ASCII):
                value = tuple(int(number) for number in re.findall(r"\d+", text))
        elif self.kind in (int, float):
            try:
                value = self.kind(text)
            except ValueError:
                value = text
        self.check(value)
        return value

    def kept(self, value: Any) -> Any:
        """An allowed value as it is kept: of this field's kind, in a tuple of its own checks floats."""
        return tuple(map(float, value)) if self.checks and self.kind is tuple else self.kind(value)


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
    inside: Any = None,
    sweeps: bool = True,
    when: tuple[str, str] | None = None,
    checks: Callable[[Any], Any] | None = None,
    lines: int = 1,
    longest: int = LONGEST,
    kw_only: bool = False,
) -> Any:
    """A dataclass field that carries its declaration; see `Param` for the meaning of the arguments."""
    meta = {"low": low, "high": high, "tex": tex, "label": label, "help": help, "scale": scale}
    meta |= {"choices": choices, "shown": shown, "inside": inside, "sweeps": sweeps, "when": when, "checks": checks}
    meta |= {"lines": lines, "longest": longest}
    return field(default=default, kw_only=kw_only, metadata={"param": meta})


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

    def __init_subclass__(cls, *, registry: dict[str, Any] | None = None, listed: bool = True) -> None:
        if registry is not None:
            cls.registry = registry
        if registry is not None or not listed:
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

    def __reduce__(self) -> tuple[Any, ...]:
        # It goes to other processes as its fields, without what it has worked out of them.
        return _again, (type(self), {f.name: getattr(self, f.name) for f in dataclasses.fields(self)})

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
    def holds(cls) -> tuple[Param, ...]:
        """The fields that hold another entry."""
        return tuple(p for p in cls.params() if p.inside is not None)

    @classmethod
    def params_with(cls, values: Mapping[str, Any]) -> tuple[Param, ...]:
        """The declared fields and, behind each that holds an entry, those of the entry that `values` names: `base.beta1`."""
        every: list[Param] = []
        for p in cls.params():
            every.append(p)
            if p.inside is not None:
                inner = p.inside[values.get(p.name, p.default)]
                given = {n.partition(".")[2]: v for n, v in values.items() if n.startswith(f"{p.name}.")}
                for q in inner.params_with(given):
                    when = q.when and (f"{p.name}.{q.when[0]}", q.when[1])
                    every.append(dataclasses.replace(q, name=f"{p.name}.{q.name}", when=when))
        return tuple(every)

    @classmethod
    def built(cls, values: Mapping[str, Any]) -> Self:
        """The entry with `values`, named as in `params_with`."""
        plain = {name: value for name, value in values.items() if "." not in name}
        for p in cls.holds():
            assert p.inside is not None
            inner = {n.partition(".")[2]: v for n, v in values.items() if n.startswith(f"{p.name}.")}
            plain[p.name] = p.inside[plain.get(p.name, p.default)](**inner)
        return cls(**plain)

    @classmethod
    def sentence(cls) -> str:
        """The plain sentence that says what this is: the first line of the docstring."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    @classmethod
    def notes(cls) -> list[str]:
        """The paragraphs of the docstring after its first line: the source in a word, the trap, where libraries differ."""
        _, *paragraphs = re.split(r"\n\s*\n", (cls.__doc__ or "").strip())
        return [" ".join(paragraph.split()) for paragraph in paragraphs]

    @property
    def called(self) -> str:
        """The name, with those of the entries inside: "Lookahead · Adam"."""
        inside = (getattr(self, p.name) for p in self.holds())
        return " · ".join([self.name, *(cast(Any, self.registry[v] if isinstance(v, str) else v).name for v in inside)])

    def arrays(self) -> dict[str, np.ndarray]:
        """The fields that hold one value a row, of shape (B, 1): a sweep."""
        own = {p.name: v for p in self.params() if isinstance(v := getattr(self, p.name), np.ndarray)}
        for p in self.holds():
            inner = getattr(self, p.name)
            own |= {f"{p.name}.{k}": v for k, v in inner.arrays().items()} if isinstance(inner, Entry) else {}
        return own

    def rows(self, part: slice) -> Self:
        """The same entry for some rows of a sweep."""
        if not self.arrays():
            return self
        new: dict[str, Any] = {}
        for p in self.params():
            value = getattr(self, p.name)
            new |= {p.name: value[part]} if isinstance(value, np.ndarray) else {}
            new |= {p.name: value.rows(part)} if isinstance(value, Entry) else {}
        return dataclasses.replace(self, **new)


def _again(kind: type[Entry], values: dict[str, Any]) -> Entry:
    return kind(**values)


def load_entries(package: str) -> None:
    """Import every module of a package, so that its entries register."""
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")
