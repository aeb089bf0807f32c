"""How many people of an office are in each range. Small counts are hidden, as the counts may be passed on."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.services.context import Context
from api.services.search.search import count
from rms.engine.filter import NEED_RANGES, Filter
from rms.suppression import shown_count, shown_parts

Ranges = Mapping[str, int | None]
UPPER = tuple(f"{low}–{high}" for low, high in NEED_RANGES[2:])  # half of the scale or more


@dataclass(frozen=True)
class OfficeCounts:
    """Counts of people by their latest assessment; None is a count too small to show.

    `quarters`: process → range of scores → people. `needs`: need → range of percent → people.
    """

    people: int | None
    quarters: Mapping[str, Ranges]
    needs: Mapping[str, Ranges]

    @property
    def upper_needs(self) -> Ranges:
        """Need → people rated half of its scale or more; None if part of the count is not shown."""
        return {need: _sum(ranges) for need, ranges in self.needs.items()}


def office_counts(context: Context, office: str | None) -> OfficeCounts:
    """Counts for this office and those below it; without an office, for all people the user may see."""
    counts = count(context, Filter(latest=True, office=office))
    return OfficeCounts(
        people=shown_count(counts.people),
        quarters={process: shown_parts(ranges) for process, ranges in counts.quarters.items()},
        needs={need: shown_parts(ranges) for need, ranges in counts.needs.items()},
    )


def _sum(ranges: Ranges) -> int | None:
    parts = [ranges[name] for name in UPPER]
    return None if None in parts else sum(part for part in parts if part is not None)
