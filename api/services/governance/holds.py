"""Legal holds: while one is in force, the person's records are neither erased nor expire."""

from api.services.context import Context
from api.storage import Hold, Transaction
from rms.errors import NotFound

PERSON_UNKNOWN = "There is no person with this offender number."


def place_hold(context: Context, number: str, reason: str) -> Hold:
    """Place a legal hold on the person's records, or replace its reason.

    Raises
    ------
    NotFound
        If the caller may see no person with this number.
    """
    with context.store.transaction() as tx:
        person = _locked_visible_person(number, tx)
        tx.holds.place(person, reason, account=context.user.id, by=context.by, at=context.at)
    return Hold(reason, context.by, context.at)


def hold_of(context: Context, number: str) -> Hold:
    """
    Raises
    ------
    NotFound
        If the caller may see no person with this number, or there is no hold.
    """
    with context.store.reading() as tx:
        return _required(tx.holds.of(_visible_person(number, tx)))


def lift_hold(context: Context, number: str) -> None:
    """
    Raises
    ------
    NotFound
        If the caller may see no person with this number, or there is no hold.
    """
    with context.store.transaction() as tx:
        person = _locked_visible_person(number, tx)
        _required(tx.holds.of(person))
        tx.holds.lift(person, by=context.by, at=context.at)


def locked_person(number: str, tx: Transaction) -> int:
    """The person's key. No other transaction can change their records until this one ends.

    Raises
    ------
    NotFound
        If no person has this number.
    """
    person = tx.people.key(number)
    if person is None or not tx.people.keep(person):
        raise NotFound(PERSON_UNKNOWN)
    return person


def _locked_visible_person(number: str, tx: Transaction) -> int:
    """As `locked_person`, if the caller may see the person."""
    _visible_person(number, tx)
    return locked_person(number, tx)


def _visible_person(number: str, tx: Transaction) -> int:
    """The person's key, if the caller may see the person."""
    person = tx.people.key(number)
    if person is None or not tx.caseload.may_write_about(person):
        raise NotFound(PERSON_UNKNOWN)
    return person


def _required(hold: Hold | None) -> Hold:
    if hold is None:
        raise NotFound("There is no legal hold on this person’s records.")
    return hold
