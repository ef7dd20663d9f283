"""Declared fields as widgets: the one file that calls st.slider and its like.

Each widget shows what the experiment holds and reports what the viewer chose; it owns nothing. So a link, a click in the
picture and a slider all change the same value, and a session that was lost is whole again from its link.
"""

import math
import re
from bisect import insort
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any

import streamlit as st

from app.experiment import Value
from app.labels import COUNTS, compact, label_of, number_of, value_words
from core.entry import Entry, Param
from core.formula import FormulaError
from core.words import typed

# So many characters of a text are shown before the one that is wrong.
AROUND = 14
# The height of a line of such a text, as page.css has it.
LINE = 21
# What stands above such lines and around them.
AROUND_LINES = 52
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
) -> None:
    """A widget for each field that matters where the others stand as they do.

    `prefix` tells their keys apart, `on_change` is told the field's name and its new value.
    """
    known = {p.name: p for p in params}
    for p in params:
        if len(p.options) == 1:
            continue
        if p.when is not None and p.when[0] in known and value_of(known[p.when[0]]) not in p.when[1].split():
            continue
        _field(p, value_of(p), f"{prefix}.{p.name}", on_change)


def pick(
    label: str,
    registry: Mapping[str, type[Entry]],
    slug: str,
    key: str,
    on_change: Callable[[str], None],
    *,
    help: str = "",
) -> None:
    """A picker over a registry, families together, searched by name; `help` says what is chosen."""

    def changed() -> None:
        # A message that no page sends may name anything.
        if st.session_state[key] in registry:
            on_change(st.session_state[key])

    held(key, slug)
    slugs = by_family(registry)
    st.selectbox(
        label,
        slugs,
        slugs.index(slug),
        key=key,
        format_func=lambda s: registry[s].name,
        filter_mode="contains",
        help=plain(f"{registry[slug].family}. {help}") if help else None,
        on_change=changed,
    )


def about(entry: type[Entry], tex: str = "") -> None:
    """All there is to say of an entry: its formula, what its file notes (where libraries differ), and where it comes from.

    `tex` is the formula where its fields make it another one.
    """
    st.latex(tex or entry.tex)
    for note in entry.notes():
        st.caption(plain(note))
    matched = getattr(entry, "matched", "")
    st.caption("Source: " + plain(entry.source) + (f". Matched to: {plain(matched)}" if matched else ""))


def by_family(registry: Mapping[str, type[Entry]]) -> list[str]:
    """The slugs of a registry, one family after another, by name within each, but a name before those that it is a part of.

    A list is searched in this order, so whoever types a name finds it first: Saddle before Monkey saddle.
    """
    names = {slug: registry[slug].name.lower() for slug in registry}

    def place(slug: str) -> tuple[str, str, int, str]:
        root = min((name for name in names.values() if name in names[slug]), key=len)
        return registry[slug].family, root, len(names[slug]), names[slug]

    return sorted(registry, key=place)


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
        list(slugs),
        key=key,
        format_func=lambda s: registry[s].name,
        max_selections=most,
        filter_mode="contains",
        placeholder="None",
        on_change=lambda: on_change(st.session_state[key]),
    )


def held(key: str, value: Any) -> None:
    """Make the widget `key`, which comes next, show `value`. A value that it shows already is not set again: a drag goes on.

    The widget is given the value as its default too. The browser shows that one for a moment, and may send it back: until it
    is told otherwise, or for good where the message that tells is overtaken by the next.
    """
    if recalled(key) != value:
        st.session_state[key] = value


