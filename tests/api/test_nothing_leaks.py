"""Logs and the audit log contain nothing about a person and no secret, whether requests succeed or fail.

Everything about a person and every secret contains a mark. No line of a log and no cell of the audit log may.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from gunicorn.config import Config as GunicornConfig

from api.config import Config
from api.services.access.accounts import create_api_key, create_user
from api.services.users import Role
from api.storage import Store
from api.storage import database as databases
from api.telemetry.server_log import ServerLog
from rms.reports.wording import NOTICE_VERSION
from tests.api.conftest import START, Database
from tests.api.contexts import context_for
from tests.api.rows import rows
from tests.api.runtime.serving import gunicorn

MARK = "marked"
NUMBER, TEXT = "MARKED7K1", "Marked: said in confidence."
USERNAME, PASSWORD = "b.worker", "a marked and long password"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
API = "/api/v1"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue(f"{request.param}_database")
    store = Store(database.url)
    create_user(context_for(store, at=START, by="test"), USERNAME, PASSWORD, role=Role.CASE_WORKER)
    store.close()
    return database


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self.path))


class Service:
    """gunicorn as in production. `log` has everything it wrote."""

    def __init__(self, config: Config, key: str) -> None:
        self.socket, self.log, self.key = config.data / "http", config.data / "log", key
        settings = {"RMS_DATA": config.data, "RMS_DATABASE": config.database, "RMS_LIBRARY": config.library}
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RMS_")},
            **{name: str(value) for name, value in settings.items()},
            "RMS_SECRET_KEY": config.secret_key,
            "RMS_INSECURE_COOKIES": "1",
            "RMS_BIND": f"unix:{self.socket}",
            "PYTHONWARNINGS": "always",
        }
        # As an operator would start it to find an error. The logs must not name anyone even then.
        command = gunicorn("--log-level", "debug", "--access-logfile", "-")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and content of the response to a request with the key. The status of a broken one is 0."""
        content = body if isinstance(body, str | None) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        if content is not None:
            headers.setdefault("Content-Type", "application/json")
        with closing(Connection(self.socket)) as connection:
            connection.request(method, path, content, _with_dashes(headers))
            try:
                response = connection.getresponse()
                content = response.read()
            except http.client.HTTPException:
                return 0, None
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.status, json.loads(content) if is_json else (response, content)

    def send_raw(self, *lines: str) -> bytes:
        with closing(Connection(self.socket)) as connection:
            connection.connect()
            connection.sock.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
            return connection.sock.recv(65_536)

    def wait(self) -> "Service":
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(OSError):
                if self.send("GET", "/ready")[0] == 200:
                    return self
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return self.log.read_text(encoding="utf-8")


def _with_dashes(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): text for name, text in headers.items()}


@pytest.fixture
def service(config: Config, key: str) -> Iterator[Service]:
    started = Service(config, key)
    try:
        yield started.wait()
    finally:
        started.process.kill()
        started.process.wait()


def send_valid_requests(service: Service, body: dict[str, Any]) -> None:
    post, person = f"{API}/assessments", f"{API}/offenders/{NUMBER}"
    assert service.send("POST", post, body, Idempotency_Key="marked-1")[0] == 201
    assert service.send("POST", post, body, Idempotency_Key="marked-1")[0] == 201
    assert service.send("GET", f"{post}/{NUMBER}")[0] == 200
    assert service.send("GET", f"{post}/{NUMBER}/report.pdf")[0] == 200
    assert service.send("GET", f"{person}/assessments")[0] == 200
    assert service.send("GET", f"{post}?offender_number={NUMBER}")[0] == 200
    assert service.send("POST", f"{post}/search", {"offender_number": NUMBER})[0] == 200
    assert service.send("GET", f"{post}?offender_number={NUMBER}", Accept="text/csv")[0] == 200
    corrected = {"reason": TEXT, "answers": {"acad": 2}}
    assert service.send("POST", f"{post}/{NUMBER}/corrections", corrected)[0] == 201
    changed = {"answers": {"acad": 0}}
    assert service.send("POST", f"{post}/{NUMBER}-01/what-if", changed)[0] == 201
    _, draft = service.send("POST", f"{API}/drafts", {"offender_number": NUMBER, "unknown": {"sexs": TEXT}})
    assert service.send("GET", f"{API}/drafts/{draft['id']}")[0] == 200
    assert service.send("POST", f"{post}/{NUMBER}-01/repopulate")[0] == 201
    assert service.send("PUT", f"{API}/me/filters/{MARK}", {"latest": True})[0] == 200


