"""Fields, order and format of exports that users keep under names of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.services.accounts import User
from api.storage import SavedOptions, Store
from rms.errors import NotFound

UNKNOWN = "You have saved no options of this name."


def options_of(user: User, *, store: Store) -> tuple[SavedOptions, ...]:
    """All of one user's, by name."""
    with store.reading() as tx:
        return tx.export_options.of_user(user.id)


def options_named(name: str, *, user: User, store: Store) -> SavedOptions:
    """
    Raises
    ------
    NotFound
        If this user has saved none of that name.
    """
    for one in options_of(user, store=store):
        if one.name == name:
            return one
    raise NotFound(UNKNOWN)


def save_options(
    name: str, options: Mapping[str, Any], *, user: User, store: Store, at: datetime
) -> SavedOptions:
    """Keep the options under that name, in place of what stood there."""
    saved = SavedOptions(name, options, at)
    with store.transaction() as tx:
        tx.export_options.save(saved, user_id=user.id, by=user.username)
    return saved


def remove_options(name: str, *, user: User, store: Store, at: datetime) -> None:
    """
    Raises
    ------
    NotFound
        If this user has saved none of that name.
    """
    with store.transaction() as tx:
        if not tx.export_options.remove(name, user_id=user.id, by=user.username, at=at):
            raise NotFound(UNKNOWN)
