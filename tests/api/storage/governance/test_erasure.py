"""An erasure deletes every row and byte about one person, and triggers allow no other deletion."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from api.storage import (
    AGENCY,
    Draft,
    Group,
    MinutesLine,
    Once,
    RankThen,
    Store,
    ToStore,
    Transaction,
    Webhook,
    database,
    rewrite,
)
from api.storage.records.loading import DETAILS, PersonRow, Row
from api.storage.tables import ABOUT_A_PERSON, assessments, metadata
from api.storage.tables import people as people_table
from rms.errors import ChangedMeanwhile
from rms.meetings.recommendations import Kind, Proposal, State
from rms.submission import Correction
from rms.support.service_notes import ServiceNote
from tests.api.rows import rows
from tests.api.storage.examples import AT, MARKS, assessment, job, result, what_if

LATER = AT.replace(year=2026)
NUMBER, REASON = "MARKED77", "He said this and that."


def test_every_table_about_people_is_listed_in_the_order_of_deletion() -> None:
    listed = [about.table for about in ABOUT_A_PERSON]
    referring = {
        table
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table in {assessments, people_table, *listed}
    }
    with_person = {table for table in metadata.tables.values() if "person" in table.c}
    assert referring | with_person <= set(listed)
    for position, table in enumerate(listed):
        for key in table.foreign_keys:
            if key.column.table in listed and key.column.table is not table:
                assert listed.index(key.column.table) > position, f"{table.name} is deleted too late"


def _add_override_note_and_judgement(tx: Transaction, number: str, *, author: int, decider: int) -> None:
    text = f"{REASON} {number}"
    values = {"process": "violence", "direction": "lower", "reason_code": "other", "text": text}
    override = tx.overrides.add(number, **values, author=author, by="ada", at=AT)
    tx.overrides.decide(override, "agreed", text=text, decider=decider, by="ben", at=AT)
    tx.overrides.add(number, **values, author=author, by="ada", at=AT)  # waits for a decision
    tx.notes.add(number, text, author=author, by="ada", at=AT)
    judgements = {"violence": ("lower", 3)}
    tx.judgements.add(number, judgements, scores_seen=False, account=author, by="ada", at=AT)


@pytest.fixture
def people(store: Store) -> tuple[int, int]:
    """Two people with the same data, one of them to be erased. Returns the keys of two administrators."""
    with store.transaction() as tx:
        users = [
            tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=AT)
            for name in ("ada", "ben")
        ]
        tx.webhooks.add(Webhook("hook", users[0].id, "https://courts.example/", 1, True, AT), by="ada")
        for id in ("job", "import M", "import 1"):
            tx.jobs.add(job(id, kind="import"), by="ada", detail={})
        for id, number in (("export M", NUMBER), ("export 1", "10000")):
            request = {"filter": {"offender": number}}
            tx.jobs.add(job(id, kind="export", request=request), by="ada", detail={})
    with store.transaction() as tx:
        tx.prediction_models.add("1", sha256="x", file="{}", reason="x", by="ada", at=AT)
    for index, number in enumerate((NUMBER, "10000")):
        form = assessment(number, unknown={**assessment().unknown, "sexs": f"{REASON} {number}"})
        other = what_if(number, baseline=number)
        draft = Draft(
            f"typed {index}", users[0].id, 1, {"offender_number": f" {number.lower()}"}, AT, AT, LATER
        )
        carried = Draft(
            f"carried {index}", users[0].id, 1, {"based_on": number}, AT, AT, LATER, carried_from=number
        )
        with store.transaction() as tx:
            tx.submissions.add(form, result(form), by="ada", at=AT)
            tx.submissions.add(other, result(other), by="ada", at=AT, changes=())
            tx.submissions.add(
                form, result(form), by="ada", at=AT, changes=(), correction=Correction(number, REASON)
            )
            tx.caseload.assign(tx.people.key(number) or 0, to=users[0].id, by="ada", at=AT)
            tx.predictions.add([(tx.people.key(number), 1, AT.date(), 0.5, 0, 1.0, 1.0, 0.0)])
            once = Once(users[0].id, number, "hash")
            tx.idempotency.claim(once, at=AT)
            tx.idempotency.keep(once, number)
            _add_override_note_and_judgement(tx, number, author=users[0].id, decider=users[1].id)
            tx.bulk.add([ToStore(1, once, form, result(form), None)], job="job", by="ada", at=AT)
            report = f'{{"line": 1, "key": null, "status": "created", "id": "{number}-03"}}\n'
            tx.bulk.keep(f"import {number[0]}", Group(number=1), report)
            tx.drafts.add(draft, by="ada")
            tx.drafts.add(carried, by="ada")
    for surname in ("Marked", "Marked-Two"):  # what changed has an earlier version
        _load_records(store, surname)
    for number in (NUMBER, "10000"):
        _recommend(store, number, author=users[0].id, decider=users[1].id)
    return users[0].id, users[1].id


def _load_records(store: Store, surname: str) -> None:
    day, forces = AT.date(), (AT.date(), None)
    own = {
        "offences": ("02801", day, None, 52.5, -1.9, "charged", 1, True),
        "sentences": ("O1", "custody", day, *forces),
        "registrations": ("iom", "fixed", *forces),
        "plans": (True, "ben", *forces),
        "drug_markers": ("supply", *forces),
        "intelligence": ("A", day),
    }
    with store.transaction() as tx:
        loading = tx.records.loading(tx.records.source("crimes", as_at=day, at=AT), by="test", at=AT)
        loading.people(
            [
                PersonRow(
                    2,
                    number,
                    {**dict.fromkeys(DETAILS), "offender_number": number, "surname": f"{surname} {number}"},
                    f"of {number}",
                )
                for number in (NUMBER, "10000", "20000")
            ]
        )
        for kind, values in own.items():
            loading.rows(kind, [Row(2, number, number, values) for number in (NUMBER, "10000")])
        to_each_other = [("1", NUMBER, "20000"), ("2", "20000", NUMBER), ("3", "20000", "10000")]
        loading.rows(
            "associations",
            [Row(2, id, one, (other, "family", 1, *forces)) for id, one, other in to_each_other],
        )


def _recommend(store: Store, number: str, *, author: int, decider: int) -> None:
    """A recommendation about the person, the decision on it, and a line of minutes."""
    reason = f"{REASON} {number}"
    with store.transaction() as tx:
        person = tx.people.key(number) or 0
        record = tx.details.records(person)[0].id
        key = tx.recommendations.add(
            person,
            record,
            Proposal(Kind.SELECT, "flex", reason),
            score=None,
            rank=RankThen(None, "everybody"),
            author=author,
            by="ada",
            at=AT,
        )
        made = tx.recommendations.get(key)
        assert made is not None
        tx.recommendations.decide(made, State.ACCEPTED, reason=reason, user=decider, by="ben", at=AT)
        note = ServiceNote("probation", f"{REASON} {number}", AT.date(), reason)
        tx.service_notes.add(person, record, note, user=author, by="ada", at=AT)
        line = MinutesLine("decided", person, record, recommendation=key, state="accepted")
        tx.minutes.close(
            [line], totals={}, area=AGENCY, since=AT.date(), scores_on=None, user=author, by="ada", at=AT
        )


def erase(store: Store, people: tuple[int, int]) -> dict[str, int]:
    with store.transaction() as tx:
        person = tx.people.key(NUMBER)
        assert person is not None and tx.people.keep(person)
        tx.erasures.request(
            person,
            reason="court_order",
            text=REASON,
            requested_by=people[0],
            by="ada",
            at=AT,
            expires_at=LATER,
        )
        request = tx.erasures.of(person, at=AT)
        assert request is not None
        return tx.erasures.erase(request, marks=MARKS, approved_by=people[1], by="ben", at=AT)


def all_rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table."""
    return {name: rows(url, f"SELECT * FROM {name}") for name in metadata.tables}


