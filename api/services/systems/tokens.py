"""Access tokens for client credentials (RFC 6749, section 4.4), valid for fifteen minutes.

A token is stored and checked as a key is. Failed attempts are not throttled by name: a client secret is 256
random bits, which cannot be guessed.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.services.access.credentials import NewCredential, issue, sha256
from api.services.access.refusals import note_refused
from api.services.context import Context
from api.storage import Credential, CredentialKind, Transaction, User

LASTS = timedelta(minutes=15)
GRANT = "client_credentials"


class TokenRefused(Exception):
    """`error` is one of the codes of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class AccessToken:
    token: str = field(repr=False)
    scopes: tuple[str, ...]


def issue_token(context: Context, client: str, secret: str, *, scopes: Collection[str]) -> AccessToken:
    """A token with these scopes; without `scopes`, with all scopes of the secret.

    Raises
    ------
    TokenRefused
        `invalid_client` if this is not a valid secret of this client; `invalid_scope` if the secret does not
        have one of the scopes.
    """
    with context.store.transaction() as tx:
        pair = tx.credentials.holder(sha256(secret), at=context.at, kinds=(CredentialKind.SECRET,))
        if pair is not None and pair[0].username == client:
            return _issued(*pair, scopes=_granted(pair[1], scopes), tx=tx, at=context.at)
        known = tx.accounts.user(client)
        note_refused("token.refused", None if known is None else known.id, tx=tx, at=context.at)
    raise TokenRefused("invalid_client", "The client is unknown, or this is not its secret.")


def _granted(secret: Credential, scopes: Collection[str]) -> tuple[str, ...]:
    allowed = secret.scopes or ()
    if not set(scopes) <= set(allowed):
        raise TokenRefused("invalid_scope", "The client secret does not have all of these scopes.")
    return tuple(sorted(set(scopes))) or allowed


def _issued(
    owner: User, secret: Credential, *, scopes: tuple[str, ...], tx: Transaction, at: datetime
) -> AccessToken:
    tx.credentials.delete_expired_tokens(at=at)
    new = NewCredential(CredentialKind.TOKEN, secret.name, scopes, at + LASTS, issued_by=secret.id)
    _, token = issue(tx, owner.id, new, by=owner.username, at=at)
    return AccessToken(token, scopes)
