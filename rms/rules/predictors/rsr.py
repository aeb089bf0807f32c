"""RSR: the percent of serious reoffending within two years, the sum of SNSV, OSP/DC and OSP/IIC.

The tables stand in `sets/rsr-*.toml`, `sets/osp-dc-*.toml` and `sets/snsv-*.toml`. Source: Ministry of
Justice, hmpps-arns-risk-actuarial-api.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rms.calendar import completed_years
from rms.errors import InvalidInput, Problem, not_allowed
from rms.instrument.shape import (
    NUMBER,
    TABLE_OF_NUMBERS,
    WHOLE,
    WRITTEN,
    Key,
    table_with,
    tables_with,
)
from rms.rounding import half_up
from rms.rules.predictors.points import PointScale, PointScore, point_score, problems_of, score_of_points
from rms.rules.predictors.snsv import SnsvCase, SnsvParameters, SnsvScore, snsv
from rms.rules.predictors.snsv import problems_of as snsv_problems
from rms.rules.rule_sets import RuleSetHead, read_rule_set

COUNTS = ("contact_adult", "contact_child", "non_contact", "images")
FEMALE = "female"
_WHEN = table_with({"field": Key(WRITTEN, needed=True), "at_least": Key(WHOLE, needed=True)})
KEYS = {
    "woman_with_sexual_offence": Key(NUMBER, needed=True),
    "reduced_after_years": Key(WHOLE, needed=True),
    "bands": Key(TABLE_OF_NUMBERS, needed=True),
    "images_and_indirect": Key(
        tables_with(
            {
                "name": Key(WRITTEN, needed=True),
                "percent": Key(NUMBER, needed=True),
                "band": Key(WRITTEN, needed=True),
                "when": Key(_WHEN, needed=True),
            }
        ),
        needed=True,
    ),
}


@dataclass(frozen=True)
class ImageRow:
    """A row of OSP/IIC: it is true where so many sanctions of that kind are counted."""

    name: str
    percent: float
    band: str
    field: str
    at_least: int


@dataclass(frozen=True)
class RsrRules:
    """What adds the parts up. `bands`: the percent from which each holds, rising."""

    head: RuleSetHead
    woman_with_sexual_offence: float
    reduced_after_years: int
    bands: tuple[tuple[float, str], ...]
    images_and_indirect: tuple[ImageRow, ...]


@dataclass(frozen=True)
class RsrParameters:
    """The tables of the sum and of its parts."""

    rules: RsrRules
    snsv: SnsvParameters
    contact: PointScale

    @property
    def head(self) -> RuleSetHead:
        return self.rules.head

    @property
    def bands(self) -> tuple[tuple[float, str], ...]:
        return self.rules.bands


@dataclass(frozen=True)
class RsrCase:
    """What the three parts ask of one person; None is not known.

    `sexual_offence`: there ever was one. The fields after it are needed for men with one. `contact_adult`,
    `contact_child`, `non_contact` and `images`: sanctions of each kind; each sanction counts in one kind.
    `sanctions`: all of them, this one among them. `stranger_victim`: of the current offence.
    `years_without_offence`: as `years_without_offence` counts them; the band is lower after some of them in
    the community, and unchanged where either is not known.
    """

    snsv: SnsvCase
    sexual_offence: bool | None = None
    contact_adult: int | None = None
    contact_child: int | None = None
    non_contact: int | None = None
    images: int | None = None
    sanctions: int | None = None
    age_at_followup_start: int | None = None
    age_at_last_sexual_sanction: int | None = None
    stranger_victim: bool | None = None
    in_community: bool | None = None
    years_without_offence: int | None = None


@dataclass(frozen=True)
class RsrScore:
    """`percent`: two decimals, half up. `terms`: the percent of each part, not rounded.

    `contact_band`: of OSP/DC, after a reduction if `is_reduced`. `images_band`: of OSP/IIC. Both are None
    where the part does not apply.
    """

    rule_set: str
    percent: float
    band: str
    terms: Mapping[str, float]
    snsv: SnsvScore
    contact: PointScore | None
    contact_band: str | None
    is_reduced: bool
    images_band: str | None


def rsr(case: RsrCase, parameters: RsrParameters) -> RsrScore:
    """The score of one case.

    Raises
    ------
    InvalidInput
        With every problem, a needed answer that is missing among them. There is no score then.
    """
    if problems := list(_problems(case, parameters)):
        raise InvalidInput(problems)
    of_snsv = snsv(case.snsv, parameters.snsv)
    terms = {"snsv": 100 * of_snsv.two_years}
    contact, row = None, None
    if case.sexual_offence and case.snsv.sex == FEMALE:
        terms["woman_with_sexual_offence"] = parameters.rules.woman_with_sexual_offence
    elif case.sexual_offence:
        contact = osp_contact(_contact_answers(case), parameters.contact)
        row = images_row(case, parameters.rules)
        terms |= {"osp_dc": 100 * contact.probabilities["two_years"], "osp_iic": row.percent}
    band = contact.band if contact else None
    is_reduced = _is_reduced(case, band, parameters)
    percent = float(half_up(sum(terms.values()), places=2))
    return RsrScore(
        rule_set=parameters.head.version,
        percent=percent,
        band=rsr_band(percent, parameters.rules),
        terms=terms,
        snsv=of_snsv,
        contact=contact,
        contact_band=_one_lower(band, parameters.contact) if is_reduced else band,
        is_reduced=is_reduced,
        images_band=row.band if row else None,
    )


def rsr_band(percent: float, rules: RsrRules) -> str:
    """The band of a percent, which is rounded half up to two decimals first."""
    rounded = float(half_up(percent, places=2))
    return [name for start, name in rules.bands if start <= rounded][-1]


def osp_contact(answers: Mapping[str, int | None], scale: PointScale) -> PointScore:
    """OSP/DC. With 0 points the probability is 0."""
    score = point_score(answers, scale)
    if score.points:
        return score
    none = score_of_points(0, scale, terms=score.terms)
    return PointScore(none.rule_set, 0, none.terms, {"two_years": 0.0}, {"two_years": 0}, None)


def images_row(case: RsrCase, rules: RsrRules) -> ImageRow:
    """The row of OSP/IIC that holds for a man with a sexual offence."""
    counts = {name: getattr(case, name) or 0 for name in COUNTS}
    counts["sexual"] = sum(counts.values())
    return next(row for row in rules.images_and_indirect if counts[row.field] >= row.at_least)


def years_without_offence(days: Iterable[date], *, on: date) -> int:
    """Completed years since the latest of these days: start of follow-up, last offence, last sexual offence.

    >>> years_without_offence([date(2019, 3, 1), date(2020, 6, 2)], on=date(2025, 6, 1))
    4
    """
    return completed_years(max(days), on)


def _contact_answers(case: RsrCase) -> dict[str, int | None]:
    return {
        "contact_adult": case.contact_adult,
        "contact_child": case.contact_child,
        "non_contact": case.non_contact,
        "age": case.age_at_followup_start,
        "age_at_last_sexual_sanction": case.age_at_last_sexual_sanction,
        "sanctions": case.sanctions,
        "stranger_victim": case.stranger_victim,
    }


def _is_reduced(case: RsrCase, band: str | None, parameters: RsrParameters) -> bool:
    lowest = parameters.contact.bands[0][1]
    years = case.years_without_offence
    return (
        band is not None
        and band != lowest
        and bool(case.in_community)
        and years is not None
        and years >= parameters.rules.reduced_after_years
    )


def _one_lower(band: str | None, scale: PointScale) -> str:
    names = [name for _, name in scale.bands]
    return names[names.index(band or "") - 1]


def _problems(case: RsrCase, parameters: RsrParameters) -> Iterator[Problem]:
    yield from snsv_problems(case.snsv, parameters.snsv)
    if case.sexual_offence is None:
        yield Problem("/sexual_offence", "rsr", "sexual_offence is missing, so there is no score.")
    elif not case.sexual_offence:
        for name in COUNTS:
            if getattr(case, name):
                yield _wrong(name, getattr(case, name), "0, because there is no sexual offence")
    elif case.snsv.sex != FEMALE:
        yield from problems_of(_contact_answers(case), parameters.contact)
        if case.images is None:
            yield Problem("/images", "rsr", "images is missing, so there is no score.")
        elif case.images < 0:
            yield _wrong("images", case.images, "0 or more")


def _wrong(name: str, value: Any, allowed: str) -> Problem:
    return Problem(f"/{name}", "rsr", not_allowed(value, name=name, allowed=allowed))


def rsr_rules_from(text: str) -> RsrRules:
    """The rules of the sum from the text of their TOML file.

    Raises
    ------
    InvalidInput
        As `read_rule_set`, and if a row counts another field or the last does not always hold.
    """
    table = read_rule_set(text, KEYS)
    rows = tuple(
        ImageRow(row["name"], row["percent"], row["band"], row["when"]["field"], row["when"]["at_least"])
        for row in table["images_and_indirect"]
    )
    known = (*COUNTS, "sexual")
    problems = [
        Problem(f"/images_and_indirect/{place}/when", "rule_set", f"field must be one of {', '.join(known)}.")
        for place, row in enumerate(rows)
        if row.field not in known
    ]
    if not rows or rows[-1].at_least > 0:
        problems.append(Problem("/images_and_indirect", "rule_set", "The last row must hold from 0 on."))
    if problems:
        raise InvalidInput(problems)
    return RsrRules(
        head=RuleSetHead.of(table),
        woman_with_sexual_offence=table["woman_with_sexual_offence"],
        reduced_after_years=table["reduced_after_years"],
        bands=tuple(sorted((start, name) for name, start in table["bands"].items())),
        images_and_indirect=rows,
    )