def test_all_rows_about_one_person_and_none_about_another_are_deleted(
    store: Store, url: str, people: tuple[int, int]
) -> None:
    before = all_rows(url)
    counts = erase(store, people)
    after = all_rows(url)
    assert counts == {
        **{"shown_scores": 8, "shown_needs": 8, "simulations": 8, "changes": 2, "corrections": 1},
        **{
            "idempotency_keys": 1,
            "drafts": 2,
            "assessments": 4,
            "holds": 0,
            "erasures": 1,
            "people": 1,
            "audit_people": 14,
        },
        "caseload": 1,
        **{"overrides": 2, "undecided_overrides": 1, "override_decisions": 1, "notes": 1, "judgements": 1},
        **{"outbox": 4, "import_keys": 1, "import_groups": 1, "jobs": 1},
        **{"offences": 1, "sentences": 1, "registrations": 1, "plans": 1, "drug_markers": 1},
        **{"intelligence": 1, "associations": 2, "person_records": 1, "nationalities": 1},
        **{
            "record_versions": 1,
            "harm_due": 1,
            "harm_scores": 0,
            "harm_history": 0,
            "domestic_abuse_figures": 0,
            "comparison_people": 0,
        },
        **{"centrality": 0, "predictions": 1},
        **{"meeting_people": 1, "recommendations": 1, "recommendation_decisions": 1},
        "service_notes": 1,
        **{"duplicates": 0, "duplicates_due": 1, "joins": 0, "joined_records": 0, "separations": 0},
    }
    for name in metadata.tables:
        content = str(after[name])
        assert not [word for word in (NUMBER, NUMBER.lower(), f"{REASON} {NUMBER}") if word in content], name
        kept = len(before[name]) - counts.get(name, 0) + (name in ("erasures", "erased_records"))
        assert len(after[name]) == kept + 2 * (name == "audit")
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
        *_, last = tx.audit.entries()
    assert (last.action, last.actor, last.detail["requested_by"]) == ("person.erased", "ben", "ada")
    assert (last.detail["keys"], last.detail["rows"]) == ([1, 2, 3, 4], counts)


