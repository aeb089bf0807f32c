"""What one account may keep has an end: its next request says so, and other accounts go on."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.context import EXTENSION, Application
from api.runtime.job_runner import run_one
from api.services import feedback
from api.services.access import accounts, credentials
from api.services.access.accounts import find_user, start_session, user_of_session
from api.services.assessments import drafts
from api.services.assessments.drafts import MOST_DRAFTS
from api.services.replies import MOST, bound_to, keep_reply, of_user
from api.services.search import saved
from api.services.systems import webhooks
from api.services.transfer import jobs
from api.services.transfer.jobs import MOST_OPEN
from api.services.users import Role
from tests.api.conftest import USERNAME, Clock, Database
from tests.api.contexts import context_for
from tests.api.resources.systems.service_accounts import administrator, credential, system
from tests.api.rows import rows

API = "/api/v1"
EXPORT = {"criteria": {"all": True}, "purpose": "statistics"}
WithKey = Callable[[str, Role], FlaskClient]


@pytest.fixture
def application(app: Flask) -> Application:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Application)
    return found


@pytest.fixture
def other(with_key: WithKey) -> FlaskClient:
    return with_key("b.worker", Role.CASE_WORKER)


def code(answer: TestResponse) -> tuple[int, str]:
    assert answer.json is not None
    return answer.status_code, answer.json["code"]


def ask(client: FlaskClient) -> TestResponse:
    return client.post(f"{API}/exports", json=EXPORT)


def send(client: FlaskClient, line: bytes = b"{}", **headers: str) -> TestResponse:
    return client.post(f"{API}/imports", data=line, content_type="application/x-ndjson", headers=headers)


def test_jobs_that_wait(client: FlaskClient, other: FlaskClient) -> None:
    asked = [ask(client) for _ in range(MOST_OPEN)]
    refused = ask(client)
    assert code(refused) == (429, "too_many_jobs")
    assert refused.headers["Retry-After"] == "60"
    assert refused.json is not None and f"up to {MOST_OPEN} jobs" in refused.json["detail"].lower()
    assert all(one.json is not None and one.json["id"] in refused.json["detail"] for one in asked)
    assert code(send(client)) == (429, "too_many_jobs")
    assert ask(other).status_code == 202
    assert client.delete(asked[3].headers["Location"]).status_code == 204
    assert ask(client).status_code == 202


def test_the_second_job_made_is_another_owners(
    client: FlaskClient, other: FlaskClient, application: Application
) -> None:
    for _ in range(MOST_OPEN):
        ask(client)
    place = ask(other).headers["Location"]
    for _ in range(2):
        assert run_one(application)
    told = other.get(place).json
    assert told is not None and told["state"] == "done"


def test_a_file_sent_again_is_answered_though_no_other_is_taken(client: FlaskClient) -> None:
    first = send(client, **{"Idempotency-Key": "k"})
    for _ in range(MOST_OPEN - 1):
        ask(client)
    again = send(client, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.headers["Location"]) == (202, first.headers["Location"])


def test_bytes_of_files(
    client: FlaskClient, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = application.jobs.files.input("x").parent
    small = Application(
        **{**vars(application), "jobs": jobs.JobSettings(application.jobs.files, 7, "", most_bytes=500)}
    )
    monkeypatch.setitem(client.application.extensions, EXTENSION, small)
    assert send(client, b'{"a": 1}' * 20).status_code == 202
    kept = set(folder.iterdir())
    for _ in range(2):
        refused = send(client, b'{"a": 1}' * 60)
        assert code(refused) == (409, "limit_reached")
        assert refused.json is not None and "500 bytes" in refused.json["detail"]
        assert set(folder.iterdir()) == kept
    assert run_one(small)
    job = client.get(f"{API}/jobs").json["jobs"][0]
    place = ask(client).headers["Location"]  # while there is room
    (folder / f"{job['id']}.more.result").write_bytes(b"x" * 500)
    assert run_one(small)
    told = client.get(place).json
    assert told is not None and told["failure"] == "limit_reached"
    assert code(ask(client)) == (409, "limit_reached")
    client.delete(f"{API}/jobs/{job['id']}")
    assert ask(client).status_code == 202


def test_results_kept(client: FlaskClient, application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MOST_KEPT", 2)
    for _ in range(2):
        ask(client)
        run_one(application)
    assert code(ask(client)) == (409, "limit_reached")


def test_drafts(client: FlaskClient, other: FlaskClient, application: Application, clock: Clock) -> None:
    user = find_user(context_for(application.store), USERNAME)
    context = context_for(application.store, at=clock(), by=user)
    for _ in range(MOST_DRAFTS):
        begun = drafts.start_draft(context, {}, terms=application.terms)
    refused = client.post(f"{API}/drafts", json={})
    assert code(refused) == (409, "limit_reached")
    assert refused.json is not None and "200 drafts" in refused.json["detail"]
    assert other.post(f"{API}/drafts", json={}).status_code == 201
    found = client.get(f"{API}/drafts/{begun.id}")
    changed = client.patch(f"{API}/drafts/{begun.id}", json={}, headers={"If-Match": found.headers["ETag"]})
    assert changed.status_code == 200
    assert client.delete(f"{API}/drafts/{begun.id}").status_code == 204
    assert client.post(f"{API}/drafts", json={}).status_code == 201


def test_carried_over_drafts(
    client: FlaskClient, valid_body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
    client.post(f"{API}/assessments", json=valid_body)
    assert client.post(f"{API}/assessments/10000/repopulate").status_code == 201
    assert code(client.post(f"{API}/assessments/10000/repopulate")) == (409, "limit_reached")


@pytest.mark.parametrize(
    ("shelf", "body"),
    [
        ("filters", {"latest": True}),
        ("export-options", {"fields": ["id"]}),
        ("harm-lists", {"under_25": True}),
    ],
)
def test_saved_by_name(
    client: FlaskClient, shelf: str, body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "MOST_SAVED", 2)
    for name in ("one", "two", "two"):
        assert client.put(f"{API}/me/{shelf}/{name}", json=body).status_code == 200
    assert code(client.put(f"{API}/me/{shelf}/three", json=body)) == (409, "limit_reached")
    client.delete(f"{API}/me/{shelf}/one")
    assert client.put(f"{API}/me/{shelf}/three", json=body).status_code == 200


def test_webhooks_and_their_tests(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MOST_WEBHOOKS", 1)
    monkeypatch.setattr(webhooks, "MOST_TESTS", 3)
    courts = system(app, administrator(app))
    hook = courts.post(f"{API}/webhooks", json={"url": "http://localhost:9/"})
    assert hook.status_code == 201, hook.json
    assert code(courts.post(f"{API}/webhooks", json={"url": "http://localhost:9/"})) == (409, "limit_reached")
    for _ in range(5):
        assert courts.post(f"{hook.headers['Location']}/test").status_code in (200, 201, 202)
    events = rows(database.url, "SELECT id FROM outbox ORDER BY id")
    assert [id for (id,) in events] == [3, 4, 5]


def test_keys_and_secrets(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "MOST_IN_FORCE", 2)
    admin = administrator(app)
    admin.post(f"{API}/service-accounts", json={"name": "courts"})
    credential(admin, "courts", "keys")
    secret = credential(admin, "courts", "secrets")
    asked = {"name": "more", "scopes": ["exports:read"]}
    assert code(admin.post(f"{API}/service-accounts/courts/keys", json=asked)) == (409, "limit_reached")
    admin.delete(f"{API}/service-accounts/courts/secrets/{secret['id']}")
    assert admin.post(f"{API}/service-accounts/courts/keys", json=asked).status_code == 201


def test_access_tokens(app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "MOST_TOKENS", 3)
    admin = administrator(app)
    admin.post(f"{API}/service-accounts", json={"name": "courts"})
    secret = credential(admin, "courts", "secrets")
    asked = {
        "grant_type": "client_credentials",
        "client_id": "courts",
        "client_secret": secret["secret"],
    }
    tokens = [app.test_client().post(f"{API}/oauth/token", data=asked).json["access_token"] for _ in range(5)]
    assert len(rows(database.url, "SELECT id FROM api_keys WHERE kind = 'token'")) == 3

    def opens(token: str) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        return app.test_client().get(f"{API}/jobs", headers=headers).status_code

    assert [opens(one) for one in tokens] == [401, 401, 200, 200, 200]


def test_feedback(application: Application, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "MOST_A_DAY", 2)
    user = find_user(context_for(application.store), USERNAME)

    def give() -> int:
        return feedback.give_feedback(context_for(application.store, at=clock(), by=user), "Slow.", page="")

    give(), give()
    with pytest.raises(feedback.LimitReached, match="2 times today"):
        give()
    clock.advance(days=1)
    give()


def test_sessions(application: Application, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_SESSIONS", 2)
    user = find_user(context_for(application.store), USERNAME)
    tokens = []
    for _ in range(3):
        tokens.append(
            start_session(context_for(application.store, at=clock()), user.id, throttle=application.sign_ins)
        )
        clock.advance(seconds=1)

    def opens(token: str) -> bool:
        return user_of_session(context_for(application.store, at=clock()), token) is not None

    assert [opens(one) for one in tokens] == [False, True, True]


def test_pages_kept(application: Application, database: Database, clock: Clock, with_key: WithKey) -> None:
    with_key("b.worker", Role.CASE_WORKER)
    mine, theirs = (find_user(context_for(application.store), name) for name in (USERNAME, "b.worker"))
    for user in (theirs, *[mine] * (MOST + 3)):
        clock.advance(seconds=1)
        context = context_for(application.store, at=clock())
        given: dict[str, Any] = {"status": 422, "secret": "s", "keeper": of_user(user.id)}
        last = keep_reply(context, b"page", whose=bound_to(user), **given)
    kept = rows(database.url, "SELECT keeper, id FROM replies")
    assert [keeper for keeper, _ in kept].count(str(mine.id)) == MOST
    assert [keeper for keeper, _ in kept].count(str(theirs.id)) == 1
    assert (str(mine.id), last) in kept
