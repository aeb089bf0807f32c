"""Calculating harm scores: a block of people in one transaction, with how far the refresh is.

A refresh that is stopped goes on after its last block. A person whose records change meanwhile is due again.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from api.services.context import Context
from api.services.harm.columns import EPOCH, days_of_harm, marker_columns, report_columns, severities_of
from api.services.harm.practice import release_months
from api.services.harm.rules import HarmRules
from api.storage import HarmBlock, Refresh, StoredCuts, Transaction, by_person
from rms.calendar import months_before
from rms.errors import InvalidInput, Problem
from rms.harm.bands import SAME, Cuts, bands_of, cuts_of
from rms.harm.columnar import (
    HarmColumns,
    HarmScores,
    OffenceColumns,
    day_number,
    harm_scores,
)
from rms.harm.domestic_abuse import RFS, rfs_settings_of
from rms.harm.score import SUSPECTED
from rms.harm.settings import COMPONENTS
from rms.records.choices import CHARGED_OUTCOME, STAGES
from rms.records.current import cohort_on, custody_on, first_known, is_in_force, is_managed

BLOCK = 20_000  # people
FIRST_CUTS = "The first calculation of scores."
DOMESTIC_ABUSE = "domestic_abuse"  # the kind of a registration
NO_RELEASE = date.max  # a person in custody without a release date is hidden until then


@dataclass(frozen=True)
class Refreshed:
    """`scored` people have a score now. `everybody`: not only people whose records have changed."""

    day: date
    scored: int
    everybody: bool


def refresh_scores(
    context: Context,
    *,
    day: date,
    rules: HarmRules,
    everybody: bool = False,
    on_block: Callable[[int], None] = lambda _scored: None,
) -> Refreshed:
    """Calculate the scores as at a day. `on_block` gets the number of people who have a score so far.

    Everybody's scores are calculated if `everybody`, or if the last complete calculation was for another day
    or with other rules. Otherwise only those of people whose records have changed since.

    Raises
    ------
    InvalidInput
        If the day is in the future.
    """
    steps = refresh_steps(context, day=day, rules=rules, everybody=everybody)
    while True:
        try:
            on_block(next(steps))
        except StopIteration as end:
            refreshed: Refreshed = end.value
            return refreshed


def refresh_steps(
    context: Context, *, day: date, rules: HarmRules, everybody: bool = False
) -> Generator[int, None, Refreshed]:
    """The same, a block of people each step: yields how many people have a score so far."""
    if day > context.today:
        detail = f"{day} is in the future. Scores can be calculated as at today or an earlier day."
        raise InvalidInput([Problem("/as_at", "future_day", detail)])
    with context.store.transaction() as tx:
        last = tx.harm.last_refresh(everybody=True)
        everybody = everybody or last is None or (last.day, last.settings) != (day, rules.name)
        refresh = tx.harm.begin(day=day, everybody=everybody, settings=rules.name, at=context.at)
        cuts = tx.harm.cuts()
    while refresh.ended_at is None:
        with context.store.transaction() as tx:
            refresh = _refresh_block(tx, refresh, rules=rules, cuts=cuts, context=context)
        yield refresh.scored
    if cuts is None and refresh.scored:
        set_cuts(context, rules=rules, reason=FIRST_CUTS)
    return Refreshed(day, refresh.scored, everybody)


def set_cuts(context: Context, *, rules: HarmRules, reason: str) -> int:
    """Set the cuts of the bands from the scores as they are; returns how many people have another band now.

    The reference date is the day of the last calculation.

    Raises
    ------
    InvalidInput
        If nobody has a score.
    """
    with context.store.transaction() as tx:
        last = tx.harm.last_refresh(everybody=True)
        day = last.day if last else context.today
        scores = tx.harm.all_scores()
        cuts = cuts_of(scores, on=day, settings=rules.settings)
        tx.harm.set_cuts(
            cuts.scores, day=day, people=len(scores), reason=reason, by=context.by, at=context.at
        )
        stored = tx.harm.cuts()
        assert stored is not None
        moved = tx.harm.apply_cuts(stored, least=SAME, day=day)
        for reference in (True, False):
            tx.band_shares.count(stored.id, day=day, at=context.at, reference=reference)
        return moved


def _refresh_block(
    tx: Transaction, refresh: Refresh, *, rules: HarmRules, cuts: StoredCuts | None, context: Context
) -> Refresh:
    people = tx.harm.inputs.people(after=refresh.after, most=BLOCK, only_due=not refresh.everybody)
    if not people:
        done = replace(refresh, ended_at=context.at)
        if cuts is not None:
            tx.band_shares.count(cuts.id, day=refresh.day, at=context.at)
        tx.harm.end(done, by=context.by, at=context.at)
    else:
        tx.harm.no_longer_due(people)
        block = tx.harm.inputs.block(people)
        shown = _Shown(block, refresh.day, release_months(tx))
        of_person = {person: place for place, person in enumerate(block.people)}
        offences = _Offences(block, of_person, day=refresh.day, rules=rules)
        rows = list(_rows(block, offences, shown, of_person, day=refresh.day, rules=rules, cuts=cuts))
        tx.harm.replace(people, rows, day=refresh.day)
        tx.domestic_abuse.replace(
            people, list(_domestic_abuse_rows(block, offences, shown, day=refresh.day, rules=rules))
        )
        done = replace(refresh, after=people[-1], scored=refresh.scored + len(rows))
    tx.harm.keep_progress(done)
    return done


def _rows(
    block: HarmBlock,
    offences: "_Offences",
    shown: "_Shown",
    of_person: Mapping[int, int],
    *,
    day: date,
    rules: HarmRules,
    cuts: StoredCuts | None,
) -> Iterator[tuple[Any, ...]]:
    """A row of the table of scores for each person of the block who has one."""
    scores = harm_scores(
        HarmColumns(
            len(block.people),
            offences.columns,
            marker_columns(block.markers, of_person),
            report_columns(block.reports, of_person),
        ),
        on=day,
        settings=rules.settings,
    )
    bands = _bands(scores, rules, cuts)
    components = [scores.score.tolist(), *(getattr(scores, name).tolist() for name in COMPONENTS)]
    unknown = scores.n_unknown.tolist()
    for place in np.flatnonzero(scores.scored).tolist():
        person = block.people[place]
        yield (
            person,
            day,
            *(values[place] for values in components),
            bands[place],
            offences.counted[place],
            offences.suspected[place],
            unknown[place],
            date.fromordinal(EPOCH + offences.last[place]),
            *shown.of(person),
            offences.stage(place),
        )


def _domestic_abuse_rows(
    block: HarmBlock, offences: "_Offences", shown: "_Shown", *, day: date, rules: HarmRules
) -> Iterator[tuple[Any, ...]]:
    """A row for each person with a counted domestic abuse offence, or a registration in force."""
    columns = offences.of_domestic_abuse()
    figures = harm_scores(
        HarmColumns(len(block.people), columns), on=day, settings=rfs_settings_of(rules.settings)
    )
    counted, last = _counted_and_last(columns, people=len(block.people), day=day)
    components = [getattr(figures, name).tolist() for name in ("score", *RFS)]
    for place, person in enumerate(block.people):
        is_registered, is_scored = shown.is_registered(person), bool(figures.scored[place])
        if is_registered or is_scored:
            home_area, _born, hidden_until, deceased, managed, _cohort = shown.of(person)
            yield (
                person,
                day,
                *(values[place] if is_scored else None for values in components),
                counted[place],
                date.fromordinal(EPOCH + last[place]) if is_scored else None,
                is_registered,
                *(home_area, hidden_until, deceased, managed),
            )


def _counted_and_last(columns: OffenceColumns, *, people: int, day: date) -> tuple[list[int], list[int]]:
    """For each person how many offences count, and the day of the last one (-`EPOCH` without any)."""
    counts = columns.counts & (columns.day <= day_number(day))
    last = np.full(people, -EPOCH)
    np.maximum.at(last, columns.person[counts], columns.day[counts])
    return np.bincount(columns.person[counts], minlength=people).tolist(), last.tolist()


def _bands(scores: HarmScores, rules: HarmRules, cuts: StoredCuts | None) -> Sequence[int | None]:
    if cuts is None:
        return [None] * len(scores.score)
    found: list[int | None] = bands_of(
        scores.score, Cuts(rules.settings.version, cuts.day, cuts.scores)
    ).tolist()
    return found


class _Offences:
    """The offences of a block as columns, and for each person what the list shows of them."""

    def __init__(
        self, block: HarmBlock, of_person: Mapping[int, int], *, day: date, rules: HarmRules
    ) -> None:
        rows, settings, people = block.offences, rules.settings, len(block.people)
        person = np.array([of_person[row[0]] for row in rows], np.int32)
        on = np.array([row[1] for row in rows], np.int32)
        outcome = np.array([row[4] or 0 for row in rows], np.int16)
        stage = np.array([_STAGE[row[3]] for row in rows], np.int8)
        suspect = stage == _STAGE[SUSPECTED]
        counts = np.isin(outcome, list(settings.outcomes)) & ~suspect
        days = np.array([days_of_harm(one) for one in severities_of(rows, rules.table)], float)
        self.columns = OffenceColumns(person, on, days, counts)
        so_far = on <= day_number(day)
        suspected = so_far & (suspect | np.isin(outcome, list(settings.suspect_outcomes)))
        self.suspected = np.bincount(person[suspected], minlength=people).tolist()
        self.counted, self.last = _counted_and_last(self.columns, people=people, day=day)
        self._domestic_abuse = np.array([bool(row[5]) for row in rows], bool)
        is_open = so_far & (stage >= 0) & (stage < len(STAGES) - 1)
        is_open &= (outcome == 0) | (outcome == CHARGED_OUTCOME)
        furthest = np.full(people, -1)
        np.maximum.at(furthest, person[is_open], stage[is_open])
        self._furthest = furthest.tolist()

    def of_domestic_abuse(self) -> OffenceColumns:
        """The offences that are marked as domestic abuse."""
        c, marked = self.columns, self._domestic_abuse
        return OffenceColumns(c.person[marked], c.day[marked], c.days[marked], c.counts[marked])

    def stage(self, place: int) -> str | None:
        """The furthest stage of an open case, as `rms.records.current.stage_of_case`."""
        furthest: int = self._furthest[place]
        return STAGES[furthest] if furthest >= 0 else None


_STAGE: Mapping[str | None, int] = {None: -1, **{stage: place for place, stage in enumerate(STAGES)}}


class _Shown:
    """What the list filters by, beside the score: from the records of each person."""

    def __init__(self, block: HarmBlock, day: date, months: Mapping[int | None, int]) -> None:
        """`months` before release from which people in custody are shown, by the key of their home area."""
        self._months = months
        self._details = by_person(block.details)
        self._registrations = by_person(block.registrations)
        self._plans = by_person(block.plans)
        self._day = day

    def of(self, person: int) -> tuple[Any, ...]:
        """Home area, date of birth, hidden until, deceased, managed and cohort."""
        records = self._details.get(person, [])
        deceased = first_known(records, "deceased_on")
        return (
            first_known(records, "home_area"),
            first_known(records, "date_of_birth"),
            self._hidden_until(records),
            deceased is not None and deceased <= self._day,
            is_managed(self._plans.get(person, []), self._day),
            cohort_on(self._registrations.get(person, []), self._day),
        )

    def is_registered(self, person: int) -> bool:
        """Whether a domestic abuse registration is in force."""
        theirs = self._registrations.get(person, [])
        return any(one.kind == DOMESTIC_ABUSE and is_in_force(one, self._day) for one in theirs)

    def _hidden_until(self, records: Sequence[Any]) -> date | None:
        """The day from which the person is shown although they are in custody; None if they are not."""
        in_custody, release = custody_on(records, self._day)
        if not in_custody:
            return None
        return (
            months_before(release, self._months[first_known(records, "home_area")]) if release else NO_RELEASE
        )
