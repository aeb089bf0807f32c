"""An assessment and its simulation as JSON, with the schema."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from api.schemas.answer_fields import maybe_number, maybe_text, number, text
from api.schemas.assessments.changes import ChangeSchema, change
from api.schemas.json_body import Json
from api.schemas.strict_fields import StrictDate
from api.storage import ListedSimulation, ListedSubmission
from rms.assessment import AssessmentKind
from rms.assessment.consistency import Contradiction
from rms.engine.result import (
    PRINTED_FACTS,
    Comparable,
    LibraryReference,
    NeedReading,
    Simulation,
    Status,
)
from rms.instrument import HISTORY, Answer, Instrument
from rms.reports import wording
from rms.reports.content import level_shown, sentences
from rms.submission import Submission


def answer(submission: Submission) -> Json:
    """Everything about one assessment."""
    assessment, result = submission.assessment, submission.result
    return {
        "id": submission.id,
        "offender_number": assessment.offender_number,
        "sequence": submission.sequence,
        "kind": assessment.kind,
        "baseline_id": assessment.baseline_id,
        "based_on": assessment.based_on,
        "submitted_at": submission.submitted_at.isoformat(),
        "submitted_by": submission.submitted_by,
        "sex": assessment.sex,
        "date_of_birth": assessment.date_of_birth.isoformat(),
        "release_date": assessment.release_date and assessment.release_date.isoformat(),
        "answers": dict(assessment.answers),
        "unknown": dict(assessment.unknown),
        "corrects": submission.correction and submission.correction.corrects,
        "correction_reason": submission.correction and submission.correction.reason,
        "corrected_by": submission.corrected_by,
        "changes": None if submission.changes is None else [change(one) for one in submission.changes],
        "instrument": _instrument_reference(assessment.instrument),
        "library": {**library_reference(result.library), "facts": dict(result.library.facts)},
        "engine_version": result.engine_version,
        "simulations": [
            simulation(one, assessment.instrument, sex=assessment.sex) for one in result.simulations
        ],
        "needs": [need(reading) for reading in result.needs],
        "notice": wording.NOTICE_SHORT,
    }


def simulation(one: Simulation, instrument: Instrument, *, sex: str | None = None) -> Json:
    """One process of an assessment; `sex` as entered, to say if it could not be used."""
    process = next(process for process in instrument.processes if process.code == one.process)
    actual_1, actual_2 = wording.definition_sentence(process)
    return {
        "process": one.process,
        "actual_1": actual_1,
        "actual_2": actual_2,
        "status": one.status,
        "score": one.score,
        "interval": one.interval,
        "effective_size": one.effective_size,
        "typicality": one.typicality,
        "sparse": one.sparse,
        "outside_range": one.outside_range,
        "explanation": sentences(one, instrument, sex=sex),
        "comparables": [comparable(case, instrument) for case in one.comparables],
    }


def comparable(case: Comparable, instrument: Instrument) -> Json:
    """One past case; history columns that the instrument lacks are null."""
    labels = {column: level_shown(case, column, instrument) for column in HISTORY}
    return {
        "case_number": case.case_number,
        "sex": case.sex,
        "birth_year": case.birth_year,
        "actual": case.actual,
        "percent": case.percent,
        "weight": case.weight,
        "stands_for": case.stands_for,
        "distance": case.distance,
        **{column: _number(case.shown.get(column)) for column in HISTORY},
        "levels": {column: label for column, label in labels.items() if label},
    }


def _number(shown: Answer | None) -> int | float | None:
    return None if isinstance(shown, str) else shown


def need(reading: NeedReading) -> Json:
    return dict(vars(reading))


def warning(contradiction: Contradiction) -> Json:
    return {"code": contradiction.code, "items": list(contradiction.items), "detail": contradiction.detail}


def listed(submission: ListedSubmission) -> Json:
    """An assessment as a list shows it."""
    return {
        "id": submission.id,
        "offender_number": submission.offender_number,
        "sequence": submission.sequence,
        "kind": submission.kind,
        "baseline_id": submission.baseline_id,
        "submitted_at": submission.submitted_at.isoformat(),
        "submitted_by": submission.submitted_by,
        "sex": submission.sex,
        "date_of_birth": submission.date_of_birth.isoformat(),
        "release_date": submission.release_date and submission.release_date.isoformat(),
        "instrument": {"name": submission.instrument_name, "version": submission.instrument_version},
        "library": library_reference(submission.library),
        "engine_version": submission.engine_version,
        "latest": submission.latest,
        "corrected": submission.corrected,
        "simulations": [_listed_simulation(one) for one in submission.simulations],
    }


def library_reference(reference: LibraryReference) -> Json:
    """The library behind a result, in use or not."""
    return {name: getattr(reference, name) for name in ("name", "version", "sha256", "synthetic")}


def _instrument_reference(instrument: Instrument) -> Json:
    return {"name": instrument.name, "version": instrument.version}


def _listed_simulation(one: ListedSimulation) -> Mapping[str, Any]:
    return vars(one)


# Schema -------------------------------------------------------

_SCORE = {"minimum": 1, "maximum": 2, "description": "Σ weight · actual; null where withheld."}
_PERCENT = {"minimum": 0, "maximum": 100, "description": "Percent of the scale."}


class ReferenceSchema(Schema):
    name = text()
    version = text()


class LibraryReferenceSchema(ReferenceSchema):
    sha256 = text(pattern="^[0-9a-f]{64}$")
    synthetic = fields.Boolean(
        required=True, metadata={"description": "Whether the past cases are fictional."}
    )


class LibraryOfResultSchema(LibraryReferenceSchema):
    facts = fields.Dict(
        keys=fields.String(validate=validate.OneOf(PRINTED_FACTS)),
        values=fields.String(),
        required=True,
        metadata={
            "description": "The facts that a report states, as far as they are known: whose records they are "
            "(`source`), their period and last day (`period`, `cut_off`), where outcomes come from "
            "(`outcome_source`), and what they miss (`detection_bias`)."
        },
    )


class _CaseSchema(Schema):
    """A past case; `percent` adds to 100.00 over all, and Σ weight · actual is the score."""

    case_number = fields.Integer(required=True)
    sex = maybe_text()
    birth_year = fields.Integer(required=True, allow_none=True)
    actual = fields.Integer(
        required=True,
        metadata={"enum": [1, 2], "description": "See the instrument's processes."},
    )
    percent = number(minimum=0, maximum=100)
    weight = number(minimum=0, maximum=1, description="As percent, in full precision.")
    stands_for = fields.Integer(
        required=True,
        metadata={"minimum": 1, "description": "How many cases in the pool it represents."},
    )
    distance = number(minimum=0, description="0 is identical.")


ComparableSchema = _CaseSchema.from_dict(
    {
        **{column: maybe_number() for column in HISTORY},
        "levels": fields.Dict(
            keys=fields.String(),
            values=fields.String(),
            required=True,
            metadata={
                "description": "The columns of the history that have a level: column → label of the level. "
                "The number of such a column is the value of the level, not a count."
            },
        ),
    },
    name="ComparableSchema",
)


class ProcessComparablesSchema(Schema):
    process = text()
    comparables = fields.List(fields.Nested(ComparableSchema), required=True)


class ComparablesSchema(Schema):
    processes = fields.List(fields.Nested(ProcessComparablesSchema), required=True)


class ListedSimulationSchema(Schema):
    process = text()
    status = text(enum=[str(status) for status in Status])
    score = maybe_number(**_SCORE)
    interval = fields.List(
        fields.Float(),
        required=True,
        allow_none=True,
        metadata={
            "minItems": 2,
            "maxItems": 2,
            "description": "95% interval, for the group of comparables, not the person.",
        },
    )
    effective_size = maybe_number(minimum=0)
    typicality = maybe_number(minimum=0, maximum=1)


class SimulationSchema(ListedSimulationSchema):
    """What the people who resemble this person did afterwards."""

    actual_1 = text(description="The meaning of an actual of 1.")
    actual_2 = text(description="The meaning of an actual of 2.")
    sparse = fields.Boolean(required=True, metadata={"description": "Few cases resemble this person."})
    outside_range = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Items with answers outside the range of the library."},
    )
    explanation = fields.List(
        fields.String(), required=True, metadata={"description": "The figures in sentences."}
    )
    comparables = fields.List(fields.Nested(ComparableSchema), required=True)


class NeedSchema(Schema):
    """One need in percent of its scale. `actual` is the case worker's rating, as in the 2005 manual."""

    need = text()
    actual = maybe_number(**_PERCENT)
    simulated = maybe_number(**_PERCENT)
    expected = maybe_number(**_PERCENT)
    gap = maybe_number(description="actual − simulated")
    standardised_gap = maybe_number(description="The gap in units of the library's own error.")


