"""API routes for overrides and the decisions on them."""

from flask import Response

from api.auth.roles import CASEWORK, PROFESSIONALS, SUPERVISION
from api.context import request_context
from api.resources.assessments.created import created
from api.resources.routing import Routes, Success, json_answer
from api.schemas.assessments.overrides import (
    DecisionBodySchema,
    OverrideBodySchema,
    OverrideSchema,
    OverridesSchema,
    OverrideSummarySchema,
    new_decision,
    new_override,
    shown_override,
    shown_summary,
)
from api.schemas.json_body import json_body
from api.services.assessments.overrides import decide, override, override_summary, overrides_of

routes = Routes("overrides", about="Judgements that differ from what people who resemble this person did.")


@routes.post(
    "/assessments/<string:id>/overrides",
    Success(OverrideSchema, status=201),
    body=OverrideBodySchema,
    allow_roles=PROFESSIONALS,
)
def add(id: str) -> Response:
    """Record an override of one process. The score does not change; a supervisor decides on the override."""
    recorded = override(request_context(), id.upper(), new_override(json_body()))
    return created(shown_override(recorded), id=id, part="overrides")


@routes.get("/assessments/<string:id>/overrides", Success(OverridesSchema), allow_roles=CASEWORK)
def listing(id: str) -> Response:
    """List all overrides of the assessment, oldest first."""
    overrides = overrides_of(request_context(), id.upper())
    return json_answer({"overrides": [shown_override(each) for each in overrides]})


@routes.post(
    "/assessments/<string:id>/overrides/<string:number>/decision",
    Success(OverrideSchema),
    body=DecisionBodySchema,
    allow_roles=SUPERVISION,
)
def decided(id: str, number: str) -> Response:
    """Record a supervisor's decision on another user's override. It is final."""
    decision, text = new_decision(json_body())
    recorded = decide(
        request_context(),
        id.upper(),
        int(number) if number.isdecimal() and len(number) < 10 else 0,
        decision,
        text=text,
    )
    return json_answer(shown_override(recorded))


@routes.get("/overrides/summary", Success(OverrideSummarySchema), allow_roles=SUPERVISION)
def summary() -> Response:
    """How often and in which direction users override, by process and officer. Small counts are not shown."""
    return json_answer(shown_summary(override_summary(request_context())))
