"""Legal holds: while one is in force, the person's records are neither erased nor expire."""

from api.services.context import Context
from api.services.people.naming import PersonNamed, key_of
from api.storage import Hold, Transaction
from rms.errors import NotFound

PERSON_UNKNOWN = "There is no such person."


def place_hold(context: Context, named: PersonNamed, reason: str) -> Hold:
    """Place a legal hold on the person's records, or replace its reason.

    Raises
    ------
    NotFound
        If the caller may see no such person.
    """
    with context.store.transaction() as tx:
        person = _locked_visible_person(named, tx)
        tx.holds.place(person, reason, account=context.user.id, by=context.by, at=context.at)
    return Hold(reason, context.by, context.at)


def hold_of(context: Context, named: PersonNamed) -> Hold:
    """
    Raises
    ------
    NotFound
        If the caller may see no such person, or there is no hold.
    """
    with context.store.reading() as tx:
        return _required(tx.holds.of(_visible_person(named, tx)))


def lift_hold(context: Context, named: PersonNamed) -> None:
    """
    Raises
    ------
    NotFound
        If the caller may see no such person, or there is no hold.
    """
    with context.store.transaction() as tx:
        person = _locked_visible_person(named, tx)
        _required(tx.holds.of(person))
        for one in tx.people.parts(person):  # a hold from before people were joined is lifted with theirs
            if tx.holds.of(one) is not None:
                tx.holds.lift(one, by=context.by, at=context.at)


def locked_person(named: PersonNamed, tx: Transaction) -> int:
    """The person's key. No other transaction can change their records until this one ends.

    Raises
    ------
    NotFound
        If there is no such person.
    """
    person = key_of(named, tx)
    if person is None or not tx.people.keep(person):
        raise NotFound(PERSON_UNKNOWN)
    return person


def _locked_visible_person(named: PersonNamed, tx: Transaction) -> int:
    """As `locked_person`, if the caller may see the person."""
    _visible_person(named, tx)
    return locked_person(named, tx)


def _visible_person(named: PersonNamed, tx: Transaction) -> int:
    """The person's key, if the caller may see the person."""
    person = key_of(named, tx)
    if person is None or not tx.caseload.may_write_about(person):
        raise NotFound(PERSON_UNKNOWN)
    return person


def _required(hold: Hold | None) -> Hold:
    if hold is None:
        raise NotFound("There is no legal hold on this person’s records.")
    return hold
