"""Offender numbers and the suffix of a reassessment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.assessment import display_id, offender_number, person_key

NUMBERS = st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10000", "10000"),
        (" 12pr ", "12PR"),
        ("A" * 20, "A" * 20),
        ("A" * 21, None),
        ("", None),
        ("10000-01", None),
        ("10 000", None),
        ("１２", None),
        *((text, None) for text in ("ß", "ı", "ﬁ")),
        ("10000\n", "10000"),
        ("a.b", None),
    ],
)
def test_what_is_an_offender_number(text, number):
    assert offender_number(text) == number


@pytest.mark.parametrize(
    ("sequence", "id"), [(0, "10000"), (1, "10000-01"), (9, "10000-09"), (99, "10000-99"), (100, "10000-100")]
)
def test_the_id_counts_the_earlier_assessments(sequence, id):
    assert display_id("10000", sequence) == id


@given(NUMBERS, st.integers(0, 2000))
def test_every_assessment_of_a_person_has_one_key(number, sequence):
    assert person_key(display_id(number, sequence)) == person_key(number)
    assert person_key(f" {number.lower()} ") == person_key(number) < 2**64


@given(NUMBERS, NUMBERS)
def test_two_people_have_two_keys(one, other):
    assert (person_key(one) == person_key(other)) == (one == other)