def send_invalid_requests(service: Service, body: dict[str, Any]) -> None:
    post = f"{API}/assessments"
    wrong = {**body, "sex": TEXT, MARK: TEXT, "answers": {**body["answers"], "acad": TEXT, TEXT: 1}}
    assert service.send("POST", post, wrong)[0] == 422
    assert service.send("POST", post, f'{{"offender_number": "{NUMBER}", ')[0] == 400
    assert (
        service.send("POST", post, {**body, "unknown": {"sexs": "x"}}, Idempotency_Key="marked-1")[0] == 422
    )
    assert service.send("GET", f"{post}/{NUMBER}-77")[0] == 404
    assert service.send("GET", f"/nowhere/{NUMBER}?of={MARK}")[0] == 404
    assert service.send("GET", f"{post}?who={NUMBER}&score_min={MARK}")[0] == 422
    assert service.send("PUT", f"{API}/me/filters/{MARK}", {"offender_number": NUMBER})[0] == 422
    assert service.send("GET", f"{post}/{NUMBER}", Authorization="Bearer rms_marked")[0] == 401
    assert service.send("GET", f"{post}/{NUMBER}", Authorization="Basic marked")[0] == 401
    assert service.send("TRACE", f"{post}/{NUMBER}")[0] in (400, 405)
    assert b" 400 " in service.send_raw(f"GET /{NUMBER} HTTP/MARKED", "Host: x")
    assert b" 400 " in service.send_raw(f"GET /{NUMBER} HTTP/1.1", f"Bad Header {NUMBER}: {TEXT}", "Host: x")
    assert b" 400 " in service.send_raw(f"{TEXT}")


def sign_in_and_out(service: Service) -> str:
    """Use the page with an unknown name, a wrong password and the right one. Returns the session token."""
    _, (page, content) = service.send("GET", "/login", Authorization="")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = TOKEN.search(content.decode())
    assert token is not None
    form = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}

    def send(path: str, cookie: str, **fields: str) -> tuple[int, Any]:
        body = urlencode({"csrf_token": token[1], **fields})
        headers = {**form, "Cookie": cookie}
        with closing(Connection(service.socket)) as connection:
            connection.request("POST", path, body, _with_dashes(headers))
            response = connection.getresponse()
            return response.status, (response, response.read())

    assert send("/login", cookie, username="marked.typist", password=PASSWORD)[0] == 401
    assert send("/login", cookie, username=USERNAME, password=f"{PASSWORD} not")[0] == 401
    status, (page, _) = send("/login", cookie, username=USERNAME, password=PASSWORD)
    assert status == 303
    session = page.headers["Set-Cookie"].partition(";")[0]
    accepted = {"answer": "accept", "version": NOTICE_VERSION, "next": f"/people/{NUMBER}"}
    assert send("/notice/accept", f"{cookie}; {session}", **accepted)[0] == 303
    with closing(Connection(service.socket)) as connection:
        headers = {"Cookie": session, "Accept": "text/html"}
        connection.request("GET", f"/people/{NUMBER}?of={NUMBER}", headers=headers)
        assert connection.getresponse().status == 200  # an empty page: the person is on another caseload
    assert send("/logout", f"{cookie}; {session}")[0] == 303
    return session.partition("=")[2]


