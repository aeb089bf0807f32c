"""Where somebody is signed in, and signing out everywhere else."""

from dataclasses import dataclass
from datetime import datetime

from api.services.access.accounts import IDLE
from api.services.access.credentials import sha256
from api.services.context import Context


@dataclass(frozen=True)
class OwnSession:
    """A session that has not ended; `here` is the one that asks."""

    started_at: datetime
    last_seen_at: datetime
    here: bool


def own_sessions(context: Context, token: str | None) -> tuple[OwnSession, ...]:
    """All that are open, the one used last first."""
    here = sha256(token) if token else ""
    with context.store.reading() as tx:
        found = tx.accounts.sessions_of(context.user.id)
    return tuple(
        OwnSession(one.created_at, one.last_seen_at, one.token_hash == here)
        for one in found
        if context.at < one.expires_at and context.at - one.last_seen_at < IDLE
    )


def sign_out_elsewhere(context: Context, token: str | None) -> None:
    """Every session of this user ends but the one that asks."""
    with context.store.transaction() as tx:
        tx.accounts.end_others(
            context.user.id, but=sha256(token) if token else "", by=context.by, at=context.at
        )
