"""What the prediction is about: reaching the band *high* at a month's end within two years."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from rms.calendar import months_before
from rms.harm.bands import SAME
from rms.harm.columnar import day_number, harm_scores
from rms.harm.settings import HarmSettings
from rms.prediction.records import Flags, Floats, Ints, Records

MONTHS = 24


def window_end(on: date) -> date:
    """The last day of the two years: the last day that lies 24 months after `on`.

    >>> window_end(date(2024, 2, 29)), window_end(date(2024, 11, 30))
    (datetime.date(2026, 2, 28), datetime.date(2026, 11, 30))
    """
    return months_before(on, -MONTHS)


def month_ends(on: date) -> tuple[date, ...]:
    """The ends of the calendar months after `on`, up to the end of its two years.

    >>> ends = month_ends(date(2024, 11, 15))
    >>> len(ends), ends[0], ends[-1]
    (24, datetime.date(2024, 11, 30), datetime.date(2026, 10, 31))
    """
    ends = []
    end = month_end(on + timedelta(days=1))
    while end <= window_end(on):
        ends.append(end)
        end = month_end(end + timedelta(days=1))
    return tuple(ends)


def month_end(day: date) -> date:
    """The last day of the month of a day.

    >>> month_end(date(2024, 2, 3))
    datetime.date(2024, 2, 29)
    """
    return day.replace(day=monthrange(day.year, day.month)[1])


def last_complete_day(as_at: date) -> date:
    """The latest month's end whose two years are over on the day that the records describe.

    >>> last_complete_day(date(2026, 11, 30)), last_complete_day(date(2026, 11, 29))
    (datetime.date(2024, 11, 30), datetime.date(2024, 10, 31))
    """
    day = months_before(as_at, MONTHS)
    end = month_end(day)
    if window_end(end) <= as_at:
        return end
    return day.replace(day=1) - timedelta(days=1)


def can_become_high(scores: Floats, died: Ints, *, on: date, high: float) -> Flags:
    """Whom the prediction is about: people alive with a score below the band *high*; shape (people,)."""
    return np.isfinite(scores) & ~(scores > high - SAME) & (died > day_number(on))


@dataclass(frozen=True)
class Outcomes:
    """What became of everybody within two years; arrays of shape (people,).

    `became_high`: whether their score reached the band *high* at one of the month's ends. `type`: the place
    of the type of the offence that is most severe of those from the day until then, -1 if there is none.
    """

    became_high: Flags
    type: Ints


def outcomes(records: Records, *, on: date, high: float, settings: HarmSettings) -> Outcomes:
    """What became of everybody, from records of when the two years are over."""
    first = np.full(records.people, 0)
    for end in month_ends(on):
        score = harm_scores(records.harm, on=end, settings=settings).score
        with np.errstate(invalid="ignore"):
            reached = (first == 0) & (score > high - SAME)
        first[reached] = day_number(end)
    return Outcomes(first > 0, _types(records, day_number(on), first))


@dataclass(frozen=True)
class Day:
    """The people that the prediction is about on a day, and what became of them.

    `x`: features, shape (people, features). `score`: their harm scores, the baseline. `became_high`, `type`:
    shape (people,), as in `Outcomes`.
    """

    on: date
    x: Floats
    score: Floats
    became_high: Flags
    type: Ints


def _types(records: Records, day: int, until: Ints) -> Ints:
    """The type of the most severe offence after the day, up to `until`; of equals the latest."""
    offences, kind = records.harm.offences, records.facts.type
    within = offences.counts & (offences.day > day) & (offences.day <= until[offences.person]) & (kind >= 0)
    rows = np.flatnonzero(within)
    order = rows[np.lexsort((offences.day[rows], offences.days[rows], offences.person[rows]))]
    types = np.full(records.people, -1)
    types[offences.person[order]] = kind[order]  # the last of each person stays
    return types


def training_days(*, test: date, earliest: date, every: int = 6) -> tuple[date, ...]:
    """Days whose two years end before the day of the test, every so many months, the latest first.

    >>> training_days(test=date(2024, 11, 30), earliest=date(2021, 11, 30))
    (datetime.date(2022, 11, 30), datetime.date(2022, 5, 31), datetime.date(2021, 11, 30))
    """
    day = month_end(months_before(test, MONTHS))
    if window_end(day) > test:
        day = month_end(months_before(test.replace(day=1), MONTHS + 1))
    days: list[date] = []
    while day >= earliest:
        days.append(day)
        day = month_end(months_before(day.replace(day=1), every))
    return tuple(days)


def shares(types: Ints, number: int) -> Sequence[float]:
    """How often each type occurs; equal shares if none does."""
    counts = np.bincount(types[types >= 0], minlength=number).astype(float)
    found: Sequence[float] = ((counts + 1) / (counts + 1).sum()).tolist()
    return found
