"""Signing in with an OpenID provider, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.config import Config, from_environment
from api.services.access import oidc_login
from api.services.access.accounts import create_user
from api.services.access.password_hashing import SignInBusy
from api.services.turns import Turns
from api.services.users import Role
from rms.engine.library import Library
from rms.errors import ConfigurationInvalid
from tests.api.conftest import PASSWORD, START, USERNAME, Clock, Database, created
from tests.api.contexts import context_for
from tests.api.rows import rows
from tests.api.web.access.openid_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    providing,
    signed_by_public_key,
    unsigned,
)
from tests.api.web.pages import opened

AGENCY = {
    "RMS_SECRET_KEY": "s" * 32,
    "RMS_OIDC_ISSUER": "https://login.example",
    "RMS_OIDC_CLIENT_ID": CLIENT_ID,
    "RMS_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    "RMS_ADDRESS": "https://rms.example/",
}


@pytest.fixture
def provider(clock: Clock) -> Iterator[Provider]:
    with providing(clock) as provider:
        yield provider


@pytest.fixture
def config(config: Config, provider: Provider) -> Config:
    return replace(
        config,
        oidc_issuer=provider.address,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        address="http://localhost",
    )


def sent_back(client: FlaskClient) -> str:
    """Follow the link of the login page to the provider; where that sends the browser, with its code."""
    link = next(one for one in opened(client, "/login?next=/people").all("a") if "agency" in one.text)
    address = urlsplit(client.get(link.attributes["href"]).headers["Location"])
    connection = HTTPConnection(address.netloc)
    connection.request("GET", f"{address.path}?{address.query}")
    location = connection.getresponse().headers["Location"]
    connection.close()
    return location.removeprefix("http://localhost")


def signed_in(client: FlaskClient) -> bool:
    return "/login" not in client.get("/help").headers.get("Location", "")


def test_there_and_back(anonymous: FlaskClient, provider: Provider, app: Flask) -> None:
    arrived = anonymous.get(sent_back(anonymous))
    assert (arrived.status_code, arrived.headers["Location"]) == (303, "/login?next=/people")
    assert anonymous.get(arrived.headers["Location"]).headers["Location"] == "/people"
    assert signed_in(anonymous)
    with app.extensions["rms"].store.reading() as tx:
        last = [(one.action, one.actor) for one in tx.audit.entries()][-2:]
    assert last == [("login.by_agency", USERNAME), ("session.started", USERNAME)]
    sent_back(app.test_client())
    assert provider.asked.count("/keys") == 1  # known for an hour


def test_a_state_is_good_once_and_in_the_browser_that_began(anonymous: FlaskClient, app: Flask) -> None:
    back = sent_back(anonymous)
    with anonymous.session_transaction() as kept:
        state = kept["agency_state"]
    elsewhere = app.test_client()
    assert elsewhere.get(back).status_code == 401
    assert anonymous.get(back).status_code == 303
    with elsewhere.session_transaction() as kept:
        kept["agency_state"] = state
    assert elsewhere.get(back).status_code == 401
    assert not signed_in(elsewhere)


def test_a_state_ends_after_ten_minutes(anonymous: FlaskClient, clock: Clock) -> None:
    back = sent_back(anonymous)
    clock.advance(minutes=10)
    assert anonymous.get(back).status_code == 401


@pytest.mark.parametrize(
    "lies",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "somebody else"},
        {"aud": [CLIENT_ID, "somebody else"]},
        {"azp": "somebody else"},
        {"exp": int(START.timestamp()) - 61},
        {"exp": None},
        {"iat": int(START.timestamp()) + 3600},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_login(
    anonymous: FlaskClient, provider: Provider, lies: dict[str, Any]
) -> None:
    provider.lies = lies
    assert anonymous.get(sent_back(anonymous)).status_code == 401
    assert not signed_in(anonymous)


def test_a_token_that_the_provider_has_not_signed(anonymous: FlaskClient, provider: Provider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "first"}, auto_kid=False)
    forged = [
        unsigned,
        lambda claims: jwt.encode({"alg": "RS256", "kid": "first"}, claims, other),
        lambda claims: signed_by_public_key(claims, provider.key),
        lambda claims: provider.signed(claims)[:-4] + "AAAA",
        lambda claims: "no token at all",
        lambda claims: "",
    ]
    for provider.make_token in forged:
        assert anonymous.get(sent_back(anonymous)).status_code == 401
        assert not signed_in(anonymous)


def test_new_keys_are_asked_for(anonymous: FlaskClient, provider: Provider, clock: Clock) -> None:
    sent_back(anonymous)
    provider.key = provider.signing = RSAKey.generate_key(2048, {"kid": "second"}, auto_kid=False)
    clock.advance(minutes=2)
    assert anonymous.get(sent_back(anonymous)).status_code == 303


@pytest.mark.parametrize("username", ["nobody", "", "court.system", None, 7])
def test_only_users_that_rms_knows(
    anonymous: FlaskClient, provider: Provider, app: Flask, username: Any
) -> None:
    store = app.extensions["rms"].store
    create_user(context_for(store, at=START, by="test"), "court.system", PASSWORD, role=Role.SERVICE_ACCOUNT)
    provider.username = username
    assert anonymous.get(sent_back(anonymous)).status_code == 401
    with store.reading() as tx:
        assert [one.action for one in tx.audit.entries()][-1] == "login.refused"
        assert tx.accounts.user("nobody") is None


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://elsewhere.example"},
        {"token_endpoint": 1},
    ],
)
def test_a_provider_that_is_not_the_one(
    anonymous: FlaskClient, provider: Provider, said: dict[str, Any]
) -> None:
    provider.said = said
    assert anonymous.get("/login/agency").status_code == 502


@pytest.mark.parametrize(
    "raw", [b"x", b"[" * 50_000, b'{"issuer": %s}' % (b"9" * 5_000)], ids=["no JSON", "nested", "number"]
)
def test_a_provider_whose_answer_cannot_be_read(
    anonymous: FlaskClient, provider: Provider, raw: bytes
) -> None:
    provider.raw = raw
    assert anonymous.get("/login/agency").status_code == 502


def test_what_the_provider_refuses(anonymous: FlaskClient) -> None:
    back = sent_back(anonymous)
    assert anonymous.get(back.replace("code=", "error=")).status_code == 401
    assert anonymous.get(sent_back(anonymous).replace("code-", "other-")).status_code == 502
    assert anonymous.get(sent_back(anonymous) + "&iss=https://elsewhere.example").status_code == 401


class TestWithoutOne:
    @pytest.fixture
    def config(self, config: Config) -> Config:
        return replace(config, oidc_issuer="")

    def test_nothing_of_it_is_there(self, anonymous: FlaskClient) -> None:
        assert "agency" not in opened(anonymous, "/login").first("form").text
        assert not [one for one in opened(anonymous, "/login").all("a") if "agency" in one.text]
        assert anonymous.get("/login/agency").status_code == 404
        assert anonymous.get("/login/agency/back").status_code == 404


def test_settings() -> None:
    known = from_environment(AGENCY)
    assert (known.oidc_claim, known.address) == ("preferred_username", "https://rms.example")
    assert CLIENT_SECRET not in repr(known)


@pytest.mark.parametrize(
    "wrong",
    [
        {"RMS_OIDC_ISSUER": "http://login.example"},
        {"RMS_OIDC_CLIENT_ID": ""},
        {"RMS_OIDC_CLIENT_SECRET": ""},
        {"RMS_ADDRESS": ""},
    ],
    ids=str,
)
def test_wrong_settings(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigurationInvalid, match="RMS_OIDC_ISSUER"):
        from_environment({**AGENCY, **wrong})


def test_logins_under_way_are_few(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(oidc_login, "MOST", 3)
    clients = [app.test_client() for _ in range(5)]
    backs = []
    for client in clients:
        backs.append(sent_back(client))
        clock.advance(seconds=1)
    assert len(rows(database.url, "SELECT state_hash FROM agency_logins")) == 3
    statuses = [client.get(back).status_code for client, back in zip(clients, backs, strict=True)]
    assert statuses == [401, 401, 303, 303, 303]


def test_beginning_to_log_in_is_counted_as_what_stores(
    config: Config, library: Library, clock: Clock
) -> None:
    app = created(replace(config, stranger_posts=2), library=library, clock=clock)
    client = app.test_client()
    assert [client.get("/login/agency").status_code for _ in range(3)] == [302, 302, 429]
    assert client.get("/login/agency/back").status_code == 429
    assert client.get("/login").status_code == 200
    app.extensions["rms"].store.close()


def test_a_provider_that_fails_is_asked_again_after_ten_seconds(
    anonymous: FlaskClient, provider: Provider, clock: Clock
) -> None:
    """So that strangers do not make every thread wait for it, one after the other."""
    provider.said = {"issuer": "https://elsewhere.example"}
    assert [anonymous.get("/login/agency").status_code for _ in range(5)] == [502] * 5
    assert len(provider.asked) == 1
    provider.said = {}
    clock.advance(seconds=10)
    assert anonymous.get("/login/agency").status_code == 302


def test_a_busy_provider_does_not_end_a_login(
    anonymous: FlaskClient, provider: Provider, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider may take seconds to answer, and must not take every thread for it."""
    turns = Turns(running=1, waiting=0, patience=0, busy=SignInBusy)
    monkeypatch.setattr(app.extensions["rms"].oidc_provider, "turns", turns)
    with turns.turn("another"):
        busy = anonymous.get("/login/agency")
    assert busy.status_code == 503 and int(busy.headers["Retry-After"]) > 0
    back = sent_back(anonymous)
    with turns.turn("another"):
        assert anonymous.get(back).status_code == 503
    assert anonymous.get(back).status_code == 303
