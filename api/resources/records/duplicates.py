"""Likely duplicates, and the decisions on them."""

from flask import Response

from api.auth.roles import OFFICE_PEOPLE, SUPERVISION
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.schemas.records.duplicates import (
    DuplicatesDecisionSchema,
    DuplicatesQuery,
    DuplicatesSchema,
    duplicates_document,
)
from api.services.records.duplicates import join_records, joined_pairs, proposed_pairs, separate_records

RULE = "/people/duplicates"

routes = Routes(
    "duplicates",
    about="Source records that may be about one person. RMS proposes pairs, and supervisors decide on them.",
)


@routes.get(RULE, Success(DuplicatesSchema), query=DuplicatesQuery, allow_roles=OFFICE_PEOPLE)
def listing(query: dict[str, int]) -> Response:
    """The most probable pairs of your offices that wait for a decision, and the latest joins."""
    context, limit = request_context(), query["limit"]
    return json_answer(
        duplicates_document(proposed_pairs(context, limit=limit), joined_pairs(context, limit=limit))
    )


@routes.post(
    f"{RULE}/join",
    Success(status=204, description="The records belong to one person now."),
    body=DuplicatesDecisionSchema,
    allow_roles=SUPERVISION,
)
def join() -> Response:
    """Join the people of a proposed pair. You can separate them again."""
    body = loaded(DuplicatesDecisionSchema(), json_body())
    join_records(request_context(), *body["records"], reason=body["reason"])
    return Response(status=204)


@routes.post(
    f"{RULE}/separate",
    Success(status=204, description="The records belong to two people, permanently."),
    body=DuplicatesDecisionSchema,
    allow_roles=SUPERVISION,
)
def separate() -> Response:
    """Keep two records apart, or separate them again if they were joined. This cannot be undone."""
    body = loaded(DuplicatesDecisionSchema(), json_body())
    separate_records(request_context(), *body["records"], reason=body["reason"])
    return Response(status=204)
