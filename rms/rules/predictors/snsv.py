"""SNSV: the probability of serious violence without sexual offences, a part of the RSR.

The parameters stand in `sets/snsv-*.toml`. Source: Ministry of Justice, rsr-calculator (2018).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rms.calendar import completed_years
from rms.errors import InvalidInput, Problem, listed, not_allowed
from rms.instrument.shape import NUMBER, WHOLE, WRITTEN, Key, table_with
from rms.rules.predictors.ogrs3 import SEXES, YOUNGEST
from rms.rules.rule_sets import RuleSetHead, named_tables, read_rule_set

STATIC, DYNAMIC = "static", "dynamic"
PERIODS = ("one_year", "two_years")
Pair = Mapping[str, float]  # the weights of both forms
_PAIR = table_with({form: Key(NUMBER, needed=True) for form in (STATIC, DYNAMIC)})
_WHOLE_KEYS = ("most_sanctions", "most_months", "years_added", "years_added_violence")


def _pairs(*names: str) -> Key:
    return Key(table_with({name: Key(_PAIR, needed=True) for name in names}), needed=True)


def _powers(first: int) -> tuple[str, ...]:
    return tuple(f"power_{power}" for power in range(first, 5))


KEYS = {
    **{name: Key(WHOLE, needed=True) for name in _WHOLE_KEYS},
    "violence": Key(WRITTEN, needed=True),
    "intercepts": _pairs(*PERIODS),
    "age": Key(table_with({sex: _pairs(*_powers(0)) for sex in SEXES}), needed=True),
    "offences": Key(named_tables(_PAIR), needed=True),
    "violence_kinds": Key(named_tables(_PAIR), needed=True),
    "sanctions": _pairs("first", "second", "each"),
    "years_to_second": _pairs(*SEXES),
    "rate": _pairs(*SEXES),
    "months": _pairs(*_powers(1)),
    "violent_sanctions": _pairs("none_male", "none_female", "once", "each", "rate"),
    "dynamic": Key(
        named_tables(table_with({"weight": Key(NUMBER, needed=True), "highest": Key(WHOLE, needed=True)})),
        needed=True,
    ),
}


@dataclass(frozen=True)
class SnsvParameters:
    """`tables`: the weights, as the TOML file has them. `dynamic`: weight and highest answer by name."""

    head: RuleSetHead
    tables: Mapping[str, Any]
    dynamic: Mapping[str, tuple[float, int]]


@dataclass(frozen=True)
class SnsvCase:
    """One person at one sentence. Ages are completed years.

    `months_since_sentence`: calendar months up to the assessment. `previous_sanctions`: before this one.
    `violent_sanctions`: all of them, this one among them. `offence_category`: of this one. `violence_kind`:
    0 to 4, needed for violence. `answers`: of the dynamic form; None or no entry is missing.
    """

    sex: str
    age_at_sentence: int
    age_at_conviction: int
    age_at_first_sanction: int
    months_since_sentence: int
    previous_sanctions: int
    violent_sanctions: int
    offence_category: str
    violence_kind: int | None = None
    answers: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True)
class SnsvScore:
    """`form`: dynamic where every answer is known, else static; the probabilities are of that form.

    `terms`: the parts of its sum, the intercept not among them. `missing`: answers without which the dynamic
    form has no score. `static`: the probabilities of the static form.
    """

    rule_set: str
    form: str
    one_year: float
    two_years: float
    terms: Mapping[str, float]
    missing: tuple[str, ...]
    static: tuple[float, float]


def snsv(case: SnsvCase, parameters: SnsvParameters) -> SnsvScore:
    """The score of one case.

    Raises
    ------
    InvalidInput
        With every problem of the case. Missing answers of the dynamic form are none.
    """
    if problems := list(problems_of(case, parameters)):
        raise InvalidInput(problems)
    missing = tuple(name for name in parameters.dynamic if case.answers.get(name) is None)
    form = STATIC if missing else DYNAMIC
    terms = terms_of(case, parameters, form)
    one_year, two_years = _probabilities(terms, parameters, form)
    return SnsvScore(
        rule_set=parameters.head.version,
        form=form,
        one_year=one_year,
        two_years=two_years,
        terms=terms,
        missing=missing,
        static=_probabilities(terms_of(case, parameters, STATIC), parameters, STATIC),
    )


def terms_of(case: SnsvCase, parameters: SnsvParameters, form: str) -> dict[str, float]:
    """The parts of the sum of that form."""
    tables = parameters.tables
    months = min(tables["most_months"], case.months_since_sentence)
    offence = tables["offences"][case.offence_category][form]
    if case.offence_category == tables["violence"]:
        offence += tables["violence_kinds"][str(case.violence_kind)][form]
    terms = {
        "age_and_sex": _polynomial(tables["age"][case.sex], case.age_at_sentence, form),
        "offence": offence,
        "sanctions": _sanctions(case, tables, form),
        "months_without_offence": _polynomial(tables["months"], months, form),
        "violent_sanctions": _violent_sanctions(case, tables, form),
    }
    if form == DYNAMIC:
        terms |= {
            name: weight * (case.answers.get(name) or 0) for name, (weight, _) in parameters.dynamic.items()
        }
    return terms


def _polynomial(powers: Mapping[str, Pair], value: int, form: str) -> float:
    return math.fsum(pair[form] * value ** int(name[-1]) for name, pair in powers.items())


def _sanctions(case: SnsvCase, tables: Mapping[str, Any], form: str) -> float:
    number = min(tables["most_sanctions"], case.previous_sanctions + 1)
    years = case.age_at_conviction - case.age_at_first_sanction
    weights = tables["sanctions"]
    total: float = weights["each"][form] * number
    if number == 1:
        return total + float(weights["first"][form])
    if number == 2:
        return total + float(weights["second"][form] + years * tables["years_to_second"][case.sex][form])
    rate = math.log(number / (years + tables["years_added"]))
    return total + rate * float(tables["rate"][case.sex][form])


def _violent_sanctions(case: SnsvCase, tables: Mapping[str, Any], form: str) -> float:
    number, weights = case.violent_sanctions, tables["violent_sanctions"]
    if number == 0:
        return float(weights[f"none_{case.sex}"][form])
    years = case.age_at_conviction - case.age_at_first_sanction
    rate = math.log(number / (years + tables["years_added_violence"]))
    once = weights["once"][form] if number == 1 else 0
    return float(number * weights["each"][form] + once + rate * weights["rate"][form])


def _probabilities(terms: Mapping[str, float], parameters: SnsvParameters, form: str) -> tuple[float, float]:
    total = sum(terms.values())
    one_year, two_years = (
        1 / (1 + math.exp(-(total + parameters.tables["intercepts"][period][form]))) for period in PERIODS
    )
    return one_year, two_years


def problems_of(case: SnsvCase, parameters: SnsvParameters) -> Iterator[Problem]:
    """Why the case has no score; the pointer is the field."""
    if case.sex not in SEXES:
        yield _wrong("sex", case.sex, "female or male: the scale knows no other")
    offences, kinds = parameters.tables["offences"], parameters.tables["violence_kinds"]
    if case.offence_category not in offences:
        yield _wrong("offence_category", case.offence_category, f"one of {listed(offences)}")
    if case.offence_category == parameters.tables["violence"] and str(case.violence_kind) not in kinds:
        yield _wrong("violence_kind", case.violence_kind, f"one of {listed(kinds)}")
    for name in ("age_at_sentence", "age_at_conviction", "age_at_first_sanction"):
        if getattr(case, name) < YOUNGEST:
            yield _wrong(name, getattr(case, name), f"{YOUNGEST} or more")
    if case.age_at_first_sanction > case.age_at_conviction:
        allowed = f"up to age_at_conviction, {case.age_at_conviction}"
        yield _wrong("age_at_first_sanction", case.age_at_first_sanction, allowed)
    for name in ("months_since_sentence", "previous_sanctions", "violent_sanctions"):
        if getattr(case, name) < 0:
            yield _wrong(name, getattr(case, name), "0 or more")
    if case.violent_sanctions > case.previous_sanctions + 1:
        allowed = f"up to {case.previous_sanctions + 1}, the number of all sanctions"
        yield _wrong("violent_sanctions", case.violent_sanctions, allowed)
    for name, answer in case.answers.items():
        if name not in parameters.dynamic:
            yield Problem(f"/{name}", "snsv", f"There is no answer {name}.")
        elif answer is not None and not 0 <= answer <= parameters.dynamic[name][1]:
            yield _wrong(name, answer, f"0 to {parameters.dynamic[name][1]}")


def snsv_case_of_dates(
    *,
    sex: str,
    born: date,
    convicted_on: date,
    sentenced_on: date,
    first_sanction_on: date,
    assessed_on: date,
    previous_sanctions: int,
    violent_sanctions: int,
    offence_category: str,
    violence_kind: int | None = None,
    answers: Mapping[str, int | None] | None = None,
) -> SnsvCase:
    """The case of these days. Months since the sentence are counted by calendar months, whatever the day."""
    months = (assessed_on.year - sentenced_on.year) * 12 + assessed_on.month - sentenced_on.month
    return SnsvCase(
        sex=sex,
        age_at_sentence=completed_years(born, sentenced_on),
        age_at_conviction=completed_years(born, convicted_on),
        age_at_first_sanction=completed_years(born, first_sanction_on),
        months_since_sentence=months,
        previous_sanctions=previous_sanctions,
        violent_sanctions=violent_sanctions,
        offence_category=offence_category,
        violence_kind=violence_kind,
        answers=answers or {},
    )


def snsv_parameters_from(text: str) -> SnsvParameters:
    """The parameters from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and if the category of violence is none of the offences.
    """
    table = read_rule_set(text, KEYS)
    if table["violence"] not in table["offences"]:
        raise InvalidInput([_wrong("violence", table["violence"], f"one of {listed(table['offences'])}")])
    dynamic = {name: (one["weight"], one["highest"]) for name, one in table["dynamic"].items()}
    return SnsvParameters(RuleSetHead.of(table), {name: table[name] for name in KEYS}, dynamic)


def _wrong(name: str, value: Any, allowed: str) -> Problem:
    return Problem(f"/{name}", "snsv", not_allowed(value, name=name, allowed=allowed))
