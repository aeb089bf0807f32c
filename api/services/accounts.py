"""Who may come in: users, their API keys, their sessions.

Secrets are shown once and kept as hashes. A password is hashed slowly (argon2id), so that a stolen
database is worth little; a key or session token is 256 random bits, which no guessing finds, so
that a fast hash does.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from api.services.credentials import KEY_PREFIX, issue, sha256
from api.services.throttle import Throttle
from api.storage import CredentialKind, Store
from api.storage import User as StoredUser
from rms.errors import InvalidInput, NotAuthenticated, NotFound, Problem, StorageUnavailable

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
TOUCHED_EVERY = timedelta(minutes=1)  # so that reading a page does not write each time
USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)
PASSWORD_LENGTH = (15, 256)  # a password alone, without a second factor (NIST 800-63B-4)

_hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
_hashing = BoundedSemaphore(2)  # each takes 64 MiB
# A hash of these parameters that no password is known for: checked in place of a user's that is not there.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$WpbhH5ndexV+WJhr97IpiQ$CHuA8qMqSLPxxDSUvD6FwQtcQOVb552o88kmevnS+n8"


class Role(StrEnum):
    """What somebody is here for; what each may do is decided in `api.auth`."""

    CASE_WORKER = "case_worker"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SERVICE_ACCOUNT = "service_account"


@dataclass(frozen=True)
class User:
    """Who is calling, without secrets. `scopes` are what their key may be used for; None: all."""

    id: int
    username: str
    role: Role
    scopes: frozenset[str] | None = None


def create_user(username: str, password: str, *, role: Role, by: str, store: Store, at: datetime) -> User:
    """
    Raises
    ------
    InvalidInput
        If the username or the password is not acceptable.
    Conflict
        If the username is taken.
    """
    if problems := tuple(_problems_with(username, password)):
        raise InvalidInput(problems)
    with _hashing:
        password_hash = _hasher.hash(password)
    with store.transaction() as tx:
        return _known(tx.accounts.add_user(username, password_hash=password_hash, role=role, by=by, at=at))


def create_api_key(
    username: str, *, name: str, by: str, store: Store, at: datetime, expires_at: datetime | None = None
) -> str:
    """A new key that acts as this user: shown now and never again.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    with store.transaction() as tx:
        user = tx.accounts.user(username)
        if user is None:
            raise NotFound("There is no user of this name.")
        _, key = issue(
            tx,
            user.id,
            kind=CredentialKind.KEY,
            name=name,
            scopes=None,
            by=by,
            at=at,
            expires_at=expires_at,
        )
    return key


def log_in(username: str, password: str, *, store: Store, throttle: Throttle, at: datetime) -> str:
    """The token of a new session. An unknown user takes as long to refuse as a wrong password.

    Raises
    ------
    NotAuthenticated
        If there is no active user of this name and password.
    TooManyAttempts
        If too many attempts for this name failed; the password is not even looked at.
    """
    name = username[:65]  # one more than a username has: no two of them fall together
    throttle.attempt(name, at=at)
    with store.reading() as tx:
        user = tx.accounts.user(username)
    fits = _fits(password, user.password_hash if user else NOBODY)
    if user is None or not user.active or not fits:
        raise NotAuthenticated("The username or the password is not right.")
    throttle.forget(name)
    return _start_session(user, store=store, at=at)


def log_out(token: str, *, store: Store) -> None:
    """The session ends now; a token that opens none is none of our business."""
    with store.transaction() as tx:
        tx.accounts.end_session(sha256(token))


def user_of_session(token: str, *, store: Store, at: datetime) -> User | None:
    """Whose session this is, unless it has ended, idled for `IDLE` or lasted for `ABSOLUTE`."""
    token_hash = sha256(token)
    with store.reading() as tx:
        session = tx.accounts.session(token_hash)
        user = tx.accounts.user_of_id(session.user_id) if session else None
    if session is None or user is None or not user.active:
        return None
    if at >= session.expires_at or at - session.last_seen_at >= IDLE:
        return None
    if at - session.last_seen_at >= TOUCHED_EVERY:
        with suppress(StorageUnavailable), store.transaction() as tx:  # a full disk still lets people read
            tx.accounts.touch_session(token_hash, at=at)
    return _known(user)


def user_of_key(key: str, *, store: Store, at: datetime) -> User | None:
    """Whose key or access token this is, unless it is revoked or has expired."""
    if not key.startswith(KEY_PREFIX):
        return None
    with store.reading() as tx:
        held = tx.credentials.holder(sha256(key), at=at)
    if held is None:
        return None
    owner, credential = held
    scopes = None if credential.scopes is None else frozenset(credential.scopes)
    return replace(_known(owner), scopes=scopes)


def _start_session(user: StoredUser, *, store: Store, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    with store.transaction() as tx:
        tx.accounts.end_expired_sessions(at=at)
        tx.accounts.add_session(sha256(token), user_id=user.id, at=at, expires_at=at + ABSOLUTE)
    return token


def _fits(password: str, password_hash: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(password_hash, password)
    except (VerificationError, UnicodeEncodeError):
        return False


def _problems_with(username: str, password: str) -> Iterator[Problem]:
    if not USERNAME.fullmatch(username):
        yield Problem(
            "/username", "invalid_username", "A username is 1 to 64 letters, digits and any of . _ @ -"
        )
    least, most = PASSWORD_LENGTH
    if not least <= len(password) <= most:
        yield Problem("/password", "invalid_password", f"A password has {least} to {most} characters.")
    elif len(username) > 2 and username.lower() in password.lower():
        yield Problem("/password", "invalid_password", "A password does not contain the username.")


def _known(user: StoredUser) -> User:
    return User(user.id, user.username, Role(user.role))
