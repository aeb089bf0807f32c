"""How many people are in each harm band, as counted at each refresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, func, insert, select

from api.storage.tables import harm_band_counts, harm_scores
from rms.harm.settings import BANDS

COUNTS = tuple(band.replace("-", "_") for band in BANDS)
MOST_DAYS = 400


@dataclass(frozen=True)
class BandCounts:
    """The number of people in each of `BANDS` on a day."""

    day: date
    people: Sequence[int]


class BandShares:
    """The counts in one transaction. They are of everybody in the agency, and name nobody."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def count(self, cuts: int, *, day: date, at: datetime, reference: bool = False) -> None:
        """Keep how many people are in each band now. `reference`: these cuts have just been set."""
        c = harm_band_counts.c
        same = c.cuts == cuts, c.day == day, c.reference == reference
        self._connection.execute(delete(harm_band_counts).where(*same))
        by_band = select(harm_scores.c.band, func.count()).where(harm_scores.c.band.is_not(None))
        rows = self._connection.execute(by_band.group_by(harm_scores.c.band))
        found = {row.band: row[1] for row in rows}
        counts = {name: found.get(place, 0) for place, name in enumerate(COUNTS)}
        values = {"cuts": cuts, "day": day, "reference": reference, "counted_at": at, **counts}
        self._connection.execute(insert(harm_band_counts), values)

    def reference(self, cuts: int) -> BandCounts | None:
        """The counts when these cuts were set."""
        return next(iter(self._rows(cuts, reference=True)), None)

    def by_day(self, cuts: int) -> tuple[BandCounts, ...]:
        """The counts of the last days with these cuts, oldest first."""
        return self._rows(cuts, reference=False)[::-1]

    def _rows(self, cuts: int, *, reference: bool) -> tuple[BandCounts, ...]:
        c = harm_band_counts.c
        chosen = select(c.day, *(c[name] for name in COUNTS)).where(c.cuts == cuts, c.reference == reference)
        rows = self._connection.execute(chosen.order_by(c.day.desc()).limit(MOST_DAYS))
        return tuple(BandCounts(day, people) for day, *people in rows)
