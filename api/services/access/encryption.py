"""Encryption of what has to be read again. The database alone is not enough to decrypt it."""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import ciphers
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
BLOCK = 16
LENGTH = 22  # characters of a block as text
BEFORE_HYPHEN = "p"
LARGEST_KEY = 2**63 - 1


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


class OpaqueKeys:
    """Keys of rows as texts that tell nothing, always the same for the same key.

    A key is one block of AES, with zeros that show whether a text is one of ours. The texts change if the
    secret key of the service does.
    """

    def __init__(self, secret_key: str, *, purpose: str) -> None:
        derived = hmac.digest(secret_key.encode(), purpose.encode(), "sha256")
        self._block = ciphers.Cipher(algorithms.AES(derived), modes.ECB())  # one block: no mode is needed

    def text(self, key: int) -> str:
        """22 characters, or 23: one that would begin with a hyphen, which is a formula to a spreadsheet."""
        text = for_address(self._block.encryptor().update(key.to_bytes(BLOCK)))
        return f"{BEFORE_HYPHEN}{text}" if text.startswith("-") else text

    def key(self, text: str) -> int | None:
        """The key; None if the text is none of ours."""
        try:
            encrypted = from_address(text.removeprefix(BEFORE_HYPHEN) if len(text) > LENGTH else text)
        except ValueError:
            return None
        if len(encrypted) != BLOCK:
            return None
        key = int.from_bytes(self._block.decryptor().update(encrypted))
        return key if key <= LARGEST_KEY else None


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
