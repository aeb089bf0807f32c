"""Passwords are hashed with argon2id: slow and memory-hungry, so that a stolen database is worth little.

The only ways to a hash are `sign_in_turn` and `change_turn`, so that no burst of requests takes every thread,
core or byte. They are apart, so that changes of passwords do not keep people from signing in.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from api.services.turns import Busy, Turns

COST: dict[str, Any] = {"time_cost": 3, "memory_cost": 65_536, "parallelism": 4}
# A hash of this cost whose password nobody knows. An unknown username then takes as long as a wrong password.
UNUSABLE_PASSWORD_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$WpbhH5ndexV+WJhr97IpiQ$CHuA8qMqSLPxxDSUvD6FwQtcQOVb552o88kmevnS+n8"
)

argon2 = PasswordHasher(**COST)


class SignInBusy(Busy):
    code = "sign_in_busy"

    def __init__(self) -> None:
        super().__init__("Many people are signing in. Try again in a few seconds.")


class PasswordsBusy(Busy):
    code = "passwords_busy"

    def __init__(self) -> None:
        super().__init__("RMS is changing other passwords. Try again in a few seconds.")


# Each hash takes 64 MiB.
SIGN_INS = Turns(running=2, waiting=2, patience=2.0, busy=SignInBusy)
CHANGES = Turns(running=1, waiting=1, patience=2.0, busy=PasswordsBusy)


class Hasher:
    """Hashes and verifies passwords for as long as its turn lasts."""

    def hash(self, password: str) -> str:
        return argon2.hash(password)

    def fits(self, password: str, password_hash: str) -> bool:
        try:
            return argon2.verify(password_hash, password)
        except (VerificationError, UnicodeEncodeError):
            return False


@contextmanager
def sign_in_turn(name: str) -> Iterator[Hasher]:
    """A turn for a sign-in. `name` is the typed name with its origin.

    Raises
    ------
    AlreadyRunning
        If there is a sign-in with this name from this origin.
    SignInBusy
        If too many people are signing in.
    """
    with SIGN_INS.turn(name):
        yield Hasher()


@contextmanager
def change_turn(account: str) -> Iterator[Hasher]:
    """A turn for a change of password by this account: its own or another's.

    Raises
    ------
    AlreadyRunning
        If the account has such a turn.
    PasswordsBusy
        If too many passwords are being changed.
    """
    with CHANGES.turn(account):
        yield Hasher()
