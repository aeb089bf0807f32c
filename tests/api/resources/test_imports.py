"""Imports: each line as if it had been posted alone, accounted for, and never taken twice."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.current import EXTENSION, Services
from api.runner import run_one

IMPORTS, POST = "/api/v1/imports", "/api/v1/assessments"
NDJSON = "application/x-ndjson"
Json = dict[str, Any]


@pytest.fixture
def at_hand(app: Flask) -> Services:
    found = app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found


@pytest.fixture
def imported(client: FlaskClient, at_hand: Services) -> Callable[..., tuple[Json, list[Json]]]:
    """Send a file, let the job be done, and give the job and what came of every line."""

    def send(*lines: object) -> tuple[Json, list[Json]]:
        body = b"\n".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines)
        answer = client.post(IMPORTS, data=body, content_type=NDJSON)
        assert answer.status_code == 202, answer.json
        assert run_one(at_hand)
        job = client.get(answer.headers["Location"]).json
        assert (job["state"], job["failure"]) == ("done", None)
        with client.get(job["links"]["result"]) as result:
            return job, [json.loads(line) for line in result.data.splitlines()]

    return send


def test_every_line_is_stored_or_told_why_not(
    client: FlaskClient, imported: Callable[..., tuple[Json, list[Json]]], valid_body: Json
) -> None:
    wrong = {**valid_body, "sex": "?", "answers": {**valid_body["answers"], "drug": 7}}
    job, told = imported({**valid_body, "key": "a"}, wrong, valid_body, {"key": "b", "offender_number": 5})
    assert job["outcome"] == {"created": 2, "already_there": 0, "refused": 2}
    assert (job["done"], job["total"]) == (4, 4)
    assert told[0] == {"line": 1, "key": "a", "status": "created", "id": "10000"}
    assert told[2] == {"line": 3, "key": None, "status": "created", "id": "10000-01"}
    for line, body in ((told[1], wrong), (told[3], {"offender_number": 5})):
        alone = client.post(POST, json=body).json["errors"]
        assert line["status"] == "refused"
        assert [(one["pointer"], one["code"]) for one in line["problems"]] == [
            (one["pointer"], one["code"]) for one in alone
        ]
    assert (
        client.get(f"{POST}/10000").json["simulations"] == client.get(f"{POST}/10000-01").json["simulations"]
    )
