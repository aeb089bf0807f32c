"""One reading of numbers and dates: a text is read as JSON reads it."""

import json
import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.parsing import LONGEST_NUMBER, as_whole, date_in, digits_in, number_in, whole_number_in

# C03 and C04: the text, the number, and the whole number.
SPELLINGS = [
    ("3", 3, 3),
    ("007", 7, 7),
    ("-2", -2, -2),
    ("412.0", 412.0, 412),
    ("412.", 412.0, 412),
    ("4.12e2", 412.0, 412),
    ("1e0", 1.0, 1),
    ("-0.0", 0.0, 0),
    ("0.3333333333333333", 1 / 3, None),
    ("0.30000000000000004", 0.1 + 0.2, None),
    ("1.1666666666666667", 7 / 6, None),
    ("3.50000000000000000", 3.5, None),
    ("0.27652292950034224", 101 / 365.25, None),
    (".5", 0.5, None),
    ("+3.5", 3.5, None),
    ("1e-05", 0.00001, None),
    ("1e300", 1e300, None),
    ("0." + "0" * 323 + "5", 5e-324, None),
]
NO_NUMBERS = ["", "3,5", "1,000", "1 000", "1_000", "0x1", "nan", "NaN", "inf", "1e999", "１２", "٣", "two"]
NO_NUMBERS += [
    "9" * 309,
    "0." + "0" * LONGEST_NUMBER + "1",
    ".",
    "+",
    "e5",
    "1e",
    "1.2.3",
    "--1",
    " 3",
    "3 ",
    "3\n",
]


@pytest.mark.parametrize(("text", "number", "whole"), SPELLINGS)
def test_numbers(text: str, number: float, whole: int | None) -> None:
    assert number_in(text) == number
    assert whole_number_in(text) == whole


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_no_numbers(text: str) -> None:
    assert (number_in(text), whole_number_in(text)) == (None, None)


@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(10**50), 10**50)))
def test_what_json_and_python_write_is_read_as_json_reads_it(number: float) -> None:
    text = json.dumps(number)
    read = number_in(text)
    assert read == number and type(read) is type(json.loads(text))


@given(st.text("0123456789.eE+-_ ,", max_size=12))
def test_what_json_reads_has_the_same_value(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        return
    if not isinstance(expected, int | float) or math.isinf(expected) or text != text.strip():
        return
    assert number_in(text) == expected
    assert as_whole(number_in(text)) == as_whole(expected)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("10001", "10001"),
        ("00123", "00123"),
        ("10001.0", "10001"),
        ("10001.00", "10001"),
        ("1" * 18, "1" * 18),
        ("1" * 19, None),
        ("9007199254740993.0", None),
        ("1e4", None),
        ("+1", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_digits_that_name_something(text: str, digits: str | None) -> None:
    assert digits_in(text) == digits


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "20260304", "2026-3-4", "2026-W01-1", "٢٠٢٥-٠١-٠١", "0000-01-01"]
)
def test_no_dates(text: str) -> None:
    assert date_in(text) is None


def test_dates() -> None:
    assert date_in("2024-02-29") == date(2024, 2, 29)
