"""API routes of published rules: which there are, and their decisions on the cases that a system sends."""

from flask import Response

from api.auth import requires_scope
from api.auth.roles import OFFENDER_LISTS
from api.context import request_context
from api.resources.routing import Routes, Success, json_answer
from api.schemas.json_body import json_body
from api.schemas.problems import loaded
from api.schemas.rules.decisions import (
    CasesSchema,
    RuleDecisionsSchema,
    RulesSchema,
    shown_answer,
    shown_rule,
)
from api.services.access.scopes import Scope
from api.services.rules.deciding import decide_cases
from rms.rules.rule_book import RULES, rule_named

routes = Routes("rules", about="Published rules, and their decisions with all reasons.")


@routes.get("/rules", Success(RulesSchema), allow_roles=OFFENDER_LISTS)
@requires_scope(Scope.RULES_DECIDE)
def every() -> Response:
    """All rules with their rule sets, sources, days in force, and the fields that a case can have."""
    return json_answer({"rules": [shown_rule(rule) for rule in RULES.values()]})


@routes.post(
    "/rules/<string:rule>/decisions",
    Success(RuleDecisionsSchema),
    body=CasesSchema,
    allow_roles=OFFENDER_LISTS,
)
@requires_scope(Scope.RULES_DECIDE)
def decide(rule: str) -> Response:
    """Decide one case or up to 1,000. RMS stores no decision and looks up no person.

    Every case gets an answer, in the order of the cases: a decision with its reasons, or the problems of the
    case. What is missing is never guessed. It is flagged.
    """
    body, chosen = loaded(CasesSchema(), json_body()), rule_named(rule)
    found = decide_cases(
        request_context(), chosen, body["cases"], as_at=body.get("as_at"), version=body.get("rule_set")
    )
    return json_answer(
        {
            "rule": chosen.name,
            "rule_set": found.rule_set,
            "as_at": found.as_at.isoformat(),
            "decisions": [shown_answer(answer) for answer in found.answers],
        }
    )
