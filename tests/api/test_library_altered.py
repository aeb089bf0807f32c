"""If the library is altered while RMS runs, there are no scores until it is restored. All else works."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.auth.sessions import session_cookie
from api.config import Config
from api.context import EXTENSION, Application
from api.runtime import library_checks
from api.runtime.job_runner import run_one
from api.runtime.library_checks import LibraryChecks
from api.services import library_in_use
from api.services.access.accounts import create_user
from api.services.library_in_use import LibraryInUse
from api.services.users import Role
from api.telemetry.metrics import LIBRARY_ALTERED
from reference_library import file_states
from tests.api.conftest import PASSWORD, USERNAME, Clock, created, signed_in
from tests.api.contexts import context_for
from tests.api.web.pages import save, typed

POST, READY = "/api/v1/assessments", "/ready"
FILES = (
    "manifest.json",
    "instrument.toml",
    *(f"{name}.npy" for name in ("case_number", "person", "sex", "birth_year", "values")),
    *(
        f"{process}.{part}"
        for process in ("recidivism", "violence")
        for part in (
            *(f"{name}.npy" for name in ("rows", "actual", "persons", "places", "columns")),
            "usual_distances.npy",
            "faiss",
        )
    ),
)
Restore = Callable[[], object]


@pytest.fixture
def folder(library_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(library_folder, tmp_path / "libraries" / library_folder.name))


@pytest.fixture
def config(config: Config, folder: Path) -> Config:
    return replace(config, library=folder.parent)


@pytest.fixture
def app(config: Config, clock: Clock) -> Iterator[Flask]:
    app = created(config, library=LibraryInUse(config.library), clock=clock)
    yield app
    app.extensions[EXTENSION].store.close()


@pytest.fixture
def in_use(app: Flask) -> LibraryInUse:
    library: LibraryInUse = app.extensions[EXTENSION].library
    return library


def flipped(path: Path) -> None:
    """Change one bit of the last byte, in place."""
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        last = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))


def flip(file: Path) -> Restore:
    flipped(file)
    return lambda: flipped(file)


def cut_short(file: Path) -> Restore:
    content = file.read_bytes()
    os.truncate(file, len(content) // 2)
    return lambda: file.write_bytes(content)


def delete(file: Path) -> Restore:
    content = file.read_bytes()
    file.unlink()
    return lambda: file.write_bytes(content)


def replace_by_rename(file: Path) -> Restore:
    kept, other = file.parent.parent / "kept", file.parent.parent / "other"
    shutil.copy2(file, other)
    flipped(other)
    file.rename(kept)
    other.rename(file)
    return lambda: kept.rename(file)


def link_to_no_end(file: Path) -> Restore:
    kept = file.parent.parent / "kept"
    file.rename(kept)
    file.symlink_to("/dev/zero")
    return lambda: kept.replace(file)


def put_a_pipe(file: Path) -> Restore:
    kept = file.parent.parent / "kept"
    file.rename(kept)
    os.mkfifo(file)
    return lambda: kept.replace(file)


def make_too_long(file: Path) -> Restore:
    """By zeros that take no room on the disk."""
    content = file.read_bytes()
    os.truncate(file, 5 * 1024**3)
    return lambda: file.write_bytes(content)


def link_another_folder(file: Path) -> Restore:
    folder = file.parent
    kept, other = folder.parent.parent / "kept", folder.parent.parent / "other"
    shutil.copytree(folder, other)
    flipped(other / file.name)
    folder.rename(kept)
    folder.symlink_to(other)

    def restore() -> None:
        folder.unlink()
        kept.rename(folder)

    return restore


def take_the_folder_away(file: Path) -> Restore:
    folder, kept = file.parent, file.parent.parent.parent / "kept"
    folder.rename(kept)
    return lambda: kept.rename(folder)


def browser_of(username: str, app: Flask, clock: Clock) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(session_cookie(app), signed_in(username, app, at=clock()))
    browser.environ_base["HTTP_ACCEPT"] = "text/html"
    return browser


def administrator_of(app: Flask, clock: Clock) -> FlaskClient:
    store = app.extensions[EXTENSION].store
    create_user(context_for(store, at=clock(), by="test"), "a.admin", PASSWORD, role=Role.ADMINISTRATOR)
    return browser_of("a.admin", app, clock)


def state(client: FlaskClient, body: dict[str, Any]) -> tuple[int, int]:
    return client.get(READY).status_code, client.post(POST, json=body).status_code


@pytest.mark.parametrize(
    "alter",
    [
        flip,
        cut_short,
        delete,
        replace_by_rename,
        link_to_no_end,
        put_a_pipe,
        make_too_long,
        link_another_folder,
        take_the_folder_away,
    ],
)
@pytest.mark.parametrize("name", FILES)
def test_nothing_is_scored_until_the_library_is_restored(
    client: FlaskClient,
    folder: Path,
    valid_body: dict[str, Any],
    alter: Callable[[Path], Restore],
    name: str,
) -> None:
    before = client.post(POST, json=valid_body).json
    restore = alter(folder / name)
    for response in (client.get(READY), client.post(POST, json=valid_body)):
        assert (response.status_code, response.json["code"]) == (503, "library_altered")
    assert client.get(f"{POST}/{before['id']}").json["simulations"] == before["simulations"]
    restore()
    assert client.get(READY).status_code == 200
    assert client.post(POST, json=valid_body).json["simulations"] == before["simulations"]


def test_the_tests_cover_every_file_of_the_folder(folder: Path) -> None:
    assert sorted(FILES) == sorted(file.name for file in folder.iterdir())


def test_a_touched_or_copied_library_with_the_same_content_is_accepted(
    client: FlaskClient, folder: Path, valid_body: dict[str, Any]
) -> None:
    (folder / "values.npy").touch()
    (folder / "notes.txt").write_text("not part of the library")
    shutil.copytree(folder, folder.parent.parent / "copy")
    shutil.rmtree(folder)
    folder.symlink_to(folder.parent.parent / "copy")
    assert state(client, valid_body) == (200, 201)


def test_another_library_is_ignored_in_another_folder_and_refused_in_this_one(
    client: FlaskClient, folder: Path, valid_body: dict[str, Any]
) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    shutil.copytree(folder, folder.parent / "beside")
    assert state(client, valid_body) == (200, 201)
    (folder / "manifest.json").write_text(json.dumps(manifest | {"sha256": "ff" * 32}))
    assert state(client, valid_body) == (503, 503)


def test_reading_every_byte_finds_changes_without_new_times_and_sizes(
    client: FlaskClient,
    in_use: LibraryInUse,
    folder: Path,
    valid_body: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As if a disk returned other bytes, with the same times and sizes."""
    states = file_states(folder)
    monkeypatch.setattr(library_in_use, "file_states", lambda _: states)
    flipped(folder / "recidivism.actual.npy")
    assert state(client, valid_body) == (200, 201)  # scored with the copy in memory
    in_use.check()
    assert state(client, valid_body) == (503, 503)
    flipped(folder / "recidivism.actual.npy")
    in_use.check()
    assert state(client, valid_body) == (200, 201)


