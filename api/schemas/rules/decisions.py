"""Rules, their rule sets and their decisions as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from api.schemas.answer_fields import maybe_text, text
from api.schemas.json_body import MOST_ENTRIES, Json
from api.schemas.strict_fields import SafeText, StrictDate
from api.services.rules.deciding import Answer
from rms.rules.decision import Decision, Value
from rms.rules.rule_book import Rule
from rms.rules.rule_sets import RuleSetHead


class RuleSetSchema(Schema):
    version = text()
    title = text()
    source = text()
    in_force_from = maybe_text(format="date", description="Null: used only where it is named.")
    in_force_to = maybe_text(format="date", description="The last day. Null: until another follows.")
    asks = fields.List(
        fields.String(), required=True, metadata={"description": "The fields that a case can have."}
    )


class RuleSchema(Schema):
    rule = text()
    title = text()
    outcomes = text(description="What an outcome can be.")
    rule_sets = fields.List(fields.Nested(RuleSetSchema), required=True)


class RulesSchema(Schema):
    rules = fields.List(fields.Nested(RuleSchema), required=True)


class CasesSchema(Schema):
    """Cases to decide."""

    as_at = StrictDate(metadata={"description": "The day of the decision. Without it, today."})
    rule_set = SafeText(
        longest=64, metadata={"description": "A version. Without it, the rule set in force on the day."}
    )
    cases = fields.List(
        fields.Dict(keys=fields.String(), values=fields.Raw(allow_none=True)),
        required=True,
        validate=validate.Length(min=1, max=MOST_ENTRIES, error="Send 1 to 1,000 cases."),
        metadata={"description": "The fields of a rule set are in `asks` of the rules."},
    )


class RuleReasonSchema(Schema):
    row = text(description="The name of the row in the rule set.")
    says = text()
    fields_ = fields.List(fields.String(), required=True, data_key="fields")
    records = fields.List(
        fields.String(), required=True, metadata={"description": "IDs of the records that it rests on."}
    )


class RuleFlagSchema(Schema):
    name = text()
    says = text()
    fields_ = fields.List(fields.String(), required=True, data_key="fields")


class CaseProblemSchema(Schema):
    pointer = text(description="The field: `/rsr`.")
    code = text()
    detail = text()


class RuleDecisionSchema(Schema):
    """A decision, or its problems if there is none."""

    outcome = maybe_text(description="Null if there is none.")
    reasons = fields.List(fields.Nested(RuleReasonSchema), required=True)
    flags = fields.List(
        fields.Nested(RuleFlagSchema), required=True, metadata={"description": "What to check in the case."}
    )
    results = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "Figures and days of the outcome."}
    )
    inputs = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "Everything that the rule was given."}
    )
    problems = fields.List(fields.Nested(CaseProblemSchema), required=True)


class RuleDecisionsSchema(Schema):
    """One decision for each case, in the order of the cases."""

    rule = text()
    rule_set = text()
    as_at = text(format="date")
    decisions = fields.List(fields.Nested(RuleDecisionSchema), required=True)


def shown_rule(rule: Rule) -> Json:
    return {
        "rule": rule.name,
        "title": rule.title,
        "outcomes": rule.outcomes,
        "rule_sets": [_shown_set(rule, head) for head in rule.heads()],
    }


def _shown_set(rule: Rule, head: RuleSetHead) -> Json:
    return {
        "version": head.version,
        "title": head.title,
        "source": head.source,
        "in_force_from": head.in_force_from and head.in_force_from.isoformat(),
        "in_force_to": head.in_force_to and head.in_force_to.isoformat(),
        "asks": list(rule.asks(head.version)),
    }


_NONE: Json = {"outcome": None, "reasons": [], "flags": [], "results": {}, "inputs": {}}


def shown_answer(answer: Answer) -> Json:
    if answer.decision is None:
        problems = [asdict(problem) for problem in answer.problems]
        return {
            "outcome": None,
            "reasons": [],
            "flags": [],
            "results": {},
            "inputs": {},
            "problems": problems,
        }
    return {**_shown(answer.decision), "problems": []}


def _shown(decision: Decision) -> Json:
    return {
        "outcome": decision.outcome,
        "reasons": [asdict(reason) for reason in decision.reasons],
        "flags": [asdict(flag) for flag in decision.flags],
        "results": _values(decision.results),
        "inputs": _values(decision.inputs),
    }


def _values(values: Mapping[str, Value]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
