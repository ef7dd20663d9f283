"""Data of anybody's: read from CSV as spreadsheets write it, refused in words, a surface, in a link and back."""

import base64
import csv
import io
import itertools
import pickle
import re
import time
import zipfile
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.carried import carried, light, named, whole
from app.experiment import Pick, parse, simulate, surface_of
from app.views import own_data
from optimizers import OPTIMIZERS, run
from optimizers.bases.hessian import hessian
from optimizers.bases.optimizer import gradient
from surfaces import Data, DataError
from surfaces.bases import table
from surfaces.bases.classics import classics
from surfaces.bases.table import (
    LINK_MOST,
    MOST_BYTES,
    MOST_ROWS,
    PACKED_MOST,
    Points,
    packed,
    points_in,
    read,
    unpacked,
)
from surfaces.models.data import check_table, fitted_weights

LEE_X = [338, 333, 328, 207, 226, 25, 179, 60, 208, 606]
LEE_Y = [640, 633, 619, 393, 428, 27, 193, 66, 226, 1591]
NORMALIZATIONS = ("none", "standardize", "minmax", "batch")
# Every kind: a feature or two, a number or a class.
KINDS: dict[str, dict[str, Any]] = {
    "line": {"table": "line"},
    "curve": {"table": "orings", "regression": "logistic"},
    "plane": {"table": "petals", "regression": "linear"},
    "regions": {"table": "petals", "regression": "logistic"},
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def linked(surface: str, **more: str) -> Any:
    """The surface that a link shows, which nothing is wrong with."""
    experiment, complaints = parse({"surface": [surface], **{name: [value] for name, value in more.items()}})
    assert not complaints
    return experiment


# Printed numbers.


def test_geron_prints_4_215_and_2_770() -> None:
    """Géron, Hands-On Machine Learning, chapter 4: theta_best is [4.21509616, 2.77011339]."""
    surface = surface_of(linked("data~table~line").surface)
    w, b = surface.minima[0]
    assert (round(b, 8), round(w, 8)) == (4.21509616, 2.77011339)


def test_lees_best_line_is_minus_188_4_and_2_67() -> None:
    """H.-y. Lee, Machine Learning: Regression, b = -188.4 and w = 2.7 (2.67 on the next slides) on ten Pokémon."""
    rows = "".join(f"{x},{y}\n" for x, y in zip(LEE_X, LEE_Y, strict=True))
    for text in ("pokemon", packed(rows), packed("a,b\n" + rows)):
        surface = surface_of(linked(f"data~table~{text}").surface)
        w, b = surface.minima[0]
        assert (round(b, 1), round(w, 2)) == (-188.4, 2.67)
    (slope, constant), *_ = np.linalg.lstsq(np.column_stack([LEE_X, np.ones(10)]), LEE_Y, rcond=None)
    np.testing.assert_allclose((w, b), (slope, constant), rtol=1e-9)


def test_adagrad_gets_to_lees_line_and_descent_does_where_features_are_normalized() -> None:
    adagrad = linked("data~table~pokemon", r1="adagrad~lr~50", start="-4~-120", steps="2000")
    (path,) = simulate(adagrad)
    assert path.loss[-1] < 1.01 * path.surface.lowest
    descent = linked("data~table~pokemon~normalization~standardize", r1="sgd~lr~0.1", start="0~0", steps="200")
    (path,) = simulate(descent)
    w, b = path.surface.raw_weights(path.theta[-1]).tolist()
    assert (round(b, 1), round(w, 2)) == (-188.4, 2.67)


def test_the_o_rings_have_the_weights_that_are_printed() -> None:
    """R's glm on these 23 launches: 15.0429 - 0.2322 temperature."""
    surface = surface_of(linked("data~table~orings~regression~logistic").surface)
    w, b = surface.minima[0]
    assert (round(b, 4), round(w, 4)) == (15.0429, -0.2322)


@pytest.mark.parametrize("name", classics())
def test_a_classic_set_says_where_it_is_from_and_fits_into_a_link(name: str) -> None:
    one = classics()[name]
    assert len(one.source) > 20
    points = points_in(one.text)
    assert points.digits is None
    assert carried(points.packed)
    again = points_in(points.packed)
    np.testing.assert_array_equal(again.x, points.x)
    np.testing.assert_array_equal(again.y, points.y)
    assert (again.names, again.classes) == (points.names, points.classes)


# As spreadsheets write it.

GERMAN = "Größe;Gewicht;Preis\r\n1,5;2;10,25\r\n2,5;3;11\r\n-0,5;4;12,125\r\n4;5,75;13\r\n"
WRITTEN: dict[str, bytes] = {
    "german": GERMAN.encode(),
    "german, latin-1": GERMAN.encode("cp1252"),
    "german, bom": GERMAN.encode("utf-8-sig"),
    "german, utf-16": GERMAN.encode("utf-16"),
    "german, utf-16 big": b"\xfe\xff" + GERMAN.encode("utf-16-be"),
    "german, pasted": GERMAN.replace(";", "\t").encode(),
    "english": GERMAN.replace(",", ".").replace(";", ",").encode(),
    "english, pasted": GERMAN.replace(",", ".").replace(";", "\t").encode(),
    "english, quoted": re.sub(r"[^,\r\n]+", r'"\g<0>"', GERMAN.replace(",", ".").replace(";", ",")).encode(),
    "french, old mac": GERMAN.replace("\r\n", "\r").encode(),
    "french, true minus": GERMAN.replace("-", "\u2212").encode(),
    "bars": GERMAN.replace(",", ".").replace(";", "|").encode(),
    "blanks": GERMAN.replace(",", ".").replace(";", " ").encode(),
    "blank lines, trailing separators": GERMAN.replace("\r\n", ";;\r\n\r\n").encode(),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_spreadsheets_file_is_read(name: str) -> None:
    points = read(WRITTEN[name]).points()
    assert points.names == ("Größe", "Gewicht", "Preis")
    np.testing.assert_array_equal(points.x, [[1.5, 2], [2.5, 3], [-0.5, 4], [4, 5.75]])
    np.testing.assert_array_equal(points.y, [10.25, 11, 12.125, 13])


def test_what_is_no_header_is_a_row() -> None:
    points = read("1,2\n2,3\n3,5\n4,4\n").points()
    assert points.names == ("x", "y")
    assert len(points.y) == 4
    three = read("1,2,no\n2,3,no\n3,5,yes\n4,4,yes\n").points()
    assert three.names == ("x1", "x2", "y")
    assert three.classes == ("no", "yes")


def test_the_first_thousand_rows_are_used_and_the_rest_is_counted() -> None:
    rows = "".join(f"{k},{k % 7}\n" for k in range(1234))
    for text in ("x,y\n" + rows, rows):
        found = read(text)
        assert (len(found.rows), found.beyond) == (MOST_ROWS, 234)
        assert found.points().x[-1, 0] == 999


def test_of_many_columns_the_first_two_that_can_be_are_features_and_the_last_is_the_target() -> None:
    text = "id,same,a,b,c\nx,1,1,2,no\ny,1,2,1,no\nz,1,3,5,yes\nw,1,4,4,yes\n"
    points = read(text).points()
    assert points.names == ("a", "b", "c")
    assert read(text).points((3,), 2).names == ("b", "a")
    # What was passed over is said, and texts that are none are not.
    assert read(text).passed_over == ["column 'same': every number is about 1; a constant column says nothing"]
    assert read("id,x,y\na,1,2\nb,2,3\nc,3,5\nd,4,4\n").points().names == ("x", "y")
    assert Data.of(text, ("b", "a")).points_given.names == ("b", "a")
    with pytest.raises(DataError, match="there is no column 'd'"):
        Data.of(text, ("d", "a"))
    with pytest.raises(DataError, match="each another column"):
        read(text).points((2, 3), 3)


# What is refused: what it is, its row and its column.

ROWS = "x,y\n1,2\n2,3\n{}\n4,5\n5,7\n"
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "missing": (ROWS.format("3,"), "row 4, column 'y': a value is missing"),
    "text": (ROWS.format("3,about 4"), "row 4, column 'y': 'about 4' is no number"),
    "a formula": (ROWS.format('"=1+2",4'), "row 4, column 'x': '=1+2' is no number"),
    "nan": (ROWS.format("nan,4"), "row 4, column 'x': 'nan' is no number"),
    "too fine": ("x,y\n0,0\n0,0\n0,1\n1.2e-38,1\n", "column 'x': all numbers are within a billionth"),
    "infinity": (ROWS.format("inf,4"), "row 4, column 'x': 'inf' is no number"),
    "hexadecimal": (ROWS.format("0x10,4"), "row 4, column 'x': '0x10' is no number"),
    "other digits": (ROWS.format("٣,4"), "row 4, column 'x': '٣' is no number"),
    "underscore": (ROWS.format("1_0,4"), "row 4, column 'x': '1_0' is no number"),
    "too large": (ROWS.format("1e300,4"), "row 4, column 'x': '1e300' is more than a million"),
    "more cells": (ROWS.format("3,4,5"), "row 4: 3 cells, where the first row has 2"),
    "fewer cells": ("x,y,z\n1,2,3\n2,3,4\n3,4\n4,5,6\n4,5,7\n", "row 4: 2 cells, where the first row has 3"),
    "a constant": ("x,y\n1,2\n1,3\n1,4\n1,5\n", "column 'x': every number is about 1"),
    "nearly a constant": ("x,y\n1000,2\n1000.0001,3\n1000,4\n1000,5\n", "column 'x': every number is about 1000"),
    "thousands": ("x;y\n1.234,5;2\n2;3\n3;4\n4;5\n", "row 2, column 'x': '1.234,5' has thousands marks"),
    "thousands in English": ('x;y\n"1,234,567";2\n2;3\n3;4\n4;5\n', "'1,234,567' has thousands marks"),
    "thousands by blanks": ("x;y\n1 234;2\n2;3\n3;4\n4;5\n", "'1 234' has thousands marks"),
    "either": ("x\ty\n1,234\t2\n2\t3\n3\t4\n4\t5\n", "'1,234' may be a thousand or a decimal comma"),
    "point and comma": ("x;y\n1,5;2\n2.5;3\n3;4\n4;5\n", "decimal"),
    "few rows": ("x,y\n1,2\n2,3\n3,4\n", "3 rows of numbers; at least 4 are needed"),
    "one column": ("x\n1\n2\n3\n4\n", "one column only"),
    "nothing": ("  \n \n", "there are no rows"),
    "one word": ("hello", "one column only"),
    "three classes": ("x,y\n1,a\n2,b\n3,c\n4,a\n", "column 'y': a target is numbers or two different texts, not 3"),
    "one class": ("x,y\n1,a\n2,a\n3,a\n4,a\n", "not 1: 'a'"),
    "one of three": ("a,b,y\n1,2,3\n2,4,5\n?,5,4\n4,7,1\n", "row 4, column 'a': '?' is no number"),
    "no feature": ("x,y\na,1\nb,2\nc,3\nd,4\n", "row 2, column 'x': 'a' is no number"),
    "many columns": ("\n".join([",".join("1" * 31)] * 5), "31 columns are too many"),
    "an open quote": ('x,y\n1,"2\n2,3\n' + "3,4\n" * 90, "is a quotation mark not closed"),
    "nul": (b"x,y\n1,2\n\x00", "NUL bytes"),
    "nul in a text": ("x,y\n1,2\n\x00", "'\\x00' and is no CSV"),
    "utf-16 without its mark": (GERMAN.encode("utf-16-le"), "NUL bytes"),
    "utf-16, cut": (GERMAN.encode("utf-16")[:-1], "begins as UTF-16 and is none"),
    "utf-8, broken": (b"\xef\xbb\xbf\xff\xff", "begins as UTF-8 and is none"),
    "no encoding": (b"x,y\n\x81,2\n", "neither UTF-8 nor Latin-1"),
    "xlsx": (b"PK\x03\x04" + bytes(50), "a zip file, as .xlsx"),
    "xls": (b"\xd0\xcf\x11\xe0" + bytes(50), "an Excel workbook"),
    "gzip": (b"\x1f\x8b" + bytes(50), "a gzip file"),
    "pdf": (b"%PDF-1.7", "a PDF"),
    "10 MB": (b"\xa5" * 10_000_000, "10.0 MB are too much"),
    "10 MB of text": ("1,2\n" * 2_500_000, "more than 1 MB is not read"),
    "another unit for the target": (
        "x,y\n0.0001,900000\n0.0002,1\n0.0003,600000\n0.0004,800000\n0.0005,1\n",
        "the best weights would be more than a million",
    ),
    "another unit for a feature": (
        "x,y\n900000,0.000001\n1,0.000002\n3,0.000003\n100000,0.000004\n",
        "the best weights would be too small",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_said_in_words(name: str) -> None:
    given, words = REFUSED[name]
    with pytest.raises(DataError) as caught:
        Data.of(given)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 300
    assert words[:4] != "row " or f"row {caught.value.row}" == words[: len(f"row {caught.value.row}")]
    # It goes to other processes as its words.
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_noise_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: Any) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(table, "_rows", parsed)
    noise = np.random.default_rng(0).bytes(MOST_BYTES + 1)
    for some in (noise, noise[:MOST_BYTES], noise.decode("latin-1")):
        with pytest.raises(DataError):
            read(some)
    # What is read in the end is what is looked for.
    with pytest.raises(AssertionError):
        read("1,2\n")


# Not one thing that anybody sends comes to anything but words or a surface.

LETTERS = st.text(st.sampled_from("0123456789.,;\t\n\r\" '|-+=@eE/x_<>$*~\u00a0\u202e\ufeff\u0000é"), max_size=60)
CELLS = st.one_of(
    st.floats(-1e6, 1e6).map(repr), st.integers(-9999, 9999).map(str), st.sampled_from(["", "a", "b", "1,5", "1.234,5"])
)
ROWS_OF_CELLS = st.integers(1, 4).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=12))
CSV = st.tuples(ROWS_OF_CELLS, st.sampled_from(",;\t|")).map(
    lambda both: "\n".join(both[1].join(row) for row in both[0])
)
NUMBERS = st.integers(1, 2).flatmap(
    lambda n: st.lists(st.lists(st.floats(-1000, 1000), min_size=n + 1, max_size=n + 1), min_size=4, max_size=9)
)
ANYTHING = st.one_of(
    st.binary(max_size=300), LETTERS, CSV, CSV.map(str.encode), CSV.map(lambda text: text.encode("utf-16"))
)


