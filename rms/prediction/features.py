"""What the prediction looks at: only what was dated on the day or before it, and known then.

Race, ethnicity, religion, nationality, postcode and home area are never features: a name that looks like
one of them is refused.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from rms.errors import Problem, ProtectedAttribute
from rms.harm.columnar import HarmScores, day_number
from rms.harm.settings import COMPONENTS
from rms.instrument.rules import PROTECTED
from rms.prediction.records import LONG_AGO, REGISTRATIONS, Floats, Records, Standing

YEAR = 365.25  # days
WINDOWS = (6, 24)  # months in which offences are counted, by type
MONTH = YEAR / 12
CHARGED_WITHIN = 12  # months: an older charge without a sentence is not taken for an open case
RELEASED_WITHIN = 12  # months
YOUNG, OLDER = (18, 25), (35, 50)  # ages at which the line of age bends
NEAR = 10  # points below the band *high* within which somebody is near it
_HOME = re.compile(r"(^|[^a-z])(home|address|wards?|neighbourhoods?|lives|lived|residence)([^a-z]|$)")


@dataclass(frozen=True)
class Feature:
    """A feature. `title` says what it is, in words that follow "this person's"."""

    name: str
    title: str


def features(types: Sequence[str]) -> tuple[Feature, ...]:
    """All features, in their order, for these types of offences.

    Raises
    ------
    ProtectedAttribute
        If one names race, ethnicity, religion, nationality, postcode or home area.
    """
    found = tuple(_features(types))
    refuse_protected(found)
    return found


def refuse_protected(named: Sequence[Feature]) -> None:
    """Refuse features that name a protected attribute, or where somebody lives."""
    problems = [problem for at, feature in enumerate(named) for problem in _protected(at, feature)]
    if problems:
        raise ProtectedAttribute(problems[0].detail, problems)


def _protected(at: int, feature: Feature) -> Iterator[Problem]:
    words = f"{feature.name} | {feature.title}".replace("_", " ")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words).lower()
    if found := PROTECTED.search(words) or _HOME.search(words):
        detail = (
            f"feature {feature.name} names a protected attribute ({found.group(2)}). Race, ethnicity, "
            "religion, nationality, postcode and where somebody lives must not be model features"
        )
        yield Problem(f"/features/{at}", "protected_attribute", detail)


def type_name(title: str) -> str:
    """
    >>> type_name("Theft from the person")
    'theft_from_the_person'
    """
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def _features(types: Sequence[str]) -> Iterator[Feature]:
    for component in COMPONENTS:
        yield Feature(component, f"{component} component of the harm score")
    yield Feature("near_high", "harm score, where it is close to the band high")
    yield Feature("under_18", "years below the age of 18")
    yield Feature("under_25", "years below the age of 25")
    yield Feature("over_35", "years above the age of 35")
    yield Feature("over_50", "years above the age of 50")
    yield Feature("age_unknown", "missing date of birth")
    yield Feature("first_offence", "years since the first offence")
    for months in WINDOWS:
        yield Feature(f"offences_{months}", f"number of offences in the last {months} months")
        for title in types:
            yield Feature(
                f"{type_name(title)}_{months}", f"offences of {title.lower()} in the last {months} months"
            )
    yield Feature("domestic_24", "offences marked as domestic abuse in the last 24 months")
    yield Feature("open_charges", "charges of the last 12 months without a sentence")
    yield Feature("in_custody", "being in custody")
    yield Feature("released", "release from custody in the last 12 months")
    yield Feature("custody_times", "number of times in custody")
    for kind in REGISTRATIONS:
        yield Feature(f"registered_{kind}", f"registration: {_REGISTERED[kind]}")
    yield Feature("managed", "being managed under a plan")
    yield Feature("links", "number of associates")
    yield Feature("pagerank", "place in the network of associates (PageRank)")
    yield Feature("high_harm_links", "number of associates who are high harm")


_REGISTERED = {"iom": "integrated offender management", "mappa": "MAPPA", "domestic_abuse": "domestic abuse"}


def features_of(
    records: Records, standing: Standing, scores: HarmScores, *, on: date, high: float, types: Sequence[str]
) -> Floats:
    """The features of everybody on a day, transformed; shape (people, features), in their order.

    Counts are ln(1 + n), components are divided by 100, yes is 1. Rows of people without a score have no
    meaning. What is dated after the day changes nothing.

    Parameters
    ----------
    scores : of the same people and day.
    high : the score at which the band *high* begins.
    """
    day, people = day_number(on), records.people
    columns = [getattr(scores, component) / 100 for component in COMPONENTS]
    columns.append(np.clip((scores.score - high + NEAR) / NEAR, 0, 1))
    columns += _ages(records, day)
    columns += _offences(records, day, types)
    columns += _custody(records, day)
    columns += [records.registrations[kind].in_force(day, people) for kind in REGISTRATIONS]
    columns.append(records.managed.in_force(day, people))
    columns += [np.log1p(standing.degree), np.log1p(standing.pagerank), np.log1p(standing.high_harm)]
    found: Floats = np.nan_to_num(np.column_stack([np.asarray(column, float) for column in columns]))
    return found


def _ages(records: Records, day: int) -> list[Floats]:
    known = (records.born != LONG_AGO) & (records.born <= day)
    age = np.where(known, (day - records.born.astype(np.int64)) / YEAR, OLDER[0])
    hinges = [np.maximum(0, limit - age) / 10 for limit in YOUNG]
    hinges += [np.maximum(0, age - limit) / 10 for limit in OLDER]
    return [*hinges, (~known).astype(float)]


def _offences(records: Records, day: int, types: Sequence[str]) -> list[Floats]:
    offences, facts, people = records.harm.offences, records.facts, records.people
    counted = np.flatnonzero(offences.counts & (offences.day <= day))
    person, ago, kind = offences.person[counted], day - offences.day[counted], facts.type[counted]
    first = np.zeros(people)
    np.maximum.at(first, person, ago / YEAR)
    columns = [np.log1p(first)]
    for months in WINDOWS:
        recent = ago < months * MONTH
        columns.append(_log_count(person[recent], people))
        known = recent & (kind >= 0)
        cells = np.bincount(
            person[known].astype(np.int64) * len(types) + kind[known], minlength=people * len(types)
        )
        columns += list(np.log1p(cells.reshape(people, len(types)).T))
    recent = ago < WINDOWS[-1] * MONTH
    columns.append(_log_count(person[recent & facts.domestic[counted]], people))
    is_open = facts.charged[counted] & (ago < CHARGED_WITHIN * MONTH) & (facts.sentenced[counted] > day)
    columns.append(_log_count(person[is_open], people))
    return columns


def _custody(records: Records, day: int) -> list[Floats]:
    custody, people = records.custody, records.people
    inside = custody.in_force(day, people)
    over = (custody.last < day) & (custody.last >= day - RELEASED_WITHIN * MONTH)
    released = np.zeros(people, bool)
    released[custody.person[over]] = True
    begun = custody.first <= day
    return [
        inside.astype(float),
        (released & ~inside).astype(float),
        _log_count(custody.person[begun], people),
    ]


def _log_count(person: np.ndarray, people: int) -> Floats:
    counted: Floats = np.log1p(np.bincount(person, minlength=people).astype(float))
    return counted
