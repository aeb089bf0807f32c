"""List, add, move and rename offices."""

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
        If there is no such office; the message lists the offices.
    """
    office = tx.offices.named(name)
    if office is None:
        names = listed(office.name for office in tx.offices.all())
        detail = f"There is no office with this name. Use one of: {names}."
        raise InvalidInput([Problem(at, "unknown_office", detail)])
    return office


def add_office(context: Context, name: str, *, parent: str | None) -> Office:
    """Add an office below another; without `parent`, below the top office.

    Raises
    ------
    InvalidInput
        If there is no such parent office.
    Conflict
        If the name is taken.
    """
    with context.store.transaction() as tx:
        above = AGENCY if parent is None else office_named(parent, tx, at="/parent").id
        return tx.offices.add(name, parent=above, by=context.by, at=context.at)


def move_office(context: Context, name: str, *, parent: str) -> Office:
    """Move an office, with all offices below it, below another. Supervisors of that one see its people.

    Raises
    ------
    NotFound
        If there is no such office.
    InvalidInput
        If there is no such parent office, or it is below the moved one.
    Conflict
        If it is the top office.
    """
    with context.store.transaction() as tx:
        office = _named(name, tx)
        if office.id == AGENCY:
            raise Conflict("The top office cannot be moved below another.")
        above = office_named(parent, tx, at="/parent")
        if tx.offices.holds(office.id, above.id):
            detail = "An office cannot be below itself or below one of its own offices."
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
        office = _named(name, tx)
        tx.offices.rename(office, new, by=context.by, at=context.at)
    return Office(office.id, new, office.parent)


def _named(name: str, tx: Transaction) -> Office:
    office = tx.offices.named(name)
    if office is None:
        raise NotFound("There is no office with this name.")
    return office
