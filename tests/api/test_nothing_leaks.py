"""What is written to logs and to the audit while the service is really used, refused and broken.

Everything that is about somebody, or secret, carries the mark; no line of a log and no cell of the audit may.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
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

MARK = "marked"
NUMBER, SAID = "MARKED7K1", "Marked: said in confidence."
USERNAME, PASSWORD = "b.worker", "a marked and long password"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
API = "/api/v1"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(f"{request.param}_database")
    store = Store(found.url)
    create_user(context_for(store, at=START, by="test"), USERNAME, PASSWORD, role=Role.CASE_WORKER)
    store.close()
    return found


class Connection(http.client.HTTPConnection):
    """HTTP over a socket in a folder."""

    def __init__(self, place: Path) -> None:
        super().__init__("localhost", timeout=20)
        self.place = place

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self.place))


class Service:
    """gunicorn as it is started in earnest; `log` is all it ever wrote."""

    def __init__(self, config: Config, key: str) -> None:
        self.place, self.log, self.key = config.data / "http", config.data / "log", key
        settings = {"RMS_DATA": config.data, "RMS_DATABASE": config.database, "RMS_LIBRARY": config.library}
        env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("RMS_")},
            **{name: str(value) for name, value in settings.items()},
            "RMS_SECRET_KEY": config.secret_key,
            "RMS_INSECURE_COOKIES": "1",
            "RMS_BIND": f"unix:{self.place}",
            "PYTHONWARNINGS": "always",
        }
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "python:api.runtime.gunicorn_settings",
            "api.runtime.wsgi:app()",
        ]
        # As an operator might who looks for an error: still nothing may be told.
        command[3:3] = ["--log-level", "debug", "--access-logfile", "-"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and answer of a request with the key; the status is 0 where the answer breaks off."""
        sent = body if isinstance(body, str | None) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.key}", **headers}
        if sent is not None:
            headers.setdefault("Content-Type", "application/json")
        with closing(Connection(self.place)) as link:
            link.request(method, path, sent, {name.replace("_", "-"): text for name, text in headers.items()})
            try:
                response = link.getresponse()
                content = response.read()
            except http.client.HTTPException:
                return 0, None
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.status, json.loads(content) if is_json else (response, content)

    def raw(self, *lines: str) -> bytes:
        with closing(Connection(self.place)) as link:
            link.connect()
            link.sock.sendall("".join(f"{line}\r\n" for line in (*lines, "")).encode())
            return link.sock.recv(65_536)

    def wait(self) -> "Service":
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with suppress(OSError):
                if self.ask("GET", "/ready")[0] == 200:
                    return self
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return self.log.read_text(encoding="utf-8")


@pytest.fixture
def service(config: Config, key: str) -> Iterator[Service]:
    started = Service(config, key)
    try:
        yield started.wait()
    finally:
        started.process.kill()
        started.process.wait()


def use(service: Service, body: dict[str, Any]) -> None:
    post, person = f"{API}/assessments", f"{API}/offenders/{NUMBER}"
    assert service.ask("POST", post, body, Idempotency_Key="marked-1")[0] == 201
    assert service.ask("POST", post, body, Idempotency_Key="marked-1")[0] == 201
    assert service.ask("GET", f"{post}/{NUMBER}")[0] == 200
    assert service.ask("GET", f"{post}/{NUMBER}/report.pdf")[0] == 200
    assert service.ask("GET", f"{person}/assessments")[0] == 200
    assert service.ask("GET", f"{post}?offender_number={NUMBER}")[0] == 200
    assert service.ask("POST", f"{post}/search", {"offender_number": NUMBER})[0] == 200
    assert service.ask("GET", f"{post}?offender_number={NUMBER}", Accept="text/csv")[0] == 200
    corrected = {"reason": SAID, "answers": {"acad": 2}}
    assert service.ask("POST", f"{post}/{NUMBER}/corrections", corrected)[0] == 201
    changed = {"answers": {"acad": 0}}
    assert service.ask("POST", f"{post}/{NUMBER}-01/what-if", changed)[0] == 201
    _, draft = service.ask("POST", f"{API}/drafts", {"offender_number": NUMBER, "unknown": {"sexs": SAID}})
    assert service.ask("GET", f"{API}/drafts/{draft['id']}")[0] == 200
    assert service.ask("POST", f"{post}/{NUMBER}-01/repopulate")[0] == 201
    assert service.ask("PUT", f"{API}/me/filters/{MARK}", {"latest": True})[0] == 200


