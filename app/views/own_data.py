"""Data of the viewer's own: where they come in, which columns are used, and what is to be said of them."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import streamlit as st

from app import controls
from app.carried import carried
from app.experiment import Experiment, Pick, on_surface, surface_of
from app.player import intake
from surfaces import Data, DataError
from surfaces.bases.classics import classics
from surfaces.bases.table import MOST_BYTES, MOST_ROWS, Points, Table, read

KEY = "own-data"
# What the session keeps: the whole table of which columns are used, the surface's table that was made of it, what was wrong
# with what came last, and the tables that a link is too short for.
TABLE, MADE, WRONG, KEPT = "data.table", "data.made", "data.wrong", "data.kept"
# Tables that a session keeps.
MOST_KEPT = 12
BIAS = "none: the bias"
Now = Callable[[], Experiment]
Put = Callable[[Experiment], None]


def kept() -> dict[str, str]:
    """The tables that this session's links are too short for."""
    tables: dict[str, str] = st.session_state.setdefault(KEPT, {})
    while len(tables) > MOST_KEPT:
        del tables[next(iter(tables))]
    return tables


def panel(now: Now, put: Put) -> None:
    """The sets to begin from, the field in which rows come in, the columns, and what is to be said."""
    state, built = st.session_state, surface_of(now().surface)
    assert isinstance(built, Data)
    _sets(now, put)
    points = built.points_given
    if state.get(MADE) != built.table:
        # It has been chosen elsewhere, or came with the link.
        state[TABLE], state[MADE] = read(points.csv(), ","), built.table
        state.pop(WRONG, None)
    told = {"text": points.csv(), "name": "ravine-data.csv", "wrong": state.get(WRONG, ""), "most": MOST_BYTES}
    intake(told, key=KEY, on_ask=lambda: _heard(getattr(controls.recalled(KEY), "ask", None), now, put))
    table: Table = state[TABLE]
    _columns(table, points, now, put)
    words = remarks(built, table)
    if words:
        st.caption(controls.plain(" ".join(words)))


def remarks(built: Data, table: Table) -> list[str]:
    """What is to be said of the data that are used, in sentences."""
    points, count, words = built.points_given, len(built.points_given.y), []
    if table.beyond:
        words.append(f"The first {MOST_ROWS:,} of {MOST_ROWS + table.beyond:,} rows are used.")
    passed = table.passed_over
    if passed:
        more = f", and {len(passed) - 1} more" if len(passed) > 1 else ""
        words.append(f"A column is not used ({passed[0]}{more}).")
    if points.digits:
        words.append(f"Numbers are rounded to {points.digits} digits.")
    if not carried(built.table):
        words.append(f"These {count:,} rows are more than a link holds: save them as CSV and send the file with it.")
    if not built.linear:
        if not points.two_valued:
            words.append(f"The classes are {built.classes[0]}, its median, and {built.classes[1]}.")
        if not built.found:
            words.append("They can be parted without a mistake, so no weights are best: the loss falls for ever.")
    return words


def accepted(now: Now, put: Put, points: Points, table: Table) -> None:
    """Show these points, or say what is wrong with them; whichever regression suits their target."""
    state = st.session_state
    values = dict(now().surface.without("table", "regression", "loss").fields)
    try:
        pick = Pick.of(
            Data,
            {"table": points.packed, "regression": "logistic" if points.two_valued else "linear", **values},
        )
    except DataError as error:
        state[WRONG] = str(error)
        return
    state.pop(WRONG, None)
    state[TABLE], state[MADE] = table, points.packed
    if pick != now().surface:
        put(on_surface(now(), pick, None))


def given(ask: Any) -> str | bytes:
    """What came: a text or a file's bytes; DataError for a message that no page sends."""
    text, file = (ask.get(name) for name in ("text", "file")) if isinstance(ask, dict) else (None, None)
    if isinstance(text, str):
        return text
    if isinstance(file, str) and len(file) <= 2 * MOST_BYTES:
        try:
            return base64.b64decode(file, validate=True)
        except (ValueError, binascii.Error):
            pass
    raise DataError("nothing that can be read came")


def _heard(ask: Any, now: Now, put: Put) -> None:
    if ask is None or now().surface.slug != Data.slug:
        return
    try:
        table = read(given(ask))
        points = table.points()
        accepted(now, put, points, table)
    except DataError as error:
        st.session_state[WRONG] = str(error)


def _sets(now: Now, put: Put) -> None:
    """Sets to begin from, each with its source."""
    sets = classics()
    current = next((name for name in sets if name == surface_table(now())), None)

    def chosen() -> None:
        name = st.session_state["data.set"]
        if name in sets and name != surface_table(now()):
            values = dict(now().surface.without("table", "regression", "loss").fields)
            st.session_state.pop(WRONG, None)
            pick = Pick.of(Data, {"table": name, "regression": sets[name].regression, **values})
            put(on_surface(now(), pick, None))

    controls.held("data.set", current)
    names = list(sets)
    st.selectbox(
        "Begin from",
        names,
        None if current is None else names.index(current),
        key="data.set",
        format_func=lambda name: sets[name].title,
        placeholder="A set of data",
        on_change=chosen,
        help=controls.plain(f"From {sets[current].source}.") if current else None,
    )


def surface_table(experiment: Experiment) -> str:
    """The table that an experiment is on."""
    built = surface_of(experiment.surface)
    return built.table if isinstance(built, Data) else ""


def _columns(table: Table, points: Points, now: Now, put: Put) -> None:
    """Which columns are the features and the target."""
    names = list(table.names)
    chosen = [names.index(name) for name in points.names if name in names]
    if len(chosen) != len(points.names):
        return
    first, second, target = chosen[0], (chosen[1] if len(chosen) == 3 else None), chosen[-1]
    parts = {"feature": first, "second": second, "target": target}

    def took(part: str) -> None:
        value = st.session_state[f"data.{part}"]
        if value is not None and not (isinstance(value, int) and -1 <= value < len(names)):
            return
        new = {**parts, part: None if value == -1 else value}
        # What another part had, this one's former column goes to.
        for other in parts:
            if other != part and new[other] == new[part] and new[part] is not None:
                new[other] = parts[part]
        features = [k for k in (new["feature"], new["second"]) if k is not None]
        try:
            if not features or new["target"] is None:
                raise DataError("a feature and a target are needed")
            accepted(now, put, table.points(features, new["target"]), table)
        except DataError as error:
            st.session_state[WRONG] = str(error)

    labels = {"feature": "Feature", "second": "Second feature", "target": "Target"}
    with controls.fold("Columns", "data.columns") as opened:
        for part in parts if opened else ():
            options = list(range(len(names))) if part != "second" else [-1, *range(len(names))]
            value = -1 if parts[part] is None else parts[part]
            controls.held(f"data.{part}", value)
            st.selectbox(
                labels[part],
                options,
                options.index(value),
                key=f"data.{part}",
                format_func=lambda k: BIAS if k == -1 else names[k],
                on_change=took,
                args=(part,),
            )
