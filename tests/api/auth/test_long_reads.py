"""Long reads take turns, one for each account: others are refused, and nothing is noted as read."""

import gc
from contextlib import closing, nullcontext

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.services import long_reads
from api.services.long_reads import LongReadBusy
from api.services.transfer.export_files import CSV, XLSX
from api.services.turns import Turns
from api.services.users import Role
from tests.api.case_records import load
from tests.api.conftest import AsUser
from tests.api.web.every_page import CHECKS
from tests.api.web.network.gangs import GANGS
from tests.api.web.pages import page, send

API = "/api/v1"
NOTED = {
    *("audit.verified", "audit.exported", "person.disclosed", "harm.exported"),
    *("network.opened", "network.cluster_read", "harm.mapped"),
}


@pytest.fixture(autouse=True)
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns(running=1, waiting=0, patience=0, busy=LongReadBusy)
    monkeypatch.setattr(long_reads, "turns", turns)
    return turns


def noted(app: Flask) -> set[str]:
    with app.extensions["rms"].store.reading() as tx:
        return {entry.action for entry in tx.audit.entries()} & NOTED


@pytest.mark.parametrize(
    ("role", "path", "expected"),
    [
        (Role.AUDITOR, f"{API}/audit/verify", 200),
        (Role.AUDITOR, f"{API}/audit", 200),
        (Role.AUDITOR, "/record.csv", 200),
        (Role.SUPERVISOR, f"{API}/offenders/10000/record", 404),
        (Role.SUPERVISOR, "/people/10000/record", 404),
        (Role.SUPERVISOR, "/people/10000/record.json", 404),
    ],
)
def test_a_long_read_is_refused_while_another_runs(
    as_user: AsUser, app: Flask, turns: Turns, role: Role, path: str, expected: int
) -> None:
    reader, headers = as_user(role), {"Accept": "text/csv"} if path.endswith("/audit") else {}
    if path.startswith(API):
        headers["Accept"] = headers.get("Accept", "application/json")
    with turns.turn("another"):
        refused = reader.get(path, headers=headers)
        assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
        if path.startswith(API):
            assert refused.json["code"] == "long_read_busy"
    assert noted(app) == set()
    for _ in range(2):  # each ends its turn
        answer = reader.get(path, headers=headers)
        assert (answer.status_code, answer.text != "") == (expected, True)
        answer.close()


def test_the_verification_page_is_refused_too(as_user: AsUser, turns: Turns) -> None:
    auditor = as_user(Role.AUDITOR)
    with turns.turn("another"):
        assert send(auditor, "/record/verification", {}).status_code == 503
    assert send(auditor, "/record/verification", {}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/harm/list.csv", "*/*"),
        ("GET", "/harm/list.xlsx", "*/*"),
        ("POST", f"{API}/harm/list/search", CSV),
        ("POST", f"{API}/harm/list/search", XLSX),
    ],
)
def test_an_account_has_one_file_of_the_offender_list_at_once(
    as_user: AsUser, app: Flask, monkeypatch: pytest.MonkeyPatch, method: str, path: str, accept: str
) -> None:
    load(app.extensions["rms"].store)
    turns = Turns(running=long_reads.RUNNING, waiting=0, patience=0, busy=LongReadBusy)
    monkeypatch.setattr(long_reads, "turns", turns)
    first, other = (as_user(Role.SUPERVISOR, username=name) for name in ("a.reader", "another.reader"))

    def read(client: FlaskClient) -> TestResponse:
        body = {"json": {}} if method == "POST" else {}
        return client.open(path, method=method, headers={"Accept": accept}, **body)

    open_stream = read(first) if accept == CSV or path.endswith("csv") else None  # not read to its end
    with nullcontext() if open_stream else turns.turn("a.reader"):
        seen = noted(app)
        refused = read(first)
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
        assert "Your previous request is still running." in refused.text
        assert noted(app) == seen
        with closing(read(other)) as answer:
            assert answer.status_code == 200
    if open_stream:
        open_stream.close()
    for _ in range(2):  # each ends its turn
        with closing(read(first)) as answer:
            assert answer.status_code == 200 and len(answer.data) > 100
    assert noted(app) == {"harm.exported"}


def test_a_stream_keeps_its_turn_until_it_is_closed(turns: Turns) -> None:
    stream = long_reads.LongStream("one", lambda: ["a", "b"])
    assert next(stream) == "a"
    with pytest.raises(LongReadBusy):
        long_reads.LongStream("two", lambda: [])
    stream.close()
    with turns.turn("another"):
        pass


def test_a_stream_that_has_been_read_to_its_end_gives_its_turn_back(turns: Turns) -> None:
    stream = long_reads.LongStream("one", lambda: ["a"])
    assert list(stream) == ["a"]
    with turns.turn("another"):
        pass


def test_a_stream_that_was_never_read_gives_its_turn_back(turns: Turns) -> None:
    stream = long_reads.LongStream("one", lambda: ["a"])
    del stream
    gc.collect()
    with turns.turn("another"):
        pass


@pytest.mark.parametrize(
    ("role", "path"),
    [(Role.AUDITOR, f"{API}/audit/verify"), (Role.SUPERVISOR, f"{API}/offenders/10000/record")],
)
def test_an_account_has_one_long_read_and_others_still_read(
    as_user: AsUser, app: Flask, monkeypatch: pytest.MonkeyPatch, role: Role, path: str
) -> None:
    turns = Turns(running=long_reads.RUNNING, waiting=0, patience=0, busy=LongReadBusy)
    monkeypatch.setattr(long_reads, "turns", turns)
    reader, other = as_user(role, username="a.reader"), as_user(role, username="another.reader")
    with turns.turn("a.reader"):
        refused = reader.get(path, headers={"Accept": "application/json"})
        assert (refused.status_code, refused.json["code"]) == (429, "already_running")
        assert int(refused.headers["Retry-After"]) > 0 and noted(app) == set()
        assert other.get(path, headers={"Accept": "application/json"}).status_code in (200, 404)
    assert reader.get(path, headers={"Accept": "application/json"}).status_code in (200, 404)


@pytest.mark.parametrize("path", ["/harm/network", "/harm/network?cluster=1", "/harm/map"])
def test_an_account_has_one_network_or_map_of_the_list_at_once(
    as_user: AsUser, app: Flask, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The page says to wait. Nobody has been looked at."""
    load(app.extensions["rms"].store, GANGS)
    turns = Turns(running=long_reads.RUNNING, waiting=0, patience=0, busy=LongReadBusy)
    monkeypatch.setattr(long_reads, "turns", turns)
    reader, other = (as_user(Role.SUPERVISOR, username=name) for name in ("a.reader", "another.reader"))
    with turns.turn("a.reader"):
        refused = reader.get(path)
        assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 0
        assert "Your previous request is still running. Try again in a few seconds." in refused.text
        for check in CHECKS:
            check(page(refused.text))
        assert noted(app) == set()
        assert other.get(path).status_code == 200
    for _ in range(2):  # each ends its turn
        assert reader.get(path).status_code == 200
    assert noted(app) <= {"network.opened", "network.cluster_read", "harm.mapped"} and noted(app)
