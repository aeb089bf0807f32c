"""Records of erased people: known by a keyed digest of the source's ID, so that no import brings them back.

The key is not in the database. So the digest tells only somebody who has the key, and an ID to try.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.storage.audit import Audit
from api.storage.tables import erased_records, sources
from rms.errors import Conflict

OTHER_KEY = (
    "People of this source were erased, and RMS cannot recognise their rows: RMS_SECRET_KEY is not set, or "
    "has changed since. Set the key of then, and import the folder again. If it is lost, see “Erased people” "
    "in docs/people.md."
)

NO_KEY = (
    "This person has case records. Set RMS_SECRET_KEY, so that RMS can mark them as erased. Otherwise the "
    "next import would bring the person back."
)
_stays: ColumnElement[bool] = erased_records.c.allowed_at.is_(None)


class RecordMarks:
    """Makes the digests, under a key derived from the service's secret."""

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"erased records", "sha256")
        self.under = self._digest("key")[:16]  # tells the key from another one, but not what it is

    def of(self, source: int, id: str) -> str:
        """The mark of the record with this ID of the source with this key."""
        return self._digest(f"record {source} {id}")

    def _digest(self, text: str) -> str:
        return hmac.digest(self._key, text.encode(), "sha256").hex()


@dataclass(frozen=True)
class ErasedOfSource:
    """How many records of a source system were erased, and are not allowed again."""

    source: str
    records: int


class ErasedRecords:
    """The marks in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def by_source(self) -> tuple[ErasedOfSource, ...]:
        """Every source with erased records, by name."""
        counted = (
            select(sources.c.name, func.count())
            .join(erased_records, erased_records.c.source == sources.c.id)
            .where(_stays)
            .group_by(sources.c.name)
            .order_by(sources.c.name)
        )
        return tuple(ErasedOfSource(*row) for row in self._connection.execute(counted))

    def under_another_key(self, marks: RecordMarks) -> tuple[str, ...]:
        """The sources, by name, with erased records that `marks` cannot recognise."""
        of_others = (
            select(sources.c.name)
            .join(erased_records, erased_records.c.source == sources.c.id)
            .where(_stays, erased_records.c.marked_under != marks.under)
            .distinct()
            .order_by(sources.c.name)
        )
        return tuple(self._connection.scalars(of_others))

    def allow(self, source: str, id: str, *, marks: RecordMarks, reason: str, by: str, at: datetime) -> bool:
        """Let imports take the record with this ID of a source again; False if no such record was erased."""
        key = self._source(source)
        own = erased_records.c.source == key, erased_records.c.mark == marks.of(key or 0, id)
        return self._allow(key, *own, reason=reason, by=by, at=at) > 0

    def allow_all(self, source: str, *, reason: str, by: str, at: datetime) -> int:
        """Let imports take all erased records of a source again. Returns how many."""
        key = self._source(source)
        return self._allow(key, erased_records.c.source == key, reason=reason, by=by, at=at)

    def _source(self, name: str) -> int | None:
        return self._connection.scalar(select(sources.c.id).where(sources.c.name == name))

    def _allow(
        self, source: int | None, *chosen: ColumnElement[bool], reason: str, by: str, at: datetime
    ) -> int:
        values = {"allowed_at": at, "allowed_by": by, "reason": reason}
        allowing = update(erased_records).where(*chosen, _stays).values(**values)
        allowed = self._connection.execute(allowing).rowcount
        if allowed:
            self._audit.append(
                "erased_records.allowed",
                actor=by,
                at=at,
                object_kind="source",
                object_key=str(source),
                detail={"records": allowed},
            )
        return allowed


def mark_erased(
    connection: Connection, records: Sequence[tuple[int, str]], *, marks: RecordMarks | None, at: datetime
) -> None:
    """Note that these records, by source and ID, were erased.

    Raises
    ------
    Conflict
        If there are records, and no `marks`.
    """
    if records and marks is None:
        raise Conflict(NO_KEY)
    rows = [
        {"source": source, "mark": marks.of(source, id), "marked_under": marks.under, "erased_at": at}
        for source, id in records
        if marks is not None
    ]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        marking = dialect.insert(erased_records)
        again = {name: marking.excluded[name] for name in ("marked_under", "erased_at")}
        again |= dict.fromkeys(("allowed_at", "allowed_by", "reason"), null())
        connection.execute(marking.on_conflict_do_update(index_elements=["source", "mark"], set_=again), rows)


def erased_among(
    connection: Connection, source: int, ids: Collection[str], *, marks: RecordMarks | None
) -> frozenset[str]:
    """Of these IDs of a source, those of records that were erased.

    Raises
    ------
    Conflict
        If records of the source were erased with a key that is not that of `marks`, or if there are no marks.
    """
    if not ids:
        return frozenset()
    of_source = erased_records.c.source == source, _stays
    under = select(erased_records.c.marked_under).where(*of_source).distinct()
    keys = set(connection.scalars(under))
    if not keys:
        return frozenset()
    if marks is None or keys != {marks.under}:
        raise Conflict(OTHER_KEY)
    by_mark = {marks.of(source, id): id for id in ids}
    found = select(erased_records.c.mark).where(*of_source, erased_records.c.mark.in_(by_mark))
    return frozenset(by_mark[mark] for mark in connection.scalars(found))
