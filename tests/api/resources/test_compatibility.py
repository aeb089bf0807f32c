"""What other systems were promised stays: the description of today against the last one released.

Additions are free; whatever a client may rely on is not. A change that this refuses needs a new version of
the API (docs/operations.md); then, and at each release, `rms openapi` writes `docs/openapi.json` anew.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

RELEASED = Path(__file__).parents[3] / "docs/openapi.json"
METHODS = ("get", "post", "put", "patch", "delete")


def broken(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What a client of `before` would miss in `after`, as sentences."""
    for path, method, operation in operations(before):
        name = f"{method.upper()} {path}"
        now = after["paths"].get(path, {}).get(method)
        if now is None:
            yield f"{name} is gone."
            continue
        if operation["operationId"] != now["operationId"]:  # the name of a function in generated clients
            yield f"{name}: its operationId has changed."
        yield from (f"{name}: {said}" for said in broken_queries(operation, now))
        yield from (f"{name}: {said}" for said in broken_answers(operation, now))
    schemas, sent = after["components"]["schemas"], sent_schemas(before)
    for title, schema in before["components"]["schemas"].items():
        now = schemas.get(title)
        yield from (f"{title}: {said}" for said in broken_schema(schema, now))
        if now is not None and title in sent:
            yield from (f"{title}: the field {name} is now required." for name in newly_required(schema, now))


def operations(description: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in description["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def broken_queries(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    known = {one["name"] for one in before.get("parameters", ())}
    now = {one["name"]: one for one in after.get("parameters", ())}
    yield from (f"the parameter {name} is gone." for name in sorted(known - set(now)))
    for name, parameter in now.items():
        if parameter.get("required") and name not in known:
            yield f"the parameter {name} is new and required."


def broken_answers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for status, answer in before["responses"].items():
        kinds = set(answer.get("content", ()))
        now = set(after["responses"].get(status, {}).get("content", ()))
        yield from (f"{status} no longer gives {kind}." for kind in sorted(kinds - now))


def broken_schema(before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Iterator[str]:
    if after is None:
        yield "the schema is gone."
        return
    for name, field in before.get("properties", {}).items():
        now = after.get("properties", {}).get(name)
        if now is None:
            yield f"the field {name} is gone."
        elif now.get("type") != field.get("type"):
            yield f"the field {name} has another type."
        elif set(field.get("enum", ())) - set(now.get("enum", ())):
            yield f"the field {name} takes fewer words."


def newly_required(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(set(after.get("required", ())) - set(before.get("required", ())))


def sent_schemas(description: Mapping[str, Any]) -> set[str]:
    """The schemas that clients write: they may not ask for more than before; what is only read may grow."""
    schemas = description["components"]["schemas"]
    found: set[str] = set()
    open_ = named_in([operation.get("requestBody") for _, _, operation in operations(description)])
    while open_:
        found |= open_
        open_ = named_in([schemas[name] for name in open_]) - found
    return found


def named_in(part: object) -> set[str]:
    return set(re.findall(r"#/components/schemas/(\w+)", json.dumps(part)))


def test_nothing_released_is_gone(client: FlaskClient) -> None:
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    today = client.get("/api/v1/openapi.json").get_json()
    assert list(broken(released, today)) == []


def described(**changes: Any) -> dict[str, Any]:
    """A small description of one operation and one schema that clients send."""
    operation = {
        "operationId": "people_list",
        "requestBody": {"schema": {"$ref": "#/components/schemas/Person"}},
        "parameters": [{"name": "limit", "in": "query"}],
        "responses": {"200": {"content": {"application/json": {}}}},
    }
    sent = {
        "properties": {"sex": {"type": "string", "enum": ["female", "male"]}},
        "required": ["sex"],
    }
    return {
        "paths": changes.get("paths", {"/people": {"get": {**operation, **changes.get("operation", {})}}}),
        "components": {"schemas": {"Person": {**sent, **changes.get("schema", {})}}},
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"paths": {}}, ["GET /people is gone."]),
        ({"operation": {"operationId": "people_all"}}, ["GET /people: its operationId has changed."]),
        ({"operation": {"parameters": []}}, ["GET /people: the parameter limit is gone."]),
        (
            {"operation": {"parameters": [{"name": "limit"}, {"name": "office", "required": True}]}},
            ["GET /people: the parameter office is new and required."],
        ),
        ({"operation": {"parameters": [{"name": "limit"}, {"name": "office"}]}}, []),
        ({"operation": {"responses": {"200": {}}}}, ["GET /people: 200 no longer gives application/json."]),
        ({"schema": {"properties": {}}}, ["Person: the field sex is gone."]),
        (
            {"schema": {"properties": {"sex": {"type": "integer"}}}},
            ["Person: the field sex has another type."],
        ),
        (
            {"schema": {"properties": {"sex": {"type": "string", "enum": ["female"]}}}},
            ["Person: the field sex takes fewer words."],
        ),
        ({"schema": {"required": ["sex", "age"]}}, ["Person: the field age is now required."]),
    ],
)
def test_what_counts_as_broken(changes: dict[str, Any], said: list[str]) -> None:
    assert list(broken(described(), described(**changes))) == said
