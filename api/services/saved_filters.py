"""Criteria that users keep under names of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.services.accounts import User
from api.storage import SavedFilter, Store
from rms.errors import NotFound

UNKNOWN = "You have saved no filter of this name."


def filters_of(user: User, *, store: Store) -> tuple[SavedFilter, ...]:
    """All of one user's, by name."""
    with store.reading() as tx:
        return tx.saved_filters.of_user(user.id)


def filter_of(name: str, *, user: User, store: Store) -> SavedFilter:
    """
    Raises
    ------
    NotFound
        If this user has saved none of that name.
    """
    for one in filters_of(user, store=store):
        if one.name == name:
            return one
    raise NotFound(UNKNOWN)


def save_filter(
    name: str, criteria: Mapping[str, Any], *, user: User, store: Store, at: datetime
) -> SavedFilter:
    """Keep the criteria under that name, in place of what stood there."""
    saved = SavedFilter(name, criteria, at)
    with store.transaction() as tx:
        tx.saved_filters.save(saved, user_id=user.id, by=user.username)
    return saved


def remove_filter(name: str, *, user: User, store: Store, at: datetime) -> None:
    """
    Raises
    ------
    NotFound
        If this user has saved none of that name.
    """
    with store.transaction() as tx:
        if not tx.saved_filters.remove(name, user_id=user.id, by=user.username, at=at):
            raise NotFound(UNKNOWN)
