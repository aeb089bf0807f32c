"""Storing a group of assessments has the same result as storing one after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from api.storage import AGENCY, Group, Once, Reach, Store, ToStore, Viewer, database, upgrade
from api.storage.tables import metadata
from rms.assessment import Assessment, Change, Said, Subject
from rms.errors import HeldElsewhere
from tests.api.storage.examples import AT, assessment, job, result

CHANGED = (Change(Subject.ITEM, "drug", Said(1), Said(None, "Not asked.")),)
ADA = Viewer(1, "ada", Reach.CASELOAD, AGENCY, AT)
OF_IMPORTS_ALONE = {"import_keys", "import_groups", "jobs", "users"}
Add = Callable[[Store, list[ToStore]], None]


def entries(*forms: Assessment, key: str = "key") -> list[ToStore]:
    return [
        ToStore(
            line,
            Once(1, f"{key}-{line}", f"content-{line}"),
            form,
            result(form, number=1 / (line + 2)),
            CHANGED if form.based_on else None,
        )
        for line, form in enumerate(forms, start=1)
    ]


def with_an_account(url: str) -> None:
    with closing(Store(url)) as store, store.transaction() as tx:
        tx.accounts.add_user("ada", password_hash="", role="case_worker", by="test", at=AT)
        tx.jobs.add(job("job", kind="import"), by="ada", detail={})


def in_bulk(store: Store, given: list[ToStore]) -> None:
    with store.transaction() as tx:
        tx.bulk.add(given, job="job", by="ada", at=AT)


def one_by_one(store: Store, given: list[ToStore]) -> None:
    for one in given:
        with suppress(HeldElsewhere), store.transaction() as tx:
            tx.submissions.add(one.assessment, one.result, by="ada", at=AT, changes=one.changes)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Callable[[], str]]:
    """Makes databases with one account each."""
    made: list[str] = []

    def make() -> str:
        if request.param == "sqlite":
            made.append(f"sqlite:///{tmp_path / f'{len(made)}.sqlite'}")
            upgrade(made[-1])
        else:
            server, template = request.getfixturevalue("postgresql_template")
            made.append(server.database(template=template))
        with_an_account(made[-1])
        return made[-1]

    yield make
    if request.param == "postgresql":
        for url in made:
            request.getfixturevalue("postgresql_template")[0].drop(url)


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    return new_url()


Tables = dict[str, list[tuple[Any, ...]]]


def tables(url: str) -> Tables:
    """Every row of every table that a single post writes to, with offender numbers in place of keys."""
    engine = database.reading_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: [
                row._asdict() for row in connection.execute(table.select().order_by(*table.primary_key))
            ]
            for table in metadata.sorted_tables
            if table.name not in OF_IMPORTS_ALONE
        }
    engine.dispose()
    keys = {one["id"]: one["offender_number"] for one in found["people"]}
    drawn = {one["pseudonym"]: one["offender_number"] for one in found["people"]}
    assert len(keys) == len(drawn) == len(found["people"])
    whose = {"person": keys, "pseudonym": drawn}
    shown: Tables = {}
    for name, rows in found.items():
        names = {**whose, "id": keys} if name == "people" else whose
        named = [
            tuple(names[of][value] if of in names else value for of, value in row.items()) for row in rows
        ]
        shown[name] = sorted(named, key=str) if names.keys() & metadata.tables[name].c.keys() else named
    return shown


def submitted(left: Tables) -> list[tuple[Any, ...]]:
    """The audit entries without links, and without whether scores were shown: an import shows none."""
    names = [column.name for column in metadata.tables["audit"].c]
    found = (dict(zip(names, row, strict=True)) for row in left["audit"])
    return [
        (one["action"], one["actor"], one["object_key"], one["at"], one["detail"].get("library"))
        for one in found
    ]


@pytest.mark.parametrize("viewer", [None, ADA], ids=["unlimited", "case worker"])
def test_every_table_is_as_after_single_posts(new_url: Callable[[], str], viewer: Viewer | None) -> None:
    known = entries(assessment("B2"), assessment("C3"))
    people = ("A1", "H7", "B2", "A1", "Z9", "H7", "B2", "A1")
    given = entries(assessment("C3", based_on="C3"), *map(assessment, people), key="later")
    left = []
    for add in (one_by_one, in_bulk):
        url = new_url()
        with closing(Store(url)) as store:
            seen = store.within(viewer) if viewer else store
            one_by_one(store, entries(assessment("H7")))  # on no caseload
            add(seen, known)
            add(seen, given)
        left.append(tables(url))
    alone, together = left
    filled = {name for name, rows in together.items() if rows}
    assert filled >= {"assessments", "simulations", "shown_scores", "shown_needs", "changes", "audit"}
    together["audit"], alone["audit"] = submitted(together), submitted(alone)  # links depend on the details
    assert together == alone
    assert len(together["assessments"]) == (10 if viewer else 12)


def test_numbers_are_given_once_to_parallel_submissions(store: Store) -> None:
    """Groups of the same people in opposite orders, and single posts between them, cause no deadlock."""
    people = [f"P{n}" for n in range(8)]

    def add(turn: int) -> None:
        if turn % 3 == 2:
            one_by_one(store, entries(assessment("P3")))
        else:
            order = people if turn % 3 else people[::-1]
            in_bulk(store, entries(*map(assessment, order), key=f"turn-{turn}"))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(add, range(18)))
    with store.reading() as tx:
        for number in people:
            found = tx.submissions.history(number)
            expected = 18 if number == "P3" else 12
            assert [one.sequence for one in found] == list(range(expected - 1, -1, -1))
            assert [one.latest for one in found] == [True] + [False] * (expected - 1)
        assert list(tx.audit.problems()) == []


def test_a_key_is_claimed_once_and_names_its_assessment(store: Store) -> None:
    in_bulk(store, entries(assessment("A1"), assessment("A1")))
    with store.reading() as tx:
        found = tx.bulk.claims(1, ["key-1", "key-2", "key-3"])
        assert tx.bulk.claims(2, ["key-1"]) == {}
    assert {hash: (one.id, one.job, one.line, one.request_hash) for hash, one in found.items()} == {
        "key-1": ("A1", "job", 1, "content-1"),
        "key-2": ("A1-01", "job", 2, "content-2"),
    }
    with pytest.raises(IntegrityError):
        in_bulk(store, entries(assessment("B2")))
    with store.reading() as tx:
        assert tx.submissions.get("B2") is None


def test_groups_are_kept_in_order_and_go_with_their_job(store: Store) -> None:
    with store.reading() as tx:
        assert tx.bulk.last("job") == Group()
    for number in (1, 2):
        with store.transaction() as tx:
            tx.bulk.keep("job", Group(number, end=number * 10, lines=number, created=number), f"{number}\n")
    with store.reading() as tx:
        assert tx.bulk.last("job") == Group(2, end=20, lines=2, created=2)
        assert [tx.bulk.results("job", number) for number in (1, 2, 3)] == ["1\n", "2\n", ""]
    with store.transaction() as tx:
        job = tx.jobs.get("job")
        assert job is not None
        tx.jobs.delete(job, by="ada", at=AT + timedelta(days=1))
    with store.reading() as tx:
        assert tx.bulk.results("job", 1) == ""
