"""Reads that can take many seconds run two at a time in each process, so that others get their answers.

Two, and one for each account: while one account reads without a pause, the other turn is for everyone else.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from itertools import chain, islice
from weakref import finalize

from api.services.turns import Busy, Turns

RUNNING, WAITING = 2, 1
PATIENCE = 2.0  # seconds


class LongReadBusy(Busy):
    code = "long_read_busy"

    def __init__(self) -> None:
        super().__init__("RMS is busy with other long requests. Try again in a few seconds.")


turns = Turns(running=RUNNING, waiting=WAITING, patience=PATIENCE, busy=LongReadBusy)


def long_read(account: str) -> AbstractContextManager[None]:
    """
    Raises
    ------
    AlreadyRunning
        If the account has a long read already.
    LongReadBusy
        If none of the others ends soon enough.
    """
    return turns.turn(account)


class LongStream:
    """The pieces of a long answer to an account, who has a turn until the last one.

    The first two pieces, such as a head and the first rows, are read at once, so that a failure becomes an
    error response and not half a file. The turn also ends when the stream is closed or forgotten.

    Raises
    ------
    AlreadyRunning, LongReadBusy
        As `long_read`. Nothing has been read then.
    """

    def __init__(self, account: str, pieces: Callable[[], Iterable[str]]) -> None:
        with ExitStack() as turn:
            turn.enter_context(long_read(account))
            following = iter(pieces())
            self._pieces = chain(list(islice(following, 2)), following)
            self._turn = turn.pop_all()
        finalize(self, self._turn.close)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self._pieces)
        except StopIteration:
            self.close()
            raise

    def close(self) -> None:
        self._turn.close()
