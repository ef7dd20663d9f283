"""A typed formula is what it says, so is its gradient, and no text does anything but that or be refused."""

import ast
import itertools
import math
import os
import pickle
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.formula import CONSTANTS, FormulaError, derivative, listed, read, typeset, worth
from core.formula.nodes import OPERATIONS as OURS
from core.formula.slopes import SLOPES
from core.formula.text import DEEPEST, FUNCTIONS, LONGEST, MOST_NODES
from core.formula.typeset import AROUND, CALLED
from optimizers import OPTIMIZERS, run
from optimizers.trace.script import scripted
from optimizers.trace.source import FUNCTIONS as EMITTED
from optimizers.trace.tape import COLUMN, OPERATIONS, PIXEL, ROW, Value, recording
from surfaces import Formula
from surfaces.bases.gallery import GALLERY, Sample
from tests.test_script import NAME, TOKENS, WORDS
from tests.test_script import OURS as OWN
from tests.test_trace import NAMES, TRACING, check_pair, source_of

ROOT = Path(__file__).parent.parent
# Generated formulas: a few whenever the tests run, all of them with `make sweep`.
EXAMPLES = settings(max_examples=10_000 if "RAVINE_SWEEP" in os.environ else 60)
PLACES = np.random.default_rng(3).uniform(-2.0, 2.0, (2, 12))


# What a text is put together of that looks like a formula.
PIECES = st.lists(st.sampled_from([*"xyabet012345.+-*/^()[]{}|,= \\_", "sin", "max(", "\\frac", "log ", "e^"])).map(
    "".join
)


def value(text: str, x: Any = 0.7, y: Any = -1.3, **letters: Any) -> Any:
    tree = read(text)
    (number,) = worth(listed(tree), {"x": x, "y": y, **letters}, tree)
    return number


def refusal(text: str) -> FormulaError:
    with pytest.raises(FormulaError) as caught:
        read(text)
    return caught.value


# What is read as what.

X, Y = 0.7, -1.3
READ: dict[str, float] = {
    "2x": 2 * X,
    "3 sin x": 3 * math.sin(X),
    "x y": X * Y,
    "2(x+1)": 2 * (X + 1),
    "(x+1)(y-1)": (X + 1) * (Y - 1),
    "x(y+1)": X * (Y + 1),
    "xy": X * Y,
    "ax": 5 * X,
    "ax^2": 5 * X**2,
    "2axy": 2 * 5 * X * Y,
    "x^2y": X**2 * Y,
    "sin x": math.sin(X),
    "sin 2x": math.sin(2 * X),
    "sin 2pi": math.sin(2 * math.pi),
    "sin x^2": math.sin(X**2),
    "sin x cos y": math.sin(X) * math.cos(Y),
    "sin(x) y": math.sin(X) * Y,
    "sin(x)^2": math.sin(X) ** 2,
    "sin^2 x": math.sin(X) ** 2,
    "sin^2(x) y": math.sin(X) ** 2 * Y,
    "sin cos x": math.sin(math.cos(X)),
    "2e3": 2000.0,
    "2e-3x": 0.002 * X,
    "2e x": 2 * math.e * X,
    "2e - 3": 2 * math.e - 3,
    "-x^2": -(X**2),
    "(-x)^2": X**2,
    "-2^2": -4.0,
    "2^3^2": 512.0,
    "x^-2": X**-2,
    "2*-x": -2 * X,
    "x**2": X**2,
    "8/2/2": 2.0,
    "1/(2x)": 1 / (2 * X),
    "1/2*x": X / 2,
    "1 - 2 - 3": -4.0,
    "e^(x+y)": math.exp(X + Y),
    "e^-x": math.exp(-X),
    "e^x sin y": math.exp(X) * math.sin(Y),
    "2^x": 2**X,
    "x^y": X**Y,
    "x^0.5": X**0.5,
    "x^(1/3)": X ** (1 / 3),
    "y^3": Y**3,
    "|y|": -Y,
    "|x||y|": -X * Y,
    "||y|-2|": 0.7,
    "2|x - y|": 4.0,
    "[x + 1]/2": 0.85,
    "x_1 + x_{2}": X + Y,
    "f(x, y) = x^2": X**2,
    "f = x": X,
    "ln(x)": math.log(X),
    "log x": math.log(X),
    "max(x, y, 3)": 3.0,
    "min(x, y)": Y,
    "mod(y, 1)": Y % 1,
    "mod(7, 3)": 1.0,
    "floor(y)": -2.0,
    "sign(y)": -1.0,
    "relu(y) + relu(x)": X,
    "sigmoid(x)": 1 / (1 + math.exp(-X)),
    "softplus(x)": math.log(1 + math.exp(X)),
    "arctan(x) - atan(x)": 0.0,
    "sinh x": math.sinh(X),
    "cosh x": math.cosh(X),
    "tan x": math.tan(X),
    ".5 + 1.": 1.5,
    r"\frac{1}{2} x": X / 2,
    r"\frac12 x": X / 2,
    r"\tfrac{x}{y}": X / Y,
    r"\left(x^{2} - y\right)^2": (X**2 - Y) ** 2,
    r"\sin x \cdot \cos(y)": math.sin(X) * math.cos(Y),
    r"2\pi x": 2 * math.pi * X,
    r"\sin^{2}\left(x\right)": math.sin(X) ** 2,
    r"\sqrt{x}\,y": math.sqrt(X) * Y,
    r"e^{-x} y": math.exp(-X) * Y,
    r"\left|y\right| + \lvert y \rvert": 2.6,
    r"\operatorname{sigmoid}(0)": 0.5,
    r"3 \times x": 3 * X,
    r"\exp\left(-\frac{x}{2}\right)": math.exp(-X / 2),
}


