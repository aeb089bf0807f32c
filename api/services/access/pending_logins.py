"""Pending logins: the password was right, and the second factor is still needed.

A pending login is not a session. Its token gives no access.
"""

import secrets
from datetime import timedelta

from api.config import SecondFactor
from api.services.access.credentials import sha256
from api.services.access.passwords import ALONE
from api.services.context import Context

LASTS = timedelta(minutes=10)
MOST = 10  # per user; the oldest end


def is_pending(context: Context, user_id: int, password: str, *, rule: SecondFactor) -> bool:
    """Whether a user whose password was right still needs a second factor.

    A password that is too short to be used alone only gives access to the enrolment.
    """
    if rule is SecondFactor.REQUIRED or len(password) < ALONE:
        return True
    if rule is SecondFactor.OFF:
        return False
    with context.store.reading() as tx:
        factor = tx.second_factors.get(user_id)
    return factor is not None and factor.confirmed_at is not None


def start_pending_login(context: Context, user_id: int) -> str:
    """The token of a new pending login, valid for `LASTS`."""
    token = secrets.token_urlsafe(32)
    with context.store.transaction() as tx:
        tx.pending_logins.end_expired(at=context.at)
        tx.pending_logins.add(sha256(token), user_id=user_id, expires_at=context.at + LASTS)
        tx.pending_logins.end_but_latest(MOST, user_id=user_id)
    return token


def pending_user_id(context: Context, token: str) -> int | None:
    """The id of the user of the pending login."""
    with context.store.reading() as tx:
        return tx.pending_logins.user_of(sha256(token), at=context.at)


def end_pending_login(context: Context, token: str) -> None:
    with context.store.transaction() as tx:
        tx.pending_logins.end(sha256(token))