def written_out(p: Param, value: str, key: str, on_change: Callable[[Value], None]) -> None:
    """A field of free text, read while somebody types (page/typing.js). What is wrong with it is said beneath, and shown in
    what was typed; that stays, and nothing changes."""
    wrong, while_shown = recalled(f"{key}.wrong") or (None, value)
    if while_shown != value:
        # It has been chosen elsewhere since.
        wrong = None
    # A blank at the end that the next word waits for stays as well.
    if not wrong and str(recalled(key)).strip() != value:
        shows(key, value)

    def changed() -> None:
        text = typed_in(key)
        if text is None:
            return
        try:
            new = p.parse(text)
        except ValueError as error:
            st.session_state[f"{key}.wrong"] = error, value
        else:
            st.session_state.pop(f"{key}.wrong", None)
            on_change(new)

    with st.container(key=f"{key}.written", gap="xsmall"):
        common: dict[str, Any] = {"key": key, "on_change": changed, "max_chars": p.longest, "help": p.help or None}
        if p.lines > 1:
            st.text_area(label_of(p), value, height=LINE * (p.lines + 1) + AROUND_LINES, **common)
        else:
            st.text_input(label_of(p), value, **common)
        if wrong:
            st.html(f'<p class="ravine-wrong">{_pointed_out(wrong)}</p>')


