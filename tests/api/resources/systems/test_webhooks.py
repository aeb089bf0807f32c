"""Webhooks: signed, delivered at least once, repeated after failures, and without personal data."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.systems.deliveries import DISABLED_AFTER
from api.services.systems.webhook_transport import WebhookTransport
from api.services.systems.webhooks import MOST_WEBHOOKS, Outgoing
from api.storage import Store
from tests.api.conftest import Clock, Database
from tests.api.contexts import context_for
from tests.api.delivering import deliver_due
from tests.api.resources.described import as_described
from tests.api.resources.systems.service_accounts import ACCOUNTS, POST, administrator, system
from tests.receiver import Got, Receiver, receiving

HOOKS = "/api/v1/webhooks"


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return administrator(app)


@pytest.fixture
def courts(app: Flask, admin: FlaskClient) -> FlaskClient:
    return system(app, admin)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def hook(courts: FlaskClient, receiver: Receiver) -> dict[str, Any]:
    made = courts.post(HOOKS, json={"url": receiver.url})
    assert made.status_code == 201, made.json
    return dict(made.json)


class Post:
    """The dispatcher, a round at a time. Waits are in the middle of what chance may make of them."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.application = app.extensions["rms"]
        self.clock = clock

    def round(self, *, store: Store | None = None, outgoing: Outgoing | None = None) -> int:
        context = context_for(store or self.application.store, at=self.clock())
        return deliver_due(context, outgoing=outgoing or self.application.outgoing, draw=lambda: 0.5)


@pytest.fixture
def post(app: Flask, clock: Clock) -> Post:
    return Post(app, clock)


def submit(client: FlaskClient, body: dict[str, Any], key: str = "k1") -> str:
    told = client.post(POST, json=body, headers={"Idempotency-Key": key})
    assert told.status_code == 201, told.json
    return str(told.json["id"])


def deliveries(client: FlaskClient, hook: dict[str, Any]) -> list[dict[str, Any]]:
    return list(client.get(f"{HOOKS}/{hook['id']}/deliveries").json["deliveries"])


def is_signed(got: Got, secret: str) -> bool:
    """As docs/systems.md tells, without our code."""
    moment, signed = got.headers["RMS-Signature"].split(",")
    expected = hmac.new(secret.encode(), moment[2:].encode() + b"." + got.body, hashlib.sha256).hexdigest()
    return moment.startswith("t=") and signed == f"v1={expected}"


def test_told_once_it_is_simulated(
    courts: FlaskClient, hook: dict[str, Any], receiver: Receiver, post: Post, valid_body: dict[str, Any]
) -> None:
    submit(courts, valid_body)
    submit(courts, valid_body)  # the same request: nothing new to tell
    assert receiver.got == []
    assert (post.round(), post.round()) == (1, 0)
    (got,) = receiver.got
    told = json.loads(got.body)
    event = got.headers["RMS-Event-Id"]
    assert told == {
        "id": event,
        "type": "assessment.simulated",
        "at": "2026-03-04T09:30:00+00:00",
        "assessment": f"{POST}/10000",
        "kind": "assessment",
    }
    assert courts.get(told["assessment"]).json["submitted_at"] == told["at"]
    assert is_signed(got, hook["secret"])
    (one,) = deliveries(courts, hook)
    assert (one["event"], one["state"], one["status"], one["attempts"]) == (event, "delivered", 200, 1)


def test_tried_again_ever_later_for_a_day(
    courts: FlaskClient,
    hook: dict[str, Any],
    receiver: Receiver,
    post: Post,
    valid_body: dict[str, Any],
    clock: Clock,
) -> None:
    submit(courts, valid_body)
    receiver.answers = [500] * 1000
    began, waits = clock(), []
    while (one := deliveries(courts, hook)[0])["state"] == "waiting":
        assert post.round() == 1
        assert post.round() == 0
        due = deliveries(courts, hook)[0]["due_at"]
        if due:
            waits.append(round((Clock().at.fromisoformat(due) - clock()).total_seconds()))
            clock.advance(seconds=waits[-1])
    assert waits[:5] == [10, 20, 40, 80, 160] and waits[-1] == 3600
    assert timedelta(hours=22) < clock() - began <= timedelta(hours=24)
    assert (one["state"], one["problem"], one["status"], one["due_at"]) == ("failed", "refused", 500, None)
    assert len({got.headers["RMS-Event-Id"] for got in receiver.got}) == 1
    assert len({got.headers["RMS-Signature"] for got in receiver.got}) == len(receiver.got)


def test_a_receiver_that_is_down_and_up_again(
    courts: FlaskClient,
    hook: dict[str, Any],
    receiver: Receiver,
    post: Post,
    valid_body: dict[str, Any],
    clock: Clock,
) -> None:
    """A receiver that is down is not tried for every event, and gets all events once it is up."""
    for number in range(3):
        submit(courts, valid_body, f"k{number}")
    asked: list[str] = []

    def gone(host: str, port: int) -> list[str]:
        asked.append(host)
        raise OSError

    unreachable = Outgoing(post.application.outgoing.key, WebhookTransport(insecure=True, resolve=gone))
    for _ in range(5):
        post.round(outgoing=unreachable)
    assert len(asked) == 1
    assert courts.get(f"{HOOKS}/{hook['id']}").json["failing_since"] == clock().isoformat()
    clock.advance(seconds=10)
    while post.round():
        pass
    assert sorted(json.loads(got.body)["assessment"] for got in receiver.got) == [
        f"{POST}/{id}" for id in ("10000", "10000-01", "10000-02")
    ]
    assert courts.get(f"{HOOKS}/{hook['id']}").json["failing_since"] is None