def use_governance(service: Service, url: str) -> None:
    """An erasure request, a legal hold, a subject access request and the audit log; some are refused."""
    store = Store(url)
    keys = {}
    for role in (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR):
        with store.transaction() as tx:
            tx.accounts.add_user(role, password_hash="x", role=role, by="test", at=START)
        key = create_api_key(context_for(store, at=START, by="test"), role, name="test")
        keys[role] = {"Authorization": f"Bearer {key}"}
    store.close()
    person = f"{API}/offenders/{NUMBER}"
    erasure = {"offender_number": NUMBER, "text": TEXT, "reason_code": "court_order"}
    assert service.send("POST", f"{API}/erasures", erasure, **keys[Role.ADMINISTRATOR])[0] == 201
    assert service.send("PUT", f"{person}/hold", {"reason": TEXT}, **keys[Role.SUPERVISOR])[0] == 200
    assert service.send("GET", f"{person}/record", **keys[Role.SUPERVISOR])[0] == 200
    assert service.send("POST", f"{API}/erasures", erasure, **keys[Role.ADMINISTRATOR])[0] == 409
    assert service.send("GET", f"{API}/audit?actor={MARK}", **keys[Role.AUDITOR])[0] == 200
    assert service.send("GET", f"{person}/record", **keys[Role.AUDITOR])[0] == 403
    assert service.send("GET", f"{API}/assessments/{NUMBER}", **keys[Role.AUDITOR])[0] == 403


def cause_server_errors(service: Service, url: str) -> None:
    """Damage rows, so that reading them raises an error whose message contains their text."""
    engine = databases.migrating_engine(url)
    with engine.begin() as connection:
        on = " ON simulations" if databases.is_postgresql(url) else ""
        connection.exec_driver_sql(f"DROP TRIGGER simulations_never_altered{on}")
        damaged = json.dumps([{"case_number": 1, "percent": TEXT}])
        connection.exec_driver_sql(f"UPDATE simulations SET status = '{TEXT}', comparables = '{damaged}'")
    engine.dispose()
    status, problem = service.send("GET", f"{API}/assessments/{NUMBER}")
    assert (status, problem["code"]) == (500, "internal_error") and MARK not in str(problem).lower()
    as_csv = f"{API}/assessments?offender_number={NUMBER}&fields=comparables"
    assert service.send("GET", as_csv, Accept="text/csv")[0] == 500


def test_logs_and_the_audit_log_contain_no_mark_and_no_secret(
    service: Service, config: Config, valid_body: dict[str, Any]
) -> None:
    body = {**valid_body, "offender_number": NUMBER, "unknown": {"sexs": TEXT}}
    send_valid_requests(service, body)
    send_invalid_requests(service, body)
    session = sign_in_and_out(service)
    use_governance(service, config.database)
    cause_server_errors(service, config.database)
    log = service.stop()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {201, 200, 400, 401, 403, 404, 409, 422, 500} <= {line.get("status") for line in lines}
    assert [line["error"] for line in lines if line.get("event") == "failed"].count("ValueError") == 2
    audit = "\n".join(map(str, rows(config.database, "SELECT * FROM audit")))
    assert "assessment.submitted" in audit
    for word in (MARK, service.key, session, config.secret_key):
        pattern = re.compile(re.escape(word), re.IGNORECASE)
        assert [line for line in (log + audit).splitlines() if pattern.search(line)] == []


def test_an_error_during_a_response_is_logged_without_its_message(tmp_path: Path) -> None:
    """gunicorn logs it if the headers have already been sent."""
    settings = GunicornConfig()
    settings.set("errorlog", str(tmp_path / "log"))
    log = ServerLog(settings)
    try:
        raise ValueError(TEXT)
    except ValueError:
        log.exception("Error handling request %s", NUMBER)
    written = (tmp_path / "log").read_text()
    assert "Failed: ValueError at test_nothing_leaks.py:" in written
    assert TEXT not in written and NUMBER not in written
