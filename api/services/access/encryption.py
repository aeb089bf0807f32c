"""Secrets that have to be read again are kept sealed: who has the database alone cannot read them."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Seal:
    """AES-256-GCM under a key that follows from the service's own secret, for one purpose.

    `whose` goes into the seal: moved to another row, it does not open.
    """

    def __init__(self, secret_key: str, *, purpose: str) -> None:
        self._cipher = AESGCM(hmac.digest(secret_key.encode(), purpose.encode(), "sha256"))

    def close(self, secret: bytes, *, whose: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, secret, whose.encode())

    def open(self, sealed: bytes, *, whose: str) -> bytes | None:
        """What was sealed; None if that was under another secret key, or for somebody else."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], whose.encode())
        except InvalidTag:
            return None


def for_address(sealed: bytes) -> str:
    """The same as text that an address can hold."""
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def from_address(text: str) -> bytes:
    """What `for_address` made the text of.

    Raises
    ------
    ValueError
        If it made no such text.
    """
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
