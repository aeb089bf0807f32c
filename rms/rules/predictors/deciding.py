"""The predictors as rules: how a case is read from values with names, and its score as a decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rms.rules.case_reading import Given, case_from, field_names, whole_number
from rms.rules.decision import Decision, Reason, Value
from rms.rules.predictors.ogrs3 import (
    SEXES,
    Ogrs3Case,
    Ogrs3Parameters,
    case_of_dates,
    ogrs3,
    percent_shown,
)
from rms.rules.predictors.points import Answers, PointScale, point_score
from rms.rules.predictors.registry import OFFENCE_CATEGORIES, OGRS3, SNSV, SNSV_CATEGORIES
from rms.rules.predictors.rsr import RsrCase, RsrParameters, rsr
from rms.rules.predictors.snsv import SnsvCase

SPELLINGS = {"M": "male", "F": "female"}
_SEX = {"sex": SEXES}
_OGRS3_CHOICES = {**_SEX, "offence_category": tuple(OGRS3.named("ogrs3-2009").offences)}
DAYS = ("date_of_birth", "convicted_on", "first_sanction_on", "followup_from", "total_sanctions")
OGRS3_ASKS = (*field_names(Ogrs3Case), "offence_code", *DAYS)
RSR_ASKS = (*field_names(SnsvCase), "offence_code", *field_names(RsrCase), *SNSV.named("snsv-2018").dynamic)


@dataclass(frozen=True)
class _Ogrs3Days:
    """A case of OGRS3 by days instead of ages."""

    sex: str
    date_of_birth: date
    convicted_on: date
    first_sanction_on: date
    followup_from: date
    total_sanctions: int
    offence_category: str
    only_cautions: bool = False


def ogrs3_case(given: Given, today: date) -> Ogrs3Case:
    """A case with ages, or with days if it has a date of birth; the category of its code if it has none."""
    if given.get("offence_code") and not given.get("offence_category"):
        categories = OFFENCE_CATEGORIES.in_force(today)
        given = {**given, "offence_category": categories.category(str(given["offence_code"]))}
    if not given.get("date_of_birth"):
        return case_from(Ogrs3Case, given, choices=_OGRS3_CHOICES, spellings=SPELLINGS)
    days = case_from(_Ogrs3Days, given, choices=_OGRS3_CHOICES, spellings=SPELLINGS)
    named = {name: value for name, value in vars(days).items() if name != "date_of_birth"}
    return case_of_dates(born=days.date_of_birth, **named)


def decide_ogrs3(case: Ogrs3Case, parameters: Ogrs3Parameters, today: date) -> Decision:
    """The band, with the probabilities and each term of the sum."""
    score = ogrs3(case, parameters)
    terms = {
        "age_and_sex": (f"Age {case.age_at_followup_start}, {case.sex}", ("age_at_followup_start", "sex")),
        "status": (_status_words(case), ("previous_sanctions", "only_cautions")),
        "sanctions": (
            f"Sanctions before this one: {case.previous_sanctions}, since the age of "
            f"{case.age_at_first_sanction}",
            ("previous_sanctions", "age_at_first_sanction", "age_at_conviction"),
        ),
        "offence": (case.offence_category, ("offence_category",)),
    }
    return Decision(
        rule="ogrs3",
        rule_set=score.rule_set,
        as_at=today,
        outcome=score.band,
        reasons=tuple(
            Reason(name, f"{says}: {score.terms[name]:+.4f}.", of) for name, (says, of) in terms.items()
        ),
        inputs=dict(vars(case)),
        results={
            "p1yr": score.one_year,
            "p2yr": score.two_years,
            "percent_one_year": percent_shown(score.one_year),
            "percent_two_years": score.percent_two_years,
        },
    )


def _status_words(case: Ogrs3Case) -> str:
    if case.only_cautions:
        return "Only cautions"
    return "Sanctioned before" if case.previous_sanctions else "First conviction"


def answers_of(given: Given, names: Mapping[str, object]) -> Answers:
    """The whole numbers under these names; yes is 1 and no is 0. What is blank is missing."""
    return {name: whole_number(given.get(name), name=name) for name in names}


def decide_points(answers: Answers, scale: PointScale, today: date) -> Decision:
    """The band of OGP or OVP, with the percents and the points of each term."""
    score = point_score(answers, scale)
    fields = {term.name: term.fields for term in scale.terms}
    percents: dict[str, Value] = {f"percent_{period}": value for period, value in score.percents.items()}
    return Decision(
        rule=scale.head.rule,
        rule_set=score.rule_set,
        as_at=today,
        outcome=score.band,
        reasons=tuple(
            Reason(name, f"{name.replace('_', ' ').capitalize()}: {points} points.", fields[name])
            for name, points in score.terms.items()
        ),
        inputs=dict(answers),
        results={"points": score.points, **percents},
    )


def rsr_case(given: Given, today: date) -> RsrCase:
    """The case of the sum and of SNSV, from the same values; the category of its code if it has none."""
    parameters = SNSV.named("snsv-2018")
    if given.get("offence_code") and not given.get("offence_category"):
        categories = SNSV_CATEGORIES.in_force(today)
        given = {**given, "offence_category": categories.category(str(given["offence_code"]))}
    choices = {**_SEX, "offence_category": tuple(parameters.tables["offences"])}
    answers = answers_of(given, parameters.dynamic)
    of_snsv = case_from(SnsvCase, given, choices=choices, spellings=SPELLINGS, answers=answers)
    return case_from(RsrCase, given, choices=choices, spellings=SPELLINGS, snsv=of_snsv)


def decide_rsr(case: RsrCase, parameters: RsrParameters, today: date) -> Decision:
    """The band of RSR, with its percent and the percent of each part."""
    score = rsr(case, parameters)
    of_snsv: dict[str, Any] = {**vars(case.snsv), **case.snsv.answers}
    inputs = {name: value for name, value in {**of_snsv, **vars(case)}.items() if not _is_nested(value)}
    return Decision(
        rule="rsr",
        rule_set=score.rule_set,
        as_at=today,
        outcome=score.band,
        reasons=tuple(
            Reason(name, f"{name.upper().replace('_', ' ')}: {percent:.2f} %.")
            for name, percent in score.terms.items()
        ),
        inputs=inputs,
        results={
            "percent": score.percent,
            "snsv_form": score.snsv.form,
            "contact_band": score.contact_band,
            "images_band": score.images_band,
        },
    )


def _is_nested(value: object) -> bool:
    return isinstance(value, Mapping | SnsvCase)
