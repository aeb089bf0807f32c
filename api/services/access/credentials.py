"""New keys, client secrets and access tokens: shown once, then stored as a hash and the first characters.

Each is 256 random bits, which cannot be guessed, so a fast hash is enough.
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
KNOWN_BY = 6  # random characters that are stored
MOST_IN_FORCE = 20  # active keys and client secrets per account
MOST_TOKENS = 1000  # per account; the oldest are deleted


@dataclass(frozen=True)
class NewCredential:
    """A credential to create; `issued_by` is the database key of the client secret that a token is for."""

    kind: CredentialKind
    name: str
    scopes: Sequence[str] | None
    expires_at: datetime | None
    issued_by: int | None = None


def issue(
    tx: Transaction, user_id: int, new: NewCredential, *, by: str, at: datetime
) -> tuple[Credential, str]:
    """A new credential of this user: as stored, and as text to show once.

    Raises
    ------
    LimitReached
        If the account already has `MOST_IN_FORCE` active keys and client secrets.
    """
    tx.accounts.hold(user_id)
    if new.kind is CredentialKind.TOKEN:
        tx.credentials.forget_tokens(user_id, but=MOST_TOKENS - 1)
    elif tx.credentials.number_in_force(user_id, at=at) >= MOST_IN_FORCE:
        raise LimitReached(
            f"The account has {MOST_IN_FORCE} active keys and client secrets, which is the maximum. "
            "Revoke one first."
        )
    credential = PREFIXES[new.kind] + secrets.token_urlsafe(32)
    stored = tx.credentials.add(
        user_id,
        kind=new.kind,
        name=new.name,
        prefix=credential[: len(PREFIXES[new.kind]) + KNOWN_BY],
        hash=sha256(credential),
        scopes=new.scopes,
        by=by,
        at=at,
        expires_at=new.expires_at,
        issued_by=new.issued_by,
    )
    return stored, credential


def sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
