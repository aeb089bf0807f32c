"""Legal holds: as long as one is in force, nothing about the person is erased, nor does it expire."""

from api.services.context import Context
from api.storage import Hold, Transaction
from rms.errors import NotFound

NOBODY = "Nothing has been submitted under this offender number."


def place_hold(context: Context, number: str, reason: str) -> Hold:
    """Hold the person's records, or give a new reason why they are held.

    Raises
    ------
    NotFound
        If there is nobody of this number whom they may see.
    """
    with context.store.transaction() as tx:
        first = _theirs(number, tx)
        tx.holds.place(number, reason, first=first, account=context.user.id, by=context.by, at=context.at)
    return Hold(reason, context.by, context.at)


def hold_of(context: Context, number: str) -> Hold:
    """
    Raises
    ------
    NotFound
        If there is nobody of this number whom they may see, or no hold.
    """
    with context.store.reading() as tx:
        if not tx.caseload.may_write_about(number):
            raise NotFound(NOBODY)
        return _there(tx.holds.of(number))


def lift_hold(context: Context, number: str) -> None:
    """
    Raises
    ------
    NotFound
        If there is nobody of this number whom they may see, or no hold.
    """
    with context.store.transaction() as tx:
        first = _theirs(number, tx)
        _there(tx.holds.of(number))
        tx.holds.lift(number, first=first, by=context.by, at=context.at)


def person(number: str, tx: Transaction) -> int:
    """The key of the person's first assessment; until the transaction ends nobody else changes anything.

    Raises
    ------
    NotFound
        If there is nobody of this number whom they may see.
    """
    first = tx.people.keep(number)
    if first is None:
        raise NotFound(NOBODY)
    return first


def _theirs(number: str, tx: Transaction) -> int:
    """As `person`, for whoever holds records: nobody outside of their offices is there for them."""
    if not tx.caseload.may_write_about(number):
        raise NotFound(NOBODY)
    return person(number, tx)


def _there(hold: Hold | None) -> Hold:
    if hold is None:
        raise NotFound("The records of this person are not held.")
    return hold
