"""Every rule under one name: its rule sets, what it asks, and its decision on one case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Generic, TypeVar

from rms.errors import InvalidInput, NotFound, Problem, listed, not_allowed, shown
from rms.rules.allocation import AllocationCase, allocation
from rms.rules.case_reading import (
    FIRST_DAY,
    LAST_DAY,
    WRONG_VALUE,
    Given,
    case_from,
    field_names,
    is_usual_day,
)
from rms.rules.catalogue import (
    ALLOCATION,
    COHORT,
    EARLY_ALLOCATION,
    HANDOVER,
    NEEDS,
    OGP,
    OGRS3,
    OVP,
    RSR,
    SCHEDULE_15,
    TIER_V2,
    TIER_V3,
)
from rms.rules.cohort import CohortCase, cohort
from rms.rules.decision import Decision
from rms.rules.early_allocation import EarlyAllocationCase, early_allocation
from rms.rules.editions import Editions
from rms.rules.handover import ESTATES, HandoverCase, handover
from rms.rules.needs import needs_of
from rms.rules.predictors.deciding import (
    OGRS3_ASKS,
    RSR_ASKS,
    SPELLINGS,
    answers_of,
    decide_ogrs3,
    decide_points,
    decide_rsr,
    ogrs3_case,
    rsr_case,
)
from rms.rules.predictors.ogrs3 import SEXES
from rms.rules.predictors.points import PointScale
from rms.rules.rule_sets import RuleSetHead, in_force
from rms.rules.schedule_15 import SEXUAL, VIOLENT
from rms.rules.tier_v2 import TierV2Case, tier_v2
from rms.rules.tier_v3 import TierV3Case, tier_v3

Set = TypeVar("Set")
Case = TypeVar("Case")
CHOICES = {
    "sex": SEXES,
    "rosh": ("low", "medium", "high", "very_high"),
    "sentence_kind": ("custody", "suspended", "community", "other"),
    "resourcing": ("normal", "enhanced"),
    "estate": ESTATES,
    "contact_band": ("low", "medium", "high", "very_high"),
}


@dataclass(frozen=True)
class Variant(Generic[Set, Case]):
    """The rule sets of one shape: what they ask, and how one of them decides."""

    editions: Editions[Any]
    asks: tuple[str, ...]
    read: Callable[[Given, date], Case]
    decide: Callable[[Case, Set, date], Decision]


@dataclass(frozen=True)
class Rule:
    """A rule as people call it. `results`: the figures and dates of its decisions, by name."""

    name: str
    title: str
    variants: tuple[Variant[Any, Any], ...]
    outcomes: str
    results: tuple[str, ...] = field(default=())

    def heads(self) -> list[RuleSetHead]:
        return [one.head for variant in self.variants for one in variant.editions.every()]

    def in_force(self, day: date) -> str:
        """The version of the rule set of a day.

        Raises
        ------
        NotFound
            If none was in force.
        """
        return in_force(self.heads(), day, of=self.name).version

    def decide(self, given: Given, *, today: date, version: str | None = None) -> Decision:
        """The decision on one case: by the rule set of `version`, or by the one in force on the day.

        Raises
        ------
        InvalidInput
            With every value of the case that is missing or not allowed, or if no decision can be of the day.
        NotFound
            If there is no such rule set.
        """
        check_day(today)
        variant, rules = self._rule_set(version or self.in_force(today))
        return variant.decide(variant.read(given, today), rules, today)

    def asks(self, version: str) -> tuple[str, ...]:
        """The fields of a case for this rule set."""
        return self._rule_set(version)[0].asks

    def _rule_set(self, version: str) -> tuple[Variant[Any, Any], Any]:
        for variant in self.variants:
            if version in variant.editions.versions:
                return variant, variant.editions.named(version)
        known = listed(head.version for head in self.heads())
        raise NotFound(f"There is no rule set {shown(version)} of {self.name}; there are {known}.")


def check_day(today: date) -> None:
    """
    Raises
    ------
    InvalidInput
        If no decision can be of this day.
    """
    if not is_usual_day(today):
        allowed = f"a date from {FIRST_DAY.year} to {LAST_DAY.year}"
        detail = not_allowed(today.isoformat(), name="as_at", allowed=allowed)
        raise InvalidInput([Problem("/as_at", WRONG_VALUE, detail)])


def rule_named(name: str) -> Rule:
    """
    Raises
    ------
    NotFound
        If there is none.
    """
    if name not in RULES:
        raise NotFound(f"There is no rule {shown(name)}; there are {listed(RULES)}.")
    return RULES[name]


def _plain(kind: type[Case]) -> Callable[[Given, date], Case]:
    return lambda given, today: case_from(kind, given, choices=CHOICES, spellings=SPELLINGS)


OFFENCE_CODES = "offence_codes"  # of the event of an allocation


@dataclass(frozen=True)
class _Event:
    offence_codes: tuple[str, ...] = ()


def _allocation_case(given: Given, today: date) -> AllocationCase:
    """A case; with codes of the event’s offences, schedule 15 says whether they are violent or sexual."""
    case = case_from(AllocationCase, given, choices=CHOICES, spellings=SPELLINGS)
    codes = case_from(_Event, given, choices={}, spellings={}).offence_codes
    schedule = SCHEDULE_15.in_force(today)
    parts = frozenset(part for code in codes for part in schedule.parts(code))
    return replace(
        case,
        schedule_15_violent=case.schedule_15_violent or VIOLENT in parts,
        schedule_15_sexual=case.schedule_15_sexual or SEXUAL in parts,
    )


ANSWERS = "answers"  # of OASys, by question; in CSV a column for each, such as `oasys 3.3`
ANSWER_COLUMN = "oasys "


def _tier_v2_case(given: Given, today: date) -> TierV2Case:
    case = case_from(TierV2Case, given, choices=CHOICES, spellings=SPELLINGS)
    rules = NEEDS.in_force(today)
    answers = given.get(ANSWERS)
    if not isinstance(answers, Mapping):
        start = len(ANSWER_COLUMN)
        answers = {name[start:]: value for name, value in given.items() if name.startswith(ANSWER_COLUMN)}
    read = {question: _answer(question, value) for question, value in answers.items()}
    return replace(case, needs=needs_of(read, rules))


def _answer(question: str, value: object) -> int | None:
    if value is None or value == "":
        return None
    number = int(value) if isinstance(value, str) and value in ("0", "1", "2") else value
    if isinstance(number, bool) or not isinstance(number, int):
        detail = f"{shown(value)} is not allowed. {question} must be 0, 1 or 2."
        raise InvalidInput([Problem(f"/{ANSWERS}/{question}", "wrong_value", detail)])
    return number


def _variant(
    editions: Editions[Any],
    kind: type[Case],
    decide: Callable[..., Decision],
    read: Callable[[Given, date], Case] | None = None,
    *more: str,
) -> Variant[Any, Case]:
    """Rule sets that ask for the fields of a dataclass. `read`, `more`: another reading, with more fields."""
    return Variant(
        editions,
        (*field_names(kind), *more),
        read or _plain(kind),
        lambda case, rules, today: decide(case, rules, today=today),
    )


def _points_rule(name: str, title: str, editions: Editions[PointScale]) -> Rule:
    """A predictor that is a table of points. Its fields follow from the table."""
    fields = editions.named(editions.versions[0]).fields
    return Rule(
        name=name,
        title=title,
        variants=(
            Variant(editions, tuple(fields), lambda given, today: answers_of(given, fields), decide_points),
        ),
        outcomes="the band of the percent within two years.",
        results=("points", "percent_one_year", "percent_two_years"),
    )


RULES = {
    rule.name: rule
    for rule in (
        Rule(
            name="ogrs3",
            title="OGRS3: probability of reconviction within one and two years",
            variants=(Variant(OGRS3, OGRS3_ASKS, ogrs3_case, decide_ogrs3),),
            outcomes="the band of the percent within two years.",
            results=("p1yr", "p2yr", "percent_one_year", "percent_two_years"),
        ),
        Rule(
            name="allocation",
            title="Allocation: retained or allocated",
            variants=(_variant(ALLOCATION, AllocationCase, allocation, _allocation_case, OFFENCE_CODES),),
            outcomes="retained (enhanced resourcing) or allocated (normal resourcing).",
        ),
        Rule(
            name="handover",
            title="Handover: when responsibility goes to the community",
            variants=(_variant(HANDOVER, HandoverCase, handover),),
            outcomes="who is responsible on the day: the community manager (com), the prison manager (pom), "
            "or the prison manager with a community manager (pom_with_com).",
            results=("start", "handover"),
        ),
        Rule(
            name="tier",
            title="Tier: how much a case needs",
            variants=(
                _variant(TIER_V2, TierV2Case, tier_v2, _tier_v2_case, ANSWERS),
                _variant(TIER_V3, TierV3Case, tier_v3),
            ),
            outcomes="a letter and a number, such as B2 (version 2), or a letter from A to G (version 3).",
            results=("protect_points", "change_points", "provisional"),
        ),
        Rule(
            name="cohort",
            title="Cohort of integrated offender management: fixed, flex or free",
            variants=(_variant(COHORT, CohortCase, cohort),),
            outcomes="fixed, flex, free or not_selected. It is a proposal: the selection needs a judgement.",
        ),
        Rule(
            name="early_allocation",
            title="Early allocation: whether a prisoner may go to the community manager early",
            variants=(_variant(EARLY_ALLOCATION, EarlyAllocationCase, early_allocation),),
            outcomes="eligible, discretionary or not eligible.",
            results=("referral_opens", "referral_is_open", "allocated_early"),
        ),
        _points_rule("ogp", "OGP: reoffending without violence within one and two years", OGP),
        _points_rule("ovp", "OVP: reoffending with violence within one and two years", OVP),
        Rule(
            name="rsr",
            title="RSR: serious reoffending within two years, with its parts",
            variants=(Variant(RSR, RSR_ASKS, rsr_case, decide_rsr),),
            outcomes="the band of the percent.",
            results=("percent", "snsv_form", "contact_band", "images_band"),
        ),
    )
}
