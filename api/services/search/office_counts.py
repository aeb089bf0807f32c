"""How many people of an office are in each range: plain for its supervisor, and as a copy that may leave."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from api.services.context import Context
from api.services.search.needs import Labels
from api.services.search.search import count
from rms.engine.filter import NEED_RANGES, Filter
from rms.suppression import shown_count, shown_parts

Ranges = Mapping[str, int | None]
UPPER = tuple(f"{low}–{high}" for low, high in NEED_RANGES[2:])  # half of the scale or more


@dataclass(frozen=True)
class OfficeCounts:
    """Counts of people by their latest assessment; None is a count too small for a copy that leaves.

    `quarters`: process → range of scores → people. `needs`: need → range of percent → people.
    """

    people: int | None
    quarters: Mapping[str, Ranges]
    needs: Mapping[str, Ranges]

    @property
    def upper_needs(self) -> Ranges:
        """Need → people rated half of its scale or more; None if part of the count is not shown."""
        return {need: _sum(ranges) for need, ranges in self.needs.items()}

    def to_share(self) -> "OfficeCounts":
        """The same for a copy that leaves RMS, without small counts and those that would reveal them."""
        return replace(
            self,
            people=None if self.people is None else shown_count(self.people),
            quarters={process: _parts_to_share(ranges) for process, ranges in self.quarters.items()},
            needs={need: _parts_to_share(ranges) for need, ranges in self.needs.items()},
        )


def office_counts(context: Context, office: str | None, *, needs: Labels) -> OfficeCounts:
    """Counts for this office and those below it; without an office, for all people the user may see.

    The needs come in the order of `needs`. Those of a form that is no longer known come last.
    """
    counts = count(context, Filter(latest=True, office=office))
    ordered = [code for code in needs if code in counts.needs]
    ordered += sorted(counts.needs.keys() - set(needs))
    return OfficeCounts(counts.people, counts.quarters, {code: counts.needs[code] for code in ordered})


def _parts_to_share(ranges: Ranges) -> Ranges:
    return shown_parts({name: number for name, number in ranges.items() if number is not None})


def _sum(ranges: Ranges) -> int | None:
    parts = [ranges[name] for name in UPPER]
    return None if None in parts else sum(part for part in parts if part is not None)
