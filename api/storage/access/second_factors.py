"""Second factors: the encrypted secret behind the codes, and hashes of the recovery codes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from api.storage.audit import Audit
from api.storage.tables import recovery_codes, second_factors


@dataclass(frozen=True)
class Factor:
    """A user's second factor; without `confirmed_at` it is not in use yet.

    `last_step` is the step of the last accepted code, so that no code is accepted twice.
    """

    user_id: int
    sealed_secret: bytes
    begun_at: datetime
    confirmed_at: datetime | None
    last_step: int


class SecondFactors:
    """Second factors in one transaction. `by` is the actor in the audit log."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def get(self, user_id: int) -> Factor | None:
        row = self._connection.execute(
            select(second_factors).where(second_factors.c.user_id == user_id)
        ).first()
        return Factor(**row._mapping) if row else None

    def begin(self, user_id: int, sealed_secret: bytes, *, by: str, at: datetime) -> None:
        """Store a new secret, in place of one that was never confirmed."""
        self._forget(user_id)
        values = {"sealed_secret": sealed_secret, "begun_at": at, "last_step": 0}
        self._connection.execute(insert(second_factors), {"user_id": user_id, **values})
        self._note("second_factor.begun", user_id, by=by, at=at)

    def confirm(self, user_id: int, code_hashes: Iterable[str], *, by: str, at: datetime) -> None:
        """Put the second factor in use, with these recovery codes."""
        self._connection.execute(
            update(second_factors).where(second_factors.c.user_id == user_id).values(confirmed_at=at)
        )
        codes = [{"user_id": user_id, "code_hash": code_hash} for code_hash in code_hashes]
        self._connection.execute(insert(recovery_codes), codes)
        self._note("second_factor.confirmed", user_id, by=by, at=at)

    def accept_step(self, user_id: int, step: int) -> bool:
        """Use the code of this step; False if it or a later one has been used."""
        # One statement, so that of two requests with the same code one is refused.
        taken = self._connection.execute(
            update(second_factors)
            .where(second_factors.c.user_id == user_id, second_factors.c.last_step < step)
            .values(last_step=step)
        )
        return bool(taken.rowcount)

    def accept_recovery(self, user_id: int, code_hash: str, *, by: str, at: datetime) -> bool:
        """Use this recovery code; False if it is not one of this user's, or has been used."""
        taken = self._connection.execute(
            update(recovery_codes)
            .where(
                recovery_codes.c.user_id == user_id,
                recovery_codes.c.code_hash == code_hash,
                recovery_codes.c.used_at.is_(None),
            )
            .values(used_at=at)
        )
        if taken.rowcount:
            self._note("recovery_code.used", user_id, by=by, at=at)
        return bool(taken.rowcount)

    def recovery_codes_left(self, user_id: int) -> int:
        return self._connection.execute(
            select(func.count()).where(
                recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None)
            )
        ).scalar_one()

    def remove(self, user_id: int, *, by: str, at: datetime) -> bool:
        """Delete the second factor; False if there is none."""
        removed = self._forget(user_id)
        if removed:
            self._note("second_factor.removed", user_id, by=by, at=at)
        return removed

    def refuse_code(self, user_id: int, *, by: str, at: datetime) -> None:
        """Log that a code was wrong."""
        self._note("second_factor.refused", user_id, by=by, at=at)

    def _forget(self, user_id: int) -> bool:
        self._connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
        gone = self._connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
        return bool(gone.rowcount)

    def _note(self, action: str, user_id: int, *, by: str, at: datetime) -> None:
        self._audit.append(action, actor=by, at=at, object_kind="user", object_key=str(user_id))
