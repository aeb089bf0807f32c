"""A password replaced: by its owner, or for somebody who has lost theirs."""

from collections.abc import Iterable

from api.config import SecondFactor
from api.services.access.credentials import sha256
from api.services.access.password_hashing import hash_password, password_fits
from api.services.access.passwords import ALONE, WITH_SECOND_FACTOR, PasswordRules
from api.services.access.sign_in_throttle import Throttle
from api.services.context import Context
from rms.errors import InvalidInput, NotFound, Problem


def confirm_password(context: Context, password: str, *, throttle: Throttle) -> None:
    """Somebody who is signed in shows once more that they know the password.

    Raises
    ------
    InvalidInput
        If it is not right.
    TooManyAttempts
        If it was wrong too often, at the login or here; it is not even looked at.
    """
    throttle.attempt(context.by, at=context.at)
    with context.store.reading() as tx:
        known = tx.accounts.user_of_id(context.user.id)
    if known is None or not password_fits(password, known.password_hash):
        raise InvalidInput([Problem("/password", "wrong_password", "This is not your password.")])
    throttle.succeeded(context.by)


def change_password(
    context: Context, new: str, *, keeping: str | None, rules: PasswordRules, rule: SecondFactor
) -> None:
    """Their own, once the old one has been shown: every session but that of the token `keeping` ends.

    Raises
    ------
    InvalidInput
        If the new one is not acceptable: a short one takes a second factor that is asked for.
    """
    with context.store.reading() as tx:
        factor = tx.second_factors.get(context.user.id)
        office = tx.offices.name_of(context.user.office)
    second = rule is not SecondFactor.OFF and factor is not None and factor.confirmed_at is not None
    least = WITH_SECOND_FACTOR if second else ALONE
    refused = rules.problems(new, username=context.by, office=office, least=least)
    _refuse(refused, pointer="/new")
    _replace(context, context.user.id, new, keeping=keeping)


def set_password(context: Context, username: str, new: str, *, rules: PasswordRules) -> None:
    """For somebody who has lost theirs: every session of theirs ends.

    Raises
    ------
    NotFound
        If there is no such user.
    InvalidInput
        If the new one is not acceptable.
    """
    with context.store.reading() as tx:
        user = tx.accounts.user(username)
        if user is None:
            raise NotFound("There is no user of this name.")
        office = tx.offices.name_of(user.office)
    _refuse(rules.problems(new, username=username, office=office), pointer="/password")
    _replace(context, user.id, new, keeping=None)


def _refuse(problems: Iterable[str], *, pointer: str) -> None:
    if refused := [Problem(pointer, "invalid_password", detail) for detail in problems]:
        raise InvalidInput(refused)


def _replace(context: Context, user_id: int, new: str, *, keeping: str | None) -> None:
    password_hash = hash_password(new)
    with context.store.transaction() as tx:
        tx.accounts.set_password_hash(user_id, password_hash, by=context.by, at=context.at)
        tx.accounts.end_sessions_of(user_id, but=sha256(keeping) if keeping else "")
        tx.pending_logins.end_of_user(user_id)
        tx.sign_ins.forget_usual(user_id)  # whoever knew the old password may have signed in there
