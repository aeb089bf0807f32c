"""A posted assessment: its shape here, its meaning in `rms.assessment`; both are told together."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields

from api.schemas.problems import LONGEST_NAME, problems
from api.schemas.strict_fields import Answer, OneOf, SafeText, StrictDate
from rms.assessment import Assessment, Kind, offender_number
from rms.assessment.assessment import REASON_LENGTH, SEXES
from rms.errors import InvalidInput, Problem
from rms.instrument import Instrument

LONGEST_ID = 30
# What stands in for a field that has no shape, so that the meaning of the others can be looked at.
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
        metadata={"description": "Item code → why it is not known."},
        **kwargs,
    )


class AssessmentSchema(Schema):
    """The answers to an instrument's items, with the identification they belong to."""

    offender_number = SafeText(
        longest=LONGEST_ID,
        required=True,
        metadata={
            "pattern": "^ *[A-Za-z0-9]{1,20} *$",
            "description": "Letters and digits, without a suffix; RMS gives the -01 itself.",
        },
    )
    sex = OneOf(*SEXES, required=True)
    date_of_birth = StrictDate(required=True)
    release_date = StrictDate(allow_none=True, metadata={"description": "Estimated."})
    instrument = SafeText(
        longest=LONGEST_NAME, metadata={"description": "That of the library in use; the default."}
    )
    answers = answers_field(required=True)
    unknown_items = unknown_field()
    kind = OneOf(*Kind, metadata={"default": str(Kind.ASSESSMENT)})
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


def assessment_from(
    body: object, *, instrument: Instrument, on: date, told_as: Schema = _schema
) -> Assessment:
    """The assessment that a posted body describes, made on that day.

    `told_as` has the fields that there are by the words of a refusal.

    Raises
    ------
    InvalidInput
        With every problem found, each with its JSON pointer.
    """
    found: list[Problem] = []
    given: Mapping[str, Any]
    try:
        given = _schema.load(body)  # type: ignore[arg-type]  # whatever it is: load says what is wrong with it
    except ValidationError as error:
        found = [_of_item(problem, instrument) for problem in problems(error.messages, of=told_as)]
        valid = error.valid_data if isinstance(error.valid_data, Mapping) else {}
        given = {**STAND_INS, **valid}
    found += _foreign_instrument(given, instrument)
    try:
        assessment = _assessment(given, instrument=instrument, on=on)
    except InvalidInput as meaning:
        told = {problem.pointer for problem in found}
        found += [problem for problem in meaning.problems if not _follows(problem, told)]
    if found:
        raise InvalidInput(found)
    return assessment


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
        kind=Kind(given.get("kind", Kind.ASSESSMENT)),
        baseline_id=_id(given.get("baseline_id")),
        based_on=_id(given.get("based_on")),
    )


def _number(text: str) -> str:
    """Upper-cased at the door; what is no number stays as it is, to be refused by its meaning."""
    return offender_number(text) or text


def _id(text: str | None) -> str | None:
    return text and text.upper()


def _of_item(problem: Problem, instrument: Instrument) -> Problem:
    """A problem of an answer's shape, told like those of its meaning; any other as it is."""
    code = problem.pointer.removeprefix("/answers/")
    item = next((one for one in instrument.asked if one.code == code), None)
    if item is None or not problem.pointer.startswith("/answers/") or problem.code != "invalid_value":
        return problem
    detail = f"{problem.detail.removesuffix('.')}; {item.label} takes {item.allowed}."
    return Problem(problem.pointer, "invalid_answer", detail)


def _foreign_instrument(given: Mapping[str, Any], instrument: Instrument) -> list[Problem]:
    if given.get("instrument", instrument.name) == instrument.name:
        return []
    return [
        Problem("/instrument", "unknown_instrument", f"The library in use takes the form {instrument.name}.")
    ]


def _follows(problem: Problem, told: Collection[str]) -> bool:
    """Whether this is but the consequence of a field that has no shape (`""`: the body has none)."""
    return any(above in told for place in _places(problem) for above in _and_above(place))


def _and_above(pointer: str) -> Iterator[str]:
    """
    >>> [*_and_above("/answers/drug")]
    ['/answers/drug', '/answers', '']
    """
    yield pointer
    while pointer:
        pointer = pointer.rpartition("/")[0]
        yield pointer


def _places(problem: Problem) -> tuple[str, ...]:
    """Where a problem may come from: an item is missing from the answers and from the unknown ones."""
    if problem.code != "missing_answer":
        return (problem.pointer,)
    return problem.pointer, problem.pointer.replace("/answers/", "/unknown/", 1)