def check_surface(surface: Data) -> None:
    """Whether it can be shown and run."""
    (x0, x1), (y0, y1) = surface.window
    assert np.isfinite([x0, x1, y0, y1]).all()
    assert x0 < x1
    assert y0 < y1
    assert all(map(np.isfinite, surface.start))
    with np.errstate(over="ignore"):
        assert np.isfinite(surface.grid(5)[2]).all()
    assert all(np.isfinite(v) for v in surface.grad(*surface.start))
    for x, y in surface.minima:
        assert x0 < x < x1
        assert y0 < y < y1
    shown = surface.picture()
    assert np.isfinite(shown["matrix"]).all()
    assert all(low < high for low, high in shown["extent"])
    surface.facts()


@settings(max_examples=150, deadline=None)
@given(ANYTHING)
def test_whatever_comes_is_a_surface_or_an_error_in_words(anything: str | bytes) -> None:
    try:
        surface = Data.of(anything)
    except DataError:
        return
    check_surface(surface)


@settings(max_examples=60, deadline=None)
@given(
    NUMBERS, st.sampled_from(["linear", "logistic"]), st.sampled_from(NORMALIZATIONS), st.sampled_from([0.0, 0.3, 0.5])
)
def test_whatever_numbers_come_every_model_of_them_can_be_shown(
    rows: list[list[float]], regression: str, normalization: str, held: float
) -> None:
    try:
        surface = Data.of(rows, regression=regression, normalization=normalization, held_out=held, batch_size=2)
    except DataError:
        return
    check_surface(surface)
    path = run(surface, OPTIMIZERS["sgd"](), 1e-7, surface.start, 5)
    assert np.isfinite(path.loss).all()


