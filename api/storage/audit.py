"""The audit: what was done, by whom, in the change's own transaction, as a chain of hashes.

Each entry's hash is taken over the entry and the hash before it, so that no entry can be
altered, removed from the middle, inserted or reordered unnoticed. Entries cut off the end
show only against a head kept elsewhere. Entries name things by their internal key and
carry no answers, offender numbers or names: erasing a record leaves the chain whole.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, String, cast, func, insert, select

from api.storage.audit_entry import Entry
from api.storage.audit_people import (
    Noted,
    PeopleSet,
    about,
    add_to_index,
    people_of_entries,
)
from api.storage.audit_search import AuditCriteria, conditions
from api.storage.database import hold_audit
from api.storage.json_text import compact_json
from api.storage.tables import audit
from api.storage.viewer import Viewer
from rms.errors import StorageUnavailable

BEFORE_THE_FIRST = "0" * 64
BATCH = 500
NOBODY = 0  # the person of a look at people in general, or at somebody who does not exist

_head = select(audit.c.sequence, audit.c.hash).order_by(audit.c.sequence.desc()).limit(1)
_chain = select(audit).order_by(audit.c.sequence)
# To be verified, an entry is read as it is written: what only means the same is not the same.
_AS_TEXT = {"at", "detail"}
_written = select(
    *(cast(column, String).label(column.name) if column.name in _AS_TEXT else column for column in audit.c)
).order_by(audit.c.sequence)
_insert = insert(audit)


@dataclass(frozen=True)
class Head:
    """The end of the chain: its last entry's number (from 1) and hash."""

    sequence: int
    hash: str


class Audit:
    """The audit as one transaction sees it; `viewer` is in whose name looks are noted."""

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self._connection = connection
        self._viewer = viewer
        self._zone = viewer.zone if viewer else UTC
        self._unwritten: list[Noted] = []
        self._on_record: Collection[Noted] = ()

    def looked(
        self,
        action: str,
        *,
        keys: Sequence[int] = (),
        person: int | None = None,
        people: Collection[int] = (),
        **detail: Any,
    ) -> None:
        """Note, once, that the viewer saw the assessments of these keys; without a viewer nobody looked.

        Where they looked at a person as such, the entry names the `person` (0: nobody). `people` are those in
        what they saw besides: the entry does not name them, and is found by them.

        Keys are in their own order: the order of a list would rank people by what it is sorted by.
        """
        if self._viewer is None:
            return
        is_single = len(keys) == 1 and person is None
        look = _noted(
            action,
            actor=self._viewer.name,
            at=self._viewer.at,
            object_kind="assessment" if person is None else "person",
            object_key=str(keys[0]) if is_single else str(person or ""),
            detail=detail if is_single else {**detail, "keys": sorted(keys)},
            people=people,
        )
        if look not in self._unwritten and look not in self._on_record:
            self._unwritten.append(look)

    def listed(
        self, action: str, *, keys: Sequence[int] = (), people: Collection[int] = (), **detail: Any
    ) -> None:
        """Note a list of assessments or, without keys, of people. Nobody was seen in an empty one."""
        if keys:
            self.looked(action, keys=keys, people=people, **detail)
        elif people:
            self.looked(action, person=NOBODY, people=people, **detail)

    def append(
        self,
        action: str,
        *,
        actor: str,
        at: datetime,
        object_kind: str,
        object_key: str,
        detail: Mapping[str, Any] | None = None,
        people: Collection[int] = (),
    ) -> None:
        """Add one entry. `detail` holds texts and whole numbers, never an answer or what names a person.

        The entry is found by the people whom it names by key, and by `people`.
        """
        self._unwritten.append(
            _noted(
                action,
                actor=actor,
                at=at,
                object_kind=object_kind,
                object_key=object_key,
                detail=detail or {},
                people=people,
            )
        )

    def add(self, noted: Iterable[Noted]) -> None:
        """Take over what another transaction has not written."""
        self._unwritten += noted

    def skip(self, looks: Collection[Noted]) -> None:
        """Do not note these looks again: they are on record."""
        self._on_record = looks

    @property
    def unwritten(self) -> tuple[Noted, ...]:
        """The entries of this transaction that are not yet linked to the chain."""
        return tuple(self._unwritten)

    def write(self) -> None:
        """Link the transaction's entries to the chain: the last thing it does before it is committed.

        Whoever links holds the chain until its COMMIT. Were anything locked after that, two
        transactions could each wait for what the other holds.
        """
        if not self._unwritten:
            return
        hold_audit(self._connection)
        head = self.head()
        linked = []
        for noted in self._unwritten:
            entry = replace(noted.entry, sequence=head.sequence + 1, previous_hash=head.hash)
            entry = replace(entry, hash=entry.expected_hash())
            linked.append(replace(noted, entry=entry))
            head = Head(entry.sequence, entry.hash)
        self._connection.execute(_insert, [vars(noted.entry) for noted in linked])
        add_to_index(self._connection, linked)
        self._unwritten.clear()

    def head(self) -> Head:
        row = self._connection.execute(_head).first()
        return Head(row.sequence, row.hash) if row else Head(0, BEFORE_THE_FIRST)

    def holds(self, head: Head) -> bool:
        """Whether the chain has this entry: it then has all before it, or `problems` says which not."""
        stored_hash = self._connection.scalar(select(audit.c.hash).where(audit.c.sequence == head.sequence))
        return head.sequence == 0 or stored_hash == head.hash

    def count(self) -> int:
        return self._connection.execute(select(func.count()).select_from(audit)).scalar_one()

    def entries(self) -> Iterator[Entry]:
        """Every entry, oldest first, read as it is consumed."""
        for row in self._connection.execute(_chain, execution_options={"yield_per": BATCH}):
            yield Entry(**row._mapping)

    def page(self, criteria: AuditCriteria, *, limit: int, before: int | None = None) -> tuple[Entry, ...]:
        """Up to `limit` matching entries, newest first, from before the entry with the number `before`."""
        older = () if before is None else (audit.c.sequence < before,)
        chosen = (
            select(audit).where(*conditions(criteria, self._zone), *older).order_by(audit.c.sequence.desc())
        )
        return tuple(Entry(**row._mapping) for row in self._connection.execute(chosen.limit(limit)))

    def entries_about(self, *people: int) -> Iterator[Entry]:
        """Every entry that is about one of these people, alone or among others, oldest first."""
        chosen = select(audit).where(about(people)).order_by(audit.c.sequence)
        for row in self._connection.execute(chosen, execution_options={"yield_per": BATCH}):
            yield Entry(**row._mapping)

    def people_of(self, entries: Sequence[Entry], people: Collection[int]) -> Mapping[int, frozenset[int]]:
        """Number of each of these entries → those of the people whom it is about."""
        numbers = [entry.sequence for entry in entries]
        if not numbers:
            return {}
        return people_of_entries(self._connection, people, first=min(numbers), last=max(numbers))

    def actions(self) -> Iterator[str]:
        """Every action that is on record, in the order of the alphabet."""
        return self._each(audit.c.action)

    def object_kinds(self) -> Iterator[str]:
        """Every kind of thing that something was done to, likewise."""
        return self._each(audit.c.object_kind)

    def _each(self, column: Column[str]) -> Iterator[str]:
        """From one value of an index to the next: there are few, among any number of entries."""
        first = select(func.min(column))
        value = self._connection.scalar(first)
        while value is not None:
            yield value
            value = self._connection.scalar(first.where(column > value))

    def problems(self, *, known_head: Head | None = None) -> Iterator[str]:
        """What is wrong with the chain, as sentences; none if it is whole.

        `known_head` is a head noted down earlier (outside the database): the chain must
        still contain it, so that entries cut off the end are missed too.
        """
        previous = Head(0, BEFORE_THE_FIRST)
        yield from _noted_problems(previous, known_head)
        try:  # the first row is read with the statement
            for row in self._connection.execute(_written, execution_options={"yield_per": BATCH}):
                yield from _link_problems(row, previous)
                previous = Head(row.sequence, row.hash)
                yield from _noted_problems(previous, known_head)
        except StorageUnavailable:
            yield f"Not all entries from {previous.sequence + 1} on can be read, so they were not checked."
        if known_head and previous.sequence < known_head.sequence:
            yield f"The audit ends at entry {previous.sequence}; entry {known_head.sequence} was noted down."


