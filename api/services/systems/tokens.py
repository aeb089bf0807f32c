"""Access tokens for client credentials (RFC 6749, section 4.4): for a secret, a token of fifteen minutes.

A token is what a key is, hashed and scoped, and is looked up the same way. Nobody needs to be slowed
down here by name: a client secret is 256 random bits, which no number of attempts finds.
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
    """`error` is one of the words of RFC 6749, section 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class AccessToken:
    token: str = field(repr=False)
    scopes: tuple[str, ...]


def issue_token(context: Context, client: str, secret: str, *, scopes: Collection[str]) -> AccessToken:
    """A token of these scopes, or of all that the secret has where none are named.

    Raises
    ------
    TokenRefused
        `invalid_client` if this is no secret in force of this client; `invalid_scope` if a scope is not
        the secret's.
    """
    with context.store.transaction() as tx:
        held = tx.credentials.holder(sha256(secret), at=context.at, kinds=(CredentialKind.SECRET,))
        if held is not None and held[0].username == client:
            return _issued(*held, scopes=_granted(held[1], scopes), tx=tx, at=context.at)
        known = tx.accounts.user(client)
        note_refused("token.refused", None if known is None else known.id, tx=tx, at=context.at)
    raise TokenRefused("invalid_client", "This is no client of ours, or not its secret.")


def _granted(secret: Credential, scopes: Collection[str]) -> tuple[str, ...]:
    has = secret.scopes or ()
    if not set(scopes) <= set(has):
        raise TokenRefused("invalid_scope", "The client secret has not all of these scopes.")
    return tuple(sorted(set(scopes))) or has


def _issued(
    owner: User, secret: Credential, *, scopes: tuple[str, ...], tx: Transaction, at: datetime
) -> AccessToken:
    tx.credentials.delete_expired_tokens(at=at)
    new = NewCredential(CredentialKind.TOKEN, secret.name, scopes, at + LASTS, issued_by=secret.id)
    _, token = issue(tx, owner.id, new, by=owner.username, at=at)
    return AccessToken(token, scopes)
