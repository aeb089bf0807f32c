"""Encryption of what has to be read again. The database alone is not enough to decrypt it."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Cipher:
    """AES-256-GCM with a key derived from the service's secret key, for one purpose.

    `whose` is authenticated too: a value that was moved to another row cannot be decrypted.
    """

    def __init__(self, secret_key: str, *, purpose: str) -> None:
        self._cipher = AESGCM(hmac.digest(secret_key.encode(), purpose.encode(), "sha256"))

    def encrypt(self, plaintext: bytes, *, whose: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, plaintext, whose.encode())

    def decrypt(self, encrypted: bytes, *, whose: str) -> bytes | None:
        """The plaintext; None if it was encrypted with another secret key or for another `whose`."""
        try:
            return self._cipher.decrypt(encrypted[:NONCE], encrypted[NONCE:], whose.encode())
        except InvalidTag:
            return None


def for_address(encrypted: bytes) -> str:
    """The bytes as text for use in a URL."""
    return urlsafe_b64encode(encrypted).decode().rstrip("=")


def from_address(text: str) -> bytes:
    """The bytes that `for_address` was given.

    Raises
    ------
    ValueError
        If the text is not from `for_address`.
    """
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
