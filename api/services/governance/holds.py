"""Legal holds: as long as one is in force, nothing about the person is erased, nor does it expire."""

from api.services.context import Context
from api.storage import Hold, Transaction
from rms.errors import NotFound

PERSON_UNKNOWN = "Nothing has been submitted under this offender number."


def place_hold(context: Context, number: str, reason: str) -> Hold:
    """Hold the person's records, or give a new reason why they are held.

    Raises
    ------
    NotFound
        If there is nobody of this number whom they may see.
    """
    with context.store.transaction() as tx:
        tx.holds.place(_theirs(number, tx), reason, account=context.user.id, by=context.by, at=context.at)
    return Hold(reason, context.by, context.at)


def hold_of(context: Context, number: str) -> Hold:
    """
    Raises
    ------
    NotFound
        If there is nobody of this number whom they may see, or no hold.
    """
    with context.store.reading() as tx:
        return _there(tx.holds.of(_seen(number, tx)))


def lift_hold(context: Context, number: str) -> None:
    """
    Raises
    ------
    NotFound
        If there is nobody of this number whom they may see, or no hold.
    """
    with context.store.transaction() as tx:
        held = _theirs(number, tx)
        _there(tx.holds.of(held))
        tx.holds.lift(held, by=context.by, at=context.at)


def person(number: str, tx: Transaction) -> int:
    """The person's key; until the transaction ends nobody else changes anything about them.

    Raises
    ------
    NotFound
        If there is nobody of this number.
    """
    found = tx.people.key(number)
    if found is None or not tx.people.keep(found):
        raise NotFound(PERSON_UNKNOWN)
    return found


def _theirs(number: str, tx: Transaction) -> int:
    """As `person`, of those whom the caller may see."""
    _seen(number, tx)
    return person(number, tx)


def _seen(number: str, tx: Transaction) -> int:
    """The person's key, of those whom the caller may see."""
    found = tx.people.key(number)
    if found is None or not tx.caseload.may_write_about(found):
        raise NotFound(PERSON_UNKNOWN)
    return found


def _there(hold: Hold | None) -> Hold:
    if hold is None:
        raise NotFound("The records of this person are not held.")
    return hold
