"""Ranges of scores by name: the four quarters, and what an agency added."""

from api.services.context import Context
from rms.engine.bands import Band
from rms.engine.scale import QUARTERS, Quarter
from rms.errors import Conflict, InvalidInput, NotFound, Problem, listed


def add_band(context: Context, band: Band) -> None:
    """
    Raises
    ------
    InvalidInput
        If the band has expired already.
    Conflict
        If another band that is in force has the name, or is of the same set and overlaps.
    """
    if band.has_expired(context.at.date()):
        raise InvalidInput([Problem("/expires_on", "date_out_of_range", "A band expires on a later day.")])
    with context.store.transaction() as tx:
        for other in tx.bands.all():
            if other.has_expired(context.at.date()):
                continue
            if other.name == band.name:
                raise Conflict("There is a band of this name, which has not expired.")
            if other.overlaps(band):
                raise Conflict(f"This overlaps with “{other.name}” of the same owner and process.")
        tx.bands.add(band, by=context.by, at=context.at)


def bands(context: Context) -> tuple[Band, ...]:
    """All that were added, expired ones too."""
    with context.store.reading() as tx:
        return tx.bands.all()


def band_named(context: Context, name: str) -> Band | Quarter:
    """The quarter or the band of that name that is in force.

    Raises
    ------
    NotFound
        If there is none, or it has expired.
    """
    in_force = [band for band in bands(context) if not band.has_expired(context.at.date())]
    known: tuple[Band | Quarter, ...] = (*QUARTERS, *in_force)
    for one in known:
        if one.name == name:
            return one
    names = listed(one.name for one in known)
    raise NotFound(f"No band of this name is in force; this takes one of {names}.")
