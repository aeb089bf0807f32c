"""An attacker who does not know a password cannot keep out the user who does."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.config import Config
from rms.engine.library import Library
from tests.api.conftest import PASSWORD, USERNAME, Database, created
from tests.api.web.pages import fields, main_form, opened

OFFICE, STRANGER = "192.0.2.1", "198.51.100.9"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def app(config: Config, library: Library, clock: Callable[[], datetime]) -> Iterator[Flask]:
    behind_a_proxy = Config(**{**vars(config), "proxies": 1})
    app = created(behind_a_proxy, library=library, clock=clock)
    yield app
    app.extensions["rms"].store.close()


def sign_in(app: Flask, address: str, password: str = PASSWORD) -> TestResponse:
    client = app.test_client()
    form = fields(main_form(opened(client, "/login")))
    sent = {**form, "username": USERNAME, "password": password}
    return client.post("/login", data=sent, headers={"X-Forwarded-For": address})


def test_ten_wrong_passwords_of_a_stranger(app: Flask) -> None:
    tried = [sign_in(app, STRANGER, "not it").status_code for _ in range(11)]
    assert tried == [401] * 10 + [429]
    assert sign_in(app, STRANGER).status_code == 429
    assert sign_in(app, OFFICE).status_code == 303


def test_the_page_says_how_long_to_wait(app: Flask) -> None:
    for _ in range(10):
        sign_in(app, STRANGER, "not it")
    refused = sign_in(app, STRANGER)
    assert refused.headers["Retry-After"] == "900"
    assert "Wait 15 minutes, then try again." in refused.text


def test_an_ipv6_network_is_one_origin(app: Flask) -> None:
    tried = [sign_in(app, f"2001:db8:0:1::{n}", "not it").status_code for n in range(11)]
    assert tried == [401] * 10 + [429]
