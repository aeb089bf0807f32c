"""The API is as it describes itself, whatever is sent to it: Schemathesis draws the requests.

Of every operation, for everybody who may call: no 5xx, every answer of the status, content type, headers
and schema that are described, nothing accepted that the description rules out, nobody let in without a key.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, GenerationMode
from schemathesis.errors import FailureGroup

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


@pytest.fixture(params=["case worker", "nobody"])
def headers(request: pytest.FixtureRequest, key: str) -> dict[str, str]:
    """What the caller sends to say who they are."""
    return {} if request.param == "nobody" else {"Authorization": f"Bearer {key}"}


def test_as_described(
    described: BaseSchema, headers: dict[str, str], client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    drawn = settings(max_examples=8 if headers else 2, derandomize=True)
    assert broken(described, drawn, headers, client, valid_body) == []


@pytest.mark.soak
def test_as_described_at_length(
    described: BaseSchema, headers: dict[str, str], client: FlaskClient, valid_body: dict[str, Any]
) -> None:
    assert broken(described, settings(max_examples=2_000), headers, client, valid_body) == []


def broken(
    described: BaseSchema,
    drawn: settings,
    headers: dict[str, str],
    client: FlaskClient,
    valid_body: dict[str, Any],
) -> list[str]:
    """What was found of every operation, each finding with the request that shows it."""
    drawn = settings(drawn, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    found: list[str] = []
    for operation in (result.ok() for result in described.get_all_operations()):
        there = what_is_there(client, valid_body)
        for mode in GenerationMode:
            with told(operation, found):
                hold(operation, mode, drawn, headers, there, valid_body)
    return found


def hold(
    operation: APIOperation,
    mode: GenerationMode,
    drawn: settings,
    headers: dict[str, str],
    there: dict[str, str],
    valid_body: dict[str, Any],
) -> None:
    @drawn
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            lead_somewhere(case, there, valid_body)
        case.call_and_validate(headers=headers)

    holds()


def lead_somewhere(case: schemathesis.Case, there: dict[str, str], valid_body: dict[str, Any]) -> None:
    """Ask for what is there: names drawn at random lead to a 404 each."""
    if case.path_parameters:
        drafts = "draft_id" if "/drafts/" in case.path else "id"
        case.path_parameters |= {
            name: there[drafts if name == "id" else name] for name in case.path_parameters
        }
    if "If-Match" in case.headers:
        case.headers["If-Match"] = '"1"'
    if case.path == POST and isinstance(case.body, dict):
        case.body |= valid_body


def what_is_there(client: FlaskClient, valid_body: dict[str, Any]) -> dict[str, str]:
    """An assessment, a draft and a saved filter, and what leads to them."""
    assessment = client.post(POST, json=valid_body)
    draft = client.post("/api/v1/drafts", json=valid_body)
    client.put("/api/v1/me/filters/mine", json={"latest": True})
    assert (assessment.status_code, draft.status_code) == (201, 201)
    return {
        "id": assessment.json["id"],
        "draft_id": draft.json["id"],
        "number": valid_body["offender_number"],
        "process": "recidivism",
        "name": "rms",
        "version": "1",
    }


@contextmanager
def told(operation: APIOperation, found: list[str]) -> Iterator[None]:
    try:
        yield
    except Unsatisfiable:  # where everything is allowed, nothing is ruled out
        pass
    except FailureGroup as failures:
        found.append(f"{operation.label}: {failures}")
