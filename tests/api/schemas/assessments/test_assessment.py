"""A posted body becomes an assessment; otherwise every problem is reported with its field."""

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from api.schemas.assessments.assessment import Body, assessment_from
from rms.assessment import Assessment, AssessmentKind
from rms.errors import InvalidInput, not_allowed
from rms.instrument import instrument
from rms.people.sexes import SEXES

ON = date(2026, 3, 4)


def read(body: object) -> Assessment:
    return assessment_from(Body(body), instrument=instrument("rms"), on=ON)


def refused(body: object) -> set[tuple[str, str]]:
    with pytest.raises(InvalidInput) as error:
        read(body)
    found = [(problem.pointer, problem.code) for problem in error.value.problems]
    assert len(found) == len(set(found))
    return set(found)


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """The body with one value set, or removed if `value` is `...`."""
    body = deepcopy(body)
    *above, last = path.split("/")
    place = body
    for step in above:
        place = place.setdefault(step, {})
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


def test_a_valid_body_is_accepted(valid_body: dict[str, Any]) -> None:
    assessment = read(valid_body)
    assert assessment.offender_number == "10000"
    assert assessment.answers == valid_body["answers"]
    assert assessment.unknown == valid_body["unknown"]
    assert assessment.release_date == date(2026, 12, 1)
    assert assessment.assessed_on == ON
    assert assessment.kind is AssessmentKind.ASSESSMENT


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("release_date", ...),
        ("release_date", None),
        ("release_date", "2020-01-01"),
        ("instrument", ...),
        ("baseline_id", None),
        ("answers/years_served", 0),
        ("answers/conv_violence", 200),
        ("answers/conv_violence", 200.0),
        ("answers/drug", 1.0),
    ],
)
def test_optional_and_extreme_values_are_valid(valid_body: dict[str, Any], path: str, value: object) -> None:
    read(changed(valid_body, path, value))


def test_numbers_and_ids_become_upper_case(valid_body: dict[str, Any]) -> None:
    body = changed(changed(valid_body, "offender_number", "12pr"), "based_on", "12pr-01")
    assert read(body).offender_number == "12PR"
    assert read(body).based_on == "12PR-01"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        # wrong types
        ("answers/drug", "1", ("/answers/drug", "invalid_answer")),
        ("answers/drug", 1.5, ("/answers/drug", "invalid_answer")),
        ("answers/drug", True, ("/answers/drug", "invalid_answer")),
        ("answers/drug", None, ("/answers/drug", "not_null")),
        ("answers/drug", [1], ("/answers/drug", "invalid_answer")),
        ("answers/drug", {"value": 1}, ("/answers/drug", "invalid_answer")),
        ("answers/years_served", "2.5", ("/answers/years_served", "invalid_answer")),
        ("answers", [], ("/answers", "wrong_type")),
        ("answers", None, ("/answers", "not_null")),
        ("offender_number", 10000, ("/offender_number", "invalid_value")),
        ("sex", 1, ("/sex", "invalid_value")),
        ("date_of_birth", 19850517, ("/date_of_birth", "invalid_value")),
        ("unknown", ["sexs"], ("/unknown", "wrong_type")),
        ("unknown/sexs", 1, ("/unknown/sexs", "invalid_value")),
        # out of range
        ("answers/drug", 4, ("/answers/drug", "invalid_answer")),
        ("answers/drug", -1, ("/answers/drug", "invalid_answer")),
        ("answers/conv_violence", 201, ("/answers/conv_violence", "invalid_answer")),
        ("answers/conv_violence", 10**15, ("/answers/conv_violence", "invalid_answer")),
        ("answers/conv_violence", 10**4000, ("/answers/conv_violence", "invalid_answer")),
        ("answers/years_served", 1e400, ("/answers/years_served", "invalid_answer")),
        ("sex", "m", ("/sex", "invalid_value")),
        ("kind", "guess", ("/kind", "invalid_value")),
        # unknown names
        ("answers/nothing", 1, ("/answers/nothing", "unknown_item")),
        ("answers/sex", "male", ("/answers/sex", "unknown_item")),
        ("answers/a~b~1c", 1, ("/answers/a~0b~01c", "unknown_item")),
        ("unknown/nothing", "Why.", ("/unknown/nothing", "unknown_item")),
        ("score", 1.0, ("/score", "unknown_field")),
        ("sequence", 4, ("/sequence", "unknown_field")),
        ("id", "10000-04", ("/id", "unknown_field")),
        ("instrument", "broward", ("/instrument", "unknown_instrument")),
        # missing
        ("offender_number", ..., ("/offender_number", "required")),
        ("date_of_birth", ..., ("/date_of_birth", "required")),
        ("sex", ..., ("/sex", "required")),
        ("answers", ..., ("/answers", "required")),
        ("answers/drug", ..., ("/answers/drug", "missing_answer")),
        ("unknown/sexs", ..., ("/answers/sexs", "missing_answer")),
        # unknown, and how
        ("unknown/sexs", "", ("/unknown/sexs", "invalid_value")),
        ("unknown/sexs", "   ", ("/unknown/sexs", "invalid_reason")),
        ("unknown/sexs", "x" * 201, ("/unknown/sexs", "invalid_value")),
        ("unknown/drug", "Not asked.", ("/unknown/drug", "answered_and_unknown")),
        # dates
        ("date_of_birth", "2026-03-04", ("/date_of_birth", "date_out_of_range")),
        ("date_of_birth", "2026-06-01", ("/date_of_birth", "date_out_of_range")),
        ("date_of_birth", "2020-01-01", ("/date_of_birth", "date_out_of_range")),
        ("date_of_birth", "0001-01-01", ("/date_of_birth", "date_out_of_range")),
        ("date_of_birth", "2025-W01-1", ("/date_of_birth", "invalid_value")),
        ("release_date", "1985-05-17", ("/release_date", "date_out_of_range")),
        ("release_date", "1970-01-01", ("/release_date", "date_out_of_range")),
        ("release_date", "soon", ("/release_date", "invalid_value")),
        # numbers
        ("offender_number", "10000-01", ("/offender_number", "invalid_offender_number")),
        ("offender_number", "", ("/offender_number", "invalid_value")),
        ("offender_number", "1 0", ("/offender_number", "invalid_offender_number")),
        ("offender_number", "1" * 21, ("/offender_number", "invalid_offender_number")),
        ("offender_number", "ı", ("/offender_number", "invalid_offender_number")),
        ("offender_number", "１", ("/offender_number", "invalid_offender_number")),
        ("offender_number", "../../etc", ("/offender_number", "invalid_offender_number")),
        # text with invalid characters
        ("offender_number", "1\0", ("/offender_number", "invalid_value")),
        ("unknown/sexs", "NUL \0", ("/unknown/sexs", "invalid_value")),
        ("unknown/sexs", "half \ud83d", ("/unknown/sexs", "invalid_value")),
        ("answers/\ud83d", 1, ("/answers/\ud83d", "invalid_value")),
        ("based_on", "1\x1b[2J", ("/based_on", "invalid_value")),
        # what-ifs
        ("kind", "what_if", ("/baseline_id", "invalid_baseline")),
        ("baseline_id", "10000", ("/baseline_id", "invalid_baseline")),
    ],
)
def test_refused(valid_body: dict[str, Any], path: str, value: object, problem: tuple[str, str]) -> None:
    assert refused(changed(valid_body, path, value)) == {problem}


