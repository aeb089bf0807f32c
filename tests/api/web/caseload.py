"""A small caseload, submitted as a program does, for the tests of the pages that list it."""

from typing import Any

from flask.testing import FlaskClient

from tests.api.conftest import Clock


def submit(client: FlaskClient, body: dict[str, Any], clock: Clock, **changes: Any) -> str:
    """The id of an assessment a minute later than the one before; `drug` changes an answer."""
    clock.advance(minutes=1)
    answers = {**body["answers"], **({"drug": changes.pop("drug")} if "drug" in changes else {})}
    response = client.post("/api/v1/assessments", json={**body, "answers": answers, **changes})
    assert response.status_code == 201, response.text
    return str(response.json["id"])


def submit_four(client: FlaskClient, body: dict[str, Any], clock: Clock) -> None:
    """10000 (drug use 67 %), a what-if on it, 10000-02 (0 %), and 20000 (100 %), released later."""
    submit(client, body, clock)
    what_if = {"answers": {"drug": 3}}
    clock.advance(minutes=1)
    assert client.post("/api/v1/assessments/10000/what-if", json=what_if).status_code == 201
    submit(client, body, clock, drug=0)
    submit(client, body, clock, offender_number="20000", drug=3, release_date="2027-06-01")
