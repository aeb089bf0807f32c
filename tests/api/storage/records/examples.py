"""Rows of source systems, how tests load them, and join and separate their people."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from api.storage import DuplicateSearch, Proposed, Store, Transaction
from api.storage.records.areas import AreaRow
from api.storage.records.loading import DETAILS, Loaded, PersonRow, Row
from rms.errors import Conflict

AT = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
DAY = date(2026, 3, 1)
LATER = AT + timedelta(days=30)
EVIDENCE = {"name": "agrees", "date_of_birth": "agrees", "sex": "unknown", "pnc": "unknown", "cro": "unknown"}
REASON = "The same photograph."
WARD = AreaRow(2, "W1", "Castle ward", "ward", None)


def person(id: str, *, line: int = 2, nationality: str | None = None, **details: Any) -> PersonRow:
    return PersonRow(line, id, {**dict.fromkeys(DETAILS), **details}, nationality)


def offence(id: str, whose: str, *, line: int = 2, area: str | None = None, code: str = "02801") -> Row:
    return Row(line, id, whose, (code, DAY, area, None, None, "charged", 1, None))


def load(
    store: Store, kind: str, rows: Sequence[Any], *, at: datetime = AT, source: str = "crime records"
) -> Loaded:
    with store.transaction() as tx:
        key = tx.records.source(source, as_at=DAY, at=at)
        if kind == "areas":
            return tx.records.load_areas(rows, by="test", at=at)
        loading = tx.records.loading(key, by="test", at=at)
        return loading.people(rows) if kind == "people" else loading.rows(kind, rows)


def load_three(store: Store) -> None:
    """The records A, B and C of three people, each with an offence, a marker and more of every kind."""
    load(store, "areas", [WARD])
    ids = ("A", "B", "C")
    load(store, "people", [person(id, line=line, surname=f"Smith {id}") for line, id in enumerate(ids, 2)])
    load(store, "offences", [offence(f"O-{id}", id, line=line) for line, id in enumerate(ids, 2)])
    others = {
        "sentences": ("O1", "custody", DAY, DAY, None),
        "registrations": ("iom", "fixed", DAY, None),
        "plans": (True, "ben", DAY, None),
        "drug_markers": ("supply", DAY, None),
        "intelligence": ("A", DAY),
    }
    for kind, values in others.items():
        load(store, kind, [Row(line, f"{kind}-{id}", id, values) for line, id in enumerate(ids, 2)])
    to_c = [
        Row(2, "S-A", "A", ("C", "family", 1, DAY, None)),
        Row(3, "S-C", "C", ("A", "family", 1, DAY, None)),
    ]
    load(store, "associations", to_c)


def key_of(store: Store, id: str, source: str = "crime records") -> int:
    """The key of the record with this ID of the source."""
    with store.reading() as tx:
        name = {one.name: one.id for one in tx.records.sources()}[source]
        person = tx.records.person_of(source, id)
        assert person is not None
        found = [
            row.id
            for row in tx.records.of_person(person)["person_records"]
            if (row.source, row.source_id) == (name, id)
        ]
    return found[0]


def person_of(store: Store, id: str, source: str = "crime records") -> int:
    with store.reading() as tx:
        found = tx.records.person_of(source, id)
    assert found is not None
    return found


def propose(store: Store, *pairs: tuple[int, int], everybody: bool = True, weight: float = 3.0) -> int:
    found = [Proposed(min(pair), max(pair), weight, EVIDENCE) for pair in pairs]
    with store.transaction() as tx:
        search = tx.duplicates.begin_search()
        return end_search(tx, search, found, everybody=everybody)


def end_search(
    tx: Transaction, search: DuplicateSearch, found: Sequence[Proposed] = (), *, everybody: bool
) -> int:
    """Put what was found in the place of earlier proposals, and end the search."""
    tx.duplicates.withdraw(tx.duplicates.outdated(search, found, everybody=everybody))
    tx.duplicates.propose(found, at=AT)
    return tx.duplicates.end_search(
        search, found=len(found), too_alike=0, everybody=everybody, by="test", at=AT
    )


def join(store: Store, one: int, other: int, *, user: int) -> int:
    propose(store, (one, other), everybody=False)
    with store.transaction() as tx:
        pair = tx.duplicates.pair(one, other)
        if pair is None:
            raise Conflict("not proposed")
        return tx.joining.join(pair, reason=REASON, user=user, by="sam", at=LATER)


def separate(store: Store, one: int, other: int, *, user: int) -> None:
    with store.transaction() as tx:
        tx.joining.separate(one, other, reason=REASON, user=user, by="sam", at=LATER)
