"""The selection of a cohort as a table: what is known of a person, the cohort, and the rows that say so."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput
from rms.rules.catalogue import COHORT
from rms.rules.cohort import (
    CohortCase,
    CohortOffence,
    case_of_offences,
    cohort,
    cohort_rules_from,
    with_own_thresholds,
)
from rms.rules.columns.cohort import cohort_of_many, columns_of, rows_of_many
from rms.rules.editions import text_of

TODAY = date(2026, 12, 1)
RULES = COHORT.in_force(TODAY)
HIGH = CohortCase(offence_codes=("02803",), ogrs=75, severity=1500.0)

# what differs from the lowest values of the fixed cohort, the cohort, the rows that are true
TABLE = [
    ({}, "fixed", "fixed, neighbourhood offence"),
    ({"ogrs": 74}, "flex", "neighbourhood offence"),
    ({"severity": 1499.9}, "flex", "neighbourhood offence"),
    ({"ogrs": None}, "flex", "neighbourhood offence"),
    ({"severity": None}, "flex", "neighbourhood offence"),
    ({"offence_codes": ("28/3",)}, "fixed", "fixed, neighbourhood offence"),
    ({"offence_codes": ("03401", "10501")}, "fixed", "fixed, neighbourhood offence"),
    ({"offence_codes": ("03900",)}, "fixed", "fixed, neighbourhood offence"),
    ({"offence_codes": ("04511",)}, "fixed", "fixed, neighbourhood offence"),
    ({"offence_codes": ("04801",)}, "fixed", "fixed, neighbourhood offence"),
    ({"offence_codes": ("03000",)}, "flex", "similar pathway"),
    ({"offence_codes": ("02900",)}, "flex", "similar pathway"),
    ({"offence_codes": ()}, "flex", "similar pathway"),
    ({"offence_codes": (), "ogrs": 74}, "not_selected", ""),
    ({"offence_codes": (), "ogrs": None}, "not_selected", ""),
    ({"offence_codes": (), "ogrs": 74, "serious_violence": True}, "free", "serious violence"),
    (
        {"offence_codes": (), "ogrs": 20, "domestic_abuse": True, "organised_crime": True},
        "free",
        "domestic abuse, organised crime",
    ),
    ({"domestic_abuse": True}, "fixed", "fixed, neighbourhood offence, domestic abuse"),
]


@pytest.mark.parametrize(("known", "outcome", "rows"), TABLE, ids=lambda value: str(value)[:60])
def test_the_cohort_and_every_reason(known, outcome, rows):
    decision = cohort(replace(HIGH, **known), RULES, today=TODAY)
    assert (decision.outcome, ", ".join(reason.row for reason in decision.reasons)) == (outcome, rows)


# what differs, and the flags
FLAGGED = [
    ({}, ""),
    ({"ogrs": None}, "ogrs_missing"),
    ({"severity": None}, "severity_missing"),
    ({"without_severity": 2}, "severity_incomplete"),
    ({"offence_codes": ("28",)}, "offence_code_unknown"),
    ({"ogrs": None, "severity": None}, "ogrs_missing severity_missing"),
]


@pytest.mark.parametrize(("known", "flags"), FLAGGED, ids=lambda value: str(value))
def test_what_is_missing_is_flagged(known, flags):
    decision = cohort(replace(HIGH, **known), RULES, today=TODAY)
    assert [flag.name for flag in decision.flags] == flags.split()


def test_a_reason_names_the_values_and_the_records():
    case = replace(HIGH, ogrs=81, records={"offence_codes": "offence 7", "ogrs": "assessment 9"})
    reason = cohort(case, RULES, today=TODAY).reasons[0]
    assert reason.says == (
        "A neighbourhood offence (02803), OGRS3 81 % (75 or more) and severity 1500 (1500 or more)."
    )
    assert reason.records == ("offence 7", "assessment 9")


# days of offences, and whether they count on 1 December 2026
LOOK_BACK = [("2024-11-30", False), ("2024-12-01", True), ("2026-12-01", True), ("2026-12-02", False)]


@pytest.mark.parametrize(("committed_on", "counts"), LOOK_BACK)
def test_the_look_back(committed_on, counts):
    offence = CohortOffence("02803", date.fromisoformat(committed_on), 1500.0, "offence 1")
    case = case_of_offences([offence], RULES, today=TODAY, ogrs=80)
    assert case.offence_codes == (("02803",) if counts else ())
    assert case.severity == (1500 if counts else 0)
    assert cohort(case, RULES, today=TODAY).outcome == ("fixed" if counts else "flex")


def test_offences_without_severity_are_counted_apart():
    known, unknown = (CohortOffence("02803", TODAY, severity) for severity in (300.0, None))
    some = case_of_offences([known, unknown, known], RULES, today=TODAY)
    none = case_of_offences([unknown], RULES, today=TODAY)
    assert (some.severity, some.without_severity) == (600, 1)
    assert (none.severity, none.without_severity) == (None, 1)


def test_thresholds_of_an_area_are_a_set_of_their_own():
    own = with_own_thresholds(
        RULES, version="cohort-north", ogrs=60, severity=900, owner="IOM board", decided_on=date(2026, 6, 1)
    )
    case = replace(HIGH, ogrs=60, severity=900)
    assert cohort(case, RULES, today=TODAY).outcome == "flex"
    decision = cohort(case, own, today=TODAY)
    assert (decision.outcome, decision.rule_set) == ("fixed", "cohort-north")
    assert (own.owner, own.head.is_in_force(date(2026, 5, 31))) == ("IOM board", False)


WRONG = [
    ("look_back_months = 24", 'look_back_months = 24\nowner = "IOM board"', "decided_on"),
    ('"03900"', '"39"', "five digits"),
    ('outcome = "free"', 'outcome = "other"', "fixed, flex, free"),
]


@pytest.mark.parametrize(("old", "new", "words"), WRONG)
def test_a_set_that_cannot_be_applied_is_refused(old, new, words):
    with pytest.raises(InvalidInput) as refused:
        cohort_rules_from(text_of("cohort-guidance-2026").replace(old, new, 1))
    assert words in refused.value.problems[0].detail


cases = st.builds(
    CohortCase,
    offence_codes=st.lists(st.sampled_from(["02803", "28/2", "03000", "x"]), max_size=2).map(tuple),
    ogrs=st.sampled_from([None, 1, 74, 75, 99]),
    severity=st.sampled_from([None, 0.0, 1499.9, 1500.0]),
    serious_violence=st.booleans(),
    domestic_abuse=st.booleans(),
    organised_crime=st.booleans(),
)


@given(st.lists(cases, max_size=30))
def test_many_at_once_equal_one_by_one(found):
    columns = columns_of(found, RULES)
    outcomes, rows = cohort_of_many(columns, RULES), rows_of_many(columns, RULES)
    for at, case in enumerate(found):
        decision = cohort(case, RULES, today=TODAY)
        names = {row.name for row, is_true in zip(RULES.rows, rows[at], strict=True) if is_true}
        assert (outcomes[at], names) == (decision.outcome, {reason.row for reason in decision.reasons})