def test_the_number_can_be_used_again_and_gets_new_keys(store: Store, people: tuple[int, int]) -> None:
    with store.reading() as tx:
        person = tx.people.key(NUMBER)
    erase(store, people)
    with store.transaction() as tx:
        submission = tx.submissions.add(assessment(NUMBER), result(assessment(NUMBER)), by="ada", at=LATER)
        key = tx.people.key(NUMBER)
        assert key is not None and person is not None and key > person
        assert list(tx.personal_records.assessments(key)) == [9]
    assert submission.id == NUMBER


def test_a_what_if_cannot_have_an_erased_baseline(store: Store, people: tuple[int, int]) -> None:
    """Not even if it would get the ID of the erased assessment, and so refer to itself."""
    erase(store, people)
    form = what_if(NUMBER, baseline=NUMBER)
    with pytest.raises(ChangedMeanwhile), store.transaction() as tx:
        tx.submissions.add(form, result(form), by="ada", at=LATER, changes=())
    with store.reading() as tx:
        assert tx.people.key(NUMBER) is None


@pytest.fixture
def raw_connection(url: str) -> Iterator[Connection]:
    engine = database.migrating_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


PERSON = "(SELECT id FROM people WHERE offender_number = '{number}')"
REQUEST = (
    "INSERT INTO erasures (person, reason, text, requested_by, requested_at, expires_at, approved_by) "
    f"VALUES ({PERSON}, 'x', 'x', 1, '2025-03-04 00:00:00', '2026-03-04 00:00:00', {{approved_by}})"
)
HOLD = (
    "INSERT INTO holds (person, reason, placed_by, placed_at) "
    f"VALUES ({PERSON.format(number=NUMBER)}, 'x', 1, '2025-03-04 00:00:00')"
)


# Table → the column and the keys of rows about the person who is to be erased.
FIRST_ROWS = {
    "assessments": ("pk", "(1, 2, 3)"),
    "recommendations": ("id", "(1)"),
    "recommendation_decisions": ("recommendation", "(1)"),
    "meeting_people": ("id", "(1)"),
}


