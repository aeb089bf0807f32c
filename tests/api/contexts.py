"""Contexts for tests, with a store that shows everything."""

from datetime import UTC, datetime

from api.services.context import Context, context_of
from api.services.users import User
from api.storage import Store

START = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)


def context_for(store: Store, *, by: User | str = "test", at: datetime = START) -> Context:
    """`by` is the user, or a name for the audit log if there is no user."""
    return context_of(by, store=store, at=at) if isinstance(by, User) else Context(store, at, by)
