"""The stored replies to forms, which the browser fetches after a redirect.

A reply can contain everything that was typed, or a key that is shown once, so it is encrypted with a secret
that only the browser has. Each keeper has a limit, so that no one can fill the disk. A reply that is not
stored is sent directly.
"""

import secrets
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from api.services.access.accounts import ABSOLUTE
from api.services.access.encryption import Cipher
from api.services.context import Context
from api.services.users import User
from api.storage import Reply

PURPOSE = "reply"
ANONYMOUS = "nobody"
MOST = 50  # of one keeper; older ones are deleted
MOST_OF_STRANGERS = 1_000


@dataclass(frozen=True)
class Keeper:
    """The owner of stored pages, with their limits: compressed size in bytes, and time."""

    key: str
    largest: int
    lasts: timedelta
    is_stranger: bool


def of_user(user_id: int) -> Keeper:
    """A user who is signed in, or was until recently."""
    return Keeper(str(user_id), largest=262_144, lasts=ABSOLUTE, is_stranger=False)


def of_stranger(origin_key: str) -> Keeper:
    """A browser at this origin without a session."""
    return Keeper(origin_key, largest=16_384, lasts=timedelta(minutes=30), is_stranger=True)


def bound_to(user: User | None) -> str:
    """The owner that a page is bound to: the user with their role and office, or `ANONYMOUS`."""
    return ANONYMOUS if user is None else f"{user.id} {user.role} {user.office}"


def keep_reply(
    context: Context, page: bytes, *, status: int, secret: str, whose: str, keeper: Keeper
) -> str | None:
    """Store a page. Returns its ID, or None if a limit is reached.

    The arguments are the page, the secret and the owner it is encrypted for, and its keeper.
    """
    id = secrets.token_urlsafe(16)
    sealed = Cipher(secret, purpose=PURPOSE).encrypt(zlib.compress(page), whose=f"{id} {whose}")
    if len(sealed) > keeper.largest:
        return None
    with context.store.transaction() as tx:
        tx.replies.end_expired(at=context.at)
        if keeper.is_stranger and tx.replies.of_strangers() >= MOST_OF_STRANGERS:
            return None
        tx.replies.add(Reply(id, status, sealed, context.at + keeper.lasts, keeper.key, keeper.is_stranger))
        tx.replies.end_but_latest(MOST, keeper=keeper.key, of_stranger=keeper.is_stranger)
    return id


def reply_of(context: Context, id: str, *, secret: str, whose: Iterable[str]) -> tuple[bytes, int] | None:
    """The page and its status; None if it has been deleted, or belongs to another owner.

    A refusal can be read any number of times. A success is deleted once it is read: it can show a key.
    """
    with context.store.reading() as tx:
        reply = tx.replies.find(id, at=context.at)
    if reply is None:
        return None
    cipher = Cipher(secret, purpose=PURPOSE)
    page = next(filter(None, (cipher.decrypt(reply.sealed, whose=f"{id} {owner}") for owner in whose)), None)
    if page is None:
        return None
    if reply.status < HTTPStatus.BAD_REQUEST:
        with context.store.transaction() as tx:
            if not tx.replies.end(id):
                return None
    return zlib.decompress(page), reply.status