@settings(max_examples=60, deadline=None)
@given(CSV)
def test_what_was_read_is_read_again_from_its_own_file_and_link(text: str) -> None:
    try:
        points = read(text).points()
    except DataError:
        return
    for again in (read(points.csv(), ","), read(unpacked(points.packed), ",")):
        np.testing.assert_array_equal(again.points().x, points.x)
        np.testing.assert_array_equal(again.points().y, points.y)
        assert again.names == points.names
        assert again.points().classes == points.classes


# The link.


def numbers(count: int, seed: int = 0) -> Points:
    rng = np.random.default_rng(seed)
    return Points(("a", "b", "c"), rng.normal(size=(count, 2)), rng.normal(size=count))


def test_a_thousand_rows_fit_into_an_address_of_ours() -> None:
    points = numbers(MOST_ROWS)
    assert len(points.packed) <= PACKED_MOST
    assert points.digits is not None
    again = points_in(points.packed)
    np.testing.assert_allclose(again.x, points.x, rtol=0.6 * 10.0 ** (1 - points.digits))
    # Fewer are kept to the last digit.
    few = numbers(60)
    assert few.digits is None
    np.testing.assert_array_equal(points_in(few.packed).x, few.x)


def test_a_link_carries_what_is_small_and_says_which_table_was_larger() -> None:
    small, large = packed(numbers(20).csv()), numbers(MOST_ROWS).packed
    assert len(small) <= LINK_MOST < len(large)
    kept: dict[str, str] = {}
    for text in (small, "line"):
        query = {"surface": f"data~table~{text}", "r1": "sgd~lr~0.1"}
        assert light(query, kept) == query
    assert not kept
    query = {"surface": f"data~table~{large}~regression~logistic", "steps": "20"}
    short = light(query, kept)
    assert short["surface"] == f"data~table~{named(large)}~regression~logistic"
    assert whole({k: [v] for k, v in short.items()}, kept) == {k: [v] for k, v in query.items()}
    # Who opens it elsewhere is asked for the file, and sees the rest.
    experiment, complaints = parse(whole({k: [v] for k, v in short.items()}, {}))
    assert any("choose their file" in words for words in complaints)
    assert experiment.surface == Pick("data", (("regression", "logistic"),))


