"""Filters and export options that users save under a name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from api.services.context import Context
from api.storage import SavedItem, SavedItems, Transaction
from rms.errors import LimitReached, NotFound

MOST_SAVED = 100  # of each kind, of one account


@dataclass(frozen=True)
class SavedKind:
    """A kind of saved item: where it is stored, its name in messages, and the message if it is not found."""

    items: Callable[[Transaction], SavedItems]
    plural: str
    not_found: str


SAVED_FILTERS = SavedKind(lambda tx: tx.saved_filters, "filters", "You have no saved filter with this name.")
EXPORT_OPTIONS = SavedKind(
    lambda tx: tx.export_options, "export options", "You have no saved export options with this name."
)


def saved_items(context: Context, kind: SavedKind) -> tuple[SavedItem, ...]:
    """All saved items of this user, by name."""
    with context.store.reading() as tx:
        return kind.items(tx).of_user(context.user.id)


def find_saved_item(context: Context, name: str, kind: SavedKind) -> SavedItem:
    """
    Raises
    ------
    NotFound
        If this user has no saved item with that name.
    """
    for item in saved_items(context, kind):
        if item.name == name:
            return item
    raise NotFound(kind.not_found)


def is_saved(context: Context, name: str, kind: SavedKind) -> bool:
    """Whether this user has a saved item with that name, which another would replace."""
    return any(item.name == name for item in saved_items(context, kind))


def save_item(context: Context, name: str, content: Mapping[str, Any], kind: SavedKind) -> SavedItem:
    """Save the content under that name. Reusing a name replaces its content.

    Raises
    ------
    LimitReached
        If the name is new, and this user has saved `MOST_SAVED` already.
    """
    item = SavedItem(name, content, context.at)
    with context.store.transaction() as tx:
        tx.accounts.hold(context.user.id)
        names = {saved.name for saved in kind.items(tx).of_user(context.user.id)}
        if name not in names and len(names) >= MOST_SAVED:
            raise LimitReached(
                f"You have {MOST_SAVED} saved {kind.plural}, which is the maximum. Delete one, "
                "or reuse a name to replace it."
            )
        kind.items(tx).save(item, user_id=context.user.id, by=context.by)
    return item


def delete_saved_item(context: Context, name: str, kind: SavedKind) -> None:
    """
    Raises
    ------
    NotFound
        If this user has no saved item with that name.
    """
    with context.store.transaction() as tx:
        if not kind.items(tx).remove(name, user_id=context.user.id, by=context.by, at=context.at):
            raise NotFound(kind.not_found)
