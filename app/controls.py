"""Declared fields as widgets: the one file that calls st.slider and its like.

Each widget shows what the experiment holds and reports what the viewer chose; it owns nothing. So a link, a click in the
picture and a slider all change the same value, and a session that was lost is whole again from its link.
"""

import math
import re
from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import streamlit as st

from app.experiment import Value
from core.entry import Entry, Param

# The 24 preferred numbers of a decade: fine enough to drag, round enough to say aloud.
DECADE = (
    1,
    1.1,
    1.2,
    1.3,
    1.5,
    1.6,
    1.8,
    2,
    2.2,
    2.4,
    2.7,
    3,
    3.3,
    3.6,
    3.9,
    4.3,
    4.7,
    5.1,
    5.6,
    6.2,
    6.8,
    7.5,
    8.2,
    9.1,
)
FEW = 2


def fields(
    params: Sequence[Param],
    value_of: Callable[[Param], Value],
    prefix: str,
    on_change: Callable[[str, Value], None],
    *,
    bare: bool = False,
) -> None:
    """A widget for each field that matters where the others stand as they do.

    `prefix` tells their keys apart, `on_change` is told the field's name and its new value. Bare widgets stand in a row of
    others and show no label.
    """
    known = {p.name: p for p in params}
    for p in params:
        if len(p.options) == 1:
            continue
        if p.when is not None and p.when[0] in known and value_of(known[p.when[0]]) not in p.when[1].split():
            continue
        _field(p, value_of(p), f"{prefix}.{p.name}", on_change, bare)


def pick(
    label: str,
    registry: Mapping[str, type[Entry]],
    slug: str,
    key: str,
    on_change: Callable[[str], None],
    *,
    bare: bool = False,
) -> None:
    """A picker over a registry, its families together and searched with the names; `sentence` belongs beneath it."""
    held(key, slug)
    st.selectbox(
        label,
        by_family(registry),
        key=key,
        format_func=lambda s: f"{registry[s].name} · {registry[s].family}",
        on_change=lambda: on_change(st.session_state[key]),
        **_looks(bare),
    )


def _looks(bare: bool) -> dict[str, Any]:
    """How a widget in a row looks beside one in a column."""
    return {"label_visibility": "collapsed", "width": 220} if bare else {}


def sentence(entry: type[Entry]) -> None:
    """The plain sentence that says what a chosen entry is."""
    st.caption(plain(entry.sentence()))


def about(entry: type[Entry]) -> None:
    """All there is to say of an entry: its formula, what its file notes (where libraries differ), and where it comes from."""
    st.latex(entry.tex)
    for note in entry.notes():
        st.caption(plain(note))
    matched = getattr(entry, "matched", "")
    st.caption("Source: " + plain(entry.source) + (f". Matched to: {plain(matched)}" if matched else ""))


def by_family(registry: Mapping[str, type[Entry]]) -> list[str]:
    """The slugs of a registry, one family after another, by name within each."""
    return sorted(registry, key=lambda s: (registry[s].family, registry[s].name.lower()))


def several(
    label: str,
    registry: Mapping[str, type[Entry]],
    slugs: Sequence[str],
    key: str,
    most: int,
    on_change: Callable[[list[str]], None],
) -> None:
    """A picker of any number of a registry's entries, in the order in which they were chosen."""
    held(key, list(slugs))
    st.multiselect(
        label,
        by_family(registry),
        key=key,
        format_func=lambda s: registry[s].name,
        max_selections=most,
        placeholder="None",
        on_change=lambda: on_change(st.session_state[key]),
    )


def held(key: str, value: Any) -> None:
    """Make the widget `key`, which comes next, show `value`. A value that it shows already is not set again: a drag goes on."""
    if _recalled(key) != value:
        st.session_state[key] = value


def _recalled(key: str) -> Any:
    """What the session holds under a key, None if nothing. Asking with `in` or `get` makes Streamlit copy all it holds."""
    try:
        return st.session_state[key]
    except KeyError:
        return None


def switch(label: str, on: bool, key: str, why_not: str, on_change: Callable[[bool], None]) -> None:
    """A switch; where it cannot act it is disabled and `why_not` stands beneath."""
    held(key, on)
    st.toggle(label, key=key, disabled=bool(why_not), on_change=lambda: on_change(st.session_state[key]))
    if why_not:
        st.caption(why_not)


@contextmanager
def menu(icon: str, help: str, key: str, label: str = "") -> Iterator[bool]:
    """A menu behind an icon or a label; True where it is open, so that what is closed costs no message."""
    kind: Any = "secondary" if label else "tertiary"
    popover = st.popover(label, icon=icon, help=help or None, type=kind, key=key, on_change="rerun")
    with popover:
        yield bool(popover.open)


@contextmanager
def fold(label: str, key: str) -> Iterator[bool]:
    """A section that unfolds; True where it is open."""
    expander = st.expander(label, key=key, on_change="rerun")
    with expander:
        yield bool(expander.open)


