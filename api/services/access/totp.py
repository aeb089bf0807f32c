"""Six-digit codes that change every thirty seconds: TOTP (RFC 6238) with HMAC-SHA-1.

Authenticator apps support SHA-1; collisions do not weaken it in HMAC.
"""

import hmac
from datetime import datetime

PERIOD, DIGITS = 30, 6
OFFSETS = (0, -1, 1)  # steps: clocks differ, and typing takes time


def step_at(at: datetime) -> int:
    """The number of whole periods since 1970."""
    return int(at.timestamp()) // PERIOD


def code_of(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code of that step (RFC 4226, section 5.3).

    >>> code_of(b"12345678901234567890", 59 // 30, digits=8)
    '94287082'
    """
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, *, at: datetime) -> int | None:
    """The step of this code, if it is the current one or the one before or after."""
    for offset in OFFSETS:
        step = step_at(at) + offset
        if hmac.compare_digest(code_of(secret, step).encode(), code.encode(errors="replace")):
            return step
    return None
