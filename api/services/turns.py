"""Costly work takes turns, so that it cannot take every thread of a process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from rms.errors import RMSError


class Busy(RMSError):
    """`retry_after` is the number of seconds to wait."""

    retry_after = 5


class Turns:
    """In this process up to `running` take their turn at once, and up to `waiting` wait for one.

    The rest are refused at once. Those who wait are refused after `patience` seconds. `busy` is the error.
    """

    def __init__(self, *, running: int, waiting: int, patience: float, busy: Callable[[], Busy]) -> None:
        self._admitted = BoundedSemaphore(running + waiting)
        self._running = BoundedSemaphore(running)
        self._patience = patience
        self._busy = busy

    @contextmanager
    def turn(self) -> Iterator[None]:
        """
        Raises
        ------
        Busy
            If there is no turn soon enough.
        """
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
