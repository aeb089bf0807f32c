"""Decisions on cases that a system sends. No decision is stored, and no person is looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from api.services.context import Context
from rms.errors import InvalidInput, Problem
from rms.rules.decision import Decision
from rms.rules.rule_book import Rule, check_day


@dataclass(frozen=True)
class Answer:
    """A decision, or why there is none."""

    decision: Decision | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Decided:
    """The answers, one for each case in their order, with the rule set and the day that they are of."""

    rule_set: str
    as_at: date
    answers: tuple[Answer, ...]


def decide_cases(
    context: Context,
    rule: Rule,
    cases: Sequence[Mapping[str, object]],
    *,
    as_at: date | None = None,
    version: str | None = None,
) -> Decided:
    """By default by the rules of today. The audit log has how many cases were asked about.

    Raises
    ------
    InvalidInput
        If no decision can be of the day.
    NotFound
        If there is no such rule set, or none was in force on the day.
    """
    day = as_at or context.today
    check_day(day)
    chosen = version or rule.in_force(day)
    asked = set(rule.asks(chosen))
    answers = tuple(_answer(rule, case, day, chosen, asked) for case in cases)
    with context.store.transaction() as tx:
        tx.audit.append(
            "rules.decided",
            actor=context.by,
            at=context.at,
            object_kind="rule",
            object_key=rule.name,
            detail={"rule_set": chosen, "cases": len(answers)},
        )
    return Decided(chosen, day, answers)


def _answer(rule: Rule, case: Mapping[str, object], day: date, version: str, asked: set[str]) -> Answer:
    unknown = [
        Problem(f"/{name}", "unknown_field", f"{rule.name} asks for no such field.")
        for name in case
        if name not in asked
    ]
    if unknown:
        return Answer(None, tuple(unknown))
    try:
        return Answer(rule.decide(case, today=day, version=version))
    except InvalidInput as error:
        return Answer(None, error.problems)
