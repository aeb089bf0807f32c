"""What users keep under names of their own: `FILTERS` are criteria of searches, `OPTIONS` of exports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.services.context import Context
from api.storage import Saved, SavedByName, Transaction
from rms.errors import LimitReached, NotFound

MOST_SAVED = 100  # of each kind, of one account


@dataclass(frozen=True)
class Shelf:
    """One kind of it: where it stands, what it is called, and what is said where there is none of a name."""

    of: Callable[[Transaction], SavedByName]
    called: str
    unknown: str


FILTERS = Shelf(lambda tx: tx.saved_filters, "filters", "You have saved no filter of this name.")
OPTIONS = Shelf(lambda tx: tx.export_options, "export options", "You have saved no options of this name.")


def saved_of(context: Context, shelf: Shelf) -> tuple[Saved, ...]:
    """All of one user's, by name."""
    with context.store.reading() as tx:
        return shelf.of(tx).of_user(context.user.id)


def saved_named(context: Context, name: str, shelf: Shelf) -> Saved:
    """
    Raises
    ------
    NotFound
        If this user has saved none of that name.
    """
    for one in saved_of(context, shelf):
        if one.name == name:
            return one
    raise NotFound(shelf.unknown)


def save_under(context: Context, name: str, content: Mapping[str, Any], shelf: Shelf) -> Saved:
    """Keep the content under that name, in place of what stood there.

    Raises
    ------
    LimitReached
        If the name is new, and this user has saved `MOST_SAVED` already.
    """
    saved = Saved(name, content, context.at)
    with context.store.transaction() as tx:
        tx.accounts.hold(context.user.id)
        names = {one.name for one in shelf.of(tx).of_user(context.user.id)}
        if name not in names and len(names) >= MOST_SAVED:
            raise LimitReached(
                f"You have saved {MOST_SAVED} {shelf.called}, as many as one account may have. Delete one, "
                "or save under a name that you have already."
            )
        shelf.of(tx).save(saved, user_id=context.user.id, by=context.by)
    return saved


def remove_saved(context: Context, name: str, shelf: Shelf) -> None:
    """
    Raises
    ------
    NotFound
        If this user has saved none of that name.
    """
    with context.store.transaction() as tx:
        if not shelf.of(tx).remove(name, user_id=context.user.id, by=context.by, at=context.at):
            raise NotFound(shelf.unknown)
