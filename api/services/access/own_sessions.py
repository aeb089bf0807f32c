"""A user's own sessions, and signing out everywhere else."""

from dataclasses import dataclass
from datetime import datetime

from api.services.access.accounts import IDLE
from api.services.access.credentials import sha256
from api.services.context import Context


@dataclass(frozen=True)
class OwnSession:
    """A session that has not ended; `here` marks the session of this request."""

    started_at: datetime
    last_seen_at: datetime
    here: bool


def own_sessions(context: Context, token: str | None) -> tuple[OwnSession, ...]:
    """The user's open sessions, most recently used first."""
    here = sha256(token) if token else ""
    with context.store.reading() as tx:
        sessions = tx.accounts.sessions_of(context.user.id)
    return tuple(
        OwnSession(session.created_at, session.last_seen_at, session.token_hash == here)
        for session in sessions
        if context.at < session.expires_at and context.at - session.last_seen_at < IDLE
    )


def sign_out_elsewhere(context: Context, token: str | None) -> None:
    """End every session of this user except the one of this request."""
    with context.store.transaction() as tx:
        tx.accounts.end_others(
            context.user.id, but=sha256(token) if token else "", by=context.by, at=context.at
        )
