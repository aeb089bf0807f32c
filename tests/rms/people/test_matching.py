"""Which records may be of one person: each row is a pair that systems like this one got wrong."""

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.people.matching import (
    FIELDS,
    LEAST_PROBABILITY,
    WEIGHTS,
    Comparable,
    Evidence,
    comparable,
    evidence,
    is_candidate,
    may_be_one_person,
    prior,
    probability,
    weight,
)

BORN = date(1990, 9, 14)
PNC, OTHER_PNC, WRONG_PNC = "1967/9893091D", "2001/0171310W", "2001/0171310S"


def record(name: str = "", born: date | None = None, **more: Any) -> Comparable:
    """A record of `Forename Surname`, or of a surname only."""
    forename, _, surname = name.rpartition("|")
    return comparable(forename=forename or None, surname=surname, date_of_birth=born, **more)


@pytest.mark.parametrize(
    ("one", "other", "field", "said"),
    [
        # blank, placeholder and invalid: unknown, never "agrees"
        (record(), record(), "name", "unknown"),
        (record(), record(), "date_of_birth", "unknown"),
        (record(pnc_text=""), record(pnc_text=""), "pnc", "unknown"),
        (record(pnc_text="null"), record(pnc_text="null"), "pnc", "unknown"),
        (record(born=date(1900, 1, 1)), record(born=date(1900, 1, 1)), "date_of_birth", "unknown"),
        (record(born=date(1970, 1, 1)), record(born=date(1970, 1, 1)), "date_of_birth", "unknown"),
        (record(born=date(1990, 1, 1)), record(born=date(1990, 1, 1)), "date_of_birth", "agrees"),
        (record(cro_text="000000/00Z"), record(cro_text="000000/00Z"), "cro", "unknown"),
        (record(pnc_text=WRONG_PNC), record(pnc_text=WRONG_PNC), "pnc", "unknown"),
        (record(sex="unknown"), record(sex="unknown"), "sex", "unknown"),
        (record(sex="other"), record(sex="other"), "sex", "unknown"),
        # one number in several spellings
        (record(pnc_text="67/9893091D"), record(pnc_text=PNC), "pnc", "agrees"),
        (record(cro_text="65656/91H"), record(cro_text="065656/91H"), "cro", "agrees"),
        (record(pnc_text=PNC), record(pnc_text=OTHER_PNC), "pnc", "differs"),
        # names
        (record("Mary-Jane|O'Connor"), record("MARY JANE|O’CONNOR"), "name", "agrees"),
        (record("Ann|DUPLICATE_Brown"), record("Ann|Brown"), "name", "agrees"),
        (record("Li|Wei"), record("Wei|Li"), "name", "near"),
        (record("Chen|Li Wei"), record("Li Wei|Chen"), "name", "near"),
        (record("Suharto"), record("Suharto"), "name", "unknown"),
        (record("Sam|Okoro"), record("Samuel|Okoro"), "name", "near"),
        (record("J|Okoro"), record("John|Okoro"), "name", "near"),
        (record("Ann|Smith"), record("Ann|Smith-Jones"), "name", "near"),
        (record("Ann Mary|Smith"), record("Mary|Smith"), "name", "near"),
        (record("Ann|Smith"), record("Ann|Smiht"), "name", "differs"),  # two letters
        (record("Ann|Smith"), record("Ann|Smitth"), "name", "near"),
        (record("Ann|Smith"), record("Ann|Smyth"), "name", "near"),
        (record("Lee|Smith"), record("Lea|Smith"), "name", "differs"),  # short: two names
        (record("Amy|Smith"), record("Ann|Smyth"), "name", "differs"),
        (record("Robert|Smyth"), record("Roberd|Smith"), "name", "differs"),  # both names are only near
        # dates of birth
        (record(born=BORN), record(born=date(1991, 9, 14)), "date_of_birth", "near"),
        (record(born=BORN), record(born=date(1990, 9, 24)), "date_of_birth", "near"),
        (record(born=BORN), record(born=date(1960, 9, 14)), "date_of_birth", "differs"),
        (record(born=BORN), record(born=date(1992, 9, 24)), "date_of_birth", "differs"),
    ],
)
def test_what_two_records_say_of_a_field(one: Comparable, other: Comparable, field: str, said: str) -> None:
    assert evidence(one, other)[field] == evidence(other, one)[field] == said


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        (record(), record(), False),
        (record("Ann|Smith"), record("Ann|Smith"), False),  # a name alone
        (record(born=BORN), record(born=BORN), False),  # a birth date alone
        (record("Ann|Smith", BORN), record("Ann|Smith"), False),
        (record("Ann|Smith", BORN), record("Ann|Smith", BORN), True),
        (record("Li|Wei", BORN), record("Wei|Li", BORN), True),
        (record("Suharto", BORN), record("Suharto", BORN), False),
        (record("Suharto", BORN), record("Ann|Suharto", BORN), False),
        (record("Suharto", BORN, pnc_text=PNC), record("Ann|Suharto", BORN, pnc_text=PNC), True),
        (record("Ann|Smith", BORN), record("Ann|Smith", date(1991, 9, 14)), True),
        (record("Ann|Smith", BORN), record("Ann|Smith", date(1960, 9, 14)), False),  # mother and daughter
        (record("Ann|Smith", BORN), record("Ann|Smyth", date(1991, 9, 14)), False),  # both only near
        (record("Ann|Smith", BORN), record("Zoe|Smith", BORN), False),  # twins
        (record("Ann|Smith", date(1970, 1, 1)), record("Ann|Smith", date(1970, 1, 1)), False),
        (record(pnc_text=WRONG_PNC), record(pnc_text=WRONG_PNC), False),
        (record("Ann|Smith", BORN, pnc_text=PNC), record("Zoe|Brown", pnc_text=PNC), True),  # an alias
        (record(cro_text="65656/91H"), record(cro_text="065656/91H"), True),
    ],
)
def test_which_pairs_may_be_proposed(one: Comparable, other: Comparable, may: bool) -> None:
    assert is_candidate(evidence(one, other)) is is_candidate(evidence(other, one)) is may


