"""Long reads run one at a time: another one is refused, and nothing is noted as read."""

import gc

import pytest
from flask import Flask

from api.services import long_reads
from api.services.long_reads import LongReadBusy
from api.services.turns import Turns
from api.services.users import Role
from tests.api.conftest import AsUser
from tests.api.web.pages import send

API = "/api/v1"
NOTED = {"audit.verified", "audit.exported", "person.disclosed"}


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
    with turns.turn():
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
    with turns.turn():
        assert send(auditor, "/record/verification", {}).status_code == 503
    assert send(auditor, "/record/verification", {}).status_code == 200


def test_a_stream_keeps_its_turn_until_it_is_closed(turns: Turns) -> None:
    stream = long_reads.LongStream(lambda: ["a", "b"])
    assert next(stream) == "a"
    with pytest.raises(LongReadBusy):
        long_reads.LongStream(lambda: [])
    stream.close()
    with turns.turn():
        pass


def test_a_stream_that_was_never_read_gives_its_turn_back(turns: Turns) -> None:
    stream = long_reads.LongStream(lambda: ["a"])
    del stream
    gc.collect()
    with turns.turn():
        pass
