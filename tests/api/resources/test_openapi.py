"""The description is OpenAPI 3.1, leaves no route out, and the answers are as it says."""

import json
import re
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from api.cli import rms
from tests.api.resources.described import as_described

NOT_DESCRIBED = {"/api/v1/openapi.json"}
POST = "/api/v1/assessments"


@pytest.fixture
def described(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/api/v1/openapi.json").json)


def test_version_and_parts(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    assert described["info"]["title"] == "RMS"
    assert described["security"] == [{"key": []}, {"session": []}]
    assert set(described["components"]["securitySchemes"]) == {"key", "session"}


def test_every_schema_is_a_json_schema(described: dict[str, Any]) -> None:
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_references_lead_somewhere(described: dict[str, Any]) -> None:
    found = list(references(described))
    assert found
    for reference in found:
        place: Any = described
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def references(part: Any) -> Any:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_route_is_described(app: Flask, described: dict[str, Any]) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/api/", "/health", "/ready")) and rule.rule not in NOT_DESCRIBED:
            path = rule.rule.replace("<string:", "{").replace(">", "}")
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                operation = described["paths"][path][method.lower()]
                assert operation["summary"]
                assert set(operation["responses"]) - {"default"}
                assert operation["responses"]["default"]
                named = {p["name"] for p in described["paths"][path].get("parameters", [])}
                assert named == rule.arguments


METHODS = ("get", "post", "put", "patch", "delete")


def test_every_route_refuses_what_it_does_not_ask_for(client: FlaskClient, described: dict[str, Any]) -> None:
    """Also where it asks for nothing: a name that is mistyped is never passed over."""
    refused = set()
    for path, part in described["paths"].items():
        for method in (one for one in METHODS if one in part and path.startswith("/api/")):
            answer = client.open(re.sub(r"{\w+}", "1", path), method=method, query_string={"foo": "1"})
            if answer.status_code != 403:  # of another role
                problems = [(one["pointer"], one["code"]) for one in answer.json["errors"]]
                expected = (path, method, 422, [("/query/foo", "unknown_field")])
                assert (path, method, answer.status_code, problems) == expected
                refused.add((method, path))
                assert "422" in part[method]["responses"]
    assert {
        ("get", "/api/v1/assessments/{id}"),
        ("post", "/api/v1/assessments/{id}/corrections"),
        ("patch", "/api/v1/drafts/{id}"),
        ("delete", "/api/v1/drafts/{id}"),
    } <= refused
    assert client.get("/health?foo=1").status_code == 200  # whoever watches may add what they like


def test_open_routes_say_so(described: dict[str, Any]) -> None:
    open_ = {
        path
        for path, operations in described["paths"].items()
        for operation in operations.values()
        if isinstance(operation, dict) and operation.get("security") == []
    }
    assert open_ == {"/health", "/ready", "/api/v1/notice", "/api/v1/oauth/token"}


def test_answers_are_as_described(
    client: FlaskClient, described: dict[str, Any], valid_body: dict[str, Any]
) -> None:
    as_described(described, POST, client.post(POST, json=valid_body), method="post")
    as_described(described, POST, client.post(f"{POST}?validate_only=true", json=valid_body), method="post")
    as_described(described, POST, client.post(POST, json={}), method="post")
    what_if = client.post(f"{POST}/10000/what-if", json={"answers": {"drug": 0}})
    as_described(described, "/api/v1/assessments/{id}/what-if", what_if, method="post")
    correction = {"answers": {"drug": 0}, "reason": "Mistyped."}
    right = client.post(f"{POST}/10000/corrections", json=correction)
    as_described(described, "/api/v1/assessments/{id}/corrections", right, method="post")
    begun = client.post(f"{POST}/10000/repopulate")
    as_described(described, "/api/v1/assessments/{id}/repopulate", begun, method="post")
    begun = client.post("/api/v1/drafts", json={"sex": "x", "answers": {"drug": 9}})
    as_described(described, "/api/v1/drafts", begun, method="post")
    draft = begun.headers["Location"]
    patched = client.patch(draft, json={"sex": "male"}, headers={"If-Match": begun.headers["ETag"]})
    as_described(described, "/api/v1/drafts/{id}", patched, method="patch")
    as_described(described, "/api/v1/drafts/{id}", client.patch(draft, json={}), method="patch")
    for body in ({"all": True, "count": True}, {"need.drug.min": 101}):
        found = client.post(f"{POST}/search", json=body)
        as_described(described, f"{POST}/search", found, method="post")
    as_described(described, f"{POST}/counts", client.post(f"{POST}/counts", json={}), method="post")
    mine = client.put("/api/v1/me/filters/x", json={"need.drug.min": 50, "process": ["violence"]})
    as_described(described, "/api/v1/me/filters/{name}", mine, method="put")
    as_described(described, "/api/v1/bands", client.post("/api/v1/bands", json={}), method="post")
    for path, asked in (
        ("/api/v1/drafts", "/api/v1/drafts"),
        ("/api/v1/drafts/{id}", draft),
        ("/api/v1/assessments/{id}/changes", f"{POST}/10000-01/changes"),
        (POST, POST),
        ("/api/v1/assessments/{id}", f"{POST}/10000"),
        ("/api/v1/assessments/{id}", f"{POST}/none"),
        ("/api/v1/assessments/{id}/simulations/{process}", f"{POST}/10000/simulations/violence"),
        ("/api/v1/assessments/{id}/comparables", f"{POST}/10000/comparables"),
        ("/api/v1/assessments/{id}/needs", f"{POST}/10000/needs"),
        ("/api/v1/offenders/{number}/assessments", "/api/v1/offenders/10000/assessments"),
        ("/api/v1/instruments", "/api/v1/instruments"),
        ("/api/v1/instruments/{name}", "/api/v1/instruments/georgia"),
        ("/api/v1/libraries", "/api/v1/libraries"),
        ("/api/v1/libraries/{version}", "/api/v1/libraries/1"),
        ("/api/v1/bands", "/api/v1/bands"),
        ("/api/v1/me/filters", "/api/v1/me/filters"),
        ("/api/v1/me/filters/{name}", "/api/v1/me/filters/x"),
        ("/api/v1/notice", "/api/v1/notice"),
        ("/health", "/health"),
        ("/ready", "/ready"),
    ):
        as_described(described, path, client.get(asked))


def test_the_valid_body_is_as_described(described: dict[str, Any], valid_body: dict[str, Any]) -> None:
    content = described["paths"][POST]["post"]["requestBody"]["content"]["application/json"]
    whole = {**content["schema"], "components": described["components"]}
    assert not list(Draft202012Validator(whole).iter_errors(valid_body))
    assert list(Draft202012Validator(whole).iter_errors({**valid_body, "more": 1}))


def test_the_command_prints_what_is_served(described: dict[str, Any]) -> None:
    printed = json.loads(CliRunner().invoke(rms, ["openapi"], catch_exceptions=False).stdout)
    session = printed["components"]["securitySchemes"]["session"]
    assert session["name"] == "__Host-" + described["components"]["securitySchemes"]["session"]["name"]
    session["name"] = described["components"]["securitySchemes"]["session"]["name"]
    assert printed == described
