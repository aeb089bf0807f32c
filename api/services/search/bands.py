"""Named ranges of scores: the four quarters, and the bands that an agency adds."""

from api.services.context import Context
from rms.engine.bands import Band
from rms.engine.scale import QUARTERS, Quarter
from rms.errors import Conflict, InvalidInput, NotFound, Problem, listed


def add_band(context: Context, band: Band) -> None:
    """
    Raises
    ------
    InvalidInput
        If the band has already expired.
    Conflict
        If another current band has the same name, or overlaps with it for the same owner and process.
    """
    if band.has_expired(context.today):
        detail = "The date on which the score range expires must be in the future."
        raise InvalidInput([Problem("/expires_on", "date_out_of_range", detail)])
    with context.store.transaction() as tx:
        for other in tx.bands.all():
            if other.has_expired(context.today):
                continue
            if other.name == band.name:
                raise Conflict("A current score range already has this name. Use another name.")
            if other.overlaps(band):
                raise Conflict(f"This band overlaps with “{other.name}” of the same owner and score.")
        tx.bands.add(band, by=context.by, at=context.at)


def bands(context: Context) -> tuple[Band, ...]:
    """All bands that agencies added, including expired ones."""
    with context.store.reading() as tx:
        return tx.bands.all()


def band_named(context: Context, name: str) -> Band | Quarter:
    """The quarter or current band with that name.

    Raises
    ------
    NotFound
        If there is none, or it has expired.
    """
    current = [band for band in bands(context) if not band.has_expired(context.today)]
    known: tuple[Band | Quarter, ...] = (*QUARTERS, *current)
    for band in known:
        if band.name == name:
            return band
    names = listed(band.name for band in known)
    raise NotFound(f"There is no current band with this name. Choose one of {names}.")
