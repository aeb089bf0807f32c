"""OGRS3: the probability of reconviction within one and two years, from age, sex, sanctions and offence.

Source: Howard, Francis, Soothill and Humphreys (2009), Ministry of Justice Research Summary 7/09. The
parameters stand in `sets/ogrs3-*.toml`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rms.calendar import completed_years
from rms.errors import InvalidInput, Problem, listed, not_allowed
from rms.instrument.shape import NUMBER, TABLE_OF_NUMBERS, WHOLE, Key, table_with, tables_with
from rms.rounding import half_up
from rms.rules.rule_sets import RuleSetHead, read_rule_set

SEXES = ("female", "male")
YOUNGEST = 10  # completed years at conviction, at the first sanction and at the start of follow-up
STATUS = ("first_caution", "second_caution", "more_cautions", "first_conviction", "earlier_sanctions")
KEYS = {
    "most_previous_sanctions": Key(WHOLE),
    "slope": Key(NUMBER, needed=True),
    "years_added": Key(NUMBER, needed=True),
    "intercepts": Key(
        table_with({"one_year": Key(NUMBER, needed=True), "two_years": Key(NUMBER, needed=True)}), needed=True
    ),
    "status": Key(table_with({name: Key(NUMBER, needed=True) for name in STATUS}), needed=True),
    "ages": Key(
        tables_with({name: Key(NUMBER, needed=True) for name in ("from", *reversed(SEXES))}), needed=True
    ),
    "offences": Key(TABLE_OF_NUMBERS, needed=True),
    "bands": Key(TABLE_OF_NUMBERS, needed=True),
}


@dataclass(frozen=True)
class Ogrs3Parameters:
    """One edition of the scale.

    `ages`: the completed years at which each age group begins, rising, with its term for each sex.
    `bands`: the percent within two years at which each band begins, rising.
    """

    head: RuleSetHead
    one_year: float
    two_years: float
    slope: float
    years_added: float
    most_previous_sanctions: int | None
    status: Mapping[str, float]
    ages: tuple[tuple[int, Mapping[str, float]], ...]
    offences: Mapping[str, float]
    bands: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Ogrs3Case:
    """One person at one conviction or caution. Ages are completed years.

    `age_at_followup_start`: on the day from which reoffending is counted: the sentence in the community, the
    release from custody. `previous_sanctions`: convictions and cautions before this one. `offence_category`:
    the OGRS3 category of the offence. `only_cautions`: this sanction is a caution, and so were all before it.
    """

    sex: str
    age_at_conviction: int
    age_at_first_sanction: int
    age_at_followup_start: int
    previous_sanctions: int
    offence_category: str
    only_cautions: bool = False


@dataclass(frozen=True)
class Ogrs3Score:
    """`one_year`, `two_years`: probabilities. `terms`: the parts of the sum, the intercept not among them.

    `percent_*`: as official reports print them: half up to a whole number, from 1 to 99. `band`: of
    `percent_two_years`.
    """

    rule_set: str
    one_year: float
    two_years: float
    percent_one_year: int
    percent_two_years: int
    band: str
    terms: Mapping[str, float]


def ogrs3(case: Ogrs3Case, parameters: Ogrs3Parameters) -> Ogrs3Score:
    """The score of one case.

    Raises
    ------
    InvalidInput
        With every problem of the case.
    """
    if problems := list(problems_of(case, parameters)):
        raise InvalidInput(problems)
    terms = {
        "age_and_sex": _age_term(case, parameters),
        "status": parameters.status[_status(case)],
        "sanctions": parameters.slope * _rate(case, parameters),
        "offence": parameters.offences[case.offence_category],
    }
    total = sum(terms.values())
    one_year, two_years = (_logistic(total + at) for at in (parameters.one_year, parameters.two_years))
    percent = percent_shown(two_years)
    return Ogrs3Score(
        rule_set=parameters.head.version,
        one_year=one_year,
        two_years=two_years,
        percent_one_year=percent_shown(one_year),
        percent_two_years=percent,
        band=[name for start, name in parameters.bands if start <= percent][-1],
        terms=terms,
    )


def percent_shown(probability: float) -> int:
    """The percent that a report prints: never 0 and never 100.

    >>> [percent_shown(value) for value in (0.001, 0.495, 0.4949, 0.999)]
    [1, 50, 49, 99]
    """
    return min(99, max(1, int(half_up(100 * probability))))


def problems_of(case: Ogrs3Case, parameters: Ogrs3Parameters) -> Iterator[Problem]:
    """Why the case has no score; the pointer is the field."""
    if case.sex not in SEXES:
        yield _wrong("sex", case.sex, "female or male: the scale knows no other")
    if case.offence_category not in parameters.offences:
        yield _wrong("offence_category", case.offence_category, f"one of {listed(parameters.offences)}")
    for name in ("age_at_conviction", "age_at_first_sanction", "age_at_followup_start"):
        if getattr(case, name) < YOUNGEST:
            yield _wrong(name, getattr(case, name), f"{YOUNGEST} or more")
    if case.age_at_first_sanction > case.age_at_conviction:
        allowed = f"up to age_at_conviction, {case.age_at_conviction}"
        yield _wrong("age_at_first_sanction", case.age_at_first_sanction, allowed)
    if case.previous_sanctions < 0:
        yield _wrong("previous_sanctions", case.previous_sanctions, "0 or more")


def case_of_dates(
    *,
    sex: str,
    born: date,
    convicted_on: date,
    first_sanction_on: date,
    followup_from: date,
    total_sanctions: int,
    offence_category: str,
    only_cautions: bool = False,
) -> Ogrs3Case:
    """The case of these days. `total_sanctions` counts this conviction or caution too.

    Raises
    ------
    InvalidInput
        If a day is before birth, or the total does not count this sanction.
    """
    days = {
        "convicted_on": convicted_on,
        "first_sanction_on": first_sanction_on,
        "followup_from": followup_from,
    }
    problems = [
        _wrong(name, day.isoformat(), f"after date_of_birth, {born.isoformat()}")
        for name, day in days.items()
        if day <= born
    ]
    if first_sanction_on > convicted_on:
        allowed = f"up to convicted_on, {convicted_on.isoformat()}"
        problems.append(_wrong("first_sanction_on", first_sanction_on.isoformat(), allowed))
    if total_sanctions < 1:
        problems.append(_wrong("total_sanctions", total_sanctions, "1 or more: this sanction counts"))
    if problems:
        raise InvalidInput(problems)
    return Ogrs3Case(
        sex=sex,
        age_at_conviction=completed_years(born, convicted_on),
        age_at_first_sanction=completed_years(born, first_sanction_on),
        age_at_followup_start=completed_years(born, followup_from),
        previous_sanctions=total_sanctions - 1,
        offence_category=offence_category,
        only_cautions=only_cautions,
    )


def _age_term(case: Ogrs3Case, parameters: Ogrs3Parameters) -> float:
    return [terms for start, terms in parameters.ages if start <= case.age_at_followup_start][-1][case.sex]


def _status(case: Ogrs3Case) -> str:
    if case.only_cautions:
        return STATUS[min(case.previous_sanctions, 2)]
    return "earlier_sanctions" if case.previous_sanctions else "first_conviction"


def _rate(case: Ogrs3Case, parameters: Ogrs3Parameters) -> float:
    """The Copas rate: how often the person was sanctioned in the years since the first time."""
    previous, most = case.previous_sanctions, parameters.most_previous_sanctions
    counted = previous if most is None else min(previous, most)
    years = parameters.years_added + case.age_at_conviction - case.age_at_first_sanction
    return math.log((1 + counted) / years)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


@dataclass(frozen=True)
class Ogrs3Columns:
    """Many cases; all arrays of shape (n,). `sex` and `category` are places in `SEXES` and in the offences of
    the parameters; -1 is unknown."""

    sex: NDArray[np.int8]
    age_at_conviction: NDArray[np.int64]
    age_at_first_sanction: NDArray[np.int64]
    age_at_followup_start: NDArray[np.int64]
    previous_sanctions: NDArray[np.int64]
    category: NDArray[np.int16]
    only_cautions: NDArray[np.bool_]


def columns_of(cases: Sequence[Ogrs3Case], parameters: Ogrs3Parameters) -> Ogrs3Columns:
    """The columns of these cases, in this order."""
    sexes, offences = ({name: at for at, name in enumerate(names)} for names in (SEXES, parameters.offences))

    def ints(name: str) -> NDArray[np.int64]:
        return np.array([getattr(case, name) for case in cases], np.int64)

    return Ogrs3Columns(
        sex=np.array([sexes.get(case.sex, -1) for case in cases], np.int8),
        age_at_conviction=ints("age_at_conviction"),
        age_at_first_sanction=ints("age_at_first_sanction"),
        age_at_followup_start=ints("age_at_followup_start"),
        previous_sanctions=ints("previous_sanctions"),
        category=np.array([offences.get(case.offence_category, -1) for case in cases], np.int16),
        only_cautions=np.array([case.only_cautions for case in cases], np.bool_),
    )


def ogrs3_of_many(
    cases: Ogrs3Columns, parameters: Ogrs3Parameters
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The probabilities of all cases within one and two years, NaN where `ogrs3` refuses the case."""
    starts = np.array([start for start, _ in parameters.ages])
    terms = np.array([[term[sex] for sex in SEXES] for _, term in parameters.ages])
    status = np.array([parameters.status[name] for name in STATUS])
    offences = np.array(list(parameters.offences.values()))
    previous = cases.previous_sanctions
    scored = (
        (cases.sex >= 0)
        & (cases.category >= 0)
        & (cases.age_at_conviction >= YOUNGEST)
        & (cases.age_at_first_sanction >= YOUNGEST)
        & (cases.age_at_followup_start >= YOUNGEST)
        & (cases.age_at_first_sanction <= cases.age_at_conviction)
        & (previous >= 0)
    )
    counted = previous if (most := parameters.most_previous_sanctions) is None else np.minimum(previous, most)
    group = np.searchsorted(starts, cases.age_at_followup_start, side="right") - 1
    kind = np.where(cases.only_cautions, np.clip(previous, 0, 2), np.where(previous > 0, 4, 3))
    years = parameters.years_added + cases.age_at_conviction - cases.age_at_first_sanction
    with np.errstate(invalid="ignore", divide="ignore"):
        total = (
            terms[group, cases.sex]
            + status[kind]
            + parameters.slope * np.log((1 + counted) / years)
            + offences[cases.category]
        )
    total = np.where(scored, total, np.nan)
    one_year, two_years = (
        1 / (1 + np.exp(-(total + intercept))) for intercept in (parameters.one_year, parameters.two_years)
    )
    return one_year, two_years


def ogrs3_parameters_from(text: str) -> Ogrs3Parameters:
    """The parameters from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and if age groups or bands do not rise from 10 years and 0 percent.
    """
    table = read_rule_set(text, KEYS)
    ages = tuple((row["from"], {sex: row[sex] for sex in SEXES}) for row in table["ages"])
    bands = tuple((start, name) for name, start in table["bands"].items())
    for name, starts, first in (
        ("ages", [row[0] for row in ages], YOUNGEST),
        ("bands", [row[0] for row in bands], 0),
    ):
        if not starts or starts[0] != first or starts != sorted(set(starts)):
            raise InvalidInput([Problem(f"/{name}", "rule_set", f"{name} must rise from {first}.")])
    return Ogrs3Parameters(
        head=RuleSetHead.of(table),
        **{name: table[name] for name in ("slope", "years_added", "status", "offences")},
        **table["intercepts"],
        most_previous_sanctions=table.get("most_previous_sanctions"),
        ages=ages,
        bands=bands,
    )


def _wrong(name: str, value: Any, allowed: str) -> Problem:
    return Problem(f"/{name}", "ogrs3", not_allowed(value, name=name, allowed=allowed))