class NeedsSchema(Schema):
    needs = fields.List(fields.Nested(NeedSchema), required=True)
    caveat = text()


class ListedSchema(Schema):
    """An assessment as a list shows it."""

    id = text()
    offender_number = text()
    sequence = fields.Integer(required=True, metadata={"minimum": 0})
    kind = text(enum=[str(kind) for kind in AssessmentKind])
    baseline_id = maybe_text()
    submitted_at = fields.AwareDateTime(required=True)
    submitted_by = text()
    sex = text()
    date_of_birth = StrictDate(
        required=True, metadata={"description": "For analysts, always 1 January of the year."}
    )
    release_date = StrictDate(required=True, allow_none=True)
    instrument = fields.Nested(ReferenceSchema, required=True)
    library = fields.Nested(LibraryReferenceSchema, required=True)
    engine_version = text()
    latest = fields.Boolean(
        required=True,
        metadata={"description": "The person's latest assessment, ignoring what-ifs."},
    )
    corrected = fields.Boolean(
        required=True, metadata={"description": "A correction has replaced this assessment."}
    )
    simulations = fields.List(fields.Nested(ListedSimulationSchema), required=True)


class ListSchema(Schema):
    assessments = fields.List(fields.Nested(ListedSchema), required=True)
    next = maybe_text(description="The cursor of the next page; null on the last.")


