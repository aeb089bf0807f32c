"""Idempotency keys: a request sent again is answered as the first time and does nothing new."""

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
    """The Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request. Use a new key for each request.")


class KeyRequired(RMSError):
    """A system repeats requests that got no answer, and must not submit anything twice."""

    code = "idempotency_key_required"

    def __init__(self) -> None:
        super().__init__("Send an Idempotency-Key, a new random one for each request.")


class StillInProgress(RMSError):
    """`retry_after` is the number of seconds to wait."""

    code = "still_in_progress"

    def __init__(self) -> None:
        super().__init__("The request with this Idempotency-Key is still in progress. Send it again later.")
        self.retry_after = WAIT


class UnderWay:
    """The requests that are in progress in this process.

    Between processes, the second request waits in the database for the first one's transaction.
    """

    def __init__(self) -> None:
        self._keys: set[tuple[int, str]] = set()
        self._lock = Lock()

    @contextmanager
    def marked(self, once: Once) -> Iterator[None]:
        """Mark this request as in progress.

        Raises
        ------
        StillInProgress
            If it already is.
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


def once(account: int, key: str, request: bytes, *, spelled: bytes | None = None) -> Once:
    """A request as it is stored: hashes of the key and of what the request asks for.

    `spelled` is the request as it was spelled, if another spelling can ask for the same.
    """
    return Once(account, _hash(key.encode()), _hash(request), _hash(request if spelled is None else spelled))


def answered_before(context: Context, request: Once) -> Submission | None:
    """The submission of the same request sent earlier; None if there is none, or it is too long ago.

    Raises
    ------
    KeyReused
        If the key was used for another request.
    """
    with context.store.reading() as tx:
        earlier = tx.idempotency.find(request, at=context.at)
        return None if earlier is None else _same(request, earlier, tx)


def came_of(context: Context, key: str) -> str | None:
    """The id of the assessment from this user's request with this key, whatever its body was."""
    with context.store.reading() as tx:
        earlier = tx.idempotency.find(once(context.user.id, key, b""), at=context.at)
    return None if earlier is None else earlier.assessment


def claimed(request: Once, tx: Transaction, *, at: datetime) -> Submission | None:
    """As `answered_before`; if the answer is None, the key is claimed and later requests wait.

    Raises
    ------
    KeyReused
        If the key was used for another request.
    """
    earlier = tx.idempotency.claim(request, at=at)
    return None if earlier is None else _same(request, earlier, tx)


def _same(request: Once, earlier: Earlier, tx: Transaction) -> Submission | None:
    if not request.is_as_stored(earlier.request_hash):
        raise KeyReused
    submission = tx.submissions.get(earlier.assessment)
    return submission and replace(submission, corrected_by=None)  # as it was answered then


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