def test_disabled_after_days_of_failures(
    app: Flask,
    courts: FlaskClient,
    hook: dict[str, Any],
    receiver: Receiver,
    post: Post,
    clock: Clock,
) -> None:
    place = f"{HOOKS}/{hook['id']}"
    receiver.answers = [503] * 2
    for _ in range(2):
        courts.post(f"{place}/test")
        post.round()
        clock.at += DISABLED_AFTER
    assert courts.get(place).json["active"] is False
    courts.post(f"{place}/test")
    assert post.round() == 0
    with app.extensions["rms"].store.reading() as tx:
        last = [entry for entry in tx.audit.entries() if entry.object_kind == "webhook"][-1]
    assert (last.action, last.actor, last.object_key) == ("webhook.disabled", "rms", hook["id"])
    resumed = courts.patch(place, json={"active": True}).json
    assert (resumed["active"], resumed["failing_since"]) == (True, None)
    while post.round():
        pass
    assert json.loads(receiver.got[-1].body)["type"] == "webhook.test"


def test_killed_between_commit_and_delivery(
    courts: FlaskClient,
    hook: dict[str, Any],
    receiver: Receiver,
    post: Post,
    valid_body: dict[str, Any],
    database: Database,
    clock: Clock,
) -> None:
    """The worker that took the request is gone, and so is the one that had claimed the event."""
    submit(courts, valid_body)
    with post.application.store.transaction() as tx:
        assert tx.outbox.claim(hook["id"], at=clock()) is not None
    other = Store(database.url)
    assert post.round(store=other) == 0
    clock.advance(minutes=6)
    assert post.round(store=other) == 1
    assert len(receiver.got) == 1
    other.close()


def test_sent_elsewhere_stopped_and_with_a_new_secret(
    courts: FlaskClient, hook: dict[str, Any], receiver: Receiver, post: Post, valid_body: dict[str, Any]
) -> None:
    place = f"{HOOKS}/{hook['id']}"
    assert courts.patch(place, json={"active": False}).json["active"] is False
    submit(courts, valid_body, "k1")
    changed = courts.patch(place, json={"active": True, "new_secret": True, "url": f"{receiver.url}/new"})
    assert changed.json["secret"] != hook["secret"]
    assert "secret" not in courts.get(place).json
    submit(courts, valid_body, "k2")
    post.round()
    (got,) = receiver.got
    assert (got.path, is_signed(got, hook["secret"])) == ("/hook/new", False)
    assert is_signed(got, changed.json["secret"])
    assert courts.delete(place).status_code == 204
    submit(courts, valid_body, "k3")
    assert (post.round(), courts.get(place).status_code) == (0, 404)


def test_webhooks_of_other_accounts_are_hidden(
    app: Flask,
    admin: FlaskClient,
    courts: FlaskClient,
    hook: dict[str, Any],
    receiver: Receiver,
    post: Post,
    valid_body: dict[str, Any],
) -> None:
    other = system(app, admin, "prisons")
    place = f"{HOOKS}/{hook['id']}"
    assert other.get(HOOKS).json == {"webhooks": []}
    asked = (
        *(other.get(place), other.get(f"{place}/deliveries"), other.post(f"{place}/test")),
        *(other.patch(place, json={"active": False}), other.delete(place)),
    )
    assert {answer.status_code for answer in asked} == {404}
    submit(other, valid_body)
    assert (post.round(), receiver.got) == (0, [])
    reading = system(app, admin, scopes=["assessments:read", "assessments:write"])
    assert reading.get(HOOKS).json["code"] == "insufficient_scope"


def test_refused(app: Flask, courts: FlaskClient, receiver: Receiver) -> None:
    for url in ("ftp://hooks.example", "not a URL", "https://user@hooks.example"):
        refused = courts.post(HOOKS, json={"url": url})
        assert [problem["code"] for problem in refused.json["errors"]] == ["url_refused"], url
    assert courts.post(HOOKS, json={}).status_code == 422
    for _ in range(MOST_WEBHOOKS):
        courts.post(HOOKS, json={"url": receiver.url})
    assert courts.post(HOOKS, json={"url": receiver.url}).status_code == 409


def test_answers_are_as_described(
    courts: FlaskClient, receiver: Receiver, post: Post, valid_body: dict[str, Any]
) -> None:
    described = courts.get("/api/v1/openapi.json").json
    made = courts.post(HOOKS, json={"url": receiver.url})
    as_described(described, HOOKS, made, method="post")
    place, one = f"{HOOKS}/{made.json['id']}", f"{HOOKS}/{{id}}"
    as_described(described, one, courts.patch(place, json={"new_secret": True}), method="patch")
    as_described(described, f"{one}/test", courts.post(f"{place}/test"), method="post")
    submit(courts, valid_body)
    receiver.answers = [500]
    post.round()
    as_described(described, HOOKS, courts.get(HOOKS))
    as_described(described, one, courts.get(place))
    as_described(described, f"{one}/deliveries", courts.get(f"{place}/deliveries"))


def test_no_secret_and_no_address_on_record(
    app: Flask, admin: FlaskClient, courts: FlaskClient, hook: dict[str, Any]
) -> None:
    admin.delete(f"{ACCOUNTS}/courts")
    with app.extensions["rms"].store.reading() as tx:
        assert list(tx.audit.problems()) == []
        entries = str(list(tx.audit.entries()))
    assert hook["secret"] not in entries and "localhost" not in entries
