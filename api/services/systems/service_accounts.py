"""Service accounts: the accounts of other systems. They have keys and client secrets, and no password."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.services.access.accounts import USERNAME, USERNAME_RULE
from api.services.access.credentials import NewCredential, issue
from api.services.access.password_hashing import UNUSABLE_PASSWORD_HASH
from api.services.access.scopes import Scope
from api.services.context import Context
from api.services.users import Role
from api.storage import Credential, CredentialKind, Transaction
from api.storage import User as StoredUser
from rms.errors import InvalidInput, NotFound, Problem

LONGEST_DAYS = 366


@dataclass(frozen=True)
class ServiceAccount:
    """A service account and its credentials, newest first, including those that no longer work."""

    name: str
    active: bool
    created_at: datetime
    credentials: tuple[Credential, ...] = ()


def create_service_account(context: Context, name: str) -> ServiceAccount:
    """
    Raises
    ------
    InvalidInput
        If the name is not acceptable.
    Conflict
        If it is taken.
    """
    if not USERNAME.fullmatch(name):
        raise InvalidInput([Problem("/name", "invalid_username", USERNAME_RULE)])
    with context.store.transaction() as tx:
        added = tx.accounts.add_user(
            name,
            password_hash=UNUSABLE_PASSWORD_HASH,
            role=Role.SERVICE_ACCOUNT,
            by=context.by,
            at=context.at,
        )
    return ServiceAccount(added.username, added.active, added.created_at)


def service_accounts(context: Context) -> tuple[ServiceAccount, ...]:
    """All service accounts, by name."""
    with context.store.reading() as tx:
        users = tx.accounts.users()
        return tuple(_with_credentials(user, tx) for user in users if user.role == Role.SERVICE_ACCOUNT)


def find_service_account(context: Context, name: str) -> ServiceAccount:
    """
    Raises
    ------
    NotFound
        If there is no service account with this name.
    """
    with context.store.reading() as tx:
        return _with_credentials(_named(name, tx), tx)


def deactivate_service_account(context: Context, name: str) -> None:
    """Deactivate the account and revoke its credentials. What it submitted stays.

    Raises
    ------
    NotFound
        If there is no service account with this name.
    """
    with context.store.transaction() as tx:
        user = _named(name, tx)
        for credential in tx.credentials.of(user.id):
            tx.credentials.revoke(user.id, credential.id, kind=credential.kind, by=context.by, at=context.at)
        if user.active:
            tx.accounts.change_user(
                user, role=user.role, office=user.office, active=False, by=context.by, at=context.at
            )


def add_credential(
    context: Context, account: str, *, kind: CredentialKind, name: str, scopes: Collection[Scope], days: int
) -> tuple[Credential, str]:
    """A new key or client secret, valid for `days` days: as stored, and as text to show once.

    The arguments are the fields of a credential.

    Raises
    ------
    NotFound
        If there is no active service account with this name.
    LimitReached
        If the account has as many credentials as it may have.
    """
    with context.store.transaction() as tx:
        user = _named(account, tx)
        if not user.active:
            raise NotFound("This service account has been deactivated.")
        new = NewCredential(kind, name, sorted(scopes), expires_at=context.at + timedelta(days=days))
        return issue(tx, user.id, new, by=context.by, at=context.at)


def revoke_credential(context: Context, account: str, id: int, *, kind: CredentialKind) -> None:
    """Revoke a key or client secret, with the access tokens issued for it.

    Raises
    ------
    NotFound
        If this service account has no such credential.
    """
    with context.store.transaction() as tx:
        if not tx.credentials.revoke(_named(account, tx).id, id, kind=kind, by=context.by, at=context.at):
            raise NotFound(f"This service account has no {kind} with this ID.")


def _named(name: str, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(name)
    if user is None or user.role != Role.SERVICE_ACCOUNT:
        raise NotFound("There is no service account with this name.")
    return user


def _with_credentials(user: StoredUser, tx: Transaction) -> ServiceAccount:
    return ServiceAccount(user.username, user.active, user.created_at, tx.credentials.of(user.id))
