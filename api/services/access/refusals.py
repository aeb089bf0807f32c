"""Refused attempts in the audit log: each is listed, up to a number that cannot fill the disk."""

from datetime import datetime, timedelta

from api.storage import Transaction

EVERY = timedelta(hours=1)
OF_ONE = 100  # for one user or service account
OF_UNKNOWN = 1_000  # for all unknown names together


def note_refused(action: str, user_id: int | None, *, tx: Transaction, at: datetime) -> None:
    """Log a refused attempt to sign in as this user; None is an unknown name.

    After the maximum per hour, one entry says until when further ones are not listed.
    """
    key = "" if user_id is None else str(user_id)
    most = OF_UNKNOWN if user_id is None else OF_ONE
    counted = tx.sign_ins.count(f"{action} {key}", at=at, until=at + EVERY)
    if counted.attempts > most + 1:
        return
    ends = {"not_listed_until": counted.expires_at.isoformat()} if counted.attempts > most else {}
    tx.audit.append(action, actor="", at=at, object_kind="user", object_key=key, detail=ends)
