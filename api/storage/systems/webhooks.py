"""Webhooks: where other systems want to be told. Their secrets are not here, for they are derived."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import webhooks


@dataclass(frozen=True)
class Webhook:
    """`secret_number` counts the secrets it has had; `failing_since` is None while deliveries arrive.

    Before `quiet_until` nothing is tried, for nobody answered.
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
    """The webhooks as one transaction sees them. `by` is who does it, for the audit."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def add(self, webhook: Webhook, *, by: str) -> None:
        self._connection.execute(insert(webhooks), vars(webhook))
        self._note("added", webhook.id, by=by, at=webhook.created_at)

    def of(self, owner: int) -> tuple[Webhook, ...]:
        """All of one user's, oldest first."""
        chosen = (
            select(webhooks).where(webhooks.c.owner == owner).order_by(webhooks.c.created_at, webhooks.c.id)
        )
        return tuple(Webhook(**row._mapping) for row in self._connection.execute(chosen))

    def number_of(self, owner: int) -> int:
        return self._connection.scalar(select(func.count()).where(webhooks.c.owner == owner)) or 0

    def get(self, id: str, *, owner: int | None = None) -> Webhook | None:
        """The webhook of that id, if it is this owner's or no owner is named."""
        chosen = select(webhooks).where(webhooks.c.id == id)
        if owner is not None:
            chosen = chosen.where(webhooks.c.owner == owner)
        row = self._connection.execute(chosen).first()
        return None if row is None else Webhook(**row._mapping)

    def change(self, webhook: Webhook, *, by: str, at: datetime) -> None:
        """Put the webhook in the place of the one of its id."""
        self._set(webhook.id, **vars(webhook))
        self._note("changed", webhook.id, by=by, at=at)

    def remove(self, id: str, *, by: str, at: datetime) -> None:
        """Nothing more is sent there, and what was is forgotten."""
        self._connection.execute(delete(webhooks).where(webhooks.c.id == id))
        self._note("removed", id, by=by, at=at)

    def works(self, id: str) -> None:
        """A delivery has arrived."""
        self._set(id, failing_since=None, quiet_until=None)

    def fails(self, id: str, *, since: datetime, quiet_until: datetime | None) -> None:
        self._set(id, failing_since=since, quiet_until=quiet_until)

    def disable(self, id: str, *, by: str, at: datetime) -> None:
        """Nothing is sent there until its owner says so again."""
        self._set(id, active=False)
        self._note("disabled", id, by=by, at=at)

    def _set(self, id: str, /, **values: Any) -> None:
        self._connection.execute(update(webhooks).where(webhooks.c.id == id).values(**values))

    def _note(self, what: str, id: str, *, by: str, at: datetime) -> None:
        self._audit.append(f"webhook.{what}", actor=by, at=at, object_kind="webhook", object_key=id)
