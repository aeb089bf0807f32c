import csv
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.config import Config
from api.services.transfer.export_fields import DEFAULT, safe
from api.storage.database import migrating_engine
from rms.engine.library import Library
from tests.api.conftest import Clock, Database

POST = "/api/v1/assessments"


def read(client: FlaskClient, query: str = "?all=true", accept: str = "text/csv") -> list[dict[str, str]]:
    answer = client.get(POST + query, headers={"Accept": accept})
    assert answer.mimetype == "text/csv"
    assert answer.headers["Link"] == '</api/v1/notice>; rel="terms-of-service"'
    return list(csv.DictReader(StringIO(answer.get_data(as_text=True), newline="")))


def test_each_assessment_has_two_rows(client: FlaskClient, valid_body: dict[str, Any], clock: Clock) -> None:
    first = client.post(POST, json=valid_body).json
    clock.advance(days=1)
    client.post(POST, json={**valid_body, "offender_number": "20000", "release_date": None})
    rows = read(client)
    assert [(row["id"], row["process"]) for row in rows] == [
        ("20000", "recidivism"),
        ("20000", "violence"),
        ("10000", "recidivism"),
        ("10000", "violence"),
    ]
    row, simulated = rows[2], first["simulations"][0]
    assert tuple(row) == DEFAULT
    assert row["score"] == f"{simulated['score']:.2f}"
    assert row["interval_low"] == f"{simulated['interval'][0]:.2f}"
    assert (row["status"], row["kind"], row["sex"]) == ("simulated", "assessment", "male")
    assert (row["date_of_birth"], row["release_date"]) == ("1985-05-17", "2026-12-01")
    assert row["assessed_at"] == "2026-03-04T09:30:00+00:00"
    assert (row["library_version"], row["engine_version"]) == ("1", first["engine_version"])
    assert rows[0]["release_date"] == ""


def test_what_ifs_are_included_on_request(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    client.post(POST, json=valid_body)
    what_if = {**valid_body, "kind": "what_if", "baseline_id": "10000", "release_date": "2027-01-01"}
    assert client.post(POST, json=what_if).status_code == 201
    assert len(read(client)) == 2
    assert {row["kind"] for row in read(client, "?all=true&include=what_if")} == {"assessment", "what_if"}


def test_an_empty_list_has_only_the_header(client: FlaskClient) -> None:
    answer = client.get(f"{POST}?all=true", headers={"Accept": "text/csv"})
    assert answer.text == ",".join(DEFAULT) + "\r\n"


def test_a_failure_before_the_first_row_is_an_error_response(
    client: FlaskClient, valid_body: dict[str, Any], database: Database
) -> None:
    client.post(POST, json=valid_body)
    engine = migrating_engine(database.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE simulations RENAME TO simulations_elsewhere")
    engine.dispose()
    answer = client.get(f"{POST}?all=true", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")


def test_json_unless_csv_is_preferred(client: FlaskClient) -> None:
    assert client.get(POST).mimetype == "application/json"
    assert client.get(POST, headers={"Accept": "*/*"}).mimetype == "application/json"
    preferred = "text/csv, application/json;q=0.5"
    assert client.get(f"{POST}?all=true", headers={"Accept": preferred}).mimetype == "text/csv"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cells_are_not_formulas(text: str) -> None:
    assert safe(text) == f"'{text}"


def test_text_of_the_library_is_not_a_formula(
    config: Config, library: Library, key: str, valid_body: dict[str, Any]
) -> None:
    named = replace(library, reference=replace(library.reference, version="=cmd|calc!A1"))
    app = create_app(config, library=named)
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    client.post(POST, json=valid_body)
    assert {row["library_version"] for row in read(client)} == {"'=cmd|calc!A1"}
    app.extensions["rms"].store.close()


def test_many_rows_are_streamed(client: FlaskClient, valid_body: dict[str, Any]) -> None:
    for _ in range(90):
        client.post(POST, json=valid_body)
    answer = client.get(f"{POST}?all=true", headers={"Accept": "text/csv"})
    assert answer.content_length is None
    assert len(read(client)) == 180