@pytest.mark.parametrize("text", READ)
def test_a_formula_is_read_as_it_is_written(text: str) -> None:
    assert value(text, X, Y, a=5.0) == pytest.approx(READ[text], rel=1e-13, abs=1e-15)


ROWS = re.findall(
    r"^\| `(.+)` \| (?:`(.+)`|refused) \| ", (ROOT / "docs" / "formulas.md").read_text(encoding="utf-8"), re.M
)


@pytest.mark.parametrize(("typed", "meant"), ROWS, ids=[row[0] for row in ROWS])
def test_the_table_of_the_document_holds(typed: str, meant: str) -> None:
    if meant:
        assert value(typed, X, Y, a=5.0) == pytest.approx(value(meant, X, Y, a=5.0), rel=1e-14)
    else:
        refusal(typed)


def test_the_document_names_all_that_there_is() -> None:
    text = (ROOT / "docs" / "formulas.md").read_text(encoding="utf-8")
    assert len(ROWS) > 30
    assert all(re.search(rf"\b{name}\b", text) for name in FUNCTIONS)
    for number in (f"{LONGEST} characters", f"{MOST_NODES} numbers", f"{DEEPEST} brackets", "up to 64", "up to 1e12"):
        assert number in text


# What is not, where and why.
REFUSED: dict[str, tuple[int, str]] = {
    "": (0, "there is no formula yet"),
    "  ": (2, "there is no formula yet"),
    "x + log": (7, "log needs one argument"),
    "log(x, y)": (0, "log needs one argument, and has 2"),
    "min(x)": (0, "min needs two arguments, and has 1"),
    "mod(x, y, t)": (0, "mod needs two arguments, and has 3"),
    "max x": (4, "max needs two arguments"),
    "x + z": (4, "z is unknown: use x and y"),
    "A x": (0, "letters are small here, write a"),
    "Sin(x)": (0, "write sin"),
    "arcsin(x)": (0, "arcsin is unknown"),
    "xsin(x)": (0, "part a function from what stands beside it"),
    "ab": (0, "for a product write a b"),
    "lg x": (0, "for a product write l g"),
    "foo": (0, "foo is unknown"),
    r"\alpha x": (0, r"\\alpha is unknown"),
    r"\x": (0, r"\\x is unknown"),
    "1/2x": (3, r"\(1/2\) x to some and 1/\(2 x\) to others"),
    "1/2 (x + 1)": (4, "to others"),
    "1/2 sin x": (4, "to others"),
    "sin x y": (6, r"sin\(x\) y to some"),
    "sin 2 x y": (8, "to some"),
    "e^2x": (3, "to some"),
    "e^x y": (4, "to some"),
    "2^3x": (3, "to some"),
    "sin^-1 x": (4, "is a square"),
    "x2": (1, "stands behind what it multiplies"),
    "3 4": (2, "stands behind what it multiplies"),
    "1,5 x": (1, "a number has a point"),
    "(1,5) x": (2, "a number has a point"),
    "x + ": (4, "something is missing at the end"),
    "* x": (0, r"missing before \*"),
    "x + * y": (4, r"missing before \*"),
    "(x + 1": (0, r"\( is not closed: \) is missing"),
    "(x + 1]": (6, r"\] where \) should close"),
    "x + 1)": (5, r"\) closes nothing"),
    "()": (0, "nothing stands between"),
    "sin()": (3, "nothing stands between"),
    "|x": (0, "is not closed"),
    "x = 1": (2, "stands in no formula"),
    "x < 1": (2, "stands in no formula"),
    "x & y": (2, "& has no meaning"),
    "x^65": (2, "between -64 and 64"),
    "x^-65": (2, "between -64 and 64"),
    "x^(1/0)": (2, "between -64 and 64"),
    "9**9**9": (3, "between -64 and 64"),
    "1e13": (0, "at most 1e12"),
    "1e309": (0, "at most 1e12"),
    "x²": (1, "is no character of a formula"),
    "2·x": (1, "is no character of a formula"),
    "x\ty": (1, "is no character of a formula"),
    r"\sqrt[3]{x}": (5, "only the square root"),
    "x" * (LONGEST + 1): (LONGEST, f"at most {LONGEST} characters"),
    "x" + "+x" * 60: (LONGEST - 79, f"at most {MOST_NODES} numbers"),
    "(" * DEEPEST + "x" + ")" * DEEPEST: (DEEPEST, f"at most {DEEPEST} deep"),
}


