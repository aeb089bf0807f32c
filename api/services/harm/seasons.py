"""The months in which the force has recorded most offences of a kind. It names and counts no people."""

from api.services.context import Context
from rms.harm.listing import HarmFilter
from rms.harm.seasons import Season, season, whole_years


def season_of(context: Context, filter: HarmFilter) -> Season | None:
    """The season of the offence of this filter; None if it has none.

    It counts all offences on record in the whole force, not only those of people on the list.
    """
    if filter.offence is None:
        return None
    first, last = whole_years(context.today)
    with context.store.reading() as tx:
        return season(tx.offender_list.recorded_by_month(filter.offence, first=first, last=last))
