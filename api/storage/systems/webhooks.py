"""Webhooks of other systems. Their secrets are derived and not stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import webhooks


@dataclass(frozen=True)
class Webhook:
    """`secret_number` counts the secrets so far; `failing_since` is None while deliveries succeed.

    Nothing is sent before `quiet_until`, because the receiver did not answer.
    """

    id: str
    owner: int
    url: str
    secret_number: int
    active: bool
    created_at: datetime
    failing_since: datetime | None = None
    quiet_until: datetime | None = None


class Webhooks:
    """Webhooks in one transaction. `by` is the actor in the audit log."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, webhook: Webhook, *, by: str) -> None:
        self._connection.execute(insert(webhooks), vars(webhook))
        self._note("added", webhook.id, by=by, at=webhook.created_at)

    def of(self, owner: int) -> tuple[Webhook, ...]:
        """A user's webhooks, oldest first."""
        chosen = (
            select(webhooks).where(webhooks.c.owner == owner).order_by(webhooks.c.created_at, webhooks.c.id)
        )
        return tuple(Webhook(**row._mapping) for row in self._connection.execute(chosen))

    def number_of(self, owner: int) -> int:
        return self._connection.scalar(select(func.count()).where(webhooks.c.owner == owner)) or 0

    def get(self, id: str, *, owner: int | None = None) -> Webhook | None:
        """The webhook with this id; with `owner`, only if it is theirs."""
        chosen = select(webhooks).where(webhooks.c.id == id)
        if owner is not None:
            chosen = chosen.where(webhooks.c.owner == owner)
        row = self._connection.execute(chosen).first()
        return None if row is None else Webhook(**row._mapping)

    def change(self, webhook: Webhook, *, by: str, at: datetime) -> None:
        """Store the changed webhook."""
        self._set(webhook.id, **vars(webhook))
        self._note("changed", webhook.id, by=by, at=at)

    def remove(self, id: str, *, by: str, at: datetime) -> None:
        """Delete the webhook with its deliveries."""
        self._connection.execute(delete(webhooks).where(webhooks.c.id == id))
        self._note("removed", id, by=by, at=at)

    def works(self, id: str) -> None:
        """Record a successful delivery."""
        self._set(id, failing_since=None, quiet_until=None)

    def fails(self, id: str, *, since: datetime, quiet_until: datetime | None) -> None:
        self._set(id, failing_since=since, quiet_until=quiet_until)

    def disable(self, id: str, *, by: str, at: datetime) -> None:
        """Stop sending to the webhook until its owner resumes it."""
        self._set(id, active=False)
        self._note("disabled", id, by=by, at=at)

    def _set(self, id: str, /, **values: Any) -> None:
        self._connection.execute(update(webhooks).where(webhooks.c.id == id).values(**values))

    def _note(self, what: str, id: str, *, by: str, at: datetime) -> None:
        self._audit.append(f"webhook.{what}", actor=by, at=at, object_kind="webhook", object_key=id)
