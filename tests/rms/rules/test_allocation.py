"""The rule of allocation as a table: what is known of a case, its outcome, and the rows that say so."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.errors import InvalidInput
from rms.rules.allocation import (
    ALLOCATED,
    RETAINED,
    AllocationCase,
    allocation,
    allocation_of_many,
    allocation_rules_from,
    columns_of,
    nationality_class,
)
from rms.rules.catalogue import ALLOCATION

TODAY = date(2026, 12, 1)
RULES = ALLOCATION.in_force(TODAY)
COMPLETE = AllocationCase(tier="D1", rsr=1.2, rosh="low", nationality="British")

# what differs from a case without any reason, the outcome, the rows that are true
TABLE = [
    ({}, ALLOCATED, ""),
    ({"tier": "A3"}, RETAINED, "1"),
    ({"tier": "B0"}, RETAINED, "1"),
    ({"tier": "C2"}, ALLOCATED, ""),
    ({"tier": "C2", "rsr": 6.9}, RETAINED, "1a"),
    ({"tier": "C2", "rsr": 6.89}, ALLOCATED, ""),
    ({"tier": "B1", "rsr": 6.9}, RETAINED, "1 1a"),
    ({"rosh": "high"}, RETAINED, "1b"),
    ({"rosh": "very_high"}, RETAINED, "1b"),
    ({"rosh": "medium"}, ALLOCATED, ""),
    ({"mappa_level": 0}, RETAINED, "4"),
    ({"mappa_level": 1}, RETAINED, "4"),
    ({"mappa_level": 2}, RETAINED, "1c 4"),
    ({"schedule_15_violent": True, "sentence_kind": "custody", "sentence_months": 12}, RETAINED, "2"),
    ({"schedule_15_violent": True, "sentence_kind": "custody", "sentence_months": 11}, ALLOCATED, ""),
    ({"schedule_15_violent": True, "sentence_kind": "custody", "indeterminate": True}, RETAINED, "2a"),
    ({"schedule_15_violent": True, "sentence_kind": "community", "sentence_months": 24}, ALLOCATED, ""),
    ({"schedule_15_violent": True, "sentence_kind": "suspended", "sentence_months": 18}, ALLOCATED, ""),
    ({"sentence_kind": "custody", "sentence_months": 48}, ALLOCATED, ""),
    ({"schedule_15_sexual": True, "sentence_kind": "community"}, RETAINED, "3"),
    ({"schedule_15_sexual": True, "sentence_kind": "custody", "sentence_months": 6}, RETAINED, "3"),
    ({"schedule_15_sexual": True}, ALLOCATED, ""),
    (
        {"schedule_15_violent": True, "schedule_15_sexual": True, "sentence_kind": "community"},
        RETAINED,
        "3",
    ),
    ({"home_office_interest": True}, RETAINED, "5"),
    ({"nationality": "Irish"}, ALLOCATED, ""),
    ({"nationality": "French"}, RETAINED, "6"),
    ({"nationality": "british and french"}, ALLOCATED, ""),
    ({"nationality": ""}, ALLOCATED, ""),
    ({"nationality": None}, ALLOCATED, ""),
    ({"nationality": "Not stated"}, ALLOCATED, ""),
    ({"nationality": "British Virgin Islander"}, RETAINED, "6"),
    ({"nationality": "Stateless"}, RETAINED, "6"),
    ({"provider": "N03"}, RETAINED, "7"),
    ({"provider": "N50"}, ALLOCATED, ""),
    ({"provider": "N03", "nationality": "Polish", "tier": "A1", "mappa_level": 3}, RETAINED, "1 1c 4 6 7"),
]


@pytest.mark.parametrize(("known", "outcome", "rows"), TABLE, ids=lambda value: str(value))
def test_the_outcome_and_every_reason(known, outcome, rows):
    decision = allocation(replace(COMPLETE, **known), RULES, today=TODAY)
    assert (decision.outcome, [reason.row for reason in decision.reasons]) == (outcome, rows.split())


# what differs from a case without any reason, and the flags
FLAGGED = [
    ({}, ""),
    ({"nationality": None}, "nationality_not_recorded"),
    ({"nationality": "Not stated"}, "nationality_not_recorded"),
    ({"nationality": "Frnech"}, "nationality_not_recognised"),
    ({"nationality": "French / Irish"}, "nationality_dual"),
    ({"mappa_level": 0}, "mappa_level_0"),
    ({"tier": None}, "tier_missing"),
    ({"rsr": None, "rosh": None}, "rsr_missing rosh_missing"),
    ({"sentence_kind": "custody"}, "sentence_length_missing"),
    ({"tier": "C1", "rsr": 6.9}, "tier_disagrees"),
    ({"tier": "B1", "rsr": 6.9}, ""),
]


@pytest.mark.parametrize(("known", "flags"), FLAGGED, ids=lambda value: str(value))
def test_what_is_missing_or_contradictory_is_flagged(known, flags):
    decision = allocation(replace(COMPLETE, **known), RULES, today=TODAY)
    assert [flag.name for flag in decision.flags] == flags.split()


def test_a_case_of_which_nothing_is_known_has_an_outcome_and_says_what_is_missing():
    decision = allocation(AllocationCase(), RULES, today=TODAY)
    assert decision.outcome == ALLOCATED
    assert {flag.name for flag in decision.flags} == {
        "nationality_not_recorded",
        "tier_missing",
        "rsr_missing",
        "rosh_missing",
    }


def test_a_reason_names_its_row_value_and_record():
    case = replace(COMPLETE, rsr=7.25, records={"rsr": "assessment 10000", "tier": "tier 5"})
    (reason,) = allocation(case, RULES, today=TODAY).reasons
    assert (reason.row, reason.fields, reason.records) == ("1a", ("rsr",), ("assessment 10000",))
    assert reason.says == "RSR is 7.25 %: 6.9 % or more is retained."
    (reason,) = allocation(replace(case, tier="B2", rsr=1.0), RULES, today=TODAY).reasons
    assert (reason.says, reason.records) == ("The tier is B2: A and B are retained.", ("tier 5",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("British", "british_or_irish"),
        ("  northern   IRISH ", "british_or_irish"),
        ("British, Irish", "british_or_irish"),
        ("Turks and Caicos Islander", "other"),
        ("French & German", "other"),
        ("French; Martian", "not_recognised"),
        ("British/Polish", "dual"),
        ("unknown", "not_recorded"),
    ],
)
def test_a_nationality_is_read_as_it_was_written(text, expected):
    assert nationality_class(text, RULES) == expected


cases = st.builds(
    AllocationCase,
    tier=st.sampled_from([None, "A0", "B3", "C1", "D2"]),
    rsr=st.sampled_from([None, 0.0, 6.89, 6.9, 99.99]),
    rosh=st.sampled_from([None, "low", "medium", "high", "very_high"]),
    mappa_level=st.sampled_from([None, 0, 1, 2, 3]),
    sentence_kind=st.sampled_from([None, "custody", "suspended", "community", "other"]),
    sentence_months=st.sampled_from([None, 0, 11, 12, 240]),
    indeterminate=st.booleans(),
    schedule_15_violent=st.booleans(),
    schedule_15_sexual=st.booleans(),
    home_office_interest=st.booleans(),
    nationality=st.sampled_from([None, "", "British", "French", "British and French", "Frnech"]),
    provider=st.sampled_from([None, "N03", "N50"]),
)


@given(st.lists(cases, max_size=30))
def test_many_at_once_equal_one_by_one(found):
    many = allocation_of_many(columns_of(found, RULES), RULES)
    for at, case in enumerate(found):
        rows = [row.name for row, is_true in zip(RULES.rows, many[at], strict=True) if is_true]
        decision = allocation(case, RULES, today=TODAY)
        assert rows == [reason.row for reason in decision.reasons]
        assert (decision.outcome == RETAINED) == bool(many[at].any())


HEAD = """
rule = "allocation"
version = "draft"
title = "Draft"
source = "Ours"
[nationality]
british_or_irish = []
not_recorded = []
other = []
"""
WRONG = [
    ('name = "1"\noutcome = "kept"\nsays = "x"\nwhen = [{field = "rsr", at_least = 1}]', "outcome"),
    ('name = "1"\noutcome = "retained"\nsays = "{rs}"\nwhen = [{field = "rsr", at_least = 1}]', "says"),
    ('name = "1"\noutcome = "retained"\nsays = "x"\nwhen = [{field = "rsx", at_least = 1}]', "field"),
    ('name = "1"\noutcome = "retained"\nsays = "x"\nwhen = [{field = "rsr"}]', "one test"),
    ('name = "1"\noutcome = "retained"\nsays = "x"\nwhen = []', "at least one condition"),
]


@pytest.mark.parametrize(("row", "words"), WRONG)
def test_a_row_that_cannot_be_applied_is_refused_with_its_line(row, words):
    with pytest.raises(InvalidInput) as refused:
        allocation_rules_from(f"{HEAD}\n[[rows]]\n{row}\n")
    (problem,) = refused.value.problems
    assert words in problem.detail or words in problem.pointer
    assert int(problem.pointer.split("/")[1]) > HEAD.count("\n")


def test_a_new_set_needs_only_its_table():
    """Next year’s rules: the limit of RSR moves. No caller changes."""
    text = f"""{HEAD}
[[rows]]
name = "1"
outcome = "retained"
says = "RSR is {{rsr}} %: 5 % or more is retained."
when = [{{ field = "rsr", at_least = 5 }}]
"""
    draft = allocation_rules_from(text)
    case = replace(COMPLETE, rsr=5.0)
    assert allocation(case, RULES, today=TODAY).outcome == ALLOCATED
    assert allocation(case, draft, today=TODAY).outcome == RETAINED


def test_every_field_has_a_column():
    columns = columns_of([COMPLETE], RULES)
    assert {one.name for one in fields(AllocationCase)} - {"records"} <= columns.keys()
    assert all(isinstance(column, np.ndarray) and column.shape == (1,) for column in columns.values())