@pytest.mark.parametrize("text", REFUSED)
def test_an_error_is_at_its_character_and_says_what_is_wrong(text: str) -> None:
    error = refusal(text)
    at, words = REFUSED[text]
    assert re.search(words, str(error))
    assert error.position == at
    assert ("at the end" if at == len(text) else f"at character {at + 1}") in str(error)


# Nobody's losses.
HOSTILE = [
    *("__import__('os').system('id')", "x.__class__", "().__class__.__bases__[0]", "x.real", "__builtins__", "_"),
    *(
        "lambda: 1",
        "lambda x: x",
        "(lambda: x)()",
        "[x for x in y]",
        "{x: y}",
        "{x}[0]",
        "x[0]",
        "x[y]",
        "(x, y)",
        "x, y",
    ),
    *("f'{x}'", '"x"', "'x' * 9", "b'x'", "'''x'''", "`id`", "$x", "#", "x # y", "x; y", "x\ny", "x := 1", "x = y"),
    *(
        "9**9**9",
        "9^9^9^9",
        "2**1e9",
        "1e309",
        "-1e309",
        "1e13",
        "0x41",
        "0b1",
        "1_000",
        "x if y else t",
        "not x",
    ),
    *("x and y", "x is y", "x in y", "await x", "yield x", "import os", "exec(x)", "eval(x)", "open(x)", "globals()"),
    *(
        "print(x)",
        "x @ y",
        "x // y",
        "x % y",
        "x << 9",
        "x | y",
        "~x",
        "x == y",
        "x!",
        "!x",
        "*x",
        "**x",
        "x...",
        "...",
    ),
    *("\uff58", "\uff12x", "x\uff0by", "\u03c0", "x\u00b2", "x\u00b9", "\u2212x", "x\u200by", "x\u202ey", "\u0445"),
    *("x\0", "\0", "x\r", "x\x1b[31m", "\ud800", "\U0001f600", "\ufeffx", "x\u00a0y", "\x7f", "x\x0b"),
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;",
        "%s",
        "${x}",
        "../x",
        "x~y",
        "?x",
        "://x",
    ),
    *(
        r"\input{x}",
        r"\href{x}{y}",
        r"\def\x{y}",
        r"\write18{id}",
        r"\\",
        "\\",
        r"\operatorname{exec}(x)",
        r"\mathrm{os}",
    ),
    *("(" * 150, "(" * 90 + "x" + ")" * 90, "-" * 199 + "x", "sin " * 49 + "x", "x^" * 99 + "x", "|" * 200, "{" * 200),
    *("x" * 100_000, "(" * 100_000, "9" * 199, "1e" + "9" * 190, "\\frac" * 40, "x+" * 100, "^" * 200, "max(" * 50),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_formula_is_refused(text: str) -> None:
    error = refusal(text)
    assert 0 <= error.position <= len(text)
    assert len(str(error)) < 400
    with pytest.raises(FormulaError):
        Formula(text)


def test_length_and_characters_are_looked_at_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.formula.text.Reader", lambda *given: pytest.fail("read"))
    for text in ("x" * (LONGEST + 1), "x + é", "x\n"):
        refusal(text)


def test_what_is_no_text_is_refused_in_words() -> None:
    for given_ in (3, None, b"x", ["x"], math.nan):
        with pytest.raises(FormulaError, match="a formula is a text"):
            Formula(given_)


