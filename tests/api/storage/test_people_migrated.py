"""A database of the version before people had keys is upgraded, and taken back: nothing is lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from api.storage import Store, database, migrations, upgrade
from api.storage.audit import BEFORE_THE_FIRST
from api.storage.audit_entry import Entry
from api.storage.json_text import compact_json
from rms.instrument import instrument
from tests.api.rows import rows
from tests.api.storage.examples import AT

BEFORE = "0017"
PEOPLE = {"A1": 3, "B2": 1, "C3": 2}  # assessments of each
AUDIT = (
    *(("assessment.submitted", "assessment", str(key), {}) for key in range(1, 7)),
    ("assessments.listed", "assessment", "", {"keys": [1, 4, 99]}),
    ("assessments.counted", "assessment", "", {"keys": []}),
    ("override.made", "override", "1", {"assessment": 4}),
    ("note.written", "note", "1", {"assessment": 5}),
    ("draft.started", "draft", "drawn-at-random", {}),
    ("hold.placed", "assessment", "4", {}),
    ("session.started", "user", "1", {}),
    ("assessment.read", "assessment", "77", {}),  # erased since
)
KEPT = ("id", "offender_number", "sequence", "answers", "vector", "latest", "pseudonym", "submitted_on")
COMPARED = {
    "assessments": f"SELECT pk, {', '.join(KEPT)} FROM assessments ORDER BY pk",
    "drafts": "SELECT id, owner, body, carried_from FROM drafts ORDER BY id",
    "audit": "SELECT * FROM audit ORDER BY sequence",
}
OLD = {
    "offenders": "SELECT offender_number, next_sequence, office, pseudonym FROM offenders ORDER BY 1",
    "caseload": "SELECT user_id, offender_number FROM caseload ORDER BY 1, 2",
    "holds": "SELECT offender_number, reason, placed_by FROM holds",
    "erasures": "SELECT id, offender_number, reason FROM erasures",
}
NEW = {
    "offenders": "SELECT offender_number, next_sequence, office, pseudonym FROM people ORDER BY 1",
    "caseload": (
        "SELECT user_id, offender_number FROM caseload JOIN people ON people.id = person ORDER BY 1, 2"
    ),
    "holds": "SELECT offender_number, reason, placed_by FROM holds JOIN people ON people.id = person",
    "erasures": (
        "SELECT erasures.id, offender_number, reason FROM erasures JOIN people ON people.id = person"
    ),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the version before, with something in every table that is changed."""
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path / 'rms.sqlite'}"
        database.prepare(found)
        _fill(found)
        yield found
        return
    server, _ = request.getfixturevalue("postgresql_template")
    found = server.database()
    _fill(found)
    yield found
    server.drop(found)


def _fill(url: str) -> None:
    engine = database.migrating_engine(url)
    with engine.begin() as connection:
        command.upgrade(migrations.configuration(connection), BEFORE)
        _fill_people(connection)
        _fill_audit(connection)
    engine.dispose()


def _add(connection: Connection, table: str, **values: Any) -> None:
    names, places = ", ".join(f'"{name}"' for name in values), ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def _fill_people(connection: Connection) -> None:
    form, at = instrument("rms"), AT.isoformat(sep=" ")
    user = {"password_hash": "x", "created_at": at, "active": True, "office": 1}
    for name, role in (("ada", "administrator"), ("casey", "case_worker")):
        _add(connection, "users", username=name, role=role, **user)
    _add(connection, "instruments", sha256=form.sha256, text=form.text)
    _add(connection, "libraries", sha256="l", name="n", version="1", policy="p", synthetic=True, facts="{}")
    key = 0
    for place, (number, count) in enumerate(PEOPLE.items()):
        _add(
            connection,
            "offenders",
            offender_number=number,
            next_sequence=count,
            office=1,
            pseudonym=90 - place,
        )
        _add(connection, "caseload", user_id=2, offender_number=number, since=at)
        for sequence in range(count):
            key += 1
            _add_assessment(
                connection, key, number, sequence, latest=sequence == count - 1, pseudonym=90 - place
            )
    _add(connection, "holds", offender_number="B2", reason="asked", placed_by=1, placed_at=at)
    asked = {"text": "t", "requested_by": 1, "requested_at": at, "expires_at": "2099-01-01 00:00:00+00:00"}
    for number in ("A1", "C3"):
        _add(connection, "erasures", offender_number=number, reason="other", **asked)
    connection.execute(text("DELETE FROM erasures WHERE offender_number = 'C3'"))
    said = {"assessment": 4, "number": 1, "text": "t", "author": 1}
    _add(connection, "notes", **said | {"assessment": 5}, written_at=at)
    how = {"process": "violence", "direction": "lower", "reason_code": "other", "made_at": at}
    _add(connection, "overrides", **said, **how)
    moments = {"created_at": at, "changed_at": at, "expires_at": "2099-01-01 00:00:00+00:00"}
    _add(
        connection,
        "drafts",
        id="d",
        owner=2,
        version=1,
        body='{"a":1}',
        carried="[]",
        carried_from="A1",
        **moments,
    )


