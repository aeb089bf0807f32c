"""All data held about a person in one document, without the names of staff."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from api.services.users import Role
from api.storage import AGENCY
from tests.api.commands.command_line import quick_rms
from tests.api.conftest import START, USERNAME, Database

POST, RECORD = "/api/v1/assessments", "/api/v1/offenders/10000/record"


@pytest.fixture
def chief(with_key: Callable[[str, Role], FlaskClient]) -> FlaskClient:
    return with_key("the.chief", Role.SUPERVISOR)


@pytest.fixture
def known(client: FlaskClient, chief: FlaskClient, valid_body: dict[str, Any]) -> None:
    """A person with an assessment, its correction, a what-if and a draft; and another person."""
    steps = (
        (POST, valid_body),
        (f"{POST}/10000/corrections", {"reason": "Misread.", "answers": {"acad": 2}}),
        (f"{POST}/10000-01/what-if", {"answers": {"acad": 0}}),
        ("/api/v1/drafts", {"offender_number": "10000", "unknown": {"heal": "To be asked."}}),
        (POST, {**valid_body, "offender_number": "OTHER77"}),
        ("/api/v1/drafts", {"offender_number": "OTHER77"}),
    )
    assert [client.post(path, json=body).status_code for path, body in steps] == [201] * len(steps)
    client.get(f"{POST}/10000-01")
    client.get(f"{POST}/OTHER77")
    reason = {"reason": "A complaint is pending."}
    assert chief.put("/api/v1/offenders/10000/hold", json=reason).status_code == 200


@pytest.mark.usefixtures("known")
def test_all_data_is_in_the_document(client: FlaskClient, chief: FlaskClient, app: Flask) -> None:
    response = chief.get(RECORD)
    record = response.json
    ids = [assessment["id"] for assessment in record["assessments"]]
    assert ids == ["10000", "10000-01", "10000-02"]
    for assessment in record["assessments"]:
        stored = client.get(f"{POST}/{assessment['id']}").json
        assert {**assessment, "submitted_by": USERNAME} == stored
        assert assessment["submitted_by"] == "case_worker"
    assert record["assessments"][1]["correction_reason"] == "Misread."
    assert [draft["body"]["unknown"] for draft in record["drafts"]] == [{"heal": "To be asked."}]
    assert (record["hold"]["reason"], record["erasure"]) == ("A complaint is pending.", None)
    (caseload_row,) = record["also_held"]["caseload"]
    assert caseload_row["user_id"] == "case_worker"
    actions = [look["action"] for look in record["looks"]]
    assert actions.count("assessment.submitted") == 3 and {"assessment.read", "hold.placed"} <= {*actions}
    assert {look["said"] for look in record["looks"]} >= {
        "submitted 10000-01",
        "opened the result of 10000-01",
        "placed a legal hold on 10000",
    }
    assert {look["role"] for look in record["looks"]} == {"case_worker", "supervisor"}
    assert [word for word in (USERNAME, "the.chief", "OTHER77") if word in response.text] == []
    with app.extensions["rms"].store.reading() as tx:
        disclosed = [entry.object_key for entry in tx.audit.entries() if entry.action == "person.disclosed"]
    assert disclosed == ["1"]


@pytest.mark.usefixtures("known")
def test_a_caseload_is_that_of_a_role(chief: FlaskClient) -> None:
    assert chief.delete(f"/api/v1/offenders/10000/holders/{USERNAME}").status_code < 300
    looks = chief.get(RECORD).json["looks"]
    assert "removed 10000 from the caseload of a case worker" in {look["said"] for look in looks}


def test_a_person_without_an_assessment(app: Flask, chief: FlaskClient) -> None:
    with app.extensions["rms"].store.transaction() as tx:
        tx.people.add("10000", office=AGENCY, by="test", at=START)
    record = chief.get(RECORD).json
    assert (record["assessments"], record["hold"]) == ([], None)
    assert [look["said"] for look in record["looks"]] == ["added 10000"]


@pytest.mark.usefixtures("known")
def test_the_document_has_the_described_schema(chief: FlaskClient) -> None:
    document = chief.get("/api/v1/openapi.json").json
    described = {"$ref": "#/components/schemas/PersonalRecord", "components": document["components"]}
    Draft202012Validator(described).validate(chief.get(RECORD).json)


def test_an_unknown_person_is_not_found(chief: FlaskClient) -> None:
    assert chief.get(RECORD).status_code == 404


@pytest.mark.usefixtures("known")
def test_the_command_writes_the_document_and_the_reports(database: Database, tmp_path: Path) -> None:
    env, out = {"RMS_DATABASE": database.url}, tmp_path / "out"
    done = quick_rms("subject-access", "10000", "--out", out, env=env)
    assert (done.returncode, done.stdout.split()[0], done.stderr) == (0, "3", "")
    assert out.stat().st_mode & 0o777 == 0o700
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    ids = [assessment["id"] for assessment in record["assessments"]]
    assert ids == ["10000", "10000-01", "10000-02"]
    names = sorted(file.name for file in out.glob("*.pdf"))
    assert names == ["report-10000-01.pdf", "report-10000-02.pdf", "report-10000.pdf"]
    assert all((out / name).read_bytes().startswith(b"%PDF") for name in names)
    again = quick_rms("subject-access", "10000", "--out", out, env=env)
    assert again.returncode == 3 and str(out) in again.stderr
    nowhere = quick_rms("subject-access", "10000", "--out", tmp_path / "no" / "where", env=env)
    assert nowhere.returncode == 3 and str(tmp_path / "no") in nowhere.stderr
    assert quick_rms("subject-access", "30000", "--out", tmp_path / "no", env=env).returncode == 3
    assert not (tmp_path / "no").exists()
