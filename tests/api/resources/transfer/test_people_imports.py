"""A folder of case records that is sent as a ZIP file: a job imports it and lists every problem."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.context import EXTENSION, Application
from api.demonstration.force import write_force
from api.resources.transfer import people_imports
from api.runtime.job_runner import run_one
from api.services.users import Role
from tests.api.conftest import Database
from tests.api.rows import rows

IMPORTS, ZIP = "/api/v1/people/imports", "application/zip"
PEOPLE = 100


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    folder = tmp_path / "force"
    write_force(folder, seed=3, people=PEOPLE, day=date(2026, 3, 1))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def system(as_user: Callable[..., FlaskClient]) -> FlaskClient:
    return as_user(Role.SERVICE_ACCOUNT)


@pytest.fixture
def application(app: Flask) -> Application:
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    return application


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_folder_is_imported(
    system: FlaskClient, application: Application, database: Database, files: dict[str, bytes]
) -> None:
    lines = files["offences.csv"].splitlines(keepends=True)
    spoiled = lines[1].replace(b",", b",nobody-", 1)
    files["offences.csv"] = b"".join([lines[0], spoiled, *lines[2:]])
    sent = system.post(IMPORTS, data=zipped(files), content_type=ZIP)
    assert (sent.status_code, sent.json["state"]) == (202, "queued"), sent.json
    assert run_one(application)

    job = system.get(sent.headers["Location"]).json
    assert job["state"] == "done", job
    assert job["outcome"]["refused"] == 1 and job["outcome"]["changed"] == 0
    with system.get(job["links"]["result"]) as result:
        (problem,) = [json.loads(line) for line in result.data.splitlines()]
    assert (problem["pointer"], problem["code"]) == ("/offences.csv/2/person", "unknown_person")
    assert rows(database.url, "SELECT count(*) FROM person_records") == [(PEOPLE,)]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda content: content[: len(content) // 2], "damaged_zip"),
        (lambda _: b"person,surname\n", "damaged_zip"),
        (lambda _: zipped({"people.csv": b""}), "missing_file"),
        (lambda _: zipped({"import.toml": b""}), "nothing_to_import"),
        (lambda _: zipped({"import.toml": b"", "force/people.csv": b""}), "nothing_to_import"),
    ],
)
def test_what_is_no_folder_is_refused_at_once(
    system: FlaskClient, files: dict[str, bytes], spoil: Callable[[bytes], bytes], code: str
) -> None:
    answer = system.post(IMPORTS, data=spoil(zipped(files)), content_type=ZIP)
    assert answer.status_code == 422, answer.json
    assert code in [problem["code"] for problem in answer.json["errors"]]
    assert system.get("/api/v1/jobs").json["jobs"] == []


def test_a_file_that_would_be_too_large_unpacked_is_refused_at_once(
    system: FlaskClient, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_imports, "UNPACKED_BYTES", 10_000)
    answer = system.post(IMPORTS, data=zipped(files), content_type=ZIP)
    assert [problem["code"] for problem in answer.json["errors"]] == ["too_large"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_a_bound_are_refused_at_once(
    system: FlaskClient, files: dict[str, bytes], method: int
) -> None:
    refused = system.post(IMPORTS, data=zipped(files, method), content_type=ZIP)
    assert [problem["code"] for problem in refused.json["errors"]] == ["unsupported_zip"]
    assert "Deflate" in refused.json["errors"][0]["detail"]
    stored = system.post(IMPORTS, data=zipped(files, zipfile.ZIP_STORED), content_type=ZIP)
    assert stored.status_code == 202


def test_the_last_day_of_the_data_is_not_after_today(
    system: FlaskClient, application: Application, files: dict[str, bytes]
) -> None:
    files["import.toml"] = files["import.toml"].replace(b"2026-03-01", b"2962-03-01")
    sent = system.post(IMPORTS, data=zipped(files), content_type=ZIP)
    assert sent.status_code == 202 and run_one(application)
    job = system.get(sent.headers["Location"]).json
    assert (job["state"], job["failure"]) == ("failed", "people_import_failed")
    assert job["message"].startswith("import.toml, as_at: as_at, 2962-03-01, is after today.")


def test_a_damaged_file_inside_fails_with_a_sentence(
    system: FlaskClient, application: Application, files: dict[str, bytes]
) -> None:
    content = bytearray(zipped({"import.toml": files["import.toml"], "people.csv": files["people.csv"]}))
    content[len(content) // 2] ^= 0xFF
    sent = system.post(IMPORTS, data=bytes(content), content_type=ZIP)
    assert sent.status_code == 202 and run_one(application)
    job = system.get(sent.headers["Location"]).json
    assert (job["state"], job["failure"]) == ("failed", "people_import_failed")
    assert "ZIP file is damaged" in job["message"]


def test_only_the_agency_itself_imports(as_user: Callable[..., FlaskClient], files: dict[str, bytes]) -> None:
    admin = as_user(Role.ADMINISTRATOR)
    assert admin.post("/api/v1/offices", json={"name": "North"}).status_code == 201
    below = as_user(Role.SERVICE_ACCOUNT, username="north.system", office="North")
    assert below.post(IMPORTS, data=zipped(files), content_type=ZIP).status_code == 403
    other = as_user(Role.SUPERVISOR)
    assert other.post(IMPORTS, data=zipped(files), content_type=ZIP).status_code == 403
    system = as_user(Role.SERVICE_ACCOUNT)
    assert system.post(IMPORTS, data=zipped(files), content_type="text/csv").status_code == 415