def be_refused(service: Service, body: dict[str, Any]) -> None:
    post = f"{API}/assessments"
    wrong = {**body, "sex": SAID, MARK: SAID, "answers": {**body["answers"], "acad": SAID, SAID: 1}}
    assert service.ask("POST", post, wrong)[0] == 422
    assert service.ask("POST", post, f'{{"offender_number": "{NUMBER}", ')[0] == 400
    assert service.ask("POST", post, {**body, "unknown": {"sexs": "x"}}, Idempotency_Key="marked-1")[0] == 422
    assert service.ask("GET", f"{post}/{NUMBER}-77")[0] == 404
    assert service.ask("GET", f"/nowhere/{NUMBER}?of={MARK}")[0] == 404
    assert service.ask("GET", f"{post}?who={NUMBER}&score_min={MARK}")[0] == 422
    assert service.ask("PUT", f"{API}/me/filters/{MARK}", {"offender_number": NUMBER})[0] == 422
    assert service.ask("GET", f"{post}/{NUMBER}", Authorization="Bearer rms_marked")[0] == 401
    assert service.ask("GET", f"{post}/{NUMBER}", Authorization="Basic marked")[0] == 401
    assert service.ask("TRACE", f"{post}/{NUMBER}")[0] in (400, 405)
    assert b" 400 " in service.raw(f"GET /{NUMBER} HTTP/MARKED", "Host: x")
    assert b" 400 " in service.raw(f"GET /{NUMBER} HTTP/1.1", f"Bad Header {NUMBER}: {SAID}", "Host: x")
    assert b" 400 " in service.raw(f"{SAID}")


def log_in(service: Service) -> str:
    """By the page: a name nobody has, a wrong password, the right one; a page, and out. The token."""
    _, (page, content) = service.ask("GET", "/login", Authorization="")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = TOKEN.search(content.decode())
    assert token is not None
    form = {"Content_Type": "application/x-www-form-urlencoded", "Accept": "text/html"}

    def send(path: str, cookie: str, **fields: str) -> tuple[int, Any]:
        sent = urlencode({"csrf_token": token[1], **fields})
        headers = {**form, "Cookie": cookie}
        with closing(Connection(service.place)) as link:
            link.request("POST", path, sent, {name.replace("_", "-"): text for name, text in headers.items()})
            response = link.getresponse()
            return response.status, (response, response.read())

    assert send("/login", cookie, username="marked.typist", password=PASSWORD)[0] == 401
    assert send("/login", cookie, username=USERNAME, password=f"{PASSWORD} not")[0] == 401
    status, (page, _) = send("/login", cookie, username=USERNAME, password=PASSWORD)
    assert status == 303
    session = page.headers["Set-Cookie"].partition(";")[0]
    accepted = {"answer": "accept", "version": NOTICE_VERSION, "next": f"/people/{NUMBER}"}
    assert send("/notice/accept", f"{cookie}; {session}", **accepted)[0] == 303
    with closing(Connection(service.place)) as link:
        link.request(
            "GET", f"/people/{NUMBER}?of={NUMBER}", headers={"Cookie": session, "Accept": "text/html"}
        )
        assert link.getresponse().status == 200  # with nothing on it: somebody else's
    assert send("/logout", f"{cookie}; {session}")[0] == 303
    return session.partition("=")[2]


