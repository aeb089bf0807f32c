"""A person erased between two pages of a list, or between two batches of a file."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.transfer import exports
from api.services.users import Role
from api.storage import AGENCY, Store
from rms.engine.filter import Filter, Key, Sort
from rms.errors import ListChanged
from tests.api.conftest import START, Database
from tests.api.contexts import context_for
from tests.api.storage.examples import MARKS

POST, SEARCH = "/api/v1/assessments", "/api/v1/assessments/search"
NUMBERS = ("10001", "10002", "10003", "10004", "10005")
ORDERS = [
    Sort(),
    Sort(Key.OFFENDER_NUMBER, descending=False),
    Sort(Key.RELEASE_DATE, descending=False),
    Sort(Key.RELEASE_DATE),
    Sort(Key.SCORE, process="violence"),
]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def store(app: Flask) -> Store:
    found: Store = app.extensions["rms"].store
    return found


@pytest.fixture(autouse=True)
def people(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    """The release date of one is unknown, and those of two are the same."""
    days = ("2026-12-01", "2027-01-05", "2027-01-05", "2026-12-03", None)
    for number, day in zip(NUMBERS, days, strict=True):
        body = {**valid_body, "offender_number": number, "release_date": day}
        assert client.post(POST, json=body).status_code == 201


def erase(number: str, store: Store) -> None:
    with store.transaction() as tx:
        person = tx.people.key(number)
        assert person is not None
        first, second = (
            tx.accounts.add_user(f"{name}.{number}", password_hash="", role="x", by="test", at=START).id
            for name in ("ada", "ben")
        )
        asked = {"reason": "other", "text": "", "by": "ada", "expires_at": START + timedelta(days=1)}
        id = tx.erasures.request(person, at=START, requested_by=first, **asked)
        request = tx.erasures.get(id, at=START)
        assert request is not None
        tx.erasures.erase(request, marks=MARKS, approved_by=second, by="ben", at=START)


def ids_in(text: str) -> list[str]:
    """Each once, in the order of the file."""
    return list(dict.fromkeys(row["id"] for row in csv.DictReader(StringIO(text, newline=""))))


@pytest.mark.parametrize("sort", ORDERS, ids=str)
@pytest.mark.parametrize("role", [Role.CASE_WORKER, Role.ANALYST])
def test_a_file_goes_on_where_the_last_of_a_batch_was(
    store: Store, monkeypatch: pytest.MonkeyPatch, sort: Sort, role: Role
) -> None:
    """With two rows for each assessment, and two assessments in each batch."""
    monkeypatch.setattr(exports, "BATCH", 2)
    context = context_for(store, by=exports.User(1, "c.worker", role))
    filter = Filter(everything=True)
    names = ("id", "process")
    expected = ids_in("".join(exports.csv_of(context, filter, sort=sort, names=names)))
    assert len(expected) == len(NUMBERS)
    known = {shown(store, number, role): number for number in NUMBERS}
    parts = exports.csv_of(context, filter, sort=sort, names=names)
    text = next(parts)
    while expected[1] not in text:
        text += next(parts)
    erase(known[expected[1]], store)
    assert ids_in(text + "".join(parts)) == expected


def shown(store: Store, number: str, role: Role) -> str:
    """The id of the person's assessment as it is shown to the role."""
    context = context_for(store, by=exports.User(1, "c.worker", role))
    found = exports.csv_of(context, Filter(offender=number), sort=Sort(), names=("id",))
    return ids_in("".join(found))[0]


@pytest.mark.parametrize("sort", ORDERS, ids=str)
def test_a_list_that_cannot_go_on_says_so(store: Store, sort: Sort) -> None:
    filter = Filter(everything=True)
    with store.reading() as tx:
        keys = tx.search.page(filter, sort=sort, limit=5)
        place = tx.search.place_of(keys[1], filter=filter, sort=sort)
        [listed] = tx.submissions.of_keys([keys[1]])
    erase(listed.offender_number, store)
    with store.reading() as tx:
        with pytest.raises(ListChanged):
            tx.search.page(filter, sort=sort, limit=2, after=keys[1])
        assert tx.search.page(filter, sort=sort, limit=5, after=place) == keys[2:]


def test_the_api_says_that_the_list_has_changed(client: FlaskClient, store: Store) -> None:
    page = client.post(SEARCH, json={"limit": 2}).json
    erase(page["assessments"][-1]["offender_number"], store)
    answer = client.post(SEARCH, json={"limit": 2, "cursor": page["next"]})
    assert (answer.status_code, answer.json["code"]) == (412, "changed_meanwhile")
    assert "Start again from the first page" in answer.json["detail"]


def test_a_caseload_says_that_it_has_changed(store: Store) -> None:
    with store.reading() as tx:
        account = tx.accounts.user("c.worker")
        assert account is not None
        keys = [tx.people.key(number) for number in NUMBERS]
    with store.transaction() as tx:
        for key in keys:
            assert key is not None
            tx.caseload.assign(key, to=account.id, by="test", at=START)
    erase(NUMBERS[1], store)
    with store.reading() as tx, pytest.raises(ListChanged):
        tx.caseload.page_of(account.id, within=AGENCY, after=keys[1], most=2)
