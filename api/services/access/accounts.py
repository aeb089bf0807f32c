"""Users, their API keys and their sessions.

Secrets are shown once and stored as hashes. Passwords get a slow hash (argon2id). Keys and session tokens are
256 random bits, which cannot be guessed, so they get a fast one.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from api.config import SecondFactor
from api.services.access.credentials import KEY_PREFIX, NewCredential, issue, sha256
from api.services.access.offices import office_named
from api.services.access.password_hashing import UNUSABLE_PASSWORD_HASH, change_turn, sign_in_turn
from api.services.access.passwords import PLAIN_RULES, PasswordRules
from api.services.access.pending_logins import is_pending, start_pending_login
from api.services.access.refusals import note_refused
from api.services.access.sign_in_throttle import Throttle
from api.services.context import Context
from api.services.users import Role, User, known
from api.storage import AGENCY, CredentialKind, Transaction
from api.storage import User as StoredUser
from rms.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, Problem, StorageUnavailable
from rms.reports import wording

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
REMEMBERED = timedelta(hours=1)  # how long an expired session is kept: its user may have been typing
MOST_SESSIONS = 50  # per account; the least recently used end
TOUCHED_EVERY = timedelta(minutes=1)  # so that not every page view writes
USERNAME_RULE = (
    "A username has 1 to 64 letters, numbers and any of . _ @ - and starts with a letter or a number."
)
USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)


def create_user(
    context: Context,
    username: str,
    password: str,
    *,
    role: Role,
    office: str | None = None,
    rules: PasswordRules = PLAIN_RULES,
) -> User:
    """Add a user to an office; without `office`, to the top office.

    The arguments are the fields of a user, and the rules for the password.

    Raises
    ------
    InvalidInput
        If the username or the password is not acceptable, or there is no such office.
    Conflict
        If the username is taken.
    AlreadyRunning, PasswordsBusy
        If the caller has such a request already, or too many passwords are being changed.
    """
    with change_turn(context.by) as hasher:
        if problems := tuple(_problems_with(username, password, office=office or "", rules=rules)):
            raise InvalidInput(problems)
        password_hash = hasher.hash(password)
    with context.store.transaction() as tx:
        return known(
            tx.accounts.add_user(
                username,
                password_hash=password_hash,
                role=role,
                by=context.by,
                at=context.at,
                office=office_named(office, tx, at="/office").id if office is not None else AGENCY,
            )
        )


def users_seen_by(context: Context) -> tuple[User, ...]:
    """All users, active or not, by name. Supervisors get those of their offices."""
    with context.store.reading() as tx:
        users = tx.accounts.users()
        if context.user.role is Role.SUPERVISOR:
            here = tx.offices.below(context.user.office)
            users = tuple(user for user in users if user.office in here)
    return tuple(map(known, users))


def find_user(context: Context, username: str) -> User:
    """
    Raises
    ------
    NotFound
        If there is no such user.
    """
    with context.store.reading() as tx:
        return known(_named(username, tx))


def change_user(
    context: Context,
    username: str,
    *,
    role: Role | None = None,
    office: str | None = None,
    active: bool | None = None,
) -> User:
    """Change a user's role or office, lock them out or unlock them.

    Raises
    ------
    NotFound
        If there is no such user.
    InvalidInput
        If there is no such office.
    Conflict
        If administrators would change their own role or lock themselves out: no one might be left.
    """
    with context.store.transaction() as tx:
        user = _named(username, tx)
        if user.id == context.user.id and (active is False or role not in (None, context.user.role)):
            raise Conflict("You cannot change your own role. Ask another administrator.")
        changed = tx.accounts.change_user(
            user,
            role=user.role if role is None else role,
            office=user.office if office is None else office_named(office, tx, at="/office").id,
            active=user.active if active is None else active,
            by=context.by,
            at=context.at,
        )
    return known(changed)


def create_api_key(context: Context, username: str, *, name: str, expires_at: datetime | None = None) -> str:
    """Add a key that acts as this user. It is shown once.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    with context.store.transaction() as tx:
        new = NewCredential(CredentialKind.KEY, name, scopes=None, expires_at=expires_at)
        _, key = issue(tx, _named(username, tx).id, new, by=context.by, at=context.at)
    return key


def log_in(
    context: Context,
    username: str,
    password: str,
    *,
    throttle: Throttle,
    second_factor: SecondFactor = SecondFactor.OPTIONAL,
) -> str:
    """The token of a new session, or of a pending login if the second factor is still needed.

    Refusing an unknown user takes as long as refusing a wrong password.

    Raises
    ------
    NotAuthenticated
        If there is no active user with this name and password.
    TooManyAttempts
        If too many attempts failed; the password is not checked.
    AlreadyRunning, SignInBusy
        If there is a sign-in with this name from this origin, or too many people are signing in; the attempt
        does not count.
    """
    name = username[:65]  # one character more than a username can have, so that two are never counted as one
    with sign_in_turn(f"{throttle.origin} {name}") as hasher:
        throttle.attempt(name, at=context.at)
        with context.store.reading() as tx:
            user = tx.accounts.user(username) if USERNAME.fullmatch(username) else None
        fits = hasher.fits(password, user.password_hash if user else UNUSABLE_PASSWORD_HASH)
    if user is None or not user.active or not fits:
        with context.store.transaction() as tx:
            note_refused("login.refused", None if user is None else user.id, tx=tx, at=context.at)
        raise NotAuthenticated("The username or password is wrong.")
    throttle.succeeded(name)
    if is_pending(context, user.id, password, rule=second_factor):
        return start_pending_login(context, user.id)
    return start_session(context, user.id, throttle=throttle)


