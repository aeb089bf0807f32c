"""A request sent twice takes effect once, in any process and with any number of senders."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.services.assessments.assessments import history
from api.services.systems.idempotency import UnderWay
from api.services.users import Role
from api.storage import Once
from rms.engine.library import Library
from tests.api.conftest import Clock, created
from tests.api.contexts import context_for
from tests.api.rows import change, rows

POST = "/api/v1/assessments"
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


def ids(client: FlaskClient) -> list[str]:
    return [one["id"] for one in client.get(f"{POST}?include=what_if").json["assessments"]]


def test_sent_again_it_is_answered_as_the_first_time(
    client: FlaskClient, valid_body: dict[str, Any], clock: Clock
) -> None:
    first = client.post(POST, json=valid_body, headers=KEY)
    clock.advance(hours=24)
    again = client.post(POST, json=valid_body, headers=KEY)
    assert (again.status_code, again.data) == (201, first.data)
    assert [again.headers[name] for name in ("Location", "ETag")] == [
        first.headers[name] for name in ("Location", "ETag")
    ]
    assert ids(client) == ["10000"]


def test_without_a_key_or_with_another_it_is_another(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    for headers in (KEY, {}, {"Idempotency-Key": "another"}):
        assert client.post(POST, json=valid_body, headers=headers).status_code == 201
    assert len(ids(client)) == 3


def test_every_route_that_submits(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    client.post(POST, json=valid_body)
    draft = client.post("/api/v1/drafts", json=valid_body).headers["Location"]
    for place, (path, sent) in enumerate(
        (
            (f"{POST}/10000/what-if", {"json": {"answers": {"drug": 0}}}),
            (f"{draft}/submit", {"headers": {"If-Match": '"1"'}}),
        )
    ):
        headers = {**sent.pop("headers", {}), "Idempotency-Key": f"key-{place}"}
        first, again = (client.post(path, **sent, headers=headers) for _ in range(2))
        assert (first.status_code, again.status_code) == (201, 201), path
        assert first.data == again.data
    assert ids(client) == ["10000-02", "10000-01", "10000"]


@pytest.mark.parametrize("other", ["body", "route", "query"])
def test_a_key_stands_for_one_request(client: FlaskClient, valid_body: dict[str, Any], other: str) -> None:
    client.post(POST, json=valid_body, headers=KEY)
    path = {"route": f"{POST}/10000/what-if", "query": f"{POST}?validate_only=true"}.get(other, POST)
    body = {**valid_body, "sex": "female"} if other == "body" else valid_body
    answer = client.post(path, json=body, headers=KEY)
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert ids(client) == ["10000"]


def test_a_key_is_its_accounts_own(
    client: FlaskClient, as_user: Callable[..., FlaskClient], valid_body: dict[str, Any]
) -> None:
    client.post(POST, json=valid_body, headers=KEY)
    other = as_user(Role.SUPERVISOR).post(POST, json=valid_body, headers=KEY)
    assert (other.status_code, other.json["id"]) == (201, "10000-01")


def test_a_refused_request_leaves_its_key_free(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    assert client.post(POST, json={**valid_body, "sex": "x"}, headers=KEY).status_code == 422
    assert client.post(POST, json=valid_body, headers=KEY).status_code == 201


@pytest.mark.parametrize("sent", ["", "two words", "x" * 256, "\xe9"])
def test_a_key_of_another_shape_is_refused(
    client: FlaskClient, valid_body: dict[str, Any], sent: str
) -> None:
    answer = client.post(POST, json=valid_body, headers={"Idempotency-Key": sent})
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == ["/header/Idempotency-Key"]
    assert ids(client) == []


def test_forgotten_after_two_days(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> None:
    client.post(POST, json=valid_body, headers=KEY)
    clock.advance(hours=48)
    assert client.post(POST, json=valid_body, headers=KEY).json["id"] == "10000-01"
    assert client.post(POST, json=valid_body, headers=KEY).json["id"] == "10000-01"


def test_neither_key_nor_body_is_kept(
    client: FlaskClient, valid_body: dict[str, Any], config: Config
) -> None:
    client.post(POST, json=valid_body, headers=KEY)
    columns = "account, key_hash, request_hash, assessment"
    [row] = rows(config.database, f"SELECT {columns} FROM idempotency_keys")
    assert row[3] == "10000"
    assert all(len(hash) == 64 for hash in row[1:3])


def test_remembered_over_a_restart(
    client: FlaskClient, config: Config, library: Library, key: str, clock: Clock, valid_body: dict[str, Any]
) -> None:
    first = client.post(POST, json=valid_body, headers=KEY)
    app = created(config, library=library, clock=clock)
    headers = {**KEY, "Authorization": f"Bearer {key}"}
    assert app.test_client().post(POST, json=valid_body, headers=headers).data == first.data
    app.extensions["rms"].store.close()


def test_many_at_a_time_over_two_services_are_one(
    app: Flask, config: Config, library: Library, key: str, clock: Clock, valid_body: dict[str, Any]
) -> None:
    """Two applications over one database, as two processes would be: nothing is shared but the tables."""
    other = created(config, library=library, clock=clock)

    def post(place: int) -> tuple[int, bytes]:
        headers = {**KEY, "Authorization": f"Bearer {key}"}
        answer = (app, other)[place % 2].test_client().post(POST, json=valid_body, headers=headers)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(24)))
    other.extensions["rms"].store.close()
    assert [one.id for one in history(context_for(app.extensions["rms"].store), "10000")] == ["10000"]
    assert {status for status, _ in answers} <= {201, 409}
    assert len({data for status, data in answers if status == 201}) == 1


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Set when a request with an Idempotency-Key is being worked on."""
    begun, marked = Event(), UnderWay.marked

    @contextmanager
    def watched(under_way: UnderWay, request: Once) -> Iterator[None]:
        with marked(under_way, request):
            begun.set()
            yield

    monkeypatch.setattr(UnderWay, "marked", watched)
    return begun


