"""Offices: listed, added below another, renamed."""

from api.services.context import Context
from api.storage import AGENCY, Office, Transaction
from rms.errors import Conflict, InvalidInput, NotFound, Problem, listed


def offices(context: Context) -> tuple[Office, ...]:
    """Every office, by name."""
    with context.store.reading() as tx:
        return tx.offices.all()


def office_named(name: str, tx: Transaction, *, at: str) -> Office:
    """The office that a field names; `at` is the pointer to the field.

    Raises
    ------
    InvalidInput
        If there is no such office; the message lists those that there are.
    """
    office = tx.offices.named(name)
    if office is None:
        names = listed(one.name for one in tx.offices.all())
        detail = f"There is no office of this name; this takes one of {names}."
        raise InvalidInput([Problem(at, "unknown_office", detail)])
    return office


def add_office(context: Context, name: str, *, parent: str | None) -> Office:
    """A new office below another: below the agency itself, where none is named.

    Raises
    ------
    InvalidInput
        If there is no office to put it below.
    Conflict
        If the name is taken.
    """
    with context.store.transaction() as tx:
        above = AGENCY if parent is None else office_named(parent, tx, at="/parent").id
        return tx.offices.add(name, parent=above, by=context.by, at=context.at)


def move_office(context: Context, name: str, *, parent: str) -> Office:
    """Put an office, with all below it, below another: who supervises that one sees its people.

    Raises
    ------
    NotFound
        If there is no such office.
    InvalidInput
        If there is no office to put it below, or that one is below it.
    Conflict
        If it is the agency itself.
    """
    with context.store.transaction() as tx:
        office = tx.offices.named(name)
        if office is None:
            raise NotFound("There is no office of this name.")
        if office.id == AGENCY:
            raise Conflict("The agency itself is below no office.")
        above = office_named(parent, tx, at="/parent")
        if tx.offices.holds(office.id, above.id):
            detail = "An office cannot be below itself, nor below one that is below it."
            raise InvalidInput([Problem("/parent", "below_itself", detail)])
        tx.offices.move(office, parent=above.id, by=context.by, at=context.at)
    return Office(office.id, office.name, above.id)


def rename_office(context: Context, name: str, *, new: str) -> Office:
    """
    Raises
    ------
    NotFound
        If there is no such office.
    Conflict
        If the new name is taken.
    """
    with context.store.transaction() as tx:
        office = tx.offices.named(name)
        if office is None:
            raise NotFound("There is no office of this name.")
        tx.offices.rename(office, new, by=context.by, at=context.at)
    return Office(office.id, new, office.parent)
