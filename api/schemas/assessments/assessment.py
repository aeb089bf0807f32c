"""A posted assessment. This module checks its shape, `rms.assessment` its meaning."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.problems import LONGEST_NAME, problems
from api.schemas.strict_fields import Answer, OneOf, SafeText, StrictDate
from rms.assessment import Assessment, AssessmentKind, offender_number
from rms.assessment.assessment import REASON_LENGTH
from rms.errors import InvalidInput, Problem
from rms.instrument import Instrument
from rms.people.sexes import SEXES

LONGEST_ID = 30
# Placeholders for malformed fields, so that the other fields can still be checked.
STAND_INS: Mapping[str, Any] = {
    "offender_number": "0",
    "sex": "unknown",
    "date_of_birth": date(1, 1, 1),
    "answers": {},
}


def answers_field(**kwargs: Any) -> fields.Dict:
    return fields.Dict(
        keys=SafeText(longest=LONGEST_NAME),
        values=Answer(metadata={"type": ["number", "string"]}),
        metadata={"description": "Item code → answer, as `GET /instruments/{name}` describes them."},
        **kwargs,
    )


def unknown_field(**kwargs: Any) -> fields.Dict:
    return fields.Dict(
        data_key="unknown",
        keys=SafeText(longest=LONGEST_NAME),
        values=SafeText(longest=REASON_LENGTH),
        metadata={"description": "Item code → why the answer is unknown."},
        **kwargs,
    )


class AssessmentSchema(Schema):
    """The identification of a person and the answers to an instrument's items."""

    offender_number = SafeText(
        longest=LONGEST_ID,
        required=True,
        metadata={
            "pattern": "^ *[A-Za-z0-9]{1,20} *$",
            "description": "Letters and numbers. RMS numbers a person's later assessments itself: -01, -02 …",
        },
    )
    sex = OneOf(*SEXES, required=True)
    date_of_birth = StrictDate(required=True)
    release_date = StrictDate(allow_none=True, metadata={"description": "Estimated."})
    instrument = SafeText(
        longest=LONGEST_NAME,
        metadata={"description": "An instrument that is in use. Without it, the default one."},
    )
    answers = answers_field(required=True)
    unknown_items = unknown_field()
    kind = OneOf(*AssessmentKind, metadata={"default": str(AssessmentKind.ASSESSMENT)})
    baseline_id = SafeText(
        longest=LONGEST_ID,
        allow_none=True,
        metadata={"description": "For a what-if: the assessment it starts from."},
    )
    based_on = SafeText(
        longest=LONGEST_ID,
        allow_none=True,
        metadata={"description": "The earlier assessment whose answers were carried over."},
    )


_schema = AssessmentSchema()


class Body:
    """A posted body, which the schema reads once: for what it says, and for the assessment it describes."""

    def __init__(self, posted: object) -> None:
        self._posted = posted

    @cached_property
    def read(self) -> tuple[Mapping[str, Any], ValidationError | None]:
        """Its valid fields, and what is wrong with the others."""
        try:
            return _schema.load(self._posted), None  # type: ignore[arg-type]  # it says what is wrong
        except ValidationError as error:
            return error.valid_data if isinstance(error.valid_data, Mapping) else {}, error


def assessment_from(
    body: Body, *, instrument: Instrument, on: date, error_schema: Schema = _schema
) -> Assessment:
    """The assessment that a posted body describes, made on the day `on`.

    `error_schema` is the schema whose fields the error messages name.

    Raises
    ------
    InvalidInput
        With all problems, each with its JSON pointer.
    """
    refused: list[Problem] = []
    given, error = body.read
    if error is not None:
        refused = [_of_item(problem, instrument) for problem in problems(error.messages, of=error_schema)]
        given = {**STAND_INS, **given}
    refused += _foreign_instrument(given, instrument)
    try:
        assessment = _assessment(given, instrument=instrument, on=on)
    except InvalidInput as meaning:
        reported = {problem.pointer for problem in refused}
        refused += [problem for problem in meaning.problems if not _follows(problem, reported)]
    if refused:
        raise InvalidInput(refused)
    return assessment


def content_of(body: Body, *, instrument: Instrument) -> Mapping[str, Any]:
    """What a posted body says, however it is spelled: the same for 1.0 and 1, and for a default written out.

    Raises
    ------
    InvalidInput
        If a field is malformed.
    """
    given, error = body.read
    if error is not None:
        raise InvalidInput(problems(error.messages, of=_schema)) from error
    named = given.get("instrument", instrument.name)
    return {
        **given,
        "offender_number": _number(given["offender_number"]),
        "release_date": given.get("release_date"),
        "instrument": None if named == instrument.name else named,
        "unknown_items": given.get("unknown_items", {}),
        "kind": given.get("kind", AssessmentKind.ASSESSMENT),
        "baseline_id": _id(given.get("baseline_id")),
        "based_on": _id(given.get("based_on")),
    }


def _assessment(given: Mapping[str, Any], *, instrument: Instrument, on: date) -> Assessment:
    return Assessment(
        instrument=instrument,
        offender_number=_number(given["offender_number"]),
        sex=given["sex"],
        date_of_birth=given["date_of_birth"],
        assessed_on=on,
        answers=given["answers"],
        unknown=given.get("unknown_items", {}),
        release_date=given.get("release_date"),
        kind=AssessmentKind(given.get("kind", AssessmentKind.ASSESSMENT)),
        baseline_id=_id(given.get("baseline_id")),
        based_on=_id(given.get("based_on")),
    )


def _number(text: str) -> str:
    """The number in upper case; an invalid one stays unchanged and is refused later."""
    return offender_number(text) or text


def _id(text: str | None) -> str | None:
    return text and text.upper()


def _of_item(problem: Problem, instrument: Instrument) -> Problem:
    """A malformed answer reported like an invalid one; any other problem unchanged."""
    code = problem.pointer.removeprefix("/answers/")
    item = next((one for one in instrument.asked if one.code == code), None)
    if item is None or not problem.pointer.startswith("/answers/") or problem.code != "invalid_value":
        return problem
    detail = f"{problem.detail} {item.label} must be {item.allowed}."
    return Problem(problem.pointer, "invalid_answer", detail)


def _foreign_instrument(given: Mapping[str, Any], instrument: Instrument) -> list[Problem]:
    if given.get("instrument", instrument.name) == instrument.name:
        return []
    detail = f"This instrument is not in use. The default is {instrument.name}."
    return [Problem("/instrument", "unknown_instrument", detail)]


def _follows(problem: Problem, reported: Collection[str]) -> bool:
    """Whether the problem only follows from a malformed field (`""`: the body itself)."""
    return any(above in reported for pointer in _pointers(problem) for above in _and_above(pointer))


def _and_above(pointer: str) -> Iterator[str]:
    """
    >>> [*_and_above("/answers/drug")]
    ['/answers/drug', '/answers', '']
    """
    yield pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _pointers(problem: Problem) -> tuple[str, ...]:
    """The fields a problem can come from: a missing item is in neither `answers` nor `unknown`."""
    if problem.code != "missing_answer":
        return (problem.pointer,)
    return problem.pointer, problem.pointer.replace("/answers/", "/unknown/", 1)