def number(label: str, value: float, key: str, on_change: Callable[[float], None], **limits: Any) -> None:
    """An exact number, typed."""
    held(key, value)

    def changed() -> None:
        typed = st.session_state[key]
        if typed is not None:
            on_change(typed)

    st.number_input(label, key=key, on_change=changed, **limits)


def exact(p: Param, value: Value, key: str, on_change: Callable[[Value], None]) -> None:
    """A field as text, for a value that no slider offers. What is not allowed is said beneath, and nothing changes."""
    held(key, compact(value))
    wrong = _recalled(f"{key}.wrong")

    def changed() -> None:
        typed = st.session_state[key].strip()
        try:
            new = p.parse(typed)
        except ValueError as error:
            st.session_state[f"{key}.wrong"] = str(error)
        else:
            st.session_state.pop(f"{key}.wrong", None)
            on_change(new)

    label = label_of(p) if p.kind is tuple else f"{label_of(p)}, exactly"
    st.text_input(label, key=key, on_change=changed, max_chars=120, help=p.help if p.kind is tuple else None)
    if wrong:
        st.caption(f":material/error: {plain(wrong)}")


def plain(words: str) -> str:
    """Text that may hold what a stranger typed, so that Markdown shows it as it stands: no link, no picture, no formula."""
    # Bare addresses become links after the escapes are gone; a word joiner, which is not seen, keeps them apart.
    words = re.sub(r"(?i)(?<=http)(?=s?:)|(?<=www)(?=\.)|(?=@)", "\u2060", words)
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:&" else c for c in words)


def label_of(p: Param) -> str:
    """The field's name as a person says it."""
    inside, _, own = p.name.rpartition(".")
    words = p.label or own.replace("_", " ")
    return words[:1].upper() + words[1:] + (" (inside)" if inside else "")


def compact(value: Value) -> str:
    """A value in few characters: 0.155, 1e-08, 300."""
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def number_of(value: Value) -> float:
    """A number that a field is known to hold."""
    assert isinstance(value, int | float)
    return float(value)


def value_words(p: Param, value: Value) -> str:
    """A field's value as a person says it."""
    if isinstance(value, str):
        return CHOICES.get(value, value.replace("_", " "))
    return "on" if value is True else "off" if value is False else compact(value)


def _field(p: Param, value: Value, key: str, on_change: Callable[[str, Value], None], bare: bool) -> None:
    def changed() -> None:
        new = st.session_state[key]
        if new is not None:
            on_change(p.name, p.kind(new))

    if p.kind is tuple:
        exact(p, value, key, lambda new: on_change(p.name, new))
        return
    symbol = f" ${p.tex}$" if p.tex and p.tex != label_of(p) else ""
    common: dict[str, Any] = {"label": label_of(p) + symbol, "key": key, "on_change": changed}
    common |= _looks(bare) or {"help": p.help or None}
    if p.kind is bool:
        held(key, value)
        st.toggle(**common)
    elif p.inside is not None:
        names = p.inside
        held(key, value)
        order = [slug for slug in by_family(names) if slug in p.options]
        st.selectbox(options=order, format_func=lambda s: f"{names[s].name} · {names[s].family}", **common)
    elif p.choices:
        held(key, value)
        words = lambda choice: value_words(p, choice)  # noqa: E731
        if len(p.choices) <= FEW:
            common["width"] = common.get("width", "stretch")
            st.segmented_control(options=p.choices, format_func=words, required=True, **common)
        else:
            st.selectbox(options=p.choices, format_func=words, **common)
    elif p.scale == "log":
        options = _with(_round_numbers(p), number_of(value), key)
        held(key, number_of(value))
        st.select_slider(options=options, format_func=compact, **common)
    else:
        low, high = p.shown or (p.low, p.high)
        low, high = min(low, number_of(value)), max(high, number_of(value))
        held(key, p.kind(value))
        if p.kind is int:
            st.slider(min_value=int(low), max_value=int(high), **common)
        else:
            st.slider(min_value=float(low), max_value=float(high), step=_stride(high - low), format="%.4g", **common)


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
}


def _stride(width: float) -> float:
    """About a thousandth of the range, a power of ten."""
    return float(10.0 ** math.floor(math.log10(width / 500)))


@lru_cache
def _round_numbers(p: Param) -> tuple[float, ...]:
    low, high = p.shown or (p.low, p.high)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    each = DECADE if len(decades) <= 8 else (1, 2, 5)
    numbers = [float(f"{digit * 10.0**decade:.3g}") for decade in decades for digit in each]
    return tuple(n for n in numbers if low <= n <= high)


def _with(numbers: tuple[float, ...], value: float, key: str) -> list[float]:
    """The numbers and, between them, the last value that was none of them: a drag away from it must not change the scale."""
    if value not in numbers:
        st.session_state[f"{key}.between"] = value
    options = list(numbers)
    between = _recalled(f"{key}.between")
    if between is not None:
        insort(options, between)
    return options
