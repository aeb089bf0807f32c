"""The API keeps its OpenAPI description for requests that Schemathesis draws.

For every operation and every caller: no 5xx; every response has a status, content type, headers and schema of
the description; nothing is accepted that the description forbids; no access without a key.

Each commit tests two callers on every operation, and two more on the operations that refuse those. So every
operation is tested by a caller who has access to it. `make soak` tests every caller on every operation.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, GenerationMode
from schemathesis.errors import FailureGroup

from api.auth.roles import CASEWORK
from api.services.users import Role

DESCRIPTION = "/api/v1/openapi.json"
POST = "/api/v1/assessments"
CHECKS = {
    # 422 also refuses what the description cannot express, such as a release date before the date of birth.
    "positive_data_acceptance": {"enabled": False},
    "missing_required_header": {"expected-statuses": ["401", "403", "404", "422", "428"]},
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428"]
    },
}


@schemathesis.serializer("application/zip")
def as_drawn(_context: object, value: object) -> bytes:
    """Schemathesis has no serializer for ZIP files: it sends the bytes that it draws."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def described(app: Flask, key: str) -> BaseSchema:
    config = schemathesis.Config.from_dict({"checks": CHECKS})
    with_key = {"Authorization": f"Bearer {key}"}
    return schemathesis.openapi.from_wsgi(DESCRIPTION, app, config=config, headers=with_key)


@dataclass(frozen=True)
class Caller:
    """`client` sends a key with every request, if there is one. `existing` are path parameters that exist."""

    client: FlaskClient
    headers: dict[str, str]
    existing: dict[str, str]
    body: dict[str, Any]


ANONYMOUS = "nobody"
CALLERS = (*Role, ANONYMOUS)
# Together they can use the most operations, 98 of 109, and they differ most: a supervisor works with records,
# an administrator works with accounts and cannot see any records.
IN_FULL = (Role.SUPERVISOR, Role.ADMINISTRATOR)
# They can use the other operations: webhooks, and the head and the verification of the audit log.
ELSEWHERE = (Role.SERVICE_ACCOUNT, Role.AUDITOR)


@pytest.fixture
def caller(
    request: pytest.FixtureRequest,
    anonymous: FlaskClient,
    client: FlaskClient,
    as_user: Callable[..., FlaskClient],
    valid_body: dict[str, Any],
) -> Caller:
    calling = anonymous if request.param == "nobody" else as_user(request.param)
    as_user(Role.CASE_WORKER, username="some.body")
    key = calling.environ_base.get("HTTP_AUTHORIZATION")
    existing = existing_parameters(calling if request.param in CASEWORK else client, valid_body)
    return Caller(calling, {"Authorization": key} if key else {}, existing, valid_body)


def existing_parameters(client: FlaskClient, body: dict[str, Any]) -> dict[str, str]:
    """Create an assessment and a saved filter as this client. Returns the path parameters for them."""
    assessment = client.post(POST, json=body, headers={"Idempotency-Key": "first"})
    saved = client.put("/api/v1/me/filters/rms", json={"latest": True})
    assert (assessment.status_code, saved.status_code) == (201, 200), assessment.text
    return {
        "id": assessment.json["id"],
        "number": body["offender_number"],
        "process": "recidivism",
        "name": "rms",
        "version": "1",
        "username": "some.body",
    }


def operations(described: BaseSchema) -> list[APIOperation]:
    return [result.ok() for result in described.get_all_operations()]


@pytest.mark.parametrize(
    "caller",
    [pytest.param(caller, marks=() if caller in IN_FULL else pytest.mark.soak) for caller in CALLERS],
    indirect=True,
)
def test_every_operation_is_as_described(described: BaseSchema, caller: Caller) -> None:
    assert failures(operations(described), settings(max_examples=3, derandomize=True), caller) == []


@pytest.fixture
def elsewhere(described: BaseSchema, as_user: Callable[..., FlaskClient]) -> list[APIOperation]:
    """The operations that refuse both callers who are tried in full."""
    clients = [as_user(role, username=f"b.{role}") for role in IN_FULL]
    return [
        operation
        for operation in operations(described)
        if all(refused(operation, client) for client in clients)
    ]


def refused(operation: APIOperation, client: FlaskClient) -> bool:
    path = re.sub(r"{\w+}", "none", operation.path)
    return client.open(path, method=operation.method).status_code == 403


@pytest.mark.parametrize("caller", ELSEWHERE, indirect=True)
def test_the_other_operations_are_as_described(elsewhere: list[APIOperation], caller: Caller) -> None:
    allowed = [operation for operation in elsewhere if not refused(operation, caller.client)]
    assert allowed
    assert failures(allowed, settings(max_examples=3, derandomize=True), caller) == []


def test_each_operation_is_tested_by_a_caller_with_access(
    elsewhere: list[APIOperation], as_user: Callable[..., FlaskClient]
) -> None:
    clients = [as_user(role) for role in ELSEWHERE]
    refused_by_all = [
        operation.label for operation in elsewhere if all(refused(operation, client) for client in clients)
    ]
    assert refused_by_all == []


@pytest.mark.soak
@pytest.mark.parametrize("caller", CALLERS, indirect=True)
def test_every_operation_is_as_described_for_many_requests(described: BaseSchema, caller: Caller) -> None:
    assert failures(operations(described), settings(max_examples=2_000), caller) == []


def failures(operations: Iterable[APIOperation], examples: settings, caller: Caller) -> list[str]:
    """The failures of these operations, each with the request that shows it."""
    examples = settings(examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    messages: list[str] = []
    for operation in operations:
        for mode in GenerationMode:
            with collect_failures(operation, messages):
                validate(operation, mode, examples, caller)
    return messages


def validate(operation: APIOperation, mode: GenerationMode, examples: settings, caller: Caller) -> None:
    draft = caller.client.post("/api/v1/drafts", json=caller.body).get_json().get("id", "none")

    @examples
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            use_existing(case, {**caller.existing, **({"id": draft} if "/drafts/" in case.path else {})})
            if case.path == POST and isinstance(case.body, dict):
                case.body |= caller.body
        case.call_and_validate(headers=caller.headers)

    send()


def use_existing(case: schemathesis.Case, existing: dict[str, str]) -> None:
    """Use existing path parameters, because random ones lead to a 404."""
    case.path_parameters |= {name: existing.get(name, drawn) for name, drawn in case.path_parameters.items()}
    if "If-Match" in case.headers:
        case.headers["If-Match"] = '"1"'


@contextmanager
def collect_failures(operation: APIOperation, messages: list[str]) -> Iterator[None]:
    try:
        yield
    except Unsatisfiable:  # an operation that allows everything has no invalid requests
        pass
    except FailureGroup as group:
        messages.append(f"{operation.label}: {group}")