def _noted(
    action: str,
    *,
    actor: str,
    at: datetime,
    object_kind: str,
    object_key: str,
    detail: Mapping[str, Any],
    people: Collection[int],
) -> Noted:
    """An entry that is not yet linked to the chain, and the people it is found by."""
    entry = Entry(
        sequence=0,
        at=at,
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_key=object_key,
        detail=dict(detail),
        previous_hash="",
        hash="",
    )
    return Noted(entry, people if isinstance(people, PeopleSet) else frozenset(people))


def _noted_problems(head: Head, known_head: Head | None) -> Iterator[str]:
    if known_head and head.sequence == known_head.sequence and head.hash != known_head.hash:
        yield f"Entry {head.sequence} is not the one that was noted down."


def _link_problems(row: Row[Any], previous: Head) -> Iterator[str]:
    if row.sequence != previous.sequence + 1:
        yield f"Entry {previous.sequence + 1} is missing: entry {row.sequence} follows {previous.sequence}."
    if row.previous_hash != previous.hash:
        yield f"Entry {row.sequence} does not follow from the entry before it."
    if not _is_as_written(row):
        yield f"Entry {row.sequence} has been altered."


def _is_as_written(row: Row[Any]) -> bool:
    """Whether the hash is that of the entry, and every text is spelled as RMS spells it."""
    try:
        at, detail = datetime.fromisoformat(row.at), json.loads(row.detail)
        entry = Entry(**{**row._mapping, "at": at.replace(tzinfo=at.tzinfo or UTC), "detail": detail})
        spelled = at.tzinfo is not None or at.isoformat(sep=" ", timespec="microseconds") == row.at
        same_text: bool = compact_json(detail) == row.detail
        return spelled and same_text and entry.expected_hash() == str(row.hash)
    except (TypeError, ValueError, RecursionError):  # it is no moment, no JSON, or no text at all
        return False
