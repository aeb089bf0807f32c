"""Passwords are hashed with argon2id: slow and memory-hungry, so that a stolen database is worth little."""

from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

COST: dict[str, Any] = {"time_cost": 3, "memory_cost": 65_536, "parallelism": 4}
# A hash of this cost whose password nobody knows. An unknown username then takes as long as a wrong password.
UNUSABLE_PASSWORD_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$WpbhH5ndexV+WJhr97IpiQ$CHuA8qMqSLPxxDSUvD6FwQtcQOVb552o88kmevnS+n8"
)

hasher = PasswordHasher(**COST)
_hashing = BoundedSemaphore(2)  # each takes 64 MiB


def hash_password(password: str) -> str:
    with _hashing:
        return hasher.hash(password)


def password_fits(password: str, password_hash: str) -> bool:
    try:
        with _hashing:
            return hasher.verify(password_hash, password)
    except (VerificationError, UnicodeEncodeError):
        return False
