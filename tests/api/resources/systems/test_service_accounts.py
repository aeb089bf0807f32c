"""Service accounts, with keys and access tokens that have few scopes and expire."""

import base64
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import Clock
from tests.api.resources.described import as_described
from tests.api.resources.systems.service_accounts import (
    ACCOUNTS,
    ALL,
    POST,
    TOKEN,
    administrator,
    credential,
    system,
    with_key,
)

ONCE = {"Idempotency-Key": "k1"}
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    return administrator(app)


def test_made_used_revoked(app: Flask, admin: FlaskClient, clock: Clock, valid_body: dict[str, Any]) -> None:
    made = admin.post(ACCOUNTS, json={"name": "courts"})
    assert (made.status_code, made.headers["Location"]) == (201, f"{ACCOUNTS}/courts")
    key = credential(admin, "courts", "keys")
    client = with_key(app, key["key"])
    assert client.post(POST, json=valid_body, headers=ONCE).json["submitted_by"] == "courts"

    shown = admin.get(f"{ACCOUNTS}/courts").json
    assert admin.get(ACCOUNTS).json == {"service_accounts": [shown]}
    (listed,) = shown["keys"]
    assert listed == {name: value for name, value in key.items() if name != "key"}
    assert key["key"].startswith(listed["prefix"]) and len(listed["prefix"]) < 12
    assert (listed["scopes"], listed["name"], listed["revoked_at"]) == (ALL, "nightly", None)

    assert admin.delete(f"{ACCOUNTS}/courts/keys/{key['id']}").status_code == 204
    assert client.get(POST).status_code == 401
    assert admin.get(f"{ACCOUNTS}/courts").json["keys"][0]["revoked_at"]


def test_deactivated_for_good(app: Flask, admin: FlaskClient) -> None:
    client = system(app, admin)
    assert client.get(POST).status_code == 200
    for _ in range(2):
        assert admin.delete(f"{ACCOUNTS}/courts").status_code == 204
    assert client.get(POST).status_code == 401
    assert admin.get(f"{ACCOUNTS}/courts").json["active"] is False
    asked = {"name": "k", "scopes": ALL}
    assert admin.post(f"{ACCOUNTS}/courts/keys", json=asked).status_code == 404
    assert admin.post(ACCOUNTS, json={"name": "courts"}).status_code == 409


def test_a_key_ends(app: Flask, admin: FlaskClient, clock: Clock) -> None:
    admin.post(ACCOUNTS, json={"name": "courts"})
    asked = {"name": "k", "scopes": ["assessments:read"], "days": 366}
    client = with_key(app, admin.post(f"{ACCOUNTS}/courts/keys", json=asked).json["key"])
    clock.advance(days=365.9)
    assert client.get(POST).status_code == 200
    clock.advance(days=0.2)
    assert client.get(POST).status_code == 401


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"days": 367}, "/days"),
        ({"days": 0}, "/days"),
        ({"days": "90"}, "/days"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"name": ""}, "/name"),
        ({"more": 1}, "/more"),
    ],
)
def test_what_no_key_may_be(admin: FlaskClient, changed: dict[str, Any], pointer: str) -> None:
    admin.post(ACCOUNTS, json={"name": "courts"})
    asked = {"name": "k", "scopes": ALL, **changed}
    refused = admin.post(f"{ACCOUNTS}/courts/keys", json=asked)
    assert [problem["pointer"] for problem in refused.json["errors"]] == [pointer]


