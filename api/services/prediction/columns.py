"""From the rows of a database to the columns that features are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from api.services.harm.columns import days_of_harm, marker_columns, report_columns, severities_of
from api.services.harm.rules import HarmRules
from api.storage import KnownBlock
from rms.harm.columnar import HarmColumns, OffenceColumns
from rms.harm.score import SUSPECTED
from rms.harm.severity import SeverityTable
from rms.prediction.records import (
    LONG_AGO,
    NEVER,
    REGISTRATIONS,
    OffenceFacts,
    Periods,
    Records,
    Ties,
)
from rms.records.choices import CHARGED_OUTCOME

CUSTODY = "custody"


def offence_types(table: SeverityTable) -> tuple[str, ...]:
    """The types of offences that a model tells apart: the categories of the severity table."""
    return tuple(table.tree())


def records_of(block: KnownBlock, *, rules: HarmRules) -> Records:
    """The records of a block of people, in their order."""
    place = {person: at for at, person in enumerate(block.people)}
    harm, facts = _offences(block, place, rules)
    born, died, custody = _details(block, place)
    inside = [row for row in block.sentences if row[3] == CUSTODY and row[5] is not None]
    held = [(place[row[0]], row[5], NEVER if row[6] is None else row[6]) for row in inside]
    return Records(
        harm=harm,
        facts=facts,
        born=born,
        died=died,
        custody=_periods([*held, *custody]),
        registrations={
            kind: _periods([_period(row, place) for row in block.registrations if row[1] == kind])
            for kind in REGISTRATIONS
        },
        managed=_periods([_period(row, place) for row in block.plans if row[1]]),
    )


def ties_of(rows: Sequence[Any], people: Sequence[int]) -> Ties:
    """Associations as columns. `people`: everybody by key, in order; ties of others are left out."""
    keys = np.array(people, np.int64)
    one, other = (np.array([row[at] for row in rows], np.int64) for at in (0, 1))
    known = np.isin(one, keys) & np.isin(other, keys)
    first = np.array([LONG_AGO if row[2] is None else row[2] for row in rows], np.int32)
    last = np.array([NEVER if row[3] is None else row[3] for row in rows], np.int32)
    from_one, to_other = (np.searchsorted(keys, column[known]) for column in (one, other))
    return Ties(from_one, to_other, first[known], last[known])


def _offences(
    block: KnownBlock, place: Mapping[int, int], rules: HarmRules
) -> tuple[HarmColumns, OffenceFacts]:
    rows, settings = block.offences, rules.settings
    person = np.array([place[row[0]] for row in rows], np.int32)
    day = np.array([row[1] for row in rows], np.int32)
    outcome = np.array([row[4] or 0 for row in rows], np.int16)
    suspect = np.array([row[3] == SUSPECTED for row in rows], bool)
    counts = np.isin(outcome, list(settings.outcomes)) & ~suspect
    types = {name: at for at, name in enumerate(offence_types(rules.table))}
    severities = list(severities_of(rows, rules.table))
    days = np.array([days_of_harm(one) for one in severities], float)
    kind = np.array([-1 if one is None else types[one.category] for one in severities], np.int8)
    first = _first_sentences(block.sentences)
    sentenced = [NEVER if row[7] is None else first.get((row[6], row[7]), NEVER) for row in rows]
    harm = HarmColumns(
        len(block.people),
        OffenceColumns(person, day, days, counts),
        marker_columns(block.markers, place),
        report_columns(block.reports, place),
    )
    return harm, OffenceFacts(
        type=kind,
        charged=outcome == CHARGED_OUTCOME,
        sentenced=np.array(sentenced, np.int32),
        domestic=np.array([bool(row[5]) for row in rows], bool),
    )


def _first_sentences(rows: Sequence[Any]) -> Mapping[tuple[int, str], int]:
    """The first day of a sentence for each offence that has one, by source and source ID."""
    first: dict[tuple[int, str], int] = {}
    for _, source, offence, _, day, *_ in rows:
        if offence is not None:
            key = (source, offence)
            first[key] = min(day, first.get(key, NEVER))
    return first


def _details(
    block: KnownBlock, place: Mapping[int, int]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], list[tuple[int, int, int]]]:
    """Birth, death and times in custody: of the first record that has them, the newest first."""
    born = np.full(len(block.people), LONG_AGO)
    died = np.full(len(block.people), NEVER)
    custody: dict[int, tuple[int, int, int]] = {}
    for person, birth, death, custody_from, release, *_ in block.details:
        at = place[person]
        if birth is not None and born[at] == LONG_AGO:
            born[at] = birth
        if death is not None and died[at] == NEVER:
            died[at] = death
        if custody_from is not None and at not in custody:
            custody[at] = (at, custody_from, NEVER if release is None else release - 1)
    return born, died, list(custody.values())


def _period(row: Any, place: Mapping[int, int]) -> tuple[int, int, int]:
    person, _, first, last = row
    return place[person], first, NEVER if last is None else last


def _periods(rows: Sequence[tuple[int, int, int]]) -> Periods:
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return Periods(*(np.array(column, np.int32) for column in columns))