def bomb() -> str:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(b"1,2\n" * 4_000_000) + squeeze.flush()
    return "z1" + base64.urlsafe_b64encode(body).decode().rstrip("=")


HOSTILE = {
    "a bomb": bomb()[:PACKED_MOST],
    "a whole bomb": bomb(),
    "noise": "z1" + "A9_-" * 200,
    "cut": packed(numbers(50).csv())[:-9],
    "more behind": packed("x,y\n1,2\n2,3\n3,4\n4,6\n") + "AAAA",
    "no table": packed("hello"),
    "nul": packed("x,y\n1,2\n\0,3\n3,4\n4,6\n"),
    "no utf-8": "z1" + base64.urlsafe_b64encode(zlib.compress(b"\xff\xfe1,2")[2:-4]).decode().rstrip("="),
    "huge": "9," * 100_000,
    "another's": "kept." + "0" * 16,
    "a name": "nobody",
    "markup": "<img src=x onerror=alert(1)>",
    "a path": "/etc/passwd",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_a_link_says_is_not_trusted(name: str) -> None:
    experiment, complaints = parse({"surface": [f"data~table~{HOSTILE[name]}"], "steps": ["20"]})
    assert len(complaints) == 1
    assert len(complaints[0]) < 300
    assert experiment.surface == Pick("data")
    assert experiment.steps == 20


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Watched:
        def __init__(self, *how: int) -> None:
            self.real = decompressobj(*how)

        def decompress(self, body: bytes, most: int) -> bytes:
            found = self.real.decompress(body, most)
            sizes.append(len(found))
            return found

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

    decompressobj = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Watched)
    # Small enough for a link, and yet of many megabytes.
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(bytes(8_000_000)) + squeeze.flush()
    text = "z1" + base64.urlsafe_b64encode(body).decode().rstrip("=")
    assert len(text) < PACKED_MOST
    with pytest.raises(DataError, match="damaged, or too long"):
        unpacked(text)
    assert sizes == [table.TEXT_MOST]


