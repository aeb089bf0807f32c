"""The second factor: a code of an authenticator app, required after the password."""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from api.config import SecondFactor
from api.services.access.accounts import start_session, user_of_id
from api.services.access.credentials import sha256
from api.services.access.encryption import Cipher
from api.services.access.pending_logins import pending_user_id
from api.services.access.sign_in_throttle import CODES, Throttle
from api.services.access.totp import DIGITS, PERIOD, matching_step
from api.services.context import Context
from api.services.users import User
from api.storage import Transaction
from rms.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, Problem

SECRET_LENGTH = 20  # bytes, the length of a SHA-1 digest (RFC 4226, requirement 6)
RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that looks like another
GROUPS, OF = 4, 4  # 80 bits: too many to try, even with the hashes


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs; shown once."""

    secret: str
    otpauth_uri: str


@dataclass(frozen=True)
class State:
    """Whether a user has a second factor, and how many recovery codes are left."""

    confirmed_at: datetime | None
    recovery_codes_left: int


def state_of(context: Context, user: User) -> State:
    with context.store.reading() as tx:
        factor = tx.second_factors.get(user.id)
        left = tx.second_factors.recovery_codes_left(user.id)
    return State(factor.confirmed_at if factor else None, left)


def enrol(context: Context, user: User, *, rule: SecondFactor, cipher: Cipher) -> Enrolment:
    """A new secret, in use once `confirm` got a code of it. An unconfirmed earlier one is replaced.

    Raises
    ------
    Conflict
        If this user already has a second factor, or second factors are turned off.
    """
    if rule is SecondFactor.OFF:
        raise Conflict("Second factors are turned off (RMS_SECOND_FACTOR).")
    secret = secrets.token_bytes(SECRET_LENGTH)
    with context.store.transaction() as tx:
        if _is_enrolled(user.id, tx):
            raise Conflict("You already have a second factor. An administrator can remove it.")
        sealed = cipher.encrypt(secret, whose=str(user.id))
        tx.second_factors.begin(user.id, sealed, by=user.username, at=context.at)
    return _enrolment(user.username, secret)


def confirm(
    context: Context, user: User, code: str, *, cipher: Cipher, throttle: Throttle
) -> tuple[str, ...]:
    """Require codes from now on. Returns the recovery codes, which are shown once.

    Raises
    ------
    Conflict
        If there is no enrolment to confirm.
    InvalidInput
        If the code is wrong.
    TooManyAttempts
        If too many codes were wrong.
    """
    throttle.attempt(_name(user.id), at=context.at, bounds=CODES)
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    with context.store.transaction() as tx:
        factor = tx.second_factors.get(user.id)
        if factor is None or factor.confirmed_at is not None:
            raise Conflict("There is no second factor to confirm. Start setting one up.")
        if not _takes_code(user.id, code, tx, cipher=cipher, at=context.at):
            detail = "This code is wrong. Enter the code that your authenticator app shows now."
            raise InvalidInput([Problem("/code", "wrong_code", detail)])
        tx.second_factors.confirm(user.id, map(_hash_of, codes), by=user.username, at=context.at)
    throttle.succeeded(_name(user.id))
    return codes


def awaits_enrolment(context: Context, user: User) -> bool:
    """Whether a user whose password was right has yet to set up a second factor."""
    with context.store.reading() as tx:
        return not _is_enrolled(user.id, tx)


def finish_login(
    context: Context, token: str, code: str, *, user: User, cipher: Cipher, throttle: Throttle
) -> str:
    """The token of a new session for a pending login and a code or recovery code.

    The arguments are the login and the code, the cipher of the secret, and the throttle of wrong codes.

    Raises
    ------
    NotAuthenticated
        If the code is wrong or was used before, or the pending login has ended.
    TooManyAttempts
        If too many codes of this user were wrong; this one is not checked.
    """
    throttle.attempt(_name(user.id), at=context.at, bounds=CODES)
    with context.store.transaction() as tx:
        fits = _is_enrolled(user.id, tx) and (
            _takes_code(user.id, code, tx, cipher=cipher, at=context.at)
            or tx.second_factors.accept_recovery(user.id, _hash_of(code), by=user.username, at=context.at)
        )
        if not fits:
            tx.second_factors.refuse_code(user.id, by="", at=context.at)
    if not fits:
        raise NotAuthenticated("This code is wrong or has already been used.")
    throttle.succeeded(_name(user.id))
    return become_session(context, token, user=user, throttle=throttle)


def become_session(context: Context, token: str, *, user: User, throttle: Throttle) -> str:
    """End a pending login; returns the token of a new session.

    Raises
    ------
    NotAuthenticated
        If the pending login has ended.
    """
    with context.store.transaction() as tx:
        ended = tx.pending_logins.end(sha256(token))
    if not ended:
        raise NotAuthenticated("Your sign-in took too long. Start again.")
    return start_session(context, user.id, throttle=throttle)


def user_of_pending_login(context: Context, token: str) -> User | None:
    """The user of a pending login, if they are active."""
    user_id = pending_user_id(context, token)
    return None if user_id is None else user_of_id(context, user_id)


def remove_second_factor(context: Context, username: str) -> None:
    """Remove a user's second factor. If one is required, they set it up again at their next sign-in.

    Raises
    ------
    NotFound
        If there is no such user, or they have no second factor.
    """
    with context.store.transaction() as tx:
        user = tx.accounts.user(username)
        if user is None or not tx.second_factors.remove(user.id, by=context.by, at=context.at):
            raise NotFound("There is no user with this name and a second factor.")
        tx.pending_logins.end_of_user(user.id)


def _is_enrolled(user_id: int, tx: Transaction) -> bool:
    factor = tx.second_factors.get(user_id)
    return factor is not None and factor.confirmed_at is not None


def _takes_code(user_id: int, code: str, tx: Transaction, *, cipher: Cipher, at: datetime) -> bool:
    """Whether this is a current code that has not been used; it then counts as used."""
    factor = tx.second_factors.get(user_id)
    secret = factor and cipher.decrypt(factor.sealed_secret, whose=str(user_id))
    step = matching_step(secret, code.replace(" ", ""), at=at) if secret else None
    return step is not None and tx.second_factors.accept_step(user_id, step)


def _enrolment(username: str, secret: bytes) -> Enrolment:
    text = base64.b32encode(secret).decode()
    query = f"secret={text}&issuer=RMS&algorithm=SHA1&digits={DIGITS}&period={PERIOD}"
    return Enrolment(text, f"otpauth://totp/RMS:{quote(username)}?{query}")


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(OF)) for _ in range(GROUPS))


def _hash_of(recovery_code: str) -> str:
    """The same with or without hyphens and spaces, in upper or lower case."""
    return sha256("".join(recovery_code.upper().replace("-", " ").split()))


def _name(user_id: int) -> str:
    """The name that wrong codes are counted under. Usernames have no colon."""
    return f"code:{user_id}"
