"""Passwords are hashed with argon2id: slow and memory-hungry, so that a stolen database is worth little.

The only way to a hash is `hashing_turn`, so that no burst of requests takes every thread, core or byte.
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


turns = Turns(running=2, waiting=2, patience=2.0, busy=SignInBusy)  # each hash takes 64 MiB


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
def hashing_turn() -> Iterator[Hasher]:
    """
    Raises
    ------
    SignInBusy
        If too many passwords are being hashed already.
    """
    with turns.turn():
        yield Hasher()