def log_out(context: Context, token: str) -> None:
    """End the session of this token, if there is one."""
    with context.store.transaction() as tx:
        tx.accounts.end_session(sha256(token), by=context.by, at=context.at)


def accept_notice(context: Context, version: str, *, token: str) -> None:
    """Accept the notice for this session.

    Raises
    ------
    Conflict
        If the notice has another version by now.
    NotAuthenticated
        If the session has ended.
    """
    if version != wording.NOTICE_VERSION:
        raise Conflict(f"The notice has changed. Read version {wording.NOTICE_VERSION}, then accept it.")
    with context.store.transaction() as tx:
        session = tx.accounts.session(sha256(token))
        if session is None:
            raise NotAuthenticated("Your session has ended. Sign in again.")
        tx.accounts.accept_notice(session, version, by=context.by, at=context.at)


def note_refusal(context: Context, route: str) -> None:
    """Log that a user requested a route that is not for their role or scopes."""
    with context.store.transaction() as tx:
        tx.accounts.refuse(context.user.id, route, by=context.by, at=context.at)


def sessions_held(context: Context, *, idle: timedelta = IDLE) -> int:
    """How many people are signed in."""
    with context.store.reading() as tx:
        return tx.accounts.sessions_held(at=context.at, seen_after=context.at - idle)


def user_of_session(context: Context, token: str, *, idle: timedelta = IDLE) -> User | None:
    """The user of the session, unless it has ended, been idle for `idle` or lasted for `ABSOLUTE`."""
    token_hash = sha256(token)
    with context.store.reading() as tx:
        pair = tx.accounts.session_and_user(token_hash)
    if pair is None or not pair[1].active:
        return None
    session, user = pair
    seen_at = session.last_seen_at
    if context.at >= session.expires_at or context.at - seen_at >= idle:
        return None
    if context.at - seen_at >= min(TOUCHED_EVERY, idle / 10):
        with (
            suppress(StorageUnavailable),
            context.store.transaction() as tx,
        ):  # people can still read when the disk is full
            tx.accounts.touch_session(token_hash, at=context.at)
            seen_at = context.at
    return replace(
        known(user),
        awaits_notice=session.notice_version != wording.NOTICE_VERSION,
        session_ends=min(session.expires_at, seen_at + idle),
    )


def user_of_ended_session(context: Context, token: str, *, idle: timedelta = IDLE) -> int | None:
    """The id of the active user of a session that expired less than `REMEMBERED` ago."""
    with context.store.reading() as tx:
        pair = tx.accounts.session_and_user(sha256(token))
    if pair is None or not pair[1].active:
        return None
    session, user = pair
    ended = min(session.expires_at, session.last_seen_at + idle)
    return user.id if ended <= context.at < ended + REMEMBERED else None


def user_of_key(context: Context, key: str) -> User | None:
    """The user of a key or access token, unless it is revoked or has expired."""
    if not key.startswith(KEY_PREFIX):
        return None
    with context.store.reading() as tx:
        pair = tx.credentials.holder(sha256(key), at=context.at)
    if pair is None:
        return None
    owner, credential = pair
    scopes = None if credential.scopes is None else frozenset(credential.scopes)
    return replace(known(owner), scopes=scopes)


def user_of_id(context: Context, user_id: int) -> User | None:
    """The user with this id, if they are active."""
    with context.store.reading() as tx:
        user = tx.accounts.user_of_id(user_id)
    return known(user) if user and user.active else None


def start_session(context: Context, user_id: int, *, throttle: Throttle) -> str:
    """The token of a new session for a user who has passed every check."""
    token = secrets.token_urlsafe(32)
    with context.store.transaction() as tx:
        tx.accounts.hold(user_id)
        tx.accounts.end_expired_sessions(at=context.at - REMEMBERED)
        tx.accounts.end_oldest_sessions(user_id, but=MOST_SESSIONS - 1)
        tx.accounts.add_session(
            sha256(token), user_id=user_id, at=context.at, expires_at=context.at + ABSOLUTE
        )
        tx.sign_ins.add_usual(user_id, throttle.origin_key, at=context.at)
    return token


def _problems_with(username: str, password: str, *, office: str, rules: PasswordRules) -> Iterator[Problem]:
    if not USERNAME.fullmatch(username):
        yield Problem("/username", "invalid_username", USERNAME_RULE)
    for detail in rules.problems(password, username=username, office=office):
        yield Problem("/password", "invalid_password", detail)


def _named(username: str, tx: Transaction) -> StoredUser:
    user = tx.accounts.user(username)
    if user is None:
        raise NotFound("There is no user with this name.")
    return user
