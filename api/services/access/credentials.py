"""Keys, client secrets and access tokens drawn: shown once, kept as a hash and what to know each by.

Each is 256 random bits, which no guessing finds, so that a fast hash does.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.storage import Credential, CredentialKind, Transaction
from rms.errors import LimitReached

KEY_PREFIX = "rms_"
PREFIXES = {
    CredentialKind.KEY: KEY_PREFIX,
    CredentialKind.SECRET: f"{KEY_PREFIX}cs_",
    CredentialKind.TOKEN: f"{KEY_PREFIX}at_",
}
KNOWN_BY = 6  # characters
MOST_IN_FORCE = 20  # keys and client secrets of one account
MOST_TOKENS = 1000  # of one account: the older ones go


@dataclass(frozen=True)
class NewCredential:
    """What a credential is to be; `issued_by` is the key of the client secret that a token is issued for."""

    kind: CredentialKind
    name: str
    scopes: Sequence[str] | None
    expires_at: datetime | None
    issued_by: int | None = None


def issue(
    tx: Transaction, user_id: int, new: NewCredential, *, by: str, at: datetime
) -> tuple[Credential, str]:
    """A new credential of this user as it is stored, and as it is shown now and never again.

    Raises
    ------
    LimitReached
        If the account has `MOST_IN_FORCE` keys and client secrets already.
    """
    tx.accounts.hold(user_id)
    if new.kind is CredentialKind.TOKEN:
        tx.credentials.forget_tokens(user_id, but=MOST_TOKENS - 1)
    elif tx.credentials.number_in_force(user_id, at=at) >= MOST_IN_FORCE:
        raise LimitReached(
            f"The account has {MOST_IN_FORCE} keys and client secrets in force, as many as it may have. "
            "Revoke one first."
        )
    drawn = PREFIXES[new.kind] + secrets.token_urlsafe(32)
    stored = tx.credentials.add(
        user_id,
        kind=new.kind,
        name=new.name,
        prefix=drawn[: len(PREFIXES[new.kind]) + KNOWN_BY],
        hash=sha256(drawn),
        scopes=new.scopes,
        by=by,
        at=at,
        expires_at=new.expires_at,
        issued_by=new.issued_by,
    )
    return stored, drawn


def sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
