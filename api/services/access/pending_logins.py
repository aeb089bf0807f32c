"""Logins that are not whole yet: the password was right, and a second factor is still to be shown.

Nothing opens for them, for they are no sessions: a token of one finds nobody signed in.
"""

import secrets
from datetime import timedelta

from api.config import SecondFactor
from api.services.access.credentials import sha256
from api.services.access.passwords import ALONE
from api.services.context import Context

LASTS = timedelta(minutes=10)
MOST = 10  # of one user; then the oldest end


def is_pending(context: Context, user_id: int, password: str, *, rule: SecondFactor) -> bool:
    """Whether something is still to be shown by a user whose password was right.

    One that is too short to be used alone opens no more than the enrolment.
    """
    if rule is SecondFactor.REQUIRED or len(password) < ALONE:
        return True
    if rule is SecondFactor.OFF:
        return False
    with context.store.reading() as tx:
        factor = tx.second_factors.get(user_id)
    return factor is not None and factor.confirmed_at is not None


def start_pending_login(context: Context, user_id: int) -> str:
    """A token, good for `LASTS`, that says whose password was right."""
    token = secrets.token_urlsafe(32)
    with context.store.transaction() as tx:
        tx.pending_logins.end_expired(at=context.at)
        tx.pending_logins.add(sha256(token), user_id=user_id, expires_at=context.at + LASTS)
        tx.pending_logins.end_but_latest(MOST, user_id=user_id)
    return token


def pending_user_id(context: Context, token: str) -> int | None:
    """The id of the user whose pending login this is."""
    with context.store.reading() as tx:
        return tx.pending_logins.user_of(sha256(token), at=context.at)


def end_pending_login(context: Context, token: str) -> None:
    with context.store.transaction() as tx:
        tx.pending_logins.end(sha256(token))
