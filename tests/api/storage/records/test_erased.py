"""A person with case records but no number is erased whole, and no import brings them back by itself."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.storage import ERASED, RecordMarks, Store
from api.storage.records.erased import NO_KEY, OTHER_KEY
from api.storage.records.loading import Loaded, Row
from api.storage.tables import ABOUT_A_PERSON
from rms.errors import Conflict
from tests.api.rows import rows
from tests.api.storage.examples import MARKS
from tests.api.storage.records.examples import AT, DAY, WARD, load, offence, person

SOURCE = "crime records"
LATER = AT + timedelta(days=30)
Erase = Callable[..., dict[str, int]]


@pytest.fixture
def erase(store: Store) -> Erase:
    """Erases the person of a record of the source."""
    with store.transaction() as tx:
        users = [
            tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=AT).id
            for name in ("ada", "ben")
        ]

    def erased(id: str, *, marks: RecordMarks | None = MARKS) -> dict[str, int]:
        with store.transaction() as tx:
            key = tx.records.person_of(SOURCE, id)
            assert key is not None
            asked = {"reason": "court_order", "text": "x", "requested_by": users[0], "by": "ada", "at": AT}
            tx.erasures.request(key, **asked, expires_at=LATER)
            request = tx.erasures.of(key, at=AT)
            assert request is not None and request.called == f"person {id} of {SOURCE}"
            return tx.erasures.erase(request, marks=marks, approved_by=users[1], by="ben", at=AT)

    return erased


def again(store: Store, kind: str, *given: Any, marks: RecordMarks | None = MARKS) -> Loaded:
    """Load rows as an import with this key does."""
    with store.transaction() as tx:
        loading = tx.records.loading(
            tx.records.source(SOURCE, as_at=DAY, at=LATER), by="test", at=LATER, marks=marks
        )
        return loading.people(list(given)) if kind == "people" else loading.rows(kind, list(given))


def refused(loaded: Loaded) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.code) for one in loaded.refused]


def load_force(store: Store) -> None:
    """P1 and P2 with something of every kind and an earlier version of each row, and associations of both."""
    load(store, "areas", [WARD])
    for place, surname in enumerate(("Marked", "Marked-Two")):
        at = AT + timedelta(days=place)
        people = [person(id, line=line, surname=f"{surname} {id}") for line, id in enumerate(("P1", "P2"), 2)]
        load(store, "people", people, at=at)
        of_each = {
            "offences": ("02801", DAY, "W1", 52.5, -1.9, "charged", 1 + place, True),
            "sentences": ("O1", "custody", DAY, None, DAY if place else None),
            "registrations": ("iom", "flex" if place else "fixed", DAY, None),
            "plans": (True, f"Marked {place}", DAY, None),
            "drug_markers": ("supply", DAY, DAY if place else None),
            "intelligence": ("B" if place else "A", DAY),
        }
        for kind, values in of_each.items():
            load(store, kind, [Row(2, f"{kind} {id}", id, values) for id in ("P1", "P2")], at=at)
        to_each_other = [
            Row(2, "A1", "P1", ("P2", "gang", 1 + place, DAY, None)),
            Row(3, "A2", "P2", ("P1", "family", 1 + place, DAY, None)),
        ]
        load(store, "associations", to_each_other, at=at)


def test_nothing_about_the_person_stays(store: Store, url: str, erase: Erase) -> None:
    load_force(store)
    with store.transaction() as tx:
        gone, stays = (tx.records.person_of(SOURCE, id) or 0 for id in ("P1", "P2"))
        (record,) = (row.id for row in tx.records.of_person(gone)["person_records"])
    counts = erase("P1")
    kinds = ("offences", "sentences", "registrations", "plans", "drug_markers", "intelligence")
    assert {counts[kind] for kind in kinds} == {1}
    # Both associations, and the earlier version of the one that P2 had with P1.
    assert (counts["associations"], counts["record_versions"], counts["people"]) == (2, 7 + 1 + 1, 1)
    for about in ABOUT_A_PERSON:
        found = {about.table.c[name].name for name in ("person", "other") if name in about.table.c}
        for column in found:
            keys = rows(url, f"SELECT {column} FROM {about.table.name}")
            assert (gone,) not in keys, about.table.name
    assert len(rows(url, "SELECT 1 FROM record_versions")) == 7  # of P2: the person and six kinds
    everything = str(
        {about.table.name: rows(url, f"SELECT * FROM {about.table.name}") for about in ABOUT_A_PERSON}
    )
    assert "P1" not in everything and f'"other_record":{record},' not in everything.replace(" ", "")
    with store.reading() as tx:
        assert len(tx.records.of_person(stays)["offences"]) == 1
        assert list(tx.audit.problems()) == []


def test_no_import_brings_an_erased_person_back(store: Store, url: str, erase: Erase) -> None:
    load_force(store)
    erase("P1")
    new = person("P3", line=3, surname="New")
    loaded = again(store, "people", person("P1", surname="Marked-Two P1"), new)
    assert (loaded.added, refused(loaded)) == (1, [(2, "person", ERASED)])
    assert refused(again(store, "offences", offence("O7", "P1"))) == [(2, "person", ERASED)]
    assert refused(again(store, "offences", offence("O7", "P9"))) == [(2, "person", "unknown_person")]
    connection = Row(4, "A2", "P2", ("P1", "family", 1, DAY, None))
    assert refused(again(store, "associations", connection)) == [(4, "other", ERASED)]
    # What RMS keeps of it does not contain the ID, and tells nothing without the key.
    ((mark, under),) = rows(url, "SELECT mark, marked_under FROM erased_records")
    source = rows(url, f"SELECT id FROM sources WHERE name = '{SOURCE}'")[0][0]
    assert (mark, under) == (MARKS.of(source, "P1"), MARKS.under) and mark != RecordMarks("x").of(
        source, "P1"
    )
    # The same ID of another source is another person.
    assert load(store, "people", [person("P1", surname="Other")], source="custody").added == 1


@pytest.mark.parametrize("marks", [None, RecordMarks("another secret")])
def test_without_the_key_of_then_nothing_unknown_is_taken(
    store: Store, erase: Erase, marks: RecordMarks | None
) -> None:
    load_force(store)
    erase("P1")
    for kind, row in (("people", person("P1")), ("people", person("P8")), ("offences", offence("O7", "P1"))):
        with pytest.raises(Conflict) as error:
            again(store, kind, row, marks=marks)
        assert error.value.detail == OTHER_KEY
    changed = offence("offences P2", "P2", code="03401")
    assert again(store, "offences", changed, marks=marks).changed == 1  # names nobody who is not there


def test_a_person_with_records_cannot_be_erased_without_a_key(store: Store, erase: Erase) -> None:
    load_force(store)
    with pytest.raises(Conflict) as error:
        erase("P1", marks=None)
    assert error.value.detail == NO_KEY
    with store.reading() as tx:
        assert tx.records.person_of(SOURCE, "P1") is not None


def test_somebody_can_allow_a_record_again(store: Store, url: str, erase: Erase) -> None:
    load_force(store)
    erase("P1")
    how = {"marks": MARKS, "reason": "A new offence.", "by": "ada", "at": LATER}
    with store.transaction() as tx:
        assert [(one.source, one.records) for one in tx.erased_records.by_source()] == [(SOURCE, 1)]
        assert not tx.erased_records.allow(SOURCE, "P2", **how)
        assert not tx.erased_records.allow("custody", "P1", **how)
        assert not tx.erased_records.allow(SOURCE, "P1", **{**how, "marks": RecordMarks("x")})
        assert tx.erased_records.allow(SOURCE, "P1", **how)
        assert not tx.erased_records.allow(SOURCE, "P1", **how)
        assert tx.erased_records.by_source() == ()
    assert again(store, "people", person("P1", surname="Lee")).added == 1
    with store.reading() as tx:
        *_, last = (one for one in tx.audit.entries() if one.action == "erased_records.allowed")
    assert (last.actor, last.object_kind, last.detail) == ("ada", "source", {"records": 1})
    assert rows(url, "SELECT allowed_by, reason FROM erased_records") == [("ada", "A new offence.")]
    erase("P1")
    assert refused(again(store, "people", person("P1"))) == [(2, "person", ERASED)]
    assert rows(url, "SELECT allowed_by, reason FROM erased_records") == [(None, None)]


def test_all_of_a_source_can_be_allowed_when_the_key_is_lost(store: Store, erase: Erase) -> None:
    load_force(store)
    erase("P1")
    erase("P2")
    lost = RecordMarks("a new secret")
    with store.transaction() as tx:
        how = {"reason": "The key is lost.", "by": "ada", "at": LATER}
        assert tx.erased_records.allow_all("custody", **how) == 0
        assert tx.erased_records.allow_all(SOURCE, **how) == 2
    assert again(store, "people", person("P1"), person("P2", line=3), marks=lost).added == 2
