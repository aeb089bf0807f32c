"""Rate limits: each account and each origin has a bucket of its own."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from rms.engine.library import Library
from tests.api.conftest import Clock, created

NAMES = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
LIST, TOKEN = "/api/v1/assessments", "/api/v1/oauth/token"


@pytest.fixture
def config(config: Config) -> Config:
    return Config(**{**vars(config), "rate": 3, "stranger_rate": 2, "proxies": 1})


@pytest.fixture
def app(config: Config, library: Library, clock: Callable[[], datetime]) -> Iterator[Flask]:
    app = created(config, library=library, clock=clock)
    yield app
    app.extensions["rms"].store.close()


def told(answer: Any) -> list[str | None]:
    return [answer.headers.get(name) for name in NAMES]


def test_an_account(client: FlaskClient, clock: Clock) -> None:
    assert [told(client.get(LIST)) for _ in range(3)] == [
        *(["3", "2", "20"], ["3", "1", "40"], ["3", "0", "60"])
    ]
    refused = client.get(LIST)
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "20"
    assert told(refused) == ["3", "0", "60"]
    assert client.get("/health").status_code == client.get("/ready").status_code == 200
    assert told(client.get("/health")) == [None] * 3
    clock.advance(seconds=20)
    assert client.get(LIST).status_code == 200


def from_(client: FlaskClient, *addresses: str) -> list[int]:
    """Tokens asked for from these addresses, as the proxy in front gives them."""
    asked = ({"X-Forwarded-For": f"203.0.113.9, {address}"} for address in addresses)
    return [client.post(TOKEN, headers=headers).status_code for headers in asked]


def test_strangers_by_their_address(anonymous: FlaskClient) -> None:
    assert from_(anonymous, *["192.0.2.1"] * 3) == [400, 400, 429]
    assert from_(anonymous, "192.0.2.2") == [400]  # what a client claims to be another's address is not one
    assert from_(anonymous, "2001:db8::1", "2001:db8::2:3", "2001:db8::4") == [400, 400, 429]
    there = {"X-Forwarded-For": "192.0.2.3"}
    asked = [anonymous.get(path, headers=there) for path in ("/login", LIST, "/login", LIST)]
    assert [answer.status_code for answer in asked] == [200, 401, 429, 429]
    assert anonymous.get("/static/page.css", headers=there).status_code in (200, 404)


def test_a_key_is_not_held_back_by_strangers(anonymous: FlaskClient, client: FlaskClient) -> None:
    for _ in range(5):
        anonymous.get(LIST)
    assert client.get(LIST).status_code == 200
