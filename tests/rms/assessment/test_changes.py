"""What differs between two assessments, place by place."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rms.assessment import Assessment, Change, Said, Subject, changes
from rms.assessment.carrying import carried_over, changed_over, is_stale
from rms.instrument import instrument
from tests.rms.assessment.examples import GOOD
from tests.rms.engine.libraries import SMALL

BEFORE = Assessment(**GOOD)
ITEM, IDENTIFICATION = Subject.ITEM, Subject.IDENTIFICATION


def changed(**answers) -> Assessment:
    return replace(BEFORE, answers={**GOOD["answers"], **answers})


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, ()),
        (replace(BEFORE, assessed_on=date(2027, 1, 1)), ()),  # another day is no change of the person
        (changed(drug=0), (Change(ITEM, "drug", Said(2), Said(0)),)),
        (changed(years=4), (Change(ITEM, "years", Said(4.5), Said(4)),)),
        (
            replace(BEFORE, sex="male", release_date=date(2026, 9, 1)),
            (
                Change(IDENTIFICATION, "sex", Said("female"), Said("male")),
                Change(IDENTIFICATION, "release_date", Said(), Said("2026-09-01")),
            ),
        ),
        (
            replace(BEFORE, date_of_birth=date(1990, 1, 5)),
            (Change(IDENTIFICATION, "date_of_birth", Said("1990-05-01"), Said("1990-01-05")),),
        ),
    ],
)
def test_differences(after: Assessment, expected: tuple[Change, ...]) -> None:
    assert changes(BEFORE, after) == expected


def without_drug(reason: str) -> Assessment:
    answers = {code: answer for code, answer in GOOD["answers"].items() if code != "drug"}
    return replace(BEFORE, answers=answers, unknown={"drug": reason})


def test_unknown_on_either_side() -> None:
    asked, unasked = without_drug("Not asked."), without_drug("No record.")
    assert changes(BEFORE, asked) == (Change(ITEM, "drug", Said(2), Said(unknown="Not asked.")),)
    assert changes(asked, BEFORE) == (Change(ITEM, "drug", Said(unknown="Not asked."), Said(2)),)
    assert changes(asked, unasked) == (
        Change(ITEM, "drug", Said(unknown="Not asked."), Said(unknown="No record.")),
    )


@given(
    st.fixed_dictionaries({"drug": st.integers(0, 3), "work": st.integers(0, 2), "thefts": st.integers(0, 9)})
)
def test_changes_lead_from_one_to_the_other(answers: dict[str, int]) -> None:
    after = changed(**answers)
    told = {one.code: one.after.answer for one in changes(BEFORE, after)}
    assert {**GOOD["answers"], **told} == after.answers
    assert all(GOOD["answers"][code] != answer for code, answer in told.items())


def test_carried_over_is_everything_the_same_form_said() -> None:
    carried = carried_over(without_drug("Not asked."), SMALL)
    assert carried.unknown == {"drug": "Not asked."}
    assert {**carried.answers, "drug": 2} == GOOD["answers"]


def test_of_another_instrument_nothing_is_carried_over() -> None:
    carried = carried_over(BEFORE, instrument("rms"))
    assert (carried.answers, carried.unknown) == ({}, {})


def test_a_later_version_takes_what_still_fits() -> None:
    items = tuple(replace(item, maximum=1) if item.code == "thefts" else item for item in SMALL.items)
    later = replace(SMALL, items=tuple(item for item in items if item.code != "offence"))
    assert set(carried_over(BEFORE, later).answers) == set(GOOD["answers"]) - {"thefts", "offence"}


def test_a_what_if_moves_items_between_answered_and_unknown() -> None:
    made = changed_over(without_drug("Not asked."), SMALL, {"drug": 1}, {"work": "What if nobody knew?"})
    assert made.answers["drug"] == 1
    assert "work" not in made.answers
    assert made.unknown == {"work": "What if nobody knew?"}


@pytest.mark.parametrize(
    ("code", "months", "stale"),
    [("drug", 6, False), ("drug", 7, True), ("thefts", 700, False), ("age", 700, False), ("sex", 700, False)],
)
def test_only_what_can_change_in_a_person_grows_old(code: str, months: int, stale: bool) -> None:
    assert is_stale(SMALL.item(code), months, after=6) is stale
