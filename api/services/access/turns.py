"""Costly work of signing in takes turns, so that requests without a session cannot take every thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from rms.errors import RMSError


class SignInBusy(RMSError):
    """`retry_after` is the number of seconds to wait."""

    code = "sign_in_busy"

    def __init__(self) -> None:
        super().__init__("Many people are signing in. Try again in a few seconds.")
        self.retry_after = 5


class Turns:
    """In this process up to `running` take their turn at once, and up to `waiting` wait for one.

    The rest are refused at once. Those who wait are refused after `patience` seconds.
    """

    def __init__(self, *, running: int, waiting: int, patience: float) -> None:
        self._admitted = BoundedSemaphore(running + waiting)
        self._running = BoundedSemaphore(running)
        self._patience = patience

    @contextmanager
    def turn(self) -> Iterator[None]:
        """
        Raises
        ------
        SignInBusy
            If there is no turn soon enough.
        """
        if not self._admitted.acquire(blocking=False):
            raise SignInBusy
        try:
            if not self._running.acquire(timeout=self._patience):
                raise SignInBusy
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._admitted.release()
