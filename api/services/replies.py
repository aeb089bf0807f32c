"""What a form that was sent is told, kept for the browser that sent it to ask for.

It may hold all that somebody typed, or a key that is shown once: only what opens it, which the browser
alone has, makes it readable. Each keeper has a bound, so that nobody fills the disk; what is not kept is
answered at once.
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
MOST = 50  # of one keeper; then the oldest go
MOST_OF_STRANGERS = 1_000


@dataclass(frozen=True)
class Keeper:
    """For whom pages are kept: of which size in bytes, compressed, and for how long."""

    key: str
    largest: int
    lasts: timedelta
    is_stranger: bool


def of_user(user_id: int) -> Keeper:
    """Somebody who is signed in, or was a short while ago."""
    return Keeper(str(user_id), largest=262_144, lasts=ABSOLUTE, is_stranger=False)


def of_stranger(origin_key: str) -> Keeper:
    """Somebody at this origin who has never been signed in, as far as RMS knows."""
    return Keeper(origin_key, largest=16_384, lasts=timedelta(minutes=30), is_stranger=True)


def bound_to(user: User | None) -> str:
    """Whose a page is: the user's while they have the same role and office, or nobody's in particular."""
    return ANONYMOUS if user is None else f"{user.id} {user.role} {user.office}"


def keep_reply(
    context: Context, page: bytes, *, status: int, secret: str, whose: str, keeper: Keeper
) -> str | None:
    """Keep a page for one user, or for nobody in particular; its id, or None where there is no room.

    The arguments are the page, and what it is sealed with and kept by.
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
    """The page and its status; None where it is kept no longer, or is none of theirs.

    A refusal is there as often as it is asked for. What was done is told once: the page may show a key.
    """
    with context.store.reading() as tx:
        reply = tx.replies.find(id, at=context.at)
    if reply is None:
        return None
    cipher = Cipher(secret, purpose=PURPOSE)
    page = next(filter(None, (cipher.decrypt(reply.sealed, whose=f"{id} {one}") for one in whose)), None)
    if page is None:
        return None
    if reply.status < HTTPStatus.BAD_REQUEST:
        with context.store.transaction() as tx:
            if not tx.replies.end(id):
                return None
    return zlib.decompress(page), reply.status
