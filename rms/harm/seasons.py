"""In which months offences are recorded, from their counts by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rms.calendar import months_before

YEARS = 3
LEAST_COUNTED = 30  # offences: with fewer, a few of them decide which month comes first
MONTHS_NAMED = 3


@dataclass(frozen=True)
class Season:
    """The offences on record of the last three years, up to the end of the last whole month.

    `most`: the months (1 to 12) with most of them, and their counts; empty if there are too few in all.
    """

    total: int
    most: tuple[tuple[int, int], ...]


def whole_years(today: date) -> tuple[date, date]:
    """The first and the last day of the last three years that end with the last whole month.

    >>> whole_years(date(2026, 3, 4))
    (datetime.date(2023, 3, 1), datetime.date(2026, 2, 28))
    """
    begins = today.replace(day=1)
    return months_before(begins, 12 * YEARS), begins - timedelta(days=1)


def season(counts: Mapping[int, int]) -> Season:
    """The season by the counts of each month of the year; of equal months the earlier comes first.

    >>> season({10: 20, 11: 20, 1: 3, 5: 7})
    Season(total=50, most=((10, 20), (11, 20), (5, 7)))
    >>> season({10: 20, 11: 9})
    Season(total=29, most=())
    """
    total = sum(counts.values())
    if total < LEAST_COUNTED:
        return Season(total, ())
    ordered = sorted(
        ((month, count) for month, count in counts.items() if count), key=lambda one: (-one[1], one[0])
    )
    return Season(total, tuple(ordered[:MONTHS_NAMED]))