@pytest.mark.parametrize(
    "table",
    [
        *("simulations", "changes", "corrections", "assessments"),
        *("recommendations", "recommendation_decisions", "meeting_people"),
    ],
)
@pytest.mark.parametrize(
    "statements",
    [
        (),
        (REQUEST.format(number=NUMBER, approved_by="NULL"),),
        (REQUEST.format(number="10000", approved_by=2),),
        (REQUEST.format(number=NUMBER, approved_by=2), HOLD),
    ],
    ids=["no request", "not approved", "another person's request", "legal hold"],
)
def test_triggers_refuse_deletion_without_an_approved_request_or_under_a_hold(
    people: tuple[int, int], raw_connection: Connection, statements: tuple[str, ...], table: str
) -> None:
    for statement in statements:
        raw_connection.exec_driver_sql(statement)
    column, keys = FIRST_ROWS.get(table, ("assessment", "(1, 2, 3)"))
    with pytest.raises(IntegrityError, match=f"{table.replace('_', ' ')} never deleted"):
        raw_connection.exec_driver_sql(f"DELETE FROM {table} WHERE {column} IN {keys}")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *(("recommendations", name) for name in ("reason", "score", "made_at")),
        *(("recommendation_decisions", name) for name in ("state", "reason")),
        *(("meeting_people", name) for name in ("score", "state")),
        *(("meetings", name) for name in ("closed_at", "totals")),
    ],
)
def test_what_a_meeting_recorded_is_never_altered(
    people: tuple[int, int], raw_connection: Connection, table: str, column: str
) -> None:
    with pytest.raises(IntegrityError, match=f"{table.replace('_', ' ')} never altered"):
        raw_connection.exec_driver_sql(f"UPDATE {table} SET {column} = {column}")


def test_a_closed_meeting_is_never_deleted(people: tuple[int, int], raw_connection: Connection) -> None:
    with pytest.raises(IntegrityError, match="meetings never deleted"):
        raw_connection.exec_driver_sql("DELETE FROM meetings")


def test_the_database_refuses_that_the_requester_approves(
    people: tuple[int, int], raw_connection: Connection
) -> None:
    with pytest.raises(IntegrityError):
        raw_connection.execute(text(REQUEST.format(number=NUMBER, approved_by=1)))


def test_an_erasure_that_fails_deletes_nothing(store: Store, url: str, people: tuple[int, int]) -> None:
    before = all_rows(url)
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        person = tx.people.key(NUMBER) or 0
        tx.erasures.request(
            person,
            reason="x",
            text="x",
            requested_by=people[0],
            by="ada",
            at=AT,
            expires_at=LATER,
        )
        request = tx.erasures.of(person, at=AT)
        assert request is not None
        tx.erasures.erase(request, marks=MARKS, approved_by=people[1], by="ben", at=AT)
        _ = 1 / 0
    assert all_rows(url) == before


@pytest.mark.parametrize(("people", "is_rewritten"), [(6, False), (120, True)])
def test_no_bytes_about_the_person_stay_in_the_file(sqlite_url: str, people: int, is_rewritten: bool) -> None:
    """With many people pages are split. Gaps in them can hold copies until the file is rewritten."""
    store, path = Store(sqlite_url), Path(sqlite_url.removeprefix("sqlite:///"))
    numbers = [f"{index * 7919 % 120:03d}{NUMBER}" if index % 3 else f"N{index}" for index in range(people)]
    with store.transaction() as tx:
        users = [
            tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=AT).id
            for name in ("ada", "ben")
        ]
    for index, number in enumerate(numbers):
        form = assessment(number, unknown={**assessment().unknown, "sexs": f"{REASON} {number}"})
        with store.transaction() as tx:
            tx.submissions.add(form, result(form), by="ada", at=AT)
            for version in (1, 2):
                body = {"offender_number": number, "unknown": {"sexs": REASON * version}}
                draft = Draft(f"typed {index}", users[0], version, body, AT, AT, LATER)
                if version == 1:
                    tx.drafts.add(draft, by="ada")
                else:
                    tx.drafts.change(draft, by="ada")
    for number in numbers:
        if NUMBER in number:
            with store.transaction() as tx:
                person = tx.people.key(number) or 0
                values = {"reason": "x", "text": "x", "by": "ada", "at": AT, "expires_at": LATER}
                tx.erasures.request(person, requested_by=users[0], **values)
                request = tx.erasures.of(person, at=AT)
                assert request is not None
                tx.erasures.erase(request, marks=MARKS, approved_by=users[1], by="ben", at=AT)
    assert any(NUMBER.encode() in file.read_bytes() for file in path.parent.glob("rms.sqlite*"))
    store.empty_log()
    if is_rewritten:
        rewrite(sqlite_url)
    for file in path.parent.glob("rms.sqlite*"):
        content = file.read_bytes()
        assert content.count(NUMBER.encode()) == 0, file
        assert f"{REASON} N0".encode() in content or file.suffix != ".sqlite"
    store.close()
