"""What a form that was sent is told, kept for the browser that sent it to ask for.

It may hold all that somebody typed, or a key that is shown once: only what opens it, which the browser
alone has, makes it readable.
"""

import secrets
import zlib
from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from api.services.accounts import ABSOLUTE, User
from api.services.sealing import Seal
from api.storage import Reply, Store

PURPOSE = "reply"
NOBODY = "nobody"
MOST_KEPT = 100  # of one account: the older ones go


def bound_to(user: User | None) -> str:
    """Whose a page is: the user's while they have the same role and office, or nobody's in particular."""
    return NOBODY if user is None else f"{user.id} {user.role} {user.office}"


def keep_reply(
    page: bytes, *, status: int, secret: str, whose: str, user: User | None, store: Store, at: datetime
) -> str:
    """Keep a page for one user, or for nobody in particular, as long as a session can last; its id."""
    id = secrets.token_urlsafe(16)
    sealed = Seal(secret, purpose=PURPOSE).close(zlib.compress(page), whose=f"{id} {whose}")
    with store.transaction() as tx:
        tx.replies.end_expired(at=at)
        if user is not None:
            tx.replies.end_oldest(user.id, but=MOST_KEPT - 1)
        account = None if user is None else user.id
        tx.replies.add(Reply(id, status, sealed, expires_at=at + ABSOLUTE, account=account))
    return id


def reply_of(
    id: str, *, secret: str, whose: Iterable[str], store: Store, at: datetime
) -> tuple[bytes, int] | None:
    """The page and its status; None where it is kept no longer, or is none of theirs.

    A refusal is there as often as it is asked for. What was done is told once: the page may show a key.
    """
    with store.reading() as tx:
        reply = tx.replies.find(id, at=at)
    if reply is None:
        return None
    seal = Seal(secret, purpose=PURPOSE)
    page = next(filter(None, (seal.open(reply.sealed, whose=f"{id} {one}") for one in whose)), None)
    if page is None:
        return None
    if reply.status < HTTPStatus.BAD_REQUEST:
        with store.transaction() as tx:
            if not tx.replies.end(id):
                return None
    return zlib.decompress(page), reply.status
