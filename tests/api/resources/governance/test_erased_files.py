"""An erasure deletes the files of exports that were requested by the person's number, not only their jobs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config import Config
from api.runtime.job_runner import run_one
from api.services.users import Role
from tests.api.conftest import Database

POST, EXPORTS, ERASURES = "/api/v1/assessments", "/api/v1/exports", "/api/v1/erasures"
BODY = {"offender_number": "10000", "reason_code": "court_order", "text": "Order 7 of the court."}
WithKey = Callable[[str, Role], FlaskClient]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


def files_of(folder: Path, job: str) -> list[str]:
    return sorted(path.name for path in folder.glob(f"{job}.*"))


def test_the_files_go_with_the_erasure(
    client: FlaskClient, app: Flask, config: Config, with_key: WithKey, valid_body: dict[str, Any]
) -> None:
    for number in ("10000", "10001"):
        assert client.post(POST, json={**valid_body, "offender_number": number}).status_code == 201
    about, other = (
        client.post(EXPORTS, json={"criteria": {"offender_number": number}, "purpose": "statistics"}).json[
            "id"
        ]
        for number in ("10000", "10001")
    )
    while run_one(app.extensions["rms"]):
        pass
    folder = config.data / "jobs"
    unfinished = folder / f"{about}.cut.result.unfinished"
    unfinished.write_text("10000")
    assert len(files_of(folder, about)) == 3 and len(files_of(folder, other)) == 2
    ada, ben = (with_key(name, Role.ADMINISTRATOR) for name in ("ada", "ben"))
    request = ada.post(ERASURES, json=BODY).json["id"]
    assert len(files_of(folder, about)) == 3
    assert ben.post(f"{ERASURES}/{request}/approval").status_code == 200
    assert files_of(folder, about) == [] and len(files_of(folder, other)) == 2
    with client.get(f"/api/v1/jobs/{other}/result") as kept:
        assert kept.status_code == 200
