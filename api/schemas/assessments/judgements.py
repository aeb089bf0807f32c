"""Own judgements as JSON: process → judgement and confidence."""

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, fields

from api.schemas.problems import loaded
from api.schemas.strict_fields import OneOf, SafeText, WholeNumber
from api.services.assessments.judgements import Judgement, OwnJudgement
from api.storage import Judged

JUDGEMENTS = tuple(str(one) for one in Judgement)
COMPARISON = "How likely the outcome is for this person, compared with most people under supervision."


class OwnJudgementSchema(Schema):
    judgement = OneOf(*JUDGEMENTS, required=True, metadata={"description": COMPARISON})
    confidence = WholeNumber(least=1, most=5, required=True, metadata={"description": "1 is least sure."})


class OwnJudgementsSchema(Schema):
    """Your own judgement of every process of the assessment."""

    judgements = fields.Dict(
        keys=SafeText(longest=40),
        values=fields.Nested(OwnJudgementSchema),
        required=True,
        metadata={"description": "Process → own judgement."},
    )


class JudgedSchema(OwnJudgementSchema):
    process = fields.String(required=True)
    scores_seen = fields.Boolean(
        required=True, metadata={"description": "Whether you saw the scores before you judged."}
    )
    at = fields.AwareDateTime(required=True)


class JudgedListSchema(Schema):
    judgements = fields.List(fields.Nested(JudgedSchema), required=True)


def own_judgements_from(body: object) -> Mapping[str, OwnJudgement]:
    """
    Raises
    ------
    InvalidInput
        With all problems of the body's shape.
    """
    given: Mapping[str, Mapping[str, Any]] = loaded(OwnJudgementsSchema(), body)["judgements"]
    return {
        process: OwnJudgement(Judgement(one["judgement"]), one["confidence"])
        for process, one in given.items()
    }


def shown_judged(judgements: Iterable[Judged]) -> dict[str, Any]:
    return {"judgements": [{**vars(one), "at": one.at.isoformat()} for one in judgements]}