@pytest.mark.parametrize(
    ("number", "other", "may"),
    [("A1", None, True), (None, None, True), ("A1", "A1", True), ("A1", "A2", False)],
)
def test_two_offender_numbers_are_two_people(number: str | None, other: str | None, may: bool) -> None:
    assert may_be_one_person(number, other) is may_be_one_person(other, number) is may


@pytest.mark.parametrize(
    ("one", "other", "records", "share", "proposed"),
    [
        # the same rare name and birth date, in a base of a million
        (record("Zeb|Quux", BORN), record("Zeb|Quux", BORN), 1_000_000, 2e-6, True),
        # a common name: the birth date decides
        (record("Ann|Smith", BORN), record("Ann|Smith", BORN), 1_000_000, 2e-4, True),
        (record("Ann|Smith", BORN), record("Ann|Smith", date(1991, 9, 14)), 1_000_000, 2e-4, False),
        (record("Zeb|Quux", BORN), record("Zeb|Quux", date(1991, 9, 14)), 1_000_000, 2e-6, True),
        # two different police numbers speak against it, but a person decides
        (
            record("Ann|Smith", BORN, pnc_text=PNC),
            record("Ann|Smith", BORN, pnc_text=OTHER_PNC),
            20_000,
            1e-4,
            True,
        ),
        # a police number of two people who share nothing else: at least as probable as not in a small base
        (
            record("Ann|Smith", BORN, pnc_text=PNC),
            record("Zoe|Brown", date(1961, 2, 3), pnc_text=PNC),
            20_000,
            None,
            True,
        ),
    ],
)
def test_the_weight_decides(
    one: Comparable, other: Comparable, records: int, share: float | None, proposed: bool
) -> None:
    bits = weight(evidence(one, other), records=records, share_of_name=share)
    assert (probability(bits) >= LEAST_PROBABILITY) is proposed


def test_the_weight_by_hand() -> None:
    """1 in 1,000 before; a name of 1 in 100, times 75; a birth date, times 18,600; a sex, times 0.05."""
    found = evidence(record("Ann|Smith", BORN, sex="male"), record("Ann|Smith", BORN, sex="female"))
    by_hand = math.log2(1 / 999 * 75 * 18_600 * 0.05)
    assert weight(found, records=1_000, share_of_name=0.01) == pytest.approx(by_hand, abs=1e-12)


def test_every_field_has_chances_that_add_up_to_one() -> None:
    assert tuple(WEIGHTS) == FIELDS
    for chances in WEIGHTS.values():
        assert sum(chance.of_one for chance in chances.values()) == pytest.approx(1)
        assert sum(chance.of_two for chance in chances.values()) == pytest.approx(1)


@given(st.integers(0, 10**9))
def test_the_chance_before_a_comparison_is_at_most_one_in_two(records: int) -> None:
    assert 0 < prior(records) <= 0.5


@given(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(Evidence)))
def test_unknown_fields_change_no_weight(found: dict[str, Evidence]) -> None:
    unknown = dict.fromkeys(FIELDS, Evidence.UNKNOWN)
    assert weight(unknown, records=10) == pytest.approx(math.log2(1 / 9))
    known = unknown | {field: said for field, said in found.items() if said in WEIGHTS[field]}
    parts = (weight(unknown | {field: said}, records=10) - math.log2(1 / 9) for field, said in known.items())
    assert weight(known, records=10) == pytest.approx(math.log2(1 / 9) + sum(parts))
