"""Who may come in: users, their API keys, their sessions.

Secrets are shown once and kept as hashes. A password is hashed slowly (argon2id), so that a stolen
database is worth little; a key or session token is 256 random bits, which no guessing finds, so
that a fast hash does.
"""

import hashlib
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

from api.services.throttle import Throttle
from api.storage import AGENCY, Office, Reach, Store, Transaction, Viewer
from api.storage import User as StoredUser
from rms.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, Problem, StorageUnavailable
from rms.reports import wording

KEY_PREFIX = "rms_"
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
    """What somebody is here for. `REACH` says whose records each sees, `api.auth.roles` what each may ask."""

    CASE_WORKER = "case_worker"
    SUPERVISOR = "supervisor"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    SERVICE_ACCOUNT = "service_account"


REACH = {
    Role.CASE_WORKER: Reach.CASELOAD,
    Role.SUPERVISOR: Reach.OFFICES,
    Role.ANALYST: Reach.OFFICES,
    Role.ADMINISTRATOR: Reach.NOBODY,
    Role.AUDITOR: Reach.NOBODY,
    Role.SERVICE_ACCOUNT: Reach.OWN,
}


@dataclass(frozen=True)
class User:
    """Who is calling, without secrets. `awaits_notice`: logged in, and has yet to accept the notice."""

    id: int
    username: str
    role: Role
    office: int = AGENCY
    active: bool = True
    awaits_notice: bool = False


def viewer_of(user: User | None, *, at: datetime) -> Viewer:
    """Whose records this user may see; nobody sees nobody's."""
    if user is None or user.awaits_notice:
        return Viewer(0, "", Reach.NOBODY, AGENCY, at)
    return Viewer(user.id, user.username, REACH[user.role], user.office, at)


def create_user(
    username: str,
    password: str,
    *,
    role: Role,
    by: str,
    store: Store,
    at: datetime,
    office: str | None = None,
) -> User:
    """A new user of an office: the agency itself, where none is named.

    Raises
    ------
    InvalidInput
        If the username or the password is not acceptable, or there is no such office.
    Conflict
        If the username is taken.
    """
    if problems := tuple(_problems_with(username, password)):
        raise InvalidInput(problems)
    with _hashing:
        password_hash = _hasher.hash(password)
    with store.transaction() as tx:
        return _known(
            tx.accounts.add_user(
                username,
                password_hash=password_hash,
                role=role,
                by=by,
                at=at,
                office=_office(office, tx).id if office is not None else AGENCY,
            )
        )


def users_seen_by(user: User, *, store: Store) -> tuple[User, ...]:
    """Whoever may sign in or could once, by name: everybody, and to a supervisor those of their offices."""
    with store.reading() as tx:
        found = tx.accounts.users()
        if user.role is Role.SUPERVISOR:
            found = tuple(one for one in found if tx.offices.holds(user.office, one.office))
    return tuple(map(_known, found))


def find_user(username: str, *, store: Store) -> User:
    """
    Raises
    ------
    NotFound
        If there is no such user.
    """
    with store.reading() as tx:
        return _known(_named(username, tx))


def change_user(
    username: str,
    *,
    by: User,
    store: Store,
    at: datetime,
    role: Role | None = None,
    office: str | None = None,
    active: bool | None = None,
) -> User:
    """Give a user another role or office, lock them out or let them in again.

    Raises
    ------
    NotFound
        If there is no such user.
    InvalidInput
        If there is no such office.
    Conflict
        If somebody would take their own rights away: an agency must not lock itself out.
    """
    with store.transaction() as tx:
        user = _named(username, tx)
        if user.id == by.id and (active is False or role not in (None, by.role)):
            raise Conflict("Nobody takes their own role away: ask another administrator.")
        changed = tx.accounts.change_user(
            user,
            role=user.role if role is None else role,
            office=user.office if office is None else _office(office, tx).id,
            active=user.active if active is None else active,
            by=by.username,
            at=at,
        )
    return _known(changed)


def create_api_key(
    username: str, *, name: str, by: str, store: Store, at: datetime, expires_at: datetime | None = None
) -> str:
    """A new key that acts as this user: shown now and never again.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    key = KEY_PREFIX + secrets.token_urlsafe(32)
    with store.transaction() as tx:
        user = _named(username, tx)
        tx.accounts.add_key(user.id, name=name, key_hash=_sha256(key), by=by, at=at, expires_at=expires_at)
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
        with store.transaction() as tx:
            tx.accounts.refuse_login(user, at=at)
        raise NotAuthenticated("The username or the password is not right.")
    throttle.forget(name)
    return _start_session(user, store=store, at=at)


def log_out(token: str, *, by: User, store: Store, at: datetime) -> None:
    """The session ends now; a token that opens none is none of our business."""
    with store.transaction() as tx:
        tx.accounts.end_session(_sha256(token), by=by.username, at=at)


def accept_notice(version: str, *, token: str, by: User, store: Store, at: datetime) -> None:
    """The user of this session has read the notice and accepts it, until they log in again.

    Raises
    ------
    Conflict
        If the notice is no longer of that version.
    NotAuthenticated
        If the session has ended meanwhile.
    """
    if version != wording.NOTICE_VERSION:
        raise Conflict(f"The notice is now of version {wording.NOTICE_VERSION}: read that one.")
    with store.transaction() as tx:
        session = tx.accounts.session(_sha256(token))
        if session is None:
            raise NotAuthenticated("The session has ended: log in again.")
        tx.accounts.accept_notice(session, version, by=by.username, at=at)


def note_refusal(user: User, route: str, *, store: Store, at: datetime) -> None:
    """Put on record that a user asked for a route that is not for them."""
    with store.transaction() as tx:
        tx.accounts.refuse(user.id, route, by=user.username, at=at)


def sessions_held(*, store: Store, at: datetime) -> int:
    """How many people are signed in."""
    with store.reading() as tx:
        return tx.accounts.sessions_held(at=at, seen_after=at - IDLE)


def user_of_session(token: str, *, store: Store, at: datetime) -> User | None:
    """Whose session this is, unless it has ended, idled for `IDLE` or lasted for `ABSOLUTE`."""
    token_hash = _sha256(token)
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
    return replace(_known(user), awaits_notice=session.notice_version != wording.NOTICE_VERSION)


def user_of_key(key: str, *, store: Store, at: datetime) -> User | None:
    """Whose key this is, unless it is revoked or has expired."""
    if not key.startswith(KEY_PREFIX):
        return None
    with store.reading() as tx:
        owner = tx.accounts.key_owner(_sha256(key), at=at)
    return _known(owner) if owner else None


def _start_session(user: StoredUser, *, store: Store, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    with store.transaction() as tx:
        tx.accounts.end_expired_sessions(at=at)
        tx.accounts.add_session(_sha256(token), user_id=user.id, at=at, expires_at=at + ABSOLUTE)
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
    return User(user.id, user.username, Role(user.role), user.office, user.active)


def _named(username: str, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(username)
    if user is None:
        raise NotFound("There is no user of this name.")
    return user


def _office(name: str, tx: Transaction) -> Office:
    office = tx.offices.named(name)
    if office is None:
        raise InvalidInput([Problem("/office", "unknown_office", "There is no office of this name.")])
    return office


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