def test_in_progress(app: Flask, key: str, valid_body: dict[str, Any], begun: Event) -> None:
    """While the first request waits to write, the second is refused and can be repeated."""
    headers = {**KEY, "Authorization": f"Bearer {key}"}
    application = app.extensions["rms"]
    with ThreadPoolExecutor(1) as thread:
        with application.store.transaction():
            first = thread.submit(app.test_client().post, POST, json=valid_body, headers=headers)
            assert begun.wait(timeout=20)
            second = app.test_client().post(POST, json=valid_body, headers=headers)
        assert first.result(timeout=20).status_code == 201
    assert (second.status_code, second.json["code"]) == (409, "still_in_progress")
    assert second.headers["Retry-After"] == "1"
    assert app.test_client().post(POST, json=valid_body, headers=headers).data == first.result().data


def spelled(body: dict[str, Any], **changed: Any) -> dict[str, Any]:
    answers = {**body["answers"], **changed.pop("answers", {})}
    return {**body, **changed, "answers": answers}


# C09: what the second request sends, and whether it says the same as the first.
SPELLINGS: list[tuple[str, dict[str, Any], bool]] = [
    ("whole number with a point", {"answers": {"drug": 2.0}}, True),
    ("number in lower case, with spaces", {"offender_number": " 12pr "}, True),
    ("kind written out", {"kind": "assessment"}, True),
    ("instrument written out", {"instrument": "rms"}, True),
    ("nothing said with null", {"based_on": None, "baseline_id": None}, True),
    ("a number with more zeros", {"answers": {"years_served": 3.50}}, True),
    ("another answer", {"answers": {"drug": 1}}, False),
    ("another person", {"offender_number": "12PS"}, False),
    ("another instrument", {"instrument": "georgia"}, False),
    ("another kind", {"kind": "what_if", "baseline_id": "12PR"}, False),
    ("an unknown field", {"extra": 1}, False),
    ("a malformed answer", {"answers": {"drug": None}}, False),
]


@pytest.mark.parametrize(("said", "changed", "same"), SPELLINGS, ids=[f"C09 {said[0]}" for said in SPELLINGS])
def test_the_same_content_spelled_otherwise_is_the_same_request(
    client: FlaskClient, valid_body: dict[str, Any], said: str, changed: dict[str, Any], same: bool
) -> None:
    body = spelled(valid_body, offender_number="12PR", answers={"drug": 2, "years_served": 3.5})
    first = client.post(POST, json=body, headers=KEY)
    again = client.post(POST, json=spelled(body, **changed), headers=KEY)
    if same:
        assert (again.status_code, again.data) == (201, first.data)
    else:
        assert (again.status_code, again.json["code"]) == (422, "idempotency_key_reused")
    assert ids(client) == ["12PR"]


def test_c09_json_in_another_layout_and_an_address_in_lower_case(
    client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    client.post(POST, json={**valid_body, "offender_number": "A1"})
    sent = (
        (f"{POST}/A1/what-if", b'{"answers": {"drug": 0, "alco": 1}}'),
        (f"{POST}/a1/what-if?", b'{"unknown":{},\n"answers":{"alco":1.0,"drug":0e0}}'),
        (f"{POST}/A1/what-if", b'{"answers": {"drug": 1, "alco": 1}}'),
    )
    answers = [client.post(to, data=body, content_type="application/json", headers=KEY) for to, body in sent]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert answers[0].data == answers[1].data


def test_c09_a_correction_spelled_otherwise(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    client.post(POST, json=valid_body)
    body = {"reason": "Typing error", "release_date": "2031-01-01", "answers": {"drug": 0}}
    for again, status in (
        (body, 201),
        (spelled(body, answers={"drug": 0.0}), 201),
        ({**body, "reason": "b"}, 422),
    ):
        assert client.post(f"{POST}/10000/corrections", json=again, headers=KEY).status_code == status


def test_c09_a_request_that_an_earlier_version_stored_is_recognised(
    client: FlaskClient, valid_body: dict[str, Any], config: Config
) -> None:
    """It stored the hash of the request line and the body as they were spelled."""
    body = json.dumps(valid_body).encode()
    first = client.post(POST, data=body, content_type="application/json", headers=KEY)
    earlier = hashlib.sha256(f"POST {POST}?\n".encode() + body).hexdigest()
    change(config.database, f"UPDATE idempotency_keys SET request_hash = '{earlier}'")
    again = client.post(POST, data=body, content_type="application/json", headers=KEY)
    assert (again.status_code, again.data) == (201, first.data)
    other = client.post(POST, json={**valid_body, "sex": "female"}, headers=KEY)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
