"""The share of each harm band over time, and whether it has moved since the thresholds were set.

Counts are of the whole force, so only those who see the whole force read them.
"""

from dataclasses import dataclass

from api.services.context import Context
from api.services.users import REACH, Role
from api.storage import AGENCY, BandCounts, Reach, StoredCuts
from rms.errors import Forbidden
from rms.harm.shares import Comparison, compare_shares

NOT_WHOLE_FORCE = "This page counts the people of the whole force. Your areas are a part of it."


@dataclass(frozen=True)
class BandsOverTime:
    """The counts since the cuts were set, oldest first. `comparison`: of the last day with `reference`."""

    cuts: StoredCuts
    reference: BandCounts
    days: tuple[BandCounts, ...]
    comparison: Comparison


def sees_whole_force(context: Context) -> bool:
    """Whether the areas of a user are all areas; true for roles whose work is the whole agency."""
    user = context.user
    if REACH[user.role] is not Reach.OFFICES or user.role is Role.ANALYST or user.office == AGENCY:
        return True
    with context.store.reading() as tx:
        areas = {office.id for office in tx.offices.all() if office.code}
        return bool(areas) and areas <= set(tx.offices.below(user.office))


def bands_over_time(context: Context) -> BandsOverTime | None:
    """None until the bands have thresholds.

    Raises
    ------
    Forbidden
        If the user sees only a part of the force.
    """
    if not sees_whole_force(context):
        raise Forbidden(NOT_WHOLE_FORCE)
    with context.store.reading() as tx:
        cuts = tx.harm.cuts()
        reference = None if cuts is None else tx.band_shares.reference(cuts.id)
        if cuts is None or reference is None:
            return None
        days = tx.band_shares.by_day(cuts.id) or (reference,)
    return BandsOverTime(cuts, reference, days, compare_shares(reference.people, days[-1].people))
