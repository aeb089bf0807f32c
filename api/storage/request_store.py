"""The store as one request uses it: it reads one state of the database, and notes each look once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from api.storage.audit_people import Noted
from api.storage.store import Store, Transaction


@dataclass
class _Shared:
    """What the store keeps for the request, for every viewer alike.

    `readers` counts the open blocks of `reading()`. `looks` are all that were noted in this request,
    `pending` those of them that are not yet on record.
    """

    connection: Connection | None = None
    readers: int = 0
    looks: list[Noted] = field(default_factory=list)
    pending: list[Noted] = field(default_factory=list)

    def note(self, looks: tuple[Noted, ...]) -> None:
        self.looks += looks
        self.pending += looks


class RequestStore(Store):
    """A `Store` for one request, in one thread.

    Every `reading()` shares one transaction, which ends when something is written: what is read after that
    shows what was written. Looks are gathered, and go on record with the next `transaction()`, or with
    `record_looks` before the request is answered.
    """

    def __init__(self, store: Store) -> None:
        vars(self).update(vars(store))
        self._shared = _Shared()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """As of any store, but in the transaction that this request reads in.

        Raises
        ------
        StorageUnavailable
            If the database cannot be read.
        """
        shared = self._shared
        shared.connection = shared.connection or self._reading_connection()
        seen = Transaction(shared.connection, self._viewer)
        seen.audit.skip(shared.looks)
        shared.readers += 1
        failed = True
        try:
            yield seen
            failed = False
        finally:
            shared.readers -= 1
            shared.note(seen.audit.unwritten)
            if failed and not shared.readers:  # the transaction may be unusable
                self.end_reading()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """As of any store; the looks gathered so far are written along with the rest."""
        if self._shared.readers:
            raise RuntimeError("A request writes after it has read, not while it reads.")
        self.end_reading()
        try:
            with super().transaction() as tx:
                tx.audit.skip(self._shared.looks)
                tx.audit.add(self._shared.pending)
                yield tx
                written = tx.audit.unwritten
            self._shared.pending.clear()
            self._shared.looks += written
        finally:
            self.end_reading()  # one opened meanwhile shows the state before

    def check(self) -> str:
        """As of any store; on a connection of its own, so the one of this request is given back first."""
        self.end_reading()
        return super().check()

    def record_looks(self) -> None:
        """Put the looks on record that are not yet.

        Raises
        ------
        StorageUnavailable
            If they cannot be written.
        """
        if self._shared.pending:
            with self.transaction():
                pass

    def end_reading(self) -> None:
        """Let go of the connection: what is read next shows the present state."""
        connection, self._shared.connection = self._shared.connection, None
        if connection is not None:
            connection.close()
