"""The needs of an OASys assessment: the score and the severity of each.

The limits stand in `sets/oasys-needs-*.toml`. Source: Ministry of Justice (2026), Integrated Offender
Management impact evaluation, technical annex, Table 4.1.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rms.errors import InvalidInput, Problem, not_allowed
from rms.instrument.reading import placed
from rms.instrument.shape import SOME_TEXTS, TEXTS, WHOLE, WRITTEN, Key, table_with, tables_with
from rms.rules.rule_sets import RuleSetHead, read_rule_set

NONE, STANDARD, SEVERE = "none", "standard", "severe"
HIGHEST_ANSWER = 2
_LIMITS = {name: Key(WHOLE, needed=True) for name in ("present", "severe")}
KEYS = {
    "reported_apart": Key(TEXTS, needed=True),
    "needs": Key(
        tables_with(
            {
                "code": Key(WRITTEN, needed=True),
                "label": Key(WRITTEN, needed=True),
                "questions": Key(SOME_TEXTS, needed=True),
                **_LIMITS,
                "san": Key(table_with(_LIMITS)),
                "tier_weight": Key(WHOLE, needed=True),
            }
        ),
        needed=True,
    ),
}


@dataclass(frozen=True)
class Limits:
    """The scores from which a need is present, and from which it is severe."""

    present: int
    severe: int


@dataclass(frozen=True)
class NeedRule:
    code: str
    label: str
    questions: tuple[str, ...]
    limits: Limits
    san_limits: Limits
    tier_weight: int

    @property
    def highest(self) -> int:
        return HIGHEST_ANSWER * len(self.questions)


@dataclass(frozen=True)
class NeedRules:
    """`reported_apart`: needs that have no score here."""

    head: RuleSetHead
    needs: tuple[NeedRule, ...]
    reported_apart: tuple[str, ...]


@dataclass(frozen=True)
class NeedFound:
    """`score`: from 0 to `rule.highest`, None if all answers are missing. `severity`: None then, too.

    `missing`: the questions without an answer. Each adds 0, so the true score may be higher.
    """

    rule: NeedRule
    score: int | None
    severity: str | None
    missing: tuple[str, ...]

    @property
    def is_present(self) -> bool:
        return self.severity in (STANDARD, SEVERE)


def needs_of(
    answers: Mapping[str, int | None], rules: NeedRules, *, by_strengths: bool = False
) -> tuple[NeedFound, ...]:
    """Each need of an assessment, in the order of the rules.

    `answers`: 0, 1 or 2 by question; None or no entry is missing. `by_strengths`: the assessment is one of
    strengths and needs (SAN), which has limits of its own.

    Raises
    ------
    InvalidInput
        If an answer is another number.
    """
    asked = [question for rule in rules.needs for question in rule.questions]
    problems = [
        Problem(f"/{question}", "needs", not_allowed(answers[question], name=question, allowed="0, 1 or 2"))
        for question in asked
        if answers.get(question) not in (None, 0, 1, HIGHEST_ANSWER)
    ]
    if problems:
        raise InvalidInput(problems)
    return tuple(
        _found(rule, answers, rule.san_limits if by_strengths else rule.limits) for rule in rules.needs
    )


def _found(rule: NeedRule, answers: Mapping[str, int | None], limits: Limits) -> NeedFound:
    given = [answer for question in rule.questions if (answer := answers.get(question)) is not None]
    missing = tuple(question for question in rule.questions if answers.get(question) is None)
    if not given:
        return NeedFound(rule, None, None, missing)
    score = sum(given)
    severity = SEVERE if score >= limits.severe else STANDARD if score >= limits.present else NONE
    return NeedFound(rule, score, severity, missing)


def need_rules_from(text: str) -> NeedRules:
    """The rules from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and if limits do not rise or a question stands twice.
    """
    table = read_rule_set(text, KEYS)
    if problems := list(_problems(table["needs"])):
        raise InvalidInput(placed(problems, text))
    return NeedRules(
        head=RuleSetHead.of(table),
        needs=tuple(_need_rule(need) for need in table["needs"]),
        reported_apart=tuple(table["reported_apart"]),
    )


def _need_rule(need: Mapping[str, Any]) -> NeedRule:
    limits = Limits(need["present"], need["severe"])
    return NeedRule(
        code=need["code"],
        label=need["label"],
        questions=tuple(need["questions"]),
        limits=limits,
        san_limits=Limits(**need["san"]) if "san" in need else limits,
        tier_weight=need["tier_weight"],
    )


def _problems(needs: list[Mapping[str, Any]]) -> Iterator[Problem]:
    asked: set[str] = set()
    for at, need in enumerate(needs):
        most = HIGHEST_ANSWER * len(need["questions"])
        for limits in (need, need.get("san", need)):
            if not 0 < limits["present"] < limits["severe"] <= most:
                detail = f"present and severe must rise from 1 to {most}, which is 2 for each question."
                yield Problem(f"/needs/{at}/severe", "rule_set", detail)
        if twice := asked.intersection(need["questions"]):
            yield Problem(f"/needs/{at}/questions", "rule_set", f"{min(twice)} is in two needs.")
        asked.update(need["questions"])
