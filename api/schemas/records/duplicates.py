"""Likely duplicates as JSON."""

from typing import Any

from marshmallow import Schema, fields, validate

from api.schemas.strict_fields import SafeText, StrictInt, WholeNumber
from api.storage import DuplicatePair, DuplicatesPart, JoinedPair, RecordShown
from rms.people.matching import Evidence, probability

LONGEST_REASON = 1000
MOST_PAIRS, PAIRS = 100, 20
LARGEST_KEY = 2**31 - 1


class DuplicatesQuery(Schema):
    limit = StrictInt(least=1, most=MOST_PAIRS, load_default=PAIRS)


class RecordSchema(Schema):
    """What a source system says about a person."""

    record = fields.Integer(required=True, metadata={"description": "The key of the record in RMS."})
    source = fields.String(required=True, metadata={"description": "The source system."})
    source_id = fields.String(required=True, metadata={"description": "The source system's own ID."})
    forename = fields.String(required=True, allow_none=True)
    surname = fields.String(required=True, allow_none=True)
    date_of_birth = fields.Date(required=True, allow_none=True)
    sex = fields.String(required=True, allow_none=True)
    home_area = fields.String(required=True, allow_none=True)
    pnc = fields.String(required=True, allow_none=True)
    cro = fields.String(required=True, allow_none=True)
    offender_number = fields.String(
        required=True, allow_none=True, metadata={"description": "The person's offender number in RMS."}
    )


def _evidence() -> fields.String:
    return fields.String(required=True, metadata={"enum": [str(said) for said in Evidence]})


class EvidenceSchema(Schema):
    """What the two records say of each field. What is missing or not valid is unknown."""

    name = _evidence()
    date_of_birth = _evidence()
    sex = _evidence()
    pnc = _evidence()
    cro = _evidence()


class DuplicatePairSchema(Schema):
    records = fields.List(fields.Nested(RecordSchema), required=True, metadata={"minItems": 2, "maxItems": 2})
    evidence = fields.Nested(EvidenceSchema, required=True)
    probability = fields.Float(
        required=True,
        metadata={
            "minimum": 0,
            "maximum": 1,
            "description": "The probability that both records are about one person.",
        },
    )
    proposed_at = fields.AwareDateTime(required=True)


class JoinedPairSchema(Schema):
    records = fields.List(fields.Nested(RecordSchema), required=True, metadata={"minItems": 2, "maxItems": 2})
    joined_by = fields.String(required=True)
    joined_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)


class DuplicatesSchema(Schema):
    total = fields.Integer(
        required=True, metadata={"description": "How many pairs that you may see wait for a decision."}
    )
    pairs = fields.List(
        fields.Nested(DuplicatePairSchema), required=True, metadata={"description": "Most probable first."}
    )
    joined = fields.List(
        fields.Nested(JoinedPairSchema), required=True, metadata={"description": "The latest joins in force."}
    )


class DuplicatesDecisionSchema(Schema):
    records = fields.List(
        WholeNumber(least=1, most=LARGEST_KEY),
        required=True,
        validate=validate.Length(equal=2),
        metadata={"description": "The keys of the two records."},
    )
    reason = SafeText(longest=LONGEST_REASON, required=True)


class ReasonSchema(Schema):
    """The form of a decision."""

    reason = SafeText(longest=LONGEST_REASON, required=True)


def duplicates_document(part: DuplicatesPart, joined: tuple[JoinedPair, ...]) -> dict[str, Any]:
    return {
        "total": part.total,
        "pairs": [_pair_document(pair) for pair in part.pairs],
        "joined": [_joined_document(pair) for pair in joined],
    }


def _pair_document(pair: DuplicatePair) -> dict[str, Any]:
    return {
        "records": [_record_document(pair.first), _record_document(pair.second)],
        "evidence": dict(pair.evidence),
        "probability": probability(pair.weight),
        "proposed_at": pair.proposed_at.isoformat(),
    }


def _joined_document(pair: JoinedPair) -> dict[str, Any]:
    return {
        "records": [_record_document(pair.first), _record_document(pair.second)],
        "joined_by": pair.joined_by,
        "joined_at": pair.joined_at.isoformat(),
        "reason": pair.reason,
    }


def _record_document(record: RecordShown) -> dict[str, Any]:
    born = record.date_of_birth
    document = {**vars(record), "date_of_birth": born and born.isoformat()}
    del document["person"]  # a key that only RMS uses
    return document
