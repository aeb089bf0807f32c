"""What a person's records say about one day: small rules, each with the day as an argument.

Rows are those of `rms.records.rows`, or any others with the same fields. Days from and to are both included.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Protocol

from rms.calendar import completed_years, months_before
from rms.records.choices import CHARGED_OUTCOME, MAPPA_LEVELS, STAGES

SHOWN_BEFORE_RELEASE = 3  # calendar months
MIXED, NOT_STATED = "mixed", "not stated"  # cohorts and levels, beside those of `choices`
ADULT_AGE, UNDER_AGE = 18, 25  # years: a juvenile is younger than the first; "under 25" than the second


class Period(Protocol):
    @property
    def from_day(self) -> date | None: ...
    @property
    def to_day(self) -> date | None: ...


class CustodyRecord(Protocol):
    @property
    def in_custody(self) -> bool | None: ...
    @property
    def custody_from(self) -> date | None: ...
    @property
    def release_date(self) -> date | None: ...


class Registration(Period, Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def level(self) -> str | None: ...


class Plan(Period, Protocol):
    @property
    def managed(self) -> bool: ...


class Offence(Protocol):
    @property
    def day(self) -> date: ...
    @property
    def stage(self) -> str | None: ...
    @property
    def outcome(self) -> int | None: ...


def is_in_force(period: Period, day: date) -> bool:
    """Whether the day lies in the period. A period without a first day began before any day."""
    has_begun = period.from_day is None or period.from_day <= day
    return has_begun and (period.to_day is None or day <= period.to_day)


def is_in_custody(
    day: date, *, stated: bool | None, custody_from: date | None, release_date: date | None
) -> bool | None:
    """Whether a person is in custody; None if it is not known.

    `stated` is what the source says. Custody begins on `custody_from` and has ended on `release_date`.
    """
    if stated is False:
        return False
    if custody_from is not None and day < custody_from:
        return False
    if release_date is not None and release_date <= day:
        return False
    return True if stated or custody_from is not None else None


def first_known(records: Iterable[object], name: str) -> Any:
    """A detail of a person: that of the first record that has it; None if none has.

    `records` are the source records of one person, the one that changed last first.
    """
    return next((value for record in records if (value := getattr(record, name)) is not None), None)


def custody_on(records: Iterable[CustodyRecord], day: date) -> tuple[bool | None, date | None]:
    """Whether a person is in custody, by the first record that knows, and the release date of that record."""
    for record in records:
        in_custody = is_in_custody(
            day,
            stated=record.in_custody,
            custody_from=record.custody_from,
            release_date=record.release_date,
        )
        if in_custody is not None:
            return in_custody, record.release_date
    return None, None


def is_hidden_in_custody(
    day: date, *, stated: bool | None, custody_from: date | None, release_date: date | None
) -> bool:
    """Whether a list leaves a person out because of custody: until three calendar months before release.

    Without a release date, a person in custody is hidden. One of whom custody is not known is shown.
    """
    if not is_in_custody(day, stated=stated, custody_from=custody_from, release_date=release_date):
        return False
    return release_date is None or day < months_before(release_date, SHOWN_BEFORE_RELEASE)


def cohort_on(registrations: Iterable[Registration], day: date) -> str | None:
    """The cohort of integrated offender management: fixed, flex, free, `MIXED` if there are several.

    `NOT_STATED` if the registration has no level, None without a registration.
    """
    levels = _levels(registrations, "iom", day)
    stated = levels - {None}
    if len(stated) > 1:
        return MIXED
    return next(iter(stated), NOT_STATED) if levels else None


def mappa_level_on(registrations: Iterable[Registration], day: date) -> str | None:
    """The highest MAPPA level in force; `NOT_STATED` if none has a level, None without a registration."""
    levels = _levels(registrations, "mappa", day)
    highest = max((level for level in levels if level in MAPPA_LEVELS), default=NOT_STATED)
    return highest if levels else None


def _levels(registrations: Iterable[Registration], kind: str, day: date) -> set[str | None]:
    return {row.level for row in registrations if row.kind == kind and is_in_force(row, day)}


def is_managed(plans: Iterable[Plan], day: date) -> bool | None:
    """Whether a person is managed; None if no plan is in force, so that it is not known.

    The plan that began last decides. Of plans that began on one day, one that says yes does.
    """
    in_force = [(plan.from_day or date.min, plan.managed) for plan in plans if is_in_force(plan, day)]
    return max(in_force)[1] if in_force else None


def stage_of_case(offences: Iterable[Offence], day: date) -> str | None:
    """The furthest stage of the cases that are open: suspected, charged or awaiting court; None without one.

    A case is open until a conviction, or an outcome other than a charge.
    """
    open_stages = [
        offence.stage
        for offence in offences
        if offence.day <= day and offence.stage in STAGES[:-1] and offence.outcome in (None, CHARGED_OUTCOME)
    ]
    return max(open_stages, key=STAGES.index, default=None)


def age_on(born: date | None, day: date) -> int | None:
    """Completed years; None if the date of birth is not known or lies after the day."""
    return None if born is None or day < born else completed_years(born, day)


def is_juvenile(born: date | None, day: date) -> bool | None:
    """Whether the person is younger than 18; None if the age is not known."""
    age = age_on(born, day)
    return None if age is None else age < ADULT_AGE


def is_under_25(born: date | None, day: date) -> bool | None:
    """Whether the person is younger than 25; None if the age is not known."""
    age = age_on(born, day)
    return None if age is None else age < UNDER_AGE
