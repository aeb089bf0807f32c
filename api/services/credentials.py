"""Keys, client secrets and access tokens drawn: shown once, kept as a hash and what to know each by.

Each is 256 random bits, which no guessing finds, so that a fast hash does.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from api.storage import Credential, CredentialKind, Transaction

KEY_PREFIX = "rms_"
PREFIXES = {
    CredentialKind.KEY: KEY_PREFIX,
    CredentialKind.SECRET: f"{KEY_PREFIX}cs_",
    CredentialKind.TOKEN: f"{KEY_PREFIX}at_",
}
KNOWN_BY = 6  # characters


def issue(
    tx: Transaction,
    user_id: int,
    *,
    kind: CredentialKind,
    name: str,
    scopes: Sequence[str] | None,
    by: str,
    at: datetime,
    expires_at: datetime | None,
    issued_by: int | None = None,
) -> tuple[Credential, str]:
    """A new credential of this user as it is stored, and as it is shown now and never again."""
    drawn = PREFIXES[kind] + secrets.token_urlsafe(32)
    stored = tx.credentials.add(
        user_id,
        kind=kind,
        name=name,
        prefix=drawn[: len(PREFIXES[kind]) + KNOWN_BY],
        hash=sha256(drawn),
        scopes=scopes,
        by=by,
        at=at,
        expires_at=expires_at,
        issued_by=issued_by,
    )
    return stored, drawn


def sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
