"""Idempotency keys, stored in the transaction of the request that they belong to."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, delete, select, text, update

from api.storage.tables import Instant, idempotency_keys

KEPT = timedelta(hours=48)

# One statement, so that of two requests one finds the other's key or waits until its transaction has ended.
_claim = text(
    "INSERT INTO idempotency_keys (account, key_hash, request_hash, created_at) "
    "VALUES (:account, :key_hash, :request_hash, :at) ON CONFLICT (account, key_hash) DO UPDATE "
    "SET request_hash = excluded.request_hash, created_at = excluded.created_at, assessment = NULL "
    "WHERE idempotency_keys.created_at <= :expired"
).bindparams(bindparam("at", type_=Instant), bindparam("expired", type_=Instant))


@dataclass(frozen=True)
class Once:
    """A request that must take effect only once: its account, and hashes of its key and of what it asks for.

    `spelled_hash` is the hash of the request as it was spelled, which earlier versions of RMS stored.
    """

    account: int
    key_hash: str
    request_hash: str
    spelled_hash: str | None = None

    def is_as_stored(self, request_hash: str) -> bool:
        """Whether the request stored with this hash was the same."""
        return request_hash in (self.request_hash, self.spelled_hash)


@dataclass(frozen=True)
class Earlier:
    """The earlier request with the key, and the id of its assessment."""

    request_hash: str
    assessment: str


class Idempotency:
    """Idempotency keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim(self, once: Once, *, at: datetime) -> Earlier | None:
        """Claim the key until the transaction ends; returns the earlier request with it, if there is one."""
        request = {name: getattr(once, name) for name in ("account", "key_hash", "request_hash")}
        claimed = self._connection.execute(_claim, {**request, "at": at, "expired": at - KEPT})
        return None if claimed.rowcount else self.find(once, at=at)

    def keep(self, once: Once, assessment: str) -> None:
        """Store the assessment of the request that claimed the key."""
        self._connection.execute(update(idempotency_keys).where(*_of(once)).values(assessment=assessment))

    def delete_expired(self, *, at: datetime) -> None:
        self._connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at <= at - KEPT))

    def find(self, once: Once, *, at: datetime) -> Earlier | None:
        """The earlier request with this key, if it is still kept."""
        row = self._connection.execute(
            select(idempotency_keys.c.request_hash, idempotency_keys.c.assessment).where(
                *_of(once), idempotency_keys.c.created_at > at - KEPT
            )
        ).first()
        return None if row is None else Earlier(row.request_hash, row.assessment)


def _of(once: Once) -> tuple[ColumnElement[bool], ...]:
    return idempotency_keys.c.account == once.account, idempotency_keys.c.key_hash == once.key_hash
