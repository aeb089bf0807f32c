"""NUL and lone surrogates are refused in every part of a request, with either database."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app

from api.app import description
from api.auth.sessions import session_cookie
from api.services.access.accounts import create_api_key, create_user
from api.services.systems.tokens import GRANT
from api.services.users import Role
from api.storage import Store
from rms.errors import InvalidInput
from tests.api.conftest import PASSWORD, Clock, Database
from tests.api.contexts import context_for
from tests.api.web.pages import fields, main_form, page

FORM = "application/x-www-form-urlencoded"
TOKEN = "/api/v1/oauth/token"
NUL, SURROGATE = "10000%00", "%ED%A0%80"  # in URLs and forms
IN_JSON = ("\0", "a\0b", "\ud800")
METHODS = ("post", "put", "patch", "delete")
# Fields whose text is looked up or stored unchanged. Each is tested alone, then all of them together.
IN_FORMS = ("username", "name", "next", "text", "office", "number", "reason", "version", "score_min")


@pytest.fixture
def keys(app: Flask, clock: Clock) -> list[str]:
    """A key of every role."""
    store: Store = app.extensions["rms"].store
    keys = []
    for role in Role:
        context = context_for(store, at=clock())
        create_user(context, f"a.{role}", PASSWORD, role=role)
        keys.append(create_api_key(context, f"a.{role}", name="test"))
    return keys


def status(app: Flask, path: str, *, method: str = "GET", query: str = "", **headers: str) -> int:
    """The status of the response to a request with headers that the test client would refuse to send."""
    environ = create_environ(path, method=method, data=headers.pop("data", None), content_type=FORM)
    environ |= {"QUERY_STRING": query, **{f"HTTP_{name.upper()}": text for name, text in headers.items()}}
    content, status_line, _ = run_wsgi_app(app, environ)
    b"".join(content)
    return int(status_line[:3])


def addresses(app: Flask, text: str) -> Iterator[tuple[str, str]]:
    """Every method and route, with the text as each path parameter alone and as all of them."""
    for rule in app.url_map.iter_rules():
        parts = re.split(r"<[^>]+>", rule.rule)
        every = range(len(parts) - 1)
        for replaced in {*((index,) for index in every), tuple(every)} - {()}:
            path = parts[0] + "".join(
                (text if index in replaced else "10000") + parts[index + 1] for index in every
            )
            yield from ((method, path) for method in (rule.methods or set()) - {"OPTIONS", "HEAD"})


@pytest.mark.parametrize("text", [NUL, SURROGATE])
def test_a_path_with_it_is_not_found(app: Flask, keys: list[str], text: str) -> None:
    requests = list(addresses(app, text))
    assert len(requests) > 100
    responses = {
        (status(app, path, method=method, authorization=f"Bearer {key}", idempotency_key="k"), method, path)
        for method, path in requests
        for key in keys
    }
    assert {response for response in responses if response[0] >= 500} == set()
    if text == NUL:  # a lone surrogate arrives as U+FFFD, which is a valid character
        assert {path for code, _, path in responses if code == 404} == {path for _, path in requests}


def test_a_query_with_it_is_refused(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "10000", rule.rule)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        for name in ("reply", "number"):
            assert status(app, path, method=method, query=f"{name}={NUL}") == 422, (path, name)
            assert status(app, path, method=method, query=f"{name}={SURROGATE}") < 500, (path, name)
        assert status(app, path, method=method, query=f"{NUL}=1") == 422


def test_a_form_with_it_causes_no_server_error(
    app: Flask, browser_client: FlaskClient, anonymous: FlaskClient
) -> None:
    user_token = fields(main_form(page(browser_client.get("/assessments/new").text)))["csrf_token"]
    anonymous_token = fields(main_form(page(anonymous.get("/login").text)))["csrf_token"]
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.rule.startswith("/api/"):
            continue
        path = re.sub(r"<[^>]+>", "10000", rule.rule)
        for client, token in ((browser_client, user_token), (anonymous, anonymous_token)):
            for names in (*((name,) for name in IN_FORMS), IN_FORMS):
                data = "&".join([f"csrf_token={token}", *(f"{name}={NUL}" for name in names)])
                response = client.post(path, data=data, content_type=FORM)
                assert response.status_code < 500, (path, names)


def test_a_username_with_it_is_refused_like_an_unknown_one(
    browser_client: FlaskClient, anonymous: FlaskClient
) -> None:
    form = fields(main_form(page(anonymous.get("/login").text)))
    unknown = anonymous.post("/login", data={**form, "username": "nobody", "password": "x"})
    refused = anonymous.post("/login", data={**form, "username": "a\0b", "password": "x"})
    assert (refused.status_code, refused.text.count("password")) == (401, unknown.text.count("password"))


def test_text_that_only_the_database_refuses_is_invalid_input(app: Flask, database: Database) -> None:
    store: Store = app.extensions["rms"].store
    refused = pytest.raises(InvalidInput) if database.url.startswith("postgresql") else nullcontext()
    with store.reading() as tx, refused:
        tx.jobs.get("\0")


def test_a_header_with_it_causes_no_server_error(app: Flask, key: str) -> None:
    cookie = session_cookie(app)
    basic = base64.b64encode(b"a\0:b\0").decode()
    quoted = base64.b64encode(b"a%00:b%00").decode()
    requests: list[dict[str, str]] = [
        {"cookie": f'{cookie}="\\000"'},
        {"cookie": f"{cookie}=\0"},
        {"cookie": f"session=\0; {cookie}=a%00"},
        {"authorization": "Bearer a\0"},
        {"authorization": f"Basic {basic}"},
        {"authorization": f"Bearer {key}", "idempotency_key": "\0"},
        {"authorization": f"Bearer {key}", "if_match": '"\0"', "x_request_id": "\0", "accept": "\0"},
    ]
    for headers in requests:
        for method, path in (("GET", "/"), ("GET", "/api/v1/me"), ("POST", "/api/v1/assessments")):
            assert status(app, path, method=method, **headers) < 500, (path, headers)
        assert status(app, "/api/v1/drafts/10000", method="PATCH", **headers) < 500
    for authorization in (f"Basic {basic}", f"Basic {quoted}"):
        data = f"grant_type={GRANT}"
        assert status(app, TOKEN, method="POST", data=data, authorization=authorization) == 401
    for name in ("client_id", "client_secret", "scope"):
        assert status(app, TOKEN, method="POST", data=f"grant_type={GRANT}&{name}=a%00") == 401


def property_names(schemas: Any, schema: Any) -> list[str]:
    return list(schemas[schema["$ref"].rpartition("/")[2]].get("properties", {}))


def test_a_json_body_with_it_is_refused(app: Flask, keys: list[str]) -> None:
    document, invalid = description(), 0
    for path, operations in document["paths"].items():
        for method in (name for name in METHODS if name in operations):
            content = operations[method].get("requestBody", {}).get("content", {})
            if "application/json" not in content:
                continue
            schemas = document["components"]["schemas"]
            names = property_names(schemas, content["application/json"]["schema"])
            for key in keys:
                for text in IN_JSON:
                    response = app.test_client().open(
                        re.sub(r"{\w+}", "10000", path),
                        method=method.upper(),
                        data=json.dumps(dict.fromkeys(names, text)),
                        content_type="application/json",
                        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "k", "If-Match": '"1"'},
                    )
                    assert 400 <= response.status_code < 500, (method, path, response.text)
                    invalid += response.status_code == 422
    assert invalid > 50
