"""The same request sent again does nothing new: it is answered as it was the first time."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from threading import Lock

from api.services.context import Context
from api.storage import Earlier, Once, Transaction
from rms.errors import RMSError
from rms.submission import Submission

WAIT = 1


class KeyReused(RMSError):
    """An Idempotency-Key stands for one request; this one is another."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was sent with another request: draw a new one for each.")


class KeyRequired(RMSError):
    """A system repeats what it got no answer to, and must not submit it twice."""

    code = "idempotency_key_required"

    def __init__(self) -> None:
        super().__init__("A service account sends an Idempotency-Key with this: draw one for each request.")


class StillInProgress(RMSError):
    """`retry_after` is the number of seconds to wait."""

    code = "still_in_progress"

    def __init__(self) -> None:
        super().__init__("The request of this Idempotency-Key is still being worked on; ask again.")
        self.retry_after = WAIT


class UnderWay:
    """The requests that this process is working on.

    Two processes need no such list: the second waits in the database for the first one's transaction.
    """

    def __init__(self) -> None:
        self._keys: set[tuple[int, str]] = set()
        self._lock = Lock()

    @contextmanager
    def one(self, once: Once) -> Iterator[None]:
        """Work on this request.

        Raises
        ------
        StillInProgress
            If somebody already does.
        """
        key = once.account, once.key_hash
        with self._lock:
            if key in self._keys:
                raise StillInProgress
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.remove(key)


def once(account: int, key: str, request: bytes) -> Once:
    """A request as the database knows it: neither the key nor what was sent can be read back."""
    return Once(account, hashlib.sha256(key.encode()).hexdigest(), hashlib.sha256(request).hexdigest())


def answered_before(context: Context, request: Once) -> Submission | None:
    """What came of the request when it was sent before; None if it was not, or too long ago.

    Raises
    ------
    KeyReused
        If its key was sent with another request.
    """
    with context.store.reading() as tx:
        earlier = tx.idempotency.find(request, at=context.at)
        return None if earlier is None else _same(request, earlier, tx)


def came_of(context: Context, key: str) -> str | None:
    """The id of the assessment that came of this user's request of this key, whatever it said."""
    with context.store.reading() as tx:
        earlier = tx.idempotency.find(once(context.user.id, key, b""), at=context.at)
    return None if earlier is None else earlier.assessment


def claimed(request: Once, tx: Transaction, *, at: datetime) -> Submission | None:
    """As `answered_before`; where the answer is None the key is taken, and whoever comes next waits.

    Raises
    ------
    KeyReused
        If its key was sent with another request.
    """
    earlier = tx.idempotency.claim(request, at=at)
    return None if earlier is None else _same(request, earlier, tx)


def _same(request: Once, earlier: Earlier, tx: Transaction) -> Submission | None:
    if request.request_hash != earlier.request_hash:
        raise KeyReused
    found = tx.submissions.get(earlier.assessment)
    return found and replace(found, corrected_by=None)  # as it was answered then