def be_kept(service: Service, url: str) -> None:
    """An erasure asked for, a hold, a person's own record, the audit; and each refused to who may not."""
    store = Store(url)
    keys = {}
    for role in (Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR):
        with store.transaction() as tx:
            tx.accounts.add_user(role, password_hash="x", role=role, by="test", at=START)
        made = create_api_key(context_for(store, at=START, by="test"), role, name="test")
        keys[role] = {"Authorization": f"Bearer {made}"}
    store.close()
    person, asked = f"{API}/offenders/{NUMBER}", {"offender_number": NUMBER, "text": SAID}
    requested = {**asked, "reason_code": "court_order"}
    assert service.ask("POST", f"{API}/erasures", requested, **keys[Role.ADMINISTRATOR])[0] == 201
    assert service.ask("PUT", f"{person}/hold", {"reason": SAID}, **keys[Role.SUPERVISOR])[0] == 200
    assert service.ask("GET", f"{person}/record", **keys[Role.SUPERVISOR])[0] == 200
    assert service.ask("POST", f"{API}/erasures", requested, **keys[Role.ADMINISTRATOR])[0] == 409
    assert service.ask("GET", f"{API}/audit?actor={MARK}", **keys[Role.AUDITOR])[0] == 200
    assert service.ask("GET", f"{person}/record", **keys[Role.AUDITOR])[0] == 403
    assert service.ask("GET", f"{API}/assessments/{NUMBER}", **keys[Role.AUDITOR])[0] == 403


def crash(service: Service, url: str) -> None:
    """Somebody damages rows, so that reading them fails with an error that repeats what it read."""
    engine = databases.migrating_engine(url)
    with engine.begin() as connection:
        on = " ON simulations" if databases.is_postgresql(url) else ""
        connection.exec_driver_sql(f"DROP TRIGGER simulations_never_altered{on}")
        damaged = json.dumps([{"case_number": 1, "percent": SAID}])
        connection.exec_driver_sql(f"UPDATE simulations SET status = '{SAID}', comparables = '{damaged}'")
    engine.dispose()
    status, told = service.ask("GET", f"{API}/assessments/{NUMBER}")
    assert (status, told["code"]) == (500, "internal_error") and MARK not in str(told).lower()
    as_csv = f"{API}/assessments?offender_number={NUMBER}&fields=comparables"
    assert service.ask("GET", as_csv, Accept="text/csv")[0] == 500


def test_nothing_is_told_of_anybody(service: Service, config: Config, valid_body: dict[str, Any]) -> None:
    body = {**valid_body, "offender_number": NUMBER, "unknown": {"sexs": SAID}}
    use(service, body)
    be_refused(service, body)
    session = log_in(service)
    be_kept(service, config.database)
    crash(service, config.database)
    log = service.stop()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {201, 200, 400, 401, 403, 404, 409, 422, 500} <= {line.get("status") for line in lines}
    assert [line["error"] for line in lines if line.get("event") == "failed"].count("ValueError") == 2
    audit = "\n".join(map(str, rows(config.database, "SELECT * FROM audit")))
    assert "assessment.submitted" in audit
    for word in (MARK, service.key, session, config.secret_key):
        found = re.compile(re.escape(word), re.IGNORECASE)
        assert [line for line in (log + audit).splitlines() if found.search(line)] == []


def test_an_answer_that_breaks_off_is_logged_without_the_words_of_its_error(tmp_path: Path) -> None:
    """gunicorn logs it by itself, where the headers were sent already."""
    settings = GunicornConfig()
    settings.set("errorlog", str(tmp_path / "log"))
    log = ServerLog(settings)
    try:
        raise ValueError(SAID)
    except ValueError:
        log.exception("Error handling request %s", NUMBER)
    written = (tmp_path / "log").read_text()
    assert "Failed: ValueError at test_nothing_leaks.py:" in written
    assert SAID not in written and NUMBER not in written