def test_a_change_is_noticed_even_if_its_time_is_set_back(
    client: FlaskClient, folder: Path, valid_body: dict[str, Any]
) -> None:
    file = folder / "violence.actual.npy"
    before = file.stat()
    flipped(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert state(client, valid_body) == (503, 503)


def test_every_request_for_scores_is_refused_and_stored_results_can_be_read(
    app: Flask,
    client: FlaskClient,
    browser_client: FlaskClient,
    folder: Path,
    valid_body: dict[str, Any],
    clock: Clock,
) -> None:
    id, draft = client.post(POST, json=valid_body).json["id"], client.post("/api/v1/drafts", json=valid_body)
    stored = client.get(f"{POST}/{id}").data
    restore = cut_short(folder / "values.npy")

    changed = {"answers": {"drug": 1}}
    for path, body in (
        (POST, valid_body),
        (f"{POST}/{id}/what-if", changed),
        (f"{POST}/{id}/corrections", {**changed, "reason": "A slip."}),
        (f"{draft.headers['Location']}/submit", None),
    ):
        response = client.post(path, json=body, headers={"If-Match": draft.headers["ETag"]})
        assert (response.status_code, response.json["code"]) == (503, "library_altered"), path
    assert client.get(f"{POST}/{id}/explanation").status_code == 503
    for page in ("explained", "workbench", "workbench/outcome?answer-drug=1"):
        refused = browser_client.get(f"/assessments/{id}/{page}")
        assert refused.status_code == 503 and "cannot calculate scores" in refused.text, page
    refused = save(browser_client, "/assessments/new", typed(valid_body))
    assert refused.status_code == 503 and "cannot calculate scores" in refused.text
    assert 'value="10000"' in refused.text  # the form keeps what was typed

    assert client.get(f"{POST}/{id}").data == stored
    assert client.get(draft.headers["Location"]).status_code == 200
    for page in (
        f"/assessments/{id}",
        f"/assessments/{id}/needs",
        "/results?latest=true",
        "/people/10000",
        "/drafts",
    ):
        assert browser_client.get(page).status_code == 200, page
    cases = browser_client.get(f"/assessments/{id}/comparable-people").text
    assert "why each case is comparable" in cases
    printed = browser_client.get(f"/assessments/{id}/print")
    assert printed.status_code == 200 and 'id="why"' not in printed.text
    for page in ("/help", "/help/method", "/help/tour", "/assessments/new", "/notice"):
        assert browser_client.get(page).status_code == 200, page
    assert client.get(f"{POST}/{id}/report.pdf").status_code == 200

    restore()
    assert browser_client.get(f"/assessments/{id}/explained").status_code == 200
    assert client.post(f"{POST}/{id}/what-if", json=changed).status_code == 201


def test_an_import_fails_and_works_again_once_the_library_is_restored(
    app: Flask, client: FlaskClient, folder: Path, valid_body: dict[str, Any]
) -> None:
    application: Application = app.extensions[EXTENSION]
    line = json.dumps({**valid_body, "key": "one"})

    def imported() -> dict[str, Any]:
        response = client.post("/api/v1/imports", data=line, content_type="application/x-ndjson")
        assert run_one(application)
        return dict(client.get(response.headers["Location"]).json)

    restore = flip(folder / "violence.faiss")
    job = imported()
    assert (job["state"], job["failure"]) == ("failed", "library_altered")
    restore()
    assert imported()["outcome"] == {"created": 1, "already_there": 0, "refused": 0}


def test_administrators_see_the_state_of_the_library(app: Flask, folder: Path, clock: Clock) -> None:
    browser = administrator_of(app, clock)
    place = "/administration/libraries"
    assert "The library is complete and unchanged." in browser.get(place).text
    restore = flip(folder / "sex.npy")
    for page in ("/administration", place):
        assert "RMS cannot calculate scores" in browser.get(page).text
    assert (
        "sex.npy" in browser.get(place).text
        and "The library is complete and unchanged." not in browser.get(place).text
    )
    restore()
    assert "The library is complete and unchanged." in browser.get(place).text


def test_the_log_says_when_the_library_was_altered_and_when_it_was_restored(
    client: FlaskClient, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    restore = flip(folder / "person.npy")
    for _ in range(3):
        client.get(READY)
    restore()
    client.get(READY)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    events = [line for line in lines if line["event"].startswith("library")]
    assert [line["event"] for line in events] == ["library_altered", "library_whole_again"]
    assert "person.npy" in events[0]["reason"]


@pytest.mark.parametrize("every", [timedelta(0), timedelta(hours=1)], ids=["all bytes", "touched files"])
def test_a_thread_checks_the_library_without_requests(
    in_use: LibraryInUse, folder: Path, every: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_checks, "LOOKS_EVERY", 0.01)
    checks = LibraryChecks(in_use, every=every)
    checks.start()
    try:
        restore = flip(folder / "person.npy")
        assert within_seconds(lambda: LIBRARY_ALTERED.collect()[0].samples[0].value == 1)
        restore()
        assert within_seconds(lambda: LIBRARY_ALTERED.collect()[0].samples[0].value == 0)
    finally:
        checks.stop()


def within_seconds(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.mark.parametrize("name", FILES)
def test_rms_starts_with_an_altered_library_and_shows_stored_results(
    config: Config, folder: Path, clock: Clock, key: str, valid_body: dict[str, Any], name: str
) -> None:
    def started() -> FlaskClient:
        client = created(config, library=LibraryInUse(config.library), clock=clock).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    stored = started().post(POST, json=valid_body).json
    restore = cut_short(folder / name)
    client = started()
    assert client.get("/health").status_code == 200
    assert state(client, valid_body) == (503, 503)
    assert client.get(f"{POST}/{stored['id']}").json == stored
    assert client.get(f"{POST}/{stored['id']}/report.pdf").status_code == 200
    restore()
    assert state(client, valid_body) == (200, 201)


@pytest.mark.parametrize("name", ["values.npy", "manifest.json"])
def test_pages_of_a_service_started_with_an_altered_library(
    config: Config, folder: Path, clock: Clock, key: str, valid_body: dict[str, Any], name: str
) -> None:
    cut_short(folder / name)
    app = created(config, library=LibraryInUse(config.library), clock=clock)
    browser = browser_of(USERNAME, app, clock)
    for page in ("/", "/results?latest=true", "/notice"):
        assert browser.get(page).status_code == 200, page
    admin = administrator_of(app, clock)
    for page in ("/administration", "/administration/libraries"):
        assert "RMS cannot calculate scores" in admin.get(page).text, page