@settings(max_examples=10_000 if "RAVINE_SWEEP" in os.environ else 200)
@given(PIECES)
def test_any_text_is_a_formula_or_refused(text: str) -> None:
    try:
        tree = read(text)
    except FormulaError:
        return
    place = dict.fromkeys("xyt" + CONSTANTS, 0.5)
    nodes = [tree, derivative(tree, "x"), derivative(tree, "y")]
    with np.errstate(all="ignore"):
        assert all(type(number) is float for number in worth(listed(*nodes), place, *nodes))
    assert "__" not in typeset(tree)


@settings(max_examples=10_000 if "RAVINE_SWEEP" in os.environ else 100)
@given(st.text())
def test_any_characters_are_a_formula_or_refused(text: str) -> None:
    with suppress(FormulaError):
        read(text)


def test_an_error_reaches_other_processes_whole() -> None:
    error = refusal("x + log")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.text, again.position) == (str(error), "x + log", 7)


# Generated formulas beside numpy.


class Made(NamedTuple):
    """A text, and what it is in numpy; every number on the way is handed to `seen`."""

    text: str
    of: Callable[[Any, Any, Callable[[Any], Any]], Any]


def leaves() -> st.SearchStrategy[Made]:
    number = st.floats(0.11, 4.9).map(lambda v: float(f"{v:.3g}"))
    return st.one_of(
        st.sampled_from([Made("x", lambda x, y, seen: x), Made("y", lambda x, y, seen: y)]),
        number.map(lambda v: Made(repr(v), lambda x, y, seen: v + 0.0 * x)),
        st.sampled_from([Made("pi", lambda x, y, seen: np.pi + 0.0 * x), Made("e", lambda x, y, seen: np.e + 0.0 * x)]),
    )


BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "({}) + ({})": np.add,
    "({}) - ({})": np.subtract,
    "({}) * ({})": np.multiply,
    "({}) ({})": np.multiply,
    "({}) / ({})": np.divide,
    "({})^({})": lambda u, v: np.where(u > 0, np.power(np.abs(u), v), np.nan),
    "min({}, {})": np.minimum,
    "max({}, {})": np.maximum,
    "mod({}, {})": np.mod,
    r"\frac{{{}}}{{{}}}": np.divide,
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "-({})": np.negative,
    "|{}|": np.abs,
    "({})^2": np.square,
    "({})**3": lambda u: u * u * u,
    "({})^-2": lambda u: 1 / (u * u),
    "e^({})": np.exp,
    "log({})": np.log,
    "atan({})": np.arctan,
    "sigmoid({})": lambda u: 1 / (1 + np.exp(-u)),
    "softplus({})": lambda u: np.logaddexp(0, u),
    "relu({})": lambda u: np.maximum(u, 0),
    **{
        f"{name}({{}})": getattr(np, name)
        for name in ("sin", "cos", "tan", "exp", "sqrt", "abs", "tanh", "cosh", "sinh")
    },
    **{f"{name}({{}})": getattr(np, name) for name in ("sign", "floor")},
}


def one(template: str, u: Made) -> Made:
    return Made(template.format(u.text), lambda x, y, seen: seen(UNARY[template](u.of(x, y, seen))))


def two(template: str, u: Made, v: Made) -> Made:
    return Made(
        template.format(u.text, v.text), lambda x, y, seen: seen(BINARY[template](u.of(x, y, seen), v.of(x, y, seen)))
    )


MADE = st.recursive(
    leaves(),
    lambda inner: st.one_of(
        st.builds(one, st.sampled_from(sorted(UNARY)), inner),
        st.builds(two, st.sampled_from(sorted(BINARY)), inner, inner),
    ),
    max_leaves=7,
)