def _add_assessment(
    connection: Connection, key: int, number: str, sequence: int, *, latest: bool, pseudonym: int
) -> None:
    at = AT.isoformat(sep=" ")
    known = {
        "sex": "male",
        "date_of_birth": "1980-01-01",
        "assessed_on": "2025-03-04",
        "answers": f'{{"a":{key}}}',
    }
    made = {"instrument_name": "rms", "instrument_version": "1", "engine_version": "1", "library_sha256": "l"}
    _add(
        connection,
        "assessments",
        id=f"{number}-{sequence:02d}" if sequence else number,
        offender_number=number,
        sequence=sequence,
        kind="assessment",
        submitted_at=at,
        submitted_by="casey",
        instrument_sha256=instrument("rms").sha256,
        unknown="{}",
        vector=b"\x00\x01",
        needs="[]",
        latest=latest,
        pseudonym=pseudonym,
        **known,
        **made,
    )
    _add(
        connection,
        "simulations",
        assessment=key,
        process="violence",
        position=0,
        status="no_comparable_cases",
        outside_range="[]",
        comparables="[]",
    )


def _fill_audit(connection: Connection) -> None:
    previous = BEFORE_THE_FIRST
    for sequence, (action, kind, key, detail) in enumerate(AUDIT, 1):
        entry = Entry(sequence, AT, "casey", action, kind, key, detail, previous, "")
        previous = entry.expected_hash()
        written = {**vars(entry), "hash": previous, "detail": compact_json(detail)}
        at = AT.replace(tzinfo=None) if connection.dialect.name == "sqlite" else AT
        _add(connection, "audit", **{**written, "at": at.isoformat(sep=" ", timespec="microseconds")})


def found(url: str, *queries: dict[str, str]) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows(url, query) for given in queries for name, query in given.items()}


def about(url: str) -> dict[str, list[int]]:
    """By offender number, the entries that are about the person."""
    told: dict[str, list[int]] = {}
    query = (
        "SELECT offender_number, sequence FROM audit_people JOIN people ON people.id = person ORDER BY 1, 2"
    )
    for number, sequence in rows(url, query):
        told.setdefault(number, []).append(sequence)
    return told


def test_upgraded_and_taken_back(url: str) -> None:
    before = found(url, COMPARED, OLD)
    upgrade(url)
    assert found(url, COMPARED, NEW) == before
    assert about(url) == {"A1": [1, 2, 3, 7], "B2": [4, 7, 9, 12], "C3": [5, 6, 10]}
    with_store(url)
    migrations.downgrade(url, BEFORE)
    again = found(url, COMPARED, OLD)
    assert {name: again[name][: len(kept)] for name, kept in before.items()} == before
    upgrade(url)
    assert about(url) == {"A1": [1, 2, 3, 7], "B2": [4, 7, 9, 12], "C3": [5, 6, 10]}
    named = {key for (key,) in rows(url, "SELECT object_key FROM audit WHERE object_kind = 'person'")}
    assert named and not named & {str(key) for (key,) in rows(url, "SELECT id FROM people")}


def with_store(url: str) -> None:
    """The upgraded database works: its record is whole, its triggers hold, and its keys go on."""
    store = Store(url)
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
        assert [one.id for one in tx.submissions.history("A1")] == ["A1-02", "A1-01", "A1"]
        person = tx.people.key("B2")
        assert person is not None and tx.holds.of(person) is not None
    with store.transaction() as tx:
        tx.holds.lift(person, by="ada", at=AT)
        third = tx.people.key("C3")
        assert third is not None
        new = tx.erasures.request(
            third, reason="x", text="x", requested_by=1, by="ada", at=AT, expires_at=AT.replace(year=2099)
        )
        assert new == 3  # the second was deleted before the upgrade
        request = tx.erasures.get(new, at=AT)
        assert request is not None
        tx.erasures.withdraw(request, by="ada", at=AT)
        tx.holds.place(person, "asked", account=1, by="ada", at=AT)
    store.close()
    engine = database.migrating_engine(url)
    for statement in (
        "UPDATE assessments SET person = person",
        "DELETE FROM assessments WHERE offender_number = 'A1'",
        "DELETE FROM notes",
    ):
        with pytest.raises(Exception, match="never"), engine.begin() as connection:
            connection.exec_driver_sql(statement)
    engine.dispose()
