"""One's own password and second factor, over the API."""

import base64
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.services.access.totp import code_of, step_at
from api.services.users import Role
from tests.api.conftest import PASSWORD, USERNAME, AsUser, Clock
from tests.api.resources.described import as_described

FACTOR, CONFIRM, MINE = "/api/v1/me/second-factor", "/api/v1/me/second-factor/confirmation", "/api/v1/me"


def now(secret: str, clock: Clock, aside: int = 0) -> str:
    return code_of(base64.b32decode(secret), step_at(clock()) + aside)


def enrolled(client: FlaskClient, clock: Clock) -> tuple[str, list[str]]:
    """The secret and the recovery codes of this client's user."""
    secret = client.post(FACTOR, json={"password": PASSWORD}).json["secret"]
    codes = client.post(CONFIRM, json={"code": now(secret, clock)}).json["recovery_codes"]
    return secret, codes


def test_enrolled_by_a_code(client: FlaskClient, clock: Clock, app: Flask) -> None:
    begun = client.post(FACTOR, json={"password": PASSWORD})
    secret, uri = begun.json["secret"], urlsplit(begun.json["otpauth_uri"])
    assert (begun.status_code, uri.scheme, uri.netloc, uri.path) == (
        201,
        "otpauth",
        "totp",
        f"/RMS:{USERNAME}",
    )
    assert parse_qs(uri.query)["secret"] == [secret] and len(base64.b32decode(secret)) == 20
    assert client.get(FACTOR).json["enrolled"] is False
    wrong = client.post(CONFIRM, json={"code": now(secret, clock, aside=5)})
    assert [one["code"] for one in wrong.json["errors"]] == ["wrong_code"]
    confirmed = client.post(CONFIRM, json={"code": now(secret, clock)})
    codes = confirmed.json["recovery_codes"]
    assert len(set(codes)) == 10 and all(re.fullmatch(r"([A-Z2-9]{4}-){3}[A-Z2-9]{4}", one) for one in codes)
    told = client.get(FACTOR).json
    assert told == {"enrolled": True, "confirmed_at": clock().isoformat(), "recovery_codes_left": 10}
    assert client.post(FACTOR, json={"password": PASSWORD}).status_code == 409
    assert client.post(CONFIRM, json={"code": now(secret, clock, aside=1)}).status_code == 409
    with app.extensions["rms"].store.reading() as tx:
        sealed = tx.second_factors.get(1).sealed_secret
        actions = [one.action for one in tx.audit.entries() if one.action.startswith("second")]
    assert base64.b32decode(secret) not in sealed
    assert actions == ["second_factor.begun", "second_factor.confirmed"]


def test_a_stolen_session_enrols_nothing(client: FlaskClient, clock: Clock) -> None:
    refused = client.post(FACTOR, json={"password": "not it"})
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [
        ("/password", "wrong_password")
    ]
    assert client.post(CONFIRM, json={"code": "123456"}).status_code == 409
    for _ in range(9):
        client.post(FACTOR, json={"password": "not it"})
    assert client.post(FACTOR, json={"password": PASSWORD}).status_code == 429


def test_removed_by_an_administrator(as_user: AsUser, client: FlaskClient, clock: Clock) -> None:
    enrolled(client, clock)
    administrator = as_user(Role.ADMINISTRATOR)
    path = f"/api/v1/users/{USERNAME}/second-factor"
    assert client.delete(path).status_code == 403
    assert administrator.delete(path).status_code == 204
    assert administrator.delete(path).status_code == 404
    assert administrator.delete("/api/v1/users/nobody/second-factor").status_code == 404
    told = client.get(FACTOR).json
    assert told == {"enrolled": False, "confirmed_at": None, "recovery_codes_left": 0}


def test_the_password_is_changed(client: FlaskClient, browser_client: FlaskClient) -> None:
    new = "another good passphrase"
    wrong = client.put(f"{MINE}/password", json={"current": "not it", "new": new})
    assert [one["code"] for one in wrong.json["errors"]] == ["wrong_password"]
    assert client.put(f"{MINE}/password", json={"current": PASSWORD, "new": new}).status_code == 204
    assert browser_client.get("/people").status_code == 302  # a session elsewhere has ended
    assert client.put(f"{MINE}/password", json={"current": PASSWORD, "new": new}).status_code == 422


@pytest.mark.parametrize("new", ["short one", "passwordpassword", f"I am {USERNAME} myself"])
def test_passwords_that_are_not_taken(client: FlaskClient, new: str) -> None:
    refused = client.put(f"{MINE}/password", json={"current": PASSWORD, "new": new})
    assert [(one["pointer"], one["code"]) for one in refused.json["errors"]] == [("/new", "invalid_password")]
    assert new not in refused.text


def test_a_short_password_beside_a_second_factor(client: FlaskClient, clock: Clock) -> None:
    short: dict[str, Any] = {"current": PASSWORD, "new": "kv9-m2xq"}
    assert client.put(f"{MINE}/password", json=short).status_code == 422
    enrolled(client, clock)
    assert client.put(f"{MINE}/password", json=short).status_code == 204


def test_answers_are_as_described(client: FlaskClient, clock: Clock) -> None:
    described = client.get("/api/v1/openapi.json").json
    begun = client.post(FACTOR, json={"password": PASSWORD})
    as_described(described, FACTOR, begun, method="post")
    confirmed = client.post(CONFIRM, json={"code": now(begun.json["secret"], clock)})
    as_described(described, CONFIRM, confirmed, method="post")
    as_described(described, FACTOR, client.get(FACTOR))
    as_described(described, f"{MINE}/password", client.put(f"{MINE}/password", json={}), method="put")
