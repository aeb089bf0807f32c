"""Change a password: a user's own, or one that a user has lost."""

from collections.abc import Iterable

from api.config import SecondFactor
from api.services.access.credentials import sha256
from api.services.access.password_hashing import Hasher, change_turn
from api.services.access.passwords import ALONE, WITH_SECOND_FACTOR, PasswordRules
from api.services.access.sign_in_throttle import Throttle
from api.services.context import Context
from rms.errors import InvalidInput, NotFound, Problem

SAME = "Your new password must not be the same as your current password."


def confirm_password(context: Context, password: str, *, throttle: Throttle) -> None:
    """Check the password of the signed-in user again.

    Raises
    ------
    InvalidInput
        If it is wrong.
    TooManyAttempts
        If it was wrong too often, here or when signing in; it is not checked.
    AlreadyRunning, PasswordsBusy
        If the user has such a request already, or too many passwords are being changed; the attempt does not
        count.
    """
    with change_turn(context.by) as hasher:
        _confirm(context, password, throttle=throttle, hasher=hasher)


def change_password(
    context: Context,
    new: str,
    *,
    current: str,
    keeping: str | None,
    rules: PasswordRules,
    rule: SecondFactor,
    throttle: Throttle,
) -> None:
    """Set the user's own new password, and end every session except that of the token `keeping`.

    The arguments are both passwords, the token, and what decides which passwords and attempts are allowed.

    Raises
    ------
    InvalidInput
        If the current password is wrong, or the new one is not acceptable: a short one needs a second factor.
    TooManyAttempts
        If the current one was wrong too often, or there were too many changes.
    AlreadyRunning, PasswordsBusy
        As `confirm_password`.
    """
    with context.store.reading() as tx:
        factor = tx.second_factors.get(context.user.id)
        office = tx.offices.name_of(context.user.office)
    second = rule is not SecondFactor.OFF and factor is not None and factor.confirmed_at is not None
    least = WITH_SECOND_FACTOR if second else ALONE
    with change_turn(context.by) as hasher:
        _confirm(context, current, throttle=throttle, hasher=hasher)
        if new == current:
            raise InvalidInput([Problem("/new", "same_password", SAME)])
        throttle.change(context.by, at=context.at)
        _refuse(rules.problems(new, username=context.by, office=office, least=least), pointer="/new")
        password_hash = hasher.hash(new)
    _replace(context, context.user.id, password_hash, keeping=keeping)


def set_password(context: Context, username: str, new: str, *, rules: PasswordRules) -> None:
    """Set a new password for a user who has lost theirs, and end all their sessions.

    Raises
    ------
    NotFound
        If there is no such user.
    InvalidInput
        If the new password is not acceptable.
    AlreadyRunning, PasswordsBusy
        If the caller has such a request already, or too many passwords are being changed.
    """
    with context.store.reading() as tx:
        user = tx.accounts.user(username)
        if user is None:
            raise NotFound("There is no user with this name.")
        office = tx.offices.name_of(user.office)
    with change_turn(context.by) as hasher:
        _refuse(rules.problems(new, username=username, office=office), pointer="/password")
        password_hash = hasher.hash(new)
    _replace(context, user.id, password_hash, keeping=None)


def _confirm(context: Context, password: str, *, throttle: Throttle, hasher: Hasher) -> None:
    throttle.attempt(context.by, at=context.at)
    with context.store.reading() as tx:
        known = tx.accounts.user_of_id(context.user.id)
    if known is None or not hasher.fits(password, known.password_hash):
        raise InvalidInput([Problem("/password", "wrong_password", "Your current password is wrong.")])
    throttle.succeeded(context.by)


def _refuse(problems: Iterable[str], *, pointer: str) -> None:
    if refused := [Problem(pointer, "invalid_password", detail) for detail in problems]:
        raise InvalidInput(refused)


def _replace(context: Context, user_id: int, password_hash: str, *, keeping: str | None) -> None:
    with context.store.transaction() as tx:
        tx.accounts.set_password_hash(user_id, password_hash, by=context.by, at=context.at)
        tx.accounts.end_sessions_of(user_id, but=sha256(keeping) if keeping else "")
        tx.pending_logins.end_of_user(user_id)
        tx.sign_ins.forget_usual(user_id)  # others who knew the old password may have signed in there
