"""Registrations, plans, drug markers and intelligence reports of the fictional people."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from api.demonstration.force.days import DayTexts, periods
from api.demonstration.force.draws import (
    Flags,
    Floats,
    Generator,
    Integers,
    Stream,
    between,
    chosen,
    chosen_for,
    stream,
)
from api.demonstration.force.names import OFFICER_NAMES
from api.demonstration.force.offence_codes import DOMESTIC, PATTERNS, SEXUAL, VIOLENCE
from api.demonstration.force.people import NATIONALITIES, People
from api.demonstration.force.tables import blocks, person_ids, table, texts
from rms.records.choices import COHORTS, DRUG_MARKERS, GRADES, MAPPA_LEVELS, REGISTRATION_KINDS

IOM, MAPPA, HOME_OFFICE_INTEREST, DOMESTIC_ABUSE = range(len(REGISTRATION_KINDS))
LEVELS = (*COHORTS, *MAPPA_LEVELS)
FIXED, FLEX, FREE, MAPPA_1 = range(4)
NO_LEVEL = -1
IOM_SHARE, FIXED_SHARE, MOVED, ENDED = 0.025, 0.5, 0.2, 0.3
MAPPA_SHARES = (0.85, 0.12, 0.03)
REGISTERED: dict[int, dict[int, float]] = {  # share of the people of a pattern
    MAPPA: {SEXUAL: 0.4, VIOLENCE: 0.025, DOMESTIC: 0.015},
    DOMESTIC_ABUSE: {DOMESTIC: 0.14, VIOLENCE: 0.02},
}
OF_INTEREST = 0.06  # share of those who are neither British nor Irish
PLANNED_IOM, PLANNED, MANAGED = 0.7, 0.02, 0.75
RANKS = ("PC", "DC", "Sgt")
DRUG_SHARES = (  # by pattern: no marker, then each marker
    (0.86, 0.05, 0.08, 0.01),  # burglary
    (0.8, 0.09, 0.1, 0.01),  # shops
    (0.91, 0.05, 0.03, 0.01),  # vehicles
    (0.94, 0.04, 0.01, 0.01),  # violence
    (0.95, 0.04, 0.005, 0.005),  # domestic
    (0.6, 0.2, 0.06, 0.14),  # drugs
    (0.97, 0.02, 0.005, 0.005),  # sexual
    (0.91, 0.06, 0.02, 0.01),  # mixed
)
GRADE_SHARES = (0.06, 0.34, 0.36, 0.17, 0.07)
REPORTS_EACH, REPORTED_SINCE = 1.6, 2600  # reports for each person, days
LONGEST_AGO = 8 * 365  # days from the first day of a registration, a plan or a marker to the person's last
HARM_HALVED = 730  # days

_ABROAD = np.array([bool(name) and "British" not in name and "Irish" not in name for name in NATIONALITIES])


class Registrations(NamedTuple):
    who: Integers
    kind: Integers
    level: Integers
    first: Integers
    last: Integers


def write_markers(folder: Path, seed: int, people: People, *, days: DayTexts) -> None:
    """`registrations.csv`, `plans.csv`, `drug_markers.csv` and `intelligence.csv`."""
    activity = people.offences * 0.5 ** ((people.day - people.active_to) / HARM_HALVED)
    iom = _highest(activity, IOM_SHARE)
    with table(folder, "registrations", prefix="R") as registrations:
        drawn = _registrations(stream(seed, Stream.REGISTRATIONS), people, activity, iom)
        kind, level = texts(REGISTRATION_KINDS, drawn.kind), texts(LEVELS, drawn.level)
        registrations.add(person_ids(drawn.who), kind, level, days(drawn.first), days(drawn.last))
    _write_plans(folder, stream(seed, Stream.PLANS), people, iom, days=days)
    with table(folder, "drug_markers", prefix="D") as markers:
        rng = stream(seed, Stream.DRUG_MARKERS)
        kinds = chosen_for(rng, DRUG_SHARES, people.pattern) - 1
        who = np.flatnonzero(kinds >= 0)
        first, last = _periods(rng, people, who)
        markers.add(person_ids(who), texts(DRUG_MARKERS, kinds[who]), days(first), days(last))
    _write_intelligence(folder, stream(seed, Stream.INTELLIGENCE), people, activity, days=days)


def _highest(values: Floats, share: float) -> Flags:
    return np.asarray(values > np.quantile(values, 1 - share))


def _periods(rng: Generator, people: People, who: Integers) -> tuple[Integers, Integers]:
    earliest = np.maximum(people.tenth_birthday[who], people.end[who] - LONGEST_AGO)
    return periods(rng, earliest, people.end[who], day=people.day, ended=ENDED)


def _registrations(rng: Generator, people: People, activity: Floats, iom: Flags) -> Registrations:
    """IOM for those who offend most, each of the others by pattern."""
    parts = [_iom(rng, people, activity, iom), *_by_pattern(rng, people)]
    foreign = _ABROAD[people.nationality] & (rng.random(len(people)) < OF_INTEREST)
    parts.append(_registered(rng, people, np.flatnonzero(foreign), HOME_OFFICE_INTEREST))
    return Registrations(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _registered(
    rng: Generator, people: People, who: Integers, kind: int, level: Integers | None = None
) -> Registrations:
    level = np.full_like(who, NO_LEVEL) if level is None else level
    return Registrations(who, np.full_like(who, kind), level, *_periods(rng, people, who))


def _iom(rng: Generator, people: People, activity: Floats, iom: Flags) -> Registrations:
    """Some of them were at another level first: the first period ends on the day before the second."""
    who = np.flatnonzero(iom)
    free = np.isin(people.pattern[who], (VIOLENCE, DOMESTIC, SEXUAL))
    level = np.select([free, _highest(activity[who], FIXED_SHARE)], [FREE, FIXED], FLEX).astype(np.int64)
    now = _registered(rng, people, who, IOM, level)
    until = np.where(now.last == 0, people.end[who], now.last)
    moved = np.flatnonzero((rng.random(len(who)) < MOVED) & (level != FREE) & (until > now.first))
    middle = between(rng, now.first[moved] + 1, until[moved])
    before = Registrations(
        who[moved], now.kind[moved], FIXED + FLEX - level[moved], now.first[moved], middle - 1
    )
    now.first[moved] = middle
    return Registrations(*(np.concatenate(columns) for columns in zip(before, now, strict=True)))


def _by_pattern(rng: Generator, people: People) -> Iterator[Registrations]:
    for kind, shares in REGISTERED.items():
        share = np.array([shares.get(pattern, 0) for pattern in range(len(PATTERNS))])[people.pattern]
        who = np.flatnonzero(rng.random(len(people)) < share)
        level = MAPPA_1 + chosen(rng, MAPPA_SHARES, len(who)) if kind == MAPPA else None
        yield _registered(rng, people, who, kind, level)


def _write_plans(folder: Path, rng: Generator, people: People, iom: Flags, *, days: DayTexts) -> None:
    who = np.flatnonzero(rng.random(len(people)) < np.where(iom, PLANNED_IOM, PLANNED))
    managed = rng.random(len(who)) < MANAGED
    officers = [f"{rank} {name}" for rank in RANKS for name in OFFICER_NAMES]
    officer = np.where(managed, people.ward[who] % len(officers), -1)  # each ward has its own
    first, last = _periods(rng, people, who)
    with table(folder, "plans", prefix="L") as plans:
        yes_or_no = texts(("no", "yes"), managed.astype(np.int64))
        plans.add(person_ids(who), yes_or_no, texts(officers, officer), days(first), days(last))


def _write_intelligence(
    folder: Path, rng: Generator, people: People, activity: Floats, *, days: DayTexts
) -> None:
    share = np.log1p(activity) + 0.1
    counts = rng.poisson(REPORTS_EACH * share / share.mean())
    with table(folder, "intelligence", prefix="I") as intelligence:
        for first, last in blocks(len(people)):
            who = np.repeat(np.arange(first, last), counts[first:last])
            ago = (REPORTED_SINCE * rng.random(len(who)) ** 1.2).astype(np.int64)
            day = np.maximum(people.end[who] - ago, people.tenth_birthday[who])
            grade = texts(GRADES, chosen(rng, GRADE_SHARES, len(who)))
            intelligence.add(person_ids(who), grade, days(day))
