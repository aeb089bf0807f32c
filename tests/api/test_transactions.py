"""The numbers of transactions and statements of a request are those in docs/architecture.md.

A transaction is a BEGIN of SQLAlchemy. A statement is anything else it sends to the database, including the
savepoints of a shared COMMIT. The update of a session, once a minute, is not counted.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from api.services.users import Role
from tests.api.conftest import AsUser, Clock, Database
from tests.api.web.browsers import browser

ARCHITECTURE = Path(__file__).parents[2] / "docs/architecture.md"
DATABASES = ("sqlite", "postgresql")
ROW = re.compile(r"\| (?P<request>[^|]+) \| (\d+) \| (\d+) \| (\d+) \|")
# The limits: transactions, and statements on either database.
BOUNDS = {
    "a what-if, printed": (3, 20),
    "`POST /assessments`, with a key, of a known person": (2, 15),
    "`POST /assessments`, based on another": (2, 15),
}


@dataclass
class Count:
    transactions: int = 0
    statements: int = 0


@contextmanager
def counted() -> Iterator[Count]:
    count = Count()

    def begin(_connection: object) -> None:
        count.transactions += 1

    def execute(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        count.statements += not statement.startswith("BEGIN")

    event.listen(Engine, "begin", begin)
    event.listen(Engine, "before_cursor_execute", execute)
    try:
        yield count
    finally:
        event.remove(Engine, "begin", begin)
        event.remove(Engine, "before_cursor_execute", execute)


def documented() -> dict[str, tuple[int, int, int]]:
    """Request → transactions, statements on SQLite, statements on PostgreSQL."""
    text = ARCHITECTURE.read_text(encoding="utf-8")
    return {row["request"]: (int(row[2]), int(row[3]), int(row[4])) for row in ROW.finditer(text)}


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Database:
    database = request.getfixturevalue(f"{request.param}_database")
    assert isinstance(database, Database)
    return database


def requests(
    client: FlaskClient, browser_client: FlaskClient, supervisor: FlaskClient, body: dict[str, Any]
) -> Iterator[tuple[str, Count, TestResponse]]:
    """Each request of the table, with its count."""
    later = {**body, "based_on": "10000", "answers": {**body["answers"], "acad": 2}}
    key = {"Idempotency-Key": "count"}
    posts = (
        ("`POST /assessments`, of a new person", {"json": {**body, "offender_number": "10001"}}),
        ("`POST /assessments`, with a key, of a known person", {"json": body, "headers": key}),
        ("`POST /assessments`, based on another", {"json": later}),
    )
    for name, arguments in posts:
        with counted() as count:
            response = client.post("/api/v1/assessments", **arguments)
        yield name, count, response
    reads = (
        ("`GET /assessments/{id}`", client, "/api/v1/assessments/10000"),
        ("`GET /assessments`, a search", client, "/api/v1/assessments?latest=true&limit=10"),
        ("the home page", browser_client, "/"),
        ("the home page of a supervisor", supervisor, "/"),
        ("the results page, with its filter and counts", browser_client, "/results?latest=true"),
        ("the page of a person", browser_client, "/people/10000"),
        ("the result page", browser_client, "/assessments/10000"),
        ("the changes of a what-if", browser_client, "/assessments/10000-01/changes"),
        ("a what-if, printed", browser_client, "/assessments/10000-01/print"),
    )
    for name, caller, path in reads:
        with counted() as count:
            response = caller.get(path)
        yield name, count, response


def test_a_request_takes_as_many_transactions_and_statements_as_documented(
    app: Flask,
    clock: Clock,
    client: FlaskClient,
    browser_client: FlaskClient,
    as_user: AsUser,
    valid_body: dict[str, Any],
    database: Database,
) -> None:
    assert client.post("/api/v1/assessments", json=valid_body).status_code == 201
    what_if = client.post("/api/v1/assessments/10000/what-if", json={"answers": {"acad": 3}})
    assert what_if.json and what_if.json["id"] == "10000-01"
    as_user(Role.SUPERVISOR)
    supervisor = browser(app, f"a.{Role.SUPERVISOR}", clock)
    table, index = documented(), DATABASES.index(database.url.partition(":")[0])
    counts = {}
    for name, count, response in requests(client, browser_client, supervisor, valid_body):
        assert response.status_code in (200, 201), (name, response.text)
        counts[name] = (count.transactions, count.statements)
    assert counts == {name: (row[0], row[1 + index]) for name, row in table.items()}
    for name, (transactions, statements) in BOUNDS.items():
        assert counts[name][0] <= transactions and counts[name][1] <= statements, name
