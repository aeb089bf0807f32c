"""Service accounts made and used as other systems do."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import create_api_key, create_user
from api.services.users import Role
from tests.api.conftest import START
from tests.api.contexts import context_for

ACCOUNTS, TOKEN, POST = "/api/v1/service-accounts", "/api/v1/oauth/token", "/api/v1/assessments"
ALL = [
    *("assessments:read", "assessments:write", "exports:read", "imports:write", "people:write"),
    "webhooks:manage",
]


def administrator(app: Flask) -> FlaskClient:
    """An administrator, who adds service accounts."""
    store = app.extensions["rms"].store
    create_user(
        context_for(store, at=START, by="test"),
        "an.admin",
        "a long enough passphrase",
        role=Role.ADMINISTRATOR,
    )
    return with_key(app, create_api_key(context_for(store, at=START, by="test"), "an.admin", name="test"))


def with_key(app: Flask, key: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def system(app: Flask, admin: FlaskClient, name: str = "courts", scopes: list[str] = ALL) -> FlaskClient:
    """A service account of this name with a key of these scopes."""
    made = admin.post(ACCOUNTS, json={"name": name})
    assert made.status_code in (201, 409), made.json
    return with_key(app, credential(admin, name, "keys", scopes)["key"])


def credential(admin: FlaskClient, name: str, kind: str, scopes: list[str] = ALL) -> dict[str, Any]:
    made = admin.post(f"{ACCOUNTS}/{name}/{kind}", json={"name": "nightly", "scopes": scopes})
    assert made.status_code == 201, made.json
    return dict(made.json)
