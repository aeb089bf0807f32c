"""Refused attempts in the record: each is listed, until there are so many that they would fill the disk."""

from datetime import datetime, timedelta

from api.storage import Transaction

EVERY = timedelta(hours=1)
OF_ONE = 100  # of one user or service account
OF_UNKNOWN = 1_000  # of all names that are not there, together


def note_refused(action: str, user_id: int | None, *, tx: Transaction, at: datetime) -> None:
    """Put on record that somebody tried to be this user, or one who is not there, and was refused.

    After so many within an hour one entry says until when further ones are not listed.
    """
    key = "" if user_id is None else str(user_id)
    most = OF_UNKNOWN if user_id is None else OF_ONE
    counted = tx.sign_ins.count(f"{action} {key}", at=at, until=at + EVERY)
    if counted.attempts > most + 1:
        return
    ends = {"not_listed_until": counted.expires_at.isoformat()} if counted.attempts > most else {}
    tx.audit.append(action, actor="", at=at, object_kind="user", object_key=key, detail=ends)
