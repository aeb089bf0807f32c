"""A fictional caseload, drawn from the cases of the synthetic library. No one in it is a real person.

Every person has an assessment, many have a reassessment with changed needs, and some have a what-if. The
random draw has a fixed seed, so the people are always the same. Only the dates depend on the current day.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import numpy as np

from rms.assessment import Assessment, AssessmentKind, display_id
from rms.engine.library import CASE_SEXES, Library
from rms.instrument import Answer, Item, ItemKind

PEOPLE = 300
FIRST_NUMBER = 10_000
SEED = 2005
REASONS = ("Not in the case file", "Person did not wish to say", "Not yet asked")


@dataclass(frozen=True)
class Entry:
    """An assessment and when it was submitted."""

    assessment: Assessment
    at: datetime


def caseload(library: Library, *, until: datetime) -> list[Entry]:
    """Assessments of `PEOPLE` fictional people in the order of submission. The last is before `until`."""
    draw = random.Random(SEED)
    rows = draw.sample(range(len(library.cases)), PEOPLE)
    entries = [
        entry
        for number, row in enumerate(rows)
        for entry in _of_one_person(str(FIRST_NUMBER + number), row, library, until, draw)
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _of_one_person(
    number: str, row: int, library: Library, until: datetime, draw: random.Random
) -> Iterator[Entry]:
    at = until - timedelta(days=draw.randint(40, 420), minutes=draw.randint(0, 500))
    assessment = _first(number, row, library, at.date(), draw)
    yield Entry(assessment, at)
    sequence = 0
    while draw.random() < 0.45 and (at := at + timedelta(days=draw.randint(45, 150))) < until:
        assessment = replace(
            assessment,
            assessed_on=at.date(),
            answers=_changed(assessment.answers, _dynamic(library), draw, steps=(-1, -1, 1), count=4),
            based_on=display_id(number, sequence),
        )
        sequence += 1
        yield Entry(assessment, at)
    later = max(entry_at for entry_at in (at, until - timedelta(days=30))) if at < until else until
    if draw.random() < 0.15 and sequence == 0:
        what_if = replace(
            assessment,
            kind=AssessmentKind.WHAT_IF,
            baseline_id=number,
            based_on=None,
            answers=_changed(assessment.answers, _dynamic(library), draw, steps=(-1,), count=2),
            assessed_on=later.date(),
        )
        if what_if.answers != assessment.answers:
            yield Entry(what_if, later - timedelta(minutes=draw.randint(1, 500)))


def _first(number: str, row: int, library: Library, on: date, draw: random.Random) -> Assessment:
    values = library.cases.values[row]
    age = int(values[library.instrument.position["age"]])
    answers: dict[str, Answer] = {}
    unknown: dict[str, str] = {}
    for item in library.instrument.asked:
        value = float(values[library.instrument.position[item.code]])
        if np.isnan(value):
            unknown[item.code] = draw.choice(REASONS)
        else:
            answers[item.code] = item.answer(value)
    return Assessment(
        instrument=library.instrument,
        offender_number=number,
        sex=CASE_SEXES[library.cases.sex[row]] or "unknown",
        date_of_birth=date(on.year - age, 1, 1) - timedelta(days=draw.randint(1, 200)),
        assessed_on=on,
        answers=_changed(answers, library.instrument.asked, draw, steps=(-1, 1), count=3),
        unknown=unknown,
        release_date=None if draw.random() < 0.06 else on + timedelta(days=draw.randint(20, 700)),
    )


def _dynamic(library: Library) -> tuple[Item, ...]:
    return tuple(item for item in library.instrument.asked if item.dynamic)


def _changed(
    answers: Mapping[str, Answer],
    items: tuple[Item, ...],
    draw: random.Random,
    *,
    steps: tuple[int, ...],
    count: int,
) -> dict[str, Answer]:
    """The answers with a few ratings one step up or down, where the scale allows."""
    changed = dict(answers)
    ratings = [item for item in items if item.kind is ItemKind.ORDINAL and item.code in changed]
    for item in draw.sample(ratings, min(count, len(ratings))):
        position = item.positions[changed[item.code]] + draw.choice(steps)  # type: ignore[index]
        if 0 <= position < len(item.levels):
            changed[item.code] = item.levels[position].value
    return changed