def _pointed_out(wrong: ValueError) -> str:
    """HTML of what is wrong with a text; of a formula with the part of it in which the character is marked."""
    if not isinstance(wrong, FormulaError):
        return escape(str(wrong))
    # Of several lines the one.
    begin = wrong.text.rfind("\n", 0, wrong.position) + 1
    text, at = wrong.text[begin:].partition("\n")[0], wrong.position - begin
    before = text[max(at - AROUND, 0) : at]
    parts = "…" * (at > AROUND) + before, text[at : at + 1] or " ", text[at + 1 : at + 1 + AROUND // 2]
    left, here, right = map(escape, parts)
    cut = "…" * (len(text) > at + 1 + AROUND // 2)
    return f"<code>{left}<mark>{here}</mark>{right}{cut}</code> {escape(str(wrong))}"


def shows(key: str, text: str) -> None:
    """Make the field `key`, which comes next, show a value as text; `typed_in` tells what is typed in its place."""
    held(key, text)
    st.session_state[f"{key}.shown"] = text


def typed_in(key: str) -> str | None:
    """What was typed into a field, None if nothing was. Then it is told of because a session begins anew, and a value that
    it shows with fewer digits, or that is nobody's choice, must stay what it is."""
    state = st.session_state
    text: str = state[key].strip()
    before, state[f"{key}.shown"] = recalled(f"{key}.shown"), text
    return None if text == before else text


def recalled(key: str) -> Any:
    """What the session holds under a key, None if nothing. Asking with `in` or `get` makes Streamlit copy all it holds."""
    try:
        return st.session_state[key]
    except KeyError:
        return None


def switch(label: str, on: bool, key: str, on_change: Callable[[bool], None]) -> None:
    """A switch."""
    held(key, on)
    st.toggle(label, on, key=key, on_change=lambda: on_change(st.session_state[key]))


@contextmanager
def menu(icon: str, help: str, key: str, label: str = "") -> Iterator[bool]:
    """A menu behind an icon or a label; True where it is open, so that what is closed costs no message."""
    kind: Any = "secondary" if label else "tertiary"
    popover = st.popover(label, icon=icon, help=help or None, type=kind, key=key, on_change="rerun")
    with popover:
        yield bool(popover.open)


def is_open(key: str) -> bool:
    """Whether a menu or a section is."""
    return bool(recalled(key))


@contextmanager
def fold(label: str, key: str) -> Iterator[bool]:
    """A section that unfolds; True where it is open."""
    expander = st.expander(label, key=key, on_change="rerun")
    with expander:
        yield bool(expander.open)


def exact(p: Param, value: Value, key: str, on_change: Callable[[Value], None]) -> None:
    """A field as text, with a point or a comma. What is not allowed is said beneath, and nothing changes."""
    shows(key, compact(value))
    wrong = recalled(f"{key}.wrong")

    def changed() -> None:
        text = typed_in(key)
        if text is None:
            return
        try:
            new = replace(p, name=label_of(p)).parse(text if p.kind is tuple else typed(text))
        except ValueError as error:
            st.session_state[f"{key}.wrong"] = str(error)
        else:
            st.session_state.pop(f"{key}.wrong", None)
            on_change(new)

    st.text_input(label_of(p), compact(value), key=key, on_change=changed, max_chars=120, help=p.help or None)
    if wrong:
        st.caption(f":material/error: {plain(wrong)}")


def plain(words: str) -> str:
    """Text that may hold what a stranger typed, so that Markdown shows it as it stands: no link, no picture, no formula."""
    # Bare addresses become links after the escapes are gone; a word joiner, which is not seen, keeps them apart.
    words = re.sub(r"(?i)(?<=http)(?=s?:)|(?<=www)(?=\.)|(?=@)", "\u2060", words)
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|~$:&" else c for c in words)


def _field(p: Param, value: Value, key: str, on_change: Callable[[str, Value], None]) -> None:
    def changed() -> None:
        try:
            new = p.kind(st.session_state[key])
            p.check(new)
        except (TypeError, ValueError):
            # Nothing is chosen; or a message that no page sends says so.
            return
        on_change(p.name, new)

    if p.kind is str and p.checks is not None:
        written_out(p, str(value), key, lambda new: on_change(p.name, new))
        return
    if p.kind is tuple:
        exact(p, value, key, lambda new: on_change(p.name, new))
        return
    symbol = f" ${p.tex}$" if p.tex and p.tex != label_of(p) else ""
    common: dict[str, Any] = {"label": label_of(p) + symbol, "key": key, "on_change": changed}
    common["help"] = p.help or None
    if p.kind is bool:
        held(key, value)
        st.toggle(value=bool(value), **common)
    elif p.inside is not None:
        names = p.inside
        held(key, value)
        order = [slug for slug in by_family(names) if slug in p.options]
        at = order.index(str(value))
        st.selectbox(options=order, index=at, format_func=lambda s: names[s].name, filter_mode="contains", **common)
    elif p.choices:
        held(key, value)
        words = lambda choice: value_words(p, choice)  # noqa: E731
        if len(p.choices) <= FEW:
            common["width"] = "stretch"
            st.segmented_control(options=p.choices, default=value, format_func=words, required=True, **common)
        else:
            st.selectbox(options=p.choices, index=p.choices.index(value), format_func=words, **common)
    elif p.scale == "log":
        options = _with(_round_numbers(p), number_of(value), key)
        held(key, number_of(value))
        st.select_slider(options=options, value=number_of(value), format_func=compact, **common)
    else:
        low, high = p.shown or (p.low, p.high)
        low, high = min(low, number_of(value)), max(high, number_of(value))
        held(key, p.kind(value))
        if p.name in COUNTS:
            options = list(range(int(low), int(high) + 1))
            st.select_slider(options=options, value=p.kind(value), format_func=lambda v: value_words(p, v), **common)
        elif p.kind is int:
            st.slider(min_value=int(low), max_value=int(high), value=int(number_of(value)), **common)
        else:
            common |= {"step": _stride(high - low), "format": "%.4g"}
            st.slider(min_value=float(low), max_value=float(high), value=number_of(value), **common)


def _stride(width: float) -> float:
    """About a thousandth of the range, a power of ten."""
    return float(10.0 ** math.floor(math.log10(width / 500)))


@lru_cache
def _round_numbers(p: Param) -> tuple[float, ...]:
    low, high = p.shown or (p.low, p.high)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    each = DECADE if len(decades) <= 8 else (1, 2, 5)
    numbers = [float(f"{digit * 10.0**decade:.3g}") for decade in decades for digit in each]
    # Off is no power of ten, and yet the place where one begins.
    off = [0.0] if p.low == 0 else []
    return (*off, *(n for n in numbers if low <= n <= high))


def _with(numbers: tuple[float, ...], value: float, key: str) -> list[float]:
    """The numbers and, between them, the last value that was none of them: a drag away from it must not change the scale."""
    if value not in numbers:
        st.session_state[f"{key}.between"] = value
    options = list(numbers)
    between = recalled(f"{key}.between")
    if between is not None:
        insort(options, between)
    return options
