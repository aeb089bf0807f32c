"""Reads that can take many seconds run one at a time in each process, so that others get their answers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from weakref import finalize

from api.services.turns import Busy, Turns

RUNNING, WAITING = 1, 1
PATIENCE = 2.0  # seconds


class LongReadBusy(Busy):
    code = "long_read_busy"

    def __init__(self) -> None:
        super().__init__("RMS is busy with another long request. Try again in a few seconds.")


turns = Turns(running=RUNNING, waiting=WAITING, patience=PATIENCE, busy=LongReadBusy)


def long_read() -> AbstractContextManager[None]:
    """
    Raises
    ------
    LongReadBusy
        If another one does not end soon enough.
    """
    return turns.turn()


class LongStream:
    """The pieces of a long answer, from the first one until it is closed or forgotten.

    Raises
    ------
    LongReadBusy
        As `long_read`. Nothing has been read then.
    """

    def __init__(self, pieces: Callable[[], Iterable[str]]) -> None:
        with ExitStack() as turn:
            turn.enter_context(long_read())
            self._pieces = iter(pieces())
            self._turn = turn.pop_all()
        finalize(self, self._turn.close)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._pieces)

    def close(self) -> None:
        self._turn.close()
