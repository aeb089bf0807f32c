"""Who may come in: users, their API keys, their sessions.

Secrets are shown once and kept as hashes. A password is hashed slowly (argon2id), so that a stolen
database is worth little; a key or session token is 256 random bits, which no guessing finds, so
that a fast hash does.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from api.config import SecondFactor
from api.services.access.credentials import KEY_PREFIX, issue, sha256
from api.services.access.offices import office_named
from api.services.access.passwords import PLAIN_RULES, PasswordRules
from api.services.access.pending_logins import is_half, start_half_login
from api.services.access.refusals import note_refused
from api.services.access.sign_in_throttle import Throttle
from api.storage import AGENCY, CredentialKind, Reach, Store, Transaction, Viewer
from api.storage import User as StoredUser
from rms.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, Problem, StorageUnavailable
from rms.reports import wording

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
REMEMBERED = timedelta(hours=1)  # after a session has ended by itself: its user may have been typing
MOST_SESSIONS = 50  # of one account: those used longest ago end
TOUCHED_EVERY = timedelta(minutes=1)  # so that reading a page does not write each time
USERNAME_RULE = "A username is 1 to 64 letters, digits and any of . _ @ -, a letter or a digit first."
USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)

COST: dict[str, Any] = {"time_cost": 3, "memory_cost": 65_536, "parallelism": 4}
_hasher = PasswordHasher(**COST)
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


JUDGING = (Role.CASE_WORKER, Role.SUPERVISOR, Role.SERVICE_ACCOUNT)  # whoever decides, or asks for them


@dataclass(frozen=True)
class User:
    """Who is calling, without secrets. `awaits_notice`: logged in, and has yet to accept the notice.

    `scopes` are what their key may be used for; None: all. `session_ends` is when their session does if
    they ask for nothing more.
    """

    id: int
    username: str
    role: Role
    office: int = AGENCY
    active: bool = True
    awaits_notice: bool = False
    scopes: frozenset[str] | None = None
    session_ends: datetime | None = field(default=None, compare=False)


def viewer_of(user: User | None, *, at: datetime, judgement_first: bool = False) -> Viewer:
    """Whose records this user may see; nobody sees nobody's. Where asked for, who decides judges first."""
    if user is None or user.awaits_notice:
        return Viewer(0, "", Reach.NOBODY, AGENCY, at)
    judges = judgement_first and user.role in JUDGING
    return Viewer(
        user.id,
        user.username,
        REACH[user.role],
        user.office,
        at,
        judges_first=judges,
        by_pseudonym=user.role is Role.ANALYST,
    )


def create_user(
    username: str,
    password: str,
    *,
    role: Role,
    by: str,
    store: Store,
    at: datetime,
    office: str | None = None,
    rules: PasswordRules = PLAIN_RULES,
) -> User:
    """A new user of an office: the agency itself, where none is named.

    Raises
    ------
    InvalidInput
        If the username or the password is not acceptable, or there is no such office.
    Conflict
        If the username is taken.
    """
    if problems := tuple(_problems_with(username, password, rules)):
        raise InvalidInput(problems)
    password_hash = hash_password(password)
    with store.transaction() as tx:
        return known(
            tx.accounts.add_user(
                username,
                password_hash=password_hash,
                role=role,
                by=by,
                at=at,
                office=office_named(office, tx, at="/office").id if office is not None else AGENCY,
            )
        )


def users_seen_by(user: User, *, store: Store) -> tuple[User, ...]:
    """Whoever may sign in or could once, by name: everybody, and to a supervisor those of their offices."""
    with store.reading() as tx:
        found = tx.accounts.users()
        if user.role is Role.SUPERVISOR:
            found = tuple(one for one in found if tx.offices.holds(user.office, one.office))
    return tuple(map(known, found))


def find_user(username: str, *, store: Store) -> User:
    """
    Raises
    ------
    NotFound
        If there is no such user.
    """
    with store.reading() as tx:
        return known(_named(username, tx))


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
            office=user.office if office is None else office_named(office, tx, at="/office").id,
            active=user.active if active is None else active,
            by=by.username,
            at=at,
        )
    return known(changed)


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
        _, key = issue(
            tx,
            _named(username, tx).id,
            kind=CredentialKind.KEY,
            name=name,
            scopes=None,
            by=by,
            at=at,
            expires_at=expires_at,
        )
    return key