def test_what_is_not_there(admin: FlaskClient) -> None:
    """A person's account is no service account, nor is another's key one's own."""
    admin.post(ACCOUNTS, json={"name": "courts"})
    admin.post(ACCOUNTS, json={"name": "prisons"})
    key, secret = (credential(admin, "courts", kind)["id"] for kind in ("keys", "secrets"))
    for path in (f"c.worker/keys/{key}", f"prisons/keys/{key}", f"courts/keys/{secret}", "courts/keys/x"):
        assert admin.delete(f"{ACCOUNTS}/{path}").status_code == 404, path
    for path in ("c.worker", "nobody"):
        assert admin.get(f"{ACCOUNTS}/{path}").status_code == 404
        assert admin.delete(f"{ACCOUNTS}/{path}").status_code == 404
    assert admin.post(ACCOUNTS, json={"name": "two words"}).status_code == 422


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("assessments:read", {"get", "search"}),
        ("assessments:write", {"post"}),
        ("imports:write", {"import", "jobs", "import's job"}),
        ("exports:read", {"export", "jobs", "export's job"}),
    ],
)
def test_a_key_is_good_for_its_scopes(
    app: Flask, admin: FlaskClient, valid_body: dict[str, Any], scope: str, allowed: set[str]
) -> None:
    everything = system(app, admin)
    line = {"data": "{}", "content_type": "application/x-ndjson"}
    asked = {"criteria": {"all": True}, "purpose": "statistics"}
    imported = everything.post("/api/v1/imports", **line, headers=ONCE).json
    exported = everything.post("/api/v1/exports", json=asked, headers=ONCE).json
    client = system(app, admin, scopes=[scope])
    told = {
        "import": client.post("/api/v1/imports", **line, headers=ONCE),
        "export": client.post("/api/v1/exports", json=asked, headers=ONCE),
        "jobs": client.get("/api/v1/jobs"),
        "import's job": client.get(f"/api/v1/jobs/{imported['id']}"),
        "export's job": client.get(f"/api/v1/jobs/{exported['id']}"),
        "get": client.get(POST),
        "search": client.post(f"{POST}/search", json={}),
        "post": client.post(POST, json=valid_body, headers=ONCE),
    }
    assert {name for name, answer in told.items() if answer.status_code < 300} == allowed
    for name in set(told) - allowed:
        assert (told[name].status_code, told[name].json["code"]) == (403, "insufficient_scope")
        assert 'error="insufficient_scope"' in told[name].headers["WWW-Authenticate"]


def test_a_system_must_name_its_request(app: Flask, admin: FlaskClient, valid_body: dict[str, Any]) -> None:
    client = system(app, admin)
    client.post(POST, json=valid_body, headers=ONCE)
    for path, body in (
        (POST, valid_body),
        (f"{POST}/10000/what-if", {"answers": {"drug": 0}}),
        (f"{POST}/10000/corrections", {"answers": {"drug": 0}, "reason": "Mistyped."}),
    ):
        refused = client.post(path, json=body)
        assert (refused.status_code, refused.json["code"]) == (400, "idempotency_key_required")
        assert "Idempotency-Key" in refused.json["detail"]
        assert client.post(path, json=body, headers={"Idempotency-Key": path}).status_code == 201
    assert client.post(f"{POST}?validate_only=true", json=valid_body).status_code == 200


