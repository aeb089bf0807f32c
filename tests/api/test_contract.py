"""The API is as it describes itself, whatever is sent to it: Schemathesis draws the requests.

Of every operation, for every caller: no 5xx, every answer of the status, content type, headers and schema
that are described, nothing accepted that the description rules out, no access without a key.

Each commit tries two callers on every operation, and two more on the operations that refuse those. So every
operation is tried by a caller who has access to it. `make soak` tries every caller on every operation.
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
    # What the description cannot say (every item answered, a release after the birth) is refused with 422.
    "positive_data_acceptance": {"enabled": False},
    "missing_required_header": {"expected-statuses": ["401", "403", "404", "422", "428"]},
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428"]
    },
}


@pytest.fixture
def described(app: Flask, key: str) -> BaseSchema:
    config = schemathesis.Config.from_dict({"checks": CHECKS})
    with_key = {"Authorization": f"Bearer {key}"}
    return schemathesis.openapi.from_wsgi(DESCRIPTION, app, config=config, headers=with_key)


@dataclass(frozen=True)
class Caller:
    """`client` sends a key with every request, if there is one; `there` is what they may ask for."""

    client: FlaskClient
    headers: dict[str, str]
    there: dict[str, str]
    body: dict[str, Any]


ANONYMOUS = "nobody"
CALLERS = (*Role, ANONYMOUS)
# Together they reach the most operations, 96 of 107, and they differ most: a supervisor works with records,
# an administrator works with accounts and is refused every record.
IN_FULL = (Role.SUPERVISOR, Role.ADMINISTRATOR)
# They have access to the other operations: webhooks, and the head and the verification of the audit trail.
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
    there = what_is_there(calling if request.param in CASEWORK else client, valid_body)
    return Caller(calling, {"Authorization": key} if key else {}, there, valid_body)


def what_is_there(client: FlaskClient, body: dict[str, Any]) -> dict[str, str]:
    """An assessment and a saved filter, made by that client, and what leads to them."""
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
    [pytest.param(one, marks=() if one in IN_FULL else pytest.mark.soak) for one in CALLERS],
    indirect=True,
)
def test_as_described(described: BaseSchema, caller: Caller) -> None:
    assert broken(operations(described), settings(max_examples=3, derandomize=True), caller) == []


@pytest.fixture
def elsewhere(described: BaseSchema, as_user: Callable[..., FlaskClient]) -> list[APIOperation]:
    """The operations that refuse both callers who are tried in full."""
    clients = [as_user(role, username=f"b.{role}") for role in IN_FULL]
    return [one for one in operations(described) if all(refused(one, client) for client in clients)]


def refused(operation: APIOperation, client: FlaskClient) -> bool:
    path = re.sub(r"{\w+}", "none", operation.path)
    return client.open(path, method=operation.method).status_code == 403


@pytest.mark.parametrize("caller", ELSEWHERE, indirect=True)
def test_as_described_elsewhere(elsewhere: list[APIOperation], caller: Caller) -> None:
    mine = [one for one in elsewhere if not refused(one, caller.client)]
    assert mine
    assert broken(mine, settings(max_examples=3, derandomize=True), caller) == []


def test_each_operation_is_tried_by_a_caller_with_access(
    elsewhere: list[APIOperation], as_user: Callable[..., FlaskClient]
) -> None:
    clients = [as_user(role) for role in ELSEWHERE]
    assert [one.label for one in elsewhere if all(refused(one, client) for client in clients)] == []


@pytest.mark.soak
@pytest.mark.parametrize("caller", CALLERS, indirect=True)
def test_as_described_at_length(described: BaseSchema, caller: Caller) -> None:
    assert broken(operations(described), settings(max_examples=2_000), caller) == []


def broken(operations: Iterable[APIOperation], drawn: settings, caller: Caller) -> list[str]:
    """What was found of these operations, each finding with the request that shows it."""
    drawn = settings(drawn, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    found: list[str] = []
    for operation in operations:
        for mode in GenerationMode:
            with told(operation, found):
                hold(operation, mode, drawn, caller)
    return found


def hold(operation: APIOperation, mode: GenerationMode, drawn: settings, caller: Caller) -> None:
    draft = caller.client.post("/api/v1/drafts", json=caller.body).get_json().get("id", "none")

    @drawn
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            lead_somewhere(case, {**caller.there, **({"id": draft} if "/drafts/" in case.path else {})})
            if case.path == POST and isinstance(case.body, dict):
                case.body |= caller.body
        case.call_and_validate(headers=caller.headers)

    holds()


def lead_somewhere(case: schemathesis.Case, there: dict[str, str]) -> None:
    """Ask for what is there: names drawn at random lead to a 404 each."""
    case.path_parameters |= {name: there.get(name, given) for name, given in case.path_parameters.items()}
    if "If-Match" in case.headers:
        case.headers["If-Match"] = '"1"'


@contextmanager
def told(operation: APIOperation, found: list[str]) -> Iterator[None]:
    try:
        yield
    except Unsatisfiable:  # where everything is allowed, nothing is ruled out
        pass
    except FailureGroup as failures:
        found.append(f"{operation.label}: {failures}")