def log_in(
    username: str,
    password: str,
    *,
    store: Store,
    throttle: Throttle,
    at: datetime,
    second_factor: SecondFactor = SecondFactor.OPTIONAL,
) -> str:
    """The token of a new session, or of a login that needs the second factor yet to be one.

    An unknown user takes as long to refuse as a wrong password.

    Raises
    ------
    NotAuthenticated
        If there is no active user of this name and password.
    TooManyAttempts
        If too many attempts failed; the password is not looked at.
    """
    name = username[:65]  # one more than a username has: no two of them fall together
    throttle.attempt(name, at=at)
    with store.reading() as tx:
        user = tx.accounts.user(username) if USERNAME.fullmatch(username) else None
    fits = password_fits(password, user.password_hash if user else NOBODY)
    if user is None or not user.active or not fits:
        with store.transaction() as tx:
            note_refused("login.refused", None if user is None else user.id, tx=tx, at=at)
        raise NotAuthenticated("The username or the password is not right.")
    throttle.succeeded(name)
    if is_half(user.id, password, rule=second_factor, store=store):
        return start_half_login(user.id, store=store, at=at)
    return start_session(user.id, throttle=throttle, store=store, at=at)


def log_out(token: str, *, by: User, store: Store, at: datetime) -> None:
    """The session ends now; a token that opens none is none of our business."""
    with store.transaction() as tx:
        tx.accounts.end_session(sha256(token), by=by.username, at=at)


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
        session = tx.accounts.session(sha256(token))
        if session is None:
            raise NotAuthenticated("The session has ended: log in again.")
        tx.accounts.accept_notice(session, version, by=by.username, at=at)


def note_refusal(user: User, route: str, *, store: Store, at: datetime) -> None:
    """Put on record that a user asked for a route that is not for them."""
    with store.transaction() as tx:
        tx.accounts.refuse(user.id, route, by=user.username, at=at)


def sessions_held(*, store: Store, at: datetime, idle: timedelta = IDLE) -> int:
    """How many people are signed in."""
    with store.reading() as tx:
        return tx.accounts.sessions_held(at=at, seen_after=at - idle)


def user_of_session(token: str, *, store: Store, at: datetime, idle: timedelta = IDLE) -> User | None:
    """Whose session this is, unless it has ended, idled for `idle` or lasted for `ABSOLUTE`."""
    token_hash = sha256(token)
    with store.reading() as tx:
        found = tx.accounts.session_and_user(token_hash)
    if found is None or not found[1].active:
        return None
    session, user = found
    seen_at = session.last_seen_at
    if at >= session.expires_at or at - seen_at >= idle:
        return None
    if at - seen_at >= min(TOUCHED_EVERY, idle / 10):
        with suppress(StorageUnavailable), store.transaction() as tx:  # a full disk still lets people read
            tx.accounts.touch_session(token_hash, at=at)
            seen_at = at
    return replace(
        known(user),
        awaits_notice=session.notice_version != wording.NOTICE_VERSION,
        session_ends=min(session.expires_at, seen_at + idle),
    )


def user_of_ended_session(token: str, *, store: Store, at: datetime, idle: timedelta = IDLE) -> int | None:
    """The id of the active user whose session this was, if it ended by itself within `REMEMBERED`."""
    with store.reading() as tx:
        found = tx.accounts.session_and_user(sha256(token))
    if found is None or not found[1].active:
        return None
    session, user = found
    ended = min(session.expires_at, session.last_seen_at + idle)
    return user.id if ended <= at < ended + REMEMBERED else None


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
    return replace(known(owner), scopes=scopes)


def user_of_id(user_id: int, *, store: Store) -> User | None:
    """The user of that id, if they are active."""
    with store.reading() as tx:
        user = tx.accounts.user_of_id(user_id)
    return known(user) if user and user.active else None


def start_session(user_id: int, *, throttle: Throttle, store: Store, at: datetime) -> str:
    """The token of a new session of somebody who has shown all that was to be shown."""
    token = secrets.token_urlsafe(32)
    with store.transaction() as tx:
        tx.accounts.hold(user_id)
        tx.accounts.end_expired_sessions(at=at - REMEMBERED)
        tx.accounts.end_oldest_sessions(user_id, but=MOST_SESSIONS - 1)
        tx.accounts.add_session(sha256(token), user_id=user_id, at=at, expires_at=at + ABSOLUTE)
        tx.sign_ins.add_usual(user_id, throttle.origin_key, at=at)
    return token


def hash_password(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


def password_fits(password: str, password_hash: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(password_hash, password)
    except (VerificationError, UnicodeEncodeError):
        return False


def _problems_with(username: str, password: str, rules: PasswordRules) -> Iterator[Problem]:
    if not USERNAME.fullmatch(username):
        yield Problem("/username", "invalid_username", USERNAME_RULE)
    for detail in rules.problems(password, username=username):
        yield Problem("/password", "invalid_password", detail)


def known(user: StoredUser) -> User:
    """The user without secrets."""
    return User(user.id, user.username, Role(user.role), user.office, user.active)


def _named(username: str, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(username)
    if user is None:
        raise NotFound("There is no user of this name.")
    return user