def basic(name: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


def test_a_token_for_a_secret(
    app: Flask, admin: FlaskClient, anonymous: FlaskClient, clock: Clock, valid_body: dict[str, Any]
) -> None:
    admin.post(ACCOUNTS, json={"name": "courts@north"})
    secret = credential(admin, "courts@north", "secrets", ["assessments:read", "assessments:write"])["secret"]
    assert with_key(app, secret).get(POST).status_code == 401  # a secret itself opens nothing

    by_header = anonymous.post(TOKEN, data=GRANT, headers=basic("courts%40north", secret))
    form = {"client_id": "courts@north", "client_secret": secret, "scope": "assessments:read"}
    by_form = anonymous.post(TOKEN, data={**GRANT, **form})
    assert (by_header.status_code, by_form.status_code) == (200, 200)
    assert by_header.json["scope"] == "assessments:read assessments:write"
    assert {by_form.json[name] for name in ("token_type", "expires_in", "scope")} == {
        *("Bearer", 900, "assessments:read")
    }
    assert by_form.headers["Cache-Control"] == "no-store"

    whole, reading = (with_key(app, told.json["access_token"]) for told in (by_header, by_form))
    assert whole.post(POST, json=valid_body, headers=ONCE).status_code == 201
    assert reading.post(POST, json=valid_body, headers=ONCE).json["code"] == "insufficient_scope"
    assert reading.get(POST).status_code == 200
    clock.advance(minutes=15)
    assert reading.get(POST).status_code == 401


def test_a_token_ends_with_its_secret(app: Flask, admin: FlaskClient, anonymous: FlaskClient) -> None:
    admin.post(ACCOUNTS, json={"name": "courts"})
    made = credential(admin, "courts", "secrets")
    token = anonymous.post(TOKEN, data=GRANT, headers=basic("courts", made["secret"])).json["access_token"]
    assert with_key(app, token).get(POST).status_code == 200
    admin.delete(f"{ACCOUNTS}/courts/secrets/{made['id']}")
    assert with_key(app, token).get(POST).status_code == 401
    assert anonymous.post(TOKEN, data=GRANT, headers=basic("courts", made["secret"])).status_code == 401


def test_tokens_refused_as_the_rfc_has_it(admin: FlaskClient, anonymous: FlaskClient) -> None:
    for name in ("courts", "prisons"):
        admin.post(ACCOUNTS, json={"name": name})
    made = credential(admin, "courts", "secrets", ["assessments:read"])["secret"]
    key = credential(admin, "courts", "keys")["key"]
    mine = {"client_id": "courts", "client_secret": made}
    both = {"data": {**GRANT, **mine}, "headers": basic("courts", made)}
    twice = {"data": "grant_type=client_credentials&scope=a&scope=b", "content_type": FORM}
    asked: tuple[tuple[dict[str, Any], str], ...] = (
        ({"json": {**GRANT, **mine}}, "invalid_request"),
        ({"data": mine}, "invalid_request"),
        (both, "invalid_request"),
        (twice, "invalid_request"),
        ({"data": {**mine, "grant_type": "password"}}, "unsupported_grant_type"),
        ({"data": {**GRANT, **mine, "scope": "assessments:read imports:write"}}, "invalid_scope"),
        ({"data": GRANT}, "invalid_client"),
        ({"data": {**GRANT, **mine, "client_secret": "wrong"}}, "invalid_client"),
        ({"data": {**GRANT, **mine, "client_secret": key}}, "invalid_client"),
        ({"data": {**GRANT, **mine, "client_id": "prisons"}}, "invalid_client"),
        ({"data": GRANT, "headers": basic("nobody", "x")}, "invalid_client"),
        ({"data": GRANT, "headers": {"Authorization": "Basic !"}}, "invalid_client"),
    )
    described = admin.get("/api/v1/openapi.json").json
    for sent, error in asked:
        refused = anonymous.post(TOKEN, **sent)
        assert (refused.json["error"], refused.headers["Cache-Control"]) == (error, "no-store"), sent
        assert refused.status_code == (401 if error == "invalid_client" else 400)
        as_described(described, TOKEN, refused, method="post")
        assert ("WWW-Authenticate" in refused.headers) == (error == "invalid_client")


FORM = "application/x-www-form-urlencoded"


def test_answers_are_as_described(admin: FlaskClient, anonymous: FlaskClient) -> None:
    described = admin.get("/api/v1/openapi.json").json
    one = f"{ACCOUNTS}/{{name}}"
    as_described(described, ACCOUNTS, admin.post(ACCOUNTS, json={"name": "courts"}), method="post")
    for kind in ("keys", "secrets"):
        made = admin.post(f"{ACCOUNTS}/courts/{kind}", json={"name": "k", "scopes": ALL})
        as_described(described, f"{one}/{kind}", made, method="post")
    as_described(described, ACCOUNTS, admin.get(ACCOUNTS))
    as_described(described, one, admin.get(f"{ACCOUNTS}/courts"))
    asked = anonymous.post(TOKEN, data=GRANT, headers=basic("courts", made.json["secret"]))
    as_described(described, TOKEN, asked, method="post")


def test_on_record_without_what_opens(app: Flask, admin: FlaskClient, anonymous: FlaskClient) -> None:
    system(app, admin)
    made = credential(admin, "courts", "secrets")
    anonymous.post(TOKEN, data=GRANT, headers=basic("courts", made["secret"]))
    anonymous.post(TOKEN, data=GRANT, headers=basic("courts", "wrong"))
    admin.delete(f"{ACCOUNTS}/courts")
    with app.extensions["rms"].store.reading() as tx:
        entries = list(tx.audit.entries())
        assert list(tx.audit.problems()) == []
    found = [entry.action for entry in entries]
    assert {"key.added", "secret.added", "token.added", "token.refused", "secret.revoked"} <= set(found)
    assert found[-1] in ("user.deactivated", "user.changed")
    assert made["secret"][10:] not in str(entries) and "wrong" not in str(entries)


def test_a_key_with_scopes_opens_no_page(app: Flask, admin: FlaskClient, anonymous: FlaskClient) -> None:
    """Pages do with a session, or a key without scopes, what each route of the API asks a scope for."""
    client = system(app, admin)
    pages = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ()) and not rule.arguments
    }
    opened = {page: (client.get(page).status_code, anonymous.get(page).status_code) for page in pages}
    assert len(pages) > 20
    for page, (status, of_stranger) in opened.items():
        assert status in (403, of_stranger) or page.startswith("/login"), page
    form = {"latest": "true", "purpose": "case_review", "format": "csv", "fields": "id"}
    assert client.post("/exports", data=form).status_code == 403
    assert client.get("/exports/jobs/none/file").status_code == 403