class HistorySchema(Schema):
    assessments = fields.List(fields.Nested(ListedSchema), required=True)


class AnswerSchema(ListedSchema):
    """An assessment with its simulations and needs."""

    class Meta:
        exclude = ("latest", "corrected")

    based_on = maybe_text()
    library = fields.Nested(LibraryOfResultSchema, required=True)
    answers = fields.Dict(required=True)
    unknown_items = fields.Dict(
        data_key="unknown", keys=fields.String(), values=fields.String(), required=True
    )
    corrects = maybe_text(description="The assessment that this one replaces.")
    correction_reason = maybe_text()
    corrected_by = maybe_text(description="The assessment that replaced this one.")
    changes = fields.List(
        fields.Nested(ChangeSchema),
        required=True,
        allow_none=True,
        metadata={"description": "Differences from the assessment it corrects or starts from, or null."},
    )
    simulations = fields.List(fields.Nested(SimulationSchema), required=True)
    needs = fields.List(fields.Nested(NeedSchema), required=True)
    notice = text()


class WarningSchema(Schema):
    """Answers that contradict each other. They are not refused."""

    code = fields.String(required=True)
    items = fields.List(fields.String(), required=True, metadata={"description": "The items to check."})
    detail = fields.String(required=True)


class ValidSchema(Schema):
    valid = fields.Boolean(required=True)
    warnings = fields.List(fields.Nested(WarningSchema), required=True)
