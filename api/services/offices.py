"""Offices: listed, added below another, renamed."""

from datetime import datetime

from api.storage import AGENCY, Office, Store
from rms.errors import InvalidInput, NotFound, Problem


def offices(*, store: Store) -> tuple[Office, ...]:
    """Every office, by name."""
    with store.reading() as tx:
        return tx.offices.all()


def add_office(name: str, *, parent: str | None, by: str, store: Store, at: datetime) -> Office:
    """A new office below another: below the agency itself, where none is named.

    Raises
    ------
    InvalidInput
        If there is no office to put it below.
    Conflict
        If the name is taken.
    """
    with store.transaction() as tx:
        above = AGENCY
        if parent is not None:
            found = tx.offices.named(parent)
            if found is None:
                problem = Problem("/parent", "unknown_office", "There is no office of this name.")
                raise InvalidInput([problem])
            above = found.id
        return tx.offices.add(name, parent=above, by=by, at=at)


def rename_office(name: str, *, new: str, by: str, store: Store, at: datetime) -> Office:
    """
    Raises
    ------
    NotFound
        If there is no such office.
    Conflict
        If the new name is taken.
    """
    with store.transaction() as tx:
        office = tx.offices.named(name)
        if office is None:
            raise NotFound("There is no office of this name.")
        tx.offices.rename(office, new, by=by, at=at)
    return Office(office.id, new, office.parent)
