"""Erasing is a road of its own: what the tables refer to, what the triggers let through, what bytes stay."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from api.storage import Draft, Group, Once, Store, ToStore, Transaction, Webhook, database, rewrite
from api.storage.tables import ABOUT_A_PERSON, assessments, metadata
from api.storage.tables import people as people_table
from rms.errors import ChangedMeanwhile
from rms.submission import Correction
from tests.api.rows import rows
from tests.api.storage.examples import AT, assessment, job, result, what_if

LATER = AT.replace(year=2026)
NUMBER, REASON = "MARKED77", "He said this and that."


def test_whoever_refers_to_a_person_is_on_the_list() -> None:
    known = [about.table for about in ABOUT_A_PERSON]
    referring = {
        table
        for table in metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table in {assessments, people_table, *known}
    }
    naming = {table for table in metadata.tables.values() if "person" in table.c}
    assert referring | naming <= set(known)
    for place, table in enumerate(known):
        for key in table.foreign_keys:
            if key.column.table in known and key.column.table is not table:
                assert known.index(key.column.table) > place, f"{table.name} goes too late"


def _say(tx: Transaction, number: str, *, author: int, decider: int) -> None:
    """What professionals have to say about an assessment, each in one way."""
    said = {"process": "violence", "direction": "lower", "reason_code": "other", "text": f"{REASON} {number}"}
    override = tx.overrides.add(number, **said, author=author, by="ada", at=AT)
    tx.overrides.decide(override, "agreed", text=f"{REASON} {number}", decider=decider, by="ben", at=AT)
    tx.notes.add(number, f"{REASON} {number}", author=author, by="ada", at=AT)
    judged = {"violence": ("lower", 3)}
    tx.judgements.add(number, judged, scores_seen=False, account=author, by="ada", at=AT)


@pytest.fixture
def people(store: Store) -> tuple[int, int]:
    """Two people assessed alike, one of whom is to go; the keys of the two who stand behind it."""
    with store.transaction() as tx:
        users = [
            tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=AT)
            for name in ("ada", "ben")
        ]
        tx.webhooks.add(Webhook("hook", users[0].id, "https://courts.example/", 1, True, AT), by="ada")
        for id in ("job", "import M", "import 1"):
            tx.jobs.add(job(id, kind="import"), by="ada", detail={})
        for id, number in (("export M", NUMBER), ("export 1", "10000")):
            asked = {"filter": {"offender": number}}
            tx.jobs.add(job(id, kind="export", request=asked), by="ada", detail={})
    for place, number in enumerate((NUMBER, "10000")):
        form = assessment(number, unknown={**assessment().unknown, "sexs": f"{REASON} {number}"})
        other = what_if(number, baseline=number)
        draft = Draft(
            f"typed {place}", users[0].id, 1, {"offender_number": f" {number.lower()}"}, AT, AT, LATER
        )
        carried = Draft(
            f"carried {place}", users[0].id, 1, {"based_on": number}, AT, AT, LATER, carried_from=number
        )
        with store.transaction() as tx:
            tx.submissions.add(form, result(form), by="ada", at=AT)
            tx.submissions.add(other, result(other), by="ada", at=AT, changes=())
            tx.submissions.add(
                form, result(form), by="ada", at=AT, changes=(), correction=Correction(number, REASON)
            )
            tx.caseload.assign(tx.people.key(number) or 0, to=users[0].id, by="ada", at=AT)
            once = Once(users[0].id, number, "hash")
            tx.idempotency.claim(once, at=AT)
            tx.idempotency.keep(once, number)
            _say(tx, number, author=users[0].id, decider=users[1].id)
            tx.bulk.add([ToStore(1, once, form, result(form), None)], job="job", by="ada", at=AT)
            told = f'{{"line": 1, "key": null, "status": "created", "id": "{number}-03"}}\n'
            tx.bulk.keep(f"import {number[0]}", Group(number=1), told)
            tx.drafts.add(draft, by="ada")
            tx.drafts.add(carried, by="ada")
    return users[0].id, users[1].id


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
        return tx.erasures.erase(request, approved_by=people[1], by="ben", at=AT)


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    return {name: rows(url, f"SELECT * FROM {name}") for name in metadata.tables}


def test_everything_about_one_and_nothing_of_another_goes(
    store: Store, url: str, people: tuple[int, int]
) -> None:
    before = everything(url)
    counts = erase(store, people)
    after = everything(url)
    assert counts == {
        **{"shown_scores": 8, "shown_needs": 8, "simulations": 8, "changes": 2, "corrections": 1},
        **{
            "idempotency_keys": 1,
            "drafts": 2,
            "assessments": 4,
            "holds": 0,
            "erasures": 1,
            "people": 1,
            "audit_people": 9,
        },
        "caseload": 1,
        **{"overrides": 1, "override_decisions": 1, "notes": 1, "judgements": 1},
        **{"outbox": 4, "import_keys": 1, "import_groups": 1, "jobs": 1},
    }
    for name in metadata.tables:
        told = str(after[name])
        assert not [word for word in (NUMBER, NUMBER.lower(), f"{REASON} {NUMBER}") if word in told], name
        kept = len(before[name]) - counts.get(name, 0) + (name == "erasures")
        assert len(after[name]) == kept + 2 * (name == "audit")
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
        *_, last = tx.audit.entries()
    assert (last.action, last.actor, last.detail["requested_by"]) == ("person.erased", "ben", "ada")
    assert (last.detail["keys"], last.detail["rows"]) == ([1, 2, 3, 4], counts)


def test_the_number_begins_anew_and_its_keys_do_not(store: Store, people: tuple[int, int]) -> None:
    with store.reading() as tx:
        person = tx.people.key(NUMBER)
    erase(store, people)
    with store.transaction() as tx:
        again = tx.submissions.add(assessment(NUMBER), result(assessment(NUMBER)), by="ada", at=LATER)
        key = tx.people.key(NUMBER)
        assert key is not None and person is not None and key > person
        assert list(tx.personal_records.assessments(key)) == [9]
    assert again.id == NUMBER


def test_nothing_starts_from_what_was_erased(store: Store, people: tuple[int, int]) -> None:
    """Even where the id would be given anew, and refer to itself."""
    erase(store, people)
    thought = what_if(NUMBER, baseline=NUMBER)
    with pytest.raises(ChangedMeanwhile), store.transaction() as tx:
        tx.submissions.add(thought, result(thought), by="ada", at=LATER, changes=())
    with store.reading() as tx:
        assert tx.people.key(NUMBER) is None


@pytest.fixture
def intruder(url: str) -> Iterator[Connection]:
    engine = database.migrating_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


WHOSE = "(SELECT id FROM people WHERE offender_number = '{number}')"
OPEN = (
    "INSERT INTO erasures (person, reason, text, requested_by, requested_at, expires_at, approved_by) "
    f"VALUES ({WHOSE}, 'x', 'x', 1, '2025-03-04 00:00:00', '2026-03-04 00:00:00', {{approved_by}})"
)
HELD = (
    "INSERT INTO holds (person, reason, placed_by, placed_at) "
    f"VALUES ({WHOSE.format(number=NUMBER)}, 'x', 1, '2025-03-04 00:00:00')"
)


@pytest.mark.parametrize("table", ["simulations", "changes", "corrections", "assessments"])
@pytest.mark.parametrize(
    "opened",
    [
        (),
        (OPEN.format(number=NUMBER, approved_by="NULL"),),
        (OPEN.format(number="10000", approved_by=2),),
        (OPEN.format(number=NUMBER, approved_by=2), HELD),
    ],
    ids=["nobody asked", "nobody approved", "somebody else's", "held"],
)
def test_there_is_no_other_road(
    people: tuple[int, int], intruder: Connection, opened: tuple[str, ...], table: str
) -> None:
    for statement in opened:
        intruder.exec_driver_sql(statement)
    column = "pk" if table == "assessments" else "assessment"
    with pytest.raises(IntegrityError, match=f"{table} never deleted"):
        intruder.exec_driver_sql(f"DELETE FROM {table} WHERE {column} IN (1, 2, 3)")


def test_nobody_approves_their_own(people: tuple[int, int], intruder: Connection) -> None:
    with pytest.raises(IntegrityError):
        intruder.execute(text(OPEN.format(number=NUMBER, approved_by=1)))


def test_erased_altogether_or_not_at_all(store: Store, url: str, people: tuple[int, int]) -> None:
    before = everything(url)
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
        tx.erasures.erase(request, approved_by=people[1], by="ben", at=AT)
        _ = 1 / 0
    assert everything(url) == before


@pytest.mark.parametrize(("people", "is_rewritten"), [(6, False), (120, True)])
def test_no_byte_of_it_stays_in_the_file(sqlite_url: str, people: int, is_rewritten: bool) -> None:
    """Among many others pages are split; gaps in them can hold copies until the file is rewritten."""
    store, path = Store(sqlite_url), Path(sqlite_url.removeprefix("sqlite:///"))
    numbers = [f"{place * 7919 % 120:03d}{NUMBER}" if place % 3 else f"N{place}" for place in range(people)]
    with store.transaction() as tx:
        users = [
            tx.accounts.add_user(name, password_hash="x", role="administrator", by="test", at=AT).id
            for name in ("ada", "ben")
        ]
    for place, number in enumerate(numbers):
        form = assessment(number, unknown={**assessment().unknown, "sexs": f"{REASON} {number}"})
        with store.transaction() as tx:
            tx.submissions.add(form, result(form), by="ada", at=AT)
            for version in (1, 2):
                body = {"offender_number": number, "unknown": {"sexs": REASON * version}}
                draft = Draft(f"typed {place}", users[0], version, body, AT, AT, LATER)
                if version == 1:
                    tx.drafts.add(draft, by="ada")
                else:
                    tx.drafts.change(draft, by="ada")
    for number in numbers:
        if NUMBER in number:
            with store.transaction() as tx:
                person = tx.people.key(number) or 0
                given = {"reason": "x", "text": "x", "by": "ada", "at": AT, "expires_at": LATER}
                tx.erasures.request(person, requested_by=users[0], **given)
                request = tx.erasures.of(person, at=AT)
                assert request is not None
                tx.erasures.erase(request, approved_by=users[1], by="ben", at=AT)
    assert any(NUMBER.encode() in place.read_bytes() for place in path.parent.glob("rms.sqlite*"))
    store.empty_log()
    if is_rewritten:
        rewrite(sqlite_url)
    for place in path.parent.glob("rms.sqlite*"):
        content = place.read_bytes()
        assert content.count(NUMBER.encode()) == 0, place
        assert f"{REASON} N0".encode() in content or place.suffix != ".sqlite"
    store.close()