def reference(made: Made, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What numpy makes of it, and the largest number on the way: NaN where one is so large or small that digits are lost."""
    size = np.ones_like(x)

    def seen(number: Any) -> Any:
        nonlocal size
        size = np.where((np.abs(number) < 1e3) & ((np.abs(number) > 1e-3) | (number == 0)), size, np.nan)
        size = np.maximum(size, np.abs(number))
        return number

    return np.broadcast_to(made.of(x, y, seen), x.shape), size


@EXAMPLES
@given(MADE)
def test_a_generated_formula_is_what_numpy_makes_of_it_and_so_is_its_gradient(made: Made) -> None:
    assume(len(made.text) <= LONGEST)
    x, y = PLACES
    with np.errstate(all="ignore"):
        try:
            formula = Formula(made.text)
        except FormulaError:
            # A constant's power may be none.
            assume(False)
        expected, size = reference(made, x, y)
        sides = [reference(made, x + i, y + j)[0] for i, j in ((1e-6, 0), (-1e-6, 0), (0, 1e-6), (0, -1e-6))]
        found, (dx, dy) = formula.value(x, y), formula.grad(x, y)
        h = 1e-30
        across = np.imag(formula.value(x + 1j * h, y + 0j)) / h
        along = np.imag(formula.value(x + 0j, y + 1j * h)) / h
        right, left, up, down = [
            (side - expected) * sign / 1e-6 for side, sign in zip(sides, (1, -1, 1, -1), strict=True)
        ]
        kinked = [np.abs(right - left), np.abs(up - down)]
    for own, step, one_side, other, kink in ((dx, across, right, left, kinked[0]), (dy, along, up, down, kinked[1])):
        # Where no jump, kink or pole is near.
        smooth = np.isfinite(expected + size) & np.isfinite(kink) & (kink < 1e-3 * (1 + np.abs(one_side)))
        one_side, other = one_side[smooth], other[smooth]
        np.testing.assert_allclose(found[smooth], expected[smooth], rtol=1e-7, atol=1e-7 * np.nanmax(size, initial=1.0))
        mean = (one_side + other) / 2
        close = 1e-3 * (1 + np.abs(mean))
        assert np.all(np.abs(own[smooth] - mean) < close + 1e-4 * size[smooth])
        both = smooth & np.isfinite(step) & np.isfinite(own)
        np.testing.assert_allclose(own[both], step[both], rtol=1e-6, atol=1e-8 * np.nanmax(size, initial=1.0))


@EXAMPLES
@given(MADE)
def test_floats_arrays_and_the_trace_agree_on_a_generated_formula(made: Made) -> None:
    assume(len(made.text) <= LONGEST)
    try:
        formula = Formula(made.text)
    except FormulaError:
        return
    with np.errstate(all="ignore"):
        arrays = np.array([np.broadcast_to(part, PLACES[0].shape) for part in formula.grad(*PLACES)])
        alone = np.array([formula.grad(x, y) for x, y in PLACES.T.tolist()]).T
        with recording() as tape:
            leaves_ = tape.leaf("x", PIXEL), tape.leaf("y", PIXEL)
            slopes = formula.grad(*leaves_)
        assert {value.op for value in tape.values} <= {"leaf", *OPERATIONS}
        assert {type(a) for value in tape.values for a in value.args} <= {Value, float}
        for (x, y), expected in zip(PLACES.T.tolist(), alone.T, strict=True):
            now: dict[str, Any] = {"x": x, "y": y}
            try:
                for recorded in tape.values[2:]:
                    args = [now[a.name] if type(a) is Value else a for a in recorded.args]
                    now[recorded.name] = OPERATIONS[recorded.op](*args)
            except (ZeroDivisionError, OverflowError, ValueError):
                continue
            np.testing.assert_array_equal([now[s.name] if type(s) is Value else s for s in slopes], expected)
    finite = np.isfinite(arrays).all(axis=0) & np.isfinite(alone).all(axis=0) & (np.abs(arrays) < 1e6).all(axis=0)
    if not set(re.findall("mod|floor|sign|min|max|relu", made.text)):
        np.testing.assert_allclose(alone[:, finite], arrays[:, finite], rtol=1e-6, atol=1e-8)


@EXAMPLES
@given(MADE)
def test_what_is_typeset_is_what_is_computed(made: Made) -> None:
    assume(len(made.text) <= LONGEST)
    try:
        tree = read(made.text)
        nodes = [tree, derivative(tree, "x")]
        # No LaTeX that is read back has cases and floors, and none is longer than a formula.
        nodes = [node for node in nodes if not {part.op for part in listed(node)} & {"choose", "floor"}]
        again = [read(typeset(node)) for node in nodes if len(typeset(node)) <= LONGEST]
    except FormulaError:
        # Longer or deeper than a formula.
        assume(False)
    place = {"x": PLACES[0], "y": PLACES[1]}
    nodes = [node for node in nodes if len(typeset(node)) <= LONGEST]
    with np.errstate(all="ignore"):
        for one_, other in zip(nodes, again, strict=True):
            a, b = (np.broadcast_to(worth(listed(node), place, node)[0], 12) for node in (one_, other))
            some = np.isfinite(a) & (np.abs(a) < 1e6) & np.isfinite(b)
            if "mod" not in made.text:
                np.testing.assert_allclose(a[some], b[some], rtol=1e-5, atol=1e-6)


def test_every_operation_has_a_slope_a_face_and_a_way_to_be_worked_out() -> None:
    assert set(FUNCTIONS) <= set(OURS)
    assert set(SLOPES) == set(OURS) - {"tip", "choose", "counted"}
    assert set(FUNCTIONS) - {"exp"} <= set(CALLED) | set(AROUND)


# Each operation once, at places away from kinks: what a few generated formulas may miss.
EACH = [
    *(f"{name}(0.3x - 0.2y + 1.1)" for name, arguments in FUNCTIONS.items() if arguments == 1),
    *(f"{name}(x y, 2x - y + 0.3)" for name, arguments in FUNCTIONS.items() if arguments == 2),
    *(
        "mod(x, 0.7 + y^2)",
        "x^y",
        "(1 + x^2)^y",
        "2^(x y)",
        "x^7 y^-3",
        "(x - y)/(1 + x y)",
        "|x - y|^1.5",
        "x|x| - relu(y)^2",
    ),
    *("e^(x y)", "-x/(y - 3)", "(x^2 + y)^(1/3)", "min(x, y, x y)", "max(sin x, cos y, -y)"),
]


@pytest.mark.parametrize("text", EACH)
def test_a_slope_is_the_difference_of_values_across_it(text: str) -> None:
    formula, h, (x, y) = Formula(text), 1e-6, PLACES
    with np.errstate(all="ignore"):
        right, left, up, down = (formula.value(x + i, y + j) for i, j in ((h, 0), (-h, 0), (0, h), (0, -h)))
        dx, dy = formula.grad(x, y)
    there = np.isfinite(right + left + up + down)
    assert there.sum() >= 3
    np.testing.assert_allclose(dx[there], (right - left)[there] / (2 * h), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(dy[there], (up - down)[there] / (2 * h), rtol=1e-5, atol=1e-6)


# Where there is no derivative.


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("|x|", 0.0),
        ("relu(x)", 0.0),
        ("max(x, 3x)", 2.0),
        ("min(x, 3x)", 2.0),
        ("sqrt(x^2 + y^2)", 0.0),
        ("sign(x)", 0.0),
        ("floor(x)", 0.0),
        ("mod(x, 2)", 1.0),
        ("x|x|", 0.0),
    ],
)
def test_at_a_kink_the_slope_is_as_stated(text: str, slope: float) -> None:
    assert Formula(text).grad(0.0, 0.0)[0] == slope
    assert Formula(text).grad(np.zeros(3), np.zeros(3))[0].tolist() == [slope] * 3


def test_the_branch_that_is_not_taken_spoils_nothing() -> None:
    formula = Formula("min(1/x^2, 5)")
    with np.errstate(all="ignore"):
        assert formula.grad(np.zeros(2), np.ones(2))[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "text", ["1/x", "log x", "sqrt x", "x^(1/3)", "1/a", "mod(x, b - 1)", "e^(e^(e^x))", "x^-3", "0/0"]
)
def test_where_there_is_no_number_floats_have_what_arrays_have(text: str) -> None:
    formula = Formula(text, a=0.0)
    with np.errstate(all="ignore"):
        for x in (0.0, -1.0, 9.0, math.inf, math.nan):
            arrays = [formula.value(np.array([x]), np.ones(1)), *formula.grad(np.array([x]), np.ones(1))]
            floats = [formula.value(x, 1.0), *formula.grad(x, 1.0)]
            np.testing.assert_allclose(floats, np.concatenate(arrays), rtol=1e-12, err_msg=str(x))


# The gradient that is read.


@pytest.mark.parametrize(
    ("text", "by_x"),
    [
        ("x^2 + 3y^2", r"2\,x"),
        ("(x^2 + y)^2", r"4\,x\,\left(x^{2} + y\right)"),
        ("-cos(2x)", r"2\,\sin\left(2\,x\right)"),
        ("sqrt(x^2 + y^2)", r"\frac{x}{\sqrt{x^{2} + y^{2}}}"),
        ("y", "0"),
        ("a x^n", r"a\,n\,x^{n - 1}"),
        (r"\frac12 (x^2 + y^2)", "x"),
        ("log x", r"\frac{1}{x}"),
        ("relu(x)", r"\begin{cases} 1 & x > 0 \\ 0 & \text{else} \end{cases}"),
    ],
)
def test_a_gradient_is_simple_enough_to_read(text: str, by_x: str) -> None:
    assert Formula(text).formulas[1] == by_x


# The surface.


def test_a_formula_has_constants_and_they_are_its_fields() -> None:
    formula = Formula("a x^2 + b y^2", a=2.0, b=0.5)
    assert formula.value(1.0, 2.0) == 4.0
    assert formula.grad(1.0, 2.0) == (4.0, 2.0)
    assert Formula("a x^2 + b y^2", a=2).value(1.0, 2.0) == 6.0
    with pytest.raises(ValueError, match="a must be between −1000 and 1000"):
        Formula("a x", a=1e9)
    assert {p.name for p in Formula.params()} == {"text", "within", "l1", "l2", *CONSTANTS}


@pytest.mark.parametrize(
    "ends", [(1, 2), (2, 1, 0, 1), (0, 1, 1, 1), "0101", (0, 1, 0, math.inf), (0, 1, 0, "1"), (0, 1, 0, 1e7)]
)
def test_a_window_that_is_none_is_refused(ends: Any) -> None:
    with pytest.raises(ValueError, match="within must be x from, x to, y from and y to"):
        Formula("x", within=ends)
    assert Formula("x", within=(0, 1, -2, 3)).window == ((0.0, 1.0), (-2.0, 3.0))


PROPOSED = {
    "x^2 + 3 y^2": (2, [(0, 0)], 0),
    "(1-x)^2 + 20(y-x^2)^2": (2, [(1, 1)], 0),
    "(x^2+y-11)^2 + (x+y^2-7)^2": (5, [(3, 2), (3.584428, -1.848127), (-2.805118, 3.131313), (-3.77931, -3.283186)], 0),
    "e^(x+3y-.1) + e^(x-3y-.1) + e^(-x-.1)": (2, [(-math.log(2) / 2, 0)], 2.5592666966582156),
    "x^2 - y^2": (2, [], None),
    "3": (2, [], None),
    "|x| + |y|": (2, [(0, 0)], 0),
}


@pytest.mark.parametrize("text", PROPOSED)
def test_a_window_is_proposed_and_minima_are_found(text: str) -> None:
    half, minima, lowest = PROPOSED[text]
    formula = Formula(text)
    assert formula.window == ((-half, half), (-half, half))
    assert formula.searched
    np.testing.assert_allclose(
        np.reshape(sorted(formula.minima), (-1, 2)), np.reshape(sorted(minima), (-1, 2)), atol=1e-6
    )
    if minima:
        assert formula.lowest == pytest.approx(lowest, abs=1e-12)


def test_a_minimum_far_out_has_its_window_there() -> None:
    formula = Formula("(x-100)^2 + (y+30)^2")
    assert formula.window == ((98.0, 102.0), (-32.0, -28.0))
    np.testing.assert_allclose(formula.minima, [(100, -30)], atol=1e-9)


def test_a_loss_that_is_not_everywhere_has_the_window_where_it_is() -> None:
    (x0, x1), _ = Formula("log(x)^2 + y^2").window
    assert 0 < x0 < 0.1
    assert x1 == 2.0


@pytest.mark.parametrize(
    "text", ["log(-1-x^2)", "1/x", "1e12^9*x", "sqrt(-1)", "0/0", "3", "e^(e^(x^2))", "tan x", "mod(x, y)"]
)
def test_a_formula_that_is_hardly_anywhere_harms_nobody(text: str) -> None:
    formula = Formula(text)
    (x0, x1), (y0, y1) = formula.window
    assert x0 < x1
    assert y0 < y1
    assert len(formula.minima) < 12
    for slug in ("sgd", "adam", "newton", "lbfgs", "nelder_mead"):
        assert run(formula, OPTIMIZERS[slug](), 0.1, formula.start, 5).status


@pytest.mark.parametrize("penalty", [{"l1": 0.5}, {"l2": 0.3}])
def test_a_penalty_bends_a_formula_too(penalty: dict[str, float]) -> None:
    formula = pickle.loads(pickle.dumps(Formula("(x-1)^2 + a y^2", a=2.0, **penalty)))
    l1, l2 = formula.l1, formula.l2
    assert formula.grad(0.5, 1.0) == pytest.approx((-1 + l1 + l2 * 0.5, 4 + l1 + l2))
    np.testing.assert_allclose(formula.minima, [((2 - l1) / (2 + l2), 0)], atol=1e-9)


# Runs.

# Without and with what no processor promises the last bit of.
RUN = ["(a - x)^2 + 20 (y - x^2)^2 + |x - y|^3/(1 + y^2)", "x^4 - sin(3x) cosh(y/4) + max(x, y)^2 + y^2 + atan(x y)"]


@pytest.mark.parametrize("method", TRACING)
def test_a_traced_run_on_a_formula_is_the_one_on_arrays(method: str) -> None:
    for text in RUN:
        check_pair(OPTIMIZERS[method](), Formula(text), "constant")


@pytest.mark.parametrize("method", sorted(OPTIMIZERS))
def test_every_method_runs_on_a_formula(method: str) -> None:
    formula = Formula(RUN[0])
    path = run(formula, OPTIMIZERS[method](), 0.001, (0.5, 0.5), 30)
    assert np.isfinite(path.theta).all()
    assert path.loss[0] == pytest.approx(formula.value(0.5, 0.5), rel=1e-14)


def test_source_holds_nothing_of_a_formula_but_floats() -> None:
    functions = {*EMITTED, *EMITTED["__builtins__"]}
    for text in [*RUN, "sigmoid(a x) + softplus(y) + relu(x) + 77.125 b^2", "mod(x, 3) + tan(y) + x^y + floor(2^x)"]:
        formula = Formula(text, a=3.25, b=17.5)
        for node in ast.walk(ast.parse(source_of(OPTIMIZERS["adam"](), formula))):
            if isinstance(node, ast.Name | ast.arg):
                name = node.id if isinstance(node, ast.Name) else node.arg
                assert name in functions or NAMES.fullmatch(name), name
            elif isinstance(node, ast.Constant):
                assert node.value in (0.0, 1.0, -1.0, 10), node.value
        source, place = scripted(OPTIMIZERS["adam"](), formula, {"x": COLUMN, "y": ROW}, [0.1] * 3).source, 0
        while place < len(source):
            token = TOKENS.match(source, place)
            assert token, source[place : place + 40]
            assert not re.fullmatch(NAME, token[0]) or token[0] in WORDS or OWN.fullmatch(token[0]), token[0]
            place = token.end()


def test_another_constant_compiles_nothing() -> None:
    from optimizers.trace import floats

    def go(a: float) -> None:
        run(Formula("a x^2 + 3 sin(y)", a=a), OPTIMIZERS["adam"](), 0.01, (1.0, 2.0), 20)

    go(3.0)
    before = floats._code.cache_info().misses
    for a in (3.5, 17.0):
        go(a)
    assert floats._code.cache_info().misses == before


def test_reddi_s_loss_changes_with_the_step() -> None:
    # Reddi et al. 2018, section 3: 1010 x in every 101st step, else -10 x, with x kept in [-1, 1].
    formula = Formula("1010x max(0, 1 - |mod(t, 101) - 1|) - 10x min(1, |mod(t, 101) - 1|)")
    slopes = [formula.sample(t, 0).grad(0.3, 0.2)[0] for t in range(1, 204)]
    assert [t for t, slope in enumerate(slopes, 1) if slope == 1010.0] == [1, 102, 203]
    assert set(slopes) == {1010.0, -10.0}
    path = run(formula, OPTIMIZERS["sgd"](), 0.001, (0.0, 0.0), 102)
    np.testing.assert_allclose(np.diff(path.theta[:, 0]), [-1.01, *[0.01] * 100, -1.01], rtol=1e-12)
    assert not Formula("x^2").sampled


def test_many_texts_are_read_from_many_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    texts = [f"{k} x^2 + sin({k} y)" for k in range(1, 200)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: value(text, 1.0, 0.5), texts))
    assert found == [k + math.sin(k * 0.5) for k in range(1, 200)]


def test_letters_are_parted_only_where_all_but_the_first_are_coordinates() -> None:
    for first, second in itertools.product("abxyef", repeat=2):
        joined = first + second
        if second in "xy" and first != "e":
            assert value(joined, 2.0, 3.0, a=5.0, b=7.0, f=11.0) == value(
                f"{first} {second}", 2.0, 3.0, a=5.0, b=7.0, f=11.0
            )
        else:
            refusal(joined)


# The gallery.


@pytest.mark.parametrize("sample", GALLERY, ids=[sample.name for sample in GALLERY])
def test_a_formula_of_the_gallery_has_its_source_s_lowest_value(sample: Sample) -> None:
    formula = Formula(**sample.fields)
    assert sample.source
    assert len(sample.name) <= 40
    assert {name for name, _ in sample.constants} <= formula.parts.tree.letters
    x, y = formula.start
    assert np.isfinite([formula.value(x, y), *formula.grad(x, y)]).all()
    if sample.lowest is None:
        assert formula.lowest is None
    else:
        assert formula.lowest == pytest.approx(sample.lowest, rel=1e-7, abs=1e-9)


def test_the_gallery_has_each_formula_once() -> None:
    assert len(GALLERY) >= 20
    assert len({sample.name for sample in GALLERY}) == len({sample.text for sample in GALLERY}) == len(GALLERY)
