"""Recommendations and decisions on them as JSON."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from api.schemas.answer_fields import maybe_text, text
from api.schemas.harm.offender_list import ComponentsSchema, HarmListSchema
from api.schemas.json_body import Json
from api.schemas.problems import loaded
from api.schemas.search.search import LARGEST_PAGE
from api.schemas.strict_fields import LongText, OneOf, SafeText, StrictDate, StrictInt
from api.storage import Recommendation
from rms.harm.score import shown_score
from rms.meetings.recommendations import LONGEST_REASON, Kind, Proposal, State
from rms.records.choices import COHORTS

ENDS = tuple(str(state) for state in State if state is not State.WAITING)


class AreaRecommendationsQuery(Schema):
    since = StrictDate(metadata={"description": "Also those made or decided on this day or later."})
    limit = StrictInt(least=1, most=LARGEST_PAGE, load_default=50)
    cursor = SafeText(longest=300, metadata={"description": "`next` of the previous page."})


class RecommendationBodySchema(Schema):
    """What is recommended about a person, and why. It changes no plan and no registration."""

    kind = OneOf(*map(str, Kind), required=True)
    cohort = OneOf(
        *COHORTS,
        allow_none=True,
        load_default=None,
        metadata={"description": "The cohort suggested. Null for a person who is to be deselected."},
    )
    reason = LongText(longest=LONGEST_REASON, required=True)
    criteria = fields.Nested(
        HarmListSchema,
        load_default=dict,
        metadata={"description": "The list in which the rank of the person is kept; by default everybody."},
    )


class RecommendationDecisionBodySchema(Schema):
    state = OneOf(
        *ENDS,
        required=True,
        metadata={"description": "`withdrawn` by the author; the others by a supervisor who is not."},
    )
    reason = LongText(longest=LONGEST_REASON, required=True)


class RecommendationDecisionSchema(Schema):
    state = fields.String(required=True, metadata={"enum": list(ENDS)})
    reason = text()
    by = text()
    at = fields.AwareDateTime(required=True)


class ScoreThenSchema(Schema):
    """The harm score as the last calculation before the recommendation found it."""

    day = fields.Date(required=True)
    score = fields.Float(required=True)
    band = maybe_text()
    components = fields.Nested(ComponentsSchema, required=True)
    rules = text(description="The versions of the settings and of the severity table.")


class RecommendationSchema(Schema):
    """A recommendation. It is never changed: a decision is an entry of its own."""

    id = text()
    person = text()
    kind = fields.String(required=True, metadata={"enum": [str(kind) for kind in Kind]})
    cohort = maybe_text()
    reason = text()
    by = text()
    at = fields.AwareDateTime(required=True)
    state = fields.String(required=True, metadata={"enum": [str(state) for state in State]})
    harm_score = fields.Nested(
        ScoreThenSchema,
        required=True,
        allow_none=True,
        metadata={"description": "Null if the person had none."},
    )
    rank = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "In the list of `criteria`; null if not on it."},
    )
    criteria = text(description="The criteria of the list, in words, without names.")
    decision = fields.Nested(RecommendationDecisionSchema, required=True, allow_none=True)


class RecommendationsSchema(Schema):
    recommendations = fields.List(fields.Nested(RecommendationSchema), required=True)


class AreaRecommendationsSchema(RecommendationsSchema):
    next = maybe_text(description="The cursor of the next page; null on the last one.")


def new_proposal(body: object) -> tuple[Proposal, Mapping[str, Any]]:
    """What is recommended, and the criteria of the list.

    Raises
    ------
    InvalidInput
        With all problems of the body.
    """
    given = loaded(RecommendationBodySchema(), body)
    return Proposal(Kind(given["kind"]), given["cohort"], given["reason"]), given["criteria"]


def new_end(body: object) -> tuple[State, str]:
    """The decision and its reason.

    Raises
    ------
    InvalidInput
        With all problems of the body.
    """
    given = loaded(RecommendationDecisionBodySchema(), body)
    return State(given["state"]), given["reason"]


def shown_recommendation(made: Recommendation, *, id: str, person: str) -> Json:
    score, decision = made.score, made.decision
    return {
        "id": id,
        "person": person,
        "kind": str(made.kind),
        "cohort": made.cohort,
        "reason": made.reason,
        "by": made.by,
        "at": made.at.isoformat(),
        "state": str(made.state),
        "harm_score": None
        if score is None
        else {
            "day": score.day.isoformat(),
            "score": float(shown_score(score.score)),
            "band": score.band,
            "components": {name: float(shown_score(value)) for name, value in score.components.items()},
            "rules": score.rules,
        },
        "rank": made.rank.rank,
        "criteria": made.rank.criteria,
        "decision": None
        if decision is None
        else {
            "state": str(decision.state),
            "reason": decision.reason,
            "by": decision.by,
            "at": decision.at.isoformat(),
        },
    }