# What somebody calls a column harms nobody.

NAMES = [
    "=1+2",
    "+x",
    "-x",
    "@x",
    "'=x",
    '=cmd|"/c calc"!A1',
    "<b>x</b>",
    "$x$",
    "a,b",
    'a"b',
    "x\u202ey",
    "x" * 90,
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_no_formula_for_the_spreadsheet_that_opens_the_file(name: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([name, "y"])
    writer.writerows([[1, "=no"], [2, "=no"], [3, "+yes"], [4, "+yes"]])
    points = read(text.getvalue()).points()
    assert points.names[0].isprintable()
    assert len(points.names[0]) <= 40
    assert points.classes == ("+yes", "=no")
    cells = list(itertools.chain.from_iterable(csv.reader(io.StringIO(points.csv()))))
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@") or cell[:2] == "-x"]
    again = read(points.csv()).points()
    assert (again.names, again.classes) == (points.names, points.classes)


def test_two_columns_of_one_name_are_told_apart() -> None:
    names = read("x,x,x\n1,2,3\n2,5,4\n3,1,5\n4,4,7\n").names
    assert len(set(names)) == 3


# The surface.


@every_kind
def test_a_picture_is_of_its_kind_and_has_the_names_that_were_given(kind: str) -> None:
    surface = Data(**KINDS[kind])
    shown = surface.picture()
    assert shown["kind"] == kind
    assert set(shown["names"]) & set(surface.points_given.names)


@every_kind
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
def test_the_loss_is_written_out_and_weights_are_the_same_model(kind: str, normalization: str) -> None:
    surface = Data(**KINDS[kind], normalization=normalization, held_out=0.2, gamma=1.7, beta=-0.4)
    train, _ = surface.split
    x, y = surface.points_given.x[train], surface.raw[1][train]
    place = np.array(surface.start)
    raw = Data(**KINDS[kind], held_out=0.2)
    w, v = surface.raw_weights(place).tolist()
    np.testing.assert_allclose(surface.from_raw_weights(np.array([w, v])), place, rtol=1e-9)
    s = w * x[:, 0] + v * (x[:, 1] if not surface.one else 1.0)
    if not surface.one and surface.linear:
        # The bias is fitted everywhere.
        s = s - s.mean() + y.mean()
    elif not surface.one:
        s = surface.features[train] @ place + surface.bias
    wrong = (s - y) ** 2 if surface.linear else np.logaddexp(0, (1 - 2 * y) * s)
    assert surface.value(*place.tolist()) == pytest.approx(wrong.mean(), rel=1e-9)
    # The lines that are drawn are what the model says, of features as measured.
    rows = surface.picture()["matrix"]
    first, second, *rest = rows if kind != "regions" else [rows[2], rows[3], rows[5]]
    factors = [row @ np.array([*place, 1.0]) for row in map(np.array, (first, second, *rest))]
    drawn = x @ np.array(factors[: x.shape[1]]) + factors[-1]
    np.testing.assert_allclose(drawn, s, rtol=1e-8, atol=1e-8 * np.abs(s).max())
    if surface.one:
        assert surface.lowest == pytest.approx(raw.lowest, rel=1e-6)


@every_kind
def test_the_gradient_is_that_of_the_value(kind: str) -> None:
    for fields in ({}, {"normalization": "batch", "batch_size": 5, "held_out": 0.2}, {"loss": "mse"}):
        surface: Any = Data(**{**KINDS[kind], **fields})
        for part in (surface, surface.sample(2, 0)):
            for x, y in (surface.start, surface.best):
                h = 1e-20
                dx = np.imag(part.value(np.array(x + 1j * h), np.array(y + 0j))) / h
                dy = np.imag(part.value(np.array(x + 0j), np.array(y + 1j * h))) / h
                np.testing.assert_allclose(part.grad(x, y), (dx, dy), rtol=1e-7, atol=1e-9 * surface.lowest)


def test_a_batch_of_one_feature_is_normalized_without_its_bias() -> None:
    surface = Data("pokemon", normalization="batch", batch_size=4, held_out=0.2)
    for t in range(1, 6):
        rows, part = surface.batch(t, 0), surface.sample(t, 0)
        x = np.array(LEE_X, dtype=float)[rows]
        np.testing.assert_allclose(part.features[:, 0], (x - x.mean()) / np.sqrt(x.var() + 1e-5), rtol=1e-12)
        np.testing.assert_array_equal(part.features[:, 1], 1.0)
        np.testing.assert_array_equal(surface.held(t, 0).features[:, 1], 1.0)


def test_a_target_of_more_values_is_parted_at_its_median() -> None:
    surface = Data("pokemon", "logistic")
    assert surface.raw[1].tolist() == [float(y > np.median(LEE_Y)) for y in LEE_Y]
    # Where most have the largest value, it alone is above.
    most = Data.of([[1, 0], [2, 5], [3, 9], [4, 9], [5, 9]], regression="logistic")
    assert most.raw[1].tolist() == [0, 0, 1, 1, 1]


def test_classes_that_can_be_parted_have_no_best_weights() -> None:
    surface = Data.of("x,y\n1,no\n2,no\n3,yes\n4,yes\n", regression="logistic")
    assert not surface.found
    assert surface.minima == ()
    falls = [surface.value(w, -2.5 * w) for w in (1.0, 5.0, 25.0, 125.0)]
    assert sorted(falls, reverse=True) == falls
    # Those with the penalty are scikit-learn's for C = 1 / (0.01 n) of standardized features.
    x = np.array([1.0, 2.0, 3.0, 4.0])
    z = (x - 2.5) / x.std()
    weights, found = fitted_weights(np.column_stack([z, np.ones(4)]), np.array([0.0, 0, 1, 1]))
    p = 1 / (1 + np.exp(-weights @ [z, np.ones(4)]))
    np.testing.assert_allclose(z @ (p - [0, 0, 1, 1]) / 4 + 0.01 * weights[0], 0, atol=1e-8)
    assert not found
    # And a set that cannot be parted has.
    assert Data("orings", "logistic").found


def test_features_that_say_the_same_have_a_floor_of_best_weights() -> None:
    surface = Data.of([[1, 2, 1], [2, 4, 3], [3, 6, 2], [4, 8, 5]])
    assert surface.minima == ()
    wanted = np.polyfit([1, 2, 3, 4], [1, 3, 2, 5], 1, full=True)[1][0] / 4
    assert surface.lowest == pytest.approx(wanted)


@every_kind
def test_a_penalty_a_copy_and_another_process_are_as_of_every_surface(kind: str) -> None:
    surface = Data(**KINDS[kind], l2=0.1)
    assert surface.plain is not surface
    assert surface.value(0.0, 0.0) == pytest.approx(surface.plain.value(0.0, 0.0))
    again = pickle.loads(pickle.dumps(surface))
    assert again.value(0.3, 0.2) == surface.value(0.3, 0.2)
    other = replace(surface, regression="logistic" if surface.linear else "linear")
    assert other.linear != surface.linear
    hessian(other, gradient(other, np.array([[0.1, 0.2]])))


def test_arrays_and_bytes_are_given_in_python() -> None:
    rows = np.column_stack([LEE_X, LEE_Y])
    surface = Data.of(rows)
    assert surface.minima == Data("pokemon").minima
    assert Data.of(classics()["pokemon"].text.encode()).minima == surface.minima
    path = run(surface, OPTIMIZERS["newton"](), 1.0, (0.0, 0.0), 3)
    np.testing.assert_allclose(path.theta[-1], surface.minima[0], rtol=1e-6)
    for wrong in ([1.0, 2.0], np.zeros((5, 4, 2)), [[np.nan, 1.0]] * 5):
        with pytest.raises(DataError):
            Data.of(wrong)
    with pytest.raises(DataError, match=re.escape("Data.of takes arrays")):
        check_table(rows)


# What a page does with what comes.


def test_a_message_that_no_page_sends_is_refused() -> None:
    for ask in (None, 7, {}, {"text": 3}, {"file": "no base64!"}, {"file": "A" * (2 * MOST_BYTES + 1)}, {"file": None}):
        with pytest.raises(DataError):
            own_data.given(ask)
    assert own_data.given({"text": "1,2"}) == "1,2"
    assert own_data.given({"file": base64.b64encode(b"1,2").decode()}) == b"1,2"


def test_a_zip_bomb_is_a_zip_file() -> None:
    packed_up = io.BytesIO()
    with zipfile.ZipFile(packed_up, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", "0" * 5_000_000)
    began = time.process_time()
    with pytest.raises(DataError, match="a zip file"):
        read(packed_up.getvalue())
    assert time.process_time() >= began


def test_remarks_say_what_was_left_out() -> None:
    rng = np.random.default_rng(3)
    text = "".join(f"{a!r},{b!r},{c!r}\n" for a, b, c in rng.normal(size=(1400, 3)).tolist())
    found = read(text)
    words = own_data.remarks(Data(found.points().packed, "logistic"), found)
    assert "The first 1,000 of 1,400 rows are used." in words
    assert any("more than a link holds" in one for one in words)
    assert any("its median" in one for one in words)
    assert own_data.remarks(Data("line"), read(classics()["line"].text)) == []