DRUG, VIOLENCE = instrument("rms").item("drug"), instrument("rms").item("conv_violence")


@pytest.mark.parametrize(
    ("path", "value", "name", "allowed"),
    [
        ("answers/drug", True, DRUG.label, DRUG.allowed),
        ("answers/drug", [1], DRUG.label, DRUG.allowed),
        ("answers/drug", {"value": 1}, DRUG.label, DRUG.allowed),
        ("answers/drug", "1", DRUG.label, DRUG.allowed),
        ("answers/conv_violence", 10**16, VIOLENCE.label, VIOLENCE.allowed),
        ("answers/conv_violence", 10**4000, VIOLENCE.label, VIOLENCE.allowed),
        ("date_of_birth", "2025-02-30", "This", "a date as YYYY-MM-DD"),
        ("release_date", 20250101, "This", "a date as YYYY-MM-DD"),
        ("sex", "Male", "This", f"one of {', '.join(SEXES)}"),
        ("sex", 1, "This", f"one of {', '.join(SEXES)}"),
    ],
)
def test_every_refusal_repeats_the_value_and_says_what_is_allowed(
    valid_body: dict[str, Any], path: str, value: object, name: str, allowed: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        read(changed(valid_body, path, value))
    expected = not_allowed(value, name=name, allowed=allowed)
    assert [problem.detail for problem in error.value.problems] == [expected]


@pytest.mark.parametrize("body", [None, [], "text", 1, True])
def test_a_body_must_be_an_object(body: object) -> None:
    assert refused(body) == {("", "wrong_type")}


def test_required_fields_are_named() -> None:
    assert refused({}) == {
        (f"/{name}", "required") for name in ("offender_number", "sex", "date_of_birth", "answers")
    }


def test_problems_of_form_and_of_content_are_reported_together(valid_body: dict[str, Any]) -> None:
    body = changed(valid_body, "date_of_birth", "yesterday")
    body = changed(body, "sex", "?")
    body = changed(body, "answers/drug", [])
    body = changed(body, "answers/alco", 9)
    body = changed(body, "answers/empl", ...)
    body = changed(body, "more", 1)
    assert refused(body) == {
        ("/date_of_birth", "invalid_value"),
        ("/sex", "invalid_value"),
        ("/answers/drug", "invalid_answer"),
        ("/answers/alco", "invalid_answer"),
        ("/answers/empl", "missing_answer"),
        ("/more", "unknown_field"),
    }
