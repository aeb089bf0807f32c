"""Costly work takes turns, so that it cannot take every thread of a process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from rms.errors import RMSError


class Busy(RMSError):
    """`retry_after` is the number of seconds to wait."""

    retry_after = 5


class AlreadyRunning(Busy):
    """The account has a turn already."""

    code = "already_running"

    def __init__(self) -> None:
        super().__init__("Your previous request is still running. Try again in a few seconds.")


class Turns:
    """In this process up to `running` take their turn at once, and up to `waiting` wait for one.

    Each account has one turn, running or waiting, so that no account can take them all. The rest are refused
    at once. Those who wait are refused after `patience` seconds. `busy` is the error.
    """

    def __init__(self, *, running: int, waiting: int, patience: float, busy: Callable[[], Busy]) -> None:
        self._admitted = BoundedSemaphore(running + waiting)
        self._running = BoundedSemaphore(running)
        self._patience = patience
        self._busy = busy
        self._accounts: set[str] = set()
        self._lock = Lock()

    @contextmanager
    def turn(self, account: str) -> Iterator[None]:
        """
        Raises
        ------
        AlreadyRunning
            If this account has a turn.
        Busy
            If there is no turn soon enough.
        """
        with self._only_one_of(account):
            if not self._admitted.acquire(blocking=False):
                raise self._busy()
            try:
                if not self._running.acquire(timeout=self._patience):
                    raise self._busy()
                try:
                    yield
                finally:
                    self._running.release()
            finally:
                self._admitted.release()

    @contextmanager
    def _only_one_of(self, account: str) -> Iterator[None]:
        with self._lock:
            if account in self._accounts:
                raise AlreadyRunning
            self._accounts.add(account)
        try:
            yield
        finally:
            with self._lock:
                self._accounts.remove(account)
