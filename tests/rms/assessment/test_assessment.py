"""An assessment refuses at its making whatever does not fit; whoever holds one need not look again."""

from datetime import date, timedelta

import numpy as np
import pytest

from rms.assessment import Assessment, AssessmentKind
from rms.errors import InvalidInput
from tests.rms.assessment.examples import GOOD

DAY = timedelta(days=1)


def problems(**changed) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        Assessment(**{**GOOD, **changed})
    assert all(problem.detail.endswith(".") for problem in caught.value.problems)
    return {problem.pointer: problem.code for problem in caught.value.problems}


def answers(**changed) -> dict[str, object]:
    return {code: value for code, value in {**GOOD["answers"], **changed}.items() if value is not ...}


def test_a_good_one():
    made = Assessment(**GOOD)
    assert made.age == 35
    np.testing.assert_array_equal(made.vector(), [1, 35, 2, 1, 2, 4.5, 1])


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"offender_number": "10000-01"}, {"/offender_number": "invalid_offender_number"}),
        ({"offender_number": "20005.0"}, {"/offender_number": "invalid_offender_number"}),
        ({"offender_number": ""}, {"/offender_number": "invalid_offender_number"}),
        ({"offender_number": "abc"}, {"/offender_number": "invalid_offender_number"}),
        ({"offender_number": "1" * 21}, {"/offender_number": "invalid_offender_number"}),
        ({"sex": "Male"}, {"/sex": "invalid_choice"}),
        ({"date_of_birth": date(2026, 3, 4)}, {"/date_of_birth": "date_out_of_range"}),
        ({"date_of_birth": date(2027, 1, 1)}, {"/date_of_birth": "date_out_of_range"}),
        ({"date_of_birth": date(2016, 3, 5)}, {"/date_of_birth": "date_out_of_range"}),
        ({"date_of_birth": date(1915, 3, 4)}, {"/date_of_birth": "date_out_of_range"}),
        ({"release_date": date(1990, 5, 1)}, {"/release_date": "date_out_of_range"}),
        ({"kind": AssessmentKind.WHAT_IF}, {"/baseline_id": "invalid_baseline"}),
        ({"baseline_id": "10000"}, {"/baseline_id": "invalid_baseline"}),
        ({"answers": answers(drug=4)}, {"/answers/drug": "invalid_answer"}),
        ({"answers": answers(drug=2.0)}, {"/answers/drug": "invalid_answer"}),
        ({"answers": answers(drug=True)}, {"/answers/drug": "invalid_answer"}),
        ({"answers": answers(drug="2")}, {"/answers/drug": "invalid_answer"}),
        ({"answers": answers(thefts=-1)}, {"/answers/thefts": "invalid_answer"}),
        ({"answers": answers(thefts=100)}, {"/answers/thefts": "invalid_answer"}),
        ({"answers": answers(years=float("nan"))}, {"/answers/years": "invalid_answer"}),
        ({"answers": answers(years=float("inf"))}, {"/answers/years": "invalid_answer"}),
        ({"answers": answers(offence="arson")}, {"/answers/offence": "invalid_answer"}),
        ({"answers": answers(offence=["theft"])}, {"/answers/offence": "invalid_answer"}),
        ({"answers": answers(drug=...)}, {"/answers/drug": "missing_answer"}),
        ({"answers": answers(age=30)}, {"/answers/age": "unknown_item"}),
        ({"answers": answers(**{"a/b~c": 1})}, {"/answers/a~1b~0c": "unknown_item"}),
        ({"unknown": {"drug": "why"}}, {"/unknown/drug": "answered_and_unknown"}),
        ({"unknown": {"magic": "why"}}, {"/unknown/magic": "unknown_item"}),
        ({"answers": answers(drug=...), "unknown": {"drug": "  "}}, {"/unknown/drug": "invalid_reason"}),
        ({"answers": answers(drug=...), "unknown": {"drug": "x" * 201}}, {"/unknown/drug": "invalid_reason"}),
    ],
)
def test_what_does_not_fit(changed, expected):
    assert problems(**changed) == expected


def test_everything_wrong_is_told_at_once():
    found = problems(sex="x", date_of_birth=date(2030, 1, 1), answers={"drug": 9, "nothing": 1})
    assert set(found) == {
        "/sex",
        "/date_of_birth",
        "/answers/nothing",
        *(f"/answers/{code}" for code in GOOD["answers"]),
    }


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(1990, 3, 4), date(2026, 3, 4), 36),
        (date(1990, 3, 5), date(2026, 3, 4), 35),
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2016, 3, 4), date(2026, 3, 4), 10),
        (date(1915, 3, 5), date(2026, 3, 4), 110),
    ],
)
def test_age_is_completed_years(born, on, age):
    assert Assessment(**{**GOOD, "date_of_birth": born, "assessed_on": on}).age == age


def test_what_is_unknown_has_no_number():
    made = Assessment(**{**GOOD, "sex": "other", "answers": answers(drug=...), "unknown": {"drug": "asked"}})
    assert np.flatnonzero(np.isnan(made.vector())).tolist() == [0, 2]


def test_a_what_if_is_about_the_same_person():
    made = Assessment(**{**GOOD, "kind": AssessmentKind.WHAT_IF, "baseline_id": "10000"})
    assert made.person == Assessment(**GOOD).person
