"""Numbers as a person writes and types them, and no text on the screen that is written as code is."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.experiment import Pick, surface_of
from core.words import fitting, typed, written
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from surfaces import SURFACES


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.155, "0.155"),
        (300.0, "300"),
        (1e6, "1000000"),
        (1e-7, "0.0000001"),
        (1e-8, "10⁻⁸"),
        (-3.5e-9, "−3.5×10⁻⁹"),
        (1e9, "10⁹"),
        (1.5e12, "1.5×10¹²"),
        (-2.25, "−2.25"),
        (9999999.6, "10⁷"),
        (float("inf"), "∞"),
        (float("nan"), "not a number"),
    ],
)
def test_a_number_is_written_as_a_person_does(value: float, expected: str) -> None:
    assert written(value) == expected


RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
WRITTEN = re.compile(r"(−?)(?:(\d+(?:\.\d*[1-9])?)(?:×10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?|10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_is_the_number_to_six_digits(value: float) -> None:
    parts = WRITTEN.fullmatch(written(value))
    assert parts
    sign, mantissa, power, alone = parts.groups("")
    back = float(f"{mantissa or 1}e{(power or alone).translate(RAISED) or 0}")
    assert (-back if sign else back) == pytest.approx(value, rel=6e-6, abs=0)


@pytest.mark.parametrize(
    ("text", "number"),
    [("0,5", 0.5), (" 0.5 ", 0.5), ("−1,25", -1.25), ("1e-3", 1e-3), ("5", 5.0), ("-,5", -0.5)],
)
def test_a_comma_is_a_point(text: str, number: float) -> None:
    assert float(typed(text)) == number


@pytest.mark.parametrize("text", ["1,000.5", "1,2,3", "a,b", ""])
def test_what_is_no_number_stays_none(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        float(typed(text))


def test_the_fullest_sentence_that_fits_is_taken() -> None:
    assert fitting(5, "123456", "12345", "1") == "12345"
    assert fitting(2, "123456", "12345") == "12345"


def texts(entry: type[Any]) -> list[str]:
    """All that is said of an entry on the screen, but for formulas, papers and libraries' names."""
    said = [entry.sentence(), *entry.notes(), *(p.help for p in entry.params()), *(p.label for p in entry.params())]
    if entry.slug in SURFACES and SURFACES[entry.slug] is entry:
        said += [entry.model, surface_of(Pick(entry.slug)).facts()]
    note = getattr(entry, "rate_note", "")
    return [*said, note] if isinstance(note, str) else said


# A Greek letter by its name, an index or a power without its place, a minus that is a hyphen, a computer's power of ten.
AS_CODE = re.compile(
    r"\b(alpha|beta|eta|mu|nu|rho|lambda|kappa|sigma|theta)(_?\w*\d|_max)?\b(?!\")|\b[wxy]\d\b|\b[a-z]_[0t]\b|\^|\bsqrt\b"
    r"|->|<-|(?<![\w.\-])-\d|\d[eE][+-]?\d|\bto be said\b| \* "
)


@pytest.mark.parametrize(
    "entry",
    [entry for registry in (SURFACES, OPTIMIZERS, SCHEDULES, RULES) for entry in registry.values()],
    ids=lambda entry: entry.slug,
)
def test_nothing_on_the_screen_is_written_as_code_is(entry: type[Any]) -> None:
    for words in texts(entry):
        found = AS_CODE.search(words)
        assert found is None, (found[0], words)


def test_the_pattern_finds_what_it_is_for() -> None:
    for words in (
        "2/lambda_max",
        "2/kappa",
        "w1 x1",
        "y3 = -1000",
        "1e-6",
        "x^2",
        "at beta2 = 0.9",
        "sqrt(t)",
        "a * b",
    ):
        assert AS_CODE.search(words), words
    assert not AS_CODE.search("torch's weight_decay, κ, w₁x₁, −1000 and the step-size of 10⁻⁶")
